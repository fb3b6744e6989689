"""Idle connections lock out neither senders nor health probes."""

import contextlib
import pathlib
import resource
import select
import socket
import ssl
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

from harness import PATIENCE, WRITE_KEY, EndToEnd, basic, call, main, wait_until  # noqa: E402

KEY = {"Authorization": basic(WRITE_KEY)}
EVENT = {"type": "track", "userId": "u", "event": "e"}
OPEN_BODY = b"POST /v1/batch HTTP/1.1\r\nHost: pintle\r\nContent-Length: 1000\r\n%s\r\n"


class Connections(EndToEnd):
    def setUp(self):
        super().setUp()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        self.files = hard
        self.open = contextlib.ExitStack()
        self.addCleanup(self.open.close)

    def start(self, **ingest):
        config = self.config("http://127.0.0.1:1", ca_file="")
        config["ingest"] |= ingest
        self.daemon = self.start_daemon(config)
        return self.daemon

    def connect(self, port=None, source="127.0.0.1"):
        return self.open.enter_context(
            socket.create_connection(("127.0.0.1", port or self.daemon.port), PATIENCE, (source, 0)))

    def flood(self, count, payload=b"", port=None):
        connections = []
        for _ in range(count):
            connection = self.connect(port)
            with contextlib.suppress(ConnectionError):
                connection.sendall(payload)
            connections.append(connection)
        return connections

    def senders_are_served(self):
        for _ in range(20):
            self.assertEqual(self.daemon.send("/v1/track", EVENT).status, 200)
            self.assertEqual(call(self.daemon.port, "GET", "/health").status, 200)

    def test_idle_connections_lock_nobody_out(self):
        self.start()
        self.flood(min(10_300, self.files - 1_000))
        self.senders_are_served()

    def test_connections_that_were_served_and_stay_lock_nobody_out(self):
        self.start(max_connections=100)
        self.flood(150, b"GET /health HTTP/1.1\r\nHost: pintle\r\n\r\n")
        self.senders_are_served()

    def test_headers_that_do_not_end_lock_nobody_out(self):
        self.start(max_connections=100)
        self.flood(150, b"POST /v1/track HTTP/1.1\r\nX: ")
        self.senders_are_served()

    def test_bodies_without_a_key_that_do_not_end_lock_nobody_out(self):
        self.start(max_connections=100)
        self.flood(150, OPEN_BODY % b"" + b"{")
        self.senders_are_served()

    def test_where_all_are_busy_a_new_one_hears_503_and_probes_are_answered(self):
        self.start(max_connections=20)
        busy = self.flood(20, OPEN_BODY % f"X-Write-Key: {WRITE_KEY}\r\nExpect: 100-continue\r\n".encode())
        for connection in busy:
            self.assertTrue(connection.recv(1 << 16).startswith(b"HTTP/1.1 100 "))
        answer = self.daemon.send("/v1/track", EVENT)
        self.assertEqual(answer.status, 503)
        self.assertEqual(answer.headers["Retry-After"], "1")
        self.flood(300)  # these wait for a free place and send nothing
        self.assertEqual(call(self.daemon.port, "GET", "/health").status, 200)
        busy.pop().close()
        wait_until(lambda: self.daemon.send("/v1/track", EVENT).status == 200, "room again")

    def test_idle_connections_to_the_admin_listener_leave_probes_alone(self):
        self.start()
        for payload in (b"", b"GET /hea", b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"):
            self.flood(400, payload, self.daemon.admin_port)
            for path in ("/health", "/ready", "/metrics"):
                self.assertEqual(self.daemon.admin(path).status, 200)

    def test_streams_on_all_admin_connections_leave_probes_alone(self):
        self.start()
        self.flood(200, b"GET /api/events/stream HTTP/1.1\r\nHost: localhost\r\n\r\n", self.daemon.admin_port)
        for path in ("/health", "/ready"):
            self.assertEqual(self.daemon.admin(path).status, 200)

    def test_an_address_has_its_own_limit(self):
        self.start(max_connections_per_address=5)
        other = self.connect(source="127.0.0.2")
        idle = self.flood(20)
        self.senders_are_served()
        poll = select.poll()  # readable means closed, because no request was sent
        for connection in idle:
            poll.register(connection, select.POLLIN)
        wait_until(lambda: len(poll.poll(0)) >= 15, "all but five of the address's connections to be closed")
        other.sendall(b"GET /health HTTP/1.1\r\nHost: pintle\r\n\r\n")
        self.assertTrue(other.recv(1 << 16).startswith(b"HTTP/1.1 200 "))

    def test_tls_handshakes_that_do_not_end_lock_nobody_out(self):
        certificate, key = self.folder / "certificate.pem", self.folder / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-subj", "/CN=localhost", "-days", "1", "-keyout", key, "-out", certificate],
                       check=True, capture_output=True)
        self.start(max_connections=100, tls={"certificate": str(certificate), "key": str(key)})
        trust = ssl.create_default_context(cafile=certificate)
        trust.check_hostname = False
        hello = ssl.MemoryBIO()
        with contextlib.suppress(ssl.SSLWantReadError):
            trust.wrap_bio(ssl.MemoryBIO(), hello).do_handshake()
        greeting = hello.read()
        for payload in (b"", greeting[:100], greeting):
            self.flood(300, payload)
            for _ in range(5):
                answer = call(self.daemon.port, "POST", "/v1/track", EVENT, KEY, trust)
                self.assertEqual(answer.status, 200)


if __name__ == "__main__":
    main()
