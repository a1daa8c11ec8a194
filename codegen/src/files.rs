//! Generated files in memory: ordered path → text.

use std::collections::BTreeMap;
use std::collections::btree_map::Iter;

/// What a run generates; whoever has a disk writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    by_path: BTreeMap<String, String>,
}

impl Files {
    /// None yet.
    pub fn new() -> Files {
        Files::default()
    }

    /// Adds a file; paths are relative and written with `/`.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.by_path.insert(path.into(), text.into());
    }

    /// The text of a file.
    pub fn get(&self, path: &str) -> Option<&str> {
        self.by_path.get(path).map(String::as_str)
    }

    /// All of them by path.
    pub fn iter(&self) -> Iter<'_, String, String> {
        self.by_path.iter()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_path.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_path.len()
    }
}

impl<'a> IntoIterator for &'a Files {
    type Item = (&'a String, &'a String);
    type IntoIter = Iter<'a, String, String>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
