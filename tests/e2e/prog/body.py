"""body.py: reads what `tshark -z follow,tcp,raw,0` prints of one HTTP exchange, writes the body of
the response. Bytes of the second node stand behind a tab."""
import sys

response = bytearray()
for line in sys.stdin:
    if line.startswith("\t"):
        response += bytes.fromhex(line.strip())
sys.stdout.buffer.write(response.partition(b"\r\n\r\n")[2])
