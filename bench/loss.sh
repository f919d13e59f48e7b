#!/bin/bash
# loss.sh: how long a file takes over a path that loses and reorders, beside the kernel's TCP on the
# same path; CUBIC at every end.
#
#    namespace HOST                        namespace PROG, a bridge              namespace PEER
#    kernel  10.77.0.1  <== tarn wire ==>  w0 --- v0  <------- veth ------->  p0  10.77.0.3  kernel
#                           impaired        `---- t0  10.77.0.2  tarn run
#
# The base is a transfer between HOST and PEER. A round is one transfer of each pair and direction, with
# a seed of its own; what arrives is compared with what was sent. Environment: ROUNDS (default: 5),
# LEVELS (lines of `LOSS% BYTES`), DELAY_MS each way, PAIRS.
cd "$(dirname "$0")/.." || exit 1
BUILD=${BUILD:-$PWD/build}
# shellcheck source=../tests/e2e/lib.sh
. tests/e2e/lib.sh

ROUNDS=${ROUNDS:-5}
LEVELS=${LEVELS:-2 64000000
10 8000000}
DELAY_MS=${DELAY_MS:-1}
PAIRS=${PAIRS:-kernel tarn}
PORT=7100
PEER_IP=10.77.0.3
CC=/proc/sys/net/ipv4/tcp_congestion_control
ALLOWED=/proc/sys/net/ipv4/tcp_allowed_congestion_control

in_peer() { nsenter -t "$PEER_PID" -n -- "$@"; }

# The kernel lets every namespace use what its list of algorithms has; ours goes as it was.
allow_cubic() {
    was_allowed=$(cat "$ALLOWED")
    case " $was_allowed " in *" cubic "*) return ;; esac
    trap 'echo "$was_allowed" > "$ALLOWED"; clean_up' EXIT
    echo "$was_allowed cubic" > "$ALLOWED"
}

path_up() { # LOSS SEED
    in_host "$TARN" wire --link tap:w1 --link tap:w0 --impair \
        "delay=${DELAY_MS}ms,loss=$1%,reorder=2%,seed=$2" > "$WORK/wire.log" 2>&1 &
    wire=$!
    wait_until 10 in_host ip link show w0 && wait_until 10 in_host ip link show w1 || return
    in_host ip link set w0 netns "$PROG_PID"
    in_prog ip link set w0 master br0 up
    in_host ip addr add "$HOST_IP/$BITS" dev w1
    in_host ip link set w1 up
    wait_until 10 in_host ping -q -c 1 -W 1 "$PEER_IP"
}

path_down() {
    kill "$(pgrep -P "$wire")" 2> /dev/null
    wait "$wire" 2> /dev/null
    wait_until 10 path_gone
}

path_gone() { ! in_host ip link show w1 && ! in_prog ip link show w0; }

namespaces() {
    set_up
    hold_namespace
    PEER_PID=$held
    tune_namespace in_prog
    tune_namespace in_peer
    in_host sh -c "echo cubic > $CC"
    in_peer sh -c "echo cubic > $CC"
    in_prog ip link add br0 type bridge
    in_prog ip link set br0 up
    in_prog ip link add v0 type veth peer name p0 netns "$PEER_PID"
    in_prog ip link set v0 master br0 up
    in_peer ip addr add "$PEER_IP/$BITS" dev p0
    in_peer ip link set p0 up
}

# The far end, which waits for one connection, on the kernel or on tarn.
far_end() { # kernel|tarn VERB FILE
    : > "$WORK/far.log"
    if [ "$1" = kernel ]; then
        in_peer timeout 600 "$BIN/flow" "$2" "$ANY" "$PORT" "$3" 2> "$WORK/far.log" &
    else
        rm -f "$WORK/tarn.log"
        in_prog timeout 600 "$TARN" run --link tap:t0 --address "$PROG_IP/$BITS" --cc cubic \
            --stats=json --log "$WORK/tarn.log" -- "$BIN/flow" "$2" "$ANY" "$PORT" "$3" \
            2> "$WORK/far.log" &
    fi
    far=$!
    [ "$1" = kernel ] || wait_until 10 in_prog ip link set t0 master br0 up
    wait_until 10 grep -q listening "$WORK/far.log"
}

# transfer kernel|tarn sends|receives BYTES: seconds on standard output; the far end is what does it.
transfer() {
    local to=$PEER_IP near=get far_verb=serve-put from=$EPOCHREALTIME
    local files=("$WORK/got" "$WORK/data")
    [ "$1" = kernel ] || to=$PROG_IP
    if [ "$2" = receives ]; then near=put far_verb=serve-get files=("$WORK/data" "$WORK/got"); fi
    rm -f "$WORK/got"
    far_end "$1" "$far_verb" "${files[1]}" || { echo "fails: $(cat "$WORK/far.log")" && return 1; }
    from=$EPOCHREALTIME
    in_host timeout 600 "$BIN/flow" "$near" "$to" "$PORT" "${files[0]}" 2> "$WORK/near.log"
    wait "$far"
    python3 -c "print(round($EPOCHREALTIME - $from, 2))"
    same_file "$WORK/data" "$WORK/got" || { echo "differs" && return 1; }
}

# What both kernels counted since the last time.
kernels_count() {
    NSTAT_HISTORY=$WORK/nstat.host in_host nstat
    NSTAT_HISTORY=$WORK/nstat.peer in_peer nstat
}

# What the kernels' counters, and tarn's if it took part, say about the last run.
effort() { # kernel|tarn
    local name
    kernels_count | awk '
        /^(TcpOutSegs|TcpRetransSegs|TcpExtTCPTimeouts|TcpExtTCPDSACKRecv|TcpExtTCPLossProbes) / { n[$1] += $2 }
        END { for (k in n) printf " %s %d", k, n[k] }'
    [ "$1" = tarn ] || return
    echo -n "; tarn:"
    for name in segs-out retrans-segs timeouts fast-recoveries; do
        echo -n " $name $(counter "tcp.$name")"
    done
}

level() { # LOSS BYTES
    local seed pair way took
    make_file "$WORK/data" "$2"
    for seed in $(seq "$ROUNDS"); do
        path_up "$1" "$seed" || { note "no path: $(cat "$WORK/wire.log")" && exit 1; }
        for pair in $PAIRS; do
            for way in sends receives; do
                kernels_count > /dev/null
                took=$(transfer "$pair" "$way" "$2") || { note "$pair $way: $took" && exit 1; }
                echo "$pair $way $1 $took" >> "$WORK/figures"
                note "$1 % of $2 bytes, seed $seed: $pair $way, $took s$(effort "$pair")"
            done
        done
        path_down
    done
}

# Medians, and each round's ratio to the kernel's transfer of the same direction.
table() {
    python3 - "$WORK/figures" << 'END'
import statistics, sys
took = {}
for line in open(sys.argv[1], encoding="utf-8"):
    pair, way, loss, seconds = line.split()
    took.setdefault((loss, way), {}).setdefault(pair, []).append(float(seconds))
print("| loss | tarn | kernel and kernel | tarn and kernel | ratio of medians |\n|---|---|---|---|---|")
for (loss, way), of in took.items():
    shown = [f"{statistics.median(v):.2f} s ({min(v):.2f}..{max(v):.2f})"
             for v in (of.get("kernel", [0]), of.get("tarn", [0]))]
    ratio = statistics.median(of.get("tarn", [0])) / (statistics.median(of.get("kernel", [0])) or 1)
    print(f"| {loss} % | {way} | {shown[0]} | {shown[1]} | {ratio:.2f} |")
END
}

[ "$TARN" != kernel ] || skip_all "needs tarn at any rate"
allow_cubic
namespaces
while read -r loss bytes; do level "$loss" "$bytes"; done <<< "$LEVELS"
table
