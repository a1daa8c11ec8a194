//! Numbers given by hand.

use super::At;

/// `@7` behind a member: the number it has where names do not travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pin {
    /// One that a wire admits.
    pub number: u32,
    /// With the `@`.
    pub at: At,
}
