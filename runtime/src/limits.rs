//! Bounds on what a peer controls.

use std::time::Duration;

/// What a server takes from its peers at most.
///
/// ```
/// use wireloom::Limits;
///
/// let limits = Limits { body_bytes_max: 64 * 1024, ..Limits::default() };
/// assert_eq!(limits.json_depth_max, 64);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of a request's body, or of a message of gRPC or native RPC; more is answered with 413 on REST. What a service answers
    /// is not bounded by it. 2 MiB unless said otherwise.
    pub body_bytes_max: usize,
    /// Bytes of a request's headers or metadata; more is answered with 431 on HTTP. 64 KiB unless said otherwise, there 8
    /// KiB at least.
    pub header_bytes_max: usize,
    /// Headers of a request; more is answered with 431. 100 unless said otherwise.
    pub headers_max: usize,
    /// The time in which a request's headers, or a connection's hello, must have come, also the first request of a
    /// connection and the next one of an idle HTTP/1 connection. A peer of HTTP/2 is asked for a sign of life as often, and
    /// has as long to give it. 10 seconds unless said otherwise.
    pub header_time_max: Duration,
    /// How deep JSON, or a message, may nest. 64 unless said otherwise.
    pub json_depth_max: usize,
    /// Connections at once on each port; further ones wait to be accepted. 10,000 unless said otherwise.
    pub connections_max: usize,
    /// Streams at once on one connection of HTTP/2, calls at once on one of native RPC. 200 unless said otherwise.
    pub streams_max: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            body_bytes_max: 2 * 1024 * 1024,
            header_bytes_max: 64 * 1024,
            headers_max: 100,
            header_time_max: Duration::from_secs(10),
            json_depth_max: crate::json::DEPTH_MAX,
            connections_max: 10_000,
            streams_max: 200,
        }
    }
}
