//! tonic on the other side: a client that knows nothing of us, and servers that say less than ours.

use std::marker::PhantomData;
use std::net::SocketAddr;

use bytes::Bytes;
use futures_util::StreamExt as _;
use prost::Message;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::{Code, Request, Status};

use crate::notes::{AddFault, Full};
use crate::{add, start};
use wireloom::Channel;

/// Reads and writes messages of prost, as generated code of tonic does.
pub(crate) struct Prost<I, O>(PhantomData<fn(I) -> O>);

impl<I, O> Prost<I, O> {
    pub(crate) fn new() -> Prost<I, O> {
        Prost(PhantomData)
    }
}

impl<I: Message + 'static, O: Message + Default + 'static> Codec for Prost<I, O> {
    type Encode = I;
    type Decode = O;
    type Encoder = Prost<I, O>;
    type Decoder = Prost<I, O>;

    fn encoder(&mut self) -> Self::Encoder {
        Prost::new()
    }

    fn decoder(&mut self) -> Self::Decoder {
        Prost::new()
    }
}

impl<I: Message, O> Encoder for Prost<I, O> {
    type Item = I;
    type Error = Status;

    fn encode(&mut self, item: I, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        item.encode(out).map_err(|error| Status::internal(error.to_string()))
    }
}

impl<I, O: Message + Default> Decoder for Prost<I, O> {
    type Item = O;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<O>, Status> {
        O::decode(from).map(Some).map_err(|error| Status::internal(error.to_string()))
    }
}

/// tonic's channel.
pub(crate) async fn connect(address: SocketAddr) -> tonic::client::Grpc<tonic::transport::Channel> {
    let endpoint = tonic::transport::Endpoint::from_shared(format!("http://{address}")).unwrap();
    let mut client = tonic::client::Grpc::new(endpoint.connect().await.unwrap());
    client.ready().await.unwrap();
    client
}

#[derive(Clone, PartialEq, Message)]
struct AddRequest {
    #[prost(string, tag = "1")]
    text: String,
}

#[derive(Clone, PartialEq, Message)]
struct Note {
    #[prost(uint32, tag = "1")]
    id: u32,
    #[prost(string, tag = "2")]
    text: String,
}

/// `google.rpc.Status`
#[derive(Clone, PartialEq, Message)]
struct RpcStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<prost_types::Any>,
}

/// `google.rpc.ErrorInfo`
#[derive(Clone, PartialEq, Message)]
struct ErrorInfo {
    #[prost(string, tag = "1")]
    reason: String,
    #[prost(string, tag = "2")]
    domain: String,
    #[prost(btree_map = "string, string", tag = "3")]
    metadata: std::collections::BTreeMap<String, String>,
}

/// `google.rpc.BadRequest`
#[derive(Clone, PartialEq, Message)]
struct BadRequest {
    #[prost(message, repeated, tag = "1")]
    field_violations: Vec<FieldViolation>,
}

#[derive(Clone, PartialEq, Message)]
struct FieldViolation {
    #[prost(string, tag = "1")]
    field: String,
    #[prost(string, tag = "2")]
    description: String,
}

/// `google.rpc.RetryInfo`
#[derive(Clone, PartialEq, Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<prost_types::Duration>,
}

fn path(path: &'static str) -> http::uri::PathAndQuery {
    http::uri::PathAndQuery::from_static(path)
}

async fn tonic_add(address: SocketAddr, text: &str) -> Result<Note, Status> {
    let request = Request::new(AddRequest { text: text.into() });
    let mut client = connect(address).await;
    client.unary(request, path("/notes.v1.Notes/add"), Prost::new()).await.map(tonic::Response::into_inner)
}

#[tokio::test]
async fn tonic_calls_every_shape() {
    let server = start().await;
    assert_eq!(tonic_add(server.address, "milk").await.unwrap(), Note { id: 1, text: "milk".into() });
    let mut client = connect(server.address).await;

    let touched: tonic::Response<()> =
        client.unary(Request::new(7_u32), path("/notes.v1.Notes/touch"), Prost::new()).await.unwrap();
    assert!(touched.metadata().contains_key("x-request-id"));

    client.ready().await.unwrap();
    let followed = client.server_streaming(Request::new(3_u32), path("/notes.v1.Notes/follow"), Prost::new()).await;
    let notes: Vec<Result<Note, Status>> = followed.unwrap().into_inner().collect().await;
    assert_eq!(notes.into_iter().map(|note| note.unwrap().id).collect::<Vec<_>>(), [1, 2, 3]);

    client.ready().await.unwrap();
    let numbers = Request::new(futures_util::stream::iter(1..=100_u32));
    let sum: tonic::Response<u32> =
        client.client_streaming(numbers, path("/notes.v1.Notes/sum"), Prost::new()).await.unwrap();
    assert_eq!(sum.into_inner(), 5050);

    client.ready().await.unwrap();
    let words = Request::new(futures_util::stream::iter(["one".to_owned(), "two".to_owned()]));
    let back = client.streaming(words, path("/notes.v1.Notes/echo"), Prost::new()).await.unwrap();
    let back: Vec<Result<String, Status>> = back.into_inner().collect().await;
    assert_eq!(back.into_iter().map(Result::unwrap).collect::<Vec<_>>(), ["one", "two"]);
}

#[tokio::test]
async fn tonic_reads_a_fault_with_its_details() {
    let server = start().await;
    let status = tonic_add(server.address, "full").await.unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::ResourceExhausted, "the list is full"));
    let details = RpcStatus::decode(status.details()).unwrap();
    assert_eq!((details.code, details.message.as_str()), (8, "the list is full"));
    let [info, retry, full] = details.details.as_slice() else { panic!("{details:?}") };
    let info: ErrorInfo = unpacked(info, "google.rpc.ErrorInfo");
    assert_eq!(
        (info.reason.as_str(), info.domain.as_str(), info.metadata["kind"].as_str()),
        ("FULL", "notes", "notes.Full")
    );
    let retry: RetryInfo = unpacked(retry, "google.rpc.RetryInfo");
    assert_eq!(retry.retry_delay, Some(prost_types::Duration { seconds: 1, nanos: 500_000_000 }));
    assert_eq!(unpacked::<u32>(full, "notes.v1.Full"), 3);

    let status = tonic_add(server.address, "").await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    let details = RpcStatus::decode(status.details()).unwrap();
    let wrong: BadRequest = unpacked(&details.details[0], "google.rpc.BadRequest");
    assert_eq!(wrong.field_violations[0].field, "text");
    assert_eq!(wrong.field_violations[0].description, "length must be in 1..4000000, not 0");
}

fn unpacked<M: Message + Default>(any: &prost_types::Any, name: &str) -> M {
    assert_eq!(any.type_url, format!("type.googleapis.com/{name}"));
    M::decode(any.value.as_slice()).unwrap()
}

#[tokio::test]
async fn tonic_is_told_what_is_not_here() {
    let server = start().await;
    let mut client = connect(server.address).await;
    let gone = client.unary::<(), (), _>(Request::new(()), path("/notes.v1.Notes/missing"), Prost::new()).await;
    assert_eq!(gone.unwrap_err().code(), Code::Unimplemented);
    client.ready().await.unwrap();
    // What does not decode is told with its place.
    let broken =
        client.unary::<String, Note, _>(Request::new("\u{1}".into()), path("/notes.v1.Notes/sum"), Prost::new());
    let status = broken.await.unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::InvalidArgument, "the input breaks the contract"));
}

/// A server of tonic that answers each call with one status.
async fn failing(status: fn() -> Status) -> SocketAddr {
    struct Fails(fn() -> Status);

    impl tonic::server::UnaryService<AddRequest> for Fails {
        type Response = Note;
        type Future = std::future::Ready<Result<tonic::Response<Note>, Status>>;

        fn call(&mut self, _: Request<AddRequest>) -> Self::Future {
            std::future::ready(Err((self.0)()))
        }
    }

    let answer = move |request: axum::extract::Request| async move {
        tonic::server::Grpc::new(Prost::<Note, AddRequest>::new()).unary(Fails(status), request).await
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, axum::Router::new().fallback(answer)).await.unwrap() });
    address
}

#[tokio::test]
async fn servers_of_others_say_less_and_are_understood() {
    let add_at = |address| async move {
        let channel = Channel::grpc(&format!("http://{address}")).unwrap();
        add(&channel, "milk").await.unwrap_err()
    };
    let code_only = failing(|| Status::not_found("no such list")).await;
    assert_eq!(add_at(code_only).await.to_string(), "not_found: no such list");

    // The declared fault, and nothing that says which it is but its type.
    let declared = failing(|| with_detail("notes.v1.Full", &3_u32)).await;
    assert!(matches!(add_at(declared).await, AddFault::Full(Full { limit: 3 })));

    // One of another version is another one.
    let other = failing(|| with_detail("notes.v2.Full", &3_u32)).await;
    let AddFault::Other(fault) = add_at(other).await else { panic!() };
    assert_eq!(fault.to_string(), "resource_exhausted: it is full");

    let nonsense = failing(|| Status::with_details(Code::Aborted, "torn", Bytes::from_static(b"\xff\xff"))).await;
    assert_eq!(add_at(nonsense).await.to_string(), "aborted: torn");
}

fn with_detail(name: &str, detail: &impl Message) -> Status {
    let any = prost_types::Any { type_url: format!("type.googleapis.com/{name}"), value: detail.encode_to_vec() };
    let details = RpcStatus { code: 8, message: "it is full".into(), details: vec![any] };
    Status::with_details(Code::ResourceExhausted, "it is full", details.encode_to_vec().into())
}
