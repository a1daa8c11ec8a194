//! What a client brings so that a server knows it.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use crate::context::Context;
use crate::facts::{Effect, OperationFacts};
use crate::fault::{Code, Fault, OperationFault};

/// Says who calls: puts into the context of a call what its server asks for. A channel has one
/// ([`Channel::with_credentials`](crate::Channel::with_credentials)), so what is for one service goes to no other.
///
/// Nobody's token goes on by itself: what a handler's caller has brought is not in the context of the calls that it makes.
///
/// ```
/// use wireloom::auth::{Applied, Credentials};
/// use wireloom::{Context, OperationFacts};
///
/// /// Tells the tenant.
/// struct Tenant(&'static str);
///
/// impl Credentials for Tenant {
///     fn apply<'a>(&'a self, cx: Context, _: &'static OperationFacts) -> Applied<'a> {
///         Applied::Now(cx.with_metadata("x-tenant", self.0))
///     }
/// }
/// ```
pub trait Credentials: Send + Sync + 'static {
    /// The context of a call with what the operation's server asks for. Not asked for operations that are public.
    fn apply<'a>(&'a self, cx: Context, op: &'static OperationFacts) -> Applied<'a>;

    /// Hears that a server did not let a call in with what [`apply`](Credentials::apply) brought, which is in the context. Whether there may be
    /// something better now: the call is then tried once more.
    fn refused(&self, cx: &Context) -> bool {
        let _ = cx;
        false
    }
}

/// What [`Credentials`] make of a call's context.
#[expect(missing_debug_implementations, reason = "a future has none")]
pub enum Applied<'a> {
    /// Usual: it is known what to bring.
    Now(Context),
    /// Somebody must be asked first; where that fails, so does the call.
    Later(BoxFuture<'a, Result<Context, Fault>>),
}

/// The context of a call with the credentials of its channel.
pub(crate) struct Introduced<'c> {
    /// None where nobody asks who calls.
    credentials: Option<&'c dyn Credentials>,
    op: &'static OperationFacts,
    cx: Cow<'c, Context>,
    /// Whether that is still to be brought.
    is_due: bool,
    /// Whether these are others than the first.
    is_again: bool,
}

impl<'c> Introduced<'c> {
    /// A call that is to bring what the operation's server asks for, in the time that all of it has.
    pub(crate) fn by(
        credentials: Option<&'c Arc<dyn Credentials>>,
        cx: &'c Context,
        op: &'static OperationFacts,
        time: impl FnOnce() -> Duration,
    ) -> Introduced<'c> {
        // Who may follow an event is a matter of the service that has it, which a client does not know.
        let is_public = op.auth.is_public() && !op.service.is_empty();
        let credentials = credentials.filter(|_| !is_public).map(|it| &**it);
        let cx = match credentials {
            None => Cow::Borrowed(cx),
            // It begins here: whoever must be asked has no more of it.
            Some(_) => Cow::Owned(cx.clone().with_deadline_in(time())),
        };
        let is_due = credentials.is_some();
        Introduced { credentials, op, cx, is_due, is_again: false }
    }

    /// The context, with what the server asks for.
    pub(crate) async fn cx(&mut self) -> Result<&Context, Fault> {
        if let Some(credentials) = self.credentials.filter(|_| self.is_due) {
            self.cx = Cow::Owned(applied(credentials, self.cx.clone().into_owned(), self.op).await?);
            self.is_due = false;
        }
        Ok(&self.cx)
    }

    /// Whether a call is to be made once more: it was refused the credentials that it had, and then has others; or their proof had not the nonce
    /// that the server wants, which the wire has heard by now, and each request has a proof of its own.
    pub(crate) fn again<T>(&mut self, ended: &Result<T, impl OperationFault>) -> bool {
        let (Err(fault), Some(credentials)) = (ended, self.credentials) else { return false };
        let fault = fault.to_fault();
        if self.wants_nonce(&fault) {
            return self.cx.to_mut().prove_again();
        }
        let again = self.is_refused(credentials, &fault) && !self.is_again;
        if again {
            (self.is_due, self.is_again) = (true, true);
        }
        again
    }

    /// Hears of a call that cannot be made once more: its input is gone.
    pub(crate) fn heard<T>(&self, ended: &Result<T, impl OperationFault>) {
        let (Err(fault), Some(credentials)) = (ended, self.credentials) else { return };
        let fault = fault.to_fault();
        if !self.wants_nonce(&fault) {
            self.is_refused(credentials, &fault);
        }
    }

    /// Whether a failure is that of a call that was not let in, and others may be. Whoever was not let in has had nothing done: the server
    /// says so by its challenge; where one says nothing, the fault may be a handler's, and the operation must bear to be called twice.
    fn is_refused(&self, credentials: &dyn Credentials, fault: &Fault) -> bool {
        if fault.code() != Code::Unauthenticated {
            return false;
        }
        // Asked in any case: what was not taken is not brought again.
        credentials.refused(&self.cx) && (fault.challenge().is_some() || self.op.effect != Effect::Once)
    }

    /// Whether a call was not let in because its proof has not the nonce that the server wants to see (RFC 9449, 9). That says nothing of its token.
    fn wants_nonce(&self, fault: &Fault) -> bool {
        let says_so = |challenge: &str| challenge.contains("error=\"use_dpop_nonce\"");
        self.cx.proves() && fault.code() == Code::Unauthenticated && fault.challenge().is_some_and(says_so)
    }
}

/// The context of a call with these credentials.
async fn applied(credentials: &dyn Credentials, cx: Context, op: &'static OperationFacts) -> Result<Context, Fault> {
    let deadline = cx.deadline();
    match (credentials.apply(cx, op), deadline) {
        (Applied::Now(cx), _) => Ok(cx),
        (Applied::Later(applied), None) => applied.await,
        (Applied::Later(applied), Some(deadline)) => {
            let late = || Fault::new(Code::DeadlineExceeded, "no credentials before the deadline");
            // Boxed: it is rare, and every call would have the room for it.
            Box::pin(tokio::time::timeout_at(deadline, applied)).await.unwrap_or_else(|_| Err(late()))
        }
    }
}
