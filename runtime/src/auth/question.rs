//! A question that is asked once for all who wait for its answer, in a task of its own.

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use tokio::task::AbortHandle;

/// One that was asked.
pub(super) struct Question<T: Clone> {
    answer: Answered<T>,
    task: AbortHandle,
}

/// What becomes of it, for one who waits.
pub(super) type Answered<T> = Shared<BoxFuture<'static, T>>;

impl<T: Clone + Send + Sync + 'static> Question<T> {
    /// Asks. Where the task dies, that is the answer to all who wait for it.
    pub(super) fn asked(
        ask: impl Future<Output = T> + Send + 'static,
        died: impl FnOnce() -> T + Send + 'static,
    ) -> Self {
        let task = tokio::spawn(ask);
        let handle = task.abort_handle();
        let answer = task.map(|answer| answer.unwrap_or_else(|_| died())).boxed().shared();
        Question { answer, task: handle }
    }

    /// The answer, while it may still come. Asked of the task itself: whether there is an answer shows only where somebody waits for it.
    pub(super) fn coming(&self) -> Option<Answered<T>> {
        (!self.task.is_finished()).then(|| self.answer.clone())
    }

    /// The answer, to whoever has just asked.
    pub(super) fn answer(&self) -> Answered<T> {
        self.answer.clone()
    }
}
