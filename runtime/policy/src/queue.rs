//! The queue before a server's handlers: short, by priority, and never for what would come too late.
//!
//! First in, first out with callers that give up is how an overload outlives its cause: work begins just before its caller
//! leaves, and dies running. So nothing waits that could not be answered in time, and when the queue does not get empty,
//! waiting is cut to about half the time of one call: bursts are taken in, a standing queue is not.

use std::collections::VecDeque;
use std::time::Duration;

use crate::deadline::Deadline;
use crate::time::Moment;

/// How long a queue must not have been empty until it is a standing one: 100 ms, CoDel's interval.
pub const STANDING_DEFAULT: Duration = Duration::from_millis(100);

/// How long a standing queue is remembered: 1 s.
const STANDING_FOR: Duration = Duration::from_secs(1);

/// What is shed first under load: the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Health, money: shed when nothing else is left.
    Critical,
    /// Everything that says nothing.
    #[default]
    Normal,
    /// What can be done later.
    Background,
}

const PRIORITIES: usize = 3;

/// One that waits.
#[derive(Debug)]
pub struct Waiting<T> {
    /// Who it is: the task to wake, for instance.
    pub item: T,
    /// Since when.
    pub since: Moment,
    /// Until when it is worth its work.
    pub deadline: Option<Deadline>,
    /// What it is.
    pub priority: Priority,
}

/// Those who wait, the most important first.
///
/// ```
/// use wireloom_policy::{Moment, queue::{Priority, Queue, Waiting}};
///
/// let mut queue = Queue::new();
/// let waiting = |item, priority| Waiting { item, since: Moment::ZERO, deadline: None, priority };
/// assert!(queue.push(waiting("report", Priority::Background), 2).is_none());
/// assert!(queue.push(waiting("order", Priority::Normal), 2).is_none());
/// let shed = queue.push(waiting("payment", Priority::Critical), 2).expect("there is room for two");
/// assert_eq!(shed.item, "report");
/// assert_eq!(queue.pop(Moment::ZERO).map(|next| next.item), Some("payment"));
/// ```
#[derive(Debug)]
pub struct Queue<T> {
    lanes: [VecDeque<Waiting<T>>; PRIORITIES],
    /// When it was empty last; while it is, the time of the last look.
    empty: Moment,
    /// Until when it counts as a standing queue whenever it is not empty.
    standing_until: Moment,
}

impl<T> Queue<T> {
    /// Nobody waits.
    pub fn new() -> Queue<T> {
        Queue { lanes: std::array::from_fn(|_| VecDeque::new()), empty: Moment::ZERO, standing_until: Moment::ZERO }
    }

    /// Those who wait.
    pub fn len(&self) -> usize {
        self.lanes.iter().map(VecDeque::len).sum()
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Those who would be taken before one of that priority.
    pub fn ahead_of(&self, priority: Priority) -> usize {
        self.lanes[..=priority as usize].iter().map(VecDeque::len).sum()
    }

    /// Whether it has not been empty for so long that it is more than a burst, or was so a moment ago: an overload does not end
    /// because the queue is empty once.
    pub fn is_standing(&mut self, now: Moment) -> bool {
        if self.is_empty() {
            return false;
        }
        if now - self.empty > STANDING_DEFAULT {
            self.standing_until = now + STANDING_FOR;
        }
        now < self.standing_until
    }

    /// Lets one wait, among `room` at most. Returns whom that costs the place: the last of the least important, which may be
    /// the one that came.
    pub fn push(&mut self, waiting: Waiting<T>, room: usize) -> Option<Waiting<T>> {
        if self.is_empty() {
            self.empty = waiting.since;
        }
        self.lanes[waiting.priority as usize].push_back(waiting);
        if self.len() <= room { None } else { self.lanes.iter_mut().rev().find_map(VecDeque::pop_back) }
    }

    /// The next.
    pub fn pop(&mut self, now: Moment) -> Option<Waiting<T>> {
        let next = self.lanes.iter_mut().find_map(VecDeque::pop_front);
        if self.is_empty() {
            self.empty = now;
        }
        next
    }

    /// Takes out who no longer waits.
    pub fn remove(&mut self, is_it: impl Fn(&T) -> bool, now: Moment) -> Option<Waiting<T>> {
        let found = self.lanes.iter_mut().find_map(|lane| {
            let at = lane.iter().position(|waiting| is_it(&waiting.item))?;
            lane.remove(at)
        });
        if self.is_empty() {
            self.empty = now;
        }
        found
    }
}

impl<T> Default for Queue<T> {
    fn default() -> Queue<T> {
        Queue::new()
    }
}
