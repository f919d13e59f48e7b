#!/bin/bash
# sntp.sh: the clock client (tarn/service.h) against chrony.
#
#   HOST: chronyd 10.77.0.1:123  <-- TAP -->  service sntp 10.77.0.2
#
# Families: 4 6
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

ask() { # KEY=VALUE...
    service sntp "address=$PROG_IP/$BITS$NO_CHECK" reports=1 seconds=20 "$@"
}

# Client and server read one clock: what is told may be wrong by half the round trip (RFC 5905 4),
# and 50 ms.
tells_time() { # STRATUM SERVER
    awk -v stratum="$1" -v server="$2" '
        { wrong = $2 < 0 ? -$2 : $2 }
        $1 == "time" && wrong < 50000 + $3 / 2 && $4 == stratum && $5 == server { good = 1 }
        END { exit !good }' "$WORK/service.out"
}

start_chrony() { # LINE...
    mkdir -p "$WORK/chrony"
    {
        printf '%s\n' "$@" "allow all" "bindaddress $HOST_IP" "cmdport 0" \
            "bindcmdaddress /" "pidfile $WORK/chrony/pid" "driftfile $WORK/chrony/drift"
    } > "$WORK/chrony.conf"
    host_start chronyd -x -d -u root -f "$WORK/chrony.conf"
    wait_until 10 serving && return
    not_ok "chronyd serves" "$(host_log)"
    finish
}

serving() { in_host ss -Hlun "sport = :123" | grep -qF "$(at "$HOST_IP"):123"; }

need chronyd
set_up
[ "$TARN" != kernel ] || skip_all "the library is tarn's"
service_link
start_chrony "local stratum 8"
ask "server=$HOST_IP"
check "the time" "$(service_said)" tells_time 8 "$HOST_IP"
ask "server=$NO_NEIGHBOUR" "server=$HOST_IP"
check "the time of the second server" "$(service_said)" tells_time 8 "$HOST_IP"
stop "$host_job"
start_chrony # it has no clock: unsynchronised
ask "server=$HOST_IP" seconds=7
check "no time of a server that does not know it" "$(service_said)" test ! -s "$WORK/service.out"
finish
