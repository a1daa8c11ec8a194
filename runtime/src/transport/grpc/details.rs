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
#[derive(Clone)]
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

    fn get(from: &mut Reader<'_>) -> Option<RpcStatus> {
        from.fields(&[1, 2, 3]);
        let code = from.plain(1, "code");
        let message = from.plain(2, "message");
        let details = from.list(3, "details");
        Some(RpcStatus { code: code?, message: message?, details: details? })
    }
}

impl Wire for Any {
    fn put(&self, out: &mut Writer) {
        out.plain(2, &self.value);
        out.plain(1, &self.type_url);
    }

    fn get(from: &mut Reader<'_>) -> Option<Any> {
        from.fields(&[1, 2]);
        let type_url = from.plain(1, "type_url");
        let value = from.plain(2, "value");
        Some(Any { type_url: type_url?, value: value? })
    }
}

impl Wire for ErrorInfo {
    fn put(&self, out: &mut Writer) {
        out.map(3, &self.metadata);
        out.plain(2, &self.domain);
        out.plain(1, &self.reason);
    }

    fn get(from: &mut Reader<'_>) -> Option<ErrorInfo> {
        from.fields(&[1, 2, 3]);
        let reason = from.plain(1, "reason");
        let domain = from.plain(2, "domain");
        let metadata = from.map(3, "metadata");
        Some(ErrorInfo { reason: reason?, domain: domain?, metadata: metadata? })
    }
}

impl Wire for BadRequest {
    fn put(&self, out: &mut Writer) {
        out.list(1, &self.violations);
    }

    fn get(from: &mut Reader<'_>) -> Option<BadRequest> {
        from.fields(&[1]);
        from.list(1, "field_violations").map(|violations| BadRequest { violations })
    }
}

impl Wire for FieldViolation {
    fn put(&self, out: &mut Writer) {
        out.plain(2, &self.description);
        out.plain(1, &self.field);
    }

    fn get(from: &mut Reader<'_>) -> Option<FieldViolation> {
        from.fields(&[1, 2]);
        let field = from.plain(1, "field");
        let description = from.plain(2, "description");
        Some(FieldViolation { field: field?, description: description? })
    }
}

impl Wire for RetryInfo {
    fn put(&self, out: &mut Writer) {
        out.optional(1, self.delay.as_ref());
    }

    fn get(from: &mut Reader<'_>) -> Option<RetryInfo> {
        from.fields(&[1]);
        from.optional(1, "retry_delay").map(|delay| RetryInfo { delay })
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
