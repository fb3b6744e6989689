"""A daemon reads topics of a real broker: in order, across kills of either, with records that cannot be read."""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import PATIENCE, PINTLE, ROOT, EndToEnd, environment, main, wait_until  # noqa: E402

CLUSTER = os.environ.get("PINTLE_KAFKA_CLUSTER", str(ROOT / "tests/kafka/cluster"))
TOPICS = os.environ.get("PINTLE_KAFKA_TOPICS", str(ROOT / "build/release/tests/kafka_topics"))
PARTITIONS = 3
START = 4 * PATIENCE  # seconds for a broker to start


class Broker:
    """One broker, which the script tests/kafka/cluster runs."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="pintle-kafka-")
        try:
            self.run("start", "1", "--secure")
            self.servers = self.run("bootstrap").strip()
            self.secure_servers = self.run("bootstrap", "--secure").strip()
        except BaseException:
            self.stop()
            raise

    def run(self, *command):
        done = subprocess.run([CLUSTER, *command, "--dir", self.folder], capture_output=True, text=True, timeout=START)
        if done.returncode != 0:
            raise AssertionError(f"{command}: {done.stderr}")
        return done.stdout

    def stop(self):
        subprocess.run([CLUSTER, "stop", "--dir", self.folder], capture_output=True, timeout=START)
        shutil.rmtree(self.folder, ignore_errors=True)

    def create(self, topic, partitions=PARTITIONS):
        subprocess.run([TOPICS, self.servers, "create", topic, str(partitions)], check=True, timeout=START)

    def produce(self, records):
        """Appends (topic, partition, key, value), and returns once they are on disk."""
        lines = [f"{topic}\t{partition}\t{key}\t{value.hex()}\n" for topic, partition, key, value in records]
        subprocess.run([TOPICS, self.servers, "produce"], input="".join(lines), text=True, check=True, timeout=START)


def setUpModule():
    global broker
    if not shutil.which("java") or not shutil.which("mvn"):
        raise unittest.SkipTest("a Kafka broker needs java and mvn (openjdk-17-jre-headless and maven)")
    installed = subprocess.run([CLUSTER, "install"], capture_output=True, text=True)
    if installed.returncode != 0:
        raise unittest.SkipTest("Maven cannot download the Kafka broker")
    broker = Broker()
    unittest.addModuleCleanup(broker.stop)


class Events:
    """Events of some users. Those of one user are in one partition and numbered."""

    def __init__(self, topic, users=20):
        self.topic = topic
        self.users = [f"{topic}-{i}" for i in range(users)]
        self.sent = dict.fromkeys(self.users, 0)

    def partition(self, user):
        return self.users.index(user) % PARTITIONS

    def next(self, user):
        self.sent[user] += 1
        number = self.sent[user]
        event = {"type": "track", "event": f"n{number}", "userId": user, "properties": {"number": number}}
        if number % 2 == 0:  # the others get an id from their place in the topic
            event["messageId"] = f"{user}-{number}"
        return self.topic, self.partition(user), user, json.dumps(event).encode()

    def some(self, count):
        return [self.next(random.choice(self.users)) for _ in range(count)]

    def total(self):
        return sum(self.sent.values())


def numbers(requests, user):
    """The numbers of the events that the sandbox took of this user, in their order; repeated deliveries count once."""
    path = f"/api/v1/customers/{user}/events"
    return list(dict.fromkeys(request["body"]["data"]["number"] for request in requests if request["path"] == path))


class KafkaSource(EndToEnd):
    def setUp(self):
        super().setUp()
        self.topic = self.id().rpartition(".")[2]
        seed = int(os.environ.get("PINTLE_TEST_SEED", "1"))
        print(f"PINTLE_TEST_SEED={seed}")
        random.seed(seed)
        broker.create(self.topic)

    def reading(self, url, **destination):
        config = self.config(url, **destination)
        config["sources"] = [{"name": "shop", "kafka": {
            "brokers": broker.servers, "topics": [self.topic], "group": self.topic,
            "librdkafka": {"session.timeout.ms": 3000, "heartbeat.interval.ms": 500}}}]
        return config

    def await_events(self, sandbox, events):
        def complete():
            requests = sandbox.taken()
            return requests if all(len(numbers(requests, user)) == events.sent[user] for user in events.users) else None
        requests = wait_until(complete, f"{events.total()} events delivered", pause=0.3)
        for user in events.users:
            self.assertEqual(numbers(requests, user), list(range(1, events.sent[user] + 1)), user)
        return requests

    def source(self, daemon):
        return daemon.status()["kafka_sources"][0]

    def test_each_event_is_delivered_once_and_in_order(self):
        events = Events(self.topic)
        broker.produce(events.some(1000))
        sandbox = self.start_sandbox()
        daemon = self.start_daemon(self.reading(sandbox.url))
        broker.produce(events.some(1000))
        requests = self.await_events(sandbox, events)
        self.assertEqual(len(requests), events.total(), "nothing is delivered twice")
        # The status has the partitions of a moment ago, at first none.
        wait_until(lambda: len(self.source(daemon)["partitions"]) == PARTITIONS, "the partitions")
        wait_until(lambda: self.source(daemon)["lag_records"] == 0, "no lag")
        source = self.source(daemon)
        self.assertEqual((source["source"], source["records"]), ("shop", 2000))
        metrics = daemon.metrics()
        self.assertEqual(metrics.value("pintle_kafka_source_records_total", source="shop"), 2000)
        self.assertEqual(metrics.value("pintle_kafka_source_lag_records", source="shop", topic=self.topic), 0)
        self.assertEqual(metrics.value("pintle_events_received_total", source="shop", type="track"), 2000)

        self.assertEqual(daemon.stop(), 0)
        self.assertIn("kafka_source_stopped source=shop", daemon.output())
        broker.produce(events.some(100))
        daemon = self.start_daemon(self.reading(sandbox.url))
        self.await_events(sandbox, events)
        self.assertEqual(self.source(daemon)["records"], 100, "the offsets were committed when it stopped")

    def test_kills_lose_nothing_and_repeat_nothing_in_the_journal(self):
        events = Events(self.topic)
        sandbox = self.start_sandbox()
        for _ in range(4):
            broker.produce(events.some(500))
            daemon = self.start_daemon(self.reading(sandbox.url))
            at_least = random.randrange(1, 400)
            wait_until(lambda: self.source(daemon)["records"] > at_least, "some records are read")
            daemon.kill()
        daemon = self.start_daemon(self.reading(sandbox.url))
        self.await_events(sandbox, events)
        wait_until(lambda: self.source(daemon)["lag_records"] == 0, "no lag")
        self.assertEqual(daemon.metrics().ledger()["accepted"], events.total(), "a record that is read twice counts once")

    def test_a_broker_that_ends_and_starts_again_is_waited_for(self):
        events = Events(self.topic)
        sandbox = self.start_sandbox()
        daemon = self.start_daemon(self.reading(sandbox.url))
        broker.produce(events.some(300))
        self.await_events(sandbox, events)
        broker.run("kill", "1")
        wait_until(lambda: self.source(daemon)["errors"] > 0, "the error is counted")
        self.assertIn("kafka_error source=shop", daemon.output())
        self.assertEqual(daemon.admin("/ready").status, 200, "HTTP is accepted meanwhile")
        broker.run("start-node", "1")
        broker.produce(events.some(300))
        self.await_events(sandbox, events)

    def test_records_that_cannot_be_read_become_dead_letters(self):
        events = Events(self.topic)
        poison = [b"nonsense", b"\xff\xfe\x00", b"", b"42", b'{"type":"track","userId":"u"}',
                  json.dumps({"type": "track", "userId": "u", "event": "e", "properties": {"x": "x" * 40000}}).encode()]
        sandbox = self.start_sandbox()
        broker.produce(events.some(50) + [(self.topic, 0, "key", value) for value in poison] + events.some(50))
        daemon = self.start_daemon(self.reading(sandbox.url))
        self.await_events(sandbox, events)
        wait_until(lambda: len(daemon.dead_letters()) == len(poison), "the dead letters")
        letters = daemon.dead_letters()
        self.assertEqual(sorted(letter["reason"] for letter in letters),
                         ["event_name_missing", "event_not_an_object", "event_too_large"] + 3 * ["invalid_json"])
        for letter in letters:
            self.assertRegex(letter["message"], f"; offset [0-9]+ of partition 0 of topic {self.topic}$")
        self.assertIn("nonsense", [letter["event"] for letter in letters])

    def test_a_full_journal_stops_the_reading_and_loses_nothing(self):
        events = Events(self.topic)
        sandbox = self.start_sandbox()
        config = self.reading(sandbox.url, max_journal_size="200KB")
        daemon = self.start_daemon(config)
        pause = daemon.admin("/api/destinations/customerio/pause", "POST")
        self.assertEqual(pause.status, 200, pause)
        for _ in range(4):
            broker.produce(events.some(1000))
        def waits(reason):
            return any(each["waits_for"] == reason for each in self.source(daemon)["partitions"])
        wait_until(lambda: waits("destination_full"), "the source waits")
        self.assertGreater(self.source(daemon)["lag_records"], 0)
        metrics = daemon.metrics()
        self.assertGreater(metrics.value("pintle_kafka_source_waiting_partitions", source="shop",
                                         reason="destination_full"), 0)
        resume = daemon.admin("/api/destinations/customerio/resume", "POST")
        self.assertEqual(resume.status, 200, resume)
        requests = self.await_events(sandbox, events)
        self.assertEqual(len(requests), events.total())

    def test_two_daemons_share_the_partitions(self):
        events = Events(self.topic)
        sandbox = self.start_sandbox()
        first = self.start_daemon(self.reading(sandbox.url))
        broker.produce(events.some(300))
        self.await_events(sandbox, events)
        config = self.reading(sandbox.url)
        config["journal"]["directory"] = str(self.folder / "second")
        second = self.start_daemon(config)
        wait_until(lambda: len(self.source(first)["partitions"]) + len(self.source(second)["partitions"]) == PARTITIONS
                   and self.source(second)["partitions"], "the group shares the partitions")
        broker.produce(events.some(600))
        self.await_events(sandbox, events)
        self.assertEqual(second.stop(), 0)
        broker.produce(events.some(300))
        requests = self.await_events(sandbox, events)
        self.assertEqual(len(requests), events.total(), "what was durable was committed before a partition went")

    def test_tls_and_a_password_are_used(self):
        events = Events(self.topic)
        broker.produce(events.some(100))
        sandbox = self.start_sandbox()
        config = self.reading(sandbox.url)
        password = self.folder / "password"
        password.write_text("pintle-secret\n")
        config["sources"][0]["kafka"] |= {
            "brokers": [broker.secure_servers], "tls": {"ca_file": f"{broker.folder}/tls/ca.pem"},
            "sasl": {"mechanism": "PLAIN", "username": "pintle", "password": {"file": str(password)}}}
        daemon = self.start_daemon(config)
        self.await_events(sandbox, events)
        self.assertNotIn("pintle-secret", daemon.admin("/api/config").text + daemon.output())
        daemon.stop()
        password.write_text("wrong\n")
        daemon = self.start_daemon(config)
        wait_until(lambda: "uthentication" in (self.source(daemon)["last_error"] or ""), "the error names the cause")

    def test_a_reload_begins_and_ends_the_reading(self):
        events = Events(self.topic)
        broker.produce(events.some(100))
        sandbox = self.start_sandbox()
        config = self.config(sandbox.url)
        daemon = self.start_daemon(config)
        self.assertEqual(daemon.status()["kafka_sources"], [])
        (self.folder / "pintle.yaml").write_text(json.dumps(self.reading(sandbox.url)))
        self.assertEqual(daemon.admin("/api/reload", "POST").status, 200)
        self.await_events(sandbox, events)
        (self.folder / "pintle.yaml").write_text(json.dumps(config))
        self.assertEqual(daemon.admin("/api/reload", "POST").status, 200)
        wait_until(lambda: "kafka_source_stopped source=shop" in daemon.output(), "it leaves the group")
        self.assertEqual(daemon.status()["kafka_sources"], [])
        self.assertEqual(daemon.stop(), 0)

    def test_check_config_asks_the_brokers_for_the_topics(self):
        sandbox = self.start_sandbox()
        config = self.reading(sandbox.url)
        config["sources"][0]["kafka"]["topics"] = [self.topic, "missing"]
        path = self.folder / "pintle.yaml"

        def check():
            path.write_text(json.dumps(config))
            done = subprocess.run([PINTLE, "check-config", str(path), "--connect"], capture_output=True, text=True,
                                  timeout=START, env=environment())
            return done.returncode, done.stdout.splitlines()[2:]
        code, lines = check()
        self.assertEqual((code, lines[0]), (
            1, f"sources[shop].kafka: works: 1 broker; topic {self.topic} has {PARTITIONS} partitions"))
        self.assertRegex(lines[1], r"^sources\[shop\]\.kafka: unusable: topic missing: ")
        config["sources"][0]["kafka"]["topics"] = [self.topic]
        self.assertEqual(check()[0], 0)
        config["sources"][0]["kafka"]["brokers"] = "127.0.0.1:1"
        code, lines = check()
        self.assertEqual(code, 1)
        self.assertRegex(lines[0], r"^sources\[shop\]\.kafka: unreachable: .*127\.0\.0\.1:1")


if __name__ == "__main__":
    main()
