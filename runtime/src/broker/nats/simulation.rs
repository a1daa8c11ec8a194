//! A reading member against a server of the worst kind: deliveries are lost with and without notice, acks are lost, members
//! die, the server is restored from an older state. Whatever happens, every message is handled, and none for the first time
//! before an earlier one of its key.
//!
//! The server here is a model of JetStream's consumer with one pinned client; random, with a seed.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::reading::{Arrival, Reading};

const MESSAGES: u64 = 200;
const KEYS: u64 = 4;
const PREFETCH: usize = 8;
/// Steps until a message that is out comes again.
const ACK_WAIT: u64 = 40;

/// Numbers that look random (xorshift), the same ones for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }

    fn one_in(&mut self, chances: u64) -> bool {
        self.below(chances) == 0
    }
}

/// A consumer on the server.
#[derive(Clone)]
struct Server {
    next: u64,
    deliveries: u64,
    /// What is out, and when it comes again.
    out: BTreeMap<u64, u64>,
}

impl Server {
    fn deliver(&mut self, now: u64) -> Option<(u64, u64)> {
        let overdue = self.out.iter().find(|(_, due)| **due <= now).map(|(stream, _)| *stream);
        let fresh = || (self.next <= MESSAGES && self.out.len() < PREFETCH).then_some(self.next);
        let stream = overdue.or_else(fresh)?;
        self.next = self.next.max(stream + 1);
        self.deliveries += 1;
        self.out.insert(stream, now + ACK_WAIT);
        Some((stream, self.deliveries))
    }
}

struct World {
    seed: u64,
    random: Random,
    server: Server,
    /// An older state of the server.
    saved: Server,
    /// Deliveries on their way.
    wire: VecDeque<(u64, u64)>,
    reading: Reading<u64>,
    /// What the member handles: handed on, in its order.
    hand: Vec<u64>,
    /// A question to the server, and its answer on the way.
    asked: Option<(Vec<u64>, usize)>,
    handled: BTreeSet<u64>,
    /// The newest that was handled of each key.
    newest: [u64; KEYS as usize],
}

impl World {
    fn new(seed: u64) -> World {
        let server = Server { next: 1, deliveries: 0, out: BTreeMap::new() };
        World {
            seed,
            random: Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
            saved: server.clone(),
            server,
            wire: VecDeque::new(),
            reading: Reading::new(true),
            hand: Vec::new(),
            asked: None,
            handled: BTreeSet::new(),
            newest: [0; KEYS as usize],
        }
    }

    fn step(&mut self, now: u64, troubles: bool) {
        match self.random.below(8) {
            0 | 1 => self.wire.extend(self.server.deliver(now)),
            2 | 3 => self.receive(),
            4 | 5 => self.handle(),
            6 => self.ask(),
            _ => self.keep(now),
        }
        if troubles && self.random.one_in(60) {
            self.trouble();
        }
    }

    fn receive(&mut self) {
        let Some((stream, delivery)) = self.wire.pop_front() else { return };
        match self.reading.arrived(stream, delivery, &stream.to_string(), stream) {
            Arrival::HandOn(stream) => self.hand.push(stream),
            Arrival::Settled => drop(self.server.out.remove(&stream)),
            Arrival::Parked | Arrival::Known => {}
        }
    }

    /// Handles one message: any, but of each key the first that was handed on.
    fn handle(&mut self) {
        let mut keys = BTreeSet::new();
        let first: Vec<u64> = self.hand.iter().copied().filter(|stream| keys.insert(stream % KEYS)).collect();
        if first.is_empty() {
            return;
        }
        let stream = first[self.random.below(first.len() as u64) as usize];
        self.hand.retain(|other| *other != stream);
        let newest = &mut self.newest[(stream % KEYS) as usize];
        if self.handled.insert(stream) {
            assert!(stream > *newest, "{stream} comes for the first time behind {newest}, seed {}", self.seed);
        }
        *newest = stream.max(*newest);
        assert!(self.reading.leave(stream, true).is_some(), "what is handled is in hand");
        if !self.random.one_in(10) {
            self.server.out.remove(&stream);
        }
    }

    /// Asks what is out, or hears the answer; anything may happen in between.
    fn ask(&mut self) {
        match self.asked.take() {
            None => self.asked = self.reading.question().map(|question| (question, self.server.out.len())),
            Some((question, out)) => self.hand.extend(self.reading.answer(&question, out)),
        }
    }

    fn keep(&mut self, now: u64) {
        for stream in self.reading.kept() {
            let stream: u64 = stream.parse().expect("replies are numbers here");
            if let Some(due) = self.server.out.get_mut(&stream) {
                *due = now + ACK_WAIT;
            }
        }
    }

    fn trouble(&mut self) {
        match self.random.below(5) {
            // One delivery is lost, and nobody says so.
            0 => {
                let lost = self.random.below(self.wire.len() as u64 + 1) as usize;
                self.wire.remove(lost);
            }
            // The connection breaks.
            1 => {
                self.wire.clear();
                self.reading.lose_track();
            }
            // The member dies; the next one knows nothing.
            2 => {
                self.wire.clear();
                self.hand.clear();
                self.asked = None;
                self.reading = Reading::new(true);
            }
            3 => self.saved = self.server.clone(),
            // The server dies, and comes back as it was; its answers die with it.
            _ => {
                self.server = self.saved.clone();
                self.wire.clear();
                self.asked = None;
                self.reading.lose_track();
            }
        }
    }
}

#[test]
fn no_trouble_loses_a_message_or_breaks_an_order() {
    for seed in 1..=200 {
        let mut world = World::new(seed);
        let mut now = 0;
        while world.handled.len() < MESSAGES as usize {
            now += 1;
            assert!(now < 60_000, "seed {seed}: stuck with {:?} and {:?}", world.reading, world.server.out);
            // In the end there is peace, so that the end comes.
            world.step(now, now < 10_000);
        }
    }
}
