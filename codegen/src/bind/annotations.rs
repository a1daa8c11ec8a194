//! Annotations against the schemas of their targets: which exist, what stands in their brackets, where they may stand.

mod marks;
mod schemas;
mod settings;

use wireloom_idl::contract::{Annotation, Annotations, Contract};
use wireloom_idl::{Diagnostic, Diagnostics, Severity, Span};

pub use marks::Mark;
use marks::Marked;
pub use schemas::{Schema, all as schemas};

use super::messages::Product;
use crate::codes;

/// Checks every annotation of the reported packages.
pub(super) fn check(contract: &Contract, report: &mut Diagnostics) {
    marks::each(contract, report, &mut |annotations, marked, report| all(contract, annotations, &marked, report));
}

fn all(contract: &Contract, annotations: &Annotations, marked: &Marked<'_>, report: &mut Diagnostics) {
    for (index, annotation) in annotations.0.iter().enumerate() {
        let said = report.len();
        one(contract, annotation, marked, report);
        let is_same = |first: &&Annotation| first.name == annotation.name && first.is_word == annotation.is_word;
        if let Some(first) = annotations.0[..index].iter().find(is_same)
            && annotation.name != "allow"
            && report.len() == said
        {
            let twice = Diagnostic::new(
                &codes::ANNOTATION_ARGUMENTS,
                annotation.at,
                format!("`@{}` stands here twice", annotation.name),
            );
            report.push(twice.also(first.at, "the first one").help("put both into one"));
        }
    }
}

fn one(contract: &Contract, annotation: &Annotation, marked: &Marked<'_>, report: &mut Diagnostics) {
    let name = annotation.name.as_str();
    if let Some(product) = Product::named(name) {
        return settings::check(annotation, product, marked, report);
    }
    let Some(schema) = schemas().iter().find(|schema| schema.name == name) else {
        let products = Product::ALL.iter().map(|product| product.wire);
        let names: Vec<&str> = schemas().iter().map(|schema| schema.name).chain(products).collect();
        let message = format!("there is no annotation `@{name}`");
        let diagnostic = Diagnostic::new(&codes::UNKNOWN_ANNOTATION, annotation.at, message);
        let start = annotation.at.start + 1;
        let word = Span { start, end: start + name.len() as u32, ..annotation.at };
        return report.push(super::mend(diagnostic, word, name, &names, "annotations"));
    };
    if !schema.marks.is_empty() && !schema.marks.contains(&marked.mark) {
        let places: Vec<&str> = schema.marks.iter().map(|mark| mark.plural()).collect();
        let message = format!("`@{name}` says nothing about {}", marked.mark.plural());
        let misplaced = Diagnostic::new(&codes::ANNOTATION_PLACE, annotation.at, message);
        let misplaced = misplaced.help(format!("it marks {}", in_words(&places)));
        report.push(misplaced.fix("take it out", annotation.at, ""));
    } else if !(schema.fits)(annotation) {
        report.push(
            Diagnostic::new(&codes::ANNOTATION_ARGUMENTS, annotation.at, format!("`@{name}` is not written like this"))
                .help(format!("write {}", super::list(schema.forms).replace("`, `", "` or `"))),
        );
    } else if let Some((message, help)) = (schema.wrong)(contract, annotation, marked) {
        report.push(Diagnostic::new(&codes::ANNOTATION_ARGUMENTS, annotation.at, message).help(help));
    } else if !schema.generated {
        let message = format!("`@{name}` changes nothing yet: its wire is not generated");
        report.push(info(annotation, message));
    }
}

/// "fields, members and cases"
fn in_words(words: &[&str]) -> String {
    match words.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        _ => words.concat(),
    }
}

fn info(annotation: &Annotation, message: String) -> Diagnostic {
    let severity = Severity::Info;
    Diagnostic { severity, ..Diagnostic::new(&codes::NOT_GENERATED_YET, annotation.at, message) }
}
