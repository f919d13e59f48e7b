"""compare.py LOAD BASE FLOOR MEASURE,... NAME=ADDRESS...: measures servers side by side and prints a table.

All servers are up and idle. A round takes one short sample of each, in random order; ratios are
taken within a round, and their median is given with a bootstrap interval of 95 %. BASE is the
kernel, FLOOR the responder that does nothing; the server called `again` is a second BASE: when its
ratio is not about 1, the machine is too restless for the run to count.
"""
import os
import random
import statistics
import subprocess
import sys

ROUNDS = int(os.environ.get("ROUNDS", "18"))
# measure, sample in ms, unit, divisor, whether more is better
MEASURES = {
    # mode of load as its user sees it: title, sample in ms, unit, divisor
    "receive": ("bulk, the server receives", "send", 600, "Gbit/s", 1e9),
    "send": ("bulk, the server sends", "receive", 600, "Gbit/s", 1e9),
    "requests": ("requests, 64 connections", "requests", 400, "k/s", 1e3),
    "trip": ("round trip, one processor", "trip", 200, "us", 1),
}


def sample(load, mode, address, ms):
    out = subprocess.run([load, mode, address, str(ms)], capture_output=True, text=True, timeout=60)
    return float(out.stdout) if out.returncode == 0 and out.stdout else None


def interval(values):
    medians = sorted(
        statistics.median(random.choices(values, k=len(values))) for _ in range(1000))
    return medians[25], medians[974]


def ratio(samples, name, base):
    """Median and interval of the ratios within rounds, or None."""
    both = [(x, y) for x, y in zip(samples[name], samples[base]) if x and y]
    if not both:
        return None
    values = [x / y for x, y in both]
    return statistics.median(values), *interval(values)


def show(found):
    return "-" if found is None else f"{found[0]:.2f} ({found[1]:.2f}..{found[2]:.2f})"


def measure(load, servers, name):
    _, mode, ms, _, _ = MEASURES[name]
    samples = {server: [] for server in servers}
    for _ in range(ROUNDS):
        for server in random.sample(list(servers), len(servers)):
            samples[server].append(sample(load, mode, servers[server], ms))
    return samples


def main(load, base, floor, measures, *pairs):
    servers = dict(pair.split("=") for pair in pairs)
    random.seed(1)
    print(f"| measure | server | median (min..max) | / {base} | / {floor} |")
    print("|---|---|---|---|---|")
    for name in measures.split(","):
        title, _, _, unit, divisor = MEASURES[name]
        samples = measure(load, servers, name)
        for server in servers:
            values = [v / divisor for v in samples[server] if v]
            shown = "fails" if not values else (
                f"{statistics.median(values):.3g} ({min(values):.3g}..{max(values):.3g}) {unit}")
            print(f"| {title} | {server} | {shown} | {show(ratio(samples, server, base))} "
                  f"| {show(ratio(samples, server, floor))} |", flush=True)


main(*sys.argv[1:])
