//! axum with what Wireloom does for every call: a deadline, a span, a request id there and back; and for every
//! connection: a bounded time for headers, bounded headers, and a graceful end.

use std::io;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tracing::Instrument as _;
use uuid::Uuid;

use super::{Listening, shop};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const DEADLINE: Duration = Duration::from_secs(2);

pub(super) async fn listen() -> io::Result<Listening> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    Ok((address, Box::pin(serve(listener, shop::routes().layer(from_fn(around))))))
}

/// Deadline, span and request id around a call.
async fn around(request: Request, next: Next) -> Response {
    let given = request.headers().get(&REQUEST_ID).filter(|id| id.len() <= 128 && id.to_str().is_ok());
    let id = given.cloned().unwrap_or_else(new_id);
    let span = tracing::info_span!("call", path = request.uri().path(), request_id = id.to_str().unwrap_or_default());
    let called = tokio::time::timeout(DEADLINE, next.run(request)).instrument(span).await;
    let mut response = called.unwrap_or_else(|_| StatusCode::GATEWAY_TIMEOUT.into_response());
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

fn new_id() -> HeaderValue {
    HeaderValue::try_from(Uuid::now_v7().to_string()).expect("a uuid is visible ASCII")
}

async fn serve(listener: TcpListener, router: Router) {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(10));
    let graceful = GracefulShutdown::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        // It is only slower without.
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(router.clone());
        let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service).into_owned();
        tokio::spawn(graceful.watch(connection));
    }
}
