"""The SDKs' batches that pintle accepts on one core, beside RocksDB alone committing the same records on that core.

RocksDB alone: the records that the run has just left in pintle's journal, 512 in a synced write, one thread, nothing
around it. Nothing is delivered, so both keep what they write.
"""

import json
import subprocess

from bench import events
from bench.machine import ROOT, SUBJECT, on_core
from bench.processes import Share, kept, pintle, shares, wrk
from bench.results import Row

CONNECTIONS = 16
SIZE = 100
RECORDS = 200_000  # that RocksDB alone commits
GROUP = 512


def run(bench):
    plain = measure(bench, "template", template)
    yield row("events in batches of 100", plain)
    # Unpacking only adds to the work, so these will do, even where the machine has become twice as fast meanwhile.
    enough = int(2 * plain["rate"] * (bench.seconds + 1))
    zipped = measure(bench, "replay", lambda folder: replay(folder, enough))
    yield row("events in batches of 100, gzip", zipped)
    yield Row("answer to a batch, p50", plain["p50_ms"], "ms")
    yield Row("answer to a batch, p99", plain["p99_ms"], "ms")
    yield Row("CPU for an event of a batch", plain["cpu_us"], "us", plain["alone"]["cpu_us"], "RocksDB alone")


def row(name, report):
    return Row(name, report["rate"] * SIZE, "events/s", report["alone"]["records_per_second"], "RocksDB alone",
               least_ratio=0.5, note=report["note"], headline=True)


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
            report["cpu_us"] = used.cpu_so_far() / (report["requests"] * SIZE) * 1e6
            kept(daemon, report["requests"] * SIZE)
        report["alone"] = alone(folder, min(RECORDS, report["requests"] * SIZE))
        return report


def alone(folder, count):
    program = ROOT / "build/release/bench/commit_records"
    with on_core(SUBJECT):
        done = subprocess.run([program, folder / "journal", "customerio", str(count), str(GROUP)], check=True,
                              stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)
