//! The `build.rs` door: contracts to Rust, while cargo builds.
//!
//! ```no_run
//! wireloom_codegen::compile("contracts/");
//! ```
//!
//! In go folders of contracts, out come `contract.rs` and `openapi.json` in cargo's output folder, where
//! `wireloom::contract!()` finds the code. Everything there is to say goes to cargo, each diagnostic with its drawing; with
//! errors the build fails, and what an earlier build made stays in place, so that an editor keeps its types. It never
//! panics over a contract. What is generated is [`crate::generate`]'s business.

mod write;

pub use write::{Staged, differs, write};

use std::env;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use wireloom_idl::diagnostic::render;
use wireloom_idl::{Diagnostic, Severity, SourceMap};

use crate::load::{self, codes};
use crate::{Files, Layout, Options, Wire};

/// The file that `wireloom::contract!()` includes.
const CONTRACT: &str = "contract.rs";

/// Compiles the contracts below a folder: the whole of a usual `build.rs`.
///
/// Errors are told to cargo, which fails the build.
pub fn compile(path: impl Into<PathBuf>) {
    Compiler::new(path).run();
}

/// Compiles contracts, with more to say about it than [`compile`] takes.
///
/// ```no_run
/// wireloom_codegen::build::Compiler::new("contracts/").include("../common/contracts").run();
/// ```
#[derive(Clone, Debug)]
#[must_use = "it compiles once it is run"]
pub struct Compiler {
    paths: Vec<PathBuf>,
    includes: Vec<PathBuf>,
    options: Options,
    locked: bool,
}

impl Compiler {
    /// Compiles a contract file, or all contracts below a folder.
    pub fn new(path: impl Into<PathBuf>) -> Compiler {
        Compiler { paths: vec![path.into()], includes: Vec::new(), options: Options::default(), locked: false }
    }

    /// Compiles these contracts too.
    pub fn and(mut self, path: impl Into<PathBuf>) -> Compiler {
        self.paths.push(path.into());
        self
    }

    /// Looks in a folder for what the contracts import; nothing in it is reported on.
    pub fn include(mut self, folder: impl Into<PathBuf>) -> Compiler {
        self.includes.push(folder.into());
        self
    }

    /// What to generate. The layout is one file, whatever the options say.
    pub fn options(mut self, options: Options) -> Compiler {
        self.options = options;
        self
    }

    /// Generates code for a wire as well. Each wire has a method of its name too: `Compiler::new("contracts").grpc()`.
    pub fn wire(mut self, wire: Wire) -> Compiler {
        self.options.wires = self.options.wires.and(wire);
        self
    }

    /// Takes numbers from locks alone: a `loom.lock` that is missing where numbers travel, or is not up to date, fails the build.
    ///
    /// For builds whose result ships: without it a build works on a stale lock as well, with numbers that the next edit may change.
    pub fn locked(mut self) -> Compiler {
        self.locked = true;
        self
    }

    /// Gives every type its JSON form (`Serialize`, `Deserialize`), also where no wire asked for has one. REST, WebSocket and brokers do.
    pub fn json(mut self) -> Compiler {
        self.options.wires.json = true;
        self
    }

    /// Compiles into cargo's output folder. Errors are told to cargo, which fails the build.
    pub fn run(self) {
        let lines = match env::var_os("OUT_DIR") {
            Some(folder) => self.compile_into(Path::new(&folder)),
            None => line("error", "cargo's output folder (`OUT_DIR`) is unknown: call this in `build.rs`"),
        };
        // Cargo reads to the end; where nobody does, there is nobody to tell.
        let _ = std::io::stdout().write_all(lines.as_bytes());
    }

    /// Compiles into a folder, and gives the lines for cargo.
    fn compile_into(self, folder: &Path) -> String {
        let mut lines = String::new();
        self.paths.iter().chain(&self.includes).for_each(|path| lines.push_str(&watch(path)));
        let loaded = match load::load(&self.paths, &self.includes) {
            Ok(loaded) => loaded.locked(self.locked),
            Err(missing) => return lines + &tell(&missing.diagnostic(), &SourceMap::new()) + &keep(folder),
        };
        loaded.files.iter().for_each(|file| lines.push_str(&watch(&file.path)));
        loaded.lock_paths().for_each(|path| lines.push_str(&watch(path)));
        let options = Options { layout: Layout::Single, ..self.options };
        let (files, report) = loaded.generate(&options);
        report.iter().for_each(|diagnostic| lines.push_str(&tell(diagnostic, &loaded.sources)));
        lines + &if report.has_errors() { keep(folder) } else { write_all(folder, &files) }
    }
}

fn write_all(folder: &Path, files: &Files) -> String {
    files.iter().filter_map(|(path, text)| write_one(&folder.join(path), text)).collect()
}

/// Leaves what an earlier build made; where there is none, the code is empty, so that cargo's errors stand alone.
fn keep(folder: &Path) -> String {
    let path = folder.join(CONTRACT);
    if path.exists() { String::new() } else { write_one(&path, "").unwrap_or_default() }
}

fn write_one(path: &Path, text: &str) -> Option<String> {
    let error = write(path, text).err()?;
    let message = format!("`{}` cannot be written: {error}", path.display());
    Some(tell(&Diagnostic::nowhere(&codes::UNWRITABLE_FILE, message), &SourceMap::new()))
}

/// Asks cargo to build again when this changes.
fn watch(path: &Path) -> String {
    match path.to_str() {
        Some(path) if !path.contains(char::is_control) => format!("cargo::rerun-if-changed={path}\n"),
        // Cannot be said in a line; the folder it lies in is watched.
        _ => String::new(),
    }
}

/// A diagnostic for cargo: a line that tools can read, then its drawing.
fn tell(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let kind = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        // Cargo has no word for it, and a build is not the moment.
        Severity::Info => return String::new(),
    };
    let mut first = String::new();
    if let Some(span) = diagnostic.span() {
        let file = &sources[span.file];
        let at = file.line_column(span.start);
        let _ = write!(first, "{}:{}:{}: ", file.name(), at.line, at.column);
    }
    let _ = write!(first, "{kind}[{}]: {}", diagnostic.code.name, diagnostic.message);
    // The drawing begins with the same headline.
    let drawing = render::human(diagnostic, sources, false);
    line(kind, &first)
        + &drawing.lines().skip(1).filter(|text| !text.is_empty()).map(|text| line(kind, text)).collect::<String>()
}

fn line(kind: &str, text: &str) -> String {
    format!("cargo::{kind}={}\n", text.replace(|letter: char| letter.is_control() && letter != '\t', "\u{fffd}"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const SHOP: &str = "package shop\n\nrecord Order { id: uuid }\n\nservice Orders {\n    public\n    get(id: uuid) -> Order\n        safe\n}\n\nbind Orders to rest\n";

    /// Contracts and an output folder; the folder's own name is taken out of what cargo is told.
    struct Build {
        folder: tempfile::TempDir,
    }

    impl Build {
        fn new(contract: &str) -> Build {
            let build = Build { folder: tempfile::tempdir().unwrap() };
            fs::create_dir_all(build.path("out")).unwrap();
            build.write(contract);
            build
        }

        fn path(&self, name: &str) -> PathBuf {
            self.folder.path().join(name)
        }

        fn write(&self, contract: &str) {
            write(&self.path("contracts/shop.loom"), contract).unwrap();
        }

        fn run(&self) -> String {
            let lines = Compiler::new(self.path("contracts")).compile_into(&self.path("out"));
            lines.replace(&format!("{}/", self.folder.path().display()), "")
        }

        fn made(&self) -> String {
            fs::read_to_string(self.path("out/contract.rs")).unwrap()
        }
    }

    #[test]
    fn a_sound_contract_is_code_and_lines_to_watch() {
        let build = Build::new(SHOP);
        assert_eq!(build.run(), "cargo::rerun-if-changed=contracts\ncargo::rerun-if-changed=contracts/shop.loom\n");
        assert!(build.made().contains("pub struct Order"));
        assert!(build.path("out/openapi.json").exists());
        let before = build.path("out/contract.rs").metadata().unwrap().modified().unwrap();
        build.run();
        assert_eq!(build.path("out/contract.rs").metadata().unwrap().modified().unwrap(), before);
    }

    #[test]
    fn a_lock_is_watched_and_its_word_holds() {
        let build = Build::new(&SHOP.replace("id: uuid }", "id: uuid @2 }"));
        write(&build.path("contracts/loom.lock"), "# loom.lock 1\nOrder.id 1\nOrders.get 1\nOrders.get.id 1\n")
            .unwrap();
        let said = build.run();
        assert!(said.contains("cargo::rerun-if-changed=contracts/loom.lock\n"), "{said}");
        assert!(said.contains("cargo::error=contracts/shop.loom:3:25: error[lock-pin]: "), "{said}");
        build.write(SHOP);
        assert!(!build.run().contains("cargo::error"));
    }

    #[test]
    fn a_locked_build_wants_its_locks() {
        let build = Build::new(&format!("{SHOP}bind Orders to grpc\n"));
        let run = || Compiler::new(build.path("contracts")).grpc().locked().compile_into(&build.path("out"));
        assert!(run().contains(": error[no-lock]: "), "{}", run());
        assert_eq!(build.made(), "");
        write(&build.path("contracts/loom.lock"), "# loom.lock 1\nOrder.id 1\nOrders.get 1\n").unwrap();
        assert!(run().contains(": error[lock-stale]: "), "{}", run());
        write(&build.path("contracts/loom.lock"), "# loom.lock 1\nOrder.id 1\nOrders.get 1\nOrders.get.id 1\n")
            .unwrap();
        assert!(!run().contains("cargo::error") && !build.made().is_empty(), "{}", run());
    }

    #[test]
    fn an_error_is_drawn_and_the_last_good_code_stays() {
        let build = Build::new(SHOP);
        build.run();
        let good = build.made();
        build.write(&SHOP.replace("id: uuid }", "id: uuidd }"));
        let said = build.run();
        insta::assert_snapshot!(said.lines().skip(2).collect::<Vec<_>>().join("\n"), @r"
        cargo::error=contracts/shop.loom:3:20: error[unknown-type]: no type `uuidd` is known here
        cargo::error= --> contracts/shop.loom:3:20
        cargo::error=  |
        cargo::error=3 | record Order { id: uuidd }
        cargo::error=  |                    ^^^^^
        cargo::error=help: did you mean `uuid`?
        ");
        assert_eq!(build.made(), good);
    }

    #[test]
    fn an_error_at_first_gives_empty_code() {
        let build = Build::new("package shop\nrecord Order {\n");
        assert!(
            build.run().contains("cargo::error=contracts/shop.loom:2:14: error[unclosed-bracket]"),
            "{}",
            build.run()
        );
        assert_eq!(build.made(), "");
    }

    #[test]
    fn what_is_not_there_and_what_cannot_be_written() {
        let build = Build::new(SHOP);
        let missing = Compiler::new(build.path("nowhere")).compile_into(&build.path("out"));
        assert!(missing.contains("\ncargo::error=error[no-such-path]: no such file or folder: `"), "{missing}");
        let into_file = Compiler::new(build.path("contracts")).compile_into(&build.path("contracts/shop.loom"));
        assert!(into_file.contains("\ncargo::error=error[unwritable-file]: "), "{into_file}");
    }

    #[test]
    fn imports_are_watched_and_warnings_told() {
        let build = Build::new("package shop\nimport common.{Money}\nrecord Order { Total: Money }\n");
        write(&build.path("lib/common.loom"), "package common\nrecord Money { amount: decimal }\n").unwrap();
        let compiler = Compiler::new(build.path("contracts")).include(build.path("lib"));
        let said = compiler.compile_into(&build.path("out"));
        let lines: Vec<&str> = said.lines().collect();
        assert!(
            lines.iter().any(|line| line.starts_with("cargo::rerun-if-changed=") && line.ends_with("lib/common.loom"))
        );
        assert!(
            lines
                .iter()
                .any(|line| line.starts_with("cargo::warning=") && line.contains("shop.loom:3:16: warning[naming]: "))
        );
        assert!(!said.contains("cargo::error"), "{said}");
    }
}
