//! tonic with what Wireloom does for every call: a deadline, a span, a request id there and back; and in the handlers own
//! types instead of protobuf's, with everything checked that the contract demands and each violation told with its path.

use std::net::SocketAddr;
use std::time::Duration;

use tonic::metadata::{Ascii, MetadataMap, MetadataValue};
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};
use tracing::Instrument as _;
use uuid::Uuid;

use super::checks::Draft;
use super::proto::bench::v1::calls_server::{Calls, CallsServer};
use super::proto::bench::v1::{CallsEchoRequest, CallsOrderRequest, Payload};
use super::proto::shop::orders::v1::Order;

const REQUEST_ID: &str = "x-request-id";
const DEADLINE: Duration = Duration::from_secs(2);

struct Answers;

#[tonic::async_trait]
impl Calls for Answers {
    async fn echo(&self, request: Request<CallsEchoRequest>) -> Result<Response<Payload>, Status> {
        around("echo", request, async |input| Ok(Payload { payload: input.payload })).await
    }

    async fn order(&self, request: Request<CallsOrderRequest>) -> Result<Response<Order>, Status> {
        around("order", request, async |input| {
            let draft = Draft::try_from(input).map_err(|found| Status::invalid_argument(found.join("\n")))?;
            Ok(Order::from(draft))
        })
        .await
    }
}

/// Span and request id around a call.
async fn around<I, O>(
    name: &'static str,
    request: Request<I>,
    perform: impl AsyncFnOnce(I) -> Result<O, Status>,
) -> Result<Response<O>, Status> {
    let id = request_id(request.metadata());
    let span = tracing::info_span!("call", name, request_id = id.to_str().unwrap_or_default());
    let output = perform(request.into_inner()).instrument(span).await;
    match output {
        Ok(output) => {
            let mut response = Response::new(output);
            response.metadata_mut().insert(REQUEST_ID, id);
            Ok(response)
        }
        Err(mut status) => {
            status.metadata_mut().insert(REQUEST_ID, id);
            Err(status)
        }
    }
}

/// The caller's, where it gave a good one.
fn request_id(metadata: &MetadataMap) -> MetadataValue<Ascii> {
    let given = metadata.get(REQUEST_ID).filter(|id| id.as_bytes().len() <= 128);
    given.cloned().unwrap_or_else(|| Uuid::now_v7().to_string().parse().expect("a uuid is visible ASCII"))
}

pub async fn serve(listening: impl FnOnce(SocketAddr)) {
    let incoming = TcpIncoming::bind("127.0.0.1:0".parse().unwrap()).unwrap().with_nodelay(Some(true));
    listening(incoming.local_addr().unwrap());
    let service = CallsServer::new(Answers);
    Server::builder().timeout(DEADLINE).add_service(service).serve_with_incoming(incoming).await.unwrap();
}
