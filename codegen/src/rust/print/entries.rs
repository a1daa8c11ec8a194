//! What stands line by line: items in a file, members of an item, fields, arms, statements.

use super::flat::{Bracket, Kind, Part};
use super::layout::Layout;

/// What a block is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    Items,
    Members,
    Fields,
    Arms,
    Statements,
}

impl Layout<'_> {
    /// The block that opens there.
    pub(super) fn block(&mut self, open: usize, holds: Holds) {
        let within = self.flat.within(open);
        self.write("{");
        if !within.is_empty() {
            self.indented(|layout| {
                layout.newline();
                layout.entries(within, holds);
            });
            self.newline();
        }
        self.write("}");
    }

    pub(super) fn entries(&mut self, part: Part, holds: Holds) {
        let mut before = None;
        let mut from = part.from;
        while from < part.to {
            let entry = Part::new(from, self.entry_end(Part::new(from, part.to)));
            let is_tall = holds == Holds::Items || self.is_tall(entry);
            if let Some(was_tall) = before {
                if matches!(holds, Holds::Items | Holds::Members) && (was_tall || is_tall) {
                    self.blank_line();
                }
                self.newline();
            }
            self.entry(entry, holds);
            before = Some(is_tall);
            from = entry.to;
        }
    }

    /// Where the entry ends that the part begins with: behind `;` or `,`, or with its block.
    fn entry_end(&self, part: Part) -> usize {
        let mut in_where = false;
        for at in self.flat.own(part) {
            let behind = self.flat.behind(at);
            match self.flat.kind(at) {
                Kind::Open(Bracket::Block) if !self.goes_on(behind, part.to) => return behind,
                Kind::Mark if self.flat.token(at) == ";" => return behind,
                Kind::Mark if self.flat.token(at) == "," && !in_where => return behind,
                Kind::Word if self.flat.token(at) == "where" => in_where = true,
                _ => {}
            }
        }
        part.to
    }

    /// Whether what stands behind a block belongs to the same entry.
    fn goes_on(&self, at: usize, to: usize) -> bool {
        at < to
            && match self.flat.kind(at) {
                Kind::Infix => true,
                Kind::Mark => matches!(self.flat.token(at), "." | "?" | "," | ";"),
                Kind::Word => self.flat.token(at) == "else",
                _ => false,
            }
    }

    /// Whether a member stands apart from its neighbours: it is documented, marked, or has a body.
    fn is_tall(&self, entry: Part) -> bool {
        let is_marked = self.flat.kind(entry.from) == Kind::Doc || self.flat.is(entry, entry.from, "#");
        is_marked || self.flat.own(entry).any(|at| self.flat.kind(at) == Kind::Open(Bracket::Block))
    }

    fn entry(&mut self, entry: Part, holds: Holds) {
        let rest = self.marks(entry);
        if rest.is_empty() {
            return;
        }
        let last = Part::new(rest.to - 1, rest.to);
        let is_separated = self.flat.kind(last.from) == Kind::Mark && matches!(self.flat.token(last.from), "," | ";");
        let (body, separator) =
            if is_separated { (Part::new(rest.from, last.from), last) } else { (rest, Part::new(0, 0)) };
        match holds {
            Holds::Fields => {
                self.field(body, 1);
                self.write(",");
            }
            Holds::Arms => self.arm(body),
            Holds::Items | Holds::Members | Holds::Statements => {
                self.item(body, self.flat.width(separator));
                self.copy(separator);
            }
        }
    }

    /// Documentation and attributes, a line each; what is behind them is left.
    fn marks(&mut self, entry: Part) -> Part {
        let mut at = entry.from;
        loop {
            if at < entry.to && self.flat.kind(at) == Kind::Doc {
                self.copy(Part::new(at, at + 1));
                at += 1;
            } else if self.flat.is(entry, at, "#") {
                let behind = self.flat.behind(at + 1);
                self.attribute(Part::new(at, behind));
                at = behind;
            } else {
                return Part::new(at, entry.to);
            }
            self.newline();
        }
    }

    /// `#[…]`; derives fill their lines, other arguments have one each.
    fn attribute(&mut self, part: Part) {
        let arguments =
            self.flat.own(self.flat.within(part.from + 1)).find(|&at| self.flat.kind(at) == Kind::Open(Bracket::Round));
        let is_derive = self.flat.is(part, part.from + 2, "derive");
        match arguments {
            // rustfmt sees a derive as if it had a comma at its end.
            Some(open) if !self.fits(part, if is_derive { 2 } else { 0 }) => {
                self.copy(Part::new(part.from, open + 1));
                match is_derive {
                    true => self.filled(self.flat.within(open)),
                    false => self.listed(self.flat.within(open), "", Self::value_item),
                }
                self.copy(Part::new(self.flat.partner(open), part.to));
            }
            _ => self.copy(part),
        }
    }

    fn arm(&mut self, part: Part) {
        let Some(arrow) = self.flat.find(part, "=>") else { return self.copy(part) };
        self.pattern(Part::new(part.from, arrow));
        self.write(" => ");
        let body = Part::new(arrow + 1, part.to);
        match self.flat.kind(body.from) {
            Kind::Open(Bracket::Block) if self.flat.behind(body.from) == body.to => {
                self.block(body.from, Holds::Statements)
            }
            _ => {
                self.expression(body, 1);
                self.write(",");
            }
        }
    }

    /// Alternatives too long for a line have one each.
    fn pattern(&mut self, part: Part) {
        if self.fits(part, " => {".len()) { self.copy(part) } else { self.lines(part, part.from) }
    }
}
