//! Tokens as one line of text, with the place of each: how wide a part is on a line, and whether it may stand on one, are two
//! subtractions.

/// A run of tokens, by their places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) from: usize,
    pub(super) to: usize,
}

impl Part {
    pub(super) fn new(from: usize, to: usize) -> Part {
        Part { from, to }
    }

    pub(super) fn is_empty(self) -> bool {
        self.from >= self.to
    }
}

/// What a token is, as far as laying it out goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, a keyword or a lifetime.
    Word,
    /// A literal.
    Literal,
    /// A line of documentation.
    Doc,
    /// An operator between two operands.
    Infix,
    /// An operator before its operand.
    Prefix,
    /// What separates and joins: `,` `::` `=>` `.` and the like.
    Mark,
    Open(Bracket),
    Close(Bracket),
}

/// What stands around others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bracket {
    Round,
    Square,
    /// The fields of a value or pattern.
    Fields,
    /// Statements, items, members or arms.
    Block,
    Angle,
    /// The parameters of a closure.
    Bars,
}

/// One token in the line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// Of a bracket, the place of its partner.
    pub(super) partner: usize,
    pub(super) start: usize,
    pub(super) end: usize,
    /// How many of the tokens up to here must not stand on one line with what is before them.
    pub(super) breaks: usize,
}

/// The line and its tokens.
#[derive(Debug, Default)]
pub(super) struct Flat {
    pub(super) text: String,
    pub(super) tokens: Vec<Token>,
}

impl Flat {
    pub(super) fn whole(&self) -> Part {
        Part::new(0, self.tokens.len())
    }

    pub(super) fn kind(&self, at: usize) -> Kind {
        self.tokens[at].kind
    }

    pub(super) fn partner(&self, at: usize) -> usize {
        self.tokens[at].partner
    }

    /// What stands within a bracket.
    pub(super) fn within(&self, open: usize) -> Part {
        Part::new(open + 1, self.partner(open))
    }

    pub(super) fn token(&self, at: usize) -> &str {
        &self.text[self.tokens[at].start..self.tokens[at].end]
    }

    /// Whether the part has a token there, and this one.
    pub(super) fn is(&self, part: Part, at: usize, text: &str) -> bool {
        at < part.to && self.token(at) == text
    }

    pub(super) fn text(&self, part: Part) -> &str {
        if part.is_empty() { "" } else { &self.text[self.tokens[part.from].start..self.tokens[part.to - 1].end] }
    }

    pub(super) fn width(&self, part: Part) -> usize {
        if part.is_empty() { 0 } else { self.tokens[part.to - 1].end - self.tokens[part.from].start }
    }

    /// Whether the part must not stand on one line.
    pub(super) fn breaks(&self, part: Part) -> bool {
        !part.is_empty() && self.tokens[part.to - 1].breaks > self.tokens[part.from].breaks
    }

    /// Keeps what stands before a token and what begins with it from one line.
    pub(super) fn break_before(&mut self, at: usize) {
        self.tokens[at..].iter_mut().for_each(|token| token.breaks += 1);
    }

    /// The place behind the token, or behind its partner where it opens a bracket.
    pub(super) fn behind(&self, at: usize) -> usize {
        match self.kind(at) {
            Kind::Open(_) => self.partner(at) + 1,
            _ => at + 1,
        }
    }

    /// The places of a part's own tokens: those within its brackets are left out, the brackets themselves are not.
    pub(super) fn own(&self, part: Part) -> impl DoubleEndedIterator<Item = usize> + '_ {
        Own { flat: self, part }
    }

    /// The first of the part's own tokens that is this mark.
    pub(super) fn find(&self, part: Part, mark: &str) -> Option<usize> {
        self.own(part).find(|&at| self.kind(at) == Kind::Mark && self.token(at) == mark)
    }

    /// The parts between the commas.
    pub(super) fn items(&self, part: Part) -> Vec<Part> {
        let mut items = Vec::new();
        let mut from = part.from;
        for at in self.own(part) {
            if self.kind(at) == Kind::Mark && self.token(at) == "," {
                items.push(Part::new(from, at));
                from = at + 1;
            }
        }
        if from < part.to {
            items.push(Part::new(from, part.to));
        }
        items
    }
}

/// See [`Flat::own`]; of a bracket it gives where it opens, from either side.
struct Own<'a> {
    flat: &'a Flat,
    part: Part,
}

impl Iterator for Own<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let at = (!self.part.is_empty()).then_some(self.part.from)?;
        self.part.from = self.flat.behind(at);
        Some(at)
    }
}

impl DoubleEndedIterator for Own<'_> {
    fn next_back(&mut self) -> Option<usize> {
        let at = (!self.part.is_empty()).then(|| self.part.to - 1)?;
        self.part.to = match self.flat.kind(at) {
            Kind::Close(_) => self.flat.partner(at),
            _ => at,
        };
        Some(self.part.to)
    }
}
