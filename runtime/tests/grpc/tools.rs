//! What tools ask: health, and reflection in both versions.

use std::time::Duration;

use futures_util::StreamExt as _;
use prost::Message;
use tonic::{Code, Request};
use wireloom::Server;

use crate::foreign::{Prost, connect};
use crate::notes::{Notes, descriptors};
use crate::start;

#[derive(Clone, PartialEq, Message)]
struct HealthRequest {
    #[prost(string, tag = "1")]
    service: String,
}

#[derive(Clone, PartialEq, Message)]
struct HealthResponse {
    #[prost(int32, tag = "1")]
    status: i32,
}

const SERVING: i32 = 1;
const NOT_SERVING: i32 = 2;
const SERVICE_UNKNOWN: i32 = 3;

fn path(path: &'static str) -> http::uri::PathAndQuery {
    http::uri::PathAndQuery::from_static(path)
}

#[tokio::test]
async fn health_is_told() {
    let mut server = start().await;
    let mut client = connect(server.address).await;
    for service in ["", "notes.v1.Notes"] {
        client.ready().await.unwrap();
        let request = Request::new(HealthRequest { service: service.into() });
        let checked = client.unary(request, path("/grpc.health.v1.Health/Check"), Prost::new()).await.unwrap();
        assert_eq!(HealthResponse { status: SERVING }, checked.into_inner());
    }
    client.ready().await.unwrap();
    let request = Request::new(HealthRequest { service: "other".into() });
    let unknown = client.unary::<_, HealthResponse, _>(request, path("/grpc.health.v1.Health/Check"), Prost::new());
    assert_eq!(unknown.await.unwrap_err().code(), Code::NotFound);

    let mut watch: Vec<tonic::Streaming<HealthResponse>> = Vec::new();
    for service in ["notes.v1.Notes", "other"] {
        client.ready().await.unwrap();
        let request = Request::new(HealthRequest { service: service.into() });
        let opened = client.server_streaming(request, path("/grpc.health.v1.Health/Watch"), Prost::new()).await;
        watch.push(opened.unwrap().into_inner());
    }
    let [known, unknown] = watch.as_mut_slice() else { panic!() };
    assert_eq!(known.next().await.unwrap().unwrap(), HealthResponse { status: SERVING });
    assert_eq!(unknown.next().await.unwrap().unwrap(), HealthResponse { status: SERVICE_UNKNOWN });
    server.stop();
    assert_eq!(known.next().await.unwrap().unwrap(), HealthResponse { status: NOT_SERVING });
    assert_eq!(known.next().await.unwrap().unwrap_err().code(), Code::Unavailable);
}

#[tokio::test]
async fn a_server_that_is_about_to_stop_is_not_ready_and_serves_on() {
    let server = Server::new().serve(Notes::default()).discovery_lag(Duration::from_millis(500));
    let bound = server.bind("127.0.0.1:0").await.unwrap();
    let address = bound.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let ended = tokio::spawn(bound.run_until(async { drop(stopped.await) }));
    let told = tokio::time::Instant::now();
    drop(stop);
    let mut asked = 0;
    while told.elapsed() < Duration::from_millis(250) {
        // Each time over another connection, which it takes still.
        let mut client = connect(address).await;
        let request = Request::new(HealthRequest { service: String::new() });
        let checked: tonic::Response<HealthResponse> =
            client.unary(request, path("/grpc.health.v1.Health/Check"), Prost::new()).await.unwrap();
        asked += usize::from(checked.into_inner() == HealthResponse { status: NOT_SERVING });
    }
    assert!(asked > 0);
    ended.await.unwrap();
    assert!(told.elapsed() >= Duration::from_millis(500));
}

#[derive(Clone, PartialEq, Message)]
struct Asked {
    #[prost(string, tag = "1")]
    host: String,
    #[prost(oneof = "Question", tags = "3, 4, 5, 6, 7")]
    question: Option<Question>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum Question {
    #[prost(string, tag = "3")]
    File(String),
    #[prost(string, tag = "4")]
    FileOf(String),
    #[prost(message, tag = "5")]
    FileOfExtension(Extension),
    #[prost(string, tag = "6")]
    ExtensionsOf(String),
    #[prost(string, tag = "7")]
    Services(String),
}

#[derive(Clone, PartialEq, Message)]
struct Extension {
    #[prost(string, tag = "1")]
    containing_type: String,
    #[prost(int32, tag = "2")]
    extension_number: i32,
}

#[derive(Clone, PartialEq, Message)]
struct Answered {
    #[prost(string, tag = "1")]
    valid_host: String,
    #[prost(message, optional, tag = "2")]
    original_request: Option<Asked>,
    #[prost(oneof = "Answer", tags = "4, 5, 6, 7")]
    answer: Option<Answer>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum Answer {
    #[prost(message, tag = "4")]
    Files(Files),
    #[prost(message, tag = "5")]
    Extensions(Extensions),
    #[prost(message, tag = "6")]
    Services(Services),
    #[prost(message, tag = "7")]
    Fault(Fault),
}

#[derive(Clone, PartialEq, Message)]
struct Files {
    #[prost(bytes = "vec", repeated, tag = "1")]
    files: Vec<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
struct Extensions {
    #[prost(string, tag = "1")]
    base_type_name: String,
    #[prost(int32, repeated, tag = "2")]
    numbers: Vec<i32>,
}

#[derive(Clone, PartialEq, Message)]
struct Services {
    #[prost(message, repeated, tag = "1")]
    services: Vec<Service>,
}

#[derive(Clone, PartialEq, Message)]
struct Service {
    #[prost(string, tag = "1")]
    name: String,
}

#[derive(Clone, PartialEq, Message)]
struct Fault {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
}

#[tokio::test]
async fn the_contract_is_told() {
    let server = start().await;
    for version in ["v1", "v1alpha"] {
        let questions = [
            Question::Services("*".into()),
            Question::FileOf("notes.v1.Notes".into()),
            Question::FileOf("notes.v1.Notes.add".into()),
            Question::FileOf("notes.v1.Note.text".into()),
            Question::File("google/protobuf/empty.proto".into()),
            Question::File("other.proto".into()),
            Question::FileOf("notes.v1.Other".into()),
            Question::ExtensionsOf("notes.v1.Note".into()),
            Question::FileOfExtension(Extension { containing_type: "notes.v1.Note".into(), extension_number: 1 }),
        ];
        let asked = questions.map(|question| Asked { host: "here".into(), question: Some(question) });
        let mut client = connect(server.address).await;
        let path = format!("/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo").try_into().unwrap();
        let request = Request::new(futures_util::stream::iter(asked.clone()));
        let answers = client.streaming(request, path, Prost::new()).await.unwrap().into_inner();
        let answers: Vec<Answered> = answers.map(Result::unwrap).collect().await;
        for (asked, answer) in asked.iter().zip(&answers) {
            assert_eq!((answer.original_request.as_ref(), answer.valid_host.as_str()), (Some(asked), "here"));
        }

        let [empty, notes, _] = descriptors::files().file.try_into().unwrap();
        let notes = Answer::Files(Files { files: vec![notes.encode_to_vec()] });
        let empty = Answer::Files(Files { files: vec![empty.encode_to_vec()] });
        let unknown = Answer::Fault(Fault { code: 5, message: "it is not known here".into() });
        let services = [
            "grpc.health.v1.Health",
            "grpc.reflection.v1.ServerReflection",
            "grpc.reflection.v1alpha.ServerReflection",
            "notes.v1.Notes",
        ];
        let services = services.map(|name| Service { name: name.into() }).into();
        let services = Answer::Services(Services { services });
        let none = Answer::Extensions(Extensions { base_type_name: "notes.v1.Note".into(), numbers: Vec::new() });
        let wanted =
            [services, notes.clone(), notes.clone(), notes, empty, unknown.clone(), unknown.clone(), none, unknown];
        assert_eq!(answers.into_iter().filter_map(|answer| answer.answer).collect::<Vec<_>>(), wanted);
    }
}

/// What a tool needs in order to ask for health, and to show the details of a status.
#[tokio::test]
async fn health_and_the_details_of_a_status_are_told() {
    let server = start().await;
    let mut client = connect(server.address).await;
    let path = path("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo");
    let symbols = [
        ("grpc.health.v1.Health.Watch", "grpc/health/v1/health.proto"),
        ("grpc.reflection.v1.ServerReflection", "grpc/reflection/v1/reflection.proto"),
        ("grpc.reflection.v1alpha.ServerReflection", "grpc/reflection/v1alpha/reflection.proto"),
        ("google.rpc.ErrorInfo", "google/rpc/error_details.proto"),
        ("google.rpc.RetryInfo.retry_delay", "google/rpc/error_details.proto"),
        ("google.rpc.BadRequest.FieldViolation", "google/rpc/error_details.proto"),
        ("google.protobuf.Duration", "google/protobuf/duration.proto"),
    ];
    let asked =
        symbols.map(|(symbol, _)| Asked { host: String::new(), question: Some(Question::FileOf(symbol.into())) });
    let answers = client.streaming(Request::new(futures_util::stream::iter(asked)), path, Prost::new()).await;
    let answers: Vec<Answered> = answers.unwrap().into_inner().map(Result::unwrap).collect().await;
    let told = answers.into_iter().map(|answer| match answer.answer {
        Some(Answer::Files(Files { files })) => {
            prost_types::FileDescriptorProto::decode(files[0].as_slice()).unwrap().name.unwrap()
        }
        other => panic!("{other:?}"),
    });
    assert_eq!(told.collect::<Vec<_>>(), symbols.map(|(_, file)| file));
}
