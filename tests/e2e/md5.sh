#!/bin/bash
# md5.sh: signed connections (RFC 2385) between tarn and a Linux kernel, each in both roles; strangers
# get no answer.
#
# Families: 4 6
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

BYTES=300000
SIGNED=$E2E/prog/signed.py

kernel_signs() {
    in_host python3 "$SIGNED" try "$HOST_IP" 7000 key 1 > /dev/null 2>&1
}

# opens NAME WANT TARNS-KEY KERNELS-KEY [BITS]: tarn connects. What both say is WANT.
opens() {
    local name=$1 want=$2
    host_start python3 "$SIGNED" serve "$PROG_IP" "$PORT" "$4" "$BYTES"
    host_serves "$PORT"
    run_program python3 "$SIGNED" connect "$HOST_IP" "$PORT" "$3" "$BYTES" > "$WORK/client.log" 2>&1
    wait "$host_job"
    verdict "$name" "$want" "$(cat "$WORK/client.log")" "$(host_log)"
}

# takes NAME WANT TARNS-KEY KERNELS-KEY BITS: the kernel connects; tarn's key is for a prefix.
takes() {
    local name=$1 want=$2
    serve_start python3 "$SIGNED" serve "$HOST_IP" "$PORT" "$3" "$BYTES" "$5"
    wait_until 20 in_host ping -q -c 1 -W 1 "$PROG_IP" || not_ok "$name" "no ping"
    sleep 1 # until it listens: a connection to ask with would be the one that it takes
    in_host timeout 20 python3 "$SIGNED" connect "$PROG_IP" "$PORT" "$4" "$BYTES" \
        > "$WORK/client.log" 2>&1
    wait "$serve_job"
    verdict "$name" "$want" "$(cat "$WORK/client.log")" "$(cat "$WORK/serve.log")"
}

verdict() { # NAME WANT CLIENT SERVER
    if [ "$3 $4" = "$2 $2" ]; then ok "$1"; else not_ok "$1" "client: $3; server: $4"; fi
}

dropped() { # NAME ROW
    [ "$TARN" = kernel ] || check "$1" "the stack counted none" grew "$2" 1
}

need python3 ping
set_up
PORT=7000
case $FAMILY in 4) ALL=32 SOME=8 ;; 6) ALL=128 SOME=16 ;; esac
[ "$TARN" != kernel ] || VIA=kernel
kernel_signs || skip_all "this kernel has no TCP_MD5SIG"
opens "tarn opens a signed connection" same secret secret
opens "tarn opens with another key" TimeoutError secret other
opens "tarn opens without a key" TimeoutError - other
takes "tarn takes a signed connection" same secret secret "$ALL"
takes "tarn takes one by the key of a prefix" same secret secret "$SOME"
takes "tarn takes none that has another key" TimeoutError secret other "$ALL"
dropped "and counts what it does not take" tcp.md5-wrong
takes "tarn takes none that has no key" TimeoutError secret - "$ALL"
dropped "and counts them" tcp.md5-missing
finish
