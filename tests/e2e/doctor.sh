#!/bin/bash
# doctor.sh: tarn doctor runs with one right removed, and names that right, what refused it, and the
# remedy; the others it finds as it does without the removal. Each removal ends with its process:
# nothing of the machine is changed. Output is TAP.
set -u
cd "$(dirname "$0")/../.." || exit 1
TARN=${TARN:-$PWD/build/tarn}
[ "$(id -u)" -eq 0 ] || { echo "removing a right needs root"; exit 77; }
status=0

# The checks that are not ok, one per line, in a doctor's JSON on standard input.
missing() {
    python3 -c 'import json, sys
print(*[c["name"] for c in json.load(sys.stdin)["checks"] if not c["ok"]], sep="\n")'
}
usual=$("$TARN" doctor --json | missing)

# without RIGHT REFUSED REMEDY COMMAND...: COMMAND runs what follows it without the right.
without() {
    local right=$1 refused=$2 remedy=$3 json text problem=""
    shift 3
    if grep -qx "$right" <<<"$usual"; then
        echo "ok - doctor.without_$right # SKIP this machine lacks the right to begin with"
        return
    fi
    json=$("$@" "$TARN" doctor --json) && problem="exit status 0"
    text=$("$@" "$TARN" doctor)
    [ "$(missing <<<"$json" | sort)" = "$(printf '%s\n' "$usual" "$right" | sed '/^$/d' | sort)" ] ||
        problem="missing: $(missing <<<"$json" | tr '\n' ' ')"
    grep -q "^missing $right " <<<"$text" || problem="the right is not named"
    grep -A 2 "^missing $right " <<<"$text" | grep -q "refused: .*$refused" ||
        problem="what refused it is not named"
    grep -A 2 "^missing $right " <<<"$text" | grep -q "remedy: .*$remedy" ||
        problem="the remedy is not named"
    if [ -z "$problem" ]; then
        echo "ok - doctor.without_$right"
    else
        printf '%s\n' "$text" | sed 's/^/# /'
        echo "not ok - doctor.without_$right: $problem"
        status=1
    fi
}

# A filter under which seccomp() answers EPERM, as in a container with a strict profile.
no_seccomp='import ctypes, os, platform, struct, sys
number = {"x86_64": 317, "aarch64": 277}[platform.machine()]
code = struct.pack("HBBI" * 4, 0x20, 0, 0, 0, 0x15, 0, 1, number, 6, 0, 0, 0x50001, 6, 0, 0, 0x7fff0000)
program = ctypes.create_string_buffer(code)
fprog = struct.pack("HxxxxxxP", 4, ctypes.addressof(program))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, fprog) == 0
os.execv(sys.argv[1], sys.argv[1:])'

without seccomp 'Operation not permitted' 'seccomp=unconfined' python3 -c "$no_seccomp"

# In a mount namespace of its own, /dev/net is empty.
# shellcheck disable=SC2016 # expanded by the inner shell
without tun 'No such file' 'modprobe tun' \
    unshare --mount sh -c 'mount -t tmpfs none /dev/net && exec "$0" "$@"'

# In a user namespace of its own, the count of mount namespaces is 0.
namespaces() {
    # shellcheck disable=SC2016
    unshare --user --map-root-user \
        sh -c 'echo 0 >/proc/sys/user/max_mnt_namespaces && exec "$0" "$@"' "$@"
}
# There root has no power over the machine's network, so the baseline is taken there too.
# shellcheck disable=SC2016
usual=$(unshare --user --map-root-user "$TARN" doctor --json | missing)
without namespaces 'No space left' 'user.max_mnt_namespaces' namespaces
usual=$("$TARN" doctor --json | missing)

without descriptors 'limit of open files is 64' 'ulimit -Hn' prlimit --nofile=64:64
without low-ports 'Permission denied' 'ip_unprivileged_port_start' \
    setpriv --bounding-set -net_bind_service
exit $status
