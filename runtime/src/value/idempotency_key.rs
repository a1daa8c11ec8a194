//! `idempotency_key`: what a server knows a repeated call by.

use crate::{At, Validate, Violations};

/// How long a key may be.
const BYTES_MAX: usize = 255;

/// A key that a caller invents for one intended effect and sends again with every repetition
/// (draft-ietf-httpapi-idempotency-key-header): 1 to 255 visible ASCII characters.
///
/// ```
/// use wireloom::IdempotencyKey;
///
/// let key = IdempotencyKey::new("order-42-attempt")?;
/// assert_eq!(key.as_str(), "order-42-attempt");
/// assert_ne!(IdempotencyKey::random(), IdempotencyKey::random());
/// # Ok::<(), wireloom::Violations>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Checks and keeps the text.
    ///
    /// # Errors
    /// When it is empty, too long, or has other than visible ASCII characters.
    pub fn new(text: impl Into<String>) -> Result<IdempotencyKey, Violations> {
        let key = IdempotencyKey(text.into());
        key.validate().map(|()| key)
    }

    /// A new key that nobody else has: a random uuid.
    pub fn random() -> IdempotencyKey {
        IdempotencyKey(uuid::Uuid::new_v4().to_string())
    }
}

impl Validate for IdempotencyKey {
    fn check(&self, at: &At<'_>, found: &mut Violations) {
        let visible = self.0.bytes().all(|byte| byte.is_ascii_graphic());
        if self.0.is_empty() || self.0.len() > BYTES_MAX || !visible {
            found.add(at, "must be 1 to 255 visible ASCII characters");
        }
    }
}

super::checked_text!(IdempotencyKey);
