"""Hostile text from senders, Customer.io and operators reaches no log line, terminal or JSON unescaped."""

import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

from admin_api import Stream, ask  # noqa: E402
from harness import PATIENCE, PINTLE, EndToEnd, call, environment, main, wait_until  # noqa: E402
from peers import Peer, answers  # noqa: E402
from terminal import Terminal  # noqa: E402

# Ends the quotes and the line, forges another line, clears the screen (ESC and its C1 form), reverses the direction of
# writing, and has line ends that only some programs recognize.
HOSTILE = ('x" level=critical\n2026-01-01T00:00:00.000Z critical journal_lost\r\x1b[2J\x9b2J\x07\x7f'
           '\u202egpj\u2066\u200f\u2028\u0085\\')
# The only control characters that a program may print.
PLAIN = re.compile("[\n\t\x20-\x7e\xa0-\u061b\u061d-\u200d\u2010-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\U0010ffff]*")
LOG_LINE = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]{12}Z (trace|debug|info|warn|error|critical) [a-z_]+( .*)?")
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')


def track(user, name):
    return {"type": "track", "userId": user, "event": name, "messageId": user + name}


class Text(EndToEnd):
    def assert_plain(self, text):
        end = PLAIN.match(text).end()
        self.assertEqual(text[end:end + 1], "", f"after {text[max(0, end - 60):end]!r}")

    def output_of(self, daemon):
        """The daemon's log, in which every line is its own."""
        text = daemon.log.read_bytes().decode()  # the whole log is UTF-8
        self.assert_plain(text)
        return text.splitlines()

    def assert_own_lines(self, daemon):
        lines = self.output_of(daemon)
        for line in lines:
            self.assertRegex(line, LOG_LINE)
            self.assertNotIn("journal_lost", QUOTED.sub("", line), "only between quotes")
            self.assertNotIn("level=critical", QUOTED.sub("", line))
        return lines

    def run_pintle(self, *arguments):
        done = subprocess.run([PINTLE, *map(str, arguments)], capture_output=True, timeout=PATIENCE,
                              env={"PATH": os.environ["PATH"]})
        for output in (done.stdout, done.stderr):
            self.assert_plain(output.decode())
        return done.stdout.decode()

    def hostile_answers(self):
        """A Customer.io that rejects with hostile text."""
        body = json.dumps({"meta": {"error": HOSTILE}}, ensure_ascii=False).encode() + b"\xff"
        return answers(b"HTTP/1.1 400 Bad\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    def start_against(self, peer, **log):
        config = self.config(f"http://127.0.0.1:{peer.port}")
        config["destinations"][0].pop("ca_file")
        config["log"] = {"level": "debug"} | log
        return self.start_daemon(config)

    def test_a_pause_message_forges_no_log_line(self):
        _, daemon = self.start_both()
        ask(daemon, "POST", "/api/destinations/customerio/pause?message=" + urllib.parse.quote(HOSTILE))
        paused, = [line for line in self.assert_own_lines(daemon) if "destination_paused" in line]
        self.assertIn(r'message="x\" level=critical\n2026-01-01T00:00:00.000Z critical journal_lost\r\u001b[2J'
                      r'\u009b2J\u0007\u007f\u202egpj\u2066\u200f\u2028\u0085\\"', paused)
        self.assertEqual(daemon.destination()["paused"]["message"], HOSTILE, "it is shown whole")
        for path in ("/api/status", "/api/destinations", "/ready"):
            self.assert_plain(daemon.admin(path).text)
        shown = self.run_pintle("status", "--admin", f"http://127.0.0.1:{daemon.admin_port}")
        self.assertEqual(len([line for line in shown.splitlines() if "journal_lost" in line]), 1)
        ask(daemon, "POST", "/api/destinations/customerio/pause?message=" + "x" * 501, status=400)
        ask(daemon, "POST", "/api/destinations/customerio/pause?message=%ff", status=400)

    def test_what_senders_and_customer_io_say_stays_in_its_place(self):
        peer = Peer(self.hostile_answers())
        self.addCleanup(peer.close)
        daemon = self.start_against(peer)
        stream = Stream(daemon)
        self.addCleanup(stream.close)
        self.assertEqual(daemon.send("/v1/track", track(HOSTILE, HOSTILE), {
            "X-Write-Key": "write-key", "User-Agent": 'x" level=critical', "X-Forwarded-For": "1.2.3.4\x9b2J"}).status,
            200)
        with_raw = json.dumps(track("raw", HOSTILE), ensure_ascii=False).encode()
        self.assertEqual(daemon.send("/v1/track", with_raw).status, 200)
        for path in ("/v1/" + urllib.parse.quote(HOSTILE), "/v1/track?writeKey=" + urllib.parse.quote(HOSTILE)):
            self.assertIn(call(daemon.port, "POST", path, {}).status, (401, 404))
        wait_until(lambda: len(daemon.dead_letters()) == 2, "both dead letters")
        self.assert_own_lines(daemon)

        for path in ("/api/dead-letters", "/api/events", "/api/status", "/metrics"):
            self.assert_plain(daemon.admin(path).text)
        letter = next(each for each in ask(daemon, "GET", "/api/dead-letters")["dead_letters"]
                      if each["event"]["userId"] == HOSTILE)
        self.assertEqual(letter["event"]["event"], HOSTILE, "it is told whole")
        seen = stream.until(lambda event: event["outcome"] == "dead_letter" and event["user"] == HOSTILE)
        self.assertEqual(seen[-1]["event"]["event"], HOSTILE)

        address = ("--admin", f"http://127.0.0.1:{daemon.admin_port}")
        names = [f"customerio/{each['id']}" for each in daemon.dead_letters()]
        for command in (["status"], ["status", "--json"], ["top", "--json", "--count", "1", "--interval", "0.1"],
                        ["dead-letters", "list"], ["dead-letters", "list", "--json"],
                        *(["dead-letters", "show", name] for name in names),
                        *(["dead-letters", "show", "--json", name] for name in names),
                        ["dead-letters", "replay", "--all"]):
            shown = self.run_pintle(*command, *address)
            if "--json" in command:
                for line in shown.splitlines():
                    json.loads(line)
        for command in (["tap", "--recent", "10"], ["tap", "--recent", "10", "--json"]):
            terminal = Terminal(*command, *address, columns=200)
            self.addCleanup(terminal.clean_up)
            lines = wait_until(lambda: re.fullmatch("(?s).*dead_letter.*\r\n", terminal.read()), "the tap's lines")[0]
            text = re.sub("\x1b\\[[0-9]*m", "", lines).replace("\r\n", "\n")  # the program's own colours
            self.assert_plain(text)

    def test_the_json_log_is_json_whatever_is_logged(self):
        peer = Peer(self.hostile_answers())
        self.addCleanup(peer.close)
        daemon = self.start_against(peer, format="json")
        ask(daemon, "POST", "/api/destinations/customerio/pause?message=" + urllib.parse.quote(HOSTILE))
        ask(daemon, "POST", "/api/destinations/customerio/resume")
        self.assertEqual(daemon.send("/v1/track", track(HOSTILE, HOSTILE)).status, 200)
        wait_until(lambda: '"event":"dead_letter"' in daemon.output(), "the dead letter's line")
        lines = [json.loads(line) for line in self.output_of(daemon)]
        for line in lines:
            self.assertEqual(list(line)[:3], ["time", "level", "event"])
            self.assertRegex(line["event"], "^[a-z_]+$")
        letter = next(line for line in lines if line["event"] == "dead_letter")
        self.assertEqual((letter["level"], letter["destination"], letter["attempts"]), ("warn", "customerio", 1))

    def test_a_start_that_fails_is_told_in_json_too(self):
        config = self.folder / "bad.yaml"
        config.write_text("log: {format: json}\nlisten: nowhere\n")
        done = subprocess.run([PINTLE, "serve", "--config", config], capture_output=True, timeout=PATIENCE,
                              env=environment())
        self.assertEqual(done.returncode, 2)
        problems = [json.loads(line) for line in done.stderr.decode().splitlines()]
        self.assertEqual({line["event"] for line in problems if line["level"] == "error"}, {"configuration_problem"})
        self.assertTrue(any("bad.yaml:2: listen" in line["text"] for line in problems), problems)

        with socket.create_server(("127.0.0.1", 0)) as taken:
            whole = self.config("http://127.0.0.1:1") | {"log": {"format": "json"}}
            whole["destinations"][0].pop("ca_file")
            whole["listen"] = f"127.0.0.1:{taken.getsockname()[1]}"
            config.write_text(json.dumps(whole))
            done = subprocess.run([PINTLE, "serve", "--config", config], capture_output=True, timeout=PATIENCE,
                              env=environment())
        self.assertEqual(done.returncode, 1)
        failure = json.loads(done.stderr.decode().splitlines()[-1])
        self.assertEqual((failure["level"], failure["event"]), ("critical", "serve_failed"))
        self.assertIn("Address already in use", failure["message"])

    def test_what_check_config_quotes_does_nothing(self):
        path = self.folder / "hostile.yaml"
        # YAML escapes, because the raw characters are not valid YAML.
        path.write_text(r'''
"a\e[2J\n\u202e": 1
log: {level: "x\e[2J\n/etc/passwd: fine\u202e\x9b"}
listen: "\e[2J"
destinations: [{name: "d\u202e", site_id: s, api_key: k, region: "\e[2J", base_url: "http://\e[2J\n"}]
sources: [{name: "s\x9b", write_key: k, destination: "\e[2J\u2028"}]
''')
        done = subprocess.run([PINTLE, "check-config", path], capture_output=True, timeout=PATIENCE, env=environment())
        self.assertEqual(done.returncode, 2, done)
        self.assert_plain(done.stderr.decode())
        for line in done.stderr.decode().splitlines():
            self.assertTrue(line.startswith((str(path), "warning: ")), line)

    def test_the_sandboxs_request_log_and_pintle_transform(self):
        sandbox = self.start_sandbox("--plain")
        body = json.dumps({"name": HOSTILE}, ensure_ascii=False).encode() + b"\xff"
        call(sandbox.port, "POST", "/api/v1/customers/u/events?" + urllib.parse.quote(HOSTILE), body)
        wait_until(lambda: "/events?" in sandbox.output(), "the line")
        self.assert_plain(sandbox.log.read_bytes().decode())
        self.assert_plain(call(sandbox.port, "GET", "/requests").text)
        config = self.folder / "transform.yaml"
        config.write_text(json.dumps(self.config(sandbox.url)))
        event = json.dumps(track("u", "e") | {"properties": {"a": HOSTILE}}, ensure_ascii=False)
        for text in (event, "\x1b[2J", '{"type":"\x9b"}'):
            done = subprocess.run([PINTLE, "transform", "--config", config], input=(text + "\n").encode(),
                                  capture_output=True, timeout=PATIENCE)
            self.assert_plain(done.stdout.decode())
            self.assertEqual(len(done.stdout.splitlines()), 1)
            json.loads(done.stdout)


if __name__ == "__main__":
    main()
