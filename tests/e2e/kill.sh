#!/bin/bash
# kill.sh: kill -9. Of the program: its connections close as the kernel would close them. Of the
# stack, in the middle of a download: the program must never see a clean end.
#
#   HOST: sockpeer 10.77.0.1:7000  <-- TAP -->  flow, curl 10.77.0.2 : PROG
#
# Families: 4 6
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# The note that the peer wrote when the tagged connection ended. Asked by loopback: the link may have
# gone with the stack.
peer_note() { # TAG
    in_host bash -c 'exec 3<> /dev/tcp/$0/$1; echo "ask $2" >&3; head -n 1 <&3' \
        "$LOOPBACK" "$PORT" "$1"
}

# A connection by bash that carries out a script at the peer, reads some of what comes, says who it
# is and stays.
holder='exec 3<> /dev/tcp/$0/$1; echo "$2" >&3; [ -z "$4" ] || head -c "$4" <&3 > /dev/null
    echo $$ > "$3"; exec sleep 100'

killed_program() { # NAME SCRIPT READ WANT
    local tag=kill.${1// /-} note
    rm -f "$WORK/pid"
    serve_start bash -c "$holder" "$HOST_IP" "$PORT" "tag $tag; $2" "$WORK/pid" "$3"
    wait_until 20 [ -s "$WORK/pid" ]
    sleep 0.2
    kill -9 "$(cat "$WORK/pid")"
    note=$(peer_note "$tag")
    serve_stop
    check "kill -9 of the program, $1" "the peer saw: $note" [ "${note%% *}" = "$4" ]
}

# stack_killed NAME COMMAND...: the command downloads more than the stack lives to pass on.
stack_killed() {
    local name=$1 status
    shift
    rm -f "$WORK/status"
    # Expanded by the inner shell.
    # shellcheck disable=SC2016
    serve_start sh -c '"$@"; echo "$?" > "$0"' "$WORK/status" "$@"
    wait_until 20 [ -s "$WORK/got" ]
    sleep 0.3
    kill -9 "$(stack_pid)"
    wait_until 20 [ -s "$WORK/status" ]
    status=$(cat "$WORK/status" 2> /dev/null)
    serve_stop
    if [ "$status" = 0 ]; then not_ok "$name" "it ended with success"
    elif [ -z "$status" ] && pgrep --ns "$PROG_PID" --nslist net -f "$WORK/got" > /dev/null; then
        not_ok "$name" "the program hangs"
    else ok "$name (exit status ${status:-none: it died too})"; fi
    rm -f "$WORK/got"
}

never_clean() {
    # 100 MB in steps that take longer than the stack lives.
    local slow="send 3000000; sleep 60000; send 1" i
    for i in 1 2 3; do
        stack_killed "kill -9 of the stack, a client that asked, $i" bash -c \
            'set -e; exec 3<> /dev/tcp/$0/$1; echo "$2" >&3; cat <&3 > "$3"' \
            "$HOST_IP" "$PORT" "$slow" "$WORK/got"
        host_start sh -c "until echo \"dial 8100; $slow\" | \"\$0\"; do sleep 0.1; done" \
            "$WORK/dialler"
        stack_killed "kill -9 of the stack, a server that wrote nothing, $i" \
            "$BIN/flow" serve-get "$ANY" 8100 "$WORK/got"
    done
    stack_killed "kill -9 of the stack, curl" curl -sS --limit-rate 100k -o "$WORK/got" \
        "http://$(at "$HOST_IP"):7080/data"
}

# Runs in HOST: connects to the program's server and sends without end, slowly after a while.
write_dialler() {
    cat > "$WORK/dialler" << END
#!/bin/bash
cat > /dev/null
exec 3<> /dev/tcp/$PROG_IP/8100 || exit 1
head -c 3000000 /dev/zero >&3
sleep 60
END
    chmod +x "$WORK/dialler"
}

need curl nginx
set_up
host_start "$BIN/sockpeer" "$ANY" "$PORT"
host_serves "$PORT"
killed_program "nothing unread" "drain" "" eof
killed_program "everything read" "send 1000; drain" 1000 eof
killed_program "data unread" "send 1000; drain" "" ECONNRESET
if [ "$VIA" = tap ]; then
    mkdir "$WORK/www" && make_file "$WORK/www/data" 20000000
    # shellcheck source=moves.sh
    . "$E2E/moves.sh"
    write_nginx_conf "$WORK/nginx.conf" 7080 "$WORK/www"
    host_start nginx -c "$WORK/nginx.conf"
    host_serves 7080
    write_dialler
    never_clean
fi
finish
