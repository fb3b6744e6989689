"""A backlog delivered by pintle on one core to nginx over TLS on the other, beside wrk on that core with such requests.

pintle takes the backlog in while nobody listens there, is stopped, and starts again once nginx does. It is measured
from the first delivery to where 95 % is delivered.
"""

import json
import subprocess
import time

from bench import events
from bench.machine import SUBJECT
from bench.processes import PINTLE, Share, config, free_port, nginx, pintle, send, shares, wrk
from bench.results import Failure, Row

CONNECTIONS = 64  # the default
LONGEST = 30  # seconds that a backlog may take


def run(bench):
    ours, note = drain(bench, "v1", 200_000)
    reference = beside(bench)
    yield Row("v1, backlog delivered over TLS", ours, "requests/s", reference["rate"], "wrk over TLS", least_ratio=0.5,
              note=f"{note}; {reference['note']}", headline=True)
    ours, note = drain(bench, "v2", 400_000)
    yield Row("v2, backlog delivered over TLS", ours, "events/s", at_least=100_000, note=note, headline=True)


def drain(bench, version, count):
    """Events a second, and what limited them if not pintle."""
    port = free_port()
    to = {"url": f"https://127.0.0.1:{port}", "api_version": version}
    with bench.folder() as folder:
        with pintle(folder, **to) as daemon:
            send(daemon, count)
            daemon.stop()
        with nginx(folder, 200, "{}", tls=True, port=port) as server, pintle(folder, **to) as daemon:
            return watch(daemon, server, count)


def watch(daemon, server, count):
    begin, first = None, 0
    limit = time.monotonic() + LONGEST
    while True:
        now, delivered = time.monotonic(), daemon.destination()["delivered"]
        if begin is None and delivered:
            begin, first, used = now, delivered, (Share(daemon.pid), Share(server.pid))
        if delivered >= 0.95 * count or now > limit:
            break
        time.sleep(0.01 if begin is None else 0.1)
    if begin is None or now == begin:
        raise Failure(f"{delivered} of {count} were delivered at the first look:\n{daemon.output()}")
    return (delivered - first) / (now - begin), shares("pintle", pintle=used[0].so_far(), nginx=used[1].so_far())


def beside(bench):
    with bench.folder() as folder:
        request = mapped(folder)
        body = folder / "body"
        body.write_text(json.dumps(request["body"], separators=(",", ":")))
        with nginx(folder, 200, "{}", tls=True) as server:
            used = Share(server.pid)
            report = wrk("static", server.url, request["method"], request["path"], body,
                         "Authorization", "Basic c2l0ZS1pZDphcGkta2V5", "User-Agent", "pintle/0.1.0",
                         "Content-Type", "application/json", connections=CONNECTIONS, seconds=bench.seconds,
                         core=SUBJECT)
            return report | {"note": shares("wrk", wrk=report["share"], nginx=used.so_far())}


def mapped(folder):
    """One of the backlog's events as pintle sends it."""
    path = config(folder, "https://127.0.0.1:9")
    event = events.fill(events.track(), 1, events.PERSONS)
    done = subprocess.run([PINTLE, "transform", "--config", str(path)], input=event, capture_output=True, text=True,
                          check=True)
    return json.loads(done.stdout)
