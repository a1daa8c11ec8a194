//! What a run has come to.

use std::time::Duration;

use wireloom_policy::Moment;

/// Calls that began in a second of the run.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Second {
    pub(crate) calls: u32,
    pub(crate) good: u32,
    /// Of the slowest hundredth of them the fastest, in milliseconds.
    pub(crate) p99: f32,
}

/// What a run has come to.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) calls: u64,
    pub(crate) good: u64,
    pub(crate) attempts: u64,
    pub(crate) seconds: Vec<Second>,
    /// Sorted at the end, milliseconds of every call, whatever became of it.
    took: Vec<f32>,
    /// The same of calls that went well, with the second in which they began.
    took_good: Vec<(usize, f32)>,
    /// Of all calls of each second.
    by_second: Vec<Vec<f32>>,
}

impl Outcome {
    pub(crate) fn add(&mut self, began: Moment, took: Duration, good: bool) {
        let second = (began.as_nanos() / 1_000_000_000) as usize;
        if self.seconds.len() <= second {
            self.seconds.resize(second + 1, Second::default());
            self.by_second.resize(second + 1, Vec::new());
        }
        let millis = took.as_secs_f32() * 1000.0;
        self.calls += 1;
        self.seconds[second].calls += 1;
        self.took.push(millis);
        self.by_second[second].push(millis);
        if good {
            self.took_good.push((second, millis));
            self.good += 1;
            self.seconds[second].good += 1;
        }
    }

    pub(crate) fn end(mut self) -> Outcome {
        self.took.sort_unstable_by(f32::total_cmp);
        for (second, took) in self.seconds.iter_mut().zip(&mut self.by_second) {
            took.sort_unstable_by(f32::total_cmp);
            second.p99 = at(took, 0.99);
        }
        self.by_second = Vec::new();
        self
    }

    /// Milliseconds within which that share of calls has ended.
    pub(crate) fn percentile(&self, share: f64) -> f32 {
        at(&self.took, share)
    }

    /// The same of calls that went well, from that second on.
    pub(crate) fn percentile_of_good(&self, share: f64, from: usize) -> f32 {
        let mut took: Vec<f32> = self.took_good.iter().filter(|it| it.0 >= from).map(|it| it.1).collect();
        took.sort_unstable_by(f32::total_cmp);
        at(&took, share)
    }

    /// Per cent of calls that went well.
    pub(crate) fn success(&self) -> f64 {
        100.0 * self.good as f64 / self.calls.max(1) as f64
    }

    pub(crate) fn failed(&self) -> u64 {
        self.calls - self.good
    }

    /// Attempts a call.
    pub(crate) fn amplification(&self) -> f64 {
        self.attempts as f64 / self.calls.max(1) as f64
    }

    /// Calls a second that went well, from that second on.
    pub(crate) fn goodput_from(&self, second: usize) -> f64 {
        let last = self.seconds.len().saturating_sub(1);
        let seconds = self.seconds.get(second..last).unwrap_or_default();
        seconds.iter().map(|it| f64::from(it.good)).sum::<f64>() / seconds.len().max(1) as f64
    }

    /// Seconds from `end` of a fault until all further seconds have 99 % of calls that went well.
    pub(crate) fn recovered_after(&self, end: usize) -> usize {
        let bad = |second: &Second| f64::from(second.good) < 0.99 * f64::from(second.calls);
        let last_bad = self.seconds.iter().rposition(bad);
        last_bad.map_or(0, |last| (last + 1).saturating_sub(end))
    }
}

fn at(sorted: &[f32], share: f64) -> f32 {
    let place = (sorted.len() as f64 * share) as usize;
    sorted.get(place.min(sorted.len().max(1) - 1)).copied().unwrap_or_default()
}
