"""A source that feeds several destinations: each gets every event that it can take, whatever becomes of the others."""

import json
import subprocess

from harness import PINTLE, EndToEnd, Sandbox, main, wait_until


def track(user, name="e"):
    return {"type": "track", "userId": user, "event": name, "messageId": f"{user}-{name}"}


def users(sandbox):
    """The person of each request that was taken, sorted."""
    return sorted(request["path"].split("/")[4] for request in sandbox.taken())


class Destinations(EndToEnd):
    def setUp(self):
        super().setUp()
        self.live = self.start_sandbox()
        folder = self.folder / "test-workspace"
        folder.mkdir()
        self.test = Sandbox(folder)
        self.addCleanup(self.test.clean_up)

    def settings(self, **test):
        """A source with the destinations `customerio` and `test`; keyword arguments are keys of the latter."""
        settings = self.config(self.live.url)
        live = settings["destinations"][0]
        settings["destinations"].append(
            live | {"name": "test", "base_url": self.test.url, "ca_file": self.test.ca_file} | test)
        source = settings["sources"][0]
        del source["destination"]
        source["destinations"] = ["customerio", "test"]
        return settings

    def of(self, daemon, name):
        return daemon.admin(f"/api/destinations/{name}").json()

    def await_users(self, sandbox, expected):
        sandbox.await_taken(len(expected))
        self.assertEqual(users(sandbox), sorted(expected))

    def test_each_event_is_delivered_to_both(self):
        daemon = self.start_daemon(self.settings())
        self.assertEqual(daemon.send("/v1/track", track("ada")).status, 200)
        self.assertEqual(daemon.send("/v1/batch", {"batch": [track("bob"), track("cy")]}).status, 200)
        for sandbox in (self.live, self.test):
            self.await_users(sandbox, ["ada", "bob", "cy"])
        self.assertEqual([request["body"] for request in sorted(self.live.taken(), key=lambda r: r["path"])],
                         [request["body"] for request in sorted(self.test.taken(), key=lambda r: r["path"])])

        self.assertEqual(daemon.send("/v1/track", track("ada")).status, 200)
        metrics = daemon.metrics()
        self.assertEqual(metrics.value("pintle_events_received_total", source="web", type="track"), 4)
        for name in ("customerio", "test"):
            self.assertEqual(metrics.value("pintle_events_accepted_total", destination=name), 3)
            self.assertEqual(metrics.value("pintle_events_dropped_total", destination=name, reason="duplicate"), 1)

    def test_what_one_cannot_map_is_its_dead_letter_and_goes_to_the_other(self):
        daemon = self.start_daemon(self.settings(identify_anonymous=False))
        self.assertEqual(daemon.send("/v1/identify", {"anonymousId": "ada"}).status, 200)
        self.await_users(self.live, ["ada"])
        letters = daemon.dead_letters()
        self.assertEqual([(letter["destination"], letter["reason"]) for letter in letters],
                         [("test", "identify_person_missing")])
        self.assertEqual(self.test.taken(), [])
        self.assertEqual(daemon.send("/v1/identify", {"traits": {}}).status, 400, "none can map it")
        self.assertEqual(daemon.metrics().value("pintle_events_rejected_total", source="web",
                                                reason="identify_person_missing"), 1)

    def test_one_goes_on_while_the_other_is_down(self):
        self.test.faults(fail_rate=1, fail_status=503)
        daemon = self.start_daemon(self.settings())
        people = [f"u{i}" for i in range(20)]
        for user in people:
            self.assertEqual(daemon.send("/v1/track", track(user)).status, 200)
        self.await_users(self.live, people)
        wait_until(lambda: self.of(daemon, "customerio")["backlog_events"] == 0, "nothing to wait for the other")
        self.assertEqual(self.of(daemon, "test")["backlog_events"], len(people))
        self.test.faults(fail_rate=0)
        self.await_users(self.test, people)
        self.assertEqual(len(self.live.taken()), len(people))

    def test_both_get_each_event_once_over_a_kill(self):
        for sandbox in (self.live, self.test):
            sandbox.faults(fail_rate=1, fail_status=503)
        daemon = self.start_daemon(self.settings())
        people = [f"u{i}" for i in range(50)]
        self.assertEqual(daemon.send("/v1/batch", {"batch": [track(user) for user in people]}).status, 200)
        daemon.kill()
        for sandbox in (self.live, self.test):
            sandbox.faults(fail_rate=0)
        daemon = self.start_daemon(self.settings())
        answer = daemon.send("/v1/batch", {"batch": [track(user) for user in people]})
        self.assertEqual(answer.status, 200, "the sender repeats it")
        for sandbox in (self.live, self.test):
            self.await_users(sandbox, people)
        for name in ("customerio", "test"):
            wait_until(lambda name=name: self.of(daemon, name)["backlog_events"] == 0, "an empty backlog")
            self.assertEqual(daemon.metrics().value("pintle_events_dropped_total", destination=name,
                                                    reason="duplicate"), len(people))
        self.assertEqual(daemon.stop(), 0)

    def test_a_reload_adds_and_removes_a_destination_of_a_source(self):
        settings = self.settings()
        source = settings["sources"][0]
        both = source["destinations"]

        def reload(daemon, destinations):
            source["destinations"] = destinations
            (self.folder / "pintle.yaml").write_text(json.dumps(settings))
            answer = daemon.admin("/api/reload", "POST").json()
            self.assertEqual(answer["kept"], [])
            return answer["changed"]

        source["destinations"] = ["customerio"]
        daemon = self.start_daemon(settings)
        self.assertEqual(daemon.send("/v1/track", track("before")).status, 200)
        self.assertEqual(reload(daemon, both), ["sources[web].destinations"])
        self.assertEqual(daemon.send("/v1/track", track("both")).status, 200)
        self.assertEqual(daemon.send("/v1/track", track("before")).status, 200, "new to the second")
        self.await_users(self.test, ["before", "both"])
        reload(daemon, ["customerio"])
        self.assertEqual(daemon.send("/v1/track", track("after")).status, 200)
        self.await_users(self.live, ["after", "before", "both"])
        self.assertEqual(users(self.test), ["before", "both"])
        received = [line for line in daemon.metrics().text.splitlines()
                    if line.startswith("pintle_events_received_total") and 'type="track"' in line]
        self.assertEqual(len(received), 1, "one series for a source")
        self.assertTrue(received[0].endswith(" 4"), received)

    def test_a_filter_drops_what_a_destination_does_not_want(self):
        settings = self.settings(events={"include": [{"type": "track", "name": "Order *"}, {"type": "identify"}],
                                         "exclude": [{"name": "Order Tested"}]})
        daemon = self.start_daemon(settings)
        names = ["Order Completed", "Order Tested", "Click"]
        for i, name in enumerate(names):
            self.assertEqual(daemon.send("/v1/track", track(f"u{i}", name)).status, 200)
        self.assertEqual(daemon.send("/v1/page", {"userId": "u3", "name": "Order *"}).status, 200)
        self.assertEqual(daemon.send("/v1/identify", {"userId": "u4"}).status, 200)
        self.await_users(self.live, ["u0", "u1", "u2", "u3", "u4"])
        self.await_users(self.test, ["u0", "u4"])
        metrics = daemon.metrics()
        self.assertEqual(metrics.value("pintle_events_dropped_total", destination="test", reason="filtered"), 3)
        self.assertEqual(metrics.value("pintle_events_dropped_total", destination="customerio", reason="filtered"), 0)
        self.assertEqual(daemon.status()["events"]["dropped"]["filtered"], 3)
        dropped = daemon.admin("/api/events?outcome=dropped").json()["events"]
        self.assertEqual({(each["destination"], each["reason"]) for each in dropped}, {("test", "filtered")})

        def transformed(name):
            command = [PINTLE, "transform", "--config", str(self.folder / "pintle.yaml"), "--destination", name]
            return subprocess.run(command, input=json.dumps(track("u", "Click")), capture_output=True, text=True,
                                  timeout=60, check=True).stdout
        self.assertIn("filter", json.loads(transformed("test"))["error"])
        self.assertEqual(json.loads(transformed("customerio"))["method"], "POST")


if __name__ == "__main__":
    main()
