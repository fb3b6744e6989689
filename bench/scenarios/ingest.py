"""Single events that pintle accepts on one core, beside nginx that answers the same requests with a static 204."""

from bench import events
from bench.machine import SUBJECT
from bench.processes import Share, kept, median_of, nginx, pintle, shares, wrk
from bench.results import Row

CONNECTIONS = 128
ROUNDS = 3


def run(bench):
    pairs = [measure(bench) for _ in range(ROUNDS)]
    ours, static = sorted(pairs, key=lambda pair: pair[0]["rate"] / pair[1]["rate"])[ROUNDS // 2]
    note = f"{ours['note']}; {static['note']}"
    yield Row("single events accepted", ours["rate"], "requests/s", static["rate"], "nginx, static 204",
              least_ratio=0.40, note=note, headline=True)
    yield Row("from a complete request to its commit, p50", ours["commit_ms"], "ms", at_most=3, headline=True)
    yield Row("answer to a single event, p50", ours["p50_ms"], "ms", static["p50_ms"], "nginx", headline=True)
    yield Row("answer to a single event, p99", ours["p99_ms"], "ms", static["p99_ms"], "nginx", headline=True)


def measure(bench):
    """pintle and then nginx, under the same load."""
    load = {"connections": CONNECTIONS, "seconds": bench.seconds}
    with bench.folder() as folder:
        template = folder / "request"
        template.write_text(events.request("/v1/track", events.track()))
        with pintle(folder) as daemon:
            used = Share(daemon.pid)
            ours = wrk("template", daemon.url, template, events.PERSONS, 0, **load)
            ours["note"] = shares("pintle", pintle=used.so_far(), wrk=ours["share"])
            kept(daemon, ours["requests"])
            ours["commit_ms"] = 1000 * median_of(daemon.metrics(), "pintle_ingest_request_duration_seconds")
        with nginx(folder, 204, core=SUBJECT) as server:
            used = Share(server.pid)
            static = wrk("template", server.url, template, events.PERSONS, 0, **load)
            static["note"] = shares("nginx", nginx=used.so_far(), wrk=static["share"])
    return ours, static
