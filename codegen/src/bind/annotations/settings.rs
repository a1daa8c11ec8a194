//! Settings of one product: `@nats(stream: "ORDERS", replicas: 3)` before a binding to it, or one of its entries.

use wireloom_idl::contract::{Annotation, Subject};
use wireloom_idl::{Diagnostic, Diagnostics};

use super::info;
use super::marks::{Mark, Marked};
use crate::bind::messages::{Product, Setting};
use crate::codes;

/// Checks the annotation of a product.
pub(super) fn check(annotation: &Annotation, product: &Product, marked: &Marked<'_>, report: &mut Diagnostics) {
    let wire = product.wire;
    let Some(binding) = marked.binding.filter(|_| marked.mark == Mark::Binding) else {
        let message = format!("`@{wire}` says nothing about {}", marked.mark.plural());
        let help = format!("it marks bindings to `{wire}` and their entries: what a service promises names no product");
        return report.push(Diagnostic::new(&codes::ANNOTATION_PLACE, annotation.at, message).help(help));
    };
    if binding.wire.text != wire {
        let message = format!("`@{wire}` says nothing about a binding to `{}`", binding.wire.text);
        let misplaced = Diagnostic::new(&codes::ANNOTATION_PLACE, annotation.at, message);
        return report
            .push(misplaced.also(binding.wire.span, "bound here").help(format!("bind the service to `{wire}`")));
    }
    let before = report.len();
    if annotation.arguments.is_empty() {
        report.push(wrong(annotation, format!("`@{wire}` sets nothing"), known(product, marked.subject)));
    }
    for (index, (name, value)) in annotation.arguments.iter().enumerate() {
        let Some(name) = name else {
            let first = product.settings.first().map_or("", |setting| setting.name);
            let help = format!("write `@{wire}({first}: …)`");
            report.push(wrong(annotation, "a setting has a name".to_owned(), help));
            continue;
        };
        let Some(setting) = product.setting(name) else {
            let names: Vec<&str> = product.settings.iter().map(|setting| setting.name).collect();
            let help = crate::bind::suggestion(name, &names, "settings");
            report.push(wrong(annotation, format!("`{wire}` has no setting `{name}`"), help));
            continue;
        };
        if !setting.takes.fits(value) {
            let message = format!("`{name}` is not set like this");
            report.push(wrong(annotation, message, format!("it takes {}", setting.takes.wanted())));
        } else if !is_about(setting, marked.subject) {
            let what = if setting.topic { "topics, so about events" } else { "groups, so about handlers" };
            report.push(wrong(annotation, format!("`{name}` is about {what}"), known(product, marked.subject)));
        } else if annotation.arguments[..index].iter().any(|(other, _)| other.as_ref() == Some(name)) {
            report.push(wrong(annotation, format!("`{name}` is set twice"), "leave one of them out".to_owned()));
        }
    }
    if report.len() == before {
        report.push(info(annotation, format!("`@{wire}` changes nothing yet: topics and groups are made without it")));
    }
}

fn wrong(annotation: &Annotation, message: String, help: String) -> Diagnostic {
    Diagnostic::new(&codes::ANNOTATION_ARGUMENTS, annotation.at, message).help(help)
}

/// Whether a setting may stand before an entry about that; before a whole binding all may.
fn is_about(setting: &Setting, subject: Option<Subject>) -> bool {
    match subject {
        Some(Subject::Event(_)) => setting.topic,
        Some(Subject::Handler(_)) => !setting.topic,
        Some(Subject::Operation(_)) | None => true,
    }
}

fn known(product: &Product, subject: Option<Subject>) -> String {
    let names: Vec<&str> =
        product.settings.iter().filter(|it| is_about(it, subject)).map(|setting| setting.name).collect();
    format!("here it sets {}", crate::bind::list(&names))
}
