"""exchange.py [OPTION]... client ADDRESS PORT FILE: sends FILE, ends, and takes it back.
exchange.py [OPTION]... server ADDRESS PORT: sends back what it has been sent.

Options: --fastopen (the first bytes go with the SYN, or are taken with it), --mptcp, --md5=KEY,PEER,
--times=N (connections, one after the other).
Each connection is told of as KEY=VALUE: bytes, same (as FILE), and of TCP_INFO: timestamps, sack,
wscale, ecn, ecnseen, syndata (1 or 0), and retrans (segments)."""
import fcntl
import ipaddress
import socket
import struct
import sys
import termios
import time

IPPROTO_MPTCP = 262
TCP_MD5SIG, TCP_FASTOPEN = 14, 23
MSG_FASTOPEN = 0x20000000
BITS = ("timestamps", "sack", "wscale", "ecn", "ecnseen", "syndata")
PIECE = 1 << 16


def md5_signature(key, peer):
    """struct tcp_md5sig."""
    address = ipaddress.ip_address(peer)
    if address.version == 4:
        name = struct.pack("=HH4s", socket.AF_INET, 0, address.packed)
    else:
        name = struct.pack("=HHI16s", socket.AF_INET6, 0, 0, address.packed)
    return struct.pack("=128sBBHi80s", name, 0, 0, len(key), 0, key.encode())


def open_socket(address, options):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    protocol = IPPROTO_MPTCP if "mptcp" in options else socket.IPPROTO_TCP
    s = socket.socket(family, socket.SOCK_STREAM, protocol)
    if "md5" in options:
        s.setsockopt(socket.IPPROTO_TCP, TCP_MD5SIG, md5_signature(*options["md5"].split(",")))
    return s


def info(s):
    """What this end's TCP_INFO says; tcpi_options is its sixth byte, tcpi_total_retrans at 100."""
    raw = s.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
    said = [f"{name}={raw[5] >> bit & 1}" for bit, name in enumerate(BITS)]
    return " ".join([*said, f"retrans={struct.unpack_from('=I', raw, 100)[0]}"])


def take(s):
    pieces = []
    while piece := s.recv(PIECE):
        pieces.append(piece)
    return b"".join(pieces)


def client(address, port, path, options):
    with open(path, "rb") as f:
        data = f.read()
    with open_socket(address, options) as s:
        sent = 0
        if "fastopen" in options:
            sent = s.sendto(data[:1000], MSG_FASTOPEN, (address, port))
        else:
            s.connect((address, port))
        s.sendall(data[sent:])
        s.shutdown(socket.SHUT_WR)
        got = take(s)
        print(f"bytes={len(got)} same={int(got == data)} {info(s)}", flush=True)
    return got == data


def drain(s):
    """Waits until all is acknowledged, so that the counters are final."""
    for _ in range(1000):
        if fcntl.ioctl(s, termios.TIOCOUTQ, b"1234") == bytes(4):
            return
        time.sleep(0.01)


def serve(listener):
    s, _ = listener.accept()
    with s:
        data = take(s)
        s.sendall(data)
        drain(s)
        print(f"bytes={len(data)} {info(s)}", flush=True)


def server(address, port, options):
    listener = open_socket(address, options)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if "fastopen" in options:
        listener.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN, 16)
    listener.bind((address, port))
    listener.listen(5)
    print("listening", flush=True)
    for _ in range(int(options.get("times", 1))):
        serve(listener)


def main():
    options = dict((a[2:] + "=").split("=")[:2] for a in sys.argv[1:] if a.startswith("--"))
    verb, address, port, *path = [a for a in sys.argv[1:] if not a.startswith("--")]
    if verb == "server":
        server(address, int(port), options)
        return 0
    return not all([client(address, int(port), *path, options) for _ in range(int(options.get("times", 1)))])


sys.exit(main())
