//! Policies as text: a file of the service, a variable of the environment. TOML, each word as a contract has it.

mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize as _;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::layer::{Entry, Layer};
use super::names;
use super::place::{Place, Text};
use crate::policy::Settings;
use words::Said;

/// How long a text may be.
pub(super) const BYTES_MAX: usize = 1024 * 1024;

/// Words that are tables themselves.
const TABLES: [&str; 5] = ["retry", "hedge", "throttle", "breaker", "limit"];

/// What is wrong with a text, and where.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) place: Place,
    pub(super) what: String,
}

impl std::fmt::Display for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// Reads what is said of policies in a text, which is called that.
pub(super) fn read(source: Option<String>, text: &str) -> Result<Layer, Wrong> {
    let reader = Reader { text: Arc::new(Text { source, text: text.to_owned() }) };
    let told = DeTable::parse(text).map_err(|wrong| reader.wrong(&wrong, 0))?;
    let mut layer = Layer::default();
    // Words of all operations stand at the top, others below the name of whom they are about.
    let mut common = DeTable::new();
    for (name, said) in told.into_inner() {
        match said.get_ref() {
            DeValue::Table(words) if name.get_ref().contains('.') => {
                let words = words.clone();
                let entry = reader.entry(Some(&name), words)?;
                layer.put(name.get_ref(), entry);
            }
            DeValue::Table(_) if !TABLES.contains(&&**name.get_ref()) => return Err(reader.no_name(&name)),
            _ => drop(common.insert(name, said)),
        }
    }
    layer.put("", reader.entry(None, common)?);
    Ok(layer)
}

/// Reads one text.
struct Reader {
    text: Arc<Text>,
}

impl Reader {
    /// What is said of somebody, or of all.
    fn entry(&self, whom: Option<&Spanned<std::borrow::Cow<'_, str>>>, words: DeTable<'_>) -> Result<Entry, Wrong> {
        let about = |wrong: Wrong| match whom {
            Some(name) => Wrong { what: format!("`{}`: {}", name.get_ref(), wrong.what), ..wrong },
            None => wrong,
        };
        let at = whom.map_or(0, |name| name.span().start);
        let mut places = BTreeMap::new();
        self.find(&words, "", &mut places);
        let place = whom.map(|name| self.place(name.span().start));
        let words = ValueDeserializer::from(Spanned::new(at..at, DeValue::Table(words)));
        let said = Said::deserialize(words).map_err(|wrong| about(self.wrong(&wrong, at)))?;
        let entry = Entry { settings: Settings::from(said), place, words: places };
        entry.settings.check_alone().map_err(|wrong| {
            let place = entry.place_of(wrong.place()).cloned().unwrap_or_else(|| self.place(at));
            about(Wrong { place, what: wrong.to_string() })
        })?;
        Ok(entry)
    }

    /// Where each word stands, by its path.
    fn find(&self, words: &DeTable<'_>, path: &str, places: &mut BTreeMap<String, Place>) {
        for (word, said) in words {
            let path = match path {
                "" => word.get_ref().to_string(),
                path => format!("{path}.{}", word.get_ref()),
            };
            if let DeValue::Table(parts) = said.get_ref() {
                self.find(parts, &path, places);
            }
            places.insert(path, self.place(word.span().start));
        }
    }

    fn no_name(&self, table: &Spanned<std::borrow::Cow<'_, str>>) -> Wrong {
        let name = table.get_ref();
        let what = format!("`{name}` is no word of policies; a name stands in quotes: `[\"{name}.Orders\"]`");
        Wrong { place: self.place(table.span().start), what }
    }

    fn wrong(&self, wrong: &toml::de::Error, at: usize) -> Wrong {
        Wrong { place: self.place(wrong.span().map_or(at, |span| span.start)), what: hinted(wrong.message()) }
    }

    fn place(&self, at: usize) -> Place {
        Place { text: Arc::clone(&self.text), at }
    }
}

/// What serde says of a word that is none, with the one that is near: `` unknown field `hegde`, expected one of … ``.
fn hinted(message: &str) -> String {
    let mut words = message.split('`').skip(1).step_by(2);
    let near = match words.next().filter(|_| message.starts_with("unknown ")) {
        Some(unknown) => names::nearest(unknown, words.map(str::to_owned)),
        None => None,
    };
    near.map_or_else(|| message.to_owned(), |near| format!("{message}; did you mean `{near}`?"))
}
