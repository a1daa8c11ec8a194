//! A small service and what native RPC, gRPC and WebSocket need of it, as the generator would write it.

#[cfg(feature = "grpc")]
pub(crate) mod descriptors;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_core::Stream;
use wireloom::policy::Settings;
use wireloom::serde::{Deserialize, Serialize};
use wireloom::wire::{Reader, Wire, Writer};
use wireloom::{
    At, ClientStream, Code, Context, DeclaredFault, Duplex, Effect, Fault, Inbound, Mount, Operation, OperationFacts,
    OperationFault, Served, ServerStream, ServiceFacts, Shape, Unary, Validate, Violations, check,
};

// Types

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Note {
    pub(crate) id: u32,
    pub(crate) text: String,
}

impl Wire for Note {
    fn put(&self, out: &mut Writer) {
        out.plain(2, &self.text);
        out.plain(1, &self.id);
    }

    fn get(from: &mut Reader<'_>) -> Option<Note> {
        from.fields(&[1, 2]);
        let id = from.plain(1, "id");
        let text = from.plain(2, "text");
        Some(Note { id: id?, text: text? })
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct AddRequest {
    pub(crate) text: String,
}

impl Validate for AddRequest {
    fn check(&self, at: &At<'_>, found: &mut Violations) {
        check::length(&self.text, Some(1), Some(4_000_000), &at.field("text"), found);
    }
}

impl Wire for AddRequest {
    fn put(&self, out: &mut Writer) {
        out.plain(1, &self.text);
    }

    fn get(from: &mut Reader<'_>) -> Option<AddRequest> {
        from.fields(&[1]);
        let text = from.plain(1, "text");
        Some(AddRequest { text: text? })
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Full {
    pub(crate) limit: u32,
}

impl Wire for Full {
    fn put(&self, out: &mut Writer) {
        out.plain(1, &self.limit);
    }

    fn get(from: &mut Reader<'_>) -> Option<Full> {
        from.fields(&[1]);
        from.plain(1, "limit").map(|limit| Full { limit })
    }
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

    fn to_message(&self) -> Option<Vec<u8>> {
        Some(wireloom::wire::encode_to_vec(self))
    }

    fn from_message(message: &wireloom::Bytes) -> Option<Full> {
        wireloom::wire::decode(message, wireloom::wire::DEPTH_MAX).ok()
    }

    fn retry_after(&self) -> Option<Duration> {
        Some(Duration::from_millis(1500))
    }
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

// Operations

const fn facts(name: &'static str, shape: Shape) -> OperationFacts {
    OperationFacts {
        package: "notes",
        service: "Notes",
        name,
        shape,
        effect: Effect::Once,
        policy: Settings::within(Duration::from_secs(5)),
        auth: wireloom::Auth::PUBLIC,
    }
}

/// Adds a note.
pub(crate) struct Add;

impl Operation for Add {
    type Input = AddRequest;
    type Output = Note;
    type Fault = AddFault;
    const FACTS: &'static OperationFacts = &facts("add", Shape::Unary);
}

/// Answers with nothing, awaited.
pub(crate) struct Clear;

impl Operation for Clear {
    type Input = ();
    type Output = ();
    type Fault = Fault;
    const FACTS: &'static OperationFacts = &facts("clear", Shape::Unary);
}

/// Is not awaited.
pub(crate) struct Touch;

impl Operation for Touch {
    type Input = u32;
    type Output = ();
    type Fault = Fault;
    const FACTS: &'static OperationFacts = &facts("touch", Shape::Oneway);
}

/// So many notes.
pub(crate) struct Follow;

impl Operation for Follow {
    type Input = u32;
    type Output = Note;
    type Fault = Fault;
    const FACTS: &'static OperationFacts = &facts("follow", Shape::ServerStream);
}

/// The sum of what comes.
pub(crate) struct Sum;

impl Operation for Sum {
    type Input = u32;
    type Output = u32;
    type Fault = Fault;
    const FACTS: &'static OperationFacts = &facts("sum", Shape::ClientStream);
}

/// Each text back.
pub(crate) struct Echo;

impl Operation for Echo {
    type Input = String;
    type Output = String;
    type Fault = Fault;
    const FACTS: &'static OperationFacts = &facts("echo", Shape::Duplex);
}

/// Is not served.
pub(crate) struct Missing;

impl Operation for Missing {
    type Input = ();
    type Output = ();
    type Fault = Fault;
    const FACTS: &'static OperationFacts = &facts("missing", Shape::Unary);
}

/// What gRPC needs: a path an operation.
#[cfg(feature = "grpc")]
macro_rules! methods {
    ($($operation:ident: $path:literal),*) => {
        $(impl wireloom::grpc::Method for $operation {
            const PATH: &'static str = concat!("/notes.v1.Notes/", $path);
        })*
    };
}

#[cfg(feature = "grpc")]
methods!(Add: "add", Clear: "clear", Touch: "touch", Follow: "follow", Sum: "sum", Echo: "echo", Missing: "missing");

// The service

/// Counts what happens to it; some texts misbehave.
#[derive(Clone, Default)]
pub(crate) struct Notes {
    pub(crate) seen: Arc<Seen>,
}

#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) notes: AtomicU32,
    pub(crate) touched: AtomicU32,
    /// Handlers that began and never end by themselves.
    pub(crate) endless: AtomicU32,
    /// Those of them that were dropped.
    pub(crate) cancelled: AtomicU32,
    pub(crate) request_id: std::sync::Mutex<Option<String>>,
    pub(crate) tenant: std::sync::Mutex<Option<String>>,
}

/// Counts a handler that does not end.
struct Unfinished<'s>(&'s Seen);

impl Unfinished<'_> {
    fn begins(seen: &Seen) -> Unfinished<'_> {
        seen.endless.fetch_add(1, Ordering::SeqCst);
        Unfinished(seen)
    }
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        self.0.cancelled.fetch_add(1, Ordering::SeqCst);
    }
}

impl Unary<Add> for Notes {
    async fn call(&self, cx: &Context, input: AddRequest) -> Result<Note, AddFault> {
        *self.seen.request_id.lock().unwrap() = cx.request_id().map(str::to_owned);
        *self.seen.tenant.lock().unwrap() = cx.metadata().get("x-tenant").map(str::to_owned);
        match input.text.as_str() {
            "full" => return Err(AddFault::Full(Full { limit: 3 })),
            "panic" => panic!("a bug in the handler"),
            "late panic" => {
                tokio::task::yield_now().await;
                panic!("a bug in the handler");
            }
            "identity" => {
                let uris = cx.peer_identity().map(|identity| identity.uris().join(" "));
                return Ok(Note { id: 0, text: uris.unwrap_or_else(|| "nobody".into()) });
            }
            "slow" => tokio::time::sleep(Duration::from_millis(200)).await,
            text if text.starts_with("never") => {
                let _unfinished = Unfinished::begins(&self.seen);
                std::future::pending::<()>().await;
            }
            _ => {}
        }
        let text = match input.text.strip_prefix("repeat ") {
            Some(count) => "x".repeat(count.parse().unwrap()),
            None => input.text,
        };
        Ok(Note { id: self.seen.notes.fetch_add(1, Ordering::SeqCst) + 1, text })
    }
}

impl Unary<Clear> for Notes {
    async fn call(&self, _: &Context, (): ()) -> Result<(), Fault> {
        self.seen.notes.store(0, Ordering::SeqCst);
        Ok(())
    }
}

impl Unary<Touch> for Notes {
    async fn call(&self, _: &Context, by: u32) -> Result<(), Fault> {
        if by == 0 {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(Duration::from_millis(u64::from(by / 1000))).await;
        self.seen.touched.fetch_add(by, Ordering::SeqCst);
        Err(Fault::new(Code::Internal, "nobody hears this"))
    }
}

impl ServerStream<Follow> for Notes {
    async fn open(
        &self,
        _: &Context,
        count: u32,
    ) -> Result<impl Stream<Item = Result<Note, Fault>> + Send + 'static, Fault> {
        if count == 0 {
            return Err(Fault::new(Code::FailedPrecondition, "nothing to follow"));
        }
        let seen = Arc::clone(&self.seen);
        Ok(futures_util::stream::iter((1..=count).map(move |id| {
            seen.notes.store(id, Ordering::SeqCst);
            match id {
                5000 => Err(Fault::new(Code::Aborted, "enough")),
                _ => Ok(Note { id, text: "note".into() }),
            }
        })))
    }
}

impl ClientStream<Sum> for Notes {
    async fn call(&self, _: &Context, mut input: Inbound<u32>) -> Result<u32, Fault> {
        let mut sum = 0;
        while let Some(number) = input.next().await {
            match number? {
                // An answer before the end of the input.
                u32::MAX => return Ok(sum),
                // Takes no more, and does not answer either.
                0xffff_fffe => std::future::pending().await,
                number => sum += number,
            }
        }
        Ok(sum)
    }
}

impl Duplex<Echo> for Notes {
    async fn open(
        &self,
        _: &Context,
        input: Inbound<String>,
    ) -> Result<impl Stream<Item = Result<String, Fault>> + Send + 'static, Fault> {
        Ok(input)
    }
}

impl Served for Notes {
    const FACTS: &'static ServiceFacts = &ServiceFacts {
        package: "notes",
        name: "Notes",
        auth: wireloom::Auth::PUBLIC,
        operations: &[Add::FACTS, Clear::FACTS, Touch::FACTS, Follow::FACTS, Sum::FACTS, Echo::FACTS],
        handlers: &[],
    };

    fn mount(mount: &mut Mount<Notes>) {
        #[cfg(feature = "grpc")]
        mount
            .grpc(descriptors::service())
            .unary::<Add>()
            .unary::<Clear>()
            .unary::<Touch>()
            .server_stream::<Follow>()
            .client_stream::<Sum>()
            .duplex::<Echo>();
        #[cfg(feature = "rpc")]
        mount
            .rpc()
            .unary::<Add>()
            .unary::<Clear>()
            .unary::<Touch>()
            .server_stream::<Follow>()
            .client_stream::<Sum>()
            .duplex::<Echo>();
        #[cfg(feature = "ws")]
        mount
            .ws("/ws/notes")
            .unary::<Add>()
            .unary::<Clear>()
            .unary::<Touch>()
            .server_stream::<Follow>()
            .client_stream::<Sum>()
            .duplex::<Echo>();
    }
}

/// The JSON forms of inputs and outputs.
#[cfg(feature = "ws")]
mod json_forms {
    use wireloom::json::{Same, UInt32};
    use wireloom::ws::{Binding, Ws};

    use super::{Add, Clear, Echo, Follow, Missing, Sum, Touch};

    impl Binding<Add> for Ws {
        type Input = Same;
        type Output = Same;
    }

    impl Binding<Clear> for Ws {
        type Input = Same;
        type Output = Same;
    }

    impl Binding<Touch> for Ws {
        type Input = UInt32;
        type Output = Same;
    }

    impl Binding<Follow> for Ws {
        type Input = UInt32;
        type Output = Same;
    }

    impl Binding<Sum> for Ws {
        type Input = UInt32;
        type Output = UInt32;
    }

    impl Binding<Echo> for Ws {
        type Input = Same;
        type Output = Same;
    }

    impl Binding<Missing> for Ws {
        type Input = Same;
        type Output = Same;
    }
}
