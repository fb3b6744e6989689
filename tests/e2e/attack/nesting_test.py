"""JSON and YAML from any origin that is nested as deeply as its size allows is rejected or shown as text, and crashes no
program."""

import contextlib
import json
import os
import pathlib
import resource
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

from admin_api import Stream
from harness import (
    API_KEY, PATIENCE, PINTLE, SITE_ID, WRITE_KEY, EndToEnd, basic, call, environment, main, wait_until)
from peers import Peer, answers, works

DEEP = "[" * 100_000 + "]" * 100_000
TOO_DEEP = "nesting is deeper than 64 levels"
MIB = 1 << 20


def track(user, properties, name="e"):
    return (f'{{"type": "track", "userId": "{user}", "event": "{name}", "messageId": "{user}-{name}", '
            f'"properties": {properties}}}')


def nested(levels, user="u"):
    """An event with that many levels."""
    return track(user, '{"a": ' * (levels - 1) + "1" + "}" * (levels - 1), f"l{levels}")


def pintle(*arguments, stdin="", memory=None):
    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    env = environment()
    done = subprocess.run([PINTLE, *map(str, arguments)], input=stdin, capture_output=True, text=True, timeout=PATIENCE,
                          env=env, preexec_fn=limit if memory else None)
    assert done.returncode >= 0, f"died of signal {-done.returncode}: {done.stderr}"
    return done


class Events(EndToEnd):
    def send(self, daemon, path, text):
        return daemon.send(path, text.encode())

    def test_an_event_has_at_most_64_levels(self):
        for version in ("v1", "v2"):
            with self.subTest(version):
                sandbox, daemon = self.start_both(api_version=version)
                self.assertEqual(self.send(daemon, "/v1/track", nested(64, version)).status, 200)
                answer = self.send(daemon, "/v1/track", nested(65))
                self.assertEqual((answer.status, answer.json()["msg"]), (400, TOO_DEEP))
                for event in (track("u", DEEP), track("u", DEEP[:100_000]), DEEP):  # the size is checked first
                    answer = self.send(daemon, "/v1/track", event)
                    self.assertIn(answer.status, (400, 413), answer)
                self.assertEqual(len(sandbox.await_taken(1)), 1)
                daemon.stop()
                sandbox.stop()

    def test_an_envelope_and_a_list_may_not_be_deeper(self):
        _, daemon = self.start_both()
        for body in (f'{{"batch": [{nested(3)}], "x": {DEEP}}}', f'{{"batch": {DEEP}, "x": 1}}',
                     f'{{"context": {DEEP}, "batch": [{nested(3)}]}}'):
            answer = self.send(daemon, "/v1/batch", body)
            self.assertIn(answer.status, (200, 400), answer)
        self.assertEqual(self.send(daemon, "/v1/track", nested(3)).status, 200)

    def test_in_a_batch_it_becomes_a_dead_letter_that_can_be_shown(self):
        sandbox = self.start_sandbox()
        config = self.config(sandbox.url)
        for number, redact in enumerate((True, False, True)):
            with self.subTest(redact=redact, number=number):
                config["admin"]["redact"] = redact
                daemon = self.start_daemon(config)
                stream = Stream(daemon)
                kept = len(daemon.dead_letters())
                batch = f'{{"batch": [{nested(3, str(number))}, {track(f"deep{number}", DEEP)}]}}'
                self.assertEqual(self.send(daemon, "/v1/batch", batch).status, 200)
                letters = daemon.dead_letters()
                self.assertEqual(len(letters), kept + 1)
                for letter in letters:
                    self.assertEqual((letter["reason"], letter["message"]), ("nested_too_deep", TOO_DEEP))
                    self.assertIsInstance(letter["event"], str)
                    self.assertEqual(letter["event"] == "[redacted]", redact)
                self.assertIn(TOO_DEEP, self.outcomes(stream))
                self.assertEqual(daemon.admin("/api/events?limit=10").status, 200)
                admin = f"http://127.0.0.1:{daemon.admin_port}"
                for command in (["dead-letters", "list"], ["dead-letters", "list", "--json"],
                                ["dead-letters", "show", f"customerio/{letters[0]['id']}"],
                                ["dead-letters", "replay", "--all"], ["status"]):
                    done = pintle(*command, "--admin", admin)
                    self.assertIn(done.returncode, (0, 1), done.stderr)
                self.assertEqual(daemon.dead_letters(), letters)
                self.assertEqual(daemon.stop(), 0)

    def outcomes(self, stream):
        messages = []
        while TOO_DEEP not in messages:
            line = stream.line()
            if line.startswith("data: "):
                messages.append(json.loads(line.removeprefix("data: ")).get("message"))
        return messages

    def test_transform_says_so(self):
        _, daemon = self.start_both()
        answer = call(daemon.admin_port, "POST", "/api/transform", track("u", DEEP).encode())
        self.assertIn(TOO_DEEP, answer.text)
        config = self.folder / "transform.yaml"
        config.write_text("destinations: [{name: customerio, site_id: a, api_key: b}]")
        done = pintle("transform", "--config", config, stdin=f"{track('u', DEEP)}\n{DEEP}\n{nested(64)}\n")
        self.assertEqual([json.loads(line).get("error") for line in done.stdout.splitlines()][::2], [TOO_DEEP, None])

    def test_the_sandbox_rejects_it(self):
        sandbox = self.start_sandbox()
        self.assertEqual(sandbox.call("PUT", "/faults", DEEP.encode()).status, 400)
        headers = {"Authorization": basic(SITE_ID, API_KEY)}
        for path, body in (("/api/v1/customers/u", '{"a": ' + DEEP[90_000:110_000] + "}"),
                           ("/api/v2/batch", '{"batch": [{"type": "person", "x": ' + DEEP + "}]}")):
            self.assertEqual(sandbox.call("POST" if "batch" in path else "PUT", path, body.encode(), headers).status, 400)
        self.assertEqual(len(sandbox.requests()), 2)


class Responses(EndToEnd):
    def test_a_207_that_is_nested_deeply_is_tried_again(self):
        for body in (DEEP, '{"errors": [{"batch_index": 0, "x": ' + DEEP + "}]}", '{"errors":' * 20_000):
            with self.subTest(body[:20]):
                answer = f"HTTP/1.1 207 Multi-Status\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
                peer = Peer(answers(answer))
                self.addCleanup(peer.close)
                config = self.config(f"http://127.0.0.1:{peer.port}", api_version="v2", ca_file="")
                config["journal"]["directory"] = str(self.folder / f"journal-{peer.port}")
                daemon = self.start_daemon(config)
                for i in range(3):
                    self.assertEqual(daemon.send("/v1/track", track("u", "{}", f"e{i}").encode()).status, 200)
                wait_until(lambda: daemon.destination()["retries"] >= 2, "tries in vain")
                peer.behave = works
                peer.hang_up()
                wait_until(lambda: daemon.destination()["backlog_events"] == 0, "the delivery")
                self.assertEqual(daemon.dead_letters(), [])

    def test_errors_of_any_status_are_reasons(self):
        for status in (400, 503):
            answer = f"HTTP/1.1 {status} x\r\nContent-Length: {len(DEEP)}\r\n\r\n{DEEP}".encode()
            peer = Peer(answers(answer))
            self.addCleanup(peer.close)
            config = self.config(f"http://127.0.0.1:{peer.port}", ca_file="")
            config["journal"]["directory"] = str(self.folder / f"journal-{status}")
            daemon = self.start_daemon(config)
            self.assertEqual(daemon.send("/v1/track", track("u", "{}").encode()).status, 200)
            wait_until(lambda: daemon.destination()["retries"] or daemon.dead_letters(), "the answer")
            self.assertEqual(daemon.admin("/health").status, 200)


class Commands(EndToEnd):
    def test_those_that_ask_a_daemon_survive_what_answers(self):
        bodies = (DEEP, '{"version": "1", "destinations": ' + DEEP + "}", '{"dead_letters": [' + DEEP + "]}",
                  '{"dead_letters": [{"id": 1, "destination": "d", "event": ' + DEEP + "}]}",
                  '{"changed": ' + DEEP + "}", '{"error": ' + DEEP + "}")
        for body in bodies:
            for status in (200, 422):
                answer = f"HTTP/1.1 {status} x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
                peer = Peer(answers(answer))
                self.addCleanup(peer.close)
                for command in (["status"], ["status", "--json"], ["dead-letters", "list"],
                                ["dead-letters", "show", "d/1"], ["dead-letters", "purge", "--all", "--yes"],
                                ["reload"]):
                    with self.subTest(body=body[:30], status=status, command=command):
                        pintle(*command, "--admin", f"http://127.0.0.1:{peer.port}")

    def test_tap_survives_what_answers(self):
        sent = threading.Event()

        def streams(peer, connection):
            peer.read(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
                               b": pintle\n\nevent: event\ndata: " + DEEP.encode() + b"\n\n"
                               b"event: skipped\ndata: " + DEEP.encode() + b"\n\n")
            sent.set()
            peer.read(connection)
        peer = Peer(streams)
        self.addCleanup(peer.close)
        child = subprocess.Popen([PINTLE, "tap", "--admin", f"http://127.0.0.1:{peer.port}"], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE)
        self.addCleanup(child.__exit__, None, None, None)
        self.addCleanup(child.kill)
        self.assertTrue(child.stdout.read(1000).startswith(b"[[[["))
        child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.communicate(timeout=PATIENCE)
        self.assertIn(child.returncode, (0, -15))

    def test_send_rejects_the_line(self):
        sandbox, daemon = self.start_both()
        path = self.folder / "events.ndjson"
        path.write_text(f"{track('u', DEEP)}\n{nested(3)}\n{DEEP}\n")
        progress = self.folder / "events.ndjson.pintle-progress"
        progress.write_text('{"offset": 0, "file": ' + DEEP + "}")
        arguments = ("import", path, "--url", f"http://127.0.0.1:{daemon.port}", "--write-key", WRITE_KEY)
        self.assertEqual(pintle(*arguments).returncode, 1)
        done = pintle(*arguments, "--restart")
        self.assertIn(TOO_DEEP, done.stderr)
        self.assertEqual(len(sandbox.await_taken(1)), 1)
        self.assertEqual(len((self.folder / "events.ndjson.rejected").read_text().splitlines()), 2)

    def test_a_configuration_is_refused_in_bounded_memory(self):
        keys = ", ".join(f"k{i}: 1" for i in range(4000))
        laughs = "a0: &a0 [x, x]\n" + "".join(
            f"a{i + 1}: &a{i + 1} [{', '.join([f'*a{i}'] * 9)}]\n" for i in range(20))
        for name, text in {
            "sequences": "sources: " + "[" * 100_000,
            "maps": "sources: " + "{a: " * 100_000,
            "indented": "".join(" " * i + "a:\n" for i in range(2000)),
            "laughs": laughs + "sources: *a20\n",
            "repeated": f"x: &a {{{keys}}}\nsources: [{', '.join(['*a'] * 4000)}]\n",
            "itself": "sources: &a [*a, {name: *a}]\n",
        }.items():
            with self.subTest(name):
                path = self.folder / f"{name}.yaml"
                path.write_text(text)
                # A limit of address space; a sanitizer takes terabytes of it.
                memory = None if os.environ.get("PINTLE_TEST_MEMORY_MIB") == "0" else 512 * MIB
                done = pintle("check-config", path, memory=memory)
                self.assertEqual(done.returncode, 2, done.stderr[:1000])
                self.assertIn(f"{name}.yaml:", done.stderr)
                self.assertLess(len(done.stderr), MIB)


if __name__ == "__main__":
    main()
