"""Thousands of senders at once: the daemon stays within 512 MiB, and well-behaved senders are served.

The limit is a cgroup if one can be created (as root). Otherwise the peak of resident memory is checked, and the output
says so. PINTLE_TEST_MEMORY_MIB=0 turns both off (for sanitizers).
"""

import contextlib
import gzip
import json
import os
import pathlib
import random
import resource
import selectors
import socket
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

from cgroup import MemoryLimit, peak_mib  # noqa: E402
from harness import PATIENCE, WRITE_KEY, EndToEnd, main  # noqa: E402

LIMIT_MIB = 512
BOUNDED = os.environ.get("PINTLE_TEST_MEMORY_MIB") != "0"
SEED = 13
MANY = 5_000
KEY = f"X-Write-Key: {WRITE_KEY}\r\n"


def request(body, *headers):
    head = f"POST /v1/batch HTTP/1.1\r\nHost: pintle\r\nContent-Length: {len(body)}\r\n{''.join(headers)}\r\n"
    return head.encode() + body


def batch(size, key=None):
    """A batch of about that many bytes."""
    events = []
    while not events or len(events) * 1000 < size - 1000:
        events.append({"type": "track", "userId": "u", "event": "e", "properties": {"text": "x" * 900}})
    return json.dumps({"batch": events} | ({"writeKey": key} if key else {})).encode()


class Crowd:
    """Connections that all send at once. Data that a socket does not accept at once is sent by later calls."""

    def __init__(self, port, payloads):
        self.chooser = selectors.DefaultSelector()
        self.sockets = []
        self.left = {}
        self.answers = []
        for payload in payloads:
            connection = socket.create_connection(("127.0.0.1", port), PATIENCE)
            connection.setblocking(False)
            self.sockets.append(connection)
            self.left[connection] = memoryview(payload)
            self.chooser.register(connection, selectors.EVENT_READ | selectors.EVENT_WRITE)
            if len(self.sockets) % 100 == 0:
                self.step(0)

    def step(self, pause=0.05):
        """True if anything was sent or received."""
        moved = False
        for key, events in self.chooser.select(pause):
            connection = key.fileobj
            try:
                if events & selectors.EVENT_READ:
                    self.answers.append(connection.recv(1 << 16).split(b"\r\n")[0])
                    self.chooser.unregister(connection)
                    connection.close()
                elif self.left[connection]:
                    self.left[connection] = self.left[connection][connection.send(self.left[connection][:1 << 17]):]
                    if not self.left[connection]:
                        self.chooser.modify(connection, selectors.EVENT_READ)
                moved = True
            except BlockingIOError:
                pass
            except OSError:
                self.answers.append(b"reset")
                self.chooser.unregister(connection)
                connection.close()
        return moved

    def send_all(self):
        """Until all are answered, or nothing is sent or received for a moment."""
        deadline = time.monotonic() + PATIENCE
        while self.chooser.get_map() and time.monotonic() < deadline and (self.step(0.2) or self.step(0.2)):
            pass

    def close(self):
        for connection in self.sockets:
            connection.close()
        self.chooser.close()


class Memory(EndToEnd):
    def setUp(self):
        super().setUp()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        self.chance = random.Random(SEED)
        self.limit = MemoryLimit(LIMIT_MIB) if BOUNDED else None
        if self.limit is not None:
            self.addCleanup(self.limit.remove)

    def start(self, **ingest):
        config = self.config("http://127.0.0.1:1", ca_file="")
        config["ingest"] |= {"body_timeout": "60s"} | ingest
        self.daemon = self.start_daemon(config, self.limit.inside if self.limit else [])
        return self.daemon

    def crowd(self, payloads):
        crowd = Crowd(self.daemon.port, payloads)
        self.addCleanup(crowd.close)
        crowd.send_all()
        return crowd

    def answer_to(self, payload):
        with socket.create_connection(("127.0.0.1", self.daemon.port), PATIENCE) as connection:
            with contextlib.suppress(ConnectionError):
                connection.sendall(payload)
            return connection.recv(1 << 16).split(b"\r\n")[0]

    def memory_is_bounded(self):
        peak = peak_mib(self.daemon.child.pid)
        how = "not looked at"
        if self.limit is not None:
            how = f"limit of a cgroup {LIMIT_MIB} MiB" if self.limit.inside else f"no cgroup: {self.limit.why}"
            self.assertLess(peak, LIMIT_MIB)
        print(f"seed {SEED}, peak {peak} MiB, {how} ...", end=" ", flush=True)
        self.assertTrue(self.daemon.running(), self.daemon.output())

    def test_bodies_without_a_key_on_thousands_of_connections(self):
        self.start()
        self.crowd([request(bytes(63_000))[:-1]] * MANY)
        for _ in range(10):
            self.assertEqual(self.answer_to(request(batch(60_000, WRITE_KEY))), b"HTTP/1.1 200 OK")
            self.assertEqual(self.answer_to(request(batch(100_000), KEY)), b"HTTP/1.1 200 OK")
        self.memory_is_bounded()

    def test_compressed_bodies_without_a_key_on_thousands_of_connections(self):
        self.start()
        packed = gzip.compress(self.chance.randbytes(40_000))
        self.crowd([request(packed, "Content-Encoding: gzip\r\n")[:-1]] * MANY)
        self.assertEqual(self.answer_to(request(batch(100_000), KEY)), b"HTTP/1.1 200 OK")
        self.memory_is_bounded()

    def test_headers_of_many_fields_on_thousands_of_connections(self):
        self.start()
        fields = "".join(f"{i:x}:\r\n" for i in range(2_400))
        self.crowd([request(b"{}", fields)[:-1]] * MANY)
        self.assertEqual(self.answer_to(request(batch(100_000), KEY)), b"HTTP/1.1 200 OK")
        self.memory_is_bounded()

    def test_bodies_of_all_sizes_with_a_key_on_thousands_of_connections(self):
        self.start()
        sizes = [int(2 ** self.chance.uniform(10, 17)) for _ in range(MANY - 100)] + [3_900_000] * 100
        self.chance.shuffle(sizes)
        zeros = bytes(3_900_000)
        crowd = self.crowd([request(zeros[:size], KEY)[:-1] for size in sizes])
        for _ in range(10):
            crowd.step(0)
            self.assertEqual(self.answer_to(request(batch(100_000), KEY)), b"HTTP/1.1 200 OK")
        self.memory_is_bounded()

    def test_whole_requests_of_thousands_of_connections(self):
        self.start()
        payloads = [request(batch(size), KEY) for size in (1_000, 10_000, 60_000)]
        crowd = self.crowd([payloads[i % 3] for i in range(MANY)])
        self.assertLessEqual(set(crowd.answers), {b"HTTP/1.1 200 OK", b"HTTP/1.1 503 Service Unavailable"})
        self.assertEqual(self.answer_to(request(batch(100_000), KEY)), b"HTTP/1.1 200 OK")
        self.memory_is_bounded()

    def test_slow_senders_without_a_key_leave_others_their_memory(self):
        self.start()
        crowd = self.crowd([request(bytes(60_000))[:-1]] * 500 + [request(bytes(65_536))[:50_000]] * 500 +
                           [request(bytes(3_900_000))[:-1]] * 100 + [request(bytes(90_000))[:-1]] * 100)
        well_behaved = request(batch(100_000), KEY)
        for _ in range(50):
            crowd.step(0)
            self.assertEqual(self.answer_to(well_behaved), b"HTTP/1.1 200 OK")
        self.memory_is_bounded()


if __name__ == "__main__":
    main()
