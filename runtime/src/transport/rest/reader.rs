//! Taking an input out of a request.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName};
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_with::{BorrowCow, Map};

use crate::json::{DeserializeAs, Same, decode_below};
use crate::text::Text;
use crate::validate::{Violation, Violations};

/// Reads the parts of one request; what is missing or wrong is noted, and reading goes on, so that a caller learns
/// everything at once.
///
/// Each method takes the place of the part and the path of the input that it becomes, which is what a violation names.
#[derive(Debug)]
pub struct RequestReader<'a> {
    path: &'a str,
    query: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    headers: &'a HeaderMap,
    body: &'a [u8],
    members: Members<'a>,
    depth_max: usize,
    found: Violations,
}

/// The members of the body's object.
#[derive(Debug)]
enum Members<'a> {
    /// Nobody has asked for one yet.
    Unread,
    Read(Vec<Member<'a>>),
    /// The body is no object; that is noted.
    None,
}

/// Name and value, as they stand in the body.
type Member<'a> = (Cow<'a, str>, &'a RawValue);

impl<'a> RequestReader<'a> {
    pub(super) fn new(
        path: &'a str,
        query: Option<&'a str>,
        headers: &'a HeaderMap,
        body: &'a [u8],
        depth_max: usize,
    ) -> RequestReader<'a> {
        let query = query.map(parse_query).unwrap_or_default();
        RequestReader { path, query, headers, body, members: Members::Unread, depth_max, found: Violations::new() }
    }

    /// What was missing or wrong.
    pub(super) fn into_violations(self) -> Violations {
        self.found
    }

    /// The variable in segment `segment` of the path, counted from 0.
    pub fn path<T: Text>(&mut self, segment: usize, input: &str) -> Option<T> {
        let raw = self.path.split('/').nth(segment + 1).unwrap_or_default();
        match percent_decode_str(raw).decode_utf8() {
            Ok(text) => self.text(&text, input),
            Err(_) => self.wrong(input, "must be UTF-8"),
        }
    }

    /// A query parameter that must be there.
    pub fn query<T: Text>(&mut self, name: &str, input: &str) -> Option<T> {
        match self.query_text(name) {
            Some(text) => self.text(&text, input),
            None => self.missing(input),
        }
    }

    /// A query parameter that may be absent: `Some(None)` then.
    pub fn query_optional<T: Text>(&mut self, name: &str, input: &str) -> Option<Option<T>> {
        match self.query_text(name) {
            Some(text) => self.text(&text, input).map(Some),
            None => Some(None),
        }
    }

    /// A query parameter with a default.
    pub fn query_or<T: Text>(&mut self, name: &str, input: &str, default: impl FnOnce() -> T) -> Option<T> {
        self.query_optional(name, input).map(|value| value.unwrap_or_else(default))
    }

    /// A list: every parameter of that name, in order.
    pub fn query_list<T: Text, C: FromIterator<T>>(&mut self, name: &str, input: &str) -> Option<C> {
        let texts: Vec<_> = self.query.iter().filter(|(key, _)| key == name).map(|(_, text)| text.clone()).collect();
        let mut values = Vec::with_capacity(texts.len());
        for (index, text) in texts.iter().enumerate() {
            values.push(self.text(text, &format!("{input}[{index}]")));
        }
        values.into_iter().collect()
    }

    /// A header that must be there.
    pub fn header<T: Text>(&mut self, name: &str, input: &str) -> Option<T> {
        // Whoever writes the request knows the header, and not which input it becomes.
        self.header_optional(name, input)?.or_else(|| self.wrong(input, format!("missing: the header `{name}`")))
    }

    /// A header that may be absent: `Some(None)` then.
    pub fn header_optional<T: Text>(&mut self, name: &str, input: &str) -> Option<Option<T>> {
        let value = HeaderName::try_from(name).ok().and_then(|name| self.headers.get(name));
        match value.map(http::HeaderValue::to_str) {
            None => Some(None),
            Some(Ok(text)) => self.text(text, input).map(Some),
            Some(Err(_)) => self.wrong(input, format!("must be visible ASCII, in the header `{name}`")),
        }
    }

    /// A header with a default.
    pub fn header_or<T: Text>(&mut self, name: &str, input: &str, default: impl FnOnce() -> T) -> Option<T> {
        self.header_optional(name, input).map(|value| value.unwrap_or_else(default))
    }

    /// The whole body as one input.
    pub fn body<T: DeserializeOwned>(&mut self, input: &str) -> Option<T> {
        self.body_as::<Same, T>(input)
    }

    /// The whole body as one input, in the JSON form of `A`.
    pub fn body_as<A, T>(&mut self, input: &str) -> Option<T>
    where
        A: for<'de> DeserializeAs<'de, T>,
    {
        if self.body.is_empty() {
            return self.missing(input);
        }
        self.json::<A, T>(self.body, input)
    }

    /// The whole body as one input that may be absent: `Some(None)` without a body.
    pub fn body_optional_as<A, T>(&mut self, input: &str) -> Option<Option<T>>
    where
        A: for<'de> DeserializeAs<'de, T>,
    {
        if self.body.is_empty() { Some(None) } else { self.body_as::<A, T>(input).map(Some) }
    }

    /// A member of the body's object that must be there.
    pub fn member<T: DeserializeOwned>(&mut self, input: &str) -> Option<T> {
        self.member_as::<Same, T>(input)
    }

    /// A member of the body's object that must be there, in the JSON form of `A`.
    pub fn member_as<A, T>(&mut self, input: &str) -> Option<T>
    where
        A: for<'de> DeserializeAs<'de, T>,
    {
        match self.raw_member(input)? {
            Some(raw) => self.json_of_member::<A, T>(raw, input),
            None => self.missing(input),
        }
    }

    /// A member of the body's object that may be absent; null counts as absent.
    pub fn member_optional<T: DeserializeOwned>(&mut self, input: &str) -> Option<Option<T>> {
        self.member_optional_as::<Same, T>(input)
    }

    /// A member of the body's object that may be absent, in the JSON form of `A`; null counts as absent.
    pub fn member_optional_as<A, T>(&mut self, input: &str) -> Option<Option<T>>
    where
        A: for<'de> DeserializeAs<'de, T>,
    {
        match self.raw_member(input)? {
            Some(raw) if raw.get() != "null" => self.json_of_member::<A, T>(raw, input).map(Some),
            _ => Some(None),
        }
    }

    /// A member of the body's object with a default.
    pub fn member_or<T: DeserializeOwned>(&mut self, input: &str, default: impl FnOnce() -> T) -> Option<T> {
        self.member_or_as::<Same, T>(input, default)
    }

    /// A member of the body's object with a default, in the JSON form of `A`.
    pub fn member_or_as<A, T>(&mut self, input: &str, default: impl FnOnce() -> T) -> Option<T>
    where
        A: for<'de> DeserializeAs<'de, T>,
    {
        match self.raw_member(input)? {
            Some(raw) => self.json_of_member::<A, T>(raw, input),
            None => Some(default()),
        }
    }

    /// A member as it stands in the body: `Some(None)` when it is absent, `None` when the body is no object.
    fn raw_member(&mut self, name: &str) -> Option<Option<&'a RawValue>> {
        if matches!(self.members, Members::Unread) {
            // Read once; a body that is no object is one violation, not one a member.
            let text = if self.body.is_empty() { b"{}" } else { self.body };
            self.members = match decode_below::<Vec<Member<'_>>, Map<BorrowCow, Same>>(text, self.depth_max, "") {
                Ok(members) => Members::Read(members),
                Err(violations) => {
                    self.found.add_below(&crate::At::root(), violations);
                    Members::None
                }
            };
        }
        let Members::Read(members) = &self.members else { return None };
        // Of a name that stands in it twice, the last counts.
        Some(members.iter().rev().find(|(own, _)| own == name).map(|&(_, value)| value))
    }

    fn query_text(&self, name: &str) -> Option<Cow<'a, str>> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, text)| text.clone())
    }

    fn text<T: Text>(&mut self, text: &str, input: &str) -> Option<T> {
        let parsed = crate::scalar::defer(|| T::from_text(text));
        match parsed {
            Ok(value) => Some(value),
            Err(message) => self.wrong(input, message),
        }
    }

    fn json<A, T>(&mut self, text: &[u8], input: &str) -> Option<T>
    where
        A: for<'de> DeserializeAs<'de, T>,
    {
        let decoded = decode_below::<T, A>(text, self.depth_max, input);
        self.noted(decoded)
    }

    fn json_of_member<A, T>(&mut self, text: &RawValue, input: &str) -> Option<T>
    where
        A: for<'de> DeserializeAs<'de, T>,
    {
        // The depth of the whole body was looked at when it was split into members.
        let decoded = decode_below::<T, A>(text.get().as_bytes(), usize::MAX, input);
        self.noted(decoded)
    }

    fn noted<T>(&mut self, decoded: Result<T, Violations>) -> Option<T> {
        match decoded {
            Ok(value) => Some(value),
            Err(violations) => {
                self.found.add_below(&crate::At::root(), violations);
                None
            }
        }
    }

    fn missing<T>(&mut self, input: &str) -> Option<T> {
        self.wrong(input, "missing")
    }

    fn wrong<T>(&mut self, input: &str, message: impl Into<String>) -> Option<T> {
        self.found.push(Violation { path: input.to_owned(), message: message.into() });
        None
    }
}

/// `a=1&b=x%20y+z`: names and values decoded; bytes that are not UTF-8 become U+FFFD, which no typed value accepts.
fn parse_query(query: &str) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

fn decode(text: &str) -> Cow<'_, str> {
    if text.contains('+') {
        let spaced = text.replace('+', " ");
        return Cow::Owned(percent_decode_str(&spaced).decode_utf8_lossy().into_owned());
    }
    percent_decode_str(text).decode_utf8_lossy()
}
