//! `requires [replay, delay]`: whether there is such a thing, and whether the product can do it.

use wireloom_idl::contract::{Annotations, At, Literal};
use wireloom_idl::{Diagnostic, Diagnostics};

use super::{Capability, Product, Support};
use crate::bind::clauses::{Argument, Clauses};
use crate::codes;

/// Judges what clauses require.
pub(super) struct Requires<'c, 'r> {
    pub(super) product: Option<&'static Product>,
    /// Those of the binding and of the entry: some things a product can do only with a setting.
    pub(super) annotations: Vec<&'c Annotations>,
    pub(super) report: &'r mut Diagnostics,
}

impl Requires<'_, '_> {
    /// What is required; whatever is wrong with it is reported.
    pub(super) fn read(mut self, clauses: &Clauses) -> Vec<&'static Capability> {
        words(clauses).iter().filter_map(|(word, at)| self.one(word, *at)).collect()
    }

    /// The same of clauses that are judged already.
    pub(super) fn named(clauses: &Clauses) -> Vec<&'static Capability> {
        words(clauses).iter().filter_map(|(word, _)| Capability::named(word)).collect()
    }

    fn one(&mut self, word: &str, at: At) -> Option<&'static Capability> {
        let Some(capability) = Capability::named(word) else {
            let all: Vec<&str> = Capability::all().iter().map(|it| it.word).collect();
            let message = format!("`{word}` is nothing that a broker can be asked for");
            let help = crate::bind::suggestion(word, &all, "words");
            self.report.push(Diagnostic::new(&codes::BROKER_CAPABILITY, at, message).help(help));
            return None;
        };
        match self.product {
            Some(product) => self.judge(capability, product, at),
            None => {
                let message =
                    format!("whether the broker can do `{word}` is not checked yet: which one it is, a URL says");
                let help = format!("bind it to a product to have it checked: {}", able(capability));
                self.report.push(Diagnostic::new(&codes::NOT_GENERATED_YET, at, message).help(help));
            }
        }
        Some(capability)
    }

    fn judge(&mut self, capability: &Capability, product: &Product, at: At) {
        let word = capability.word;
        match capability.of(product) {
            Support::Native | Support::Emulated(_) => {}
            Support::With(name, value) if self.is_set(product, name, value) => {}
            Support::With(name, value) => {
                let message = format!("`{}` can do `{word}` only with a setting", product.wire);
                let help = format!("write `@{}({name}: \"{value}\")` before the binding or this entry", product.wire);
                self.report.push(Diagnostic::new(&codes::BROKER_CAPABILITY, at, message).help(help));
            }
            Support::No(reason) => {
                let message = format!("`{}` cannot do `{word}`: {reason}", product.wire);
                let help = format!("bind it to {}", able(capability));
                self.report.push(Diagnostic::new(&codes::BROKER_CAPABILITY, at, message).help(help));
            }
        }
    }

    fn is_set(&self, product: &Product, name: &str, value: &str) -> bool {
        let ours = self.annotations.iter().flat_map(|it| &it.0).filter(|annotation| annotation.name == product.wire);
        ours.flat_map(|annotation| &annotation.arguments).any(|(argument, set)| {
            argument.as_deref() == Some(name) && matches!(set, Literal::Text(text) if text == value)
        })
    }
}

/// The products that can do it of themselves, or by other means.
fn able(capability: &Capability) -> String {
    let able = Product::ALL.iter().filter(|product| !matches!(capability.of(product), Support::No(_)));
    let wires: Vec<&str> = able.map(|product| product.wire).collect();
    crate::bind::list(&wires)
}

fn words(clauses: &Clauses) -> &[(String, At)] {
    match clauses.said("requires").map(|said| &said.argument) {
        Some(Argument::Words(words)) => words,
        _ => &[],
    }
}
