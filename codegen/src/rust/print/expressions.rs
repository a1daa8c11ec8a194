//! Expressions: each on one line where it fits, else broken where its kind is.

use super::entries::Holds;
use super::flat::{Bracket, Kind, Part};
use super::flatten::{CALL_WIDTH_MAX, CHAIN_WIDTH_MAX};
use super::layout::Layout;

impl Layout<'_> {
    /// An expression, with so much behind it.
    pub(super) fn expression(&mut self, part: Part, tail: usize) {
        if part.is_empty() || self.fits(part, tail) {
            return self.copy(part);
        }
        if self.is_control(part.from) {
            return self.control(part);
        }
        if let Some(body) = self.closure_body(part) {
            self.copy_up_to(part, body);
            return self.expression(Part::new(body, part.to), tail);
        }
        if let Some(operator) = self.loosest(part) {
            return self.operands(part, operator, tail);
        }
        let is_prefixed = self.flat.kind(part.from) == Kind::Prefix
            || matches!(self.flat.token(part.from), "return" | "break" | "mut" | "..");
        if is_prefixed {
            self.copy_up_to(part, part.from + 1);
            return self.expression(Part::new(part.from + 1, part.to), tail);
        }
        match self.flat.find(part, ".") {
            Some(_) => self.chain(part, tail),
            None => self.bracketed(part, tail),
        }
    }

    fn is_control(&self, at: usize) -> bool {
        let kind = self.flat.kind(at);
        kind == Kind::Open(Bracket::Block)
            || matches!(self.flat.token(at), "if" | "match" | "for" | "while" | "loop" | "async")
    }

    /// Blocks and what stands before and behind them.
    fn control(&mut self, part: Part) {
        let mut rest = part;
        while let Some(open) = self.flat.own(rest).find(|&at| self.flat.kind(at) == Kind::Open(Bracket::Block)) {
            let head = Part::new(rest.from, open);
            let holds = if self.flat.is(head, head.from, "match") { Holds::Arms } else { Holds::Statements };
            self.copy(head);
            if !head.is_empty() {
                self.write(" ");
            }
            self.block(open, holds);
            rest = Part::new(self.flat.behind(open), part.to);
            if !self.flat.is(rest, rest.from, "else") {
                break;
            }
            self.write(" ");
        }
        self.copy(rest);
    }

    /// Where the body of a closure begins, if the part is one.
    fn closure_body(&self, part: Part) -> Option<usize> {
        let bars = if self.flat.is(part, part.from, "move") { part.from + 1 } else { part.from };
        let opens = self.flat.kind(bars) == Kind::Open(Bracket::Bars) || self.flat.is(part, bars, "||");
        opens.then(|| self.flat.behind(bars))
    }

    /// Operators that stand between operands of this part. Those within a closure are its own.
    fn infixes(&self, part: Part) -> impl Iterator<Item = usize> + '_ {
        let own = self.flat.own(part).take_while(|&at| self.flat.kind(at) != Kind::Open(Bracket::Bars));
        own.filter(|&at| self.flat.kind(at) == Kind::Infix)
    }

    fn loosest(&self, part: Part) -> Option<&'static str> {
        let all = ["||", "&&", "==", "!=", "<", "<=", ">", ">=", "|", "^", "&", "+", "-", "*", "/", "%"];
        let strength = |at: usize| all.iter().position(|operator| *operator == self.flat.token(at));
        self.infixes(part).filter_map(strength).min().map(|strength| all[strength])
    }

    /// The operands between these operators, a line each.
    pub(super) fn operands(&mut self, part: Part, operator: &str, tail: usize) {
        if self.fits(part, tail) {
            return self.copy(part);
        }
        let places: Vec<usize> = self.infixes(part).filter(|&at| self.flat.token(at) == operator).collect();
        let first = places.first().copied().unwrap_or(part.to);
        self.expression(Part::new(part.from, first), 0);
        self.indented(|layout| {
            for (index, &at) in places.iter().enumerate() {
                let (to, tail) = places.get(index + 1).map_or((part.to, tail), |&next| (next, 0));
                layout.newline();
                layout.copy_up_to(Part::new(at, to), at + 1);
                layout.expression(Part::new(at + 1, to), tail);
            }
        });
    }

    /// Whether what the value begins with fits on the line, up to where the value is broken.
    pub(super) fn begins_well(&self, value: Part) -> bool {
        let end = match self.loosest(value) {
            Some(operator) => self.infixes(value).find(|&at| self.flat.token(at) == operator).unwrap_or(value.to),
            None => match self.flat.own(value).find(|&at| self.is_broken_at(at)) {
                Some(open) => open + 1,
                None => value.to,
            },
        };
        self.is_room(1 + self.flat.width(Part::new(value.from, end)))
    }

    fn is_broken_at(&self, at: usize) -> bool {
        let is_bracket =
            matches!(self.flat.kind(at), Kind::Open(bracket) if !matches!(bracket, Bracket::Angle | Bracket::Bars));
        is_bracket && !self.flat.within(at).is_empty()
    }

    /// Fields and methods of an operand, a line each, but for what is as short as an indentation.
    fn chain(&mut self, part: Part, tail: usize) {
        let mut dots: Vec<usize> = self.flat.own(part).filter(|&at| self.flat.token(at) == ".").collect();
        let last = dots[dots.len() - 1];
        if self.hugs_last(part, last, dots.len()) {
            self.copy(Part::new(part.from, last));
            return self.bracketed(Part::new(last, part.to), tail);
        }
        while dots.first().is_some_and(|&dot| self.flat.width(Part::new(part.from, dot)) <= Self::indentation()) {
            dots.remove(0);
        }
        let root = Part::new(part.from, dots.first().copied().unwrap_or(part.to));
        if dots.is_empty() {
            return self.bracketed(root, tail);
        }
        let links = |layout: &mut Self| {
            for (index, &dot) in dots.iter().enumerate() {
                let (to, tail) = dots.get(index + 1).map_or((part.to, tail), |&next| (next, 0));
                let link = Part::new(dot, to);
                layout.newline();
                if layout.fits(link, tail) { layout.copy(link) } else { layout.bracketed(link, tail) }
            }
        };
        if self.fits(root, 0) {
            self.copy(root);
            self.indented(links);
        } else {
            self.bracketed(root, 0);
            links(self);
        }
    }

    /// Whether all but the arguments of the last method stay on the line.
    fn hugs_last(&self, part: Part, last: usize, links: usize) -> bool {
        let before = Part::new(part.from, last);
        let Some(open) = self.opens_last(Part::new(last, part.to)) else { return false };
        let (within, head) = (self.flat.within(open), Part::new(part.from, open + 1));
        let arguments = self.flat.items(within).len();
        let is_broken =
            self.flat.breaks(within) || arguments > 2 || (arguments == 2 && self.flat.width(within) > CALL_WIDTH_MAX);
        is_broken
            && self.fits(before, self.flat.width(head) - self.flat.width(before))
            && (links == 1 || self.flat.width(head) <= CHAIN_WIDTH_MAX)
    }

    /// The last bracket of the part that can be broken.
    fn opens_last(&self, part: Part) -> Option<usize> {
        self.flat.own(part).rev().find(|&at| self.is_broken_at(at))
    }

    /// What ends with a bracket: a call, a value of fields, an array.
    fn bracketed(&mut self, part: Part, tail: usize) {
        let Some(open) = self.opens_last(part) else { return self.copy(part) };
        let close = self.flat.partner(open);
        let rest = Part::new(close, part.to);
        self.copy(Part::new(part.from, open + 1));
        let tail = tail + self.flat.width(rest);
        let within = self.flat.within(open);
        let comma = if open > part.from && self.flat.token(open - 1) == "!" { "" } else { "," };
        match self.flat.kind(open) {
            Kind::Open(Bracket::Round) if self.hugs(within) => self.hugged(within, tail),
            Kind::Open(Bracket::Round) if open == part.from && self.flat.find(within, ",").is_none() => {
                self.expression(within, tail);
            }
            Kind::Open(Bracket::Round | Bracket::Square) if self.is_fillable(within) => self.filled(within),
            _ => self.listed(within, comma, Self::value_item),
        }
        self.copy(rest);
    }

    /// Whether the arguments stay on the lines of their call: a closure at the end, or one that is a call or a block itself.
    fn hugs(&self, within: Part) -> bool {
        let items = self.flat.items(within);
        let Some((&last, others)) = items.split_last() else { return false };
        if others.is_empty() {
            return self.begins_call(last);
        }
        let Some(body) = self.closure_body(last).filter(|&body| self.is_control(body)) else { return false };
        let block =
            self.flat.own(Part::new(body, last.to)).find(|&at| self.flat.kind(at) == Kind::Open(Bracket::Block));
        let head = Part::new(within.from, block.map_or(last.to, |block| block + 1));
        self.flat.width(head) <= CALL_WIDTH_MAX && self.fits(head, 0)
    }

    fn begins_call(&self, part: Part) -> bool {
        if matches!(self.flat.kind(part.from), Kind::Prefix) || self.flat.is(part, part.from, "mut") {
            return self.begins_call(Part::new(part.from + 1, part.to));
        }
        if self.is_control(part.from) || self.closure_body(part).is_some() {
            return true;
        }
        let is_one = self.flat.find(part, ".").is_none() && self.loosest(part).is_none();
        let open = self.opens_last(part).filter(|_| is_one);
        open.is_some_and(|open| self.is_room(self.flat.width(Part::new(part.from, open + 1))))
    }

    fn hugged(&mut self, within: Part, tail: usize) {
        let items = self.flat.items(within);
        let Some(&last) = items.last() else { return };
        if last.from > within.from {
            self.copy_up_to(within, last.from);
        }
        self.expression(last, tail);
    }
}
