//! `wireloom init`: a project that builds and runs at once.
//!
//! The files are templates in `templates/`; where one of them is there already, nothing is written at all.

use std::path::{Path, PathBuf};

use handlebars::Handlebars;
use serde_json::{Value, json};
use wireloom_codegen::build::write;
use wireloom_codegen::load::codes;
use wireloom_idl::{Diagnostic, Diagnostics, SourceMap};

use crate::Exit;
use crate::args::{Format, Init};
use crate::console::Console;
use crate::{misuse, report};

/// Where each template goes; the paths are templates too.
const TEMPLATES: [(&str, &str); 6] = [
    ("Cargo.toml", include_str!("../templates/Cargo.toml.hbs")),
    ("README.md", include_str!("../templates/README.md.hbs")),
    (".gitignore", include_str!("../templates/gitignore.hbs")),
    ("build.rs", include_str!("../templates/build.rs.hbs")),
    ("contracts/{{module}}/{{module}}.loom", include_str!("../templates/contract.loom.hbs")),
    ("src/main.rs", include_str!("../templates/main.rs.hbs")),
];

/// Names that cargo or the compiler refuse, or that the project depends on.
#[rustfmt::skip]
const NAMES_TAKEN: [&str; 55] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move", "mut",
    "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "test", "tokio", "trait", "true", "try",
    "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "wireloom", "wireloom-codegen", "yield",
];

pub(crate) fn run(args: &Init, console: &mut Console) -> Exit {
    let values = match values(args) {
        Ok(values) => values,
        Err(wrong) => return misuse::tell(*wrong, Format::Human, console),
    };
    let files = render(&values);
    let taken: Vec<_> =
        files.iter().map(|(name, _)| args.path.join(name)).filter(|path| path.symlink_metadata().is_ok()).collect();
    if !taken.is_empty() {
        let names: Vec<_> = taken.iter().map(|path| format!("`{}`", path.display())).collect();
        let there = Diagnostic::nowhere(&codes::MISUSE, format!("there already: {}", names.join(", ")));
        return misuse::tell(there.help("nothing was written; begin in an empty folder"), Format::Human, console);
    }
    let mut failures = Diagnostics::new();
    for (name, text) in &files {
        let path = args.path.join(name);
        match write(&path, text) {
            Ok(_) => console.note(&format!("wrote {}", path.display())),
            Err(error) => failures.push(report::unwritable(&path, &error)),
        }
    }
    report::note(&failures, &SourceMap::new(), console);
    if failures.has_errors() {
        return Exit::Bad;
    }
    console.note(&format!(
        "`{}` is there; `cargo run` in `{}` starts it",
        values["name"].as_str().unwrap_or_default(),
        args.path.display()
    ));
    Exit::Good
}

/// What the templates say.
fn values(args: &Init) -> Result<Value, Box<Diagnostic>> {
    let name = match &args.name {
        Some(name) => name.clone(),
        None => folder_name(&args.path).ok_or_else(|| wrong("the folder has no name to take over"))?,
    };
    check_name(&name)?;
    let module = name.replace('-', "_").to_ascii_lowercase();
    let folder = args.wireloom_path.as_deref().map(wireloom_folder).transpose()?;
    let dependency = |part: &str| match &folder {
        // Debug quotes as TOML does.
        Some(folder) => format!("{{ path = {:?} }}", folder.join(part)),
        None => "\"0.1\"".to_owned(),
    };
    Ok(json!({
        "name": name,
        "module": module,
        "wireloom": dependency("runtime"),
        "wireloom_codegen": dependency("codegen"),
    }))
}

/// The last part of the path, also where it is `.` or is not there yet.
fn folder_name(path: &Path) -> Option<String> {
    let named =
        path.file_name().map(ToOwned::to_owned).or_else(|| Some(path.canonicalize().ok()?.file_name()?.to_owned()));
    Some(named?.to_string_lossy().into_owned())
}

fn check_name(name: &str) -> Result<(), Box<Diagnostic>> {
    let begins_well = name.starts_with(|letter: char| letter.is_ascii_alphabetic());
    let goes_well = name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_');
    if !begins_well || !goes_well {
        return Err(wrong(&format!("`{name}` cannot name a project: letters, digits, `-` and `_`, a letter first")));
    }
    if NAMES_TAKEN.contains(&name.to_ascii_lowercase().as_str()) {
        return Err(wrong(&format!("`{name}` cannot name a project: it means something else to cargo or Rust")));
    }
    Ok(())
}

fn wrong(message: &str) -> Box<Diagnostic> {
    Box::new(Diagnostic::nowhere(&codes::MISUSE, message).help("`--name NAME` gives it a name"))
}

fn wireloom_folder(path: &Path) -> Result<PathBuf, Box<Diagnostic>> {
    let absolute = path.canonicalize().ok().filter(|path| path.join("runtime/Cargo.toml").is_file());
    absolute.ok_or_else(|| {
        let message = format!("`{}` does not hold Wireloom: there is no `runtime/Cargo.toml`", path.display());
        Box::new(Diagnostic::nowhere(&codes::MISUSE, message))
    })
}

/// Path and text of each file.
fn render(values: &Value) -> Vec<(String, String)> {
    let mut templates = Handlebars::new();
    templates.set_strict_mode(true);
    templates.register_escape_fn(handlebars::no_escape);
    let text =
        |template: &str| templates.render_template(template, values).expect("the templates are ours, and tested");
    TEMPLATES.iter().map(|(path, template)| (text(path), text(template))).collect()
}
