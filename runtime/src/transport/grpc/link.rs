//! A connection of HTTP/2 that calls go over.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tonic::Status;

use crate::endpoint::Endpoint;
use crate::net::{Connector, Protocol};
use crate::transport::peers::Linked;

/// Bytes of the headers or trailers of an answer.
const HEADER_BYTES_MAX: u32 = 64 * 1024;

/// What is sent: a message, or messages as they come.
pub(super) type Body = Either<Full<Bytes>, UnsyncBoxBody<Bytes, Status>>;

/// A connection. Whoever calls holds it until the answer has ended.
#[derive(Debug)]
pub(super) struct Http2Link {
    sender: SendRequest<Body>,
}

impl Http2Link {
    /// Makes a connection; a task of its own moves what is sent over it, until its last call has ended.
    pub(super) async fn connect(
        connector: Connector,
        to: Endpoint,
        keep_alive: Duration,
    ) -> io::Result<Arc<Http2Link>> {
        let socket = connector.connect(&to, Protocol::Http2).await?;
        let connected = Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .keep_alive_interval(keep_alive)
            .keep_alive_timeout(keep_alive)
            // Until the server has said how many calls it takes at once.
            .initial_max_send_streams(1)
            .max_header_list_size(HEADER_BYTES_MAX)
            .handshake(TokioIo::new(socket))
            .await;
        let (sender, connection) = connected.map_err(io::Error::other)?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, %to, "the connection broke");
            }
        });
        Ok(Arc::new(Http2Link { sender }))
    }

    /// Sends a request; one that was certainly not sent comes back with the error.
    pub(super) async fn send(&self, request: Request<Body>) -> Result<Response<Incoming>, TrySendError<Request<Body>>> {
        // Cheap: what sends is counted, nothing is made.
        self.sender.clone().try_send_request(request).await
    }
}

impl Linked for Http2Link {
    fn is_open(&self) -> bool {
        !self.sender.is_closed()
    }

    fn is_busy(link: &Arc<Http2Link>) -> bool {
        Arc::strong_count(link) > 1
    }
}
