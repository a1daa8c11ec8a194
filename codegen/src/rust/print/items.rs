//! Declarations: what stands before a block, and statements and constants, which have none.

use super::entries::Holds;
use super::flat::{Bracket, Kind, Part};
use super::layout::Layout;

impl Layout<'_> {
    /// An item, a member or a statement, with so much behind it.
    pub(super) fn item(&mut self, part: Part, tail: usize) {
        match self.declares(part) {
            Some(at) => self.declaration(part, at, tail),
            None => self.statement(part, tail),
        }
    }

    /// The word that says what is declared.
    fn declares(&self, part: Part) -> Option<usize> {
        let words = self.flat.own(part).filter(|&at| self.flat.kind(at) != Kind::Open(Bracket::Round));
        for at in words {
            match self.flat.token(at) {
                "pub" | "async" | "const" | "unsafe" => {}
                "fn" | "impl" | "trait" | "mod" | "struct" | "enum" => return Some(at),
                _ => return None,
            }
        }
        None
    }

    fn declaration(&mut self, part: Part, keyword: usize, tail: usize) {
        let find = |kind| self.flat.own(part).find(|&at| self.flat.kind(at) == kind);
        let block = find(Kind::Open(Bracket::Block));
        let header = Part::new(part.from, block.unwrap_or(part.to));
        let bounds = self.flat.own(header).find(|&at| self.flat.token(at) == "where");
        let head = Part::new(part.from, bounds.unwrap_or(header.to));
        let tail = match block {
            _ if bounds.is_some() => 0,
            Some(open) if self.flat.within(open).is_empty() => " {}".len(),
            Some(_) => " {".len(),
            None => tail,
        };
        let holds = match self.flat.token(keyword) {
            "fn" => Holds::Statements,
            "mod" => Holds::Items,
            "struct" | "enum" => Holds::Fields,
            _ => Holds::Members,
        };
        let is_split = match holds {
            _ if self.fits(head, tail) => {
                self.copy(head);
                false
            }
            Holds::Statements => self.signature(head, tail),
            _ => self.implementation(head),
        };
        if let Some(at) = bounds {
            let all = Part::new(at + 1, header.to);
            if block.is_some_and(|open| self.flat.within(open).is_empty()) && self.bound_by_one(all) {
                return self.write(" {}");
            }
            self.bounds(all);
        }
        if let Some(open) = block {
            if is_split || bounds.is_some() {
                self.newline()
            } else {
                self.write(" ")
            }
            self.block(open, holds);
        }
    }

    /// A function's, with a line a parameter. Says whether its block wants a new line.
    fn signature(&mut self, head: Part, tail: usize) -> bool {
        let Some(open) = self.flat.own(head).find(|&at| self.flat.kind(at) == Kind::Open(Bracket::Round)) else {
            self.copy(head);
            return false;
        };
        let (within, close) = (self.flat.within(open), self.flat.partner(open));
        self.copy(Part::new(head.from, open + 1));
        if !within.is_empty() {
            self.listed(within, ",", Self::type_item);
        }
        let Some(arrow) = self.flat.find(Part::new(close, head.to), "->") else {
            self.copy(Part::new(close, head.to));
            return false;
        };
        self.copy_up_to(Part::new(close, head.to), arrow + 1);
        self.ty(Part::new(arrow + 1, head.to), tail);
        false
    }

    /// `impl … for …` on two lines.
    fn implementation(&mut self, head: Part) -> bool {
        let target = self.flat.own(head).find(|&at| self.flat.token(at) == "for");
        let Some(target) = target else {
            self.copy(head);
            return false;
        };
        self.copy(Part::new(head.from, target));
        self.indented(|layout| {
            layout.newline();
            layout.copy(Part::new(target, head.to));
        });
        true
    }

    /// A single bound of what has no body stands on the line, if it fits.
    fn bound_by_one(&mut self, part: Part) -> bool {
        let [only] = self.flat.items(part)[..] else { return false };
        let fits = self.fits(only, " where  {}".len());
        if fits {
            self.write(" where ");
            self.copy(only);
        }
        fits
    }

    fn bounds(&mut self, part: Part) {
        self.newline();
        self.write("where");
        self.indented(|layout| {
            for bound in layout.flat.items(part) {
                layout.newline();
                layout.operands(bound, "+", 1);
                layout.write(",");
            }
        });
    }

    fn statement(&mut self, part: Part, tail: usize) {
        let is_assignment = |&at: &usize| {
            self.flat.kind(at) == Kind::Mark && matches!(self.flat.token(at), "=" | "+=" | "-=" | "*=" | "/=")
        };
        // The `=` of `if let` is within what the statement begins with.
        let is_control = matches!(self.flat.token(part.from), "if" | "while");
        match self.flat.own(part).find(is_assignment).filter(|_| !is_control) {
            Some(equals) => self.assignment(part, equals, tail),
            None => self.expression(part, tail),
        }
    }

    /// The value stays on the line if it begins there well; else it has the next, if that gains something.
    pub(super) fn assignment(&mut self, part: Part, equals: usize, tail: usize) {
        if self.fits(part, tail) {
            return self.copy(part);
        }
        self.copy(Part::new(part.from, equals + 1));
        let value = Part::new(equals + 1, part.to);
        let is_type = self.flat.token(part.from) == "type";
        let is_on_next = !self.fits(value, tail + 1) && (self.fits_on_next(value, tail) || !self.begins_well(value));
        let write = |layout: &mut Self| if is_type { layout.ty(value, tail) } else { layout.expression(value, tail) };
        if is_on_next {
            self.indented(|layout| {
                layout.newline();
                write(layout);
            });
        } else {
            self.write(" ");
            write(self);
        }
    }

    /// A field of a struct, a variant of an enum, or a parameter: `name: Type`.
    pub(super) fn field(&mut self, part: Part, tail: usize) {
        if self.fits(part, tail) {
            return self.copy(part);
        }
        let Some(colon) = self.flat.find(part, ":") else { return self.ty(part, tail) };
        self.copy(Part::new(part.from, colon + 1));
        let ty = Part::new(colon + 1, part.to);
        if self.fits_on_next(ty, tail) {
            self.indented(|layout| {
                layout.newline();
                layout.copy(ty);
            });
        } else {
            self.write(" ");
            self.ty(ty, tail);
        }
    }

    /// A type; one too long for the line is broken between its bounds, or within its parameters.
    pub(super) fn ty(&mut self, part: Part, tail: usize) {
        if self.fits(part, tail) {
            return self.copy(part);
        }
        let first = self.flat.own(part).find(|&at| self.flat.kind(at) == Kind::Infix);
        if let Some(plus) = first.filter(|&plus| self.fits(Part::new(part.from, plus), 0)) {
            return self.lines(part, plus);
        }
        let open = self.flat.own(part).find(|&at| self.flat.kind(at) == Kind::Open(Bracket::Angle));
        let Some(open) = open.filter(|&open| !self.flat.within(open).is_empty()) else { return self.copy(part) };
        self.copy(Part::new(part.from, open + 1));
        self.listed(self.flat.within(open), ",", Self::type_item);
        self.copy(Part::new(self.flat.partner(open), part.to));
    }

    /// A line for each operand, from this operator on.
    pub(super) fn lines(&mut self, part: Part, first: usize) {
        let mut from = part.from;
        for at in self.flat.own(Part::new(first, part.to)).filter(|&at| self.flat.kind(at) == Kind::Infix) {
            self.copy(Part::new(from, at));
            self.newline();
            from = at;
        }
        self.copy(Part::new(from, part.to));
    }
}
