//! Where names are declared and where they are meant.

use crate::door::Case;

/// A whole contract: each `«name»` in it can be asked about.
const SHOP: &str = "\
// file shop/common.loom
package shop.common
record Money { amount: decimal, currency: string }
record Paged<T> { items: [T], next: string? }
fault Gone: not_found { id: uuid }
event Settled { order: uuid, sum: Money } key order
// file shop/orders.loom
package shop.orders
import shop.common.{Money, Paged}
import shop.common as com
record Audit { by: string }
record Order { ...Audit, id: uuid, total: Money, status: Status = placed, pay: Pay, lines: [Line] }
record Line { sku: string, left: map<Status, u32> }
enum Status { placed, paid }
union Pay { card: Card, cash }
record Card { token: string }
event Placed { order: Order, at: timestamp } key order.id
service Orders {
    public
    place(draft: Order, token: idempotency_key) -> Order
        fails com.Gone
        keyed(token)
        emits Placed
        policy { limit 5/s per key(draft.id) }
    find(id: uuid) -> Paged<Order> safe
    on com.Settled as settle where sum.amount > 5 and not sum.currency == \"EUR\"
}
// file shop/orders.bind.loom
package shop.orders
import shop.common as com
bind Orders to rest { place: POST \"/{token}\" body draft fault com.Gone -> 410, find: GET \"/{id}\", without settle }
bind Orders to broker { Placed: topic \"x\" key order.id, settle: key sum }
example Orders.place \"one\" {
    given {
        draft: { id: \"x\", by: \"me\", status: paid, pay: cash, lines: [{ sku: \"a\", left: { \"paid\": 1 } }] }
    }
    gives { status: placed, pay: { card: { token: \"t\" } } }
}
example Orders.find \"two\" { given { id: \"x\" } gives { items: [{ id: \"y\" }] } }
example Orders.place \"three\" { given {} fails com.Gone { id: \"x\" } }
";

/// The definition of what stands at `|` in a stretch of the contract.
fn definition(stretch: &str) -> String {
    let plain = stretch.replace('|', "");
    assert_eq!(SHOP.matches(&plain).count(), 1, "{stretch}");
    let case = Case::new(&SHOP.replace(&plain, &stretch.replace('|', "$0")));
    let found = case.with(|names| names.definition(case.file, case.offset));
    found.map_or("nothing".to_owned(), |span| case.place(span))
}

#[test]
fn every_name_leads_to_its_declaration() {
    for (stretch, wanted) in [
        ("import shop.common.{Mo|ney", "shop/common.loom:2:8 Money"),
        ("import shop.co|mmon as com\nrecord", "shop/common.loom:1:9 shop.common"),
        ("common as c|om\nrecord", "shop/common.loom:1:9 shop.common"),
        ("...Au|dit", "shop/orders.loom:4:8 Audit"),
        ("total: |Money", "shop/common.loom:2:8 Money"),
        ("[|T]", "shop/common.loom:3:14 T"),
        ("Paged<Ord|er>", "shop/orders.loom:5:8 Order"),
        ("Status = pl|aced", "shop/orders.loom:7:15 placed"),
        ("key order\n", "nothing"),
        ("key or|der.id\n", "shop/orders.loom:10:16 order"),
        ("key order.i|d\n", "shop/orders.loom:5:26 id"),
        ("fails com.|Gone\n", "shop/common.loom:4:7 Gone"),
        ("fails co|m.Gone\n", "shop/common.loom:1:9 shop.common"),
        ("keyed(to|ken)", "shop/orders.loom:13:25 token"),
        ("emits Pl|aced", "shop/orders.loom:10:7 Placed"),
        ("key(dr|aft.id)", "shop/orders.loom:13:11 draft"),
        ("key(draft.i|d)", "shop/orders.loom:5:26 id"),
        ("com.Sett|led as", "shop/common.loom:5:7 Settled"),
        ("where su|m.amount", "shop/common.loom:5:30 sum"),
        ("where sum.am|ount", "shop/common.loom:2:16 amount"),
        ("not sum.cur|rency", "shop/common.loom:2:33 currency"),
        ("bind Or|ders to rest", "shop/orders.loom:11:9 Orders"),
        ("rest { pl|ace", "shop/orders.loom:13:5 place"),
        ("{to|ken}", "shop/orders.loom:13:25 token"),
        ("body dr|aft", "shop/orders.loom:13:11 draft"),
        ("fault com.Go|ne", "shop/common.loom:4:7 Gone"),
        ("without set|tle", "shop/orders.loom:19:23 settle"),
        ("broker { Pla|ced", "shop/orders.loom:10:7 Placed"),
        ("key order.i|d,", "shop/orders.loom:5:26 id"),
        ("settle: key su|m", "shop/common.loom:5:30 sum"),
        ("example Orders.pl|ace \"one\"", "shop/orders.loom:13:5 place"),
        ("        dra|ft: {", "shop/orders.loom:13:11 draft"),
        ("b|y: \"me\"", "shop/orders.loom:4:16 by"),
        ("status: pa|id, pay", "shop/orders.loom:7:23 paid"),
        ("pay: ca|sh", "shop/orders.loom:8:25 cash"),
        ("[{ s|ku: \"a\"", "shop/orders.loom:6:15 sku"),
        ("\"pa|id\"", "shop/orders.loom:7:23 paid"),
        ("gives { sta|tus", "shop/orders.loom:5:50 status"),
        ("{ ca|rd: {", "shop/orders.loom:8:13 card"),
        ("{ tok|en: \"t\"", "shop/orders.loom:9:15 token"),
        ("gives { ite|ms", "shop/common.loom:3:19 items"),
        ("items: [{ i|d: \"y\"", "shop/orders.loom:5:26 id"),
        ("Gone { i|d: \"x\"", "shop/common.loom:4:25 id"),
        ("pub|lic", "nothing"),
        ("\"t|wo\"", "nothing"),
    ] {
        let wanted = if wanted.is_empty() { "nothing" } else { wanted };
        if stretch.contains('|') {
            assert_eq!(definition(stretch), wanted, "{stretch}");
        }
    }
}

#[test]
fn references_are_found_in_all_files() {
    let case = Case::new(&SHOP.replace("record Order {", "record Ord$0er {"));
    let found = case.with(|names| names.references(case.file, case.offset, false));
    let places: Vec<String> = found.into_iter().map(|span| case.place(span)).collect();
    assert_eq!(
        places,
        [
            "shop/orders.loom:10:23 Order",
            "shop/orders.loom:13:18 Order",
            "shop/orders.loom:13:52 Order",
            "shop/orders.loom:18:29 Order"
        ]
    );
}

#[test]
fn highlights_stay_in_the_file() {
    let case = Case::new(&SHOP.replace("{token}", "{tok$0en}"));
    let found = case.with(|names| names.highlights(case.file, case.offset));
    assert_eq!(found.iter().map(|it| case.place(it.span)).collect::<Vec<_>>(), ["shop/orders.bind.loom:3:38 token"]);
    assert!(!found[0].declares);
}

#[test]
fn type_definitions_lead_through_containers() {
    for (stretch, wanted) in [
        ("li|nes: [Line]", "shop/orders.loom:6:8 Line"),
        ("fi|nd(id", "shop/common.loom:3:8 Paged"),
        ("sta|tus: Status", "shop/orders.loom:7:6 Status"),
        ("i|d: uuid, total", "nothing"),
    ] {
        let plain = stretch.replace('|', "");
        let case = Case::new(&SHOP.replace(&plain, &stretch.replace('|', "$0")));
        let found = case.with(|names| names.type_definition(case.file, case.offset));
        assert_eq!(found.map_or("nothing".to_owned(), |span| case.place(span)), wanted, "{stretch}");
    }
}

#[test]
fn names_of_tagged_unions_stand_beside_the_tag() {
    let text = "package a\nunion U tagged by \"kind\" { one: One }\nrecord One { x: u32 }\n\
                service S { public f(u: U) }\nexample S.f \"e\" { given { u: { kind: \"one\", $0x: 1 } } }\n";
    let case = Case::new(text);
    assert_eq!(
        case.with(|names| names.definition(case.file, case.offset)).map(|it| case.place(it)).unwrap(),
        "a.loom:3:14 x"
    );
}

#[test]
fn what_goes_round_ends() {
    let text = "package a\nrecord A { ...B, a: u32 }\nrecord B { ...A, b: u32 }\nscalar S: T\nscalar T: S\n\
                record P<T> { p: P<P<T>>, t: T }\nrecord Q { s: S = x, p: P<Q> }\nevent E { ...A, q: Q } key q.p.p.p.p.t.s.z\n\
                service S2 { public f(a: A) }\nexample S2.f \"\" { given { a: { zz$0: 1, b: 2 } } }\n";
    let case = Case::new(text);
    assert_eq!(case.with(|names| names.definition(case.file, case.offset)), None);
    assert!(case.with(|names| names.uses_in(case.file).len()) > 10);
}
