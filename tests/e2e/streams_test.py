"""Destinations that are removed, return or change their names: their events and dead letters are never out of sight."""

import json
import random
import signal
import subprocess
import threading
import time

from admin_api import ask
from harness import PINTLE, EndToEnd, Sandbox, main, wait_until

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
                                      r"1 dead letter\n")

        done = self.command("backlog", "--destination", "customerio", "--json")
        self.assertEqual([json.loads(line)["event"]["event"] for line in done.stdout.splitlines()], ["1", "2", "3"])
        for arguments in ((), ("--user", "u"), ("--message-id", "u-2")):
            done = self.command("backlog", *arguments)
            self.assertIn("u  ", done.stdout, arguments)
            self.assertIn("customerio: the configuration has no such destination", done.stderr, arguments)
        self.assertTrue(done.stdout.startswith("customerio:\nOFFSET"), done.stdout)
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
        self.assertRegex(self.daemon.output(), r"stream_not_taken_over text=.*customerio \(3 pending events and 1 dead letter\).*"
                                               r"journal discard")
        self.assertEqual(self.orphans(), {"customerio": (3, 1)})
        self.assertRegex(self.command("status").stdout,
                         r"\n  eu takes it over at the next start if it holds nothing itself then; now it has 1\s+"
                         r"pending event and 0 dead letters\n".replace(" ", r"\s+"))
        self.sandbox.faults(fail_rate=0)
        wait_until(lambda: self.backlog("eu") == 0, "its own event is delivered")
        self.assertEqual(self.daemon.stop(), 0)
        self.start()
        self.assertIn("stream_taken_over destination=eu formerly=customerio", self.daemon.output())
        self.assertEqual(self.orphans(), {})
        self.assert_all_is_delivered_in_order()

    def test_the_dead_letters_of_a_stream_that_is_not_taken_over_can_be_moved(self):
        self.fill()
        self.rename("eu")
        self.start()
        exported = self.command("dead-letters", "export", "--destination", "customerio")
        self.assertEqual(exported.returncode, 0, exported.stderr)
        (self.folder / "letters.jsonl").write_text(exported.stdout)
        done = self.command("dead-letters", "import", "--destination", "eu", str(self.folder / "letters.jsonl"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.command("journal", "discard", "customerio", "--yes").returncode, 0)
        self.assertEqual([letter["destination"] for letter in self.daemon.dead_letters()], ["eu"])
        self.sandbox.faults(fail_rate=0)
        self.assertEqual(self.command("dead-letters", "replay", "--all").returncode, 0)
        wait_until(lambda: arrivals(self.sandbox).get("u") == [0], "the replayed event")

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

    # While the daemon runs

    def write(self):
        (self.folder / "pintle.yaml").write_text(json.dumps(self.settings))

    def reload(self, status=200):
        self.write()
        return ask(self.daemon, "POST", "/api/reload", status=status)

    def add_second(self, **change):
        """Adds the destination `second`, and to it all events of the source."""
        self.settings["destinations"].append(self.destination | {"name": "second"} | change)
        self.settings["sources"][0].pop("destination", None)
        self.settings["sources"][0]["destinations"] = ["customerio", "second"]

    def remove_second(self):
        self.settings["destinations"].pop()
        self.settings["sources"][0]["destinations"] = ["customerio"]

    def start_second_sandbox(self):
        folder = self.folder / "second"
        folder.mkdir()
        self.second = Sandbox(folder)
        self.addCleanup(self.second.clean_up)
        return {"base_url": self.second.url, "ca_file": self.second.ca_file}

    def backlog(self, name):
        return self.daemon.admin(f"/api/destinations/{name}").json()["backlog_events"]

    def assert_balanced(self, *names):
        for name in names:
            ledger = self.daemon.metrics().ledger(name)
            self.assertEqual(ledger["accepted"] + ledger["replayed"],
                             ledger["delivered"] + ledger["dead_lettered"] + ledger["lost"] + ledger["backlog"], name)
            self.assertEqual(ledger["lost"], 0)

    def test_a_reload_adds_a_destination_that_delivers_at_once(self):
        self.start()
        self.send("u", 0)
        self.add_second(**self.start_second_sandbox())
        self.assertEqual(self.reload()["changed"], ["destinations[second] (added)", "sources[web].destinations"])
        self.send("u", 1, 2)
        self.second.await_taken(2)
        self.sandbox.await_taken(3)
        self.assertEqual(arrivals(self.sandbox), {"u": [0, 1, 2]})
        self.assertEqual(arrivals(self.second), {"u": [1, 2]})
        self.assert_balanced("customerio", "second")
        self.assertEqual(self.command("pause", "second").returncode, 0)

    def test_a_destination_goes_and_returns_with_its_backlog_any_number_of_times(self):
        second = self.start_second_sandbox()
        self.add_second(**second)
        self.start()
        for i in range(4):
            self.second.faults(fail_rate=1, fail_status=503)
            self.send("u", 2 * i)
            wait_until(lambda: self.daemon.admin("/api/destinations/second").json()["retries"] > 0, "an attempt")
            self.remove_second()
            self.assertIn("destinations[second] (removed)", self.reload()["changed"])
            self.send("u", 2 * i + 1)  # to the other one alone
            wait_until(lambda: self.orphans() == {"second": (1, 0)}, "the backlog of the removed one")
            self.second.faults(fail_rate=0)
            self.add_second(**second)
            self.assertIn("destinations[second] (added)", self.reload()["changed"])
            wait_until(lambda: self.backlog("second") == 0, "its backlog is delivered")
            self.assertEqual(self.orphans(), {})
        self.assertEqual(arrivals(self.second), {"u": [0, 2, 4, 6]})
        wait_until(lambda: self.backlog("customerio") == 0, "the other backlog is delivered")
        self.assertEqual(arrivals(self.sandbox), {"u": list(range(8))})
        self.assert_balanced("customerio", "second")

    def test_requests_of_a_removed_destination_end_and_count(self):
        self.add_second(**self.start_second_sandbox())
        self.start()
        self.second.faults(latency_ms=1500)
        self.send("u", 0)
        self.send("v", 0)
        wait_until(lambda: self.daemon.admin("/api/destinations/second").json()["in_flight"] == 2, "requests in flight")
        self.remove_second()
        self.reload()
        wait_until(lambda: "destination_removed destination=second" in self.daemon.output(), "the end of its worker")
        self.assertEqual(self.orphans(), {})
        self.assertEqual(arrivals(self.second), {"u": [0], "v": [0]})
        self.assertEqual(self.daemon.stop(), 0)
        self.add_second(**{"base_url": self.second.url, "ca_file": self.second.ca_file})
        self.start()
        self.assertEqual(self.backlog("second"), 0)
        self.assert_balanced("second")

    def test_a_destination_returns_while_its_requests_are_in_flight(self):
        second = self.start_second_sandbox()
        self.add_second(**second)
        self.start()
        self.second.faults(latency_ms=1000)
        self.send("u", 0, 1, 2)
        wait_until(lambda: self.daemon.admin("/api/destinations/second").json()["in_flight"] == 1, "a request in flight")
        self.remove_second()
        self.reload()
        self.add_second(**second)
        self.reload()
        self.second.faults(latency_ms=0)
        self.send("u", 3)
        wait_until(lambda: self.backlog("second") == 0, "everything is delivered")
        self.assertEqual(arrivals(self.second), {"u": [0, 1, 2, 3]})

    def test_a_reload_renames_with_backlog_and_dead_letters(self):
        self.start()
        self.sandbox.faults(fail_rate=1, fail_status=400)
        self.send("u", 0)
        wait_until(lambda: len(self.daemon.dead_letters()) == 1, "a dead letter")
        self.sandbox.faults(fail_rate=1, fail_status=503)
        self.send("u", 1, 2)
        self.rename("eu", ["customerio"])
        reloaded = self.reload()
        self.assertEqual(reloaded["kept"], [])
        self.assertIn("destinations[eu] (renamed from customerio: 2 pending events, 1 dead letter)", reloaded["changed"])
        self.assertNotIn("destinations[customerio] (removed)", reloaded["changed"])
        self.assertNotIn("warnings", reloaded)
        self.send("u", 3, 3)  # the second is a repetition
        self.assertEqual(self.orphans(), {})
        self.assertEqual([(each["destination"], each["id"]) for each in self.daemon.dead_letters()], [("eu", 1)])
        self.assert_all_is_delivered_in_order()
        self.assertEqual(self.daemon.stop(), 0)
        self.start()
        self.assertEqual(self.orphans(), {})
        self.assertEqual(len(self.daemon.dead_letters()), 1)

    def test_a_new_destination_takes_over_what_was_left_before(self):
        self.start()
        self.sandbox.faults(fail_rate=1, fail_status=503)
        self.send("u", 1, 2)
        self.rename("eu")
        [warning] = self.reload()["warnings"]
        self.assertIn("the stream customerio has no destination: its 2 pending events, 0 dead letters are kept", warning)
        wait_until(lambda: self.orphans() == {"customerio": (2, 0)}, "the backlog of the old name")
        self.rename("asia", ["customerio"])
        self.reload()
        self.send("u", 3)
        wait_until(lambda: self.orphans() == {}, "the takeover")
        self.assert_all_is_delivered_in_order()

    def test_a_running_destination_takes_over_at_the_next_start(self):
        self.fill()
        self.rename("eu")
        self.start()
        self.destination["formerly"] = "customerio"
        self.assertEqual(self.reload(), {"file": str(self.folder / "pintle.yaml"),
                                         "changed": [], "kept": ["destinations[eu].formerly"]})
        done = self.command("reload")
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("needs a restart: destinations[eu].formerly", done.stdout)
        self.assertEqual(self.daemon.stop(), 0)
        self.start()
        self.assertEqual(self.orphans(), {})
        self.assertEqual(self.command("reload").returncode, 0)
        self.assert_all_is_delivered_in_order()

    def test_a_reload_that_cannot_take_over_changes_nothing(self):
        self.start()
        self.sandbox.faults(fail_rate=1, fail_status=503)
        for name in ("customerio", "eu"):
            self.rename(name)
            self.reload()
            self.send("u", 1)
        self.rename("new", ["customerio", "eu"])
        problem, = self.reload(status=422)["problems"]
        self.assertRegex(problem, r"destinations\[new\].formerly: .*customerio \(1 pending event and 0 dead letters\), eu \(1 pend")
        self.assertEqual(self.daemon.destination()["name"], "eu")
        self.assertEqual(self.command("reload").returncode, 2)

    def test_a_stream_is_discarded_for_good(self):
        self.fill()
        self.rename("eu")
        self.start()
        done = self.command("journal", "discard", "customerio")
        self.assertEqual(done.returncode, 2)
        self.assertIn("3 pending events and 1 dead letter of customerio", done.stderr)
        self.assertEqual(self.orphans(), {"customerio": (3, 1)})
        done = self.command("journal", "discard", "customerio", "--yes")
        self.assertEqual((done.returncode, done.stdout), (0, "deleted 3 pending events and 1 dead letter of customerio\n"))
        self.assertIn("stream_discarded stream=customerio events=3 dead_letters=1", self.daemon.output())
        self.assertEqual(self.command("status").returncode, 0)
        for _ in range(2):
            self.assertEqual(self.orphans(), {})
            ask(self.daemon, "DELETE", "/api/streams/eu", status=409)
            ask(self.daemon, "DELETE", "/api/streams/none", status=404)
            self.assertEqual(self.daemon.stop(), 0)
            self.start()
        for name, arguments in ((name, yes) for name in ("eu", "none", "customerio") for yes in ((), ("--yes",))):
            self.assertEqual(self.command("journal", "discard", name, *arguments).returncode, 1, (name, arguments))
        self.assertIn("no such stream without a destination, or it is empty",
                      self.command("journal", "discard", "customerio", "--yes").stderr)
        self.rename("customerio")
        self.reload()
        self.sandbox.faults(fail_rate=0)
        self.send("w", 0)
        wait_until(lambda: arrivals(self.sandbox).get("w") == [0], "a new event of the old name")
        self.assertNotIn("u", arrivals(self.sandbox))
        self.assert_balanced("customerio")

    def test_a_discarded_stream_leaves_no_pause_behind(self):
        self.start()
        self.assertEqual(self.command("pause", "customerio", "--message", "moving").returncode, 0)
        self.send("u", 1)
        self.rename("eu")
        self.reload()
        wait_until(lambda: "destination_removed destination=customerio" in self.daemon.output(), "the end of its worker")
        self.assertEqual(self.command("journal", "discard", "customerio", "--yes").returncode, 0)
        for _ in range(2):
            self.rename("customerio")
            self.reload()
            self.assertEqual(self.daemon.destination()["pauses"], [])
            self.assertEqual(self.daemon.stop(), 0)
            self.start()
        self.send("w", 0)
        wait_until(lambda: arrivals(self.sandbox) == {"w": [0]}, "a new event of the old name")

    def test_many_reloads_lose_and_reorder_nothing(self):
        second = self.start_second_sandbox()
        self.start()
        sent = {"u": 0}
        stop = threading.Event()
        errors = []

        def send():
            while not stop.is_set():
                answer = self.daemon.send("/v1/track", track("u", sent["u"]))
                if answer.status != 200:
                    errors.append(answer)
                    return
                sent["u"] += 1

        sender = threading.Thread(target=send)
        sender.start()
        try:
            names = ["customerio", "eu"]
            for i in range(8):
                self.rename(names[(i + 1) % 2], [names[i % 2]])
                self.settings["destinations"][1:] = [self.destination | {"name": "second", "formerly": []} | second] * (i % 2)
                self.reload()
        finally:
            stop.set()
            sender.join()
        self.assertEqual(errors, [])
        name = self.destination["name"]
        wait_until(lambda: self.backlog(name) == 0, "everything is delivered")
        self.assertEqual(arrivals(self.sandbox), {"u": list(range(sent["u"]))})
        self.assert_balanced(name)

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
