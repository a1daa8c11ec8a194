# A real NATS server with JetStream on files, on 127.0.0.1. Sourced behind lib.sh, not run.

# nats_prepare PLACE: installs the server, and takes a free port and an empty folder.
nats_prepare() {
    python_tools tests/messaging/requirements.txt
    nats_place=$1
    nats_port=$(free_port)
    nats_url="nats://127.0.0.1:$nats_port"
    rm -rf "$nats_place"
    mkdir -p "$nats_place"
}

# nats_start: starts it, or starts it again where it was; its id stands in $nats.
nats_start() {
    start "$nats_place/server.log" "$venv/bin/nats-server" --addr 127.0.0.1 --port "$nats_port" --jetstream \
        --store_dir "$nats_place/store"
    nats=$started
    wait_for_port "$nats_port" "$nats" "$nats_place/server.log"
}
