//! The HTTP view of a contract: verb, path, status, and where each input travels.
//!
//! The REST server, the REST client and the OpenAPI document read this and nothing else, so they cannot disagree.
//! Invariants, established while binding: each input of an operation has exactly one [`Travel`]; each path variable
//! names exactly one input, which is required and has a text form; at most one input is the body; a body and members of
//! one do not meet; no two operations share a route.

pub use super::vocabulary::{CLAUSES, RestClause};

use std::collections::{HashMap, HashSet};

use wireloom_idl::Contract;
use wireloom_idl::contract::{At, Operation, Package, PackageId, Service, TypeId};

/// Every service of the run that is bound to REST.
#[derive(Clone, Debug, Default)]
pub struct HttpView {
    /// In the order of the contract.
    pub services: Vec<HttpService>,
}

/// One service on HTTP.
#[derive(Clone, Debug)]
pub struct HttpService {
    /// The package it belongs to.
    pub package: PackageId,
    /// Counts into the package's services.
    pub service: usize,
    /// `/v1/orders`; `/` for the root.
    pub place: String,
    /// What is carried, in the order of the contract.
    pub operations: Vec<HttpOperation>,
    /// The binding.
    pub at: At,
}

/// One operation on HTTP.
#[derive(Clone, Debug)]
pub struct HttpOperation {
    /// Counts into the service's operations.
    pub operation: usize,
    /// `GET`
    pub verb: Verb,
    /// The whole path, place included.
    pub path: Vec<Segment>,
    /// The status of success.
    pub status: u16,
    /// Where each input travels, in the order of the inputs.
    pub inputs: Vec<Travel>,
    /// How a stream of answers is framed; none where the answer is no stream.
    pub stream: Option<StreamForm>,
    /// The status of each declared fault, in the order of the contract.
    pub faults: Vec<(TypeId, u16)>,
    /// Whether verb and path are derived, not written.
    pub derived: bool,
    /// Whether bodies are to be XML, which is not generated yet.
    pub xml: bool,
    /// What to point at: the path, the entry, or the operation where nothing is written.
    pub at: At,
}

/// The verbs a binding may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is its own name")]
pub enum Verb {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
}

impl Verb {
    /// All of them.
    pub const ALL: [Verb; 6] = [Verb::Get, Verb::Head, Verb::Post, Verb::Put, Verb::Patch, Verb::Delete];

    /// As it stands on the wire and in the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Verb::Get => "GET",
            Verb::Head => "HEAD",
            Verb::Post => "POST",
            Verb::Put => "PUT",
            Verb::Patch => "PATCH",
            Verb::Delete => "DELETE",
        }
    }

    /// Whether inputs that say nothing else go to the query.
    pub fn prefers_query(self) -> bool {
        matches!(self, Verb::Get | Verb::Head | Verb::Delete)
    }
}

/// One part of a path, between two slashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// `orders`
    Literal(String),
    /// `{id}`
    Variable {
        /// Counts into the operation's inputs.
        input: usize,
        /// The name in the path; where routes share the way up to here, the one they share.
        name: String,
    },
}

impl Segment {
    /// The text, if it is one.
    pub(super) fn literal(&self) -> Option<&str> {
        match self {
            Segment::Literal(text) => Some(text),
            Segment::Variable { .. } => None,
        }
    }
}

/// Where an input travels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Travel {
    /// As a variable of the path.
    Path,
    /// In this header.
    Header(String),
    /// In the query, under this name; a list repeats it.
    Query(String),
    /// In the query, each field of the record under its own name.
    QueryFields(Vec<QueryField>),
    /// As the whole body.
    Body,
    /// As this member of the body's object.
    Member(String),
}

/// One field of a record that travels in the query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryField {
    /// Counts into the record's fields.
    pub field: usize,
    /// Its name in the query.
    pub name: String,
}

/// How a stream of answers is framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamForm {
    /// Server-sent events.
    Sse,
    /// One JSON value a line.
    Ndjson,
    /// Either, as the caller's `Accept` says.
    Negotiated,
}

impl HttpView {
    /// Gives the variables of routes that share the way up to them one name: routers and documents know no other. Within
    /// one path every name stays its own.
    pub(super) fn share_names(&mut self) {
        let operations = || self.services.iter().flat_map(|service| &service.operations);
        let written: Vec<Vec<Place>> = operations().map(|http| places(&http.path)).collect();
        // At each way what stands from there on, in the order of the contract.
        let mut ways: HashMap<&str, Vec<&[Place]>> = HashMap::new();
        for path in &written {
            (0..path.len()).for_each(|index| ways.entry(&path[index].way).or_default().push(&path[index..]));
        }
        let mut names: HashMap<&str, String> = HashMap::new();
        for path in &written {
            let mut above: Vec<String> = Vec::new();
            for place in path {
                let way = place.way.as_str();
                let name = names.entry(way).or_insert_with(|| shared_name(&ways[way], &above));
                above.push(name.clone());
            }
        }
        let operations = self.services.iter_mut().flat_map(|service| &mut service.operations);
        for (http, places) in operations.zip(&written) {
            let variables = http.path.iter_mut().filter_map(|segment| match segment {
                Segment::Variable { name, .. } => Some(name),
                Segment::Literal(_) => None,
            });
            variables.zip(places).for_each(|(name, place)| name.clone_from(&names[place.way.as_str()]));
        }
    }
}

/// Where a variable stands, and how its binding names it.
struct Place {
    /// The path up to it, without the names of variables: `/orders/{}/lines`.
    way: String,
    name: String,
}

fn places(path: &[Segment]) -> Vec<Place> {
    let (mut way, mut places) = (String::new(), Vec::new());
    for segment in path {
        match segment {
            Segment::Literal(text) => way = format!("{way}/{text}"),
            Segment::Variable { name, .. } => {
                places.push(Place { way: way.clone(), name: name.clone() });
                way.push_str("/{}");
            }
        }
    }
    places
}

/// The first name that a binding gives to the variable and no binding to one further down; `above` is taken. The paths are those
/// with that variable, from it on.
fn shared_name(paths: &[&[Place]], above: &[String]) -> String {
    let own = || paths.iter().filter_map(|path| path.first()).map(|place| &place.name);
    let below: HashSet<&String> = paths.iter().flat_map(|path| path.iter().skip(1)).map(|place| &place.name).collect();
    let free = |name: &&String| !above.contains(name);
    let best = own().find(|name| free(name) && !below.contains(name)).or_else(|| own().find(free));
    match best {
        Some(name) => name.clone(),
        None => {
            let mut name = own().next().map_or_else(String::new, String::clone);
            while above.contains(&name) {
                name.push('_');
            }
            name
        }
    }
}

impl HttpService {
    /// The package of this service.
    pub fn package<'c>(&self, contract: &'c Contract) -> &'c Package {
        contract.package(self.package)
    }

    /// This service in the contract.
    pub fn service<'c>(&self, contract: &'c Contract) -> &'c Service {
        &self.package(contract).services[self.service]
    }

    /// What it carries, with the contract's own words for it.
    pub fn operations<'c>(
        &'c self,
        contract: &'c Contract,
    ) -> impl Iterator<Item = (&'c HttpOperation, &'c Operation)> {
        self.operations.iter().map(|http| (http, &self.service(contract).operations[http.operation]))
    }
}

impl HttpOperation {
    /// The path with its variables by name: `/v1/orders/{id}`.
    pub fn path_template(&self) -> String {
        let mut path = String::new();
        for segment in &self.path {
            match segment {
                Segment::Literal(text) => path.extend(["/", text]),
                Segment::Variable { name, .. } => path.extend(["/{", name, "}"]),
            }
        }
        if path.is_empty() { "/".to_owned() } else { path }
    }

    /// The inputs that are path variables, in the order of the path.
    pub fn variables(&self) -> impl Iterator<Item = usize> {
        self.path.iter().filter_map(|segment| match segment {
            Segment::Variable { input, .. } => Some(*input),
            Segment::Literal(_) => None,
        })
    }

    /// Whether a request has a body.
    pub fn has_body(&self) -> bool {
        self.inputs.iter().any(|travel| matches!(travel, Travel::Body | Travel::Member(_)))
    }
}
