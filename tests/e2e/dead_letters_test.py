"""Dead letters are listed, shown, replayed and purged, through the API and the command line."""

import base64
import json
import re
import subprocess
import threading

from admin_api import ask
from harness import PINTLE, EndToEnd, main, wait_until

API = "/api/dead-letters"


def pintle(*arguments):
    return subprocess.run([PINTLE, "dead-letters", *map(str, arguments)], capture_output=True, text=True, timeout=60)


def track(user, name, **more):
    return {"type": "track", "userId": user, "event": name, "messageId": f"{user}-{name}"} | more


class DeadLetters(EndToEnd):
    def refuse(self, sandbox, daemon, *events):
        """Makes Customer.io reject these events, so that they become dead letters."""
        before = daemon.destination()["dead_letters"]
        sandbox.faults(fail_rate=1, fail_status=400)
        self.assertEqual(daemon.send("/v1/batch", {"batch": events}).status, 200)
        wait_until(lambda: daemon.destination()["dead_letters"] == before + len(events), "the dead letters")
        sandbox.faults(fail_rate=0)

    def replay(self, daemon, query="all=true"):
        answer = daemon.admin(f"{API}/replay?{query}", "POST")
        self.assertEqual(answer.status, 200, answer)
        return answer.json()

    def cli(self, daemon, command, *arguments):
        return pintle(command, "--admin", f"http://127.0.0.1:{daemon.admin_port}", *arguments)

    def names(self, sandbox, count):
        return [request["body"]["name"] for request in sandbox.await_taken(count)]

    def reasons(self, daemon, query):
        answer = daemon.admin(f"{API}?{query}")
        self.assertEqual(answer.status, 200, answer)
        return [(letter["event"].get("userId"), letter["reason"]) for letter in answer.json()["dead_letters"]]


class OneLetter(DeadLetters):
    def test_is_shown_replayed_and_deleted_by_its_own_path(self):
        sandbox, daemon = self.start_both()
        self.refuse(sandbox, daemon, track("u", "e1"))
        self.refuse(sandbox, daemon, track("u", "e2"))
        first, second = f"{API}/customerio/1", f"{API}/customerio/2"
        self.assertEqual(ask(daemon, "GET", first), daemon.dead_letters()[0])
        self.assertEqual(ask(daemon, "POST", first + "/replay"), {"replayed": 1, "kept": []})
        self.assertEqual(self.names(sandbox, 1), ["e1"])
        self.assertEqual(ask(daemon, "DELETE", second), {"purged": 1})
        self.assertEqual(daemon.dead_letters(), [])
        for path in (first, second, f"{API}/customerio/x", f"{API}/others/1", f"{API}/customerio/{10**25}"):
            for method, target in (("GET", path), ("DELETE", path), ("POST", path + "/replay")):
                ask(daemon, method, target, status=404)

    def test_that_still_cannot_be_mapped_stays(self):
        _, daemon = self.start_both()
        self.assertEqual(daemon.send("/v1/batch", {"batch": [{"type": "dance", "userId": "u"}]}).status, 200)
        replayed = ask(daemon, "POST", f"{API}/customerio/1/replay")
        self.assertEqual((replayed["replayed"], replayed["kept"][0]["letter"]), (0, "customerio/1"))
        ask(daemon, "GET", f"{API}/customerio/1")


class Replay(DeadLetters):
    def test_what_was_refused_arrives_once_customer_io_takes_it(self):
        sandbox, daemon = self.start_both()
        self.refuse(sandbox, daemon, track("u", "e1", properties={"n": 1}), track("v", "e2"))
        self.assertEqual(self.replay(daemon), {"replayed": 2, "kept": []})
        self.assertEqual(daemon.dead_letters(), [])
        self.assertEqual(sorted(self.names(sandbox, 2)), ["e1", "e2"])
        self.assertEqual([request["body"]["data"] for request in sandbox.taken() if "data" in request["body"]],
                         [{"n": 1}])

    def test_the_books_balance(self):
        sandbox, daemon = self.start_both()
        self.refuse(sandbox, daemon, *(track("u", f"e{i}") for i in range(4)))
        self.assertEqual(daemon.send("/v1/batch", {"batch": [{"type": "track", "userId": "u"}]}).status, 200)
        self.replay(daemon, "letter=customerio/1&letter=customerio/2")
        self.assertEqual(daemon.admin(f"{API}?letter=customerio/3", "DELETE").json(), {"purged": 1})
        wait_until(lambda: daemon.destination()["backlog_events"] == 0, "the delivery")
        wait_until(lambda: daemon.destination()["delivered"] == 2, "the delivery")
        events, books = daemon.status()["events"], daemon.destination()
        self.assertEqual(events["accepted"] + books["replayed"],
                         books["delivered"] + books["dead_lettered"] + books["backlog_events"])
        self.assertEqual(books["dead_letters"],
                         events["dead_lettered"] + books["dead_lettered"] - books["replayed"] - books["purged"])
        self.assertEqual((books["replayed"], books["purged"], books["dead_letters"]), (2, 1, 2))

    def test_a_batchs_letters_are_replayed_after_a_change_of_options(self):
        sandbox, daemon = self.start_both(identify_anonymous=False)
        batch = [{"type": "identify", "anonymousId": f"anon-{i}", "traits": {"n": i}} for i in range(3)]
        self.assertEqual(daemon.send("/v1/batch", {"batch": [*batch, {"type": "dance", "userId": "u"}]}).status, 200)
        outcome = self.replay(daemon)
        self.assertEqual(outcome["replayed"], 0)
        self.assertEqual([kept["reason"] for kept in outcome["kept"]],
                         ["identify_person_missing"] * 3 + ["unknown_event_type"])
        self.assertEqual(daemon.stop(), 0)

        daemon = self.start_daemon(self.config(sandbox.url, identify_anonymous=True))
        outcome = self.replay(daemon)
        self.assertEqual(outcome, {"replayed": 3,
                                   "kept": [{"letter": "customerio/4", "reason": "unknown_event_type",
                                             "message": "unknown event type"}]})
        self.assertCountEqual([request["path"].split("/")[-1] for request in sandbox.await_taken(3)],
                              ["anon-0", "anon-1", "anon-2"])  # of three people: the order is not defined

    def test_a_replay_goes_to_the_end_of_its_lane(self):
        sandbox, daemon = self.start_both()
        self.refuse(sandbox, daemon, track("u", "e1"))
        sandbox.faults(fail_rate=1, fail_status=503)
        self.assertEqual(daemon.send("/v1/batch", {"batch": [track("u", "e2"), track("u", "e3")]}).status, 200)
        self.assertEqual(self.replay(daemon)["replayed"], 1)
        sandbox.faults(fail_rate=0)
        self.assertEqual(self.names(sandbox, 3), ["e2", "e3", "e1"])

    def test_a_replay_that_was_answered_survives_a_kill(self):
        sandbox, daemon = self.start_both()
        self.refuse(sandbox, daemon, *(track("u", f"e{i}") for i in range(20)))
        sandbox.faults(fail_rate=1, fail_status=503)
        self.assertEqual(self.replay(daemon)["replayed"], 20)
        daemon.kill()
        self.assertEqual(sandbox.taken(), [])
        sandbox.faults(fail_rate=0)
        daemon = self.start_daemon(self.config(sandbox.url))
        self.assertEqual(daemon.dead_letters(), [])
        self.assertEqual(self.names(sandbox, 20), [f"e{i}" for i in range(20)])

    def test_replays_at_the_same_time_send_no_letter_twice(self):
        sandbox, daemon = self.start_both()
        self.refuse(sandbox, daemon, *(track(f"u{i}", "e") for i in range(200)))
        counts = []
        threads = [threading.Thread(target=lambda: counts.append(self.replay(daemon)["replayed"])) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sum(counts), 200)
        taken = sandbox.await_taken(200)
        wait_until(lambda: daemon.destination()["backlog_events"] == 0, "all to be delivered")
        self.assertEqual(len({request["path"] for request in taken}), 200)
        self.assertEqual(len(sandbox.taken()), 200)

    def test_what_dies_again_is_a_letter_again_and_not_met_by_the_same_replay(self):
        sandbox, daemon = self.start_both()
        self.refuse(sandbox, daemon, track("u", "e"))
        first = daemon.dead_letters()[0]
        sandbox.faults(fail_rate=1, fail_status=400)
        done = self.cli(daemon, "replay", "--all")
        self.assertEqual((done.returncode, done.stdout), (0, "replayed 1 dead letter\n"), done.stderr)
        self.assertIn("replayed events are pending again, not delivered yet", done.stderr)
        again = wait_until(daemon.dead_letters, "the dead letter")[0]
        self.assertGreater(again["id"], first["id"])
        self.assertEqual(again["received_at"], first["received_at"])
        self.assertEqual(again["event"], first["event"])

    def test_a_replay_that_waits_says_what_dies_again(self):
        sandbox, daemon = self.start_both()
        self.refuse(sandbox, daemon, track("u", "e"), track("v", "e"), track("w", "other"))
        sandbox.faults(fail_rate=1, fail_status=400)
        done = self.cli(daemon, "replay", "--user", "u", "--wait", "1m")
        self.assertEqual((done.returncode, done.stdout), (1, "replayed 1 dead letter\n"))
        self.assertIn("1 of them is a dead letter again; `pintle dead-letters list` names the reasons\n", done.stderr)
        sandbox.faults(fail_rate=0)
        done = self.cli(daemon, "replay", "--all", "--wait", "1m", "--json")
        self.assertEqual((done.returncode, json.loads(done.stdout)), (0, {"replayed": 3, "kept": []}), done.stderr)
        self.assertEqual((daemon.dead_letters(), daemon.destination()["backlog_events"]), ([], 0))
        self.refuse(sandbox, daemon, track("x", "e"))
        sandbox.faults(fail_rate=1, fail_status=503)
        done = self.cli(daemon, "replay", "--all", "--wait", "0")
        self.assertEqual(done.returncode, 1)
        self.assertIn("events are still pending at customerio after a wait of 0;", done.stderr)

    def test_a_letter_whose_destination_is_gone_says_so(self):
        sandbox, daemon = self.start_both()
        self.refuse(sandbox, daemon, track("u", "e"))
        self.assertEqual(daemon.stop(), 0)
        config = self.config(sandbox.url, name="other")
        config["sources"][0]["destination"] = "other"
        daemon = self.start_daemon(config)
        done = self.cli(daemon, "replay", "customerio/1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("kept customerio/1: the configuration has no such destination any more", done.stdout)
        self.assertEqual(len(daemon.dead_letters()), 1)
        self.assertEqual(self.cli(daemon, "purge", "--destination", "customerio", "--yes").returncode, 0)
        self.assertEqual(daemon.dead_letters(), [])


class Choice(DeadLetters):
    def setUp(self):
        super().setUp()
        self.sandbox, self.daemon = self.start_both()
        batch = [track("ada", "e"), {"type": "track", "userId": "bob"}, {"type": "dance", "userId": "ada"},
                 {"type": "identify", "traits": {"n": 1}}]
        self.refuse(self.sandbox, self.daemon, track("cleo", "e"))
        self.assertEqual(self.daemon.send("/v1/batch", {"batch": batch}).status, 200)
        self.assertEqual(len(self.daemon.dead_letters()), 4)

    def users(self, query):
        return [user for user, _ in self.reasons(self.daemon, query)]

    def test_each_filter_chooses(self):
        self.assertEqual(self.users("user=ada"), ["ada"])
        self.assertEqual(self.users("message_id=cleo-e"), ["cleo"])
        self.assertEqual(self.users("message_id=cleo"), [])
        self.assertEqual(self.users("reason=event+NAME"), ["bob"])
        self.assertEqual(self.users("reason=event_name_missing"), ["bob"])
        self.assertEqual(self.users("reason=rejected_400"), ["cleo"])
        self.assertEqual(self.users("reason=rejected"), [], "a code is matched as a whole")
        self.assertEqual(self.users("destination=customerio"), ["cleo", "bob", "ada", None])
        self.assertEqual(self.users("since=1h&reason=400"), ["cleo"])
        self.assertEqual(self.users("until=1h"), [])
        self.assertEqual(self.users("until=2020-01-01"), [])
        self.assertEqual(self.users("letter=customerio/3&letter=customerio/1"), ["cleo", "ada"])

    def test_a_list_is_paged(self):
        found, after = [], ""
        while after is not None:
            page = self.daemon.admin(f"{API}?limit=3{after}").json()
            found.append([letter["id"] for letter in page["dead_letters"]])
            after = f"&after={page['next']}" if "next" in page else None
        self.assertEqual(found, [[1, 2, 3], [4]])

    def test_times_are_iso_8601(self):
        letter = self.daemon.dead_letters()[0]
        for key in ("received_at", "dead_lettered_at"):
            self.assertRegex(letter[key], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")

    def test_all_must_be_meant(self):
        self.assertEqual(self.daemon.admin(f"{API}/replay", "POST").status, 403)
        self.assertEqual(self.daemon.admin(API, "DELETE").status, 403)
        for command in ("replay", "purge"):
            self.assertEqual(self.cli(self.daemon, command).returncode, 2)
        self.assertEqual(len(self.daemon.dead_letters()), 4)

    def test_a_misspelled_code_is_an_error_that_names_the_closest(self):
        for method, path in (("GET", API), ("DELETE", API), ("POST", API + "/replay")):
            error = ask(self.daemon, method, path + "?reason=rejected_40o", status=400)["error"]
            self.assertRegex(error, 'reason: "rejected_40o" is no reason code; the closest are rejected_40')
        for command in ("list", "replay", "purge"):
            done = self.cli(self.daemon, command, "--reason", "event_name_mising")
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn("the closest are event_name_missing, ", done.stderr)
        self.assertEqual(len(self.daemon.dead_letters()), 4)

    def test_a_dry_run_says_what_would_be_and_changes_nothing(self):
        self.assertEqual(ask(self.daemon, "DELETE", API + "?all=true&dry_run=true"),
                         {"purged": 0, "would_purge": 4,
                          "by_reason": {"event_name_missing": 1, "identify_person_missing": 1, "rejected_400": 1,
                                        "unknown_event_type": 1}})
        done = self.cli(self.daemon, "purge", "--message-id", "cleo-e", "--dry-run")
        self.assertEqual((done.returncode, done.stdout), (0, "would purge 1 dead letter\n  rejected_400 1\n"))
        replay = ask(self.daemon, "POST", API + "/replay?all=true&dry_run=true")
        self.assertEqual((replay["replayed"], replay["would_replay"], replay["by_reason"], len(replay["kept"])),
                         (0, 1, {"rejected_400": 1}, 3))
        done = self.cli(self.daemon, "replay", "--all", "--dry-run")
        self.assertEqual(done.returncode, 1, "as the replay will")
        self.assertEqual(done.stdout.splitlines()[-2:], ["would replay 1 dead letter, would keep 3", "  rejected_400 1"])
        done = self.cli(self.daemon, "replay", "--user", "cleo", "--dry-run", "--json")
        self.assertEqual(json.loads(done.stdout), {"replayed": 0, "would_replay": 1, "by_reason": {"rejected_400": 1},
                                                   "kept": []})
        self.assertEqual(len(self.daemon.dead_letters()), 4)
        self.assertNotIn("operator_action", self.daemon.output())

    def test_purging_deletes_what_was_chosen_for_good(self):
        asked = self.cli(self.daemon, "purge", "--user", "ada")
        self.assertEqual((asked.returncode, asked.stderr),
                         (2, "nothing is deleted yet; to do so, repeat the command with --yes\n"))
        self.assertIn("would purge 1 dead letter\n", asked.stdout)
        done = self.cli(self.daemon, "purge", "--user", "ada", "--json", "--yes")
        self.assertEqual((done.returncode, json.loads(done.stdout)), (0, {"purged": 1}), done.stderr)
        done = self.cli(self.daemon, "purge", "customerio/1", "customerio/99", "--yes")
        self.assertEqual((done.returncode, done.stdout), (1, "purged 1 dead letter\n"))
        self.assertEqual(done.stderr, "pintle: dead letter customerio/99 does not exist or does not match\n")
        self.daemon.kill()
        daemon = self.start_daemon(self.config(self.sandbox.url))
        self.assertEqual(self.reasons(daemon, "")[0][0], "bob")
        self.assertEqual(self.cli(daemon, "purge", "--all", "--yes").stdout, "purged 2 dead letters\n")
        self.assertEqual(daemon.dead_letters(), [])


class CommandLine(DeadLetters):
    def setUp(self):
        super().setUp()
        self.sandbox, self.daemon = self.start_both()
        self.refuse(self.sandbox, self.daemon, track("ada", "e", properties={"n": 1}))
        self.refuse(self.sandbox, self.daemon, track("bob", "e"))

    def test_list_prints_an_aligned_line_a_letter(self):
        done = self.cli(self.daemon, "list")
        self.assertEqual(done.returncode, 0, done.stderr)
        header, *lines = done.stdout.splitlines()
        self.assertEqual(header.split(), ["LETTER", "DEAD-LETTERED", "ATTEMPTS", "USER", "EVENT", "REASON", "MESSAGE"])
        self.assertEqual([re.split(r"  +", line)[0] for line in lines], ["customerio/1", "customerio/2"])
        self.assertEqual([line.index(user) for line, user in zip(lines, ("ada", "bob"))], [header.index("USER")] * 2)

    def test_list_and_show_as_json_are_what_the_api_answers(self):
        done = self.cli(self.daemon, "list", "--json")
        self.assertEqual([json.loads(line) for line in done.stdout.splitlines()], self.daemon.dead_letters())
        done = self.cli(self.daemon, "show", "customerio/2", "--json")
        self.assertEqual(json.loads(done.stdout), self.daemon.dead_letters()[1])

    def test_show_holds_everything(self):
        done = self.cli(self.daemon, "show", "customerio/1")
        for part in ("customerio/1", '"n": 1', "POST /api/v1/customers/ada/events", "400"):
            self.assertIn(part, done.stdout)
        done = self.cli(self.daemon, "show", "customerio/9")
        self.assertEqual(done.returncode, 1)
        self.assertIn("there is no dead letter customerio/9", done.stderr)

    def test_a_wrong_filter_is_a_wrong_command_line(self):
        for arguments in (("list", "--since", "yesterday"), ("show", "7"), ("replay", "--until", "soon")):
            done = self.cli(self.daemon, *arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertIn("allowed:", done.stderr)

    def test_a_destination_that_does_not_exist_is_a_wrong_command_line(self):
        for command in ("list", "export", "replay"):
            done = self.cli(self.daemon, command, "--destination", "nope")
            self.assertEqual((command, done.returncode, done.stdout), (command, 2, ""))
        self.assertEqual(self.cli(self.daemon, "list", "--destination", "customerio").returncode, 0)

    def test_a_limit_of_0_is_none(self):
        self.assertEqual(len(self.cli(self.daemon, "list", "--limit", "0").stdout.splitlines()), 3)
        self.assertEqual(len(self.cli(self.daemon, "list", "--limit", "1").stdout.splitlines()), 2)
        done = self.cli(self.daemon, "list", "--limit", "x")
        self.assertEqual((done.returncode, done.stderr.splitlines()[0]),
                         (2, '--limit: "x" is not a whole number from 0'))

    def test_a_stopped_daemons_directory_is_read(self):
        letters = self.daemon.dead_letters()
        self.assertEqual(self.daemon.stop(), 0)
        done = pintle("list", "--directory", self.folder / "journal", "--json", "--user", "bob")
        self.assertEqual([json.loads(line) for line in done.stdout.splitlines()], letters[1:], done.stderr)
        done = pintle("show", "--directory", self.folder / "journal", "customerio/1", "--json")
        self.assertEqual(json.loads(done.stdout), letters[0])

    def test_where_no_daemon_answers_the_configured_directory_is_read_and_named(self):
        self.assertEqual(self.daemon.stop(), 0)
        done = pintle("list", "--config", self.folder / "pintle.yaml", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(done.stdout.splitlines()), 2)
        self.assertIn("no daemon answers at 127.0.0.1:0", done.stderr)
        self.assertIn(f"reading the journal in {self.folder / 'journal'}", done.stderr)
        done = pintle("replay", "--config", self.folder / "pintle.yaml", "--all")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no daemon answers", done.stderr)

    def test_without_daemon_and_directory_both_are_named(self):
        self.daemon.stop()
        config = self.config("https://127.0.0.1:1", ca_file="")
        config["journal"]["directory"] = str(self.folder / "nowhere")
        path = self.folder / "other.yaml"
        path.write_text(json.dumps(config))
        done = pintle("list", "--config", path)
        self.assertEqual(done.returncode, 1)
        self.assertIn("no daemon answers", done.stderr)
        self.assertIn("nowhere does not exist", done.stderr)

    def test_an_export_is_imported_once_whatever_is_redacted(self):
        self.daemon.stop()
        config = self.config(self.sandbox.url)
        config["admin"] |= {"redact": True, "tokens": [{"name": "ada", "token": "adas", "role": "operate"},
                                                       {"name": "bob", "token": "bobs"}]}
        daemon = self.start_daemon(config)
        exported = self.cli(daemon, "export", "--token", "adas")
        self.assertEqual((exported.returncode, exported.stderr), (0, "exported 2 dead letters\n"))
        letters = [json.loads(line) for line in exported.stdout.splitlines()]
        self.assertEqual([letter["event"]["userId"] for letter in letters], ["ada", "bob"])
        self.assertNotIn("bob", self.cli(daemon, "list", "--token", "adas").stdout)
        refused = self.cli(daemon, "export", "--token", "bobs")
        self.assertEqual((refused.returncode, refused.stdout), (1, ""))
        self.assertIn("the token of bob may only read; this takes the role operate", refused.stderr)

        file = self.folder / "letters.jsonl"
        file.write_text(exported.stdout)
        again = self.cli(daemon, "import", file, "--token", "adas")
        self.assertEqual((again.returncode, again.stdout), (0, "imported 0 dead letters; 2 exist already\n"))
        self.assertEqual(self.cli(daemon, "purge", "--all", "--yes", "--token", "adas").returncode, 0)
        file.write_text(exported.stdout + "{oops\n" + exported.stdout)
        taken = self.cli(daemon, "import", file, "--token", "adas")
        self.assertEqual((taken.returncode, taken.stdout), (1, "imported 2 dead letters; 2 exist already\n"))
        self.assertEqual(taken.stderr, f"{file}:3: is not a dead letter as JSON\n1 line is not a dead letter\n")
        back = self.cli(daemon, "export", "--token", "adas")
        for letter, was in zip([json.loads(line) for line in back.stdout.splitlines()], letters, strict=True):
            self.assertEqual(letter | {"id": 0, "letter": ""}, was | {"id": 0, "letter": ""})
        unknown = self.cli(daemon, "import", file, "--token", "adas", "--destination", "nowhere")
        self.assertEqual((unknown.returncode, unknown.stdout), (1, "imported 0 dead letters\n"))
        self.assertIn("nowhere", unknown.stderr)
        self.assertEqual(self.cli(daemon, "replay", "--all", "--token", "adas").stdout, "replayed 2 dead letters\n")
        self.sandbox.await_taken(2)

        actions = re.findall(r'operator_action action=(\w+) target="" query="" status=(\d+) address=127.0.0.1 token="(\w+)"',
                             daemon.output())
        self.assertEqual(set(actions), {("export", "200", "ada"), ("export", "404", "ada"),
                                        ("export", "403", "bob"), ("import", "200", "ada"),
                                        ("purge", "200", "ada"), ("replay", "200", "ada")})

    def test_an_import_knows_earlier_names_and_leaves_out_unknown_ones(self):
        exported = self.cli(self.daemon, "export").stdout.splitlines()
        self.assertEqual(self.daemon.admin(f"{API}?all=true", "DELETE").status, 200)
        self.daemon.stop()
        config = self.config(self.sandbox.url)
        config["destinations"][0]["formerly"] = ["test"]
        daemon = self.start_daemon(config)
        file = self.folder / "letters.jsonl"
        first, second = (json.loads(line) for line in exported)
        file.write_text("".join(json.dumps(letter) + "\n" for letter in (
            first | {"destination": "nowhere"}, first | {"destination": "test"}, second)))
        done = self.cli(daemon, "import", file)
        self.assertEqual((done.returncode, done.stdout), (1, "imported 2 dead letters\n"))
        self.assertEqual(done.stderr, f'{file}:1: there is no destination "nowhere"; allowed: customerio; '
                         "--destination NAME imports it for another\n"
                         "1 dead letter has no destination here and was not imported\n")
        again = self.cli(daemon, "import", file)
        self.assertEqual(again.stdout, "imported 0 dead letters; 2 exist already\n")
        shown = self.cli(daemon, "show", "test/1")
        self.assertEqual(shown.returncode, 1)
        self.assertIn("test is called customerio now: pintle dead-letters show customerio/1\n", shown.stderr)
        other = self.cli(daemon, "import", file, "--destination", "customerio")
        self.assertEqual((other.returncode, other.stdout), (0, "imported 0 dead letters; 3 exist already\n"))

    def test_an_export_keeps_bytes_that_are_not_utf_8(self):
        latin = '{"type":"track","userId":"é","event":"e"}'.encode("latin-1")
        self.assertEqual(self.daemon.admin(f"{API}?all=true", "DELETE").status, 200)
        file = self.folder / "letters.jsonl"
        file.write_text(json.dumps({"destination": "customerio", "reason": "unknown", "event": "",
                                    "base64": {"event": base64.b64encode(latin).decode()}}) + "\n")
        self.assertEqual(self.cli(self.daemon, "import", file).stdout, "imported 1 dead letter\n")
        exported = self.cli(self.daemon, "export").stdout
        self.assertEqual(base64.b64decode(json.loads(exported)["base64"]["event"]), latin)
        file.write_text(exported)
        self.assertEqual(self.cli(self.daemon, "import", file).stdout, "imported 0 dead letters; 1 exists already\n")

    def test_the_token_is_the_configurations(self):
        self.daemon.stop()
        config = self.config(self.sandbox.url)
        config["admin"]["token"] = "admin-token"
        daemon = self.start_daemon(config)
        done = self.cli(daemon, "list")
        self.assertEqual(done.returncode, 1)
        self.assertIn("requires a token", done.stderr)
        done = self.cli(daemon, "replay", "--all", "--config", self.folder / "pintle.yaml")
        self.assertEqual((done.returncode, done.stdout), (0, "replayed 2 dead letters\n"), done.stderr)
        self.sandbox.await_taken(2)
        self.assertEqual(daemon.admin(f"{API}?all=true", "DELETE").status, 401)


if __name__ == "__main__":
    main()
