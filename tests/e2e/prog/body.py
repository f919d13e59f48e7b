"""body.py: puts together the response of one HTTP exchange from its segments, in whatever order and
however often they came, and writes its body. Each line is a segment as tshark dissects it: the
relative sequence number, a tab, the payload in hexadecimal digits."""
import sys

response = bytearray()
for line in sys.stdin:
    seq, payload = line.split()
    start, data = int(seq) - 1, bytes.fromhex(payload)
    response.extend(bytes(max(0, start + len(data) - len(response))))
    response[start:start + len(data)] = data
sys.stdout.buffer.write(response.partition(b"\r\n\r\n")[2])
