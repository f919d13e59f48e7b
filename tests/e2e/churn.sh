#!/bin/bash
# churn.sh: 10,000 connections one after another and 2,000 at once, made by a program under tarn and
# taken by one; afterwards no descriptor, socket, chunk or packet is left behind.
#
#   HOST: churn serve 10.77.0.1:7500  <-- TAP -->  churn serial, churn many 10.77.0.2 : PROG
#   HOST: churn serial, churn many    <-- TAP -->  churn serve 10.77.0.2:8500         : PROG
#
# Families: 4 6
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

SERIAL=10000
MANY=2000
CHURN=7500
SERVED=8500
ulimit -n "$(ulimit -Hn)"

descriptors() { # PID
    find "/proc/$1/fd" -mindepth 1 2> /dev/null | wc -l
}

# What the statistics at exit must say: nothing in use (connections in TIME-WAIT count apart).
nothing_left() { # NAME
    local what left
    [ "$VIA" = tap ] || return 0
    for what in sockets chunks packets; do
        left=$(counter "held.$what")
        check "$1 leave no $what" "$left are left" [ "$left" = 0 ]
    done
}

as_client() { # serial|many N
    local name="$2 connections, $1, by a program"
    run_program "$BIN/churn" "$1" "$2" "$HOST_IP" "$CHURN" > "$WORK/churn.log" 2>&1
    if grep -q "^good $2 errors 0 descriptors 0$" "$WORK/churn.log"; then ok "$name"; else
        not_ok "$name" "$(tail -n 2 "$WORK/churn.log" | tr '\n' ' ')"
    fi
    nothing_left "$name"
}

as_server() { # serial|many N
    local name="$2 connections, $1, to a program" before after
    serve_start "$BIN/churn" serve "$ANY" "$SERVED"
    wait_until 20 in_host "$BIN/churn" serial 1 "$PROG_IP" "$SERVED"
    [ "$VIA" != tap ] || before=$(descriptors "$(stack_pid)")
    in_host timeout 120 "$BIN/churn" "$1" "$2" "$PROG_IP" "$SERVED" > "$WORK/churn.log" 2>&1
    if [ "$VIA" = tap ]; then
        sleep 0.5
        after=$(descriptors "$(stack_pid)")
        check "$name leave no descriptor in the stack's process" "$before before, $after after" \
            [ "$before" = "$after" ]
    fi
    serve_stop
    if grep -q "^good $2 errors 0 descriptors 0$" "$WORK/churn.log"; then ok "$name"; else
        not_ok "$name" "$(tail -n 2 "$WORK/churn.log" | tr '\n' ' ')"
    fi
    check "$name are accepted once each" "$(tail -n 1 "$WORK/serve.log")" served_at_least "$2"
    nothing_left "$name"
}

# Each connection once: N, and the first ones that asked whether the server was there.
served_at_least() { # N
    local count
    count=$(sed -n 's/^served //p' "$WORK/serve.log")
    [ "${count:-0}" -gt "$1" ] && [ "$count" -le $(($1 + 20)) ]
}

RUN_LIMIT=300
set_up
host_start "$BIN/churn" serve "$ANY" "$CHURN"
host_serves "$CHURN"
as_client serial "$SERIAL"
as_client many "$MANY"
as_server serial "$SERIAL"
as_server many "$MANY"
finish
