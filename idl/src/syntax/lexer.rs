//! Text to tokens: small, lossless, never failing.
//!
//! In goes any text, out come [`Token`]s that cover every byte of it, in order and without gaps; what the language does
//! not know is a token too ([`TokenKind::Unknown`]). The lexer reports nothing: [`super::parse`] looks at the kinds that
//! are mistakes and says so. It knows no keyword but `matches`, behind which `/` begins a regex.

/// A piece of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
}

impl Token {
    /// The bytes of the token, to slice the text with.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Whether the token means something: neither blank nor comment nor documentation.
    pub fn is_significant(self) -> bool {
        !matches!(self.kind, TokenKind::Blank | TokenKind::Comment | TokenKind::Doc)
    }
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// Blanks, tabs and line breaks.
    Blank,
    /// `// …` to the end of the line.
    Comment,
    /// `/// …` to the end of the line.
    Doc,
    /// An identifier or keyword.
    Word,
    /// A name in backticks.
    Quoted,
    /// A number, perhaps with a unit: `1_000`, `-1.5`, `250ms`, `200/s`, `10%`.
    Number,
    /// `"…"`
    Text,
    /// `"…` that does not end on its line.
    OpenText,
    /// `/…/` behind `matches`.
    Regex,
    /// `/…` behind `matches` that does not end on its line.
    OpenRegex,
    /// `{`
    LeftBrace,
    /// `}`
    RightBrace,
    /// `[`
    LeftBracket,
    /// `]`
    RightBracket,
    /// `(`
    LeftParen,
    /// `)`
    RightParen,
    /// `<`
    Less,
    /// `>`
    Greater,
    /// `,`
    Comma,
    /// `:`
    Colon,
    /// `.`, `..` or `...`
    Dots,
    /// `@`
    At,
    /// `->`
    Arrow,
    /// `=`, `==`, `!=`, `<=`, `>=` and `?`
    Sign,
    /// A run of letters and digits, not all of them ASCII.
    Foreign,
    /// Any other character.
    Unknown,
}

/// Cuts a text into tokens.
pub fn lex(text: &str) -> Vec<Token> {
    let mut lexer = Lexer { text, at: 0, regex_may_follow: false };
    let mut tokens = Vec::with_capacity(text.len() / 4);
    while lexer.at < text.len() {
        let start = lexer.at;
        let kind = lexer.token();
        tokens.push(Token { kind, start: start as u32, end: lexer.at as u32 });
    }
    tokens
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    regex_may_follow: bool,
}

impl Lexer<'_> {
    fn token(&mut self) -> TokenKind {
        let start = self.at;
        let kind = match self.peek(0) {
            b' ' | b'\t' | b'\r' | b'\n' => self.run(TokenKind::Blank, |byte| b" \t\r\n".contains(&byte)),
            b'/' if self.peek(1) == b'/' => self.comment(),
            b'/' if self.regex_may_follow => self.closed_by(b'/', TokenKind::Regex, TokenKind::OpenRegex),
            b'"' => self.closed_by(b'"', TokenKind::Text, TokenKind::OpenText),
            b'`' => self.quoted(),
            byte if byte == b'_' || byte.is_ascii_alphabetic() => self.word(),
            byte if byte.is_ascii_digit() || byte == b'-' && self.peek(1).is_ascii_digit() => self.number(),
            b'.' => self.dots(),
            b'-' if self.peek(1) == b'>' => self.take(TokenKind::Arrow, 2),
            b'=' | b'!' | b'<' | b'>' if self.peek(1) == b'=' => self.take(TokenKind::Sign, 2),
            byte => match punctuation(byte) {
                Some(kind) => self.take(kind, 1),
                None => self.foreign(),
            },
        };
        if !matches!(kind, TokenKind::Blank | TokenKind::Comment | TokenKind::Doc) {
            self.regex_may_follow = &self.text[start..self.at] == "matches";
        }
        kind
    }

    /// The byte `ahead` of the current place; 0 behind the end.
    fn peek(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.at + ahead).copied().unwrap_or(0)
    }

    fn take(&mut self, kind: TokenKind, bytes: usize) -> TokenKind {
        self.at += bytes;
        kind
    }

    fn run(&mut self, kind: TokenKind, belongs: impl Fn(u8) -> bool) -> TokenKind {
        while self.at < self.text.len() && belongs(self.peek(0)) {
            self.at += 1;
        }
        kind
    }

    /// A word; foreign letters in it make it foreign as a whole.
    fn word(&mut self) -> TokenKind {
        self.run(TokenKind::Word, is_word_byte);
        let next = self.text[self.at..].chars().next();
        if next.is_some_and(is_foreign) { self.foreign() } else { TokenKind::Word }
    }

    fn comment(&mut self) -> TokenKind {
        let rest = &self.text[self.at..];
        let line = rest.find('\n').map_or(rest, |end| &rest[..end]);
        self.at += line.trim_end_matches('\r').len();
        // `////` is a rule drawn across the page, not documentation.
        if line.starts_with("///") && !line.starts_with("////") { TokenKind::Doc } else { TokenKind::Comment }
    }

    /// Text between two equal bytes, where a backslash takes the next character with it.
    fn closed_by(&mut self, quote: u8, closed: TokenKind, open: TokenKind) -> TokenKind {
        self.at += 1;
        loop {
            match self.peek(0) {
                b'\n' | b'\r' => return open,
                0 if self.at >= self.text.len() => return open,
                b'\\' if !matches!(self.peek(1), b'\n' | b'\r') && self.at + 1 < self.text.len() => self.at += 2,
                byte if byte == quote => return self.take(closed, 1),
                _ => self.at += 1,
            }
            self.at = self.text.ceil_char_boundary(self.at);
        }
    }

    fn quoted(&mut self) -> TokenKind {
        let rest = &self.text.as_bytes()[self.at + 1..];
        let word = rest.iter().take_while(|&&byte| is_word_byte(byte)).count();
        if word > 0 && !rest[0].is_ascii_digit() && rest.get(word) == Some(&b'`') {
            return self.take(TokenKind::Quoted, word + 2);
        }
        self.take(TokenKind::Unknown, 1)
    }

    /// A number and what sticks to it, so that `3x` is one token and one mistake.
    fn number(&mut self) -> TokenKind {
        self.at += 1;
        self.run(TokenKind::Number, is_word_byte);
        if self.peek(0) == b'.' && self.peek(1).is_ascii_digit() {
            self.at += 1;
            self.run(TokenKind::Number, is_word_byte);
        }
        let exponent = matches!(self.text.as_bytes()[self.at - 1], b'e' | b'E');
        if exponent && matches!(self.peek(0), b'+' | b'-') && self.peek(1).is_ascii_digit() {
            self.at += 1;
            self.run(TokenKind::Number, is_word_byte);
        }
        match self.peek(0) {
            b'%' => self.at += 1,
            b'/' if self.peek(1).is_ascii_alphabetic() => {
                self.at += 1;
                self.run(TokenKind::Number, is_word_byte);
            }
            _ => {}
        }
        TokenKind::Number
    }

    fn dots(&mut self) -> TokenKind {
        let count = self.text.as_bytes()[self.at..].iter().take(3).take_while(|&&byte| byte == b'.').count();
        self.take(TokenKind::Dots, count)
    }

    /// A run of foreign letters is one mistake; any other character is one of its own.
    fn foreign(&mut self) -> TokenKind {
        let rest = &self.text[self.at..];
        let is_letter = |character: char| is_foreign(character) || u8::try_from(character).is_ok_and(is_word_byte);
        let letters = rest.find(|character| !is_letter(character)).unwrap_or(rest.len());
        if letters > 0 {
            return self.take(TokenKind::Foreign, letters);
        }
        self.at = self.text.ceil_char_boundary(self.at + 1);
        TokenKind::Unknown
    }
}

fn is_foreign(character: char) -> bool {
    !character.is_ascii() && character.is_alphanumeric()
}

/// Whether a byte may stand inside an identifier.
pub(super) fn is_word_byte(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric()
}

fn punctuation(byte: u8) -> Option<TokenKind> {
    Some(match byte {
        b'{' => TokenKind::LeftBrace,
        b'}' => TokenKind::RightBrace,
        b'[' => TokenKind::LeftBracket,
        b']' => TokenKind::RightBracket,
        b'(' => TokenKind::LeftParen,
        b')' => TokenKind::RightParen,
        b'<' => TokenKind::Less,
        b'>' => TokenKind::Greater,
        b',' => TokenKind::Comma,
        b':' => TokenKind::Colon,
        b'@' => TokenKind::At,
        b'=' | b'?' => TokenKind::Sign,
        _ => return None,
    })
}
