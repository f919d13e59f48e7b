#!/bin/bash
# groups.sh: a kernel that queries for multicast listeners learns tarn's groups, those of the stack
# itself and that of a program, by IGMP and MLD; tshark has no complaint about anything tarn sends.
#
#   HOST: bridge br0, which queries and snoops -- t0  <-- TAP -->  tarn 10.77.0.2 : PROG
#
# Families: 4 6
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

if [ "$FAMILY" = 4 ]; then GROUP=239.7.7.7; else GROUP=ff05::7:7; fi

host_address() {
    in_host sh -c 'ip link add br0 type bridge mcast_querier 1 mcast_startup_query_interval 100 \
        mcast_query_response_interval 100 && ip link set br0 type bridge mcast_snooping 1 &&
        ip link set br0 up && ip link set t0 master br0'
    in_host ip addr add "$HOST_IP/$BITS" dev br0
    in_host ip link set t0 txqueuelen 10000 up
}

listener='
import socket, sys, time
group, family = sys.argv[1], socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
s = socket.socket(family, socket.SOCK_DGRAM)
s.bind(("", 7700))
raw = socket.inet_pton(family, group)
if family == socket.AF_INET:
    s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, raw + bytes(4))
else:
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, raw + bytes(4))
print("joined", flush=True)
print(s.recv(100).decode(), flush=True)
time.sleep(float(sys.argv[2]))
'

sender='
import socket, sys
group, family = sys.argv[1], socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
s = socket.socket(family, socket.SOCK_DGRAM)
if family == socket.AF_INET:
    s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(sys.argv[2]))
else:
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, socket.if_nametoindex("br0"))
s.sendto(b"to the group", (group, 7700))
'

# The querier's list of who listens has the group at tarn's port.
listed() { in_host bridge mdb show | grep -q "port t0 grp $1"; }

unlisted() { ! listed "$1"; }

send_to_group() { in_host python3 -c "$sender" "$GROUP" "$HOST_IP"; }

complaints() {
    tshark -n -r "$WORK/groups.pcapng" -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE \
        -Y '_ws.malformed || _ws.expert.severity >= 0x600000 || ip.checksum.status == 0 ||
            icmpv6.checksum.status == 0 || igmp.checksum.status == 0' 2> /dev/null
}

[ "$TARN" != kernel ] || skip_all "is about tarn's own reports"
need bridge tshark python3
set_up
LINK_OPTIONS=(--pcap "$WORK/groups.pcapng")
serve_start python3 -c "$listener" "$GROUP" 300
check "a program joins" "$(cat "$WORK/serve.log")" wait_until 20 grep -qx joined "$WORK/serve.log"
check "the querier knows of its group" "$(in_host bridge mdb show)" wait_until 20 listed "$GROUP"
if [ "$FAMILY" = 6 ]; then
    check "and of the solicited-node group of its address" "$(in_host bridge mdb show)" \
        wait_until 10 listed ff02::1:ff00:2
fi
send_to_group
check "what is sent to the group arrives" "$(cat "$WORK/serve.log")" \
    wait_until 10 grep -qx "to the group" "$WORK/serve.log"
serve_stop
check "tshark reads all of it without a complaint" "$(complaints | head -n 3)" \
    [ -z "$(complaints | head -n 1)" ]
finish
