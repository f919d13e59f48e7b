"""signed.py serve|connect|try ADDRESS PORT KEY BYTES [BITS] - a connection whose segments are signed (RFC 2385).

Each side sends BYTES bytes and takes as many; both print `same` when they are what was sent. The key is
for ADDRESS, or with BITS for all peers that begin like it; KEY - is none. The server takes one
connection from anywhere; it gives up after eight seconds, its client after four. To try is to give the
key and no more.
"""

import socket
import struct
import sys
import threading

TCP_MD5SIG, TCP_MD5SIG_EXT, FLAG_PREFIX = 14, 32, 1


def signature(family, address, key, bits):
    if family == socket.AF_INET6:
        name = struct.pack("=HHI16sI", family, 0, 0, socket.inet_pton(family, address), 0)
    else:
        name = struct.pack("=HH4s", family, 0, socket.inet_pton(family, address))
    return struct.pack("=128sBBHi80s", name, FLAG_PREFIX if bits else 0, int(bits or 0), len(key), 0, key)


def pattern(n, first):
    return bytes((i * 7 + first) & 255 for i in range(n))


def talk(s, n, ours, theirs):
    sender = threading.Thread(target=lambda: (s.sendall(pattern(n, ours)), s.shutdown(socket.SHUT_WR)))
    sender.start()
    got = bytearray()
    while data := s.recv(65536):
        got += data
    sender.join()
    print("same" if got == pattern(n, theirs) else f"{len(got)} bytes, or others")


def main():
    role, address, port, key, n = sys.argv[1:6]
    bits = sys.argv[6] if len(sys.argv) > 6 else ""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    s = socket.socket(family, socket.SOCK_STREAM)
    s.settimeout(4 if role == "connect" else 8)
    if key != "-":
        s.setsockopt(socket.IPPROTO_TCP, TCP_MD5SIG_EXT if bits else TCP_MD5SIG,
                     signature(family, address, key.encode(), bits))
    try:
        if role == "connect":
            s.connect((address, int(port)))
            talk(s, int(n), 1, 2)
        elif role == "serve":
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind(("::" if family == socket.AF_INET6 else "0.0.0.0", int(port)))
            s.listen()
            c = s.accept()[0]
            c.settimeout(5)
            talk(c, int(n), 2, 1)
    except OSError as why:
        print(type(why).__name__)


main()
