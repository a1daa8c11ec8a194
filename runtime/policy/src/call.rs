//! The attempts of one call: what a channel drives.
//!
//! A [`Call`] holds the fixed order of a client's policies: deadline, throttle and breaker, bulkhead, rate, then attempts with
//! one budget, each of them picked away from those before it. Whoever drives it sends what it is told to send, says how
//! attempts ended, and has one timer:
//!
//! ```
//! use std::sync::Arc;
//! use wireloom_policy::{Call, End, Failure, Fleet, Kind, Method, Moment, Policy, Rng, Step, Verdict};
//! use wireloom_policy::{balance::{Ask, P2c}, budget::Budget, retry::Repeat};
//!
//! let mut rng = Rng::seeded(1);
//! let fleet = Fleet::new(["one", "other"], &Default::default(), Moment::ZERO)?;
//! let policy = Policy { repeat: Repeat::Freely, ..Policy::default() };
//! let method = Method::new(policy, Arc::new(Budget::new(&Default::default())?))?;
//!
//! let mut now = Moment::ZERO;
//! let mut call = Call::start(&method, None, now, &mut rng).expect("nothing speaks against it");
//! let mut tried = Vec::new();
//! let verdict = loop {
//!     match call.step(&fleet, &P2c::default(), 0, now, &mut rng) {
//!         Step::Send(attempt) => {
//!             tried.push(*attempt.endpoint.key());
//!             let end = if tried.len() == 1 { End::Failed(Failure::of(Kind::Unavailable)) } else { End::Answered };
//!             call.ended(attempt.number, end, now, &mut rng);
//!         }
//!         Step::Wait(until) => now = until,
//!         Step::Cancel(_) => {}
//!         Step::Done(verdict) => break verdict,
//!     }
//! };
//! assert_eq!(verdict, Verdict::Take(1));
//! assert_ne!(tried[0], tried[1]);
//! # Ok::<(), wireloom_policy::Invalid>(())
//! ```

use std::sync::Arc;
use std::time::Duration;

use crate::balance::{Ask, Picker};
use crate::breaker::Pass;
use crate::bulkhead::Place;
use crate::deadline::Deadline;
use crate::end::{Blame, End, Failure, Hint, Kind};
use crate::endpoint::{Endpoint, Ticket};
use crate::failfast::Waiter;
use crate::fleet::Fleet;
use crate::method::Method;
use crate::retry::{Again, Repeat, UNREACHED_MAX};
use crate::rng::Rng;
use crate::time::Moment;

/// One call and its attempts. Dropped before it is done, it counts as cancelled at the time of its last step; better, say so with
/// [`cancel`](Call::cancel).
#[derive(Debug)]
pub struct Call<'m, K> {
    method: &'m Method,
    deadline: Deadline,
    next: Next,
    /// The attempt, and its hedge.
    live: [Option<Live<K>>; 2],
    begun: u8,
    retries: u32,
    unreached: u32,
    counted: Counted,
    gave_up: bool,
    hedge_at: Option<Moment>,
    hedged: bool,
    tried: Vec<Arc<Endpoint<K>>>,
    /// The last failure, and whether it was the service's: the answer where no other attempt follows.
    last: Option<(Verdict, Option<bool>)>,
    verdict: Option<Verdict>,
    pass: Option<Pass>,
    place: Option<Place>,
    waiter: Option<Waiter<'m>>,
    seen: Moment,
}

#[derive(Debug)]
struct Live<K> {
    number: u8,
    ticket: Ticket<K>,
    until: Moment,
}

/// The next attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Now,
    /// Then, and paid for already.
    Paid(Moment),
    None,
}

/// What to do now.
#[derive(Debug)]
pub enum Step<K> {
    /// Send an attempt, then step again.
    Send(Attempt<K>),
    /// Give up that attempt, on the wire as well, then step again.
    Cancel(u8),
    /// Wait for an attempt to end, for other endpoints, or until that time; then step again.
    Wait(Moment),
    /// Nothing more.
    Done(Verdict),
}

/// An attempt to send.
#[derive(Debug)]
pub struct Attempt<K> {
    /// From 0 on; what the server is told of attempts before.
    pub number: u8,
    /// Where to.
    pub endpoint: Arc<Endpoint<K>>,
    /// Its deadline: [`Step::Cancel`] follows then.
    pub until: Moment,
    /// Whether another one is on its way.
    pub hedge: bool,
}

/// An answer that has begun, and goes on after its call: its ticket, and the call's place in the bulkhead.
#[derive(Debug)]
#[must_use = "dropping it says that nothing is known of the answer, and gives its place back"]
pub struct Opened<K> {
    ticket: Ticket<K>,
    _place: Option<Place>,
}

impl<K> Opened<K> {
    /// Where it comes from.
    pub fn endpoint(&self) -> &Arc<Endpoint<K>> {
        self.ticket.endpoint()
    }

    /// Says how it ended, as [`Ticket::settle`] does, and gives the place back.
    pub fn settle(self, end: End, cut_short: bool, now: Moment) {
        self.ticket.settle(end, cut_short, now);
    }
}

/// What befell the attempts of a call, beside what its steps tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Attempts that were not made because the budget had nothing left for them.
    pub unpaid: u32,
    /// Attempts that were given up because their time was up.
    pub timed_out: u32,
}

/// How the call ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As that attempt did.
    Take(u8),
    /// Its time was up.
    TimedOut,
    /// It was not sent, or not again.
    Refused(Refused),
}

/// Why a call was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused {
    /// Its deadline had passed.
    Expired,
    /// Too many calls of the operation failed, and this one was dropped.
    Throttled,
    /// The breaker is open for that long.
    BreakerOpen(Duration),
    /// Over the rate; there is room after that time.
    RateLimited(Duration),
    /// Too many at once.
    BulkheadFull,
    /// No endpoint takes calls: all of how many, and how many of them are ejected.
    NoEndpoint {
        /// Endpoints that are known.
        known: usize,
        /// Those that are ejected.
        ejected: usize,
    },
}

impl<'m, K> Call<'m, K> {
    /// Begins a call, which `parent` has to answer until then: [`new`](Call::new) and [`admit`](Call::admit).
    ///
    /// # Errors
    /// When a policy speaks against sending it at all.
    pub fn start(
        method: &'m Method,
        parent: Option<Deadline>,
        now: Moment,
        rng: &mut Rng,
    ) -> Result<Call<'m, K>, Refused> {
        let mut call = Call::new(method, parent, now);
        call.admit(now, rng)?;
        Ok(call)
    }

    /// A call that is still to be admitted, which `parent` has to answer until then.
    // Inlined, to be made where it stays: it has some hundred bytes.
    #[inline(always)]
    pub fn new(method: &'m Method, parent: Option<Deadline>, now: Moment) -> Call<'m, K> {
        let own = Deadline::within(method.policy.deadline, now);
        Call {
            method,
            deadline: parent.map_or(own, |parent| parent.child(own)),
            next: Next::Now,
            live: [None, None],
            begun: 0,
            retries: 0,
            unreached: 0,
            counted: Counted::default(),
            gave_up: false,
            hedge_at: None,
            hedged: false,
            tried: Vec::new(),
            last: None,
            verdict: None,
            pass: None,
            place: None,
            waiter: None,
            seen: now,
        }
    }

    /// Asks the policies that may speak against sending it at all. Once, before the first step.
    ///
    /// # Errors
    /// When one does; then there is nothing more to do.
    pub fn admit(&mut self, now: Moment, rng: &mut Rng) -> Result<(), Refused> {
        let method = self.method;
        if self.deadline.is_over(now) {
            return Err(Refused::Expired);
        }
        if method.throttle.as_ref().is_some_and(|throttle| !throttle.admits(now, rng)) {
            return Err(Refused::Throttled);
        }
        // From here on a refusal gives back what was taken, as the call is dropped. The rate is last: nothing gives it back.
        self.pass = method.breaker.as_ref().map(|it| it.admit(now)).transpose().map_err(Refused::BreakerOpen)?;
        self.place = method.bulkhead.as_ref().map(|it| it.enter().ok_or(Refused::BulkheadFull)).transpose()?;
        method.rate.as_ref().map(|it| it.admit(now)).transpose().map_err(Refused::RateLimited)?;
        method.budget.deposit(now);
        if let Some(hedge) = &method.hedge {
            hedge.extra.deposit(now);
        }
        Ok(())
    }

    /// Until when it must be answered.
    pub fn deadline(&self) -> Deadline {
        self.deadline
    }

    /// What to do now. `key` is what the picker goes by where calls with something in common go to the same endpoint.
    pub fn step<P: Picker<K> + ?Sized>(
        &mut self,
        fleet: &Fleet<K>,
        picker: &P,
        key: u64,
        now: Moment,
        rng: &mut Rng,
    ) -> Step<K> {
        self.seen = now;
        if let Some(number) = self.give_up(now, rng) {
            return Step::Cancel(number);
        }
        if let Some(verdict) = self.verdict {
            return Step::Done(verdict);
        }
        if self.deadline.is_over(now) {
            // Whoever steps may come late: what has expired is not sent.
            let waits_still = self.waiter.is_some() && !fleet.takes_calls(now);
            let why = if waits_still { no_endpoint(fleet) } else { Verdict::TimedOut };
            return Step::Done(self.give_in(why, now));
        }
        if self.is_due(now) {
            if let Some(step) = self.send(fleet, picker, key, now, rng) {
                return step;
            }
        } else if self.hedge_at.is_some_and(|at| at <= now) {
            self.hedge_at = None;
            if let Some(attempt) = self.hedge(fleet, picker, key, now, rng) {
                return Step::Send(attempt);
            }
        }
        Step::Wait(self.wakes())
    }

    /// Says how an attempt ended that is on its way; one that was given up already changes nothing.
    pub fn ended(&mut self, number: u8, end: End, now: Moment, rng: &mut Rng) {
        self.seen = now;
        let Some(live) = self.take(number) else { return };
        let (took, cut_short) = (now - live.ticket.began(), self.is_cut_short(&live));
        if let End::Failed(_) = end {
            self.tried.push(Arc::clone(live.ticket.endpoint()));
        }
        live.ticket.settle(end, cut_short, now);
        match end {
            End::Answered => {
                self.method.answered_in(took);
                self.decide(Verdict::Take(number), Some(true), now);
            }
            End::Cancelled => {}
            End::Failed(failure) => self.failed(Verdict::Take(number), failure, cut_short, now, rng),
        }
    }

    /// An attempt's answer has begun, and is shown to the caller: no other attempt follows. What is returned is held until the
    /// whole answer is there, also in the bulkhead.
    pub fn opened(&mut self, number: u8, now: Moment) -> Option<Opened<K>> {
        self.seen = now;
        let live = self.take(number)?;
        self.method.answered_in(now - live.ticket.began());
        self.decide(Verdict::Take(number), Some(true), now);
        Some(Opened { ticket: live.ticket, _place: self.place.take() })
    }

    /// The caller went away: nothing more is to be done.
    pub fn cancel(&mut self, now: Moment) {
        self.seen = now;
        for live in self.live.iter_mut().filter_map(Option::take) {
            live.ticket.settle(End::Cancelled, true, now);
        }
        self.refund(now);
        self.settle_pass(None, now);
    }

    /// Whether it waits for an endpoint that takes calls.
    pub fn awaits_endpoint(&self) -> bool {
        self.waiter.is_some()
    }

    /// What befell its attempts so far.
    pub fn counted(&self) -> Counted {
        self.counted
    }

    /// Whether it failed although it was tried again, or for want of a budget to do so. Then its caller is to say so to its own
    /// ([`Hint::Never`]): if each tier retried what the one below has given up, calls at the bottom would multiply.
    pub fn gave_up(&self) -> bool {
        self.gave_up
    }

    /// The attempts on their way.
    pub fn in_flight(&self) -> usize {
        self.live.iter().flatten().count()
    }

    /// Gives up one attempt, if there is one that has taken too long or whose answer nobody needs any more.
    fn give_up(&mut self, now: Moment, rng: &mut Rng) -> Option<u8> {
        let decided = self.verdict.is_some();
        let number = self.live.iter().flatten().find(|live| decided || live.until <= now)?.number;
        let live = self.take(number)?;
        if decided {
            live.ticket.settle(End::Cancelled, true, now);
        } else {
            self.counted.timed_out += 1;
            let (timed_out, cut_short) = (Failure::of(Kind::TimedOut), self.is_cut_short(&live));
            self.tried.push(Arc::clone(live.ticket.endpoint()));
            live.ticket.settle(End::Failed(timed_out), cut_short, now);
            self.failed(Verdict::TimedOut, timed_out, cut_short, now, rng);
        }
        Some(number)
    }

    /// An attempt has failed: is there another?
    fn failed(&mut self, verdict: Verdict, failure: Failure, cut_short: bool, now: Moment, rng: &mut Rng) {
        let good = match End::Failed(failure).blame(cut_short) {
            Blame::Good => Some(true),
            Blame::Bad | Blame::Busy => Some(false),
            Blame::None => None,
        };
        self.last = Some((verdict, good));
        let again = self.method.policy.retry.unwrap_or_default().allows(self.method.policy.repeat, failure);
        let goes_on = match again {
            Again::No => false,
            // The hedge, or the attempt that it was to help, may still answer.
            _ if self.in_flight() > 0 => true,
            Again::Unreached if self.unreached < UNREACHED_MAX => {
                self.unreached += 1;
                (self.next, self.hedge_at) = (Next::Now, None);
                true
            }
            Again::Unreached | Again::Paid => self.pay(failure.hint, now, rng),
        };
        if !goes_on {
            self.gave_up = again != Again::No && (self.begun > 1 || self.counted.unpaid > 0);
            self.decide(verdict, good, now);
        }
    }

    /// Takes a retry out of the budget, if attempts and time are left for it.
    fn pay(&mut self, hint: Hint, now: Moment, rng: &mut Rng) -> bool {
        let Some(retry) = self.method.policy.retry else { return false };
        if self.retries >= retry.retries {
            return false;
        }
        let wait = retry.wait(self.retries + 1, hint, rng);
        if self.deadline.would_pass(wait.saturating_add(self.method.policy.margin), now) {
            return false;
        }
        if !self.method.budget.withdraw(now) {
            self.counted.unpaid += 1;
            return false;
        }
        self.retries += 1;
        (self.next, self.hedge_at) = (Next::Paid(now + wait), None);
        true
    }

    fn is_due(&self, now: Moment) -> bool {
        match self.next {
            Next::Now => true,
            Next::Paid(at) => at <= now,
            Next::None => false,
        }
    }

    fn send<P: Picker<K> + ?Sized>(
        &mut self,
        fleet: &Fleet<K>,
        picker: &P,
        key: u64,
        now: Moment,
        rng: &mut Rng,
    ) -> Option<Step<K>> {
        let ask = Ask { tried: &self.tried, key };
        let Some(ticket) = fleet.pick(picker, &ask, now, rng) else { return self.await_endpoint(fleet, now) };
        self.method.failfast.ready();
        self.waiter = None;
        self.next = Next::None;
        if !self.hedged && self.method.policy.repeat == Repeat::Freely {
            self.hedge_at = self.method.hedge_after().map(|delay| now + delay);
        }
        Some(Step::Send(self.begin(ticket, false, now)))
    }

    fn await_endpoint(&mut self, fleet: &Fleet<K>, now: Moment) -> Option<Step<K>> {
        if self.waiter.is_none() {
            self.waiter = self.method.failfast.wait(now);
        }
        let gave_up = self.waiter.as_ref().is_none_or(|waiter| waiter.until <= now);
        gave_up.then(|| Step::Done(self.give_in(no_endpoint(fleet), now)))
    }

    fn hedge<P: Picker<K> + ?Sized>(
        &mut self,
        fleet: &Fleet<K>,
        picker: &P,
        key: u64,
        now: Moment,
        rng: &mut Rng,
    ) -> Option<Attempt<K>> {
        let (budget, extra) = (&self.method.budget, &self.method.hedge.as_ref()?.extra);
        let first = self.live.iter().flatten().next()?;
        let tried: Vec<_> = self.tried.iter().chain([first.ticket.endpoint()]).map(Arc::clone).collect();
        let ask = Ask { tried: &tried, key };
        if !extra.withdraw(now) {
            return None;
        }
        if !budget.withdraw(now) {
            self.counted.unpaid += 1;
            extra.refund(now);
            return None;
        }
        let Some(ticket) = fleet.pick_untried(picker, &ask, now, rng) else {
            extra.refund(now);
            budget.refund(now);
            return None;
        };
        self.hedged = true;
        Some(self.begin(ticket, true, now))
    }

    fn begin(&mut self, ticket: Ticket<K>, hedge: bool, now: Moment) -> Attempt<K> {
        let policy = &self.method.policy;
        let until = self.deadline.for_attempt(policy.attempt, policy.margin, now);
        let (number, endpoint) = (self.begun, Arc::clone(ticket.endpoint()));
        self.begun += 1;
        let free = self.live.iter_mut().find(|live| live.is_none()).expect("one attempt and one hedge at most");
        *free = Some(Live { number, ticket, until });
        Attempt { number, endpoint, until, hedge }
    }

    fn take(&mut self, number: u8) -> Option<Live<K>> {
        self.live.iter_mut().find(|live| live.as_ref().is_some_and(|it| it.number == number))?.take()
    }

    /// Whether an attempt had less time than attempts are given: it says nothing of its endpoint when that is up.
    fn is_cut_short(&self, live: &Live<K>) -> bool {
        live.until - live.ticket.began() < self.method.whole_attempt()
    }

    /// No other attempt can be made: the last failure is the answer, or else why none was made.
    fn give_in(&mut self, why: Verdict, now: Moment) -> Verdict {
        // One that has failed was to be tried again, or it would have ended then.
        self.gave_up = self.last.is_some();
        let (verdict, good) = self.last.unwrap_or((why, None));
        self.decide(verdict, good, now);
        verdict
    }

    fn decide(&mut self, verdict: Verdict, good: Option<bool>, now: Moment) {
        self.verdict = Some(verdict);
        self.waiter = None;
        self.refund(now);
        if let (Some(throttle), Some(good)) = (&self.method.throttle, good) {
            throttle.settle(good, now);
        }
        self.settle_pass(good, now);
    }

    /// Gives back what was paid for an attempt that is not made.
    fn refund(&mut self, now: Moment) {
        if let Next::Paid(_) = std::mem::replace(&mut self.next, Next::None) {
            self.method.budget.refund(now);
        }
    }

    fn settle_pass(&mut self, good: Option<bool>, now: Moment) {
        if let (Some(breaker), Some(pass)) = (&self.method.breaker, self.pass.take()) {
            breaker.settle(pass, good, now);
        }
    }

    fn wakes(&self) -> Moment {
        let next = match (&self.waiter, self.next) {
            (Some(waiter), _) => Some(waiter.until),
            (None, Next::Paid(at)) => Some(at),
            (None, Next::Now | Next::None) => None,
        };
        let attempts = self.live.iter().flatten().map(|live| live.until);
        attempts.chain(next).chain(self.hedge_at).fold(self.deadline.moment(), Moment::min)
    }
}

impl<K> Drop for Call<'_, K> {
    fn drop(&mut self) {
        self.refund(self.seen);
        self.settle_pass(None, self.seen);
    }
}

fn no_endpoint<K>(fleet: &Fleet<K>) -> Verdict {
    Verdict::Refused(Refused::NoEndpoint { known: fleet.endpoints().len(), ejected: fleet.ejected() })
}
