#!/usr/bin/env bash
# The HTTP port as curl and others see it: Unix sockets, entity tags, gzip both ways, pages of other origins.
# http.sh ORDERS TOUR GRPCURL
set -euo pipefail
source tests/peers/lib.sh
orders=$1 tour=$2 grpcurl=$3
# The path of a socket is short.
place=$(mktemp -d)
trap 'stop_started; rm -rf "$place"' EXIT
socket="$place/orders.sock" native="$place/native.sock"
start "$place/orders.log" "$orders" "unix:$socket" --native "unix:$native" --origin https://shop.example
server=$started
checks=0

# is WHAT WANTED FOUND
is() {
    [[ "$2" == "$3" ]] || { echo "$1: wanted $2, got $3" >&2; cat "$place/orders.log" >&2; exit 1; }
    checks=$((checks + 1))
}

# ask ARGUMENTS…: curl at the socket.
ask() { curl -s --unix-socket "$socket" "$@"; }
# header NAME ARGUMENTS…: what an answer says there.
header() {
    local name=$1
    shift
    ask -o /dev/null -D - "$@" | tr -d '\r' | sed -n "s/^$name: //Ip"
}

for tries in $(seq 100); do ask -o /dev/null http://localhost/v1/orders && break; sleep 0.1; done
url=http://localhost/v1/orders

echo "-- Unix sockets"
for version in 1.1 2-prior-knowledge; do
    is "HTTP/$version" 200 "$(ask -o /dev/null -w '%{http_code}' --http$version "$url")"
done
is "the file's mode" 660 "$(stat -c %a "$socket")"
is "gRPC" shop.orders.v1.Orders "$("$grpcurl" -plaintext -unix "$socket" list | grep Orders)"
run "$tour" "unix:$socket" --native "unix:$native"
is "a second server" 1 "$("$orders" "unix:$socket" --native "unix:$place/other.sock" >"$place/second.log" 2>&1; echo $?)"
is "says why" 1 "$(grep -c 'somebody listens there' "$place/second.log")"

echo "-- entity tags"
draft='{"customer": "6f2c1f8e-3d0f-4f9c-9c37-0d9f5b1f9a01", "total": {"amount": "7.00", "currency": "EUR"}, "payment": "cash",
    "lines": [{"sku": "TEA-1", "quantity": 2, "price": {"amount": "3.50", "currency": "EUR"}}]}'
for turn in $(seq 10); do
    is "an order" 201 "$(ask -o "$place/order" -w '%{http_code}' "$url" -H 'Content-Type: application/json' -H "Idempotency-Key: k-$turn" -d "$draft")"
done
order="$url/$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["id"])' "$place/order")"
is "the first" 200 "$(ask -o /dev/null -w '%{http_code}' --etag-save "$place/tag" "$order")"
is "again" "304 0" "$(ask -o /dev/null -w '%{http_code} %{size_download}' --etag-compare "$place/tag" "$order")"
is "a change" 200 "$(ask -o /dev/null -w '%{http_code}' -X PATCH "$order" -H 'Content-Type: application/json' -d '{"note": "late"}')"
is "behind it" 200 "$(ask -o /dev/null -w '%{http_code}' --etag-compare "$place/tag" "$order")"
is "no page of a cache for all" "private, no-cache" "$(header cache-control "$order")"

echo "-- gzip"
ask "$url?size=500" >"$place/plain"
ask --compressed "$url?size=500" >"$place/inflated"
cmp "$place/plain" "$place/inflated"
is "who wants it" gzip "$(header content-encoding -H 'Accept-Encoding: br;q=1.0, gzip;q=0.8' "$url?size=500")"
is "who does not" "" "$(header content-encoding -H 'Accept-Encoding: gzip;q=0, br' "$url?size=500")"
is "what is short" "" "$(header content-encoding -H 'Accept-Encoding: gzip' "$order")"
is "a stream" text/event-stream "$(timeout 1 curl -sN --unix-socket "$socket" --compressed -D - -o /dev/null "$url/changes" | tr -d '\r' | sed -n 's/^content-type: //p')"
coded() { ask -o /dev/null -w '%{http_code}' "$url" -H 'Content-Type: application/json' -H "Content-Encoding: $1" -H "Idempotency-Key: $2" --data-binary @-; }
is "a body in gzip" 201 "$(echo "$draft" | gzip | coded gzip k-gzip)"
is "a bomb" 413 "$(head -c 50000000 /dev/zero | tr '\0' ' ' | gzip -9 | coded gzip k-bomb)"
is "no gzip" 400 "$(echo "$draft" | coded gzip k-none)"
is "another coding" 415 "$(echo "$draft" | coded br k-br)"

echo "-- pages of other origins"
preflight() { header "$1" -X OPTIONS -H "Origin: $2" -H 'Access-Control-Request-Method: PATCH' -H 'Access-Control-Request-Headers: x-tenant' "$3"; }
is "a page that is named" https://shop.example "$(preflight access-control-allow-origin https://shop.example "$order")"
is "its verbs" DELETE,GET,HEAD,PATCH "$(preflight access-control-allow-methods https://shop.example "$order" | tr ',' '\n' | sort | paste -sd,)"
is "its headers" x-tenant "$(preflight access-control-allow-headers https://shop.example "$order")"
is "another page" "" "$(preflight access-control-allow-origin https://evil.example "$order")"
is "what it may read" https://shop.example "$(header access-control-allow-origin -H 'Origin: https://shop.example' "$order")"

echo "-- the end"
kill -TERM "$server"
wait "$server" || { echo "the server ended with $?" >&2; cat "$place/orders.log" >&2; exit 1; }
started_pids=()
is "no file stays" "" "$(ls "$place" | grep sock || true)"
! grep -q panicked "$place/orders.log" || { cat "$place/orders.log"; exit 1; }
echo "$checks passed, 0 failed"
