#!/bin/bash
# fastopen.sh: unmodified programs and TCP fast open (RFC 7413) against the kernel's: the first
# transfer brings the cookie, the next ones have their request in the SYN.
#
#   HOST: fastserve.py 10.77.0.1:7777  <-- TAP -->  curl --tcp-fastopen : PROG
#   HOST: curl --tcp-fastopen          <-- TAP -->  fastserve.py 10.77.0.2:7777 : PROG
#
# Families: 4 6
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

PORT=7777
TIMES=4
RUN_OPTIONS=(--set tcp.fastopen=3)

kernel_count() { in_host nstat -asz "$1" | awk -v name="$1" '$1 == name { print $2 }'; }

# A script: URL TIMES FILE COPY, transfers of one connection each; `good` for each that is as the file.
cat_fetch() {
    cat << 'SCRIPT'
for i in $(seq "$2"); do
    curl -sS --globoff --tcp-fastopen -o "$4" "$1" && cmp -s "$3" "$4" && echo good
done
SCRIPT
}

by_program() {
    host_start python3 "$E2E/prog/fastserve.py" "$ANY" "$PORT" "$WORK/www"
    host_serves "$PORT"
    run_program sh "$WORK/fetch" "http://$(at "$HOST_IP"):$PORT/file" "$TIMES" "$WORK/www/file" \
        "$WORK/got" > "$WORK/fetched" 2>&1
    check "$TIMES transfers by curl" "$(tail -n 1 "$WORK/fetched")" \
        [ "$(grep -c good "$WORK/fetched")" = "$TIMES" ]
    check "all but the first have their request in the SYN" \
        "the stack counts $(counter tcp.fastopen-active), the kernel $(kernel_count TcpExtTCPFastOpenPassive)" \
        [ "$(counter tcp.fastopen-active) $(kernel_count TcpExtTCPFastOpenPassive)" = \
        "$((TIMES - 1)) $((TIMES - 1))" ]
}

to_program() {
    serve_start python3 "$E2E/prog/fastserve.py" "$ANY" "$PORT" "$WORK/www"
    wait_until 20 answers "$PROG_IP" "$PORT"
    in_host sh "$WORK/fetch" "http://$(at "$PROG_IP"):$PORT/file" "$TIMES" "$WORK/www/file" \
        "$WORK/got" > "$WORK/fetched" 2>&1
    serve_stop
    check "$TIMES transfers from a program" "$(tail -n 1 "$WORK/fetched")" \
        [ "$(grep -c good "$WORK/fetched")" = "$TIMES" ]
    check "all but the first are answered at the SYN" "the stack counts $(counter tcp.fastopen-passive)" \
        [ "$(counter tcp.fastopen-passive)" = "$((TIMES - 1))" ]
}

need curl python3 nstat
set_up
[ "$TARN" != kernel ] || skip_all "the kernel against itself says nothing"
in_host sh -c 'echo 3 > /proc/sys/net/ipv4/tcp_fastopen' 2> /dev/null || skip_all "this kernel has no fast open"
mkdir "$WORK/www"
make_file "$WORK/www/file" 300000
cat_fetch > "$WORK/fetch"
by_program
to_program
finish
