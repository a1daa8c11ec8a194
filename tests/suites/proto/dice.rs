//! Draws from bytes, be they a fuzzer's or made of a number.

/// Draws from bytes; zero when they are used up, so what is made of it ends.
pub(crate) struct Dice<'a> {
    bytes: &'a [u8],
}

/// Bytes of a length that differs as well, the same for the same seed.
pub(crate) fn entropy(seed: u64) -> Vec<u8> {
    let mut state = seed;
    // SplitMix64.
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = state;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    };
    let words = 4 << (next() % 9);
    (0..words).flat_map(|_| next().to_le_bytes()).collect()
}

impl<'a> Dice<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Dice<'a> {
        Dice { bytes }
    }

    /// Of every width, zero among them.
    pub(crate) fn integer(&mut self) -> u64 {
        let width = self.below(9);
        (0..width).fold(0, |value, _| value << 8 | u64::from(self.byte()))
    }

    /// Never the negative zero: prost takes it for zero and leaves it out of plain fields.
    pub(crate) fn float(&mut self) -> f64 {
        f64::from(self.integer() as i32 >> 8) / 8.0
    }

    pub(crate) fn text(&mut self) -> String {
        const LETTERS: [char; 8] = ['a', 'Z', '-', '0', 'ß', '茶', '🫖', '\0'];
        self.many(|dice| LETTERS[dice.below(8) as usize]).into_iter().collect()
    }

    pub(crate) fn many<T>(&mut self, mut draw: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(4)).map(|_| draw(self)).collect()
    }

    /// One of them; the first when there is nothing left to draw from.
    pub(crate) fn one_of<'t, T>(&mut self, all: &'t [T]) -> &'t T {
        &all[self.below(all.len() as u64) as usize]
    }

    /// Once in so many times; never when there is nothing left to draw from.
    pub(crate) fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == times - 1
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        match bound {
            0..=256 => u64::from(self.byte()) % bound,
            _ => (0..4).fold(0, |value, _| value << 8 | u64::from(self.byte())) % bound,
        }
    }

    pub(crate) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.bytes.split_first() else { return 0 };
        self.bytes = rest;
        *first
    }
}
