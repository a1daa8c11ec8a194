//! The names in the clauses of bindings, for whoever shows or changes them: read by the same readers that bind.

use wireloom_idl::Diagnostics;
use wireloom_idl::editor::{Clauses, Mention, Word};
use wireloom_idl::syntax::tree::Term;

use super::{annotations, messages, vocabulary};

/// The vocabularies of all wires that are generated.
#[derive(Clone, Copy, Debug, Default)]
pub struct WireClauses;

impl Clauses for WireClauses {
    fn mentions(&self, wire: &str, terms: &[Term]) -> Vec<Mention> {
        match wire {
            "rest" => rest(terms),
            "broker" => messages::key_of(terms).map(Mention::Field).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    fn words(&self, wire: &str) -> Vec<Word> {
        match wire {
            "rest" => words(vocabulary::FORMS),
            "broker" => words(messages::FORMS),
            _ => Vec::new(),
        }
    }

    fn words_behind(&self, wire: &str, word: &str) -> Vec<Word> {
        match (wire, word) {
            ("rest", "as") => words(&["sse", "ndjson"]),
            ("broker", "retry") => words(&["backoff"]),
            _ => Vec::new(),
        }
    }

    fn annotations(&self) -> Vec<Word> {
        annotations::forms().map(|(word, form)| Word { word: word.to_owned(), form: form.to_owned() }).collect()
    }
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

/// Each form begins with its word.
fn words(forms: &[&str]) -> Vec<Word> {
    let word = |form: &&str| form.split(' ').next().unwrap_or(form).to_owned();
    forms.iter().map(|form| Word { word: word(form), form: (*form).to_owned() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_a_vocabulary_has_its_form() {
        for (wire, known) in [("rest", vocabulary::WORDS), ("broker", messages::WORDS)] {
            let offered: Vec<String> = WireClauses.words(wire).into_iter().map(|it| it.word).collect();
            assert_eq!(
                offered.iter().filter(|word| *word != "->").collect::<Vec<_>>(),
                known.iter().collect::<Vec<_>>()
            );
        }
    }
}
