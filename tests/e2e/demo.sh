#!/bin/bash
# demo.sh: `tarn demo` ends by itself, with success, and says what happened.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

[ -x "$TARN" ] || skip_all "$TARN is not built"
out=$(timeout 60 "$TARN" demo 2>&1)
status=$?
check "tarn demo ends with success" "exit $status: $(tail -n 1 <<< "$out")" [ "$status" = 0 ]
check "tarn demo prints what happens" "$out" [ "$(wc -l <<< "$out")" -ge 5 ]

# digest OPTION...: of all that passes in a run with these options.
digest() { timeout 60 "$TARN" demo "$@" | sed -n 's/.*(digest \(.*\)).*/\1/p'; }

differs() { [ "${#2}" = 16 ] && [ "$1" != "$2" ]; }

plain=$(digest)
check "equal options give equal runs" "$plain" [ "$plain" = "$(digest --cc cubic)" ]
for change in "--cc reno" "--set tcp.initial-window=2" "--set tcp.sack=0" "--seed 2" "--bytes 1999999"; do
    # shellcheck disable=SC2086 # two words
    other=$(digest $change)
    check "tarn demo $change gives another" "$plain, $other" differs "$plain" "$other"
done
check "tarn demo -q prints nothing" "it does" [ -z "$(timeout 60 "$TARN" demo -q 2>&1)" ]
finish
