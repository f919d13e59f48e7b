#!/bin/bash
# sockconf.sh: one binary makes some 310 socket behaviours happen on the kernel and under tarn, in
# the family that FAMILY says; the outputs are compared line by line. A difference passes only when
# docs/programs.md has a row for it, and a row passes only when the difference is there.
#
#   HOST: sockpeer 10.77.0.1:7000  <-- veth, then TAP -->  sockconf 10.77.0.2 : PROG
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

args=("$HOST_IP" "$PORT" "$PROG_IP" "$BLACK_HOLE" "$NO_NEIGHBOUR")
RUN_LIMIT=600

# Names in the first column of the table of differences: of both families, or of this one.
listed() {
    sed -n "/<!-- sockconf -->/,/^\$/{
        s/^| \`\([a-z_0-9]*\)\` |.*/\1/p
        s/^| \`\([a-z_0-9]*\)\` (IPv$FAMILY) |.*/\1/p
    }" "$ROOT/docs/programs.md" 2> /dev/null
}

run_conf() { # OUTPUT
    host_start "$BIN/sockpeer" "$ANY" "$PORT"
    host_serves "$PORT"
    in_prog sh -c 'echo 0 2147483647 > /proc/sys/net/ipv4/ping_group_range' # as tarn has it
    in_host ip "-$FAMILY" route replace blackhole "$BLACK_HOLE" # and no ICMP error either
    run_program "$BIN/sockconf" "${only[@]}" "${args[@]}" > "$1"
}

# The kernel's run needs namespaces of its own: this script again, in a shell of its own.
kernel_run() {
    TARN=kernel "$0" --print "${only[@]}"
}

compare() { # KERNEL TARN
    local name kernel tarn
    while IFS=: read -r name kernel; do
        tarn=$(sed -n "s/^$name://p" "$2")
        if listed | grep -qx "$name"; then
            if [ "$kernel" != "$tarn" ]; then ok "sockconf_$name (listed difference)"; else
                not_ok "sockconf_$name" "docs/programs.md lists a difference that is not there"
            fi
        elif [ "$kernel" = "$tarn" ]; then ok "sockconf_$name"; else
            not_ok "sockconf_$name" "kernel:$kernel | tarn:$tarn"
        fi
    done < "$1"
}

print=
if [ "${1:-}" = --print ]; then
    print=1
    shift
fi
only=("$@")
set_up
if [ -n "$print" ]; then
    run_conf /dev/stdout
    exit
fi
kernel_run > "$WORK/kernel.txt"
run_conf "$WORK/tarn.txt"
compare "$WORK/kernel.txt" "$WORK/tarn.txt"
finish
