//! Why a connection ends.

/// Why a connection ends; the numbers are those of WebSocket's close codes, so that one list serves both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Close {
    /// All is done.
    Done = 1000,
    /// The server stops; calls in flight go on.
    Restart = 1012,
    /// Two keep-alive times without a byte.
    Silent = 4000,
    /// A frame that makes no sense.
    Malformed = 4400,
    /// A version that is not spoken.
    Version = 4406,
    /// No hello in time.
    Hello = 4408,
    /// Items without credit.
    Flow = 4409,
    /// A frame larger than allowed.
    TooBig = 4413,
}

impl Close {
    /// Its number on the wire.
    pub const fn code(self) -> u32 {
        self as u32
    }

    /// What it says of the connection.
    pub const fn reason(self) -> &'static str {
        match self {
            Close::Done => "all is done",
            Close::Restart => "the server stops",
            Close::Silent => "the peer is silent",
            Close::Malformed => "a frame makes no sense",
            Close::Version => "the version is not spoken",
            Close::Hello => "no hello came in time",
            Close::Flow => "an item came without credit",
            Close::TooBig => "a frame is larger than allowed",
        }
    }
}

impl std::fmt::Display for Close {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.reason(), self.code())
    }
}
