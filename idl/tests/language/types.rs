//! Types: names, generics, drafts and patches, recursion, members.

use insta::assert_snapshot;

use super::door::check;

#[test]
fn an_unknown_type_suggests_its_neighbour() {
    assert_snapshot!(check("record A { b: sring }"), @"1:15 unknown-type: no type `sring` is known here (did you mean `string`?)");
    assert_snapshot!(check(r"record Order {}
record A { b: Ordr }"), @"2:15 unknown-type: no type `Ordr` is known here (did you mean `Order`?)");
    assert_snapshot!(check("record A { b: Xyzzy }"), @"1:15 unknown-type: no type `Xyzzy` is known here");
}

#[test]
fn one_mistake_is_said_once() {
    assert_snapshot!(check(r"scalar Id: strin where length <= 3
record A { id: Id = 5 where value <= 3, m: map<Id, string> }"), @"1:12 unknown-type: no type `strin` is known here (did you mean `string`?)");
    assert_snapshot!(check(r"record A { b: Nope, c: [Nope2] where length <= 2 }
event E { a: A } key a.b.c.d"), @r"
    1:15 unknown-type: no type `Nope` is known here
    1:25 unknown-type: no type `Nope2` is known here
    ");
}

#[test]
fn former_names_are_free() {
    assert_snapshot!(check("record A { x: u32 was y, y: u32, z: u32 was w }\nenum E { a was b, c was b }\nunion U { a was a, b }"), @r"
    1:12 former-name: `x` was `y`, which another member of `A` is called (the number goes along all the same; JSON that says `y` means the other one)
    2:19 former-name: two members of `E` were `b` (the number goes along all the same; JSON that says `b` means the other one)
    ");
    assert_snapshot!(check("service S { public a was b(x: u32 was y, y: u32) b() }"), @r"
    1:20 former-name: `a` was `b`, which another member of `S` is called (the number goes along all the same; JSON that says `b` means the other one)
    1:28 former-name: `x` was `y`, which another member of `a` is called (the number goes along all the same; JSON that says `y` means the other one)
    ");
}

#[test]
fn names_are_declared_once() {
    assert_snapshot!(check(r"record A {}
enum A { x }"), @"2:6 duplicate-name: `A` is declared twice (types, faults, events and services of a package share one set of names)");
    assert_snapshot!(check("record string { x: u32 }"), @"1:8 duplicate-name: `string` is a built-in type (choose another name)");
    assert_snapshot!(check(r"record A { x: u32, x: string }
enum E { a, a }
union U { a, a: string }"), @r"
    1:20 duplicate-member: `A` has two members `x`
    2:13 duplicate-member: `E` has two members `a`
    3:14 duplicate-member: `U` has two members `a`
    ");
}

#[test]
fn a_name_stands_for_one_kind_of_thing() {
    assert_snapshot!(check(r"fault F: aborted
service S {
    public
}
record A { f: F, s: S }"), @r"
    5:15 wrong-kind: `F` is a fault, not a type of data
    5:21 wrong-kind: `S` is a service, not a type of data
    ");
}

#[test]
fn generics_want_their_arguments() {
    assert_snapshot!(check(r"record Page<T> { items: [T] }
record A { p: Page, q: Page<string, u32>, r: string<u32>, s: A<string>? }"), @r"
    2:15 generic-arguments: `Page` takes 1 argument, not 0
    2:24 generic-arguments: `Page` takes 1 argument, not 2
    2:53 generic-arguments: `string` takes no arguments
    2:64 generic-arguments: `A` takes no arguments
    ");
}

#[test]
fn the_body_of_a_generic_is_checked_without_arguments() {
    assert_snapshot!(check("record Page<T> { items: [T], next: sring, more: T<u32> }"), @r"
    1:36 unknown-type: no type `sring` is known here (did you mean `string`?)
    1:51 generic-arguments: `T` takes no arguments
    ");
}

#[test]
fn what_is_wrong_in_a_generic_is_said_once() {
    assert_snapshot!(check(r#"record Page<T> { n: u32 = "x", items: [T] }
record A { a: Page<string>, b: Page<u32>, c: Page<bool> }"#), @"1:27 value-mismatch: a number (`u32`) is wanted here");
}

#[test]
fn parameters_are_told_apart() {
    assert_snapshot!(check("record Pair<T, T> { a: T }"), @"1:16 duplicate-name: `Pair` has two parameters `T`");
}

#[test]
fn recursion_with_other_arguments_is_refused() {
    assert_snapshot!(check("record Tree<T> { below: Tree<[T]>? }"), @"1:25 polymorphic-recursion: `Tree` asks for itself with other arguments: that never ends");
    assert_snapshot!(check(r"record A<T> { b: B<T>? }
record B<T> { a: A<[T]>? }
record Root { a: A<string> }"), @"2:18 polymorphic-recursion: `A` asks for itself with other arguments: that never ends");
}

#[test]
fn recursion_passes_through_something_that_can_end() {
    assert_snapshot!(check(r"record A { b: B }
record B { a: A }"), @"2:15 infinite-type: these types always hold each other and never end: A → B → A (let it pass through something that may be missing or empty: `T?`, `[T]`, a map or a union)");
    assert_snapshot!(check(r"record A { a: A?, b: [A], c: map<string, A>, d: U, e: A or null }
union U { a: A, end }"), @"");
    assert_snapshot!(check(r"record A { ...B }
record B { a: A }"), @"2:15 infinite-type: `A` always holds another `A`: it never ends (let it pass through something that may be missing or empty: `T?`, `[T]`, a map or a union)");
}

#[test]
fn made_names_must_be_free() {
    assert_snapshot!(check(r"record Page<T> { items: [T] }
record PageU32 {}
record A { p: Page<u32> }"), @"3:15 name-clash: the type made here is called `PageU32`, and so is another (rename the declared one, or declare a record for this one)");
    assert_snapshot!(check(r"record Page<T> { items: [T] }
record U32List {}
record A { p: Page<[u32]>, q: Page<U32List> }"), @"3:31 name-clash: the type made here is called `PageU32List`, and so is another (rename the declared one, or declare a record for this one)");
}

#[test]
fn keys_are_simple() {
    assert_snapshot!(check("record A { m: map<decimal, u32>, s: set<[u32]>, t: set<timestamp> }"), @r"
    1:19 map-key: a map's key is a string, integer, bool, uuid, enum or a scalar of these
    1:41 map-key: a set's entry is a string, integer, bool, uuid, enum or a scalar of these
    1:56 map-key: a set's entry is a string, integer, bool, uuid, enum or a scalar of these
    ");
    assert_snapshot!(check(r"enum E { a }
scalar Id: uuid
record A { m: map<E, u32>, s: set<Id>, t: set<i64>, b: set<bool> }"), @"");
    assert_snapshot!(check(r"scalar Price: decimal
record A { m: map<Price, u32> }"), @"2:19 map-key: a map's key is a string, integer, bool, uuid, enum or a scalar of these");
}

#[test]
fn optional_stands_where_something_can_be_missing() {
    assert_snapshot!(check(r"record A { a: [u32?], b: map<string, u32?>, c: [u32 or null] }
union U { a: u32? }
scalar S: string?"), @r"
    1:16 optional-misplaced: `?` stands on fields, inputs and answers only (what may be missing inside a container is written `T or null`)
    1:38 optional-misplaced: `?` stands on fields, inputs and answers only (what may be missing inside a container is written `T or null`)
    2:14 optional-misplaced: `?` stands on fields, inputs and answers only (what may be missing inside a container is written `T or null`)
    3:11 optional-misplaced: `?` stands on fields, inputs and answers only (what may be missing inside a container is written `T or null`)
    ");
}

#[test]
fn optional_fields_have_no_default() {
    assert_snapshot!(check("record A { a: u32? = 5, b: u32 or null = null, c: u32 = null }"), @r"
    1:22 optional-default: `a` is optional and has a default (with a default it is never absent: take the `?` away, or the default)
    1:57 value-mismatch: a number (`u32`) is wanted here
    ");
}

#[test]
fn spreads_put_fields_in() {
    assert_snapshot!(check(r"record A { ...B, x: u32 }
record B { y: u32, x: string }"), @"1:18 duplicate-member: `A` has two members `x`");
    assert_snapshot!(check("record A { ...A }"), @"1:15 spread-cycle: `A` is made of itself");
    assert_snapshot!(check(r"enum E { a }
record A { ...E, ...Nope, z: u32 }
event X { a: A } key a.q"), @r"
    2:15 spread-wants-record: only the fields of a record can be spread
    2:21 unknown-type: no type `Nope` is known here
    ");
    assert_snapshot!(check(r"scalar A: B
scalar B: A"), @"2:11 spread-cycle: `A` is made of itself");
}

#[test]
fn enums_and_unions_are_not_empty() {
    assert_snapshot!(check(r"enum E {}
union U {}
record R {}
record H { e: E = x }"), @r"
    1:6 empty-enum: enum `E` has no members (a value of it could not be written)
    2:7 empty-union: union `U` has no cases (a value of it could not be written)
    ");
}

#[test]
fn a_tag_tells_records_apart() {
    assert_snapshot!(check(r#"record C { kind: string }
union U tagged by "kind" { a: C, b: string, c }"#), @r"
    2:31 union-tag: `C` has a field with the name of the tag, `kind`
    2:37 union-tag: case `b` of a tagged union is a record (a record's fields stand beside the tag; wrap the value in a record, or take the tag away)
    ");
}

#[test]
fn numbers_are_pinned_once() {
    assert_snapshot!(check(r"record A { a: u32 @1, b: u32 @1, c: u32 @19000, d: u32 @0 }
enum E { a @4, b @4 }"), @r"
    1:30 number-taken: number 1 is pinned twice in `A` (the next free number is 2)
    1:41 number-invalid: `19000` is no wire number (it can be 1 to 536870911, but for 18999 to 19999, which have a meaning of their own)
    1:56 number-invalid: `0` is no wire number (it can be 1 to 536870911, but for 18999 to 19999, which have a meaning of their own)
    2:18 number-taken: number 4 is pinned twice in `E` (the next free number is 1)
    ");
    assert_snapshot!(check(r"record A { x: u32 @1, ...B, y: u32 @2, z: u32 @18999 }
record B { b: u32 @1, c: u32 @2 }"), @r"
    1:26 number-taken: number 1 is pinned twice in `A` (the next free number is 2)
    1:36 number-taken: number 2 is pinned twice in `A` (the next free number is 3)
    1:47 number-invalid: `18999` is no wire number (it can be 1 to 536870911, but for 18999 to 19999, which have a meaning of their own)
    ");
}

#[test]
fn draft_and_patch_stand_in_inputs_and_answers() {
    assert_snapshot!(check(r"record A { id: u32 readonly }
record B { a: draft A }
service S {
    public
    put(a: draft A, b: [draft A], c: map<string, patch A>, d: draft string) -> draft A
}"), @r"
    2:15 derive-misplaced: `draft` stands in inputs and answers only (declare a record for it)
    5:69 derive-wants-record: `draft` wants a record
    ");
    assert_snapshot!(check(r"record A { x: u32 }
service S {
    public
    put(a: draft A) -> patch Nope
}"), @r"
    4:12 draft-without-readonly: `A` has nothing readonly: its draft is `A` itself (write `A`)
    4:30 unknown-type: no type `Nope` is known here
    ");
}

#[test]
fn readonly_marks_fields_of_records() {
    assert_snapshot!(check(r"fault F: aborted { a: u32 readonly }
service S {
    public
    put(a: u32 readonly)
}"), @r"
    1:27 readonly-misplaced: `readonly` stands on fields of records only
    4:16 readonly-misplaced: an input is never readonly
    ");
}

#[test]
fn names_have_one_style() {
    assert_snapshot!(check(r"record order_line { unitPrice: decimal, HTTPCode: u32 }
enum E { PAID_OUT }"), @r"
    1:8 naming: a type is named in PascalCase: `OrderLine` (rename `order_line` where it is used, too)
    1:21 naming: a field is named in snake_case: `unit_price` (rename `unitPrice` where it is used, too)
    1:41 naming: a field is named in snake_case: `http_code` (rename `HTTPCode` where it is used, too)
    2:10 naming: a member is named in snake_case: `paid_out` (rename `PAID_OUT` where it is used, too)
    ");
    assert_snapshot!(check("package Shop.Orders"), @"1:9 naming: a package is named in lower case: `shop.orders` (rename `Shop.Orders` where it is imported, too)");
    assert_snapshot!(check(r#"@allow("naming", "printed on forms")
record order_line { unitPrice: decimal }"#), @"");
    assert_snapshot!(check(r#"@allow("naming")
record X {}"#), @r#"1:1 allow: an allowance names a code and a reason (write `@allow("unused-import", "used by the next release")`)"#);
}

#[test]
fn retry_after_is_a_duration() {
    assert_snapshot!(check("fault F: aborted { retry_after: u32 }"), @"1:33 retry-after: `retry_after` of a fault tells callers how long to wait: it is a `duration`");
    assert_snapshot!(check("fault F: abortd"), @"1:10 unknown-fault-code: `abortd` is no code of a fault (did you mean `aborted`?)");
}

#[test]
fn a_broken_member_costs_itself_only() {
    assert_snapshot!(check(r"record A { x: u32, y: = 5, z: sring }
event E { a: A } key a.y"), @r"
    1:23 unexpected-token: expected a type after `:`, found `=`
    1:31 unknown-type: no type `sring` is known here (did you mean `string`?)
    ");
}

#[test]
fn extern_types_are_taken_from_rust() {
    assert_snapshot!(check(r#"extern record Geo = go "geo.Point""#), @"1:21 extern-language: no types can be taken from `go` (it can be `rust`)");
}
