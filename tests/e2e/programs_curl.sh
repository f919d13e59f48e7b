#!/bin/bash
# programs_curl.sh: stock curl under tarn fetches from and uploads to a stock nginx on the kernel,
# up to 100 MB, up to 10 % loss; and what tshark reassembles from the capture has the same hash.
#
#   HOST: nginx 10.77.0.1:7080  <-- TAP or slirp, impaired -->  curl 10.77.0.2 : PROG
#
# Families: 4 6, side by side
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=moves.sh
. "$E2E/moves.sh"

both_ways() {
    local url
    url=http://$(there_at):$HTTP
    client "curl download" in "$WORK/got/curl" curl -sS -o "$WORK/got/curl" "$url/data"
    client "curl upload" out "$WWW/put" curl -sS -T "$DATA" "$url/put"
    rm -f "$WWW/put" "$WORK/got/curl"
}

# tshark without what it does per connection: its own ways to put a stream together, and its analysis
# of sequence numbers, now and then take minutes or hours for 100 MB. Nor may it guess at the payload,
# which is random and now and then looks like a malformed packet of some protocol.
dissect() { # CAPTURE OPTION...
    local capture=$1
    shift
    timeout "$RUN_LIMIT" tshark -n -r "$capture" -d "tcp.port==$HTTP,data" \
        -o tcp.desegment_tcp_streams:FALSE -o tcp.analyze_sequence_numbers:FALSE "$@" 2> /dev/null
}

# The body of the only response of a capture, from its segments as tshark dissects them.
reassembled() { # CAPTURE FILE
    dissect "$1" -Y "tcp.srcport == $HTTP && (tcp.len > 0 || tcp.flags.syn == 1)" \
        -T fields -e tcp.seq -e tcp.payload | python3 "$E2E/prog/body.py" > "$2"
    same_file "$DATA" "$2"
}

# The first packets that are malformed or have a wrong checksum; or why that is not known.
complaints() { # CAPTURE
    dissect "$1" -o tcp.check_checksum:TRUE -o ip.check_checksum:TRUE \
        -Y '_ws.malformed || tcp.checksum.status == 0 || ip.checksum.status == 0' > "$WORK/said" ||
        echo "tshark: exit $?"
    head -n 3 "$WORK/said"
}

captured() { # WAY LOSS BYTES
    local name="curl capture" pcap=$WORK/curl.pcapng said
    level "$1" "$2" "$3"
    LINK_OPTIONS+=(--pcap "$pcap")
    run_program curl -sS -o "$WORK/got/curl" "http://$(there_at):$HTTP/data" > "$WORK/client.log" 2>&1
    check "$name, reassembled by tshark, $LABEL" "another hash" reassembled "$pcap" "$WORK/body"
    said=$(complaints "$pcap")
    check "$name, read without a complaint, $LABEL" "$said" [ -z "$said" ]
    rm -f "$pcap" "$WORK/body"
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
