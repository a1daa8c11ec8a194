//! The file that declares the service, as the generator would write it.

use std::sync::LazyLock;

use prost::Message as _;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{
    DescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet, MethodDescriptorProto,
    ServiceDescriptorProto,
};
use wireloom::grpc::ServiceInfo;

/// What reflection is told.
pub(crate) fn service() -> &'static ServiceInfo {
    static SERVICE: LazyLock<ServiceInfo> =
        LazyLock::new(|| ServiceInfo { name: "notes.v1.Notes", descriptors: files().encode_to_vec().leak() });
    &SERVICE
}

/// The file, and the one it imports.
pub(crate) fn files() -> FileDescriptorSet {
    let empty = FileDescriptorProto {
        name: Some("google/protobuf/empty.proto".into()),
        package: Some("google.protobuf".into()),
        message_type: vec![message("Empty", [])],
        syntax: Some("proto3".into()),
        ..FileDescriptorProto::default()
    };
    let notes = FileDescriptorProto {
        name: Some("notes/v1/notes.proto".into()),
        package: Some("notes.v1".into()),
        dependency: vec!["google/protobuf/empty.proto".into()],
        message_type: vec![
            message("Note", [("id", Type::Uint32), ("text", Type::String)]),
            message("AddRequest", [("text", Type::String)]),
        ],
        service: vec![ServiceDescriptorProto {
            name: Some("Notes".into()),
            method: vec![
                method("add", ".notes.v1.AddRequest", ".notes.v1.Note"),
                method("clear", ".google.protobuf.Empty", ".google.protobuf.Empty"),
            ],
            ..ServiceDescriptorProto::default()
        }],
        syntax: Some("proto3".into()),
        ..FileDescriptorProto::default()
    };
    // Twice, as two services of one file bring it.
    FileDescriptorSet { file: vec![empty, notes.clone(), notes] }
}

fn message<const N: usize>(name: &str, fields: [(&str, Type); N]) -> DescriptorProto {
    let field = |(index, (name, ty)): (usize, (&str, Type))| FieldDescriptorProto {
        name: Some(name.into()),
        number: Some(index as i32 + 1),
        label: Some(Label::Optional.into()),
        r#type: Some(ty.into()),
        ..FieldDescriptorProto::default()
    };
    DescriptorProto {
        name: Some(name.into()),
        field: fields.into_iter().enumerate().map(field).collect(),
        ..DescriptorProto::default()
    }
}

fn method(name: &str, input: &str, output: &str) -> MethodDescriptorProto {
    MethodDescriptorProto {
        name: Some(name.into()),
        input_type: Some(input.into()),
        output_type: Some(output.into()),
        ..MethodDescriptorProto::default()
    }
}
