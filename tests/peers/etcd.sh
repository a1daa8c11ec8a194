# A real etcd for tests that start one themselves. Sourced behind lib.sh, not run.

# etcd_prepare: installs server and client; where they are stands in $etcd_program and $etcdctl_program.
etcd_prepare() {
    debian etcd etcd-server
    debian etcdctl etcd-client
    etcd_program=$(command -v etcd)
    etcdctl_program=$(command -v etcdctl)
}

# etcd_start PLACE: starts one in an empty folder, at a free port, which stands in $etcd_port.
etcd_start() {
    local place=$1 peers
    rm -rf "$place"
    mkdir -p "$place"
    etcd_port=$(free_port) peers=$(free_port)
    start "$place/server.log" "$etcd_program" --data-dir "$place/data" --listen-client-urls "http://127.0.0.1:$etcd_port" \
        --advertise-client-urls "http://127.0.0.1:$etcd_port" --listen-peer-urls "http://127.0.0.1:$peers" \
        --initial-advertise-peer-urls "http://127.0.0.1:$peers" --initial-cluster "default=http://127.0.0.1:$peers"
    wait_for_http "http://127.0.0.1:$etcd_port/health" "$started" "$place/server.log"
}
