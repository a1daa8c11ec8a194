"""What the Collector received of the orders example: one trace from a client to the handler of an event, on every wire.

traces.py FILE: what the Collector's file exporter wrote, a line of OTLP in JSON for each batch.
"""

import collections
import json
import sys

SERVER, CLIENT, PRODUCER, CONSUMER = 2, 3, 4, 5
OK, ERROR = 0, 2
PLACE, GET, FIND = (f"shop.orders.Orders/{name}" for name in ["place", "get", "find"])
checks = 0


def check(found, wanted, what):
    global checks
    assert found == wanted, f"{what}: wanted {wanted!r}, found {found!r}"
    checks += 1


class Span:
    def __init__(self, service, span):
        self.service, self.name, self.kind = service, span["name"], span["kind"]
        self.trace, self.id, self.parent = span["traceId"], span["spanId"], span.get("parentSpanId", "")
        self.status = span.get("status", {}).get("code", 0)
        self.begin, self.end = int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"])
        self.links = [link["spanId"] for link in span.get("links", [])]
        self.told = {it["key"]: next(iter(it["value"].values())) for it in span.get("attributes", [])}

    def __repr__(self):
        return f"{self.service}: {self.name} {self.told}"


def read(file):
    for line in open(file):
        for resource in json.loads(line)["resourceSpans"]:
            about = {it["key"]: it["value"] for it in resource["resource"]["attributes"]}
            for scope in resource["scopeSpans"]:
                for span in scope["spans"]:
                    yield Span(about["service.name"]["stringValue"], span)


class Spans:
    def __init__(self, all):
        self.all = list(all)
        self.by_parent = collections.defaultdict(list)
        for span in self.all:
            self.by_parent[span.parent].append(span)
        for children in self.by_parent.values():
            children.sort(key=lambda span: span.begin)

    def where(self, service, name, kind):
        return [span for span in self.all if (span.service, span.name, span.kind) == (service, name, kind)]

    def children(self, span, name):
        return [child for child in self.by_parent[span.id] if child.name == name]

    def child(self, span, name, kind, service):
        found = self.children(span, name)
        check(len(found), 1, f"children `{name}` of {span}: {self.by_parent[span.id]}")
        check((found[0].kind, found[0].service, found[0].trace), (kind, service, span.trace), f"the child of {span}")
        return found[0]


def an_order_is_one_trace(spans, wire):
    """From the client's call over the attempt, the server and the event to the handler of the payment."""
    calls = [it for it in spans.where("load", PLACE, CLIENT) if it.told["rpc.system.name"] == wire]
    calls = [it for it in calls if it.status == OK and len(spans.children(it, f"Attempt.{PLACE}")) == 1]
    assert len(calls) > 5, calls
    for call in calls:
        a_placed_order(spans, call, wire)


def a_placed_order(spans, call, wire):
    check((call.parent, call.told["rpc.response.status_code"], "error.type" in call.told), ("", "OK", False), "the call")
    attempt = spans.child(call, f"Attempt.{PLACE}", CLIENT, "load")
    check((attempt.told["server.address"], attempt.told["wireloom.attempt"]), ("127.0.0.1", "0"), "the attempt")
    assert attempt.told["server.port"].isdigit(), attempt
    server = spans.child(attempt, PLACE, SERVER, "orders")
    check((server.told["rpc.system.name"], server.told["rpc.method"]), (wire, PLACE), "the server")
    check((server.told["trace_id"], server.told["span_id"]), (server.trace, server.id), "the ids for logs")
    check(server.told["parent_span_id"], attempt.id, "the parent for logs")
    sent = spans.child(server, "send shop.orders.placed", PRODUCER, "orders")
    told = [sent.told[f"messaging.{name}"] for name in ["system", "operation.type", "destination.name"]]
    check(told, ["nats", "send", "shop.orders.placed"], "the event")
    handled = spans.child(sent, "process payments.settled", CONSUMER, "orders")
    check(handled.links, [sent.id], "the link of the handler to the event")
    told = [handled.told[f"messaging.{name}"] for name in ["system", "operation.type", "destination.name"]]
    check(told, ["nats", "process", "payments.settled"], "the handling")
    check((handled.told["wireloom.outcome"], handled.status), ("done", OK), "how it ended")
    for outer, inner in [(call, attempt), (attempt, server), (server, sent)]:
        assert outer.begin <= inner.begin and inner.end <= outer.end, f"{inner} is not within {outer}"


def an_error_is_one_of_whose_it_is(spans, wire):
    calls = [it for it in spans.where("tour", GET, CLIENT) if it.told["rpc.system.name"] == wire]
    failed = next(it for it in calls if it.told["rpc.response.status_code"] == "NOT_FOUND")
    attempt = spans.child(failed, f"Attempt.{GET}", CLIENT, "tour")
    for span in [failed, attempt]:
        check((span.status, span.told["error.type"]), (ERROR, "NOT_FOUND"), f"{span}")
    server = spans.child(attempt, GET, SERVER, "orders")
    check((server.status, "error.type" in server.told), (OK, False), f"{server}")
    check(server.told["rpc.response.status_code"], "NOT_FOUND", f"{server}")


def a_retry_is_another_attempt(spans):
    """Of two endpoints one is away."""
    retried = 0
    for call in [call for name in [PLACE, GET, FIND] for call in spans.where("load", name, CLIENT)]:
        attempts = spans.children(call, f"Attempt.{call.name}")
        if len(attempts) < 2:
            continue
        first, second = attempts
        check((first.status, first.told["error.type"]), (ERROR, "UNAVAILABLE"), "the first attempt")
        check((second.status, second.told["wireloom.attempt"]), (OK, "1"), "the second attempt")
        assert first.told["server.port"] != second.told["server.port"], "it went elsewhere"
        check((call.status, call.told["rpc.response.status_code"]), (OK, "OK"), "the call")
        check(len(spans.by_parent[first.id]), 0, "nobody was called by the first")
        spans.child(second, call.name, SERVER, "orders")
        retried += 1
    assert retried, "no call was retried"


def main(file):
    text = open(file).read()
    for secret in ["ring twice", "TEA-1", "SOLD-OUT"]:
        assert secret not in text, f"`{secret}` of an input is in a span"
    spans = Spans(read(file))
    for wire in ["rest", "grpc", "wireloom", "websocket"]:
        an_order_is_one_trace(spans, wire)
        an_error_is_one_of_whose_it_is(spans, wire)
    a_retry_is_another_attempt(spans)
    ids = {span.id for span in spans.all}
    lost = [span for span in spans.all if span.parent and span.parent not in ids]
    check(lost, [], "spans whose parent nobody sent")
    print(f"{checks} checks of {len(spans.all)} spans")


main(*sys.argv[1:])
