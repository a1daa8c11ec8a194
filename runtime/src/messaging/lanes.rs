//! Lanes: one item of a key at a time, the others behind it in their order. Pure.

use std::collections::{HashMap, VecDeque};

/// Items that wait for one of their key. A key is known while an item of it is on its way.
#[derive(Debug)]
pub(super) struct Lanes<T> {
    waiting: HashMap<String, VecDeque<T>>,
}

impl<T> Lanes<T> {
    pub(super) fn new() -> Lanes<T> {
        Lanes { waiting: HashMap::new() }
    }

    /// Gives the item back when it may go at once; else it waits. What has no key never waits.
    pub(super) fn enter(&mut self, key: Option<&str>, item: T) -> Option<T> {
        let Some(key) = key else { return Some(item) };
        match self.waiting.get_mut(key) {
            Some(queue) => {
                queue.push_back(item);
                None
            }
            None => {
                self.waiting.insert(key.to_owned(), VecDeque::new());
                Some(item)
            }
        }
    }

    /// Hears that the item of that key which was on its way has ended; the next of that key may go.
    pub(super) fn leave(&mut self, key: Option<&str>) -> Option<T> {
        let key = key?;
        let next = self.waiting.get_mut(key)?.pop_front();
        if next.is_none() {
            self.waiting.remove(key);
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_a_key_goes_at_a_time() {
        let mut lanes = Lanes::new();
        assert_eq!(lanes.enter(Some("a"), 1), Some(1));
        assert_eq!(lanes.enter(Some("a"), 2), None);
        assert_eq!(lanes.enter(Some("b"), 3), Some(3));
        assert_eq!(lanes.enter(None, 4), Some(4));
        assert_eq!(lanes.enter(None, 5), Some(5));
        assert_eq!(lanes.enter(Some("a"), 6), None);
        assert_eq!([lanes.leave(Some("a")), lanes.leave(Some("a")), lanes.leave(Some("a"))], [Some(2), Some(6), None]);
        assert_eq!(lanes.enter(Some("a"), 7), Some(7), "a key is forgotten when its last item has ended");
        assert_eq!(lanes.leave(Some("b")), None);
        assert_eq!(lanes.waiting.len(), 1);
    }
}
