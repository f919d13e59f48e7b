#!/bin/bash
# names.sh: name resolution goes through the stack: libc's own resolver, musl's in a static program,
# Go's; by UDP, by TCP when the answer was cut short; host.tarn is this machine.
#
#   HOST: dns.py 10.77.0.1:53  <-- TAP -->  resolve, goflow 10.77.0.2 : PROG
#
# Families: 4 6
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# The kernel's run needs the resolver's file that tarn gives to a program by itself.
with_resolver() {
    if [ "$TARN" != kernel ]; then
        run_program "$@"
    else
        # Expanded by the inner shell.
        # shellcheck disable=SC2016
        run_program unshare -m sh -c 'mount --bind "$0" /etc/resolv.conf && exec "$@"' \
            "$WORK/resolv.conf" "$@"
    fi
}

# says NAME WANT COMMAND...: the command prints WANT.
says() {
    local name=$1 want=$2
    shift 2
    with_resolver "$@" > "$WORK/out" 2> "$WORK/err"
    check "$name" "$(tail -n 2 "$WORK/out" "$WORK/err" | tr '\n' ' ')" grep -qxF "$want" "$WORK/out"
}

set_up
if [ "$FAMILY" = 4 ]; then THERE=192.0.2.7; else THERE=2001:db8::7; fi
echo "nameserver $HOST_IP" > "$WORK/resolv.conf"
RUN_OPTIONS=(--dns "$HOST_IP")
host_start python3 "$E2E/prog/dns.py" "$ANY"
host_serves 53
for program in resolve resolve-musl goflow; do
    [ -x "$BIN/$program" ] || { skip "$program" "not built" && continue; }
    command=("$BIN/$program")
    [ "$program" != goflow ] || command+=(resolve)
    says "$program, a name" "www.test $THERE" "${command[@]}" www.test
    # musl 1.2.3 does not ask again by TCP.
    [ "$program" = resolve-musl ] ||
        says "$program, an answer cut short" "big.test $THERE" "${command[@]}" big.test
    with_resolver "${command[@]}" no.such.name > "$WORK/out" 2>&1
    check "$program, a name that does not exist" "$(cat "$WORK/out")" \
        grep -qiE 'not known|no such host|does not resolve' "$WORK/out"
    [ "$VIA" != tap ] || check "$program asked through the stack" "udp.out is $(counter udp.out)" \
        grew udp.out 1
done
if [ "$TARN" != kernel ]; then
    RUN_OPTIONS=()
    VIA=slirp
    says "host.tarn over slirp" "host.tarn $SLIRP_HOST" "$BIN/resolve" host.tarn
    says "host.tarn over slirp, musl" "host.tarn $SLIRP_HOST" "$BIN/resolve-musl" host.tarn
    with_resolver "$BIN/resolve" host.tarn > "$WORK/out" 2> "$WORK/err"
    check "host.tarn is reached by IPv4 first" "$(head -n 1 "$WORK/out")" \
        [ "$(head -n 1 "$WORK/out")" = "host.tarn 10.0.2.2" ]
fi
finish
