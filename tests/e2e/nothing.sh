#!/bin/bash
# nothing.sh: tarn changes nothing on the machine. Mounts, links, addresses, rules, routes, firewall,
# sysctls, files and processes are the same before and after a run, also when it is ended by kill -9.
#
# Everything happens in mount and network namespaces of this script, with fresh /tmp, /run, /var/tmp
# and home: what other programs of the machine do meanwhile is not mistaken for tarn's doing.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

if [ -z "${NOTHING_INSIDE:-}" ]; then
    [ "$(id -u)" = 0 ] || skip_all "needs root for namespaces"
    [ -x "$TARN" ] || skip_all "$TARN is not built"
    export NOTHING_INSIDE=1 TARN BUILD
    exec unshare -m -n -p -f --mount-proc --propagation private "$0"
fi

WORK=$(mktemp -d /dev/shm/tarn-e2e.XXXXXX)
trap 'rm -rf "$WORK"' EXIT
homes=(/run /var/tmp)
export HOME=/run/home XDG_RUNTIME_DIR=/run
# The build may lie below /tmp: only places that no build lies in are covered.
case $TARN in /tmp/*) ;; *) homes+=(/tmp) ;; esac
for place in "${homes[@]}"; do mount -t tmpfs none "$place"; done
mkdir "$HOME"
ip link set lo up

# All that could change, as text.
snapshot() {
    echo "== mounts" && cat /proc/self/mountinfo
    echo "== links" && ip -o link && ip -o addr
    echo "== routes" && ip route show table all && ip rule
    echo "== neighbours" && ip neigh
    echo "== firewall" && nft list ruleset 2>&1
    echo "== sysctls" && sysctl -a 2> /dev/null | grep -vE "$volatile" | sort
    echo "== files" && find "${homes[@]}" /etc /dev -xdev ! -path '/dev/shm/*' ! -path '/dev/pts/*' \
        -printf '%p %y %m %s %T@ %l\n' 2> /dev/null | grep -vE "$moving" | sort
    echo "== processes" && ps -e -o comm= | grep -vE '^(ps|grep|sort|nothing|bash|sed|cat)' | sort
    echo "== shared memory" && cat /proc/sysvipc/shm && ls /dev/mqueue 2> /dev/null
}

# What changes by itself.
volatile='^(fs\.(dentry-state|inode|file-nr|quota)|kernel\.(random|ns_last_pid|pty|sched_|hung_task)|'
volatile+='net\.netfilter\.nf_conntrack_count|vm\.(drop|stat)|kernel\.tainted|dev\.cdrom)'
moving='^/dev (|/.*)d |^/dev/(ptmx|pts|tty|null|zero|urandom|random|full)'

unchanged() { # NAME
    snapshot > "$WORK/after"
    if diff -u "$WORK/before" "$WORK/after" > "$WORK/diff"; then ok "nothing is changed by $1"; else
        not_ok "nothing is changed by $1" "$(grep -m 3 '^[-+][^-+]' "$WORK/diff" | tr '\n' ' ')"
    fi
}

tap=(--link tap:t0 --address 10.77.0.2/24)

# ran NAME COMMAND...: it succeeds, and nothing is changed afterwards.
ran() {
    local name=$1
    shift
    if timeout 60 "$@" > "$WORK/out" 2>&1; then unchanged "$name"; else
        not_ok "nothing is changed by $name" "exit $?: $(tail -n 1 "$WORK/out")"
    fi
}

killed() { # NAME OPTION...
    local name=$1 pid
    shift
    "$TARN" run "$@" -- sleep 30 > /dev/null 2>&1 &
    pid=$!
    sleep 0.7
    if ! kill -9 "$pid" 2> /dev/null; then
        not_ok "nothing is changed by $name, ended by kill -9" "it ended before"
        return
    fi
    wait "$pid" 2> /dev/null
    pkill -x sleep # the program lives on, without a network
    wait_until 10 alone
    unchanged "$name, ended by kill -9"
}

# No process of a run is left.
alone() { ! pgrep -x 'tarn|sleep' > /dev/null; }

snapshot > "$WORK/before"
snapshot > "$WORK/after"
cmp -s "$WORK/before" "$WORK/after" || note "this machine changes by itself"
ran "tarn doctor" "$TARN" doctor
ran "tarn run --link none" "$TARN" run --link none -- cat /etc/resolv.conf /etc/hosts
ran "tarn run --link tap" "$TARN" run "${tap[@]}" -- sleep 0.3
ran "tarn run, slirp" "$TARN" run -- sleep 0.3
ran "tarn demo" "$TARN" demo
killed "tarn run --link tap" "${tap[@]}"
killed "tarn run, slirp"
finish
