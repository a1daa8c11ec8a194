//! What reflection asks and answers.
//!
//! ```proto
//! message ServerReflectionRequest {
//!   string host = 1;
//!   oneof message_request {
//!     string file_by_filename = 3;
//!     string file_containing_symbol = 4;
//!     ExtensionRequest file_containing_extension = 5;
//!     string all_extension_numbers_of_type = 6;
//!     string list_services = 7;
//!   }
//! }
//! message ServerReflectionResponse {
//!   string valid_host = 1;
//!   ServerReflectionRequest original_request = 2;
//!   oneof message_response {
//!     FileDescriptorResponse file_descriptor_response = 4;
//!     ExtensionNumberResponse all_extension_numbers_response = 5;
//!     ListServiceResponse list_services_response = 6;
//!     ErrorResponse error_response = 7;
//!   }
//! }
//! ```

use bytes::Bytes;

use crate::validate::{At, Validate, Violations};
use crate::wire::{Reader, Wire, Writer};

#[derive(Clone, PartialEq)]
pub(in crate::transport::grpc) struct Request {
    pub(in crate::transport::grpc) host: String,
    pub(in crate::transport::grpc) asked: Asked,
}

/// What is asked.
#[derive(Clone, PartialEq)]
pub(in crate::transport::grpc) enum Asked {
    /// Nothing, or something of a later time.
    Nothing,
    File(String),
    FileOf(String),
    FileOfExtension(Extension),
    ExtensionsOf(String),
    /// Of what is said with it nothing depends.
    Services(String),
}

/// `ExtensionRequest`
#[derive(Clone, PartialEq)]
pub(in crate::transport::grpc) struct Extension {
    pub(in crate::transport::grpc) ty: String,
    pub(in crate::transport::grpc) number: i32,
}

#[derive(Clone)]
pub(in crate::transport::grpc) struct Response {
    pub(in crate::transport::grpc) request: Request,
    pub(in crate::transport::grpc) answer: Answer,
}

/// What is answered.
#[derive(Clone)]
pub(in crate::transport::grpc) enum Answer {
    File(Bytes),
    Extensions { ty: String, numbers: Vec<i32> },
    Services(Vec<String>),
    Fault { code: i32, message: String },
}

impl Validate for Request {
    fn check(&self, _: &At<'_>, _: &mut Violations) {}
}

impl Wire for Request {
    fn put(&self, out: &mut Writer) {
        match &self.asked {
            Asked::Nothing => {}
            Asked::File(name) => out.value(3, name),
            Asked::FileOf(symbol) => out.value(4, symbol),
            Asked::FileOfExtension(extension) => out.value(5, extension),
            Asked::ExtensionsOf(ty) => out.value(6, ty),
            Asked::Services(filter) => out.value(7, filter),
        }
        out.plain(1, &self.host);
    }

    fn get(from: &mut Reader<'_>) -> Option<Request> {
        from.fields(&[1, 3, 4, 5, 6, 7]);
        let host = from.plain(1, "host");
        let file = from.optional(3, "file_by_filename")?.map(Asked::File);
        let symbol = from.optional(4, "file_containing_symbol")?.map(Asked::FileOf);
        let extension = from.optional(5, "file_containing_extension")?.map(Asked::FileOfExtension);
        let ty = from.optional(6, "all_extension_numbers_of_type")?.map(Asked::ExtensionsOf);
        let services = from.optional(7, "list_services")?.map(Asked::Services);
        let asked = services.or(file).or(symbol).or(extension).or(ty).unwrap_or(Asked::Nothing);
        Some(Request { host: host?, asked })
    }
}

impl Wire for Extension {
    fn put(&self, out: &mut Writer) {
        out.plain(2, &self.number);
        out.plain(1, &self.ty);
    }

    fn get(from: &mut Reader<'_>) -> Option<Extension> {
        from.fields(&[1, 2]);
        let ty = from.plain(1, "containing_type");
        let number = from.plain(2, "extension_number");
        Some(Extension { ty: ty?, number: number? })
    }
}

impl Wire for Response {
    fn put(&self, out: &mut Writer) {
        match &self.answer {
            Answer::Fault { code, message } => out.value(7, &Coded { number: *code, text: message }),
            Answer::Services(names) => out.value(6, &names.iter().map(Named).collect::<Vec<_>>()),
            Answer::Extensions { ty, numbers } => out.value(5, &Numbers { ty, numbers }),
            Answer::File(file) => out.value(4, &vec![file.clone()]),
        }
        out.value(2, &self.request);
        out.plain(1, &self.request.host);
    }

    fn get(_: &mut Reader<'_>) -> Option<Response> {
        // Only servers are here.
        None
    }
}

/// `ErrorResponse`
struct Coded<'t> {
    number: i32,
    text: &'t String,
}

/// `ServiceResponse`
struct Named<'t>(&'t String);

/// `ExtensionNumberResponse`
struct Numbers<'t> {
    ty: &'t String,
    numbers: &'t Vec<i32>,
}

/// Types that are only written.
macro_rules! only_written {
    ($($ty:ident: $it:ident, $out:ident => $put:expr;)*) => {
        $(impl Wire for $ty<'_> {
            fn put(&self, $out: &mut Writer) {
                let $it = self;
                $put
            }

            fn get(_: &mut Reader<'_>) -> Option<Self> {
                None
            }
        })*
    };
}

only_written! {
    Coded: it, out => {
        out.plain(2, it.text);
        out.plain(1, &it.number);
    };
    Named: it, out => out.plain(1, it.0);
    Numbers: it, out => {
        out.list(2, it.numbers);
        out.plain(1, it.ty);
    };
}
