//! `url`: an absolute URI.

use crate::{At, Validate, Violations, check};

/// An absolute URI (RFC 3986), kept as it was written.
///
/// ```
/// use wireloom::Url;
///
/// let url = Url::new("https://example.org/a?b=c")?;
/// assert_eq!(url.as_str(), "https://example.org/a?b=c");
/// assert!(Url::new("not a url").is_err());
/// # Ok::<(), wireloom::Violations>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Url(String);

impl Url {
    /// Checks and keeps the text.
    ///
    /// # Errors
    /// When it is no absolute URI.
    pub fn new(text: impl Into<String>) -> Result<Url, Violations> {
        let url = Url(text.into());
        url.validate().map(|()| url)
    }
}

impl Validate for Url {
    fn check(&self, at: &At<'_>, found: &mut Violations) {
        check::uri(&self.0, at, found);
    }
}

super::checked_text!(Url);
