#!/bin/bash
# demo.sh: `tarn demo` ends by itself, with success, and says what happened.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

[ -x "$TARN" ] || skip_all "$TARN is not built"
out=$(timeout 60 "$TARN" demo 2>&1)
status=$?
check "tarn demo ends with success" "exit $status: $(tail -n 1 <<< "$out")" [ "$status" = 0 ]
check "tarn demo prints what happens" "$out" [ "$(wc -l <<< "$out")" -ge 5 ]
finish
