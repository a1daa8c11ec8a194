//! The rules that only bound views can judge: where calls and messages go.
//!
//! The form, and what the letters mean, are those of [`wireloom_idl::compat::rules`].

wireloom_idl::compatibility_rules! {
    /// A service is not bound to a wire any more.
    BINDING_REMOVED = "binding-removed" { Json "BB" Route "BB" Proto "BB" Event "BB" Soap "BB" }
        => "keep the binding until nobody calls there";
    /// A wire does not carry an operation, event or handler any more, though the service is bound to it.
    UNBOUND = "unbound" { Json "BB" Route "BB" Proto "BB" Event "BB" Soap "BB" }
        => "keep the entry until nobody calls there";
    /// An operation has another verb on REST.
    VERB_CHANGED = "verb-changed" { Route "BB" } => "add an operation with the new verb beside the old one";
    /// An operation has another path on REST; the names of its variables do not matter.
    PATH_CHANGED = "path-changed" { Route "BB" } => "add an operation with the new path beside the old one";
    /// An operation has another status of success on REST.
    STATUS_CHANGED = "status-changed" { Route ".B" } => "keep the status that callers look for";
    /// A fault has another status on REST.
    FAULT_STATUS = "fault-status" { Route ".B" } => "keep the status that callers look for";
    /// An input travels elsewhere on REST, or under another name there.
    INPUT_MOVED = "input-moved" { Json "B." Route "B." } => "keep its place, or read it from both for a while";
    /// A stream of answers is framed another way.
    STREAM_FORM = "stream-form" { Json ".B" } => "leave it to `Accept`: say neither `as sse` nor `as ndjson`";
    /// Bodies are XML that were JSON, or the other way round.
    BODY_FORM = "body-form" { Json "BB" } => "keep the form that callers read and write";
    /// A service is at another place or has another name on a wire.
    PLACE_CHANGED = "place-changed" { Route "BB" Proto "BB" Soap "BB" };
    /// An operation has another name on a wire that calls it by name.
    CALL_NAME = "call-name" { Route "BB" Proto "BB" } => "add an operation of the new name beside the old one";
    /// An event goes to another topic, or a handler listens on another one.
    TOPIC_CHANGED = "topic-changed" { Event "BB" } => "publish to both topics for a while";
    /// A handler is of another group: it begins anew, and what waits for the old group is left.
    GROUP_CHANGED = "group-changed" { Event "ww" };
    /// What cannot be handled goes elsewhere.
    DEAD_LETTER = "dead-letter-changed" { Event "ww" };
    /// Events are retried or fetched another way.
    DELIVERY_CHANGED = "delivery-changed" { };
    /// A broker need not be able any more to do what the contract asked for.
    REQUIREMENT_DROPPED = "requirement-dropped" { Event "BB" } => "keep it, or tell everybody who relies on it";
    /// What a wire makes sure of, or the form that it has, is another one.
    CLAUSES_CHANGED = "clauses-changed" { Route "BB" Soap "BB" };
}
