//! `wireloom explain`: what a diagnostic code or a rule of compatibility means, or how the wires carry an operation, an event,
//! a handler or a whole service.

use wireloom_codegen::compat::all_rules;
use wireloom_codegen::load::{codes as disk, load};
use wireloom_codegen::mapping::{self, Mapping};
use wireloom_codegen::{Wires, all_codes, bind, table};
use wireloom_idl::{Contract, Diagnostic, nearest};

use crate::Exit;
use crate::args::{Explain, Format};
use crate::console::Console;
use crate::{misuse, report};

pub(crate) fn run(args: &Explain, console: &mut Console) -> Exit {
    match args.subject.as_deref() {
        // Codes have neither dots nor capitals.
        Some(subject) if subject.contains(|letter: char| letter == '.' || letter.is_ascii_uppercase()) => {
            carried(subject, args, console)
        }
        Some(subject) => code(subject, args.format, console),
        None => list(console),
    }
}

fn list(console: &mut Console) -> Exit {
    let codes = all_codes().into_iter().map(|code| (code.name, code.severity.as_str(), code.has_fix));
    let mut all: Vec<_> = codes.chain(all_rules().iter().map(|rule| (rule.code.name, "rule", false))).collect();
    all.sort_unstable();
    let width = all.iter().map(|(name, ..)| name.len()).max().unwrap_or_default();
    let line = |&(name, kind, has_fix): &(&str, &str, bool)| {
        let line = format!("{kind:<8} {name:<width$}  {}", if has_fix { "fix" } else { "" });
        format!("{}\n", line.trim_end())
    };
    console.out(&all.iter().map(line).collect::<String>());
    Exit::Good
}

fn code(name: &str, format: Format, console: &mut Console) -> Exit {
    let (codes, rules) = (all_codes(), all_rules());
    if let Some(rule) = rules.iter().find(|rule| rule.code.name == name) {
        console.out(&format!("rule[{name}]\n\n{}\n", rule.explanation()));
        return Exit::Good;
    }
    match codes.iter().find(|code| code.name == name) {
        Some(code) => {
            let headline = format!("{}[{}]", code.severity.as_str(), code.name);
            let fix =
                if code.has_fix { "\n`wireloom check --fix` mends it where the right text is clear.\n" } else { "" };
            console.out(&format!("{headline}\n\n{}\n{fix}", code.explanation.trim_end()));
            Exit::Good
        }
        None => {
            let unknown = Diagnostic::nowhere(&disk::MISUSE, format!("no diagnostic code or rule `{name}`"));
            let names = codes.iter().map(|code| code.name).chain(rules.iter().map(|rule| rule.code.name));
            let near = nearest(name, names);
            let help = near
                .map_or("`wireloom explain --list` lists them".to_owned(), |near| format!("did you mean `{near}`?"));
            misuse::tell(unknown.help(help), format, console)
        }
    }
}

fn carried(name: &str, args: &Explain, console: &mut Console) -> Exit {
    let loaded = match load(&args.contracts.paths, &args.contracts.includes) {
        Ok(loaded) => loaded,
        Err(missing) => return misuse::tell(missing.diagnostic(), args.format, console),
    };
    let (contract, mut said) = loaded.lower();
    let (views, unsound) = bind::bind(&contract, Wires::default());
    if unsound.has_errors() {
        said.append(unsound);
    }
    if said.has_errors() {
        report::tell(&said, &loaded.sources, args.format, console);
        return Exit::Bad;
    }
    let found = mapping::named(&contract, &views, name);
    if found.is_empty() {
        let message = format!("no service, operation, event or handler `{name}` in these contracts");
        let unknown = Diagnostic::nowhere(&disk::MISUSE, message);
        return misuse::tell(unknown.help(names_help(name, &contract)), args.format, console);
    }
    console.out(&written(&found, args.format));
    Exit::Good
}

fn written(found: &[Mapping], format: Format) -> String {
    match format {
        Format::Human | Format::Github => found.iter().map(table).collect::<Vec<_>>().join("\n"),
        Format::Json => {
            let lines = found.iter().map(|it| serde_json::to_string(it).expect("a mapping is JSON") + "\n");
            lines.collect()
        }
    }
}

fn names_help(name: &str, contract: &Contract) -> String {
    let names = mapping::names(contract);
    match nearest(name, names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None if names.is_empty() => "they have no services: name the folder behind it".to_owned(),
        None => format!("there are {}", names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
    }
}
