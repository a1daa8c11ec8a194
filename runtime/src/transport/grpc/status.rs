//! Faults as gRPC says them: a code, a message, and a `google.rpc.Status` with the rest.

use std::time::Duration;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use percent_encoding::percent_decode;
use tonic::Status;
use tonic::metadata::MetadataMap;

use super::details::{Any, BadRequest, ErrorInfo, Named, RetryInfo, RpcStatus};
use crate::fault::{Code, Fault};
use crate::transport::problem;
use crate::wire::{self, DEPTH_MAX};

/// How long a message may be. Behind a percent sign each byte of it may take three, and with the details there are 8 KiB for it,
/// which is what clients take as headers unless told otherwise.
const MESSAGE_BYTES_MAX: usize = 1024;

/// How long the details may be, before base64 makes four bytes of three.
const DETAILS_BYTES_MAX: usize = 3584;

/// When a client may try again, in a call's trailers.
const PUSHBACK: &str = "grpc-retry-pushback-ms";

/// With or without padding, as others write it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What tells a fault.
pub(super) fn of(fault: &Fault) -> Status {
    let message = fault.message();
    let message = &message[..message.floor_char_boundary(MESSAGE_BYTES_MAX)];
    let code = tonic::Code::from_i32(fault.code() as i32);
    let mut metadata = HeaderMap::new();
    problem::put_challenge(fault, &mut metadata);
    let mut status =
        Status::with_details_and_metadata(code, message, details(fault, message), MetadataMap::from_headers(metadata));
    put_pushback(fault, &mut status);
    status
}

/// The details, no longer than clients take: where it is too much, less is told, and at last nothing, since the code says the
/// most.
fn details(fault: &Fault, message: &str) -> Bytes {
    let info = (!fault.kind().is_empty()).then(|| ErrorInfo::of_kind(fault.kind()).to_any());
    let delay = fault.retry_after().and_then(|wait| wait.try_into().ok());
    let retry = delay.map(|delay| RetryInfo { delay: Some(delay) }.to_any());
    let fields = fault.message_fields().map(|(proto_name, fields)| Any::new(proto_name, fields));
    if info.is_none() && retry.is_none() && fields.is_none() && fault.violations().is_empty() {
        return Bytes::new();
    }
    let written = fault.fitting(DETAILS_BYTES_MAX, |told| {
        let violations = (!told.violations.is_empty()).then(|| BadRequest::of(told.violations).to_any());
        let fields = fields.clone().filter(|_| told.fields);
        let details = [info.clone(), retry.clone(), fields, violations].into_iter().flatten().collect();
        wire::encode_to_vec(&RpcStatus { code: fault.code() as i32, message: message.to_owned(), details })
    });
    written.unwrap_or_default().into()
}

/// Says when to try again as clients of gRPC look for it (gRFC A6): after so many milliseconds, or not at all.
fn put_pushback(fault: &Fault, status: &mut Status) {
    let millis = |wait: Duration| i32::try_from(wait.as_millis()).unwrap_or(i32::MAX);
    let pushback = match fault.retry_never() {
        true => Some(-1),
        false => fault.retry_after().map(millis),
    };
    if let Some(pushback) = pushback {
        status.metadata_mut().insert(PUSHBACK, pushback.into());
    }
}

/// Takes over what a server says of trying again. What is no time means never, as gRFC A6 wants it; a detail that says a time has
/// said it more exactly.
fn with_pushback(fault: Fault, headers: &HeaderMap) -> Fault {
    let mut said = headers.get_all(PUSHBACK).iter();
    match (said.next(), said.next()) {
        (None, _) => fault,
        (Some(one), None) => match one.to_str().ok().and_then(|millis| millis.parse::<i32>().ok()) {
            Some(0..) if fault.retry_after().is_some() => fault,
            Some(millis @ 0..) => fault.with_retry_after(Duration::from_millis(millis.unsigned_abs().into())),
            Some(_) | None => fault.with_retry_never(),
        },
        (Some(_), Some(_)) => fault.with_retry_never(),
    }
}

/// How headers or trailers say that a call ended; `None` where they do not.
pub(super) fn read(headers: &HeaderMap) -> Option<Result<(), Fault>> {
    let number = headers.get(Status::GRPC_STATUS)?.to_str().ok().and_then(|number| number.parse::<u8>().ok());
    if number == Some(0) {
        return Some(Ok(()));
    }
    let code = Code::ALL.into_iter().find(|code| Some(*code as u8) == number).unwrap_or(Code::Unknown);
    let message =
        headers.get(Status::GRPC_MESSAGE).map(|message| percent_decode(message.as_bytes()).decode_utf8_lossy());
    let details = headers.get(Status::GRPC_STATUS_DETAILS).and_then(|details| BASE64.decode(details.as_bytes()).ok());
    let details = details.and_then(|details| wire::decode::<RpcStatus>(&details.into(), DEPTH_MAX).ok());
    let message = message.unwrap_or_default().into_owned();
    let fault = fault(code, message, details.unwrap_or_default().details);
    Some(Err(with_pushback(fault, headers).with_challenge_received(problem::challenge(headers))))
}

/// The fault that code, message and details tell; what cannot be read of them is left out.
fn fault(code: Code, message: String, details: Vec<Any>) -> Fault {
    let mut kind = find::<ErrorInfo>(&details).and_then(ErrorInfo::into_kind);
    let violations = find::<BadRequest>(&details).map(BadRequest::into_violations);
    let wait = find::<RetryInfo>(&details).and_then(|retry| Duration::try_from(retry.delay?).ok());
    let declared = details.into_iter().find(|any| match &kind {
        Some(kind) => kind_of(any.proto_name()) == *kind,
        None => !any.proto_name().starts_with("google."),
    });
    if let (None, Some(declared)) = (&kind, &declared) {
        kind = Some(kind_of(declared.proto_name()));
    }
    let mut fault = Fault::received(code, kind.unwrap_or_default(), message);
    if let Some(violations) = violations {
        fault = fault.with_violations(violations);
    }
    if let Some(wait) = wait {
        fault = fault.with_retry_after(wait);
    }
    match declared {
        Some(declared) => fault.with_message_fields(declared.proto_name().to_owned(), declared.value),
        None => fault,
    }
}

/// The detail of that type.
fn find<T: Named>(details: &[Any]) -> Option<T> {
    let found = details.iter().find(|any| any.proto_name() == T::PROTO_NAME)?;
    wire::decode(&found.value, DEPTH_MAX).ok()
}

/// The kind of the declared fault that is that message: `shop.orders.NotFound` of `shop.orders.v1.NotFound`. So a fault is known
/// also where another's server tells it.
fn kind_of(proto_name: &str) -> String {
    let parts = proto_name.rsplit_once('.').and_then(|(package, name)| Some((package.rsplit_once(".v")?, name)));
    match parts {
        Some(((package, version), name))
            if !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            format!("{package}.{name}")
        }
        _ => proto_name.to_owned(),
    }
}

/// The fault of a reply that is none of gRPC: whoever answered may be a proxy. As gRPC's own table says
/// (doc/http-grpc-status-mapping.md).
pub(super) fn of_http(status: StatusCode) -> Fault {
    let code = match status.as_u16() {
        400 => Code::Internal,
        401 => Code::Unauthenticated,
        403 => Code::PermissionDenied,
        404 => Code::Unimplemented,
        429 | 502 | 503 | 504 => Code::Unavailable,
        _ => Code::Unknown,
    };
    Fault::new(code, format!("the answer is none of gRPC: HTTP status {status}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validate::Violation;

    fn there_and_back(fault: &Fault) -> Fault {
        let mut headers = HeaderMap::new();
        of(fault).add_header(&mut headers).unwrap();
        let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 32).sum();
        assert!(bytes <= 8 * 1024, "{bytes}");
        read(&headers).unwrap().unwrap_err()
    }

    #[test]
    fn a_fault_comes_back_as_it_was() {
        let violation = Violation { path: "text".into(), message: "must not be ☃".into() };
        let fault = Fault::received(Code::NotFound, "shop.orders.NotFound", "50 % are gone\n")
            .with_violations(vec![violation])
            .with_retry_after(Duration::from_millis(1500))
            .with_message_fields("shop.orders.v1.NotFound", Bytes::from_static(b"\x08\x01"));
        let back = there_and_back(&fault);
        assert_eq!(back.to_string(), fault.to_string());
        assert_eq!((back.kind(), back.retry_after()), (fault.kind(), fault.retry_after()));
        assert_eq!(back.message_fields(), fault.message_fields());
        assert!(!back.retry_never() && there_and_back(&fault.with_retry_never()).retry_never());
    }

    #[test]
    fn pushback_is_a_time_or_never() {
        let told = |pushback: &[&str]| {
            let mut headers = HeaderMap::new();
            headers.insert("grpc-status", 14.into());
            for value in pushback {
                headers.append(PUSHBACK, value.parse().unwrap());
            }
            let fault = read(&headers).unwrap().unwrap_err();
            (fault.retry_never(), fault.retry_after().map(|wait| wait.as_millis()))
        };
        assert_eq!(told(&[]), (false, None));
        assert_eq!(told(&["0"]), (false, Some(0)));
        assert_eq!(told(&["1500"]), (false, Some(1500)));
        for never in ["-1", "", "soon", "1.5", "2147483648", "☃"] {
            assert_eq!(told(&[never]), (true, None), "{never}");
        }
        assert_eq!(told(&["1", "1"]), (true, None));
        let far = Fault::new(Code::Unavailable, "").with_retry_after(Duration::MAX);
        assert_eq!(of(&far).metadata().get(PUSHBACK).unwrap(), "2147483647");
    }

    #[test]
    fn what_is_too_long_is_cut() {
        let violation = |index| Violation { path: format!("lines[{index}].sku"), message: "x".repeat(100) };
        let fault =
            Fault::new(Code::InvalidArgument, "☃".repeat(10_000)).with_violations((0..100).map(violation).collect());
        let back = there_and_back(&fault);
        assert_eq!(back.message().len(), 1023);
        assert!((10..100).contains(&back.violations().len()), "{}", back.violations().len());

        let fields = Bytes::from(vec![0; 10_000]);
        let fault =
            Fault::received(Code::NotFound, "shop.NotFound", "").with_message_fields("shop.v1.NotFound", fields);
        let back = there_and_back(&fault);
        assert_eq!((back.kind(), back.message_fields()), ("shop.NotFound", None));

        let fault = Fault::received(Code::NotFound, "k".repeat(10_000), "");
        assert_eq!(there_and_back(&fault).kind(), "");
    }

    #[test]
    fn others_say_less() {
        let headers = |pairs: &[(&'static str, &str)]| {
            pairs
                .iter()
                .map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap()))
                .collect::<HeaderMap>()
        };
        assert!(read(&headers(&[])).is_none());
        assert!(read(&headers(&[("grpc-status", "0")])).unwrap().is_ok());
        let told = |pairs| read(&headers(pairs)).unwrap().unwrap_err();
        assert_eq!(told(&[("grpc-status", "5")]).to_string(), "not_found: ");
        assert_eq!(told(&[("grpc-status", "99")]).code(), Code::Unknown);
        let broken =
            told(&[("grpc-status", "9"), ("grpc-message", "%zz%e2"), ("grpc-status-details-bin", "no base64!")]);
        assert_eq!(broken.to_string(), "failed_precondition: %zz\u{fffd}");

        let status = RpcStatus { details: vec![Any::new("shop.v12.Gone", &b"\x08\x01"[..])], ..RpcStatus::default() };
        let details = BASE64.encode(wire::encode_to_vec(&status));
        let fault = told(&[("grpc-status", "5"), ("grpc-status-details-bin", &details)]);
        assert_eq!((fault.kind(), fault.message_fields().unwrap().0), ("shop.Gone", "shop.v12.Gone"));
    }
}
