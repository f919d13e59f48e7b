#!/bin/bash
# doctor.sh: `tarn doctor` with everything there says so; in four namespaces with one right removed
# each, it names that right and a remedy, and misses nothing else.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

[ "$(id -u)" = 0 ] || skip_all "needs root to remove rights one at a time"
[ -x "$TARN" ] || skip_all "$TARN is not built"
need jq
WORK=$(mktemp -d "${TMPDIR:-/tmp}/tarn-e2e.XXXXXX")
trap 'rm -rf "$WORK"' EXIT

# What `tarn doctor` misses now, in this shell's place.
"$TARN" doctor --json > "$WORK/all.json"
base=$(jq -r '[.checks[] | select(.ok | not) | .name] | join(" ")' "$WORK/all.json")

# without NAME WORD COMMAND...: the doctor, run by the command, misses NAME, and the remedy has WORD.
without() {
    local name=$1 word=$2 missing remedy
    shift 2
    if [[ " $base " == *" $name "* ]]; then
        skip "doctor without $name" "this machine has not got it"
        return
    fi
    timeout 20 "$@" "$TARN" doctor --json > "$WORK/one.json" 2> "$WORK/err"
    missing=$(jq -r '[.checks[] | select(.ok | not) | .name] | join(" ")' "$WORK/one.json")
    remedy=$(jq -r --arg n "$name" '.checks[] | select(.name == $n) | .remedy' "$WORK/one.json")
    if [ "$missing" != "$(echo "$base $name" | xargs)" ]; then
        not_ok "doctor without $name" "missing: '$missing' $(head -n 1 "$WORK/err")"
    elif [[ $remedy != *$word* ]]; then
        not_ok "doctor without $name" "remedy: $remedy"
    else
        ok "doctor without $name"
    fi
}

is_object() { jq -e '.checks | length > 5' "$WORK/all.json" > /dev/null; }

check "doctor prints one JSON object" "$(head -c 200 "$WORK/all.json")" is_object
without tun tun unshare -m sh -c 'mount -t tmpfs none /dev/net && exec "$@"' -
without namespaces max_mnt_namespaces unshare -U -r -n sh -c \
    'echo 0 > /proc/sys/user/max_mnt_namespaces && exec "$@"' -
without descriptors ulimit prlimit --nofile=256:256
without low-ports ip_unprivileged_port_start unshare -n setpriv --bounding-set=-net_bind_service \
    --inh-caps=-net_bind_service
finish
