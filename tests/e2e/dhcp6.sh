#!/bin/bash
# dhcp6.sh: DHCPv6 (tarn/service.h): the client and two servers, the server and a client.
#
#   HOST: dnsmasq, dhcpd on t0   <-- TAP -->  service dhcp6
#   HOST: dhclient on t0         <-- TAP -->  service dhcp6d
#
# shellcheck disable=SC2034
FAMILY=6
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
SAID= # it has one family

need dnsmasq dhcpd dhclient
set_up
[ "$TARN" != kernel ] || skip_all "the library is tarn's"
service_link

said() { grep -q "^$1" "$WORK/service.out"; }
says() { said "$1.* $2\( \|$\)"; }
bound_ip() { sed -n 's/^bound.* address=\([0-9a-f:]*\).*/\1/p' "$WORK/service.out" | tail -n 1; }
answers_ping() { in_host ping -6 -c 1 -W 1 "$(bound_ip)"; }
udp_port_is_bound() { in_host ss -6Hlun "sport = :$1" | grep -q .; }

dnsmasq_start() { # OPTION...
    host_start dnsmasq --no-daemon --conf-file=/dev/null --user=root --pid-file= --port=0 \
        --interface=t0 --bind-interfaces --dhcp-authoritative --log-dhcp \
        --dhcp-leasefile="$WORK/dnsmasq.leases" --ra-param=t0,10 \
        --dhcp-option=option6:dns-server,[fd77::53] \
        --dhcp-option=option6:domain-search,example.org --dhcp-option=option6:ntp-server,[fd77::4] \
        "$@"
    wait_until 5 udp_port_is_bound 547
}

# ---- The client and dnsmasq, whose router advertisement says what to ask for ----

dnsmasq_start --enable-ra --dhcp-range=fd77::100,fd77::1ff,64,600
service_start dhcp6 mode=ra seconds=60
check "the M flag asks for an address" "$(service_said)$(host_log)" wait_until 20 said bound
check "it is of dnsmasq's pool" "$(service_said)" says bound "address=fd77::1[0-9a-f][0-9a-f]"
check "its lifetime" "$(service_said)" says bound "valid=600"
check "its time server" "$(service_said)" says bound "ntp=fd77::4"
check "the address answers" "$(service_said)$(in_host ip -6 neigh)" wait_until 5 answers_ping
service_stop
check "dnsmasq has it back" "$(cat "$WORK/dnsmasq.leases")" \
    wait_until 5 sh -c "! grep -q 'fd77::1' '$WORK/dnsmasq.leases'"
stop "$host_job"

dnsmasq_start --enable-ra --dhcp-range=fd77::,ra-stateless,64
service_start dhcp6 mode=ra seconds=60
check "the O flag asks for configuration" "$(service_said)$(host_log)" wait_until 20 said stateless
check "and not for an address" "$(service_said)" sh -c "! grep -q address= '$WORK/service.out'"
service_stop
stop "$host_job"

# ---- The client and ISC's server: an address and a prefix ----

cat > "$WORK/dhcpd6.conf" << EOF
authoritative;
default-lease-time 600;
preferred-lifetime 300;
option dhcp6.name-servers fd77::53;
option dhcp6.domain-search "isc.example.org";
subnet6 fd77::/64 {
    range6 fd77::7:0 fd77::7:ff;
    prefix6 fd88:: fd88:0:0:ff00:: /56;
}
EOF
: > "$WORK/dhcpd6.leases"
host_start dhcpd -6 -f -d -cf "$WORK/dhcpd6.conf" -lf "$WORK/dhcpd6.leases" --no-pid t0
wait_until 5 udp_port_is_bound 547
service_start dhcp6 mode=address delegation=1 prefix-len=56 seconds=60
check "ISC dhcpd gives an address" "$(service_said)$(host_log)" wait_until 20 said bound
check "of its pool" "$(service_said)" says bound "address=fd77::7:[0-9a-f]*"
check "and a prefix" "$(service_said)" says bound "delegated=fd88:0:0:[0-9a-f]*::/56"
service_stop
check "ISC dhcpd has both back" "$(host_log)" \
    wait_until 5 grep -q 'Release message' "$WORK/host.$started.log"
stop "$host_job"

# ---- The server and ISC's client: an address, a prefix, configuration alone ----

cat > "$WORK/hook" << 'EOF'
#!/bin/sh
case $reason in
BOUND6 | RENEW6 | REBIND6)
    [ -z "$new_ip6_address" ] || ip -6 addr add "$new_ip6_address/64" dev t0 nodad
    echo "bound address=$new_ip6_address prefix=$new_ip6_prefix valid=$new_max_life" \
        "dns=$new_dhcp6_name_servers domain=$new_dhcp6_domain_search" >> "$HOOK_LOG" ;;
esac
[ -z "$new_dhcp6_name_servers" ] ||
    echo "told dns=$new_dhcp6_name_servers domain=$new_dhcp6_domain_search" >> "$HOOK_LOG"
EOF
chmod +x "$WORK/hook"
HOOK_LOG=$WORK/hook.log
: > "$HOOK_LOG"
hook_said() { grep -q "$1" "$HOOK_LOG"; }
reaches_server() { in_host ping -6 -c 1 -W 2 fd77::9; }
client() { # NAME OPTION...
    : > "$WORK/dhclient.$1.leases"
    in_host timeout 30 dhclient -6 -1 -cf /dev/null -lf "$WORK/dhclient.$1.leases" \
        -pf "$WORK/dhclient.$1.pid" -e HOOK_LOG="$HOOK_LOG" -sf "$WORK/hook" "${@:2}" t0 \
        > "$WORK/dhclient.log" 2>&1
}

service_start dhcp6d address=fd77::9/64,nodad first=fd77::100 last=fd77::100 \
    delegated=fd99::/48 delegated-len=56 dns=fd77::53 domain=example.net preferred-s=300 \
    valid-s=600 seconds=100
client address -v -N -D LL
check "dhclient gets an address" "$(cat "$WORK/dhclient.log" "$HOOK_LOG")" \
    hook_said 'address=fd77::100 .*valid=600'
check "with resolver and domain" "$(cat "$HOOK_LOG")" \
    hook_said 'dns=fd77::53 domain=example.net'
check "and reaches the server" "$(in_host ip -6 addr show t0)" wait_until 5 reaches_server
in_host timeout 30 dhclient -6 -v -r -cf /dev/null -lf "$WORK/dhclient.address.leases" \
    -pf "$WORK/dhclient.address.pid" -sf "$WORK/hook" t0 > "$WORK/dhclient.log" 2>&1
: > "$HOOK_LOG"
client another -v -N -D LLT
check "and gives it back: another gets the only one of the pool" "$(cat "$WORK/dhclient.log")" \
    hook_said 'address=fd77::100 '
stop "$(cat "$WORK/dhclient.another.pid")"
: > "$HOOK_LOG"
client prefix -v -P -D LL
check "dhclient gets a prefix" "$(cat "$WORK/dhclient.log" "$HOOK_LOG")" \
    hook_said 'prefix=fd99:0:0:[0-9a-f]*::/56'
stop "$(cat "$WORK/dhclient.prefix.pid")"
: > "$HOOK_LOG"
client information -v -S -D LL
check "dhclient gets configuration alone" "$(cat "$WORK/dhclient.log" "$HOOK_LOG")" \
    hook_said 'told dns=fd77::53'
service_stop
finish
