//! The names in the clauses of bindings, for whoever shows or changes them: read by the same readers that bind.

use wireloom_idl::Diagnostics;
use wireloom_idl::editor::{Clauses, Mention, Word};
use wireloom_idl::syntax::tree::Term;

use super::calls::CallWire;
use super::clauses::{Argument, Vocabulary};
use super::http::Verb;
use super::messages::Product;
use super::{annotations, messages, vocabulary};

/// The vocabularies of all wires.
#[derive(Clone, Copy, Debug, Default)]
pub struct WireClauses;

impl Clauses for WireClauses {
    fn mentions(&self, wire: &str, terms: &[Term]) -> Vec<Mention> {
        match vocabulary_of(wire) {
            None if wire == "rest" => rest(terms),
            None => Vec::new(),
            Some(vocabulary) => ways(vocabulary, terms),
        }
    }

    fn words(&self, wire: &str) -> Vec<Word> {
        match vocabulary_of(wire) {
            None if wire == "rest" => rest_forms().map(|form| word(&form)).collect(),
            None => Vec::new(),
            Some(vocabulary) => vocabulary.clauses.iter().map(|clause| word(clause.form)).collect(),
        }
    }

    fn words_behind(&self, wire: &str, behind: &str) -> Vec<Word> {
        match (wire, behind) {
            ("rest", "as") => ["sse", "ndjson"].map(word).to_vec(),
            (_, "retry") if vocabulary_of(wire).is_some() => vec![word("backoff")],
            _ => Vec::new(),
        }
    }

    fn annotations(&self) -> Vec<Word> {
        let schemas = annotations::schemas().iter().map(|schema| (schema.name, schema.forms.join(" or ")));
        let products = Product::ALL.iter().map(|product| (product.wire, format!("@{}(name: value)", product.wire)));
        schemas.chain(products).map(|(name, form)| Word { word: name.to_owned(), form }).collect()
    }
}

/// The vocabulary of a wire but `rest`, which has one of its own.
fn vocabulary_of(wire: &str) -> Option<&'static Vocabulary> {
    let product = || Product::named(wire).map(|product| messages::vocabulary(Some(product)));
    let broker = || (wire == "broker").then(|| messages::vocabulary(None));
    CallWire::named(wire).map(CallWire::vocabulary).or_else(broker).or_else(product)
}

/// What stands in the clauses of a `rest` entry; what is wrong with them is told where they are bound.
fn rest(terms: &[Term]) -> Vec<Mention> {
    let clauses = vocabulary::read(terms, &mut Diagnostics::new());
    let placed = clauses.headers.into_iter().chain(clauses.queries);
    let inputs = placed.map(|it| (it.input, it.input_at)).chain(clauses.body);
    let mut found: Vec<Mention> = inputs.map(|(name, at)| Mention::Input { name, at }).collect();
    found.extend(clauses.path.map(|path| Mention::Variables(path.span)));
    found.extend(clauses.faults.into_iter().map(|it| Mention::Fault { at: it.fault_at }));
    found
}

/// The ways through fields, such as a broker's key.
fn ways(vocabulary: &'static Vocabulary, terms: &[Term]) -> Vec<Mention> {
    let said = vocabulary.read(terms, &mut Diagnostics::new()).0.into_iter();
    said.filter_map(|said| match said.argument {
        Argument::Path(path) => Some(Mention::Field(path)),
        _ => None,
    })
    .collect()
}

/// The forms of `rest`, one for each verb.
fn rest_forms() -> impl Iterator<Item = String> {
    let verbs = Verb::ALL.into_iter().map(|verb| format!("{} \"/path\"", verb.as_str()));
    let others = vocabulary::CLAUSES.iter().map(|clause| clause.form).filter(|form| !form.starts_with("VERB"));
    // One way of those that a form says, and a status as it is written.
    verbs.chain(others.map(|form| form.split('|').next().unwrap_or(form).replace("fault F", "fault Fault")))
}

/// Each form begins with its word.
fn word(form: &str) -> Word {
    Word { word: form.split(' ').next().unwrap_or(form).to_owned(), form: form.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_rest_is_offered() {
        let offered: Vec<String> = WireClauses.words("rest").into_iter().map(|it| it.word).collect();
        for known in vocabulary::WORDS {
            assert!(offered.iter().any(|word| word == known), "{known} is not in {offered:?}");
        }
    }

    #[test]
    fn every_wire_of_the_language_is_answered_for() {
        for wire in wireloom_idl::lower::WIRES {
            WireClauses.words(wire);
            assert!(WireClauses.mentions(wire, &[]).is_empty(), "{wire}");
        }
        assert!(WireClauses.words("kafka").iter().any(|it| it.word == "topic"));
        assert!(WireClauses.words("soap").iter().any(|it| it.word == "namespace"));
    }
}
