//! Examples against their operations.

use insta::assert_snapshot;

use super::door::check;

#[test]
fn examples_show_operations() {
    assert_snapshot!(check(r#"fault Gone: not_found { id: u32, why: string }
record R { id: u32, list: [L], sub: L }
record L { a: u32, b: u32 }
service S {
    public
    get(id: u32, n: u32 = 1, o: u32?) -> R
        fails Gone
    put(id: u32)
    watch() -> stream R
    up(xs: stream u32) -> u32
}
example S.gett "a" { given { id: 1 } }
example T.get "a" { given { id: 1 } }
example S "a" { given { id: 1 } }"#), @r"
    12:11 unknown-operation: `S` has no operation `gett` (did you mean `get`?)
    13:9 unknown-service: no service `T` is known here
    14:9 unknown-operation: an example names a service and its operation: `Orders.place`
    ");
}

#[test]
fn given_is_complete() {
    assert_snapshot!(check(r#"fault Gone: not_found { id: u32, why: string }
record R { id: u32, list: [L], sub: L }
record L { a: u32, b: u32 }
service S {
    public
    get(id: u32, n: u32 = 1, o: u32?) -> R
        fails Gone
    put(id: u32)
    watch() -> stream R
    up(xs: stream u32) -> u32
}
example S.get "a" { given { n: 2 } }
example S.get "b" { given { id: "x", m: 1, id: 2 } }
example S.get "c" {}
example S.up "d" { given { xs: [1, 2] } gives 3 }
example S.up "e" { given { xs: 1 } }"#), @r"
    12:27 missing-input: `get` is given without `id` (say every input that is not optional and has no default)
    13:33 value-mismatch: a number (`u32`) is wanted here
    13:38 unknown-input: there is no input `m` (there is `id`, `n` and `o`)
    13:44 duplicate-member: `id` is named twice
    14:9 missing-input: `get` is given without `id` (say every input that is not optional and has no default)
    16:32 value-mismatch: a list is wanted here: `[…]`
    ");
}

#[test]
fn gives_is_a_part_of_the_answer() {
    assert_snapshot!(check(r#"fault Gone: not_found { id: u32, why: string }
record R { id: u32, list: [L], sub: L }
record L { a: u32, b: u32 }
service S {
    public
    get(id: u32, n: u32 = 1, o: u32?) -> R
        fails Gone
    put(id: u32)
    watch() -> stream R
    up(xs: stream u32) -> u32
}
example S.get "a" { given { id: 1 } gives { sub: { a: 1 } } }
example S.get "b" { given { id: 1 } gives { list: [{ a: 1 }], idd: 1 } }
example S.put "c" { given { id: 1 } gives 1 }
example S.watch "d" { given {} gives { id: 1 } }
example S.watch "e" { given {} gives [{ id: 1 }] }"#), @r"
    13:52 missing-field: a `L` lacks `b`
    13:63 unknown-field: `R` has no field `idd` (did you mean `id`?)
    14:43 example-outcome: `put` answers with nothing (take `gives` out, or give the operation an answer)
    15:38 example-outcome: `watch` streams: what it gives is a list (write `gives [ … ]`)
    ");
}

#[test]
fn fails_is_declared() {
    assert_snapshot!(check(r#"fault Gone: not_found { id: u32, why: string }
record R { id: u32, list: [L], sub: L }
record L { a: u32, b: u32 }
service S {
    public
    get(id: u32, n: u32 = 1, o: u32?) -> R
        fails Gone
    put(id: u32)
    watch() -> stream R
    up(xs: stream u32) -> u32
}
fault Busy: unavailable
example S.get "a" { given { id: 1 } fails Gone { id: 1 } }
example S.get "b" { given { id: 1 } fails Busy }
example S.get "c" { given { id: 1 } fails Gon }
example S.get "d" { given { id: 1 } fails Gone { idd: 1 } }"#), @r"
    14:43 fault-not-declared: `get` does not declare that it fails with `Busy` (add it behind `fails` of the operation)
    15:43 fault-not-declared: `get` does not declare that it fails with `Gon` (did you mean `Gone`?)
    16:50 unknown-field: `Gone` has no field `idd` (did you mean `id`?)
    ");
}
