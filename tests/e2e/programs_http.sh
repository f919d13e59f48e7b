#!/bin/bash
# programs_http.sh: wget, Python's urllib and http.server, and nginx under tarn, both ways.
#
#   HOST: nginx, curl 10.77.0.1  <-- TAP or slirp, impaired -->  wget, python3, nginx 10.77.0.2 : PROG
#
# Families: 4 6, side by side
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=moves.sh
. "$E2E/moves.sh"

run_wget() {
    local url got=$WORK/got/wget
    url=http://$(there_at):$HTTP
    client "wget download" in "$got" wget -q -O "$got" "$url/data"
    client "wget upload" out "$WWW/put" wget -q -O /dev/null --method=PUT --body-file="$DATA" \
        "$url/put"
    rm -f "$got" "$WWW/put"
}

run_urllib() {
    local url got=$WORK/got/urllib
    url=http://$(there_at):$HTTP
    client "urllib download" in "$got" python3 "$E2E/prog/fetch.py" get "$url/data" "$got"
    client "urllib upload" out "$WWW/put" python3 "$E2E/prog/fetch.py" put "$url/put" "$DATA"
    rm -f "$got" "$WWW/put"
}

# served NAME FOLDER COMMAND...: a server under tarn on $SERVE, whose files are in FOLDER. The
# verdict needs the counters, which are written when the server has ended.
served() {
    local name=$1 folder=$2 url
    shift 2
    url=http://$(here_at):$SERVE
    cp "$DATA" "$folder/data"
    server_up "$@"
    from_host "$name download" curl -sS -o "$WORK/got/$name" "$url/data" &&
        from_host "$name upload" curl -sS -T "$DATA" "$url/put"
    server_down
    arrived "$name download" out "$WORK/got/$name"
    arrived "$name upload" in "$folder/put"
    rm -f "$WORK/got/$name" "$folder/put" "$folder/data"
}

run_http_server() {
    served http.server "$WORK/python" \
        python3 "$E2E/prog/serve.py" "$ANY" "$SERVE" "$WORK/python"
}

# The module as it is: it takes no uploads.
run_stock_server() {
    cp "$DATA" "$WORK/python/data"
    server_up python3 -m http.server --bind "$ANY" --directory "$WORK/python" "$SERVE"
    from_host "python3 -m http.server" curl -sS -o "$WORK/got/stock" "http://$(here_at):$SERVE/data"
    server_down
    arrived "python3 -m http.server" out "$WORK/got/stock"
    rm -f "$WORK/got/stock"
}

run_nginx() {
    served nginx "$WORK/nginx" nginx -c "$WORK/served.conf"
}

need wget curl python3 nginx
RUN_LIMIT=300
set_up_moves
mkdir -p "$WORK/python" "$WORK/nginx"
write_nginx_conf "$WORK/served.conf" "$SERVE" "$WORK/nginx"
for run in run_wget run_urllib run_stock_server run_http_server run_nginx; do
    every_level "$run" "0 10000000" "2 1000000"
done
finish
