//! A small service, its types and its REST binding, as the generator would write them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_core::Stream;
use futures_util::StreamExt as _;
use wireloom::json::Same;
use wireloom::policy::Settings;
use wireloom::rest::{Binding, Body, Method, RequestReader, RequestWriter, Rest, Route, StreamForm};
use wireloom::serde::de::Error as _;
use wireloom::serde::ser::{Error as _, SerializeSeq as _};
use wireloom::serde::{Deserialize, Deserializer, Serialize, Serializer};
use wireloom::{
    At, Code, Context, DeclaredFault, Effect, Fault, IdempotencyKey, Inbound, Json, Keyed, Mount, Operation,
    OperationFacts, OperationFault, Served, ServerStream, ServiceFacts, Shape, Unary, Validate, Violations, check,
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Note {
    pub(crate) id: u32,
    #[serde(deserialize_with = "short")]
    pub(crate) text: String,
}

/// As a named scalar of `length in 1..80` reads itself.
fn short<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    match text.len() <= 80 || wireloom::scalar::deferred() {
        true => Ok(text),
        false => Err(D::Error::custom("too long")),
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct AddRequest {
    pub(crate) list: String,
    pub(crate) text: String,
    pub(crate) urgent: Option<bool>,
    pub(crate) token: IdempotencyKey,
}

impl Validate for AddRequest {
    fn check(&self, at: &At<'_>, found: &mut Violations) {
        check::length(&self.text, Some(1), Some(80), &at.field("text"), found);
        self.token.check(&at.field("token"), found);
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Full {
    pub(crate) limit: u32,
}

impl std::fmt::Display for Full {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the list is full")
    }
}

impl std::error::Error for Full {}

impl DeclaredFault for Full {
    const CODE: Code = Code::ResourceExhausted;
    const KIND: &'static str = "notes.Full";
    const PROTO_NAME: &'static str = "notes.v1.Full";
}

#[derive(Clone, Debug)]
pub(crate) enum AddFault {
    Full(Full),
    Other(Fault),
}

impl From<Fault> for AddFault {
    fn from(fault: Fault) -> AddFault {
        AddFault::from_fault(fault)
    }
}

impl std::fmt::Display for AddFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.to_fault().fmt(f)
    }
}

impl std::error::Error for AddFault {}

impl OperationFault for AddFault {
    fn to_fault(&self) -> Fault {
        match self {
            AddFault::Full(it) => Fault::declared(it),
            AddFault::Other(fault) => fault.clone(),
        }
    }

    fn from_fault(fault: Fault) -> AddFault {
        match fault.kind() {
            Full::KIND => fault.declared_as().map_or_else(AddFault::Other, AddFault::Full),
            _ => AddFault::Other(fault),
        }
    }
}

pub(crate) struct Add;

impl Operation for Add {
    type Input = AddRequest;
    type Output = Note;
    type Fault = AddFault;
    const FACTS: &'static OperationFacts = &OperationFacts {
        package: "notes",
        service: "Notes",
        name: "add",
        shape: Shape::Unary,
        effect: Effect::Keyed,
        policy: Settings::within(Duration::from_secs(2)),
        auth: wireloom::Auth::PUBLIC,
    };

    fn keyed() -> Option<Keyed<Add>> {
        Some(Keyed::<Add>::by(|input| Some(input.token.as_str())))
    }
}

impl Binding<Add> for Rest {
    const ROUTE: Option<Route> = Some(Route {
        method: Method::POST,
        path: "/lists/{list}/notes",
        status: 201,
        body: Body::Json,
        stream: StreamForm::ByAccept,
    });
    type Answer = Same;

    fn put(input: &AddRequest, to: &mut RequestWriter) {
        to.path(&input.list);
        to.query_optional("urgent", &input.urgent);
        to.header("idempotency-key", &input.token);
        to.member("text", &input.text);
    }

    fn take(from: &mut RequestReader<'_>) -> Option<AddRequest> {
        let list = from.path(1, "list");
        let urgent = from.query_optional("urgent", "urgent");
        let token = from.header("idempotency-key", "token");
        let text = from.member("text");
        Some(AddRequest { list: list?, text: text?, urgent: urgent?, token: token? })
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct FollowRequest {
    pub(crate) count: u32,
}

impl Validate for FollowRequest {
    fn check(&self, _: &At<'_>, _: &mut Violations) {}
}

pub(crate) struct Follow;

impl Operation for Follow {
    type Input = FollowRequest;
    type Output = Note;
    type Fault = Fault;
    const FACTS: &'static OperationFacts = &OperationFacts {
        package: "notes",
        service: "Notes",
        name: "follow",
        shape: Shape::ServerStream,
        effect: Effect::Safe,
        policy: Settings::within(Duration::from_secs(2)),
        auth: wireloom::Auth::PUBLIC,
    };
}

impl Binding<Follow> for Rest {
    const ROUTE: Option<Route> = Some(Route {
        method: Method::GET,
        path: "/notes",
        status: 200,
        body: Body::None,
        stream: StreamForm::ByAccept,
    });
    type Answer = Same;

    fn put(input: &FollowRequest, to: &mut RequestWriter) {
        to.query("count", &input.count);
    }

    fn take(from: &mut RequestReader<'_>) -> Option<FollowRequest> {
        let count = from.query("count", "count");
        Some(FollowRequest { count: count? })
    }
}

/// Shows some text, which may be long.
pub(crate) struct Show;

impl Operation for Show {
    type Input = FollowRequest;
    type Output = Vec<Note>;
    type Fault = Fault;
    const FACTS: &'static OperationFacts =
        &OperationFacts { name: "show", shape: Shape::Unary, ..*<Follow as Operation>::FACTS };
}

impl Binding<Show> for Rest {
    const ROUTE: Option<Route> = Some(Route {
        method: Method::GET,
        path: "/shown",
        status: 200,
        body: Body::None,
        stream: StreamForm::ByAccept,
    });
    type Answer = Same;

    fn put(input: &FollowRequest, to: &mut RequestWriter) {
        <Rest as Binding<Follow>>::put(input, to);
    }

    fn take(from: &mut RequestReader<'_>) -> Option<FollowRequest> {
        <Rest as Binding<Follow>>::take(from)
    }
}

impl Unary<Show> for Notes {
    async fn call(&self, _: &Context, input: FollowRequest) -> Result<Vec<Note>, Fault> {
        self.count.fetch_add(1, Ordering::SeqCst);
        Ok((0..input.count).map(|id| Note { id, text: format!("note {id}") }).collect())
    }
}

/// Takes two members of a body.
pub(crate) struct Pair;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct PairRequest {
    one: String,
    two: String,
}

impl Validate for PairRequest {
    fn check(&self, _: &At<'_>, _: &mut Violations) {}
}

impl Operation for Pair {
    type Input = PairRequest;
    type Output = ();
    type Fault = Fault;
    const FACTS: &'static OperationFacts = &OperationFacts { name: "pair", ..*<Follow as Operation>::FACTS };
}

impl Binding<Pair> for Rest {
    const ROUTE: Option<Route> =
        Some(Route { method: Method::PUT, path: "/pair", status: 204, body: Body::Json, stream: StreamForm::ByAccept });
    type Answer = Same;

    fn take(from: &mut RequestReader<'_>) -> Option<PairRequest> {
        let (one, two) = (from.member("one"), from.member("two"));
        Some(PairRequest { one: one?, two: two? })
    }
}

impl Unary<Pair> for Notes {
    async fn call(&self, _: &Context, _: PairRequest) -> Result<(), Fault> {
        Ok(())
    }
}

/// Any JSON; that of a text cannot be written to its end.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(crate = "wireloom::serde")]
pub(crate) struct Free(pub(crate) Json);

impl Serialize for Free {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.0.is_string() {
            let mut half = to.serialize_seq(None)?;
            half.serialize_element(&self.0)?;
            return Err(S::Error::custom("half an item"));
        }
        self.0.serialize(to)
    }
}

/// `stream json`
pub(crate) struct Tail;

impl Operation for Tail {
    type Input = FollowRequest;
    type Output = Free;
    type Fault = Fault;
    const FACTS: &'static OperationFacts = &OperationFacts { name: "tail", ..*<Follow as Operation>::FACTS };
}

impl Binding<Tail> for Rest {
    const ROUTE: Option<Route> =
        Some(Route { method: Method::GET, path: "/tail", status: 200, body: Body::None, stream: StreamForm::Ndjson });
    type Answer = Same;

    fn put(input: &FollowRequest, to: &mut RequestWriter) {
        <Rest as Binding<Follow>>::put(input, to);
    }

    fn take(from: &mut RequestReader<'_>) -> Option<FollowRequest> {
        <Rest as Binding<Follow>>::take(from)
    }
}

impl ServerStream<Tail> for Notes {
    async fn open(
        &self,
        _: &Context,
        _: FollowRequest,
    ) -> Result<impl Stream<Item = Result<Free, Fault>> + Send + 'static, Fault> {
        let like_a_fault = Json::Object([("$fault".to_owned(), Json::Bool(true))].into_iter().collect());
        Ok(futures_util::stream::iter([Ok(Free(like_a_fault)), Ok(Free(Json::String("broken".into())))]))
    }
}

/// Numbers notes; some texts misbehave.
#[derive(Default)]
pub(crate) struct Notes {
    pub(crate) count: Arc<AtomicU32>,
    pub(crate) flaked: AtomicU32,
}

impl Unary<Add> for Notes {
    async fn call(&self, cx: &Context, input: AddRequest) -> Result<Note, AddFault> {
        match input.text.as_str() {
            "full" => return Err(AddFault::Full(Full { limit: 3 })),
            "flaky" if self.flaked.fetch_add(1, Ordering::SeqCst) == 0 => {
                return Err(Fault::new(Code::Unavailable, "not now").into());
            }
            "who" => return Ok(Note { id: 0, text: format!("{:?}", cx.peer()) }),
            "effect" => return Ok(Note { id: 0, text: format!("{:?}", cx.effect_id()) }),
            "identity" => {
                let uris = cx.peer_identity().map(|identity| identity.uris().join(" "));
                return Ok(Note { id: 0, text: uris.unwrap_or_else(|| "nobody".into()) });
            }
            "long" => return Ok(Note { id: 0, text: "x".repeat(81) }),
            "panic" => panic!("a note that panics"),
            "slow" => tokio::time::sleep(Duration::from_millis(200)).await,
            // As a handler shall not, and some library does.
            "blocks" => std::thread::sleep(std::time::Duration::from_millis(1500)),
            "slower" => tokio::time::sleep(Duration::from_millis(1500)).await,
            "refused" => {
                self.count.fetch_add(1, Ordering::SeqCst);
                return Err(Fault::new(Code::FailedPrecondition, "not here").into());
            }
            _ => {}
        }
        let urgent = if input.urgent == Some(true) { "!" } else { "" };
        Ok(Note { id: self.count.fetch_add(1, Ordering::SeqCst) + 1, text: input.text + urgent })
    }
}

impl ServerStream<Follow> for Notes {
    async fn open(
        &self,
        _: &Context,
        input: FollowRequest,
    ) -> Result<impl Stream<Item = Result<Note, Fault>> + Send + 'static, Fault> {
        assert!(input.count > 0, "no notes at all");
        let notes = (1..=input.count).map(move |id| match id {
            5000 => Err(Fault::new(Code::Aborted, "enough")),
            4000 if input.count == 4000 => panic!("a stream that panics"),
            _ => Ok(Note { id, text: "note".into() }),
        });
        // Behind the seventh note comes nothing, for ever.
        let rest: Inbound<Note> = match input.count {
            7 => Inbound::new(futures_util::stream::pending()),
            _ => Inbound::of([]),
        };
        Ok(futures_util::stream::iter(notes).chain(rest))
    }
}

impl Served for Notes {
    const FACTS: &'static ServiceFacts = &ServiceFacts {
        package: "notes",
        name: "Notes",
        auth: wireloom::Auth::PUBLIC,
        operations: &[Add::FACTS, Show::FACTS, Follow::FACTS, Tail::FACTS, Pair::FACTS],
        handlers: &[],
    };

    fn mount(mount: &mut Mount<Notes>) {
        mount.rest().unary::<Add>().unary::<Show>().unary::<Pair>().server_stream::<Follow>().server_stream::<Tail>();
    }
}
