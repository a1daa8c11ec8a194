//! The syntax half of the crate: lexer, parser, messages, formatter, drawing.

#[path = "syntax/broken.rs"]
mod broken;
#[path = "syntax/comments.rs"]
mod comments;
#[path = "syntax/corpus.rs"]
mod corpus;
#[path = "syntax/explanations.rs"]
mod explanations;
#[path = "syntax/formatter.rs"]
mod formatter;
#[path = "syntax/limits.rs"]
mod limits;
#[path = "syntax/properties.rs"]
mod properties;
#[path = "syntax/render.rs"]
mod render;
#[path = "syntax/support.rs"]
mod support;
