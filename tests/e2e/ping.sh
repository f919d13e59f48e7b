#!/bin/bash
# ping.sh: stock ping, and arping or ndisc6, on the kernel ask tarn: 1,000 of 1,000 answered at every
# size, the large ones in fragments both ways. And programs under tarn need not be busy for it.
#
#   HOST: ping, arping, ndisc6 10.77.0.1  <-- TAP -->  tarn 10.77.0.2, running `sleep` : PROG
#
# Families: 4 6
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

COUNT=1000

# One more is asked than counted: for the answer to the last ping waits only twice the longest round
# trip, or 2 ms where the payload is too short to carry a time.
answered() { # SIZE
    in_host ping -n -i 0.002 -W 5 -c $((COUNT + 1)) -s "$1" "$PROG_IP" > "$WORK/ping.log" 2>&1
    [ "$(grep -oE 'icmp_seq=[0-9]+' "$WORK/ping.log" | sort -u |
        grep -vcx "icmp_seq=$((COUNT + 1))")" = "$COUNT" ]
}

arping_answered() {
    in_host arping -q -W 0.005 -C "$COUNT" -c $((COUNT + 5)) -I t0 "$PROG_IP" \
        > "$WORK/neighbour.log" 2>&1
}

# One question per process: it sends another only when a second has gone without an answer.
ndisc6_answered() {
    # Expanded by the inner shell.
    # shellcheck disable=SC2016
    in_host sh -c 'i=0; while [ $i -lt "$0" ]; do i=$((i + 1))
        ndisc6 -q -1 -r 1 -w 1000 "$1" t0 || { echo "question $i"; exit 1; }
        done' "$COUNT" "$PROG_IP" > "$WORK/neighbour.log" 2>&1
}

if [ "$FAMILY" = 4 ]; then NEIGHBOUR=arping; else NEIGHBOUR=ndisc6; fi
need ping "$NEIGHBOUR"
set_up
serve_start sleep 300
wait_until 20 in_host ping -q -c 1 -W 1 "$PROG_IP" || not_ok "ping" "no first answer"
for size in 0 64 1472 8000 60000; do
    if answered "$size"; then ok "ping, $size bytes, $COUNT of $COUNT"; else
        not_ok "ping, $size bytes" "$(grep transmitted "$WORK/ping.log")"
    fi
done
check "$NEIGHBOUR, $COUNT of $COUNT" "$(tail -n 1 "$WORK/neighbour.log" 2> /dev/null)" \
    "${NEIGHBOUR}_answered"
serve_stop
if [ "$VIA" = tap ]; then
    check "the stack counted the echoes" "icmp.in is $(counter icmp.in)" grew icmp.in $((5 * COUNT))
    check "fragments were made and put together" "ip.reassembled is $(counter ip.reassembled)" \
        grew ip.reassembled $((2 * COUNT))
fi
finish
