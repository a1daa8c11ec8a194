#!/usr/bin/env bash
# What `wireloom init` makes builds and runs at once. Argument: the wireloom binary.
set -euo pipefail
source tests/peers/lib.sh
place="$cache/init"
rm -rf "$place"
"$1" init "$place/greeter" --wireloom-path "$PWD"
target="${CARGO_TARGET_DIR:-$PWD/target}"
# The workspace builds its dependencies without debug information; built alike, they are not built again.
(cd "$place/greeter" && CARGO_TARGET_DIR="$target" CARGO_PROFILE_DEV_DEBUG=false cargo build) 2>&1 | tee "$cache/init.log"
! grep -q '^warning' "$cache/init.log" || { echo "a new project builds with warnings" >&2; exit 1; }
