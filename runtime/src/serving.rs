//! The server's side of a call, alike on every wire: admit, know the caller, decode, validate, perform within the deadline.
//!
//! A wire reads the head of a call, makes a [`Context`] of it and comes here with a way to decode the rest. The order is
//! fixed: admission sees heads only and comes before all that costs, then the caller is found out; nothing is decoded for a
//! call that is refused, and a handler only ever sees inputs that keep their contract.

mod expiry;
mod sessions;
mod unawaited;

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use futures_core::Stream as _;
use futures_util::FutureExt as _;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::admission::{Admission, Admitted, End, Head};
use crate::auth::{Guard, Verifier};
use crate::context::Context;
use crate::facts::{Auth, Scheme};
use crate::fault::{Code, Fault, OperationFault};
use crate::idempotency::IdempotencyTable;
use crate::inbound::Inbound;
use crate::metrics::{Measured, ServerCalls, Status, System};
use crate::operation::{ClientStream, Duplex, Operation, ServerStream, Unary};
use crate::policy::settings::{Limit, Per};
use crate::policy::{Clock, Word};
use crate::spans::CallSpan;
use crate::streaming::Watched;
use crate::validate::Validate as _;
pub(crate) use sessions::Sessions;
pub(crate) use unawaited::Unawaited;

/// What all wires of a server share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) admission: Arc<dyn Admission>,
    pub(crate) guard: Arc<Guard>,
    pub(crate) idempotency: Arc<IdempotencyTable>,
    pub(crate) unawaited: Unawaited,
    /// Cancelled when the server is told to stop: it is no longer ready, and serves on for a while.
    pub(crate) leaving: CancellationToken,
    /// Cancelled when it is to take nothing new.
    pub(crate) stopping: CancellationToken,
    /// Connections of its HTTP port that HTTP has let go.
    pub(crate) sessions: Sessions,
}

impl Shared {
    pub(crate) fn new(admission: Arc<dyn Admission>, guard: Guard, idempotency: IdempotencyTable) -> Shared {
        Shared {
            admission,
            guard: Arc::new(guard),
            idempotency: Arc::new(idempotency),
            unawaited: Unawaited::new(),
            leaving: CancellationToken::new(),
            stopping: CancellationToken::new(),
            sessions: Sessions::default(),
        }
    }
}

/// A served service with what it needs to run.
pub(crate) struct Serving<S> {
    service: Arc<S>,
    shared: Shared,
    /// Who may call, where that is no matter of the operation.
    auth: Option<&'static Auth>,
    /// What its calls come over.
    system: System,
}

impl<S> Clone for Serving<S> {
    fn clone(&self) -> Serving<S> {
        Serving {
            service: Arc::clone(&self.service),
            shared: self.shared.clone(),
            auth: self.auth,
            system: self.system,
        }
    }
}

impl<S: Send + Sync + 'static> Serving<S> {
    pub(crate) fn new(service: Arc<S>, shared: Shared) -> Serving<S> {
        Serving { service, shared, auth: None, system: System::Local }
    }

    /// Lets these callers call every operation, and nobody else.
    pub(crate) fn for_callers(self, auth: &'static Auth) -> Serving<S> {
        Serving { auth: Some(auth), ..self }
    }

    /// Its calls come over that from now on.
    pub(crate) fn comes_over(&mut self, system: System) -> &Serving<S> {
        self.system = system;
        self
    }

    /// Knows callers of a scheme by one more verifier.
    pub(crate) fn add_verifier(&mut self, scheme: Scheme, verifier: Arc<dyn Verifier>) {
        let mut guard = (*self.shared.guard).clone();
        guard.add(scheme, verifier);
        self.shared.guard = Arc::new(guard);
    }

    /// What it needs to run.
    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// The service itself.
    pub(crate) fn service(&self) -> &Arc<S> {
        &self.service
    }

    /// Performs a unary call.
    pub(crate) async fn unary<O>(
        &self,
        cx: Context,
        decode: impl Future<Output = Result<O::Input, Fault>> + Send,
    ) -> Result<O::Output, O::Fault>
    where
        O: Operation,
        S: Unary<O>,
    {
        let decode = pin!(decode);
        let perform = |cx: Context| async move {
            let input = decode.await?;
            input.validate().map_err(Fault::from)?;
            self.admit_key::<O>(&input)?;
            let keyed = O::keyed().and_then(|keyed| Some((keyed, keyed.key(&input)?.to_owned())));
            match keyed {
                None => self.service.call(&cx, input).await,
                Some((keyed, key)) => {
                    let service = Arc::clone(&self.service);
                    let work = |cx: Context, input| async move { service.call(&cx, input).await };
                    self.shared.idempotency.perform(&cx, keyed, key, input, work).await
                }
            }
        };
        self.admitted::<O, _, _>(cx, perform).await.map(|(answer, call)| call.answered(answer))
    }

    /// Takes a unary call that nobody awaits: ready once there is a place for it. It ends also when its caller goes away, and how
    /// is for the log.
    pub(crate) async fn unawaited<O>(
        &self,
        cx: Context,
        decode: impl Future<Output = Result<O::Input, Fault>> + Send + 'static,
    ) where
        O: Operation,
        S: Unary<O>,
    {
        let serving = self.clone();
        let call = async move { drop(serving.unary::<O>(cx, decode).await) };
        self.shared.unawaited.start(call).await;
    }

    /// Opens a stream out.
    pub(crate) async fn server_stream<O>(
        &self,
        cx: Context,
        decode: impl Future<Output = Result<O::Input, Fault>> + Send,
    ) -> Result<Inbound<O::Output, O::Fault>, O::Fault>
    where
        O: Operation,
        S: ServerStream<O>,
    {
        let decode = pin!(decode);
        let open = |cx: Context| async move {
            let input = decode.await?;
            input.validate().map_err(Fault::from)?;
            self.admit_key::<O>(&input)?;
            Ok(Inbound::new(self.service.open(&cx, input).await?))
        };
        self.opened::<O, _>(cx, open).await
    }

    /// Performs a call that takes a stream.
    pub(crate) async fn client_stream<O>(&self, cx: Context, input: Inbound<O::Input>) -> Result<O::Output, O::Fault>
    where
        O: Operation,
        S: ClientStream<O>,
    {
        let perform = |cx: Context| async move { self.service.call(&cx, checked(input, &cx)).await };
        self.admitted::<O, _, _>(cx, perform).await.map(|(answer, call)| call.answered(answer))
    }

    /// Opens a stream out for one in.
    pub(crate) async fn duplex<O>(
        &self,
        cx: Context,
        input: Inbound<O::Input>,
    ) -> Result<Inbound<O::Output, O::Fault>, O::Fault>
    where
        O: Operation,
        S: Duplex<O>,
    {
        let open = |cx: Context| async move { Ok(Inbound::new(self.service.open(&cx, checked(input, &cx)).await?)) };
        self.opened::<O, _>(cx, open).await
    }

    /// Opens a stream out, which ends no later than its caller is known.
    async fn opened<O, R>(
        &self,
        cx: Context,
        open: impl FnOnce(Context) -> R + Send,
    ) -> Result<Inbound<O::Output, O::Fault>, O::Fault>
    where
        O: Operation,
        R: Future<Output = Result<Inbound<O::Output, O::Fault>, O::Fault>> + Send,
    {
        let open = |cx: Context| async move {
            let known_until = expiry::of(&cx);
            Ok(expiry::ends(open(cx).await?, known_until))
        };
        self.admitted::<O, _, _>(cx, open).await.map(|(messages, call)| call.streams::<O>(messages, &self.shared))
    }

    /// Judges a call by its input, where its operation's limit goes by that.
    fn admit_key<O: Operation>(&self, input: &O::Input) -> Result<(), Fault> {
        match O::FACTS.policy.limit {
            Word::On(Limit { per: Per::Input, .. }) => {
                self.shared.admission.admit_key(O::FACTS, O::limit_key(input), Instant::now()).map_err(Fault::from)
            }
            _ => Ok(()),
        }
    }

    /// Admits a call, finds out who calls, and runs its first part (all of a unary call, the opening of a stream) within
    /// deadline and span. A failure settles the call; what succeeds goes on with it.
    async fn admitted<O, T, R>(&self, cx: Context, run: impl FnOnce(Context) -> R) -> Result<(T, Call), O::Fault>
    where
        O: Operation,
        R: Future<Output = Result<T, O::Fault>>,
    {
        let now = Instant::now();
        let mut cx = cx;
        let span = CallSpan::served(O::FACTS, self.system, &mut cx);
        let calls = ServerCalls::of(O::FACTS);
        let measured = calls.began(self.system, now, span);
        let span = measured.span();
        let cx = cx.with_deadline_from(now, self.shared.admission.deadline(O::FACTS));
        let admitted = async {
            let head = Head { op: O::FACTS, cx: &cx, attempt: cx.attempt() };
            calls.repeated(head.attempt);
            let admitted = match Admitted::admit(Arc::clone(&self.shared.admission), &head, now).await {
                Ok(admitted) => admitted,
                Err(refusal) => {
                    let fault = Fault::from(refusal);
                    measured.end(fault.code().into());
                    return Err(fault.into());
                }
            };
            let call = Call { admitted, measured };
            let auth = self.auth.unwrap_or(&O::FACTS.auth);
            let known = async {
                match auth.is_public() {
                    true => run(cx.clone()).await,
                    false => {
                        let cx = self.shared.guard.let_in(O::FACTS, auth, cx.clone()).await?;
                        let principal = cx.principal().map_or("", |principal| principal.key());
                        self.shared.admission.admit_principal(O::FACTS, principal, now).map_err(Fault::from)?;
                        run(cx).await
                    }
                }
            };
            // Pinned where it is: each move into the next future would copy all of it.
            match before_deadline(cx.deadline(), pin!(unpanicked(known))).await {
                Ok(value) => Ok((value, call)),
                Err(fault) => {
                    call.settle(End::Failed(report(&fault.to_fault())));
                    Err(fault)
                }
            }
        };
        pin!(admitted).instrument(span).await
    }
}

/// An admitted call that has not failed.
struct Call {
    admitted: Admitted<Arc<dyn Admission>>,
    measured: Measured,
}

impl Call {
    fn settle(self, end: End) {
        self.admitted.settle(end);
        self.measured.end(match end {
            End::Answered => Status::Ok,
            End::Failed(code) => code.into(),
            End::Cancelled => Status::Cancelled,
        });
    }

    fn answered<T>(self, answer: T) -> T {
        self.settle(End::Answered);
        answer
    }

    /// Settles the call when its stream ends, or when it is dropped. While it waits, the server's stop ends it.
    fn streams<O: Operation>(
        mut self,
        messages: Inbound<O::Output, O::Fault>,
        shared: &Shared,
    ) -> Inbound<O::Output, O::Fault> {
        self.admitted.opened();
        let span = self.measured.span();
        let mut call = Some(self);
        let mut watched = Watched::new(shared.admission.stream(O::FACTS), Clock::starting_at(Instant::now()));
        // Gone once it has ended: what panicked or was stopped is not polled again.
        let mut messages = Some(messages);
        let mut stopping = Box::pin(shared.stopping.clone().cancelled_owned());
        Inbound::new(futures_util::stream::poll_fn(move |task| {
            let Some(open) = &mut messages else { return Poll::Ready(None) };
            let _entered = span.enter();
            let polled = std::panic::catch_unwind(AssertUnwindSafe(|| Pin::new(open).poll_next(task)));
            let message = match polled {
                Ok(Poll::Ready(message)) => message,
                Ok(Poll::Pending) if stopping.as_mut().poll(task).is_ready() => {
                    Some(Err(Fault::new(Code::Unavailable, "the server is stopping").into()))
                }
                Ok(Poll::Pending) => Some(Err(std::task::ready!(watched.poll_late(task)).into())),
                Err(panic) => Some(Err(panicked(&*panic).into())),
            };
            if !matches!(message, Some(Ok(_))) {
                messages = None;
            }
            let end = match &message {
                Some(Ok(_)) => {
                    watched.item();
                    return Poll::Ready(message);
                }
                Some(Err(fault)) => End::Failed(report(&fault.to_fault())),
                None => End::Answered,
            };
            if let Some(call) = call.take() {
                call.settle(end);
            }
            Poll::Ready(message)
        }))
    }
}

/// Runs a future; its panic is the fault of its call and nobody else's.
fn unpanicked<T, F: From<Fault>>(run: impl Future<Output = Result<T, F>>) -> impl Future<Output = Result<T, F>> {
    // What a handler that panics leaves behind is its own. Not an `async fn`, which would hold the future twice.
    AssertUnwindSafe(run).catch_unwind().map(|ended| ended.unwrap_or_else(|panic| Err(panicked(&*panic).into())))
}

/// The fault of a panic: the log learns what it said, the peer does not.
fn panicked(panic: &(dyn Any + Send)) -> Fault {
    let said = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Fault::internal(format!("the handler panicked: {}", said.unwrap_or("no message")))
}

/// Runs a future until the deadline.
async fn before_deadline<T, F: From<Fault>>(
    deadline: Option<Instant>,
    run: Pin<&mut impl Future<Output = Result<T, F>>>,
) -> Result<T, F> {
    let mut run = run;
    // Most calls end at once: only one that waits needs a timer.
    if let Poll::Ready(ended) = std::future::poll_fn(|cx| Poll::Ready(run.as_mut().poll(cx))).await {
        return ended;
    }
    let Some(deadline) = deadline else { return run.await };
    match tokio::time::timeout_at(deadline, run).await {
        Ok(ended) => ended,
        Err(_) => Err(Fault::new(Code::DeadlineExceeded, "the deadline has passed").into()),
    }
}

/// A stream whose every message keeps its contract, or is a fault that says what is wrong; it ends no later than its caller
/// is known.
fn checked<T: crate::Validate + Send + 'static>(messages: Inbound<T>, cx: &Context) -> Inbound<T> {
    use futures_util::StreamExt as _;
    let messages = expiry::ends(messages, expiry::of(cx));
    Inbound::new(messages.map(|message| {
        let message = message?;
        message.validate().map_err(Fault::from)?;
        Ok(message)
    }))
}

/// Gives the code of a failure; what broke inside is an error for the log.
fn report(fault: &Fault) -> Code {
    if matches!(fault.code(), Code::Internal | Code::Unknown | Code::DataLoss) {
        let source = std::error::Error::source(fault).map(tracing::field::display);
        tracing::error!(source, "{fault}");
    }
    fault.code()
}
