//! A few scenarios with one seed each, so that every run of the tests sees the policies at work. All of them with twenty seeds
//! are `cargo run --release -p wireloom-tests --bin simulate`.

use wireloom_simulator::{Options, simulate};

#[test]
fn goals_are_met_with_one_seed() {
    let only = ["fast failure", "retry storm", "rolling restart", "herd", "convergence", "outage"];
    let options = Options { seeds: 1, peers: false, book: None, only: only.map(String::from).into() };
    let mut table = Vec::new();
    let met = simulate(&options, &mut table).unwrap();
    let table = String::from_utf8(table).unwrap();
    assert!(met, "{table}");
    assert_eq!(table.lines().filter(|line| line.ends_with(" met")).count(), only.len(), "{table}");
}

#[test]
fn the_same_seed_tells_the_same() {
    let options = Options { seeds: 1, peers: false, book: None, only: vec!["outage".to_owned()] };
    let tables = [(); 2].map(|()| {
        let mut table = Vec::new();
        simulate(&options, &mut table).unwrap();
        table
    });
    assert_eq!(tables[0], tables[1]);
}
