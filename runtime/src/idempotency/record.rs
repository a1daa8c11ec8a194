//! What stands in a store under a key: JSON, so that an operator can read it.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use super::digest::Digest;
use crate::facts::OperationFacts;
use crate::fault::{Code, Fault};
use crate::validate::Violation;

/// A call that runs or has run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Record {
    /// The digest of its input.
    input: String,
    /// The shape of its input, which changes with the contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shape: Option<String>,
    pub(super) state: State,
}

/// How the input of a call is to that of a record under the same key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Likeness {
    Same,
    Other,
    /// They have different shapes: nobody can tell.
    Incomparable,
}

/// How far it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    /// It runs in the process of that name.
    Running(String),
    /// It was answered.
    Answered(Box<RawValue>),
    /// It failed.
    Failed(Failed),
    /// It has ended, and how is more than the store takes.
    TooLong,
}

/// A fault as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Failed {
    code: String,
    message: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fields: Option<serde_json::Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    violations: Vec<Violation>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
}

impl Record {
    pub(super) fn new(input: &Digest, shape: Option<u64>, state: State) -> Record {
        let shape = shape.map(|shape| format!("{shape:016x}"));
        Record { input: BASE64_URL_SAFE_NO_PAD.encode(input), shape, state }
    }

    /// The same call, further on.
    pub(super) fn with_state(&self, state: State) -> Record {
        Record { state, ..self.clone() }
    }

    /// Whether it is of a call with the same input.
    pub(super) fn likeness(&self, other: &Record) -> Likeness {
        match self.input == other.input {
            true => Likeness::Same,
            false if self.shape == other.shape => Likeness::Other,
            false => Likeness::Incomparable,
        }
    }

    /// What is written, where it is no longer than it may be.
    pub(super) fn to_bytes(&self, bytes_max: usize) -> Option<Bytes> {
        serde_json::to_vec(self).ok().filter(|text| text.len() <= bytes_max).map(Bytes::from)
    }

    pub(super) fn read(text: &[u8]) -> Result<Record, serde_json::Error> {
        serde_json::from_slice(text)
    }
}

impl From<&Fault> for Failed {
    fn from(fault: &Fault) -> Failed {
        Failed {
            code: fault.code().as_str().to_owned(),
            message: fault.message().to_owned(),
            kind: fault.kind().to_owned(),
            fields: fault.fields().map(std::borrow::Cow::into_owned),
            violations: fault.violations().to_vec(),
            retry_after_ms: fault.retry_after().and_then(|wait| u64::try_from(wait.as_millis()).ok()),
        }
    }
}

impl From<Failed> for Fault {
    fn from(failed: Failed) -> Fault {
        let code = Code::named(&failed.code).unwrap_or(Code::Unknown);
        let fault = Fault::received(code, failed.kind, failed.message).with_violations(failed.violations);
        let fault = match failed.fields {
            Some(fields) => fault.with_fields(fields),
            None => fault,
        };
        match failed.retry_after_ms {
            Some(wait) => fault.with_retry_after(Duration::from_millis(wait)),
            None => fault,
        }
    }
}

/// What a call is known by in a store: its operation, in words, and a digest of who calls and of the key, neither of which is anybody's
/// business: `shop.orders.Orders.place.5D41…`.
pub(super) fn name(operation: &OperationFacts, caller: Option<&str>, key: &str) -> String {
    let mut hasher = Sha256::new();
    // Its length stands before it, so that no two pairs look alike; nobody is another than somebody without a name.
    let caller_length = caller.map_or(u64::MAX, |caller| caller.len() as u64);
    hasher.update(caller_length.to_be_bytes());
    hasher.update(caller.unwrap_or_default());
    hasher.update(key);
    let digest = BASE64_URL_SAFE_NO_PAD.encode(hasher.finalize());
    let OperationFacts { package, service, name, .. } = operation;
    format!("{package}.{service}.{name}.{digest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let answer = RawValue::from_string(r#"{"id": 7}"#.to_owned()).unwrap();
        let fault = Fault::new(Code::NotFound, "there is none").with_fields(serde_json::json!({"id": 7}));
        let states =
            [State::Running("me".to_owned()), State::Answered(answer), State::Failed((&fault).into()), State::TooLong];
        let texts = states.map(|state| {
            let record = Record::new(&[7; 32], None, state);
            let text = record.to_bytes(1000).unwrap();
            assert_eq!(record.likeness(&Record::read(&text).unwrap()), Likeness::Same);
            assert_eq!(Record::read(&text).unwrap().to_bytes(1000).unwrap(), text);
            assert!(record.to_bytes(text.len() - 1).is_none());
            String::from_utf8(text.to_vec()).unwrap().split_once("\"state\":").unwrap().1.to_owned()
        });
        assert_eq!(
            texts,
            [
                r#"{"running":"me"}}"#,
                r#"{"answered":{"id": 7}}}"#,
                r#"{"failed":{"code":"not_found","message":"there is none","fields":{"id":7}}}}"#,
                r#""too_long"}"#,
            ]
        );
    }

    #[test]
    fn inputs_of_other_shapes_are_not_compared() {
        let record = |input, shape| {
            let text = Record::new(&[input; 32], shape, State::TooLong).to_bytes(1000).unwrap();
            Record::read(&text).unwrap()
        };
        let to = record(1, Some(1));
        let others = [record(1, Some(1)), record(1, Some(2)), record(2, Some(1)), record(2, Some(2)), record(2, None)];
        use Likeness::*;
        assert_eq!(others.map(|other| to.likeness(&other)), [Same, Same, Other, Incomparable, Incomparable]);
        assert_eq!(record(1, None).likeness(&record(2, None)), Other);
    }

    #[test]
    fn callers_and_keys_make_names_of_their_own() {
        const FACTS: OperationFacts = OperationFacts {
            package: "shop.orders",
            service: "Orders",
            name: "place",
            shape: crate::Shape::Unary,
            effect: crate::Effect::Keyed,
            policy: crate::policy::Settings::UNSAID,
            auth: crate::Auth::PUBLIC,
        };
        let names = [(None, "ab"), (Some(""), "ab"), (Some("a"), "b"), (Some("ab"), ""), (Some("a"), "c")]
            .map(|(caller, key)| name(&FACTS, caller, key));
        let distinct: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(distinct.len(), names.len());
        assert!(
            names.iter().all(|name| name.starts_with("shop.orders.Orders.place.") && name.len() == 25 + 43),
            "{names:?}"
        );
    }
}
