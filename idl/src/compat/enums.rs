//! Enums: members that came, went or have another name or number; open and closed.

use std::collections::{BTreeMap, BTreeSet};

use super::diff::Comparison;
use super::facet::Reach;
use super::fields::Place;
use super::finding::Change;
use super::pairing::pair;
use super::rules;
use crate::contract::{Annotations, Type};
use crate::source::Span;

/// A member of an enum or a case of a union, before or now.
pub(super) struct Item<'i> {
    pub(super) name: &'i str,
    pub(super) was: Option<&'i str>,
    pub(super) annotations: &'i Annotations,
    pub(super) ty: Option<&'i Type>,
    pub(super) number: Option<u32>,
    pub(super) at: Span,
}

/// What has members, before or now.
pub(super) struct Choice<'i> {
    pub(super) is_closed: bool,
    pub(super) items: Vec<Item<'i>>,
    pub(super) at: Span,
}

/// Old members that are nothing any more, by their numbers.
type Gone<'i> = BTreeMap<u32, &'i Item<'i>>;

impl Comparison<'_> {
    /// Compares what one of several can be.
    pub(super) fn choice(&mut self, subject: &str, name: &str, old: &Choice<'_>, new: &Choice<'_>, reach: Reach) {
        let whole = Place { subject, name, was: old.at, now: new.at, reach };
        match (old.is_closed, new.is_closed) {
            (false, true) => self.tell(&rules::CLOSED, reach, whole.change(format!("`{name}` is closed now"))),
            (true, false) => self.tell(&rules::OPENED, reach, whole.change(format!("`{name}` is open now"))),
            _ => {}
        }
        let found = pair(old.items.iter().map(|it| it.name), new.items.iter().map(|it| (it.name, it.was)));
        let before: BTreeSet<usize> = found.iter().copied().flatten().collect();
        let gone = old.items.iter().enumerate().filter(|(index, _)| !before.contains(index));
        let gone: Gone<'_> = gone.filter_map(|(_, item)| Some((item.number?, item))).collect();
        let mut is_kept = vec![false; old.items.len()];
        for (item, found) in new.items.iter().zip(found) {
            let full = format!("{subject}.{}", item.name);
            let short = format!("{name}.{}", item.name);
            match found {
                Some(index) => {
                    is_kept[index] = true;
                    let before = &old.items[index];
                    let place = Place { subject: &full, name: &short, was: before.at, now: item.at, reach };
                    self.item(&place, before, item);
                }
                None => self.item_added(&full, &short, old.is_closed, &gone, item, reach),
            }
        }
        for (item, _) in old.items.iter().zip(is_kept).filter(|(_, kept)| !kept) {
            let change = Change::new(format!("{subject}.{}", item.name), format!("`{name}.{}` is gone", item.name));
            self.tell(&rules::MEMBER_REMOVED, reach, change.was(item.at).now(new.at));
        }
    }

    fn item_added(
        &mut self,
        subject: &str,
        name: &str,
        was_closed: bool,
        gone: &Gone<'_>,
        item: &Item<'_>,
        reach: Reach,
    ) {
        let change = |message: String| Change::new(subject, message).now(item.at);
        // Whoever reads it is old.
        let rule = if was_closed { &rules::CLOSED_MEMBER_ADDED } else { &rules::OPEN_MEMBER_ADDED };
        self.tell(rule, reach, change(format!("`{name}` is new")));
        if let Some(had) = item.number.and_then(|number| gone.get(&number)) {
            let message = format!("`{name}` has the number that `{}` had", had.name);
            self.tell_felt(&rules::NUMBER_REUSED, reach, change(message).was(had.at));
        }
    }

    fn item(&mut self, place: &Place<'_>, old: &Item<'_>, new: &Item<'_>) {
        let wording = self.options.wording.member;
        let (before, now) = (wording(old.annotations, old.name), wording(new.annotations, new.name));
        if old.name != new.name {
            let message = format!("`{}` was `{}`", place.name, old.name);
            let rust_or_all = if before == now {
                place.reach.within(super::Facets::of(&[super::Facet::Rust, super::Facet::Soap]))
            } else {
                place.reach
            };
            self.tell(&rules::MEMBER_RENAMED, rust_or_all, place.change(message));
        }
        if before != now && new.was != Some(before.as_str()) {
            let message = format!("`{}` is `{now}` in texts, and was `{before}`", place.name);
            self.tell_felt(&rules::JSON_FORM, place.reach, place.change(message));
        }
        match (old.ty, new.ty) {
            (Some(old), Some(new)) => self.type_at(place, old, new),
            (None, None) => {}
            (before, _) => {
                let what = if before.is_some() { "carries nothing any more" } else { "carries something now" };
                let message = format!("`{}` {what}", place.name);
                self.tell(&rules::TYPE_CHANGED, place.reach, place.change(message));
            }
        }
        self.number(place, old.number.as_ref(), new.number.as_ref());
    }
}
