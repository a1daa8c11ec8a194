//! The clauses of the wires that carry calls as they are.

use super::CallWire;
use crate::bind::clauses::{About, Clause, Takes, Vocabulary};
use crate::codes;

/// What a channel of WebRTC may be told to do; only a stream or an event has a channel of its own.
const ON_CHANNELS: &[About] = &[About::Stream, About::Event];

const NONE: &[Clause] = &[];

const WS: &[Clause] = &[Clause {
    word: "subprotocol",
    form: "subprotocol \"acme.orders.v1\"",
    about: &[About::Service],
    in_all: true,
    unsaid: "`loom.v1.json` and `loom.v1.bin`",
    what: "the name that clients may ask for instead; it stands for `loom.v1.json`",
    takes: Takes::Text(no_subprotocol),
    excludes: &[],
}];

const WEBRTC: &[Clause] = &[
    Clause {
        word: "ordered",
        form: "ordered",
        about: ON_CHANNELS,
        in_all: true,
        unsaid: "so it is",
        what: "items arrive in the order they were sent",
        takes: Takes::Nothing,
        excludes: &["unordered"],
    },
    Clause {
        word: "unordered",
        form: "unordered",
        about: ON_CHANNELS,
        in_all: true,
        unsaid: "`ordered`",
        what: "an item does not wait for those before it",
        takes: Takes::Nothing,
        excludes: &["ordered"],
    },
    Clause {
        word: "lossy",
        form: "lossy",
        about: ON_CHANNELS,
        in_all: true,
        unsaid: "every item arrives",
        what: "what is lost is not sent again: `retransmits 0`",
        takes: Takes::Nothing,
        excludes: &["retransmits", "lifetime"],
    },
    Clause {
        word: "retransmits",
        form: "retransmits 3",
        about: ON_CHANNELS,
        in_all: true,
        unsaid: "until it arrives",
        what: "an item is sent again so many times, then it is lost",
        takes: Takes::Count(0),
        excludes: &["lossy", "lifetime"],
    },
    Clause {
        word: "lifetime",
        form: "lifetime 200ms",
        about: ON_CHANNELS,
        in_all: true,
        unsaid: "until it arrives",
        what: "an item is sent again for so long, then it is lost",
        takes: Takes::Time,
        excludes: &["lossy", "retransmits"],
    },
];

const SOAP: &[Clause] = &[
    Clause {
        word: "namespace",
        form: "namespace \"urn:acme:orders\"",
        about: &[About::Service],
        in_all: true,
        unsaid: "`urn:wireloom:shop.orders:v1` of `package shop.orders version 1`",
        what: "the XML namespace of messages and WSDL",
        takes: Takes::Text(no_namespace),
        excludes: &[],
    },
    Clause {
        word: "soap11",
        form: "soap11",
        about: &[About::Service],
        in_all: true,
        unsaid: "both versions",
        what: "SOAP 1.1 is served, and 1.2 only where `soap12` is said as well",
        takes: Takes::Nothing,
        excludes: &[],
    },
    Clause {
        word: "soap12",
        form: "soap12",
        about: &[About::Service],
        in_all: true,
        unsaid: "both versions",
        what: "SOAP 1.2 is served, and 1.1 only where `soap11` is said as well",
        takes: Takes::Nothing,
        excludes: &[],
    },
];

static RPC_WORDS: Vocabulary = Vocabulary { wire: "rpc", clauses: NONE, code: &codes::WIRE_CLAUSE };
static GRPC_WORDS: Vocabulary = Vocabulary { wire: "grpc", clauses: NONE, code: &codes::WIRE_CLAUSE };
static WS_WORDS: Vocabulary = Vocabulary { wire: "ws", clauses: WS, code: &codes::WIRE_CLAUSE };
static WEBRTC_WORDS: Vocabulary = Vocabulary { wire: "webrtc", clauses: WEBRTC, code: &codes::WIRE_CLAUSE };
static SOAP_WORDS: Vocabulary = Vocabulary { wire: "soap", clauses: SOAP, code: &codes::WIRE_CLAUSE };

impl CallWire {
    /// All that its bindings may say.
    pub fn vocabulary(self) -> &'static Vocabulary {
        match self {
            CallWire::Rpc => &RPC_WORDS,
            CallWire::Grpc => &GRPC_WORDS,
            CallWire::Ws => &WS_WORDS,
            CallWire::WebRtc => &WEBRTC_WORDS,
            CallWire::Soap => &SOAP_WORDS,
        }
    }
}

/// A subprotocol is a token of HTTP; those that begin with `loom.` are ours.
fn no_subprotocol(text: &str) -> Option<&'static str> {
    let is_token = |letter: char| letter.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(letter);
    if text.is_empty() || !text.chars().all(is_token) {
        return Some("a subprotocol is made of letters, digits and !#$%&'*+-.^_`|~");
    }
    text.starts_with("loom.").then_some("names that begin with `loom.` are those of Wireloom's own protocol")
}

/// A namespace is an absolute URI.
fn no_namespace(text: &str) -> Option<&'static str> {
    const REASON: &str = "a namespace is a URI: \"urn:acme:orders\", \"https://acme.example/orders\"";
    let Some((scheme, rest)) = text.split_once(':') else { return Some(REASON) };
    let is_scheme = scheme.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter));
    let is_rest =
        !rest.is_empty() && rest.chars().all(|letter| letter.is_ascii_graphic() && !"\"<>\\^`{|}".contains(letter));
    (!is_scheme || !is_rest).then_some(REASON)
}
