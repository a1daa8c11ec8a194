//! What one member of a group knows of the messages it reads: what is in hand, what is settled, and whether it may trust the
//! order in which they come. Pure.
//!
//! JetStream delivers in order, but a delivery can be lost: with a connection, or in the hands of a member that died. It
//! comes again only when its time is over, behind later ones. So where order matters:
//!
//! - Deliveries to a pinned client are numbered without gaps. At the first message, and at any gap, the reader has *lost
//!   track*: it parks what comes and handles nothing new.
//! - It asks the server how many messages are out and not settled. When that is no more than the messages which it has seen
//!   come since it lost track, then nothing is out that it does not hold: it hands on what it parked, in the stream's order.
//! - Until then it does not tell the server that messages from before are in hand, so that these come again too, and count.
//!
//! What comes again while it is in hand is not handled twice; what comes again after it was settled is acked again.

use std::collections::{BTreeMap, BTreeSet};

/// How many settled messages are remembered, the newest.
const SETTLED_MAX: usize = 16 * 1024;

/// Messages of one member; `P` is what is parked.
#[derive(Debug)]
pub(super) struct Reading<P> {
    ordered: bool,
    /// The number that the next delivery has; unknown at first.
    expected: Option<u64>,
    lost_track: bool,
    in_hand: BTreeMap<u64, InHand<P>>,
    settled: BTreeSet<u64>,
    /// The newest message that was handed on; where order matters, all before it were as well.
    newest: Option<u64>,
}

#[derive(Debug)]
struct InHand<P> {
    /// Where its ack goes.
    reply: String,
    /// It came since track was lost.
    seen: bool,
    parked: Option<P>,
}

/// What to do about a message that came.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Arrival<P> {
    HandOn(P),
    /// It is kept here until the order is known.
    Parked,
    /// It is in hand already.
    Known,
    /// It was settled before: say so again.
    Settled,
}

impl<P> Reading<P> {
    pub(super) fn new(ordered: bool) -> Reading<P> {
        Reading {
            ordered,
            expected: None,
            lost_track: ordered,
            in_hand: BTreeMap::new(),
            settled: BTreeSet::new(),
            newest: None,
        }
    }

    /// A message came: its number in the stream, the number of its delivery, and where its ack goes.
    pub(super) fn arrived(&mut self, stream: u64, delivery: u64, reply: &str, parcel: P) -> Arrival<P> {
        if self.expected != Some(delivery) {
            self.lose_track();
        }
        self.expected = Some(delivery + 1);
        if self.settled.contains(&stream) {
            return Arrival::Settled;
        }
        if let Some(known) = self.in_hand.get_mut(&stream) {
            (known.seen, known.reply) = (true, reply.to_owned());
            return Arrival::Known;
        }
        let (parked, arrival) = match self.lost_track {
            true => (Some(parcel), Arrival::Parked),
            false => {
                self.newest = self.newest.max(Some(stream));
                (None, Arrival::HandOn(parcel))
            }
        };
        self.in_hand.insert(stream, InHand { reply: reply.to_owned(), seen: true, parked });
        arrival
    }

    /// Deliveries may have been lost: nothing is trusted until the server was asked. What was parked is given up and comes
    /// again: a server that was restored from an older state may not know that it has sent it, nor what it sent before it.
    pub(super) fn lose_track(&mut self) {
        self.expected = None;
        if self.ordered {
            self.lost_track = true;
            self.in_hand.retain(|_, message| message.parked.is_none());
            self.in_hand.values_mut().for_each(|message| message.seen = false);
        }
    }

    /// The stream is another one than before: its numbers mean nothing any more.
    pub(super) fn forget(&mut self) {
        let lost_track = self.ordered;
        *self = Reading { lost_track, ..Reading::new(self.ordered) };
    }

    /// What to know when asking the server how many messages are out; `None` when there is no need to.
    pub(super) fn question(&self) -> Option<Vec<u64>> {
        let waits = self.lost_track && self.in_hand.values().any(|message| message.parked.is_some());
        waits.then(|| self.in_hand.iter().filter(|(_, message)| message.seen).map(|(stream, _)| *stream).collect())
    }

    /// The server's answer: so many were out. What was seen before the question and is still in hand was among them, so when
    /// these are as many, there are no others.
    pub(super) fn answer(&mut self, question: &[u64], out: usize) -> Vec<P> {
        let still =
            question.iter().filter(|stream| self.in_hand.get(stream).is_some_and(|message| message.seen)).count();
        if !self.lost_track || out > still {
            return Vec::new();
        }
        self.lost_track = false;
        self.newest = self.newest.max(self.in_hand.keys().next_back().copied());
        self.in_hand.values_mut().filter_map(|message| message.parked.take()).collect()
    }

    /// A message leaves the hand; gives where its ack goes. One that is not done with may come again.
    pub(super) fn leave(&mut self, stream: u64, done: bool) -> Option<String> {
        let message = self.in_hand.remove(&stream)?;
        if done {
            self.settled.insert(stream);
            if self.settled.len() > SETTLED_MAX {
                self.settled.pop_first();
            }
        }
        Some(message.reply)
    }

    /// What is kept here leaves the hand, when no more is to be handled.
    pub(super) fn leave_parked(&mut self) -> Vec<String> {
        let parked = self.in_hand.extract_if(.., |_, message| message.parked.is_some());
        parked.map(|(_, message)| message.reply).collect()
    }

    /// Where to say that messages are still in hand.
    pub(super) fn kept(&self) -> Vec<String> {
        let kept = self.in_hand.values().filter(|message| message.seen || !self.lost_track);
        kept.map(|message| message.reply.clone()).collect()
    }

    pub(super) fn in_hand(&self) -> usize {
        self.in_hand.len()
    }

    /// Where to go on in the stream when the server has forgotten this group: the first that is not known to be settled.
    pub(super) fn resume_at(&self) -> Option<u64> {
        let handed_on = self.in_hand.iter().find(|(_, message)| message.parked.is_none()).map(|(stream, _)| *stream);
        handed_on.or(self.newest.map(|newest| newest + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrive(reading: &mut Reading<u64>, stream: u64, delivery: u64) -> Arrival<u64> {
        reading.arrived(stream, delivery, &format!("ack.{stream}.{delivery}"), stream)
    }

    /// A reader that is on track, with nothing in hand.
    fn on_track() -> Reading<u64> {
        let mut reading = Reading::new(true);
        assert_eq!(arrive(&mut reading, 1, 1), Arrival::Parked);
        let question = reading.question().unwrap();
        assert_eq!(reading.answer(&question, 1), [1]);
        assert_eq!(reading.leave(1, true).as_deref(), Some("ack.1.1"));
        reading
    }

    #[test]
    fn on_track_messages_are_handed_on() {
        let mut reading = on_track();
        assert_eq!(arrive(&mut reading, 2, 2), Arrival::HandOn(2));
        assert_eq!(reading.question(), None);
        assert_eq!(arrive(&mut reading, 2, 3), Arrival::Known);
        assert_eq!(reading.leave(2, true).as_deref(), Some("ack.2.3"), "the newest ack counts");
        assert_eq!(arrive(&mut reading, 2, 4), Arrival::Settled);
    }

    #[test]
    fn a_lost_delivery_is_waited_for() {
        let mut reading = on_track();
        // 2 is lost; 3 and 4 come.
        assert_eq!(arrive(&mut reading, 3, 3), Arrival::Parked);
        assert_eq!(reading.resume_at(), Some(2), "what was lost is not passed over");
        let question = reading.question().unwrap();
        assert_eq!(arrive(&mut reading, 4, 4), Arrival::Parked);
        assert_eq!(reading.answer(&question, 2), [0; 0], "2 and 3 were out, and only 3 had been seen");
        assert_eq!(arrive(&mut reading, 2, 5), Arrival::Parked);
        let question = reading.question().unwrap();
        assert_eq!(reading.answer(&question, 3), [2, 3, 4], "in the stream's order");
        assert_eq!(arrive(&mut reading, 5, 6), Arrival::HandOn(5));
    }

    #[test]
    fn what_was_in_hand_before_must_come_again_or_be_settled() {
        let mut reading = on_track();
        assert_eq!(arrive(&mut reading, 2, 2), Arrival::HandOn(2));
        assert_eq!(arrive(&mut reading, 3, 3), Arrival::HandOn(3));
        reading.lose_track();
        assert_eq!(reading.kept(), [""; 0], "nothing is kept that may not be ours any more");
        assert_eq!(arrive(&mut reading, 5, 9), Arrival::Parked);
        assert_eq!(reading.kept(), ["ack.5.9"]);
        let question = reading.question().unwrap();
        // 2, 3, 5 are out, and 4, which was lost.
        assert_eq!(reading.answer(&question, 4), [0; 0]);
        assert!(reading.leave(2, true).is_some());
        assert_eq!(arrive(&mut reading, 3, 10), Arrival::Known);
        assert_eq!(arrive(&mut reading, 4, 11), Arrival::Parked);
        let question = reading.question().unwrap();
        assert_eq!(reading.answer(&question, 3), [4, 5]);
    }

    #[test]
    fn without_order_nothing_is_parked() {
        let mut reading = Reading::new(false);
        assert_eq!(arrive(&mut reading, 9, 70), Arrival::HandOn(9));
        assert_eq!(arrive(&mut reading, 3, 90), Arrival::HandOn(3));
        reading.lose_track();
        assert_eq!(reading.kept().len(), 2);
        assert_eq!(reading.resume_at(), Some(3));
        assert!(reading.leave(3, false).is_some());
        assert_eq!(arrive(&mut reading, 3, 91), Arrival::HandOn(3), "what was not done comes again");
    }

    #[test]
    fn what_is_parked_can_be_given_back() {
        let mut reading = Reading::new(true);
        arrive(&mut reading, 1, 1);
        arrive(&mut reading, 2, 2);
        assert_eq!(reading.leave_parked(), ["ack.1.1", "ack.2.2"]);
        assert_eq!(reading.in_hand(), 0);
        reading.forget();
        assert_eq!(reading.resume_at(), None);
    }
}
