//! Dead letters: what cannot be handled, kept with the reason.
//!
//! A dead letter is the original message, headers and all, with [`headers`] beside them. It is published before the original
//! is settled, so that nothing is lost in between; its id follows from the original's, so that a broker that knows ids
//! keeps it once even when it is published twice.

use jiff::Timestamp;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::handler::HandlerFacts;
use super::message::Message;
use crate::validate::Violations;

/// The headers of a dead letter. Texts are percent-encoded where a header could not carry them.
pub mod headers {
    /// Why: `failed 6 times`, or the handler's own words.
    pub const REASON: &str = "wireloom-dead-reason";
    /// How often it was tried.
    pub const ATTEMPTS: &str = "wireloom-dead-attempts";
    /// What is wrong with it, where it breaks its contract: `lines[3].sku: missing; …`.
    pub const VIOLATIONS: &str = "wireloom-dead-violations";
    /// The topic that it came from.
    pub const TOPIC: &str = "wireloom-dead-topic";
    /// The group that could not handle it.
    pub const GROUP: &str = "wireloom-dead-group";
    /// When it was given up.
    pub const TIME: &str = "wireloom-dead-time";
}

/// Longer texts are cut: headers have limits, and the payload stands beside them.
const TEXT_BYTES_MAX: usize = 4 * 1024;

const TEXT: &AsciiSet = &CONTROLS.add(b'%');

/// Why an event is given up.
#[derive(Debug)]
pub(super) struct Death {
    pub(super) reason: String,
    pub(super) attempts: u32,
    pub(super) violations: Option<Violations>,
}

/// The dead letter of a message.
pub(super) fn letter(message: &Message, facts: &HandlerFacts, death: &Death) -> Message {
    let mut letter = message.clone();
    letter.id = format!("{}:dead:{}", message.id, facts.group);
    letter.topic = facts.dead_topic().into_owned();
    letter.headers.insert(headers::REASON, &text(&death.reason));
    letter.headers.insert(headers::ATTEMPTS, &death.attempts.to_string());
    letter.headers.insert(headers::TOPIC, &message.topic);
    letter.headers.insert(headers::GROUP, &text(facts.group));
    letter.headers.insert(headers::TIME, &Timestamp::now().to_string());
    if let Some(violations) = &death.violations {
        letter.headers.insert(headers::VIOLATIONS, &text(&violations.to_string()));
    }
    letter
}

fn text(value: &str) -> String {
    let end = value.floor_char_boundary(TEXT_BYTES_MAX);
    utf8_percent_encode(&value[..end], TEXT).to_string()
}
