//! What REST carries in headers beside what all wires over HTTP do: the deadline, the form of the body.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::admission::Head;
use crate::context::Context;
use crate::fault::Fault;
use crate::peer::Peer;
use crate::transport::headers::{self, text};

const REQUEST_TIMEOUT: HeaderName = HeaderName::from_static("request-timeout");

/// The context of a request, and what is wrong with its headers.
pub(super) fn read(headers: HeaderMap, peer: Peer) -> (Context, Result<(), Fault>) {
    let timeout = text(&headers, &REQUEST_TIMEOUT).map(parse_timeout);
    let cx = headers::read(headers, peer);
    match timeout {
        None => (cx, Ok(())),
        Some(Some(time)) => (cx.with_deadline_in(time), Ok(())),
        Some(None) => (cx, Err(wrong_timeout())),
    }
}

/// Writes what goes on with an outgoing call.
pub(super) fn write(head: &Head<'_>, to: &mut HeaderMap) {
    headers::write(head, to);
    // Whole milliseconds; the fraction is lost downwards so that a server never believes to have more time than there is.
    let remaining = head.cx.remaining().and_then(|time| HeaderValue::try_from(format!("{}ms", time.as_millis())).ok());
    if let Some(remaining) = remaining {
        to.insert(REQUEST_TIMEOUT, remaining);
    }
}

/// Whether a request's body has a media type that JSON is read from; none said is taken for JSON.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return true };
    let Ok(value) = value.to_str() else { return false };
    let essence = value.split(';').next().unwrap_or_default().trim();
    let Some((kind, subtype)) = essence.split_once('/') else { return false };
    let is_json = subtype.eq_ignore_ascii_case("json")
        || subtype.rsplit_once('+').is_some_and(|(_, suffix)| suffix.eq_ignore_ascii_case("json"));
    is_json && kind.eq_ignore_ascii_case("application")
}

fn wrong_timeout() -> Fault {
    Fault::invalid_input("Request-Timeout", "must be a time such as `300ms`, `2s` or `1.5`")
}

/// `300ms`, `2s`, `1m`, or plain seconds.
fn parse_timeout(value: &str) -> Option<Duration> {
    let value = value.trim();
    let (digits, unit_seconds) = [("ms", 0.001), ("s", 1.0), ("m", 60.0)]
        .into_iter()
        .find_map(|(unit, seconds)| Some((value.strip_suffix(unit)?, seconds)))
        .unwrap_or((value, 1.0));
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let amount: f64 = digits.parse().ok().filter(|_| plain)?;
    Duration::try_from_secs_f64(amount * unit_seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_have_units() {
        let seconds = |value| parse_timeout(value).map(|time| time.as_secs_f64());
        assert_eq!(seconds("300ms"), Some(0.3));
        assert_eq!(seconds("2s"), Some(2.0));
        assert_eq!(seconds("1.5"), Some(1.5));
        assert_eq!(seconds("1m"), Some(60.0));
        for wrong in ["", "ms", "-1s", "1h", "1e3", "inf", "1..5", "99999999999999999999"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }
}
