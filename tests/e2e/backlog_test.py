"""A large backlog costs disk and not memory, and does not delay a restart. Over its size the journal rejects events.

PINTLE_TEST_MEMORY_MIB=0 turns the memory checks off, because sanitizers need several times as much.
"""

import http.client
import os
import threading
import time

from harness import PATIENCE, WRITE_KEY, EndToEnd, basic, free_port, main, wait_until

MIB = 1 << 20
BATCH = 100
FILLER = "x" * 750


def batch(first):
    """A request with `BATCH` events of about 1.1 KB each."""
    events = ",".join(
        f'{{"type":"track","messageId":"m-{i}","userId":"user-{i % 5000}","anonymousId":"anon-{i % 5000}",'
        '"event":"Order Completed","originalTimestamp":"2026-01-01T00:00:00.000Z","channel":"web",'
        '"context":{"library":{"name":"bench","version":"1"},"ip":"10.0.0.1"},'
        f'"properties":{{"order_id":"o-{i}","total":129.90,"currency":"EUR","filler":"{FILLER}"}}}}'
        for i in range(first, first + BATCH))
    return f'{{"batch":[{events}]}}'


class Sender:
    """A persistent connection."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self.headers = {"Authorization": basic(WRITE_KEY), "Content-Type": "application/json"}

    def send(self, body):
        """The status and the headers of the answer."""
        self.connection.request("POST", "/v1/batch", body, self.headers)
        response = self.connection.getresponse()
        response.read()
        return response.status, response.headers

    def close(self):
        self.connection.close()


def fill(port, events, threads=4):
    """Sends that many events, and returns the answers other than 200."""
    refused = []

    def run(number):
        sender = Sender(port)
        for first in range(number * BATCH, events, threads * BATCH):
            status, _ = sender.send(batch(first))
            if status != 200:
                refused.append(status)
        sender.close()

    running = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return refused


def resident(daemon):
    """Memory in bytes: now, and the peak."""
    with open(f"/proc/{daemon.child.pid}/status", encoding="ascii") as status:
        kib = {line.split(":")[0]: int(line.split()[1]) for line in status if line.startswith(("VmRSS", "VmHWM"))}
    return kib["VmRSS"] * 1024, kib["VmHWM"] * 1024


class Backlog(EndToEnd):
    def expect_resident(self, daemon, limit, when):
        now, peak = resident(daemon)
        print(f"resident {when}: {now / MIB:.0f} MiB, at most {peak / MIB:.0f}", flush=True)
        if os.environ.get("PINTLE_TEST_MEMORY_MIB") != "0":
            self.assertLess(peak, limit)

    def test_a_large_backlog_costs_no_memory_and_deliveries_begin_after_a_restart(self):
        events = 200_000
        limit = 200 * MIB  # the events alone take 210 MiB
        port = free_port()
        config = self.config(f"http://127.0.0.1:{port}", ca_file="")
        daemon = self.start_daemon(config)
        self.assertEqual(fill(daemon.port, events), [])
        self.assertEqual(daemon.destination()["backlog_events"], events)
        self.expect_resident(daemon, limit, "with all waiting")
        self.assertEqual(daemon.stop(), 0)

        sandbox = self.start_sandbox("--plain", port=port)
        begin = time.monotonic()
        daemon = self.start_daemon(config)
        sandbox.await_taken(1)
        print(f"first delivery {time.monotonic() - begin:.2f} s after the start", flush=True)
        wait_until(lambda: daemon.destination()["delivered"] > 5000, "some of it to be delivered")
        self.expect_resident(daemon, limit, "while it is delivered")

    def test_over_its_size_the_journal_refuses_at_once_and_accepts_again_when_there_is_room(self):
        port = free_port()
        config = self.config(f"http://127.0.0.1:{port}", ca_file="")
        config["journal"]["max_size"] = "8MiB"
        daemon = self.start_daemon(config)
        sender = Sender(daemon.port)
        self.addCleanup(sender.close)
        for first in range(0, 100_000, BATCH):
            status, headers = sender.send(batch(first))
            if status != 200:
                break
        self.assertEqual(status, 503)
        self.assertRegex(headers["Retry-After"], r"^\d+$")
        self.assertEqual(daemon.admin("/ready").status, 503)
        waiting = daemon.destination()["backlog_events"]
        self.assertEqual(waiting, first)

        sandbox = self.start_sandbox("--plain", port=port)
        wait_until(lambda: daemon.admin("/ready").status == 200, "room")
        self.assertEqual(sender.send(batch(first))[0], 200)
        sandbox.await_taken(first + BATCH)
        self.assertEqual(daemon.dead_letters(), [])


if __name__ == "__main__":
    main()
