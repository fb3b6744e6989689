"""The SDKs' batches taken in by pintle on one core, beside RocksDB alone committing as many records of that size.

RocksDB alone is journal_bench's: 512 records in a synced write, one thread, nothing around it, on the same core.
"""

from bench import events, google
from bench.processes import Share, kept, pintle, shares, wrk
from bench.results import Row

CONNECTIONS = 16
SIZE = 100


def run(bench):
    bare = google.counter(bench, "journal_bench", "journal_append/512", "bare/s")
    plain = measure(bench, "template", template)
    yield row("events in batches of 100", plain, bare)
    # Unpacking only adds to the work, so these will do; where they do not, the run is refused.
    enough = int(plain["rate"] * (bench.seconds + 1))
    zipped = measure(bench, "replay", lambda folder: replay(folder, enough))
    yield row("events in batches of 100, gzip", zipped, bare)
    yield Row("answer to a batch, p50", plain["p50_ms"], "ms")
    yield Row("answer to a batch, p99", plain["p99_ms"], "ms")


def row(name, report, bare):
    return Row(name, report["rate"] * SIZE, "events/s", bare, "RocksDB, groups of 512", least_ratio=0.5,
               note=report["note"], headline=True)


def template(folder):
    path = folder / "request"
    path.write_text(events.request("/v1/batch", events.batch(SIZE)))
    return path, events.persons(SIZE), 0


def replay(folder, count):
    path = folder / "requests"
    events.write_zipped(path, count)
    return (path,)


def measure(bench, script, prepare):
    with bench.folder() as folder:
        arguments = prepare(folder)
        with pintle(folder) as daemon:
            used = Share(daemon.pid)
            report = wrk(script, daemon.url, *arguments, connections=CONNECTIONS, seconds=bench.seconds)
            report["note"] = shares("pintle", pintle=used.so_far(), wrk=report["share"])
            kept(daemon, report["requests"] * SIZE)
            return report
