//! Allocations of one request to each server: a line `server case count` each.

use std::alloc::System;
use std::io::{self, Write as _};

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use wireloom_bench::allocations;
use wireloom_bench::cases::Case;
use wireloom_bench::peers::Peer;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() -> io::Result<()> {
    let count = || {
        let stats = ALLOCATOR.stats();
        stats.allocations + stats.reallocations
    };
    for case in Case::all() {
        for peer in Peer::ALL.into_iter().filter(|&peer| case.compared || peer == Peer::Wireloom) {
            let allocations = allocations::of_request(peer, case.clone(), count)?;
            writeln!(io::stdout(), "{} {} {allocations}", peer.name(), case.name)?;
        }
    }
    Ok(())
}
