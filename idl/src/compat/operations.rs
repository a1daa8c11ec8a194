//! Operations: shape, inputs, answer, faults, effect, access, promises.

use super::diff::{Comparison, Travel};
use super::facet::{Direction, Facet, Facets, Reach};
use super::fields::{Holder, Place};
use super::rules;
use crate::contract::{
    Access, Answer, Auth, AuthScheme, Deprecated, Effect, FaultCode, Inputs, Operation, Service, TypeId, TypeKind,
};
use crate::numbers::OperationNumbers;

const RUST: Facets = Facets::of(&[Facet::Rust]);

impl Comparison<'_> {
    pub(super) fn operation(
        &mut self,
        subject: &str,
        (old_service, old): (&Service, &Operation),
        (new_service, new): (&Service, &Operation),
        travel: &Travel,
    ) {
        let (full, name) = (format!("{subject}.{}", new.name), format!("{}.{}", new_service.name, new.name));
        let place = Place { subject: &full, name: &name, was: old.at, now: new.at, reach: travel.call() };
        if old.name != new.name {
            let message = format!("`{name}` was `{}`", old.name);
            self.tell(&rules::OPERATION_RENAMED, place.reach, place.change(message));
        }
        if old.shape() != new.shape() {
            let message = format!("`{name}` is {}, and was {}", shape(new), shape(old));
            self.tell(&rules::OPERATION_SHAPE, place.reach, place.change(message));
        } else {
            self.answer(&place, old, new, travel);
        }
        self.faults(&place, old, new, travel);
        self.emits(&place, old, new);
        self.effect(&place, old, new);
        self.access(&place, (old_service, old), (new_service, new));
        self.deprecation(&place, old.deprecated.as_ref(), new.deprecated.as_ref());
        self.policy(&place, &old.policy, &new.policy, travel);
    }

    pub(super) fn operation_inputs(
        &mut self,
        subject: &str,
        (service, new): (&Service, &Operation),
        old: &Operation,
        travel: &Travel,
        (old_numbers, new_numbers): (&OperationNumbers, &OperationNumbers),
    ) {
        let (full, name) = (format!("{subject}.{}", new.name), format!("{}.{}", service.name, new.name));
        let place = Place { subject: &full, name: &name, was: old.at, now: new.at, reach: travel.call() };
        self.number(&place, Some(&old_numbers.own), Some(&new_numbers.own));
        match (&old.inputs, &new.inputs) {
            (Inputs::Fields(before), Inputs::Fields(now)) => {
                let holder = Holder {
                    subject: full.clone(),
                    name: name.clone(),
                    now: new.at,
                    old: before,
                    new: now,
                    old_numbers: &old_numbers.inputs,
                    new_numbers: &new_numbers.inputs,
                    whole: None,
                    is_patch: false,
                };
                self.fields(&holder, |old, new| travel.input(old, new));
            }
            (Inputs::Stream(before), Inputs::Stream(now)) => {
                let reach = travel.input(Some(0), Some(0));
                let full = format!("{full}.{}", now.name);
                let name = format!("{name}.{}", now.name);
                let place = Place { subject: &full, name: &name, was: before.type_at, now: now.type_at, reach };
                self.type_at(&place, &before.ty, &now.ty);
            }
            // Told as another shape.
            _ => {}
        }
    }

    fn answer(&mut self, place: &Place<'_>, old: &Operation, new: &Operation, travel: &Travel) {
        let place = Place { reach: travel.answer(), ..*place };
        match (&old.answer, &new.answer) {
            (Answer::One(old), Answer::One(new)) | (Answer::Stream(old), Answer::Stream(new)) => {
                let name = format!("what {} answers", place.name);
                self.type_at(&Place { name: &name, ..place }, old, new);
            }
            (Answer::Nothing, Answer::Nothing) => {}
            (before, _) => {
                let what = if *before == Answer::Nothing { "answers now" } else { "answers with nothing any more" };
                let message = format!("`{}` {what}", place.name);
                self.tell(&rules::ANSWER_CHANGED, travel.call(), place.change(message));
            }
        }
    }

    fn faults(&mut self, place: &Place<'_>, old: &Operation, new: &Operation, travel: &Travel) {
        let known: Vec<FaultCode> = old.faults.iter().filter_map(|&id| self.code(true, id)).collect();
        for &fault in &new.faults {
            if self.pairing.was(fault).is_some_and(|was| old.faults.contains(&was)) {
                continue;
            }
            let name = &self.new.contract.type_def(fault).name;
            let is_known = self.code(false, fault).is_some_and(|code| known.contains(&code));
            let rule = if is_known { &rules::FAULT_ADDED } else { &rules::FAULT_CODE_ADDED };
            let further = if is_known { "" } else { ", which is a code of its own" };
            let change = place.change(format!("`{}` may fail with `{name}`{further}", place.name));
            let subject = format!("{}.{name}", place.subject);
            self.tell(rule, travel.faults(), super::Change { subject, ..change });
        }
        for &fault in &old.faults {
            if self.pairing.now(fault).is_some_and(|now| new.faults.contains(&now)) {
                continue;
            }
            let name = &self.old.contract.type_def(fault).name;
            let change = place.change(format!("`{}` does not fail with `{name}` any more", place.name));
            let subject = format!("{}.{name}", place.subject);
            self.tell(&rules::FAULT_REMOVED, travel.faults(), super::Change { subject, ..change });
        }
    }

    fn code(&self, is_old: bool, fault: TypeId) -> Option<FaultCode> {
        let contract = if is_old { self.old.contract } else { self.new.contract };
        match &contract.type_def(fault).kind {
            TypeKind::Fault(fault) => Some(fault.code),
            _ => None,
        }
    }

    fn emits(&mut self, place: &Place<'_>, old: &Operation, new: &Operation) {
        for &event in &old.emits {
            let Some(now) = self.pairing.now(event) else { continue };
            if new.emits.contains(&now) {
                continue;
            }
            let name = &self.old.contract.type_def(event).name;
            let change = place.change(format!("`{}` does not publish `{name}` any more", place.name));
            let subject = format!("{}.{name}", place.subject);
            let reach = self.old.carried.events.get(&event).copied().unwrap_or_default().or(RUST.both_ways());
            self.tell(&rules::EMITS_REMOVED, reach, super::Change { subject, ..change });
        }
    }

    fn effect(&mut self, place: &Place<'_>, old: &Operation, new: &Operation) {
        let (before, now) = (effect(old), effect(new));
        if before == now {
            return;
        }
        let message = format!("`{}` is {}, and was {}", place.name, now.1, before.1);
        // The same freedom by another key forgets the calls that are on their way.
        let rule = if now.0 <= before.0 { &rules::EFFECT_WEAKENED } else { &rules::EFFECT_STRENGTHENED };
        self.tell(rule, place.reach, place.change(message));
    }

    fn access(&mut self, place: &Place<'_>, old: (&Service, &Operation), new: (&Service, &Operation)) {
        let (before, now) = (Demand::of(old.0, old.1), Demand::of(new.0, new.1));
        let message = |what: &str| format!("`{}` {what}", place.name);
        let reach = place.reach;
        let mut tightened: Vec<String> = Vec::new();
        let mut loosened: Vec<String> = Vec::new();
        match (&before.schemes, &now.schemes) {
            (None, Some(_)) => tightened.push("asks who calls now".to_owned()),
            (Some(_), None) => loosened.push("is public now".to_owned()),
            (Some(before), Some(now)) => {
                if before.iter().any(|it| !now.contains(it)) {
                    tightened.push("does not take every proof that it took".to_owned());
                }
                if now.iter().any(|it| !before.contains(it)) {
                    loosened.push("takes a further proof".to_owned());
                }
            }
            (None, None) => {}
        }
        let named = |wants: &[String]| wants.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ");
        let more: Vec<String> = now.wants.iter().filter(|it| !before.wants.contains(it)).cloned().collect();
        let less: Vec<String> = before.wants.iter().filter(|it| !now.wants.contains(it)).cloned().collect();
        if !more.is_empty() {
            tightened.push(format!("asks for {} now", named(&more)));
        }
        if !less.is_empty() && now.schemes.is_some() {
            loosened.push(format!("does not ask for {} any more", named(&less)));
        }
        if !tightened.is_empty() {
            self.tell(&rules::ACCESS_TIGHTENED, reach, place.change(message(&tightened.join(" and "))));
        }
        if !loosened.is_empty() {
            self.tell(&rules::ACCESS_LOOSENED, reach, place.change(message(&loosened.join(" and "))));
        }
    }

    fn deprecation(&mut self, place: &Place<'_>, old: Option<&Deprecated>, new: Option<&Deprecated>) {
        let reach = Reach::or(Facets::of(&[Facet::Policy]).both_ways(), RUST.both_ways());
        let until = |it: Option<&Deprecated>| it.and_then(|it| it.until.clone());
        match (until(old), until(new)) {
            _ if old.is_some() && new.is_none() => {
                let message = format!("`{}` is not deprecated any more", place.name);
                self.tell(&rules::DEPRECATION_REMOVED, reach, place.change(message));
            }
            (before, Some(now)) if old.is_some() && before.as_ref().is_none_or(|before| now < *before) => {
                let before = before.map_or("no day was said".to_owned(), |before| format!("it was {before}"));
                let message = format!("`{}` may be gone on {now}, and {before}", place.name);
                self.tell(&rules::DEPRECATION_EARLIER, reach, place.change(message));
            }
            _ => {}
        }
        // What is overdue is told when the contract is touched at all, not of a contract that stays as it is.
        if let (Some(until), true) = (self.until_passed(new), old != new) {
            let message = format!("`{}` is still there behind {until}", place.name);
            self.tell(&rules::DEPRECATION_OVERDUE, reach, place.change(message));
        }
    }
}

/// What a caller must prove.
struct Demand {
    schemes: Option<Vec<AuthScheme>>,
    /// Scopes and roles.
    wants: Vec<String>,
}

impl Demand {
    fn of(service: &Service, operation: &Operation) -> Demand {
        let schemes = match &service.auth {
            Auth::AnyOf { schemes, .. } if operation.access != Access::Public => Some(schemes.clone()),
            _ => None,
        };
        let wants = match &operation.access {
            Access::Scopes(scopes) => scopes.clone(),
            Access::Role(role) => vec![format!("role {role}")],
            Access::Service | Access::Public => Vec::new(),
        };
        Demand { schemes, wants }
    }
}

/// How freely a call may be repeated, and the word for it.
fn effect(operation: &Operation) -> (u8, String) {
    match operation.effect {
        Effect::Once => (0, "once".to_owned()),
        Effect::Keyed(index) => {
            let name = operation.inputs.fields().get(index).map_or("", |field| field.name.as_str());
            (1, format!("keyed({name})"))
        }
        Effect::Idempotent => (2, "idempotent".to_owned()),
        Effect::Safe => (3, "safe".to_owned()),
    }
}

fn shape(operation: &Operation) -> &'static str {
    use crate::contract::Shape;
    match operation.shape() {
        Shape::Unary => "one call and one answer",
        Shape::Oneway => "a call that nobody awaits",
        Shape::ServerStream => "a stream of answers",
        Shape::ClientStream => "a stream of inputs",
        Shape::Duplex => "a stream both ways",
    }
}

/// Where promises of an operation are felt: wherever it can be called.
pub(super) fn promises(travel: &Travel) -> Reach {
    match travel.wires().is_empty() {
        true => RUST.toward(Direction::Input),
        false => Facets::of(&[Facet::Policy]).both_ways(),
    }
}
