//! Policies: words, amounts, and whether they fit.

use insta::assert_snapshot;

use super::door::check;

#[test]
fn words_are_known() {
    assert_snapshot!(check(r"service S {
    public
    get()
        policy { timeout 2s, dedline 1s, deadline 1s, deadline 2s }
}"), @r"
    4:18 unknown-policy-word: no word of a policy is `timeout` (here it is `deadline`)
    4:30 unknown-policy-word: no word of a policy is `dedline` (did you mean `deadline`?)
    4:55 duplicate-clause: `deadline` is said twice
    ");
}

#[test]
fn amounts_have_units_and_are_not_zero() {
    assert_snapshot!(check(r"service S {
    public
    a()
        policy { deadline 0s, retry 0, queue 1.5, limit 0/s }
    b()
        policy { deadline 5, retry 3 budget 10, limit 5, concurrency many }
    c()
        policy { retry 3 backoff 1s..50ms, breaker 50% of 20 over 10s, priority urgent, balance best }
    d()
        policy { breaker 150% of 20 over 10s open 30s, deadline 2s 3s }
    e()
        policy { retry 3 backoff 50ms..1s budget 10%, breaker 50% of 20 over 10s open 30s, limit 200/s burst 50 per peer, concurrency adaptive, queue 10, priority background, balance p2c, deadline 250ms }
}"), @r"
    4:27 policy-amount: a time above zero is wanted here (it is written `deadline 2s`)
    4:37 policy-amount: a whole number from 1 is wanted here (it is written `retry 3 backoff 50ms..1s budget 10%`)
    4:46 policy-amount: a whole number from 1 is wanted here (it is written `queue 100`)
    4:57 policy-amount: a rate like `200/s`, above zero, is wanted here (it is written `limit 200/s burst 50 per peer`)
    6:27 policy-amount: a time above zero is wanted here (it is written `deadline 2s`)
    6:45 policy-amount: a share like `10%`, above zero and not above `100%`, is wanted here (it is written `retry 3 backoff 50ms..1s budget 10%`)
    6:55 policy-amount: a rate like `200/s`, above zero, is wanted here (it is written `limit 200/s burst 50 per peer`)
    6:70 policy-amount: a whole number from 1 is wanted here (it is written `concurrency 64` or `concurrency adaptive`)
    8:34 policy-amount: a range of times like `50ms..1s` is wanted here (it is written `retry 3 backoff 50ms..1s budget 10%`)
    8:67 policy-amount: `open` is wanted here (it is written `breaker 50% of 20 over 10s open 30s`)
    8:81 policy-amount: `critical`, `normal` or `background` is wanted here (it is written `priority background`)
    8:97 policy-amount: `p2c`, `round_robin` or `hash(input)` is wanted here (it is written `balance hash(customer)`)
    10:26 policy-amount: a share like `10%`, above zero and not above `100%`, is wanted here (it is written `breaker 50% of 20 over 10s open 30s`)
    10:68 policy-amount: this is not understood behind `deadline` (it is written `deadline 2s`)
    ");
}

#[test]
fn a_hedge_calls_twice() {
    assert_snapshot!(check(r"service S {
    public
    a()
        policy { hedge p95 }
    b()
        safe
        policy { hedge 50ms extra 5% }
    c()
        idempotent
        policy { hedge p99 }
    d()
        safe
        policy { hedge p100 }
}"), @r"
    4:18 policy-misfit: `hedge` calls twice, and calling `a` twice is not known to be harmless (say `safe` or `idempotent`, if it is, or take `hedge` away)
    13:24 policy-amount: `p100` is no percentile: they are `p1` to `p99` (it is written `hedge p95 extra 5%`)
    ");
}

#[test]
fn principals_want_auth() {
    assert_snapshot!(check(r"service S {
    public
    a()
        policy { limit 5/s per principal }
}"), @"4:18 policy-misfit: a limit per principal wants to know who calls: the service is public (say `per peer`)");
    assert_snapshot!(check(r"service S {
    auth jwt
    a()
        policy { limit 5/s per principal }
    b()
        public
        policy { limit 5/m per principal }
}"), @"7:18 policy-misfit: a limit per principal wants to know who calls: the operation is public (say `per peer`)");
    assert_snapshot!(check(r"service S {
    public
    policy { limit 5/s per principal }
}"), @"3:14 policy-misfit: a limit per principal wants to know who calls: the service is public (say `per peer`)");
}

#[test]
fn keys_name_inputs() {
    assert_snapshot!(check(r"service S {
    public
    a(customer: uuid)
        policy { limit 5/s per key(custmer), balance hash(x) }
    b(customer: uuid)
        policy { limit 5/h per key(customer), balance hash(customer) }
}"), @r"
    4:36 unknown-input: there is no input `custmer` (did you mean `customer`?)
    4:59 unknown-input: there is no input `x` (there is `customer`)
    ");
}

#[test]
fn words_of_streams_want_streams() {
    assert_snapshot!(check(r"service S {
    public
    a()
        policy { idle 5s }
    b() -> stream u32
        policy { first 1s, idle 5s, lifetime 1h }
}"), @"4:18 policy-misfit: `idle` is about streams, and `a` has none (`deadline` bounds a call)");
}
