//! The requests that every server gets, as bytes.

use std::io::Write as _;

use crate::generated::shop::orders::OrderDraft;

/// Lines of the order: about 1 KB of JSON, as in a busy shop.
const LINES: usize = 10;

/// Digits of the part that makes each key of a keyed call its own.
const KEY_DIGITS: usize = 16;

/// A request, and what to call it.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it is called on the command line.
    pub name: &'static str,
    /// Whether hand-written servers answer it as well.
    pub compared: bool,
    request: Vec<u8>,
    /// Where the key's own part stands.
    key_at: Option<usize>,
}

impl Case {
    /// A text of 64 bytes and back.
    pub fn echo() -> Case {
        let body = format!(r#"{{"text":"{}"}}"#, "sixteen letters ".repeat(4));
        Case { name: "echo", compared: true, request: post("/echo", "", &body), key_at: None }
    }

    /// An order of several lines.
    pub fn order() -> Case {
        Case { name: "order", compared: true, request: post("/orders", "", &draft()), key_at: None }
    }

    /// The same order with an idempotency key, another one with each request.
    pub fn order_keyed() -> Case {
        let key = "0".repeat(KEY_DIGITS);
        let request = post("/keyed-orders", &format!("idempotency-key: {key}\r\n"), &draft());
        let key_at = request.windows(KEY_DIGITS).position(|bytes| bytes == key.as_bytes());
        Case { name: "order_keyed", compared: false, request, key_at }
    }

    /// All of them.
    pub fn all() -> [Case; 3] {
        [Case::echo(), Case::order(), Case::order_keyed()]
    }

    /// The bytes of request number `count`. Nothing is allocated.
    pub fn request(&mut self, count: u64) -> &[u8] {
        if let Some(at) = self.key_at {
            let mut key = &mut self.request[at..at + KEY_DIGITS];
            write!(key, "{count:0KEY_DIGITS$x}").expect("a number of 64 bits has 16 digits");
        }
        &self.request
    }
}

/// A POST as a usual client sends it.
fn post(path: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: 127.0.0.1:8080\r\nuser-agent: bench/1.0\r\naccept: application/json\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    )
    .into_bytes()
}

/// The same order as a value.
///
/// # Panics
/// Never: it is an order.
pub fn order_draft() -> OrderDraft {
    serde_json::from_str(&draft()).expect("it is an order")
}

fn draft() -> String {
    let line =
        |number| format!(r#"{{"sku":"TEA-{number:04}","quantity":2,"price":{{"amount":"3.50","currency":"EUR"}}}}"#);
    let lines: Vec<String> = (0..LINES).map(line).collect();
    format!(
        r#"{{"customer":"6f2c1f8e-3d0f-4f9c-9c37-0d9f5b1f9a01","lines":[{}],"total":{{"amount":"70.00","currency":"EUR"}},"payment":{{"card":{{"token":"tok-8d1f","last4":"4242"}}}},"status":"placed","note":"Ring twice, please","tags":{{"channel":"web"}}}}"#,
        lines.join(",")
    )
}
