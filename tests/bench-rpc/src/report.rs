//! The tables that the book shows.

use std::collections::BTreeMap;

use wireloom_bench::gate::Gate;
use wireloom_bench::statistics::table;

use crate::decode::Decode;
use crate::instructions::{AT_ONCE, Counts};
use crate::measure::Costs;
use crate::peers::Peer;
use crate::{Caller, Contender, LoadOf, MANY, contenders};

pub struct Report {
    pub instructions: Counts,
    pub decode: Decode,
    pub costs: BTreeMap<Contender, Costs>,
}

/// A relation that is wanted.
struct Goal {
    what: &'static str,
    wanted: Wanted,
    /// Nothing where it was not measured.
    measured: Option<f64>,
}

enum Wanted {
    AtLeast(f64),
    AtMost(f64),
}

impl Wanted {
    fn text(&self) -> String {
        match self {
            Wanted::AtLeast(bound) => format!("≥ {bound}"),
            Wanted::AtMost(bound) => format!("≤ {bound}"),
        }
    }

    fn holds(&self, measured: f64) -> bool {
        match self {
            Wanted::AtLeast(bound) => measured >= *bound,
            Wanted::AtMost(bound) => measured <= *bound,
        }
    }
}

impl Report {
    pub fn text(&self, gate: &Gate, rounds: usize) -> String {
        let (taken, disturbed) = gate.taken_and_disturbed();
        let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let note = format!(
            "Medians (least\u{2013}greatest) of {rounds} rounds; {disturbed} of {taken} measurements were taken in a slow \
             phase of the machine. Load of the machine at the end: {} (2 is this benchmark alone).",
            load.split(' ').next().unwrap_or_default()
        );
        let (goals, costs, decode) = (self.goals(), self.all_costs(), self.decode());
        format!("{goals}\n{costs}\n{decode}\n{note}\n")
    }

    fn goals(&self) -> String {
        let server = |peer, caller| self.echo(peer, caller).map(|costs| costs.server_us.median());
        let client = |peer| self.echo(peer, Caller::Own).map(|costs| costs.client_us.median());
        let ratio = |one: Option<f64>, other: Option<f64>| Some(one? / other?);
        let counted = |call, peer| self.instructions.get(&(call, peer, AT_ONCE[0])).copied();
        let more = |call, than| ratio(counted(call, Peer::Grpc), counted(call, than));
        let native = self.echo(Peer::Native, Caller::Own);
        let goals = [
            Goal {
                what: "tonic / native RPC, the server's CPU, lean clients",
                wanted: Wanted::AtLeast(6.0),
                measured: ratio(server(Peer::TonicBare, Caller::Lean), server(Peer::Native, Caller::Lean)),
            },
            Goal {
                what: "tonic / native RPC, the server's CPU, own clients",
                wanted: Wanted::AtLeast(6.0),
                measured: ratio(server(Peer::TonicBare, Caller::Own), server(Peer::Native, Caller::Own)),
            },
            Goal {
                what: "tarpc / native RPC, the server's CPU, own clients",
                wanted: Wanted::AtLeast(2.0),
                measured: ratio(server(Peer::Tarpc, Caller::Own), server(Peer::Native, Caller::Own)),
            },
            Goal {
                what: "tonic / native RPC, the client's CPU",
                wanted: Wanted::AtLeast(6.0),
                measured: ratio(client(Peer::TonicBare), client(Peer::Native)),
            },
            Goal {
                what: "tarpc / native RPC, the client's CPU",
                wanted: Wanted::AtLeast(2.0),
                measured: ratio(client(Peer::Tarpc), client(Peer::Native)),
            },
            Goal {
                what: "allocations of a call of native RPC, server and client",
                wanted: Wanted::AtMost(2.0),
                measured: native.map(|costs| costs.server_allocations.median() + costs.client_allocations.median()),
            },
            Goal {
                what: "gRPC / tonic, instructions of an echo",
                wanted: Wanted::AtMost(1.1),
                measured: more("echo", Peer::TonicBare),
            },
            Goal {
                what: "gRPC / tonic-same, instructions of an echo",
                wanted: Wanted::AtMost(1.1),
                measured: more("echo", Peer::TonicSame),
            },
            Goal {
                what: "gRPC / tonic-same, instructions of an order",
                wanted: Wanted::AtMost(1.1),
                measured: more("order", Peer::TonicSame),
            },
            Goal {
                what: "reading an order, ours / prost with conversion",
                wanted: Wanted::AtMost(0.67),
                measured: ratio(Some(self.decode.ours.median()), Some(self.decode.prost_with_conversion.median())),
            },
        ];
        let mut rows = vec![["goal", "wanted", "measured", "reached"].map(str::to_owned).to_vec()];
        rows.extend(goals.iter().map(|goal| {
            let reached = goal.measured.map(|measured| if goal.wanted.holds(measured) { "yes" } else { "no" });
            vec![
                goal.what.to_owned(),
                goal.wanted.text(),
                goal.measured.map(|measured| format!("{measured:.2}")).unwrap_or_default(),
                reached.unwrap_or_default().to_owned(),
            ]
        }));
        table(&rows)
    }

    /// An echo with 64 calls in flight over 8 connections, by which goals are judged.
    fn echo(&self, peer: Peer, caller: Caller) -> Option<&Costs> {
        self.costs.get(&Contender { call: "echo", load: MANY, peer, caller })
    }

    fn all_costs(&self) -> String {
        let head = [
            "call",
            "server",
            "client",
            "in flight",
            "server µs",
            "vs rpc",
            "vs tonic",
            "k instructions",
            "allocations",
            "client µs",
            "client's allocations",
            "k calls/s",
        ];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        rows.extend(contenders().into_iter().map(|contender| self.row(contender)));
        table(&rows)
    }

    fn row(&self, contender: Contender) -> Vec<String> {
        let costs = &self.costs[&contender];
        let Contender { call, load: LoadOf { connections, in_flight }, peer, caller } = contender;
        let of = |peer| self.costs.get(&Contender { peer, ..contender });
        let ratio =
            |to| of(to).map(|other| costs.server_us.median() / other.server_us.median()).map(|it| format!("{it:.2}"));
        let counted = self.instructions.get(&(call, peer, in_flight));
        let own = caller == Caller::Own;
        vec![
            call.to_owned(),
            peer.name().to_owned(),
            if own { "own" } else { "lean" }.to_owned(),
            format!("{} × {connections}", in_flight),
            costs.server_us.text(2),
            ratio(Peer::Native).unwrap_or_default(),
            ratio(Peer::TonicBare).unwrap_or_default(),
            counted.map(|count| format!("{:.1}", count / 1e3)).unwrap_or_default(),
            format!("{:.1}", costs.server_allocations.median()),
            if own { costs.client_us.text(2) } else { String::new() },
            if own { format!("{:.1}", costs.client_allocations.median()) } else { String::new() },
            format!("{:.0}", costs.thousands_a_second.median()),
        ]
    }

    fn decode(&self) -> String {
        let Decode { ours, prost_with_conversion, prost_alone } = &self.decode;
        let row = |what: &str, sample: &wireloom_bench::statistics::Sample| {
            vec![
                what.to_owned(),
                "8 lines".to_owned(),
                sample.text(0),
                format!("{:.2}", sample.median() / prost_with_conversion.median()),
            ]
        };
        let head = ["reading an order", "of", "CPU ns", "vs prost with conversion"].map(str::to_owned).to_vec();
        table(&[
            head,
            row("wireloom", ours),
            row("prost with conversion to the same types", prost_with_conversion),
            row("prost alone, nothing checked", prost_alone),
        ])
    }
}

/// Instructions alone.
pub fn instructions(counts: &Counts) -> String {
    let mut head = ["call", "server"].map(str::to_owned).to_vec();
    head.extend(AT_ONCE.map(|count| format!("{count} at once")));
    head.push("vs tonic".to_owned());
    head.push("vs tonic-same".to_owned());
    let mut rows = vec![head];
    for call in ["echo", "order"] {
        for peer in Peer::ALL {
            let of = |peer, at_once| counts.get(&(call, peer, at_once)).copied();
            let Some(own) = of(peer, AT_ONCE[0]) else { continue };
            let mut row = vec![call.to_owned(), peer.name().to_owned()];
            row.extend(AT_ONCE.map(|at_once| of(peer, at_once).map(|it| format!("{it:.0}")).unwrap_or_default()));
            row.extend(
                [Peer::TonicBare, Peer::TonicSame]
                    .map(|to| of(to, AT_ONCE[0]).map(|other| format!("{:.3}", own / other)).unwrap_or_default()),
            );
            rows.push(row);
        }
    }
    table(&rows)
}
