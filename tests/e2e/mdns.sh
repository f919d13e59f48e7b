#!/bin/bash
# mdns.sh: multicast DNS (tarn/service.h) and avahi find each other, by both families.
#
#   HOST: avahi-daemon, avahi-browse, avahi-resolve  <-- TAP -->  service mdns 10.77.0.2
#
# avahi and its bus live in a mount namespace with a /run of its own.
# shellcheck disable=SC2034
FAMILY=6
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
SAID= # it is about both families, or has one

# A shell in HOST whose /run is its own; $RUN_PID.
hold_run() {
    nsenter -t "$HOST_PID" -n -- unshare -m setpriv --pdeathsig KILL \
        sh -c 'mount -t tmpfs tmpfs /run && mkdir /run/dbus /run/avahi-daemon && exec sleep 86400' &
    RUN_PID=$!
    pids+=("$RUN_PID")
    wait_until 5 nsenter -t "$RUN_PID" -m -- test -d /run/avahi-daemon ||
        skip_all "mount namespaces cannot be made"
}

in_run() { nsenter -t "$RUN_PID" -m -n -- "$@"; }

start_bus() {
    cat > "$WORK/bus.conf" << END
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path=/run/dbus/system_bus_socket</listen>
  <policy context="default">
    <allow user="*"/> <allow own="*"/> <allow send_destination="*"/> <allow receive_sender="*"/>
  </policy>
</busconfig>
END
    (exec nsenter -t "$RUN_PID" -m -n -- setpriv --pdeathsig KILL \
        dbus-daemon --config-file="$WORK/bus.conf" --nofork --nopidfile) > "$WORK/bus.log" 2>&1 &
    pids+=($!)
    wait_until 10 in_run test -S /run/dbus/system_bus_socket && return
    not_ok "a bus for avahi" "$(cat "$WORK/bus.log")"
    finish
}

start_avahi() { # NAME
    cat > "$WORK/avahi.conf" << END
[server]
host-name=$1
allow-interfaces=t0
use-ipv4=yes
use-ipv6=yes
[publish]
publish-hinfo=no
publish-workstation=no
END
    (exec nsenter -t "$RUN_PID" -m -n -- setpriv --pdeathsig KILL avahi-daemon \
        --file "$WORK/avahi.conf" --no-chroot --no-drop-root --no-rlimits) > "$WORK/avahi.log" 2>&1 &
    avahi_job=$!
    pids+=("$avahi_job")
    wait_until 15 grep -q "Server startup complete" "$WORK/avahi.log" && return
    not_ok "avahi starts" "$(tail -n 5 "$WORK/avahi.log")"
    finish
}

# prints PATTERN COMMAND...: what the command prints of avahi's has the pattern; for some seconds.
prints() {
    local pattern=$1
    shift
    in_run timeout 10 "$@" > "$WORK/out" 2>&1
    grep -qE "$pattern" "$WORK/out"
}

shows() { # NAME PATTERN COMMAND...
    local name=$1
    shift
    check "$name" "$(cat "$WORK/out" 2> /dev/null)" wait_until 12 prints "$@"
}

is_gone() { ! prints '^[=+];t0;' avahi-browse -pt _http._tcp; }
is_named() { grep -qx "name $1" "$WORK/service.out"; }

start_tarn() {
    service_start mdns address=10.77.0.2/24 address=fd77::2/64,nodad seconds=120 \
        "offer=tarn web|_http._tcp|80|path=/" "$@"
}

need avahi-daemon avahi-browse avahi-resolve dbus-daemon
set_up
[ "$TARN" != kernel ] || skip_all "the library is tarn's"
service_link
hold_run
start_bus
start_avahi lake

start_tarn hostname=tarn
check "the name is ours" "$(service_said)" wait_until 10 is_named tarn.local
shows "avahi finds the name" '^tarn.local[[:space:]]+10.77.0.2$' avahi-resolve -4 -n tarn.local
shows "avahi finds the name, IPv6" '^tarn.local[[:space:]]+f[de]' avahi-resolve -6 -n tarn.local
shows "avahi finds the address" '^10.77.0.2[[:space:]]+tarn.local$' avahi-resolve -a 10.77.0.2
shows "avahi finds the address, IPv6" '^fd77::2[[:space:]]+tarn.local$' avahi-resolve -a fd77::2
shows "avahi finds the offer" \
    '^=;t0;IPv4;tarn\\032web;_http._tcp;local;tarn.local;10.77.0.2;80;"path=/"$' \
    avahi-browse -rpkt _http._tcp
shows "avahi finds the offer, IPv6" \
    '^=;t0;IPv6;tarn\\032web;_http._tcp;local;tarn.local;[0-9a-f:.]+;80;"path=/"$' \
    avahi-browse -rpkt _http._tcp
shows "avahi finds the type" '^[+];t0;IPv4;tarn\\032web;_http._tcp;local$' avahi-browse -apkt
service_stop
check "goodbye is heard" "$(cat "$WORK/out")" wait_until 10 is_gone

start_tarn hostname=lake
check "a name that avahi has is another's" "$(service_said)" wait_until 15 is_named lake-2.local
service_stop

service mdns address=10.77.0.2/24 address=fd77::2/64,nodad hostname=asker reports=3 seconds=20 \
    ask=lake.local ask=nobody.local
check "we find avahi" "$(service_said)" \
    grep -qE '^answer lake.local 0 exists lake.local [0-9]+ .*10.77.0.1' "$WORK/service.out"
check "we find avahi, IPv6" "$(service_said)" \
    grep -qE '^answer lake.local 0 .* (fd77::1|fe80::[0-9a-f:]+)' "$WORK/service.out"
check "nobody is not found" "$(service_said)" \
    grep -qx 'answer nobody.local -2 unknown nobody.local 0' "$WORK/service.out"

start_tarn hostname=tarn
wait_until 10 is_named tarn.local
kill "$avahi_job"
wait "$avahi_job" 2> /dev/null
start_avahi tarn # by now the name is ours
check "avahi gives way to our name" "$(tail -n 5 "$WORK/avahi.log")" \
    wait_until 15 grep -q 'Host name is tarn-2.local' "$WORK/avahi.log"
check "and ours remains" "$(service_said)" test "$(grep -c ^name "$WORK/service.out")" = 1
finish
