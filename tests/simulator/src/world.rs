//! One run: clients with private views call replicas, in virtual time.
//!
//! The clients are [`Call`]s over a [`Fleet`] each, the servers' doors are [`Intake`](wireloom_policy::intake::Intake)s: what is
//! simulated is the time that work takes, and what goes wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use wireloom_policy::balance::Picker;
use wireloom_policy::budget::{self, Budget};
use wireloom_policy::drain::{self, Drain, Phase};
use wireloom_policy::intake::{self, Shed};
use wireloom_policy::roster::{self, Roster};
use wireloom_policy::{Call, End, Failure, Fleet, Hint, Kind, Method, Moment, Policy, Rng, Sent, Step, Verdict, fleet};

use crate::events::Events;
use crate::outcome::Outcome;
use crate::replica::{Fate, Fault, Job, MEAN, Replica};

/// What is simulated.
pub(crate) struct Setup {
    pub(crate) replicas: usize,
    pub(crate) workers: u32,
    pub(crate) clients: usize,
    /// Calls a second, all clients together, as a share of what all replicas can do.
    pub(crate) load: f64,
    pub(crate) time: Duration,
    pub(crate) policy: Policy,
    pub(crate) budget: budget::Config,
    pub(crate) fleet: fleet::Config,
    /// The servers' doors; `None` lets all in.
    pub(crate) intake: Option<intake::Config>,
    /// Whether servers hear that a caller has gone.
    pub(crate) cancels: bool,
    /// Whether clients doubt lists that lack most endpoints.
    pub(crate) doubts: bool,
    pub(crate) plan: Vec<(Duration, Change)>,
}

/// What happens to whom.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// Something is wrong with a replica from now on, or nothing any more.
    Fault(usize, Option<Fault>),
    /// A replica is restarted: it drains, is away for that long, and comes back.
    Restart(usize, Duration),
    /// The same without draining: it is gone with all that it was doing, and discovery hears of it later.
    Kill(usize, Duration),
    /// Discovery says that these are all there are.
    Discovered(Vec<usize>),
}

/// The picker of a client; gets to know the true loads, which only one that is no policy looks at.
pub(crate) type MakePicker<'a> = &'a dyn Fn(usize, &Arc<Vec<AtomicU32>>) -> Box<dyn Picker<usize>>;

enum Event {
    Arrival(usize),
    /// A call's timer, by its slot and turn.
    Timer(u32, u32),
    /// A worker has done.
    Worked(Job),
    /// A call fails without a worker.
    Failed(Job),
    Change(Change),
    /// A replica on its way out.
    Drains(usize, Duration),
    Returns(usize),
}

struct Client<'m> {
    method: &'m Method,
    fleet: Fleet<usize>,
    roster: Roster<usize>,
    picker: Box<dyn Picker<usize>>,
}

struct Open<'m> {
    call: Call<'m, usize>,
    client: usize,
    began: Moment,
    /// When its timer rings.
    timer: Moment,
    /// Its attempts on their way: number and job.
    jobs: Vec<(u8, Job)>,
    /// How its last attempt that ended did so.
    good: bool,
}

struct Work {
    slot: u32,
    turn: u32,
    attempt: u8,
    replica: usize,
    began: Moment,
    is_in: bool,
    working: bool,
    /// Whether anybody waits for it.
    wanted: bool,
}

struct World<'m, 's> {
    setup: &'s Setup,
    now: Moment,
    rng: Rng,
    events: Events<Event>,
    clients: Vec<Client<'m>>,
    replicas: Vec<Replica>,
    drains: Vec<Option<Drain>>,
    loads: Arc<Vec<AtomicU32>>,
    open: Vec<(u32, Option<Open<'m>>)>,
    free: Vec<u32>,
    jobs: Vec<Option<Work>>,
    free_jobs: Vec<Job>,
    outcome: Outcome,
}

/// Runs a setup with the chance of a seed. `look` sees the replicas every 100 ms.
pub(crate) fn run(
    setup: &Setup,
    picker: MakePicker<'_>,
    seed: u64,
    look: &mut dyn FnMut(Moment, &[Replica]),
) -> Outcome {
    let method = || {
        let budget = Budget::new(&setup.budget).expect("the scenario's budget is right");
        Method::new(setup.policy, Arc::new(budget)).expect("the scenario's policy is right")
    };
    let methods: Vec<Method> = (0..setup.clients).map(|_| method()).collect();
    let mut world = World::new(setup, &methods, picker, seed);
    world.plan();
    let (mut next_look, end) = (Moment::ZERO, Moment::ZERO + setup.time + Duration::from_secs(5));
    while let Some((at, event)) = world.events.next() {
        if at > end {
            break;
        }
        while next_look <= at {
            look(next_look, &world.replicas);
            next_look = next_look + Duration::from_millis(100);
        }
        world.now = at;
        world.happen(event);
    }
    world.outcome.end()
}

impl<'m, 's> World<'m, 's> {
    fn new(setup: &'s Setup, methods: &'m [Method], picker: MakePicker<'_>, seed: u64) -> World<'m, 's> {
        let loads: Arc<Vec<AtomicU32>> = Arc::new((0..setup.replicas).map(|_| AtomicU32::new(0)).collect());
        let client = |(number, method)| {
            let fleet = Fleet::new(0..setup.replicas, &setup.fleet, Moment::ZERO).expect("the fleet's are right");
            let mut roster = Roster::new(roster::Config::default()).expect("defaults are right");
            roster.offer(0..setup.replicas, Moment::ZERO);
            Client { method, fleet, roster, picker: picker(number, &loads) }
        };
        World {
            setup,
            now: Moment::ZERO,
            rng: Rng::seeded(seed.wrapping_mul(0x5851_f42d_4c95_7f2d)),
            events: Events::new(),
            clients: methods.iter().enumerate().map(client).collect(),
            replicas: (0..setup.replicas).map(|_| Replica::new(setup.workers, setup.intake.as_ref())).collect(),
            drains: vec![None; setup.replicas],
            loads,
            open: Vec::new(),
            free: Vec::new(),
            jobs: Vec::new(),
            free_jobs: Vec::new(),
            outcome: Outcome::default(),
        }
    }

    fn plan(&mut self) {
        for (at, change) in &self.setup.plan {
            self.events.plan(Moment::ZERO + *at, Event::Change(change.clone()));
        }
        (0..self.clients.len()).for_each(|client| self.plan_arrival(client));
    }

    /// Calls of a client come at random times.
    fn plan_arrival(&mut self, client: usize) {
        let Setup { replicas, workers, clients, load, .. } = self.setup;
        let capacity = *replicas as f64 * f64::from(*workers) / MEAN.as_secs_f64();
        let mean = *clients as f64 / (load * capacity);
        let at = self.now + Duration::from_secs_f64(-(1.0 - self.rng.unit()).ln() * mean);
        if at < Moment::ZERO + self.setup.time {
            self.events.plan(at, Event::Arrival(client));
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Arrival(client) => {
                self.plan_arrival(client);
                self.start(client);
            }
            Event::Timer(slot, turn) => self.step(slot, turn),
            Event::Worked(job) => self.worked(job),
            Event::Failed(job) => self.answer(job, End::Failed(Failure::of(Kind::Unavailable))),
            Event::Change(change) => self.change(&change),
            Event::Drains(replica, away) => self.drains(replica, away),
            Event::Returns(replica) => self.returns(replica),
        }
    }

    fn change(&mut self, change: &Change) {
        match change {
            Change::Fault(replica, fault) => self.replicas[*replica].fault = *fault,
            Change::Restart(replica, away) => self.restart(*replica, *away),
            Change::Kill(replica, away) => self.kill(*replica, *away),
            Change::Discovered(list) => self.discovered(list),
        }
    }

    // Calls

    fn start(&mut self, client: usize) {
        let method = self.clients[client].method;
        match Call::start(method, None, self.now, &mut self.rng) {
            Err(_) => self.outcome.add(self.now, Duration::ZERO, false),
            Ok(call) => {
                let slot = self.free.pop().unwrap_or_else(|| {
                    self.open.push((0, None));
                    self.open.len() as u32 - 1
                });
                let open = Open { call, client, began: self.now, timer: Moment::NEVER, jobs: Vec::new(), good: false };
                let (turn, place) = &mut self.open[slot as usize];
                *turn += 1;
                *place = Some(open);
                let turn = *turn;
                self.step(slot, turn);
            }
        }
    }

    fn step(&mut self, slot: u32, turn: u32) {
        loop {
            let (is, place) = &mut self.open[slot as usize];
            let Some(open) = place.as_mut().filter(|_| *is == turn) else { return };
            let client = &self.clients[open.client];
            match open.call.step(&client.fleet, &*client.picker, 0, self.now, &mut self.rng) {
                Step::Send(attempt) => {
                    self.outcome.attempts += 1;
                    let replica = *attempt.endpoint.key();
                    let job = self.job(slot, turn, attempt.number, replica);
                    if let Some(open) = self.opened(slot, turn) {
                        open.jobs.push((attempt.number, job));
                    }
                    self.send(job, replica, wireloom_policy::Deadline::at(attempt.until));
                }
                Step::Cancel(number) => {
                    let job = open.jobs.iter().position(|(attempt, _)| *attempt == number);
                    if let Some(job) = job.map(|at| open.jobs.swap_remove(at).1) {
                        self.cancel(job);
                    }
                }
                Step::Wait(until) => {
                    if until < open.timer || open.timer <= self.now {
                        open.timer = until;
                        self.events.plan(until, Event::Timer(slot, turn));
                    }
                    return;
                }
                Step::Done(verdict) => {
                    let good = matches!(verdict, Verdict::Take(_)) && open.good;
                    let (began, took) = (open.began, self.now - open.began);
                    *place = None;
                    self.free.push(slot);
                    self.outcome.add(began, took, good);
                    return;
                }
            }
        }
    }

    fn opened(&mut self, slot: u32, turn: u32) -> Option<&mut Open<'m>> {
        let (is, place) = &mut self.open[slot as usize];
        place.as_mut().filter(|_| *is == turn)
    }

    // Attempts

    fn job(&mut self, slot: u32, turn: u32, attempt: u8, replica: usize) -> Job {
        let job = self.free_jobs.pop().unwrap_or_else(|| {
            self.jobs.push(None);
            self.jobs.len() as Job - 1
        });
        let work = Work { slot, turn, attempt, replica, began: self.now, is_in: false, working: false, wanted: true };
        self.jobs[job as usize] = Some(work);
        job
    }

    fn send(&mut self, job: Job, replica: usize, deadline: wireloom_policy::Deadline) {
        let (fate, shed) = self.replicas[replica].arrive(job, deadline, self.now, &mut self.rng);
        self.fate(job, fate);
        if let Some(shed) = shed {
            self.fate(shed, Fate::Shed(Shed::Full(Duration::from_millis(1))));
        }
        self.tell_load(replica);
    }

    fn fate(&mut self, job: Job, fate: Fate) {
        match fate {
            Fate::Works(time) => {
                self.let_in(job).working = true;
                self.events.plan(self.now + time, Event::Worked(job));
            }
            Fate::IsIn => _ = self.let_in(job),
            Fate::Waits | Fate::Lost => {}
            Fate::Fails(after) => self.events.plan(self.now + after, Event::Failed(job)),
            Fate::Unreached => self.answer(job, End::Failed(Failure::UNREACHED)),
            Fate::Shed(why) => self.answer(job, End::Failed(shed(why))),
        }
    }

    /// Its time at the server begins when it is let in.
    fn let_in(&mut self, job: Job) -> &mut Work {
        let work = self.jobs[job as usize].as_mut().expect("it is there until it is answered");
        if !work.is_in {
            (work.is_in, work.began) = (true, self.now);
        }
        work
    }

    /// A worker has done with a call, whether or not somebody still waits for it.
    fn worked(&mut self, job: Job) {
        let Some(work) = &self.jobs[job as usize] else { return };
        let (replica, began, wanted) = (work.replica, work.began, work.wanted);
        let freed = self.replicas[replica].done(began, wanted, self.now, &mut self.rng);
        if let Some((next, time)) = freed {
            self.fate(next, Fate::Works(time));
        }
        while let Some((next, fate)) = self.replicas[replica].next(self.now, &mut self.rng) {
            self.fate(next, fate);
        }
        self.tell_load(replica);
        self.answer(job, End::Answered);
    }

    fn answer(&mut self, job: Job, end: End) {
        let Some(work) = self.jobs[job as usize].take() else { return };
        self.free_jobs.push(job);
        self.tell(&work, end);
    }

    fn tell(&mut self, work: &Work, end: End) {
        let (now, rng) = (self.now, &mut self.rng);
        let (is, place) = &mut self.open[work.slot as usize];
        let Some(open) = place.as_mut().filter(|_| *is == work.turn && work.wanted) else { return };
        open.jobs.retain(|(number, _)| *number != work.attempt);
        open.good = end == End::Answered;
        open.call.ended(work.attempt, end, now, rng);
        self.step(work.slot, work.turn);
    }

    /// A caller gives up an attempt. A worker that is at it goes on.
    fn cancel(&mut self, job: Job) {
        let Some(work) = &mut self.jobs[job as usize] else { return };
        work.wanted = false;
        let (replica, working) = (work.replica, work.working);
        if !working && self.setup.cancels && self.replicas[replica].cancel(job, self.now) {
            self.jobs[job as usize] = None;
            self.free_jobs.push(job);
            self.tell_load(replica);
        }
    }

    fn tell_load(&self, replica: usize) {
        let it = &self.replicas[replica];
        let load = f64::from(it.load()) * 100.0 * it.slowness();
        self.loads[replica].store(load as u32, Ordering::Relaxed);
    }

    // Discovery and restarts

    fn discovered(&mut self, list: &[usize]) {
        for client in &mut self.clients {
            client.roster.offer(list.iter().copied(), self.now);
            if !self.setup.doubts {
                client.roster.confirm();
            }
            let believed = client.roster.endpoints().map(|key| (*key, 1)).collect::<Vec<_>>();
            client.fleet = client.fleet.updated(believed, self.now);
        }
    }

    fn restart(&mut self, replica: usize, away: Duration) {
        let config = drain::Config { lag: Duration::from_secs(1), grace: Duration::from_secs(10) };
        let mut drain = Drain::new(config).expect("it is right");
        drain.begin(self.now);
        self.drains[replica] = Some(drain);
        self.plan_discovery();
        self.drains(replica, away);
    }

    fn kill(&mut self, replica: usize, away: Duration) {
        self.drains[replica] = Some(Drain::new(drain::Config::default()).expect("it is right"));
        // Their numbers are not given again: workers that are no more have planned to say when they are done.
        let of_it = |work: &mut Work| work.replica == replica;
        let lost: Vec<Work> = self.jobs.iter_mut().filter_map(|job| job.take_if(of_it)).collect();
        self.replicas[replica] = Replica::new(self.setup.workers, self.setup.intake.as_ref());
        self.replicas[replica].fault = Some(Fault::Down);
        for work in &lost {
            self.tell(work, End::Failed(Failure::of(Kind::Unavailable)));
        }
        self.plan_discovery();
        self.events.plan(self.now + away, Event::Returns(replica));
    }

    /// Discovery hears half a second later who is there.
    fn plan_discovery(&mut self) {
        let there = (0..self.setup.replicas).filter(|it| self.drains[*it].is_none()).collect();
        self.events.plan(self.now + Duration::from_millis(500), Event::Change(Change::Discovered(there)));
    }

    fn drains(&mut self, replica: usize, away: Duration) {
        let running = self.replicas[replica].load() as usize;
        let Some(drain) = &mut self.drains[replica] else { return };
        let phase = drain.phase(running, self.now);
        self.replicas[replica].leaving = phase >= Phase::GoingAway;
        if phase < Phase::Cancelling {
            let again = drain.wakes().unwrap_or(self.now).min(self.now + Duration::from_millis(5));
            self.events.plan(again.max(self.now + Duration::from_millis(1)), Event::Drains(replica, away));
        } else {
            self.replicas[replica] = Replica::new(self.setup.workers, self.setup.intake.as_ref());
            self.replicas[replica].fault = Some(Fault::Down);
            self.events.plan(self.now + away, Event::Returns(replica));
        }
    }

    fn returns(&mut self, replica: usize) {
        self.replicas[replica].fault = None;
        self.drains[replica] = None;
        let all: Vec<usize> = (0..self.setup.replicas).filter(|it| self.drains[*it].is_none()).collect();
        self.discovered(&all);
    }
}

/// What a refusal tells the client.
fn shed(why: Shed) -> Failure {
    match why {
        Shed::Expired => Failure { kind: Kind::TimedOut, sent: Sent::No, hint: Hint::Never },
        Shed::Full(wait) => Failure { kind: Kind::Overloaded, sent: Sent::No, hint: Hint::After(wait) },
        _ => Failure::UNREACHED,
    }
}
