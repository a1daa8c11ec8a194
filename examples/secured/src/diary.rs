//! The diary: a handler asks its context who calls, and nothing else about it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::stream;
use tokio::sync::broadcast;
use wireloom::{Context, Date, Stream};

use crate::contract::secured::*;

/// The pages, in memory.
#[derive(Debug)]
pub struct Pages {
    by_day: Mutex<BTreeMap<Date, Entry>>,
    written: broadcast::Sender<Entry>,
}

impl Default for Pages {
    fn default() -> Pages {
        Pages { by_day: Mutex::default(), written: broadcast::Sender::new(64) }
    }
}

impl Pages {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Date, Entry>> {
        self.by_day.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// As whom a caller is known; where an operation is not public there is always somebody.
fn caller(cx: &Context) -> String {
    cx.principal().map(|principal| principal.subject().to_owned()).unwrap_or_default()
}

impl Diary for Pages {
    async fn ping(&self, _: &Context, _: PingRequest) -> Result<String, PingFault> {
        Ok("pong".to_owned())
    }

    async fn whoami(&self, cx: &Context, _: WhoamiRequest) -> Result<String, WhoamiFault> {
        Ok(caller(cx))
    }

    async fn read(&self, _: &Context, input: ReadRequest) -> Result<Entry, ReadFault> {
        let found = self.lock().get(&input.day).cloned();
        Ok(found.ok_or_else(|| NotWritten::new(input.day))?)
    }

    async fn write(&self, cx: &Context, input: WriteRequest) -> Result<Entry, WriteFault> {
        let EntryDraft { day, text, .. } = input.entry;
        let entry = Entry::new(day, text, caller(cx));
        self.lock().insert(day, entry.clone());
        // Nobody may be following.
        let _ = self.written.send(entry.clone());
        Ok(entry)
    }

    async fn follow(
        &self,
        _: &Context,
        _: FollowRequest,
    ) -> Result<impl Stream<Item = Result<Entry, FollowFault>> + Send + 'static, FollowFault> {
        let written = self.written.subscribe();
        Ok(stream::unfold(written, |mut written| async move {
            // Who does not keep up misses some, and goes on.
            loop {
                match written.recv().await {
                    Ok(entry) => return Some((Ok(entry), written)),
                    Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(broadcast::error::RecvError::Closed) => return None,
                }
            }
        }))
    }

    async fn burn(&self, _: &Context, _: BurnRequest) -> Result<u32, BurnFault> {
        let pages = std::mem::take(&mut *self.lock());
        Ok(u32::try_from(pages.len()).unwrap_or(u32::MAX))
    }
}
