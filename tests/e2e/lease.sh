#!/bin/bash
# lease.sh: `tarn run --dhcp`: the program starts when dnsmasq has given addresses of both families,
# finds the name servers of both, and reaches HOST by both; with no server tarn says what to do.
#
#   HOST: dnsmasq (DHCP, DHCPv6, RA), sockpeer 10.77.0.1, fd77::1  <-- TAP -->  tarn run --dhcp : PROG
FAMILY=6
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
SAID= # it is about both families

host_address() {
    in_host ip addr add 10.77.0.1/24 dev t0
    in_host ip addr add fd77::1/64 dev t0
    in_host ip link set t0 txqueuelen 10000 up
}

# dnsmasq makes its DUID of an interface that is there when it starts: f0.
serve_leases() {
    in_host ip link add f0 type veth peer name f1
    host_start dnsmasq --keep-in-foreground --conf-file=/dev/null --user=root --pid-file= \
        --log-facility=- --no-resolv --no-hosts --port=0 --interface=t0 --bind-dynamic --no-ping \
        --dhcp-authoritative --dhcp-leasefile="$WORK/leases" --enable-ra --ra-param=t0,4 \
        --dhcp-range=10.77.0.50,10.77.0.60,255.255.255.0,120 --dhcp-range=fd77::50,fd77::60,64,120 \
        --dhcp-option=option:dns-server,10.77.0.53 --dhcp-option=option6:dns-server,[fd77::53] \
        --domain=example.org --dhcp-option=option6:domain-search,example.org
}

has_line() { grep -qx "$1" "$WORK/found"; }

# A program that tells its resolver's file, and how HOST sees its address, by each family.
# Expanded by the inner shell.
# shellcheck disable=SC2016
program='cat /etc/resolv.conf
    for host in 10.77.0.1 fd77::1; do
        exec 3<> "/dev/tcp/$host/$0" && echo name >&3 && head -n 1 <&3
    done'

is_seen_as() { grep -qE "^$1 [0-9]+$" "$WORK/found"; }

refused() { [ "$1" = 125 ] && grep -q "no server has given a lease" "$WORK/none.log"; }

[ "$TARN" != kernel ] || skip_all "is about tarn's own configuration"
need dnsmasq
set_up
in_prog timeout 40 "$TARN" run --link tap:t9 --dhcp -- true > "$WORK/none.log" 2>&1 &
lonely=$!
TAP_OPTIONS=(--dhcp)
serve_leases
host_start "$BIN/sockpeer" :: "$PORT"
host_serves "$PORT"
run_program bash -c "$program" "$PORT" > "$WORK/found" 2>&1
check "name server of DHCP" "$(cat "$WORK/found")" has_line "nameserver 10.77.0.53"
check "name server of DHCPv6" "$(cat "$WORK/found")" has_line "nameserver fd77::53"
check "search domain" "$(cat "$WORK/found")" has_line "search example.org"
check "HOST sees an address of the lease" "$(cat "$WORK/found")" is_seen_as '(::ffff:)?10.77.0.(5.|60)'
check "HOST sees an address of the lease of IPv6" "$(cat "$WORK/found")" is_seen_as 'fd77::(5.|60)'
wait "$lonely"
status=$?
check "no server: an error that says what to do" "$status: $(cat "$WORK/none.log")" refused "$status"
finish
