//! Routes over all services: no two may answer the same request, no request may have two readings, and none should be
//! out of reach.

mod shelf;

use std::collections::HashMap;

use wireloom_idl::contract::{At, Contract, Field, Operation, ScalarType, Type, TypeKind};
use wireloom_idl::{Diagnostic, Diagnostics};

use super::calls::{CallsService, CallsView};
use super::http::{HttpOperation, HttpService, HttpView, Segment};
use crate::{codes, model};
use shelf::Shelf;

/// Reports routes of the same shape, crossing routes, routes on places that gRPC uses, and those that another one hides.
pub(super) fn check(contract: &Contract, view: &HttpView, calls: &CallsView, report: &mut Diagnostics) {
    let routes: Vec<Route<'_>> = view.services.iter().flat_map(|service| routes(contract, service)).collect();
    let places = Places::of(calls);
    // Of many routes hardly any two can fit one path, so pairs are only looked at where they may.
    let mut shelf = Shelf::default();
    for (index, later) in routes.iter().enumerate() {
        reserved(&later.path, later.at, report);
        held_by_place(later, &places, report);
        let earlier = shelf.like(&later.http.path);
        if let Some((first, clash)) = earlier.iter().find_map(|&it| Some((&routes[it], clash(&routes[it], later)?))) {
            report.push(clashing(first, later, clash));
        }
        shelf.put(later.http.path.iter().map(Segment::literal), index);
    }
    calls.placed().for_each(|placed| reserved(&placed.place, placed.at, report));
    // Whether the path of `special` answers the verb of `general` too.
    let answers = |general: &Route<'_>, special: &Route<'_>| {
        shelf.at(&special.http.path).iter().any(|&it| routes[it].http.verb == general.http.verb)
    };
    for general in &routes {
        report.extend(places.like(general).filter_map(|placed| hidden_by_place(contract, general, placed)));
        let hides = |special: &&Route<'_>| hides(contract, special, general) && !answers(general, special);
        let like = shelf.like(&general.http.path);
        if let Some(special) = like.iter().map(|&it| &routes[it]).find(hides) {
            report.push(hidden(special, general));
        }
    }
}

/// One route with its names in the contract.
struct Route<'v> {
    http: &'v HttpOperation,
    operation: &'v Operation,
    /// The service's.
    service: &'v str,
    /// `/v1/orders`
    path: String,
    at: At,
}

impl Route<'_> {
    /// `Orders.place`
    fn name(&self) -> String {
        format!("{}.{}", self.service, self.operation.name)
    }

    /// `POST /v1/orders`
    fn text(&self) -> String {
        format!("{} {}", self.http.verb.as_str(), self.path)
    }
}

/// Where other wires have their services on the HTTP port.
struct Places<'v> {
    all: Vec<&'v CallsService>,
    by_path: HashMap<&'v str, Vec<&'v CallsService>>,
    shelf: Shelf<'v>,
}

impl<'v> Places<'v> {
    fn of(calls: &'v CallsView) -> Places<'v> {
        let mut places = Places { all: calls.placed().collect(), by_path: HashMap::new(), shelf: Shelf::default() };
        for (index, placed) in places.all.iter().enumerate() {
            places.by_path.entry(&placed.place).or_default().push(placed);
            places.shelf.put(placed.place.split('/').skip(1).map(Some), index);
        }
        places
    }

    /// Those of which a route may take the path, in order.
    fn like(&self, route: &Route<'_>) -> impl Iterator<Item = &'v CallsService> {
        self.shelf.like(&route.http.path).into_iter().map(|index| self.all[index])
    }
}

fn routes<'v>(contract: &'v Contract, service: &'v HttpService) -> impl Iterator<Item = Route<'v>> {
    let (bound, service) = (service, service.service(contract).name.as_str());
    bound.operations(contract).map(move |(http, operation)| Route {
        http,
        operation,
        service,
        path: http.path_template(),
        at: http.at,
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Clash {
    Same,
    Crossing,
}

/// Two routes clash unless at some position their texts differ, or one is at every position at least as special.
fn clash(first: &Route<'_>, later: &Route<'_>) -> Option<Clash> {
    let (a, b) = (&first.http.path, &later.http.path);
    if first.http.verb != later.http.verb || a.len() != b.len() {
        return None;
    }
    let (mut first_wins, mut later_wins) = (false, false);
    for pair in a.iter().zip(b) {
        match pair {
            (Segment::Literal(one), Segment::Literal(other)) if one != other => return None,
            (Segment::Literal(_), Segment::Variable { .. }) => first_wins = true,
            (Segment::Variable { .. }, Segment::Literal(_)) => later_wins = true,
            _ => {}
        }
    }
    match (first_wins, later_wins) {
        (false, false) => Some(Clash::Same),
        (true, true) => Some(Clash::Crossing),
        _ => None,
    }
}

fn clashing(first: &Route<'_>, later: &Route<'_>, clash: Clash) -> Diagnostic {
    let message = match clash {
        Clash::Same => format!("`{}` has the route of `{}`: {}", later.name(), first.name(), later.text()),
        Clash::Crossing => {
            let (one, other) = (first.name(), later.name());
            format!("the routes of `{one}` and `{other}` cross: {} and {}", first.text(), later.text())
        }
    };
    let help = match clash {
        Clash::Same => "give one of them another path or verb, or bind its service at another place",
        Clash::Crossing => "some path would fit both: make the literal segments of one a prefix of the other's",
    };
    Diagnostic::new(&codes::REST_ROUTES, later.at, message).also(first.at, "the other route").help(help)
}

/// Whether a router that is asked for some path of `general` takes `special`: it picks the path before the verb, and
/// text before variables.
fn hides(contract: &Contract, special: &Route<'_>, general: &Route<'_>) -> bool {
    let (a, b) = (&special.http.path, &general.http.path);
    if special.http.verb == general.http.verb || a.len() != b.len() {
        return false;
    }
    let mut wins = false;
    for pair in a.iter().zip(b) {
        match pair {
            (Segment::Literal(one), Segment::Literal(other)) if one != other => return false,
            (Segment::Literal(text), Segment::Variable { input, .. }) => {
                if !may_be(contract, &general.operation.inputs.fields()[*input], text) {
                    return false;
                }
                wins = true;
            }
            (Segment::Variable { .. }, Segment::Literal(_)) if !wins => return false,
            _ => {}
        }
    }
    wins
}

/// Whether a variable's value may be a word of a path: a text may, an enum's member may, a number or a uuid is none.
fn may_be(contract: &Contract, field: &Field, word: &str) -> bool {
    match (&field.ty, model::scalar_of(contract, &field.ty)) {
        (_, Some(scalar)) => matches!(scalar, ScalarType::String | ScalarType::IdempotencyKey),
        (Type::Named(id), None) => match &contract.type_def(*id).kind {
            TypeKind::Enum(it) => {
                it.members.iter().any(|member| model::json_name_of(&member.annotations, &member.name) == word)
            }
            _ => false,
        },
        _ => false,
    }
}

fn hidden(special: &Route<'_>, general: &Route<'_>) -> Diagnostic {
    let (verb, path) = (general.http.verb.as_str(), &special.path);
    let message =
        format!("{verb} {path} does not reach `{}`: the path is that of `{}`", general.name(), special.name());
    Diagnostic::new(&codes::REST_HIDDEN_PATH, general.at, message)
        .also(special.at, "the other route")
        .help("a path is found before its verb: give one of them another path if that value may occur")
}

/// A path at which another wire has its service answers to nothing else.
fn held_by_place(route: &Route<'_>, places: &Places<'_>, report: &mut Diagnostics) {
    let path = route.path.as_str();
    for placed in places.by_path.get(path).into_iter().flatten() {
        report.push(
            Diagnostic::new(&codes::WIRE_PLACE, placed.at, format!("`{}` is at `{path}` on REST", route.name()))
                .also(route.at, "the route")
                .help(format!("give the {} another place: `at \"…\"`", placed.wire.noun())),
        );
    }
}

/// A variable that may be the word at which another wire has its service does not get it.
fn hidden_by_place(contract: &Contract, route: &Route<'_>, placed: &CallsService) -> Option<Diagnostic> {
    let segments: Vec<&str> = placed.place.split('/').skip(1).collect();
    let path = &route.http.path;
    let fits = path.len() == segments.len()
        && path.iter().zip(&segments).all(|(segment, &text)| match segment {
            Segment::Literal(own) => own == text,
            Segment::Variable { input, .. } => may_be(contract, &route.operation.inputs.fields()[*input], text),
        });
    let has_variable = path.iter().any(|segment| matches!(segment, Segment::Variable { .. }));
    (fits && has_variable).then(|| {
        let (verb, place, noun) = (route.http.verb.as_str(), &placed.place, placed.wire.noun());
        let message = format!("{verb} {place} does not reach `{}`: the path is that of a {noun}", route.name());
        Diagnostic::new(&codes::REST_HIDDEN_PATH, route.at, message)
            .also(placed.at, "bound here")
            .help("a path is found before its verb: give one of them another path if that value may occur")
    })
}

/// `/{package.Service}/{Method}` belongs to gRPC, which is served on the same port.
fn reserved(path: &str, at: At, report: &mut Diagnostics) {
    let Some((head, rest)) = path[1..].split_once('/') else { return };
    let is_service = head.rsplit_once('.').is_some_and(|(package, name)| {
        package.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "._".contains(letter))
            && name.starts_with(|letter: char| letter.is_ascii_uppercase())
    });
    if is_service && !rest.contains('/') {
        report.push(
            Diagnostic::new(
                &codes::REST_ROUTES,
                at,
                format!("`/{head}/…` is reserved: gRPC is served there on the same port"),
            )
            .help("bind the service at another place"),
        );
    }
}
