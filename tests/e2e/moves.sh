# shellcheck shell=bash disable=SC2034 # what is defined here is used by the scripts
# moves.sh: what the scripts share that move files with real programs. Source it after lib.sh.
#
# A program moves $DATA one way and the other, at several levels of loss, over each way out (TAP
# against the kernel, slirp). What arrives is compared with what was sent, and the stack's own
# counters must have grown by as much.

HTTP=7080 # nginx in HOST: files in $WWW, PUT allowed
WWW=
DATA=
BYTES=
LABEL= # way, loss, size: ends the name of every test

# The address of HOST as the program sees it, and of the program's server as HOST sees it.
there() {
    if [ "$VIA" = slirp ]; then echo "$SLIRP_HOST"; else echo "$HOST_IP"; fi
}

here() {
    if [ "$VIA" = slirp ]; then echo "$LOOPBACK"; else echo "$PROG_IP"; fi
}

# The same where a port follows.
there_at() { at "$(there)"; }
here_at() { at "$(here)"; }

# What leads $SERVE of HOST to the program over slirp; the other ways need nothing.
publish() {
    RUN_OPTIONS=()
    if [ "$VIA" = slirp ]; then RUN_OPTIONS=(-p "$(here_at):$SERVE:$SERVE"); fi
}

# The stack's counter that grows when the program receives (in) or sends (out).
moved() { # in|out
    counter "tcp.bytes-$1"
}

write_nginx_conf() { # FILE PORT ROOT
    mkdir -p "$1.d"
    chmod 777 "$3"
    cat > "$1" << END
daemon off;
master_process off;
pid $1.d/pid;
error_log $1.d/error.log;
events { worker_connections 256; }
http {
    access_log off;
    client_max_body_size 0;
    client_body_temp_path $1.d/body;
    proxy_temp_path $1.d/proxy;
    fastcgi_temp_path $1.d/fastcgi;
    uwsgi_temp_path $1.d/uwsgi;
    scgi_temp_path $1.d/scgi;
    server { listen $(at "$ANY"):$2; root $3; dav_methods PUT; }
}
END
}

# Levels are `LOSS BYTES`; loss comes with reordering and duplication. The order of ways is fixed.
level() { # WAY LOSS BYTES
    [ "$TARN" = kernel ] || VIA=$1
    BYTES=$3
    LABEL="$1, $2 % loss, $BYTES bytes"
    LINK_OPTIONS=()
    [ "$2" = 0 ] || LINK_OPTIONS=(--impair "delay=1ms,loss=$2%,reorder=2%,duplicate=1%,seed=7")
    make_file "$DATA" "$BYTES"
}

# every_level PROGRAM-FUNCTION LEVEL...: runs it at every level over TAP, and over slirp.
every_level() {
    local run=$1 one
    shift
    for one in "$@"; do
        # A level is two words.
        # shellcheck disable=SC2086
        level tap $one
        "$run"
    done
    [ "$TARN" != kernel ] || return
    level slirp 0 "${SLIRP_BYTES:-10000000}"
    "$run"
}

# arrived NAME in|out FILE: the verdict on a transfer that ended well on the program's side; the
# other side may still be writing.
arrived() {
    if ! wait_until 10 same_file "$DATA" "$3"; then
        not_ok "$1, $LABEL" "$(stat -c %s "$3" 2> /dev/null || echo no) bytes arrived, or others"
    elif [ "$TARN" != kernel ] && [ "$(moved "$2")" -lt "$BYTES" ]; then
        not_ok "$1, $LABEL" "the stack's tcp.bytes-$2 is $(moved "$2")"
    else
        ok "$1, $LABEL"
    fi
}

# client NAME in|out FILE COMMAND...: the program under test is the client.
client() {
    local name=$1 way=$2 file=$3
    shift 3
    if run_program "$@" > "$WORK/client.log" 2>&1 < /dev/null; then
        arrived "$name" "$way" "$file"
    else
        not_ok "$name, $LABEL" "exit $?: $(tail -n 1 "$WORK/client.log")"
    fi
}

# The port that a server under test uses, the same on both sides of slirp.
SERVE=8080

# server_up COMMAND...: starts the server under test and waits until it answers.
server_up() {
    publish
    serve_start "$@"
    wait_until 20 answers "$(here)" "$SERVE"
}

# listens WORD: the server under test has said so.
listens() { wait_until 20 grep -q "$1" "$WORK/serve.log"; }

# from_host NAME COMMAND...: a step of the client in HOST; says why when it fails.
from_host() {
    local name=$1
    shift
    in_host timeout "$RUN_LIMIT" "$@" > "$WORK/client.log" 2>&1 && return
    not_ok "$name, $LABEL" "exit $?: $(tail -n 1 "$WORK/client.log") $(tail -n 1 "$WORK/serve.log")"
    return 1
}

server_down() {
    serve_stop
    RUN_OPTIONS=()
}

set_up_moves() {
    set_up
    WWW=$WORK/www
    DATA=$WWW/data
    mkdir -p "$WWW" "$WORK/got"
    chmod 755 "$WORK"
    write_nginx_conf "$WORK/nginx.conf" "$HTTP" "$WWW"
    host_start nginx -c "$WORK/nginx.conf"
    host_serves "$HTTP"
}
