//! Cases of names: what `#[serde(rename_all = "…")]` makes of them.

/// A rule of `rename_all`. Fields are written in snake case and variants in Pascal case, and a rule goes by that: of a name in another
/// case it makes what serde makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Casing {
    /// `placed_at` of a field, `placedat` of a variant.
    Lower,
    /// `PLACED_AT` of a field, `PLACEDAT` of a variant.
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

    /// The name of a field.
    pub(crate) fn of_field(self, name: &str) -> String {
        match self {
            Casing::Lower | Casing::Snake => name.to_owned(),
            Casing::Upper | Casing::ScreamingSnake => name.to_ascii_uppercase(),
            Casing::Pascal => capitals(name),
            Casing::Camel => uncapitalized(&capitals(name)),
            Casing::Kebab => name.replace('_', "-"),
            Casing::ScreamingKebab => name.to_ascii_uppercase().replace('_', "-"),
        }
    }

    /// The name of a variant.
    pub(crate) fn of_variant(self, name: &str) -> String {
        match self {
            Casing::Lower => name.to_ascii_lowercase(),
            Casing::Upper => name.to_ascii_uppercase(),
            Casing::Pascal => name.to_owned(),
            Casing::Camel => uncapitalized(name),
            Casing::Snake => apart(name),
            Casing::ScreamingSnake => apart(name).to_ascii_uppercase(),
            Casing::Kebab => apart(name).replace('_', "-"),
            Casing::ScreamingKebab => apart(name).to_ascii_uppercase().replace('_', "-"),
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

/// serde's own: a line before each capital, also where one stands already.
fn apart(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    for (index, letter) in name.char_indices() {
        if letter.is_uppercase() && index > 0 {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

/// `placed_at` as `PlacedAt`.
fn capitals(name: &str) -> String {
    name.split('_').map(capitalized).collect()
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

fn uncapitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_lowercase().to_string() + letters.as_str()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use wireloom::serde::Serialize;

    use super::*;

    /// What serde's own derive makes of names by a rule, and what the rule makes of them here.
    macro_rules! names_by {
        ($rule:literal, fields [$($field:ident)*], variants [$($variant:ident)*]) => {{
            #[derive(Default, Serialize)]
            #[serde(crate = "wireloom::serde", rename_all = $rule)]
            struct Fields {
                $($field: u8),*
            }

            #[derive(Serialize)]
            #[serde(crate = "wireloom::serde", rename_all = $rule)]
            #[allow(non_camel_case_types, clippy::enum_variant_names, reason = "serde takes any name")]
            enum Variants {
                $($variant),*
            }

            let rule = Casing::named($rule).expect("it is a rule of serde");
            let fields = [$(rule.of_field(stringify!($field))),*];
            let variants = [$(rule.of_variant(stringify!($variant))),*];
            let theirs = json(&Fields::default());
            let wanted: Vec<String> = fields.iter().map(|name| format!("\"{name}\":0")).collect();
            assert_eq!(theirs, format!("{{{}}}", wanted.join(",")), "fields in {}", $rule);
            let theirs = json(&[$(Variants::$variant),*]);
            assert_eq!(theirs, format!("{variants:?}").replace(", ", ","), "variants in {}", $rule);
        }};
    }

    fn json(value: &impl Serialize) -> String {
        serde_json::to_string(value).expect("it is written")
    }

    /// Each rule over names that are in the case of their kind, and some that are not.
    macro_rules! rules {
        ($($rule:literal)*) => {
            $(names_by!(
                $rule,
                fields [id placed_at line_2 a_b_c placed__at _placed at_ placedAt café_Bar],
                variants [Id PlacedAt Line2 ABC URLPath placed_at Placed_At CaféBar]
            );)*
        };
    }

    #[test]
    #[allow(non_snake_case, clippy::upper_case_acronyms, reason = "serde takes any name")]
    fn names_are_those_of_serde() {
        rules!(
            "lowercase" "UPPERCASE" "PascalCase" "camelCase" "snake_case" "SCREAMING_SNAKE_CASE" "kebab-case"
            "SCREAMING-KEBAB-CASE"
        );
        assert_eq!(Casing::named("Title Case"), None);
    }

    #[test]
    fn unsaid_names_of_cases_are_in_snake_case() {
        for (name, expected) in [("OnHold", "on_hold"), ("on_hold", "on_hold"), ("On_Hold", "on_hold"), ("A1", "a1")] {
            assert_eq!(snake(name), expected);
        }
    }
}
