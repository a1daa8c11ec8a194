//! What gRPC carries in headers beside what all wires over HTTP do: the form of the messages, the deadline.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::admission::Head;
use crate::context::Context;
use crate::facts::{OperationFacts, Shape};
use crate::fault::{Code, Fault};
use crate::peer::Peer;
use crate::transport::headers::{self, text};

pub(super) const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/grpc");
const TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");
const ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
pub(super) const ACCEPT_ENCODING: HeaderName = HeaderName::from_static("grpc-accept-encoding");
pub(super) const IDENTITY: HeaderValue = HeaderValue::from_static("identity");

/// How long the number of a timeout may be.
const TIMEOUT_DIGITS_MAX: usize = 8;

/// Whether a message of HTTP is one of gRPC in any form.
pub(super) fn is_grpc(headers: &HeaderMap) -> bool {
    essence(headers).is_some_and(|essence| essence == "application/grpc" || essence.starts_with("application/grpc+"))
}

/// Whether its messages have the form that is spoken here.
pub(super) fn is_protobuf(headers: &HeaderMap) -> bool {
    // Most say just this.
    headers.get(header::CONTENT_TYPE).is_some_and(|value| value == MEDIA_TYPE)
        || matches!(essence(headers), Some("application/grpc" | "application/grpc+proto"))
}

fn essence(headers: &HeaderMap) -> Option<&str> {
    text(headers, &header::CONTENT_TYPE)?.split(';').next().map(str::trim)
}

/// The context of a call.
///
/// # Errors
/// When the call wants what is not spoken here, or its deadline is no time.
pub(super) fn read(headers: HeaderMap, peer: Peer) -> (Context, Result<(), Fault>) {
    let plain = headers.get(ENCODING).is_none_or(|encoding| encoding == IDENTITY);
    let timeout = headers.get(TIMEOUT).map(|value| parse_timeout(value.as_bytes()));
    let cx = headers::read(headers, peer);
    if !plain {
        return (cx, Err(Fault::new(Code::Unimplemented, "messages that are compressed are not taken")));
    }
    match timeout {
        None => (cx, Ok(())),
        Some(Some(time)) => (cx.with_deadline_in(time), Ok(())),
        Some(None) => (cx, Err(Fault::invalid_input("grpc-timeout", "must be a time such as `300m` or `2S`"))),
    }
}

/// Writes what goes with a call.
pub(super) fn write(head: &Head<'_>, to: &mut HeaderMap) {
    headers::write(head, to);
    if let Some(timeout) = timeout(head.cx, head.op) {
        to.insert(TIMEOUT, timeout);
    }
    to.insert(header::CONTENT_TYPE, MEDIA_TYPE);
    to.insert(header::TE, HeaderValue::from_static("trailers"));
    to.insert(header::USER_AGENT, HeaderValue::from_static(concat!("grpc-wireloom/", env!("CARGO_PKG_VERSION"))));
}

/// The time left. A stream out is not told it: other servers take it for the time of the whole stream, while a deadline bounds its
/// opening. The caller goes away in time anyway.
fn timeout(cx: &Context, op: &OperationFacts) -> Option<HeaderValue> {
    if matches!(op.shape, Shape::ServerStream | Shape::Duplex) {
        return None;
    }
    // What could not be written is left out: the call then ends when its caller goes away.
    HeaderValue::try_from(write_timeout(cx.remaining()?)).ok()
}

/// The finest unit in which eight digits are enough; the rest is lost downwards, so that a server never believes to have more time
/// than there is.
fn write_timeout(left: Duration) -> String {
    let most = 10_u128.pow(TIMEOUT_DIGITS_MAX as u32) - 1;
    let units = [("u", left.as_micros()), ("m", left.as_millis()), ("S", u128::from(left.as_secs()))];
    match units.into_iter().find(|(_, amount)| *amount <= most) {
        Some((unit, amount)) => format!("{amount}{unit}"),
        None => format!("{}H", u128::from(left.as_secs() / 3600).min(most)),
    }
}

/// Up to eight digits and a unit: hours, minutes, seconds, milli-, micro- or nanoseconds.
fn parse_timeout(value: &[u8]) -> Option<Duration> {
    let (unit, digits) = value.split_last()?;
    if digits.is_empty() || digits.len() > TIMEOUT_DIGITS_MAX || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let amount: u64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some(match unit {
        b'H' => Duration::from_secs(amount * 3600),
        b'M' => Duration::from_secs(amount * 60),
        b'S' => Duration::from_secs(amount),
        b'm' => Duration::from_millis(amount),
        b'u' => Duration::from_micros(amount),
        b'n' => Duration::from_nanos(amount),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_have_units() {
        let seconds = |value: &str| parse_timeout(value.as_bytes()).map(|time| time.as_secs_f64());
        assert_eq!(seconds("1H"), Some(3600.0));
        assert_eq!(seconds("2M"), Some(120.0));
        assert_eq!(seconds("3S"), Some(3.0));
        assert_eq!(seconds("300m"), Some(0.3));
        assert_eq!(seconds("99999999u"), Some(99.999_999));
        assert_eq!(seconds("0n"), Some(0.0));
        for wrong in ["", "S", "1", "1s", "-1S", "+1S", "1.5S", "123456789S", " 1S", "1 S"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn timeouts_are_written_in_eight_digits_and_lose_downwards() {
        assert_eq!(write_timeout(Duration::from_nanos(1_999)), "1u");
        assert_eq!(write_timeout(Duration::from_secs(30)), "30000000u");
        assert_eq!(write_timeout(Duration::from_secs(100)), "100000m");
        assert_eq!(write_timeout(Duration::from_secs(200_000)), "200000S");
        assert_eq!(write_timeout(Duration::MAX), "99999999H");
    }
}
