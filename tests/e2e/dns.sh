#!/bin/bash
# dns.sh: the stub resolver (tarn/service.h) against name servers of others: BIND, Unbound, dnsmasq;
# by UDP, by TCP where an answer is too long, along aliases, with a search list.
#
#   HOST: named, unbound, dnsmasq 10.77.0.1:53  <-- TAP -->  service dns 10.77.0.2
#
# Families: 4 6
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# says SERVER WHAT WANT KEY=VALUE...: the resolver prints `answer WANT`.
says() {
    local server=$1 what=$2 want=$3
    shift 3
    service dns "address=$PROG_IP/$BITS$NO_CHECK" "resolver=$HOST_IP" reports=1 seconds=20 "$@"
    check "$server, $what" "$(service_said)" grep -qxE "answer $want" "$WORK/service.out"
}

# What every server knows.
ask_all() { # SERVER
    says "$1" "both families" "www.test 0 exists www.test [0-9]+ (2001:db8::7 192.0.2.7|192.0.2.7 2001:db8::7)" ask=www.test
    says "$1" "one family" "www.test 0 exists www.test [0-9]+ 192.0.2.7" family=4 ask=www.test
    says "$1" "no such name" "nope.test. -2 unknown - 0" ask=nope.test.
    says "$1" "no such data" "four.test. -2 exists - 0" family=6 ask=four.test.
    says "$1" "the search list" "www 0 exists www.test [0-9]+ 192.0.2.7" family=4 search=test ask=www
}

# More than one packet holds: sixteen of them are told.
ask_big() { # SERVER
    says "$1" "an answer by TCP" "big.test 0 exists big.test [0-9]+( 192.0.2.[0-9]+){16}" family=4 ask=big.test
}

ask_alias() { # SERVER
    says "$1" "an alias" "alias.test 0 exists www.test [0-9]+ 192.0.2.7" family=4 ask=alias.test
}

serving() {
    in_host ss -Hlun "sport = :53" | grep -qF "$(at "$HOST_IP"):53"
}

# begin COMMAND...: a server in HOST.
begin() {
    host_start "$@"
    wait_until 10 serving && return
    not_ok "$1 serves" "$(host_log)"
    finish
}

write_zone() {
    cat << END
\$TTL 60
@ SOA ns hostmaster 1 3600 600 86400 60
@ NS ns
ns A 192.0.2.1
www A 192.0.2.7
www AAAA 2001:db8::7
four A 192.0.2.4
alias CNAME alias2
alias2 CNAME www
END
    # BIND takes no more than 100.
    for i in $(seq 1 90); do echo "big A 192.0.2.$i"; done
}

run_named() {
    mkdir "$WORK/named"
    write_zone > "$WORK/named/test.zone"
    cat > "$WORK/named/named.conf" << END
options { directory "$WORK/named"; listen-on { 10.77.0.1; }; listen-on-v6 { fd77::1; };
          pid-file none; recursion yes; allow-query { any; }; dnssec-validation no; };
controls { };
zone "test" { type primary; file "test.zone"; };
END
    begin named -g -c "$WORK/named/named.conf"
    wait_until 10 grep -q 'running$' "$WORK/host.$started.log" # it listens before it has its zone
    ask_all named
    ask_alias named
    ask_big named
    stop "$host_job"
}

run_unbound() {
    cat > "$WORK/unbound.conf" << END
server:
    interface: $HOST_IP
    access-control: 0.0.0.0/0 allow
    access-control: ::/0 allow
    do-daemonize: no
    username: ""
    chroot: ""
    pidfile: ""
    use-syslog: no
    log-queries: yes
    num-threads: 1
    local-zone: "test." static
    local-data: "test. SOA ns.test. hostmaster.test. 1 3600 600 86400 60"
    local-data: "www.test. 60 A 192.0.2.7"
    local-data: "www.test. 60 AAAA 2001:db8::7"
    local-data: "four.test. 60 A 192.0.2.4"
$(for i in $(seq 1 90); do echo "    local-data: \"big.test. 60 A 192.0.2.$i\""; done)
remote-control:
    control-enable: no
END
    begin unbound -dd -c "$WORK/unbound.conf"
    ask_all unbound
    ask_big unbound
    check "unbound was asked by the stack's address" "$(host_log | tail -n 3)" \
        grep -qF " $PROG_IP " "$WORK/host.$started.log"
    stop "$host_job"
}

run_dnsmasq() {
    begin dnsmasq -k -C /dev/null --no-resolv --no-hosts -u root --pid-file= --log-queries \
        --log-facility=- --listen-address="$HOST_IP" --bind-interfaces --local=/test/ \
        --host-record=www.test,192.0.2.7,2001:db8::7 --host-record=four.test,192.0.2.4 \
        --cname=alias.test,www.test
    ask_all dnsmasq
    ask_alias dnsmasq
    stop "$host_job"
}

need named unbound dnsmasq
set_up
[ "$TARN" != kernel ] || skip_all "the library is tarn's"
service_link
run_named
run_unbound
run_dnsmasq
service dns "address=$PROG_IP/$BITS$NO_CHECK" "resolver=$HOST_IP" reports=1 timeout-ms=500 ask=www.test
check "nobody serves" "$(service_said)" grep -qE "answer www.test -(5|110) unknown" "$WORK/service.out"
finish
