"""`pintle import`: each event of a file arrives once and in order, whatever fails meanwhile."""

import collections
import datetime
import json
import os
import signal
import subprocess

from harness import API_KEY, PATIENCE, PINTLE, WRITE_KEY, EndToEnd, environment, free_port, main, wait_until
from peers import Authority, Peer, answers
from terminal import Terminal

BUSY = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"


def now(days=0):
    """The time so many days from now."""
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).isoformat()


def track(user, name, **more):
    return {"type": "track", "userId": user, "event": name, "timestamp": now()} | more


def accepted(events):
    """The daemon's response to that many events, all of which are accepted."""
    body = json.dumps({"accepted": events, "dropped": {}, "dead_letters": {}})
    return f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


def batch(request):
    return json.loads(request.body)["batch"]


NO_TIMES = {"missing": 0, "unreadable": 0, "future": 0, "old": 0}


class Send(EndToEnd):
    def write(self, *lines):
        """Writes a file with these events, or with these lines."""
        path = self.folder / "events.ndjson"
        path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
        return path

    def start(self, url, path, *options, key=WRITE_KEY, **how):
        env = environment(PINTLE_WRITE_KEY=key)
        child = subprocess.Popen([PINTLE, "import", str(path), "--url", url, *options], env=env, cwd=self.folder,
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **how)
        self.addCleanup(child.__exit__, None, None, None)  # closes its pipes
        self.addCleanup(child.kill)
        return child

    def send(self, url, path, *options, stdin="", key=WRITE_KEY):
        child = self.start(url, path, *options, key=key)
        out, err = child.communicate(stdin, PATIENCE)
        return subprocess.CompletedProcess(child.args, child.returncode, out, err)

    def start_peer(self, behave, tls=None, port=0):
        peer = Peer(behave, tls, port)
        self.addCleanup(peer.close)
        return peer

    def progress(self):
        try:
            return json.loads((self.folder / "events.ndjson.pintle-progress").read_text())
        except FileNotFoundError:
            return None

    def some_sent(self):
        """Waits until there is progress, and returns it."""
        return wait_until(lambda: (found := self.progress()) and found["line"] > 0 and found, "progress")

    def rejected(self):
        return (self.folder / "events.ndjson.rejected").read_text().splitlines()


class WithADaemon(Send):
    def setUp(self):
        super().setUp()
        self.sandbox, self.daemon = self.start_both()
        self.url = f"http://127.0.0.1:{self.daemon.port}"

    def names(self):
        """The events that arrived, by user."""
        names = collections.defaultdict(list)
        for request in self.sandbox.taken():
            names[request["path"].split("/")[4]].append(request["body"]["name"])
        return names

    def test_a_file_that_is_killed_half_way_arrives_once_and_in_order(self):
        users, each = 100, 100
        path = self.write(*(track(f"u{user}", str(i)) for i in range(each) for user in range(users)))
        first = self.start(self.url, path, "--rate", "5000")
        wait_until(lambda: (self.progress() or {"line": 0})["line"] >= users * each // 2, "half of it")
        first.send_signal(signal.SIGKILL)
        first.wait()
        self.assertLess(self.progress()["line"], users * each)
        second = self.send(self.url, path, "--json")
        self.assertEqual(second.returncode, 0, second.stderr)
        self.assertIn("continuing after line", second.stderr)
        done = json.loads(second.stdout)
        # What was in flight at the kill is sent again, and is a repeat then.
        self.assertEqual(done["accepted"] + done["duplicates"], users * each)
        self.assertGreaterEqual(done["accepted"], users * each - 500)
        self.assertIsNone(self.progress())
        self.sandbox.await_taken(users * each)
        wait_until(lambda: self.daemon.destination()["backlog_events"] == 0, "the delivery")
        self.assertEqual(self.names(), {f"u{user}": [str(i) for i in range(each)] for user in range(users)})

    def test_what_is_sent_twice_arrives_once(self):
        path = self.write(*(track("u", str(i)) for i in range(10)))
        self.assertRegex(self.send(self.url, path).stdout, r"^10 events accepted, in [^\n]+\n$")
        second = self.send(self.url, path)
        self.assertEqual(second.returncode, 0, second.stderr)
        self.assertRegex(second.stdout, r"^nothing new: all 10 events had been accepted before; [^\n]+\n$")
        self.assertEqual(self.daemon.status()["events"]["dropped"]["duplicate"], 10)

    def test_a_line_that_becomes_a_dead_letter_is_named_and_fails_the_import(self):
        path = self.write(track("u", "a"),
                          {"type": "track", "userId": "u", "messageId": "m", "timestamp": now()},
                          track("u", "b"))
        done = self.send(self.url, path)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "(?m)^.*events.ndjson:2: dead letter: .*event")
        self.assertRegex(done.stdout, r"^2 events accepted, in [^\n]+\n1 event became a dead letter: ")
        self.assertFalse((self.folder / "events.ndjson.rejected").exists())
        letter, = self.daemon.dead_letters()
        self.assertEqual(letter["event"]["messageId"], "m")
        self.assertIsNone(self.progress())

        lines = [json.loads(line) for line in self.send(self.url, path, "--json", "--restart").stdout.splitlines()]
        self.assertEqual(lines[-1] | {"seconds": 0},
                         {"complete": True, "accepted": 0, "duplicates": 3, "dropped": 0, "dead_letters": 0, "rejected": 0,
                          "times": NO_TIMES, "lines": 3, "seconds": 0})
        path = self.write({"type": "track", "userId": "u", "timestamp": now()})
        lines = [json.loads(line) for line in self.send(self.url, path, "--json").stdout.splitlines()]
        self.assertEqual(lines[0], {"line": 1, "dead_letter": letter["reason"]})
        self.assertEqual(lines[1]["dead_letters"], 1)

    def test_a_dead_letter_before_a_stop_is_remembered(self):
        path = self.write({"type": "track", "userId": "u"}, *(track("u", str(i)) for i in range(100)))
        child = self.start(self.url, path, "--rate", "20")
        self.assertEqual(self.some_sent()["dead_letters"], 1)
        child.kill()
        child.wait()
        done = self.send(self.url, path)
        self.assertEqual(done.returncode, 1)
        self.assertIn("1 event became a dead letter", done.stdout)
        self.assertNotIn("dead letter", done.stderr)  # the first one named the line

    def test_a_batch_that_was_answered_before_its_progress_was_written(self):
        path = self.write(*(track("u", str(i)) for i in range(1200)))
        child = self.start(self.url, path, "--rate", "100")
        before = self.some_sent()
        wait_until(lambda: self.progress()["line"] > before["line"], "more progress")
        child.kill()
        child.wait()
        (self.folder / "events.ndjson.pintle-progress").write_text(json.dumps(before))
        self.assertEqual(self.send(self.url, path).returncode, 0)
        self.sandbox.await_taken(1200)
        wait_until(lambda: self.daemon.destination()["backlog_events"] == 0, "the delivery")
        self.assertEqual(self.names(), {"u": [str(i) for i in range(1200)]})

    def test_lines_that_are_no_events_are_named_and_kept_and_fail_the_import(self):
        path = self.write(track("u", "a"), "{oops", "", "[1]", track("u", "b"))
        done = self.send(self.url, path)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("events.ndjson:2: invalid json", done.stderr)
        self.assertIn("events.ndjson:4: an event must be a JSON object", done.stderr)
        self.assertIn("2 events accepted", done.stdout)
        self.assertIn("2 lines rejected", done.stdout)
        self.assertEqual(self.rejected(), ["{oops", "[1]"])
        self.sandbox.await_taken(2)
        self.assertEqual(self.names(), {"u": ["a", "b"]})

    def test_it_writes_to_nothing_that_it_is_led_to(self):
        """Somebody who may write to the folder cannot make `import` overwrite, truncate or extend another file."""
        path = self.write("{oops", track("u", "e"))
        victim = self.folder / "victim"
        victim.write_text("mine\n" * 1000)
        for name in ("events.ndjson.rejected", "events.ndjson.pintle-progress"):
            trap = self.folder / name
            for lead, reason in ((lambda: trap.symlink_to(victim), "is a symbolic link"),
                                 (lambda: trap.symlink_to(self.folder / "new"), "is a symbolic link"),
                                 (lambda: os.link(victim, trap), "a hard link"),
                                 (lambda: os.mkfifo(trap), "is not a regular file"),
                                 (trap.mkdir, "is not a regular file")):
                lead()
                done = self.send(self.url, path)
                self.assertEqual((done.returncode, done.stdout), (1, ""), done)
                self.assertIn(f"{name} ", done.stderr)
                self.assertIn(reason, done.stderr)
                trap.rmdir() if trap.is_dir() else trap.unlink()
                self.assertEqual(victim.read_text(), "mine\n" * 1000)
                self.assertFalse((self.folder / "new").exists())
        (self.folder / "events.ndjson.pintle-progress.new").symlink_to(victim)
        self.assertEqual(self.send(self.url, path).returncode, 1)
        self.assertEqual(victim.read_text(), "mine\n" * 1000)
        self.assertEqual(self.rejected(), ["{oops"])
        self.assertEqual((self.folder / "events.ndjson.rejected").stat().st_mode & 0o777, 0o600)

    def test_rejected_lines_are_kept_once_though_it_was_killed(self):
        path = self.write("{oops", *(track("u", str(i)) for i in range(100)))
        before = "of an earlier file\n"
        (self.folder / "events.ndjson.rejected").write_text(before)
        child = self.start(self.url, path, "--rate", "20")
        self.some_sent()
        child.kill()
        child.wait()
        with open(self.folder / "events.ndjson.rejected", "a") as file:
            file.write("{what was written just before the kill\n")
        self.assertEqual(self.send(self.url, path, "--rate", "1000").returncode, 1)
        self.assertEqual(self.rejected(), ["of an earlier file", "{oops"])

    def test_json_for_programs(self):
        path = self.write(track("u", "a"), "{oops")
        first, last = map(json.loads, self.send(self.url, path, "--json").stdout.splitlines())
        self.assertEqual(first, {"line": 2, "error": "invalid json"})
        self.assertEqual(last | {"seconds": 0},
                         {"complete": True, "accepted": 1, "duplicates": 0, "dropped": 0, "dead_letters": 0, "rejected": 1,
                          "times": NO_TIMES, "lines": 2, "seconds": 0})

    def test_times_that_are_not_what_a_backfill_means_are_told_before_and_after(self):
        path = self.write(track("u", "none", timestamp=None), track("u", "yesterday", timestamp="yesterday"),
                          track("u", "ahead", timestamp=None, originalTimestamp=now(days=30)), track("u", "old", timestamp=now(days=-4)),
                          track("u", "fine", timestamp="soon", originalTimestamp=now()))
        warnings = [f"events.ndjson:{line}: warning: {text}" for line, text in (
            (1, "the event has no timestamp and no originalTimestamp; it gets the time of its arrival"),
            (2, 'timestamp "yesterday" cannot be read as a time; it gets the time of its arrival'),
            (3, 'the time "'))]
        counts = ("2 events have no time that can be read", "1 event has a time in the future",
                  "1 event is older than 72 hours")
        looked = self.send(self.url, path, "--dry-run")
        self.assertEqual(looked.returncode, 0, looked.stderr)
        self.assertTrue(looked.stdout.startswith("5 events; nothing was sent\n"), looked.stdout)
        self.assertEqual(self.daemon.status()["events"]["received"], 0)
        done = self.send(self.url, path)
        self.assertEqual(done.returncode, 0, done.stderr)
        for run in (looked, done):
            self.assertEqual(len(run.stderr.splitlines()), 3, run.stderr)
            for warning, line in zip(warnings, run.stderr.splitlines(), strict=True):
                self.assertIn(warning, line)
            for count in counts:
                self.assertIn(count, run.stdout)
        lines = [json.loads(line) for line in self.send(self.url, path, "--json").stdout.splitlines()]
        self.assertEqual([(line["line"], line["time"]) for line in lines[:-1]],
                         [(1, "missing"), (2, "unreadable"), (3, "future")])
        self.assertEqual(lines[-1]["times"], {"missing": 1, "unreadable": 1, "future": 1, "old": 1})

    def test_a_dry_run_names_lines_that_are_no_events(self):
        self.write(track("u", "a"), "{oops", "", "[1]")
        done = self.send("http://127.0.0.1:1", self.folder / "events.ndjson", "--dry-run")
        self.assertEqual(done.returncode, 1)
        self.assertTrue(done.stdout.startswith("1 event; nothing was sent\n2 lines are not events\nmapped with the default"),
                        done.stdout)
        self.assertIn("events.ndjson:2: invalid json", done.stderr)
        self.assertIsNone(self.progress())
        self.assertEqual(sorted(path.name for path in self.folder.glob("events.*")), ["events.ndjson"])
        done = self.send("http://127.0.0.1:1", "-", "--dry-run", "--json", stdin="{}")
        self.assertEqual(json.loads(done.stdout.splitlines()[-1]),
                         {"dry_run": True, "events": 1, "dead_letters": 1, "rejected": 0, "times": NO_TIMES | {"missing": 1},
                          "lines": 1})

    def test_a_dry_run_names_the_events_that_become_dead_letters(self):
        self.write(track("u", "a"), {"type": "track", "userId": "u", "timestamp": now()},
                   {"type": "tracks", "userId": "u", "timestamp": now()}, track("u", "b", properties={"x": "x" * 40_000}),
                   track("u", "Left"))
        looked = self.send("http://127.0.0.1:1", self.folder / "events.ndjson", "--dry-run")
        self.assertEqual(looked.returncode, 1)
        self.assertIn("\n3 events would become dead letters\nmapped with the default options; ", looked.stdout)
        self.assertEqual([line.partition("events.ndjson:")[2].partition(":")[0] for line in looked.stderr.splitlines()],
                         ["2", "3", "4"], looked.stderr)
        config = self.folder / "filter.yaml"
        config.write_text("ingest: {max_event: 64KB}\ndestinations: [{events: {exclude: [{name: Left}]}}]\n")
        mapped = self.send("http://127.0.0.1:1", self.folder / "events.ndjson", "--dry-run", "--config", config)
        self.assertIn("\n2 events would become dead letters\nnot checked: ", mapped.stdout, mapped.stderr)

    def test_the_configuration_names_the_url(self):
        path = self.write(track("u", "a"))
        config = self.folder / "listen.yaml"
        config.write_text(json.dumps({"listen": f"0.0.0.0:{self.daemon.port}", "sources": [
            {"name": "a", "write_key": "x", "destination": "d"}, {"name": "b", "write_key": "y", "destination": "d"}],
            "destinations": [{"name": "d"}]}))
        done = subprocess.run([PINTLE, "import", path, "--config", config], cwd=self.folder, capture_output=True, text=True,
                              env=environment(PINTLE_WRITE_KEY=WRITE_KEY), timeout=PATIENCE, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.sandbox.await_taken(1)
        (self.folder / "keys").write_text(f"old\n{WRITE_KEY}\n")
        done = subprocess.run([PINTLE, "import", "-", "--rejected", "-"], input=json.dumps(track("u", "b")),
                              cwd=self.folder, capture_output=True, text=True, timeout=PATIENCE, check=False,
                              env=environment(PINTLE_LISTEN=f"127.0.0.1:{self.daemon.port}",
                                              PINTLE_WRITE_KEY_FILE=str(self.folder / "keys")))
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)
        self.sandbox.await_taken(2)

    def test_it_needs_no_place_to_write(self):
        path = self.write("{oops", track("u", "a"))
        done = self.send(self.url, path, "--rejected", "-", "--progress", str(self.folder / "elsewhere"))
        self.assertEqual((done.returncode, done.stdout), (1, "{oops\n"))
        self.assertIn("events.ndjson:1: invalid json", done.stderr)
        self.assertIn("\n1 line rejected\n", done.stderr)
        child = self.start(self.url, "-", "--rejected", "-")
        out, _ = child.communicate("{oops\n", PATIENCE)
        self.assertEqual(out, "{oops\n")
        self.assertEqual(sorted(each.name for each in self.folder.glob("*rejected*")), [])

    def test_rejected_lines_are_appended_to_those_of_earlier_imports(self):
        path = self.write("{oops")
        first = self.send(self.url, path)
        self.assertIn("1 line rejected, kept in ", first.stdout)
        self.assertNotIn("earlier imports", first.stdout)
        second = self.send(self.url, path)
        self.assertIn(" after those of earlier imports\n", second.stdout)
        self.assertEqual(self.rejected(), ["{oops", "{oops"])

    def test_an_event_of_long_ago_keeps_its_time(self):
        path = self.write(track("u", "a", timestamp=None, originalTimestamp="2020-02-02T02:02:02.000Z", sentAt="2020-02-02T02:02:03.000Z"))
        self.send(self.url, path)
        self.assertEqual(self.sandbox.await_taken(1)[0]["body"]["timestamp"], 1580608922)

    def test_from_a_pipe_the_same_event_counts_each_time(self):
        event = json.dumps(track("u", "a"))
        for _ in range(2):
            self.assertEqual(self.send(self.url, "-", stdin=event).returncode, 0)
        self.sandbox.await_taken(2)
        self.assertIsNone(self.progress())

    def test_what_is_written_to_a_pipe_does_not_wait_for_more(self):
        child = self.start(self.url, "-")
        child.stdin.write(json.dumps(track("u", "a")) + "\n")
        child.stdin.flush()
        self.sandbox.await_taken(1)
        child.communicate(timeout=PATIENCE)
        self.assertEqual(child.returncode, 0)

    def test_an_interrupt_says_how_to_go_on(self):
        path = self.write(*(track("u", str(i)) for i in range(1000)))
        child = self.start(self.url, path, "--rate", "20")
        self.some_sent()
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=PATIENCE)
        self.assertEqual(child.returncode, 1)
        self.assertRegex(err, r"stopped after line \d+: interrupted\nthe same command continues from there")
        self.assertRegex(out, r"\d+ events accepted")

    def test_a_wrong_key_ends_it(self):
        done = self.send(self.url, self.write(track("u", "a")), key="wrong")
        self.assertEqual(done.returncode, 1)
        self.assertIn("401: invalid write key", done.stderr)
        self.assertIn("--write-key or PINTLE_WRITE_KEY", done.stderr)

    def test_a_port_without_tls_ends_it(self):
        done = self.send(f"https://127.0.0.1:{self.daemon.port}", self.write(track("u", "a")))
        self.assertEqual(done.returncode, 1)
        self.assertIn("the port does not speak TLS", done.stderr)
        self.assertNotIn("trying again", done.stderr)
        self.assertIn("the same command continues from there", done.stderr)

    def test_the_admin_listener_is_not_the_ingest(self):
        done = self.send(f"http://127.0.0.1:{self.daemon.admin_port}", self.write(track("u", "a")))
        self.assertEqual(done.returncode, 1)
        self.assertIn("stopped after line 0: 404\n--url is the daemon's ingest", done.stderr)

    def test_on_a_terminal_the_bar_makes_room_for_the_summary(self):
        path = self.write(*(track("u", str(i)) for i in range(500)))
        terminal = Terminal("import", path, "--url", self.url, "--write-key", WRITE_KEY, "--rate", "500", columns=70)
        self.addCleanup(terminal.clean_up)
        self.assertEqual(terminal.wait(), 0)
        self.assertRegex(terminal.output, r"\r\[#+-*\]  \d+ %  [\d,]+ events  [\d,]+/s(  [\d.]+ s left)?\x1b\[K")
        self.assertRegex(terminal.output, r"\r\x1b\[K500 events accepted, in [\d.]+ m?s \([\d,]+/s\)\r\n$")

    def test_another_file_of_that_name_is_not_taken_for_the_first(self):
        path = self.write(*(track("u", str(i)) for i in range(100)))
        child = self.start(self.url, path, "--rate", "20")
        self.some_sent()
        child.kill()
        child.wait()
        self.write(*(track("v", str(i)) for i in range(100)))
        refused = self.send(self.url, path)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("belongs to another", refused.stderr)
        self.assertEqual(self.send(self.url, path, "--restart").returncode, 0)
        wait_until(lambda: len(self.names()["v"]) == 100, "the other file")

    def test_a_file_is_sent_once_at_a_time(self):
        path = self.write(*(track("u", str(i)) for i in range(100)))
        self.start(self.url, path, "--rate", "1")
        self.some_sent()
        second = self.send(self.url, path)
        self.assertEqual(second.returncode, 1)
        self.assertIn("another pintle is importing", second.stderr)


class Waiting(Send):
    def setUp(self):
        super().setUp()
        self.sandbox, self.daemon = self.start_both()
        self.options = (f"http://127.0.0.1:{self.daemon.port}", self.folder / "events.ndjson",
                        "--admin", f"http://127.0.0.1:{self.daemon.admin_port}")

    def test_it_names_the_lines_that_customer_io_rejects(self):
        self.sandbox.faults(refuse_text="poison")
        self.write(track("a", "first"), track("b", "poison"), {"type": "track", "userId": "c"},
                   track("d", "poison", messageId="m"), track("e", "last"))
        done = self.send(*self.options, "--wait", "60")
        self.assertEqual(done.returncode, 1)
        lines = [line.partition("events.ndjson:")[2] for line in done.stderr.splitlines() if "dead letter" in line]
        self.assertEqual([line.split(":")[0] for line in lines], ["3", "2", "4"], done.stderr)
        self.assertIn("rejected on demand", lines[1])
        self.assertRegex(done.stdout, "^4 events accepted, in [^\\n]+\\n3 events became dead letters: [^\\n]+\\n"
                                      "2 of the accepted events are among them, as they could not be delivered\\n")
        self.assertEqual(len(self.daemon.dead_letters()), 3)

    def test_dead_letters_among_the_accepted_or_repeated_events_are_counted(self):
        self.sandbox.faults(refuse_text="poison")
        self.write(track("a", "first", messageId="1"))
        self.assertEqual(self.send(*self.options).returncode, 0)
        self.write(track("a", "first", messageId="1"), track("b", "poison"))
        done = self.send(*self.options, "--wait", "60")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, "^1 event accepted, in [^\\n]+\\n1 event dropped as a repeat: [^\\n]+\\n"
                                      "1 event became a dead letter: [^\\n]+\\n"
                                      "1 of the accepted or repeated events is among them\\n")

    def test_it_waits_for_the_delivery(self):
        self.sandbox.faults(api_key="another")
        self.write(track("u", "e"))
        child = self.start(*self.options, "--wait", "10m", "--json")
        self.assertEqual(child.stderr.readline(), "waiting until the events are delivered\n")
        wait_until(lambda: self.daemon.destination()["paused"], "the pause")
        self.assertIsNone(child.poll())
        self.sandbox.faults(api_key=API_KEY)
        out, err = child.communicate(timeout=PATIENCE)
        self.assertEqual(child.returncode, 0, err)
        self.assertEqual(json.loads(out)["dead_letters"], 0)
        self.assertEqual(len(self.sandbox.taken()), 1)

    def test_events_that_are_still_pending_fail_it(self):
        self.sandbox.faults(api_key="another")
        self.write(track("u", "e"))
        done = self.send(*self.options, "--wait", "0", "--json")
        self.assertEqual(done.returncode, 1)
        self.assertIn("events are still pending at customerio after a wait of 0;", done.stderr)
        self.assertEqual(json.loads(done.stdout)["pending"], ["customerio"])

    def test_without_an_admin_listener_it_says_so(self):
        self.write(track("u", "e"))
        done = self.send(*self.options[:2], "--admin", f"http://127.0.0.1:{free_port()}", "--wait", "0")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no daemon answers at", done.stderr)
        self.assertIn("1 event accepted", done.stdout)

    def test_it_needs_a_file(self):
        done = self.send(self.options[0], "-", "--wait", "1")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--wait: needs a file", done.stderr)


class Filters(Send):
    def test_what_a_filter_drops_is_not_called_accepted(self):
        sandbox, daemon = self.start_both(events={"exclude": [{"name": "Test"}]})
        path = self.write(track("u", "Test"), track("u", "a"), track("u", "Test"))
        done = self.send(f"http://127.0.0.1:{daemon.port}", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"^1 event accepted, in [^\n]+\n2 events dropped: ")
        self.assertEqual(sandbox.await_taken(1)[0]["body"]["name"], "a")


class Limits(Send):
    def test_what_is_too_large_for_the_daemon_is_kept(self):
        sandbox = self.start_sandbox()
        config = self.config(sandbox.url)
        config["ingest"] |= {"max_body": "20KiB", "max_event": "10KiB"}
        daemon = self.start_daemon(config)
        large = track("u", "large", properties={"text": "x" * 30_000})
        path = self.write(*(track("u", str(i)) for i in range(250)), large, *(track("u", str(i)) for i in range(250, 500)))
        done = self.send(f"http://127.0.0.1:{daemon.port}", path)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("events.ndjson:251: 413: request size exceeds max limit", done.stderr)
        self.assertEqual(self.rejected(), [json.dumps(large)])
        names = [request["body"]["name"] for request in sandbox.await_taken(500)]
        self.assertEqual(names, [str(i) for i in range(500)])


class WithoutADaemon(Send):
    def test_it_waits_for_one(self):
        port = free_port()
        path = self.write(track("u", "a"), track("u", "b"))
        child = self.start(f"http://127.0.0.1:{port}", path)
        self.assertRegex(child.stderr.readline(), "Connection refused; trying again in ")
        peer = self.start_peer(answers(accepted(2)), port=port)
        out, err = child.communicate(timeout=PATIENCE)
        self.assertEqual(child.returncode, 0, err)
        self.assertEqual([event["event"] for event in batch(peer.requests[0])], ["a", "b"])

    def test_a_busy_one_gets_the_same_again_when_it_asked_for_it(self):
        peer = self.start_peer(answers(BUSY))
        child = self.start(f"http://127.0.0.1:{peer.port}", self.write(track("u", "a")))
        self.assertRegex(child.stderr.readline(), "^503; trying again in 1.0 s")
        peer.behave = answers(accepted(1))
        peer.hang_up()
        self.assertEqual(child.wait(PATIENCE), 0)
        first, *others = (request.body for request in peer.requests)
        self.assertEqual(set(others), {first})
        self.assertGreaterEqual(peer.requests[-1].time - peer.requests[0].time, 1)

    def test_it_gives_up_in_the_end(self):
        path = self.write(track("u", "a"))
        done = self.send(f"http://127.0.0.1:{free_port()}", path, "--give-up-after", "0")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "stopped after line 0: connect to .*Connection refused")

    def test_a_certificate_is_asked_for(self):
        authority = Authority(self.folder / "authority")
        peer = self.start_peer(answers(accepted(1)), authority.certificate())
        path = self.write(track("u", "a"))
        url = f"https://127.0.0.1:{peer.port}"
        stranger = self.send(url, path)
        self.assertEqual(stranger.returncode, 1)
        self.assertIn("certificate verify failed", stranger.stderr)
        self.assertNotIn("trying again", stranger.stderr)
        self.assertIn("--ca-file FILE makes it trusted", stranger.stderr)
        other = self.send(f"https://localhost:{peer.port}", path, "--ca-file", authority.ca_file)
        self.assertEqual(other.returncode, 1)
        self.assertIn("the certificate is for another host", other.stderr)
        self.assertEqual(peer.requests, [])
        self.assertEqual(self.send(url, path, "--ca-file", authority.ca_file).returncode, 0)
        self.assertTrue(peer.requests[0].encrypted)

    def test_wrong_command_lines_exit_2(self):
        path = self.write(track("u", "a"))
        for wrong in ("localhost:8080", "ftp://h", "http://user:password@h"):
            done = self.send(wrong, path)
            self.assertEqual(done.returncode, 2, done)
            self.assertIn("--url: is not http://HOST:PORT", done.stderr)
        self.assertEqual(subprocess.run([PINTLE, "import"], capture_output=True).returncode, 2)

    def test_a_file_that_is_not_there(self):
        done = self.send("http://127.0.0.1:1", self.folder / "nothing.ndjson")
        self.assertEqual(done.returncode, 1)
        self.assertIn("nothing.ndjson: No such file or directory", done.stderr)


if __name__ == "__main__":
    main()
