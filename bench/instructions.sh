#!/bin/bash
# instructions.sh: what the core executes and copies per segment and per packet, both ends together,
# counted by valgrind in two stacks joined in memory (bench/core), and per packet of one path through
# one stack (bench/packet). Copying itself (memcpy and its
# kin) is shown apart: it depends on the machine, the rest only on compiler and flags.
cd "$(dirname "$0")/.." || exit 1
BUILD=${BUILD:-$PWD/build}
command -v valgrind > /dev/null || { echo "instructions: valgrind is not installed" >&2; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# count NAME PROGRAM ARGUMENT...: one row of the table.
count() {
    local name=$1 program=$2
    shift 2
    valgrind --tool=callgrind --toggle-collect=work --callgrind-out-file="$work/out" \
        "$BUILD/bench/$program" "$@" > "$work/json" 2> "$work/err" || { tail -n 2 "$work/err"; return; }
    callgrind_annotate --auto=no --threshold=100 "$work/out" > "$work/text" 2> /dev/null
    python3 - "$name" "$work/json" "$work/text" << 'END'
import json
import re
import sys

name, path, text = sys.argv[1:]
with open(path, encoding="utf-8") as f:
    run = json.load(f)
total = copying = 0
with open(text, encoding="utf-8") as f:
    for line in f:
        found = re.match(r"\s*([\d,]+) \(.*?\)\s+(.*)", line)
        if not found:
            continue
        n = int(found[1].replace(",", ""))
        if "PROGRAM TOTALS" in found[2]:
            total = n
        elif re.search(r"mem(cpy|move|set|cmp)", found[2]):
            copying += n
own = total - copying
print(f"| {name} | {run['segments']} | {run['packets']} | {own / run['segments']:.0f} "
      f"| {own / run['packets']:.0f} | {copying / run['packets']:.0f} "
      f"| {run['copied'] / max(run['bytes'], 1):.2f} |")
END
}

echo "| load | segments | packets | instructions / segment | / packet | copying / packet | copies / byte |"
echo "|---|---|---|---|---|---|---|"
count "bulk, 64 KB packets" core bulk 32
count "bulk, 1500-byte packets" core bulk 8 off
count "1-byte requests" core requests 5000
count "a packet forwarded" packet forward 10000
count "a packet forwarded among 65536 routes" packet forward 10000 65536
count "a ping answered" packet echo 10000
count "a datagram received and read" packet udp-in 10000
count "a datagram sent" packet udp-out 10000
