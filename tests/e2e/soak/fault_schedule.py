"""The faults of Customer.io over time."""

import random
import threading

from harness import API_KEY

CALM = {"latency_ms": 0, "fail_rate": 0, "fail_status": 500, "reset_rate": 0, "reset_after_rate": 0, "item_fail_rate": 0,
        "rate": 0, "retry_after": None, "api_key": API_KEY}
KINDS = {
    "calm": {},
    "slow": {"latency_ms": 40},
    "failing": {"latency_ms": 5, "fail_rate": 0.15, "reset_rate": 0.05, "reset_after_rate": 0.05},
    "responses lost": {"reset_after_rate": 0.3},
    "throttled": {"rate": 500, "retry_after": "1"},
    "down": {"fail_rate": 1, "fail_status": 503},
    "unreachable": {"reset_rate": 1},
    "unauthorized": {"api_key": "another"},
}
LONGEST_LATENCY = 0.04  # seconds
# Nothing is delivered during these, so they are short.
SHORT = ("down", "unreachable", "unauthorized")


def schedule(seed):
    """Endless kinds of faults with their durations (1: the longest). Every kind occurs before one is repeated."""
    chance = random.Random(f"{seed}/faults")
    while True:
        kinds = [*KINDS, "calm", "calm"]
        chance.shuffle(kinds)
        for kind in kinds:
            yield kind, chance.uniform(0.5, 1) * (0.3 if kind in SHORT else 1)


class FaultSchedule:
    """Changes the sandbox's faults on a thread of its own; `longest` is in seconds."""

    def __init__(self, sandbox, seed, longest):
        self.sandbox = sandbox
        self.schedule = schedule(seed)
        self.longest = longest
        self.seen = set()
        self.error = None
        self.end = threading.Event()
        self.thread = threading.Thread(target=self.run, name="faults", daemon=True)

    def start(self):
        self.thread.start()

    def run(self):
        try:
            for kind, share in self.schedule:
                self.sandbox.faults(**CALM | KINDS[kind])
                self.seen.add(kind)
                if self.end.wait(share * self.longest):
                    break
            self.sandbox.faults(**CALM)
        except BaseException as error:
            self.error = error

    def finish(self):
        """Ends all faults."""
        self.end.set()
        self.thread.join()
        if self.error is not None:
            raise self.error
