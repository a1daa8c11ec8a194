//! `wireloom explain`: what a diagnostic code means, or how the wires carry an operation.

use wireloom_codegen::load::{codes as disk, load};
use wireloom_codegen::{all_codes, explain_operation};
use wireloom_idl::diagnostic::Code;
use wireloom_idl::{Contract, Diagnostic};

use crate::Exit;
use crate::args::{Explain, Format};
use crate::console::Console;
use crate::{misuse, report};

pub(crate) fn run(args: &Explain, console: &mut Console) -> Exit {
    match args.subject.as_deref() {
        // Codes have no dots.
        Some(subject) if subject.contains('.') => operation(subject, args, console),
        Some(subject) => code(subject, console),
        None => list(console),
    }
}

fn list(console: &mut Console) -> Exit {
    let codes = all_codes();
    let width = codes.iter().map(|code| code.name.len()).max().unwrap_or_default();
    let line = |code: &&Code| {
        let fix = if code.has_fix { "fix" } else { "" };
        let line = format!("{:<8} {:<width$}  {fix}", code.severity.as_str(), code.name);
        format!("{}\n", line.trim_end())
    };
    console.out(&codes.iter().map(line).collect::<String>());
    Exit::Good
}

fn code(name: &str, console: &mut Console) -> Exit {
    let codes = all_codes();
    match codes.iter().find(|code| code.name == name) {
        Some(code) => {
            let headline = format!("{}[{}]", code.severity.as_str(), code.name);
            let fix =
                if code.has_fix { "\n`wireloom check --fix` mends it where the right text is clear.\n" } else { "" };
            console.out(&format!("{headline}\n\n{}\n{fix}", code.explanation.trim_end()));
            Exit::Good
        }
        None => {
            let unknown = Diagnostic::nowhere(&disk::MISUSE, format!("no diagnostic code `{name}`"));
            let near = nearest(name, codes.iter().map(|code| code.name));
            let help = near
                .map_or("`wireloom explain --list` lists them".to_owned(), |near| format!("did you mean `{near}`?"));
            misuse::tell(unknown.help(help), Format::Human, console)
        }
    }
}

fn operation(name: &str, args: &Explain, console: &mut Console) -> Exit {
    let loaded = match load(&args.contracts.paths, &args.contracts.includes) {
        Ok(loaded) => loaded,
        Err(missing) => return misuse::tell(missing.diagnostic(), Format::Human, console),
    };
    let (contract, said) = loaded.lower();
    if said.has_errors() {
        report::note(&said, &loaded.sources, console);
        return Exit::Bad;
    }
    match explain_operation(&contract, name) {
        Some(text) => {
            console.out(&format!("{}\n", text.trim_end()));
            Exit::Good
        }
        None => {
            let unknown = Diagnostic::nowhere(&disk::MISUSE, format!("no operation `{name}` in these contracts"));
            misuse::tell(unknown.help(operations_help(name, &contract)), Format::Human, console)
        }
    }
}

fn operations_help(name: &str, contract: &Contract) -> String {
    let services = contract.packages.iter().flat_map(|package| &package.services);
    let named =
        services.flat_map(|service| service.operations.iter().map(move |it| format!("{}.{}", service.name, it.name)));
    let names: Vec<String> = named.collect();
    match nearest(name, names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None if names.is_empty() => "they have no operations: name the folder behind it".to_owned(),
        None => format!("there are {}", names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
    }
}

/// The name that was most likely meant.
fn nearest<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let rated = names.map(|name| (strsim::jaro_winkler(word, name), name)).filter(|(likeness, _)| *likeness > 0.8);
    rated.max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, name)| name)
}
