"""If Customer.io fails, throttles, resets connections or rejects, no event is lost and the order of each person is kept."""

import collections
import http.server
import threading

from harness import EndToEnd, free_port, main, wait_until


def track(user, name):
    return {"type": "track", "userId": user, "event": name, "messageId": f"{user}-{name}"}


def first_arrivals(taken):
    """For each person the names of the events, in the order of their first arrival."""
    names = collections.defaultdict(list)
    for request in taken:
        person, name = request["path"].split("/")[4], request["body"]["name"]
        if name not in names[person]:
            names[person].append(name)
    return dict(names)


class Picky(http.server.BaseHTTPRequestHandler):
    """A Customer.io that fails for one person."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        person = self.path.split("/")[4]
        self.server.came.append(person)
        self.send_response(503 if person == "poison" else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


class Delivery(EndToEnd):
    def start_picky(self):
        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 128  # with 5, connections on a busy machine are retried after seconds

        server = Server(("127.0.0.1", 0), Picky)
        server.daemon_threads = True
        server.came = []
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server

    def test_each_persons_order_stays_while_requests_fail_and_connections_are_reset(self):
        sandbox, daemon = self.start_both("--fail-rate", "0.3", "--reset-rate", "0.1", "--reset-after-rate", "0.1")
        people, events = [f"u{i}" for i in range(20)], [f"e{i}" for i in range(10)]
        batch = [track(person, name) for name in events for person in people]
        for i in range(0, len(batch), 40):
            self.assertEqual(daemon.send("/v1/batch", {"batch": batch[i:i + 40]}).status, 200)
        wait_until(lambda: daemon.destination()["backlog_events"] == 0, "all to be delivered")
        self.assertEqual(first_arrivals(sandbox.taken()), {person: events for person in people})
        self.assertEqual(daemon.dead_letters(), [])
        self.assertGreater(len(sandbox.requests()), len(batch))

    def test_a_delivery_whose_answer_is_lost_is_repeated_with_the_same_dedupe_id(self):
        sandbox, daemon = self.start_both("--reset-after-rate", "1")
        self.assertEqual(daemon.send("/v1/track", track("u", "e")).status, 200)
        sandbox.await_taken(2)
        sandbox.faults(reset_after_rate=0)
        wait_until(lambda: daemon.destination()["backlog_events"] == 0, "the delivery")
        taken = sandbox.taken()
        self.assertEqual(len({request["body"]["id"] for request in taken}), 1)
        self.assertTrue(all(request["duplicate"] for request in taken[1:]))

    def test_refused_credentials_hold_the_destination_until_they_are_right(self):
        sandbox, daemon = self.start_both()
        sandbox.faults(api_key="another")
        for i in range(5):
            self.assertEqual(daemon.send("/v1/track", track(f"u{i}", "e")).status, 200)
        paused = wait_until(lambda: daemon.destination()["paused"], "the pause")
        self.assertEqual(paused["reason"], "credentials")
        self.assertIn("401", paused["message"])
        ready = daemon.admin("/ready").json()
        self.assertEqual(ready["destinations"][0]["paused"] | {"by": None}, paused)
        self.assertEqual(sandbox.taken(), [])
        sandbox.faults(api_key="api-key")
        self.assertEqual(len(sandbox.await_taken(5)), 5)
        wait_until(lambda: not daemon.destination()["paused"], "the end of the pause")
        self.assertEqual(daemon.dead_letters(), [])

    def test_a_customer_io_that_is_down_at_the_start_gets_its_events_later(self):
        self.start_sandbox().stop()  # its CA file stays
        port = free_port()
        daemon = self.start_daemon(self.config(f"https://127.0.0.1:{port}"))
        self.assertEqual(daemon.send("/v1/track", track("u", "e")).status, 200)
        wait_until(lambda: daemon.destination()["retries"] > 0, "a first try")
        sandbox = self.start_sandbox(port=port)
        self.assertEqual(len(sandbox.await_taken(1)), 1)

    def test_a_throttled_destination_slows_down_and_loses_nothing(self):
        sandbox, daemon = self.start_both("--rate", "20")
        batch = [track(f"u{i}", "e") for i in range(60)]
        self.assertEqual(daemon.send("/v1/batch", {"batch": batch}).status, 200)
        taken = sandbox.await_taken(60)
        self.assertEqual(len({request["path"] for request in taken}), 60)
        self.assertEqual(daemon.dead_letters(), [])

    def test_what_customer_io_refuses_is_kept_as_a_dead_letter_with_its_answer(self):
        sandbox, daemon = self.start_both()
        self.assertEqual(daemon.send("/v1/identify", {"userId": "u", "traits": {"email": 5}}).status, 200)
        letter = wait_until(daemon.dead_letters, "the dead letter")[0]
        self.assertEqual(letter["response"]["status"], 400)
        self.assertIn("email must be a string", letter["response"]["body"])
        self.assertEqual(letter["request"]["path"], "/api/v1/customers/u")
        self.assertEqual(letter["event"]["traits"], {"email": 5})
        self.assertEqual(sandbox.taken(), [])

    def test_one_persons_failing_event_stops_nobody_else_however_many_wait_behind_it(self):
        picky = self.start_picky()
        daemon = self.start_daemon(self.config(f"http://127.0.0.1:{picky.server_port}", ca_file=""))
        events, others = 120_000, [f"u{i}" for i in range(100)]
        for first in range(0, events, 10_000):
            batch = [track("poison", f"e{i}") for i in range(first, first + 10_000)]
            self.assertEqual(daemon.send("/v1/batch", {"batch": batch}).status, 200)
        self.assertEqual(daemon.send("/v1/batch", {"batch": [track(user, "e") for user in others]}).status, 200)
        wait_until(lambda: set(picky.came) == {"poison", *others}, "everybody else's event")
        wait_until(lambda: daemon.destination()["backlog_events"] == events, "all but the poisoned ones to be settled")
        self.assertEqual(daemon.dead_letters(), [])

    def test_a_certificate_that_is_not_trusted_gets_no_credentials(self):
        sandbox = self.start_sandbox()
        daemon = self.start_daemon(self.config(sandbox.url, ca_file=""))
        self.assertEqual(daemon.send("/v1/track", track("u", "e")).status, 200)
        wait_until(lambda: daemon.destination()["retries"] > 0, "a first try")
        self.assertEqual(sandbox.requests(), [])
        self.assertEqual(daemon.stop(), 0)
        daemon = self.start_daemon(self.config(sandbox.url))
        self.assertEqual(len(sandbox.await_taken(1)), 1)

    def test_requests_carry_credentials_and_say_who_sends_them(self):
        sandbox, daemon = self.start_both()
        self.assertEqual(daemon.send("/v1/track", track("u", "e")).status, 200)
        request = sandbox.await_taken(1)[0]
        self.assertTrue(request["credentials_ok"])
        self.assertRegex(request["user_agent"], r"^pintle/\d+\.\d+\.\d+$")

    def test_a_host_name_is_resolved_and_verified(self):
        sandbox = self.start_sandbox()
        daemon = self.start_daemon(self.config(f"https://localhost:{sandbox.port}"))
        self.assertEqual(daemon.send("/v1/track", track("u", "e")).status, 200)
        self.assertEqual(len(sandbox.await_taken(1)), 1)


if __name__ == "__main__":
    main()
