//! The token that a call brings: `authorization: Bearer …`, or `DPoP …` with a proof beside it.

use http::header::AUTHORIZATION;

use super::Denial;
use crate::context::Context;

/// How long a token may be. Looked at before anything else is.
pub(super) const TOKEN_BYTES_MAX: usize = 8 * 1024;

/// A token as a call brings it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Presented<'a> {
    pub(super) token: &'a str,
    /// Whether it says to have a proof beside it: `DPoP …`, and not `Bearer …`.
    pub(super) has_proof: bool,
}

/// The token of a call, where `takes_proofs` also one that says to have a proof beside it; none where it says nothing of the kind.
pub(super) fn presented(cx: &Context, takes_proofs: bool) -> Result<Option<Presented<'_>>, Denial> {
    let mut said = cx.metadata().headers().get_all(AUTHORIZATION).iter();
    let Some(value) = said.next() else { return Ok(None) };
    // Of two, each side of a proxy might believe another one.
    if said.next().is_some() {
        return Err(Denial::refused("there are several `authorization`"));
    }
    let text = value.to_str().map_err(|_| Denial::refused("`authorization` is no visible ASCII"))?;
    let Some((scheme, token)) = text.split_once(' ') else { return Ok(None) };
    let has_proof = takes_proofs && scheme.eq_ignore_ascii_case("dpop");
    if !has_proof && !scheme.eq_ignore_ascii_case("bearer") {
        return Ok(None);
    }
    let token = token.trim_start_matches(' ');
    match token.len() {
        0 => Err(Denial::refused("the token is empty")),
        1..=TOKEN_BYTES_MAX => Ok(Some(Presented { token, has_proof })),
        _ => Err(Denial::refused("the token is too long")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_stands_in_one_header_of_its_scheme() {
        let said = |value: &str| Context::new().with_metadata("authorization", value).arrived();
        let token = |cx: &Context| presented(cx, false).map(|it| it.map(|it| it.token.to_owned()));
        assert_eq!(token(&said("bearer  abc")), Ok(Some("abc".to_owned())));
        assert_eq!(token(&said("DPoP abc")), Ok(None));
        let proved = said("dpop abc");
        assert_eq!(presented(&proved, true), Ok(Some(Presented { token: "abc", has_proof: true })));
        assert_eq!(token(&said("Basic abc")), Ok(None));
        assert_eq!(token(&Context::new()), Ok(None));
        assert!(token(&said("Bearer ")).is_err());
        assert_eq!(token(&said(&format!("Bearer {}", "a".repeat(TOKEN_BYTES_MAX)))).map(|it| it.is_some()), Ok(true));
        assert!(token(&said(&format!("Bearer {}", "a".repeat(TOKEN_BYTES_MAX + 1)))).is_err());
    }
}
