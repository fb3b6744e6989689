"""Every event that was answered 200 arrives, however the daemon ends."""

import http.client
import json
import signal
import threading

from harness import PATIENCE, WRITE_KEY, EndToEnd, basic, main, wait_until


def track(user, name="e"):
    return {"type": "track", "userId": user, "event": name, "messageId": f"{user}-{name}"}


class Senders:
    """Threads that send single events without pause until the daemon is gone; `accepted` has the events answered 200."""

    def __init__(self, port, name="u", threads=4):
        self.port = port
        self.name = name
        self.accepted = []
        self.threads = [threading.Thread(target=self.run, args=(i,)) for i in range(threads)]
        for thread in self.threads:
            thread.start()

    def run(self, number):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        headers = {"Authorization": basic(WRITE_KEY), "Content-Type": "application/json"}
        i = 0
        while True:
            user = f"{self.name}-{number}-{i}"
            i += 1
            try:
                connection.request("POST", "/v1/track", json.dumps(track(user)), headers)
                response = connection.getresponse()
                response.read()
            except ConnectionRefusedError:
                return
            except (OSError, http.client.HTTPException):
                connection.close()
                continue
            if response.status == 200:
                self.accepted.append(user)

    def join(self):
        for thread in self.threads:
            thread.join(PATIENCE)
        return set(self.accepted)


class Recovery(EndToEnd):
    def arrived(self, sandbox):
        return {request["path"].split("/")[4] for request in sandbox.taken()}

    def test_an_event_answered_200_right_before_a_kill_arrives_after_the_restart(self):
        sandbox, daemon = self.start_both("--fail-rate", "1")
        self.assertEqual(daemon.send("/v1/track", track("u")).status, 200)
        daemon.kill()
        self.assertEqual(sandbox.taken(), [])
        sandbox.faults(fail_rate=0)
        self.start_daemon(self.config(sandbox.url))
        sandbox.await_taken(1)
        self.assertEqual(self.arrived(sandbox), {"u"})

    def test_kills_under_traffic_lose_nothing_that_was_answered_200(self):
        sandbox = self.start_sandbox()
        accepted = set()
        for name in ("first", "second", "third"):
            daemon = self.start_daemon(self.config(sandbox.url))
            senders = Senders(daemon.port, name)
            wait_until(lambda: len(senders.accepted) > 200, "some traffic")
            daemon.kill()
            accepted |= senders.join()
        self.start_daemon(self.config(sandbox.url))
        wait_until(lambda: accepted <= self.arrived(sandbox), "all that was accepted")

    def test_a_stop_under_traffic_is_clean_and_loses_nothing(self):
        sandbox, daemon = self.start_both("--latency", "20ms")
        senders = Senders(daemon.port)
        wait_until(lambda: len(senders.accepted) > 100, "some traffic")
        self.assertEqual(daemon.stop(), 0)
        accepted = senders.join()
        self.start_daemon(self.config(sandbox.url))
        wait_until(lambda: accepted <= self.arrived(sandbox), "all that was accepted")

    def test_a_stop_while_customer_io_is_down_keeps_the_events_for_the_next_start(self):
        sandbox, daemon = self.start_both("--fail-rate", "1", "--fail-status", "503")
        batch = [track("u", f"e{i}") for i in range(20)]
        self.assertEqual(daemon.send("/v1/batch", {"batch": batch}).status, 200)
        self.assertEqual(daemon.stop(), 0)
        sandbox.faults(fail_rate=0)
        self.start_daemon(self.config(sandbox.url))
        names = [request["body"]["name"] for request in sandbox.await_taken(20)]
        self.assertEqual(names, [f"e{i}" for i in range(20)])

    def test_sigint_ends_it_as_sigterm_does(self):
        _, daemon = self.start_both()
        daemon.signal(signal.SIGINT)
        self.assertEqual(daemon.wait(), 0)

    def test_dead_letters_survive_a_kill(self):
        sandbox, daemon = self.start_both()
        self.assertEqual(daemon.send("/v1/batch", {"batch": [{"type": "track", "userId": "u"}]}).status, 200)
        daemon.kill()
        daemon = self.start_daemon(self.config(sandbox.url))
        self.assertEqual([letter["event"]["userId"] for letter in daemon.dead_letters()], ["u"])

    def test_a_second_daemon_on_the_same_journal_is_refused(self):
        sandbox, daemon = self.start_both()
        with self.assertRaisesRegex(AssertionError, f"is in use by process {daemon.child.pid}") as refused:
            self.start_daemon(self.config(sandbox.url))
        self.assertIn("exit 1 before", str(refused.exception))
        self.assertNotIn("rocksdb", str(refused.exception))
        self.assertTrue(daemon.running())


if __name__ == "__main__":
    main()
