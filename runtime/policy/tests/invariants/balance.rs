//! Pickers.

use std::collections::{BTreeMap, VecDeque};

use proptest::prelude::*;
use wireloom_policy::balance::{Ask, P2c, Picker, Rendezvous, RoundRobin};
use wireloom_policy::{End, Fleet, Hint, Moment, Rng, Ticket, fleet};

use crate::{UNAVAILABLE, at, millis};

fn fleet(endpoints: usize) -> Fleet<usize> {
    Fleet::new(0..endpoints, &fleet::Config::default(), Moment::ZERO).unwrap()
}

fn pick(fleet: &Fleet<usize>, picker: &dyn Picker<usize>, now: Moment, rng: &mut Rng) -> Ticket<usize> {
    fleet.pick(picker, &Ask::any(), now, rng).expect("there are endpoints")
}

fn pickers() -> Vec<Box<dyn Picker<usize>>> {
    vec![Box::new(P2c::default()), Box::new(RoundRobin::starting_at(0)), Box::new(Rendezvous::default())]
}

proptest! {
    #[test]
    fn an_endpoint_that_was_tried_is_avoided(endpoints in 2..12_usize, tried in 1..12_usize, seed in any::<u64>()) {
        let fleet = fleet(endpoints);
        let mut rng = Rng::seeded(seed);
        for picker in pickers() {
            let tried = &fleet.endpoints()[..tried.min(endpoints - 1)];
            let ask = Ask { tried, key: seed };
            let ticket = fleet.pick(&*picker, &ask, Moment::ZERO, &mut rng).unwrap();
            prop_assert!(*ticket.endpoint().key() >= tried.len());
        }
    }

    #[test]
    fn an_endpoint_that_is_down_is_not_picked_while_most_are_up(endpoints in 3..20_usize, seed in any::<u64>()) {
        let fleet = fleet(endpoints);
        fleet.endpoints()[0].set_up(false);
        let mut rng = Rng::seeded(seed);
        for picker in pickers() {
            for _ in 0..50 {
                prop_assert_ne!(*pick(&fleet, &*picker, Moment::ZERO, &mut rng).endpoint().key(), 0);
            }
        }
    }

    /// The power of two choices: calls that never end pile up evenly.
    #[test]
    fn calls_on_their_way_are_spread_evenly(endpoints in 2..64_usize, seed in any::<u64>()) {
        let fleet = fleet(endpoints);
        let mut rng = Rng::seeded(seed);
        for endpoint in 0..endpoints {
            fleet.endpoints()[endpoint].begin(Moment::ZERO).unwrap().settle(End::Answered, false, at(10));
        }
        let held: Vec<_> = (0..endpoints * 20).map(|_| pick(&fleet, &P2c::default(), at(11), &mut rng)).collect();
        let most = fleet.endpoints().iter().map(|it| it.pending()).max().unwrap();
        prop_assert!(most <= 20 + 6, "{most} where 20 is the mean");
        drop(held);
        prop_assert!(fleet.endpoints().iter().all(|it| it.pending() == 0));
    }

    #[test]
    fn one_of_n_gone_moves_its_own_keys_and_no_others(endpoints in 2..30_usize, gone in 0..30_usize) {
        let all = fleet(endpoints);
        let gone = gone % endpoints;
        let fewer = Fleet::new((0..endpoints).filter(|it| *it != gone), &fleet::Config::default(), Moment::ZERO).unwrap();
        let mut rng = Rng::seeded(1);
        let picker = Rendezvous::default();
        for key in 0..200 {
            let mut of = |fleet: &Fleet<usize>| {
                let ask = Ask { tried: &[], key };
                *fleet.pick(&picker, &ask, Moment::ZERO, &mut rng).unwrap().endpoint().key()
            };
            let (before, after) = (of(&all), of(&fewer));
            prop_assert!(before == after || before == gone);
        }
    }

    #[test]
    fn one_key_is_not_the_load_of_one_endpoint(endpoints in 2..20_usize, calls in 1..400_usize, key in any::<u64>()) {
        let fleet = fleet(endpoints);
        let mut rng = Rng::seeded(1);
        let ask = Ask { tried: &[], key };
        let held: Vec<_> =
            (0..calls).map(|_| fleet.pick(&Rendezvous::default(), &ask, Moment::ZERO, &mut rng).unwrap()).collect();
        let most = fleet.endpoints().iter().map(|it| it.pending()).max().unwrap();
        let bound = (1.25 * held.len() as f64 / endpoints as f64).ceil();
        prop_assert!(f64::from(most) <= bound, "{most} above {bound}");
    }

    #[test]
    fn the_same_seed_picks_the_same(seed in any::<u64>()) {
        let run = || {
            let (fleet, mut rng) = (fleet(10), Rng::seeded(seed));
            (0..100)
                .map(|call| {
                    let ticket = pick(&fleet, &P2c::default(), at(call), &mut rng);
                    let key = *ticket.endpoint().key();
                    ticket.settle(End::Answered, false, at(call + 1 + key as u64));
                    key
                })
                .collect::<Vec<_>>()
        };
        prop_assert_eq!(run(), run());
    }
}

#[test]
fn round_robin_takes_turns() {
    let (fleet, picker, mut rng) = (fleet(3), RoundRobin::starting_at(1), Rng::seeded(1));
    let picked: Vec<usize> = (0..5).map(|_| *pick(&fleet, &picker, Moment::ZERO, &mut rng).endpoint().key()).collect();
    assert_eq!(picked, [1, 2, 0, 1, 2]);
}

#[test]
fn an_empty_fleet_gives_nothing() {
    let (fleet, mut rng) = (fleet(0), Rng::seeded(1));
    for picker in pickers() {
        assert!(fleet.pick(&*picker, &Ask::any(), Moment::ZERO, &mut rng).is_none());
    }
}

#[test]
fn the_only_endpoint_is_tried_again_rather_than_none() {
    let (fleet, mut rng) = (fleet(1), Rng::seeded(1));
    let ask = Ask { tried: fleet.endpoints(), key: 0 };
    assert!(fleet.pick(&P2c::default(), &ask, Moment::ZERO, &mut rng).is_some());
    assert!(fleet.pick_untried(&P2c::default(), &ask, Moment::ZERO, &mut rng).is_none());
}

/// Pitfall: a call that nobody waits for any more has still waited, and has held its place.
#[test]
fn a_cancelled_call_tells_its_time_and_frees_its_place() {
    let fleet = fleet(1);
    let endpoint = &fleet.endpoints()[0];
    endpoint.begin(at(0)).unwrap().settle(End::Answered, false, at(10));
    let before = endpoint.cost();
    endpoint.begin(at(10)).unwrap().settle(End::Cancelled, true, at(510));
    assert_eq!(endpoint.pending(), 0);
    assert!(endpoint.cost() > before * 20.0, "it takes half a second at least");
    drop(endpoint.begin(at(510)));
    assert_eq!(endpoint.pending(), 0, "a ticket that is dropped frees its place as well");
}

#[test]
fn an_idle_endpoint_is_tried_again_within_six_seconds() {
    let (fleet, mut rng) = (fleet(10), Rng::seeded(3));
    for endpoint in fleet.endpoints() {
        let took = if *endpoint.key() == 0 { 2000 } else { 10 };
        endpoint.begin(at(0)).unwrap().settle(End::Answered, false, at(took));
    }
    let mut picked_at = BTreeMap::new();
    for call in 0..700 {
        let now = at(2000 + call * 10);
        let ticket = pick(&fleet, &P2c::default(), now, &mut rng);
        picked_at.entry(*ticket.endpoint().key()).or_insert(now);
        ticket.settle(End::Answered, false, now + millis(10));
    }
    assert!(picked_at[&0] < at(2000 + 6000), "{:?}", picked_at[&0]);
}

/// Complaint: the balancer prefers the replica that fails fast (linkerd2#11669).
#[test]
fn a_replica_that_fails_fast_does_not_look_fast() {
    let config = fleet::Config { ejection: wireloom_policy::ejection::Config::off(), ..fleet::Config::default() };
    let fleet = Fleet::new(0..10, &config, Moment::ZERO).unwrap();
    let mut rng = Rng::seeded(1);
    let mut to_broken = 0;
    for call in 0..5000 {
        let now = at(2 * call);
        let ticket = pick(&fleet, &P2c::default(), now, &mut rng);
        if *ticket.endpoint().key() == 0 {
            to_broken += 1;
            ticket.settle(End::Failed(UNAVAILABLE), false, now + millis(1));
        } else {
            ticket.settle(End::Answered, false, now + millis(10));
        }
    }
    assert!(to_broken < 25, "{to_broken} of 5000");
}

/// A replica that refuses at once and says "again in a millisecond" is no fast one either.
#[test]
fn a_short_hint_does_not_make_a_failure_cheap() {
    let fleet = fleet(1);
    let endpoint = &fleet.endpoints()[0];
    endpoint.begin(at(0)).unwrap().settle(End::Answered, false, at(10));
    let before = endpoint.cost();
    let refused = UNAVAILABLE.with_hint(Hint::After(millis(1)));
    endpoint.begin(at(10)).unwrap().settle(End::Failed(refused), false, at(11));
    assert!(endpoint.cost() > before);
}

/// One failure in a thousand must not send a healthy replica away, as a penalty taken as a peak would.
#[test]
fn rare_failures_do_not_unbalance() {
    let (fleet, mut rng) = (fleet(10), Rng::seeded(5));
    let mut picked = [0_u32; 10];
    let mut on_their_way = VecDeque::new();
    for call in 0..20_000 {
        let now = at(call);
        let ticket = pick(&fleet, &P2c::default(), now, &mut rng);
        picked[*ticket.endpoint().key()] += 1;
        on_their_way.push_back(ticket);
        // Three at each.
        if on_their_way.len() > 30 {
            let end = if rng.chance(0.001) { End::Failed(UNAVAILABLE) } else { End::Answered };
            on_their_way.pop_front().unwrap().settle(end, false, now);
        }
    }
    let (least, most) = (picked.iter().min().unwrap(), picked.iter().max().unwrap());
    assert!(*least > 600 && *most < 4000, "{picked:?}");
}

#[test]
fn an_endpoint_that_answers_after_a_long_silence_is_as_good_as_new() {
    let fleet = fleet(1);
    let endpoint = &fleet.endpoints()[0];
    endpoint.begin(at(0)).unwrap().settle(End::Failed(UNAVAILABLE), false, at(1));
    let penalised = endpoint.cost();
    endpoint.begin(at(10)).unwrap().settle(End::Answered, false, at(15));
    assert!(endpoint.cost() > penalised / 2.0, "one answer soon after mends little");
    endpoint.begin(at(8_000)).unwrap().settle(End::Answered, false, at(8_005));
    assert_eq!(endpoint.cost(), 5e6, "5 ms");
}

#[test]
fn an_endpoint_that_stays_keeps_what_is_known_of_it() {
    let fleet = fleet(3);
    let held = fleet.endpoints()[1].begin(at(0)).unwrap();
    let next = fleet.updated([(1, 5), (7, 1), (7, 1)], at(1));
    let keys: Vec<usize> = next.endpoints().iter().map(|it| *it.key()).collect();
    assert_eq!(keys, [1, 7], "a key that is said twice counts once");
    assert_eq!((next.endpoints()[0].pending(), next.endpoints()[0].weight()), (1, 5));
    held.settle(End::Answered, false, at(5));
    assert_eq!(next.endpoints()[0].pending(), 0);
}

#[test]
fn weight_draws_calls_in_proportion() {
    let fleet = fleet(2).updated([(0, 3), (1, 1)], at(0));
    let mut rng = Rng::seeded(1);
    for endpoint in fleet.endpoints() {
        endpoint.begin(at(0)).unwrap().settle(End::Answered, false, at(10));
    }
    let _held: Vec<_> = (0..80).map(|_| pick(&fleet, &P2c::default(), at(11), &mut rng)).collect();
    let pending: Vec<u32> = fleet.endpoints().iter().map(|it| it.pending()).collect();
    assert!((58..=62).contains(&pending[0]), "{pending:?}");
}
