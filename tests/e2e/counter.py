"""counter.py FILE KEY: sums every number under KEY in the last line of FILE that is JSON.

KEY is the end of a dotted path, e.g. `tcp.bytes_in` or `bytes_in`."""
import json
import sys


def walk(value, path, key):
    if isinstance(value, dict):
        return sum(walk(v, path + [k], key) for k, v in value.items())
    if isinstance(value, list):
        return sum(walk(v, path, key) for v in value)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    name = "." + ".".join(path)
    return value if is_number and name.endswith("." + key) else 0


def last_json(text):
    for line in reversed(text.splitlines()):
        if line.startswith("{"):
            return json.loads(line)
    sys.exit("counter.py: no statistics in the file")


with open(sys.argv[1], encoding="utf-8") as f:
    print(walk(last_json(f.read()), [], sys.argv[2]))
