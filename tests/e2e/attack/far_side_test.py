"""A hostile server in place of Customer.io: its responses cost bounded memory, credentials go to no other host and never in
the clear, and no identifier turns a request into another one."""

import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

from harness import PINTLE, EndToEnd, environment, main, wait_until
from network_test import Network
from peers import answers, floods, works

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
FILLER = b"x" * 60_000
MEMORY_MIB = int(os.environ.get("PINTLE_TEST_MEMORY_MIB", "200"))


def peak_mib(daemon):
    with open(f"/proc/{daemon.child.pid}/status") as status:
        return next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM"))


class Answers(Network):
    def test_without_end_cost_no_memory_and_delivery_goes_on_after_them(self):
        for what, behave, reason in (
            ("a header", floods(b"HTTP/1.1 200 OK\r\nA: ", FILLER), "is not HTTP: header limit exceeded"),
            ("headers", floods(b"HTTP/1.1 200 OK\r\n", b"A: " + FILLER + b"\r\n"), "is not HTTP: header limit exceeded"),
            ("interim answers", floods(b"", b"HTTP/1.1 103 Early Hints\r\nA: " + FILLER[:30_000] + b"\r\n\r\n"),
             "is not HTTP: too many 1xx responses"),
            ("a chunk's extensions", floods(CHUNKED + b"1;a=", FILLER), "chunk's extensions or the trailers are over 32 KiB"),
            ("chunks with extensions", floods(CHUNKED, b"1;a=" + FILLER[:30_000] + b"\r\nx\r\n"), "it is over 8 MiB"),
            ("trailers", floods(CHUNKED + b"0\r\n", b"A: " + FILLER + b"\r\n"),
             "chunk's extensions or the trailers are over 32 KiB"),
        ):
            with self.subTest(what):
                self.fails_then_works(behave, reason)
                if MEMORY_MIB:
                    self.assertLess(peak_mib(self.daemon), MEMORY_MIB)

    def test_trailers_override_nothing(self):
        answer = (b"HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nTransfer-Encoding: chunked\r\n\r\n"
                  b"0\r\nRetry-After: 86400\r\nLocation: http://127.0.0.1/\r\n\r\n")
        peer = self.start_peer(answers(answer))
        self.start(f"http://127.0.0.1:{peer.port}")
        self.send("e1", "e2")
        self.fails()  # it would not fail if pintle waited for a day
        peer.behave = works
        peer.hang_up()
        self.arrives(peer, "e1", "e2")


class InTheClear(EndToEnd):
    def test_plain_http_goes_to_this_host_alone(self):
        config = self.folder / "pintle.yaml"
        for url, fine in {"http://127.0.0.1:1": True, "http://[::1]:1": True, "http://localhost:1": True,
                          "https://cio.example": True, "http://cio.example": False, "http://10.1.2.3": False,
                          "http://track.customer.io": False, "http://localhost.example": False}.items():
            config.write_text("listen: 127.0.0.1:0\nadmin: {listen: 127.0.0.1:0}\n"
                              f"journal: {{directory: {self.folder}/journal}}\n"
                              "sources: [{write_key: wk, destination: d}]\n"
                              "destinations:\n  - name: d\n    site_id: s\n    api_key: k\n"
                              f"    base_url: \"{url}\"\n")
            for command in ("check-config", "serve"):
                if fine and command == "serve":
                    continue
                with self.subTest(url=url, command=command):
                    done = subprocess.run([PINTLE, command, "--config", str(config)], capture_output=True, text=True,
                                          env=environment(), timeout=60)
                    self.assertEqual(done.returncode, 0 if fine else 2, done.stderr)
                    if not fine:
                        self.assertEqual(done.stderr.splitlines(), [
                            f"{config}:9: destinations[0].base_url: http:// is allowed for this host only (127.0.0.0/8, "
                            "::1, localhost), as credentials and events would be sent unencrypted; use https://"])
        self.assertFalse((self.folder / "journal").exists())

    def test_a_reload_refuses_it_too(self):
        sandbox, daemon = self.start_both()
        path = self.folder / "pintle.yaml"
        path.write_text(path.read_text().replace(sandbox.url, "http://cio.example"))
        answer = daemon.admin("/api/reload", "POST")
        self.assertEqual(answer.status, 422)
        self.assertIn("http:// is allowed for this host only", answer.text)


class Identifiers(EndToEnd):
    def test_dots_are_no_persons_and_no_devices(self):
        for version in ("v1", "v2"):
            with self.subTest(version):
                sandbox, daemon = self.start_both(api_version=version)
                removes = {"type": "track", "event": "Application Uninstalled", "userId": "ada",
                           "context": {"device": {"token": ".."}}}
                self.assertEqual(daemon.send("/v1/track", removes).json()["msg"], "device token cannot be . or ..")
                for dots in (".", ".."):
                    for event in ({"type": "identify", "userId": dots, "traits": {"a": 1}},
                                  {"type": "track", "event": "e", "properties": {"email": dots}}):
                        answer = daemon.send(f"/v1/{event['type']}", event)
                        self.assertEqual((answer.status, answer.json()["msg"]), (400, "person id cannot be . or .."))
                batch = [removes, {"type": "identify", "userId": "..", "traits": {}},
                         {"type": "identify", "userId": "...", "traits": {}}]
                before = len(daemon.dead_letters())
                self.assertEqual(daemon.send("/v1/batch", {"batch": batch}).status, 200)
                taken = sandbox.await_taken(1)
                self.assertEqual(len(taken), 1)
                self.assertNotIn("..", taken[0]["path"].replace("...", ""))
                wait_until(lambda: len(daemon.dead_letters()) == before + 2, "the dead letters")
                daemon.stop()
                sandbox.stop()


if __name__ == "__main__":
    main()
