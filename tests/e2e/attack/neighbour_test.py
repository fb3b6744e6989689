"""One source or destination does not affect another one."""

import base64
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

import harness
from harness import basic, free_port, wait_until

SEED = 13
random_source = random.Random(SEED)
print(f"seed {SEED}")

LOUD = {"Authorization": basic("loud-key")}


def noise(size):
    """Text that hardly compresses."""
    return base64.b64encode(random_source.randbytes(size * 3 // 4)).decode()


def track(user, **properties):
    return {"type": "track", "userId": user, "event": "e", "properties": properties}


class Neighbour(harness.EndToEnd):
    def with_neighbour(self, url, **destination):
        """Like `config`, with a source `loud` whose destination of the same name is unreachable."""
        config = self.config(url)
        config["sources"].append({"name": "loud", "write_key": "loud-key", "destination": "loud"})
        config["destinations"].append(
            config["destinations"][0] | {"name": "loud", "base_url": f"https://127.0.0.1:{free_port()}"} | destination)
        return config

    def test_a_dead_destination_turns_only_its_own_senders_away(self):
        sandbox = self.start_sandbox()
        config = self.with_neighbour(sandbox.url)
        config["journal"]["max_size"] = "16MiB"  # each destination has 7 MiB of it
        daemon = self.start_daemon(config)

        def fill():
            return daemon.send("/v1/batch", {"batch": [track(f"u{i}", text=noise(24_000)) for i in range(40)]}, LOUD)

        answer = wait_until(lambda: (answer := fill()).status == 503 and answer, "the dead destination to be full")
        self.assertIn("share of the journal", answer.json()["msg"])
        self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)

        # More than the rest of the journal is accepted and delivered.
        for i in range(20):
            batch = {"batch": [track(f"u{i}", text=noise(24_000)) for _ in range(40)]}
            answer = daemon.send("/v1/batch", batch)
            self.assertEqual(answer.status, 200, f"batch {i}: {answer} {daemon.output()[-1500:]}")
            wait_until(lambda: daemon.destination()["backlog_events"] == 0, "that it is delivered")

        self.assertEqual(fill().status, 503)
        ready = daemon.admin("/ready")
        self.assertEqual(ready.status, 200)
        self.assertEqual({each["name"]: each["full"] for each in ready.json()["destinations"]},
                         {"customerio": False, "loud": True})
        metrics = daemon.metrics()
        self.assertEqual(metrics.value("pintle_destination_full", destination="loud"), 1)
        self.assertEqual(metrics.value("pintle_destination_full", destination="customerio"), 0)
        self.assertEqual(metrics.value("pintle_backlog_max_bytes", destination="loud"), 7 << 20)
        self.assertLess(metrics.value("pintle_backlog_bytes", destination="loud"), 9 << 20)

        # The same after a restart, until the destination works.
        self.assertEqual(daemon.stop(), 0)
        config["destinations"][1]["base_url"] = sandbox.url
        daemon = self.start_daemon(config)
        wait_until(lambda: all(each["backlog_events"] == 0 for each in daemon.status()["destinations"]), "all to be delivered")
        wait_until(lambda: fill().status == 200, "room")

    def test_letters_of_one_source_are_not_evicted_by_those_of_another(self):
        sandbox = self.start_sandbox()
        config = self.config(sandbox.url)
        config["sources"].append({"name": "loud", "write_key": "loud-key", "destination": "customerio"})
        config["journal"]["max_dead_letters"] = "1MiB"
        daemon = self.start_daemon(config)

        def nameless(name, size):
            return {"type": "track", "userId": name, "properties": {"text": noise(size)}}

        def users():
            return [letter["event"]["userId"] for letter in
                    daemon.admin("/api/dead-letters?limit=1000").json()["dead_letters"]]

        self.assertEqual(daemon.send("/v1/batch", {"batch": [nameless("quiet", 1000)]}).status, 200)
        for _ in range(3):
            flood = {"batch": [nameless("loud", 20_000) for _ in range(100)]}
            self.assertEqual(daemon.send("/v1/batch", flood, LOUD).status, 200)
        self.assertIn("quiet", users())
        self.assertEqual(daemon.stop(), 0)
        self.assertIn("dead_letters_evicted destination=customerio source=loud", daemon.output())
        self.assertNotIn("source=web count", daemon.output())

        daemon = self.start_daemon(config)
        self.assertEqual(daemon.send("/v1/batch", flood, LOUD).status, 200)
        self.assertEqual(users().count("quiet"), 1)
        ledger = daemon.metrics().ledger()
        self.assertEqual(ledger["dead_lettered"], 401)
        self.assertEqual(ledger["dead_lettered"], ledger["retained"] + ledger["evicted"])

    def test_a_source_that_sends_too_much_is_told_when_to_come_again(self):
        sandbox = self.start_sandbox()
        config = self.config(sandbox.url)
        config["sources"].append({"name": "loud", "write_key": "loud-key", "destination": "customerio", "rate": 50})
        daemon = self.start_daemon(config)
        flood = {"batch": [track("loud") for _ in range(500)]}
        self.assertEqual(daemon.send("/v1/batch", flood, LOUD).status, 200, "a batch that is larger passes once")
        answer = daemon.send("/v1/batch", flood, LOUD)
        self.assertEqual(answer.status, 429)
        self.assertIn("rate", answer.json()["msg"])
        self.assertIn(int(answer.headers["Retry-After"]), range(1, 11))
        self.assertEqual(daemon.send("/v1/track", track("loud"), LOUD).status, 429)
        self.assertEqual(daemon.send("/v1/batch", {"batch": [track("quiet") for _ in range(500)]}).status, 200)
        self.assertEqual(
            daemon.metrics().value("pintle_events_rejected_total", source="loud", reason="source_rate_exceeded"),
            501)
        sandbox.await_taken(1000)

    def test_a_public_key_sends_what_it_may_and_nothing_else(self):
        sandbox = self.start_sandbox()
        config = self.config(sandbox.url)
        config["sources"].append({"name": "browser", "write_key": "loud-key", "destination": "customerio",
                                  "types": ["track", "page", "screen"]})
        daemon = self.start_daemon(config)
        merge = {"userId": "victim", "previousId": "mallory"}
        unsubscribe = {"userId": "victim", "traits": {"unsubscribed": True, "email": "mallory@example.com"}}
        for path, event in (("/v1/alias", merge), ("/v1/a", merge), ("/v1/identify", unsubscribe),
                            ("/webhook", merge | {"type": "Alias"}), ("/webhook", unsubscribe | {"type": "IDENTIFY"}),
                            ("/v1/identify", unsubscribe | {"type": "track"})):
            answer = daemon.send(path, event, LOUD)
            self.assertEqual(answer.status, 403, path)
            self.assertRegex(answer.json()["msg"], "^this write key may not send (alias|identify) events$")
        batch = {"batch": [track("ada"), merge | {"type": "alias"}, unsubscribe | {"type": "identify"}]}
        self.assertEqual(daemon.send("/v1/batch", batch, LOUD).status, 200)
        self.assertEqual(daemon.send("/v1/alias", merge).status, 200, "another key may")
        self.assertEqual(sorted(letter["reason"] for letter in daemon.dead_letters()),
                         ["alias_not_allowed", "identify_not_allowed"])
        self.assertEqual(len(sandbox.await_taken(2)), 2)

        # An operator may still replay one.
        answer = daemon.admin("/api/dead-letters/replay?reason=alias", "POST")
        self.assertEqual(answer.status, 200, answer)
        sandbox.await_taken(3)


if __name__ == "__main__":
    harness.main()
