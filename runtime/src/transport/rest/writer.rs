//! Putting an input into a request.

use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use crate::fault::Fault;
use crate::json::{Same, SerializeAs};
use crate::text::Text;

/// Everything but RFC 3986's unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Writes the parts of one request.
#[derive(Debug)]
pub struct RequestWriter {
    /// What is written of path and query.
    target: String,
    /// What is still to come of the path's template.
    template: &'static str,
    query_started: bool,
    headers: HeaderMap,
    body: Vec<u8>,
    members: usize,
    fault: Option<Fault>,
}

/// A request's parts, written.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) target: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl RequestWriter {
    pub(super) fn new(template: &'static str) -> RequestWriter {
        RequestWriter {
            target: String::with_capacity(template.len() + 32),
            template,
            query_started: false,
            headers: HeaderMap::new(),
            body: Vec::new(),
            members: 0,
            fault: None,
        }
    }

    pub(super) fn finish(mut self) -> Result<Written, Fault> {
        self.finish_path();
        if self.members > 0 {
            self.body.push(b'}');
        }
        match self.fault {
            Some(fault) => Err(fault),
            None => Ok(Written { target: self.target, headers: self.headers, body: self.body }),
        }
    }

    /// The next variable of the path. An empty segment and those of dots cannot be sent: who stands between client and
    /// server takes them for steps in the path, escaped or not (RFC 3986, section 5.2.4).
    pub fn path<T: Text>(&mut self, value: &T) {
        let (literal, rest) = self.template.split_once('{').unwrap_or((self.template, ""));
        self.target.push_str(literal);
        let (name, rest) = rest.split_once('}').unwrap_or((rest, ""));
        self.template = rest;
        let text = value.to_text();
        if matches!(text.as_ref(), "" | "." | "..") {
            self.fail(Fault::invalid_input(name, format!("`{text}` cannot stand in a path")));
        }
        self.target.extend(utf8_percent_encode(&text, RESERVED));
    }

    /// A query parameter.
    pub fn query<T: Text>(&mut self, name: &str, value: &T) {
        self.finish_path();
        self.target.push(if self.query_started { '&' } else { '?' });
        self.query_started = true;
        self.target.extend(utf8_percent_encode(name, RESERVED));
        self.target.push('=');
        self.target.extend(utf8_percent_encode(&value.to_text(), RESERVED));
    }

    /// A query parameter, if there is a value.
    pub fn query_optional<T: Text>(&mut self, name: &str, value: &Option<T>) {
        if let Some(value) = value {
            self.query(name, value);
        }
    }

    /// A list: a parameter an entry.
    pub fn query_list<'t, T: Text + 't>(&mut self, name: &str, values: impl IntoIterator<Item = &'t T>) {
        for value in values {
            self.query(name, value);
        }
    }

    /// A header.
    pub fn header<T: Text>(&mut self, name: &'static str, value: &T) {
        match (HeaderName::try_from(name), HeaderValue::try_from(value.to_text().as_ref())) {
            (Ok(name), Ok(value)) => {
                self.headers.insert(name, value);
            }
            _ => self.fail(Fault::invalid(crate::Violations::of(format!("no header `{name}` can carry this value")))),
        }
    }

    /// A header, if there is a value.
    pub fn header_optional<T: Text>(&mut self, name: &'static str, value: &Option<T>) {
        if let Some(value) = value {
            self.header(name, value);
        }
    }

    /// The whole body.
    pub fn body<T: Serialize>(&mut self, value: &T) {
        self.body_as::<Same, T>(value);
    }

    /// The whole body, in the JSON form of `A`.
    pub fn body_as<A: SerializeAs<T>, T>(&mut self, value: &T) {
        self.json::<A, T>(value);
    }

    /// A member of the body's object.
    pub fn member<T: Serialize>(&mut self, name: &str, value: &T) {
        self.member_as::<Same, T>(name, value);
    }

    /// A member of the body's object, in the JSON form of `A`.
    pub fn member_as<A: SerializeAs<T>, T>(&mut self, name: &str, value: &T) {
        self.body.push(if self.members == 0 { b'{' } else { b',' });
        self.members += 1;
        self.json::<Same, str>(name);
        self.body.push(b':');
        self.json::<A, T>(value);
    }

    /// A member of the body's object, if there is a value.
    pub fn member_optional<T: Serialize>(&mut self, name: &str, value: &Option<T>) {
        self.member_optional_as::<Same, T>(name, value);
    }

    /// A member of the body's object in the JSON form of `A`, if there is a value.
    pub fn member_optional_as<A: SerializeAs<T>, T>(&mut self, name: &str, value: &Option<T>) {
        if let Some(value) = value {
            self.member_as::<A, T>(name, value);
        }
    }

    fn json<A: SerializeAs<T>, T: ?Sized>(&mut self, value: &T) {
        if let Err(error) = A::serialize_as(value, &mut serde_json::Serializer::new(&mut self.body)) {
            self.fail(Fault::internal(error));
        }
    }

    fn finish_path(&mut self) {
        self.target.push_str(std::mem::take(&mut self.template));
    }

    fn fail(&mut self, fault: Fault) {
        self.fault.get_or_insert(fault);
    }
}
