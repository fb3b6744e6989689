"""From the return of a Customer.io that refused connections to an empty backlog, beside the time that the backlog needs alone.

Events come in at 200 a second for 10 seconds, with --full for 60, while nobody listens there. The waits are the default
ones.
"""

import time

from bench.processes import drained, free_port, nginx, pintle, send
from bench.results import Row

RATE = 200
LONGEST = 3  # seconds that a destination may take to be back


def run(bench):
    seconds = 60 if bench.full else 10
    alone = without_outage(bench, seconds * RATE)
    yield Row(f"from the end of an outage of {seconds} s to an empty backlog", after_outage(bench, seconds), "s", alone,
              "the backlog alone", at_most=LONGEST + alone, headline=True)


def after_outage(bench, seconds):
    port = free_port()
    with bench.folder() as folder, pintle(folder, f"https://127.0.0.1:{port}", retry=None) as daemon:
        begin = time.monotonic()
        for second in range(seconds):
            send(daemon, RATE, size=1, first=second * RATE, senders=1)
            time.sleep(max(0, begin + second + 1 - time.monotonic()))
        with nginx(folder, 200, "{}", tls=True, port=port):
            return until_drained(daemon)


def without_outage(bench, count):
    """The same backlog, where the first request succeeds."""
    port = free_port()
    to = {"url": f"https://127.0.0.1:{port}", "retry": None}
    with bench.folder() as folder:
        with pintle(folder, **to) as daemon:
            send(daemon, count)
            daemon.stop()
        with nginx(folder, 200, "{}", tls=True, port=port), pintle(folder, **to) as daemon:
            return until_drained(daemon)


def until_drained(daemon):
    begin = time.monotonic()
    drained(daemon, pause=0.02)
    return time.monotonic() - begin
