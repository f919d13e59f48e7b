#!/bin/bash
# signals.sh: signals and the calls that tarn holds or must never hold. A static binary is blocked
# in accept and connect when SIGALRM comes; a Go binary, whose runtime signals its own threads,
# makes 20,000 connects; shells run pipelines; and with the stack's process stopped, close, dup,
# fork and their kin still return, which shows that they are never trapped.
#
#   HOST: sockpeer :7000, churn serve :7500  <-- TAP -->  the programs 10.77.0.2 : PROG
#
# Families: 4 6
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

CHURN=7500
GO_CONNECTS=20000

static_binary() {
    local args=("$HOST_IP" "$PORT" "$PROG_IP" "$BLACK_HOLE" "$NO_NEIGHBOUR") only=() name kernel
    for name in accept_interrupted accept_restarted connect_interrupted connect_restarted \
        udp_interrupted udp_restarted rain kill_blocked; do
        only+=(--only "signal_$name")
    done
    [ -x "$BIN/sockconf-static" ] || { skip "static binary" "not built" && return; }
    run_program "$BIN/sockconf-static" "${only[@]}" "${args[@]}" > "$WORK/tarn.txt"
    if [ "$TARN" = kernel ]; then cp "$WORK/tarn.txt" "$WORK/kernel.txt"; else
        TARN=kernel "$E2E/sockconf.sh" --print "${only[@]}" > "$WORK/kernel.txt"
    fi
    check "static binary, on the kernel" "it says nothing" [ -s "$WORK/kernel.txt" ]
    while IFS=: read -r name kernel; do
        check "static binary, $name" "kernel:$kernel | tarn:$(sed -n "s/^$name://p" "$WORK/tarn.txt")" \
            grep -qxF "$name:$kernel" "$WORK/tarn.txt"
    done < "$WORK/kernel.txt"
}

go_binary() {
    local name="Go binary, $GO_CONNECTS connects"
    [ -x "$BIN/goflow" ] || { skip "$name" "not built" && return; }
    host_start "$BIN/churn" serve "$ANY" "$CHURN"
    host_serves "$CHURN"
    run_program "$BIN/goflow" connects "$GO_CONNECTS" 8 "$HOST_IP" "$CHURN" > "$WORK/go.log" 2>&1
    check "$name without an error" "$(tail -n 3 "$WORK/go.log" | tr '\n' ' ')" \
        grep -qx "good $GO_CONNECTS errors 0" "$WORK/go.log"
    stop "$host_job"
    check "$name, none lost and none twice" "the server: $(host_log)" \
        [ "$(host_log)" = "served $GO_CONNECTS" ]
}

pipelines() {
    # Expanded by the inner shell.
    # shellcheck disable=SC2016
    run_program dash -c 'i=0; while [ $i -lt 300 ]; do
        x=$(echo $i | cat | sed s/^/x/ | (read a; echo $a)); [ "$x" = "x$i" ] || echo "lost $i"
        i=$((i + 1)); done; echo done' > "$WORK/dash.log" 2>&1
    check "dash, 300 pipelines" "$(head -n 3 "$WORK/dash.log" | tr '\n' ' ')" \
        [ "$(cat "$WORK/dash.log")" = "done" ]
}

untrapped() {
    local name="close, dup, fork, fcntl, read, write, openat, poll, epoll, shutdown are not trapped"
    local pid
    rm -f "$WORK/ready" "$WORK/go"
    serve_start "$BIN/untrapped" "$HOST_IP" "$CHURN_TOO" "$WORK/ready" "$WORK/go"
    wait_until 20 [ -e "$WORK/ready" ]
    if [ "$VIA" = tap ]; then
        pid=$(stack_pid)
        kill -STOP "$pid"
    fi
    : > "$WORK/go"
    wait_until 30 grep -qx untrapped "$WORK/serve.log"
    check "$name" "$(cat "$WORK/serve.log")" grep -qx untrapped "$WORK/serve.log"
    [ "$VIA" != tap ] || kill -CONT "$pid"
    serve_stop
}

need dash
RUN_LIMIT=200
CHURN_TOO=7501
set_up
host_start "$BIN/sockpeer" "$ANY" "$PORT"
host_start "$BIN/churn" serve "$ANY" "$CHURN_TOO"
host_serves "$PORT"
host_serves "$CHURN_TOO"
static_binary
go_binary
pipelines
untrapped
finish
