"""Network failures on the way to Customer.io, in every way that a test server can cause: the backlog arrives in order once
the network works, each failure is logged once, and credentials go to no other host."""

import email.utils
import json
import re
import shutil
import subprocess
import tempfile
import time

from harness import API_KEY, SITE_ID, EndToEnd, basic, free_port, main, wait_until
from peers import OK, Authority, Peer, answers, floods, hangs, hangs_up, records, works

CREDENTIALS = basic(SITE_ID, API_KEY)
BUSY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n"


def track(user, name):
    return {"type": "track", "userId": user, "event": name, "messageId": f"{user}-{name}"}


def names(requests, user="u"):
    """The events of that person in the order of their first arrival."""
    seen = []
    for request in requests:
        name = json.loads(request.body)["name"]
        if request.path == f"/api/v1/customers/{user}/events" and name not in seen:
            seen.append(name)
    return seen


class Network(EndToEnd):
    daemon = None

    def start_peer(self, behave, tls=None, port=0):
        peer = Peer(behave, tls, port)
        self.addCleanup(peer.close)
        return peer

    def start(self, url, inside=(), **destination):
        """Replaces the daemon by one with a new journal."""
        if self.daemon is not None:
            self.daemon.clean_up()
        timeouts = {"pool": {"connect_timeout": "2s", "request_timeout": "2s"}}
        config = self.config(url, **({"ca_file": ""} | timeouts | destination))
        config["journal"]["directory"] = tempfile.mkdtemp(prefix="journal-", dir=self.folder)
        self.daemon = self.start_daemon(config, inside)

    def send(self, *events, user="u"):
        for event in events:
            self.assertEqual(self.daemon.send("/v1/track", track(user, event)).status, 200)

    def waiting(self):
        return self.daemon.destination()["backlog_events"]

    def fails(self, retries=3):
        before = self.daemon.destination()["retries"]
        wait_until(lambda: self.daemon.destination()["retries"] >= before + retries, "some tries in vain")

    def arrives(self, peer, *events):
        """After the network works: everything arrives in order, and there is no dead letter."""
        wait_until(lambda: self.waiting() == 0, "the delivery")
        self.assertEqual(names(peer.requests), list(events))
        self.assertEqual(self.daemon.dead_letters(), [])

    def is_said_once(self, reason):
        """One warning, however often it failed."""
        said = [line for line in self.daemon.output().splitlines() if re.search(reason, line)]
        self.assertEqual(len([line for line in said if " warn delivery_error " in line]), 1, self.daemon.output())

    def fails_then_works(self, behave, reason, url="http://127.0.0.1:{}", retries=3):
        peer = self.start_peer(behave)
        self.start(url.format(peer.port))
        self.send("e1", "e2", "e3")
        self.fails(retries)
        self.is_said_once(reason)
        peer.behave = works
        peer.hang_up()
        self.arrives(peer, "e1", "e2", "e3")
        return peer


class Connecting(Network):
    def test_a_refused_connection(self):
        port = free_port()
        self.start(f"http://127.0.0.1:{port}")
        self.send("e1", "e2")
        self.fails()
        self.is_said_once(rf"connect to 127.0.0.1:{port}: Connection refused")
        self.arrives(self.start_peer(works, port=port), "e1", "e2")

    def test_a_server_that_hangs_up_at_once(self):
        self.fails_then_works(hangs_up, r"closed the connection without a response")

    def test_a_name_that_is_not_found_until_it_is(self):
        hosts, nsswitch = self.folder / "hosts", self.folder / "nsswitch.conf"
        hosts.write_text("")
        nsswitch.write_text("hosts: files\n")
        inside = ["unshare", "-rm", "sh", "-c",
                  f"mount --bind {hosts} /etc/hosts && mount --bind {nsswitch} /etc/nsswitch.conf && exec \"$0\" \"$@\""]
        if shutil.which("unshare") is None or subprocess.run([*inside, "true"], capture_output=True).returncode != 0:
            self.skipTest("needs a mount namespace of its own")
        authority = Authority(self.folder / "authority")
        peer = self.start_peer(works, authority.certificate("DNS:cio.test"))
        self.start(f"https://cio.test:{peer.port}", inside, ca_file=authority.ca_file)
        self.send("e1", "e2")
        self.fails()
        self.is_said_once("resolve cio.test: Host not found")
        self.assertEqual(peer.connections, 0)
        hosts.write_text("127.0.0.1 cio.test\n")
        self.arrives(peer, "e1", "e2")
        hosts.write_text("")
        peer.hang_up()
        self.send("e3")
        self.fails()
        hosts.write_text("127.0.0.1 cio.test\n")
        self.arrives(peer, "e1", "e2", "e3")


class Tls(Network):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.folder / "authority")

    def start_tls(self, peer, **destination):
        self.start(f"https://127.0.0.1:{peer.port}", ca_file=self.authority.ca_file, **destination)

    def is_never_trusted(self, peer, reason):
        """While the certificate is invalid, nothing is sent to it; then it gets a valid one."""
        self.start_tls(peer)
        self.send("first event", "e2", "e3")
        self.fails()
        self.is_said_once(reason)
        self.assertEqual(peer.requests, [])
        for secret in (SITE_ID, API_KEY, CREDENTIALS, "Authorization", "customers", "first event"):
            self.assertNotIn(secret.encode(), peer.raw)
        peer.tls, peer.behave = self.authority.certificate(), works
        peer.hang_up()
        self.arrives(peer, "first event", "e2", "e3")
        self.assertEqual({request.headers["authorization"] for request in peer.requests}, {CREDENTIALS})
        self.assertTrue(all(request.encrypted for request in peer.requests))

    def test_a_certificate_of_another_host(self):
        peer = self.start_peer(works, self.authority.certificate("DNS:elsewhere.example"))
        self.is_never_trusted(peer, r"certificate verify failed \(IP address mismatch\)")

    def test_a_certificate_that_has_expired(self):
        peer = self.start_peer(works, self.authority.certificate(expires=time.time() - 1))
        self.is_never_trusted(peer, r"certificate verify failed \(certificate has expired\)")

    def test_a_certificate_of_an_unknown_authority(self):
        stranger = Authority(self.folder / "stranger")
        peer = self.start_peer(works, stranger.certificate())
        self.is_never_trusted(peer, r"certificate verify failed \(unable to get local issuer certificate\)")

    def test_a_server_without_tls(self):
        def speaks_plainly(peer, connection):
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            records(peer, connection)
        self.is_never_trusted(self.start_peer(speaks_plainly), "TLS handshake with 127.0.0.1:")

    def test_a_handshake_that_hangs(self):
        self.is_never_trusted(self.start_peer(records), "TLS handshake with 127.0.0.1:[0-9]+: timed out")

    def test_a_handshake_that_is_broken_off(self):
        self.is_never_trusted(self.start_peer(lambda peer, connection: connection.recv(1)),
                              "TLS handshake with 127.0.0.1:")

    def test_a_certificate_that_expires_meanwhile(self):
        expires = int(time.time()) + 8
        peer = self.start_peer(works, self.authority.certificate(expires=expires))
        self.start_tls(peer)
        self.send("e1")
        wait_until(lambda: self.waiting() == 0, "the delivery over a good certificate")
        wait_until(lambda: time.time() > expires + 1, "the certificate to expire")
        self.send("e2")  # over the open connection
        wait_until(lambda: self.waiting() == 0, "the delivery over a connection from before")
        self.assertEqual(peer.connections, 1)
        peer.hang_up()
        self.send("e3")
        self.fails()
        self.is_said_once(r"certificate verify failed \(certificate has expired\)")
        self.assertEqual(names(peer.requests), ["e1", "e2"])
        peer.tls = self.authority.certificate()
        self.arrives(peer, "e1", "e2", "e3")


class Answers(Network):
    def test_an_answer_that_never_comes(self):
        self.fails_then_works(lambda peer, connection: peer.read(connection) and hangs(peer, connection),
                              "no response from .* within 2s", retries=2)

    def test_an_answer_that_stops_half_way(self):
        for part in (b"HTTP/1.1 2", OK[:-1], b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"):
            with self.subTest(part):
                self.fails_then_works(answers(part, hangs_up), "ended early")

    def test_an_answer_that_stops_half_way_and_hangs(self):
        self.fails_then_works(answers(OK[:-1], hangs), "incomplete after 2s", retries=2)

    def test_an_answer_with_broken_framing(self):
        for broken in (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\n{}",
                       b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n",
                       b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", bytes(1000)):
            with self.subTest(broken):
                self.fails_then_works(answers(broken, hangs), "is not HTTP: ")

    def test_a_gigabyte_for_an_answer_is_not_read(self):
        for head in (BUSY.replace(b": 0", b": 1073741824") + b"\r\n",
                     b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n"):
            with self.subTest(head):
                peer = self.start_peer(floods(head))
                self.start(f"http://127.0.0.1:{peer.port}")
                self.send("e1", "e2")
                self.fails()
                peer.behave = works
                self.arrives(peer, "e1", "e2")

    def test_a_gigabyte_that_says_200_is_an_answer_all_the_same(self):
        peer = self.start_peer(floods(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n"))
        self.start(f"http://127.0.0.1:{peer.port}")
        self.send("e1", "e2")
        self.arrives(peer, "e1", "e2")
        self.assertEqual(len(peer.requests), 2)

    def test_an_interim_answer_is_not_the_answer(self):
        peer = self.start_peer(answers(b"HTTP/1.1 100 Continue\r\n\r\n" + OK))
        self.start(f"http://127.0.0.1:{peer.port}")
        self.send("e1", "e2")
        self.arrives(peer, "e1", "e2")
        self.assertEqual(len(peer.requests), 2)

    def test_interim_answers_without_end(self):
        self.fails_then_works(floods(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), "too many 1xx responses")

    def test_a_close_right_behind_the_answer(self):
        peer = self.start_peer(answers(OK, hangs_up))
        self.start(f"http://127.0.0.1:{peer.port}")
        for i in range(20):
            self.send(f"e{i}")
        self.arrives(peer, *[f"e{i}" for i in range(20)])
        self.assertEqual(self.daemon.destination()["retries"], 0)


class Redirects(Network):
    def test_to_a_foreign_host_are_not_followed(self):
        foreign = self.start_peer(records)
        for status in ("301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"):
            to = f"http://localhost:{foreign.port}/api/v1/customers/u/events"
            answer = f"HTTP/1.1 {status}\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()
            with self.subTest(status):
                self.fails_then_works(answers(answer), f"{status}: to {to}")
        self.assertEqual((foreign.connections, foreign.raw), (0, b""))

    def test_from_tls_to_plain_are_not_followed(self):
        authority = Authority(self.folder / "authority")
        plain = self.start_peer(records)
        answer = f"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:{plain.port}/\r\nContent-Length: 0\r\n\r\n"
        peer = self.start_peer(answers(answer.encode()), authority.certificate())
        self.start(f"https://127.0.0.1:{peer.port}", ca_file=authority.ca_file)
        self.send("e1")
        self.fails()
        self.is_said_once("307 Temporary Redirect: to http://")
        peer.behave = works
        peer.hang_up()
        self.arrives(peer, "e1")
        self.assertEqual((plain.connections, plain.raw), (0, b""))


class RetryAfter(Network):
    def asks(self, value):
        """The requests to a peer that answers the first one 503 with that Retry-After, and then works."""
        def behave(peer, connection):
            while peer.read(connection):
                first = len(peer.requests) == 1
                connection.sendall(BUSY + f"Retry-After: {value}\r\n\r\n".encode() if first else OK)
        peer = self.start_peer(behave)
        self.start(f"http://127.0.0.1:{peer.port}")
        self.send("e1", "e2")
        self.arrives(peer, "e1", "e2")
        return peer.requests

    def test_seconds_are_obeyed(self):
        first, second, _ = self.asks("2")
        self.assertGreaterEqual(second.time - first.time, 1.9)

    def test_a_date_is_obeyed(self):
        date = int(time.time()) + 4
        self.assertGreaterEqual(self.asks(email.utils.formatdate(date, usegmt=True))[1].time, date - 0.1)

    def test_a_date_that_is_over_or_garbage_is_no_reason_to_wait(self):
        for value in ("Sun, 06 Nov 1994 08:49:37 GMT", "soon", "-1", "1e9", "", "Mon, 99 Foo 2099 99:99:99 GMT"):
            with self.subTest(value):
                self.assertEqual(len(self.asks(value)), 3)

    def test_a_year_holds_up_only_the_person_whose_event_got_it(self):
        def behave(peer, connection):
            while request := peer.read(connection):
                year = request.path.startswith("/api/v1/customers/u/")
                connection.sendall(BUSY + b"Retry-After: 31536000\r\n\r\n" if year else OK)
        peer = self.start_peer(behave)
        self.start(f"http://127.0.0.1:{peer.port}")
        self.send("e1", "e2")
        wait_until(lambda: self.daemon.destination()["retries"] == 1, "the answer")
        for i in range(20):
            self.send("e", user=f"other{i}")
        wait_until(lambda: self.waiting() == 2, "the others' deliveries")
        self.assertEqual(names(peer.requests), ["e1"])
        self.assertEqual(self.daemon.dead_letters(), [])


if __name__ == "__main__":
    main()
