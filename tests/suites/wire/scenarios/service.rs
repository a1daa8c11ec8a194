//! The service behind every scenario. Its handlers wait for conditions, never for a time of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::{Stream, StreamExt as _, stream};
use tokio::sync::watch;
use wireloom::{Bytes, Context, Duration, Fault, Inbound, Json, Timestamp, Uuid};
use wireloom_tests::golden::probe::probe::*;

/// A probe; clones are the same.
#[derive(Clone, Default)]
pub(super) struct Service {
    board: Arc<watch::Sender<Board>>,
}

/// What calls have left behind for others to see.
#[derive(Default)]
struct Board {
    notes: Vec<String>,
    started: BTreeSet<String>,
    released: BTreeSet<String>,
    cancelled: BTreeSet<String>,
    tried: BTreeSet<String>,
    paid: u64,
    total: u64,
}

impl Service {
    /// Lets go of what waits under that name.
    pub(super) fn let_go(&self, name: String) {
        self.post(|board| board.released.insert(name));
    }

    /// Changes the board; whoever waits looks again if that was news.
    fn post(&self, change: impl FnOnce(&mut Board) -> bool) {
        self.board.send_if_modified(change);
    }

    /// Waits until the board is so.
    async fn until(&self, is_so: impl FnMut(&Board) -> bool) {
        let waited = self.board.subscribe().wait_for(is_so).await.map(drop);
        waited.expect("the service holds its board");
    }

    /// Begins to wait under a name.
    fn hold(&self, name: String) -> Hold {
        self.post(|board| board.started.insert(name.clone()));
        Hold { service: self.clone(), name, is_over: false }
    }
}

/// Waits under a name; dropped before its end it is cancelled.
struct Hold {
    service: Service,
    name: String,
    is_over: bool,
}

impl Hold {
    async fn released(&mut self) {
        self.service.until(|board| board.released.contains(&self.name)).await;
        self.is_over = true;
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if !self.is_over {
            self.service.post(|board| board.cancelled.insert(self.name.clone()));
        }
    }
}

fn refused() -> Refused {
    let mut refused = Refused::new(
        Uuid::from_u128(0x6f2c_1f8e_3d0f_4f9c_9c37_0d9f_5b1f_9a01),
        vec![1, 2, 4_294_967_295],
        Shape::Many(vec![Shape::Circle(Circle::new(1.5)), Shape::Dot]),
        "12.50".parse().expect("a decimal"),
        "2026-01-31T10:00:00.5Z".parse().expect("a timestamp"),
        u64::MAX,
        Bytes::from_static(&[0, 255, 1]),
        Mood::Cross,
    );
    refused.note = Some("no, thanks".to_owned());
    refused
}

impl Probe for Service {
    async fn echo(&self, _: &Context, input: EchoRequest) -> Result<Everything, EchoFault> {
        Ok(input.all)
    }

    async fn nothing(&self, _: &Context, _: NothingRequest) -> Result<(), NothingFault> {
        Ok(())
    }

    async fn double(&self, _: &Context, input: DoubleRequest) -> Result<u64, DoubleFault> {
        Ok(input.value.wrapping_mul(2))
    }

    async fn negate(&self, _: &Context, input: NegateRequest) -> Result<i64, NegateFault> {
        Ok(input.value.wrapping_neg())
    }

    async fn sort(&self, _: &Context, input: SortRequest) -> Result<Vec<String>, SortFault> {
        let mut words = input.words;
        words.sort();
        Ok(words)
    }

    async fn find(&self, _: &Context, input: FindRequest) -> Result<Option<Line>, FindFault> {
        let code = Code::new(input.name).ok();
        Ok(code.map(|code| Line::new(code, 1)))
    }

    async fn lengths(&self, _: &Context, input: LengthsRequest) -> Result<BTreeMap<String, u64>, LengthsFault> {
        Ok(input.words.into_iter().map(|word| (word.clone(), word.len() as u64)).collect())
    }

    async fn shape(&self, _: &Context, input: ShapeRequest) -> Result<Shape, ShapeFault> {
        Ok(input.shape)
    }

    async fn mood(&self, _: &Context, input: MoodRequest) -> Result<Mood, MoodFault> {
        Ok(input.mood)
    }

    async fn reverse(&self, _: &Context, input: ReverseRequest) -> Result<Bytes, ReverseFault> {
        Ok(input.blob.iter().rev().copied().collect())
    }

    async fn later(&self, _: &Context, input: LaterRequest) -> Result<Timestamp, LaterFault> {
        let later = input.at.checked_add(input.by);
        later.map_err(|_| Fault::new(wireloom::Code::OutOfRange, "there is no such time").into())
    }

    async fn between(&self, _: &Context, input: BetweenRequest) -> Result<Duration, BetweenFault> {
        Ok(input.from.duration_until(input.to))
    }

    async fn free(&self, _: &Context, input: FreeRequest) -> Result<Json, FreeFault> {
        Ok(input.value)
    }

    async fn parcel(&self, _: &Context, input: ParcelRequest) -> Result<Parcel, ParcelFault> {
        Ok(input.parcel)
    }

    async fn letters(&self, _: &Context, input: LettersRequest) -> Result<String, LettersFault> {
        Ok("x".repeat(input.count as usize))
    }

    async fn check(&self, _: &Context, _: CheckRequest) -> Result<(), CheckFault> {
        Ok(())
    }

    async fn page(&self, _: &Context, input: PageRequest) -> Result<Vec<String>, PageFault> {
        Ok(vec![format!("{} {}", input.page.size, input.side)])
    }

    async fn seen(&self, cx: &Context, _: SeenRequest) -> Result<Seen, SeenFault> {
        // Wires add headers of their own; callers' names begin so.
        let callers = |metadata: &wireloom::Metadata| {
            let own = metadata.iter().filter(|(name, _)| name.starts_with("x-probe-"));
            own.map(|(name, text)| (name.to_owned(), text.to_owned())).collect()
        };
        let mut seen = Seen::new(callers(cx.metadata()), callers(cx.outgoing()), cx.deadline().is_some());
        seen.request_id = cx.request_id().map(str::to_owned);
        seen.traceparent = trace(cx);
        Ok(seen)
    }

    async fn fail(&self, _: &Context, input: FailRequest) -> Result<(), FailFault> {
        Err(match input.how {
            Failure::Refused => refused().into(),
            Failure::Busy => Busy::new(Duration::from_millis(1500)).into(),
            Failure::Gone => Gone::new().into(),
            Failure::Undeclared => Fault::new(wireloom::Code::PermissionDenied, "not for you").into(),
            Failure::Unlisted => Fault::declared(&Unlisted::new("nobody said so")).into(),
            Failure::Broken => Fault::internal("a secret of the house").into(),
            Failure::Panic => panic!("a secret of the house"),
            _ => Fault::invalid_input("how", "is no way to fail").into(),
        })
    }

    async fn raise(&self, _: &Context, input: RaiseRequest) -> Result<(), RaiseFault> {
        let code = wireloom::Code::named(&input.code).ok_or_else(|| Fault::invalid_input("code", "is no code"))?;
        Err(Fault::new(code, input.message).into())
    }

    async fn note(&self, _: &Context, input: NoteRequest) -> Result<(), NoteFault> {
        self.board.send_modify(|board| board.notes.push(input.text));
        Ok(())
    }

    async fn noted(&self, _: &Context, input: NotedRequest) -> Result<Vec<String>, NotedFault> {
        self.until(|board| board.notes.len() >= input.count as usize).await;
        let mut notes = self.board.borrow().notes.clone();
        // No wire promises an order of calls that nobody awaits.
        notes.sort();
        Ok(notes)
    }

    async fn wait(&self, _: &Context, input: WaitRequest) -> Result<String, WaitFault> {
        self.hold(input.name.clone()).released().await;
        Ok(format!("{} was released", input.name))
    }

    async fn started(&self, _: &Context, input: StartedRequest) -> Result<(), StartedFault> {
        self.until(|board| board.started.contains(&input.name)).await;
        Ok(())
    }

    async fn release(&self, _: &Context, input: ReleaseRequest) -> Result<(), ReleaseFault> {
        self.let_go(input.name);
        Ok(())
    }

    async fn cancelled(&self, _: &Context, input: CancelledRequest) -> Result<(), CancelledFault> {
        self.until(|board| board.cancelled.contains(&input.name)).await;
        Ok(())
    }

    async fn pay(&self, _: &Context, input: PayRequest) -> Result<Receipt, PayFault> {
        if let Some(name) = input.hold {
            self.hold(name).released().await;
        }
        let (mut receipt, mut is_first) = (Receipt::new(0, 0), false);
        self.board.send_modify(|board| {
            is_first = board.tried.insert(input.token.as_str().to_owned());
            if input.fails_first && is_first {
                return;
            }
            board.paid += 1;
            board.total += input.amount;
            receipt = Receipt::new(board.paid, board.total);
        });
        match input.amount {
            _ if input.fails_first && is_first => Err(Fault::new(wireloom::Code::Unavailable, "not yet").into()),
            // A failure that is final and has its effect, to see that it is kept.
            13 => Err(Gone::new().into()),
            _ => Ok(receipt),
        }
    }

    async fn paid(&self, _: &Context, _: PaidRequest) -> Result<u64, PaidFault> {
        Ok(self.board.borrow().paid)
    }

    async fn count(
        &self,
        _: &Context,
        input: CountRequest,
    ) -> Result<impl Stream<Item = Result<Tick, CountFault>> + Send + 'static, CountFault> {
        if input.fails_after == Some(0) {
            return Err(Gone::new().into());
        }
        let CountRequest { to, fails_after, .. } = input;
        let hold = input.hold.map(|name| self.hold(name));
        Ok(stream::unfold((1, hold), move |(number, mut hold)| async move {
            if let Some(hold) = hold.as_mut().filter(|_| number == to) {
                hold.released().await;
            }
            let item = match fails_after {
                _ if number > to => return None,
                Some(last) if number > last => Err(Busy::new(Duration::from_secs(2)).into()),
                _ => Ok(Tick::new(u64::from(number), format!("tick {number}"))),
            };
            Some((item, (number + 1, hold)))
        }))
    }

    async fn evens(
        &self,
        _: &Context,
        input: EvensRequest,
    ) -> Result<impl Stream<Item = Result<u64, EvensFault>> + Send + 'static, EvensFault> {
        Ok(stream::iter((1..=input.to).map(|number| Ok(u64::from(number) * 2))))
    }

    async fn sum(&self, _: &Context, mut ticks: Inbound<Tick>) -> Result<Receipt, SumFault> {
        let mut receipt = Receipt::new(0, 0);
        while let Some(tick) = ticks.next().await.transpose()? {
            match tick.text.as_str() {
                "enough" => break,
                "gone" => return Err(Gone::new().into()),
                _ => receipt = Receipt::new(receipt.number + 1, receipt.total + tick.number),
            }
        }
        Ok(receipt)
    }

    async fn take(&self, _: &Context, mut lines: Inbound<Line>) -> Result<u32, TakeFault> {
        let mut count = 0;
        while lines.next().await.transpose()?.is_some() {
            count += 1;
        }
        Ok(count)
    }

    async fn shout(
        &self,
        _: &Context,
        words: Inbound<String>,
    ) -> Result<impl Stream<Item = Result<String, ShoutFault>> + Send + 'static, ShoutFault> {
        Ok(words.map(|word| match word {
            Ok(word) if word == "gone" => Err(Gone::new().into()),
            Ok(word) => Ok(word.to_uppercase()),
            Err(fault) => Err(fault.into()),
        }))
    }
}

/// The trace of a call without its span, which is its own: where the wire shows that of its caller, it is another one.
fn trace(cx: &Context) -> Option<String> {
    let own = cx.trace()?;
    if let Some(caller) = cx.metadata().get("traceparent") {
        let caller: wireloom::Trace = caller.parse().expect("a client sends a trace");
        assert_eq!(caller.trace_id(), own.trace_id());
        assert_ne!(caller.span_id(), own.span_id());
    }
    let span = own.span_id().to_string();
    Some(own.to_string().replace(&span, "<own>"))
}
