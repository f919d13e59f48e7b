#!/bin/bash
# dhcp.sh: DHCP for IPv4 (tarn/service.h): the client and two servers, the server and two clients.
#
#   HOST: dnsmasq, dhcpd on t0     <-- TAP -->  service dhcp
#   HOST: udhcpc, dhclient on t0   <-- TAP -->  service dhcpd 10.77.0.9
#
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

SERVER=10.77.0.9

need dnsmasq dhcpd udhcpc dhclient
set_up
[ "$TARN" != kernel ] || skip_all "the library is tarn's"
service_link

said() { grep -q "^$1" "$WORK/service.out"; }
says() { said "$1.* $2\( \|$\)"; }
bound_ip() { sed -n 's/^bound \([0-9.]*\).*/\1/p' "$WORK/service.out" | tail -n 1; }
answers_ping() { in_host ping -c 1 -W 1 "$(bound_ip)"; }
udp_port_is_bound() { in_host ss -Hlun "sport = :$1" | grep -q .; }

# ---- The client and dnsmasq ----

leases=$WORK/dnsmasq.leases
host_start dnsmasq --no-daemon --conf-file=/dev/null --user=root --pid-file= --port=0 \
    --interface=t0 --bind-interfaces --no-ping --dhcp-authoritative --log-dhcp \
    --dhcp-leasefile="$leases" --dhcp-range=10.77.0.50,10.77.0.60,255.255.255.0,120 \
    --dhcp-option=option:router,10.77.0.1 --dhcp-option=option:dns-server,10.77.0.53,10.77.0.54 \
    --dhcp-option=option:domain-search,a.example.org,example.org --domain=example.org \
    --dhcp-option=option:mtu,1400 --dhcp-option=option:ntp-server,10.77.0.4 \
    --dhcp-option=option:classless-static-route,192.168.9.0/24,10.77.0.3,0.0.0.0/0,10.77.0.1
wait_until 5 udp_port_is_bound 67
service_start dhcp hostname=alp seconds=60
check "dnsmasq gives an address" "$(service_said)$(host_log)" wait_until 20 said bound
check "it is of the pool" "$(service_said)" says bound "10\.77\.0\.[56][0-9]*/24 lease=120"
check "times" "$(service_said)" says bound "t1=60 t2=105"
check "MTU" "$(service_said)" says bound "mtu=1400"
check "domain" "$(service_said)" says bound "domain=example.org"
check "time server" "$(service_said)" says bound "ntp=10.77.0.4"
check "dnsmasq knows the name" "$(cat "$leases")" grep -q ' alp ' "$leases"
check "the address answers" "$(service_said)$(in_host ip neigh)" wait_until 5 answers_ping
service_stop
check "the lease is given back" "$(cat "$leases")" wait_until 5 test ! -s "$leases"
stop "$host_job"

# ---- The client and ISC's server ----

cat > "$WORK/dhcpd.conf" << EOF
authoritative;
default-lease-time 300;
min-lease-time 300;
option domain-name "isc.example.org";
option domain-search "isc.example.org", "example.org";
subnet 10.77.0.0 netmask 255.255.255.0 {
    range 10.77.0.70 10.77.0.80;
    option routers 10.77.0.1;
    option domain-name-servers 10.77.0.53;
}
EOF
: > "$WORK/dhcpd.leases"
host_start dhcpd -4 -f -d -cf "$WORK/dhcpd.conf" -lf "$WORK/dhcpd.leases" --no-pid t0
wait_until 5 udp_port_is_bound 67
service_start dhcp hostname=alp seconds=60
check "ISC dhcpd gives an address" "$(service_said)$(host_log)" wait_until 20 said bound
check "it is of its pool" "$(service_said)" says bound "10\.77\.0\.[78][0-9]*/24 lease=300"
check "its router" "$(service_said)" says bound "router=10.77.0.1"
check "its domain" "$(service_said)" says bound "domain=isc.example.org"
check "that address answers too" "$(service_said)" wait_until 5 answers_ping
service_stop
check "ISC dhcpd has it back" "$(cat "$WORK/dhcpd.leases")" \
    wait_until 5 grep -q 'binding state free' "$WORK/dhcpd.leases"
stop "$host_job"

# ---- A network of which the server is another: no answer, no address ----

service_start dhcp seconds=3
wait "$service_job"
check "without a server there is no lease" "$(service_said)" test ! -s "$WORK/service.out"

# ---- The server and busybox's client ----

in_host ip addr flush dev t0
cat > "$WORK/hook" << 'EOF'
#!/bin/sh
# Of udhcpc ($1) and dhclient ($reason).
case $1$reason in
bound | renew | BOUND | RENEW)
    ip addr add "${ip:-$new_ip_address}/24" dev t0 2> /dev/null
    echo "bound ${ip:-$new_ip_address} router=${router:-$new_routers}" \
        "dns=${dns:-$new_domain_name_servers} domain=${domain:-$new_domain_name}" \
        "lease=${lease:-$new_dhcp_lease_time}" >> "$HOOK_LOG" ;;
esac
EOF
chmod +x "$WORK/hook"
export HOOK_LOG=$WORK/hook.log
: > "$HOOK_LOG"
reaches_server() { in_host ping -c 1 -W 2 "$SERVER" > /dev/null; }
hook_said() { grep -q "$1" "$HOOK_LOG"; }

service_start dhcpd "address=$SERVER/24" first=10.77.0.100 last=10.77.0.101 router=$SERVER \
    dns=10.77.0.53 domain=example.net lease-s=600 seconds=110
in_host timeout 20 udhcpc -i t0 -n -q -f -s "$WORK/hook" > "$WORK/udhcpc.log" 2>&1
check "udhcpc gets an address" "$(cat "$WORK/udhcpc.log")" hook_said 'bound 10.77.0.10[01]'
check "with router, resolver and domain" "$(cat "$HOOK_LOG")" \
    hook_said 'router=10.77.0.9 dns=10.77.0.53 domain=example.net lease=600'
check "and reaches the server" "$(in_host ip addr show t0)" reaches_server

# ---- The server and ISC's client ----

in_host ip addr flush dev t0
: > "$HOOK_LOG"
: > "$WORK/dhclient.leases"
client() {
    in_host timeout 30 dhclient -4 -cf /dev/null -lf "$WORK/dhclient.leases" \
        -pf "$WORK/dhclient.pid" -sf "$WORK/hook" "$@" t0 > "$WORK/dhclient.log" 2>&1
}
client -1 -e HOOK_LOG="$HOOK_LOG"
check "dhclient gets an address" "$(cat "$WORK/dhclient.log" "$HOOK_LOG")" \
    hook_said 'bound 10.77.0.10[01] .*lease=600'
check "and reaches the server too" "$(in_host ip addr show t0)" reaches_server
client -v -r
check "dhclient gives it back" "$(cat "$WORK/dhclient.log")" \
    grep -q "DHCPRELEASE .*$SERVER" "$WORK/dhclient.log"
service_stop
finish
