"""1,000 events a second through all of pintle, over TLS, at the default rate and number of connections.

Sender and receiver are one process, so that both ends of a way are read from one clock; it has the other core. The
sender keeps to its schedule whatever pintle does.
"""

import asyncio
import gc
import re

from bench import events
from bench.machine import cpu_seconds
from bench.open_loop import OpenLoop
from bench.processes import SATURATED, certificates, free_port, pintle
from bench.results import Failure, Row
from bench.sink import listen

RATE = 1000
WARM_UP = 1  # seconds whose events are sent and not counted: connections are opened, caches filled
ORDER = re.compile(rb'"order_id":"[^"]*-(\d{12})"')


def run(bench):
    seconds = 2 * bench.seconds
    at_once = measure(bench, seconds, latency=0)
    for name, begins in (("request", at_once["sent"]), ("200", at_once["answered"])):
        ways = sorted(at_once["arrived"][i] - begins[i] for i in begins)
        yield Row(f"from the sender's {name} to the arrival, p50", 1000 * part(ways, 0.5), "ms", at_most=3,
                  note=at_once["note"], headline=name == "request")
        yield Row(f"from the sender's {name} to the arrival, p99", 1000 * part(ways, 0.99), "ms", at_most=15,
                  note=at_once["note"], headline=name == "request")
    slow = measure(bench, seconds, latency=0.05)
    ways = sorted(slow["arrived"][i] - slow["sent"][i] for i in slow["sent"])
    yield Row("delivered, if each response takes 50 ms", slow["rate"], "requests/s", at_least=0.99 * RATE,
              note=slow["note"], headline=True)
    yield Row("  from the request to the arrival, p50", 1000 * part(ways, 0.5), "ms", note=slow["note"])
    yield Row("  from the request to the arrival, p99", 1000 * part(ways, 0.99), "ms", note=slow["note"])


def part(ordered, share):
    return ordered[int(share * (len(ordered) - 1))]


def measure(bench, seconds, latency):
    port = free_port()
    with bench.folder() as folder, pintle(folder, f"https://127.0.0.1:{port}", rate=None, retry=None) as daemon:
        return asyncio.run(both_ends(daemon, certificates(folder), port, seconds, latency))


async def both_ends(daemon, keys, port, seconds, latency):
    template = events.request("/v1/track", events.track())
    sender = OpenLoop(daemon.port, lambda number: events.fill(template, number, events.PERSONS).encode())
    arrived = {}

    def note_arrival(now, request):
        arrived.setdefault(int(ORDER.search(request)[1]), now)

    server = await listen(keys, port, note_arrival, latency)
    gc.collect()
    gc.disable()  # its pauses would count as pintle's
    try:
        before = cpu_seconds("self")
        await sender.run(RATE, WARM_UP + seconds)
        share = (cpu_seconds("self") - before) / (WARM_UP + seconds)
        last_sent = max(sender.sent.values())
        for _ in range(300):
            if len(arrived) == len(sender.sent) == len(sender.answered):
                break
            await asyncio.sleep(0.1)
        else:
            raise Failure(f"of {len(sender.sent)} events {len(arrived)} arrived:\n{daemon.output()}")
    finally:
        gc.enable()
        server.close()
    if sender.refused:
        raise Failure(f"pintle refused {sender.refused} events")
    first = WARM_UP * RATE
    counted = range(first, len(sender.sent))
    since = sender.sent[first]
    notes = [f"{sender.late} of {len(sender.sent)} were sent late"] if sender.late else []
    notes += [f"the sender used {share:.0%} of its core"] if share > SATURATED else []
    return {"arrived": arrived, "sent": {i: sender.sent[i] for i in counted},
            "answered": {i: sender.answered[i] for i in counted}, "note": "; ".join(notes),
            "rate": sum(since < when <= last_sent for when in arrived.values()) / (last_sent - since)}
