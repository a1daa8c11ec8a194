//! `grpc.reflection.v1.ServerReflection`, and the same under its older name `v1alpha`: what tools such as grpcurl ask a server
//! in order to speak with services that they have no files of.
//!
//! It tells the contract, which is no secret to whoever may call, and nothing of the data. Health, reflection itself and the
//! details of a status are told as well, so that a tool can ask for the one and show the other.

mod files;
mod messages;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_core::Stream;
use futures_util::StreamExt as _;

use super::{Method, ServiceInfo};
use crate::context::Context;
use crate::facts::{Auth, Effect, OperationFacts, Shape};
use crate::fault::{Code, Fault};
use crate::inbound::Inbound;
use crate::operation::{Duplex, Operation};
use crate::policy::Settings;
use files::Files;
use messages::{Answer, Asked, Request, Response};

/// The files below `standard/` and what they import: what protoc makes of them, which `tests/judges/proto.sh` looks after.
const STANDARD: &[u8] = include_bytes!("standard.binpb");

/// Their services.
const STANDARD_SERVICES: [&str; 3] =
    ["grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"];

/// Answers for all services of a server.
pub(super) struct Reflection {
    known: Arc<Known>,
}

struct Known {
    services: Vec<String>,
    files: Files,
}

impl Reflection {
    pub(super) fn new(services: &[&'static ServiceInfo]) -> Reflection {
        let names = services.iter().map(|service| service.name).chain(STANDARD_SERVICES);
        let names: BTreeSet<String> = names.map(str::to_owned).collect();
        // A service may bring files of its own by these names.
        let files = Files::of(services.iter().map(|service| service.descriptors).chain([STANDARD]));
        Reflection { known: Arc::new(Known { services: names.into_iter().collect(), files }) }
    }
}

impl Known {
    fn answer(&self, asked: &Asked) -> Answer {
        let files = &self.files;
        let found = match asked {
            Asked::Services(_) => Some(Answer::Services(self.services.clone())),
            Asked::FileOf(symbol) => files.of_symbol(symbol).map(Answer::File),
            Asked::File(name) => files.named(name).map(Answer::File),
            Asked::FileOfExtension(extension) => files.of_extension(extension).map(Answer::File),
            Asked::ExtensionsOf(ty) => {
                files.extensions_of(ty).map(|numbers| Answer::Extensions { ty: ty.clone(), numbers })
            }
            Asked::Nothing => {
                return Answer::Fault { code: Code::InvalidArgument as i32, message: "nothing was asked".to_owned() };
            }
        };
        let unknown = || Answer::Fault { code: Code::NotFound as i32, message: "it is not known here".to_owned() };
        found.unwrap_or_else(unknown)
    }

    fn respond(&self, request: Request) -> Response {
        Response { answer: self.answer(&request.asked), request }
    }
}

/// The operation under its name of today.
pub(super) struct V1;

/// The operation under its older name.
pub(super) struct V1Alpha;

const fn facts(package: &'static str) -> OperationFacts {
    OperationFacts {
        package,
        service: "ServerReflection",
        name: "ServerReflectionInfo",
        shape: Shape::Duplex,
        effect: Effect::Safe,
        policy: Settings::within(Duration::from_secs(5)),
        auth: Auth::PUBLIC,
    }
}

impl Operation for V1 {
    type Input = Request;
    type Output = Response;
    type Fault = Fault;
    const FACTS: &'static OperationFacts = &facts("grpc.reflection.v1");
}

impl Method for V1 {
    const PATH: &'static str = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
}

impl Operation for V1Alpha {
    type Input = Request;
    type Output = Response;
    type Fault = Fault;
    const FACTS: &'static OperationFacts = &facts("grpc.reflection.v1alpha");
}

impl Method for V1Alpha {
    const PATH: &'static str = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
}

impl<O: Operation<Input = Request, Output = Response, Fault = Fault>> Duplex<O> for Reflection {
    async fn open(
        &self,
        _: &Context,
        input: Inbound<Request>,
    ) -> Result<impl Stream<Item = Result<Response, Fault>> + Send + 'static, Fault> {
        let known = Arc::clone(&self.known);
        Ok(input.map(move |request| request.map(|request| known.respond(request))))
    }
}
