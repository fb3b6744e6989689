"""/metrics: each counter moves for its cause only, and the ledger always balances."""

import json
import re
import shutil
import subprocess
import unittest

from harness import API_KEY, ROOT, WRITE_KEY, EndToEnd, basic, free_port, main, wait_until

DOCKER = ROOT / "docker"
PROMTOOL = shutil.which("promtool")
NAME = re.compile(r"\b(?:pintle|process)_[a-z_]+")
NAMELESS = "event_name_missing"
# These are there if nodes share a journal on Kafka, or with ingest.tls.
NOT_ALWAYS = {
    "pintle_ingest_tls_certificate_expiry_timestamp_seconds",
    "pintle_stream_owned", "pintle_ownership_changes_total", "pintle_cluster_nodes", "pintle_cluster_configurations",
    "pintle_kafka_waiting_records", "pintle_kafka_waiting_bytes", "pintle_kafka_append_errors_total",
    "pintle_kafka_broker_errors_total"}


def track(user="u", **fields):
    return {"type": "track", "userId": user, "event": "e"} | fields


def rises(before, after):
    """The counters of events that increased, and by how much; not the requests with a key, nor those of the process."""
    return {(name, *sorted(labels)): value - before.samples.get((name, labels), 0)
            for (name, labels), value in after.samples.items()
            if name.endswith("_total") and name.startswith("pintle_") and name != "pintle_source_key_requests_total"
            and value != before.samples.get((name, labels), 0)}


def counter(name, **labels):
    return (f"pintle_{name}_total", *sorted(labels.items()))


class Counters(EndToEnd):
    def setUp(self):
        super().setUp()
        self.sandbox, self.daemon = self.start_both(
            consent_categories=["C0004"], pool={"connections": 1},
            retry={"initial_backoff": "20ms", "max_backoff": "200ms", "probe_interval": "100ms", "max_age": "1s"})
        self.before = self.daemon.metrics()

    def send(self, body, path="/v1/track", status=200, headers=None):
        self.assertEqual(self.daemon.send(path, body, headers).status, status)

    def idle(self):
        wait_until(lambda: self.daemon.destination()["backlog_events"] == 0, "an empty backlog")

    def rose(self, *expected):
        """Exactly these counters have increased since the test began, each by its number."""
        self.assertEqual(rises(self.before, self.daemon.metrics()), dict(expected))

    def test_nothing_has_risen_at_first(self):
        self.rose()
        self.assertEqual(self.daemon.metrics().ledger(), dict.fromkeys(
            ("accepted", "replayed", "delivered", "dead_lettered", "duplicate", "lost", "backlog", "retained",
             "replayed_out", "purged", "evicted"), 0))

    def test_delivered_events(self):
        for user in "abc":
            self.send(track(user))
        self.send({"userId": "d", "traits": {}}, "/v1/identify")
        self.idle()
        self.rose((counter("events_received", source="web", type="track"), 3),
                  (counter("events_received", source="web", type="identify"), 1),
                  (counter("events_accepted", destination="customerio"), 4),
                  (counter("events_delivered", destination="customerio"), 4))
        metrics = self.daemon.metrics()
        self.assertEqual(metrics.value("pintle_delivery_request_duration_seconds_count", destination="customerio"), 4)
        self.assertEqual(metrics.value("pintle_delivery_latency_seconds_count", destination="customerio"), 4)
        self.assertEqual(metrics.value("pintle_ingest_request_duration_seconds_count"), 4)
        # At the start the age clock is stored, in a separate commit or with the first event.
        self.assertIn(metrics.value("pintle_journal_commit_duration_seconds_count"), (4, 5))
        for name in ("delivery_request_duration", "delivery_latency"):
            self.assertEqual(metrics.value(f"pintle_{name}_seconds_bucket", destination="customerio", le="+Inf"), 4)

    def test_requests_that_are_rejected(self):
        self.send(track(), status=401, headers={"X-Write-Key": "wrong"})
        self.send(track(), status=401, headers={})
        self.send(track(), "/v1/nowhere", status=404)
        self.send(b"{", status=400)
        self.send({"userId": "u"}, status=400)
        self.send({"batch": []}, "/v1/batch", status=400)
        self.send(track(text="x" * 40_000), status=413)
        self.send(b" " * 5_000_000, status=413)
        self.rose((counter("events_rejected", source="", reason="invalid_write_key"), 1),
                  (counter("events_rejected", source="", reason="write_key_missing"), 1),
                  (counter("events_rejected", source="", reason="no_route"), 1),
                  (counter("events_rejected", source="", reason="request_too_large"), 1),
                  (counter("events_rejected", source="web", reason="invalid_json"), 1),
                  (counter("events_rejected", source="web", reason=NAMELESS), 1),
                  (counter("events_rejected", source="web", reason="empty_batch"), 1),
                  (counter("events_rejected", source="web", reason="event_too_large"), 1),
                  (counter("events_received", source="web", type="track"), 2),
                  (counter("events_received", source="web", type="other"), 2))

    def test_events_that_are_dropped_on_purpose(self):
        for _ in range(3):
            self.send(track(messageId="m"))
        self.send(track(integrations={"All": False}))
        for _ in range(2):
            self.send(track(context={"consentManagement": {"deniedConsentIds": ["C0004"]}}))
        self.idle()
        self.rose((counter("events_received", source="web", type="track"), 6),
                  (counter("events_accepted", destination="customerio"), 1),
                  (counter("events_delivered", destination="customerio"), 1),
                  (counter("events_dropped", destination="customerio", reason="duplicate"), 2),
                  (counter("events_dropped", destination="customerio", reason="integration_disabled"), 1),
                  (counter("events_dropped", destination="customerio", reason="consent_denied"), 2))

    def test_dead_letters(self):
        self.sandbox.faults(fail_rate=1, fail_status=422)
        self.send(track())
        self.idle()
        self.sandbox.faults(fail_status=404)
        self.send(track())
        self.idle()
        self.send({"batch": [{"type": "track", "userId": "u"}, {"type": "sing", "userId": "u"}]}, "/v1/batch")
        self.rose((counter("events_received", source="web", type="track"), 3),
                  (counter("events_received", source="web", type="other"), 1),
                  (counter("events_accepted", destination="customerio"), 4),
                  (counter("events_dead_lettered", destination="customerio", reason="rejected_422"), 1),
                  (counter("events_dead_lettered", destination="customerio", reason="rejected_404"), 1),
                  (counter("events_dead_lettered", destination="customerio", reason="unknown_event_type"), 1),
                  (counter("events_dead_lettered", destination="customerio", reason=NAMELESS), 1))
        self.assertEqual(self.daemon.metrics().value("pintle_dead_letters", destination="customerio"), 4)

    def test_retries_are_as_many_as_the_answers_that_caused_them(self):
        self.sandbox.faults(fail_rate=1, fail_status=503)
        self.send(track())
        wait_until(lambda: self.daemon.destination()["retries"] >= 2, "some retries")
        self.sandbox.faults(fail_rate=0)
        self.idle()
        failed = len([request for request in self.sandbox.requests() if not request["taken"]])
        self.rose((counter("events_received", source="web", type="track"), 1),
                  (counter("events_accepted", destination="customerio"), 1),
                  (counter("events_delivered", destination="customerio"), 1),
                  (counter("delivery_retries", destination="customerio", cause="server_error_503"), failed))

    def test_an_event_that_grew_too_old_is_a_dead_letter_for_that(self):
        self.sandbox.faults(reset_rate=1)
        self.send(track())
        self.idle()
        rose = rises(self.before, self.daemon.metrics())
        self.assertEqual(rose[counter("events_dead_lettered", destination="customerio", reason="too_old")], 1)
        self.assertGreaterEqual(rose[counter("delivery_retries", destination="customerio", cause="transport_error")], 1)
        self.assertNotIn(counter("events_delivered", destination="customerio"), rose)

    def test_a_pause_has_its_reason(self):
        def paused(reason):
            return self.daemon.metrics().value("pintle_destination_paused", destination="customerio", reason=reason)
        self.sandbox.faults(api_key="another")
        self.send(track())
        wait_until(lambda: paused("credentials") == 1, "the pause")
        self.assertEqual((paused("operator"), paused("region_unknown")), (0, 0))
        self.assertEqual(self.daemon.admin("/api/destinations/customerio/pause", "POST").status, 200)
        self.assertEqual((paused("operator"), paused("credentials")), (1, 1))
        self.assertEqual(self.daemon.admin("/api/destinations/customerio/resume", "POST").status, 200)
        self.sandbox.faults(api_key=API_KEY)
        self.idle()
        wait_until(lambda: paused("credentials") == paused("operator") == 0, "the end of the pause")
        refused = self.sandbox.call("GET", "/stats").json()["unauthorized"]
        self.rose((counter("events_received", source="web", type="track"), 1),
                  (counter("events_accepted", destination="customerio"), 1),
                  (counter("events_delivered", destination="customerio"), 1),
                  (counter("delivery_retries", destination="customerio", cause="unauthorized_401"), refused))

    def test_what_is_in_flight_is_shown_while_it_is(self):
        def gauges():
            metrics = self.daemon.metrics()
            return (metrics.value("pintle_delivery_requests_in_flight", destination="customerio"),
                    metrics.value("pintle_connections", side="delivery"),
                    metrics.value("pintle_backlog_events", destination="customerio"))
        self.assertEqual(gauges(), (0, 0, 0))
        self.sandbox.faults(latency_ms=60_000)
        self.send(track("a"))
        self.send(track("b"))
        wait_until(lambda: gauges() == (1, 1, 2), "one request, on its one connection")

    def test_every_value_stays_within_its_closed_set(self):
        """Input from senders and responses of Customer.io never become a label."""
        names = set(self.daemon.metrics().samples)
        self.sandbox.faults(fail_rate=1, fail_status=400)
        for i in range(20):
            self.send({"batch": [track(f"u{i}", event=f"e{i}"), {"type": f"t{i}"}]}, "/v1/batch")
            self.send(track(), f"/{i}", status=404)
            self.send(track(), status=401, headers={"X-Write-Key": f"key-{i}"})
        self.idle()
        self.assertEqual(set(self.daemon.metrics().samples), names)


class Ledger(EndToEnd):
    def balanced(self, daemon, **expected):
        ledger = daemon.metrics().ledger()
        self.assertEqual(ledger["accepted"] + ledger["replayed"],
                         ledger["delivered"] + ledger["dead_lettered"] + ledger["lost"] + ledger["backlog"], ledger)
        self.assertEqual(ledger["dead_lettered"], ledger["retained"] + ledger["replayed_out"] + ledger["purged"] + ledger["evicted"], ledger)
        self.assertEqual({name: count for name, count in ledger.items() if count}, expected)

    def test_follows_events_through_kills_replays_and_purges(self):
        sandbox = self.start_sandbox()
        down = self.config(f"https://127.0.0.1:{free_port()}")
        daemon = self.start_daemon(down)
        batch = [track(f"u{i}") for i in range(10)] + [{"type": "sing"}] * 3
        self.assertEqual(daemon.send("/v1/batch", {"batch": batch}).status, 200)
        self.balanced(daemon, accepted=13, backlog=10, dead_lettered=3, retained=3)
        daemon.kill()

        sandbox.faults(fail_rate=1, fail_status=400)
        up = self.config(sandbox.url)
        daemon = self.start_daemon(up)
        wait_until(lambda: daemon.destination()["backlog_events"] == 0, "ten more dead letters")
        self.balanced(daemon, accepted=13, dead_lettered=13, retained=13)
        wait_until(lambda: daemon.destination()["dead_letters"] == 13, "that they are on disk")
        daemon.kill()

        sandbox.faults(fail_rate=0)
        daemon = self.start_daemon(up)
        self.balanced(daemon, accepted=13, dead_lettered=13, retained=13)
        query = "letter=customerio/4&letter=customerio/5"
        self.assertEqual(daemon.admin(f"/api/dead-letters/replay?{query}", "POST").json()["replayed"], 2)
        self.assertEqual(daemon.admin("/api/dead-letters?letter=customerio/1", "DELETE").json(), {"purged": 1})
        wait_until(lambda: daemon.destination()["backlog_events"] == 0, "the delivery")
        self.balanced(daemon, accepted=13, replayed=2, delivered=2, dead_lettered=13, retained=10, replayed_out=2, purged=1)
        self.assertEqual(daemon.stop(), 0)

        daemon = self.start_daemon(up)
        self.balanced(daemon, accepted=13, replayed=2, delivered=2, dead_lettered=13, retained=10, replayed_out=2, purged=1)
        self.assertEqual(daemon.metrics().value("pintle_events_delivered_total", destination="customerio"), 0,
                         "the counters count from the start")

    def test_a_backlog_has_a_size_and_an_age(self):
        daemon = self.start_daemon(self.config(f"https://127.0.0.1:{free_port()}", ca_file=""))
        of = {"destination": "customerio"}
        self.assertEqual(daemon.metrics().value("pintle_backlog_oldest_age_seconds", **of), 0)
        self.assertEqual(daemon.metrics().value("pintle_backlog_bytes", **of), 0)
        self.assertEqual(daemon.send("/v1/track", track(text="x" * 1000)).status, 200)
        one = daemon.metrics().value("pintle_backlog_bytes", **of)
        self.assertGreater(one, 1000)
        self.assertLess(one, 2000)
        self.assertEqual(daemon.send("/v1/batch", {"batch": [track(text="x" * 1000)] * 999}).status, 200)
        self.assertAlmostEqual(daemon.metrics().value("pintle_backlog_bytes", **of), 1000 * one, delta=10 * one)
        wait_until(lambda: daemon.metrics().value("pintle_backlog_oldest_age_seconds", **of) > 1, "that it grows old")


class Access(EndToEnd):
    def test_the_token_is_asked_for(self):
        sandbox = self.start_sandbox()
        config = self.config(sandbox.url)
        config["admin"]["token"] = "secret"
        daemon = self.start_daemon(config)
        self.assertEqual(daemon.admin("/metrics").status, 401)
        answer = daemon.admin("/metrics", headers={"Authorization": "Bearer secret"})
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")

    def test_the_ledger_is_of_each_destination(self):
        sandbox = self.start_sandbox()
        config = self.config(sandbox.url)
        one = config["destinations"][0]
        config["destinations"] = [one | {"name": "first"}, one | {"name": "second"}]
        config["sources"] = [{"name": "web", "write_key": WRITE_KEY, "destination": "first"},
                             {"name": "app", "write_key": "app", "destination": "second"}]
        daemon = self.start_daemon(config)
        self.assertEqual(daemon.send("/v1/track", track()).status, 200)
        self.assertEqual(daemon.send("/v1/track", track(), {"Authorization": basic("app")}).status, 200)
        self.assertEqual(daemon.send("/v1/track", track(), {"Authorization": basic("app")}).status, 200)
        sandbox.await_taken(3)
        wait_until(lambda: daemon.metrics().ledger("second")["delivered"] == 2, "the second's")
        self.assertEqual(daemon.metrics().ledger("first")["accepted"], 1)


class Dashboards(EndToEnd):
    """The metrics of the dashboard, the alerts and the documentation exist."""

    def metrics(self):
        _, daemon = self.start_both()
        return daemon.metrics()

    def documents(self):
        yield "dashboard", (DOCKER / "grafana/pintle.json").read_text()
        yield "alerts", (DOCKER / "prometheus/alerts.yml").read_text()

    def test_every_metric_of_dashboard_alerts_and_documentation_is_there(self):
        metrics = self.metrics()
        families = set(re.findall(r"^# TYPE (\S+) ", metrics.text, re.MULTILINE))
        known = families | metrics.names() | NOT_ALWAYS
        for name, text in self.documents():
            with self.subTest(name):
                self.assertGreater(len(set(NAME.findall(text))), 5)
                self.assertLessEqual(set(NAME.findall(text)), known)
        documented = set(re.findall(r"^\| `((?:pintle|process)_\w+)", (ROOT / "docs/operations.md").read_text(),
                                    re.MULTILINE))
        self.assertEqual(documented, families | NOT_ALWAYS)

    def test_every_panel_of_the_dashboard_asks_something(self):
        dashboard = json.loads((DOCKER / "grafana/pintle.json").read_text())
        panels = [panel for panel in dashboard["panels"] if panel["type"] != "row"]
        self.assertGreater(len(panels), 8)
        self.assertEqual(len({panel["id"] for panel in dashboard["panels"]}), len(dashboard["panels"]))
        for panel in panels:
            self.assertTrue(panel["title"] and panel["description"], panel)
            for target in panel["targets"]:
                self.assertRegex(target["expr"], NAME)

    @unittest.skipUnless(PROMTOOL, "promtool is not installed")
    def test_promtool_finds_no_fault_in_the_text(self):
        done = subprocess.run([PROMTOOL, "check", "metrics"], input=self.metrics().text, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))

    @unittest.skipUnless(PROMTOOL, "promtool is not installed")
    def test_promtool_finds_no_fault_in_rules_and_configuration(self):
        folder = DOCKER / "prometheus"
        for arguments in (["check", "config", "--syntax-only", "prometheus.yml"], ["check", "rules", "alerts.yml"],
                          ["test", "rules", "alerts_test.yml"]):
            with self.subTest(arguments):
                done = subprocess.run([PROMTOOL, *arguments], cwd=folder, capture_output=True, text=True)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    main()
