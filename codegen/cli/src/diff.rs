//! `wireloom diff`: what changed between two states of contracts, and what that breaks.

mod git;
mod today;

use std::path::PathBuf;

use serde::Serialize;
use wireloom_codegen::compat::{self, Allowances, Side};
use wireloom_codegen::load::{Loaded, codes, load};
use wireloom_idl::compat::{Facets, Finding, Findings, Verdict};
use wireloom_idl::diagnostic::render::{self, FilePlace};
use wireloom_idl::{Contract, Diagnostic, Diagnostics, SourceMap};

use crate::Exit;
use crate::args::{Diff, Format};
use crate::console::Console;
use crate::{misuse, report};

pub(crate) fn run(args: &Diff, console: &mut Console) -> Exit {
    let states = match (&args.against, args.paths.as_slice()) {
        (Some(against), paths) => against_git(against, paths, &args.includes),
        (None, [old, new]) => two_places(old, new, &args.includes),
        (None, _) => Err(Box::new(
            Diagnostic::nowhere(&codes::MISUSE, "two states are compared, an old one and a new one")
                .help("name both, `wireloom diff OLD NEW`, or a revision, `wireloom diff --against git:main`"),
        )),
    };
    let (old, mut new) = match states {
        Ok(states) => states,
        Err(misused) => return misuse::tell(*misused, args.format, console),
    };
    let (allowances, said) = match new.allowances(&args.allow) {
        Ok(read) => read,
        Err(missing) => return misuse::tell(missing.diagnostic(), args.format, console),
    };
    let compared = old.as_ref().map(|old| compare(&old.loaded, &new, args));
    let mut sources = std::mem::take(&mut new.sources);
    match (old, compared) {
        (Some(old), Some(Ok(findings))) => {
            let old_files = sources.append(old.loaded.sources, str::to_owned);
            tell(findings, &allowances, said, &Drawn { sources, old_files }, args, console)
        }
        (Some(old), Some(Err(broken))) => {
            report::print(
                &broken.report,
                if broken.is_old { &old.loaded.sources } else { &sources },
                args.format,
                console,
            );
            if args.format == Format::Human {
                let which = if broken.is_old { "old" } else { "new" };
                console.note(&format!("the {which} contracts have errors: they cannot be compared"));
            }
            Exit::Bad
        }
        _ => {
            report::print(&said, &sources, args.format, console);
            console.note("nothing of it is in that revision: all of it is new");
            if said.has_errors() { Exit::Bad } else { Exit::Good }
        }
    }
}

/// The old state.
struct Old {
    loaded: Loaded,
    /// Where they lie, as long as they are needed.
    _folder: Option<tempfile::TempDir>,
}

type States = Result<(Option<Old>, Loaded), git::Misused>;

fn two_places(old: &PathBuf, new: &PathBuf, includes: &[PathBuf]) -> States {
    let load =
        |path: &PathBuf| load(std::slice::from_ref(path), includes).map_err(|missing| Box::new(missing.diagnostic()));
    let old = Old { loaded: load(old)?, _folder: None };
    Ok((Some(old), load(new)?))
}

fn against_git(against: &str, paths: &[PathBuf], includes: &[PathBuf]) -> States {
    let here = [PathBuf::from(".")];
    let paths = if paths.is_empty() { &here } else { paths };
    let taken = git::take(against, paths, includes)?;
    let load = |paths: &[PathBuf], includes: &[PathBuf]| {
        load(paths, includes).map_err(|missing| Box::new(missing.diagnostic()))
    };
    // What is nowhere any more says nothing.
    let new = if taken.here.is_empty() { Loaded::default() } else { load(&taken.here, includes)? };
    if taken.paths.is_empty() {
        return Ok((None, new));
    }
    let mut loaded = load(&taken.paths, &taken.includes)?;
    let (prefix, revision) = (format!("{}/", taken.folder.path().display()), taken.revision);
    let mut sources = SourceMap::default();
    sources.append(loaded.sources, |name| match name.strip_prefix(&prefix) {
        Some(name) => format!("{revision}:{name}"),
        None => name.to_owned(),
    });
    loaded.sources = sources;
    Ok((Some(Old { loaded, _folder: Some(taken.folder) }), new))
}

/// A state that has errors.
struct Broken {
    report: Diagnostics,
    is_old: bool,
}

fn compare(old: &Loaded, new: &Loaded, args: &Diff) -> Result<Findings, Broken> {
    let (before, now) = (sound(old, true)?, sound(new, false)?);
    let before = Side { contract: &before, sources: &old.sources, locks: old.package_locks(&before) };
    let now = Side { contract: &now, sources: &new.sources, locks: new.package_locks(&now) };
    let today = args.day.clone().unwrap_or_else(today::today);
    Ok(compat::diff(&before, &now, Some(&today)))
}

fn sound(loaded: &Loaded, is_old: bool) -> Result<Contract, Broken> {
    let (contract, report) = loaded.lower();
    if report.has_errors() { Err(Broken { report, is_old }) } else { Ok(contract) }
}

/// What findings are drawn from.
struct Drawn {
    sources: SourceMap,
    old_files: u32,
}

fn tell(
    mut findings: Findings,
    allowances: &Allowances,
    mut said: Diagnostics,
    drawn: &Drawn,
    args: &Diff,
    console: &mut Console,
) -> Exit {
    said.append(allowances.apply(&mut findings));
    if !args.facets.is_empty() {
        findings = findings.within(Facets::of(&args.facets));
    }
    report::print(&said, &drawn.sources, args.format, console);
    for finding in findings.sorted() {
        console.out(&text(finding, drawn, args.format));
    }
    if args.format == Format::Human {
        console.note(&summary(&findings));
    }
    if findings.break_anything() || said.has_errors() { Exit::Bad } else { Exit::Good }
}

fn text(finding: &Finding, drawn: &Drawn, format: Format) -> String {
    let diagnostic = finding.diagnostic(drawn.old_files);
    match format {
        Format::Json => {
            format!("{}\n", render::json_with(&diagnostic, &drawn.sources, &Further::of(finding, &diagnostic, drawn)))
        }
        Format::Human | Format::Github => report::text(&diagnostic, &drawn.sources, format),
    }
}

/// What a finding says beyond a diagnostic.
#[derive(Serialize)]
struct Further<'a> {
    subject: &'a str,
    verdicts: Vec<Judged>,
    was: Option<FilePlace<'a>>,
    allowed: Option<&'a str>,
}

#[derive(Serialize)]
struct Judged {
    facet: &'static str,
    direction: &'static str,
    verdict: &'static str,
}

impl<'a> Further<'a> {
    fn of(finding: &'a Finding, diagnostic: &Diagnostic, drawn: &'a Drawn) -> Further<'a> {
        let verdicts = finding.verdicts().map(|(facet, direction, verdict)| Judged {
            facet: facet.as_str(),
            direction: direction.as_str(),
            verdict: verdict.as_str(),
        });
        // The place before is the last one that is pointed at.
        let was = finding.was.and_then(|_| diagnostic.labels.last());
        Further {
            subject: &finding.subject,
            verdicts: verdicts.collect(),
            was: was.map(|label| FilePlace::of(label.span, &drawn.sources)),
            allowed: finding.allowed.as_deref(),
        }
    }
}

/// "2 breaks, 1 warning, 4 other changes"
fn summary(findings: &Findings) -> String {
    let all = findings.sorted();
    let allowed = all.iter().filter(|it| it.allowed.is_some()).count();
    let of = |verdict: Verdict| all.iter().filter(|it| it.allowed.is_none() && it.verdict() == verdict).count();
    let counts = [
        (of(Verdict::Break), "break"),
        (of(Verdict::Warn), "warning"),
        (allowed, "allowed change"),
        (of(Verdict::Fine), "other change"),
    ];
    let told: Vec<String> =
        counts.iter().filter(|it| it.0 > 0).map(|&(count, noun)| report::counted(count, noun)).collect();
    if told.is_empty() { "nothing changed".to_owned() } else { told.join(", ") }
}
