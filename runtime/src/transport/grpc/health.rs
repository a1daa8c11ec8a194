//! `grpc.health.v1.Health`: whether a service takes calls, for probes and load balancers.
//!
//! Every service that is mounted serves, and so does the server, named by nothing, until the server is told to stop.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_core::Stream;
use futures_util::StreamExt as _;
use tokio_util::sync::CancellationToken;

use super::Method;
use crate::context::Context;
use crate::facts::{Auth, Effect, OperationFacts, Shape};
use crate::fault::{Code, Fault};
use crate::operation::{Operation, ServerStream, Unary};
use crate::policy::Settings;
use crate::validate::{At, Validate, Violations};
use crate::wire::{Reader, Wire, Writer};

/// Answers for all services of a server.
pub(super) struct Health {
    names: BTreeSet<&'static str>,
    /// Cancelled when the server is told to stop.
    stopping: CancellationToken,
}

impl Health {
    pub(super) fn new(names: impl IntoIterator<Item = &'static str>, stopping: CancellationToken) -> Health {
        let names = std::iter::once("").chain(names).collect();
        Health { names, stopping }
    }

    fn now(&self, service: &str) -> Status {
        match self.names.contains(service) {
            false => Status::ServiceUnknown,
            true if self.stopping.is_cancelled() => Status::NotServing,
            true => Status::Serving,
        }
    }
}

/// Asks once.
pub(super) struct Check;

/// Asks, and is told of each change.
pub(super) struct Watch;

const fn facts(name: &'static str, shape: Shape) -> OperationFacts {
    OperationFacts {
        package: "grpc.health.v1",
        service: "Health",
        name,
        shape,
        effect: Effect::Safe,
        policy: Settings::within(Duration::from_secs(5)),
        auth: Auth::PUBLIC,
    }
}

impl Operation for Check {
    type Input = Request;
    type Output = Response;
    type Fault = Fault;
    const FACTS: &'static OperationFacts = &facts("Check", Shape::Unary);
}

impl Method for Check {
    const PATH: &'static str = "/grpc.health.v1.Health/Check";
}

impl Operation for Watch {
    type Input = Request;
    type Output = Response;
    type Fault = Fault;
    const FACTS: &'static OperationFacts = &facts("Watch", Shape::ServerStream);
}

impl Method for Watch {
    const PATH: &'static str = "/grpc.health.v1.Health/Watch";
}

impl Unary<Check> for Health {
    async fn call(&self, _: &Context, input: Request) -> Result<Response, Fault> {
        match self.now(&input.service) {
            Status::ServiceUnknown => Err(Fault::new(Code::NotFound, "no such service is served here")),
            status => Ok(Response { status }),
        }
    }
}

impl ServerStream<Watch> for Health {
    async fn open(
        &self,
        _: &Context,
        input: Request,
    ) -> Result<impl Stream<Item = Result<Response, Fault>> + Send + 'static, Fault> {
        let (status, stopping) = (self.now(&input.service), self.stopping.clone());
        let changes = futures_util::stream::once(async move {
            // What is unknown stays so: services are mounted before the server starts.
            match status {
                Status::Serving => stopping.cancelled().await,
                Status::NotServing | Status::ServiceUnknown => std::future::pending().await,
            }
            Status::NotServing
        });
        let all = futures_util::stream::iter([status]).chain(changes).chain(futures_util::stream::pending());
        Ok(all.map(|status| Ok(Response { status })))
    }
}

/// `message HealthCheckRequest { string service = 1; }`
#[derive(Clone, PartialEq)]
pub(super) struct Request {
    service: String,
}

/// `message HealthCheckResponse { ServingStatus status = 1; }`
#[derive(Clone)]
pub(super) struct Response {
    status: Status,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Status {
    Serving = 1,
    NotServing = 2,
    ServiceUnknown = 3,
}

impl Validate for Request {
    fn check(&self, _: &At<'_>, _: &mut Violations) {}
}

impl Wire for Request {
    fn put(&self, out: &mut Writer) {
        out.plain(1, &self.service);
    }

    fn get(from: &mut Reader<'_>) -> Option<Request> {
        from.fields(&[1]);
        from.plain(1, "service").map(|service| Request { service })
    }
}

impl Wire for Response {
    fn put(&self, out: &mut Writer) {
        out.plain(1, &(self.status as u32));
    }

    fn get(_: &mut Reader<'_>) -> Option<Response> {
        // Only servers are here.
        None
    }
}
