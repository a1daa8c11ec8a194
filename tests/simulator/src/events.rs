//! Virtual time: what happens next.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use wireloom_policy::Moment;

/// Events to come, the earliest first; of two at the same time, the one that was planned first.
pub(crate) struct Events<E> {
    heap: BinaryHeap<Reverse<Planned<E>>>,
    planned: u64,
}

struct Planned<E> {
    at: Moment,
    number: u64,
    event: E,
}

impl<E> Events<E> {
    pub(crate) fn new() -> Events<E> {
        Events { heap: BinaryHeap::new(), planned: 0 }
    }

    pub(crate) fn plan(&mut self, at: Moment, event: E) {
        self.planned += 1;
        self.heap.push(Reverse(Planned { at, number: self.planned, event }));
    }

    pub(crate) fn next(&mut self) -> Option<(Moment, E)> {
        self.heap.pop().map(|Reverse(planned)| (planned.at, planned.event))
    }
}

impl<E> PartialEq for Planned<E> {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl<E> Eq for Planned<E> {}

impl<E> PartialOrd for Planned<E> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> Ord for Planned<E> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}
