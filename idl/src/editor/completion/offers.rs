//! The offers of each kind of place.

use super::context::Context;
use super::{Completion, CompletionKind, named, plain, words};
use crate::contract::{FaultCode, Format, ScalarType};
use crate::editor::clauses::Word;
use crate::editor::names::{Names, SymbolId, SymbolKind};
use crate::editor::scope::Brought;
use crate::editor::types::{Declared, Shape, Typed};
use crate::lower::{SCHEMES, WIRES};
use crate::syntax::lexer::TokenKind;
use crate::syntax::{POLICY_WORDS, Thing};

/// What may stand within the entry of a policy.
const POLICY_AMOUNTS: &[(&str, &[&str])] = &[
    ("retry", &["backoff", "budget"]),
    ("hedge", &["p95", "extra"]),
    ("limit", &["burst", "per"]),
    ("per", &["principal", "peer", "key"]),
    ("concurrency", &["adaptive"]),
    ("breaker", &["of", "over", "open"]),
    ("priority", &["critical", "normal", "background"]),
    ("balance", &["p2c", "round_robin", "hash"]),
];

impl<'a> Names<'a> {
    pub(super) fn types(&self, file: usize, context: &Context<'_>) -> Vec<Completion> {
        let built_in = ScalarType::ALL.iter().map(|it| it.as_str()).chain(["map", "set"]);
        let mut offers: Vec<_> = built_in.map(|it| plain(it, CompletionKind::BuiltIn, "built in")).collect();
        offers.extend(self.in_scope(file, SymbolKind::is_type));
        offers.extend(parameters(context).map(|it| named(it, SymbolKind::Parameter)));
        offers
    }

    /// Packages, or the names of one behind `.{`.
    pub(super) fn imports(&self, file: usize, context: &Context<'_>) -> Vec<Completion> {
        if context.depth() > 0 {
            let name = context.head().join(".");
            let Some(&package) = self.package_by_name.get(&name) else { return Vec::new() };
            let taken: Vec<&str> = context.pieces.iter().map(|piece| piece.text).collect();
            let names = self.packages[package].names.iter().filter(|(name, _)| !taken.contains(name));
            return names.map(|(_, &id)| self.offer(id)).collect();
        }
        if context.pieces.len() > 1 {
            return Vec::new();
        }
        let own = self.scopes[file].package;
        let others = self.packages.iter().enumerate().filter(|(index, _)| Some(*index) != own);
        others.map(|(_, package)| named(&package.name, SymbolKind::Package)).collect()
    }

    /// What follows a name and a dot.
    pub(super) fn behind_dot(&self, file: usize, context: &Context<'_>) -> Vec<Completion> {
        let path = context.path_before(context.pieces.len() - 1);
        match context.item() {
            "import" => self.packages_below(&path.join(".")),
            "example" if context.depth() == 0 => {
                let service = path.first().and_then(|name| self.find_name(file, name));
                self.members_offered(service, |kind| kind == SymbolKind::Operation)
            }
            _ => {
                let mut offers = self.fields_behind(file, context, &path);
                if let [alias] = path.as_slice()
                    && let Some(Brought::Package(package, _)) = self.scopes[file].imports.get(*alias)
                {
                    let wanted = self.wanted(context);
                    let ids = self.packages[*package].names.values();
                    offers.extend(ids.filter(|&&id| wanted(self.symbol(id).kind)).map(|&id| self.offer(id)));
                }
                offers
            }
        }
    }

    /// The next words of packages that begin so.
    fn packages_below(&self, prefix: &str) -> Vec<Completion> {
        let rest = |name: &str| name.strip_prefix(prefix)?.strip_prefix('.').map(str::to_owned);
        self.packages.iter().filter_map(|it| rest(&it.name)).map(|it| named(&it, SymbolKind::Package)).collect()
    }

    /// What kind of name a list or type wants here.
    fn wanted(&self, context: &Context<'_>) -> fn(SymbolKind) -> bool {
        let path = context.path_before(context.pieces.len() - 1).len() * 2;
        let before = context.piece_back(path + 1).text;
        match (context.list_word(), before) {
            ("fails", _) | (_, "fails") => |kind| kind == SymbolKind::Fault,
            ("emits" | "on", _) | (_, "emits" | "on") => |kind| kind == SymbolKind::Event,
            _ => SymbolKind::is_type,
        }
    }

    /// Fields behind a way that begins in an event: its key, a handler's condition, a broker's key.
    fn fields_behind(&self, file: usize, context: &Context<'_>, path: &[&str]) -> Vec<Completion> {
        let Some(mut at) = self.event_in(file, context).map(Declared::plain) else { return Vec::new() };
        for name in path {
            let next = self.member_of(&at, name).and_then(|it| self.type_of(&at, it)).and_then(|it| self.shape(&it));
            let Some(Shape::Declared(next)) = next else { return Vec::new() };
            at = next;
        }
        self.members_of(&at).into_iter().map(|id| self.offer(id)).collect()
    }

    /// The event that a place is about.
    fn event_in(&self, file: usize, context: &Context<'_>) -> Option<SymbolId> {
        match context.item() {
            "event" => self.find_name(file, context.head().first()?),
            "service" => {
                let on = context.last_at(1, |index| context.text(index) == "on")?;
                let end = (on + 1..context.pieces.len()).find(|&index| context.text(index) == "as")?;
                match context.path_before(end).as_slice() {
                    [name] => self.find_name(file, name),
                    [alias, name] => self.find_qualified(file, alias, name),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    pub(super) fn in_service(&self, file: usize, context: &Context<'_>) -> Vec<Completion> {
        let previous = context.previous().text;
        if let Some(("{", before)) = context.innermost()
            && before.text == "policy"
        {
            return policy(context);
        }
        if let Some(("(", before)) = context.innermost()
            && matches!(before.text, "keyed" | "key" | "hash")
            && !context.next.has(Thing::Type)
        {
            return self.inputs_typed(context);
        }
        if !context.next.has(Thing::Name) {
            return Vec::new();
        }
        match context.list_word() {
            "fails" => self.in_scope(file, |kind| kind == SymbolKind::Fault),
            "emits" | "on" => self.in_scope(file, |kind| kind == SymbolKind::Event),
            "auth" | "of" => SCHEMES.iter().map(|(word, _)| plain(word, CompletionKind::Value, "scheme")).collect(),
            _ if matches!(previous, "where" | "and" | "or" | "not") => self.fields_behind(file, context, &[]),
            _ => Vec::new(),
        }
    }

    /// The inputs of the operation being typed.
    fn inputs_typed(&self, context: &Context<'_>) -> Vec<Completion> {
        let Some(operation) = context.operation() else { return Vec::new() };
        context.names_in(operation, 1).into_iter().map(|name| named(name, SymbolKind::Input)).collect()
    }

    pub(super) fn in_bind(&self, file: usize, context: &Context<'_>) -> Vec<Completion> {
        let next = &context.next;
        if context.pieces.len() == 1 {
            return self.in_scope(file, |kind| kind == SymbolKind::Service);
        }
        if next.has(Thing::Wire) {
            return WIRES.iter().map(|wire| plain(wire, CompletionKind::Word, "wire")).collect();
        }
        let service = context.head().first().and_then(|name| self.find_name(file, name));
        if let Some(("[", before)) = context.innermost()
            && before.text == "without"
        {
            return self.subjects(service, context);
        }
        if context.previous().text == "without" {
            return self.subjects(service, context);
        }
        let mut offers = Vec::new();
        if next.has(Thing::BindEntry) && context.depth() == 1 {
            offers.extend(self.subjects(service, context));
            offers.extend(words(&["all", "without"]));
        }
        if next.has(Thing::Clause) && context.depth() == 1 {
            offers.extend(self.clause(file, service, context));
        }
        offers
    }

    /// What an entry may name, but for what is named already.
    fn subjects(&self, service: Option<SymbolId>, context: &Context<'_>) -> Vec<Completion> {
        let Some(service) = service else { return Vec::new() };
        let named = context.names_in(0, 1);
        let members = self.symbol(service).members.iter().copied().chain(self.emitted(service));
        let left = members.filter(|&id| !named.contains(&self.symbol(id).name));
        left.map(|id| self.offer(id)).collect()
    }

    /// The words that a wire knows, or what the form of the clause that was begun wants next.
    fn clause(&self, file: usize, service: Option<SymbolId>, context: &Context<'_>) -> Vec<Completion> {
        let wire = context.pieces.iter().skip_while(|it| it.text != "to").nth(1).map_or("", |it| it.text);
        let entry = context.last_at(1, |index| context.text(index + 1) == ":");
        let subject = entry
            .zip(service)
            .and_then(|(at, service)| self.subject(file, service, context.text(at).trim_matches('`')));
        let previous = context.previous().text;
        let behind = self.clauses.words_behind(wire, previous);
        if !behind.is_empty() && previous != "retry" {
            return behind.iter().map(word).collect();
        }
        let begun = |form: &Word| match previous {
            "=" => form.word == context.piece_back(3).text,
            _ => form.word == previous,
        };
        let words = self.clauses.words(wire);
        if let Some(form) = words.iter().find(|form| begun(form)) {
            return self.wanted_by_form(file, subject, &form.form);
        }
        words.iter().chain(&behind).map(word).collect()
    }

    /// What stands for `input`, `Fault` or `order.id` in the form of a clause.
    fn wanted_by_form(&self, file: usize, subject: Option<SymbolId>, form: &str) -> Vec<Completion> {
        let words: Vec<&str> = form.split(' ').collect();
        if words.contains(&"input") {
            return self.members_offered(subject, |kind| kind == SymbolKind::Input);
        }
        if words.contains(&"Fault") {
            return self.in_scope(file, |kind| kind == SymbolKind::Fault);
        }
        if words.contains(&"order.id") {
            return self.members_offered(subject, |kind| kind == SymbolKind::Field);
        }
        Vec::new()
    }

    fn members_offered(&self, owner: Option<SymbolId>, wanted: impl Fn(SymbolKind) -> bool) -> Vec<Completion> {
        let Some(owner) = owner else { return Vec::new() };
        let members = self.symbol(owner).members.iter().copied();
        members.filter(|&id| wanted(self.symbol(id).kind)).map(|id| self.offer(id)).collect()
    }

    /// Inputs in the braces of a text such as `"/{id}"`.
    pub(super) fn variables(&self, file: usize, context: &Context<'_>, typed: &str) -> Vec<Completion> {
        let is_open = typed.rfind('{') > typed.rfind('}');
        if context.item() != "bind" || !is_open {
            return Vec::new();
        }
        let service = context.head().first().and_then(|name| self.find_name(file, name));
        let entry = context.last_at(1, |index| context.text(index + 1) == ":");
        let subject = entry.zip(service).and_then(|(at, service)| self.subject(file, service, context.text(at)));
        self.members_offered(subject, |kind| kind == SymbolKind::Input)
    }

    /// What a field's default could be.
    pub(super) fn default_values(&self, file: usize, context: &Context<'_>) -> Vec<Completion> {
        if context.previous().text != "=" {
            return Vec::new();
        }
        // `status: Status? =`: the name before the sign.
        let mut end = context.pieces.len() - 1;
        while end > 0 && matches!(context.text(end - 1), "?" | ">" | "]") {
            end -= 1;
        }
        match context.path_before(end).as_slice() {
            ["bool"] => booleans(),
            [name] => self.words_of(self.find_name(file, name)),
            [alias, name] => self.words_of(self.find_qualified(file, alias, name)),
            _ => Vec::new(),
        }
    }

    /// Members of an enum, cases of a union that carry nothing.
    fn words_of(&self, ty: Option<SymbolId>) -> Vec<Completion> {
        let Some(ty) = ty else { return Vec::new() };
        let members = self.symbol(ty).members.iter().copied();
        let is_word = |id: &SymbolId| {
            let it = self.symbol(*id);
            it.kind == SymbolKind::Member || it.kind == SymbolKind::Case && it.ty.is_none()
        };
        members.filter(is_word).map(|id| self.offer(id)).collect()
    }

    pub(super) fn in_example(&self, file: usize, context: &Context<'_>) -> Vec<Completion> {
        if context.depth() == 0 {
            let is_subject = context.pieces.len() == 1;
            return if is_subject { self.in_scope(file, |kind| kind == SymbolKind::Service) } else { Vec::new() };
        }
        if context.depth() == 1 {
            let wants_fault = context.previous().text == "fails";
            return if wants_fault { self.in_scope(file, |kind| kind == SymbolKind::Fault) } else { Vec::new() };
        }
        self.value_typed(file, context).unwrap_or_default()
    }

    /// The members or words that fit where a value is being typed in an example.
    fn value_typed(&self, file: usize, context: &Context<'_>) -> Option<Vec<Completion>> {
        let head = context.head();
        let service = self.find_name(file, head.first()?)?;
        let operation = self.member(service, head.get(1)?)?;
        let mut at = self.outermost(file, operation, context)?;
        for &bracket in context.open.get(2..)? {
            at = match (at, context.text(bracket)) {
                (Place::Members(of), "[" | "{") => self.step(&of, context, bracket)?,
                (Place::Value(typed), _) => self.inside(&typed, context.text(bracket))?,
                (Place::Members(_), _) => return None,
            };
        }
        let previous = context.previous().text;
        Some(match at {
            Place::Members(of) if previous == ":" => {
                let key = context.text(context.pieces.len() - 2).trim_matches(['`', '"']);
                let typed = self.type_of(&of, self.member_of(&of, key)?)?;
                self.words_of_type(&typed)
            }
            Place::Members(of) => {
                let from = *context.open.last()?;
                let taken = context.names_in(from, 1);
                let left = self.members_of(&of).into_iter().filter(|&id| !taken.contains(&self.symbol(id).name));
                left.map(|id| self.offer(id)).collect()
            }
            Place::Value(typed) => self.words_of_type(&typed),
        })
    }

    /// What the braces behind `given`, `gives` or a fault hold.
    fn outermost(&self, file: usize, operation: SymbolId, context: &Context<'_>) -> Option<Place<'a>> {
        let bracket = *context.open.get(1)?;
        let path = context.path_before(bracket);
        match path.as_slice() {
            ["given"] => Some(Place::Members(Declared::plain(operation))),
            ["gives"] => self.inside(&self.plain_type(operation)?, context.text(bracket)),
            [fault] => self.find_name(file, fault).map(|it| Place::Members(Declared::plain(it))),
            [alias, fault] => self.find_qualified(file, alias, fault).map(|it| Place::Members(Declared::plain(it))),
            _ => None,
        }
    }

    /// Into the value of the key before a bracket.
    fn step(&self, of: &Declared<'a>, context: &Context<'_>, bracket: usize) -> Option<Place<'a>> {
        let key = context.text(bracket.checked_sub(2)?).trim_matches(['`', '"']);
        let typed = self.type_of(of, self.member_of(of, key)?)?;
        self.inside(&typed, context.text(bracket))
    }

    fn inside(&self, typed: &Typed<'a>, bracket: &str) -> Option<Place<'a>> {
        match (self.shape(typed)?, bracket) {
            (Shape::Declared(of), "{") => Some(Place::Members(of)),
            (Shape::List(item), "[") => Some(Place::Value(item)),
            (Shape::Map(_, value), "{") => Some(Place::Value(value)),
            _ => None,
        }
    }

    fn words_of_type(&self, typed: &Typed<'a>) -> Vec<Completion> {
        match self.shape(typed) {
            Some(Shape::Declared(of)) => self.words_of(Some(of.symbol)),
            Some(Shape::BuiltIn(ScalarType::Bool)) => booleans(),
            _ => Vec::new(),
        }
    }
}

/// Where a value is being typed: among the members of something, or as a value of a type.
enum Place<'a> {
    Members(Declared<'a>),
    Value(Typed<'a>),
}

/// The words of policies, or what the one that was begun admits.
fn policy(context: &Context<'_>) -> Vec<Completion> {
    let mut offers = Vec::new();
    if context.next.has(Thing::Name) {
        offers.extend(words(POLICY_WORDS));
    }
    if context.next.has(Thing::Clause) {
        let depth = context.depth();
        let begun = context.last_at(depth, |index| POLICY_AMOUNTS.iter().any(|it| it.0 == context.text(index)));
        let amounts = begun.and_then(|index| POLICY_AMOUNTS.iter().find(|it| it.0 == context.text(index)));
        offers.extend(amounts.into_iter().flat_map(|it| words(it.1)));
    }
    offers
}

/// `<T, U>` behind the name of the item.
fn parameters<'t>(context: &Context<'t>) -> impl Iterator<Item = &'t str> {
    let before_body: Vec<_> = context.pieces.iter().take_while(|it| it.text != "{").collect();
    let inside = before_body.into_iter().skip_while(|it| it.text != "<").take_while(|it| it.text != ">");
    inside.filter(|it| it.kind == Some(TokenKind::Word)).map(|it| it.text)
}

pub(super) fn fault_codes() -> Vec<Completion> {
    let detail = |code: FaultCode| format!("status {} on HTTP", code.http_status());
    FaultCode::ALL.iter().map(|&code| plain(code.as_str(), CompletionKind::Value, &detail(code))).collect()
}

pub(super) fn formats() -> Vec<Completion> {
    Format::ALL.iter().map(|it| plain(it.as_str(), CompletionKind::Value, "format")).collect()
}

fn booleans() -> Vec<Completion> {
    ["true", "false"].iter().map(|it| plain(it, CompletionKind::Value, "bool")).collect()
}

fn word(it: &Word) -> Completion {
    plain(&it.word, CompletionKind::Word, &it.form)
}
