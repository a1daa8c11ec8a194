//! Binding: how each wire carries the contract, computed once and read by every target of that wire.
//!
//! In goes a checked [`Contract`]; out come [`Views`] (one a family of wires) and all that is wrong with what the contract asks of
//! a wire: clauses the wire does not know, inputs that find no place, routes that clash. What this
//! version does not generate is said as well, never silently left out. Nothing here writes code.

pub mod annotations;
mod block;
pub mod calls;
pub mod clauses;
mod commas;
pub mod http;
mod inputs;
mod mentions;
pub mod messages;
mod operations;
mod path;
pub mod proto;
mod routes;
mod terms;
mod type_path;
mod unsupported;
mod vocabulary;

pub use mentions::WireClauses;

use wireloom_idl::contract::At;
pub(crate) use wireloom_idl::nearest;
use wireloom_idl::{Contract, Diagnostic, Diagnostics};

use calls::CallsView;
use http::HttpView;
use messages::MessagesView;
use proto::ProtoView;

use crate::Wires;

/// What the targets read beside the contract itself.
#[derive(Clone, Debug)]
pub struct Views {
    /// The contract on HTTP.
    pub http: HttpView,
    /// The contract on the wires that carry calls as they are.
    pub calls: CallsView,
    /// The contract on brokers.
    pub messages: MessagesView,
    /// The contract in protobuf, in which gRPC and native RPC carry it.
    pub proto: ProtoView,
}

/// Computes the views; whatever cannot be bound is in the diagnostics and not in the view. The views do not hang on the wires
/// that are wanted; what is said to be not generated does.
pub fn bind(contract: &Contract, wires: Wires) -> (Views, Diagnostics) {
    let mut report = Diagnostics::new();
    let carried = carried(contract, wires, &mut report);
    let proto = proto::bind(contract, &carried.calls, &mut report);
    (Views { proto, ..carried }, told(contract, report))
}

/// Says all that [`bind`] says. It does not describe protobuf, which is most of the work and for the targets alone.
pub(crate) fn check(contract: &Contract, wires: Wires) -> Diagnostics {
    let mut report = Diagnostics::new();
    let carried = carried(contract, wires, &mut report);
    proto::check_names(contract, &carried.calls, &mut report);
    told(contract, report)
}

/// The views without that of protobuf, which is empty: how operations and events travel, and where. Nothing is said.
pub(crate) fn travels(contract: &Contract) -> Views {
    carried(contract, Wires::of(crate::Wire::ALL.iter().copied()), &mut Diagnostics::new())
}

/// Marks what allows what a build says that asks for fewer wires.
pub(crate) fn allow_fewer_wires(contract: &Contract) {
    let mut report = Diagnostics::new();
    // Nothing else hangs on the wires that are wanted but what is told only where they are.
    unsupported::check(contract, Wires::of([]), &mut report);
    told(contract, report);
}

fn carried(contract: &Contract, wires: Wires, report: &mut Diagnostics) -> Views {
    unsupported::check(contract, wires, report);
    annotations::check(contract, report);
    proto::check(contract, report);
    let mut http = operations::bind(contract, report);
    let calls = calls::bind(contract, report);
    routes::check(contract, &http, &calls, report);
    http.share_names();
    let messages = messages::bind(contract, wires, report);
    Views { http, calls, messages, proto: ProtoView::default() }
}

/// What of all this is told, in order.
fn told(contract: &Contract, report: Diagnostics) -> Diagnostics {
    let mut report = commas::mend(contract, report);
    report.retain(|diagnostic| !contract.allowances.cover(diagnostic));
    report.sort();
    report
}

/// `did you mean …?` where a candidate is near, else the list of what there is.
pub(crate) fn suggestion(word: &str, candidates: &[&str], kind: &str) -> String {
    match nearest(word, candidates.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if candidates.is_empty() => format!("there are no {kind} here"),
        None => format!("the {kind} are {}", list(candidates)),
    }
}

/// "`a`, `b`, `c`"
/// Adds help to a word that is none of the candidates, and the fix where one of them is near.
pub(crate) fn mend(diagnostic: Diagnostic, at: At, word: &str, candidates: &[&str], kind: &str) -> Diagnostic {
    let diagnostic = diagnostic.help(suggestion(word, candidates, kind));
    match nearest(word, candidates.iter().copied()) {
        Some(near) => diagnostic.fix(format!("write `{near}`"), at, near),
        None => diagnostic,
    }
}

pub(crate) fn list<S: AsRef<str>>(names: &[S]) -> String {
    names.iter().map(|name| format!("`{}`", name.as_ref())).collect::<Vec<_>>().join(", ")
}
