//! Two multiplexers over a pipe that cuts bytes where it likes: however it does, every call sees the same.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use proptest::prelude::*;
use wireloom::mux::{
    Close, Encoding, Event, MaySend, Mux, MuxLimits, Native, NotOpened, Request, StreamId, Table, Taken, Unwritten,
};
use wireloom::policy::Settings;
use wireloom::{Code, Effect, Fault, Metadata, OperationFacts, Shape};

const SHAPES: [Shape; 5] = [Shape::Unary, Shape::Oneway, Shape::ServerStream, Shape::ClientStream, Shape::Duplex];

/// One operation of each shape; its number is its place.
fn table() -> Arc<Table> {
    let facts = SHAPES.map(|shape| OperationFacts {
        package: "p",
        service: "S",
        name: ["unary", "oneway", "out", "in", "both"][usize::from(number(shape))],
        shape,
        effect: Effect::Once,
        policy: Settings::within(Duration::from_secs(1)),
        auth: wireloom::Auth::PUBLIC,
    });
    Arc::new(Table::new(&facts))
}

/// The machine needs an instant to begin at, whichever.
fn an_instant() -> Instant {
    tokio::time::Instant::now().into_std()
}

fn number(shape: Shape) -> u16 {
    SHAPES.iter().position(|known| *known == shape).unwrap() as u16
}

fn limits() -> MuxLimits {
    MuxLimits { window: 3, streams_max: 4, out_bytes_max: 400, message_bytes_max: 2000, ..MuxLimits::default() }
}

/// A call: its shape, its items in (one, where the input is a message) and how many come back.
#[derive(Clone, Debug)]
struct Plan {
    shape: Shape,
    sizes: Vec<usize>,
    back: usize,
}

impl Plan {
    fn streams_in(&self) -> bool {
        matches!(self.shape, Shape::ClientStream | Shape::Duplex)
    }
}

fn plan() -> impl Strategy<Value = Plan> {
    (0..5_usize, prop::collection::vec(0..60_usize, 0..30), 0..40_usize).prop_map(|(shape, sizes, back)| Plan {
        shape: SHAPES[shape],
        sizes,
        back,
    })
}

/// What a call's two sides have seen: the server what it was sent, the client what it got and how that ended.
#[derive(Clone, Debug, Default, PartialEq)]
struct Seen {
    by_server: Vec<Vec<u8>>,
    by_client: Vec<Vec<u8>>,
    end: Option<String>,
}

struct Calling {
    plan: usize,
    stream: StreamId,
    sent: usize,
    answered: bool,
}

struct Serving {
    plan: usize,
    sent: usize,
    opened: bool,
    input_ended: bool,
}

/// Both sides, the pipe between them, and who takes part in a turn: the next step of a cyclic list of numbers.
struct World<'p, E> {
    plans: &'p [Plan],
    client: Mux<(), E>,
    server: Mux<(), E>,
    to_server: Direction,
    to_client: Direction,
    calling: Vec<Calling>,
    serving: BTreeMap<StreamId, Serving>,
    seen: Vec<Seen>,
    next: usize,
    steps: Vec<usize>,
    at: usize,
}

#[derive(Default)]
struct Direction {
    writing: BytesMut,
    arrived: BytesMut,
}

impl Direction {
    /// Moves some bytes on.
    fn carry<E: Encoding>(&mut self, from: &mut Mux<(), E>, bytes: usize) {
        if self.writing.is_empty() {
            from.take_output(&mut self.writing);
        }
        let count = bytes.min(self.writing.len());
        self.arrived.unsplit(self.writing.split_to(count));
        from.set_unsent(self.writing.len());
    }
}

impl<E: Encoding> World<'_, E> {
    fn new(plans: &[Plan], steps: Vec<usize>) -> World<'_, E> {
        let now = an_instant();
        World {
            plans,
            client: Mux::client(limits(), now),
            server: Mux::server(limits(), table(), now),
            to_server: Direction::default(),
            to_client: Direction::default(),
            calling: Vec::new(),
            serving: BTreeMap::new(),
            seen: vec![Seen::default(); plans.len()],
            next: 0,
            steps,
            at: 0,
        }
    }

    /// The next number of the list.
    fn step(&mut self) -> usize {
        self.at += 1;
        self.steps[self.at % self.steps.len()]
    }

    /// Whether a side does nothing this time; never for ever, however the list repeats.
    fn is_lazy(&mut self) -> bool {
        (self.step() + self.at / self.steps.len()).is_multiple_of(3)
    }

    fn run(mut self) -> Vec<Seen> {
        for _ in 0..50_000 {
            self.client_turn();
            let bytes = self.step();
            self.to_server.carry(&mut self.client, bytes);
            self.server_turn();
            let bytes = self.step();
            self.to_client.carry(&mut self.server, bytes);
            assert_eq!((self.client.closed(), self.server.closed()), (None, None), "nobody breaks the protocol");
            assert!(self.server.calls_open() <= 8, "four that are awaited, four that are not");
            let quiet = !self.client.has_output() && self.to_server.writing.is_empty() && self.server.calls_open() == 0;
            if self.next == self.plans.len() && self.calling.is_empty() && quiet {
                assert_eq!((self.server.held_bytes(), self.client.held_bytes()), (0, 0), "nothing is left behind");
                return self.seen;
            }
        }
        panic!("the calls do not end: {} of {} opened", self.next, self.plans.len());
    }

    fn client_turn(&mut self) {
        while let Some(event) = self.client.receive(&mut self.to_client.arrived).unwrap() {
            assert!(matches!(event, Event::Greeted(_) | Event::Readable(_) | Event::Writable(_)), "{event:?}");
        }
        self.open_next();
        let lazy = self.is_lazy();
        let calling = std::mem::take(&mut self.calling);
        self.calling = calling.into_iter().filter_map(|call| self.call_goes_on(call, lazy)).collect();
    }

    fn open_next(&mut self) {
        let Some(plan) = self.plans.get(self.next) else { return };
        let input = if plan.streams_in() { Vec::new() } else { message(self.next, 0, plan) };
        let opened = self.client.open(number(plan.shape), None, &Metadata::default(), |out| put(&input, out));
        match opened {
            Ok(stream) => {
                if plan.shape != Shape::Oneway {
                    self.calling.push(Calling { plan: self.next, stream, sent: 0, answered: false });
                }
                self.next += 1;
            }
            Err(NotOpened::Later) => {}
            Err(other) => panic!("{other:?}"),
        }
    }

    /// Sends and takes what can be; `None` when the call has ended.
    fn call_goes_on(&mut self, mut call: Calling, lazy: bool) -> Option<Calling> {
        let plan = &self.plans[call.plan];
        while plan.streams_in() && self.client.may_send(call.stream) == MaySend::Yes {
            if call.sent == plan.sizes.len() {
                self.client.end(call.stream);
                break;
            }
            let item = message(call.plan, call.sent, plan);
            self.client.item(call.stream, |out| put(&item, out)).unwrap();
            call.sent += 1;
        }
        let seen = &mut self.seen[call.plan];
        loop {
            let taken = match call.answered {
                false => self.client.take_reply(call.stream),
                true if lazy => return Some(call),
                true => self.client.take_item(call.stream),
            };
            match taken {
                Taken::Wait => return Some(call),
                Taken::Message(reply) if !call.answered => {
                    call.answered = true;
                    seen.by_client.push(reply.to_vec());
                    if !matches!(plan.shape, Shape::ServerStream | Shape::Duplex) {
                        seen.end = Some("answered".to_owned());
                    }
                }
                Taken::Message(item) => seen.by_client.push(item.to_vec()),
                Taken::End => seen.end = Some("ended".to_owned()),
                Taken::Fault(fault) => seen.end = Some(fault.to_string()),
                Taken::Broken(_) | Taken::Gone => panic!("{taken:?}"),
            }
            if seen.end.is_some() {
                self.client.release(call.stream);
                return None;
            }
        }
    }

    fn server_turn(&mut self) {
        while self.server.wants_input() {
            let Some(event) = self.server.receive(&mut self.to_server.arrived).unwrap() else { break };
            match event {
                Event::Request(request) => self.begin(&request),
                // The client is done with a call that failed while it still sent.
                Event::Cancelled(()) | Event::Greeted(_) | Event::Readable(_) | Event::Writable(_) => {}
                other => panic!("{other:?}"),
            }
        }
        let lazy = self.is_lazy();
        let serving = std::mem::take(&mut self.serving);
        for (stream, call) in serving {
            if let Some(call) = self.serve_goes_on(stream, call, lazy) {
                self.serving.insert(stream, call);
            }
        }
    }

    /// Calls come in the order they were opened, so the server knows which plan each is.
    fn begin(&mut self, request: &Request) {
        let plan = (request.stream.number() / 2) as usize;
        assert_eq!(number(self.plans[plan].shape), request.op);
        if !self.plans[plan].streams_in() {
            self.seen[plan].by_server.push(request.input.to_vec());
        }
        let input_ended = !self.plans[plan].streams_in();
        self.serving.insert(request.stream, Serving { plan, sent: 0, opened: false, input_ended });
    }

    fn serve_goes_on(&mut self, stream: StreamId, mut call: Serving, lazy: bool) -> Option<Serving> {
        let plan = &self.plans[call.plan];
        if lazy {
            return Some(call);
        }
        while !call.input_ended {
            match self.server.take_item(stream) {
                Taken::Message(item) => self.seen[call.plan].by_server.push(item.to_vec()),
                Taken::End => call.input_ended = true,
                Taken::Wait => break,
                other => panic!("{other:?}"),
            }
        }
        let waits_for_all = matches!(plan.shape, Shape::Unary | Shape::Oneway | Shape::ClientStream);
        if waits_for_all {
            if !call.input_ended || !self.server.has_room() {
                return Some(call);
            }
            if plan.back % 7 == 3 {
                self.server.fail(stream, &Fault::new(Code::Aborted, "as planned"));
            } else {
                self.server.respond(stream, |out| put(&message(call.plan, 99, plan), out)).unwrap();
            }
            return None;
        }
        if !std::mem::replace(&mut call.opened, true) {
            self.server.respond_with_stream(stream).unwrap();
        }
        while self.server.may_send(stream) == MaySend::Yes {
            if call.sent == plan.back {
                if !call.input_ended {
                    break;
                }
                if plan.back % 7 == 3 {
                    self.server.fail(stream, &Fault::new(Code::Aborted, "as planned"));
                } else {
                    self.server.end(stream);
                }
                return None;
            }
            self.server.item(stream, |out| put(&message(call.plan, call.sent, plan), out)).unwrap();
            call.sent += 1;
        }
        Some(call)
    }
}

fn put(message: &[u8], out: &mut BytesMut) -> Result<(), Unwritten> {
    out.extend_from_slice(message);
    Ok(())
}

/// A message that no other is.
fn message(plan: usize, index: usize, of: &Plan) -> Vec<u8> {
    let size = of.sizes.get(index % of.sizes.len().max(1)).copied().unwrap_or_default();
    // Quoted, so that it is JSON as well.
    format!("\"{plan}/{index}:{}\"", ".".repeat(size)).into_bytes()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, max_shrink_iters: 100, ..ProptestConfig::default() })]

    #[test]
    fn any_cut_gives_the_same(
        plans in prop::collection::vec(plan(), 1..12),
        steps in prop::collection::vec(prop_oneof![1..8_usize, 1..200_usize, Just(100_000)], 7..30),
    ) {
        let whole = World::<Native>::new(&plans, vec![100_000, 100_001]).run();
        #[cfg(feature = "ws")]
        prop_assert_eq!(&whole, &World::<wireloom::mux::JsonFrames>::new(&plans, steps.clone()).run());
        prop_assert_eq!(&whole, &World::<Native>::new(&plans, steps).run());
        for (plan, seen) in plans.iter().zip(&whole) {
            if plan.streams_in() {
                prop_assert_eq!(seen.by_server.len(), plan.sizes.len(), "every item arrives");
            }
        }
    }

    #[test]
    fn noise_costs_nothing_but_the_connection(
        noise in prop::collection::vec((0..14_u8, 0..4_u8, 0..7_u16, 0..40_u32, 0..40_u32, 0..50_usize), 0..300),
        bytes in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut client: Mux<()> = Mux::client(limits(), an_instant());
        let mut server: Mux<()> = Mux::server(limits(), table(), an_instant());
        let mut input = BytesMut::new();
        client.take_output(&mut input);
        for (kind, flags, op, stream, arg, length) in noise {
            let mut frame = (length as u32).to_le_bytes().to_vec();
            frame.extend([kind, flags]);
            frame.extend(op.to_le_bytes());
            frame.extend(stream.to_le_bytes());
            frame.extend(arg.to_le_bytes());
            frame.resize(16 + length, 0);
            input.extend_from_slice(&frame);
        }
        input.extend_from_slice(&bytes);
        while server.wants_input() && matches!(server.receive(&mut input), Ok(Some(_))) {
            prop_assert!(server.calls_open() <= 8);
        }
        prop_assert!(server.out_bytes() < 400 + 2000);
        prop_assert!(server.held_bytes() < 8 * 2000 + 4 * 3 * 2000);
    }
}

/// Objects in which anything may stand anywhere.
#[cfg(feature = "ws")]
fn noise_in_json() -> impl Strategy<Value = Vec<u8>> {
    let kind = prop::sample::select(vec![
        "hello", "ready", "req", "res", "item", "end", "err", "cancel", "credit", "ping", "goaway", "?",
    ]);
    let member = prop::sample::select(vec![
        r#""m":"p.S/unary""#,
        r#""m":1"#,
        r#""m":"p.S/both""#,
        r#""m":{}"#,
        r#""d":[1]"#,
        r#""d":null"#,
        r#""n":3"#,
        r#""n":4294967295"#,
        r#""ms":0.1"#,
        r#""meta":{"a":"b"}"#,
        r#""code":"aborted""#,
        r#""code":1012"#,
        r#""last":9"#,
    ]);
    let object = (kind, 0..20_u32, prop::collection::vec(member, 0..4)).prop_map(|(kind, id, members)| {
        let members: String = members.iter().map(|member| format!(",{member}")).collect();
        let text = format!(r#"{{"t":"{kind}","id":{id}{members}}}"#);
        [&(text.len() as u32).to_le_bytes()[..], text.as_bytes()].concat()
    });
    prop::collection::vec(object, 0..100).prop_map(|objects| objects.concat())
}

#[cfg(feature = "ws")]
proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn noise_in_json_costs_nothing_but_the_connection(noise in noise_in_json(), bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        let mut client: Mux<(), wireloom::mux::JsonFrames> = Mux::client(limits(), an_instant());
        let mut server: Mux<(), wireloom::mux::JsonFrames> = Mux::server(limits(), table(), an_instant());
        let mut input = BytesMut::new();
        client.take_output(&mut input);
        input.extend_from_slice(&noise);
        input.extend_from_slice(&bytes);
        while server.wants_input() && matches!(server.receive(&mut input), Ok(Some(_))) {
            prop_assert!(server.calls_open() <= 8);
        }
        prop_assert!(server.out_bytes() < 400 + 2000);
        prop_assert!(server.held_bytes() < 8 * 2000 + 4 * 3 * 2000);
    }
}

#[test]
fn time_asks_the_silent_and_ends_the_dead() {
    let start = an_instant();
    let after = |seconds| start + Duration::from_secs(seconds);
    let mut server: Mux<()> = Mux::server(MuxLimits::default(), table(), start);
    assert_eq!(server.wake_at(), after(10));
    server.on_time(after(9));
    assert_eq!(server.closed(), None);
    server.on_time(after(10));
    assert_eq!(server.closed(), Some(Close::Hello));

    let mut client: Mux<()> = Mux::client(MuxLimits::default(), start);
    let mut server: Mux<()> = Mux::server(MuxLimits::default(), table(), start);
    let mut bytes = BytesMut::new();
    client.take_output(&mut bytes);
    assert!(matches!(server.receive(&mut bytes), Ok(Some(Event::Greeted(_)))));
    server.heard(after(1));
    server.take_output(&mut BytesMut::new());
    server.set_unsent(0);
    server.on_time(after(31));
    assert_eq!((server.out_bytes(), server.closed()), (16, None), "a ping");
    assert_eq!(server.wake_at(), after(61));
    server.heard(after(32));
    // Whoever drives it is late: the peer still has its time to answer.
    server.on_time(after(100));
    assert_eq!((server.wake_at(), server.closed()), (after(130), None));
    server.on_time(after(129));
    assert_eq!(server.closed(), None);
    server.on_time(after(130));
    assert_eq!(server.closed(), Some(Close::Silent));
}

#[test]
fn a_message_that_panics_leaves_no_half_frame() {
    let (mut client, mut server) = greeted();
    let open = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        client.open(0, None, &Metadata::default(), |out| {
            out.extend_from_slice(b"half");
            panic!("a bug in a codec")
        })
    }));
    assert!(open.is_err());
    client.open(0, None, &Metadata::default(), |out| put(b"whole", out)).unwrap();
    let mut bytes = BytesMut::new();
    client.take_output(&mut bytes);
    let Ok(Some(Event::Request(request))) = server.receive(&mut bytes) else { panic!("a request arrives") };
    assert_eq!(request.input, Bytes::from_static(b"whole"));
}

#[test]
fn calls_behind_the_last_frame_were_never_seen() {
    let (mut client, mut server) = greeted();
    let open = |client: &mut Mux<()>| client.open(0, None, &Metadata::default(), |_| Ok(())).unwrap();
    let (first, second) = (open(&mut client), open(&mut client));
    let mut bytes = BytesMut::new();
    client.take_output(&mut bytes);
    assert!(matches!(server.receive(&mut bytes), Ok(Some(Event::Request(_)))));
    server.close(Close::Done);
    let mut answer = BytesMut::new();
    server.take_output(&mut answer);
    assert!(matches!(client.receive(&mut answer), Ok(Some(Event::PeerClosed(1000)))));
    client.disconnected();
    let sent = |taken| match taken {
        Taken::Broken(failure) => failure.sent,
        other => panic!("{other:?}"),
    };
    assert_eq!(sent(client.take_reply(first)), wireloom::transport::Sent::Maybe);
    assert_eq!(sent(client.take_reply(second)), wireloom::transport::Sent::No);
}

/// Two sides that have said hello.
fn greeted() -> (Mux<()>, Mux<()>) {
    let mut client = Mux::client(limits(), an_instant());
    let mut server = Mux::server(limits(), table(), an_instant());
    let mut bytes = BytesMut::new();
    client.take_output(&mut bytes);
    server.receive(&mut bytes).unwrap();
    let mut answer = BytesMut::new();
    server.take_output(&mut answer);
    client.receive(&mut answer).unwrap();
    (client, server)
}
