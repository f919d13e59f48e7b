#!/bin/bash
# programs_net.sh: socat, iperf3 and redis under tarn, as client and as server.
#
#   HOST: socat, iperf3, redis 10.77.0.1  <-- TAP or slirp, impaired -->  the same 10.77.0.2 : PROG
#
# Families: 4 6, side by side
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=moves.sh
. "$E2E/moves.sh"

SOCAT=7200
REDIS=7300
IPERF=7400
DIAL=TCP$FAMILY LISTEN=TCP$FAMILY-LISTEN # socat's words
got=

run_socat() {
    host_start socat -u "OPEN:$DATA" "$LISTEN:$SOCAT,reuseaddr"
    host_serves "$SOCAT"
    client "socat get" in "$got" socat -u "$DIAL:$(there_at):$SOCAT" "CREATE:$got"
    host_start socat -u "$LISTEN:$SOCAT,reuseaddr" "CREATE:$got.put"
    host_serves "$SOCAT"
    client "socat put" out "$got.put" socat -u "OPEN:$DATA" "$DIAL:$(there_at):$SOCAT"
    socat_server
    rm -f "$got" "$got.put"
}

socat_server() {
    publish
    serve_start socat -d -d -u "$LISTEN:$SERVE,reuseaddr" "CREATE:$got.served"
    listens "listening on" &&
        from_host "socat served put" socat -u "OPEN:$DATA" "$DIAL:$(here_at):$SERVE" &&
        wait "$serve_job" && arrived "socat served put" in "$got.served"
    server_down
}

# iperf3 counts for itself. Its receiver stops counting when the sender says that all was sent, so
# what it received may be less by what the buffers hold, which -w keeps small: after a loss that could
# be all of 1 MB. The stack must have moved what was received.
iperf_verdict() { # NAME in|out
    local sent received
    sent=$(jq '.end.sum_sent.bytes // 0' "$WORK/iperf.json" 2> /dev/null)
    received=$(jq '.end.sum_received.bytes // 0' "$WORK/iperf.json" 2> /dev/null)
    if [ "${sent:-0}" -lt "$BYTES" ] || [ "${received:-0}" = 0 ]; then
        not_ok "$1, $LABEL" "sent ${sent:-nothing}, received ${received:-nothing}"
    elif [ "$TARN" != kernel ] && [ "$(moved "$2")" -lt "$received" ]; then
        not_ok "$1, $LABEL" "the stack's tcp.bytes-$2 is $(moved "$2")"
    else ok "$1, $LABEL"; fi
}

run_iperf() {
    local to
    to=$(there)
    run_program iperf3 -J -w 100K -c "$to" -p "$IPERF" -n "$BYTES" > "$WORK/iperf.json"
    iperf_verdict "iperf3 client sends" out
    run_program iperf3 -J -w 100K -R -c "$to" -p "$IPERF" -n "$BYTES" > "$WORK/iperf.json"
    iperf_verdict "iperf3 client receives" in
    iperf_served "iperf3 server receives" in
    iperf_served "iperf3 server sends" out -R
}

# The client asks again until the server is there: a mere probe would take the server's only place.
iperf_served() { # NAME in|out [-R]
    local name=$1 way=$2
    shift 2
    publish
    serve_start iperf3 -s -p "$SERVE"
    wait_until 20 iperf_asks "$@"
    server_down
    iperf_verdict "$name" "$way"
}

iperf_asks() { # [-R]
    in_host timeout "$RUN_LIMIT" iperf3 -J -w 100K "$@" -c "$(here)" -p "$SERVE" \
        -n "$BYTES" > "$WORK/iperf.json"
    jq -e '.error == null' "$WORK/iperf.json"
}

redis_start() { # RUNNER PORT
    local run=$1
    "$run" redis-server --port "$2" --bind "$ANY" --protected-mode no --save '' \
        --appendonly no --dir "$WORK"
}

run_redis() {
    client "redis-cli set" out "$got" sh -c \
        "redis-cli -h $(there) -p $REDIS -x set k < $DATA && touch $got && cp $DATA $got"
    client "redis-cli get" in "$got" sh -c \
        "redis-cli -h $(there) -p $REDIS --raw get k | head -c $BYTES > $got"
    redis_served
    rm -f "$got"
}

redis_served() {
    SERVE=8081
    redis_start server_up "$SERVE"
    from_host "redis-server" sh -c "redis-cli -h $(here) -p $SERVE -x set k < $DATA &&
        redis-cli -h $(here) -p $SERVE --raw get k | head -c $BYTES > $got"
    server_down
    arrived "redis-server receives" in "$got"
    arrived "redis-server sends" out "$got"
    SERVE=8080
}

need socat iperf3 redis-server redis-cli jq nginx
RUN_LIMIT=300
set_up_moves
got=$WORK/got/net
redis_start host_start "$REDIS"
host_start iperf3 -s -p "$IPERF"
host_serves "$REDIS"
host_serves "$IPERF"
for run in run_socat run_iperf run_redis; do
    every_level "$run" "0 10000000" "2 1000000"
done
finish
