"""JSON Schema by Python's jsonschema: the schemas of the corpus are 2020-12, the contract's examples fit them and broken ones do not,
and what a running server takes, gives and refuses over REST is what they say.

schema.py FOLDER [http://HOST:PORT]: the folder of the schemas of all contracts, and the orders example as it runs.
"""

import copy
import json
import sys
import urllib.error
import urllib.request
from pathlib import Path

from jsonschema import Draft202012Validator, FormatChecker

# Of each built-in type: what fits, and what does not.
SCALARS = {
    "a_bool": ([True], ["true", 1, None]),
    "an_i32": ([-5, 0, 5], [6, 4, 1.5, "5", None]),
    "a_u32": ([0, 4294967295], [-1, 4294967296, "1"]),
    "an_i64": (["-9223372036854775808", 7], ["9223372036854775808", "007", "1.0", 1.5, True]),
    "plain_i64": ([7], ["7", 1.5]),
    "a_u64": (["18446744073709551615", "1", 1], ["0", 0, "18446744073709551616", "-1"]),
    "an_f32": ([0, 0.5, 1], [1.5, "0.5"]),
    "an_f64": ([1e300, -1], ["1"]),
    "a_string": (["a@example.org"], [7, "x" * 81]),
    "some_bytes": (["aGk="], ["", "aGk", "a_k=", 7]),
    "a_uuid": (["6f2c1f8e-3d0f-4f9c-9c37-0d9f5b1f9a01"], ["6f2c1f8e", 7]),
    "a_decimal": (["0", "3.50", "79228162514264337593543950335"[:28], "0." + "1" * 28], ["", ".5", "5.", "1e3", "9" * 29, 3.5]),
    "a_url": (["https://example.org/a"], [7]),
    "a_key": (["k-1"], ["", "a b", "x" * 256]),
    "a_timestamp": (["2026-01-31T10:00:00Z"], ["yesterday", 7]),
    "a_date": (["2026-01-31"], ["31.1.2026", 7]),
    "a_time": (["13:45:00"], ["25:00:00", 7]),
    "a_duration": (["1.5s", "-0.25s"], ["1.5", "5m", 7]),
}


def main():
    folder = Path(sys.argv[1])
    documents = {path: json.loads(path.read_text()) for path in sorted(folder.rglob("*.schema.json"))}
    assert documents, f"no schema below {folder}"
    examples = sum(judge(path, document) for path, document in documents.items())
    assert examples >= 3, f"only {examples} examples were judged"
    scalars(next(document for document in documents.values() if document["title"] == "kitchen"))
    print(f"{len(documents)} schemas, {examples} examples")
    if len(sys.argv) > 2:
        orders = next(document for document in documents.values() if document["title"] == "shop.orders")
        serve(orders, sys.argv[2])


def validator(document, definition):
    schema = {**document, "$ref": f"#/$defs/{definition}"}
    return Draft202012Validator(schema, format_checker=FormatChecker())


def fits(document, definition, value):
    return validator(document, definition).is_valid(value)


def judge(path, document):
    """Holds a document against the meta-schema, and its examples against it; how many there were."""
    Draft202012Validator.check_schema(document)
    count = 0
    for name, definition in document["$defs"].items():
        Draft202012Validator.check_schema(definition)
        for example in definition.get("examples", []):
            count += 1
            errors = [error.message for error in validator(document, name).iter_errors(example)]
            assert not errors, f"{path}: an example of {name}: {errors}"
            for what, broken in breakages(definition, example):
                assert not fits(document, name, broken), f"{path}: {name} takes an example {what}: {broken}"
    return count


def breakages(definition, example):
    """Copies of an example that break what its definition says."""
    yield "that is a number", 7.5
    yield "that is a list", [example]
    for name in definition.get("required", []):
        broken = copy.deepcopy(example)
        del broken[name]
        yield f"without {name}", broken
    for name, schema in definition.get("properties", {}).items():
        if name in example and schema:
            yield f"whose {name} is no such thing", {**example, name: [[{"$broken": None}]]}


def scalars(kitchen):
    definition = kitchen["$defs"]["Scalars"]["properties"]
    for name, (good, bad) in SCALARS.items():
        schema = {**kitchen, **definition[name]}
        one = Draft202012Validator(schema, format_checker=FormatChecker())
        for value in good:
            assert one.is_valid(value), f"{name}: {value!r} does not fit"
        for value in bad:
            assert not one.is_valid(value), f"{name}: {value!r} fits"


def serve(orders, address):
    """The requests of the examples, whole and broken, to a server: it takes and refuses what the schema does."""
    refused = 0
    for example in orders["$defs"]["PlaceRequest"]["examples"]:
        draft = example["draft"]
        assert fits(orders, "OrderDraft", draft)
        status, answer = post(address, draft, "schema-1")
        assert status == 201, (status, answer)
        errors = [error.message for error in validator(orders, "Order").iter_errors(answer)]
        assert not errors, f"the answer: {errors}"
        for number, (what, broken) in enumerate(broken_drafts(orders, draft)):
            wanted = 201 if fits(orders, "OrderDraft", broken) else 400
            status, answer = post(address, broken, f"schema-broken-{number}")
            assert status == wanted, f"a draft {what}: {status}, by the schema {wanted}: {answer}"
            refused += status == 400
    assert refused > 5, f"only {refused} broken drafts were refused"
    with urllib.request.urlopen(f"{address}/v1/orders?size=5") as response:
        page = json.load(response)
    assert page["items"] and fits(orders, "PagedOrder", page), page
    print(f"the server and the schema agree, on {refused} broken drafts as well")


def broken_drafts(orders, draft):
    yield from breakages(orders["$defs"]["OrderDraft"], draft)
    line, total = draft["lines"][0], draft["total"]
    yield "without lines", {**draft, "lines": []}
    yield "of 201 lines", {**draft, "lines": [line] * 201}
    yield "of 200 lines", {**draft, "lines": [line] * 200}
    for quantity in (0, 1, 999, 1000, -1, 1.5, "2"):
        yield f"of {quantity!r} things", {**draft, "lines": [{**line, "quantity": quantity}]}
    for sku in ("", "tea", "T" * 32, "T" * 33):
        yield f"of {sku!r}", {**draft, "lines": [{**line, "sku": sku}]}
    for amount in ("1", "1" * 28, "0." + "1" * 28, "9" * 30, "", "x", 7):
        yield f"for {amount!r}", {**draft, "total": {**total, "amount": amount}}
    for note in ("", "n" * 500, "n" * 501, None, 7):
        yield f"with the note {str(note)[:9]!r}", {**draft, "note": note}
    for payment in ("cash", "barter", {"card": {"token": "t", "last4": "4242"}}, {"card": {"token": "t", "last4": "42"}}, {}, 7):
        yield f"paid by {payment!r}", {**draft, "payment": payment}
    for status in ("paid", "unheard", 7):
        yield f"that is {status!r}", {**draft, "status": status}
    for tags in ({}, {"a": "b"}, {"a": 1}, []):
        yield f"with the tags {tags!r}", {**draft, "tags": tags}


def post(address, body, key):
    request = urllib.request.Request(
        f"{address}/v1/orders",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "Idempotency-Key": key},
    )
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


main()
