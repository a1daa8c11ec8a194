//! Faults in frames: the code in the head, the rest as a message of protobuf.
//!
//! ```proto
//! message Fault {
//!   string kind = 1;              // shop.orders.NotFound; empty for one that no contract declares
//!   string message = 2;
//!   bytes fields = 3;             // the declared fault, as its own message
//!   repeated Violation violations = 4;
//!   google.protobuf.Duration retry_after = 5;
//!   optional bool retry_never = 6;
//!   optional string challenge = 7;
//! }
//! message Violation { string path = 1; string message = 2; }
//! ```

use std::time::Duration;

use bytes::Bytes;

use crate::Wire;
use crate::fault::{Code, Fault};
use crate::validate::Violation;
use crate::wire::{self, DEPTH_MAX, Reader, Writer};

#[derive(Default)]
struct Detail {
    kind: String,
    message: String,
    fields: Option<Bytes>,
    violations: Vec<Violation>,
    retry_after: Option<jiff::SignedDuration>,
    retry_never: Option<bool>,
    challenge: Option<String>,
}

impl Wire for Detail {
    fn put(&self, out: &mut Writer) {
        out.optional(7, self.challenge.as_ref());
        out.optional(6, self.retry_never.as_ref());
        out.optional(5, self.retry_after.as_ref());
        out.list(4, &self.violations);
        out.optional(3, self.fields.as_ref());
        out.plain(2, &self.message);
        out.plain(1, &self.kind);
    }

    fn get(from: &mut Reader<'_>) -> Option<Detail> {
        from.fields(&[1, 2, 3, 4, 5, 6, 7]);
        let kind = from.plain(1, "kind");
        let message = from.plain(2, "message");
        let fields = from.optional(3, "fields");
        let violations = from.list(4, "violations");
        let retry_after = from.optional(5, "retry_after");
        let retry_never = from.optional(6, "retry_never");
        let challenge = from.optional(7, "challenge");
        Some(Detail {
            kind: kind?,
            message: message?,
            fields: fields?,
            violations: violations?,
            retry_after: retry_after?,
            retry_never: retry_never?,
            challenge: challenge?,
        })
    }
}

impl Wire for Violation {
    fn put(&self, out: &mut Writer) {
        out.plain(2, &self.message);
        out.plain(1, &self.path);
    }

    fn get(from: &mut Reader<'_>) -> Option<Violation> {
        from.fields(&[1, 2]);
        let path = from.plain(1, "path");
        let message = from.plain(2, "message");
        Some(Violation { path: path?, message: message? })
    }
}

/// The body of a fault's frame, no longer than allowed.
pub(super) fn body(fault: &Fault, bytes_max: usize) -> Vec<u8> {
    let fields = fault.message_fields().map(|(_, message)| message);
    let retry_after = fault.retry_after().and_then(|wait| wait.try_into().ok());
    let written = fault.fitting(bytes_max, |told| {
        wire::encode_to_vec(&Detail {
            kind: fault.kind().to_owned(),
            message: fault.message().to_owned(),
            fields: fields.clone().filter(|_| told.fields),
            violations: told.violations.to_vec(),
            retry_after,
            retry_never: fault.retry_never().then_some(true),
            challenge: fault.challenge_told().map(str::to_owned),
        })
    });
    written.unwrap_or_default()
}

/// The fault that a frame tells.
pub(super) fn read(code: u32, body: &Bytes) -> Fault {
    let code = Code::ALL.into_iter().find(|known| *known as u32 == code).unwrap_or(Code::Unknown);
    let detail: Detail = wire::decode(body, DEPTH_MAX).unwrap_or_default();
    let mut fault = Fault::received(code, detail.kind, detail.message)
        .with_violations(detail.violations)
        .with_challenge_received(detail.challenge);
    if let Some(fields) = detail.fields {
        fault = fault.with_message_fields("", fields);
    }
    if let Some(wait) = detail.retry_after.and_then(|wait| Duration::try_from(wait).ok()) {
        fault = fault.with_retry_after(wait);
    }
    if detail.retry_never == Some(true) { fault.with_retry_never() } else { fault }
}
