//! Bounds of a stream once it is open: until its first item, between two, of all of it. Its deadline bounds only the opening.
//!
//! **It hurts** where silence is normal: a stream of rare news wants a `lifetime`, not an `idle`.

use std::time::Duration;

use crate::time::Moment;

/// How long a stream may take. What is `None` is not bounded.
///
/// ```
/// use std::time::Duration;
/// use wireloom_policy::{Moment, stream::{Bound, Bounds}};
///
/// let bounds = Bounds { first: Some(Duration::from_secs(2)), idle: Some(Duration::from_secs(5)), lifetime: None };
/// let opened = Moment::ZERO;
/// assert_eq!(bounds.ends(opened, None), Some((opened + Duration::from_secs(2), Bound::First)));
/// let item = opened + Duration::from_secs(1);
/// assert_eq!(bounds.ends(opened, Some(item)), Some((item + Duration::from_secs(5), Bound::Idle)));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Until the first item.
    pub first: Option<Duration>,
    /// Between two items; also before the first, where nothing is said of that.
    pub idle: Option<Duration>,
    /// From its opening to its end.
    pub lifetime: Option<Duration>,
}

/// Which bound a stream came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Its first item did not come in time.
    First,
    /// Its next item did not.
    Idle,
    /// It was to end by now.
    Lifetime,
}

impl Bounds {
    /// Whether nothing is bounded.
    pub fn are_none(&self) -> bool {
        *self == Bounds::default()
    }

    /// When a stream comes to a bound, and which, if nothing happens before.
    pub fn ends(&self, opened: Moment, last_item: Option<Moment>) -> Option<(Moment, Bound)> {
        let silent = match last_item {
            None => {
                self.first.map(|time| (opened + time, Bound::First)).or(self.idle.map(|it| (opened + it, Bound::Idle)))
            }
            Some(item) => self.idle.map(|time| (item + time, Bound::Idle)),
        };
        let whole = self.lifetime.map(|time| (opened + time, Bound::Lifetime));
        silent.into_iter().chain(whole).min_by_key(|(at, _)| *at)
    }
}
