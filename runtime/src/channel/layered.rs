//! Calls through the layers of a channel, if it has some.

use super::Inner;
use super::drive::{Answer, Sending};
use super::failed::Failed;
use crate::context::Context;
use crate::operation::Operation;

#[cfg(not(feature = "tower"))]
impl<T> Inner<T> {
    /// Runs a call until it has its answer.
    pub(super) fn call<'c, O, A, R, F>(
        &'c self,
        cx: &'c Context,
        key: u64,
        attempt: impl Fn(Sending) -> F + 'c,
    ) -> impl Future<Output = Result<A::Of<R>, O::Fault>>
    where
        O: Operation,
        A: Answer,
        F: Future<Output = Result<R, Failed>> + 'c,
        R: 'c,
    {
        self.drive::<O, A, _, _>(cx, key, attempt)
    }
}

#[cfg(feature = "tower")]
mod with_layers {
    use super::*;
    use crate::fault::OperationFault as _;
    use crate::layers::{Outgoing, Stopped, through};

    impl<T> Inner<T> {
        /// Runs a call until it has its answer.
        pub(in crate::channel) async fn call<O, A, R, F>(
            &self,
            cx: &Context,
            key: u64,
            attempt: impl Fn(Sending) -> F,
        ) -> Result<A::Of<R>, O::Fault>
        where
            O: Operation,
            A: Answer,
            F: Future<Output = Result<R, Failed>>,
        {
            let attempt = |sending: Sending| self.attempt::<O, _, _>(sending, &attempt);
            let Some(calls) = &self.layers.calls else { return self.drive::<O, A, _, _>(cx, key, attempt).await };
            let drive = |outgoing: Outgoing| {
                let attempt = &attempt;
                async move { self.drive::<O, A, _, _>(outgoing.context(), key, attempt).await }
            };
            // Boxed here and below, so that a channel without layers has no room for them in its futures.
            let called = Box::pin(through(calls.clone(), Outgoing::call(O::FACTS, cx), drive, O::Fault::to_fault));
            called.await.map_err(|stopped| match stopped {
                Stopped::Failed(fault) => fault,
                Stopped::Refused(refused) => refused.fault.into(),
            })
        }

        async fn attempt<O, R, F>(&self, sending: Sending, attempt: impl Fn(Sending) -> F) -> Result<R, Failed>
        where
            O: Operation,
            F: Future<Output = Result<R, Failed>>,
        {
            let Some(attempts) = &self.layers.attempts else { return attempt(sending).await };
            let outgoing = sending.outgoing::<O>();
            let send = |outgoing: Outgoing| attempt(sending.under(outgoing.context()));
            let sent = Box::pin(through(attempts.clone(), outgoing, send, |failed: &Failed| failed.fault.clone()));
            sent.await.map_err(|stopped| match stopped {
                Stopped::Failed(failed) => failed,
                Stopped::Refused(refused) if refused.unsent => Failed::declined(refused.fault),
                Stopped::Refused(refused) => Failed::answered(refused.fault),
            })
        }
    }

    impl Sending {
        /// What layers see of it.
        fn outgoing<O: Operation>(&self) -> Outgoing {
            let head = self.head::<O>();
            Outgoing::attempt_to(head.op, head.cx, head.attempt, self.endpoint())
        }
    }
}
