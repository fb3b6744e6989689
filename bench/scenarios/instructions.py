"""Instructions an event (user mode), which other processes on the machine do not change: for judging a change.

Counted by perf where the machine lets it, else by callgrind. Each figure is the difference of two runs that differ in
nothing but the number of events, divided by that difference, so that starting and stopping cancel out.
"""

import re
import subprocess
from pathlib import Path

from bench.machine import ROOT, SUBJECT, on_core
from bench.processes import Daemon, config, drained, free_port, nginx, send
from bench.results import Row

COUNTER = re.compile(r"^([\d,]+),*instructions:u", re.MULTILINE)


def perf_counts():
    try:
        done = subprocess.run(["perf", "stat", "-x,", "-e", "instructions:u", "true"], capture_output=True, text=True)
    except OSError:
        return False
    return done.returncode == 0 and COUNTER.search(done.stderr) is not None


class Counter:
    def __init__(self, folder):
        self.out = folder / "instructions"
        if perf_counts():
            self.name, self.pattern = "perf", COUNTER
            self.under = ("perf", "stat", "-x,", "-e", "instructions:u", "-o", str(self.out))
        else:
            self.name, self.pattern = "callgrind", re.compile(r"^(?:summary|totals): (\d+)", re.MULTILINE)
            self.under = ("valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={self.out}")

    def count(self):
        return int(self.pattern.search(Path(self.out).read_text())[1].replace(",", ""))


def run(bench):
    for kind in ("track", "identify"):
        for version in ("v1", "v2"):
            yield row(f"{kind} mapped to {version}", lambda n: mapping(bench, kind, version, n), 1000, 11_000)
    yield row("single events accepted, one after another", lambda n: serving(bench, n, 1), 100, 1100)
    yield row("batches of 100 accepted, one after another", lambda n: serving(bench, n, 100), 1000, 6000)
    for version in ("v1", "v2"):
        yield row(f"batches of 100 accepted and delivered by {version}",
                  lambda n: serving(bench, n, 100, version), 1000, 4000)


def row(name, count, few, many):
    (base, _), (top, tool) = count(few), count(many)
    return Row(name, (top - base) / (many - few), "instructions", note=f"counted by {tool}")


def mapping(bench, kind, version, events):
    with bench.folder() as folder:
        counter = Counter(folder)
        program = ROOT / "build/release/bench/map_events"
        subprocess.run([*counter.under, program, kind, version, str(events)], check=True)
        return counter.count(), counter.name


def serving(bench, events, size, deliver=None):
    """`deliver`: by which version of the API; None: nothing is delivered."""
    port = free_port()
    to = {"api_version": deliver} if deliver else {}
    with bench.folder() as folder, nginx(folder, 200, "{}", tls=True, port=port if deliver else None):
        counter = Counter(folder)
        path = config(folder, f"https://127.0.0.1:{port}", **to)
        with on_core(SUBJECT):
            daemon = Daemon(path, folder / "pintle.log", inside=counter.under)
        try:
            send(daemon, events, size, senders=1)
            if deliver:
                drained(daemon)
            daemon.stop()
        finally:
            daemon.clean_up()
        return counter.count(), counter.name
