# shellcheck shell=bash disable=SC2034,SC2154 # the scripts use what is defined here, and lib.sh defines
# router.sh: HOST as a router between tarn's link and a third namespace. Source it after lib.sh.
#
#   FAR 10.78.0.2  f1 -- veth -- f0  HOST (forwards)  t0 -- TAP -- tarn 10.77.0.2
#
# What is beyond the router has another path MTU than the link, and its answers are the kernel's.

FLOW=7100 # of the server in FAR
if [ "$FAMILY" = 4 ]; then NEAR_IP=10.78.0.1 FAR_IP=10.78.0.2; else NEAR_IP=fd78::1 FAR_IP=fd78::2; fi

in_far() { nsenter -t "$FAR_PID" -n -- "$@"; }

set_up_far() {
    hold_namespace
    FAR_PID=$held
    tune_namespace in_far
    in_host sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward
        echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
        ip link add f0 type veth peer name f1 netns "$0"' "$FAR_PID"
    in_host ip addr add "$NEAR_IP/$BITS" dev f0
    in_host ip link set f0 up
    in_far ip addr add "$FAR_IP/$BITS" dev f1
    in_far ip link set f1 up
    in_far ip route add default via "$NEAR_IP"
}

# far_start COMMAND...: a server in FAR that dies with the script.
far_start() {
    (exec nsenter -t "$FAR_PID" -n -- setpriv --pdeathsig KILL "$@") \
        > "$WORK/far.log" 2>&1 < /dev/null &
    far_job=$!
    pids+=("$far_job")
}

far_serves() { in_far ss -Hltn "sport = :$FLOW" | grep -q .; }

# The path to FAR carries packets of so many bytes from now on. FAR does not know, so that its MSS
# does not tell.
path_mtu() { # BYTES
    in_host ip link set f0 mtu "$1"
}

# larger FILE BYTES
larger() { [ "$(stat -c %s "$1" 2> /dev/null || echo 0)" -gt "$2" ]; }
