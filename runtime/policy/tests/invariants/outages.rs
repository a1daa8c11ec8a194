//! Which list of endpoints is believed.

use std::collections::BTreeSet;

use proptest::prelude::*;
use wireloom_policy::roster::{Config, Offered, Roster};

use crate::at;

fn roster(endpoints: u32) -> Roster<u32> {
    let mut roster = Roster::new(Config::default()).unwrap();
    roster.offer(0..endpoints, at(0));
    roster
}

proptest! {
    /// Without somebody's word, lists take away no more than half of what was believed, and nothing once they have tried to, until
    /// all of it is back or they have lacked some for long. What is new in them is believed at once.
    #[test]
    fn no_lists_take_away_more_than_half_at_once(
        lists in prop::collection::vec((0..9_000_u64, prop::collection::btree_set(0..40_u32, 0..40)), 1..30),
    ) {
        let mut roster = roster(20);
        let (mut now, mut doubted) = (0, None::<u64>);
        let mut before: BTreeSet<u32> = (0..20).collect();
        for (pause, list) in lists {
            now += pause;
            let was: BTreeSet<u32> = roster.endpoints().copied().collect();
            let kept = before.intersection(&list).count();
            let is_loss = if doubted.is_some() { kept < before.len() } else { 2 * kept < before.len() };
            let since = doubted.unwrap_or(now);
            let offered = roster.offer(list.clone(), at(now));
            let is: BTreeSet<u32> = roster.endpoints().copied().collect();
            if is_loss && list != was && now - since < 30_000 {
                prop_assert_eq!(offered, Offered::Held);
                prop_assert_eq!(is, &was | &list);
                doubted = Some(since);
            } else {
                prop_assert_eq!(offered == Offered::Known, list == was);
                prop_assert_eq!(&is, &list);
                (before, doubted) = (is, None);
            }
        }
    }
}

#[test]
fn who_insists_is_believed_in_the_end() {
    let mut roster = roster(10);
    assert_eq!(roster.offer([1], at(0)), Offered::Held);
    assert_eq!(roster.offer([1], at(29_999)), Offered::Held);
    assert_eq!(roster.offer([1], at(30_000)), Offered::Taken);
    assert_eq!(roster.endpoints().count(), 1);
}

#[test]
fn who_takes_it_back_begins_anew() {
    let mut roster = roster(10);
    roster.offer([1], at(0));
    roster.offer(0..10, at(29_000));
    assert_eq!(roster.offer([1], at(31_000)), Offered::Held, "the true list came between");
    assert_eq!(roster.offer([1], at(60_999)), Offered::Held);
}

/// After a registry has lost everything, whoever is faster registers before others do.
#[test]
fn who_comes_back_first_does_not_take_the_others_away() {
    let mut roster = roster(4);
    assert_eq!(roster.offer([], at(0)), Offered::Held);
    for back in 1..4 {
        assert_eq!(roster.offer(0..back, at(1000)), Offered::Held, "{back} are back");
        assert_eq!(roster.endpoints().count(), 4);
    }
    assert_eq!(roster.offer(0..4, at(2000)), Offered::Known);
    assert_eq!(roster.offer(0..3, at(3000)), Offered::Taken, "nothing is doubted any more");
}

/// A service that is replaced has another list each second, and none of the old endpoints in any of them.
#[test]
fn a_fleet_that_is_replaced_is_used_at_once_and_believed_in_the_end() {
    let mut roster = roster(10);
    for second in 0..30 {
        let there = 100..101 + second;
        assert_eq!(roster.offer(there.clone(), at(u64::from(second) * 1000)), Offered::Held);
        assert!(there.clone().all(|new| roster.endpoints().any(|it| *it == new)), "what is new is used");
        assert_eq!(roster.endpoints().filter(|it| **it < 10).count(), 10, "and what was is kept");
    }
    assert_eq!(roster.offer(100..130, at(30_000)), Offered::Taken);
    assert!(roster.endpoints().copied().eq(100..130));
}

/// What came while the source is doubted does not make the loss look smaller.
#[test]
fn what_is_new_does_not_outvote_what_is_gone() {
    let mut roster = roster(10);
    assert_eq!(roster.offer(100..120, at(0)), Offered::Held);
    assert_eq!(roster.offer(100..120, at(1)), Offered::Held, "ten of thirty are gone, and ten of the ten");
    assert_eq!(roster.offer(0..10, at(2)), Offered::Taken, "the source has taken it back");
    assert_eq!(roster.endpoints().count(), 10);
}

#[test]
fn the_first_list_is_believed() {
    let mut roster = Roster::new(Config::default()).unwrap();
    assert_eq!(roster.offer([1, 2], at(0)), Offered::Taken);
}
