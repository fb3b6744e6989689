"""Slow, greedy and malformed senders: others are still served, memory stays bounded, and no invalid event is kept.

PINTLE_TEST_MEMORY_MIB is the limit of the daemon's memory; 0 turns the check off (for sanitizers).
"""

import contextlib
import gzip
import json
import os
import random
import resource
import selectors
import socket
import struct
import threading
import time
import zlib

from harness import PATIENCE, WRITE_KEY, EndToEnd, basic, main, wait_until

MEMORY_MIB = int(os.environ.get("PINTLE_TEST_MEMORY_MIB", "450"))
MIB = 1 << 20
KEY = f"Host: pintle\r\nAuthorization: {basic(WRITE_KEY)}\r\n"


def head(*headers, path="/v1/track"):
    return f"POST {path} HTTP/1.1\r\n{KEY}{''.join(header + chr(13) + chr(10) for header in headers)}\r\n".encode()


def whole(user, *headers):
    body = json.dumps({"type": "track", "userId": user, "event": "e"}).encode()
    return head(f"Content-Length: {len(body)}", *headers) + body


def read_to_end(connection):
    """Everything received until the daemon closed or reset the connection."""
    got = b""
    with contextlib.suppress(ConnectionError):
        while piece := connection.recv(1 << 16):
            got += piece
    return got


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class Witness:
    """A well-behaved sender that sends without pause, alternating between a persistent and a new connection."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.answers = []
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.ending.is_set():
            try:
                with socket.create_connection(("127.0.0.1", self.daemon.port), PATIENCE) as connection:
                    for _ in range(10):
                        connection.sendall(whole(f"good-{len(self.answers)}"))
                        self.answers.append(connection.recv(1 << 16).decode().split("\r\n")[0])
            except OSError as error:
                self.answers.append(repr(error))
            time.sleep(0.01)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        self.thread.join(PATIENCE)


class Hostile(EndToEnd):
    def setUp(self):
        super().setUp()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        self.open = contextlib.ExitStack()
        self.addCleanup(self.open.close)

    def start(self, inside=(), **ingest):
        self.sandbox = self.start_sandbox("--plain", "--quiet")
        config = self.config(self.sandbox.url, ca_file="")
        config["ingest"] |= ingest
        self.daemon = self.start_daemon(config, inside)
        return self.daemon

    def connect(self):
        return self.open.enter_context(socket.create_connection(("127.0.0.1", self.daemon.port), PATIENCE))

    def connections(self):
        return self.daemon.status()["connections"]

    @contextlib.contextmanager
    def others_are_served(self):
        """Others are served before, during and after the block, and the daemon's memory stays within its limit."""
        with Witness(self.daemon) as witness:
            wait_until(lambda: len(witness.answers) > 10, "the witness")
            yield
            count = len(witness.answers)
            wait_until(lambda: len(witness.answers) > count + 10, "the witness, after all")
        self.assertEqual(set(witness.answers), {"HTTP/1.1 200 OK"})
        self.memory_is_bounded()

    def memory_is_bounded(self):
        with open(f"/proc/{self.daemon.child.pid}/status") as status:
            peak = next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM"))
        print(f"peak {peak} MiB ...", end=" ", flush=True)
        if MEMORY_MIB:
            self.assertLess(peak, MEMORY_MIB)

    def exchange(self, payload):
        """The daemon's answer to it on a new connection."""
        with socket.create_connection(("127.0.0.1", self.daemon.port), PATIENCE) as connection:
            with contextlib.suppress(ConnectionError):  # the daemon may answer before the end of the request
                connection.sendall(payload)
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
            return read_to_end(connection)

    def exchange_all(self, payloads):
        """The same for all at once."""
        answers = [None] * len(payloads)

        def run(i):
            answers[i] = self.exchange(payloads[i])
        threads = [threading.Thread(target=run, args=(i,)) for i in range(len(payloads))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers

    def drip(self, begin, count):
        """The answers to `count` connections that send `begin`, and then a byte from time to time."""
        chooser = selectors.DefaultSelector()
        answers = {}
        for _ in range(count):
            connection = self.connect()
            connection.sendall(begin)
            chooser.register(connection, selectors.EVENT_READ)
        deadline = time.monotonic() + PATIENCE
        while len(answers) < count and time.monotonic() < deadline:
            for key, _ in chooser.select(0.05):
                chooser.unregister(key.fileobj)
                answers[key.fd] = read_to_end(key.fileobj)
            for key in list(chooser.get_map().values()):
                with contextlib.suppress(ConnectionError):
                    key.fileobj.send(b"a")
        chooser.close()
        return list(answers.values())


class Slow(Hostile):
    def test_headers_that_drip_are_given_up(self):
        self.start(header_timeout="1s")
        with self.others_are_served():
            answers = self.drip(b"POST /v1/track HTTP/1.1\r\nX: ", 500)
        self.assertEqual({answer.split(b"\r\n")[0] for answer in answers}, {b"HTTP/1.1 408 Request Timeout"})
        self.assertEqual(len(answers), 500)

    def test_bodies_that_drip_are_given_up(self):
        self.start(body_timeout="1s")
        with self.others_are_served():
            answers = self.drip(head("Content-Length: 1000000"), 500)
        self.assertEqual({answer.split(b"\r\n")[0] for answer in answers}, {b"HTTP/1.1 408 Request Timeout"})
        self.assertEqual(len(answers), 500)

    def test_thousands_of_idle_connections_cost_little(self):
        self.start()
        with self.others_are_served():
            for _ in range(3000):
                self.connect()
            wait_until(lambda: self.connections() >= 3000, "the idle connections")
        self.open.close()
        wait_until(lambda: self.connections() == 0, "their end")

    def test_idle_connections_are_closed_in_time(self):
        self.start(idle_timeout="1s")
        connections = [self.connect() for _ in range(100)]
        self.assertEqual({read_to_end(connection) for connection in connections}, {b""})

    def test_a_flood_of_connections_leaves_files_for_the_journal_and_the_delivery(self):
        self.start(["prlimit", "--nofile=1200:1200"])
        self.assertIn(" max_connections_lowered from=10000 to=", self.daemon.output())
        for _ in range(1200):
            self.connect()
        self.assertTrue(self.exchange(whole("u")).startswith(b"HTTP/1.1 200 "))
        self.assertEqual(self.sandbox.await_taken(1)[0]["path"], "/api/v1/customers/u/events")
        self.assertNotIn("accept_failed", self.daemon.output())


class Greedy(Hostile):
    def test_bombs_on_fifty_connections_at_once_cost_no_memory(self):
        self.start()
        zeros = bytes(MIB)
        raw = zlib.compressobj(wbits=-15)
        bombs = {
            "gzip": gzip.compress(bytes(200 * MIB)),
            "deflate": zlib.compress(bytes(200 * MIB)),
            "raw deflate": raw.compress(bytes(200 * MIB)) + raw.flush(),
            "members": gzip.compress(zeros) * 200,
        }
        for name, bomb in bombs.items():
            encoding = "deflate" if "deflate" in name else "gzip"
            request = head(f"Content-Encoding: {encoding}", f"Content-Length: {len(bomb)}") + bomb
            with self.subTest(name), self.others_are_served():
                answers = self.exchange_all([request] * 50)
                self.assertEqual({answer.split(b"\r\n")[0] for answer in answers},
                                 {b"HTTP/1.1 413 Payload Too Large"})

    def test_empty_members_without_end_are_no_way_around_the_limit(self):
        self.start()
        members = gzip.compress(b"") * (6_000_000 // 20)
        request = head("Content-Encoding: gzip", "Transfer-Encoding: chunked") + \
            f"{len(members):x}\r\n".encode() + members + b"\r\n0\r\n\r\n"
        with self.others_are_served():
            answers = self.exchange_all([request] * 10)
        self.assertEqual({answer.split(b"\r\n")[0] for answer in answers}, {b"HTTP/1.1 413 Payload Too Large"})

    def test_a_bomb_in_a_bomb_is_not_unpacked(self):
        self.start()
        bomb = gzip.compress(gzip.compress(bytes(200 * MIB)))
        with self.others_are_served():
            answer = self.exchange(head("Content-Encoding: gzip", f"Content-Length: {len(bomb)}") + bomb)
            self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), answer)
            twice = self.exchange(head("Content-Encoding: gzip, gzip", f"Content-Length: {len(bomb)}") + bomb)
            self.assertTrue(twice.startswith(b"HTTP/1.1 415 "), twice)

    def hold(self, request):
        """Sends it on 150 connections and keeps them open; the daemon must close about half of them."""
        connections = set()
        for _ in range(150):
            connection = self.connect()
            with contextlib.suppress(ConnectionError):
                connection.sendall(request)
            connection.setblocking(False)
            connections.add(connection)

        def told():
            for connection in list(connections):
                with contextlib.suppress(BlockingIOError):
                    self.assertEqual(connection.recv(1 << 16).split(b"\r\n")[0], b"HTTP/1.1 503 Service Unavailable")
                    connections.remove(connection)
            return 150 - len(connections)
        for count in (1, 20, 40, 60):
            wait_until(lambda: told() >= count, f"{count} to be refused")

    def test_bodies_that_come_almost_whole_and_stay_are_bounded_together(self):
        self.start(body_timeout="60s")
        with self.others_are_served():
            self.hold(head("Content-Length: 4000000") + bytes(3_900_000))

    def test_compressed_bodies_that_are_unpacked_and_stay_are_bounded_together(self):
        self.start(body_timeout="60s")
        packed = zlib.compressobj(wbits=31)
        part = packed.compress(bytes(3_900_000)) + packed.flush(zlib.Z_SYNC_FLUSH)
        with self.others_are_served():
            self.hold(head("Content-Encoding: gzip", "Content-Length: 100000") + part)


class Malformed(Hostile):
    def kept(self):
        """The events that the daemon has accepted."""
        return self.daemon.status()["events"]["received"]

    def is_refused(self, payloads, statuses):
        """Sends each on 20 connections at once. The request that follows on the same connection is not served."""
        for name, payload in payloads.items():
            with self.subTest(name):
                for answer in self.exchange_all([payload + whole("smuggled")] * 20):
                    self.assertEqual(answer.count(b"HTTP/1.1 "), 1, answer)
                    self.assertIn(int(answer[9:12]), statuses)
                    self.assertIn(b"Connection: close\r\n", answer)

    def test_garbage_is_refused_and_ends_the_connection(self):
        self.start()
        chance = random.Random(1)
        garbage = {
            "random": chance.randbytes(1000) + b"\r\n\r\n",
            "zeros": bytes(1000),
            "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + chance.randbytes(500),
            "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "another version": b"GET / HTTP/9.9\r\n\r\n",
            "no version": b"GET /\r\n\r\n",
            "a bare line break in a header": b"GET / HTTP/1.1\r\nA: b\nC: d\r\n\r\n",
            "a space before the colon": b"GET / HTTP/1.1\r\nContent-Length : 5\r\n\r\n",
            "a folded header": b"GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n",
            "a zero in a header": b"GET / HTTP/1.1\r\nA: \0\r\n\r\n",
        }
        self.is_refused(garbage, {400})
        self.assertEqual(self.kept(), 0)

    def test_what_was_sent_before_pipelined_garbage_is_served(self):
        self.start()
        good = 5
        payload = b"".join(whole(f"u{i}") for i in range(good)) + b"\0garbage\r\n\r\n" * 1000
        with self.others_are_served():
            answers = self.exchange_all([payload] * 20)
        for answer in answers:
            self.assertEqual(answer.count(b"HTTP/1.1 200 "), good, answer)
            self.assertEqual(answer.count(b"HTTP/1.1 400 "), 1, answer)

    def test_floods_of_headers_are_refused(self):
        self.start()
        with self.others_are_served():
            self.is_refused({
                "one long header": b"POST /v1/track HTTP/1.1\r\nX: " + b"a" * 20_000_000,
                "many short ones": b"POST /v1/track HTTP/1.1\r\n" + b"a: b\r\n" * 1_000_000,
                "a long target": b"POST /" + b"a" * 1_000_000 + b" HTTP/1.1\r\n\r\n",
                "no end of trailers": head("Transfer-Encoding: chunked") + b"0\r\n" + b"a: b\r\n" * 1_000_000,
                "an endless chunk extension": head("Transfer-Encoding: chunked") + b"1;" + b"a" * 1_000_000,
            }, {400, 431})

    def test_bodies_whose_length_is_a_trick_are_refused(self):
        self.start()
        chunked = head("Transfer-Encoding: chunked")
        self.is_refused({
            "huge": head("Content-Length: 999999999999999999"),
            "more than 64 bits": head("Content-Length: 99999999999999999999999"),
            "negative": head("Content-Length: -1"),
            "hexadecimal": head("Content-Length: 0x10"),
            "signed": head("Content-Length: +5") + b"hello",
            "two": head("Content-Length: 5", "Content-Length: 6") + b"hello",
            "a list": head("Content-Length: 5, 5") + b"hello",
            "both": head("Content-Length: 5", "Transfer-Encoding: chunked") + b"0\r\n\r\n",
            "chunked twice": head("Transfer-Encoding: chunked, chunked") + b"0\r\n\r\n",
            "not chunked": head("Transfer-Encoding: gzip, identity") + b"hello",
            "a chunk of 2^64": chunked + b"10000000000000000\r\nhello",
            "the largest chunk": chunked + b"ffffffffffffffff\r\nhello",
            "a negative chunk": chunked + b"-5\r\nhello\r\n0\r\n\r\n",
            "a chunk 0x5": chunked + b"0x5\r\nhello\r\n0\r\n\r\n",
            "a chunk without its line break": chunked + b"5\r\nhelloworld\r\n0\r\n\r\n",
        }, {400, 413, 501})
        self.assertEqual(self.kept(), 0)

    def test_a_request_that_is_cut_off_anywhere_leaves_nothing_behind(self):
        self.start()
        payload = whole("cut")
        chunked = head("Transfer-Encoding: chunked") + b"2a\r\n" + payload[-42:] + b"\r\n0\r\n\r\n"
        for request in (payload, chunked):
            for end in range(1, len(request)):
                for cut in (socket.socket.close, reset):
                    connection = socket.create_connection(("127.0.0.1", self.daemon.port), PATIENCE)
                    connection.sendall(request[:end])
                    cut(connection)
        wait_until(lambda: self.connections() == 0, "the end of all")
        self.assertEqual(self.kept(), 0)
        self.assertTrue(self.exchange(payload).startswith(b"HTTP/1.1 200 "))
        self.assertEqual(self.kept(), 1)


if __name__ == "__main__":
    main()
