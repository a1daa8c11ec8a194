//! What an editor asks of contracts, answered as plain data: text and places in, places and words out.
//!
//! [`Names`] is made of the trees of a run, broken or not; every answer is a method of it. Lowering is asked for nothing but
//! facts beside an answer ([`Hover`] shows wire numbers), so a contract in the middle of being typed is answered for as well.
//! Nothing here knows an editor's protocol, or what a wire's clauses mean: whoever does implements [`Clauses`].
//!
//! ```
//! use wireloom_idl::editor::{Names, NoClauses};
//! use wireloom_idl::lower::SourceTree;
//! use wireloom_idl::{SourceMap, syntax};
//!
//! let mut sources = SourceMap::new();
//! let file = sources.add("a.loom", "package a\nscalar Id: uuid\nrecord Order { id: Id }\n");
//! let (tree, _) = syntax::parse(file, sources[file].text());
//! let trees = [SourceTree { tree: &tree, folder: "", imported: false }];
//! let names = Names::new(&sources, &trees, &NoClauses);
//! let place = names.definition(file, 46).unwrap();
//! assert_eq!(sources.text(place), "Id");
//! ```

mod clauses;
mod completion;

mod declare;
mod folding;
mod hover;
mod mentions;
mod names;
mod outline;
mod places;
mod rename;

mod scope;
mod tokens;
mod types;
mod values;

pub use crate::syntax::POLICY_WORDS;
pub use clauses::{Clauses, Mention, NoClauses, Word};
pub use completion::{Completion, CompletionKind, Completions};
pub use folding::{Fold, FoldKind};
pub use hover::Hover;
pub use names::{Names, Symbol, SymbolId, SymbolKind, Use};
pub use outline::{Outline, SymbolHit};
pub use rename::{Numbered, Refusal, Rename};
pub use tokens::{Highlight, HighlightKind, KEYWORDS};
