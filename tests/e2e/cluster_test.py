"""Nodes that share a journal in Kafka: one delivers, another takes over, and each of them can be asked for everything."""

import http.client
import json
import re
import signal
import socket
import threading
import time

from admin_api import ask
from brokers import kafka
from cluster_nodes import ClusterTest, track
from harness import PATIENCE, WRITE_KEY, Daemon, basic, free_port, main, wait_until

API = "/api/dead-letters"
DESTINATION = "/api/destinations/customerio"
SENDERS = 8


class TakeOver(ClusterTest):
    def test_a_stopped_owner_hands_over(self):
        sandbox = self.start_sandbox()
        first, second = self.start_nodes(sandbox)
        sandbox.faults(fail_rate=1, fail_status=503)
        for number in range(20):
            self.send((first, second)[number % 2], track("u", f"e{number}"))
        self.assertEqual(first.stop(), 0)
        self.assertRegex(first.output(), r'stream_given_up destination=customerio epoch=\d+ message="the node stops"')
        sandbox.faults(fail_rate=0)
        self.deliver(sandbox, second, "last", node=1)
        self.assertEqual(self.names(sandbox), ["first", *(f"e{number}" for number in range(20)), "last"])

    def test_a_killed_owner_is_replaced(self):
        sandbox = self.start_sandbox()
        first, second = self.start_nodes(sandbox)
        sandbox.faults(fail_rate=1, fail_status=503)
        for number in range(20):
            self.send((first, second)[number % 2], track("u", f"e{number}"))
        first.kill()
        sandbox.faults(fail_rate=0)
        self.deliver(sandbox, second, "last", node=1)
        self.assertEqual(self.names(sandbox)[-21:], [*(f"e{number}" for number in range(20)), "last"])
        self.assertEqual(second.metrics().ledger()["lost"], 0)

    def test_an_owner_that_was_suspended_says_how_long_it_was_silent_until_the_claim(self):
        sandbox = self.start_sandbox()
        first, second = self.start_nodes(sandbox)
        first.signal(signal.SIGSTOP)
        try:
            self.deliver(sandbox, second, "e1", node=1)
            time.sleep(8)  # which the other node did not wait before its claim
        finally:
            first.signal(signal.SIGCONT)
        given_up = r"stream_given_up destination=customerio .*as this one wrote nothing for (\d+\.\d) s"
        wait_until(lambda: re.search(given_up, first.output()), "the end of its ownership")
        silence = float(re.search(given_up, first.output())[1])
        self.assertGreaterEqual(silence, 2)
        self.assertLess(silence, 8)

    def test_a_node_that_comes_back_leaves_the_stream_where_it_is(self):
        sandbox = self.start_sandbox()
        first, second = self.start_nodes(sandbox)
        self.assertEqual(first.stop(), 0)
        self.deliver(sandbox, second, "e1", node=1)
        first = self.start_node(sandbox, 0)
        self.deliver(sandbox, first, "e2", node=1)
        second.kill()
        self.deliver(sandbox, first, "e3", node=0)
        self.assertEqual(list(dict.fromkeys(self.names(sandbox))), ["first", "e1", "e2", "e3"])

    def test_a_pause_of_credentials_survives_the_owner(self):
        sandbox = self.start_sandbox()
        first, second = self.start_nodes(sandbox)
        sandbox.faults(api_key="another")
        self.send(second, track("u", "e1"))
        for daemon in (first, second):
            wait_until(lambda: daemon.destination()["paused"], "the pause")
        first.kill()
        self.assertEqual(second.destination()["paused"]["reason"], "credentials")
        sandbox.faults(api_key="api-key")
        self.deliver(sandbox, second, "e2", node=1)
        self.assertEqual(self.names(sandbox), ["first", "e1", "e2"])
        wait_until(lambda: not second.destination()["paused"], "the end of the pause")


class Drain(ClusterTest):
    def node_config(self, sandbox, index, port=0, **destination):
        return super().node_config(sandbox, index, port, **destination) | {"ingest": {"drain_timeout": "120s"}}

    def test_an_owner_that_drains_hands_over_before_its_end(self):
        sandbox = self.start_sandbox()
        first, second = self.start_nodes(sandbox)
        with socket.create_connection(("127.0.0.1", first.port)) as unfinished:
            unfinished.sendall(b"POST /v1/track HTTP/1.1\r\nHost: pintle\r\nContent-Length: 9\r\n\r\n{")
            wait_until(lambda: first.metrics().value("pintle_connections", side="ingest") >= 1, "the connection")
            first.signal(signal.SIGTERM)
            self.deliver(sandbox, second, "e1", node=1)
            self.assertTrue(first.running())
        self.assertEqual(first.wait(), 0)


class Once(ClusterTest):
    def test_a_repeat_to_the_other_node_is_delivered_once(self):
        sandbox = self.start_sandbox()
        first, second = self.start_nodes(sandbox)
        for daemon in (first, second, first, second):
            self.send(daemon, track("u", "e1"))
        self.deliver(sandbox, second, "e2")
        self.assertEqual(self.names(sandbox), ["first", "e1", "e2"])
        for daemon in (first, second):
            wait_until(lambda: daemon.metrics().ledger()["delivered"] == 3, "the deliveries in the ledger")
            ledger = daemon.metrics().ledger()
            self.assertEqual((ledger["accepted"], ledger["duplicate"], ledger["backlog"]), (4, 1, 0))

    def test_a_repeat_leaves_a_trace_at_the_node_that_delivers(self):
        sandbox = self.start_sandbox()
        first, second = self.start_nodes(sandbox)
        nameless = {"type": "track", "userId": "u", "messageId": "nameless"}
        for daemon in (second, first):
            self.send(daemon, track("u", "e1"))
            self.assertEqual(daemon.send("/v1/batch", {"batch": [nameless]}).status, 200)
        wait_until(lambda: first.metrics().value("pintle_events_dropped_total", destination="customerio",
                                                 reason="duplicate") == 2, "the repeats in the metrics")
        dropped = ask(first, "GET", "/api/events?outcome=dropped")["events"]
        self.assertEqual({(each["reason"], each["event"]["messageId"]) for each in dropped},
                         {("duplicate", "u-e1"), ("duplicate", "nameless")})

    def test_a_repeat_after_a_takeover_is_delivered_once(self):
        sandbox = self.start_sandbox()
        first, second = self.start_nodes(sandbox)
        self.deliver(sandbox, first, "e1", node=0)
        self.assertEqual(first.stop(), 0)
        self.send(second, track("u", "e1"))
        self.deliver(sandbox, second, "e2", node=1)
        self.assertEqual(self.names(sandbox), ["first", "e1", "e2"])

    def test_an_event_that_cannot_be_mapped_is_one_dead_letter(self):
        sandbox = self.start_sandbox()
        first, second = self.start_nodes(sandbox)
        nameless = {"batch": [{"type": "track", "userId": "u", "messageId": "m"}]}
        for daemon in (first, second):
            self.assertEqual(daemon.send("/v1/batch", nameless).status, 200)
        self.deliver(sandbox, second, "e1")
        for daemon in (first, second):
            wait_until(lambda: len(daemon.dead_letters()) == 1, "the dead letter")
            wait_until(lambda: daemon.metrics().ledger()["duplicate"] == 1, "the duplicate")


class Operate(ClusterTest):
    """What an operator asks of the node that delivers nothing."""

    def refuse(self, sandbox, daemons, *names):
        """Makes Customer.io reject these events, so that they become dead letters."""
        sandbox.faults(fail_rate=1, fail_status=400)
        for name in names:
            self.send(daemons[1], track("u", name))
        for daemon in daemons:
            wait_until(lambda: daemon.destination()["dead_letters"] == len(names), "the dead letters")
        sandbox.faults(fail_rate=0)

    def test_it_is_ready(self):
        sandbox = self.start_sandbox()
        for daemon in self.start_nodes(sandbox):
            document = ask(daemon, "GET", "/ready")
            self.assertEqual([each["name"] for each in document["destinations"]], ["customerio"])

    def test_it_pauses_and_resumes(self):
        sandbox = self.start_sandbox()
        first, second = self.start_nodes(sandbox)
        ask(second, "POST", f"{DESTINATION}/pause")
        for daemon in (first, second):
            wait_until(lambda: daemon.destination()["paused"], "the pause")
        self.assertEqual(first.destination()["paused"]["reason"], "operator")
        self.send(first, track("u", "e1"))
        for daemon in (first, second):
            wait_until(lambda: daemon.destination()["backlog_events"] == 1, "the backlog")
        self.assertEqual(self.names(sandbox), ["first"])
        ask(second, "POST", f"{DESTINATION}/resume")
        self.deliver(sandbox, second, "e2", node=0)
        self.assertEqual(self.names(sandbox), ["first", "e1", "e2"])
        for daemon in (first, second):
            wait_until(lambda: not daemon.destination()["paused"], "the end of the pause")

    def test_a_pause_survives_a_takeover(self):
        sandbox = self.start_sandbox()
        first, second = self.start_nodes(sandbox)
        ask(first, "POST", f"{DESTINATION}/pause")
        self.send(first, track("u", "e1"))
        wait_until(lambda: second.destination()["paused"], "the pause")
        self.assertEqual(first.stop(), 0)
        first = self.start_node(sandbox, 0)
        for daemon in (first, second):
            wait_until(lambda: (daemon.destination()["paused"] or {}).get("reason") == "operator", "the pause")
        self.assertEqual(self.names(sandbox), ["first"])
        ask(first, "POST", f"{DESTINATION}/resume")
        self.deliver(sandbox, first, "e2", node=1)
        self.assertEqual(self.names(sandbox), ["first", "e1", "e2"])

    def test_it_lists_shows_replays_and_purges_dead_letters(self):
        sandbox = self.start_sandbox()
        first, second = self.start_nodes(sandbox)
        self.refuse(sandbox, (first, second), "e1", "e2", "e3")
        letters = second.dead_letters()
        self.assertEqual(letters, first.dead_letters())
        self.assertEqual([letter["event"]["event"] for letter in letters], ["e1", "e2", "e3"])
        one, two, three = (f"{API}/{letter['id'] if '/' in str(letter['id']) else 'customerio/' + str(letter['id'])}"
                           for letter in letters)
        self.assertEqual(ask(second, "GET", one), letters[0])
        self.assertEqual(ask(second, "POST", f"{one}/replay"), {"replayed": 1, "kept": []})
        wait_until(lambda: self.names(sandbox) == ["first", "e1"], "the replayed event")
        self.assertEqual(ask(second, "DELETE", two), {"purged": 1})
        for daemon in (first, second):
            wait_until(lambda: [letter["event"]["event"] for letter in daemon.dead_letters()] == ["e3"], "one dead letter")
            ask(daemon, "GET", one, status=404)
            ask(daemon, "GET", two, status=404)
        self.assertEqual(ask(first, "POST", f"{three}/replay"), {"replayed": 1, "kept": []})
        wait_until(lambda: self.names(sandbox) == ["first", "e1", "e3"], "the replayed event")
        for daemon in (first, second):
            wait_until(lambda: daemon.metrics().ledger()["delivered"] == 3, "the deliveries in the ledger")
            ledger = daemon.metrics().ledger()
            self.assertEqual({name: ledger[name] for name in ("accepted", "replayed", "dead_lettered", "retained", "purged",
                                                              "replayed_out", "duplicate", "lost", "backlog")},
                             {"accepted": 4, "replayed": 2, "dead_lettered": 3, "retained": 0, "purged": 1,
                              "replayed_out": 2, "duplicate": 0, "lost": 0, "backlog": 0})

    def test_an_erased_event_stays_no_dead_letter(self):
        sandbox = self.start_sandbox()
        daemons = self.start_nodes(sandbox)
        ask(daemons[0], "POST", f"{DESTINATION}/pause")
        for number in range(6):
            self.send(daemons[1], track("ada", f"e{number}"))
            wait_until(lambda: len(ask(daemons[0], "GET", "/api/backlog")["events"]) == 1, "the event")
            [erased] = ask(daemons[0], "POST", "/api/erase?user_id=ada")["destinations"]
            self.assertEqual((erased["events"], erased["dead_letters"]), (1, 0))
            self.assertEqual(daemons[0].dead_letters(), [])
            wait_until(lambda: daemons[1].destination()["dead_letters"] == 0 and
                       daemons[1].destination()["backlog_events"] == 0, "the other node knows it")
        self.assertEqual(daemons[0].metrics().ledger()["purged"], 6)
        self.assertEqual(self.names(sandbox, "ada"), [])

    def rename_destination(self, daemons, name):
        """The stream of the former name is left without a destination, as in a cluster none takes it over."""
        for index, daemon in enumerate(daemons):
            path = self.folder / f"node-{index}.yaml"
            settings = json.loads(path.read_text())
            settings["destinations"][0]["name"] = settings["sources"][0]["destination"] = name
            path.write_text(json.dumps(settings))
            self.assertIn(f"destinations[{name}] (added)", ask(daemon, "POST", "/api/reload")["changed"])
        for daemon in daemons:
            wait_until(lambda: "destination_removed destination=customerio" in daemon.output(), "the end of its worker")

    def orphans(self, daemon):
        return {each["name"]: (each["backlog_events"], each["dead_letters"])
                for each in ask(daemon, "GET", "/api/status")["orphaned_streams"]}

    def test_every_node_purges_dead_letters_of_a_stream_without_a_destination(self):
        sandbox = self.start_sandbox()
        daemons = self.start_nodes(sandbox)
        self.refuse(sandbox, daemons, "e1", "e2", "e3")
        self.rename_destination(daemons, "second")
        for left, daemon in zip((2, 1), daemons):
            letter = daemon.dead_letters()[0]["id"]
            self.assertEqual(ask(daemon, "DELETE", f"{API}/customerio/{str(letter).rpartition('/')[2]}"), {"purged": 1})
            for each in daemons:
                wait_until(lambda: self.orphans(each) == {"customerio": (0, left)}, "the rest")
                self.assertEqual(each.metrics().value("pintle_orphaned_stream_events", stream="customerio"), 0)
        self.assertEqual(ask(daemons[0], "DELETE", f"{API}?all=true"), {"purged": 1})
        for daemon in daemons:
            wait_until(lambda: not self.orphans(daemon), "an empty stream")

    def test_a_replay_at_both_nodes_at_once_sends_each_event_once(self):
        sandbox = self.start_sandbox()
        daemons = self.start_nodes(sandbox)
        self.refuse(sandbox, daemons, *(f"e{number}" for number in range(30)))
        answers = []

        def replay(daemon):
            answers.append(daemon.admin(f"{API}/replay?all=true", "POST").status)

        threads = [threading.Thread(target=replay, args=(daemon,)) for daemon in daemons]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for daemon in daemons:
            wait_until(lambda: daemon.destination()["dead_letters"] == 0, "no dead letters")
        self.deliver(sandbox, daemons[0], "last")
        self.assertEqual(self.names(sandbox), ["first", *(f"e{number}" for number in range(30)), "last"])
        self.assertEqual(answers, [200, 200])
        wait_until(lambda: daemons[0].metrics().ledger()["delivered"] == 32, "the deliveries in the ledger")
        self.assertEqual(daemons[0].metrics().ledger()["replayed_out"], 30)


    def test_every_node_says_that_the_circuit_breaker_is_open(self):
        sandbox = self.start_sandbox()
        first, second = self.start_nodes(sandbox)
        sandbox.faults(fail_rate=1, fail_status=503)
        for number in range(12):
            self.send(second, track(f"u{number}", "e"))
        for daemon in (first, second):
            breaker = wait_until(lambda: daemon.destination()["circuit_breaker"], "the open circuit breaker")
            self.assertIn("503", breaker["message"])
            wait_until(lambda: daemon.destination()["retries_by_cause"].get("server_error_503"), "the retries")
            wait_until(lambda: daemon.metrics().value("pintle_circuit_breaker_open", destination="customerio") == 1,
                       "the metric")
            code, text = self.pintle("status", "--admin", f"http://127.0.0.1:{daemon.admin_port}")
            self.assertRegex(text, r"(?m)^not healthy: customerio: circuit breaker open since \S+: .*503")
            self.assertEqual(code, 1)
        sandbox.faults(fail_rate=0)
        for daemon in (first, second):
            wait_until(lambda: not daemon.destination()["circuit_breaker_open"], "the end of it")

    def test_other_secrets_are_seen(self):
        sandbox = self.start_sandbox()
        first, second = self.start_nodes(sandbox)
        for daemon in (first, second):
            wait_until(lambda: len(ask(daemon, "GET", "/api/cluster")["nodes"]) == 2, "both nodes")
            self.assertTrue(ask(daemon, "GET", "/api/cluster")["same_secrets"])
        second.stop()
        second = self.start_node(sandbox, 1, api_key="another")
        for daemon in (first, second):
            wait_until(lambda: not ask(daemon, "GET", "/api/cluster")["same_secrets"], "the difference")


class WithoutBrokers(ClusterTest):
    def test_events_are_rejected_until_the_brokers_are_back(self):
        sandbox = self.start_sandbox()
        first, second = self.start_nodes(sandbox)
        self.brokers.pause(1)
        try:
            for daemon in (first, second):
                self.assertEqual(daemon.send("/v1/track", track("u", "e1")).status, 503)
                wait_until(lambda: daemon.send("/v1/track", track("u", "e2")).status == 503 and
                           daemon.admin("/ready").status == 503, "a node that is not ready")
                wait_until(lambda: daemon.metrics().value("pintle_stream_owned", destination="customerio") == 0 and
                           daemon.metrics().value("pintle_cluster_nodes") == 1, "a node that is alone and may not send")
                self.assertRegex(daemon.output(), r'journal_rejects_events destination=customerio message="[^"]*Kafka')
                self.assertRegex(daemon.admin("/ready").text, "Kafka")
        finally:
            self.brokers.resume(1)
        for daemon in (first, second):
            wait_until(lambda: daemon.admin("/ready").status == 200, "the node is ready again")
            wait_until(lambda: "journal_accepts_events destination=customerio" in daemon.output(), "the end in the log")
        for name in ("e1", "e2"):
            wait_until(lambda: second.send("/v1/track", track("u", name)).status == 200, "an accepted event")
        self.deliver(sandbox, first, "e3")
        self.assertEqual(self.names(sandbox), ["first", "e1", "e2", "e3"])


    def test_a_former_owner_does_not_know_how_old_the_backlog_is(self):
        sandbox = self.start_sandbox()
        first, second = self.start_nodes(sandbox)
        sandbox.faults(latency_ms=3000)
        self.send(second, track("u", "e1"))
        wait_until(lambda: first.destination()["in_flight"] == 1, "the request")
        self.brokers.pause(1)
        try:
            wait_until(lambda: first.destination()["in_flight"] == 0, "the response, whose ack cannot be written")
            wait_until(lambda: not first.destination()["owned"], "the end of the lease")
            destination = first.destination()
            self.assertEqual(destination["backlog_events"], 1)
            self.assertIsNone(destination["backlog_oldest_age_seconds"])
            self.assertIsNone(destination["backlog_bytes"])
            text = first.metrics().text
            self.assertIn('pintle_backlog_events{destination="customerio"} 1\n', text)
            self.assertNotIn("pintle_backlog_oldest_age_seconds{", text)
            self.assertNotIn("pintle_backlog_bytes{", text)
        finally:
            self.brokers.resume(1)
        sandbox.faults(latency_ms=0)
        self.deliver(sandbox, first, "e2")


class Secure(ClusterTest):
    """The brokers ask for a password or a certificate, over TLS."""

    def password(self, ca="ca.pem", password=kafka.PASSWORD):
        path = self.folder / f"{password}.txt"
        path.write_text(f"{password}\n")
        return {"brokers": self.brokers.addresses(kafka.SECURE), "tls": {"ca_file": self.brokers.certificate(ca)},
                "sasl": {"mechanism": "PLAIN", "username": kafka.USER, "password": {"file": str(path)}}}

    def certificate(self):
        return {"brokers": self.brokers.addresses(kafka.MUTUAL), "tls": {
            "ca_file": self.brokers.certificate("ca.pem"), "certificate": self.brokers.certificate("client.crt"),
            "key": self.brokers.certificate("client.key")}}

    def write(self, sandbox, access):
        settings = self.node_config(sandbox, 0)
        settings["journal"]["kafka"] |= access
        path = self.folder / "pintle.yaml"
        path.write_text(json.dumps(settings))
        return path

    def test_events_survive_a_restart(self):
        for number, access in enumerate((self.password(), self.certificate())):
            with self.subTest(access=access):
                sandbox = self.start_sandbox()
                path = self.write(sandbox, access)
                checked, text = self.pintle("check-config", path, "--connect")
                self.assertIn("\njournal.kafka: works: 1 broker\n", text)
                self.assertEqual(checked, 0, text)
                sandbox.faults(fail_rate=1, fail_status=503)
                daemon = self.start_daemon_of(path)
                self.send(daemon, track("u", f"before {number}"))
                self.assertEqual(daemon.stop(), 0)
                sandbox.faults(fail_rate=0)
                daemon = self.start_daemon_of(path)
                self.deliver(sandbox, daemon, f"after {number}")
                self.assertEqual(self.names(sandbox), [f"before {number}", f"after {number}"])
                self.assertNotIn(kafka.PASSWORD, daemon.admin("/api/config").text + daemon.output())
                self.assertEqual(daemon.stop(), 0)

    def start_daemon_of(self, path):
        daemon = Daemon(path, self.folder / f"{len(list(self.folder.glob('*.log')))}.log")
        self.addCleanup(daemon.clean_up)
        return daemon

    def is_refused(self, access, reason):
        """By check-config, and by the daemon when it starts."""
        path = self.write(self.start_sandbox(), access)
        checked, text = self.pintle("check-config", path, "--connect")
        self.assertRegex(text, rf"\njournal\.kafka: unreachable: .*{reason}")
        self.assertEqual(checked, 1)
        started, text = self.pintle("serve", "--config", path)
        self.assertRegex(text, f"no Kafka broker can be reached at {access['brokers'][0]}: .*{reason}")
        self.assertEqual(started, 1)

    def test_a_wrong_password_is_named(self):
        self.is_refused(self.password(password="wrong"), "Invalid username or password")

    def test_a_certificate_that_is_not_trusted_is_named(self):
        self.is_refused(self.password(ca="other-ca.pem"), "broker certificate could not be verified")


class Checked(ClusterTest):
    """`check-config --connect` says what `serve` would say, and changes nothing."""

    def check(self, **change):
        settings = self.node_config(self.start_sandbox(), 0)
        settings["journal"]["kafka"] |= change
        path = self.folder / "pintle.yaml"
        path.write_text(json.dumps(settings))
        return path, *self.pintle("check-config", "--connect", path)

    def test_what_a_start_refuses_is_unusable(self):
        for change, reason in (({"create_topics": False}, f"these topics do not exist.* {self.prefix}.customerio, "),
                               ({"replication_factor": 5}, "cannot be created: .*[Rr]eplication factor")):
            with self.subTest(change=change):
                path, checked, text = self.check(**change)
                self.assertRegex(text, rf"(?m)^journal\.kafka: unusable: .*{reason}")
                self.assertNotIn("journal.kafka: works", text)
                self.assertEqual(checked, 1)
                started, text = self.pintle("serve", "--config", path)
                self.assertRegex(text, reason)
                self.assertEqual(started, 1)

    def test_topics_that_are_not_there_are_named_and_not_created(self):
        for _ in range(2):
            _, checked, text = self.check()
            self.assertRegex(text, rf"(?m)^journal\.kafka: does not exist yet.*: {self.prefix}\.customerio, ")
            self.assertEqual(checked, 0, text)

    def test_one_address_without_a_broker_is_named(self):
        nobody = f"127.0.0.1:{free_port()}"
        _, checked, text = self.check(brokers=[nobody, *self.brokers.addresses()])
        self.assertRegex(text, f"(?m)^journal\\.kafka: warning: {nobody} does not answer, though others do: ")
        self.assertEqual(checked, 0, text)

    def test_an_expression_that_matches_no_topic_is_unusable(self):
        settings = self.node_config(self.start_sandbox(), 0)
        settings["sources"][0]["kafka"] = {"brokers": self.brokers.addresses(), "topics": [f"^{self.prefix}-nope.*"]}
        path = self.folder / "pintle.yaml"
        path.write_text(json.dumps(settings))
        checked, text = self.pintle("check-config", "--connect", path)
        self.assertRegex(text, r"(?m)^sources\[\w+\]\.kafka: unusable: topic \^test.*: it matches no topic")
        self.assertEqual(checked, 1)

    def test_a_journal_on_kafka_has_no_directory(self):
        path, *_ = self.check()
        checked, text = self.pintle("journal", "check", "--config", path)
        self.assertRegex(text, "the journal of this configuration is on Kafka")
        self.assertEqual(checked, 1)


class Sender(threading.Thread):
    """Sends the events of a person, each after the answer to the one before. A node that does not accept one, or closes the
    connection, is followed by the other one."""

    def __init__(self, name, ports, stop):
        super().__init__()
        self.name, self.ports, self.stop = name, list(ports), stop
        self.accepted, self.failed = [], []

    def run(self):
        count = 0
        while not self.stop.is_set():
            event = f"e{count}"
            (self.accepted if self.accept(track(self.name, event)) else self.failed).append(event)
            count += 1

    def accept(self, event):
        for _ in range(4):
            connection = http.client.HTTPConnection("127.0.0.1", self.ports[0], timeout=PATIENCE)
            try:
                connection.request("POST", "/v1/track", json.dumps(event),
                                   {"Authorization": basic(WRITE_KEY), "Content-Type": "application/json"})
                if connection.getresponse().status == 200:
                    return True
            except (OSError, http.client.HTTPException):
                pass
            finally:
                connection.close()
            self.ports.reverse()
        return False


class Rolling(ClusterTest):
    def test_no_event_is_lost_and_no_request_fails_while_all_nodes_are_restarted(self):
        sandbox = self.start_sandbox()
        ports = [free_port(), free_port()]
        daemons = [self.start_node(sandbox, index, port) for index, port in enumerate(ports)]
        stop = threading.Event()
        senders = [Sender(f"sender-{number}", ports[::1 - 2 * (number % 2)], stop) for number in range(SENDERS)]
        try:
            for sender in senders:
                sender.start()
            for _ in range(2):
                for index, port in enumerate(ports):
                    before = len(sandbox.taken())
                    sandbox.await_taken(before + 50)
                    self.assertEqual(daemons[index].stop(), 0)
                    daemons[index] = self.start_node(sandbox, index, port)
        finally:
            stop.set()
            for sender in senders:
                sender.join()
        self.assertEqual({sender.name: sender.failed for sender in senders if sender.failed}, {})
        total = sum(len(sender.accepted) for sender in senders)
        wait_until(lambda: len({each[1:] for each in self.arrived(sandbox)}) == total, "all that was accepted", pause=0.2)
        for sender in senders:
            first_arrivals = list(dict.fromkeys(self.names(sandbox, sender.name)))
            self.assertEqual(first_arrivals, sender.accepted)
        self.assertEqual({node for node, _, _ in self.arrived(sandbox)}, {0, 1})


if __name__ == "__main__":
    main()
