#!/bin/bash
# badinput.sh: a malformed option, address, URI or impairment is an error that names it; the program
# is not run. `tarn run` says so with 125, every other subcommand with 2, as does anything that is
# not in this version.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

[ -x "$TARN" ] || skip_all "$TARN is not built"
WORK=$(mktemp -d "${TMPDIR:-/tmp}/tarn-e2e.XXXXXX")
trap 'rm -rf "$WORK"' EXIT

# refused STATUS WORD ARG...: the line is refused with that status, and the message has the word.
refused() {
    local want=$1 word=$2 status
    shift 2
    timeout 10 "$TARN" "$@" > "$WORK/out" 2> "$WORK/err" < /dev/null
    status=$?
    if [ "$status" != "$want" ]; then
        not_ok "tarn $*" "exit $status, not $want: $(head -n 1 "$WORK/err")"
    elif ! grep -qF -- "$word" "$WORK/err"; then
        not_ok "tarn $*" "does not name '$word': $(head -n 1 "$WORK/err")"
    elif [ -s "$WORK/out" ] || [ -e "$WORK/ran" ]; then
        not_ok "tarn $*" "printed on stdout, or ran the program"
    else
        ok "tarn $*"
    fi
    rm -f "$WORK/ran"
}

# The same for an option of tarn run that stands before a harmless program.
run_refused() { # WORD OPTION...
    local word=$1
    shift
    refused 125 "$word" run "$@" -- touch "$WORK/ran"
}

later() { # WORD OPTION...
    local word=$1
    shift
    refused 2 "$word" run "$@" -- touch "$WORK/ran"
    grep -q "not in this version" "$WORK/err" || not_ok "tarn run $*" "does not say which version"
}

run_refused --lnik --lnik tap:t
run_refused --link --lnik tap:t
run_refused tpa --link tpa:t
run_refused slirp --link slrp
run_refused tap --link tap:
run_refused "mtu=VALUE" --link slirp,mtu
run_refused a-name-that-is-much-too-long --link tap:a-name-that-is-much-too-long
run_refused offlaod --link tap:t0,offlaod=on
run_refused maybe --link tap:t0,offload=maybe
run_refused mtu --link slirp,mtu=9
run_refused no/such/file --link pcap:/no/such/file
run_refused 'empty name' --link ''
run_refused 10.0.0.256 --link none --address 10.0.0.256/24
run_refused 10.0.0.2/33 --link none --address 10.0.0.2/33
run_refused 10.0.0 --link none --address 10.0.0/24
run_refused 10.0.0.2x --link none --address 10.0.0.2x
run_refused 010.0.0.2 --link none --address 010.0.0.2/24
run_refused 224.0.0.1 --link none --address 224.0.0.1/24
run_refused 255.255.255.255 --link none --gateway 255.255.255.255
run_refused nowhere --link none --gateway nowhere
run_refused fd00:::1 --link none --address fd00:::1/64
run_refused fd00::1/129 --link none --address fd00::1/129
run_refused nodad --link none --address fd00::1/64,nodda
run_refused ff02::1 --link none --address ff02::1/64
run_refused 10.0.0.1 --link none --address ::ffff:10.0.0.1/120
run_refused fe80::2 --link none --gateway fe80::1 --gateway fe80::2
run_refused fe80::3 --dns fe80::3
run_refused [::1 -p [::1:80:80
run_refused brackets -p ::1:80:80
run_refused 70000 -p 70000:80
run_refused 8080 -p 8080
run_refused 8080:80/sctp -p 8080:80/sctp
run_refused 8080:x -p 8080:x
run_refused 300.1.1.1 -p 300.1.1.1:80:80
run_refused -p --link none -p 8080:80
run_refused dealy --impair dealy=20ms
run_refused delay --impair dealy=20ms
run_refused 20parsecs --impair delay=20parsecs
run_refused 101% --impair loss=101%
run_refused -5ms --impair delay=-5ms
run_refused queue --impair queue=0
run_refused loss --impair loss
run_refused duplicate --impair dup=1%
run_refused rx: --impair xx:delay=1ms
run_refused not-an-ip --dns not-an-ip
run_refused telepathy --via telepathy
run_refused cubik --cc cubik
run_refused cubic --cc cubik
run_refused tcp.ecn --set tcp.enc=1
run_refused "0 to 5" --set tcp.ecn=9
run_refused "needs a value" --log
run_refused xml --stats=xml
run_refused /no/such/folder/log --log /no/such/folder/log
refused 125 "no program" run
refused 125 --link run --link
refused 127 no-such-program run --link none -- no-such-program
refused 126 /etc/passwd run --link none -- /etc/passwd
refused 126 folder run --link none -- /etc
refused 127 "is not in PATH" run -q --link none -- no-such-program
printf '#!/no/such/interpreter\n' > "$WORK/script" && chmod +x "$WORK/script"
refused 127 interpreter run --link none -- "$WORK/script"
later preload --via preload
later --shards --shards 2
later xdp --link xdp:eth0
TARN_STACK=name later TARN_STACK
refused 2 rnu rnu
refused 2 run rnu
refused 2 run rn
refused 2 --help --hlep
refused 2 "not in this version" up name
refused 2 "not in this version" sim file.lua
refused 2 operand demo operand
refused 2 "1 to 1000000000" demo --bytes ' 5'
refused 2 operand wire --link pcap:a --link pcap:b operand
refused 1 "another link" wire --link none --link none
refused 1 writ drill --pcap /no/such/folder/pcap "$ROOT/tests/script/tcp/eor.pkt"
mkdir "$WORK/folder"
refused 1 NAME.pkt drill "$WORK/folder"
refused 2 tcp.sack drill --set tcp.sakc=0 x.pkt
refused 2 "not in this version" drill --core micro x.pkt
refused 2 --frobnicate doctor --frobnicate
refused 2 operand doctor operand
refused 2 --link wire --link none
refused 2 tpa wire --link tpa:x --link none
finish
