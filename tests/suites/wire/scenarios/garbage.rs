//! What no typed client sends: inputs that nothing can be read from. Each wire has its own.

use std::net::SocketAddr;

use bytes::BytesMut;
use futures_util::future::BoxFuture;
use serde_json::Value as Json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::Instant;
use wireloom::mux::{Event, Mux, MuxLimits, Taken};
use wireloom::{Fault, Metadata};

use super::calls::Failure;

/// Sends an input that nothing can be read from.
pub(super) trait Garbage: Send + Sync {
    /// Calls an operation with it, and gives the failure.
    fn send<'a>(&'a self, operation: &'a str) -> BoxFuture<'a, Result<Failure, String>>;
}

/// An object that breaks off.
pub(super) struct RestGarbage(pub(super) SocketAddr);

impl Garbage for RestGarbage {
    fn send<'a>(&'a self, operation: &'a str) -> BoxFuture<'a, Result<Failure, String>> {
        Box::pin(async move {
            let answer = self.answer(operation).await.map_err(|error| error.to_string())?;
            let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
            let problem: Json = serde_json::from_str(body).map_err(|error| format!("{error}: {answer}"))?;
            let text = |name: &str| problem[name].as_str().unwrap_or_default().to_owned();
            let violations = problem.get("violations").cloned().map_or(Ok(Vec::new()), serde_json::from_value);
            Ok(Failure {
                code: text("code"),
                kind: String::new(),
                message: text("detail"),
                fields: None,
                violations: violations.map_err(|error| error.to_string())?,
                retry_after_ms: None,
            })
        })
    }
}

impl RestGarbage {
    async fn answer(&self, operation: &str) -> std::io::Result<String> {
        let RestGarbage(address) = self;
        let body = r#"{"all": {"flag": tr"#;
        let length = body.len();
        let head = format!(
            "POST /probe/{operation} HTTP/1.1\r\nhost: probe\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
        );
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(format!("{head}{body}").as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer)
    }
}

/// A field whose tag breaks off.
pub(super) struct RpcGarbage(pub(super) SocketAddr);

impl Garbage for RpcGarbage {
    fn send<'a>(&'a self, operation: &'a str) -> BoxFuture<'a, Result<Failure, String>> {
        Box::pin(async move {
            let fault = self.fault(operation).await.map_err(|error| error.to_string())?;
            Ok(Failure::undeclared(&fault))
        })
    }
}

impl RpcGarbage {
    async fn fault(&self, operation: &str) -> std::io::Result<Fault> {
        let mut stream = TcpStream::connect(self.0).await?;
        let mut mux: Mux<()> = Mux::client(MuxLimits::default(), Instant::now().into_std());
        let (mut input, mut output) = (BytesMut::new(), BytesMut::new());
        loop {
            mux.take_output(&mut output);
            stream.write_all(&output).await?;
            output.clear();
            match mux.receive(&mut input).map_err(|close| std::io::Error::other(close.to_string()))? {
                Some(Event::Greeted) => {
                    let number = mux.table().number(&format!("probe.Probe/{operation}")).expect("it is served");
                    let garbage = |out: &mut BytesMut| out.extend_from_slice(b"\xff");
                    mux.open(number, None, &Metadata::default(), garbage).expect("there is room for a call");
                }
                Some(Event::Readable(call)) => {
                    let Taken::Fault(fault) = mux.take_reply(call) else {
                        return Err(std::io::Error::other("no fault"));
                    };
                    return Ok(fault);
                }
                Some(_) => {}
                None if stream.read_buf(&mut input).await? == 0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
                None => {}
            }
        }
    }
}
