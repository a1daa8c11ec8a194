# A real etcd for tests that start one themselves. Sourced behind lib.sh, not run.

# etcd_prepare: installs server and client; where they are stands in $etcd_program and $etcdctl_program.
etcd_prepare() {
    debian etcd etcd-server
    debian etcdctl etcd-client
    etcd_program=$(command -v etcd)
    etcdctl_program=$(command -v etcdctl)
}
