//! Counters, one for each word of a closed list.

use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};

/// The most words of one list.
const WORDS_MAX: usize = 20;

/// A word of a closed list: a label's value.
pub(crate) trait Word: Copy + 'static {
    /// All of them.
    const ALL: &'static [Self];

    /// Its place among them.
    fn place(self) -> usize;

    /// As it is written.
    fn as_str(self) -> &'static str;
}

/// A closed list of words.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$said:meta])* $word:ident = $text:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $name {
            $($(#[$said])* $word,)*
        }

        impl $crate::metrics::Word for $name {
            const ALL: &'static [$name] = &[$($name::$word),*];

            fn place(self) -> usize {
                self as usize
            }

            fn as_str(self) -> &'static str {
                match self {
                    $($name::$word => $text,)*
                }
            }
        }
    };
}
pub(crate) use words;

/// A counter for each word.
pub(crate) struct Counts<W> {
    all: [AtomicU64; WORDS_MAX],
    words: PhantomData<W>,
}

impl<W: Word> Counts<W> {
    pub(crate) const fn new() -> Counts<W> {
        const { assert!(W::ALL.len() <= WORDS_MAX, "a list of words is short") };
        Counts { all: [const { AtomicU64::new(0) }; WORDS_MAX], words: PhantomData }
    }

    /// One more.
    pub(crate) fn add(&self, word: W) {
        self.all[word.place()].fetch_add(1, Ordering::Relaxed);
    }

    /// How many of each there were; words that never came are left out.
    pub(crate) fn each(&self) -> impl Iterator<Item = (W, u64)> {
        let counted = |word: &W| (*word, self.all[word.place()].load(Ordering::Relaxed));
        W::ALL.iter().map(counted).filter(|(_, count)| *count > 0)
    }
}
