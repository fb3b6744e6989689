"""A destination that rejects the credentials is paused: no event is lost or ages, other destinations are not affected."""

import json
import time

from admin_api import ask
from harness import API_KEY, EndToEnd, basic, epoch, free_port, main, wait_until


def track(user, name="e"):
    return {"type": "track", "userId": user, "event": name, "messageId": f"{user}-{name}"}


def users(requests):
    return [request["path"].split("/")[4] for request in requests]


def moment(request):
    """The time at which the sandbox received it, in seconds since the epoch, to the millisecond."""
    return epoch(request["time"]) + float("0" + request["time"][19:-1])


class Pause(EndToEnd):
    def paused(self, daemon):
        """Waits until the only destination is paused, and returns its pause from /ready."""
        return wait_until(lambda: daemon.admin("/ready").json()["destinations"][0]["paused"], "the pause")

    def test_time_in_a_pause_does_not_make_events_too_old_though_the_daemon_is_killed_in_it(self):
        retry = {"initial_backoff": "20ms", "max_backoff": "100ms", "max_age": "1s", "probe_interval": "100ms"}
        sandbox = self.start_sandbox()
        sandbox.faults(api_key="another")
        config = self.config(sandbox.url, retry=retry)
        daemon = self.start_daemon(config)
        people = {f"u{i}" for i in range(5)}
        for user in people:
            self.assertEqual(daemon.send("/v1/track", track(user)).status, 200)
        paused = self.paused(daemon)
        self.assertEqual(paused["reason"], "credentials")
        self.assertIn("401", paused["message"])
        wait_until(lambda: time.time() - epoch(paused["since"]) > 3, "a pause that is longer than max_age")
        daemon.kill()

        sandbox.faults(api_key=API_KEY, fail_rate=1, fail_status=503)
        daemon = self.start_daemon(config)
        self.assertEqual(self.paused(daemon), paused, "nobody has answered since")
        wait_until(lambda: daemon.destination()["retries"] > 2, "tries that fail otherwise")
        sandbox.faults(fail_rate=0)
        self.assertEqual(set(users(sandbox.await_taken(len(people)))), people)
        wait_until(lambda: not daemon.destination()["paused"], "the end of the pause")
        self.assertEqual(daemon.dead_letters(), [])
        self.assertEqual(daemon.stop(), 0)

        daemon = self.start_daemon(config)
        self.assertIsNone(daemon.destination()["paused"], "the end is remembered too")

    def test_a_paused_destination_is_probed_once_an_interval_by_an_event_that_waits(self):
        retry = {"initial_backoff": "20ms", "max_backoff": "100ms", "probe_interval": "200ms"}
        sandbox, daemon = self.start_both(retry=retry, pool={"connections": 1})
        sandbox.faults(api_key="another")
        people = {f"u{i}" for i in range(20)}
        batch = {"batch": [track(user) for user in people]}
        self.assertEqual(daemon.send("/v1/batch", batch).status, 200)
        wait_until(lambda: sandbox.call("GET", "/stats").json()["unauthorized"] >= 8, "some probes")
        probes = sandbox.requests()
        self.assertLessEqual(set(users(probes)), people)
        self.assertEqual(len(set(users(probes))), len(probes), "they take turns")
        times = [moment(probe) for probe in probes[2:]]  # the third rejection starts the pause
        # Each is sent one interval after the previous response; both times are truncated to the millisecond.
        self.assertGreaterEqual(min(b - a for a, b in zip(times, times[1:])), 0.198)
        sandbox.faults(api_key=API_KEY)
        self.assertEqual(set(users(sandbox.await_taken(len(people)))), people)

    def test_a_pause_by_an_operator_hides_no_rejected_credentials_and_each_ends_on_its_own(self):
        sandbox = self.start_sandbox()
        config = self.config(sandbox.url, retry={"probe_interval": "1h"})
        tokens = [{"name": name, "role": "operate", "token": name} for name in ("deploy", "ada")]
        config["admin"]["tokens"] = tokens
        sandbox.faults(api_key="another")
        daemon = self.start_daemon(config)
        self.assertEqual(daemon.send("/v1/track", track("u")).status, 200)
        rejected = self.paused(daemon)

        def ask_as(name, path, method="POST"):
            return ask(daemon, method, f"/api/destinations/customerio{path}", headers={"Authorization": f"Bearer {name}"})

        first = ask_as("deploy", "/pause?message=their%20maintenance")
        self.assertEqual(first["change"], {"before": None, "changed": []})
        by_deploy = first["paused"]
        self.assertEqual((by_deploy["by"], by_deploy["message"]), ("deploy", "their maintenance"))
        daemon.kill()
        daemon = self.start_daemon(config)
        seen = ask_as("ada", "", "GET")
        self.assertEqual(seen["pauses"], [by_deploy, rejected | {"by": None}])
        ready = ask(daemon, "GET", "/ready")["destinations"][0]
        self.assertEqual([pause["reason"] for pause in ready["pauses"]], ["operator", "credentials"])
        self.assertNotIn("deploy", json.dumps(ready), "/ready takes no token")
        metrics = daemon.admin("/metrics", headers={"Authorization": "Bearer ada"}).text
        for reason in ("operator", "credentials"):
            self.assertIn(f'pintle_destination_paused{{destination="customerio",reason="{reason}"}} 1\n', metrics)

        self.assertEqual(ask_as("ada", "/pause")["change"], {"before": by_deploy, "changed": []})
        second = ask_as("ada", "/pause?message=an%20incident")
        self.assertEqual(second["change"], {"before": by_deploy, "changed": ["message", "by"]})
        by_ada = by_deploy | {"message": "an incident", "by": "ada"}
        self.assertEqual(second["paused"], by_ada)
        self.assertRegex(daemon.output(), r'destination_pause_changed destination=customerio reason=operator '
                                          r'message="an incident" since=\S+ by="ada"')

        resumed = ask_as("ada", "/resume")
        self.assertEqual(resumed["change"], {"before": by_ada, "ended": ["operator"], "remaining": ["credentials"]})
        sandbox.faults(api_key=API_KEY)
        again = ask_as("ada", "/resume")["change"]
        self.assertEqual((again["before"], again["ended"]), (None, []))
        sandbox.await_taken(1)
        wait_until(lambda: ask_as("ada", "", "GET")["pauses"] == [], "the end of the pause")

    def test_an_open_circuit_breaker_says_since_when_and_why(self):
        sandbox, daemon = self.start_both(retry={"initial_backoff": "20ms", "max_backoff": "50ms"})
        sandbox.faults(fail_rate=1, fail_status=503)
        for i in range(20):
            self.assertEqual(daemon.send("/v1/track", track(f"u{i}")).status, 200)
        opened = wait_until(lambda: ask(daemon, "GET", "/ready")["destinations"][0]["circuit_breaker"], "the failures")
        self.assertIn("503", opened["message"])
        destination = ask(daemon, "GET", "/api/destinations/customerio")
        self.assertEqual((destination["circuit_breaker_open"], destination["circuit_breaker"]["since"]),
                         (True, opened["since"]))
        sandbox.faults(fail_rate=0)
        sandbox.await_taken(20)
        wait_until(lambda: ask(daemon, "GET", "/api/destinations/customerio")["circuit_breaker"] is None, "a success")

    def test_a_destination_that_is_paused_or_down_slows_neither_another_nor_ingest(self):
        sandbox = self.start_sandbox()
        config = self.config(sandbox.url)
        well = config["destinations"][0]
        config["destinations"] = [
            well | {"name": "paused", "api_key": "another"},
            well | {"name": "down", "base_url": f"https://127.0.0.1:{free_port()}"},
            well | {"name": "well"},
        ]
        names = [destination["name"] for destination in config["destinations"]]
        config["sources"] = [{"name": name, "write_key": name, "destination": name} for name in names]
        daemon = self.start_daemon(config)
        for i in range(10):
            for name in names:
                batch = {"batch": [track(f"{name}-{i}-{j}") for j in range(100)]}
                self.assertEqual(daemon.send("/v1/batch", batch, {"Authorization": basic(name)}).status, 200)
        taken = sandbox.await_taken(1000)
        self.assertEqual(set(users(taken)), {f"well-{i}-{j}" for i in range(10) for j in range(100)})

        seen = {destination["name"]: destination for destination in daemon.status()["destinations"]}
        for name in ("paused", "down"):
            self.assertEqual((seen[name]["backlog_events"], seen[name]["delivered"]), (1000, 0), name)
        wait_until(lambda: daemon.status()["destinations"][2]["backlog_events"] == 0, "all of the healthy one's")
        ready = {each["name"]: each["paused"] is not None for each in daemon.admin("/ready").json()["destinations"]}
        self.assertEqual(ready, {"paused": True, "down": False, "well": False})
        self.assertEqual(daemon.dead_letters(), [])


if __name__ == "__main__":
    main()
