//! Names as protobuf derives or compares them.

use std::collections::BTreeSet;

/// `placed_at` → `placedAt`, as protobuf names fields in JSON.
pub(super) fn camel(name: &str) -> String {
    let mut upper = false;
    let letters = name.chars().filter_map(|letter| match (letter, std::mem::take(&mut upper)) {
        ('_', _) => {
            upper = true;
            None
        }
        (letter, true) => Some(letter.to_ascii_uppercase()),
        (letter, false) => Some(letter),
    });
    letters.collect()
}

/// `placed_at` → `PlacedAtEntry`, as protobuf names the entries of a map.
pub(super) fn entry(field: &str) -> String {
    camel(&format!("_{field}")) + "Entry"
}

/// The name as protobuf tells fields from each other: without case and `_`.
fn folded(name: &str) -> String {
    name.chars().filter(|&letter| letter != '_').map(|letter| letter.to_ascii_lowercase()).collect()
}

/// The names of one message's fields or one enum's values.
#[derive(Debug, Default)]
pub(super) struct Taken {
    folded: BTreeSet<String>,
}

impl Taken {
    /// The name, or where there is one like it already the name with its number behind it, which never changes either.
    pub(super) fn take(&mut self, name: &str, number: u32) -> String {
        if self.folded.insert(folded(name)) {
            return name.to_owned();
        }
        let mut other = format!("{}_{number}", name.trim_end_matches('_'));
        while !self.folded.insert(folded(&other)) {
            other.push_str("_x");
        }
        other
    }

    /// Keeps a name from being given.
    pub(super) fn reserve(&mut self, name: &str) {
        self.folded.insert(folded(name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_derived_as_protobuf_does() {
        for (name, camel_form, entry_form) in [
            ("placed_at", "placedAt", "PlacedAtEntry"),
            ("_x__y2_z_", "XY2Z", "XY2ZEntry"),
            ("fooBar", "fooBar", "FooBarEntry"),
            ("last_4", "last4", "Last4Entry"),
        ] {
            assert_eq!(camel(name), camel_form);
            assert_eq!(entry(name), entry_form);
        }
    }

    #[test]
    fn no_two_names_are_alike() {
        let mut taken = Taken::default();
        let given = [("self", 1), ("self_", 2), ("self2", 3), ("Self_", 4), ("self_2", 7)];
        let given = given.map(|(name, number)| taken.take(name, number));
        assert_eq!(given, ["self", "self_2", "self2_3", "Self_4", "self_2_7"]);
    }
}
