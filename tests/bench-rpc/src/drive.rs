//! The client: so many calls in flight for a while.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;

use crate::{allocations, cpu_ns, peers};

const WARM_UP: Duration = Duration::from_millis(300);
const TIME: Duration = Duration::from_secs(2);

/// Calls a peer and says: calls, CPU time in nanoseconds, allocations.
pub fn drive(peer: &str, port: u16, connections: usize, in_flight: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(tokio::task::LocalSet::new().run_until(async {
        let count = Rc::new(Cell::new(0_u64));
        for _ in 0..connections {
            let client = peers::connect(peer, port).await;
            for _ in 0..in_flight {
                let (mut client, count) = (client.clone(), Rc::clone(&count));
                tokio::task::spawn_local(async move {
                    let payload = Bytes::from(vec![b'x'; 64]);
                    loop {
                        assert_eq!(client.echo(payload.clone()).await.len(), 64);
                        count.set(count.get() + 1);
                    }
                });
            }
        }
        tokio::time::sleep(WARM_UP).await;
        let thread = std::process::id();
        let before = (count.get(), cpu_ns(thread), allocations::count());
        tokio::time::sleep(TIME).await;
        let after = (count.get(), cpu_ns(thread), allocations::count());
        // The server's costs are of all calls, so the client's are scaled to them.
        let share = after.0 as f64 / (after.0 - before.0) as f64;
        println!("{} {} {}", after.0, (after.1 - before.1) as f64 * share, (after.2 - before.2) as f64 * share);
    }));
}
