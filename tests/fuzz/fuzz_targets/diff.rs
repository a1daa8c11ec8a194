//! No two contracts make the comparison panic or hang; a contract compared with itself has not changed.
//!
//! A text with a NUL is two contracts; of one without, the second is the same without one of its lines.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wireloom_codegen::compat::{Side, diff};
use wireloom_codegen::load::{Loaded, load_text};
use wireloom_idl::Contract;

fuzz_target!(|text: &str| {
    let (old, new) = match text.split_once('\0') {
        Some((old, new)) => (old.to_owned(), new.to_owned()),
        None => (text.to_owned(), without_a_line(text)),
    };
    let Some((old, before)) = sound(&old) else { return };
    assert!(diff(&side(&old, &before), &side(&old, &before), None).is_empty());
    let Some((new, now)) = sound(&new) else { return };
    for (one, other) in [((&old, &before), (&new, &now)), ((&new, &now), (&old, &before))] {
        for finding in diff(&side(one.0, one.1), &side(other.0, other.1), Some("2026-11-26")).sorted() {
            finding.effect();
        }
    }
});

/// Which line goes hangs on the text alone.
fn without_a_line(text: &str) -> String {
    let count = text.lines().count().max(1);
    let gone = text.bytes().fold(0usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into())) % count;
    text.lines().enumerate().filter(|(at, _)| *at != gone).map(|(_, line)| format!("{line}\n")).collect()
}

fn sound(text: &str) -> Option<(Loaded, Contract)> {
    let loaded = load_text("fuzz.loom", text.as_bytes());
    let (contract, report) = loaded.lower();
    (!report.has_errors()).then_some((loaded, contract))
}

fn side<'a>(loaded: &'a Loaded, contract: &'a Contract) -> Side<'a> {
    Side { contract, sources: &loaded.sources, locks: loaded.package_locks(contract) }
}
