//! A connection of HTTP/2 that calls go over.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::time::{MissedTickBehavior, interval};
use tonic::Status;

use crate::endpoint::Endpoint;
use crate::net::{Connector, Protocol};
use crate::transport::peers::Linked;

/// Bytes of the headers or trailers of an answer.
const HEADER_BYTES_MAX: u32 = 64 * 1024;

/// A connection on which no call begins for so long takes none any more: what stands between may have forgotten it, and nobody asks whether the
/// server lives while nothing is on its way.
const IDLE_TIME_MAX: Duration = Duration::from_secs(90);

/// What is sent: a message, or messages as they come.
pub(super) type Body = Either<Full<Bytes>, UnsyncBoxBody<Bytes, Status>>;

/// A connection.
#[derive(Debug)]
pub(super) struct Http2Link {
    sender: SendRequest<Body>,
    /// Whether a call has begun since somebody looked.
    is_used: AtomicBool,
    is_idle: AtomicBool,
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
        let link = Arc::new(Http2Link { sender, is_used: AtomicBool::new(true), is_idle: AtomicBool::new(false) });
        // Not held by its task: it ends when nobody calls any more.
        let watched = Arc::downgrade(&link);
        tokio::spawn(async move {
            let mut looks = interval(IDLE_TIME_MAX);
            looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut connection = std::pin::pin!(connection);
            loop {
                tokio::select! {
                    biased;
                    ended = &mut connection => {
                        if let Err(error) = ended {
                            tracing::debug!(%error, %to, "the connection broke");
                        }
                        return;
                    }
                    _ = looks.tick() => if let Some(link) = watched.upgrade() {
                        link.is_idle.store(!link.is_used.swap(false, Ordering::Relaxed), Ordering::Relaxed);
                    },
                }
            }
        });
        Ok(link)
    }

    /// Sends a request; one that was certainly not sent comes back with the error.
    pub(super) async fn send(&self, request: Request<Body>) -> Result<Response<Incoming>, TrySendError<Request<Body>>> {
        self.is_used.store(true, Ordering::Relaxed);
        // Cheap: what sends is counted, nothing is made.
        self.sender.clone().try_send_request(request).await
    }
}

impl Linked for Http2Link {
    fn is_open(&self) -> bool {
        !self.is_idle.load(Ordering::Relaxed) && !self.sender.is_closed()
    }
}
