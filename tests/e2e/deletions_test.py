"""Semantic events that delete or suppress: their order, what the log proves, and what a dead letter says."""

import json
import re
import subprocess

from harness import PINTLE, EndToEnd, main, wait_until

PERSON = "erase-me@example.com"


def identify(message_id, **traits):
    return {"type": "identify", "userId": PERSON, "messageId": message_id, "traits": traits}


def semantic(event, message_id):
    return {"type": "track", "userId": PERSON, "event": event, "messageId": message_id}


class Deletions(EndToEnd):
    def send(self, daemon, *events):
        self.assertEqual(daemon.send("/v1/batch", {"batch": events}).status, 200)

    def logged(self, daemon):
        return re.findall(r"info semantic_event_delivered (.*)", daemon.output())

    def check_log(self, version):
        _, daemon = self.start_both(semantic_events="all", api_version=version)
        self.send(daemon, identify("1"), semantic("User Deleted", "2"), semantic("User Suppressed", '"3'),
                  semantic("Order Completed", "4"))
        wait_until(lambda: daemon.metrics().ledger()["delivered"] == 4, "four deliveries")
        self.assertEqual(self.logged(daemon),
                         ['destination=customerio name="User Deleted" message_id="2"',
                          'destination=customerio name="User Suppressed" message_id="\\"3"'])
        self.assertNotIn("erase-me", daemon.output())

    def test_the_log_proves_a_deletion_and_never_names_the_person(self):
        self.check_log("v1")

    def test_it_does_so_with_batches(self):
        self.check_log("v2")

    def test_a_deletion_keeps_its_place_in_its_persons_order(self):
        sandbox, daemon = self.start_both(semantic_events=["User Deleted"])
        self.send(daemon, *(event for i in range(5)
                            for event in (identify(f"i-{i}", round=i), semantic("User Deleted", f"d-{i}"))))
        self.assertEqual([request["method"] for request in sandbox.await_taken(10)], ["PUT", "DELETE"] * 5)

    def test_a_deletion_that_is_not_configured_is_an_ordinary_event_and_a_warning(self):
        sandbox, daemon = self.start_both(semantic_events=["User Suppressed"])
        self.send(daemon, semantic("User Deleted", "1"), semantic("User Deleted", "2"), semantic("User Suppressed", "3"))
        self.assertEqual(daemon.send("/v1/track", semantic("User Deleted", "4")).status, 200)
        sandbox.await_taken(4)
        warning, = re.findall(r"warn semantic_event_not_acted_on (.*)", daemon.output())
        self.assertTrue(warning.startswith('destination=customerio name="User Deleted" count=2 reason=not_listed '), warning)

    def test_a_deletion_that_the_filter_drops_is_a_warning_of_the_reload_and_of_the_log(self):
        settings = {"events": {"include": [{"type": "identify"}, {"name": "Order *"}]}}
        sandbox, daemon = self.start_both(**settings)
        (self.folder / "pintle.yaml").write_text(json.dumps(
            self.config(sandbox.url, semantic_events=["User Deleted"], **settings)))
        done = subprocess.run([PINTLE, "reload", "--admin", f"http://127.0.0.1:{daemon.admin_port}"],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("changed destinations[customerio].semantic_events", done.stdout)
        self.assertRegex(done.stderr, r"^warning: .*pintle.yaml:1: destinations\[0\].semantic_events: "
                                      "lists User Deleted, but events does not admit it")
        self.send(daemon, semantic("User Deleted", "1"))
        warning, = re.findall(r"warn semantic_event_not_acted_on (.*)", daemon.output())
        self.assertTrue(warning.startswith('destination=customerio name="User Deleted" count=1 reason=filtered '), warning)

    def test_a_dead_letter_says_that_the_person_was_not_deleted(self):
        sandbox, daemon = self.start_both(semantic_events=["User Deleted"])
        sandbox.faults(fail_rate=1, fail_status=422)
        self.send(daemon, semantic("User Deleted", "d"))
        letter = wait_until(daemon.dead_letters, "the dead letter")[0]
        self.assertEqual(letter["reason"], "rejected_422")
        self.assertRegex(letter["message"], "^the person was not deleted: 422 ")
        shown = subprocess.run([PINTLE, "dead-letters", "show", "customerio/1", "--admin",
                                f"http://127.0.0.1:{daemon.admin_port}"], capture_output=True, text=True, check=True)
        self.assertRegex(shown.stdout, r"\n  message +the person was not deleted: 422 ")
        self.assertEqual(self.logged(daemon), [])


if __name__ == "__main__":
    main()
