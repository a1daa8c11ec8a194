#!/usr/bin/env bash
# SIGTERM under load: every request that was sent is answered, and the process ends well. Argument: the orders binary.
set -euo pipefail
source tests/peers/lib.sh
port=$(free_port) native=$(free_port)
start "$cache/drain.log" "$1" "127.0.0.1:$port" --native "127.0.0.1:$native"
server=$started
wait_for_http "http://127.0.0.1:$port/v1/orders" "$server" "$cache/drain.log"
python3 tests/judges/drain.py "$port" "$server"
started_pids=()
wait "$server" || { echo "the server ended with $?" >&2; cat "$cache/drain.log" >&2; exit 1; }
