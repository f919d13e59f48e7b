#!/bin/bash
# programs_flow.sh: small programs of our own under tarn, as client and as server: C with libc, C
# with musl linked statically, Go, and bash's /dev/tcp, against a C program on the kernel.
#
#   HOST: flow 10.77.0.1:7100  <-- TAP or slirp, impaired -->  flow, goflow, bash 10.77.0.2 : PROG
#
# Families: 4 6, side by side
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=moves.sh
. "$E2E/moves.sh"

FLOW=7100
got=

# A kernel end that waits for one connection.
peer() { # VERB FILE
    host_start "$BIN/flow" "$1" "$ANY" "$FLOW" "$2"
    host_serves "$FLOW"
}

as_client() { # PROGRAM
    peer serve-put "$DATA"
    client "$(basename "$1") get" in "$got" "$1" get "$(there)" "$FLOW" "$got"
    peer serve-get "$got"
    client "$(basename "$1") put" out "$got" "$1" put "$(there)" "$FLOW" "$DATA"
}

# The server takes one connection, so nothing may try it out first.
knock() { # NAME VERB FILE
    listens listening || { not_ok "$1, $LABEL" "does not listen" && return 1; }
    from_host "$1" "$BIN/flow" "$2" "$(here)" "$SERVE" "$3"
}

as_server() { # PROGRAM
    local verb name
    for verb in get put; do
        name="$(basename "$1") serve-$verb"
        rm -f "$got"
        publish
        if [ "$verb" = get ]; then
            serve_start "$1" serve-get "$ANY" "$SERVE" "$got"
            knock "$name" put "$DATA" && wait "$serve_job" && arrived "$name" in "$got"
        else
            serve_start "$1" serve-put "$ANY" "$SERVE" "$DATA"
            knock "$name" get "$got" && wait "$serve_job" && arrived "$name" out "$got"
        fi
        server_down
    done
}

run_flow() {
    as_client "$BIN/flow"
    as_server "$BIN/flow"
}

run_small() {
    local program
    for program in "$BIN/flow-musl" "$BIN/goflow"; do
        if [ ! -x "$program" ]; then skip "$(basename "$program")" "not built"; else
            as_client "$program"
            as_server "$program"
        fi
    done
}

run_bash() {
    peer serve-put "$DATA"
    client "bash /dev/tcp get" in "$got" bash -c 'exec 3<> /dev/tcp/$0/$1; cat <&3 > "$2"' \
        "$(there)" "$FLOW" "$got"
    peer serve-get "$got"
    client "bash /dev/tcp put" out "$got" bash -c 'exec 3<> /dev/tcp/$0/$1; cat "$2" >&3' \
        "$(there)" "$FLOW" "$DATA"
}

RUN_LIMIT=300
set_up_moves
got=$WORK/got/flow
every_level run_flow "0 100000000" "2 10000000" "10 1000000"
every_level run_small "0 10000000" "2 1000000"
every_level run_bash "0 10000000" "2 1000000"
finish
