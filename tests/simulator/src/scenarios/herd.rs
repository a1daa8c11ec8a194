//! A herd: five processes lose a hundred connections each at once, and all of them come back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use wireloom_policy::backoff::Backoff;
use wireloom_policy::balance::{Ask, Picker};
use wireloom_policy::intake::{self, Concurrency, Shed};
use wireloom_policy::{Deadline, End, Failure, Fleet, Hint, Kind, Moment, Rng, Sent, Ticket, ejection, fleet};

use super::{Effort, Row};
use crate::compare::{OURS, PICKERS};
use crate::events::Events;
use crate::replica::{Fate, Fault, Replica};
use crate::setups::{CLIENTS, REPLICAS, WORKERS};
use crate::world::MakePicker;

const CONNECTIONS: usize = 500;
/// For so long nobody can be reached.
const CUT: Duration = Duration::from_secs(3);
/// What a handshake has.
const HANDSHAKE: Duration = Duration::from_secs(10);
const BACKOFF: Backoff = Backoff { min: Duration::from_secs(1), max: Duration::from_secs(10) };

/// What is waited before the attempt with that number.
type Waits = fn(u32, &mut Rng) -> Duration;

pub(super) fn herd(effort: Effort) -> Row {
    let config = fleet::Config::default();
    let bare = fleet::Config { ejection: ejection::Config::off(), ..config };
    let gathered =
        |picker, config, waits, seeds| Gathered::worst((1..=seeds).map(|seed| gather(picker, config, waits, seed)));
    let ours = gathered(OURS, &config, |number, rng| BACKOFF.wait(number, rng), effort.seeds).expect("there are seeds");
    Row {
        name: "herd",
        // The peers wait a second between attempts.
        peers: PICKERS.map(|picker| {
            let peer = gathered(picker, &bare, |_, _| BACKOFF.min, effort.peer_seeds);
            peer.map_or_else(String::new, |it| it.to_string())
        }),
        ours: ours.to_string(),
        goal: "0 refused, back within 10 s, none above 1.5 x mean",
        met: ours.refused == 0 && ours.back <= 10.0 && ours.most <= 1.5,
        charts: Vec::new(),
    }
}

/// How a herd has come back.
#[derive(Clone, Copy)]
struct Gathered {
    /// Handshakes that a replica had no room for.
    refused: u32,
    /// Seconds from the end of the cut until the last connection was there; endless where one never was.
    back: f64,
    /// The connections of the replica that has most, over the mean.
    most: f64,
}

impl Gathered {
    fn worst(all: impl Iterator<Item = Gathered>) -> Option<Gathered> {
        all.reduce(|one, other| Gathered {
            refused: one.refused.max(other.refused),
            back: one.back.max(other.back),
            most: one.most.max(other.most),
        })
    }
}

impl std::fmt::Display for Gathered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} refused back {:.1} s x {:.2}", self.refused, self.back, self.most)
    }
}

enum Event {
    Connects(usize),
    /// A worker has done with the handshake of a connection.
    Worked(usize),
    CutEnds,
}

/// A process: its connections share what it knows of the replicas.
struct Process {
    fleet: Fleet<usize>,
    picker: Box<dyn Picker<usize>>,
}

#[derive(Default)]
struct Connection {
    attempts: u32,
    /// Of its handshake, then of the connection itself.
    ticket: Option<Ticket<usize>>,
    began: Moment,
    is_there: bool,
}

struct Herd {
    now: Moment,
    rng: Rng,
    waits: Waits,
    events: Events<Event>,
    processes: Vec<Process>,
    replicas: Vec<Replica>,
    loads: Arc<Vec<AtomicU32>>,
    connections: Vec<Connection>,
    refused: u32,
    last: Moment,
}

fn gather(picker: MakePicker<'_>, config: &fleet::Config, waits: Waits, seed: u64) -> Gathered {
    let mut herd = Herd::new(picker, config, waits, seed);
    (0..CONNECTIONS).for_each(|connection| herd.waits(connection));
    herd.events.plan(Moment::ZERO + CUT, Event::CutEnds);
    while let Some((at, event)) = herd.events.next().filter(|it| it.0 < Moment::ZERO + Duration::from_secs(120)) {
        herd.now = at;
        match event {
            Event::Connects(connection) => herd.connects(connection),
            Event::Worked(connection) => herd.worked(connection),
            Event::CutEnds => herd.replicas.iter_mut().for_each(|replica| replica.fault = None),
        }
    }
    herd.gathered()
}

impl Herd {
    fn new(picker: MakePicker<'_>, config: &fleet::Config, waits: Waits, seed: u64) -> Herd {
        let loads: Arc<Vec<AtomicU32>> = Arc::new((0..REPLICAS).map(|_| AtomicU32::new(0)).collect());
        let process = |number| Process {
            fleet: Fleet::new(0..REPLICAS, config, Moment::ZERO).expect("the fleet's are right"),
            picker: picker(number, &loads),
        };
        let door = intake::Config { concurrency: Concurrency::Fixed(WORKERS), ..intake::Config::default() };
        let replica = |_| {
            let mut replica = Replica::new(WORKERS, Some(&door));
            replica.fault = Some(Fault::Down);
            replica
        };
        Herd {
            now: Moment::ZERO,
            rng: Rng::seeded(seed.wrapping_mul(0x5851_f42d_4c95_7f2d)),
            waits,
            events: Events::new(),
            processes: (0..CLIENTS).map(process).collect(),
            replicas: (0..REPLICAS).map(replica).collect(),
            loads,
            connections: (0..CONNECTIONS).map(|_| Connection::default()).collect(),
            refused: 0,
            last: Moment::ZERO,
        }
    }

    /// A connection is not there, and will be tried again.
    fn waits(&mut self, connection: usize) {
        let it = &mut self.connections[connection];
        it.attempts += 1;
        self.events.plan(self.now + (self.waits)(it.attempts, &mut self.rng), Event::Connects(connection));
    }

    fn connects(&mut self, connection: usize) {
        let Process { fleet, picker } = &self.processes[connection % CLIENTS];
        let Some(ticket) = fleet.pick(&**picker, &Ask::any(), self.now, &mut self.rng) else {
            return self.waits(connection);
        };
        let replica = *ticket.endpoint().key();
        self.connections[connection].ticket = Some(ticket);
        let deadline = Deadline::within(HANDSHAKE, self.now);
        let (fate, shed) = self.replicas[replica].arrive(connection as u32, deadline, self.now, &mut self.rng);
        self.fate(connection, fate);
        if let Some(shed) = shed {
            self.fate(shed as usize, Fate::Shed(Shed::Full(Duration::from_millis(1))));
        }
    }

    fn fate(&mut self, connection: usize, fate: Fate) {
        match fate {
            Fate::Works(time) => {
                self.connections[connection].began = self.now;
                self.events.plan(self.now + time, Event::Worked(connection));
            }
            Fate::IsIn | Fate::Waits | Fate::Lost => {}
            Fate::Unreached => self.fails(connection, Failure::UNREACHED),
            Fate::Fails(_) => self.fails(connection, Failure::of(Kind::Unavailable)),
            Fate::Shed(why) => {
                self.refused += 1;
                let hint = if let Shed::Full(wait) = why { Hint::After(wait) } else { Hint::None };
                self.fails(connection, Failure { kind: Kind::Overloaded, sent: Sent::No, hint });
            }
        }
    }

    fn fails(&mut self, connection: usize, failure: Failure) {
        if let Some(ticket) = self.connections[connection].ticket.take() {
            ticket.settle(End::Failed(failure), false, self.now);
        }
        self.waits(connection);
    }

    /// The handshake is answered; from now on the connection is a load of its own.
    fn worked(&mut self, connection: usize) {
        let it = &mut self.connections[connection];
        let handshake = it.ticket.take().expect("it was on its way");
        let endpoint = Arc::clone(handshake.endpoint());
        handshake.settle(End::Answered, false, self.now);
        (it.ticket, it.is_there, self.last) = (endpoint.begin(self.now), true, self.now);
        let replica = *endpoint.key();
        self.loads[replica].fetch_add(1, Ordering::Relaxed);
        let began = it.began;
        if let Some((next, time)) = self.replicas[replica].done(began, true, self.now, &mut self.rng) {
            self.fate(next as usize, Fate::Works(time));
        }
        while let Some((next, fate)) = self.replicas[replica].next(self.now, &mut self.rng) {
            self.fate(next as usize, fate);
        }
    }

    fn gathered(&self) -> Gathered {
        let all = self.connections.iter().all(|it| it.is_there);
        let back = if all { (self.last - (Moment::ZERO + CUT)).as_secs_f64() } else { f64::INFINITY };
        let most = self.loads.iter().map(|load| load.load(Ordering::Relaxed)).max().unwrap_or_default();
        Gathered { refused: self.refused, back, most: f64::from(most) * REPLICAS as f64 / CONNECTIONS as f64 }
    }
}
