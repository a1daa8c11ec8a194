//! What stands between commas, on lines of its own.

use super::flat::Part;
use super::layout::Layout;

/// How wide items are of which several stand on a line.
const SHORT_ITEM_MAX: usize = 10;

impl Layout<'_> {
    /// A line each, with this behind the last.
    pub(super) fn listed(&mut self, within: Part, comma: &str, write: fn(&mut Self, Part, usize)) {
        let items = self.flat.items(within);
        self.indented(|layout| {
            for (index, &item) in items.iter().enumerate() {
                let is_last = index + 1 == items.len();
                layout.newline();
                write(layout, item, 1);
                // Nothing may stand behind the base of a value.
                let is_base = layout.flat.is(item, item.from, "..");
                layout.write(if !is_last {
                    ","
                } else if is_base {
                    ""
                } else {
                    comma
                });
            }
        });
        self.newline();
    }

    /// Whether several of the items on a line are read as easily.
    pub(super) fn is_fillable(&self, within: Part) -> bool {
        let items = self.flat.items(within);
        items.len() > 1 && items.iter().all(|&item| self.flat.width(item) <= SHORT_ITEM_MAX && !self.flat.breaks(item))
    }

    /// As many on a line as fit.
    pub(super) fn filled(&mut self, within: Part) {
        let items = self.flat.items(within);
        self.indented(|layout| {
            layout.newline();
            for (index, &item) in items.iter().enumerate() {
                match index {
                    0 => {}
                    _ if layout.fits(item, 2) => layout.write(" "),
                    _ => layout.newline(),
                }
                layout.copy(item);
                layout.write(",");
            }
        });
        self.newline();
    }

    /// What stands in a list of values: an argument, an element, a field.
    pub(super) fn value_item(&mut self, item: Part, tail: usize) {
        match self.flat.find(item, ":").filter(|_| !self.fits(item, tail)) {
            Some(colon) => {
                self.copy_up_to(item, colon + 1);
                self.expression(Part::new(colon + 1, item.to), tail);
            }
            None => self.expression(item, tail),
        }
    }

    /// What stands in a list of types: a parameter of a function, or an argument of a type.
    pub(super) fn type_item(&mut self, item: Part, tail: usize) {
        match self.flat.find(item, "=").filter(|_| !self.fits(item, tail)) {
            Some(equals) => {
                self.copy_up_to(item, equals + 1);
                self.ty(Part::new(equals + 1, item.to), tail);
            }
            None => self.field(item, tail),
        }
    }
}
