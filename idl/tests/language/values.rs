//! Values: defaults, bounds and patterns against their types.

use insta::assert_snapshot;

use super::door::check;

#[test]
fn numbers_fit_their_types() {
    assert_snapshot!(check(r#"record A { a: i32 = 2_147_483_648, b: u32 = -1, c: i64 = "9", d: u64 = 1e3, e: u32 = 1.5, f: f32 = 1e300, g: decimal = 1.10, h: u32 = "1" }"#), @r"
    1:21 value-mismatch: 2_147_483_648 does not fit `i32`: it is -2147483648 to 2147483647
    1:45 value-mismatch: -1 does not fit `u32`: it is 0 to 4294967295
    1:86 value-mismatch: 1.5 is not a whole number
    1:100 value-mismatch: 1e300 does not fit `f32`
    1:135 value-mismatch: a number (`u32`) is wanted here
    ");
}

#[test]
fn text_has_the_form_of_its_type() {
    assert_snapshot!(check(r#"record A { a: uuid = "x", b: date = "2023-02-29", c: timestamp = "2023-02-28", d: url = "nope", e: bytes = "a", f: time = "25:00:00", g: duration = "1m", h: duration = 90m, i: bool = "true", j: string = word }"#), @r"
    1:22 value-mismatch: `x` is not a uuid
    1:37 value-mismatch: `2023-02-29` is not a date like `2026-01-31`
    1:66 value-mismatch: `2023-02-28` is not a timestamp like `2026-01-31T08:30:00Z`
    1:89 value-mismatch: `nope` is not a url with its scheme
    1:108 value-mismatch: `a` is not base64
    1:123 value-mismatch: `25:00:00` is not a time like `08:30:00`
    1:149 value-mismatch: `1m` is not a duration like `1.5s`
    1:184 value-mismatch: `true` or `false` is wanted here
    1:204 value-mismatch: text in quotes is wanted here
    ");
}

#[test]
fn json_is_anything_but_bare_words() {
    assert_snapshot!(check(r#"record A { a: json = { x: [1, "a", null] }, b: json = cash, c: json = 2s }"#), @r"
    1:55 value-mismatch: JSON is wanted here: text stands in quotes
    1:71 value-mismatch: JSON is wanted here: text stands in quotes
    ");
}

#[test]
fn members_and_cases_are_known() {
    assert_snapshot!(check(r#"enum E { placed, paid }
union U { cash, card: string }
record A { a: E = plced, b: U = crad, c: U = { card: "x" }, d: U = card, e: U = { cash: 1 }, f: U = cash, g: E = "paid" }"#), @r"
    3:19 unknown-member: `E` has no member `plced` (did you mean `placed`?)
    3:33 unknown-member: `U` has no case `crad` (did you mean `card`?)
    3:68 value-mismatch: case `card` carries a value: `{ card: … }`
    3:89 value-mismatch: case `cash` carries nothing: write `cash`
    ");
}

#[test]
fn records_are_whole() {
    assert_snapshot!(check(r#"record M { amount: decimal, currency: string, note: string?, n: u32 = 1 }
record A { a: M = { amount: 1 }, b: M = { amount: 1, curency: "EUR" }, c: M = { amount: 1, currency: "EUR" }, d: M = 5 }"#), @r"
    2:19 missing-field: a `M` lacks `currency`
    2:54 unknown-field: `M` has no field `curency` (did you mean `currency`?)
    2:118 value-mismatch: a `M` is wanted here: `{ field: value }`
    ");
}

#[test]
fn containers_hold_values_of_their_types() {
    assert_snapshot!(check(r#"record A { a: [u32] = [1, "x"], b: set<u32> = [1, 1], c: map<string, u32> = { "a": 1, b: 2 }, d: map<u32, bool> = { "x": true, "1": false }, e: map<string, u32> = { "a": 1, "a": 2 }, f: [u32 or null] = [null] }"#), @r#"
    1:27 value-mismatch: a number (`u32`) is wanted here
    1:51 value-mismatch: this entry is in the set already
    1:87 value-mismatch: the keys of a map stand in quotes: `"b"`
    1:117 value-mismatch: a number (`u32`) is wanted here
    1:174 duplicate-member: `a` is said twice
    "#);
}

#[test]
fn tagged_unions_are_written_flat() {
    assert_snapshot!(check(r#"record C { token: string }
union U tagged by "kind" { card: C, cash }
record A { a: U = { kind: "card", token: "x" }, b: U = { kind: card }, c: U = cash, d: U = { token: "x" } }"#), @r"
    3:56 missing-field: a `C` lacks `token`
    3:92 value-mismatch: `kind` tells the case of `U` and is missing
    ");
}

#[test]
fn constraints_fit_their_types() {
    assert_snapshot!(check("record A { a: u32 where length <= 3, b: string where value <= 3, c: [u32] where matches /a/, d: bool where one_of [true], e: json where size <= 2 }"), @r"
    1:25 constraint-misplaced: `length` does not fit `u32` (what fits is `value`, `one_of` or `multiple_of`)
    1:54 constraint-misplaced: `value` does not fit `string` (what fits is `length`, `matches`, `one_of` or `format`)
    1:81 constraint-misplaced: `matches` does not fit a list (what fits is `size` or `unique`)
    1:108 constraint-misplaced: `one_of` does not fit `bool` (no constraint stands on it: put them on its members)
    1:137 constraint-misplaced: `size` does not fit `json` (no constraint stands on it: put them on its members)
    ");
    assert_snapshot!(check(r"enum E { a, b, c }
record A { a: E where one_of [a, b, d], b: [u32] where unique and size in 1..3, c: bytes where size <= 64KiB, d: set<u32> where unique }"), @r"
    2:37 unknown-member: `E` has no member `d` (it can be `a`, `b` or `c`)
    2:129 constraint-misplaced: `unique` does not fit a set or map (what fits is `size`)
    ");
}

#[test]
fn bounds_have_an_order() {
    assert_snapshot!(check(r#"record A { a: string where length in 5..1, b: string where length >= -1, c: u32 where value in 9..1, d: date where value >= "2020-13-01", e: duration where value in 2s..1s, f: u32 where multiple_of 0, g: u32 where value <= "9", h: string where one_of [] }"#), @r"
    1:38 constraint-bounds: the lower bound is above the upper: nothing satisfies this (exchange them)
    1:70 constraint-bounds: `length` is bounded by whole numbers from 0
    1:96 constraint-bounds: the lower bound is above the upper: nothing satisfies this (exchange them)
    1:125 value-mismatch: `2020-13-01` is not a date like `2026-01-31`
    1:166 constraint-bounds: the lower bound is above the upper: nothing satisfies this (exchange them)
    1:199 constraint-bounds: `multiple_of` wants a number above zero
    1:224 value-mismatch: a number (`u32`) is wanted here
    1:245 constraint-bounds: `one_of` names at least one value
    ");
}

#[test]
fn defaults_satisfy_their_constraints() {
    assert_snapshot!(check(r#"scalar Sku: string where matches /^[A-Z]+$/
record A { a: u32 = 0 where value in 1..5, b: string = "abc" where length <= 2, c: Sku = "abc", d: Sku = "ABC", e: [u32] = [1, 1] where unique, f: string = "x" where format email, g: decimal = 0.35 where multiple_of 0.1, h: duration = 3s where value <= 2000ms, i: u32 = 3 where one_of [1, 2] }"#), @r"
    2:21 value-refused: 0 is outside of 1..5
    2:56 value-refused: its length is 3, wanted is ..2
    2:90 value-refused: `abc` does not match /^[A-Z]+$/
    2:124 value-refused: entry 2 stands there twice
    2:157 value-refused: `x` is not of format `email`
    2:194 value-refused: 0.35 is no multiple of 0.1
    2:236 value-refused: 3s is outside of ..2s
    2:271 value-refused: 3 is none of those allowed
    ");
}

#[test]
fn patterns_run_everywhere() {
    assert_snapshot!(check(r"record A { a: string where matches /(?i)x/, b: string where matches /[a/, c: string where matches /a(?=b)/, d: string where matches /a\/[[:alpha:]]/, e: string where format mail }"), @r"
    1:37 pattern-not-portable: `(?i)` is not read alike everywhere: there are no flags: write both letters, `[aA]` (patterns run in servers and in browsers: use what Rust's `regex` and ECMA-262 share)
    1:70 pattern-invalid: unclosed character class
    1:101 pattern-not-portable: `(?=` is not read alike everywhere: there is no look-around (patterns run in servers and in browsers: use what Rust's `regex` and ECMA-262 share)
    1:133 pattern-not-portable: `[:` is not read alike everywhere: there are no POSIX classes: write `a-z` (patterns run in servers and in browsers: use what Rust's `regex` and ECMA-262 share)
    1:174 unknown-format: no format is called `mail` (here it is `email`)
    ");
}
