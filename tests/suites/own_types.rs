//! Types of one's own in a contract: one struct and one union, by hand, through a service over every form of the wires.
//!
//! The contract is compiled in place. That the file compiles at all says that the shapes fit.

use wireloom::wire;
use wireloom::{Bytes, Channel, Context, Maybe, Server, Timestamp, Validate, Wire};

use contract::places::{KeepFault, KeepRequest, MiddleFault, MiddleRequest, Place, Places, PlacesClient, PlacesServer};

#[allow(clippy::all, missing_docs, unreachable_pub, dead_code, reason = "its whole is compiled, some of it is used")]
mod contract {
    wireloom::include_contract!("contracts/places/places.loom", wires = [rest, rpc, grpc]);
}

/// The map's own.
#[derive(Clone, Debug, Default, PartialEq, Wire, Validate)]
#[wire(json)]
pub struct Spot {
    #[validate(value(-90.0..=90.0))]
    latitude: f64,
    #[validate(value(-180.0..=180.0))]
    longitude: f64,
    #[validate(value(1..=10_000), multiple_of = 5)]
    accuracy: Option<u32>,
    #[wire(json = "takenAt")]
    #[validate(value("2020-01-01T00:00:00Z"..))]
    taken_at: Maybe<Timestamp>,
    #[wire(number = 7)]
    #[validate(size(..=3), unique)]
    tags: Vec<String>,
    #[wire(number = 5)]
    around: Vec<Spot>,
    #[wire(nullable)]
    visitor: Option<String>,
}

/// serde's own form, whose names are honoured.
#[derive(Clone, Debug, PartialEq, Wire, Validate, serde::Serialize, serde::Deserialize)]
#[serde(crate = "wireloom::serde", rename_all = "kebab-case")]
pub enum Source {
    /// Seen from above.
    Satellite(SatelliteName),
    /// Somebody said so.
    ByHand,
}

use wireloom::serde;

/// A text of its own.
#[derive(Clone, Debug, PartialEq, Wire, Validate)]
#[wire(json)]
pub struct SatelliteName(#[validate(matches = "^[A-Z]+-[0-9]+$", one_of("SAT-1", "SAT-2"))] String);

struct Map;

impl Places for Map {
    async fn keep(&self, _: &Context, request: KeepRequest) -> Result<Place, KeepFault> {
        Ok(request.place)
    }

    async fn middle(&self, _: &Context, request: MiddleRequest) -> Result<Spot, MiddleFault> {
        let count = request.of.len().max(1) as f64;
        let of = |value: fn(&Spot) -> f64| request.of.iter().map(value).sum::<f64>() / count;
        Ok(Spot {
            latitude: of(|it| it.latitude),
            longitude: of(|it| it.longitude),
            around: request.of.clone(),
            ..Spot::default()
        })
    }
}

fn spot(latitude: f64) -> Spot {
    let tags = vec!["a".to_owned(), "b".to_owned()];
    Spot {
        latitude,
        longitude: 13.4,
        accuracy: Some(5),
        taken_at: Maybe::Null,
        tags,
        around: vec![Spot::default()],
        visitor: Some("Ida".to_owned()),
    }
}

fn place(at: Spot) -> Place {
    Place::new("Berlin", at).with_source(Source::Satellite(SatelliteName("SAT-1".to_owned())))
}

#[tokio::test]
async fn they_travel_over_every_wire() {
    let server = Server::new().serve(PlacesServer::new(Map)).native("127.0.0.1:0");
    let server = server.bind("127.0.0.1:0").await.unwrap();
    let http = format!("http://{}", server.local_addr().unwrap());
    let native = server.native_addr().unwrap().to_string();
    let serving = tokio::spawn(server.run_until(std::future::pending()));
    calls(&PlacesClient::new(Channel::rest(&http).unwrap())).await;
    calls(&PlacesClient::new(Channel::rpc(&native).unwrap())).await;
    calls(&PlacesClient::new(Channel::grpc(&http).unwrap())).await;
    calls(&PlacesClient::local(Map)).await;
    serving.abort();
}

async fn calls(places: &impl Places) {
    let cx = Context::new();
    let kept = places.keep(&cx, KeepRequest::new(place(spot(52.5)))).await.unwrap();
    assert_eq!(kept, place(spot(52.5)));
    let middle = places.middle(&cx, MiddleRequest::new(vec![spot(10.0), spot(20.0)])).await.unwrap();
    assert_eq!((middle.latitude, middle.around.len()), (15.0, 2));
    let wrong = Spot { accuracy: Some(7), tags: vec!["a".to_owned(); 4], ..spot(95.0) };
    let Err(KeepFault::Other(fault)) = places.keep(&cx, KeepRequest::new(place(wrong))).await else {
        panic!("the latitude is none");
    };
    let found: Vec<String> = fault.violations().iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            "place.at.latitude: must be in -90..90, not 95",
            "place.at.accuracy: must be a multiple of 5",
            "place.at.tags: size must be at most 3, not 4",
            "place.at.tags[1]: stands in the list twice",
        ]
    );
}

#[test]
fn names_and_forms_are_those_of_the_contract() {
    let json = serde_json::to_value(place(spot(1.0))).unwrap();
    let expected = serde_json::json!({
        "name": "Berlin",
        "at": {
            "latitude": 1.0, "longitude": 13.4, "accuracy": 5, "takenAt": null, "tags": ["a", "b"],
            "around": [{ "latitude": 0.0, "longitude": 0.0, "tags": [], "around": [], "visitor": null }],
            "visitor": "Ida",
        },
        "source": { "satellite": "SAT-1" },
    });
    assert_eq!(json, expected);
    assert_eq!(serde_json::from_value::<Place>(json).unwrap(), place(spot(1.0)));
}

/// Generic, as pages are.
#[derive(Clone, Debug, PartialEq, Wire, Validate)]
#[wire(json)]
struct Page<T> {
    items: Vec<T>,
    next: Option<Box<Page<T>>>,
    kind: Choice<T>,
}

#[derive(Clone, Debug, PartialEq, Wire, Validate)]
#[wire(json)]
enum Choice<T> {
    One(T),
    Pages(Vec<Page<T>>),
    Nothing,
}

#[test]
fn generic_types_travel_and_are_validated() {
    let last = Page { items: vec![spot(95.0)], next: None, kind: Choice::One(spot(96.0)) };
    let page = Page { items: vec![], next: Some(Box::new(last.clone())), kind: Choice::Pages(vec![last]) };
    let json = serde_json::to_string(&page).unwrap();
    assert_eq!(serde_json::from_str::<Page<Spot>>(&json).unwrap(), page);
    let bytes = wire::encode_to_vec(&page);
    assert_eq!(wire::decode::<Page<Spot>>(&bytes.into(), wire::DEPTH_MAX).unwrap(), page);
    let found: Vec<String> = page.validate().unwrap_err().iter().map(|it| it.path.clone()).collect();
    assert_eq!(
        found,
        [
            "next.items[0].latitude",
            "next.kind.one.latitude",
            "kind.pages[0].items[0].latitude",
            "kind.pages[0].kind.one.latitude"
        ]
    );
}

/// Fields called as the parameters of what is derived, or as its locals.
#[derive(Validate)]
enum Named {
    Like {
        #[validate(length(2..))]
        at: String,
        #[validate(value(2..))]
        found: u32,
        #[validate(value(2..))]
        value: Option<u32>,
        it0: u32,
        r#type: u32,
    },
}

#[test]
fn fields_may_be_called_as_one_likes() {
    let named = Named::Like { at: "a".to_owned(), found: 1, value: Some(1), it0: 1, r#type: 1 };
    let found: Vec<String> = named.validate().unwrap_err().iter().map(|it| it.path.clone()).collect();
    assert_eq!(found, ["Like.at", "Like.found", "Like.value"]);
}

/// What no contract knows.
#[derive(Clone, Debug, Default, PartialEq)]
struct Cache;

#[derive(Clone, Debug, Default, PartialEq, Wire, Validate)]
struct Kept {
    #[wire(skip)]
    cache: Cache,
    #[wire(skip)]
    #[validate(value(..=3))]
    tries: u32,
    text: String,
}

#[test]
fn what_does_not_travel_is_validated_only_where_it_demands_something() {
    let kept = Kept { tries: 4, ..Kept::default() };
    assert_eq!(kept.validate().unwrap_err().to_string(), "tries: must be at most 3, not 4");
}

/// JSON that is serde's own, with none of its rules, and with all places a rule can be said at.
#[derive(Debug, Validate, serde::Serialize)]
#[serde(crate = "wireloom::serde")]
enum State {
    OnHold(SatelliteName),
    #[serde(rename = "done")]
    Finished(SatelliteName),
}

#[derive(Debug, Validate, serde::Serialize)]
#[serde(crate = "wireloom::serde", bound(serialize = ""), rename_all = "lowercase", rename_all_fields = "UPPERCASE")]
enum Event {
    CameIn {
        first_name: SatelliteName,
    },
    #[serde(rename_all = "camelCase")]
    WentOut {
        last_name: SatelliteName,
    },
}

#[derive(Debug, Validate, serde::Serialize)]
#[serde(crate = "wireloom::serde", rename_all = "UPPERCASE")]
struct Flat {
    placed_at: SatelliteName,
}

#[test]
fn paths_name_what_serde_writes() {
    let name = || SatelliteName("SAT-3".to_owned());
    tells_serde(&State::OnHold(name()));
    tells_serde(&State::Finished(name()));
    tells_serde(&Event::CameIn { first_name: name() });
    tells_serde(&Event::WentOut { last_name: name() });
    tells_serde(&Flat { placed_at: name() });
}

/// Holds the path of what is wrong, the innermost value, against the keys that serde writes around it.
fn tells_serde(value: &(impl Validate + serde::Serialize)) {
    let mut json = &serde_json::to_value(value).unwrap();
    let mut keys = Vec::new();
    while let Some((key, inner)) = json.as_object().and_then(|object| object.iter().next()) {
        keys.push(key.as_str());
        json = inner;
    }
    let found = value.validate().unwrap_err();
    assert_eq!(found.iter().next().unwrap().path, keys.join("."));
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    // Of the place only its position, of that a spot around it whose latitude is text.
    let found = wire::decode::<Place>(&Bytes::from_static(b"\x12\x04\x2a\x02\x0a\x00"), wire::DEPTH_MAX).unwrap_err();
    assert_eq!(
        found.to_string(),
        "at.around[0].latitude: malformed protobuf: must be eight bytes, not a length-delimited field"
    );
    let source = Source::Satellite(SatelliteName("sat".to_owned()));
    let found = source.validate().unwrap_err();
    assert_eq!(
        found.to_string(),
        "satellite: must match /^[A-Z]+-[0-9]+$/; satellite: must be one of [\"SAT-1\", \"SAT-2\"]"
    );
}
