//! The messages of google.rpc that a status carries beside code and message.
//!
//! ```proto
//! message Status { int32 code = 1; string message = 2; repeated google.protobuf.Any details = 3; }
//! message Any { string type_url = 1; bytes value = 2; }
//! message ErrorInfo { string reason = 1; string domain = 2; map<string, string> metadata = 3; }
//! message BadRequest { repeated FieldViolation field_violations = 1; }
//! message FieldViolation { string field = 1; string description = 2; }
//! message RetryInfo { google.protobuf.Duration retry_delay = 1; }
//! ```

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::Wire;
use crate::validate::Violation;
use crate::wire::{self, Reader, Writer};

/// What stands before a type's name in an [`Any`].
const TYPE_PREFIX: &str = "type.googleapis.com/";

/// What a declared fault's kind is called in the metadata of its [`ErrorInfo`].
const KIND: &str = "kind";

/// A status with its details.
#[derive(Default)]
pub(super) struct RpcStatus {
    pub(super) code: i32,
    pub(super) message: String,
    pub(super) details: Vec<Any>,
}

/// A message that says its type.
pub(super) struct Any {
    type_url: String,
    pub(super) value: Bytes,
}

impl Any {
    /// A message whose type has that name.
    pub(super) fn new(proto_name: &str, value: impl Into<Bytes>) -> Any {
        Any { type_url: format!("{TYPE_PREFIX}{proto_name}"), value: value.into() }
    }

    /// The type's name.
    pub(super) fn proto_name(&self) -> &str {
        self.type_url.rsplit('/').next().unwrap_or_default()
    }
}

/// A message of google.rpc.
pub(super) trait Named: Wire {
    const PROTO_NAME: &'static str;

    fn to_any(&self) -> Any {
        Any::new(Self::PROTO_NAME, wire::encode_to_vec(self))
    }
}

/// Which fault it is.
pub(super) struct ErrorInfo {
    reason: String,
    domain: String,
    metadata: BTreeMap<String, String>,
}

impl ErrorInfo {
    /// Of a declared fault, `shop.orders.OutOfStock`.
    pub(super) fn of_kind(kind: &str) -> ErrorInfo {
        let (package, name) = kind.rsplit_once('.').unwrap_or(("", kind));
        let metadata = BTreeMap::from([(KIND.to_owned(), kind.to_owned())]);
        ErrorInfo { reason: screaming(name), domain: package.to_owned(), metadata }
    }

    /// The declared fault's kind, if one of us has written this.
    pub(super) fn into_kind(mut self) -> Option<String> {
        self.metadata.remove(KIND)
    }
}

/// `OutOfStock` as `OUT_OF_STOCK`, `HTTPGone` as `HTTP_GONE`.
fn screaming(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::with_capacity(name.len() + 4);
    for (index, char) in chars.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| chars[before]);
        let ends_word = before.is_some_and(|before| before.is_lowercase() || before.is_ascii_digit());
        let ends_acronym =
            before.is_some_and(char::is_uppercase) && chars.get(index + 1).is_some_and(|next| next.is_lowercase());
        if char.is_uppercase() && (ends_word || ends_acronym) {
            out.push('_');
        }
        out.extend(char.to_uppercase());
    }
    out
}

/// What is wrong with the input.
pub(super) struct BadRequest {
    violations: Vec<FieldViolation>,
}

struct FieldViolation {
    field: String,
    description: String,
}

impl BadRequest {
    pub(super) fn of(violations: &[Violation]) -> BadRequest {
        let one = |found: &Violation| FieldViolation { field: found.path.clone(), description: found.message.clone() };
        BadRequest { violations: violations.iter().map(one).collect() }
    }

    pub(super) fn into_violations(self) -> Vec<Violation> {
        let one = |found: FieldViolation| Violation { path: found.field, message: found.description };
        self.violations.into_iter().map(one).collect()
    }
}

/// When to try again.
pub(super) struct RetryInfo {
    pub(super) delay: Option<jiff::SignedDuration>,
}

impl Named for ErrorInfo {
    const PROTO_NAME: &'static str = "google.rpc.ErrorInfo";
}

impl Named for BadRequest {
    const PROTO_NAME: &'static str = "google.rpc.BadRequest";
}

impl Named for RetryInfo {
    const PROTO_NAME: &'static str = "google.rpc.RetryInfo";
}

impl Wire for RpcStatus {
    fn put(&self, out: &mut Writer) {
        out.list(3, &self.details);
        out.plain(2, &self.message);
        out.plain(1, &self.code);
    }

    fn get(from: &Reader<'_>) -> Option<RpcStatus> {
        let mut slots = wire::slots();
        let [code, message, details] = from.fields(&[1, 2, 3], &mut slots);
        let code = from.plain(code, "code");
        let message = from.plain(message, "message");
        let details = from.list(details, "details");
        Some(RpcStatus { code: code?, message: message?, details: details? })
    }
}

impl Wire for Any {
    fn put(&self, out: &mut Writer) {
        out.plain(2, &self.value);
        out.plain(1, &self.type_url);
    }

    fn get(from: &Reader<'_>) -> Option<Any> {
        let mut slots = wire::slots();
        let [type_url, value] = from.fields(&[1, 2], &mut slots);
        let type_url = from.plain(type_url, "type_url");
        let value = from.plain(value, "value");
        Some(Any { type_url: type_url?, value: value? })
    }
}

impl Wire for ErrorInfo {
    fn put(&self, out: &mut Writer) {
        out.map(3, &self.metadata);
        out.plain(2, &self.domain);
        out.plain(1, &self.reason);
    }

    fn get(from: &Reader<'_>) -> Option<ErrorInfo> {
        let mut slots = wire::slots();
        let [reason, domain, metadata] = from.fields(&[1, 2, 3], &mut slots);
        let reason = from.plain(reason, "reason");
        let domain = from.plain(domain, "domain");
        let metadata = from.map(metadata, "metadata");
        Some(ErrorInfo { reason: reason?, domain: domain?, metadata: metadata? })
    }
}

impl Wire for BadRequest {
    fn put(&self, out: &mut Writer) {
        out.list(1, &self.violations);
    }

    fn get(from: &Reader<'_>) -> Option<BadRequest> {
        let mut slots = wire::slots();
        let [violations] = from.fields(&[1], &mut slots);
        from.list(violations, "field_violations").map(|violations| BadRequest { violations })
    }
}

impl Wire for FieldViolation {
    fn put(&self, out: &mut Writer) {
        out.plain(2, &self.description);
        out.plain(1, &self.field);
    }

    fn get(from: &Reader<'_>) -> Option<FieldViolation> {
        let mut slots = wire::slots();
        let [field, description] = from.fields(&[1, 2], &mut slots);
        let field = from.plain(field, "field");
        let description = from.plain(description, "description");
        Some(FieldViolation { field: field?, description: description? })
    }
}

impl Wire for RetryInfo {
    fn put(&self, out: &mut Writer) {
        out.optional(1, self.delay.as_ref());
    }

    fn get(from: &Reader<'_>) -> Option<RetryInfo> {
        let mut slots = wire::slots();
        let [delay] = from.fields(&[1], &mut slots);
        from.optional(delay, "retry_delay").map(|delay| RetryInfo { delay })
    }
}

#[cfg(test)]
mod tests {
    use super::screaming;

    #[test]
    fn reasons_are_in_capitals() {
        for (name, reason) in [
            ("NotFound", "NOT_FOUND"),
            ("HTTPGone", "HTTP_GONE"),
            ("OverV2Limit", "OVER_V2_LIMIT"),
            ("Full", "FULL"),
            ("", ""),
        ] {
            assert_eq!(screaming(name), reason);
        }
    }
}
