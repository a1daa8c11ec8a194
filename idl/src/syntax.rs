//! Text to tree: the first phase.
//!
//! [`parse`] takes the text of one file and gives its [`SyntaxTree`] and everything there is to say about the text. It
//! never fails and never panics, whatever the text; what cannot be understood costs the member it stands in and nothing
//! else. A lexer of our own finds where items and members begin, pest reads them; pest decides neither where a mistake
//! is nor how it is told, and nothing outside this module knows of it. No name is resolved here.

mod brackets;
mod characters;
mod conflicts;
mod convert;
mod docs;
mod explain;
mod grammar;
mod habits;
pub mod lexer;
mod limits;
mod members;
mod next;
mod parse;
mod reparse;
mod report;
mod split;
pub mod tree;
mod view;

pub(crate) use characters::is_forbidden;
pub(crate) use habits::{NOTHING, container, is_byte, is_result, meant};
pub use members::POLICY_WORDS;
pub(crate) use next::{Next, Thing, next};
pub use parse::{parse, reparse};
pub(crate) use split::ITEM_WORDS;
pub use tree::SyntaxTree;
