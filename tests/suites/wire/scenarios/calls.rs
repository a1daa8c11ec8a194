//! Calls by name, written once over the service's trait: a client over any wire is one.

use std::borrow::Cow;
use std::fmt::Debug;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use futures_util::{Stream, StreamExt as _, pin_mut, stream};
use serde_json::{Map, Value as Json};
use wireloom::json::SerializeAs;
use wireloom::rest::{Binding, Rest};
use wireloom::serde::de::DeserializeOwned;
use wireloom::{Context, Fault, Inbound, Operation, OperationFault, Violation};
use wireloom_tests::golden::probe::probe::{self as now, probe_operations as op};
use wireloom_tests::golden::probe_later::probe::{self as later, probe_operations as later_op};

/// Something that calls can be made to.
pub(super) trait Calls: Send + Sync {
    /// Makes a call.
    ///
    /// # Errors
    /// When the call cannot be made as it is written: the scenario is wrong.
    fn call<'a>(&'a self, cx: &'a Context, call: &'a Call) -> BoxFuture<'a, Result<Outcome, String>>;
}

/// A call, in its JSON form.
#[derive(Clone)]
pub(super) struct Call {
    pub(super) operation: String,
    pub(super) given: Map<String, Json>,
    /// What goes into a stream in.
    pub(super) sends: Vec<Json>,
    /// How many items of a stream out are taken before it is dropped; all, if unsaid.
    pub(super) takes: Option<usize>,
}

/// What a call came to.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome {
    pub(super) gives: Option<Json>,
    pub(super) items: Option<Vec<Json>>,
    pub(super) fails: Option<Failure>,
}

/// How a call failed.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) code: String,
    /// The declared fault's name; empty where it did not arrive as that very type.
    pub(super) kind: String,
    pub(super) message: String,
    pub(super) fields: Option<Json>,
    pub(super) violations: Vec<Violation>,
    pub(super) retry_after_ms: Option<u128>,
}

impl Failure {
    /// What every fault tells.
    pub(super) fn undeclared(fault: &Fault) -> Failure {
        Failure {
            code: fault.code().to_string(),
            kind: String::new(),
            message: fault.message().to_owned(),
            fields: None,
            violations: fault.violations().to_vec(),
            retry_after_ms: fault.retry_after().map(|wait| wait.as_millis()),
        }
    }
}

/// A probe whose caller has the same contract.
pub(super) fn same(probe: impl now::Probe) -> Arc<dyn Calls> {
    Arc::new(Same(probe))
}

/// A probe whose caller has a later version of the contract.
pub(super) fn later(probe: impl later::Probe) -> Arc<dyn Calls> {
    Arc::new(Later(probe))
}

struct Same<P>(P);

struct Later<P>(P);

impl<P: now::Probe> Calls for Same<P> {
    fn call<'a>(&'a self, cx: &'a Context, call: &'a Call) -> BoxFuture<'a, Result<Outcome, String>> {
        let Same(probe) = self;
        match call.operation.as_str() {
            "count" | "evens" | "sum" | "take" | "shout" => Box::pin(streaming(probe, cx, call)),
            _ => Box::pin(unary(probe, cx, call)),
        }
    }
}

impl<P: later::Probe> Calls for Later<P> {
    fn call<'a>(&'a self, cx: &'a Context, call: &'a Call) -> BoxFuture<'a, Result<Outcome, String>> {
        let Later(probe) = self;
        Box::pin(async move {
            Ok(match call.operation.as_str() {
                "parcel" => answer::<later_op::Parcel>(probe.parcel(cx, call.input()?).await),
                "added" => answer::<later_op::Added>(probe.added(cx, call.input()?).await),
                _ => return Err(call.unknown()),
            })
        })
    }
}

async fn unary(probe: &impl now::Probe, cx: &Context, call: &Call) -> Result<Outcome, String> {
    Ok(match call.operation.as_str() {
        "echo" => answer::<op::Echo>(probe.echo(cx, call.input()?).await),
        "nothing" => answer::<op::Nothing>(probe.nothing(cx, call.input()?).await),
        "double" => answer::<op::Double>(probe.double(cx, call.input()?).await),
        "negate" => answer::<op::Negate>(probe.negate(cx, call.input()?).await),
        "sort" => answer::<op::Sort>(probe.sort(cx, call.input()?).await),
        "find" => answer::<op::Find>(probe.find(cx, call.input()?).await),
        "lengths" => answer::<op::Lengths>(probe.lengths(cx, call.input()?).await),
        "shape" => answer::<op::Shape>(probe.shape(cx, call.input()?).await),
        "mood" => answer::<op::Mood>(probe.mood(cx, call.input()?).await),
        "reverse" => answer::<op::Reverse>(probe.reverse(cx, call.input()?).await),
        "later" => answer::<op::Later>(probe.later(cx, call.input()?).await),
        "between" => answer::<op::Between>(probe.between(cx, call.input()?).await),
        "free" => answer::<op::Free>(probe.free(cx, call.input()?).await),
        "parcel" => answer::<op::Parcel>(probe.parcel(cx, call.input()?).await),
        "letters" => answer::<op::Letters>(probe.letters(cx, call.input()?).await),
        "check" => answer::<op::Check>(probe.check(cx, call.input()?).await),
        "page" => answer::<op::Page>(probe.page(cx, call.input()?).await),
        "seen" => answer::<op::Seen>(probe.seen(cx, call.input()?).await),
        "fail" => answer::<op::Fail>(probe.fail(cx, call.input()?).await),
        "raise" => answer::<op::Raise>(probe.raise(cx, call.input()?).await),
        "note" => answer::<op::Note>(probe.note(cx, call.input()?).await),
        "noted" => answer::<op::Noted>(probe.noted(cx, call.input()?).await),
        "wait" => answer::<op::Wait>(probe.wait(cx, call.input()?).await),
        "started" => answer::<op::Started>(probe.started(cx, call.input()?).await),
        "release" => answer::<op::Release>(probe.release(cx, call.input()?).await),
        "cancelled" => answer::<op::Cancelled>(probe.cancelled(cx, call.input()?).await),
        "pay" => answer::<op::Pay>(probe.pay(cx, call.input()?).await),
        "paid" => answer::<op::Paid>(probe.paid(cx, call.input()?).await),
        _ => return Err(call.unknown()),
    })
}

async fn streaming(probe: &impl now::Probe, cx: &Context, call: &Call) -> Result<Outcome, String> {
    Ok(match call.operation.as_str() {
        "count" => items::<op::Count>(probe.count(cx, call.input()?).await, call.takes).await,
        "evens" => items::<op::Evens>(probe.evens(cx, call.input()?).await, call.takes).await,
        "sum" => answer::<op::Sum>(probe.sum(cx, call.stream()?).await),
        "take" => answer::<op::Take>(probe.take(cx, call.stream()?).await),
        "shout" => items::<op::Shout>(probe.shout(cx, call.stream()?).await, call.takes).await,
        _ => return Err(call.unknown()),
    })
}

impl Call {
    /// The input; what breaks the contract is let through, for the server is to say so.
    fn input<T: DeserializeOwned>(&self) -> Result<T, String> {
        decoded(&Json::Object(self.given.clone())).map_err(|wrong| format!("`given` does not fit: {wrong}"))
    }

    fn stream<T: DeserializeOwned + Send + 'static>(&self) -> Result<Inbound<T>, String> {
        let items: Result<Vec<T>, String> = self.sends.iter().map(decoded).collect();
        let items = items.map_err(|wrong| format!("`sends` does not fit: {wrong}"))?;
        Ok(Inbound::new(stream::iter(items.into_iter().map(Ok))))
    }

    fn unknown(&self) -> String {
        format!("no operation `{}` is known to the runner: calls.rs lists them", self.operation)
    }
}

fn decoded<T: DeserializeOwned>(value: &Json) -> Result<T, String> {
    wireloom::json::decode(value.to_string().as_bytes(), usize::MAX).map_err(|wrong| wrong.to_string())
}

fn answer<O: Operation>(ended: Result<O::Output, O::Fault>) -> Outcome
where
    Rest: Binding<O>,
{
    match ended {
        Ok(answer) => Outcome { gives: Some(form::<O>(&answer)), ..Outcome::default() },
        Err(fault) => failed(&fault),
    }
}

async fn items<O: Operation>(
    opened: Result<impl Stream<Item = Result<O::Output, O::Fault>> + Send, O::Fault>,
    takes: Option<usize>,
) -> Outcome
where
    Rest: Binding<O>,
{
    let messages = match opened {
        Ok(messages) => messages.take(takes.unwrap_or(usize::MAX)),
        Err(fault) => return failed(&fault),
    };
    pin_mut!(messages);
    let mut items = Vec::new();
    while let Some(message) = messages.next().await {
        match message {
            Ok(item) => items.push(form::<O>(&item)),
            Err(fault) => return Outcome { items: Some(items), ..failed(&fault) },
        }
    }
    Outcome { items: Some(items), ..Outcome::default() }
}

/// An answer in its JSON form, which REST has for every operation.
fn form<O: Operation>(answer: &O::Output) -> Json
where
    Rest: Binding<O>,
{
    let form = <Rest as Binding<O>>::Answer::serialize_as(answer, serde_json::value::Serializer);
    form.expect("an answer has a JSON form")
}

fn failed(fault: &(impl OperationFault + Debug)) -> Outcome {
    // The only way to see from outside, of every operation alike, whether a fault has its type or is `Other`.
    let is_typed = !format!("{fault:?}").starts_with("Other(");
    let neutral = fault.to_fault();
    let failure = Failure {
        kind: if is_typed { neutral.kind().to_owned() } else { String::new() },
        fields: neutral.fields().filter(|_| is_typed).map(Cow::into_owned),
        ..Failure::undeclared(&neutral)
    };
    Outcome { fails: Some(failure), ..Outcome::default() }
}
