#!/bin/bash
# neighbours.sh: tarn and a Linux kernel as neighbours: duplicate addresses are found both ways, the
# kernel's reachability probes are answered, stock traceroute goes both ways.
#
#   FAR 10.78.0.2  <-- veth -->  HOST: kernel 10.77.0.1, routes  <-- TAP -->  tarn 10.77.0.2
#
# Families: 4 6
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=router.sh
. "$E2E/router.sh"

set_neigh() { # NAME VALUE
    # Expanded by the inner shell.
    # shellcheck disable=SC2016
    in_host sh -c 'echo "$2" > "/proc/sys/net/ipv$0/neigh/t0/$1"' "$FAMILY" "$1" "$2"
}

state_of_tarn() { in_host ip neigh show "$PROG_IP" dev t0; }
is_state() { state_of_tarn | grep -qE "$1"; }

# The kernel's entry ages at once, and is confirmed by probes only.
probes_are_answered() {
    set_neigh base_reachable_time_ms 500
    set_neigh delay_first_probe_time 1
    in_host ping -q -n -i 0.2 -c 25 -W 1 "$PROG_IP" > "$WORK/ping.log" 2>&1
    grep -q " 25 received" "$WORK/ping.log" && is_state 'REACHABLE|DELAY|PROBE|STALE'
}

# A TAP in HOST that is there before tarn is: nothing that tarn sends first is lost.
fixed_tap() {
    in_host ip tuntap add dev t0 mode tap vnet_hdr
    host_address
}

duplicate_seen_by_tarn() {
    fixed_tap
    in_host ip addr add "$PROG_IP/$BITS" dev t0 nodad
    in_host timeout 20 "$TARN" run --link tap:t0 --address "$PROG_IP/$BITS" -- true \
        > "$WORK/dad.log" 2>&1
    [ $? = 125 ] && grep -q "another host on the link has it" "$WORK/dad.log"
}

no_duplicate() {
    in_host ip addr del "$PROG_IP/$BITS" dev t0
    in_host timeout 20 "$TARN" run --link tap:t0 --address "$PROG_IP/$BITS" -- true \
        > "$WORK/dad.log" 2>&1
}

failed_check() { in_host ip -6 addr show dev t0 dadfailed | grep -q "$PROG_IP"; }

duplicate_seen_by_kernel() {
    in_host sh -c 'echo 1 > /proc/sys/net/ipv6/conf/t0/accept_dad'
    in_host ip addr add "$PROG_IP/$BITS" dev t0
    wait_until 5 failed_check
}

# One hop to tarn, by UDP and by echo requests.
trace_to_tarn() { # OPTION
    in_host traceroute "-$FAMILY" "$@" -n -q 1 -w 2 -m 5 "$PROG_IP" > "$WORK/trace.log" 2>&1
    grep -qE "^ 1  $PROG_IP " "$WORK/trace.log"
}

trace_from_tarn() {
    run_program traceroute "-$FAMILY" -n -q 1 -w 2 -m 5 "$FAR_IP" > "$WORK/trace.log" 2>&1
    grep -qE "^ 1  $HOST_IP " "$WORK/trace.log" && grep -qE "^ 2  $FAR_IP " "$WORK/trace.log"
}

need ping traceroute
set_up
[ "$TARN" != kernel ] || skip_all "is about tarn as a neighbour"
set_up_far
serve_start sleep 300
wait_until 20 in_host ping -q -c 1 -W 1 "$PROG_IP" || not_ok "ping" "no first answer"
check "reachability probes are answered" "$(state_of_tarn) $(tail -n 3 "$WORK/ping.log" 2> /dev/null)" \
    probes_are_answered
check "traceroute to tarn, by UDP" "$(cat "$WORK/trace.log" 2> /dev/null)" trace_to_tarn
check "traceroute to tarn, by ICMP" "$(cat "$WORK/trace.log" 2> /dev/null)" trace_to_tarn -I
if [ "$FAMILY" = 6 ]; then
    check "the kernel finds that tarn has its address" "$(in_host ip -6 addr show dev t0)" \
        duplicate_seen_by_kernel
fi
serve_stop
check "traceroute under tarn" "$(cat "$WORK/trace.log" 2> /dev/null)" trace_from_tarn
if [ "$FAMILY" = 6 ]; then
    check "tarn finds that the kernel has its address" "$(cat "$WORK/dad.log" 2> /dev/null)" \
        duplicate_seen_by_tarn
    check "and starts when nobody has" "$(cat "$WORK/dad.log" 2> /dev/null)" no_duplicate
fi
finish
