//! The diagnostic codes of the generator, beside those of the language itself.
//!
//! To add one: a line in the table below and `explain/<code>.md`, in the form that the language's codes have.

wireloom_idl::diagnostic_codes! {
    // What is not there yet.
    /// Something the contract may say has no generated form in this version.
    Info NOT_GENERATED_YET = "not-generated-yet";

    // Annotations and foreign types.
    /// An annotation does not exist.
    Error UNKNOWN_ANNOTATION = "unknown-annotation", fix;
    /// An annotation's arguments do not fit it.
    Error ANNOTATION_ARGUMENTS = "annotation-arguments";
    /// An annotation stands where it says nothing.
    Error ANNOTATION_PLACE = "annotation-place", fix;
    /// Two fields have one name on JSON.
    Error JSON_NAME_TWICE = "json-name-twice";
    /// A foreign type is not a Rust type.
    Error EXTERN_TYPE = "extern-type";

    // Native RPC, gRPC, WebSocket, WebRTC and SOAP.
    /// A clause is not known, not complete, said twice, contradicts another or is not about this.
    Error WIRE_CLAUSE = "wire-clause", fix;
    /// Something is bound to a wire that does not carry it.
    Error WIRE_CARRIES = "wire-carries";
    /// A path cannot be a place of a service on this wire, or is taken.
    Error WIRE_PLACE = "wire-place";

    // REST.
    /// A clause is not known, not complete, or said twice.
    Error REST_CLAUSE = "rest-clause", fix;
    /// A path cannot be read.
    Error REST_PATH = "rest-path", fix;
    /// A clause or a path's variable names no input.
    Error REST_UNKNOWN_INPUT = "rest-unknown-input", fix;
    /// An input has two places.
    Error REST_PLACED_TWICE = "rest-placed-twice";
    /// An input has no form as one text.
    Error REST_TEXT_FORM = "rest-text-form";
    /// A header cannot carry inputs.
    Error REST_HEADER = "rest-header";
    /// An input has no form in a query.
    Error REST_QUERY = "rest-query";
    /// Two inputs have one name in the query or the headers.
    Error REST_NAME_CLASH = "rest-name-clash";
    /// A request of this verb has no body.
    Error REST_BODY = "rest-body", fix;
    /// GET or HEAD on an operation that is not `safe`.
    Error REST_VERB_SAFE = "rest-verb-safe", fix;
    /// PUT or DELETE on an operation that is not `idempotent`.
    Error REST_VERB_IDEMPOTENT = "rest-verb-idempotent", fix;
    /// A status does not fit what it stands for.
    Error REST_STATUS = "rest-status", fix;
    /// A fault has a status that the operation does not declare.
    Error REST_FAULT = "rest-fault", fix;
    /// A stream of inputs is bound to REST.
    Error REST_CLIENT_STREAM = "rest-client-stream";
    /// Something is bound to REST that it does not carry.
    Error REST_CARRIES = "rest-carries", fix;
    /// Two routes have the same shape, cross, or lie on a reserved place.
    Error REST_ROUTES = "rest-routes";
    /// A path with text takes requests from one with a variable, whatever the verb.
    Info REST_HIDDEN_PATH = "rest-hidden-path";
    /// A derived GET became POST.
    Info REST_DERIVED_POST = "rest-derived-post";

    // protobuf.
    /// `@proto(bytes)` stands on something that has no other form as bytes.
    Error PROTO_BYTES = "proto-bytes";
    /// Something is called differently in the `.proto`.
    Info PROTO_NAME = "proto-name";

    // Brokers.
    /// A clause is not known, not complete, said twice, or not about this.
    Error BROKER_CLAUSE = "broker-clause", fix;
    /// Something is required that brokers, or this one, cannot do.
    Error BROKER_CAPABILITY = "broker-capability";
    /// A key leads to no field that can be one.
    Error BROKER_KEY = "broker-key", fix;
    /// Two handlers would share the events of a topic.
    Error BROKER_GROUP = "broker-group";
    /// An event or handler that no binding names.
    Info BROKER_DERIVED = "broker-derived";
}
