//! Settings by whom they are about: all operations, those of a service, one.

use std::collections::BTreeMap;

use super::place::Place;
use crate::facts::OperationFacts;
use crate::policy::Settings;

/// What is said, by whom it is about: the empty name is all, `shop.orders.Orders` a service, `shop.orders.Orders/place` an operation.
#[derive(Clone, Debug, Default)]
pub(super) struct Layer {
    said: BTreeMap<String, Entry>,
}

/// What is said of somebody, and where.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    pub(super) settings: Settings,
    /// Where it is named; nowhere, where a program says it.
    pub(super) place: Option<Place>,
    /// Where each word stands, `retry.retries`.
    pub(super) words: BTreeMap<String, Place>,
}

impl Entry {
    /// Where a word stands; where it is not said itself, what it is a part of, `limit` of `limit.count`.
    pub(super) fn place_of(&self, word: &str) -> Option<&Place> {
        let whole = word.split('.').next().unwrap_or_default();
        self.words.get(word).or_else(|| self.words.get(whole))
    }

    /// This over another: where this says nothing, that holds.
    #[cfg(feature = "file")]
    fn over(&self, lower: &Entry) -> Entry {
        let mut words = lower.words.clone();
        words.extend(self.words.iter().map(|(word, place)| (word.clone(), place.clone())));
        let place = self.place.clone().or_else(|| lower.place.clone());
        Entry { settings: self.settings.over(&lower.settings), place, words }
    }
}

impl Layer {
    pub(super) fn set(&mut self, whom: &str, settings: Settings) {
        self.put(whom, Entry { settings, ..Entry::default() });
    }

    pub(super) fn put(&mut self, whom: &str, entry: Entry) {
        self.said.insert(whom.to_owned(), entry);
    }

    /// This over another: where this says nothing of somebody, that holds.
    #[cfg(feature = "file")]
    pub(super) fn over(&self, lower: &Layer) -> Layer {
        let mut layer = lower.clone();
        for (whom, entry) in &self.said {
            let said = layer.said.entry(whom.clone()).or_default();
            *said = entry.over(said);
        }
        layer
    }

    /// Who is named, each with what is said.
    pub(super) fn named(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.said.iter().filter(|(name, _)| !name.is_empty()).map(|(name, entry)| (name.as_str(), entry))
    }

    /// What is said of an operation, by how near it is: of itself, of its service, of all.
    pub(super) fn of(&self, op: &OperationFacts) -> [Option<&Entry>; 3] {
        if self.said.is_empty() {
            return [None; 3];
        }
        [op.to_string(), format!("{}.{}", op.package, op.service), String::new()].map(|whom| self.said.get(&whom))
    }
}
