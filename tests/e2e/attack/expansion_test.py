"""Small requests that would expand to large ones: they stay within the limits, or are rejected.

PINTLE_TEST_MEMORY_MIB is the limit of the daemon's memory; 0 turns the check off (for sanitizers).
"""

import gzip
import json
import os
import pathlib
import select
import socket
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

from harness import PATIENCE, WRITE_KEY, EndToEnd, basic, main, wait_until  # noqa: E402

MEMORY_MIB = int(os.environ.get("PINTLE_TEST_MEMORY_MIB", "450"))
KEY = {"Authorization": basic(WRITE_KEY)}
TOO_LARGE = "request size exceeds max limit"
EVENT = {"type": "track", "userId": "u", "event": "e"}


def batch(count, event=b'{"type":"track","userId":"u","event":"e"}', **more):
    members = "".join(f"{json.dumps(name)}:{json.dumps(value)}," for name, value in more.items())
    return b"{" + members.encode() + b'"batch":[' + b",".join([event] * count) + b"]}"


def request(body, *headers, path="/v1/batch"):
    lines = [f"POST {path} HTTP/1.1", "Host: pintle", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Expansion(EndToEnd):
    def start(self, sources=None, **ingest):
        self.sandbox = self.start_sandbox("--plain", "--quiet")
        config = self.config(self.sandbox.url, ca_file="")
        config["ingest"] |= ingest
        if sources is not None:
            config["sources"] = [{"destination": "customerio"} | source for source in sources]
        self.daemon = self.start_daemon(config)
        return self.daemon

    def send(self, body, path="/v1/batch", headers=KEY):
        return self.daemon.send(path, body, headers)

    def send_zipped(self, body, path="/v1/batch"):
        return self.send(gzip.compress(body), path, KEY | {"Content-Encoding": "gzip"})

    def is_too_large(self, answer, limit):
        self.assertEqual(answer.status, 413, answer)
        self.assertTrue(answer.json()["msg"].startswith(TOO_LARGE), answer)
        self.assertIn(limit, answer.json()["msg"])

    def connect(self):
        connection = socket.create_connection(("127.0.0.1", self.daemon.port), PATIENCE)
        self.addCleanup(connection.close)
        return connection

    def memory_is_bounded(self, mib):
        with open(f"/proc/{self.daemon.child.pid}/status") as status:
            peak = next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM"))
        print(f"peak {peak} MiB ...", end=" ", flush=True)
        if MEMORY_MIB:
            self.assertLess(peak, mib)

    def nothing_was_kept(self):
        events = self.daemon.status()["events"]
        self.assertEqual((events["accepted"], self.daemon.dead_letters()), (0, []))


class Small(Expansion):
    def test_a_shared_context_does_not_multiply(self):
        """Without the limit, 1,880 bytes expanded to 8.9 GiB of memory and 2.9 GB of journal."""
        self.start()
        bomb = batch(10_000, context={"x": "x" * 500_000})
        self.assertLess(len(gzip.compress(bomb)), 4000)
        self.is_too_large(self.send_zipped(bomb), "ingest.max_expanded")
        many = batch(50_000, event=b'{"userId":"u"}', context={"x": "x" * 60_000})
        self.is_too_large(self.send_zipped(many), "ingest.max_events_per_request")
        self.nothing_was_kept()
        self.memory_is_bounded(200)

    def test_elements_that_are_no_events_do_not_multiply(self):
        """Without the limit, 4 KB expanded to 1.37 million dead letters."""
        self.start()
        for path, body in (("/webhook", b"[" + b"1," * 1_300_000 + b"1]"), ("/v1/batch", batch(1_300_000, b"[]")),
                           ("/v1/batch", batch(1_000_000, b"{}"))):
            self.is_too_large(self.send_zipped(body, path), "ingest.max_events_per_request")
        self.nothing_was_kept()
        self.memory_is_bounded(200)

    def test_an_event_is_measured_with_its_context_and_its_dead_letter_is_not(self):
        """Without the limit, one event of 2 MB was sent."""
        daemon = self.start()
        self.assertEqual(self.send(batch(1, context={"x": "x" * 2_000_000})).status, 200)
        letter, = daemon.dead_letters()
        self.assertEqual(letter["reason"], "event_too_large")
        self.assertEqual(letter["event"], EVENT)
        self.assertEqual(self.send(batch(1, context={"x": "x" * 20_000})).status, 200)
        self.sandbox.await_taken(1)

    def test_limits_are_reloaded(self):
        daemon = self.start(max_events_per_request=2)
        self.is_too_large(self.send(batch(3)), "ingest.max_events_per_request")
        path = self.folder / "pintle.yaml"
        config = json.loads(path.read_text())
        config["ingest"]["max_events_per_request"] = 3
        path.write_text(json.dumps(config))
        self.assertEqual(daemon.admin("/api/reload", "POST").status, 200)
        self.assertEqual(self.send(batch(3)).status, 200)


class Slow(Expansion):
    """Without the limit, each of these took minutes, in which the thread served no other request."""

    def test_a_context_of_megabytes(self):
        """Without the limit, 3.9 MB took 83 s."""
        self.start()
        context = {f"member{i}": 1 for i in range(220_000)}
        own = json.dumps(EVENT | {"context": {"a": 1}}).encode()
        self.assertEqual(self.send(batch(5, own, context=context)).status, 200)
        context = {f"{i:05}": 1 for i in range(2_000)}
        own = json.dumps(EVENT | {"context": {f"{i:05}": 2 for i in range(1_000, 2_000)}}).encode()
        self.assertEqual(self.send(batch(200, own, context=context)).status, 200)

    def test_names_that_are_there_again_and_again(self):
        self.start(max_event="3MB")
        same = b'{"type":"track","userId":"u","event":"e","properties":{' + b'"a":1,' * 400_000 + b'"a":1}}'
        alike = b",".join(b'"beginning%06dthe end of it":1' % i for i in range(80_000))
        for event in (same, b'{"type":"track","userId":"u","event":"e","properties":{' + alike + b"}}",
                      b'{"type":"track","userId":"u","event":"e",' + alike + b"}",
                      b"{" + b'"type":"track",' * 100_000 + b'"userId":"u","event":"e"}'):
            self.assertEqual(self.send(b'{"batch":[' + event + b"]}").status, 200)
        self.assertEqual(self.send(b"{" + b'"batch":[1],' * 200_000 + b'"batch":[' + json.dumps(EVENT).encode()
                                   + b"]}").status, 200)

    def test_nesting(self):
        self.start()
        for count in (100, 1_900_000):
            deep = b"[" * count + b"]" * count
            objects = b'{"a":' * (count // 4) + b"1" + b"}" * (count // 4)
            for text in (deep, objects):
                self.assertEqual(self.send(b'{"type":"track","userId":"u","event":"e","x":' + text + b"}",
                                           "/v1/track").status, 413 if count > 100 else 200 if text == objects else 400)
                answer = self.send(b'{"batch":[{"x":' + text + b"}]}")
                self.assertEqual(answer.status, 200, answer)
                answer = self.send(b'{"x":' + text + b',"batch":[1]}')
                self.assertEqual(answer.status, 200 if count == 100 and text == objects else 400, answer)


class Parallel(Expansion):
    def test_small_requests_are_answered_while_large_ones_are_processed(self):
        self.start(threads=1)
        body = batch(10_000, context={"x": "x" * 600})
        giants = [self.connect() for _ in range(4)]
        senders = [threading.Thread(target=giant.sendall, args=(request(body, f"Authorization: {basic(WRITE_KEY)}"),))
                   for giant in giants]
        for sender in senders:
            sender.start()
            self.addCleanup(sender.join)
        small = self.connect()
        answered, pending = 0, set(giants)
        while pending:
            small.sendall(b"GET /health HTTP/1.1\r\nHost: pintle\r\n\r\n")  # /health does not wait for the disk
            self.assertTrue(small.recv(1 << 16).startswith(b"HTTP/1.1 200 "))
            answered += 1
            for giant in select.select(list(pending), [], [], 0)[0]:
                self.assertTrue(giant.recv(1 << 16).startswith(b"HTTP/1.1 200 "))
                pending.remove(giant)
        print(f"{answered} answered ...", end=" ", flush=True)
        self.assertGreaterEqual(answered, 10)

    def test_requests_in_parallel_stay_within_their_memory(self):
        self.start(memory="64MiB")
        body = gzip.compress(batch(10_000, context={"x": "x" * 1_500}))
        self.assertLess(len(body), 50_000)
        statuses = []

        def send():
            for _ in range(3):
                statuses.append(self.send(body, headers=KEY | {"Content-Encoding": "gzip"}))
        threads = [threading.Thread(target=send) for _ in range(30)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual({answer.status for answer in statuses}, {200, 503})
        for answer in statuses:
            if answer.status == 503:
                self.assertEqual(answer.headers["Retry-After"], "1")
        self.memory_is_bounded(MEMORY_MIB)
        wait_until(lambda: self.send(body, headers=KEY | {"Content-Encoding": "gzip"}).status == 200, "memory again")


class WriteKey(Expansion):
    def ask(self, payload):
        connection = self.connect()
        connection.sendall(payload)
        return connection.recv(1 << 16)

    def test_a_key_in_a_trailer_is_none(self):
        self.start()
        body = json.dumps(EVENT).encode()
        head = b"POST /v1/track HTTP/1.1\r\nHost: pintle\r\nTransfer-Encoding: chunked\r\n"
        chunk = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n"
        for name in ("X-Write-Key: ", "Authorization: Bearer "):
            trailer = (name + WRITE_KEY).encode()
            self.assertTrue(self.ask(head + b"\r\n" + chunk + trailer + b"\r\n\r\n").startswith(b"HTTP/1.1 401 "))
            self.assertTrue(self.ask(head + trailer + b"\r\n\r\n" + chunk + b"\r\n").startswith(b"HTTP/1.1 200 "))

    def test_a_key_in_a_body_is_in_nothing_that_is_kept_or_shown(self):
        secret = "s3cret-key"
        daemon = self.start([{"name": "web", "write_key": secret}])
        event = EVENT | {"writeKey": secret, "properties": {"a": 1}}
        deep = json.dumps(event)[:-1].encode() + b',"x":' + b"[" * 70 + b"]" * 70 + b"}"
        large = json.dumps(event | {"x": "x" * 40_000}).encode()
        self.assertEqual(daemon.send("/v1/track", event, {}).status, 200)
        for bad in (deep, large, json.dumps({"writeKey": secret, "type": "track"}).encode()):
            self.assertEqual(daemon.send("/webhook", b"[" + bad + b"]", {}).status, 200)
        self.assertEqual(daemon.send("/v1/batch", {"writeKey": secret, "batch": [event, 7]}, {}).status, 200)
        self.assertEqual(daemon.send("/v1/track", b'{"writeKey":"%s",' % secret.encode(), {"X-Write-Key": secret}).status,
                         400)
        self.sandbox.await_taken(2)
        wait_until(lambda: len(daemon.dead_letters()) == 4, "the dead letters")
        shown = daemon.admin("/api/dead-letters").text + daemon.admin("/api/events").text + daemon.output()
        self.assertNotIn(secret, shown)
        self.assertNotIn(secret, json.dumps(self.sandbox.requests()))
        for file in (self.folder / "journal").iterdir():
            if file.is_file() and not file.name.startswith("OPTIONS"):
                self.assertNotIn(secret.encode(), file.read_bytes(), file)

    def test_a_wrong_key_does_not_fall_through_to_a_source_without_one(self):
        daemon = self.start([{"name": "web", "write_key": WRITE_KEY}, {"name": "open", "insecure_no_auth": True}])
        self.assertEqual(daemon.send("/v1/track", EVENT, {}).status, 200)
        for headers, query, more in (({"X-Write-Key": "no"}, "", {}), ({}, "?writeKey=no", {}), ({}, "", {"writeKey": "no"}),
                                     ({"X-Write-Key": "no"}, "", {"writeKey": WRITE_KEY})):
            answer = daemon.send(f"/v1/track{query}", EVENT | more, headers)
            self.assertEqual((answer.status, answer.json()), (401, {"msg": "invalid write key"}))
        self.assertEqual(daemon.send("/v1/track", EVENT | {"writeKey": WRITE_KEY}, {}).status, 200)


if __name__ == "__main__":
    main()
