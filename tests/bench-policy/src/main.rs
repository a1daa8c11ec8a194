//! What the policies of a client cost a call: a Wireloom channel beside the same stack of tower 0.5 and tower-resilience.
//!
//! Both balance over ten endpoints by P2C over peak EWMA, retry out of a budget, have a breaker, a time for the call and one for
//! each attempt; what Wireloom has beside that (ejection, accrual, throttle) is on as well. What is called does nothing, at once or
//! after it was pending once, as every call over a network is. CPU time of the thread, the tenth percentile of many rounds; the
//! machine may be busy.
//!
//! `wireloom-bench-policy [FILE]` prints a table, and writes it to a file.

mod channel;
mod measure;
mod stack;

use measure::{Cost, allocations, cost};
use wireloom::policy::balance::{Ask, P2c};
use wireloom::policy::{End, Fleet, Moment, Rng};

/// What is called: how often it is pending before it answers.
#[derive(Clone, Copy)]
pub enum Leaf {
    /// It answers at once.
    Ready,
    /// It is pending once.
    Yields,
}

impl Leaf {
    async fn call(self) {
        if let Leaf::Yields = self {
            tokio::task::yield_now().await;
        }
    }
}

fn main() {
    let table = table();
    println!("{table}");
    if let Some(file) = std::env::args().nth(1).filter(|argument| argument != "--quick") {
        std::fs::write(file, table).expect("the table is written");
    }
}

fn table() -> String {
    let mut table = String::from("| a call | CPU, ns | allocations |\n|---|---|---|\n");
    let mut row = |what: &str, (Cost { nanos }, allocations): (Cost, f64)| {
        table.push_str(&format!("| {what} | {nanos:.0} | {allocations:.1} |\n"));
        nanos
    };
    let mut ratios = Vec::new();
    for (leaf, how) in [(Leaf::Ready, "answered at once"), (Leaf::Yields, "pending once")] {
        let nothing = measured(|| async move || leaf.call().await);
        let nothing = row(&format!("nothing, {how}"), nothing);
        let ours = measured(|| {
            let channel = channel::channel(leaf);
            async move || channel::call(&channel).await
        });
        let ours = row(&format!("Wireloom's channel, {how}"), ours);
        let theirs = measured(|| {
            let stack = stack::stack(leaf);
            async move || stack::call(&stack).await
        });
        let theirs = row(&format!("tower and tower-resilience, {how}"), theirs);
        ratios.push(format!("{how}: {:.1} times", (theirs - nothing) / (ours - nothing)));
    }
    for endpoints in [10, 100] {
        row(&format!("a pick among {endpoints} and its end"), measured(|| picking(endpoints)));
    }
    table.push_str(&format!("\nWithout what nothing costs, the stack of tower costs ({}) as much.\n", ratios.join("; ")));
    table
}

/// What a call costs, and its allocations, in a runtime of its own: what one leaves behind is nothing to the next.
fn measured<C: AsyncFn()>(made: impl FnOnce() -> C) -> (Cost, f64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let _inside = runtime.enter();
    let call = made();
    (cost(&runtime, &call), allocations(&runtime, &call))
}

/// A pick with what follows it: the load, latency and health of the endpoint.
fn picking(endpoints: usize) -> impl AsyncFn() {
    let fleet = Fleet::new(0..endpoints, &Default::default(), Moment::ZERO).expect("the defaults are right");
    let state = std::cell::RefCell::new((Rng::seeded(1), 0_u64));
    async move || {
        let (rng, nanos) = &mut *state.borrow_mut();
        *nanos += 1_000;
        let now = Moment::from_nanos(*nanos);
        let ticket = fleet.pick(&P2c::default(), &Ask::any(), now, rng).expect("there are endpoints");
        ticket.settle(End::Answered, false, Moment::from_nanos(*nanos + 500));
    }
}
