"""One soak: traffic, faults and kills at once, then the audit of the deliveries."""

import json
import shutil
import statistics
import tempfile
import threading
import time
from pathlib import Path

from harness import Sandbox, config, wait_until
from soak.arrivals import Lives, Reader
from soak.delivery_audit import PROBLEMS, DeliveryAudit
from soak.killer import Killer, kills
from soak.plan import number_of
from soak.traffic import Traffic, TrafficOptions
from soak.fault_schedule import LONGEST_LATENCY, FaultSchedule


COPY_SHARE = 0.05  # of the requests, which are sent once more, at once or later


class Options:
    def __init__(self, events=500_000, kills=50, seed=1, api_version="v1", senders=48, longest_fault=4.0):
        self.events = events
        self.kills = kills
        self.seed = seed
        self.api_version = api_version
        self.senders = senders
        self.longest_fault = longest_fault  # seconds
        self.stall = 60  # seconds without progress after which the soak fails
        self.most_ahead = max(events // 10, 1000)  # events that may be accepted and not yet delivered


class Soak:
    """`run` returns the figures. If there is a problem, the folder with all logs and records stays."""

    def __init__(self, options, say=lambda line: None):
        self.options = options
        self.say = say
        self.folder = Path(tempfile.mkdtemp(prefix="pintle-soak-"))
        self.audit = DeliveryAudit()
        self.began = time.monotonic()
        self.moved = self.began, None
        self.said = self.began

    def run(self):
        self.sandbox = self.start_sandbox()
        try:
            self.traffic = self.make_traffic()
            self.lives = Lives(LONGEST_LATENCY)
            self.faults = FaultSchedule(self.sandbox, self.options.seed, self.options.longest_fault)
            self.reading = Reading(self.make_reader(self.folder / "record"))
            figures = self.with_daemon()
        finally:
            self.sandbox.clean_up()
        figures["wall time"] = time.monotonic() - self.began
        return figures

    def start_sandbox(self, *options, **more):
        return Sandbox(self.folder, "--quiet", "--record", str(self.folder / "record"), *options, keep=1, **more)

    def make_traffic(self, options=None):
        given = self.options
        options = options or TrafficOptions(copy_share=COPY_SHARE)
        return Traffic(self.audit, given.seed, given.senders, given.events, given.most_ahead, options)

    def make_reader(self, path):
        return Reader(path, self.audit, self.lives)

    def with_daemon(self):
        killer = Killer(self.write_config(), self.folder, self.lives, self.traffic, self.progress, self.check)
        killer.start()
        try:
            self.reading.start()
            self.faults.start()
            self.traffic.start()
            for kill in kills(self.options.seed, self.options.kills):
                killer.kill(kill)
            killer.await_ready()
            self.finish(killer.daemon)
            code = killer.daemon.stop()
        finally:
            killer.daemon.clean_up()
            self.reading.end.set()
        return self.figures(killer) | {"exit code": code}

    def write_config(self):
        path = self.folder / "pintle.yaml"
        options = {"api_version": self.options.api_version}
        path.write_text(json.dumps(config(self.folder, self.sandbox.url, **options)))  # JSON is YAML
        return path

    def finish(self, daemon):
        """Waits until everything is delivered and recorded, then checks the dead letters and the ledger."""
        self.finish_traffic()
        self.drain(daemon)
        for number in dead_letters(daemon):
            self.audit.dead_letter(number)
        self.audit.check_ledger(daemon.metrics().ledger())

    def finish_traffic(self):
        while not self.traffic.over():
            self.check()
            time.sleep(0.02)
        self.faults.finish()

    def drain(self, daemon):
        while daemon.destination()["backlog_events"]:
            self.check()
            time.sleep(0.05)
        calls = self.sandbox.call("GET", "/stats").json()["calls"]
        wait_until(lambda: self.reading.error or self.reading.reader.calls == calls, "the whole record")
        self.check()
        # A dead letter is written some 50 ms after its record is acked.
        wait_until(lambda: daemon.destination()["dead_letters"] == daemon.metrics().ledger()["retained"],
                   "the last dead letters")

    def progress(self):
        counts = self.audit.counts
        return (counts["accepted"] + counts["rejected"] + counts["arrived"]) / (2 * self.options.events)

    def check(self):
        """Raises the error of another thread, or an error if there is no progress."""
        for error in (self.traffic.error, self.faults.error, self.reading.error):
            if error is not None:
                raise error
        now, counts = time.monotonic(), self.audit.counts
        so_far = counts["accepted"], counts["arrived"], counts["repeats"]
        if so_far != self.moved[1]:
            self.moved = now, so_far
        elif now - self.moved[0] > self.options.stall:
            raise AssertionError(f"no progress for {self.options.stall} s: accepted {so_far[0]}, arrived {so_far[1]}")
        if now - self.said > 5:
            self.said = now
            self.say(f"{now - self.began:5.0f} s  {self.stage()}  accepted {so_far[0]}  "
                     f"arrived {so_far[1]}  repeats {so_far[2]}")

    def stage(self):
        return f"life {len(self.lives.starts)}"

    def figures(self, killer):
        ready, first = sorted(killer.ready_after), sorted(self.lives.first_calls.values())
        return {"seed": self.options.seed, "api_version": self.options.api_version, "kills": killer.count} | \
            self.audit.close() | {
                "requests": self.traffic.counts["requests"],
                "requests sent again": self.traffic.resent(),
                "sent again because": {name.partition(": ")[2]: count for name, count in
                                       sorted(self.traffic.counts.items()) if name.startswith("resent")},
                "calls at Customer.io": self.reading.reader.calls,
                "faults": sorted(self.faults.seen),
                "ready after a start, median": statistics.median(ready),
                "ready after a start, most": ready[-1],
                "first call after a start, median": statistics.median(first),
                "first call after a start, most": first[-1],
            }

    def clean_up(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def dead_letters(daemon):
    """The numbers of the events that are dead letters; None for one that is not from a plan."""
    page, more = None, ""
    while page is None or "next" in page:
        page = daemon.admin(f"/api/dead-letters?limit=1000{more}").json()
        more = f"&after={page.get('next')}"
        for letter in page["dead_letters"]:
            event = letter["event"]
            yield number_of(event.get("messageId")) if isinstance(event, dict) else None


class Reading:
    """A thread that reports the sandbox's record to the audit."""

    def __init__(self, reader):
        self.reader = reader
        self.error = None
        self.end = threading.Event()
        self.thread = threading.Thread(target=self.run, name="reading", daemon=True)

    def start(self):
        self.thread.start()

    def run(self):
        try:
            while not self.end.is_set():
                if not self.reader.read():
                    self.end.wait(0.005)
        except BaseException as error:
            self.error = error
        finally:
            self.reader.close()


def problems(figures):
    """The figures that must be 0 and are not."""
    names = *PROBLEMS, "unaccounted", "exit code", "repeats over the bound", "requests of a former owner over the bound"
    return {name: figures[name] for name in names if figures.get(name)}
