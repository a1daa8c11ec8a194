//! One keyed call over all replicas: performed here if its key is claimed here, else what became of it elsewhere.

use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::Arc;

use futures_util::FutureExt as _;
use tokio::time::Instant;

use super::claims::{Claimed, Claims};
use super::digest::Digest;
use super::entries::EntryKey;
use super::keyed::Keyed;
use super::record::{self, State};
use super::{Ended, OperationFault as _};
use crate::fault::{Code, Fault};
use crate::operation::Operation;

/// Performs a call, or gives the outcome of the same call at another replica; waits no longer than until the deadline for one that runs.
pub(super) async fn perform<O: Operation>(
    claims: &Arc<Claims>,
    keyed: Keyed<O>,
    key: &EntryKey,
    input: &Digest,
    deadline: Option<Instant>,
    work: impl Future<Output = Result<O::Output, O::Fault>>,
) -> Ended<O> {
    let name = record::name(O::FACTS, key.caller.as_deref(), &key.key);
    let claim = match claims.claim(name, (input, keyed.shape()), deadline).await {
        Ok(Claimed::Mine(claim)) => claim,
        Ok(Claimed::Ended(state)) => return replayed(keyed, state),
        Err(fault) => return Ended::refused(fault),
    };
    // What a handler that panics leaves behind is its own.
    let (claim, outcome) = claims.hold(claim, AssertUnwindSafe(work).catch_unwind()).await;
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(panic) => {
            claims.release(claim).await;
            resume_unwind(panic);
        }
    };
    let ended = Ended::of(outcome);
    match ended.is_final {
        true => claims.finish(claim, state_of(keyed, &ended)).await,
        false => claims.release(claim).await,
    }
    ended
}

/// How a call has ended, for those who ask later.
fn state_of<O: Operation>(keyed: Keyed<O>, ended: &Ended<O>) -> State {
    match &ended.outcome {
        // An answer without a JSON form ends as one that is too long does: it was performed, and how it ended cannot be told.
        Ok(answer) => keyed.write(answer).map_or(State::TooLong, State::Answered),
        Err(fault) => State::Failed((&fault.to_fault()).into()),
    }
}

/// How a call has ended elsewhere.
fn replayed<O: Operation>(keyed: Keyed<O>, state: State) -> Ended<O> {
    let untold = |why: &str| Err(Fault::new(Code::DataLoss, format!("the call was made before, and {why}")).into());
    let outcome = match state {
        State::Answered(text) => match keyed.read(&text) {
            Ok(answer) => Ok(answer),
            Err(error) => {
                tracing::error!(operation = %O::FACTS, %error, "a stored answer is none of this version of the contract");
                untold("its answer is of another version of the service")
            }
        },
        State::Failed(failed) => Err(O::Fault::from_fault(failed.into())),
        State::TooLong | State::Running(_) => untold("its answer was too long to be kept"),
    };
    Ended { outcome, is_final: true }
}
