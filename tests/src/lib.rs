//! The harness of the test suites: where things are, and the golden output as modules.

pub mod golden;

use std::path::{Path, PathBuf};

pub use wireloom;
// So that a case of `ui/`, which has no other crate, can call this one `wireloom`, as the macros' code does.
#[doc(hidden)]
pub use wireloom::*;

/// A type written by hand, which the kitchen's contract takes as `extern record Geo = rust "crate::Geo"`.
#[derive(Clone, Debug, PartialEq, wireloom::Wire, wireloom::Validate)]
#[wire(json)]
pub struct Geo {
    /// Degrees north.
    #[validate(value(-90.0..=90.0))]
    pub latitude: f64,
    /// Degrees east.
    #[validate(value(-180.0..=180.0))]
    pub longitude: f64,
}

/// The folder of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the workspace").to_owned()
}

/// Compares a generated file with what is checked in; `BLESS=1` writes it anew, and a person reads the diff.
pub fn blessed(path: &Path, text: &str) {
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, text).expect("a blessed file can be written");
    }
    let there = std::fs::read_to_string(path).unwrap_or_default();
    assert!(there == text, "{} is not fresh: BLESS=1 writes it anew", path.display());
}

/// The book's Rust, run as documentation tests.
#[cfg(doctest)]
mod book {
    #[doc = include_str!("../../book/src/auth.md")]
    struct Auth;

    #[doc = include_str!("../../book/src/grpc.md")]
    struct Grpc;

    #[doc = include_str!("../../book/src/http.md")]
    struct Http;

    #[doc = include_str!("../../book/src/native.md")]
    struct Native;

    #[doc = include_str!("../../book/src/operating/configuration.md")]
    struct Configuration;

    #[doc = include_str!("../../book/src/operating/telemetry.md")]
    struct Telemetry;

    #[doc = include_str!("../../book/src/operating/discovery.md")]
    struct Discovery;

    #[doc = include_str!("../../book/src/operating/replicas.md")]
    struct Replicas;

    #[doc = include_str!("../../book/src/operating/layers.md")]
    struct Layers;

    #[doc = include_str!("../../book/src/policies.md")]
    struct Policies;

    #[doc = include_str!("../../book/src/streams.md")]
    struct Streams;

    #[doc = include_str!("../../book/src/policies/deadlines.md")]
    struct Deadlines;

    #[doc = include_str!("../../book/src/policies/rates.md")]
    struct Rates;

    #[doc = include_str!("../../book/src/policies/retries.md")]
    struct Retries;

    #[doc = include_str!("../../book/src/policies/throttle.md")]
    struct Throttle;

    #[doc = include_str!("../../book/src/rest.md")]
    struct Rest;

    #[doc = include_str!("../../book/src/tls.md")]
    struct Tls;

    #[doc = include_str!("../../book/src/tour.md")]
    struct Tour;

    #[doc = include_str!("../../book/src/types.md")]
    struct Types;

    #[doc = include_str!("../../book/src/websocket.md")]
    struct WebSocket;

    #[doc = include_str!("../../book/src/wires.md")]
    struct Wires;
}

/// All files with that extension below a folder, sorted; build output and hidden folders left out.
pub fn files_below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(folder, extension, &mut found);
    found.sort();
    found
}

fn collect(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        match is_folder {
            true if name.starts_with('.') || name == "target" => {}
            true => collect(&path, extension, found),
            false if path.extension().is_some_and(|own| own == extension) => found.push(path),
            false => {}
        }
    }
}
