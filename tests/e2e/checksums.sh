#!/bin/bash
# checksums.sh: all packet scripts over each version of IP, and random histories of two TCPs, write
# captures in which tshark finds no wrong checksum; a second run writes the same bytes.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

HISTORY=$BUILD/tests/property/history
LEAST=1500 # packets that there are in each capture at least, else nothing was tested

play() { # VERSION FILE
    timeout "$RUN_LIMIT" "$TARN" drill -q --ip-version "$1" --pcap "$2" "$ROOT/tests/script"
}

# tshark without its analysis of streams, which takes long and is not asked for.
judge() { # FILE FILTER
    timeout "$RUN_LIMIT" tshark -n -r "$1" -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE \
        -o udp.check_checksum:TRUE -o tcp.analyze_sequence_numbers:FALSE \
        -o tcp.desegment_tcp_streams:FALSE -Y "$2" -T fields -e frame.number 2> /dev/null
}

bad='ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0 ||
     icmp.checksum.status == 0 || icmpv6.checksum.status == 0'
good='tcp.checksum.status == 1'

# Every checksum of the capture is right, and there are some.
all_good() { # FILE
    [ -z "$(judge "$1" "$bad" | head -n 1)" ] && [ "$(judge "$1" "$good" | wc -l)" -ge "$LEAST" ]
}

need tshark
[ -x "$HISTORY" ] || skip_all "$HISTORY is not built"
WORK=$(mktemp -d "${TMPDIR:-/tmp}/tarn-e2e.XXXXXX")
trap 'rm -rf "$WORK"' EXIT
for version in ipv4 ipv6 ipv4-mapped-ipv6; do
    play "$version" "$WORK/first.pcapng" > /dev/null
    play "$version" "$WORK/second.pcapng" > /dev/null
    check "scripts over $version: every checksum is right" \
        "frame $(judge "$WORK/first.pcapng" "$bad" | head -n 1)" all_good "$WORK/first.pcapng"
    check "scripts over $version: two runs send the same bytes" "they differ" \
        same_file "$WORK/first.pcapng" "$WORK/second.pcapng"
done
for seed in 5 6 7 8; do
    "$HISTORY" --seed "$seed" --each 20000 --pcap "$WORK/first.pcapng" > /dev/null
    "$HISTORY" --seed "$seed" --each 20000 --pcap "$WORK/second.pcapng" > /dev/null
    LEAST=200
    check "history $seed: every checksum is right" \
        "frame $(judge "$WORK/first.pcapng" "$bad" | head -n 1)" all_good "$WORK/first.pcapng"
    check "history $seed: two runs send the same bytes" "they differ" \
        same_file "$WORK/first.pcapng" "$WORK/second.pcapng"
done
finish
