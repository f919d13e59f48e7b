# shellcheck shell=bash disable=SC2034 # what is defined here is used by the scripts
# lib.sh: what every end-to-end script shares. Source it; do not run it.
#
#    namespace HOST (kernel: servers, peers)          namespace PROG (nothing but the program)
#   +-----------------------------------+            +--------------------------------------+
#   |  sockpeer, nginx, curl ...        |            |  tarn run -- PROGRAM                 |
#   |        kernel TCP/IP, reno        |            |        tarn's TCP/IP                 |
#   |  t0  10.77.0.1/24                 |            |  10.77.0.2/24, gateway 10.77.0.1     |
#   +---|-------------------------------+            +-------------------------------|------+
#       +------------------------------ TAP ------------------------------------------+
#
# With FAMILY=6 the addresses are fd77::1/64 and fd77::2/64, and neither side has one of IPv4: what
# arrives went by IPv6. A script for which that makes sense says `Families: 4 6` in a comment and is
# run once per family; it takes every address from here.
#
# The TAP is opened by tarn in PROG and then moved to HOST, so that the kernel of PROG has no way
# out at all: a byte that arrives went through tarn. With TARN=kernel the wire is a veth pair and
# the program runs on the kernel of PROG: that proves the scripts themselves.
#
# The namespaces are held by processes that die with this script, so nothing is left behind when
# it is killed. Nothing outside them is changed.
#
# Output is TAP without numbers: `ok - NAME`, `not ok - NAME: why`, `ok - NAME # SKIP why`. A script
# that cannot run at all says why and exits with 77.
#
# Environment: BUILD (default: build), TARN (default: $BUILD/tarn), FAMILY (4 or 6; default: 4), KEEP
# (keep the scratch folder).

set -u
E2E=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$E2E/../.." && pwd)
BUILD=${BUILD:-$ROOT/build}
TARN=${TARN:-$BUILD/tarn}
BIN=$BUILD/tests/e2e
FAMILY=${FAMILY:-4}
PORT=7000
failures=0
runs=0
LINK_OPTIONS=() # after --link URI: --impair, --pcap ...
RUN_OPTIONS=()  # other options of tarn run
VIA=tap         # how the program reaches the world: tap, slirp; kernel with TARN=kernel
RUN_LIMIT=120   # seconds; a watchdog of ten times the expected

case $FAMILY in
4)
    HOST_IP=10.77.0.1 PROG_IP=10.77.0.2 BITS=24
    BLACK_HOLE=10.99.99.99 NO_NEIGHBOUR=10.77.0.77
    ANY=0.0.0.0 LOOPBACK=127.0.0.1 SLIRP_HOST=10.0.2.2
    NO_CHECK=
    SAID=
    ;;
6)
    HOST_IP=fd77::1 PROG_IP=fd77::2 BITS=64
    BLACK_HOLE=fd99::99 NO_NEIGHBOUR=fd77::77
    ANY=:: LOOPBACK=::1 SLIRP_HOST=fec0::2
    NO_CHECK=,nodad # the peer is not there yet, and its kernel would not answer
    SAID=" (IPv6)"  # ends the name of every test
    ;;
*)
    echo "FAMILY=$FAMILY: not 4 or 6"
    exit 2
    ;;
esac
TAP_OPTIONS=(--address "$PROG_IP/$BITS$NO_CHECK" --gateway "$HOST_IP") # of the runs of VIA=tap

# An address where a port follows: that of IPv6 in brackets.
at() { # ADDRESS
    case $1 in *:*) echo "[$1]" ;; *) echo "$1" ;; esac
}

ok() { echo "ok - $1$SAID"; }

not_ok() { # NAME WHY
    echo "not ok - $1$SAID: $2"
    failures=$((failures + 1))
}

skip() { echo "ok - $1$SAID # SKIP $2"; }

# Ends the script: a right or a tool is missing.
skip_all() {
    note "$1"
    exit 77
}

note() { echo "# $*"; }

# check NAME WHY COMMAND...: ok when the command succeeds.
check() {
    local name=$1 why=$2
    shift 2
    if "$@"; then ok "$name"; else not_ok "$name" "$why"; fi
}

need() { # TOOL...
    local tool
    for tool in "$@"; do
        command -v "$tool" > /dev/null || skip_all "$tool is not installed"
    done
}

# wait_until SECONDS COMMAND...: polls the command; fails when the time is over.
wait_until() {
    local end=$((SECONDS + $1))
    shift
    until "$@" > /dev/null 2>&1; do
        [ "$SECONDS" -ge "$end" ] && return 1
        sleep 0.02
    done
}

sum_of() { sha256sum < "$1" | cut -d' ' -f1; }

same_file() { cmp -s "$1" "$2"; }

# make_file PATH BYTES: random content.
make_file() { head -c "$2" /dev/urandom > "$1"; }

in_host() { nsenter -t "$HOST_PID" -n -- "$@"; }
in_prog() { nsenter -t "$PROG_PID" -n -- "$@"; }

# host_start COMMAND...: a server in HOST that dies with the script; its process is $host_job, its
# output is printed by host_log. It must listen on any address: HOST has none before tarn does. Do
# not call it in a subshell.
host_start() {
    started=$((started + 1))
    (exec nsenter -t "$HOST_PID" -n -- setpriv --pdeathsig KILL "$@") \
        > "$WORK/host.$started.log" 2>&1 < /dev/null &
    host_job=$!
    pids+=("$host_job")
}

host_log() { cat "$WORK/host.$started.log"; }

# stop PID: ends a background job started here, and waits for it.
stop() {
    kill "$1" 2> /dev/null
    wait "$1" 2> /dev/null
}

host_listens() { # PORT
    in_host ss -Hltn "sport = :$1" | grep -q .
}

# Waits for the server that host_start began last.
host_serves() { # PORT
    wait_until 10 host_listens "$1" && return
    not_ok "a server on port $1 of HOST" "$(host_log)"
    finish
}

# The program's server takes a connection from HOST and keeps it for a moment: slirp takes one and
# drops it when the program is not there yet.
answers() { # ADDRESS PORT
    in_host bash -c "exec 3<> /dev/tcp/$1/$2 && { read -r -t 0.2 -u 3; [ \$? -gt 128 ]; }" 2> /dev/null
}

hold_namespace() {
    unshare -n setpriv --pdeathsig KILL sleep 86400 &
    pids+=($!)
    held=$!
    wait_until 5 is_apart "$held" || skip_all "network namespaces cannot be made"
}

is_apart() {
    [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ] &&
        [ "$(cat "/proc/$1/comm")" = sleep ]
}

# Reno, one family, ports for many connections. A kernel that has IPv6 is quiet and checks no
# address of its own: tarn's neighbour is there at once.
tune_namespace() { # RUNNER
    # Expanded by the inner shell.
    # shellcheck disable=SC2016
    "$1" sh -c '
        cd /proc/sys/net
        echo reno > ipv4/tcp_congestion_control
        echo 1 > ipv4/tcp_tw_reuse
        echo "10000 65535" > ipv4/ip_local_port_range
        echo "$1" > ipv6/conf/default/disable_ipv6
        echo 0 > ipv6/conf/default/accept_dad
        echo 0 > ipv6/conf/default/router_solicitations' - "$((FAMILY == 4))" 2> /dev/null
    "$1" ip link set lo up
}

set_up() {
    [ "$(id -u)" = 0 ] || skip_all "needs root for network namespaces and TAP"
    [ "$TARN" = kernel ] || [ -x "$TARN" ] || skip_all "$TARN is not built"
    [ "$TARN" = kernel ] || [ -c /dev/net/tun ] || skip_all "no /dev/net/tun"
    WORK=$(mktemp -d "${TMPDIR:-/tmp}/tarn-e2e.XXXXXX")
    trap clean_up EXIT
    trap 'exit 130' INT TERM HUP
    hold_namespace
    HOST_PID=$held
    hold_namespace
    PROG_PID=$held
    tune_namespace in_host
    # A kernel that does not route drops IPv4 without a word, but tells of IPv6 that it has no route.
    [ "$FAMILY" = 4 ] || in_host ip -6 route add blackhole "$BLACK_HOLE"
    if [ "$TARN" = kernel ]; then VIA=kernel; fi
    if [ "$TARN" = kernel ]; then join_by_veth; fi
}

join_by_veth() {
    tune_namespace in_prog
    in_host ip link add t0 type veth peer name p0 netns "$PROG_PID"
    host_address
    in_prog ip addr add "$PROG_IP/$BITS" dev p0
    in_prog ip link set p0 txqueuelen 10000 up
    in_prog ip route add default via "$HOST_IP"
}

host_address() {
    in_host ip addr add "$HOST_IP/$BITS" dev t0
    in_host ip link set t0 txqueuelen 10000 up
}

# inhabitants PID: the processes of a namespace that this script made.
inhabitants() {
    pgrep --ns "$1" --nslist net .
}

clean_up() {
    local pid
    exec 2> /dev/null # the shell tells of every child that is killed
    for pid in $(inhabitants "$PROG_PID") $(inhabitants "$HOST_PID") "${pids[@]}"; do
        kill -9 "$pid" 2> /dev/null
    done
    wait 2> /dev/null
    if [ -n "${KEEP:-}" ]; then note "kept $WORK"; else rm -rf "$WORK"; fi
}

finish() {
    [ "$failures" = 0 ]
    exit
}

# Moves the TAP of the run to HOST, addresses it, and opens the program's gate.
attach_tap() { # GATE
    wait_until 20 in_prog ip link show t0 || return
    in_prog ip link set t0 netns "$HOST_PID"
    host_address
    : > "$1"
}

# The command that a run begins with: everything before the program.
tarn_run() {
    local tail=("${LINK_OPTIONS[@]}" "${RUN_OPTIONS[@]}" --stats=json --log "$WORK/tarn.log" --)
    case $VIA in
    tap) in_prog timeout -k 5 "$RUN_LIMIT" "$TARN" run --link tap:t0 "${TAP_OPTIONS[@]}" \
        "${tail[@]}" "$@" ;;
    slirp) in_host timeout -k 5 "$RUN_LIMIT" "$TARN" run --link slirp "${tail[@]}" "$@" ;;
    kernel) in_prog timeout -k 5 "$RUN_LIMIT" "$@" ;;
    esac
}

# run_gated STOP PROGRAM [ARG]...: runs the program as VIA says, behind a gate.
run_gated() {
    local stop=$1 gate mover status
    shift
    runs=$((runs + 1))
    gate=$WORK/gate.$BASHPID.$runs
    rm -f "$WORK/tarn.log"
    if [ "$VIA" = tap ]; then attach_tap "$gate" & else : > "$gate"; fi
    mover=$!
    tarn_run "$E2E/gate" "$gate" "$stop" "$@"
    status=$?
    [ "$VIA" != tap ] || wait "$mover" 2> /dev/null
    rm -f "$gate"
    return "$status"
}

# run_program PROGRAM [ARG]...: runs it under tarn, bounded in time. The stack's statistics and
# messages are in $WORK/tarn.log afterwards.
run_program() { run_gated - "$@"; }

# serve_start PROGRAM [ARG]...: the same in the background, until serve_stop.
serve_start() {
    served=$((served + 1))
    stop_file=$WORK/stop.$served
    rm -f "$stop_file"
    : > "$WORK/serve.log" # now: the job below begins later
    run_gated "$stop_file" "$@" > "$WORK/serve.log" 2>&1 < /dev/null &
    serve_job=$!
    pids+=("$serve_job")
}

serve_stop() {
    : > "$stop_file"
    wait "$serve_job" 2> /dev/null
}

# Services are programs on the library: they have no kernel socket, so they and their peers share
# HOST, and the TAP between them is there before both. With FAMILY=6 both families are on it.
service_link() {
    in_host ip tuntap add dev t0 mode tap
    host_address
    [ "$FAMILY" = 4 ] || in_host ip addr add 10.77.0.1/24 dev t0
}

# service NAME [KEY=VALUE]...: runs it; its reports are in $WORK/service.out.
service() {
    (exec nsenter -t "$HOST_PID" -n -- timeout -k 5 "$RUN_LIMIT" "$BIN/service" "$@") \
        > "$WORK/service.out" 2> "$WORK/service.err"
}

# The same in the background, with $service_job; service_stop lets it say goodbye.
service_start() {
    : > "$WORK/service.out"
    (exec nsenter -t "$HOST_PID" -n -- setpriv --pdeathsig KILL "$BIN/service" "$@") \
        > "$WORK/service.out" 2> "$WORK/service.err" < /dev/null &
    service_job=$!
    pids+=("$service_job")
}

service_stop() { stop "$service_job"; }

service_said() { tr '\n' ' ' < "$WORK/service.out"; cat "$WORK/service.err"; }

# The process that holds the stack of the program that runs.
stack_pid() { pgrep -o -x tarn --ns "$PROG_PID" --nslist net; }

# counter NAME: the number under that key anywhere in the last run's statistics (summed).
counter() {
    python3 "$E2E/counter.py" "$WORK/tarn.log" "$1"
}

# grew NAME BYTES: the stack's own counter shows at least that many.
grew() {
    [ "$TARN" = kernel ] || [ "$(counter "$1")" -ge "$2" ]
}

pids=()
held=   # the namespace made last, as a process that holds it
started=0
served=0
