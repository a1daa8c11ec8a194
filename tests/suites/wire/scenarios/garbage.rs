//! What no typed client sends: inputs that nothing can be read from.

use std::net::SocketAddr;

use futures_util::future::BoxFuture;
use serde_json::Value as Json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use wireloom::json::Same;
use wireloom::serde::{Deserialize, Serialize};
use wireloom::wire::{Reader, Writer};
use wireloom::{At, Context, Fault, Operation, OperationFacts, Shape, Unary, Validate, Violations, Wire, grpc, ws};
use wireloom_tests::golden::probe::probe::probe_operations;

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

/// The operation `echo` as a caller knows it who has another idea of its input.
pub(super) struct Echo;

impl Operation for Echo {
    type Input = Torn;
    type Output = ();
    type Fault = Fault;
    const FACTS: &'static OperationFacts =
        &OperationFacts { shape: Shape::Unary, ..*<probe_operations::Echo as Operation>::FACTS };
}

impl grpc::Method for Echo {
    const PATH: &'static str = <probe_operations::Echo as grpc::Method>::PATH;
}

impl ws::Binding<Echo> for ws::Ws {
    type Input = Same;
    type Output = Same;
}

/// In protobuf a field whose tag breaks off, in JSON a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "wireloom::serde")]
pub(super) struct Torn(String);

impl Validate for Torn {
    fn check(&self, _: &At<'_>, _: &mut Violations) {}
}

impl Wire for Torn {
    fn put(&self, out: &mut Writer) {
        out.bytes(b"\xff");
    }

    fn get(_: &mut Reader<'_>) -> Option<Torn> {
        None
    }
}

/// Sends what is torn through a typed client.
pub(super) struct TypedGarbage<C>(pub(super) C);

impl<C: Unary<Echo>> Garbage for TypedGarbage<C> {
    fn send<'a>(&'a self, operation: &'a str) -> BoxFuture<'a, Result<Failure, String>> {
        assert_eq!(operation, Echo::FACTS.name, "what a scenario sends garbage to");
        Box::pin(async move {
            match self.0.call(&Context::new(), Torn("torn".into())).await {
                Ok(()) => Err("garbage was answered".to_owned()),
                Err(fault) => Ok(Failure::undeclared(&fault)),
            }
        })
    }
}
