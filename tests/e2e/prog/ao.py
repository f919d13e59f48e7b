"""ao.py ADDRESS - connections of this host to itself, signed as RFC 5925 says, by Linux's options.

Prints one line per step, `NAME: what came`, which ao.sh compares.
"""

import socket
import struct
import sys
import threading

ADD_KEY, DEL_KEY, INFO, GET_KEYS = 38, 39, 40, 41
SET_RNEXT, GET_ALL = 2, 4
FORM, KEY = "=128s64siIHBBBBBB80s", "=128s64s80sIHBBBBBBiQQ"

address = sys.argv[1]
family = socket.AF_INET6 if ":" in address else socket.AF_INET
whole = 128 if family == socket.AF_INET6 else 32


def name():
    if family == socket.AF_INET6:
        return struct.pack("=HHI16sI", family, 0, 0, socket.inet_pton(family, address), 0)
    return struct.pack("=HH4s", family, 0, socket.inet_pton(family, address))


def add(s, secret, send, recv, bits=0, algorithm=b"hmac(sha1)", prefix=whole):
    s.setsockopt(socket.IPPROTO_TCP, ADD_KEY,
                 struct.pack(FORM, name(), algorithm, 0, bits, 0, prefix, send, recv, 0, 0, len(secret), secret))


def delete(s, send, recv):
    s.setsockopt(socket.IPPROTO_TCP, DEL_KEY,
                 struct.pack("=128siIHBBBBBB", name(), 0, 0, 0, whole, send, recv, 0, 0, 0))


def info(s):
    return struct.unpack("=IHBBQQQQQ", s.getsockopt(socket.IPPROTO_TCP, INFO, 48))


def ask_for(s, recv):
    """From now on the peer is to sign with the key of that id (RFC 5925 7.4)."""
    s.setsockopt(socket.IPPROTO_TCP, INFO, struct.pack("=IHBBQQQQQ", SET_RNEXT, 0, 0, recv, 0, 0, 0, 0, 0))


def said(what, call):
    try:
        result = call()
    except OSError as why:
        result = type(why).__name__ + " " + str(why.errno)
    print(f"{what}: {result}")


def stream():
    s = socket.socket(family, socket.SOCK_STREAM)
    s.settimeout(1)
    return s


def pair(ours, theirs, **more):
    """A client and what the listener has taken; keys are (secret, id sent, id received)."""
    listener, client = stream(), stream()
    for key in theirs:
        add(listener, *key, **more)
    for key in ours:
        add(client, *key, **more)
    listener.bind((address, 0))
    listener.listen()
    client.connect(listener.getsockname()[:2])
    return client, listener.accept()[0]


def moves(client, server):
    data = bytes(i & 255 for i in range(200000))
    sender = threading.Thread(target=client.sendall, args=(data,))
    sender.start()
    got = bytearray()
    while len(got) < len(data):
        got += server.recv(65536)
    sender.join()
    return "same" if got == data else "others"


def keys(s):
    return struct.unpack(KEY, forms(s, 2, struct.calcsize(KEY))[0])


def forms(s, n, size):
    """Up to n keys, each in `size` bytes."""
    want = struct.pack(KEY, b"", b"", b"", n, GET_ALL, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    raw = get(s, want.ljust(size, b"\0"), n)
    return [raw[i * size:(i + 1) * size] for i in range(n)]


def long_forms():
    """What stands behind a key in a form that is longer than Linux's."""
    s, size = stream(), struct.calcsize(KEY)
    for i in (1, 2, 3):
        add(s, b"secret", i, i)
    forms(s, 3, size)
    return [sum(form[size:]) for form in forms(s, 2, size + 96)]


def get(s, value, n):
    """getsockopt() that also reads the buffer, which Python's does not; n values of this length."""
    import ctypes
    buffer = ctypes.create_string_buffer(value, n * len(value))
    length = ctypes.c_uint32(len(value))
    if ctypes.CDLL(None, use_errno=True).getsockopt(s.fileno(), 6, GET_KEYS, buffer, ctypes.byref(length)) != 0:
        raise OSError(ctypes.get_errno(), "getsockopt")
    return buffer.raw


def main():
    one, other = (b"secret", 1, 2), (b"later", 3, 4)
    turned = [(b"secret", 2, 1), (b"later", 4, 3)]
    client, server = pair([one, other], turned)
    said("signed", lambda: moves(client, server))
    said("counted", lambda: (info(client)[4] > 0, info(client)[5:]))
    said("keys", lambda: (keys(server)[3], keys(server)[1].rstrip(b"\0"), keys(server)[8:10]))
    ask_for(server, 3)
    ask_for(client, 4)
    said("rolled over", lambda: moves(client, server))
    said("current", lambda: (info(client)[0] & 3, info(client)[2]))
    said("delete the current", lambda: delete(client, 3, 4))
    said("delete the other", lambda: delete(server, 2, 1))
    said("delete it again", lambda: delete(server, 2, 1))
    said("cmac", lambda: moves(*pair([one], turned, algorithm=b"cmac(aes128)")))
    said("another secret", lambda: pair([(b"wrong", 1, 2)], turned))
    said("no key", lambda: pair([], turned))
    said("the same twice", lambda: [add(s, *one) for s in [stream()] for _ in "12"])
    said("unknown algorithm", lambda: add(stream(), *one, algorithm=b"hmac(md4)"))
    said("prefix", lambda: add(stream(), *one, prefix=129))
    said("long forms", long_forms)
    said("nothing to tell", lambda: info(stream()))


main()
