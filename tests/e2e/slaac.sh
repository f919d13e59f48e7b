#!/bin/bash
# slaac.sh: with no option but --link, a program has the address, the router, the name servers and the
# MTU that radvd advertises; a smaller MTU in mid-transfer does not stall it; without a router tarn
# says what to do.
#
#   FAR: flow fd78::2:7100  <-- veth -->  HOST: kernel routes, radvd  <-- TAP -->  tarn run : PROG
FAMILY=6
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
SAID= # it has one family
# shellcheck source=router.sh
. "$E2E/router.sh"

NET=2001:db8:9:

write_radvd() { # MTU NAME-SERVER
    cat > "$WORK/radvd.conf" << END
interface t0 {
    IgnoreIfMissing on; AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4; AdvLinkMTU $1;
    prefix $NET:/64 { AdvOnLink on; AdvAutonomous on; };
    RDNSS $2 { };
    DNSSL example.net { };
};
END
}

router_start() {
    write_radvd 1400 "$NET:53"
    host_start radvd -n -m stderr -C "$WORK/radvd.conf" -p "$WORK/radvd.pid"
    radvd_job=$host_job
}

# A run whose program says what it finds.
finds() {
    run_program sh -c 'cat /etc/resolv.conf' > "$WORK/found" 2>&1
}

refused_without_router() {
    run_program true
    [ $? = 125 ] && grep -q -- "--address" "$WORK/tarn.log"
}

connection() { # FIELD: of the last run's only connection
    tail -n 1 "$WORK/tarn.log" | jq -r ".connections[0].$1"
}

from_advertised() { connection local | grep -q "^\[$NET"; }

sends() { # NAME CHANGE...
    local name=$1
    shift
    rm -f "$WORK/got"
    far_start "$BIN/flow" serve-get "$ANY" "$FLOW" "$WORK/got"
    wait_until 10 far_serves
    { wait_until 30 larger "$WORK/got" 1000000 && "$@"; } &
    run_program "$BIN/flow" put "$FAR_IP" "$FLOW" "$WORK/data" > "$WORK/client.log" 2>&1
    check "$name" "$(tail -n 1 "$WORK/client.log" "$WORK/tarn.log" | head -c 300)" \
        wait_until 5 same_file "$WORK/data" "$WORK/got"
    kill "$far_job" 2> /dev/null
}

smaller_mtu() {
    write_radvd 1300 "$NET:53"
    kill -HUP "$radvd_job"
}

# The file changes under a program that runs.
follows() {
    { sleep 1 && write_radvd 1300 "$NET:54" && kill -HUP "$radvd_job"; } &
    run_program timeout 20 sh -c "until grep -qx 'nameserver $NET:54' /etc/resolv.conf
        do sleep 0.1; done"
}

[ "$TARN" != kernel ] || skip_all "is about tarn's own configuration"
need radvd jq
set_up
set_up_far
TAP_OPTIONS=()
check "no router: an error that says what to do" "see --log" \
    refused_without_router
host_address() { # the router's side of the TAP
    in_host ip addr add "$NET:1/64" dev t0
    in_host ip link set t0 txqueuelen 10000 up
}
router_start
finds
check "name server from RDNSS" "$(cat "$WORK/found")" grep -qx "nameserver $NET:53" "$WORK/found"
check "search domain from DNSSL" "$(cat "$WORK/found")" grep -qx "search example.net" "$WORK/found"
make_file "$WORK/data" 6000000
LINK_OPTIONS=(--impair "rate=20Mbit,queue=1000")
sends "a transfer through the advertised router" true
check "from an address of the advertised network" "$(connection local)" from_advertised
check "with the advertised MTU" "$(connection pmtu)" test "$(connection pmtu)" = 1400
sends "a smaller MTU is advertised in mid-transfer" smaller_mtu
check "and obeyed" "$(connection pmtu)" test "$(connection pmtu)" = 1300
LINK_OPTIONS=()
check "a new name server in mid-run" "resolv.conf stays as it was" follows
finish
