#!/bin/bash
# wire.sh: `tarn wire` joins two kernels without a stack: stock ping and a transfer cross it, intact,
# also when it is impaired, and it delays as it was told.
#
#   HOST 10.77.0.1  <-- TAP t0 -- tarn wire -- TAP t1 -->  10.77.0.2 PROG
#
# Families: 4 6
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

FLOW=7100

wire_start() { # OPTION...
    host_start "$TARN" wire --link tap:t0 --link tap:t1 "$@"
    wait_until 10 in_host ip link show t1 || return
    in_host ip link set t1 netns "$PROG_PID"
    host_address
    in_prog ip addr add "$PROG_IP/$BITS" dev t1
    in_prog ip link set t1 txqueuelen 10000 up
    wait_until 10 in_host ping -q -c 1 -W 1 "$PROG_IP"
}

wire_stop() {
    stop "$host_job"
    wait_until 5 gone
}

gone() { ! in_host ip link show t0 > /dev/null 2>&1; }

crosses() { # NAME BYTES
    make_file "$WORK/data" "$2"
    (exec nsenter -t "$PROG_PID" -n -- setpriv --pdeathsig KILL \
        "$BIN/flow" serve-get "$ANY" "$FLOW" "$WORK/got") &
    pids+=($!)
    wait_until 5 prog_waits
    in_host timeout 100 "$BIN/flow" put "$PROG_IP" "$FLOW" "$WORK/data"
    wait $! 2> /dev/null
    check "tarn wire, $1, $2 bytes" "$(host_log)" same_file "$WORK/data" "$WORK/got"
}

prog_waits() { in_prog ss -Hltn "sport = :$FLOW" | grep -q .; }

# The shortest of ten round trips, in whole milliseconds.
round_trip_ms() {
    in_host ping -q -c 10 -i 0.1 "$PROG_IP" | sed -n 's/.*= \([0-9]*\)\..*/\1/p'
}

within() { [ "${1:-0}" -ge "$2" ] && [ "$1" -lt "$3" ]; }

[ "$TARN" != kernel ] || skip_all "needs tarn at any rate"
set_up
tune_namespace in_prog
wire_start && crosses "a good line" 100000000
wire_stop
wire_start --impair "delay=1ms,loss=2%,reorder=2%,duplicate=1%,seed=3" &&
    crosses "2 % loss each way" 3000000
wire_stop
wire_start --impair delay=20ms
ms=$(round_trip_ms)
check "tarn wire, 20 ms each way" "the round trip takes $ms ms" within "$ms" 40 60
wire_stop
finish
