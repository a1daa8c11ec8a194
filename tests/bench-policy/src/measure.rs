//! CPU time and allocations of a call.

use rustix::time::{ClockId, clock_gettime};
use tokio::runtime::Runtime;

const CALLS: u32 = 20_000;
const ROUNDS: usize = 40;

/// What a call costs.
#[derive(Clone, Copy)]
pub struct Cost {
    /// CPU time of the thread.
    pub nanos: f64,
}

/// The tenth percentile of many rounds: what disturbs a round only adds to it.
pub fn cost(runtime: &Runtime, call: &impl AsyncFn()) -> Cost {
    let mut rounds = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let before = cpu();
        runtime.block_on(many(call, CALLS));
        rounds.push((cpu() - before) / f64::from(CALLS));
    }
    rounds.sort_by(f64::total_cmp);
    Cost { nanos: rounds[ROUNDS / 10] }
}

/// Allocations a call, over warm state, also those of tasks that work for it: all of them run on this thread.
pub fn allocations(runtime: &Runtime, call: &impl AsyncFn()) -> f64 {
    let info = allocation_counter::measure(|| runtime.block_on(many(call, 1_000)));
    (info.count_total / 100) as f64 / 10.0
}

async fn many(call: &impl AsyncFn(), times: u32) {
    for _ in 0..times {
        call().await;
    }
}

fn cpu() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}
