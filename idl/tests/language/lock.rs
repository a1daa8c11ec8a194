//! The lock: what it reads and writes, and which numbers come of it.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use proptest::prelude::*;
use wireloom_idl::contract::PackageId;
use wireloom_idl::lock::{self, Lock};
use wireloom_idl::numbers::Numbers;
use wireloom_idl::{Contract, Diagnostics, SourceMap};

use super::door::{check, run};

fn parse(text: &str) -> (Lock, Diagnostics) {
    let mut sources = SourceMap::new();
    let file = sources.add("loom.lock", text);
    Lock::parse(file, sources[file].text())
}

/// The lock that a contract should have, without its header: `old` are the lines of the one it has.
fn relock(contract: &str, old: &str) -> String {
    let (contract, lock) = locked(contract, old);
    lines(&lock::updated(&contract, PackageId(0), &lock))
}

fn locked(contract: &str, old: &str) -> (Contract, Lock) {
    let (_, mut contract, found) = run(&format!("package a\n{contract}"));
    assert!(!found.has_errors(), "{found:?}");
    let (lock, found) = parse(&format!("# loom.lock 1\n{old}"));
    assert!(found.is_empty(), "{found:?}");
    let (numbers, found) = lock::assign(&contract, &BTreeMap::from([(PackageId(0), &lock)]));
    assert!(found.is_empty(), "{found:?}");
    contract.numbers = numbers;
    (contract, lock)
}

fn lines(lock: &Lock) -> String {
    lock.to_string().split_once('\n').map(|(_, lines)| lines.to_owned()).unwrap_or_default()
}

/// What a contract and its lock have to say.
fn say(contract: &str, lock: &str) -> String {
    check(&format!("// file a/a.loom\npackage a\n{contract}\n// file a/loom.lock\n# loom.lock 1\n{lock}\n"))
}

#[test]
fn everything_with_a_number_has_a_line() {
    assert_snapshot!(relock("
record Order { id: uuid readonly, note: string? }
enum Status { placed, paid @7, shipped }
union Payment { card: Order, cash }
fault Gone: not_found { id: uuid }
event Placed { order: Order } key order.id
scalar Sku: string
record Paged<T> { items: [T], next: string? }
record Empty {}
service Orders {
    public
    place(order: draft Order, token: string) -> Order
    change(patch: patch Order) -> Paged<Order> @9
    upload(orders: stream Order)
    on Placed as placed
}", ""), @r"
    Gone.id 1
    Order.id 1
    Order.note 2
    Orders.change 9
    Orders.change.patch 1
    Orders.place 1
    Orders.place.order 1
    Orders.place.token 2
    Orders.upload 2
    Paged.items 1
    Paged.next 2
    Payment.card 1
    Payment.cash 2
    Placed.order 1
    Status.paid 7
    Status.placed 1
    Status.shipped 2
    ");
}

#[test]
fn the_first_lock_changes_no_number() {
    let text = ["shop/common/common", "payments/payments", "shop/orders/orders"].map(|name| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/orders/contracts");
        let text = std::fs::read_to_string(format!("{folder}/{name}.loom")).expect("the example is there");
        format!("// file {name}.loom\n{text}\n")
    });
    let (_, contract, found) = run(&text.concat());
    assert!(!found.has_errors() && contract.packages.len() == 3, "{found:?}");
    let locks: Vec<Lock> = contract.packages().map(|_| Lock::default()).collect();
    let by_package = contract.packages().map(|(id, _)| id).zip(&locks).collect();
    assert_eq!(lock::assign(&contract, &by_package).0, Numbers::in_order(&contract));
}

#[test]
fn what_is_locked_holds_and_what_is_new_comes_behind() {
    assert_snapshot!(relock("record A { new: u32, b: u32, a: u32 }", "A.a 1\nA.b 2\nA.gone 5 removed"), @r"
    A.a 1
    A.b 2
    A.gone 5 removed
    A.new 6
    ");
    assert_snapshot!(relock("record A { b: u32, c: u32, d: u32 @7 }", "A.b 18997"), @r"
    A.b 18997
    A.c 18998
    A.d 7
    ");
    assert_snapshot!(relock("record A { b: u32, c: u32, d: u32 }", "A.b 18998"), @r"
    A.b 18998
    A.c 20000
    A.d 20001
    ");
    assert_snapshot!(relock("record A { b: u32, c: u32 }", "A.b 536870911\nA.x 1 removed"), @r"
    A.b 536870911
    A.c 2
    A.x 1 removed
    ");
}

#[test]
fn what_is_gone_leaves_a_tombstone() {
    assert_snapshot!(relock("record A { b: u32 }\nservice S { public f() }", "A.a 1\nA.b 2\nB.c 4\nS.f 1\nS.f.x 1\nS.g 2\nS.g.y 1"), @r"
    A.a 1 removed
    A.b 2
    B.c 4 removed
    S.f 1
    S.f.x 1 removed
    S.g 2 removed
    S.g.y 1 removed
    ");
}

#[test]
fn what_comes_back_gets_a_new_number_unless_it_is_pinned_to_its_old_one() {
    assert_snapshot!(relock("record A { a: u32, b: u32 }", "A.a 1 removed\nA.b 2"), @r"
    A.a 1 removed
    A.a 3
    A.b 2
    ");
    assert_snapshot!(relock("record A { a: u32 @1, b: u32 }", "A.a 1 removed\nA.b 2"), @r"
    A.a 1
    A.b 2
    ");
}

#[test]
fn a_new_name_takes_the_number_along() {
    assert_snapshot!(relock("record A { note: string was text, x: u32 }", "A.text 4"), @r"
    A.note 4
    A.x 5
    ");
    // The old name is another member's now, or has been given away already.
    // The name of something gone is taken over with the numbers of who takes it.
    assert_snapshot!(relock("record A was B { x: u32, y: u32 }", "A.x 1 removed\nA.z 2 removed\nB.x 7\nB.y 8"), @r"
    A.x 1 removed
    A.x 7
    A.y 8
    A.z 2 removed
    ");
    assert_snapshot!(relock("record A { note: string was text, text: u32 }", "A.text 4"), @r"
    A.note 5
    A.text 4
    ");
    assert_snapshot!(relock("record A { one: string was text, two: u32 was text }", "A.text 4"), @r"
    A.one 4
    A.two 5
    ");
    // Types, services and operations take along what they own.
    assert_snapshot!(relock("record Box<T> was Paged { all: [T] was items }\nservice Shop was Orders { public put was place(key: string) }",
        "Paged.items 3\nPaged.x 1 removed\nOrders.place 2\nOrders.place.key 6\nOrders.place.z 1 removed"), @r"
    Box.all 3
    Box.x 1 removed
    Shop.put 2
    Shop.put.key 6
    Shop.put.z 1 removed
    ");
}

#[test]
fn made_types_have_the_numbers_of_what_they_are_made_of() {
    let (contract, _) = locked(
        "record Order { id: uuid readonly, note: string, more: Paged<Order>? }\nrecord Paged<T> { ...Audit, items: [T] }\nrecord Audit { by: string }\n\
        service S { public f(a: draft Order, b: patch Order) -> Paged<Order> }",
        "Order.note 9\nPaged.items 4\nPaged.by 2",
    );
    let of = |name: &str| contract.find_type(PackageId(0), name).map(|def| contract.numbers.of_type(def.id));
    assert_eq!(of("Order"), Some(&[10, 9, 11][..]));
    assert_eq!(of("OrderDraft"), Some(&[9, 11][..]));
    assert_eq!(of("OrderPatch"), Some(&[9, 11][..]));
    assert_eq!(of("PagedOrder"), Some(&[2, 4][..]));
}

#[test]
fn an_instance_that_spreads_its_argument_is_locked_as_itself() {
    assert_snapshot!(relock("record Wrapped<T> { ...T, at: timestamp }\nrecord Order { id: uuid }\nrecord Uses { it: Wrapped<Order> }", ""), @r"
    Order.id 1
    Uses.it 1
    WrappedOrder.at 2
    WrappedOrder.id 1
    ");
}

#[test]
fn generics_spread_each_other_to_an_end() {
    assert_snapshot!(relock("record A<T> { ...B<T>, a: T }\nrecord B<T> { b: T, ...C }\nrecord C { c: u32 }", ""), @r"
    A.a 3
    A.b 1
    A.c 2
    B.b 1
    B.c 2
    C.c 1
    ");
}

#[test]
fn a_pin_agrees_with_the_lock() {
    assert_snapshot!(say("record A { a: u32 @2, b: u32 }", "A.a 1\nA.b 3"), @"a/a.loom:2:19 lock-pin: `A.a` is pinned to 2 and locked as 1 (a number never changes: write `@1`, or take the pin out)");
    assert_snapshot!(say("record A { a: u32 @1, b: u32 }", "A.a 1\nA.b 3"), @"");
    assert_snapshot!(say("record A { a: u32 @3, b: u32 @4 }", "A.b 3\nA.c 4 removed"), @r"
    a/a.loom:1:9 lock-stale: the lock of `a` does not have `A.a` (`wireloom lock` writes it; until then a number may change with the next edit)
    a/a.loom:2:19 number-taken: number 3 of `A` is locked for `b` (say `was b` if this is its new name; the next free number is 5)
    a/a.loom:2:30 lock-pin: `A.b` is pinned to 4 and locked as 3 (a number never changes: write `@3`, or take the pin out)
    ");
    assert_snapshot!(say("service S { public f(x: u32 @2) @4 }", "S.f 4\nS.f.x 1"), @"a/a.loom:2:29 lock-pin: `S.f.x` is pinned to 2 and locked as 1 (a number never changes: write `@1`, or take the pin out)");
}

#[test]
fn a_lock_that_lacks_members_is_stale() {
    assert_snapshot!(say("record A { a: u32, b: u32, c: u32, d: u32, e: u32 }", "A.a 1\nA.gone 2"), @"a/a.loom:1:9 lock-stale: the lock of `a` does not have `A.b`, `A.c`, `A.d` and 1 more, and still has `A.gone` (`wireloom lock` writes it; until then a number may change with the next edit)");
    assert_snapshot!(say("record A { note: u32 was text }", "A.text 1"), @"a/a.loom:1:9 lock-stale: the lock of `a` does not have `A.note` (`wireloom lock` writes it; until then a number may change with the next edit)");
}

#[test]
fn what_is_no_lock_is_told_line_by_line() {
    assert_snapshot!(say("record A { a: u32 }", "
A.a 1
A.a
A 2
A.b.c.d 2
A.1 2
A.b -2
A.b 0x2
A.b 2 gone
A.b 2 removed again
<<<<<<< HEAD
# a comment"), @r"
    a/loom.lock:4:1 lock-line: this is no line of a lock (it is a name and its number, `Order.note 6`, and `removed` where the name is gone)
    a/loom.lock:5:1 lock-line: this is no line of a lock (it is a name and its number, `Order.note 6`, and `removed` where the name is gone)
    a/loom.lock:6:1 lock-line: this is no line of a lock (it is a name and its number, `Order.note 6`, and `removed` where the name is gone)
    a/loom.lock:7:1 lock-line: this is no line of a lock (it is a name and its number, `Order.note 6`, and `removed` where the name is gone)
    a/loom.lock:8:1 lock-line: this is no line of a lock (it is a name and its number, `Order.note 6`, and `removed` where the name is gone)
    a/loom.lock:9:1 lock-line: this is no line of a lock (it is a name and its number, `Order.note 6`, and `removed` where the name is gone)
    a/loom.lock:10:1 lock-line: this is no line of a lock (it is a name and its number, `Order.note 6`, and `removed` where the name is gone)
    a/loom.lock:11:1 lock-line: this is no line of a lock (it is a name and its number, `Order.note 6`, and `removed` where the name is gone)
    a/loom.lock:12:1 lock-line: this is no line of a lock (a merge left this: keep the lines of both sides, then run `wireloom lock`)
    a/loom.lock:13:1 lock-line: this is no line of a lock (it is a name and its number, `Order.note 6`, and `removed` where the name is gone)
    ");
}

#[test]
fn numbers_and_names_are_there_once() {
    assert_snapshot!(say("record A { a: u32, b: u32 }", "A.a 1\nA.b 1\nA.a 2\nA.a 3 removed\nA.a 4 removed\nA.c 3\nB.a 1 removed\nA.b 5"), @r"
    a/loom.lock:3:5 number-taken: number 1 is locked twice in `A` (two branches took it, and at most one of them has shipped: its line stays. Take the other line out, here `A.b` unless it is the one, and run `wireloom lock` for its new number)
    a/loom.lock:4:1 lock-duplicate: `A.a` is locked twice (keep the line that was released first; the other one is `removed`, if its number was ever used)
    a/loom.lock:7:5 number-taken: number 3 is locked twice in `A` (two branches took it, and at most one of them has shipped: its line stays. Take the other line out, here `A.c` unless it is the one, and run `wireloom lock` for its new number)
    ");
    assert_snapshot!(say("record A { a: u32 }", "A.a 0\nA.b 18999\nA.c 19000\nA.d 536870912\nA.e 99999999999999999999\nA.a 536870911"), @r"
    a/loom.lock:2:5 number-invalid: `0` is no wire number (it can be 1 to 536870911, but for 18999 to 19999, which have a meaning of their own)
    a/loom.lock:3:5 number-invalid: `18999` is no wire number (it can be 1 to 536870911, but for 18999 to 19999, which have a meaning of their own)
    a/loom.lock:4:5 number-invalid: `19000` is no wire number (it can be 1 to 536870911, but for 18999 to 19999, which have a meaning of their own)
    a/loom.lock:5:5 number-invalid: `536870912` is no wire number (it can be 1 to 536870911, but for 18999 to 19999, which have a meaning of their own)
    a/loom.lock:6:5 number-invalid: `99999999999999999999` is no wire number (it can be 1 to 536870911, but for 18999 to 19999, which have a meaning of their own)
    ");
}

#[test]
fn a_lock_says_its_version() {
    let header = |text: &str| check(&format!("// file a/a.loom\npackage a\n// file a/loom.lock\n{text}"));
    assert_snapshot!(header("A.a 1"), @"a/loom.lock:1:1 lock-header: a lock begins with a line that says its version (begin it with `# loom.lock 1`, or take it from version control again)");
    assert_snapshot!(header("# loom.lock 2: later\nA.a + 1"), @"a/loom.lock:1:1 lock-header: version `2` of the lock is not known here (this compiler knows version 1; a newer one wrote this file)");
    assert_snapshot!(header("# loom.lock 1\r\n\r\nA.a 1 removed\r\n"), @"");
    assert!(parse("").1.has_errors());
}

#[test]
fn mistakes_and_sizes_have_limits() {
    let (_, found) = parse(&format!("# loom.lock 1\n{}", "?\n".repeat(100_000)));
    assert_eq!(found.len(), 201);
    assert_eq!(found.iter().last().map(|it| it.code.name), Some("too-many-errors"));
    let (lock, found) = parse(&format!("# loom.lock 1\n{}", "A.a 1 removed\n".repeat(1 << 20)));
    assert!(lock.is_empty() && found.iter().all(|it| it.code.name == "file-too-large") && found.len() == 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever is read is written so that reading it gives the same again.
    #[test]
    fn printing_what_was_parsed_changes_nothing(
        lines in prop::collection::vec(("[AB]\\.(f\\.)?[abc]", 1u32..12, prop::bool::ANY), 0..30),
    ) {
        let line = |(name, number, removed): &(String, u32, bool)| {
            format!("{name} {number}{}\n", if *removed { " removed" } else { "" })
        };
        let (lock, _) = parse(&format!("# loom.lock 1\n{}", lines.iter().map(line).collect::<String>()));
        let printed = lock.to_string();
        let (again, found) = parse(&printed);
        prop_assert!(found.is_empty(), "{printed}{found:?}");
        prop_assert_eq!(again.to_string(), printed);
    }

    #[test]
    fn no_text_makes_it_stumble(text in "(# loom.lock 1\n)?([A-Za-z0-9_. \t\r\n@#é-]|A\\.a 1\n| removed\n)*") {
        let (lock, _) = parse(&text);
        prop_assert!(parse(&lock.to_string()).1.is_empty());
    }

    /// Over any history of edits, each locked, a number means one member, and a member keeps its number.
    #[test]
    fn no_number_is_ever_given_twice(edits in prop::collection::vec(edit(), 1..24)) {
        let mut history = History::default();
        for edit in edits {
            history.make(&edit);
            history.lock()?;
        }
    }
}

#[derive(Clone, Debug)]
enum Edit {
    /// At a position, under one of a few names, so that names come back.
    Add(usize, u8),
    Remove(usize),
    /// With `was`.
    Rename(usize, u8),
    Swap(usize, usize),
    /// The record itself, with `was`.
    RenameOwner,
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = 0..8usize;
    prop_oneof![
        3 => (at.clone(), 0..6u8).prop_map(|(at, name)| Edit::Add(at, name)),
        2 => at.clone().prop_map(Edit::Remove),
        2 => (at.clone(), 6..12u8).prop_map(|(at, name)| Edit::Rename(at, name)),
        1 => (at.clone(), at).prop_map(|(one, other)| Edit::Swap(one, other)),
        1 => Just(Edit::RenameOwner),
    ]
}

/// A record over time.
#[derive(Default)]
struct History {
    members: Vec<Model>,
    next: u32,
    renamed: u32,
    lock: Lock,
    /// Which member each number was given to.
    given: BTreeMap<u32, u32>,
}

#[derive(Clone)]
struct Model {
    identity: u32,
    name: String,
    was: Option<String>,
    number: Option<u32>,
}

impl History {
    fn make(&mut self, edit: &Edit) {
        let count = self.members.len();
        match *edit {
            Edit::Add(at, name) => {
                let name = format!("n{name}");
                if !self.has(&name) {
                    self.next += 1;
                    self.members.insert(at.min(count), Model { identity: self.next, name, was: None, number: None });
                }
            }
            Edit::Remove(at) if at < count => drop(self.members.remove(at)),
            Edit::Rename(at, name) if at < count => {
                let name = format!("n{name}");
                if !self.has(&name) {
                    let old = std::mem::replace(&mut self.members[at].name, name);
                    self.members[at].was = Some(old);
                }
            }
            Edit::Swap(one, other) if one < count && other < count => self.members.swap(one, other),
            Edit::RenameOwner => self.renamed += 1,
            Edit::Remove(_) | Edit::Rename(..) | Edit::Swap(..) => {}
        }
    }

    fn has(&self, name: &str) -> bool {
        self.members.iter().any(|it| it.name == name)
    }

    fn text(&self) -> String {
        let was = |name: Option<String>| name.map_or_else(String::new, |name| format!(" was {name}"));
        let fields = self.members.iter().map(|it| format!("{}: u32{}\n", it.name, was(it.was.clone())));
        let former = self.renamed.checked_sub(1).map(|before| format!("R{before}"));
        format!("package a\nrecord R{}{} {{\n{}}}", self.renamed, was(former), fields.collect::<String>())
    }

    /// Locks what there is now, as `wireloom lock` does, and compares with all that was before.
    fn lock(&mut self) -> Result<(), TestCaseError> {
        let text = self.text();
        let (_, mut contract, found) = run(&text);
        prop_assert!(!found.has_errors(), "{text}{found:?}");
        let (numbers, found) = lock::assign(&contract, &BTreeMap::from([(PackageId(0), &self.lock)]));
        prop_assert!(found.is_empty(), "{found:?}");
        let given = contract.types.first().map_or(Vec::new(), |def| numbers.of_type(def.id).to_vec());
        contract.numbers = numbers;
        for (member, number) in self.members.iter_mut().zip(given) {
            let first = *self.given.entry(number).or_insert(member.identity);
            prop_assert_eq!(first, member.identity, "{} is given again in\n{}", number, text);
            prop_assert_eq!(*member.number.get_or_insert(number), number, "`{}` changed in\n{}", member.name, text);
        }
        let (lock, found) = parse(&lock::updated(&contract, PackageId(0), &self.lock).to_string());
        prop_assert!(found.is_empty(), "{found:?}");
        prop_assert!(lock::stale(&contract, PackageId(0), &lock, true).is_none());
        self.lock = lock;
        Ok(())
    }
}

#[test]
fn both_sides_of_a_merge_stay() {
    let said = |lock: &str| say("record A { a: u32, b: u32, c: u32 }", lock);
    assert_snapshot!(said("<<<<<<< HEAD\nA.b 2\n=======\nA.c 3\n>>>>>>> x\nA.a 1").lines().last().unwrap_or_default(), @"a/loom.lock:2:1 lock-conflict: a merge left this to be decided (keep the lines of both sides: each name with its number stays. Where both took one number, the lines above `=======` are those of the branch that was merged into; then run `wireloom lock`)");
    // `merge=union` keeps both sides by itself: the same line twice is one, and what one side has removed is asked of the contract.
    assert_eq!(said("A.a 1\nA.b 2\nA.b 2\nA.c 3\nA.c 3 removed\nA.a 1 removed"), "");
    assert_snapshot!(said("A.a 1\nA.b 2\nA.c 2").lines().last().unwrap_or_default(), @"a/loom.lock:4:5 number-taken: number 2 is locked twice in `A` (two branches took it, and at most one of them has shipped: its line stays. Take the other line out, here `A.c` unless it is the one, and run `wireloom lock` for its new number)");
    // What is never ended is no conflict that anybody could end.
    assert_snapshot!(said("A.a 1\n<<<<<<< HEAD\nA.b 2\nA.c 3").lines().last().unwrap_or_default(), @"a/loom.lock:3:1 lock-line: this is no line of a lock (a merge left this: keep the lines of both sides, then run `wireloom lock`)");
}
