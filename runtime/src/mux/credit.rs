//! Credit for incoming items: how many a peer may still send.
//!
//! Credit counts items, memory is bytes. So a stream begins with a small window, and what it is given later depends on how
//! large its items have been: many small ones may be on their way, few large ones.

/// What one stream may have waiting, as far as the size of its items is known.
const STREAM_BYTES: u32 = 256 * 1024;

/// Items that a stream of tiny items may have on their way.
const WINDOW_MAX: u32 = 1024;

/// The credit that a peer has for one stream.
#[derive(Debug)]
pub(super) struct Window {
    /// Items that the peer may still send.
    granted: u32,
    /// The average size of items so far.
    item_bytes: u32,
    /// What the stream should have at a time.
    target: u32,
}

impl Window {
    pub(super) fn new(window: u32) -> Window {
        Window { granted: window, item_bytes: 0, target: window }
    }

    /// An item came; `false` when there was no credit for it.
    pub(super) fn arrived(&mut self, bytes: usize) -> bool {
        let Some(left) = self.granted.checked_sub(1) else { return false };
        self.granted = left;
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX).max(1);
        self.item_bytes = if self.item_bytes == 0 { bytes } else { self.item_bytes / 8 * 7 + bytes / 8 };
        true
    }

    /// An item was consumed and so many still wait: the credit to give now, 0 while it is not worth a frame.
    pub(super) fn consumed(&mut self, waiting: usize) -> u32 {
        self.target = (STREAM_BYTES / self.item_bytes.max(1)).clamp(1, WINDOW_MAX);
        let on_their_way = self.granted.saturating_add(u32::try_from(waiting).unwrap_or(u32::MAX));
        if on_their_way > self.target / 2 {
            return 0;
        }
        let more = self.target - on_their_way;
        self.granted += more;
        more
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_items_get_a_wide_window_and_large_ones_a_narrow_one() {
        for (bytes, expected) in [(64, 1024), (16 * 1024, 16), (1024 * 1024, 1)] {
            let mut window = Window::new(16);
            let mut most = 0;
            for _ in 0..10_000 {
                assert!(window.arrived(bytes), "credit runs out for items of {bytes}");
                window.consumed(0);
                most = most.max(window.granted);
            }
            assert_eq!(window.target, expected, "items of {bytes}");
            assert!(most <= expected.max(16), "items of {bytes}: {most}");
        }
    }

    #[test]
    fn nothing_is_given_for_what_nobody_takes() {
        let mut window = Window::new(2);
        assert!(window.arrived(10) && window.arrived(10));
        assert!(!window.arrived(10));
    }
}
