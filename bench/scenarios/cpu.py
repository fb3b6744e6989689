"""pintle's CPU time for an event: received, committed, delivered over TLS and acked."""

from bench import events
from bench.machine import cpu_seconds
from bench.processes import drained, free_port, nginx, pintle, send, wrk
from bench.results import Row

BATCHED = 100_000  # events


def run(bench):
    for version in ("v1", "v2"):
        yield Row(f"CPU for an event, single, delivered by {version}", measure(bench, version, single), "us",
                  headline=True)
        yield Row(f"CPU for an event, in batches of 100, delivered by {version}", measure(bench, version, batched),
                  "us", headline=True)


def measure(bench, version, load):
    port = free_port()
    with bench.folder() as folder, nginx(folder, 200, "{}", tls=True, port=port), \
            pintle(folder, f"https://127.0.0.1:{port}", api_version=version) as daemon:
        send(daemon, 1000)  # opens the connections
        drained(daemon)
        before, delivered = cpu_seconds(daemon.pid), daemon.destination()["delivered"]
        load(bench, folder, daemon)
        drained(daemon)
        return (cpu_seconds(daemon.pid) - before) / (daemon.destination()["delivered"] - delivered) * 1e6


def single(bench, folder, daemon):
    """As fast as the daemon accepts them, so that it commits them in groups, as a busy daemon does."""
    template = folder / "request"
    template.write_text(events.request("/v1/track", events.track()))
    wrk("template", daemon.url, template, events.PERSONS, 1000, connections=128, seconds=bench.seconds)


def batched(bench, folder, daemon):
    send(daemon, BATCHED, first=1000)
