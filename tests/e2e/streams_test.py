"""Destinations that are removed, return or change their names: their events and dead letters are never out of sight."""

import json
import random
import signal
import subprocess
import time

from admin_api import ask
from harness import PINTLE, EndToEnd, main, wait_until

SEED = 7


def track(user, number=0):
    return {"userId": user, "event": str(number), "messageId": f"{user}-{number}"}


def arrivals(sandbox):
    """The numbers of each user's events in the order of arrival."""
    users = {}
    for request in sandbox.taken():
        users.setdefault(request["path"].split("/")[4], []).append(int(request["body"]["name"]))
    return users


class Streams(EndToEnd):
    def setUp(self):
        super().setUp()
        self.sandbox = self.start_sandbox()
        self.settings = self.config(self.sandbox.url)

    @property
    def destination(self):
        return self.settings["destinations"][0]

    def rename(self, name, formerly=None):
        self.destination["name"] = name
        self.settings["sources"][0]["destination"] = name
        self.destination.pop("formerly", None)
        if formerly is not None:
            self.destination["formerly"] = formerly

    def start(self):
        self.daemon = self.start_daemon(self.settings)
        return self.daemon

    def send(self, user, *numbers):
        for number in numbers:
            self.assertEqual(self.daemon.send("/v1/track", track(user, number)).status, 200)

    def fill(self):
        """Leaves events 1 to 3 pending and event 0 as a dead letter, in a daemon that is stopped."""
        self.start()
        self.sandbox.faults(fail_rate=1, fail_status=400)
        self.send("u", 0)
        wait_until(lambda: len(self.daemon.dead_letters()) == 1, "a dead letter")
        self.sandbox.faults(fail_rate=1, fail_status=503)
        self.send("u", 1, 2, 3)
        self.assertEqual(self.daemon.stop(), 0)

    def orphans(self):
        return {each["name"]: (each["backlog_events"], each["dead_letters"])
                for each in ask(self.daemon, "GET", "/api/status")["orphaned_streams"]}

    def command(self, *arguments):
        return subprocess.run([PINTLE, *arguments, "--admin", f"http://127.0.0.1:{self.daemon.admin_port}"],
                              capture_output=True, text=True, timeout=60)

    def assert_all_is_delivered_in_order(self):
        self.sandbox.faults(fail_rate=0)
        wait_until(lambda: self.daemon.destination()["backlog_events"] == 0, "the backlog is delivered")
        self.assertEqual(arrivals(self.sandbox)["u"], [1, 2, 3])
        ledger = self.daemon.metrics().ledger(self.destination["name"])
        self.assertEqual(ledger["accepted"] + ledger["replayed"],
                         ledger["delivered"] + ledger["dead_lettered"] + ledger["lost"] + ledger["backlog"])
        self.assertEqual(ledger["lost"], 0)

    def test_a_stream_without_a_destination_is_shown_everywhere(self):
        self.fill()
        self.rename("eu")
        self.start()
        self.assertIn("stream_orphaned stream=customerio events=3 dead_letters=1", self.daemon.output())
        orphan, = ask(self.daemon, "GET", "/api/status")["orphaned_streams"]
        self.assertEqual((orphan["name"], orphan["backlog_events"], orphan["dead_letters"]), ("customerio", 3, 1))
        self.assertGreater(orphan["backlog_bytes"], 0)
        self.assertGreater(orphan["backlog_oldest_age_seconds"], 0)
        metrics = self.daemon.metrics()
        self.assertEqual(metrics.value("pintle_orphaned_stream_events", stream="customerio"), 3)
        self.assertEqual(metrics.value("pintle_orphaned_stream_dead_letters", stream="customerio"), 1)

        done = self.command("status")
        self.assertEqual(done.returncode, 1)
        self.assertIn("not healthy: the stream customerio has no destination", done.stdout)
        self.assertRegex(done.stdout, r"warning: the stream customerio has no destination, 3 pending \(oldest .*\),\s+"
                                      r"1 dead letters")

        done = self.command("dead-letters", "list", "--destination", "customerio")
        self.assertIn("customerio/1", done.stdout)
        done = self.command("dead-letters", "replay", "--destination", "customerio")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("no destination customerio any more", done.stderr)

    def test_a_destination_that_returns_has_all_of_it_again(self):
        self.fill()
        self.rename("eu")
        self.start()
        self.sandbox.faults(fail_rate=0)
        self.assertEqual(self.daemon.stop(), 0)
        self.rename("customerio")
        self.start()
        self.assert_all_is_delivered_in_order()
        self.assertEqual(self.orphans(), {})

    def test_another_name_takes_everything_over(self):
        self.fill()
        self.rename("eu", ["customerio"])
        self.start()
        self.assertIn("stream_taken_over destination=eu formerly=customerio", self.daemon.output())
        self.assertEqual(self.orphans(), {})
        self.assertEqual([(each["destination"], each["id"]) for each in self.daemon.dead_letters()], [("eu", 1)])
        self.assert_all_is_delivered_in_order()
        self.send("u", 3)  # a repetition, which the old name has accepted
        self.assertEqual(self.daemon.metrics().value("pintle_events_dropped_total", destination="eu", reason="duplicate"),
                         1)
        self.assertEqual(ask(self.daemon, "POST", "/api/dead-letters/replay?all=true")["replayed"], 1)
        wait_until(lambda: arrivals(self.sandbox)["u"] == [1, 2, 3, 0], "the replayed event")
        self.assertEqual(self.daemon.stop(), 0)
        self.start()  # `formerly` may stay
        self.assertEqual(self.orphans(), {})
        self.assertNotIn("stream_taken_over", self.daemon.output())

    def test_two_streams_that_hold_something_stay_two(self):
        self.fill()
        self.rename("eu")
        self.start()
        self.send("v", 1)
        self.assertEqual(self.daemon.stop(), 0)
        self.destination["formerly"] = "customerio"
        self.start()
        self.assertRegex(self.daemon.output(), r"stream_not_taken_over text=.*customerio \(3 events, 1 dead letters\).*"
                                               r"journal discard")
        self.assertEqual(self.orphans(), {"customerio": (3, 1)})

    def test_a_pause_and_its_message_change_their_name_too(self):
        self.start()
        self.assertEqual(self.command("pause", "customerio", "--message", "moving").returncode, 0)
        self.send("u", 1, 2, 3)
        self.assertEqual(self.daemon.stop(), 0)
        self.rename("eu", ["customerio"])
        self.start()
        paused = self.daemon.destination()["paused"]
        self.assertEqual((paused["reason"], paused["message"]), ("operator", "moving"))
        self.assertEqual(self.command("resume", "eu").returncode, 0)
        self.assert_all_is_delivered_in_order()

    def test_a_kill_at_any_moment_of_a_takeover_leaves_it_done_or_not_done(self):
        self.fill()
        names = ["customerio", "eu"]
        chance = random.Random(SEED)
        print("seed", SEED)
        for i in range(12):
            self.rename(names[(i + 1) % 2], [names[i % 2]])
            path = self.folder / "pintle.yaml"
            path.write_text(json.dumps(self.settings))
            child = subprocess.Popen([PINTLE, "serve", "--config", str(path)], stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL)
            time.sleep(chance.uniform(0, 0.3))  # the moment of the kill
            child.send_signal(signal.SIGKILL)
            child.wait()
        self.start()
        self.assertEqual(self.orphans(), {})
        self.assertEqual(len(self.daemon.dead_letters()), 1)
        self.assert_all_is_delivered_in_order()


if __name__ == "__main__":
    main()
