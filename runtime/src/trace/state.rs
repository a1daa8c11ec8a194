//! `tracestate`: what tracing systems say to each other. It is passed on, and not looked into.

use std::sync::Arc;

/// How many members a list may have.
const MEMBERS_MAX: usize = 32;

/// How long a list may be.
const BYTES_MAX: usize = 512;

/// A list of keys and values that is well formed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TraceState(Arc<str>);

impl TraceState {
    /// The list of these headers, one behind the other. `None` where there is nothing in it, where it is too long, or where any of
    /// it is malformed: part of a list may mean something else than the list.
    pub(crate) fn read<'h>(headers: impl Iterator<Item = &'h [u8]>) -> Option<TraceState> {
        let mut list = String::new();
        let mut members: Vec<&str> = Vec::new();
        for header in headers {
            // Bytes that are no ASCII are in no key and no value.
            for member in std::str::from_utf8(header).ok()?.split(',') {
                let member = member.trim_matches([' ', '\t']);
                if member.is_empty() {
                    continue;
                }
                let (key, value) = member.split_once('=')?;
                let is_new = !members.contains(&key);
                if !(is_key(key) && is_value(value) && is_new) || members.len() == MEMBERS_MAX {
                    return None;
                }
                if !list.is_empty() {
                    list.push(',');
                }
                if list.len() + member.len() > BYTES_MAX {
                    return None;
                }
                members.push(key);
                list.push_str(member);
            }
        }
        (!list.is_empty()).then(|| TraceState(list.into()))
    }

    /// As it travels.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// `vendor`, or `tenant@vendor`.
fn is_key(key: &str) -> bool {
    let is_made =
        |text: &str| text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'*' | b'/'));
    let begins = |text: &str, digit: bool| {
        text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase() || (digit && byte.is_ascii_digit()))
    };
    match key.split_once('@') {
        None => begins(key, false) && is_made(key) && key.len() <= 256,
        Some((tenant, system)) => {
            let is_tenant = begins(tenant, true) && is_made(tenant) && tenant.len() <= 241;
            is_tenant && begins(system, false) && is_made(system) && system.len() <= 14
        }
    }
}

fn is_value(value: &str) -> bool {
    let is_made = value.bytes().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b',' | b'='));
    is_made && (1..=256).contains(&value.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(headers: &[&str]) -> Option<String> {
        TraceState::read(headers.iter().map(|header| header.as_bytes())).map(|state| state.as_str().to_owned())
    }

    /// The cases of W3C's own test suite for `tracestate`, at its strict level.
    #[test]
    fn what_is_a_tracestate() {
        let all = "abcdefghijklmnopqrstuvwxyz0123456789_-*/";
        let value: String = (' '..='~').filter(|c| !matches!(c, ',' | '=')).collect();
        let key = |length: usize| "z".repeat(length);
        let valid: &[(&[&str], &str)] = &[
            (&["foo=1,bar=2"], "foo=1,bar=2"),
            (&["foo=1,bar=2", "rojo=1,congo=2", "baz=3"], "foo=1,bar=2,rojo=1,congo=2,baz=3"),
            (&["foo=1", ""], "foo=1"),
            (&["", "foo=1"], "foo=1"),
            (&["foo=1 \t , \t bar=2, \t baz=3"], "foo=1,bar=2,baz=3"),
            (&["\t foo=1 \t"], "foo=1"),
            (&[&format!("{all}={value}")], &format!("{all}={value}")),
            (&[&format!("{all}@a-z0-9_-*/={value}")], &format!("{all}@a-z0-9_-*/={value}")),
            (&["foo=1", &format!("{}=1", key(256))], &format!("foo=1,{}=1", key(256))),
            (&["foo=1", &format!("{}@{}=1", key(241), key(14))], &format!("foo=1,{}@{}=1", key(241), key(14))),
            (&["0tenant@vendor=1"], "0tenant@vendor=1"),
        ];
        for (headers, goes_on) in valid {
            assert_eq!(read(headers).as_deref(), Some(*goes_on), "{headers:?}");
        }
        let invalid: &[&[&str]] = &[
            &[],
            &[""],
            &["foo"],
            &["foo=1,foo=1"],
            &["foo=1,foo=2"],
            &["foo=1", "foo=2"],
            &["foo =1"],
            &["FOO=1"],
            &["foo.bar=1"],
            &["foo@=1,bar=2"],
            &["@foo=1,bar=2"],
            &["foo@@bar=1,bar=2"],
            &["foo@bar@baz=1,bar=2"],
            &["0foo=1"],
            &["foo=1", &format!("{}=1", key(257))],
            &["foo=1", &format!("{}@v=1", key(242))],
            &["foo=1", &format!("t@{}=1", key(15))],
            &["foo=bar=baz"],
            &["foo=,bar=3"],
            &["foo=ö"],
        ];
        for headers in invalid {
            assert_eq!(read(headers), None, "{headers:?}");
        }
    }

    #[test]
    fn a_list_has_its_limits() {
        let members = |count: usize| (1..=count).map(|at| format!("bar{at:02}={at:02}")).collect::<Vec<_>>().join(",");
        assert_eq!(read(&[&members(32)]), Some(members(32)));
        assert_eq!(read(&[&members(33)]), None);
        let of_bytes = |length: usize| format!("a={},b={}", "1".repeat(256), "2".repeat(length - 256 - 5));
        assert_eq!(read(&[&of_bytes(512)]), Some(of_bytes(512)));
        assert_eq!(read(&[&of_bytes(513)]), None);
    }
}
