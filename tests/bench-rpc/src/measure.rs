//! CPU time and allocations of a call, in rounds in which all take their turn.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::task::{JoinSet, LocalSet};
use wireloom_bench::calls::Call;
use wireloom_bench::gate::Gate;
use wireloom_bench::lean::{self, Http2, Native};
use wireloom_bench::statistics::Sample;

use crate::peers::{Client, Peer};
use crate::server::{Server, Used, used};
use crate::{Caller, Contender, LoadOf, call_named, contenders};

/// How much is measured.
pub struct Effort {
    pub rounds: usize,
    warm_up: Duration,
    window: Duration,
}

pub const WHOLE: Effort = Effort { rounds: 9, warm_up: Duration::from_millis(120), window: Duration::from_millis(400) };
pub const QUICK: Effort = Effort { rounds: 1, warm_up: Duration::from_millis(20), window: Duration::from_millis(50) };

/// What a call costs.
#[derive(Default)]
pub struct Costs {
    pub server_us: Sample,
    pub server_allocations: Sample,
    pub client_us: Sample,
    pub client_allocations: Sample,
    pub thousands_a_second: Sample,
}

pub fn measure(effort: &Effort, gate: &mut Gate) -> io::Result<BTreeMap<Contender, Costs>> {
    let mut servers = BTreeMap::new();
    for peer in Peer::ALL {
        servers.insert(peer, Server::start(peer)?);
    }
    let (contenders, mut costs) = (contenders(), BTreeMap::new());
    for round in 0..effort.rounds {
        // Each round begins elsewhere, so that none is always behind the same other.
        for turn in 0..contenders.len() {
            let contender = contenders[(turn + round) % contenders.len()];
            let server = servers.get_mut(&contender.peer).expect("all were started");
            let window = gate.measure(|| one(contender, server, effort))?;
            window.add_to(costs.entry(contender).or_default());
        }
    }
    Ok(costs)
}

/// What was used between two moments.
struct Window {
    calls: f64,
    time: Duration,
    server: [Used; 2],
    client: [Used; 2],
}

impl Window {
    fn add_to(&self, costs: &mut Costs) {
        let each = |of: &[Used; 2], what: fn(&Used) -> f64| (what(&of[1]) - what(&of[0])) / self.calls;
        costs.server_us.push(each(&self.server, |used| used.cpu_ns) / 1e3);
        costs.server_allocations.push(each(&self.server, |used| used.allocations));
        costs.client_us.push(each(&self.client, |used| used.cpu_ns) / 1e3);
        costs.client_allocations.push(each(&self.client, |used| used.allocations));
        costs.thousands_a_second.push(self.calls / self.time.as_secs_f64() / 1e3);
    }
}

fn one(contender: Contender, server: &mut Server, effort: &Effort) -> io::Result<Window> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = LocalSet::new();
    local.block_on(&runtime, async {
        let mut load = Load::start(contender, server).await?;
        tokio::time::sleep(effort.warm_up).await;
        let thread = std::process::id();
        let (calls, at_server, at_client, started) = (load.answers(), server.used()?, used(thread), Instant::now());
        tokio::time::sleep(effort.window).await;
        let (client, at_end, time) = ([at_client, used(thread)], server.used()?, started.elapsed());
        let calls = load.answers() - calls;
        load.check()?;
        if calls == 0 {
            return Err(io::Error::other(format!("{} answered nothing", contender.peer.name())));
        }
        Ok(Window { calls: calls as f64, time, server: [at_server, at_end], client })
    })
}

/// Calls that are made until it is dropped.
enum Load {
    Own { answers: Rc<Cell<u64>>, _tasks: JoinSet<()> },
    Lean(lean::Load),
}

impl Load {
    async fn start(contender: Contender, server: &Server) -> io::Result<Load> {
        let Contender { call, peer, load, .. } = contender;
        match (contender.caller, peer) {
            (Caller::Own, _) => Ok(Load::own(peer, load, server).await),
            (Caller::Lean, Peer::Native) => Load::lean::<Native>(&call_named(call), load, server).await,
            (Caller::Lean, _) => Load::lean::<Http2>(&call_named(call), load, server).await,
        }
    }

    async fn lean<P: lean::Protocol>(call: &Call, load: LoadOf, server: &Server) -> io::Result<Load> {
        lean::Load::start::<P>(server.address, call, load.connections, load.in_flight).await.map(Load::Lean)
    }

    async fn own(peer: Peer, load: LoadOf, server: &Server) -> Load {
        let (answers, mut tasks) = (Rc::new(Cell::new(0)), JoinSet::new());
        for _ in 0..load.connections {
            let client = peer.connect(server.address).await;
            for _ in 0..load.in_flight {
                tasks.spawn_local(echo_for_ever(client.clone(), Rc::clone(&answers)));
            }
        }
        Load::Own { answers, _tasks: tasks }
    }

    fn answers(&self) -> u64 {
        match self {
            Load::Own { answers, .. } => answers.get(),
            Load::Lean(load) => load.answers(),
        }
    }

    fn check(&mut self) -> io::Result<()> {
        match self {
            // A client that fails panics.
            Load::Own { .. } => Ok(()),
            Load::Lean(load) => load.check(),
        }
    }
}

async fn echo_for_ever(mut client: Client, answers: Rc<Cell<u64>>) {
    let payload = Bytes::from(vec![b'x'; 64]);
    loop {
        assert_eq!(client.echo(payload.clone()).await, payload);
        answers.set(answers.get() + 1);
    }
}
