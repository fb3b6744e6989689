"""`pintle compare`: recordings of the real daemon, and large ones."""

import json
import os
import random
import subprocess

from harness import PATIENCE, PINTLE, EndToEnd, main, wait_until
from terminal import Terminal

MEMORY_MIB = int(os.environ.get("PINTLE_TEST_MEMORY_MIB", "200"))  # what --help promises; 0: not checked
SEED = 20261126
TIME = "2026-11-01T10:00:00Z"


def compare(*arguments, stdin=None):
    return subprocess.run([PINTLE, "compare", *map(str, arguments)], input=stdin, capture_output=True, text=True,
                          timeout=PATIENCE)


def events():
    """Events of all types, most of them of several people."""
    kinds = [
        {"type": "identify", "traits": {"plan": "pro", "address": {"city": "Bonn", "zip": "53111"}, "a.b": 1.50}},
        {"type": "track", "event": "Order", "properties": {"price": 12.30, "items": [{"sku": "x"}]}},
        {"type": "page", "properties": {"url": "https://example.com/"}},
        {"type": "screen", "name": "Home"},
        {"type": "group", "groupId": "g1", "traits": {"name": "Example"}},
        {"type": "track", "event": "Application Opened", "context": {"device": {"token": "t", "type": "ios"}}},
        {"type": "track", "event": "Application Uninstalled", "context": {"device": {"token": "t", "type": "ios"}}},
        {"type": "alias", "previousId": "old"},
    ]
    people = [{"userId": f"user-{i}", "anonymousId": f"anon-{i}"} for i in range(20)]
    people += [{"userId": "ada@example.com"}, {"userId": "cio_0f1"}]
    all_events = [kind | person for person in people for kind in kinds]
    all_events += [{"type": "track", "event": "Visit", "anonymousId": f"anon-{i}"} for i in range(20)]
    return [event | {"messageId": f"m-{i}", "timestamp": TIME} for i, event in enumerate(all_events)]


class Recordings(EndToEnd):
    def record(self, name, **destination):
        """What pintle sends to Customer.io for the events, with these options of the destination."""
        path = self.folder / f"{name}.jsonl"
        sandbox = self.start_sandbox("--record", str(path))
        config = self.config(sandbox.url, **destination)
        config["journal"]["directory"] = str(self.folder / f"journal-{name}")
        daemon = self.start_daemon(config)
        self.assertEqual(daemon.send("/v1/batch", {"batch": events()}).status, 200)
        wait_until(lambda: daemon.destination()["backlog_events"] == 0, "everything is delivered")
        self.assertEqual(daemon.dead_letters(), [])
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(sandbox.stop(), 0)
        return path

    def test_both_versions_of_the_api_are_the_same(self):
        v1 = self.record("v1")
        v2 = self.record("v2", api_version="v2", batch_anonymous=True)
        self.assertGreater(len(v1.read_text().splitlines()), 2 * len(v2.read_text().splitlines()))
        done = compare(v1, v2)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertIn("Nothing differs", done.stdout)
        report = json.loads(compare(v1, v2, "--json").stdout)
        self.assertEqual((report["same"], report["equal"]), (True, len(events())))

    def test_an_option_that_changes_something_is_found_and_can_be_accepted(self):
        before = self.record("before", event_dedupe_id=False, created_at="omit")
        after = self.record("after")
        done = compare(before, after)
        self.assertEqual(done.returncode, 1)
        self.assertIn("To accept that: --accept created_at,dedupe_id", done.stdout)
        self.assertEqual(compare(before, after, "--accept", "created_at").returncode, 1)
        self.assertEqual(compare(before, after, "--accept", "created_at,dedupe_id").returncode, 0)
        self.assertEqual(compare(before, after, "--accept", "all").returncode, 0)
        self.assertEqual(compare(after, before, "--accept", "all").returncode, 1)  # A is what is replaced


class CommandLine(EndToEnd):
    def write(self, name, *lines):
        path = self.folder / name
        path.write_text("".join(line + "\n" for line in lines))
        return path

    LINE = '{"method":"PUT","path":"/api/v1/customers/u","status":200,"body":{"plan":"x"}}'

    def test_lines_that_are_no_requests_are_named(self):
        a = self.write("a", self.LINE, "oops", "{}")
        done = compare(a, self.write("b", self.LINE))
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"{a}:2: is not a JSON object\n", done.stderr)
        self.assertIn(f"{a}:3: is no request", done.stderr)

    def test_a_recording_can_come_from_stdin(self):
        self.assertEqual(compare("-", self.write("b", self.LINE), stdin=self.LINE).returncode, 0)

    def test_a_recording_is_equal_to_itself(self):
        path = self.write("a", self.LINE)
        self.assertEqual(compare(path, path).returncode, 0)

    def test_wrong_command_lines_exit_2(self):
        path = self.write("a", self.LINE)
        done = compare(path, path, "--accept", "everything")
        self.assertEqual(done.returncode, 2)
        self.assertIn('"everything" is not one of all, address_parts', done.stderr)
        self.assertEqual(compare(path).returncode, 2)
        self.assertEqual(compare("-", "-").returncode, 2)

    def test_files_that_cannot_be_read_or_written_are_errors_for_people(self):
        path = self.write("a", self.LINE)
        for arguments in ((path, "/nowhere/b"), (self.folder, path), (path, path, "--temporary", "/nowhere")):
            done = compare(*arguments)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertRegex(done.stderr, "nowhere|is a directory")


class Large(EndToEnd):
    COUNT = 200_000

    def setUp(self):
        super().setUp()
        print(f"seed {SEED}", flush=True)
        self.a, self.b = self.folder / "a.jsonl", self.folder / "b.jsonl"
        with open(self.a, "w") as a:
            for i in range(self.COUNT):
                a.write('{"seq":1,"method":"POST","host":"track.customer.io","path":"/api/v1/customers/user-%d/events",'
                        '"status":200,"body":{"name":"Order","type":"event","timestamp":%d,"data":{"note":"%0100d",'
                        '"price":%d}},"answer":{}}\n' % (i % 20_000, 1_700_000_000 + i, i, i))
        order = list(range(0, self.COUNT, 100))
        random.Random(SEED).shuffle(order)
        with open(self.b, "w") as b:
            for first in order:
                items = ",".join('{"type":"person","action":"event","identifiers":{"id":"user-%d"},"name":"Order",'
                                 '"timestamp":%d,"attributes":{"price":%d,"note":"%0100d"}}' %
                                 (i % 20_000, 1_700_000_000 + i, i, i) for i in range(first, first + 100))
                b.write('{"method":"POST","path":"/api/v2/batch","status":200,"body":{"batch":[%s]}}\n' % items)

    def test_large_recordings_are_compared_in_little_memory(self):
        child = subprocess.Popen([PINTLE, "compare", self.a, self.b, "--json"], stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL)
        with child:
            output = child.stdout.read()
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        report = json.loads(output)
        self.assertEqual((child.returncode, report["same"], report["equal"]), (0, True, self.COUNT))
        print(f"{self.COUNT} requests: {usage.ru_maxrss // 1024} MiB", flush=True)
        if MEMORY_MIB:
            self.assertLess(usage.ru_maxrss // 1024, MEMORY_MIB)

    def test_a_terminal_shows_the_progress(self):
        terminal = Terminal("compare", self.a, self.b)
        self.addCleanup(terminal.clean_up)
        self.assertEqual(terminal.wait(), 0)
        self.assertRegex(terminal.output, r"\r\[#*-+\]  \d+ %  [\d,]+ requests  [\d,]+/s")
        self.assertIn("Nothing differs", terminal.output)


if __name__ == "__main__":
    main()
