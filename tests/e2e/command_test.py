"""The command line, and the daemon's output about itself."""

import collections
import json
import subprocess

from harness import API_KEY, PINTLE, ROOT, WRITE_KEY, EndToEnd, call, environment, main

CONFORMANCE = ROOT / "tests/data/conformance"


def pintle(*arguments, stdin=""):
    return subprocess.run([PINTLE, *arguments], input=stdin, capture_output=True, text=True, timeout=60,
                          env=environment())


class Commands(EndToEnd):
    def check(self, text):
        path = self.folder / "checked.yaml"
        path.write_text(text)
        return pintle("check-config", "--config", str(path))

    def test_a_good_configuration_passes(self):
        done = self.check(json.dumps(self.config("https://127.0.0.1:1", ca_file="")))
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_every_problem_is_named_with_its_line(self):
        done = self.check("destinations:\n  - name: cio\n    region: de\n    rate: fast\n    colour: red\n")
        output = done.stdout + done.stderr
        self.assertEqual(done.returncode, 2)
        for line, key in ((3, "region"), (4, "rate"), (5, "colour")):
            self.assertRegex(output, rf"checked\.yaml:{line}: .*{key}")

    def test_serve_does_not_start_with_a_bad_configuration(self):
        path = self.folder / "bad.yaml"
        path.write_text("listen: nowhere\n")
        done = pintle("serve", "--config", str(path))
        self.assertEqual(done.returncode, 2)
        self.assertIn("bad.yaml:1", done.stdout + done.stderr)

    def test_a_wrong_command_line_exits_2(self):
        self.assertEqual(pintle("serve", "--no-such-option").returncode, 2)
        self.assertEqual(pintle("dance").returncode, 2)

    def test_a_mistyped_name_is_answered_with_the_closest_one(self):
        for arguments, text in ((("stauts",), "there is no command stauts; did you mean status?"),
                                (("dead-letters", "lst"), "there is no command lst; did you mean list?"),
                                (("import", "f", "--wrtie-key", "k"),
                                 "there is no option --wrtie-key; did you mean --write-key?"),
                                (("status", "--jsn=1"), "there is no option --jsn; did you mean --json?"),
                                (("status", "--nothing-like-it"), "there is no option --nothing-like-it\n")):
            done = pintle(*arguments)
            self.assertEqual(done.returncode, 2)
            self.assertIn(text, done.stderr)

    def test_transform_answers_each_line_and_goes_on_after_a_bad_one(self):
        path = self.folder / "pintle.yaml"
        path.write_text(json.dumps(self.config("")))
        done = pintle("transform", "--config", str(path),
                      stdin='{"type":"alias","userId":"a","previousId":"b"}\n{oops\n{"type":"dance"}\n{"type":"record"}\n')
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr.splitlines(), [
            "stdin:2: invalid json (invalid_json)", "stdin:3: unknown event type (unknown_event_type)",
            "stdin:4: record events of reverse ETL are not supported (record_not_supported)"])
        self.assertEqual(lines[0]["path"], "/api/v1/merge_customers")
        self.assertEqual([line["error"] for line in lines[1:]], ["invalid json", "unknown event type",
                                                               "record events of reverse ETL are not supported"])

    def test_transform_succeeds_where_events_are_mapped_or_meant_to_be_dropped(self):
        path = self.folder / "pintle.yaml"
        path.write_text(json.dumps(self.config("", events={"exclude": [{"type": "page"}]})))
        done = pintle("transform", "--config", str(path),
                      stdin='{"type":"identify","userId":"a"}\n{"type":"page","userId":"a","name":"p"}\n')
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("error", done.stdout.splitlines()[1])

    def test_a_check_names_what_a_variable_overrides(self):
        path = self.folder / "pintle.yaml"
        path.write_text("sources: [{write_key: wk}]\ndestinations:\n  - site_id: s\n    api_key: k\n")
        done = subprocess.run([PINTLE, "check-config", path], capture_output=True, text=True, timeout=60,
                              env=environment(CUSTOMERIO_API_KEY="zzz"))
        self.assertEqual((done.returncode, done.stderr),
                         (0, "warning: CUSTOMERIO_API_KEY: overrides destinations[0].api_key of line 4\n"))

    def test_transform_passes_the_conformance_cases(self):
        cases = [json.loads(line) for file in sorted(CONFORMANCE.glob("*.jsonl"))
                 for line in file.read_text().splitlines()]
        self.assertGreater(len(cases), 600)
        groups = collections.defaultdict(list)
        for case in cases:
            groups[json.dumps(case["options"], sort_keys=True)].append(case)
        for options, group in groups.items():
            for case, got in zip(group, self.transform(json.loads(options), group), strict=True):
                with self.subTest(options=options, event=case["event"]):
                    expected = case["expect"]
                    if "error" in expected:
                        self.assertIn("error", got)
                    else:
                        self.assertEqual({key: got.get(key) for key in expected}, expected)

    def transform(self, options, cases):
        path = self.folder / "pintle.yaml"
        path.write_text(json.dumps({"destinations": [{"name": "cio", "site_id": "s", "api_key": "k"} | options]}))
        events = "".join(json.dumps(case["event"], ensure_ascii=False) + "\n" for case in cases)
        return [json.loads(line) for line in pintle("transform", "--config", str(path), stdin=events).stdout.splitlines()]


class Health(EndToEnd):
    def test_health_and_readiness(self):
        _, daemon = self.start_both()
        self.assertEqual(call(daemon.port, "GET", "/health").json(), {"status": "ok"})
        self.assertEqual(daemon.admin("/health").json(), {"status": "ok"})
        ready = daemon.admin("/ready")
        self.assertEqual(ready.status, 200)
        self.assertEqual(ready.json()["destinations"], [{"name": "customerio", "full": False, "paused": None, "pauses": [],
                                                         "circuit_breaker": None}])

    def test_counts_what_came(self):
        sandbox, daemon = self.start_both()
        batch = [{"type": "track", "userId": "u", "event": "e"}, {"type": "track", "userId": "u"}]
        self.assertEqual(daemon.send("/v1/batch", {"batch": batch}).status, 200)
        sandbox.await_taken(1)
        events = daemon.status()["events"]
        self.assertEqual((events["received"], events["accepted"], events["dead_lettered"]), (2, 1, 1))

    def test_logs_hold_no_secrets_and_no_bodies(self):
        sandbox, daemon = self.start_both()
        daemon.send("/v1/track", {"userId": "u", "event": "e", "properties": {"secret": "in-the-body"}})
        daemon.send("/v1/track", {"event": "in-the-body"}, {"X-Write-Key": "wrong-key"})
        sandbox.await_taken(1)
        self.assertEqual(daemon.stop(), 0)
        for secret in (WRITE_KEY, API_KEY, "wrong-key", "in-the-body"):
            self.assertNotIn(secret, daemon.output())


if __name__ == "__main__":
    main()
