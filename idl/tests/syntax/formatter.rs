//! The one layout.

use insta::assert_snapshot;

use crate::support::{WHOLE, comments, formatted, parse, shape};

#[test]
fn the_whole_language() {
    let text = formatted(WHOLE);
    assert_eq!(formatted(&text), text);
    assert_eq!(shape(&text), shape(WHOLE));
}

#[test]
fn members_and_blanks() {
    assert_snapshot!(formatted("package a\n\n\n\nrecord A{x:u32 @7 readonly=5,\n\n\n  y:[T]\n}\nrecord B{x:u32}\nrecord C {\n\n a: T,\n\n}\nenum E{a,b}\nenum F {}\n"), @r#"
    package a

    record A {
        x: u32 = 5 readonly @7

        y: [T]
    }
    record B { x: u32 }
    record C {
        a: T
    }

    enum E { a, b }
    enum F {}
    "#);
}

#[test]
fn wide_inputs_break() {
    let text = "package a\nservice S {\n    public\n    place_the_order(first: draft Order, second: idempotency_key, third: map<string, string>, fourth: u32) -> Order fails Busy\n    short(a: T) safe\n    long(a: T) -> Something fails FirstFault, SecondFault, ThirdFault, FourthFault emits FirstEvent\n}\n";
    assert_snapshot!(formatted(text), @r#"
    package a

    service S {
        public
        place_the_order(
            first: draft Order,
            second: idempotency_key,
            third: map<string, string>,
            fourth: u32
        ) -> Order
            fails Busy
        short(a: T) safe
        long(a: T) -> Something fails FirstFault, SecondFault, ThirdFault, FourthFault emits FirstEvent
    }
    "#);
}

#[test]
fn comments_everywhere() {
    let text = "// first\npackage a // behind\n// apart\n\nimport b.{C // c\n, D} // d\nrecord A { // open\n    x: // type\n    u32 // tail\n    // own\n    , y: T readonly // r\n    = 5 // late\n    // before the end\n}\n\nservice S {\n    public // p\n    get( // in\n        a: T // a\n        // b\n        , b: U // e\n    ) // answer\n    -> T // clause\n    fails A // f\n    , B\n    // last\n}\nbind S to rest { // none\n}\n// end\n";
    let once = formatted(text);
    assert_eq!(comments(&once), comments(text));
    assert_eq!(formatted(&once), once);
    assert_snapshot!(once, @r#"
    // first
    package a // behind

    // apart

    import b.{
        C, // c
        D
    } // d

    record A { // open
        x: // type
        u32 // tail
        // own
        y: T = 5 readonly // r
        // late
        // before the end
    }

    service S {
        public // p
        get( // in
            a: T, // a
            // b
            b: U // e
        ) -> // answer
        T // clause
            fails A, // f
            B
        // last
    }

    bind S to rest { // none
    }
    // end
    "#);
}

#[test]
fn broken_files_are_left_alone() {
    let text = "package a\nrecord A { x u32 }\n";
    assert_eq!(wireloom_idl::format::format(&parse(text).0, text), None);
}

#[test]
fn names_that_would_be_read_otherwise_keep_their_backticks() {
    let text = "package a\nunion U {\n    a: draft, b, was, `or`,\n    x\n}\nservice S {\n    public\n    policy {\n        deadline 2s, jitter 5\n    }\n}\nbind S to rest {\n    get: GET \"/\", put\n    without x\n}\n";
    let once = formatted(text);
    assert_eq!(shape(&once), shape(text));
    assert_snapshot!(once, @r#"
    package a

    union U {
        a: draft,
        b
        `was`
        `or`
        x
    }

    service S {
        public
        policy {
            deadline 2s,
            jitter 5
        }
    }

    bind S to rest {
        get: GET "/",
        put
        without x
    }
    "#);
}

#[test]
fn conditions_keep_the_parentheses_that_help() {
    let text = "package a\nservice S {\n    public\n    on E as e where not (a == b) and not ((c)) and (not not (d or e) or f)\n}\n";
    let once = formatted(text);
    assert_eq!(shape(&once), shape(text));
    assert_snapshot!(once, @r"
    package a

    service S {
        public
        on E as e where not (a == b) and not c and (not not (d or e) or f)
    }
    ");
}

#[test]
fn an_empty_file_stays_empty() {
    assert_eq!(formatted(""), "");
    assert_eq!(formatted("\n\n// only\n\n\n// this\n"), "// only\n\n// this\n");
}
