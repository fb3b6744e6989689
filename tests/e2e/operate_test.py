"""The operator's commands: `pintle status`, `top` and `tap`, against a running daemon."""

import json
import random
import signal
import subprocess
import threading
from pathlib import Path

from admin_api import ask
from harness import PATIENCE, PINTLE, EndToEnd, environment, free_port, main, wait_until
from peers import Peer, works
from terminal import Terminal


def track(user, name, **more):
    return {"type": "track", "userId": user, "event": name} | more


class Operator(EndToEnd):
    def address(self, daemon):
        return f"http://127.0.0.1:{daemon.admin_port}"

    def run_pintle(self, *arguments, env=None):
        return subprocess.run([PINTLE, *map(str, arguments)], capture_output=True, text=True, timeout=PATIENCE,
                              env=env or environment())


class Status(Operator):
    def test_a_healthy_daemon(self):
        sandbox, daemon = self.start_both()
        daemon.send("/v1/track", track("u", "e"))
        sandbox.await_taken(1)
        wait_until(lambda: daemon.destination()["delivered"] == 1, "the delivery")
        done = self.run_pintle("status", "--admin", self.address(daemon))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"^healthy: accepts events, no destination is paused, 0 in the backlog\n")
        self.assertRegex(done.stdout, r"(?m)^customerio +idle +0 +- +1 +0 +0$")

    def test_json_is_what_the_daemon_tells(self):
        _, daemon = self.start_both()
        done = self.run_pintle("status", "--admin", self.address(daemon), "--json")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(json.loads(done.stdout).keys(), daemon.status().keys())

    def test_a_paused_destination_is_not_healthy(self):
        _, daemon = self.start_both(site_id="another")
        daemon.send("/v1/track", track("u", "e"))
        wait_until(lambda: daemon.destination()["paused"], "the pause")
        for options in ((), ("--json",)):
            done = self.run_pintle("status", "--admin", self.address(daemon), *options)
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stdout + done.stderr, r"(?m)^not healthy: customerio is paused \(credentials\) since \S+: .*401")

    def test_what_failed_is_counted_by_its_reason(self):
        sandbox, daemon = self.start_both()
        sandbox.faults(fail_rate=1, fail_status=400)
        daemon.send("/v1/track", track("u", "e"))
        wait_until(lambda: daemon.destination()["dead_letters"] == 1, "the dead letter")
        daemon.send("/v1/track", track("u", "e"), {"X-Write-Key": "wrong"})
        done = self.run_pintle("status", "--admin", self.address(daemon))
        self.assertEqual(done.returncode, 0)
        self.assertIn("invalid_write_key 1", done.stdout)
        self.assertRegex(done.stdout, "customerio: dead-lettered since then: .* 1\n")

    def test_no_daemon_no_pintle_no_token(self):
        port = free_port()
        done = self.run_pintle("status", "--admin", f"http://127.0.0.1:{port}")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn(f"no daemon answers at 127.0.0.1:{port} (Connection refused)", done.stderr)
        stranger = Peer(works)
        self.addCleanup(stranger.close)
        done = self.run_pintle("status", "--admin", f"http://127.0.0.1:{stranger.port}")
        self.assertEqual(done.returncode, 1)
        self.assertIn("did not respond like pintle", done.stderr)
        sandbox = self.start_sandbox()
        daemon = self.start_daemon(self.config(sandbox.url) |
                                   {"admin": {"listen": f"127.0.0.1:{free_port()}", "token": "secret"}})
        done = self.run_pintle("status", "--admin", self.address(daemon))
        self.assertEqual(done.returncode, 1)
        self.assertIn("requires a token", done.stderr)
        self.assertEqual(self.run_pintle("status", "--config", self.folder / "pintle.yaml").returncode, 0)
        done = self.run_pintle("status", "--admin", self.address(daemon), "--token", "wrong")
        self.assertEqual(done.returncode, 1)
        self.assertIn("does not accept the token from --token; SIGHUP makes it load another one\n", done.stderr)
        moved = self.folder / "moved.yaml"
        moved.write_text(json.dumps(self.config(sandbox.url) | {"admin": {
            "listen": f"127.0.0.1:{daemon.admin_port}", "token": {"file": str(self.folder / "absent")}}}))
        done = self.run_pintle("status", "--config", moved)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f'{moved}:1: admin.token: "{self.folder}/absent" cannot be read', done.stderr)

    def test_a_token_comes_from_the_command_line_or_the_environment(self):
        sandbox = self.start_sandbox()
        daemon = self.start_daemon(self.config(sandbox.url) |
                                   {"admin": {"listen": f"127.0.0.1:{free_port()}", "token": "secret"}})
        at = ("--admin", self.address(daemon))
        self.assertEqual(self.run_pintle("status", *at, "--token", "secret").returncode, 0)
        self.assertEqual(self.run_pintle("status", *at, "--token", "wrong").returncode, 1)
        done = self.run_pintle("status", *at, env=environment(PINTLE_ADMIN_TOKEN="secret"))
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_no_secret_is_needed_to_ask(self):
        _, daemon = self.start_both()
        config = self.folder / "asks.yaml"
        config.write_text(f"""
admin: {{listen: "127.0.0.1:{daemon.admin_port}", token: "${{TOKEN_THAT_IS_UNSET}}"}}
sources: [{{write_key: "${{KEY_THAT_IS_UNSET}}"}}]
destinations: [{{site_id: "${{SITE_THAT_IS_UNSET}}", api_key: k, region: "${{REGION_THAT_IS_UNSET}}"}}]
""")
        done = self.run_pintle("status", "--config", config)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_a_file_that_somebody_is_editing_hides_nothing(self):
        sandbox = self.start_sandbox()
        port = free_port()
        listen = f"127.0.0.1:{port}"
        daemon = self.start_daemon(self.config(sandbox.url) | {"admin": {"listen": listen, "token": "secret"}})
        file = self.folder / "edited.yaml"
        admin = f"admin:\n  listen: {listen}\n  token: secret\n"
        for text, problem in ((admin + "bogus: 1\n", "edited.yaml:4: bogus: unknown key"),
                              (admin + "ingest:\n  max_body: 1MB\n   max_event: 1KB\n", "is not YAML")):
            file.write_text(text)
            for arguments in (("status",), ("backlog",), ("top", "--count", "1", "--json"), ("dead-letters", "list"),
                              ("pause", "customerio"), ("resume", "customerio")):
                done = self.run_pintle(*arguments, "--config", file)
                self.assertEqual(done.returncode, 0, (arguments, done))
                self.assertRegex(done.stderr, f"(?m)^warning: .*{problem}")
        file.write_text(f"admin: [\n  listen: {listen}\n")
        for command in ("status", "backlog"):
            done = self.run_pintle(command, "--config", file)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn("the address of the daemon's admin listener is not known; --admin http://HOST:PORT names it\n",
                          done.stderr)
        done = self.run_pintle("status", "--config", file, "--admin", f"http://{listen}", "--token", "secret")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(daemon.running())

    def test_wrong_command_lines_exit_2(self):
        for arguments in (("bogus",), ("bogus", "--help"), ("--help", "bogus"), ("dead-letters", "bogus", "--help")):
            done = self.run_pintle(*arguments)
            self.assertEqual((done.returncode, done.stdout), (2, ""), arguments)
            self.assertIn("there is no command bogus", done.stderr)
        for arguments in (("--help",), ("status", "--help"), ("dead-letters", "--help"), ("dead-letters", "list", "--help")):
            self.assertEqual(self.run_pintle(*arguments).returncode, 0, arguments)
        self.assertEqual(self.run_pintle("status", "--admin", "https://localhost:1").returncode, 2)
        self.assertEqual(self.run_pintle("top", "--interval", "0").returncode, 2)
        self.assertEqual(self.run_pintle("tap", "--recent", "x").returncode, 2)


class PauseAndBacklog(Operator):
    def test_a_destination_is_paused_looked_at_and_resumed(self):
        sandbox, daemon = self.start_both()
        at = ("--admin", self.address(daemon))
        done = self.run_pintle("pause", "customerio", "--message", "a look at the template", *at)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout, "customerio is paused, also across restarts, until `pintle resume customerio`; "
                                      "0 events pending\n")
        paused = daemon.destination()["paused"]
        self.assertEqual((paused["reason"], paused["message"], paused["by"]),
                         ("operator", "a look at the template", "127.0.0.1"))
        done = self.run_pintle("pause", "customerio", *at)
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"^customerio was paused already \(operator\) by 127.0.0.1 since \S+Z: a look at the "
                                      r"template\nnothing has changed; it stays paused, ")
        done = self.run_pintle("status", *at)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"^not healthy: customerio is paused \(operator\) by 127.0.0.1 since \S+Z: a look ")

        for i in range(3):
            self.assertEqual(daemon.send("/v1/track", track(f"u{i}", "Signed In")).status, 200)
        done = self.run_pintle("backlog", *at)
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stderr, r"^customerio is paused \(operator\) by 127.0.0.1 since \S+Z: a look .*\n$")
        lines = done.stdout.splitlines()
        self.assertRegex(lines[0], r"^OFFSET\s+RECEIVED\s+SOURCE\s+TYPE\s+USER\s+NAME$")
        self.assertRegex(lines[1], r"^1\s+\d{4}-\S+Z\s+\S+\s+track\s+u0\s+Signed In$")
        self.assertEqual(len(lines), 4)
        done = self.run_pintle("backlog", "--user", "u1", "--json", *at)
        pending, = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual((pending["user"], pending["event"]["event"]), ("u1", "Signed In"))
        done = self.run_pintle("backlog", "--message-id", pending["event"]["messageId"], "--json", *at)
        self.assertEqual([json.loads(line) for line in done.stdout.splitlines()], [pending])
        self.assertEqual(self.run_pintle("backlog", "--message-id", "another", *at).stdout, "")
        done = self.run_pintle("backlog", "--limit", "2", *at)
        self.assertEqual(len(done.stdout.splitlines()), 3)
        self.assertIn("there are more", done.stderr)

        done = self.run_pintle("resume", "customerio", *at)
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"^ended the pause \(operator\) by 127.0.0.1 since \S+Z: a look at the template\n"
                                      r"customerio is delivering; \d events? pending\n$")
        wait_until(lambda: len(sandbox.requests()) == 3, "the requests")
        done = self.run_pintle("backlog", *at)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", "no pending events\n"))

    def test_the_backlog_of_each_destination_is_listed(self):
        sandbox = self.start_sandbox()
        config = self.config(sandbox.url)
        config["destinations"].append(config["destinations"][0] | {"name": "second"})
        config["sources"][0] |= {"destination": "", "destinations": ["customerio", "second"]}
        daemon = self.start_daemon(config)
        at = ("--admin", self.address(daemon))
        for name in ("customerio", "second"):
            self.assertEqual(self.run_pintle("pause", name, *at).returncode, 0)
        self.assertEqual(daemon.send("/v1/track", track("u", "Paid")).status, 200)
        done = self.run_pintle("backlog", *at)
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stderr, r"^customerio is paused .*\nsecond is paused .*\n$")
        self.assertEqual([line.split()[0] for line in done.stdout.splitlines() if line],
                         ["customerio:", "OFFSET", "1", "second:", "OFFSET", "1"])
        done = self.run_pintle("backlog", "--json", *at)
        self.assertEqual([json.loads(line)["destination"] for line in done.stdout.splitlines()], ["customerio", "second"])

    def test_a_stopped_daemons_directory_is_read(self):
        _, daemon = self.start_both()
        at = ("--admin", self.address(daemon))
        self.assertEqual(self.run_pintle("pause", "customerio", *at).returncode, 0)
        for user in ("ada", "bob", "ada"):
            self.assertEqual(daemon.send("/v1/track", track(user, "Paid")).status, 200)
        listed = {options: self.run_pintle("backlog", *options, *at).stdout for options in ((), ("--json",))}
        self.assertEqual(daemon.stop(), 0)
        directory = ("--directory", self.folder / "journal")
        for options, text in listed.items():
            done = self.run_pintle("backlog", *options, *directory)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, text, ""))
        done = self.run_pintle("backlog", "--user", "ada", "--limit", "1", *directory)
        self.assertEqual(len(done.stdout.splitlines()), 2)
        self.assertIn("there are more", done.stderr)
        done = self.run_pintle("backlog", "--destination", "another", *directory)
        self.assertEqual(done.returncode, 2)
        self.assertIn('there is none named "another"', done.stderr)
        done = self.run_pintle("backlog", "--config", self.folder / "pintle.yaml")
        self.assertEqual((done.returncode, done.stdout), (0, listed[()]))
        self.assertIn(f"reading the journal in {self.folder / 'journal'}", done.stderr)

    def test_a_check_of_a_running_daemons_journal_says_what_to_do(self):
        _, daemon = self.start_both()
        for command in ("check", "repair"):
            done = self.run_pintle("journal", command, "--directory", self.folder / "journal")
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn(f"is in use by process {daemon.child.pid}\n", done.stderr)
            done = self.run_pintle("journal", command, "--json", "--directory", self.folder / "journal")
            self.assertEqual(done.returncode, 1)
            found = json.loads(done.stdout)
            self.assertEqual((found["state"], found["process"]), ("in_use", daemon.child.pid))
            self.assertIn(f"pintle journal {command} --directory {self.folder / 'journal'}\n", done.stderr)
        self.assertEqual(daemon.stop(), 0)
        done = self.run_pintle("journal", "check", "--directory", self.folder / "journal")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_check_accounts_for_every_event_and_names_the_format(self):
        sandbox, daemon = self.start_both()
        at = ("--admin", self.address(daemon))
        sandbox.faults(fail_rate=1, fail_status=400)
        for number in range(4):
            daemon.send("/v1/track", {"userId": f"u{number}", "event": "e", "messageId": str(number)})
        wait_until(lambda: len(daemon.dead_letters()) == 4, "the dead letters")
        self.assertEqual(ask(daemon, "DELETE", "/api/dead-letters?user=u0"), {"purged": 1})
        sandbox.faults(fail_rate=0)
        self.assertEqual(self.run_pintle("dead-letters", "replay", "--user", "u1", *at).returncode, 0)
        wait_until(lambda: daemon.metrics().ledger()["delivered"] == 1, "the delivery")
        ask(daemon, "POST", "/api/destinations/customerio/pause")
        daemon.send("/v1/track", {"userId": "u", "event": "e", "messageId": "pending"})
        self.assertEqual(daemon.stop(), 0)
        done = self.run_pintle("journal", "check", "--directory", self.folder / "journal")
        self.assertEqual(done.stdout.splitlines(), [
            "journal format 1",
            "customerio: 6 taken in: 1 delivered, 1 pending, 2 dead letters, 1 dead-lettered and replayed, "
            "1 dead-lettered and purged, 0 lost",
            "5 message ids remembered", f"{self.folder / 'journal'}: fine"])
        self.assertEqual(self.run_pintle("version").stdout.splitlines()[1:], ["journal format 1"])

    def test_a_damaged_table_costs_no_more_than_its_block_whatever_reads_it(self):
        sandbox, daemon = self.start_both()
        ask(daemon, "POST", "/api/destinations/customerio/pause")
        text = random.Random(7)
        daemon.send("/v1/batch", {"batch": [
            {"type": "track", "userId": f"u{number}", "event": "e", "properties": {"text": text.randbytes(1000).hex()}}
            for number in range(200)]})
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(self.start_daemon(self.config(sandbox.url)).stop(), 0)  # writes a table
        journal = self.folder / "journal"
        table = max(journal.glob("*.sst"), key=lambda file: file.stat().st_size)
        with open(table, "r+b") as file:
            file.seek(table.stat().st_size // 2)
            file.write(bytes(100))
        at = ("--directory", journal)
        done = self.run_pintle("journal", "check", "--json", *at)
        found = json.loads(done.stdout)
        lost = found["newly_lost"]
        self.assertEqual((done.returncode, found["state"]), (1, "damaged"), done.stdout)
        self.assertTrue(0 < lost < 40, found)
        self.assertIn(f"{lost} lost\n", self.run_pintle("journal", "check", *at).stdout)
        done = self.run_pintle("backlog", "--json", "--limit", "0", *at)
        self.assertEqual((done.returncode, len(done.stdout.splitlines())), (1, 200 - lost))
        self.assertIn(f"{lost} entries cannot be read", done.stderr)
        done = self.run_pintle("journal", "repair", *at)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn(f"{200 - lost} pending, 0 dead letters, {lost} lost\n", done.stdout)
        self.assertIn(f"repaired, but {lost} events or dead letters are lost; as it was it is in", done.stdout)
        done = self.run_pintle("journal", "check", "--json", *at)
        self.assertEqual((done.returncode, json.loads(done.stdout)["state"]), (0, "fine"))
        self.assertEqual(self.run_pintle("journal", "repair", *at).returncode, 0)  # nothing more is lost
        daemon = self.start_daemon(self.config(sandbox.url))
        ask(daemon, "POST", "/api/destinations/customerio/resume")
        wait_until(lambda: daemon.metrics().ledger()["delivered"] == 200 - lost, "the deliveries")
        done = self.run_pintle("status", "--admin", self.address(daemon))
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertTrue(done.stdout.startswith(f"healthy, but the disk has lost {lost} events or dead letters; "), done.stdout)

    def test_a_check_tells_a_script_where_there_is_no_journal(self):
        for directory in (self.folder / "nothing", Path(__file__)):
            done = self.run_pintle("journal", "check", "--json", "--directory", directory)
            self.assertEqual((done.returncode, json.loads(done.stdout)["state"]), (1, "no_journal"))

    def test_a_check_says_that_the_stream_of_an_old_name_is_empty(self):
        sandbox, daemon = self.start_both()
        self.assertEqual(daemon.stop(), 0)
        settings = self.config(sandbox.url, name="eu", formerly="customerio")
        settings["sources"][0]["destination"] = "eu"
        self.assertEqual(self.start_daemon(settings).stop(), 0)
        done = self.run_pintle("journal", "check", "--directory", self.folder / "journal")
        self.assertIn("eu: empty\n", done.stdout)

    def test_what_cannot_be_done_is_said(self):
        _, daemon = self.start_both()
        at = ("--admin", self.address(daemon))
        for command in ("pause", "resume"):
            done = self.run_pintle(command, "a/b", *at)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn("does not exist; allowed: customerio", done.stderr)
        self.assertEqual(self.run_pintle("pause", *at).returncode, 2)
        self.assertEqual(self.run_pintle("backlog", "--destination", "another", *at).returncode, 2)
        self.assertEqual(self.run_pintle("pause", "customerio", "--message", "x" * 501, *at).returncode, 2)


class EventLog(Operator):
    def lines(self, daemon):
        found = [json.loads(line) for line in daemon.output().splitlines()]
        return [line for line in found if line["event"] == "event_outcome"]

    def test_what_became_of_each_event_is_a_line_of_the_log(self):
        sandbox = self.start_sandbox()
        config = self.config(sandbox.url) | {"log": {"format": "json", "events": "all"}}
        daemon = self.start_daemon(config)
        paid = track("ada", "Paid", messageId="m1")
        for answer, event in ((200, paid), (200, paid), (400, {"event": "Nobody's", "messageId": "m2"})):
            self.assertEqual(daemon.send("/v1/track", event).status, answer)
        sandbox.faults(fail_rate=1, fail_status=400)
        self.assertEqual(daemon.send("/v1/track", track("bob", "Refused", messageId="m3")).status, 200)
        wait_until(lambda: len(self.lines(daemon)) == 6, "the lines of each event")
        lines = {(line["outcome"], line["message_id"]): line for line in self.lines(daemon)}
        # The delivery and the repeat are two outcomes of two events with one id.
        self.assertEqual(sorted(lines), [("accepted", "m1"), ("accepted", "m3"), ("dead_letter", "m3"), ("delivered", "m1"),
                                         ("dropped", "m1"), ("rejected", "m2")])
        delivered = lines["delivered", "m1"]
        self.assertEqual([delivered[key] for key in ("type", "name", "user", "destination", "status", "attempts")],
                         ["track", "Paid", "ada", "customerio", 200, 1])
        self.assertEqual(lines["dropped", "m1"]["reason"], "duplicate")
        self.assertEqual(lines["rejected", "m2"]["reason"], "event_person_missing")
        self.assertEqual(lines["rejected", "m2"]["type"], "track")  # which the route says
        self.assertEqual(lines["dead_letter", "m3"]["reason"], "rejected_400")
        self.assertEqual(lines["dead_letter", "m3"]["letter"], "customerio/1")
        self.assertEqual(lines["delivered", "m1"]["letter"], "")
        dead = [line for line in map(json.loads, daemon.output().splitlines()) if line["event"] == "dead_letter"]
        self.assertEqual([line["letter"] for line in dead], ["customerio/1"])

        config["log"]["events"] = "failures"
        config["admin"] = config.get("admin", {}) | {"redact": True}
        (self.folder / "pintle.yaml").write_text(json.dumps(config))
        self.assertEqual(daemon.admin("/api/reload", "POST").status, 200)
        sandbox.faults(fail_rate=0)
        self.assertEqual(daemon.send("/v1/track", track("ada", "Paid", messageId="m4")).status, 200)
        self.assertEqual(daemon.send("/v1/track", {"event": "Nobody's", "messageId": "m5"}).status, 400)
        wait_until(lambda: daemon.destination()["delivered"] == 2, "the delivery")
        self.assertEqual([line["message_id"] for line in self.lines(daemon)[6:]], ["m5"])
        self.assertNotIn("ada", json.dumps(self.lines(daemon)[6:]))


class Top(Operator):
    def start_terminal(self, *arguments, **size):
        terminal = Terminal(*arguments, **size)
        self.addCleanup(terminal.clean_up)
        return terminal

    def test_a_line_of_json_each_interval_where_there_is_no_terminal(self):
        _, daemon = self.start_both()
        done = self.run_pintle("top", "--admin", self.address(daemon), "--interval", "0.2", "--count", "2")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        looks = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(len(looks), 2)
        self.assertEqual(looks[1]["received_per_second"], 0)
        self.assertEqual(looks[1]["destinations"][0]["name"], "customerio")

    def test_rates_are_measured(self):
        _, daemon = self.start_both()
        child = subprocess.Popen([PINTLE, "top", "--admin", self.address(daemon), "--interval", "0.2"],
                                 stdout=subprocess.PIPE, text=True)
        self.addCleanup(child.__exit__, None, None, None)
        self.addCleanup(child.kill)
        child.stdout.readline()
        daemon.send("/v1/batch", {"batch": [track("u", str(i)) for i in range(50)]})
        looks = []
        while not any(look["received_per_second"] for look in looks):
            looks.append(json.loads(child.stdout.readline()))
        child.send_signal(signal.SIGINT)
        self.assertEqual(child.wait(PATIENCE), 0)
        self.assertGreater(looks[-1]["destinations"][0]["in_per_second"], 0)
        self.assertGreater(looks[-1]["cpu"], 0)

    def test_a_daemon_that_ends_is_an_error_in_the_line(self):
        _, daemon = self.start_both()
        child = subprocess.Popen([PINTLE, "top", "--admin", self.address(daemon), "--interval", "0.2", "--json"],
                                 stdout=subprocess.PIPE, text=True)
        self.addCleanup(child.__exit__, None, None, None)
        self.addCleanup(child.kill)
        child.stdout.readline()
        daemon.kill()
        while "error" not in (look := json.loads(child.stdout.readline())):
            pass
        self.assertIn("no daemon answers", look["error"])

    def test_without_a_daemon_it_does_not_begin(self):
        done = self.run_pintle("top", "--admin", f"http://127.0.0.1:{free_port()}")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("no daemon answers", done.stderr)

    def test_on_a_terminal_q_ends_it_and_all_is_as_before(self):
        _, daemon = self.start_both()
        terminal = self.start_terminal("top", "--admin", self.address(daemon), "--interval", "0.2")
        wait_until(lambda: "received 0/s" in terminal.screen(), "the figures")
        self.assertIn("customerio", terminal.screen())
        terminal.write("q")
        self.assertEqual(terminal.wait(), 0)
        self.assertTrue(terminal.output.startswith("\x1b[?1049h\x1b[?25l"))
        self.assertTrue(terminal.output.endswith("\x1b[?25h\x1b[?1049l"))

    def test_ctrl_c_ends_it_too(self):
        _, daemon = self.start_both()
        terminal = self.start_terminal("top", "--admin", self.address(daemon))
        wait_until(lambda: "customerio" in terminal.screen(), "a screen")
        terminal.write("\x03")
        self.assertEqual(terminal.wait(), 0)
        self.assertTrue(terminal.output.endswith("\x1b[?25h\x1b[?1049l"))

    def test_a_terminal_that_becomes_narrow(self):
        _, daemon = self.start_both()
        terminal = self.start_terminal("top", "--admin", self.address(daemon), "--interval", "60", columns=140)
        wait_until(lambda: "P50" in terminal.screen(), "a wide screen")
        terminal.resize(40, 10)
        wait_until(lambda: "BACKLOG" in terminal.screen() and "P50" not in terminal.screen(), "a narrow one")
        self.assertLessEqual(max(map(len, terminal.screen().split("\r\n"))), 40)


class Tap(Operator):
    def start_tap(self, daemon, *options):
        child = subprocess.Popen([PINTLE, "tap", "--admin", self.address(daemon), *options], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True)
        self.addCleanup(child.__exit__, None, None, None)
        self.addCleanup(child.kill)
        child.lines, child.notes = [], []
        for stream, lines in ((child.stdout, child.lines), (child.stderr, child.notes)):
            threading.Thread(target=lambda s=stream, to=lines: to.extend(iter(s.readline, "")), daemon=True).start()
        return child

    def start_watching(self, sandbox, daemon, *options):
        """Starts a tap, and returns once it receives events."""
        child = self.start_tap(daemon, *options)
        probes = 0

        def seen():
            nonlocal probes
            probes += 1
            daemon.send("/v1/track", track("probe", f"probe-{probes}"))
            return any("probe" in line for line in child.lines)
        wait_until(seen, "the first line")
        return child

    def of(self, child, text):
        return [line for line in list(child.lines) if text in line]

    def test_shows_what_happens_to_an_event(self):
        sandbox, daemon = self.start_both()
        child = self.start_watching(sandbox, daemon)
        daemon.send("/v1/track", track("ada", "Order Completed", messageId="order-42"))
        lines = wait_until(lambda: (found := self.of(child, " ada ")) and len(found) >= 2 and found, "both lines")
        self.assertRegex(lines[0], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z  accepted +track +ada +Order Completed +customerio +- +order-42 +-\n$")
        self.assertRegex(lines[1], r"^\S+  delivered +track +ada +Order Completed +customerio +- +order-42 +-\n$")
        child.send_signal(signal.SIGINT)
        self.assertEqual(child.wait(PATIENCE), 0)

    def test_filters(self):
        sandbox, daemon = self.start_both()
        child = self.start_watching(sandbox, daemon, "--json", "--outcome", "delivered")
        daemon.send("/v1/track", track("ada", "wanted", properties={"n": 49.90}))
        line, = wait_until(lambda: self.of(child, '"wanted"'), "the line")
        event = json.loads(line)
        self.assertEqual((event["outcome"], event["user"], event["event"]["properties"]), ("delivered", "ada", {"n": 49.9}))
        self.assertEqual(event["request"]["path"], "/api/v1/customers/ada/events")

    def test_a_dead_letter_has_the_name_by_which_it_is_found(self):
        sandbox, daemon = self.start_both()
        sandbox.faults(refuse_text="poison")
        child = self.start_watching(sandbox, daemon, "--json")
        daemon.send("/v1/track", track("ada", "poison"))
        line, = wait_until(lambda: self.of(child, '"outcome":"dead_letter"'), "the line")
        shown = json.loads(line)
        listed = json.loads(self.run_pintle("dead-letters", "list", "--admin", self.address(daemon), "--json").stdout)
        self.assertEqual(shown["letter"], listed["letter"])
        found = self.run_pintle("dead-letters", "show", shown["letter"], "--admin", self.address(daemon))
        self.assertEqual(found.stdout.splitlines()[0], shown["letter"])
        self.assertEqual({json.loads(each)["letter"] for each in self.of(child, '"outcome":"accepted"')}, {""})

    def test_the_last_ones_first(self):
        sandbox, daemon = self.start_both()
        self.start_watching(sandbox, daemon)  # a connected stream, so that the daemon records a sample
        for i in range(5):
            daemon.send("/v1/track", track("ada", f"e{i}", messageId=f"m-{i}"))
        wait_until(lambda: len(daemon.admin("/api/events?user=ada&outcome=delivered").json()["events"]) == 5, "the events")
        child = self.start_tap(daemon, "--recent", "3", "--user", "ada", "--outcome", "delivered", "--json")
        wait_until(lambda: len(child.lines) >= 3, "three events")
        self.assertEqual([json.loads(line)["name"] for line in child.lines], ["e2", "e3", "e4"])
        daemon.send("/v1/track", track("ada", "e5"))
        wait_until(lambda: self.of(child, '"e5"'), "the one after them")
        self.assertEqual([json.loads(line)["name"] for line in child.lines], ["e2", "e3", "e4", "e5"])
        child = self.start_tap(daemon, "--recent", "9", "--message-id", "m-3", "--json")
        wait_until(lambda: len(child.lines) >= 2, "the outcomes of the event")
        self.assertEqual([(each["name"], each["outcome"]) for each in map(json.loads, child.lines)],
                         [("e3", "accepted"), ("e3", "delivered")])

    def test_a_daemon_that_comes_back_is_followed_on(self):
        sandbox = self.start_sandbox()
        config = self.config(sandbox.url)
        config["admin"]["listen"] = f"127.0.0.1:{free_port()}"
        daemon = self.start_daemon(config)
        child = self.start_watching(sandbox, daemon)
        daemon.kill()
        wait_until(lambda: any("connection to the daemon lost" in note for note in child.notes), "a note")
        daemon = self.start_daemon(config)
        wait_until(lambda: any("reconnected to the daemon" in note for note in child.notes), "another note")
        daemon.send("/v1/track", track("ada", "again"))
        wait_until(lambda: self.of(child, " again "), "the event")

    def test_nothing_in_an_event_can_steer_a_terminal(self):
        sandbox, daemon = self.start_both()
        child = self.start_watching(sandbox, daemon)
        daemon.send("/v1/track", track("ada", "a\x1b[2J\x9bb\nc"))
        line = wait_until(lambda: self.of(child, " ada "), "the line")[0]
        self.assertIn("a?[2J?b?c", line)

    def test_a_wrong_outcome_exits_2_and_no_daemon_1(self):
        _, daemon = self.start_both()
        done = self.run_pintle("tap", "--admin", self.address(daemon), "--outcome", "lost")
        self.assertEqual(done.returncode, 2)
        self.assertIn("dead_letter", done.stderr)
        done = self.run_pintle("tap", "--admin", f"http://127.0.0.1:{free_port()}", "--type", "trak")
        self.assertIn("trak is not one of track, identify, page, screen, group, alias;", done.stderr)
        done = self.run_pintle("tap", "--admin", self.address(daemon), "--destination", "nope")
        self.assertEqual(done.returncode, 2)
        self.assertIn("destination: does not exist; allowed: customerio", done.stderr)
        done = self.run_pintle("tap", "--admin", f"http://127.0.0.1:{free_port()}")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no daemon answers", done.stderr)

    def test_colours_are_for_terminals(self):
        sandbox, daemon = self.start_both()
        terminal = Terminal("tap", "--admin", self.address(daemon))
        self.addCleanup(terminal.clean_up)
        wait_until(lambda: "OUTCOME" in terminal.read(), "the header")
        daemon.send("/v1/track", track("ada", "e"))
        wait_until(lambda: "\x1b[32mdelivered\x1b[0m" in terminal.read(), "a coloured line")
        terminal.write("\x03")
        self.assertEqual(terminal.wait(), 0)


if __name__ == "__main__":
    main()
