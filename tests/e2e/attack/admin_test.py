"""Attacks on the admin listener: DNS rebinding, guesses of the token, files that block, request smuggling."""

import contextlib
import json
import os
import pathlib
import re
import resource
import signal
import socket
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

from admin_api import Stream, ask  # noqa: E402
from harness import PATIENCE, EndToEnd, basic, call, main, wait_until  # noqa: E402

MEMORY_MIB = int(os.environ.get("PINTLE_TEST_MEMORY_MIB", "450"))


def exchange(port, request):
    """Everything that the daemon answers to these bytes, until the connection ends or a second passes without data."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        got = b""
        with contextlib.suppress(ConnectionError):
            while piece := connection.recv(1 << 16):
                got += piece
    return got


def statuses(answers):
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3})", answers)]


class Names(EndToEnd):
    def test_a_host_that_only_begins_like_ours_is_refused(self):
        _, daemon = self.start_both()
        port = daemon.admin_port
        for host in (f"127.0.0.1:{port}.evil.example", "[::1].evil.example", "localhost:1:evil.example",
                     f"127.0.0.1:{port}@evil.example", "127.0.0.1:evil.example", "localhost.evil.example."):
            for path in ("/api/status", "/metrics"):
                self.assertEqual(daemon.admin(path, headers={"Host": host}).status, 400 if "@" in host else 403, host)
            self.assertIn(daemon.admin("/api/destinations/customerio/pause", "POST", {"Host": host}).status, (400, 403), host)
        for origin in (f"http://127.0.0.1:{port}.evil.example", f"http://127.0.0.1:{port}@evil.example"):
            ask(daemon, "POST", "/api/destinations/customerio/pause", headers={"Origin": origin}, status=403)
        ask(daemon, "GET", "/api/status", headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
            status=403)
        absolute = f"GET http://evil.example/api/status HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
        self.assertEqual(statuses(exchange(port, absolute)), [403])
        self.assertFalse(daemon.destination()["paused"])
        ask(daemon, "GET", "/api/status", headers={"Host": f"LOCALHOST.:{port}"})


class Guessing(EndToEnd):
    def start_with_token(self, token="s3cret"):
        sandbox = self.start_sandbox()
        config = self.config(sandbox.url)
        config["admin"]["token"] = token
        return config, self.start_daemon(config)

    def ask_with(self, daemon, token):
        return daemon.admin("/api/status", headers={"Authorization": f"Bearer {token}"})

    def test_guesses_are_slowed_and_logged(self):
        config, daemon = self.start_with_token()
        answers = [self.ask_with(daemon, f"guess-{i}") for i in range(100)]
        self.assertEqual(answers[0].status, 401)
        slowed = [answer for answer in answers if answer.status == 429]
        self.assertGreater(len(slowed), 80)
        self.assertGreaterEqual(int(slowed[0].headers["Retry-After"]), 1)
        lines = re.findall(r"admin_token_rejected address=(\S+) count=(\d+)", daemon.output())
        self.assertEqual(lines, [("127.0.0.1", "1")], "a line a minute")
        self.assertNotIn("guess-1", daemon.output())
        self.assertEqual(daemon.admin("/api/status").status, 401, "who sends none does not guess")
        for path in ("/health", "/ready"):
            self.assertEqual(daemon.admin(path).status, 200)

        def right():
            answer = self.ask_with(daemon, "s3cret")
            return answer.status == 200
        wait_until(right, "the end of the wait", 0.2)

    def test_another_token_by_a_reload_ends_the_wait(self):
        config, daemon = self.start_with_token()
        statuses = [self.ask_with(daemon, "wrong").status for _ in range(30)]
        self.assertEqual(statuses[-1], 429)
        config["admin"]["token"] = "another"
        (self.folder / "pintle.yaml").write_text(json.dumps(config))
        daemon.signal(signal.SIGHUP)
        wait_until(lambda: "configuration_reloaded" in daemon.output(), "the reload")
        self.assertEqual(self.ask_with(daemon, "another").status, 200)


class Reloading(EndToEnd):
    def test_a_pipe_or_a_device_in_a_files_place_blocks_nobody(self):
        sandbox, daemon = self.start_both()
        path = self.folder / "pintle.yaml"
        good = path.read_text()
        fifo = self.folder / "fifo"
        os.mkfifo(fifo)
        bad_ca = json.loads(good)
        bad_ca["destinations"][0]["ca_file"] = str(fifo)
        huge = self.folder / "huge"
        with open(huge, "w") as file:
            file.truncate(1 << 40)

        def replace(target):
            path.unlink()
            path.symlink_to(target) if isinstance(target, (str, pathlib.Path)) else path.write_text(json.dumps(target))

        for target, reason in ((fifo, "is not a regular file"), ("/dev/zero", "is not a regular file"),
                               ("/dev/tty", "is not a regular file|cannot be read"), (huge, "has over 4194304 bytes"),
                               (bad_ca, "ca_file.*is not a regular file"), ("/", "cannot be read: Is a directory")):
            replace(target)
            answers = []
            threads = [threading.Thread(target=lambda: answers.append(daemon.admin("/api/reload", "POST")))
                       for _ in range(3)]
            for thread in threads:
                thread.start()
            self.assertEqual(daemon.admin("/health").status, 200)
            for thread in threads:
                thread.join()
            for answer in answers:
                self.assertEqual(answer.status, 422, (target, answer))
                self.assertRegex("\n".join(answer.json()["problems"]), reason)
            daemon.signal(signal.SIGHUP)
            self.assertEqual(daemon.admin("/api/status").status, 200)
        path.unlink()
        path.write_text(good)
        ask(daemon, "POST", "/api/reload")
        self.assertEqual(daemon.stop(), 0)

    def test_a_pipe_may_hold_the_configuration_at_the_start(self):
        sandbox = self.start_sandbox()
        fifo = self.folder / "pintle.yaml"
        os.mkfifo(fifo)
        text = json.dumps(self.config(sandbox.url))
        writer = threading.Thread(target=lambda: fifo.write_text(text))
        writer.start()
        from harness import Daemon
        daemon = Daemon(fifo, self.folder / "pintle.log")
        self.addCleanup(daemon.clean_up)
        writer.join()
        self.assertEqual(ask(daemon, "POST", "/api/reload", status=422)["problems"],
                         [f"{fifo}: is not a regular file"])


class Streams(EndToEnd):
    def test_event_streams_leave_room_for_others(self):
        _, daemon = self.start_both()
        streams = [Stream(daemon) for _ in range(32)]
        for stream in streams:
            self.addCleanup(stream.close)
        ask(daemon, "GET", "/api/events/stream", status=503)
        ask(daemon, "GET", "/api/status")
        streams.pop().close()
        wait_until(lambda: call(daemon.admin_port, "HEAD", "/api/events/stream").status == 200, "room for another", 0.2)


class Smuggling(EndToEnd):
    def test_what_two_servers_could_read_in_two_ways_is_one_refused_request(self):
        """Each contains a second request that must not be answered separately."""
        _, daemon = self.start_both()
        hidden = b"POST /api/destinations/customerio/pause HTTP/1.1\r\nHost: localhost\r\n\r\n"
        host = b"Host: localhost\r\n"
        length = b"Content-Length: %d\r\n" % len(hidden)
        get = b"GET /api/status HTTP/1.1\r\n"
        put = b"POST /api/transform HTTP/1.1\r\n"
        for request in (
            put + host + length + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
            put + host + b"Transfer-Encoding: chunked\r\n" + length + b"\r\n0\r\n\r\n" + hidden,
            put + host + b"Transfer-Encoding: xchunked\r\n" + length + b"\r\n" + hidden,
            put + host + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + hidden,
            put + host + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + hidden,
            put + host + b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n" + hidden,
            put + host + b"Content-Length: 0\r\n" + length + b"\r\n" + hidden,
            put + host + b"Content-Length: +0\r\n\r\n" + hidden,
            put + host + b"Content-Length: 0x0\r\n\r\n" + hidden,
            put + host + b"X: y\r\n Content-Length: 0\r\n\r\n" + hidden,
            put + host + b"X: y\n" + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
            put + host + b"X: y\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
            put + host + b"X: a\0b\r\n\r\n" + hidden,
            put + host + b"Transfer-Encoding: chunked\r\n\r\n0;\n" + b"x\r\n\r\n" + hidden,
            put + host + b"Transfer-Encoding: chunked\r\n\r\n0\n\r\n" + hidden,
            put + host + b"Transfer-Encoding: chunked\r\n\r\n 0\r\n\r\n" + hidden,
            put + host + b"Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n" + hidden,
            get + host + b"Host: evil.example\r\n\r\n" + hidden,
            get + b"\r\n" + hidden,
            b" GET /api/status HTTP/1.1\r\n" + host + b"\r\n" + hidden,
            b"GET /api/status HTTP/1.1 \r\n" + host + b"\r\n" + hidden,
            b"GET /api/status\tHTTP/1.1\r\n" + host + b"\r\n" + hidden,
            b"GET /api/status HTTP/1.1\r\n" + b" " + host + b"\r\n" + hidden,
        ):
            with self.subTest(request=request[:-len(hidden)]):
                answers = exchange(daemon.admin_port, request)
                self.assertEqual(statuses(answers), [400], answers)
        self.assertFalse(daemon.destination()["paused"])

    def test_no_path_leads_out_of_the_page(self):
        _, daemon = self.start_both()
        for path in ("/../etc/passwd", "/%2e%2e/etc/passwd", "/page.js/../../x", "//etc/passwd", "/page.js%00", "/.",
                     "/api/../metrics", "/api/status%00", "/api/%73tatus", "/API/status", "/api/status;x"):
            self.assertEqual(call(daemon.admin_port, "GET", path, headers={"Accept": "text/html"}).status, 404, path)
        self.assertEqual(call(daemon.admin_port, "GET", "/api/events?user=" + "x" * 20_000).status, 431)
        self.assertEqual(call(daemon.admin_port, "GET", "/api/events?" + "&" * 10_000).status, 200)


class Memory(EndToEnd):
    def test_the_end_of_memory_is_a_log_line_and_an_exit_code(self):
        if MEMORY_MIB == 0:
            self.skipTest("a sanitizer has its own allocator")
        sandbox, daemon = self.start_both()
        used = int(re.search(r"VmSize:\s+(\d+) kB", pathlib.Path(f"/proc/{daemon.child.pid}/status").read_text())[1])
        limit = (used << 10) + (8 << 20)
        resource.prlimit(daemon.child.pid, resource.RLIMIT_AS, (limit, limit))
        events = [{"type": "track", "userId": f"u{i}", "event": "e", "properties": {"text": "x" * 2_000}}
                  for i in range(1_500)]
        body = json.dumps({"batch": events}).encode()

        def send():
            while daemon.running():
                with contextlib.suppress(OSError, ValueError):
                    call(daemon.port, "POST", "/v1/batch", body, {"Authorization": basic("write-key")})
        threads = [threading.Thread(target=send) for _ in range(8)]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + PATIENCE
        while daemon.running() and time.monotonic() < deadline:
            time.sleep(0.02)
        ended = not daemon.running()
        if not ended:
            daemon.kill()
        for thread in threads:
            thread.join()
        self.assertTrue(ended, daemon.output())
        self.assertEqual(daemon.wait(), 1, daemon.output())
        self.assertRegex(daemon.output().splitlines()[-1], r"Z critical out_of_memory message=")


if __name__ == "__main__":
    main()
