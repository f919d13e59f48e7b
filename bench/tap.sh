#!/bin/bash
# tap.sh: how fast, against the kernel and against a responder that does nothing, over a TAP.
#
#   client (kernel, reno)          servers, all up and idle at once
#   10.78.1.1  <--- TAP --->  10.78.1.2  null       does nothing: the floor
#   10.78.2.1  <--- TAP --->  10.78.2.2  library    bench/sink on the library's own loop
#   10.78.3.1  <--- TAP --->  10.78.3.2  program    bench/server under `tarn run`
#   10.78.4.1  <--- veth -->  10.78.4.2  kernel     bench/server on the kernel
#   10.78.5.1  <--- veth -->  10.78.5.2  again      the same once more: says what noise is
#
# "receive" is the server's side of it. ROUNDS=N sets the number of rounds (default 18). With FAMILY=6
# the networks are fd78:1::/64 and so on, and there is no responder that does nothing: it knows IPv4.
cd "$(dirname "$0")/.." || exit 1
BUILD=${BUILD:-$PWD/build}
# shellcheck source=../tests/e2e/lib.sh
. tests/e2e/lib.sh

if [ "$FAMILY" = 4 ]; then NET=10.78. HOST_PART=.; else NET=fd78: HOST_PART=::; fi

# The address of the server's end (2) or the client's (1) of a network.
end_of() { # NUMBER END
    echo "$NET$1$HOST_PART$2"
}

# A TAP of a server that runs in HOST, once it is there.
tap_up() { # DEVICE ADDRESS
    wait_until 10 in_host ip link show "$1" || return
    in_host ip addr add "$2/$BITS" dev "$1"
    in_host ip link set "$1" txqueuelen 10000 up
}

kernel_server() { # NUMBER
    hold_namespace
    in_host ip link add "v$1" type veth peer name p0 netns "$held"
    in_host ip addr add "$(end_of "$1" 1)/$BITS" dev "v$1"
    in_host ip link set "v$1" txqueuelen 10000 up
    nsenter -t "$held" -n -- sh -c "echo reno > /proc/sys/net/ipv4/tcp_congestion_control
        echo 0 > /proc/sys/net/ipv6/conf/all/accept_dad
        ip addr add $(end_of "$1" 2)/$BITS dev p0; ip link set lo up
        ip link set p0 txqueuelen 10000 up"
    nsenter -t "$held" -n -- setpriv --pdeathsig KILL "$BUILD/bench/server" "$ANY" &
    pids+=($!)
}

set_up
servers=("kernel=$(end_of 4 2)" "again=$(end_of 5 2)")
floor=null
if [ "$FAMILY" = 4 ]; then
    host_start "$BUILD/bench/null" t1 10.78.1.2
    tap_up t1 10.78.1.1 && servers+=(null=10.78.1.2)
else
    floor=kernel
fi
if [ -x "$BUILD/bench/sink" ]; then
    host_start "$BUILD/bench/sink" tap:t2 "$(end_of 2 2)/$BITS"
    tap_up t2 "$(end_of 2 1)" && servers+=("library=$(end_of 2 2)")
fi
if [ "$TARN" != kernel ]; then
    host_start "$TARN" run --link tap:t3 --address "$(end_of 3 2)/$BITS$NO_CHECK" \
        -- "$BUILD/bench/server" "$ANY"
    tap_up t3 "$(end_of 3 1)" && servers+=("program=$(end_of 3 2)")
fi
kernel_server 4
kernel_server 5
sleep 1

# Latency has two modes, by whether the scheduler puts both ends on one processor: it is measured
# with everything on one.
pin_all() {
    local pid
    for pid in $(inhabitants "$HOST_PID") "${pids[@]}"; do
        taskset -acp 0 "$pid" > /dev/null 2>&1
    done
}

compare=(in_host python3 bench/compare.py "$BUILD/bench/load" kernel "$floor")
"${compare[@]}" receive,send,requests "${servers[@]}"
pin_all
taskset -cp 0 $$ > /dev/null
"${compare[@]}" trip "${servers[@]}"
