//! Messaging: one suite of promises, kept on every broker; and what is one broker's own.
//!
//! It runs on `memory://`, and with the feature `nats` and `--include-ignored` on the server that `WIRELOOM_NATS` names as well;
//! `tests/messaging/run` starts one.

#![cfg(feature = "broker")]

#[path = "messaging/memory.rs"]
mod memory;
#[cfg(feature = "nats")]
#[path = "messaging/nats.rs"]
mod nats;
#[path = "messaging/place.rs"]
mod place;
#[path = "messaging/shop.rs"]
mod shop;
#[path = "messaging/suite.rs"]
mod suite;

/// Makes a test of every promise; `$place` gives the place to keep it at.
macro_rules! keeps_every_promise {
    ($place:path $(, #[$wants:meta])?) => {
        crate::keeps_every_promise! { $place, [$($wants)?];
            an_event_arrives_with_its_envelope
            every_group_gets_every_event_that_it_wants
            members_of_a_group_share_its_events
            events_of_a_key_keep_their_order_across_retries
            what_keeps_failing_goes_to_the_dead_topic
            what_is_rejected_goes_to_the_named_dead_topic_at_once
            what_breaks_its_contract_reaches_no_handler
            a_foreign_event_needs_no_envelope
            a_panic_is_a_failed_attempt
            a_handler_that_takes_too_long_is_tried_again
            a_retry_comes_no_sooner_than_asked
            an_expired_event_is_passed_over
            no_more_are_in_hand_than_may_be
            draining_finishes_what_is_in_hand_and_loses_nothing
            draining_gives_back_what_waits_for_a_retry
            what_admission_refuses_waits
            many_are_published_in_a_window
        }
    };
    ($place:path, $wants:tt; $($promise:ident)*) => {
        $(crate::keeps_every_promise! { $place, $wants, $promise })*
    };
    ($place:path, [$($wants:meta)?], $promise:ident) => {
        #[tokio::test]
        $(#[$wants])?
        async fn $promise() {
            crate::suite::$promise($place(stringify!($promise)).await).await;
        }
    };
}

pub(crate) use keeps_every_promise;
