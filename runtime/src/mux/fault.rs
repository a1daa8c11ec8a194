//! Faults in frames: the code in the head, the rest as JSON.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::fault::{Code, Fault};
use crate::validate::Violation;

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Detail {
    #[serde(skip_serializing_if = "String::is_empty")]
    kind: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    violations: Vec<Violation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
}

/// The body of a fault's frame, no longer than allowed: fields and violations are left out where they are too long,
/// then all of it, since the code says the most.
pub(super) fn body(fault: &Fault, bytes_max: usize) -> Vec<u8> {
    let detail = Detail {
        kind: fault.kind().to_owned(),
        message: fault.message().to_owned(),
        fields: fault.fields().cloned(),
        violations: fault.violations().to_vec(),
        retry_after_ms: fault.retry_after().map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
    };
    // A detail of texts and JSON values cannot fail to be written.
    let whole = serde_json::to_vec(&detail).unwrap_or_default();
    if whole.len() <= bytes_max {
        return whole;
    }
    let short = Detail { fields: None, violations: Vec::new(), ..detail };
    let short = serde_json::to_vec(&short).unwrap_or_default();
    if short.len() <= bytes_max { short } else { Vec::new() }
}

/// The fault that a frame tells; what cannot be read of it is left out.
pub(super) fn read(code: u32, body: &[u8]) -> Fault {
    let code = Code::ALL.into_iter().find(|known| *known as u32 == code).unwrap_or(Code::Unknown);
    let detail: Detail = serde_json::from_slice(body).unwrap_or_default();
    let fault = Fault::received(code, detail.kind, detail.message).with_violations(detail.violations);
    let fault = match detail.fields {
        Some(fields) => fault.with_fields(fields),
        None => fault,
    };
    match detail.retry_after_ms {
        Some(wait) => fault.with_retry_after(Duration::from_millis(wait)),
        None => fault,
    }
}
