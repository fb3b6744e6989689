"""`pintle erase` removes one person's pending events and dead letters; the ledger still adds up."""

import json
import subprocess

from admin_api import ask
from harness import PATIENCE, PINTLE, EndToEnd, main, wait_until

ERASE = "/api/erase"


def track(user, name, **more):
    return {"type": "track", "userId": user, "event": name, "messageId": f"{user}-{name}"} | more


class Erase(EndToEnd):
    def cli(self, daemon, *arguments):
        return subprocess.run([PINTLE, "erase", "--admin", f"http://127.0.0.1:{daemon.admin_port}", *arguments],
                              capture_output=True, text=True, timeout=PATIENCE)

    def send(self, daemon, *events):
        self.assertEqual(daemon.send("/v1/batch", {"batch": list(events)}).status, 200)

    def ledger(self, daemon):
        """All accounts; both equations hold."""
        ledger = daemon.metrics().ledger()
        self.assertEqual(ledger["accepted"] + ledger["replayed"],
                         sum(ledger[name] for name in ("delivered", "dead_lettered", "duplicate", "lost", "backlog")))
        self.assertEqual(ledger["dead_lettered"],
                         sum(ledger[name] for name in ("retained", "replayed_out", "purged", "evicted")))
        return ledger

    def test_pending_events_and_dead_letters_of_one_person_are_erased(self):
        sandbox, daemon = self.start_both()
        sandbox.faults(fail_rate=1, fail_status=400)
        self.send(daemon, track("ada", "rejected"), track("bob", "rejected"))
        wait_until(lambda: len(daemon.dead_letters()) == 2, "the dead letters")
        sandbox.faults(fail_rate=0)
        ask(daemon, "POST", "/api/destinations/customerio/pause")
        self.send(daemon, track("ada", "e1"), track("bob", "e1"), track("ada", "e2"), track("bob", "e2"),
                  {"type": "track", "anonymousId": "a-1", "event": "e3", "messageId": "m"})

        done = self.cli(daemon, "--user-id", "ada", "--anonymous-id", "a-1")
        self.assertEqual((done.returncode, done.stdout),
                         (2, "customerio: would erase 3 pending events and 1 dead letter\n"))
        self.assertIn("repeat the command with --yes", done.stderr)
        self.assertEqual(ask(daemon, "POST", ERASE + "?user_id=ada&dry_run=true"),
                         {"dry_run": True,
                          "destinations": [{"destination": "customerio", "events": 2, "dead_letters": 1, "in_flight": 0,
                                            "deletions": 0, "orphaned": 0}]})
        self.assertEqual(self.ledger(daemon)["backlog"], 5)
        done = self.cli(daemon, "--user-id", "ada", "--anonymous-id", "a-1", "--yes")
        self.assertEqual((done.returncode, done.stdout, done.stderr),
                         (0, "customerio: erased 3 pending events and 1 dead letter\n", ""))
        ledger = self.ledger(daemon)
        self.assertEqual((ledger["backlog"], ledger["purged"], ledger["retained"]), (2, 4, 1))
        self.assertEqual(daemon.metrics().value("pintle_events_dead_lettered_total", destination="customerio",
                                                reason="erased"), 3)
        action, = [line for line in daemon.output().splitlines() if "action=erase" in line]
        self.assertIn("count=4", action)
        self.assertNotIn("ada", action)

        daemon.kill()
        daemon = self.start_daemon(self.config(sandbox.url))
        self.assertEqual(self.ledger(daemon), ledger)
        ask(daemon, "POST", "/api/destinations/customerio/resume")
        taken = sandbox.await_taken(2)
        self.assertEqual([(request["path"].split("/")[4], request["body"]["name"]) for request in taken],
                         [("bob", "e1"), ("bob", "e2")])
        wait_until(lambda: self.ledger(daemon)["delivered"] == 2, "the deliveries")
        self.assertEqual([letter["event"]["userId"] for letter in daemon.dead_letters()], ["bob"])

    def test_an_alias_is_found_and_erased_by_the_previous_id(self):
        sandbox, daemon = self.start_both()
        alias = {"type": "alias", "userId": "ada", "previousId": "gina"}
        sandbox.faults(fail_rate=1, fail_status=400)
        self.send(daemon, alias | {"messageId": "rejected"})
        wait_until(daemon.dead_letters, "the dead letter")
        ask(daemon, "POST", "/api/destinations/customerio/pause")
        self.send(daemon, alias | {"messageId": "pending"}, track("ada", "e1"))
        for path in ("/api/backlog", "/api/dead-letters", "/api/events"):
            with self.subTest(path):
                for user, ids in (("gina", {"pending", "rejected"}), ("gin", set())):
                    found = json.dumps(ask(daemon, "GET", f"{path}?user={user}"))
                    self.assertEqual({name for name in ("pending", "rejected") if f'"messageId": "{name}"' in found},
                                     ids & {"/api/backlog": {"pending"}, "/api/dead-letters": {"rejected"}}.get(path, ids))
        done = self.cli(daemon, "--user-id", "gina", "--yes")
        self.assertEqual((done.returncode, done.stdout),
                         (0, "customerio: erased 1 pending event and 1 dead letter\n"))
        self.assertEqual([event["event"]["event"] for event in ask(daemon, "GET", "/api/backlog")["events"]], ["e1"])
        self.ledger(daemon)

    def test_an_event_in_flight_is_not_erased_and_that_is_said(self):
        sandbox, daemon = self.start_both()
        sandbox.faults(latency_ms=3_600_000)
        self.send(daemon, track("ada", "e1"), track("ada", "e2"))
        wait_until(lambda: daemon.destination()["in_flight"] == 1, "the request")
        done = self.cli(daemon, "--user-id", "ada", "--yes")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout.splitlines()[0], "customerio: erased 1 pending event and 0 dead letters")
        self.assertIn("not erased, as in flight: 1 event", done.stdout)
        for option in ("--yes", "--dry-run"):
            done = self.cli(daemon, "--user-id", "ada", option, "--json")
            self.assertEqual(json.loads(done.stdout)["destinations"][0]["in_flight"], 1)
            self.assertEqual(done.returncode, 1, option)

    def test_what_is_wrong_is_said(self):
        _, daemon = self.start_both()
        self.assertEqual(self.cli(daemon, "--yes").returncode, 2)
        ask(daemon, "POST", ERASE, status=400)
        ask(daemon, "POST", ERASE + "?user_id=ada&destination=nowhere", status=404)
        done = self.cli(daemon, "--user-id", "ada", "--yes", "--json")
        self.assertEqual(json.loads(done.stdout)["destinations"][0]["events"], 0)


if __name__ == "__main__":
    main()
