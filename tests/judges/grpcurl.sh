#!/usr/bin/env bash
# grpcurl over the running orders example, knowing nothing but what reflection tells. grpcurl.sh GRPCURL ADDRESS
set -euo pipefail
grpcurl=$1 address=$2 service=shop.orders.v1.Orders
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT
checks=0

# ask ARGUMENTS…: the answer stands in $answer.
ask() {
    "$grpcurl" -plaintext -format-error "$@" >"$answer" 2>&1 || { echo "grpcurl $*" >&2; cat "$answer" >&2; exit 1; }
    checks=$((checks + 1))
}

# refused CODE ARGUMENTS…: the call fails with that code, which grpcurl adds to 64; its status stands in $answer.
refused() {
    local want=$1 got=0
    shift
    "$grpcurl" -plaintext -format-error "$@" >"$answer" 2>&1 || got=$?
    [[ $got == $((64 + want)) ]] || { echo "wanted $want, got $got: grpcurl $*" >&2; cat "$answer" >&2; exit 1; }
    checks=$((checks + 1))
}

# shows TEXT…: each is a line of the answer, whatever is before and behind it.
shows() {
    local text
    for text in "$@"; do
        grep -qF -- "$text" "$answer" || { echo "no \`$text\` in:" >&2; cat "$answer" >&2; exit 1; }
        checks=$((checks + 1))
    done
}

# says EXPRESSION: the answer, as `it`, satisfies a Python expression.
says() {
    python3 -c 'import json, sys; it = json.load(open(sys.argv[1])); assert eval(sys.argv[2]), (sys.argv[2], it)' "$answer" "$1"
    checks=$((checks + 1))
}

order() {
    cat <<JSON
{"token": "$2", "draft": {"customer": "6f2c1f8e-3d0f-4f9c-9c37-0d9f5b1f9a01",
 "lines": [{"sku": "$1", "quantity": 2, "price": {"amount": "3.50", "currency": "EUR"}}],
 "total": {"amount": "7.00", "currency": "EUR"}, "payment": {"cash": {}}, "tags": {"gift": "yes"}}}
JSON
}
nobody=00000000-0000-4000-8000-000000000000

ask "$address" list
shows "$service" grpc.health.v1.Health grpc.reflection.v1.ServerReflection
ask "$address" list "$service"
shows "$service."{place,get,find,change,cancel,watch,upload,chat}
ask "$address" describe "$service"
shows 'rpc find ( .shop.orders.v1.FindRequest ) returns ( .shop.orders.v1.PagedOrder )' 'returns ( stream .shop.orders.v1.Change )'
ask "$address" describe shop.orders.v1.Order
shows 'map<string, string> tags = 8;' '.google.protobuf.Timestamp placed_at = 9;' 'optional string note = 7;'

ask -d "$(order TEA-1 "grpcurl-$$")" "$address" "$service/place"
says 'it["status"] == "STATUS_PLACED" and it["payment"] == {"cash": {}} and it["tags"] == {"gift": "yes"}'
id=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["id"])' "$answer")
ask -d "{\"id\": \"$id\"}" "$address" "$service/get"
says "it['id'] == '$id' and it['total'] == {'amount': '7.00', 'currency': 'EUR'}"
ask -d '{"page": {"size": 1}, "status": "STATUS_PLACED"}' "$address" "$service/find"
says "len(it['items']) == 1 and it['items'][0]['status'] == 'STATUS_PLACED'"
line='{"sku": "TEA-1", "quantity": 2, "price": {"amount": "3.50", "currency": "EUR"}}'
ask -d "$line $line" "$address" "$service/upload"
says 'it == {"value": 4}'
ask -d '{"value": "a"} {"value": "b"}' "$address" "$service/chat"
shows 'You said: a' 'You said: b'

refused 5 -d "{\"id\": \"$nobody\"}" "$address" "$service/get"
says "it['details'][1] == {'@type': 'type.googleapis.com/shop.orders.v1.NotFound', 'id': '$nobody'}"
says "it['details'][0]['reason'] == 'NOT_FOUND' and it['details'][0]['domain'] == 'shop.orders'"
refused 9 -d "$(order SOLD-OUT-1 "grpcurl-$$-2")" "$address" "$service/place"
says "it['details'][1]['sku'] == 'SOLD-OUT-1'"
refused 3 -d '{}' "$address" "$service/place"
says "[each['field'] for each in it['details'][0]['fieldViolations']] == ['draft', 'token']"

ask -d "{\"service\": \"$service\"}" "$address" grpc.health.v1.Health/Check
says 'it == {"status": "SERVING"}'
echo "$checks passed, 0 failed"
