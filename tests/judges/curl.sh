#!/usr/bin/env bash
# The tour of the README by curl, each answer looked at. Argument: the address of a running orders example.
set -euo pipefail
base=$1/v1/orders
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT
checks=0

# call STATUS ARGUMENTS…: the request must be answered with that status; the answer stands in $answer.
call() {
    local want=$1 got
    shift
    got=$(curl -s -o "$answer" -w '%{http_code}' "$@")
    [[ "$got" == "$want" ]] || { echo "wanted $want, got $got: curl $*" >&2; cat "$answer" >&2; exit 1; }
    checks=$((checks + 1))
}

# says EXPRESSION: the answer, as `it`, satisfies a Python expression.
says() {
    python3 -c 'import json, sys; it = json.load(open(sys.argv[1])); assert eval(sys.argv[2]), (sys.argv[2], it)' "$answer" "$1"
    checks=$((checks + 1))
}

get() { python3 -c 'import json, sys; print(eval("json.load(open(sys.argv[1]))" + sys.argv[2]))' "$answer" "$1"; }

order() {
    cat <<JSON
{"customer": "6f2c1f8e-3d0f-4f9c-9c37-0d9f5b1f9a01",
 "lines": [{"sku": "${1:-TEA-1}", "quantity": ${2:-2}, "price": {"amount": "3.50", "currency": "EUR"}}],
 "total": {"amount": "7.00", "currency": "EUR"}, "payment": {"card": {"token": "t", "last4": "4242"}}, "note": "ring twice"}
JSON
}
key="key-$$-$RANDOM"
json='Content-Type: application/json'

call 201 "$base" -H "$json" -H "Idempotency-Key: $key" -d "$(order)"
says 'it["status"] == "placed" and it["note"] == "ring twice" and it["tags"] == {}'
id=$(get '["id"]')
call 201 "$base" -H "$json" -H "Idempotency-Key: $key" -d "$(order)"
says "it['id'] == '$id'"                                     # the same order, no second one
call 409 "$base" -H "$json" -H "Idempotency-Key: $key" -d "$(order TEA-2)"    # the key of another order

call 200 "$base/$id"
says "it['id'] == '$id'"
nobody=00000000-0000-4000-8000-000000000000
call 404 "$base/$nobody"
says "it['type'] == 'urn:wireloom:shop.orders.NotFound' and it['fields'] == {'id': '$nobody'} and it['status'] == 404"

call 400 "$base" -H "$json" -H "Idempotency-Key: $key-2" -d "$(order tea 0)"
says "{v['path'] for v in it['violations']} == {'draft.lines[0].sku', 'draft.lines[0].quantity'}"
call 400 "$base" -H "$json" -d "$(order tea)"
says "'token' in {v['path'] for v in it['violations']}"

call 400 "$base" -H "$json" -H "Idempotency-Key: $key-3" -d "$(order SOLD-OUT-1)"
says "it['type'].endswith('OutOfStock') and it['fields'] == {'sku': 'SOLD-OUT-1', 'available': 0}"

call 200 -X PATCH "$base/$id" -H 'Content-Type: application/merge-patch+json' -d '{"note": null}'
says "'note' not in it and it['total'] == {'amount': '7.00', 'currency': 'EUR'} and it['status'] == 'placed'"
call 400 -X PATCH "$base/$id" -H "$json" -d '{"total": null}'
says "it['violations'][0]['path'] == 'patch.total'"

call 200 "$base?status=placed&size=1"
says "len(it['items']) == 1"
for _ in 1 2; do call 201 "$base" -H "$json" -H "Idempotency-Key: $key-p$RANDOM" -d "$(order)"; done
call 200 "$base?size=1"
token=$(get '["next"]') first=$(get '["items"][0]["id"]')
call 200 "$base?size=1&token=$token"
says "len(it['items']) == 1 and it['items'][0]['id'] != '$first'"
call 400 "$base?size=501"
says "it['violations'][0]['path'] == 'page.size'"
call 200 "$base?status=somethingnew"
says "it['items'] == []"

call 204 -X DELETE "$base/$id"
call 204 -X DELETE "$base/$id"
call 200 "$base/$id"
says "it['status'] == 'cancelled'"

call 405 -X PUT "$base"
says "it['status'] == 405"
call 404 "$1/nowhere"
call 415 "$base" -H 'Content-Type: text/xml' -H "Idempotency-Key: $key-4" -d '<order/>'
head -c 3000000 /dev/zero | tr '\0' ' ' | call 413 "$base" -H "$json" -H "Idempotency-Key: $key-5" --data-binary @-
call 400 "$base" -H "$json" -H "Idempotency-Key: $key-6" -d '{"customer": oops}'
says "'malformed JSON at line 1, column 14' in it['violations'][0]['message']"
call 400 "$base" -H "$json" -H "Idempotency-Key: $key-7" -d "$(printf '[%.0s' $(seq 100))"
call 504 "$base" -H "$json" -H "Idempotency-Key: $key-8" -H 'Request-Timeout: 1ms' -d "$(order)"
says "it['code'] == 'deadline_exceeded'"

# A change is seen by whoever follows.
curl -sN --max-time 20 "$base/changes" >"$answer" &
follower=$!
sleep 0.5
curl -s -o /dev/null "$base" -H "$json" -H "Idempotency-Key: $key-9" -d "$(order)"
for _ in $(seq 50); do grep -q '^data: {"order":' "$answer" && break; sleep 0.1; done
kill "$follower"
grep -q '^data: {"order":' "$answer" || { echo "no change came over the stream" >&2; exit 1; }
checks=$((checks + 1))

echo "$checks passed, 0 failed"
