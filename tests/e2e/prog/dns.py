"""dns.py ADDRESS: a name server. NAME.test has 192.0.2.7 and 2001:db8::7; `big.test` is cut short over
UDP, so that it must be asked for over TCP; all else does not exist."""
import socket
import struct
import sys
import threading

ADDRESS = {
    1: socket.inet_pton(socket.AF_INET, "192.0.2.7"),
    28: socket.inet_pton(socket.AF_INET6, "2001:db8::7"),
}


def name_end(query):
    at = 12
    while query[at]:
        at += 1 + query[at]
    return at + 1


def answer(query, over_udp):
    end = name_end(query)
    name = query[12:end]
    kind = struct.unpack("!H", query[end:end + 2])[0]
    known = name.lower().endswith(b"\x04test\x00")
    cut = over_udp and name.lower().startswith(b"\x03big")
    found = known and kind in ADDRESS and not cut
    flags = 0x8180 | (0x0200 if cut else 0) | (0 if known else 3)
    head = query[:2] + struct.pack("!HHHHH", flags, 1, int(found), 0, 0)
    data = ADDRESS.get(kind, b"")
    record = b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(data)) + data
    return head + query[12:end + 4] + (record if found else b"")


def serve_tcp(server):
    while True:
        conn, _ = server.accept()
        with conn:
            while len(length := conn.recv(2, socket.MSG_WAITALL)) == 2:
                query = conn.recv(struct.unpack("!H", length)[0], socket.MSG_WAITALL)
                reply = answer(query, False)
                conn.sendall(struct.pack("!H", len(reply)) + reply)


def main(address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    tcp = socket.create_server((address, 53), family=family)
    threading.Thread(target=serve_tcp, args=(tcp,), daemon=True).start()
    udp = socket.socket(family, socket.SOCK_DGRAM)
    udp.bind((address, 53))
    while True:
        query, peer = udp.recvfrom(4096)
        udp.sendto(answer(query, True), peer)


main(sys.argv[1])
