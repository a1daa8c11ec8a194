//! Cases of names: what `#[serde(rename_all = "…")]` makes of them.

/// A rule of `rename_all`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Casing {
    /// `placedat`
    Lower,
    /// `PLACEDAT`
    Upper,
    /// `PlacedAt`
    Pascal,
    /// `placedAt`
    Camel,
    /// `placed_at`
    Snake,
    /// `PLACED_AT`
    ScreamingSnake,
    /// `placed-at`
    Kebab,
    /// `PLACED-AT`
    ScreamingKebab,
}

impl Casing {
    /// The rule that serde calls so.
    pub(crate) fn named(name: &str) -> Option<Casing> {
        Some(match name {
            "lowercase" => Casing::Lower,
            "UPPERCASE" => Casing::Upper,
            "PascalCase" => Casing::Pascal,
            "camelCase" => Casing::Camel,
            "snake_case" => Casing::Snake,
            "SCREAMING_SNAKE_CASE" => Casing::ScreamingSnake,
            "kebab-case" => Casing::Kebab,
            "SCREAMING-KEBAB-CASE" => Casing::ScreamingKebab,
            _ => return None,
        })
    }

    /// A name in that case.
    pub(crate) fn of(self, name: &str) -> String {
        let snake = snake(name);
        let capitals = || snake.split('_').map(capitalized).collect::<String>();
        match self {
            Casing::Lower => snake.replace('_', ""),
            Casing::Upper => snake.replace('_', "").to_uppercase(),
            Casing::Pascal => capitals(),
            Casing::Camel => uncapitalized(&capitals()),
            Casing::Snake => snake,
            Casing::ScreamingSnake => snake.to_uppercase(),
            Casing::Kebab => snake.replace('_', "-"),
            Casing::ScreamingKebab => snake.replace('_', "-").to_uppercase(),
        }
    }
}

/// `PlacedAt` as `placed_at`; what is so already stays.
pub(crate) fn snake(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    for (index, letter) in name.char_indices() {
        if letter.is_uppercase() && index > 0 && !text.ends_with('_') {
            text.push('_');
        }
        text.extend(letter.to_lowercase());
    }
    text
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

fn uncapitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_lowercase().to_string() + letters.as_str()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_take_every_case() {
        let all = [
            ("lowercase", "placedat"),
            ("UPPERCASE", "PLACEDAT"),
            ("PascalCase", "PlacedAt"),
            ("camelCase", "placedAt"),
            ("snake_case", "placed_at"),
            ("SCREAMING_SNAKE_CASE", "PLACED_AT"),
            ("kebab-case", "placed-at"),
            ("SCREAMING-KEBAB-CASE", "PLACED-AT"),
        ];
        for (rule, expected) in all {
            let rule = Casing::named(rule).expect("it is a rule of serde");
            assert_eq!((rule.of("placed_at"), rule.of("PlacedAt")), (expected.to_owned(), expected.to_owned()));
        }
        assert_eq!(Casing::named("Title Case"), None);
    }
}
