//! The language, seen from outside: text in, contract and diagnostics out.
//!
//! `check` is the one door: contracts as text, diagnostics as lines `file:line:column code: message`.

mod language {
    mod allow;
    mod bindings;
    mod corpus;
    mod door;
    mod examples;
    mod explanations;
    mod limits;
    mod lock;
    mod packages;
    mod policies;
    mod sample;
    mod services;
    mod types;
    mod values;
}
