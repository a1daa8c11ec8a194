//! A desk: has the diary read and written elsewhere, in the name of whoever asks it to.
//!
//! A handler passes the context that it was given. Who may read and write the diary decides: it sees the caller, not the desk.

use wireloom::{Context, Stream};

use crate::contract::secured::*;

/// The diary of somebody else, by a client that has credentials for it.
#[derive(Debug)]
pub struct Desk<C> {
    diary: C,
}

impl<C> Desk<C> {
    /// A desk before that diary.
    pub fn before(diary: C) -> Desk<C> {
        Desk { diary }
    }
}

impl<C: Diary> Diary for Desk<C> {
    async fn ping(&self, cx: &Context, input: PingRequest) -> Result<String, PingFault> {
        self.diary.ping(cx, input).await
    }

    async fn whoami(&self, cx: &Context, input: WhoamiRequest) -> Result<String, WhoamiFault> {
        self.diary.whoami(cx, input).await
    }

    async fn read(&self, cx: &Context, input: ReadRequest) -> Result<Entry, ReadFault> {
        self.diary.read(cx, input).await
    }

    async fn write(&self, cx: &Context, input: WriteRequest) -> Result<Entry, WriteFault> {
        self.diary.write(cx, input).await
    }

    async fn follow(
        &self,
        cx: &Context,
        input: FollowRequest,
    ) -> Result<impl Stream<Item = Result<Entry, FollowFault>> + Send + 'static, FollowFault> {
        self.diary.follow(cx, input).await
    }

    async fn burn(&self, cx: &Context, input: BurnRequest) -> Result<u32, BurnFault> {
        self.diary.burn(cx, input).await
    }
}
