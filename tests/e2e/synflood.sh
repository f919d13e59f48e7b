#!/bin/bash
# synflood.sh: a program under tarn takes connections while SYNs from 130,000 addresses that do not
# exist flood it: the stack keeps nothing for them, and a client of the kernel's connects as before.
#
#   HOST: synflood, kernel clients  <-- TAP -->  churn serve 10.77.0.2:8500 : PROG
#
# Families: 4 6
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

PORT=8500
RATE=60000 # asked for; at least 50,000 a second must be reached
LEAST=50000
FLOOD_S=8
CLIENTS=20
RUN_LIMIT=120

# Milliseconds of connect() to the program, CLIENTS times; a client gives up after ten seconds.
connect_times() {
    in_host python3 - "$PROG_IP" "$PORT" "$CLIENTS" << 'PYTHON'
import socket
import sys
import time

address, port, times = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
for _ in range(times):
    begin = time.monotonic()
    with socket.create_connection((address, port), timeout=10):
        print(round((time.monotonic() - begin) * 1000, 1))
    time.sleep(0.1)
PYTHON
}

resident_kb() { awk '/^VmRSS/ { print $2 }' "/proc/$(stack_pid)/status"; }

mac_of_program() { in_host ip neigh show "$PROG_IP" dev t0 | sed -n 's/.*lladdr \([0-9a-f:]*\).*/\1/p'; }

need python3
set_up
[ "$TARN" != kernel ] || skip_all "the kernel's own cookies are not of interest"
serve_start "$BIN/churn" serve "$ANY" "$PORT"
wait_until 20 in_host "$BIN/churn" serial 1 "$PROG_IP" "$PORT"
mac=$(mac_of_program)

in_host "$BIN/synflood" t0 "$mac" "$PROG_IP" "$PORT" "$RATE" 1 > /dev/null # whatever grows once
sleep 0.5
before=$(resident_kb)
in_host "$BIN/synflood" t0 "$mac" "$PROG_IP" "$PORT" "$RATE" "$FLOOD_S" > "$WORK/flood.log" 2>&1 &
flood_job=$!
sleep 1
connect_times > "$WORK/times" 2> "$WORK/times.err"
wait "$flood_job"
after=$(resident_kb)
serve_stop

rate=$(sed -n 's/.* rate //p' "$WORK/flood.log")
check "the generator reaches $LEAST SYNs a second" "$(cat "$WORK/flood.log")" [ "${rate:-0}" -ge "$LEAST" ]
note "$(cat "$WORK/flood.log")"
check "$CLIENTS clients connect during the flood" "$(tail -n 1 "$WORK/times.err")" \
    [ "$(wc -l < "$WORK/times")" = "$CLIENTS" ]
slowest=$(sort -n "$WORK/times" | tail -n 1)
note "connect took $(sort -n "$WORK/times" | sed -n "$((CLIENTS / 2))p") ms in the median, $slowest ms at most"
check "memory stays flat" "$before kB before the flood, $after kB after it" \
    [ "$((after - before))" -lt 1024 ]
note "$before kB resident before the flood, $after kB after it"
cookies=$(counter tcp.syncookies-sent)
check "the stack answers by cookies" "only $cookies" [ "$cookies" -gt "$((rate * FLOOD_S / 10))" ]
note "cookies: $cookies sent, $(counter tcp.syncookies-received) came back," \
    "$(counter tcp.syncookies-failed) were none of ours"
check "nothing is left" "$(counter held.sockets) sockets" [ "$(counter held.sockets)" = 0 ]
finish
