//! Bounds of one connection.

use std::time::Duration;

/// What one side of a connection takes from the other at most. The first four are told to the peer in the hello.
#[derive(Clone, Copy, Debug)]
pub struct MuxLimits {
    /// Bytes of one message: an input, an answer, an item. 2 MiB unless said otherwise.
    pub message_bytes_max: u32,
    /// Bytes of a call's metadata. 64 KiB unless said otherwise.
    pub metadata_bytes_max: u32,
    /// Calls at once. A server refuses further ones with a fault, and reads no more while so many run that nobody awaits.
    /// 200 unless said otherwise.
    pub streams_max: u32,
    /// Items of a stream that the peer may send before it is given more credit. 16 unless said otherwise.
    pub window: u32,
    /// Bytes of output that may wait for the peer before the server reads no more of it, and before senders wait.
    /// 256 KiB unless said otherwise; one message may go beyond.
    pub out_bytes_max: usize,
    /// Bytes of inputs whose calls have not ended, and of items that no handler has taken, before no more is read.
    /// 16 MiB unless said otherwise; one frame may go beyond.
    pub in_bytes_max: usize,
    /// The time in which the peer's hello must have come. 10 seconds unless said otherwise.
    pub hello_time_max: Duration,
    /// After so much silence the peer is asked whether it lives, after twice as much the connection ends. 30 seconds unless
    /// said otherwise.
    pub keep_alive: Duration,
}

impl Default for MuxLimits {
    fn default() -> MuxLimits {
        MuxLimits {
            message_bytes_max: 2 * 1024 * 1024,
            metadata_bytes_max: 64 * 1024,
            streams_max: 200,
            window: 16,
            out_bytes_max: 256 * 1024,
            in_bytes_max: 16 * 1024 * 1024,
            hello_time_max: Duration::from_secs(10),
            keep_alive: Duration::from_secs(30),
        }
    }
}
