"""body.py: puts together the response of one HTTP exchange from its segments, in whatever order and
however often they came, and writes its body. Each line is a segment as tshark dissects it: the
sequence number, a tab, the payload in hexadecimal digits. The first is the SYN's and has none."""
import sys

response = bytearray()
syn = int(next(sys.stdin).split()[0])
for line in sys.stdin:
    seq, _, payload = line.rstrip("\n").partition("\t")
    start, data = (int(seq) - syn - 1) % 2**32, bytes.fromhex(payload)
    if not data:
        continue  # the SYN again
    response.extend(bytes(max(0, start + len(data) - len(response))))
    response[start:start + len(data)] = data
sys.stdout.buffer.write(response.partition(b"\r\n\r\n")[2])
