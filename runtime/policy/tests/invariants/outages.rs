//! Which list of endpoints is believed.

use proptest::prelude::*;
use wireloom_policy::roster::{Config, Offered, Roster};

use crate::at;

fn roster(endpoints: u32) -> Roster<u32> {
    let mut roster = Roster::new(Config::default()).unwrap();
    roster.offer(0..endpoints, at(0));
    roster
}

proptest! {
    /// Without somebody's word, no single list takes away more than half.
    #[test]
    fn no_list_takes_away_more_than_half(lists in prop::collection::vec(prop::collection::btree_set(0..20_u32, 0..20), 1..30)) {
        let mut roster = roster(20);
        for (step, list) in lists.into_iter().enumerate() {
            let before: Vec<u32> = roster.endpoints().copied().collect();
            let kept = before.iter().filter(|it| list.contains(it)).count();
            let offered = roster.offer(list, at(step as u64));
            prop_assert_eq!(offered == Offered::Held, 2 * kept < before.len());
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
fn who_changes_his_mind_begins_anew() {
    let mut roster = roster(10);
    roster.offer([1], at(0));
    roster.offer([2], at(20_000));
    assert_eq!(roster.offer([1], at(31_000)), Offered::Held);
    roster.offer(0..10, at(32_000));
    assert_eq!(roster.offer([1], at(61_500)), Offered::Held, "the true list came between");
}

#[test]
fn the_first_list_is_believed() {
    let mut roster = Roster::new(Config::default()).unwrap();
    assert_eq!(roster.offer([1, 2], at(0)), Offered::Taken);
}
