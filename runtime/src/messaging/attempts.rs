//! What becomes of an event after an attempt. Pure: the random part comes in.

use std::time::Duration;

use super::handler::Retry;
use super::outcome::Outcome;

/// What to do with an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is done with.
    Done,
    /// Try again after this time.
    Again(Duration),
    /// To the dead topic.
    Dead(String),
}

/// Judges the outcome of an attempt, the first being 1. `random` is in `0.0..1.0`.
pub(super) fn judge(outcome: Outcome, attempt: u32, retry: &Retry, random: f64) -> Verdict {
    let wait = match outcome {
        Outcome::Done => return Verdict::Done,
        Outcome::Reject(reason) => return Verdict::Dead(reason),
        Outcome::RetryNow => backoff(attempt, retry, random),
        Outcome::RetryAfter(wait) => wait,
    };
    match attempt > retry.times {
        true => Verdict::Dead(format!("failed {attempt} times")),
        false => Verdict::Again(wait),
    }
}

/// The wait after an attempt: doubles from the least to the longest, less a random part of up to a half, so that what
/// failed together does not come back together.
pub(super) fn backoff(attempt: u32, retry: &Retry, random: f64) -> Duration {
    let doublings = attempt.saturating_sub(1).min(31);
    let whole = retry.backoff_min.saturating_mul(1 << doublings).min(retry.backoff_max);
    whole.mul_f64(1.0 - random.clamp(0.0, 1.0) / 2.0)
}

/// A number in `0.0..1.0`. Spreads waits; nothing hangs on its quality.
pub(super) fn random() -> f64 {
    let bits = uuid::Uuid::new_v4().as_u128() as u32;
    f64::from(bits) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETRY: Retry =
        Retry { times: 3, backoff_min: Duration::from_millis(100), backoff_max: Duration::from_millis(350) };

    #[test]
    fn waits_double_up_to_the_longest() {
        let waits: Vec<_> = (1..=4).map(|attempt| backoff(attempt, &RETRY, 0.0).as_millis()).collect();
        assert_eq!(waits, [100, 200, 350, 350]);
        assert_eq!(backoff(1, &RETRY, 1.0).as_millis(), 50);
        assert_eq!(backoff(u32::MAX, &RETRY, 0.0).as_millis(), 350);
    }

    #[test]
    fn retries_are_capped_whoever_asks() {
        for outcome in [Outcome::RetryNow, Outcome::RetryAfter(Duration::ZERO)] {
            assert!(matches!(judge(outcome.clone(), 3, &RETRY, 0.5), Verdict::Again(_)));
            assert_eq!(judge(outcome, 4, &RETRY, 0.5), Verdict::Dead("failed 4 times".into()));
        }
        assert_eq!(judge(Outcome::Reject("no".into()), 1, &RETRY, 0.5), Verdict::Dead("no".into()));
        assert_eq!(judge(Outcome::Done, 9, &RETRY, 0.5), Verdict::Done);
    }
}
