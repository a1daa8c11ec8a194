//! The context of a call: deadline, request id, trace, who calls, metadata.
//!
//! It is an argument everywhere, never a task-local. A handler passes the `cx` it was given to the calls it makes, and
//! deadline, request id and trace go on; metadata of the caller does not, for it may hold secrets.

mod carried;

use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::Duration;

use tokio::time::Instant;

pub(crate) use carried::{Carried, PREVIOUS_ATTEMPTS, REQUEST_ID};

use crate::auth::Principal;
use crate::idempotency::Effect;
use crate::metadata::Metadata;
use crate::peer::{Peer, PeerIdentity};
use crate::trace::{Trace, TraceState};

/// What goes with a call beside its input. Cheap to clone.
///
/// ```
/// use std::time::Duration;
/// use wireloom::Context;
///
/// let cx = Context::new().with_deadline_in(Duration::from_millis(300)).with_request_id("r-1");
/// assert_eq!(cx.request_id(), Some("r-1"));
/// assert!(cx.remaining().unwrap() <= Duration::from_millis(300));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Context {
    // Not in the shared part: each call has its own, while the rest goes on from call to call.
    deadline: Option<Instant>,
    principal: Option<Principal>,
    effect: Option<Arc<Effect>>,
    trace: Option<Trace>,
    inner: Shared,
}

/// What clones share; nothing is allocated for a context that says nothing.
#[derive(Clone, Debug, Default)]
struct Shared(Option<Arc<Inner>>);

impl Deref for Shared {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        static NOTHING: LazyLock<Inner> = LazyLock::new(Inner::default);
        self.0.as_deref().unwrap_or_else(|| &NOTHING)
    }
}

#[derive(Clone, Debug, Default)]
struct Inner {
    request_id: Option<String>,
    tracestate: Option<TraceState>,
    peer: Peer,
    /// Whom services in process take the caller for.
    acting: Option<Principal>,
    metadata: Metadata,
    outgoing: Metadata,
    /// What the request asks for that it came with, where a proof beside it is about that.
    target: Option<Target>,
    /// What its requests prove to have.
    #[cfg(feature = "auth")]
    prover: Option<crate::auth::Prover>,
    #[cfg(feature = "broker")]
    event: Option<crate::messaging::EventInfo>,
}

/// What a request of HTTP asks for.
#[derive(Clone, Debug)]
#[cfg_attr(not(feature = "auth"), expect(dead_code, reason = "proofs are looked at by verifiers of tokens"))]
pub(crate) struct Target {
    pub(crate) method: http::Method,
    pub(crate) path: String,
    /// What the next proof is to have, where this one was taken and that is better known in time.
    next_nonce: Arc<OnceLock<http::HeaderValue>>,
}

impl Context {
    /// A context that says nothing: no deadline but the operation's own.
    #[inline]
    pub fn new() -> Context {
        Context::default()
    }

    /// Ends the call so much time from now; an earlier deadline that it already has stays.
    #[must_use]
    pub fn with_deadline_in(self, time: Duration) -> Context {
        self.with_deadline_from(Instant::now(), time)
    }

    /// Ends the call so much time from `now`.
    pub(crate) fn with_deadline_from(self, now: Instant, time: Duration) -> Context {
        // A time beyond what the clock can hold is no deadline.
        match now.checked_add(time) {
            Some(deadline) => self.with_deadline(deadline),
            None => self,
        }
    }

    /// Ends the call at that instant; an earlier deadline that it already has stays.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Instant) -> Context {
        self.end_by(deadline);
        self
    }

    /// The same in place.
    #[inline]
    pub(crate) fn end_by(&mut self, deadline: Instant) {
        if self.deadline.is_none_or(|earlier| deadline < earlier) {
            self.deadline = Some(deadline);
        }
    }

    /// Names the request, in logs and to the services it calls.
    #[must_use]
    pub fn with_request_id(mut self, id: impl Into<String>) -> Context {
        self.inner_mut().request_id = Some(id.into());
        self
    }

    /// Continues a trace: calls made under this context are spans of it.
    ///
    /// ```
    /// use wireloom::{Context, Trace};
    ///
    /// // A program that is called by nobody starts one, so that all that its calls come to can be found.
    /// let cx = Context::new().with_trace(Trace::start());
    /// assert!(cx.trace().is_some());
    /// ```
    #[must_use]
    pub fn with_trace(mut self, trace: Trace) -> Context {
        let is_other = self.trace.is_none_or(|known| known.trace_id() != trace.trace_id());
        if is_other && self.inner.tracestate.is_some() {
            self.inner_mut().tracestate = None;
        }
        self.trace = Some(trace);
        self
    }

    /// Sends metadata with the calls made under this context.
    #[must_use]
    pub fn with_metadata(mut self, name: &str, value: &str) -> Context {
        self.inner_mut().outgoing.insert(name, value);
        self
    }

    /// Calls as somebody. That is believed by services in process ([`Local`](crate::Local)) and by nobody else: over a wire a
    /// caller proves who it is.
    ///
    /// ```
    /// use wireloom::{Context, Scheme, auth::Principal};
    ///
    /// let alice = Principal::new(Scheme::Jwt, "https://id.shop.example", "alice").with_scopes(["orders:write"]);
    /// let cx = Context::new().with_principal(alice);
    /// assert!(cx.principal().is_none(), "who called us is another matter than as whom we call");
    /// ```
    #[must_use]
    pub fn with_principal(mut self, principal: Principal) -> Context {
        self.inner_mut().acting = Some(principal);
        self
    }

    /// When the call ends.
    #[inline]
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// The time left; zero when it has run out, `None` without a deadline.
    pub fn remaining(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// The request's name in logs: the caller's, or one that the server gave.
    pub fn request_id(&self) -> Option<&str> {
        self.inner.request_id.as_deref()
    }

    /// The span that this is the context of: in a handler, that of its call, in the trace of its caller.
    pub fn trace(&self) -> Option<Trace> {
        self.trace
    }

    /// What tracing systems say to each other about the trace: W3C's `tracestate`, as it came with the call and goes on.
    pub fn tracestate(&self) -> Option<&str> {
        self.inner.tracestate.as_ref().map(TraceState::as_str)
    }

    /// The address that the call came from.
    pub fn peer(&self) -> Option<SocketAddr> {
        self.inner.peer.address
    }

    /// Who the caller has proved to be: the names in the certificate that it showed when it connected. `None` where it showed
    /// none, or none was asked for. It does not go on to the calls that a handler makes.
    pub fn peer_identity(&self) -> Option<&PeerIdentity> {
        self.inner.peer.identity.as_deref()
    }

    /// The connection's other end.
    pub(crate) fn connection_peer(&self) -> &Peer {
        &self.inner.peer
    }

    /// Who calls. Where an operation is not public there is always somebody; where it is, nobody is asked.
    pub fn principal(&self) -> Option<&Principal> {
        self.principal.as_ref()
    }

    /// The name of what this call is to do once: the same whenever the call is performed, by whichever process, also after a failure. Of
    /// `keyed` calls with a key, and of events that are handled; `None` in all other calls.
    ///
    /// What is made under it (an order's id, the key of a call to another service) is made once, however often that is tried.
    pub fn effect_id(&self) -> Option<uuid::Uuid> {
        self.effect.as_ref().map(|effect| effect.id())
    }

    /// What this call is to do once.
    #[cfg(feature = "broker")]
    pub(crate) fn effect(&self) -> Option<&Effect> {
        self.effect.as_deref()
    }

    /// The context of doing that once.
    pub(crate) fn with_effect(mut self, effect: Effect) -> Context {
        self.effect = Some(Arc::new(effect));
        self
    }

    /// Which attempt of its caller this is, from 0: what a retry or hedge says of itself. Nobody vouches for it.
    ///
    /// ```
    /// use wireloom::Context;
    ///
    /// assert_eq!(Context::new().attempt(), 0);
    /// ```
    pub fn attempt(&self) -> u8 {
        let said = self.inner.metadata.headers().get(PREVIOUS_ATTEMPTS).and_then(|value| value.to_str().ok());
        // One that is no number, or beyond all bounds, is believed to be none.
        said.and_then(|digits| digits.parse().ok()).unwrap_or_default()
    }

    /// What came with the call: headers on HTTP.
    pub fn metadata(&self) -> &Metadata {
        &self.inner.metadata
    }

    /// What goes with calls made under this context.
    pub fn outgoing(&self) -> &Metadata {
        &self.inner.outgoing
    }

    /// What is known of the event that is handled; `None` in a call.
    #[cfg(feature = "broker")]
    pub fn event(&self) -> Option<&crate::messaging::EventInfo> {
        self.inner.event.as_ref()
    }

    /// The context of handling that event.
    #[cfg(feature = "broker")]
    pub(crate) fn with_event(mut self, event: crate::messaging::EventInfo) -> Context {
        self.inner_mut().event = Some(event);
        self
    }

    /// The context of a call that came with that request of HTTP. Kept only where a proof of possession came with it, which is about that.
    #[cfg(feature = "http")]
    pub(crate) fn with_target(mut self, method: &http::Method, path: &str) -> Context {
        if self.metadata().headers().contains_key("dpop") {
            let (method, path) = (method.clone(), path.to_owned());
            self.inner_mut().target = Some(Target { method, path, next_nonce: Arc::default() });
        }
        self
    }

    /// Has each request of the call prove to have the key of its token.
    #[cfg(feature = "auth")]
    pub(crate) fn with_prover(mut self, prover: crate::auth::Prover) -> Context {
        self.inner_mut().prover = Some(prover);
        self
    }

    /// Proves with a request to have the key of the call's token, where that has one.
    #[cfg(feature = "http")]
    pub(crate) fn prove<B>(&self, request: &mut http::Request<B>) {
        #[cfg(feature = "auth")]
        if let Some(prover) = &self.inner.prover {
            prover.prove(request);
        }
        #[cfg(not(feature = "auth"))]
        let _ = request;
    }

    /// Hears what a server answers to a request of the call: what it wants to see in the next proof.
    #[cfg(feature = "http")]
    pub(crate) fn heard(&self, server: &http::Uri, headers: &http::HeaderMap) {
        #[cfg(feature = "auth")]
        if let Some(prover) = &self.inner.prover {
            prover.heard(server, headers);
        }
        #[cfg(not(feature = "auth"))]
        let _ = (server, headers);
    }

    /// Has what its requests prove proved once more. Whether that may be of use.
    pub(crate) fn prove_again(&mut self) -> bool {
        #[cfg(feature = "auth")]
        return self.inner_mut().prover.as_mut().is_some_and(crate::auth::Prover::again);
        #[cfg(not(feature = "auth"))]
        return false;
    }

    /// Whether its requests prove something.
    pub(crate) fn proves(&self) -> bool {
        #[cfg(feature = "auth")]
        return self.inner.prover.is_some();
        #[cfg(not(feature = "auth"))]
        return false;
    }

    /// What the request asks for that the call came with, where a proof came with it.
    #[cfg(feature = "auth")]
    pub(crate) fn target(&self) -> Option<&Target> {
        self.inner.target.as_ref()
    }

    /// Has the answer say what the next proof is to have.
    #[cfg(feature = "auth")]
    pub(crate) fn tell_nonce(&self, nonce: &str) {
        if let (Some(target), Ok(mut nonce)) = (&self.inner.target, http::HeaderValue::try_from(nonce)) {
            nonce.set_sensitive(true);
            // Of several verifiers one has taken the proof.
            let _ = target.next_nonce.set(nonce);
        }
    }

    /// What the next proof is to have, where that is told already.
    #[cfg(feature = "http")]
    pub(crate) fn next_nonce(&self) -> Option<&http::HeaderValue> {
        self.inner.target.as_ref()?.next_nonce.get()
    }

    /// The context of a caller that is known.
    pub(crate) fn with_caller(mut self, principal: Principal) -> Context {
        self.principal = Some(principal);
        self
    }

    /// The context of a span that OpenTelemetry gave ids.
    #[cfg(feature = "otel")]
    pub(crate) fn adopt(&mut self, trace: Trace, state: Option<TraceState>) {
        self.trace = Some(trace);
        if self.inner.tracestate != state {
            self.inner_mut().tracestate = state;
        }
    }

    /// The context of what is done for that caller: a span of its own, in the caller's trace. Where the caller brought none, one
    /// starts.
    pub(crate) fn begin(&mut self) {
        self.trace = Some(self.trace.map_or_else(Trace::start, Trace::child));
    }

    /// The context of one attempt at a call: a span of its own, where there is a trace.
    #[inline]
    pub(crate) fn attempt_anew(&mut self) {
        if let Some(trace) = &mut self.trace {
            *trace = trace.child();
        }
    }

    /// The context of a call that came in over a wire.
    pub(crate) fn received(peer: Peer, carried: Carried, metadata: Metadata) -> Context {
        let Carried { request_id, trace, tracestate } = carried;
        let inner = Inner { request_id, tracestate, peer, metadata, ..Inner::default() };
        Context { deadline: None, principal: None, effect: None, trace, inner: Shared(Some(Arc::new(inner))) }
    }

    /// The context as it arrives in process: what the caller sends is what the handler sees, and does not go on from there.
    pub(crate) fn arrived(&self) -> Context {
        let inner = &self.inner;
        let sends = !inner.outgoing.is_empty() || inner.acting.is_some();
        let has =
            inner.peer.is_known() || !inner.metadata.is_empty() || self.principal.is_some() || self.effect.is_some();
        #[cfg(feature = "broker")]
        let has = has || inner.event.is_some();
        if !sends && !has {
            return self.clone();
        }
        let (request_id, tracestate) = (inner.request_id.clone(), inner.tracestate.clone());
        let carried = Carried { request_id, trace: self.trace, tracestate };
        let received = Context::received(Peer::default(), carried, inner.outgoing.clone());
        Context { deadline: self.deadline, principal: inner.acting.clone(), ..received }
    }

    fn inner_mut(&mut self) -> &mut Inner {
        Arc::make_mut(self.inner.0.get_or_insert_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_in_process_is_whom_it_acts_as_and_goes_no_further() {
        let alice = Principal::new(crate::Scheme::Jwt, "https://id.shop.example", "alice");
        let first = Context::new().with_principal(alice.clone()).arrived();
        assert_eq!(first.principal(), Some(&alice));
        assert_eq!(first.arrived().principal(), None);
    }

    #[test]
    fn the_number_of_an_attempt_is_a_small_one() {
        let attempt = |said: &str| Context::new().with_metadata(PREVIOUS_ATTEMPTS.as_str(), said).arrived().attempt();
        assert_eq!(["0", "1", "255"].map(attempt), [0, 1, 255]);
        for wrong in ["", "-1", "256", "1e1", "two", "99999999999999999999"] {
            assert_eq!(attempt(wrong), 0, "{wrong}");
        }
    }

    #[test]
    fn what_arrives_in_process_does_not_go_on() {
        let sent = Context::new()
            .with_request_id("r-1")
            .with_metadata("x-tenant", "blue")
            .with_deadline_in(Duration::from_secs(9));
        let first = sent.arrived();
        assert_eq!((first.metadata().get("x-tenant"), first.outgoing().get("x-tenant")), (Some("blue"), None));
        let second = first.arrived();
        assert_eq!((second.metadata().get("x-tenant"), second.request_id()), (None, Some("r-1")));
        assert_eq!(second.deadline(), sent.deadline());
    }
}
