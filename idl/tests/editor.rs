//! What an editor is answered: a place is marked with `$0`, files begin with `// file name`.

#[path = "editor/completion.rs"]
mod completion;
#[path = "editor/door.rs"]
mod door;
#[path = "editor/everywhere.rs"]
mod everywhere;
#[path = "editor/hover.rs"]
mod hover;
#[path = "editor/outline.rs"]
mod outline;
#[path = "editor/places.rs"]
mod places;
#[path = "editor/rename.rs"]
mod rename;
