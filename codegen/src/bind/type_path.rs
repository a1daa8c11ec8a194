//! Whether a text is the path of a Rust type: `crate::Geo`, `::geo::Point<f64>`.

use std::vec::IntoIter;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::names;

/// How deep arguments may stand in one another.
const DEPTH_MAX: usize = 32;

/// Whether it is one.
pub(super) fn is_type_path(text: &str) -> bool {
    let tokens: Result<TokenStream, _> = text.parse();
    tokens.is_ok_and(|tokens| Rest::whole(tokens, 0, Rest::path))
}

/// Tokens that are not read yet.
struct Rest {
    tokens: IntoIter<TokenTree>,
    depth: usize,
}

impl Rest {
    /// Whether the tokens are what `read` reads, and nothing else.
    fn whole(tokens: TokenStream, depth: usize, read: fn(&mut Rest) -> bool) -> bool {
        let mut rest = Rest { tokens: Vec::from_iter(tokens).into_iter(), depth };
        depth < DEPTH_MAX && read(&mut rest) && rest.is_empty()
    }

    /// `::`-separated segments.
    fn path(&mut self) -> bool {
        self.colons();
        loop {
            if !self.segment() {
                return false;
            }
            if !self.colons() {
                return true;
            }
        }
    }

    /// A name, perhaps with arguments.
    fn segment(&mut self) -> bool {
        let Some(TokenTree::Ident(name)) = self.tokens.next() else { return false };
        let name = name.to_string();
        let is_name = !names::is_keyword(&name) && name != "_";
        is_name && (!self.sign('<') || self.arguments())
    }

    /// What is between `<` and `>`.
    fn arguments(&mut self) -> bool {
        self.depth += 1;
        while !self.sign('>') {
            let is_argument = self.depth < DEPTH_MAX && self.argument();
            if !is_argument || !(self.sign(',') || self.is_next('>')) {
                return false;
            }
        }
        self.depth -= 1;
        true
    }

    /// A lifetime, a constant or a type.
    fn argument(&mut self) -> bool {
        match self.next() {
            Some(TokenTree::Literal(_)) => self.tokens.next().is_some(),
            Some(TokenTree::Ident(word)) if word == "true" || word == "false" => self.tokens.next().is_some(),
            Some(TokenTree::Punct(sign)) if sign.as_char() == '\'' => self.tokens.nth(1).is_some(),
            _ => self.ty(),
        }
    }

    /// A path, a tuple, an array or a slice.
    fn ty(&mut self) -> bool {
        let Some(TokenTree::Group(group)) = self.next() else { return self.path() };
        let (delimiter, stream) = (group.delimiter(), group.stream());
        self.tokens.next();
        let read = match delimiter {
            Delimiter::Parenthesis => Rest::tuple,
            Delimiter::Bracket => Rest::array,
            _ => return false,
        };
        Rest::whole(stream, self.depth + 1, read)
    }

    fn tuple(&mut self) -> bool {
        while !self.is_empty() {
            if !self.ty() || !(self.sign(',') || self.is_empty()) {
                return false;
            }
        }
        true
    }

    fn array(&mut self) -> bool {
        let has_length =
            |rest: &mut Rest| matches!(rest.tokens.next(), Some(TokenTree::Literal(_) | TokenTree::Ident(_)));
        self.ty() && (!self.sign(';') || has_length(self))
    }

    fn colons(&mut self) -> bool {
        let are_next = self.is_next(':') && self.tokens.as_slice().get(1).is_some_and(|second| is_sign(second, ':'));
        are_next && self.tokens.nth(1).is_some()
    }

    fn sign(&mut self, sign: char) -> bool {
        self.is_next(sign) && self.tokens.next().is_some()
    }

    fn is_next(&self, sign: char) -> bool {
        self.next().is_some_and(|next| is_sign(next, sign))
    }

    fn next(&self) -> Option<&TokenTree> {
        self.tokens.as_slice().first()
    }

    fn is_empty(&self) -> bool {
        self.tokens.as_slice().is_empty()
    }
}

fn is_sign(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(it) if it.as_char() == sign)
}

#[cfg(test)]
mod tests {
    use super::{DEPTH_MAX, is_type_path};

    #[test]
    fn syn_takes_and_refuses_the_same() {
        for text in [
            "crate::Geo",
            "::geo::Point<f64>",
            "Geo",
            "super::a::B",
            "r#type::X",
            "geo::Map<'static, [u8; 4], (A, B<C>)>",
            "geo::Map<(), [u8]>",
            "Geo<Vec<Vec<u8>>>",
            "Geo<4, true>",
            "",
            "crate Geo",
            "crate::",
            "::",
            "a::::B",
            "fn::X",
            "Geo<",
            "Geo<>",
            "Geo>",
            "Geo<A B>",
            "Geo<A,,B>",
            "1::X",
            "a:",
            "a:=",
            "a:b",
            "a-b",
            "\"x\"",
            "Geo; struct X",
            "Geo {}",
            "'a",
            "(A)",
            "_",
            "a::_",
            "a:",
            "a:=",
            "a:b",
            "Geo<(A B)>",
            "[A]",
        ] {
            assert_eq!(is_type_path(text), syn::parse_str::<syn::Path>(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn depth_has_a_limit() {
        let nested = |open: &str, close: &str, depth| format!("A<{}u8{}>", open.repeat(depth), close.repeat(depth));
        for (open, close) in [("A<", ">"), ("(", ")"), ("[", "]")] {
            assert!(is_type_path(&nested(open, close, DEPTH_MAX - 2)), "{open}");
            assert!(!is_type_path(&nested(open, close, 10_000)), "{open}");
        }
    }
}
