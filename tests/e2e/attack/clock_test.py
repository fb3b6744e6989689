"""A change of the wall clock ages no event and forgets no message id."""

import os
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

import harness
from harness import wait_until

HOURS_25 = 25 * 3600


class Clock(harness.EndToEnd):
    def setUp(self):
        super().setUp()
        self.file = self.folder / "clock"
        self.set_clock(0)
        library = pathlib.Path(harness.PINTLE).parent / "tests" / "libset_clock.so"
        self.assertTrue(library.exists(), f"{library} is made with the tests")
        options = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
        self.inside = ("env", f"LD_PRELOAD={library}", f"SET_CLOCK_FILE={self.file}", f"ASAN_OPTIONS={options}")

    def set_clock(self, ahead):
        """Changes the time in place, because the file is mapped into memory."""
        with open(self.file, "r+b" if self.file.exists() else "wb") as file:
            file.write(struct.pack("=q", ahead))

    def await_retries(self, daemon, more=5):
        before = daemon.destination()["retries"]
        wait_until(lambda: daemon.destination()["retries"] >= before + more, "more tries")

    def test_a_clock_that_is_set_forward_and_back_makes_nothing_too_old(self):
        sandbox = self.start_sandbox()
        config = self.config(sandbox.url)
        daemon = self.start_daemon(config, inside=self.inside)
        sandbox.faults(fail_rate=1, fail_status=503)

        def send(name):
            event = {"userId": name, "event": "e", "messageId": name}
            self.assertEqual(daemon.send("/v1/track", event).status, 200)

        send("before")
        self.await_retries(daemon)
        self.set_clock(HOURS_25)
        self.assertGreater(daemon.status()["now"], daemon.status()["started_at"])
        send("meanwhile")
        send("before")  # a repeat
        self.await_retries(daemon)
        self.assertEqual(daemon.dead_letters(), [])

        # A process that starts meanwhile is not misled either.
        self.assertEqual(daemon.stop(), 0)
        daemon = self.start_daemon(config, inside=self.inside)
        send("meanwhile")  # a repeat
        self.await_retries(daemon)
        self.assertEqual(daemon.dead_letters(), [])
        self.set_clock(0)
        send("after")
        send("meanwhile")  # a repeat
        self.await_retries(daemon)
        self.assertEqual(daemon.dead_letters(), [])
        self.assertLess(daemon.destination()["backlog_oldest_age_seconds"], 3600)

        sandbox.faults(fail_rate=0)
        taken = sandbox.await_taken(3)
        self.assertEqual(sorted(request["path"].split("/")[-2] for request in taken), ["after", "before", "meanwhile"])
        wait_until(lambda: daemon.destination()["backlog_events"] == 0, "all to be delivered")
        self.assertEqual(daemon.metrics().ledger()["accepted"], 3)


if __name__ == "__main__":
    harness.main()
