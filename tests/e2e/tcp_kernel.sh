#!/bin/bash
# tcp_kernel.sh: tarn's TCP and the kernel's, one as client and one as server, with what each can have
# and do without; the path loses, reorders and duplicates. A file goes there and comes back over one
# connection.
#
#   HOST: exchange.py 10.77.0.1:7500  <-- TAP, impaired -->  exchange.py 10.77.0.2 : PROG
#
# Families: 4 6, side by side
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

PORT=7500
EXCHANGE=(python3 "$E2E/prog/exchange.py")
KERNEL=() # options of exchange.py on the kernel's side
TARN_SIDE=() # and on tarn's
TIMES=1
DATA=

# kernel_set NAME=VALUE...: of net.ipv4 in HOST.
kernel_set() {
    local one
    for one; do
        in_host sh -c "echo ${one#*=} > /proc/sys/net/ipv4/${one%%=*}" 2> /dev/null || return
    done
}

# kernel_counts NAME: of the kernel's statistics of HOST.
kernel_counts() {
    in_host nstat -asz "$1" | awk -v name="$1" '$1 == name { print $2 }'
}

path_of() { # LOSS% BYTES
    LINK_OPTIONS=(--impair "delay=1ms,loss=$1%,reorder=2%,duplicate=1%,seed=5")
    make_file "$DATA" "$2"
}

as_client() {
    host_start "${EXCHANGE[@]}" "${KERNEL[@]}" "--times=$TIMES" server "$ANY" "$PORT"
    host_serves "$PORT"
    run_program "${EXCHANGE[@]}" "${TARN_SIDE[@]}" "--times=$TIMES" client "$HOST_IP" "$PORT" "$DATA" \
        > "$WORK/tarn.said" 2>&1 < /dev/null
    verdict=$?
    wait_until 5 host_ended
    host_log > "$WORK/kernel.said"
}

host_ended() { ! kill -0 "$host_job"; }

as_server() {
    serve_start "${EXCHANGE[@]}" "${TARN_SIDE[@]}" "--times=$TIMES" server "$ANY" "$PORT"
    wait_until 20 grep -q listening "$WORK/serve.log"
    in_host timeout "$RUN_LIMIT" "${EXCHANGE[@]}" "${KERNEL[@]}" "--times=$TIMES" client "$PROG_IP" \
        "$PORT" "$DATA" > "$WORK/kernel.said" 2>&1
    verdict=$?
    wait "$serve_job" 2> /dev/null
    cp "$WORK/serve.log" "$WORK/tarn.said"
}

# said kernel|tarn KEY=VALUE: what that side told of its last connection.
said() { tail -n 1 "$WORK/$1.said" | grep -qw -- "$2"; }

# The number behind a key.
told() { sed -n "s/.*\b$2=\([0-9]*\).*/\1/p" "$WORK/$1.said" | awk '{ n += $1 } END { print n + 0 }'; }

# both NAME [CHECK]...: as client and as server, each followed by the checks, commands that succeed.
both() {
    local name=$1 role check bytes
    shift
    for role in client server; do
        "as_$role"
        bytes=$(($(stat -c %s "$DATA") * TIMES))
        failed=
        for check; do $check || failed="$failed; not: $check"; done
        if [ "$verdict" != 0 ] || [ "$(told kernel bytes)" != "$bytes" ]; then
            not_ok "$name, tarn as $role" "$(tail -qn 1 "$WORK/tarn.said" "$WORK/kernel.said" | tr '\n' ' ')"
        elif ! grew tcp.bytes-in "$bytes" || ! grew tcp.bytes-out "$bytes"; then
            not_ok "$name, tarn as $role" "the stack moved $(counter tcp.bytes-in), $(counter tcp.bytes-out)"
        else
            check "$name, tarn as $role" "$failed: $(tail -n 1 "$WORK/kernel.said")" test -z "$failed"
            note "$bytes bytes each way; sent again: the kernel $(told kernel retrans), tarn" \
                "$(counter tcp.retrans-segs), of these after $(counter tcp.timeouts) timeouts"
        fi
    done
}

# A namespace may use what the kernel's list allows; the list is what it was a moment later, also where
# both families run at once.
kernel_uses() { # CONGESTION-CONTROL
    local allowed=/proc/sys/net/ipv4/tcp_allowed_congestion_control was good
    {
        flock 9
        was=$(cat "$allowed")
        echo "$was $1" > "$allowed"
        kernel_set "tcp_congestion_control=$1"
        good=$?
        echo "$was" > "$allowed"
    } 9< "$0" 2> /dev/null
    return "$good"
}

congestion_controls() {
    local cc
    for cc in reno cubic bbr; do
        kernel_uses "$cc" || { skip "kernel $cc" "this kernel has none" && continue; }
        path_of 2 1000000
        both "kernel $cc, 2 % loss"
    done
    path_of 10 200000
    both "kernel bbr, 10 % loss"
    kernel_set tcp_congestion_control=reno
}

without() {
    path_of 2 300000
    kernel_set tcp_timestamps=0
    both "no timestamps" "said kernel timestamps=0" "said kernel sack=1"
    kernel_set tcp_timestamps=1 tcp_sack=0
    both "no SACK" "said kernel sack=0" "said kernel timestamps=1"
    kernel_set tcp_sack=1 tcp_window_scaling=0
    both "no window scale" "said kernel wscale=0"
    kernel_set tcp_timestamps=0 tcp_sack=0
    both "no options at all" "said kernel timestamps=0" "said kernel sack=0" "said kernel wscale=0"
    kernel_set tcp_timestamps=1 tcp_sack=1 tcp_window_scaling=1
    both "all options" "said kernel timestamps=1" "said kernel sack=1" "said kernel wscale=1"
}

# Asked for by the client, granted by the server; then by nobody.
ecn() {
    path_of 1 300000
    kernel_set tcp_ecn=1
    RUN_OPTIONS=(--set tcp.ecn=1)
    both "ECN" "said kernel ecn=1" "said tarn ecn=1"
    kernel_set tcp_ecn=0
    both "ECN, the kernel has none" "said kernel ecn=0" "said tarn ecn=0"
    kernel_set tcp_ecn=2
    RUN_OPTIONS=()
}

# tarn asks for accurate feedback: of a kernel that falls back, and of one that gives it. Linux 6.18
# refuses tcp_ecn=3, so with it there is nothing to be tried, and nothing to be skipped.
accurate_ecn() {
    path_of 1 300000
    RUN_OPTIONS=(--set tcp.ecn=3)
    kernel_set tcp_ecn=1
    both "AccECN, the kernel has the classic one" "said kernel ecn=1" "said tarn ecn=1"
    if kernel_set tcp_ecn=3; then
        both "AccECN" "said kernel ecn=1" "said tarn ecn=1"
    fi
    kernel_set tcp_ecn=2
    RUN_OPTIONS=()
}

# A peer that offers a subflow is content with plain TCP.
mptcp() {
    local fell
    path_of 1 300000
    in_host sh -c 'echo 1 > /proc/sys/net/mptcp/enabled' 2> /dev/null ||
        { skip "MPTCP" "this kernel has none" && return; }
    KERNEL=(--mptcp)
    both "MPTCP offered and refused"
    KERNEL=()
    fell=$(kernel_counts MPTcpExtMPCapableSYNTX)
    check "the kernel had offered MPTCP" "MPTcpExtMPCapableSYNTX is ${fell:-nothing}" test "${fell:-0}" -gt 0
}

opened_fast() { [ $(($(counter tcp.fastopen-active) + $(counter tcp.fastopen-passive))) -ge "$1" ]; }

# The first connection asks for a cookie, the next have data in their SYN.
fast_open() {
    path_of 0.0001 20000
    TIMES=3
    kernel_set tcp_fastopen=3
    RUN_OPTIONS=(--set tcp.fastopen=3)
    KERNEL=(--fastopen)
    TARN_SIDE=(--fastopen)
    both "fast open" "said kernel syndata=1" "opened_fast 2"
    TIMES=1 KERNEL=() TARN_SIDE=() RUN_OPTIONS=()
}

# Signed with the same key; then with two, which must not come to a connection.
md5() {
    path_of 1 300000
    KERNEL=("--md5=secret,$PROG_IP")
    TARN_SIDE=("--md5=secret,$HOST_IP")
    both "MD5 signatures"
    KERNEL=() TARN_SIDE=()
}

need python3 nstat
set_up
[ "$TARN" != kernel ] || skip_all "the kernel against itself says nothing"
DATA=$WORK/data
congestion_controls
without
ecn
accurate_ecn
mptcp
fast_open
md5
finish
