#!/bin/bash
# embed.sh: examples/embed.c, the library in a program with a loop of its own, echoes 1 MB.
#
#   HOST: bash, kernel, 10.9.0.1  <-- TAP t0 -->  embed, 10.9.0.2
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

EMBED=$BUILD/examples/embed
BYTES=1000000

echoes() {
    in_host timeout 60 bash -c '
        exec 3<> /dev/tcp/10.9.0.2/7 || exit
        cat "$1/sent" >&3 & head -c "$2" <&3 > "$1/back"' - "$WORK" "$BYTES" &&
        same_file "$WORK/sent" "$WORK/back"
}

[ "$TARN" != kernel ] || skip_all "is of the library alone"
[ -x "$EMBED" ] || skip_all "$EMBED is not built"
set_up
make_file "$WORK/sent" "$BYTES"
host_start "$EMBED" tap:t0
wait_until 10 in_host ip link show t0 || not_ok "embed opens a TAP" "$(host_log)"
in_host ip addr add 10.9.0.1/24 dev t0
in_host ip link set t0 up
check "the library example echoes $BYTES bytes" "$(host_log)" echoes
check "and once more" "$(host_log)" echoes
finish
