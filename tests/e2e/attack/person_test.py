"""Events of one person that Customer.io never accepts pile up: no other person waits for them.

PINTLE_TEST_PENDING sets the number of these events in the largest test.
"""

import http.server
import json
import os
import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from harness import PATIENCE, EndToEnd, main, wait_until  # noqa: E402

PENDING = int(os.environ.get("PINTLE_TEST_PENDING", "20000"))
LARGE = "x" * 28_000


class FarSide(http.server.ThreadingHTTPServer):
    """A stand-in for Customer.io that answers 200, but for a person in `stalled` only after `released` is set."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, stalled):
        super().__init__(("127.0.0.1", 0), FarSide.Handler)
        self.stalled = stalled
        self.released = threading.Event()
        self.lock = threading.Lock()
        self.begun = []     # (path, body) of each request
        self.answered = []  # the same for answered requests
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request, client_address):
        pass  # the daemon was killed

    def paths(self):
        with self.lock:
            return [path for path, _ in self.answered]

    def close(self):
        self.released.set()
        self.shutdown()
        self.server_close()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16  # one packet for each response
        disable_nagle_algorithm = True

        def answer(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            call = self.path, json.loads(body or b"null")
            with self.server.lock:
                self.server.begun.append(call)
            if self.server.stalled in self.path or f'"{self.server.stalled}"'.encode() in body:
                self.server.released.wait(10 * PATIENCE)
            with self.server.lock:
                self.server.answered.append(call)
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        do_PUT = do_POST = do_DELETE = answer

        def log_message(self, *_):
            pass


def track(user, name="e", **more):
    return {"type": "track", "userId": user, "event": name} | more


class Person(EndToEnd):
    def start(self, stalled="flooded", **ingest):
        self.far_side = FarSide(stalled)
        self.addCleanup(self.far_side.close)
        self.settings = self.config(self.far_side.url)
        self.settings["ingest"] |= ingest
        del self.settings["destinations"][0]["ca_file"]
        # The stalled request must not time out.
        self.settings["destinations"][0]["pool"] = {"request_timeout": "10m"}
        return self.start_daemon(self.settings)

    def send(self, daemon, events):
        answer = daemon.send("/v1/batch", events if isinstance(events, bytes) else {"batch": events})
        self.assertEqual(answer.status, 200, answer)

    def await_other(self, daemon, user):
        """Seconds until another person's event has arrived."""
        begin = time.monotonic()
        self.assertEqual(daemon.send("/v1/track", track(user)).status, 200)
        wait_until(lambda: any(f"/{user}/" in path for path in self.far_side.paths()), f"the event of {user}", 0.005)
        return time.monotonic() - begin

    def names(self, user):
        with self.far_side.lock:
            return [body["name"] for path, body in self.far_side.answered if f"/{user}/" in path]

    def test_large_events_of_one_person_whose_request_hangs_stop_nobody_else(self):
        daemon = self.start()
        for first in range(0, 1_500, 100):
            self.send(daemon, [track("flooded", str(i), properties={"x": LARGE}) for i in range(first, first + 100)])
        self.await_other(daemon, "other")
        self.far_side.released.set()
        wait_until(lambda: len(self.names("flooded")) == 1_500, "the flood to arrive")
        self.assertEqual(self.names("flooded"), [str(i) for i in range(1_500)])
        wait_until(lambda: daemon.destination()["backlog_events"] == 0, "nothing to wait")

    def test_a_chain_of_aliases_stops_nobody_else(self):
        daemon = self.start(stalled="p0")
        links = 1_500
        chain = [{"type": "alias", "previousId": f"p{i}", "userId": f"p{i + 1}", "context": {"x": LARGE}}
                 for i in range(links)]
        for first in range(0, links, 100):
            self.send(daemon, chain[first:first + 100])

        def merged():
            with self.far_side.lock:
                return [body["primary"]["id"] for path, body in self.far_side.answered if "merge" in path]
        self.await_other(daemon, "other")
        self.assertEqual(merged(), [])
        self.far_side.released.set()
        wait_until(lambda: len(merged()) == links, "the chain to arrive")
        self.assertEqual(merged(), [f"p{i + 1}" for i in range(links)])

    def test_a_long_queue_is_delivered_in_order_across_restarts(self):
        daemon = self.start()
        for first in range(0, 4_000, 1_000):
            self.send(daemon, [track("flooded", str(i)) for i in range(first, first + 1_000)])
        self.await_other(daemon, "other")
        daemon.kill()
        daemon = self.start_daemon(self.settings)
        self.await_other(daemon, "another")
        self.far_side.released.set()
        wait_until(lambda: len(self.names("flooded")) > 2_000, "half of the flood")
        daemon.kill()
        daemon = self.start_daemon(self.settings)
        wait_until(lambda: daemon.destination()["backlog_events"] == 0, "nothing to wait")
        first_arrivals = list(dict.fromkeys(self.names("flooded")))
        self.assertEqual(first_arrivals, [str(i) for i in range(4_000)])

    def test_further_events_of_a_person_with_too_many_pending_are_answered_429(self):
        daemon = self.start(max_pending_per_person=100)
        self.send(daemon, [track("flooded", str(i)) for i in range(100)])

        def refused():
            answer = daemon.send("/v1/track", track("flooded", "more"))
            return answer if answer.status == 429 else None
        answer = wait_until(refused, "a 429")
        self.assertEqual(answer.json(), {"msg": "too many events of this person wait for delivery"})
        self.assertGreater(int(answer.headers["Retry-After"]), 0)
        batch = {"batch": [track("with-them"), track("flooded", "more")]}
        self.assertEqual(daemon.send("/v1/batch", batch).status, 429)
        self.await_other(daemon, "other")
        self.assertEqual(self.names("with-them"), [], "a request is rejected as a whole")
        rejected = daemon.metrics().value("pintle_events_rejected_total", source="web", reason="person_queue_full")
        self.assertGreaterEqual(rejected, 3)

        self.far_side.released.set()
        wait_until(lambda: daemon.destination()["backlog_events"] == 0, "nothing to wait")
        self.assertEqual(daemon.send("/v1/track", track("flooded", "last")).status, 200)
        wait_until(lambda: self.names("flooded")[-1:] == ["last"], "the last event")

    def test_many_pending_events_of_one_person_cost_bounded_memory_and_time(self):
        daemon = self.start(max_pending_per_person=0)
        batch = json.dumps({"batch": [track("flooded")] * min(PENDING, 10_000)}).encode()
        begin = time.monotonic()
        for _ in range(max(PENDING // 10_000, 1)):
            self.send(daemon, batch)
        taken_in = time.monotonic() - begin
        before = self.await_other(daemon, "other")
        memory = self.memory(daemon)
        daemon.kill()
        begin = time.monotonic()
        daemon = self.start_daemon(self.settings)
        restart = time.monotonic() - begin
        after = self.await_other(daemon, "another")
        print(f"{PENDING} of one person, taken in within {taken_in:.1f} s; another one's event arrives within "
              f"{before:.3f} s, {memory} MiB; after a restart of {restart:.1f} s within {after:.3f} s, "
              f"{self.memory(daemon)} MiB")
        self.assertGreater(daemon.destination()["backlog_events"], PENDING - 1_000)

    def memory(self, daemon):
        status = pathlib.Path(f"/proc/{daemon.child.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) // 1024


if __name__ == "__main__":
    main()
