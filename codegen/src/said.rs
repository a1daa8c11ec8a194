//! Conditions, deprecations and who may call in the contract's own words, for documents that cannot say them otherwise.

use wireloom_idl::contract::{Access, Auth, Constraint, Deprecated, Literal, Operation, Service};

use crate::bind;

/// "Where value in 1..999 and unique."; nothing of no condition.
pub(crate) fn in_words<'c>(constraints: impl IntoIterator<Item = &'c Constraint>) -> Option<String> {
    let said: Vec<String> = constraints.into_iter().map(one).collect();
    (!said.is_empty()).then(|| format!("Where {}.", said.join(" and ")))
}

/// "Deprecated: use find (until 2030-01-01)."
pub(crate) fn deprecation(it: &Deprecated) -> String {
    let note = it.note.as_deref().map(|note| format!(": {note}")).unwrap_or_default();
    let until = it.until.as_deref().map(|until| format!(" (until {until})")).unwrap_or_default();
    format!("Deprecated{note}{until}.")
}

/// "who has the scope `write`, known by jwt or api_key": whom the contract lets call; none where that is everybody.
pub(crate) fn callers(service: &Service, operation: &Operation) -> Option<String> {
    let Auth::AnyOf { schemes, .. } = &service.auth else { return None };
    let schemes: Vec<&str> = schemes.iter().map(|scheme| scheme.as_str()).collect();
    let known = format!("known by {}", schemes.join(" or "));
    match &operation.access {
        Access::Public => None,
        Access::Service => Some(format!("who is {known}")),
        Access::Scopes(scopes) => {
            let noun = if scopes.len() == 1 { "scope" } else { "scopes" };
            Some(format!("who has the {noun} {}, {known}", bind::list(scopes)))
        }
        Access::Role(role) => Some(format!("who has the role `{role}`, {known}")),
    }
}

fn one(constraint: &Constraint) -> String {
    match constraint {
        Constraint::Length { min, max } => bounds("length", min.map(|it| it.to_string()), max.map(|it| it.to_string())),
        Constraint::Size { min, max } => bounds("size", min.map(|it| it.to_string()), max.map(|it| it.to_string())),
        Constraint::Value { min, max } => bounds("value", min.as_ref().map(literal), max.as_ref().map(literal)),
        Constraint::Matches(pattern) => format!("matches /{}/", pattern.replace('/', "\\/")),
        Constraint::OneOf(members) => {
            format!("one_of [{}]", members.iter().map(literal).collect::<Vec<_>>().join(", "))
        }
        Constraint::Format(format) => format!("format {}", format.as_str()),
        Constraint::MultipleOf(step) => format!("multiple_of {}", literal(step)),
        Constraint::Unique => "unique".to_owned(),
    }
}

fn bounds(word: &str, min: Option<String>, max: Option<String>) -> String {
    match (min, max) {
        (Some(min), Some(max)) => format!("{word} in {min}..{max}"),
        (Some(min), None) => format!("{word} >= {min}"),
        (None, Some(max)) => format!("{word} <= {max}"),
        (None, None) => word.to_owned(),
    }
}

/// As the contract writes it.
fn literal(value: &Literal) -> String {
    match value {
        Literal::Null => "null".to_owned(),
        Literal::Bool(value) => value.to_string(),
        Literal::Number(digits) => digits.clone(),
        Literal::Text(text) if is_seconds(text) => text.clone(),
        Literal::Text(text) => serde_json::Value::from(text.as_str()).to_string(),
        Literal::List(items) => format!("[{}]", items.iter().map(literal).collect::<Vec<_>>().join(", ")),
        Literal::Object(entries) => {
            let entries = entries.iter().map(|(name, value)| format!("{name}: {}", literal(value)));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

/// Whether that is a duration, which stands bare: `90s`.
fn is_seconds(text: &str) -> bool {
    text.strip_suffix('s').is_some_and(|seconds| seconds.parse::<f64>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_read_as_in_the_contract() {
        let text = |text: &str| Literal::Text(text.to_owned());
        let said = |constraint: Constraint| in_words([&constraint]).expect("there is one");
        assert_eq!(said(Constraint::Value { min: Some(text("0.5s")), max: None }), "Where value >= 0.5s.");
        assert_eq!(
            said(Constraint::Value { min: None, max: Some(text("2020-01-01")) }),
            "Where value <= \"2020-01-01\"."
        );
        assert_eq!(said(Constraint::OneOf(vec![text("a/b"), text("s")])), "Where one_of [\"a/b\", \"s\"].");
        assert_eq!(said(Constraint::Matches("^a/b$".to_owned())), "Where matches /^a\\/b$/.");
        assert_eq!(in_words([]), None);
    }
}
