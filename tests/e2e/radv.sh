#!/bin/bash
# radv.sh: the router advertiser (tarn/service.h) to the kernel, which configures itself by it, and
# to rdisc6.
#
#   HOST: kernel t0, rdisc6  <-- TAP -->  service radv 2001:db8:7::1, and its link-local address
#
# shellcheck disable=SC2034
FAMILY=6
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
SAID= # it is about both families, or has one

ROUTER=2001:db8:7::1

conf() { in_host cat "/proc/sys/net/ipv6/conf/t0/$1"; }

set_conf() { # NAME VALUE
    # Expanded by the inner shell.
    # shellcheck disable=SC2016
    in_host sh -c 'echo "$2" > "/proc/sys/net/ipv6/conf/t0/$1"' - "$1" "$2" 2> /dev/null
}

has_address() { in_host ip -6 address show dev t0 dynamic | grep -q 'inet6 2001:db8:7:'; }
has_default() { in_host ip -6 route show default | grep -q '^default via fe80:.* proto ra'; }
has_no_default() { ! has_default; }
has_route() { in_host ip -6 route show fd00:1::/48 | grep -q 'via fe80:.* proto ra'; }
answers_ping() { in_host ping -6 -c 1 -W 1 "$ROUTER"; }

# tells PATTERN: rdisc6 has printed a line like it.
tells() { grep -qE "$1" "$WORK/rdisc6"; }

need rdisc6
set_up
[ "$TARN" != kernel ] || skip_all "the library is tarn's"
service_link
for setting in accept_ra autoconf accept_ra_defrtr accept_ra_pinfo accept_ra_mtu; do
    set_conf "$setting" 1
done
set_conf accept_ra_rt_info_max_plen 64
service_start radv "address=$ROUTER/64,nodad" param=ip6.forwarding=1 prefix=2001:db8:7::/64 \
    route=fd00:1::/48 dns=2001:db8::53 domain=example.net mtu=1400 hop-limit=61 other=1 \
    reachable-ms=20000 retrans-ms=2000 seconds=60
check "the kernel makes itself an address" "$(in_host ip -6 address show dev t0)" \
    wait_until 10 has_address
check "the kernel has a default route" "$(in_host ip -6 route)" wait_until 5 has_default
check "a route of its own preference" "$(in_host ip -6 route)" wait_until 5 has_route
check "the MTU" "$(conf mtu)" test "$(conf mtu)" = 1400
check "the hop limit" "$(conf hop_limit)" test "$(conf hop_limit)" = 61
check "the router answers" "$(in_host ip -6 neigh)" wait_until 5 answers_ping
in_host rdisc6 -1 -r 3 -w 4000 t0 > "$WORK/rdisc6" 2>&1
check "rdisc6, flags" "$(cat "$WORK/rdisc6")" tells 'Stateful other conf. *: *Yes'
check "rdisc6, lifetime" "$(cat "$WORK/rdisc6")" tells 'Router lifetime *: *1800 '
check "rdisc6, times" "$(cat "$WORK/rdisc6")" tells 'Reachable time *: *20000 '
check "rdisc6, prefix" "$(cat "$WORK/rdisc6")" tells 'Prefix *: *2001:db8:7::/64'
check "rdisc6, valid" "$(cat "$WORK/rdisc6")" tells 'Valid time *: *3600 '
check "rdisc6, MTU" "$(cat "$WORK/rdisc6")" tells 'MTU *: *1400 '
check "rdisc6, route" "$(cat "$WORK/rdisc6")" tells 'Route *: *fd00:1::/48'
check "rdisc6, preference" "$(cat "$WORK/rdisc6")" tells 'Route preference *: *high'
check "rdisc6, name server" "$(cat "$WORK/rdisc6")" tells 'Recursive DNS server *: *2001:db8::53'
check "rdisc6, search domain" "$(cat "$WORK/rdisc6")" tells 'DNS search list *: *example.net'
check "rdisc6, link address" "$(cat "$WORK/rdisc6")" tells 'Source link-layer address *:'
service_stop
check "the last one takes the default route back" "$(in_host ip -6 route)" \
    wait_until 5 has_no_default
finish
