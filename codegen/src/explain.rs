//! Mappings as a table for people.

use wireloom_idl::Contract;

use crate::mapping::{self, Kind, Mapping, OnWire, Row};
use crate::{Wires, bind};

/// Lines are no longer than this, as far as words allow.
const COLUMNS: usize = 100;
/// Words have so much room, which all but a few need: tables of one service then line up.
const WORD: usize = 10;

/// The mapping of `Orders.place`, `Orders.OrderPlaced` or all of `Orders` over every wire, as a table; `None` where nothing has that
/// name. [`mapping::named`] has the same as data.
///
/// ```
/// let text = "package shop\nservice Orders { public get(id: uuid) -> string safe }\nbind Orders to rest";
/// let (contract, _) = wireloom_codegen::load::load_text("shop.loom", text.as_bytes()).lower();
/// assert!(wireloom_codegen::explain(&contract, "Orders.get").unwrap().contains("GET /orders/get"));
/// ```
pub fn explain(contract: &Contract, name: &str) -> Option<String> {
    let (views, _) = bind::bind(contract, Wires::default());
    let found: Vec<String> = mapping::named(contract, &views, name).iter().map(table).collect();
    (!found.is_empty()).then(|| found.join("\n"))
}

/// A mapping as a table: a word and what it says a line, with what belongs to a wire below it.
pub fn table(mapping: &Mapping) -> String {
    let kind = match mapping.kind {
        Kind::Operation => "operation",
        Kind::Event => "event",
        Kind::Handler => "handler",
    };
    let mut lines = vec![(kind.to_owned(), mapping.name.clone())];
    lines.extend(mapping.facts.iter().map(|row| (row.what.to_owned(), text(row))));
    for wire in &mapping.wires {
        lines.push((wire.wire.clone(), place(wire)));
        lines.extend(wire.rows.iter().map(|row| (format!("  {}", row.what), text(row))));
    }
    let width = lines.iter().map(|(word, _)| word.len()).fold(WORD, usize::max);
    lines.iter().map(|(word, text)| wrapped(&format!("{word:width$}  "), text)).collect()
}

fn place(wire: &OnWire) -> String {
    let Some(place) = &wire.place else { return "not carried".to_owned() };
    let notes = [(wire.derived, "derived"), (!wire.generated, "not generated yet")];
    let notes: Vec<&str> = notes.into_iter().filter(|(holds, _)| *holds).map(|(_, note)| note).collect();
    if notes.is_empty() { place.clone() } else { format!("{place} ({})", notes.join(", ")) }
}

fn text(row: &Row) -> String {
    match &row.name {
        Some(name) => format!("{name}: {}", row.says),
        None => row.says.clone(),
    }
}

/// The text behind its word, in lines that begin below each other.
fn wrapped(word: &str, text: &str) -> String {
    let mut lines = vec![word.to_owned()];
    let indent = " ".repeat(word.len());
    for piece in text.split(' ') {
        let line = lines.last().map_or("", String::as_str);
        let is_empty = line.len() == indent.len();
        if !is_empty && line.chars().count() + 1 + piece.chars().count() > COLUMNS {
            lines.push(indent.clone());
        }
        let line = lines.last_mut().expect("there is a first line");
        if line.len() > indent.len() {
            line.push(' ');
        }
        line.push_str(piece);
    }
    lines.iter().map(|line| line.trim_end().to_owned() + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn long_texts_go_on_below_themselves() {
        let text = "word ".repeat(30);
        let lines = wrapped("input  ", text.trim_end());
        assert!(lines.lines().all(|line| line.len() <= 100), "{lines}");
        assert_eq!(lines.lines().nth(1).map(|line| &line[..11]), Some("       word"));
        assert_eq!(wrapped("a  ", ""), "a\n");
    }
}
