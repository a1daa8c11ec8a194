//! The instances of a service, as they come and go.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::Inner;
use super::client::Lines;
use super::messages::{EventKind, Item, KeyValue, Range, Ranged, Watch, Watched, instance, shown};
use crate::discovery::error::DiscoveryError;
use crate::discovery::snapshot::{INSTANCES_MAX, Instance, Snapshot};

type Word = Result<Snapshot, DiscoveryError>;

/// A list, and what has changed since.
pub(super) struct Watching {
    etcd: Arc<Inner>,
    /// By key.
    instances: BTreeMap<String, Instance>,
    /// Up to where everything is known.
    revision: i64,
    lines: Option<Lines>,
    at: At,
    /// What is still to be told.
    words: VecDeque<Word>,
}

enum At {
    /// Nothing is known yet.
    Begin,
    /// The list is known.
    Listed,
    /// An error ended it.
    End,
}

impl Watching {
    pub(super) fn new(etcd: Arc<Inner>) -> Watching {
        Watching { etcd, instances: BTreeMap::new(), revision: 0, lines: None, at: At::Begin, words: VecDeque::new() }
    }

    /// The next that is to be told; `None` at the end, which an error precedes.
    pub(super) async fn told(&mut self) -> Option<Word> {
        loop {
            if let Some(word) = self.words.pop_front() {
                return Some(word);
            }
            let step = match self.at {
                At::Begin => self.begin().await,
                At::Listed => self.go_on().await,
                At::End => return None,
            };
            if let Err(error) = step {
                self.at = At::End;
                self.words.push_back(Err(error));
            }
        }
    }

    async fn begin(&mut self) -> Result<(), DiscoveryError> {
        self.list().await?;
        self.at = At::Listed;
        self.tell()
    }

    /// Waits for what has changed; where nothing is heard for a while, looks whether nothing has.
    async fn go_on(&mut self) -> Result<(), DiscoveryError> {
        let lines = match &mut self.lines {
            Some(lines) => lines,
            None => {
                let watch = Watch::of_prefix(&self.etcd.prefix, self.revision + 1);
                self.lines.insert(self.etcd.client.stream("/v3/watch", &watch).await?)
            }
        };
        match tokio::time::timeout(self.etcd.options.check, lines.next()).await {
            Ok(line) => self.heard(&line?.ok_or_else(|| DiscoveryError::unavailable("etcd has ended the watch"))?),
            Err(_) => {
                let before = self.instances.clone();
                self.list().await?;
                if self.instances == before { Ok(()) } else { self.tell() }
            }
        }
    }

    fn heard(&mut self, line: &[u8]) -> Result<(), DiscoveryError> {
        let item = serde_json::from_slice(line)
            .map_err(|error| DiscoveryError::unavailable("etcd's watch says what nobody would").with_source(error))?;
        let watched: Watched = match item {
            Item::Result(watched) => watched,
            Item::Error(refused) => return Err(DiscoveryError::unavailable(format!("etcd: {}", refused.message))),
        };
        if watched.canceled {
            let why = match watched.compact_revision {
                0 => watched.cancel_reason,
                revision => format!("what was before revision {revision} is compacted away"),
            };
            return Err(DiscoveryError::unavailable(format!("etcd has cancelled the watch: {why}")));
        }
        let mut is_news = false;
        for event in watched.events {
            // A list that was taken meanwhile knows already.
            if event.kv.mod_revision > self.revision {
                is_news = true;
                match event.kind {
                    EventKind::Put => self.put(event.kv),
                    EventKind::Delete => drop(self.instances.remove(&event.kv.key)),
                }
            }
        }
        if is_news { self.tell() } else { Ok(()) }
    }

    async fn list(&mut self) -> Result<(), DiscoveryError> {
        let range = Range::of_prefix(&self.etcd.prefix, INSTANCES_MAX + 1);
        let ranged: Ranged = self.etcd.client.call("/v3/kv/range", &range).await?;
        let before = std::mem::take(&mut self.instances);
        for kv in ranged.kvs {
            if let Some(known) = before.get(&kv.key) {
                self.instances.insert(kv.key.clone(), known.clone());
            }
            self.put(kv);
        }
        self.revision = ranged.header.revision;
        Ok(())
    }

    /// Takes a value; one that is none is told, and what was known of its key stays.
    fn put(&mut self, kv: KeyValue) {
        match instance(&kv.value, &self.etcd.scheme, self.etcd.options.value_bytes_max) {
            Ok(instance) => drop(self.instances.insert(kv.key, instance)),
            Err(wrong) => {
                self.words.push_back(Err(DiscoveryError::invalid(format!("etcd, `{}`: {wrong}", shown(&kv.key)))));
            }
        }
    }

    fn tell(&mut self) -> Result<(), DiscoveryError> {
        let snapshot = Snapshot::new(self.instances.values().cloned())?;
        self.words.push_back(Ok(snapshot.called(format!("revision {}", self.revision))));
        Ok(())
    }
}
