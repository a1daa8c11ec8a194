//! Fields and inputs: what came and went, what may be absent, what stands there.

use std::collections::{BTreeMap, BTreeSet};

use super::constraints;
use super::diff::Comparison;
use super::facet::{Direction, Facet, Facets, Reach};
use super::finding::Change;
use super::pairs::{are_comparable, pair_fields};
use super::rules::{self, Rule};
use super::scalars::{Relation, Relations};
use crate::contract::{Constraint, Contract, Field, Origin, Presence, ScalarType, Type, TypeDef, TypeId, TypeKind};
use crate::numbers::owners::origin;
use crate::source::Span;

/// The wires on which values are texts, and Rust.
const TEXTS: Facets = Facets::of(&[Facet::Rust, Facet::Json, Facet::Route, Facet::Event, Facet::Soap]);
const PROTO: Facets = Facets::of(&[Facet::Proto]);
const RUST: Facets = Facets::of(&[Facet::Rust]);

/// What has fields, before and now.
pub(super) struct Holder<'h> {
    /// With its package.
    pub(super) subject: String,
    /// As it is told.
    pub(super) name: String,
    /// Where it is now.
    pub(super) now: Span,
    pub(super) old: &'h [Field],
    pub(super) new: &'h [Field],
    pub(super) old_numbers: &'h [u32],
    pub(super) new_numbers: &'h [u32],
    /// What a draft or patch is made of: fields that are there and not here are the server's.
    pub(super) whole: Option<(&'h [Field], &'h [Field])>,
    /// Whether it is a patch: there `null` is not the same as absent.
    pub(super) is_patch: bool,
}

/// One place before and now.
pub(super) struct Place<'p> {
    pub(super) subject: &'p str,
    pub(super) name: &'p str,
    pub(super) was: Span,
    pub(super) now: Span,
    pub(super) reach: Reach,
}

impl Place<'_> {
    pub(super) fn change(&self, message: impl Into<String>) -> Change {
        Change::new(self.subject, message).was(self.was).now(self.now)
    }
}

impl Comparison<'_> {
    /// Compares fields; `reach` says how far one travels that is at these places before and now.
    pub(super) fn fields(&mut self, holder: &Holder<'_>, reach: impl Fn(Option<usize>, Option<usize>) -> Reach) {
        let found = pair_fields(holder.old, holder.new);
        let before: BTreeSet<usize> = found.iter().copied().flatten().collect();
        let gone = holder.old_numbers.iter().enumerate().filter(|(index, _)| !before.contains(index));
        let gone: BTreeMap<u32, usize> = gone.map(|(index, &number)| (number, index)).collect();
        let whole = holder.whole.map(|(old, new)| (names(old), names(new)));
        let mut is_kept = vec![false; holder.old.len()];
        let mut last = None;
        for (index, found) in found.into_iter().enumerate() {
            let new = &holder.new[index];
            let Some(old_index) = found else {
                let was_there = whole.as_ref().is_some_and(|(old, _)| old.contains(new.name.as_str()));
                self.field_added(holder, index, &gone, was_there, reach(None, Some(index)));
                continue;
            };
            is_kept[old_index] = true;
            let (subject, name) = (format!("{}.{}", holder.subject, new.name), format!("{}.{}", holder.name, new.name));
            let old = &holder.old[old_index];
            let reach = reach(Some(old_index), Some(index));
            let place = Place { subject: &subject, name: &name, was: old.at, now: new.at, reach };
            self.field(&place, old, new, holder.is_patch);
            self.number(&place, holder.old_numbers.get(old_index), holder.new_numbers.get(index));
            if last.is_some_and(|last| last > old_index) {
                let message = format!("`{name}` stands behind what it stood before");
                self.tell_felt(&rules::FIELD_ORDER, reach.within(Facets::of(&[Facet::Soap])), place.change(message));
            }
            last = last.max(Some(old_index));
        }
        for (index, _) in is_kept.iter().enumerate().filter(|(_, kept)| !**kept) {
            let is_there = whole.as_ref().is_some_and(|(_, new)| new.contains(holder.old[index].name.as_str()));
            self.field_removed(holder, index, is_there, reach(Some(index), None));
        }
    }

    /// `gone` are the old fields that are nothing any more, by their numbers.
    fn field_added(
        &mut self,
        holder: &Holder<'_>,
        index: usize,
        gone: &BTreeMap<u32, usize>,
        was_there: bool,
        reach: Reach,
    ) {
        let field = &holder.new[index];
        let name = format!("{}.{}", holder.name, field.name);
        let change = |message: String| Change::new(format!("{}.{}", holder.subject, field.name), message).now(field.at);
        let is_demanded = must_be_there(field);
        match (was_there, is_demanded) {
            (true, true) => {
                self.tell(&rules::FIELD_WRITABLE, reach, change(format!("callers must set `{name}` now")));
            }
            (true, false) => self.tell(&rules::FIELD_ADDED, reach, change(format!("callers may set `{name}` now"))),
            (false, true) => {
                let message = format!("`{name}` is new and must be there");
                self.tell(&rules::REQUIRED_FIELD_ADDED, reach, change(message));
            }
            (false, false) => self.tell(&rules::FIELD_ADDED, reach, change(format!("`{name}` is new"))),
        }
        let number = holder.new_numbers.get(index);
        if let Some((number, &had)) = number.and_then(|number| gone.get_key_value(number)) {
            let old = &holder.old[had];
            let message = format!("`{name}` has number {number}, which was `{}`", old.name);
            self.tell_felt(&rules::NUMBER_REUSED, reach.within(PROTO), change(message).was(old.at));
        }
    }

    fn field_removed(&mut self, holder: &Holder<'_>, index: usize, is_there: bool, reach: Reach) {
        let field = &holder.old[index];
        let name = format!("{}.{}", holder.name, field.name);
        let (rule, message): (&'static Rule, String) = match (is_there, must_be_there(field)) {
            (true, _) => (&rules::FIELD_READONLY, format!("callers cannot set `{name}` any more")),
            (false, true) => (&rules::FIELD_REMOVED, format!("`{name}` is gone")),
            (false, false) => (&rules::OPTIONAL_FIELD_REMOVED, format!("`{name}` is gone")),
        };
        let change = Change::new(format!("{}.{}", holder.subject, field.name), message).was(field.at).now(holder.now);
        self.tell(rule, reach, change);
    }

    fn field(&mut self, place: &Place<'_>, old: &Field, new: &Field, is_patch: bool) {
        self.field_name(place, old, new);
        self.presence(place, old, new, is_patch);
        self.field_forms(place, old, new);
        let at_type = Place { was: old.type_at, now: new.type_at, ..*place };
        if is_plain(&old.ty) && is_plain(&new.ty) {
            self.plain_type(&at_type, &old.ty, &new.ty);
            // A field and its scalar constrain the same value: what one of them said the other may say now.
            self.plain_constraints(place, (&old.ty, &old.constraints), (&new.ty, &new.constraints));
        } else {
            self.type_at(&at_type, &old.ty, &new.ty);
            self.constrained(place, &old.constraints, &new.constraints);
        }
    }

    fn field_name(&mut self, place: &Place<'_>, old: &Field, new: &Field) {
        let (before, now) = ((self.options.wording.field)(old), (self.options.wording.field)(new));
        let texts = place.reach.within(TEXTS);
        if old.name != new.name {
            let same = if before == now { format!(", and still `{now}` in texts") } else { String::new() };
            let message = format!("`{}` was `{}`{same}", place.name, old.name);
            let reach = match before == now {
                true => place.reach.within(Facets::of(&[Facet::Rust, Facet::Soap])),
                false => place.reach,
            };
            self.tell(&rules::FIELD_RENAMED, reach, place.change(message));
        }
        let is_read = new.was.as_deref() == Some(before.as_str());
        if before != now && !is_read {
            let message = format!("`{}` is `{now}` in texts, and was `{before}`", place.name);
            self.tell_felt(&rules::JSON_FORM, texts, place.change(message));
        }
    }

    /// What annotations make of the value.
    fn field_forms(&mut self, place: &Place<'_>, old: &Field, new: &Field) {
        let number = |field: &Field| {
            let named = field.annotations.named("json");
            named
                .is_some_and(|it| it.is_word && it.arguments.iter().any(|(_, value)| value.as_text() == Some("number")))
        };
        if number(old) != number(new) && old.ty == new.ty && matches!(old.ty, Type::Scalar(_)) {
            let (now, before) = if number(new) { ("number", "text") } else { ("text", "number") };
            let message = format!("`{}` is a {now} in JSON, and was a {before}", place.name);
            // Whoever reads with Wireloom takes both; what others read is another form.
            let reach = place.reach.and(Facets::ALL.toward(Direction::Output));
            self.tell_felt(&rules::JSON_FORM, reach, place.change(message));
        }
        for (annotation, rule) in [("proto", &rules::PROTO_FORM), ("xml", &rules::XML_FORM)] {
            let said = |field: &Field| field.annotations.named(annotation).map(|it| it.arguments.clone());
            if said(old) != said(new) {
                let message = format!("`{}` has another `@{annotation}`", place.name);
                self.tell_felt(rule, place.reach, place.change(message));
            }
        }
    }

    fn presence(&mut self, place: &Place<'_>, old: &Field, new: &Field, is_patch: bool) {
        let name = place.name;
        match (must_be_there(old), must_be_there(new)) {
            (false, true) if old.default.is_some() => {
                let message = format!("`{name}` has no default any more and must be there");
                self.tell(&rules::DEFAULT_REMOVED, place.reach, place.change(message));
            }
            (false, true) => {
                self.tell(&rules::FIELD_REQUIRED, place.reach, place.change(format!("`{name}` must be there now")));
            }
            (true, false) if new.default.is_none() => {
                self.tell(&rules::FIELD_OPTIONAL, place.reach, place.change(format!("`{name}` may be absent now")));
            }
            _ => self.default(place, old, new),
        }
        let (before, now) = (may_be_null(old.presence), may_be_null(new.presence));
        let reads = |presence: Presence| may_be_null(presence) || (presence == Presence::Optional && !is_patch);
        let wires_or_rust = |is_read: bool| if is_read { place.reach.within(RUST) } else { place.reach };
        match (before, now) {
            (false, true) => {
                let reach = wires_or_rust(reads(old.presence));
                self.tell(&rules::NULL_ADMITTED, reach, place.change(format!("`{name}` may be null now")));
            }
            (true, false) => {
                let reach = wires_or_rust(reads(new.presence));
                self.tell(&rules::NULL_REFUSED, reach, place.change(format!("`{name}` cannot be null any more")));
            }
            _ => {}
        }
    }

    fn default(&mut self, place: &Place<'_>, old: &Field, new: &Field) {
        let name = place.name;
        match (&old.default, &new.default) {
            (Some(before), Some(now)) if before != now => {
                let message = format!("the default of `{name}` is another one");
                self.tell(&rules::DEFAULT_CHANGED, place.reach, place.change(message));
            }
            (Some(_), None) => {
                let message = format!("`{name}` has no default any more: absent is absent");
                self.tell(&rules::DEFAULT_CHANGED, place.reach, place.change(message));
                self.replaced(place, format!("`{name}` is an `Option` now"));
            }
            (None, Some(_)) => {
                self.tell(&rules::DEFAULT_ADDED, place.reach, place.change(format!("`{name}` has a default now")));
                if !must_be_there(old) {
                    self.replaced(place, format!("`{name}` is no `Option` any more"));
                }
            }
            _ => {}
        }
    }

    fn replaced(&mut self, place: &Place<'_>, message: String) {
        self.tell(&rules::TYPE_REPLACED, place.reach.within(RUST), place.change(message));
    }

    /// The types at one place; what is inside of named ones is compared pair by pair.
    pub(super) fn type_at(&mut self, place: &Place<'_>, old: &Type, new: &Type) {
        match (old, new) {
            (Type::Nullable(old), Type::Nullable(new)) => self.type_at(place, old, new),
            (Type::Nullable(old), new) => {
                let message = format!("what is in `{}` cannot be null any more", place.name);
                self.tell(&rules::NULL_REFUSED, place.reach, place.change(message));
                self.type_at(place, old, new);
            }
            (old, Type::Nullable(new)) => {
                let message = format!("what is in `{}` may be null now", place.name);
                self.tell(&rules::NULL_ADMITTED, place.reach, place.change(message));
                self.type_at(place, old, new);
            }
            (Type::List(old), Type::List(new)) | (Type::Set(old), Type::Set(new)) => self.type_at(place, old, new),
            (Type::List(old), Type::Set(new)) => {
                let message = format!("`{}` is a set now: nothing stands in it twice", place.name);
                self.tell(&rules::TYPE_NARROWED, place.reach, place.change(message));
                self.type_at(place, old, new);
            }
            (Type::Set(old), Type::List(new)) => {
                let message = format!("`{}` is a list now: something may stand in it twice", place.name);
                self.tell(&rules::TYPE_WIDENED, place.reach, place.change(message));
                self.type_at(place, old, new);
            }
            (Type::Map(old_key, old), Type::Map(new_key, new)) => {
                self.type_at(place, old_key, new_key);
                self.type_at(place, old, new);
            }
            (old, new) => {
                self.plain_type(place, old, new);
                self.plain_constraints(place, (old, &[]), (new, &[]));
            }
        }
    }

    /// What must hold for a value at one place: by its scalar, unless that is compared by itself, and beside it.
    fn plain_constraints(
        &mut self,
        place: &Place<'_>,
        (old, old_own): (&Type, &[Constraint]),
        (new, new_own): (&Type, &[Constraint]),
    ) {
        let is_compared_itself = match (old, new) {
            (&Type::Named(old), &Type::Named(new)) => self.pairs.contains_key(&(old, new)),
            _ => false,
        };
        if is_compared_itself {
            return self.constrained(place, old_own, new_own);
        }
        let before = of_scalar(self.old.contract, old).iter().chain(old_own);
        let now = of_scalar(self.new.contract, new).iter().chain(new_own);
        self.constrained(place, before, now);
    }

    fn plain_type(&mut self, place: &Place<'_>, old: &Type, new: &Type) {
        let (old_contract, new_contract) = (self.old.contract, self.new.contract);
        if let (&Type::Named(old_id), &Type::Named(new_id)) = (old, new) {
            let (before, now) = (old_contract.type_def(old_id), new_contract.type_def(new_id));
            if are_comparable(before, now) && self.pairs.contains_key(&(old_id, new_id)) {
                if self.pairing.now(old_id) != Some(new_id) {
                    let (before, now) = (written(old_contract, old), written(new_contract, new));
                    self.replaced(place, format!("`{}` is a `{now}`, and was a `{before}`", place.name));
                }
                return;
            }
        }
        let (before, now) = (text_form(old_contract, old), text_form(new_contract, new));
        let names = (written(old_contract, old), written(new_contract, new));
        let message = format!("`{}` is `{}`, and was `{}`", place.name, names.1, names.0);
        let relations = match (before, now) {
            (Some(before), Some(now)) => before.relations(now),
            _ => Relations::OTHER,
        };
        if relations.are_same() && old != new {
            return self.replaced(place, message);
        }
        self.related(place, relations, &message);
    }

    /// Tells how a value relates to what it was, on each kind of wire.
    pub(super) fn related(&mut self, place: &Place<'_>, relations: Relations, message: &str) {
        for (relation, facets) in relations.by_facets(place.reach) {
            let rule = match relation {
                Relation::Same => continue,
                Relation::Wider => &rules::TYPE_WIDENED,
                Relation::Narrower => &rules::TYPE_NARROWED,
                Relation::Other => &rules::TYPE_CHANGED,
            };
            self.tell_felt(rule, place.reach.within(facets), place.change(message));
        }
    }

    pub(super) fn constrained<'c>(
        &mut self,
        place: &Place<'_>,
        old: impl IntoIterator<Item = &'c Constraint>,
        new: impl IntoIterator<Item = &'c Constraint>,
    ) {
        let (old, new): (Vec<_>, Vec<_>) = (old.into_iter().collect(), new.into_iter().collect());
        let shift = constraints::compare(&old, &new);
        if shift.tightened {
            let message = format!("`{}` admits less than before", place.name);
            self.tell(&rules::CONSTRAINT_TIGHTENED, place.reach, place.change(message));
        }
        if shift.loosened {
            let message = format!("`{}` admits more than before", place.name);
            self.tell(&rules::CONSTRAINT_LOOSENED, place.reach, place.change(message));
        }
    }

    pub(super) fn number(&mut self, place: &Place<'_>, old: Option<&u32>, new: Option<&u32>) {
        let (Some(old), Some(new)) = (old, new) else { return };
        if old != new {
            let message = format!("`{}` has number {new}, and had {old}", place.name);
            self.tell_felt(&rules::NUMBER_CHANGED, place.reach.within(PROTO), place.change(message));
        }
    }
}

/// A value that is one text or number.
#[derive(Clone, Copy)]
enum TextForm {
    Scalar(ScalarType),
    Enum,
}

impl TextForm {
    fn relations(self, now: TextForm) -> Relations {
        use ScalarType::{Json, String};
        let in_texts = match (self, now) {
            (TextForm::Scalar(old), TextForm::Scalar(new)) => return Relations::of(old, new),
            (TextForm::Enum, TextForm::Scalar(String | Json)) => Relation::Wider,
            (TextForm::Scalar(String | Json), TextForm::Enum) => Relation::Narrower,
            _ => Relation::Other,
        };
        Relations { in_texts, in_routes: in_texts, in_proto: Relation::Other }
    }
}

fn text_form(contract: &Contract, ty: &Type) -> Option<TextForm> {
    match ty {
        Type::Scalar(scalar) => Some(TextForm::Scalar(*scalar)),
        Type::Named(id) => match &contract.type_def(*id).kind {
            TypeKind::Scalar(scalar) => Some(TextForm::Scalar(scalar.base)),
            TypeKind::Enum(_) => Some(TextForm::Enum),
            _ => None,
        },
        _ => None,
    }
}

/// What a named scalar asks of its values.
fn of_scalar<'c>(contract: &'c Contract, ty: &Type) -> &'c [Constraint] {
    match ty {
        Type::Named(id) => match &contract.type_def(*id).kind {
            TypeKind::Scalar(scalar) => &scalar.constraints,
            _ => &[],
        },
        _ => &[],
    }
}

/// Whether a type holds no further ones where it stands.
fn is_plain(ty: &Type) -> bool {
    matches!(ty, Type::Scalar(_) | Type::Named(_))
}

/// A type as a contract writes it.
pub(super) fn written(contract: &Contract, ty: &Type) -> String {
    match ty {
        Type::Scalar(scalar) => scalar.as_str().to_owned(),
        Type::Named(id) => named(contract, contract.type_def(*id)),
        Type::List(item) => format!("[{}]", written(contract, item)),
        Type::Set(item) => format!("set<{}>", written(contract, item)),
        Type::Map(key, value) => format!("map<{}, {}>", written(contract, key), written(contract, value)),
        Type::Nullable(inner) => format!("{} or null", written(contract, inner)),
    }
}

/// A named type as a contract writes it: `Page<Order>`, `draft Order`.
fn named(contract: &Contract, def: &TypeDef) -> String {
    let of = |id: &TypeId| named(contract, contract.type_def(*id));
    match origin(def) {
        Origin::Declared => def.name.clone(),
        Origin::Draft(id) => format!("draft {}", of(id)),
        Origin::Patch(id) => format!("patch {}", of(id)),
        Origin::Instance { generic, arguments } => {
            let arguments: Vec<String> = arguments.iter().map(|it| written(contract, it)).collect();
            format!("{}<{}>", generic.rsplit('.').next().unwrap_or_default(), arguments.join(", "))
        }
    }
}

fn names(fields: &[Field]) -> BTreeSet<&str> {
    fields.iter().map(|field| field.name.as_str()).collect()
}

/// Whether an absent one is an error: it is required and has no default.
fn must_be_there(field: &Field) -> bool {
    matches!(field.presence, Presence::Required | Presence::Nullable) && field.default.is_none()
}

fn may_be_null(presence: Presence) -> bool {
    matches!(presence, Presence::Nullable | Presence::OptionalNullable)
}
