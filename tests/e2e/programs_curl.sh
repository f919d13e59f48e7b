#!/bin/bash
# programs_curl.sh: stock curl under tarn fetches from and uploads to a stock nginx on the kernel,
# up to 100 MB, up to 10 % loss; and what tshark reassembles from the capture has the same hash.
#
#   HOST: nginx 10.77.0.1:7080  <-- TAP or slirp, impaired -->  curl 10.77.0.2 : PROG
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=moves.sh
. "$E2E/moves.sh"

both_ways() {
    local url
    url=http://$(there):$HTTP
    client "curl download" in "$WORK/got/curl" curl -sS -o "$WORK/got/curl" "$url/data"
    client "curl upload" out "$WWW/put" curl -sS -T "$DATA" "$url/put"
    rm -f "$WWW/put" "$WORK/got/curl"
}

# The body of the only response of a capture, as tshark puts the stream together.
reassembled() { # CAPTURE FOLDER
    tshark -r "$1" --export-objects "http,$2" > /dev/null 2>&1
    [ -s "$2/data" ]
}

captured() {
    local name="curl capture reassembled by tshark" url pcap=$WORK/curl.pcapng
    level "$1" "$2" "$3"
    LINK_OPTIONS+=(--pcap "$pcap")
    url=http://$(there):$HTTP
    run_program curl -sS -o "$WORK/got/curl" "$url/data" > "$WORK/client.log" 2>&1
    if ! reassembled "$pcap" "$WORK/objects"; then
        not_ok "$name, $LABEL" "no object in the capture"
    elif ! same_file "$DATA" "$WORK/objects/data"; then
        not_ok "$name, $LABEL" "another hash"
    else
        ok "$name, $LABEL"
    fi
    complaints "$pcap"
    rm -rf "$pcap" "$WORK/objects"
}

complaints() { # CAPTURE
    local bad
    bad=$(tshark -r "$1" -o tcp.check_checksum:TRUE -o ip.check_checksum:TRUE 2> /dev/null \
        -Y '_ws.malformed || tcp.checksum.status == 0 || ip.checksum.status == 0' | wc -l)
    if [ "$bad" = 0 ]; then ok "curl capture read without a complaint, $LABEL"; else
        not_ok "curl capture read without a complaint, $LABEL" "$bad frames"
    fi
}

need curl nginx tshark
RUN_LIMIT=300
set_up_moves
every_level both_ways "0 100000000" "2 10000000" "10 1000000"
if [ "$TARN" != kernel ]; then
    captured tap 0 100000000
    captured tap 2 10000000
fi
finish
