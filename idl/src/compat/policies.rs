//! Policies: what callers may expect of time and load.

use super::diff::{Comparison, Travel};
use super::fields::Place;
use super::operations::promises;
use super::rules;
use crate::contract::{Limit, Policy};

impl Comparison<'_> {
    pub(super) fn policy(&mut self, place: &Place<'_>, old: &Policy, new: &Policy, travel: &Travel) {
        let reach = promises(travel);
        let times = [
            ("deadline", old.deadline, new.deadline),
            ("time to the first item", old.first, new.first),
            ("time between items", old.idle, new.idle),
            ("lifetime", old.lifetime, new.lifetime),
        ];
        let shorter: Vec<String> = times
            .iter()
            .filter_map(|(word, before, now)| {
                let now = (*now)?;
                let told = |before: std::time::Duration| format!("the {word} is {now:?}, and was {before:?}");
                match before {
                    Some(before) => (now < *before).then(|| told(*before)),
                    None => Some(format!("the {word} is {now:?}, and none was said")),
                }
            })
            .collect();
        if !shorter.is_empty() {
            let message = format!("`{}`: {}", place.name, shorter.join(", "));
            self.tell(&rules::DEADLINE_SHORTENED, reach, place.change(message));
        }
        let is_lower = is_lower(old.limit.as_ref(), new.limit.as_ref());
        if is_lower {
            let message = format!("`{}` admits fewer calls", place.name);
            self.tell(&rules::LIMIT_LOWERED, reach, place.change(message));
        }
        if old != new && shorter.is_empty() && !is_lower {
            let message = format!("`{}` has another policy", place.name);
            self.tell(&rules::POLICY_CHANGED, reach, place.change(message));
        }
    }
}

/// Whether fewer calls come through.
fn is_lower(old: Option<&Limit>, new: Option<&Limit>) -> bool {
    match (old, new) {
        (None, Some(_)) => true,
        (Some(old), Some(new)) => {
            let per_second = |it: &Limit| f64::from(it.count) / it.period.as_secs_f64().max(1e-9);
            let burst = |it: &Limit| it.burst.unwrap_or(it.count);
            old.per != new.per || per_second(new) < per_second(old) || burst(new) < burst(old)
        }
        (_, None) => false,
    }
}
