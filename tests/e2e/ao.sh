#!/bin/bash
# ao.sh: a program signs its connections by TCP_AO_ADD_KEY and its kin (RFC 5925), in Linux's forms;
# both ends are under tarn, since few kernels have it.
#
# Families: 4 6
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

wanted="signed: same
counted: (True, (0, 0, 0, 0))
keys: (2, b'hmac(sha1)', (12, 0))
rolled over: same
current: (3, 3)
delete the current: OSError 16
delete the other: None
delete it again: FileNotFoundError 2
cmac: same
another secret: TimeoutError None
no key: TimeoutError None
the same twice: FileExistsError 17
unknown algorithm: FileNotFoundError 2
prefix: OSError 22
long forms: [0, 0]
nothing to tell: FileNotFoundError 2"

need python3
[ "$TARN" != kernel ] || skip_all "both ends are tarn's"
set_up
run_program python3 "$E2E/prog/ao.py" "$PROG_IP" > "$WORK/said" 2>&1
while IFS=: read -r name want; do
    check "TCP-AO, $name" "$(grep -v : "$WORK/said") $(sed -n "s/^$name://p" "$WORK/said"), not$want" \
        grep -qxF "$name:$want" "$WORK/said"
done <<< "$wanted"
finish
