#!/usr/bin/env bash
# TLS as others see it: curl, openssl, Python's ssl, node, grpcurl; certificates of clients, certificates that change under load,
# handshakes that never end. tls.sh ORDERS TOUR GRPCURL
set -euo pipefail
source tests/peers/lib.sh
source tests/judges/authority.sh
orders=$1 tour=$2 grpcurl=$3
need openssl "install OpenSSL 3"
pki="$cache/tls"
rm -rf "$pki"
mkdir -p "$pki"
here="DNS:localhost,IP:127.0.0.1"
for name in ours theirs; do authority "$pki" "$name"; done
certificate "$pki" server ours serverAuth "$here"
certificate "$pki" renewed ours serverAuth "$here"
certificate "$pki" billing ours clientAuth URI:spiffe://shop.example/billing
certificate "$pki" stranger theirs clientAuth URI:spiffe://shop.example/billing
cp "$pki/server.pem" "$pki/shown.pem"
cp "$pki/server.key" "$pki/shown.key"

port=$(free_port) native=$(free_port)
start "$pki/orders.log" env RUST_LOG=info "$orders" "127.0.0.1:$port" --native "127.0.0.1:$native" --cert "$pki/shown.pem" --key "$pki/shown.key"
server=$started
base="https://localhost:$port/v1/orders"
checks=0

# is WHAT WANTED FOUND
is() {
    [[ "$2" == "$3" ]] || { echo "$1: wanted $2, got $3" >&2; cat "$pki/orders.log" >&2; exit 1; }
    checks=$((checks + 1))
}

# fails COMMAND…: it must.
fails() {
    ! "$@" >"$pki/answer" 2>&1 || { echo "it should fail: $*" >&2; cat "$pki/answer" >&2; exit 1; }
    checks=$((checks + 1))
}

for tries in $(seq 100); do curl -s -o /dev/null --cacert "$pki/ours.pem" "$base" && break; sleep 0.1; done

echo "-- curl over TLS"
for version in 1.1 2; do
    is "HTTP/$version" "200 $version" "$(curl -s -o /dev/null -w '%{http_code} %{http_version}' --http$version --cacert "$pki/ours.pem" "$base")"
done
is "who does not know the authority" 60 "$(curl -s "$base" >/dev/null; echo $?)"
is "another name" 60 "$(curl -s --cacert "$pki/ours.pem" --resolve "shop.example:$port:127.0.0.1" "https://shop.example:$port/" >/dev/null; echo $?)"
fails curl -sf "http://localhost:$port/v1/orders"

echo "-- openssl"
# hello ARGUMENTS…: what s_client tells of a handshake.
hello() { openssl s_client -CAfile "$pki/ours.pem" -verify_return_error -servername localhost "$@" </dev/null 2>&1; }
# With TLS 1.3 it tells so again with each ticket that comes before it hangs up.
for version in 1_2 1_3; do
    hello -connect "localhost:$port" "-tls$version" -alpn h2,http/1.1 >"$pki/hello"
    is "TLS $version is verified" 1 "$(grep -cm1 'Verify return code: 0' "$pki/hello")"
    is "TLS $version is never said to be otherwise" 0 "$(grep 'Verify return code' "$pki/hello" | grep -vc 'code: 0')"
    is "it speaks h2" 1 "$(grep -c 'ALPN protocol: h2' "$pki/hello")"
done
is "http/1.1 for who wants it" 1 "$(hello -connect "localhost:$port" -alpn http/1.1 | grep -c 'ALPN protocol: http/1.1')"
is "native RPC has a name" 1 "$(hello -connect "localhost:$native" -alpn loom.v1.bin | grep -c 'ALPN protocol: loom.v1.bin')"
fails hello -connect "localhost:$port" -tls1_1 -cipher 'ALL:@SECLEVEL=0'
fails hello -connect "localhost:$port" -alpn smtp
fails hello -connect "localhost:$native" -alpn h2

echo "-- Python, node, grpcurl, the typed client"
run python3 -I tests/judges/tls.py calls "$port" "$pki/ours.pem"
NODE_EXTRA_CA_CERTS="$pki/ours.pem" run node --no-warnings tests/judges/http2.mjs "localhost:$port"
NODE_EXTRA_CA_CERTS="$pki/ours.pem" run node --no-warnings --experimental-websocket tests/judges/orders-ws.mjs "localhost:$port" secured
is "gRPC" shop.orders.v1.Orders "$("$grpcurl" -cacert "$pki/ours.pem" "localhost:$port" list | grep Orders)"
run "$tour" "localhost:$port" --native "localhost:$native" --ca "$pki/ours.pem"

echo "-- a certificate that changes under load"
run python3 -I tests/judges/tls.py reload "$port" "$pki/ours.pem" "$pki/shown" "$pki/renewed" "$pki/server"

echo "-- handshakes that never end"
run python3 -I tests/judges/tls.py slow "$port" "$pki/ours.pem" "$native"

# logs TEXT: the server's log does.
logs() { is "the log says that $1" 1 "$(grep -cm1 "$1" "$pki/orders.log")"; }
logs "new certificates are taken up"
logs "new certificates are of no use; those of before stay"
logs "the certificate of TLS runs out soon"

echo "-- certificates of clients"
port=$(free_port) native=$(free_port)
start "$pki/mutual.log" "$orders" "127.0.0.1:$port" --native "127.0.0.1:$native" --cert "$pki/server.pem" --key "$pki/server.key" \
    --ca "$pki/ours.pem"
base="https://localhost:$port/v1/orders"
billing=(--cert "$pki/billing.pem" --key "$pki/billing.key")
for tries in $(seq 100); do curl -s -o /dev/null --cacert "$pki/ours.pem" "${billing[@]}" "$base" && break; sleep 0.1; done
for version in 1.1 2; do
    is "who shows a certificate" 200 "$(curl -s -o /dev/null -w '%{http_code}' --http$version --cacert "$pki/ours.pem" "${billing[@]}" "$base")"
done
is "TLS 1.2" 200 "$(curl -s -o /dev/null -w '%{http_code}' --tls-max 1.2 --cacert "$pki/ours.pem" "${billing[@]}" "$base")"
fails curl -sf --cacert "$pki/ours.pem" "$base"
fails curl -sf --cacert "$pki/ours.pem" --cert "$pki/stranger.pem" --key "$pki/stranger.key" "$base"
# A certificate for servers is none for clients.
fails curl -sf --cacert "$pki/ours.pem" --cert "$pki/server.pem" --key "$pki/server.key" "$base"
is "gRPC with a certificate" shop.orders.v1.Orders \
    "$("$grpcurl" -cacert "$pki/ours.pem" "${billing[@]/--/-}" "localhost:$port" list | grep Orders)"
fails "$grpcurl" -cacert "$pki/ours.pem" -max-time 5 "localhost:$port" list
run "$tour" "localhost:$port" --native "localhost:$native" --ca "$pki/ours.pem" "${billing[@]}"
fails "$tour" "localhost:$port" --native "localhost:$native" --ca "$pki/ours.pem"

kill -0 "$server" || { cat "$pki/orders.log"; exit 1; }
! grep -q panicked "$pki/orders.log" "$pki/mutual.log" || { cat "$pki"/*.log; exit 1; }
echo "$checks passed, 0 failed"
