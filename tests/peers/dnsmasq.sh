# A real DNS server for tests that start one themselves. Sourced behind lib.sh, not run.

# dnsmasq_prepare: installs it; where it is stands in $dnsmasq_program.
dnsmasq_prepare() {
    # Where Debian puts it, which is not in everybody's path.
    PATH="$PATH:/usr/sbin" debian dnsmasq dnsmasq-base
    dnsmasq_program=$(PATH="$PATH:/usr/sbin" command -v dnsmasq)
}
