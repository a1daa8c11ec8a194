//! Facets and directions: what can break, and for whom.

/// What a change can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Facet {
    /// Code written against the generated Rust.
    Rust,
    /// Values as JSON: REST, WebSocket, WebRTC.
    Json,
    /// Where a call goes: verbs, paths, queries, headers, statuses, places, names in frames.
    Route,
    /// Values as protobuf, and the names and numbers by which gRPC and native RPC call.
    Proto,
    /// Messages on brokers, those that are stored among them.
    Event,
    /// Documents of SOAP.
    Soap,
    /// What a caller may expect of time and load.
    Policy,
}

impl Facet {
    /// All of them, in the order in which they are told.
    pub const ALL: [Facet; 7] =
        [Facet::Rust, Facet::Json, Facet::Route, Facet::Proto, Facet::Event, Facet::Soap, Facet::Policy];

    /// The word: `json`.
    pub fn as_str(self) -> &'static str {
        match self {
            Facet::Rust => "rust",
            Facet::Json => "json",
            Facet::Route => "route",
            Facet::Proto => "proto",
            Facet::Event => "event",
            Facet::Soap => "soap",
            Facet::Policy => "policy",
        }
    }

    /// The facet of that word.
    pub fn named(word: &str) -> Option<Facet> {
        Facet::ALL.into_iter().find(|facet| facet.as_str() == word)
    }
}

/// Who writes and who reads while both states are in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// The old side writes, the new side reads: inputs of old callers, stored events.
    Input,
    /// The new side writes, the old side reads: answers to old callers, events for old handlers.
    Output,
}

impl Direction {
    /// Both.
    pub const ALL: [Direction; 2] = [Direction::Input, Direction::Output];

    /// The word: `input`.
    pub fn as_str(self) -> &'static str {
        match self {
            Direction::Input => "input",
            Direction::Output => "output",
        }
    }
}

/// What a change does to one facet in one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing.
    Fine,
    /// It works on, but somebody should know.
    Warn,
    /// Somebody's code or messages work no longer.
    Break,
}

impl Verdict {
    /// `fine`, `warn` or `break`.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Fine => "fine",
            Verdict::Warn => "warn",
            Verdict::Break => "break",
        }
    }
}

/// A set of facets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facets(u8);

impl Facets {
    /// None.
    pub const NONE: Facets = Facets(0);
    /// All.
    pub const ALL: Facets = Facets(0x7f);

    /// These.
    pub const fn of(facets: &[Facet]) -> Facets {
        let (mut set, mut index) = (0, 0);
        while index < facets.len() {
            set |= 1 << facets[index] as u8;
            index += 1;
        }
        Facets(set)
    }

    /// Whether it has that one.
    pub fn has(self, facet: Facet) -> bool {
        self.0 & (1 << facet as u8) != 0
    }

    /// Whether it has none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those of either.
    #[must_use]
    pub const fn or(self, other: Facets) -> Facets {
        Facets(self.0 | other.0)
    }

    /// Those of both.
    #[must_use]
    pub const fn and(self, other: Facets) -> Facets {
        Facets(self.0 & other.0)
    }

    /// All but these.
    #[must_use]
    pub const fn without(self, other: Facets) -> Facets {
        Facets(self.0 & !other.0)
    }

    /// The same in a direction.
    pub fn toward(self, direction: Direction) -> Reach {
        match direction {
            Direction::Input => Reach(u16::from(self.0)),
            Direction::Output => Reach(u16::from(self.0) << 8),
        }
    }

    /// The same in both directions.
    pub fn both_ways(self) -> Reach {
        self.toward(Direction::Input).or(self.toward(Direction::Output))
    }
}

/// The facets that something takes part in, each with its directions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach(u16);

impl Reach {
    /// Nowhere.
    pub const NONE: Reach = Reach(0);

    /// What is in either.
    #[must_use]
    pub fn or(self, other: Reach) -> Reach {
        Reach(self.0 | other.0)
    }

    /// What is in both.
    #[must_use]
    pub fn and(self, other: Reach) -> Reach {
        Reach(self.0 & other.0)
    }

    /// What of it is in these facets.
    #[must_use]
    pub fn within(self, facets: Facets) -> Reach {
        Reach(self.0 & facets.both_ways().0)
    }

    /// Whether that facet takes part in that direction.
    pub fn has(self, facet: Facet, direction: Direction) -> bool {
        self.0 & Facets::of(&[facet]).toward(direction).0 != 0
    }

    /// Whether nothing takes part.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}
