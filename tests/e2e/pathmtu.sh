#!/bin/bash
# pathmtu.sh: the path becomes narrower in mid-transfer, or is so from the beginning, behind a kernel
# that routes; with its ICMP errors, and without (a black hole). No transfer stalls.
#
#   FAR: flow 10.78.0.2:7100  <-- veth -->  HOST routes  <-- TAP -->  flow put 10.77.0.2 : PROG
#
# Families: 4 6, side by side
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=router.sh
. "$E2E/router.sh"

BYTES=4000000
NARROW=1280
STALL=25 # seconds: detecting a black hole takes some timeouts, not more

silence() { # the router's errors are lost
    in_host nft -f - << END
table inet silence {
    chain out {
        type filter hook output priority 0; policy accept;
        icmp type destination-unreachable drop
        icmpv6 type packet-too-big drop
    }
}
END
}

speak() { in_host nft delete table inet silence; }

# Bytes of payload that the connection of the last run put into a packet at its end.
segment() { counter snd_mss; }

# sends NAME CHANGE...: tarn sends; the change comes when a megabyte has arrived.
sends() {
    local name=$1 began=$SECONDS
    shift
    rm -f "$WORK/got"
    far_start "$BIN/flow" serve-get "$ANY" "$FLOW" "$WORK/got"
    wait_until 10 far_serves
    { wait_until 30 larger "$WORK/got" 1000000 && "$@"; } &
    run_program "$BIN/flow" put "$FAR_IP" "$FLOW" "$WORK/data" > "$WORK/client.log" 2>&1
    verdict "$name" $((SECONDS - began))
    [ -z "${VERBOSE:-}" ] || note "$((SECONDS - began)) s, $(segment) bytes a segment"
    kill "$far_job" 2> /dev/null
    path_mtu 1500
}

verdict() { # NAME SECONDS
    if ! wait_until 5 same_file "$WORK/data" "$WORK/got"; then
        not_ok "$1" "$(stat -c %s "$WORK/got" 2> /dev/null) bytes: $(tail -n 1 "$WORK/client.log")"
    elif [ "$2" -gt "$STALL" ]; then
        not_ok "$1" "it took $2 s"
    elif [ "$TARN" != kernel ] && [ "$(segment)" -ge "$NARROW" ]; then
        not_ok "$1" "segments of $(segment) bytes at the end"
    else
        ok "$1"
    fi
}

need nft
RUN_LIMIT=90
set_up
set_up_far
make_file "$WORK/data" "$BYTES"
LINK_OPTIONS=(--impair "rate=20Mbit,queue=1000")
sends "the path narrows in mid-transfer" path_mtu "$NARROW"
path_mtu "$NARROW"
sends "the path is narrow from the beginning" true
silence
sends "it narrows, and no error tells of it" path_mtu "$NARROW"
path_mtu "$NARROW"
sends "it is narrow, and no error tells of it" true
speak
finish
