"""The sandbox, over HTTPS."""

import json
import socket
import ssl
import stat
import subprocess

from harness import API_KEY, PINTLE, SITE_ID, EndToEnd, basic, main

KEY = {"Authorization": basic(SITE_ID, API_KEY), "Content-Type": "application/json"}


class OverTheWire(EndToEnd):
    def identify(self, sandbox, body=None):
        return sandbox.call("PUT", "/api/v1/customers/u", {"plan": "x"} if body is None else body, KEY)

    def test_its_certificate_is_verified_by_its_ca_alone(self):
        sandbox = self.start_sandbox()
        self.assertEqual(self.identify(sandbox).json(), {})
        sandbox.ca_file = None
        with self.assertRaises(ssl.SSLCertVerificationError):
            self.identify(sandbox)
        self.assertEqual(sandbox.stop(), 0)

    def test_it_plays_customer_io_for_a_client_that_prefers_http_2(self):
        sandbox = self.start_sandbox()
        tls = ssl.create_default_context(cafile=sandbox.ca_file)
        tls.set_alpn_protocols(["h2", "http/1.1"])
        for name in ("track.customer.io", "track-eu.customer.io"):
            with socket.create_connection(("127.0.0.1", sandbox.port), 30) as plain, \
                    tls.wrap_socket(plain, server_hostname=name) as peer:
                self.assertNotEqual(peer.selected_alpn_protocol(), "h2")
                peer.sendall(f"GET /auth HTTP/1.1\r\nHost: {name}\r\nAuthorization: {KEY['Authorization']}\r\n"
                             "Connection: close\r\n\r\n".encode())
                self.assertTrue(peer.recv(64).startswith(b"HTTP/1.1 200"))
        self.assertEqual([request["host"] for request in sandbox.requests()],
                         ["track.customer.io", "track-eu.customer.io"])

    def test_its_key_is_private_and_its_certificate_stays(self):
        sandbox = self.start_sandbox()
        files = self.folder / "sandbox"
        self.assertEqual(stat.S_IMODE((files / "key.pem").stat().st_mode), 0o600)
        before = (files / "ca.pem").read_text()
        sandbox.stop()
        self.start_sandbox()
        self.assertEqual((files / "ca.pem").read_text(), before)

    def test_it_serves_plain_http(self):
        sandbox = self.start_sandbox("--plain")
        self.assertEqual(self.identify(sandbox).status, 200)
        self.assertFalse((self.folder / "sandbox").exists())

    def test_it_shows_and_logs_what_came(self):
        sandbox = self.start_sandbox()
        self.identify(sandbox)
        self.assertEqual(sandbox.requests()[0]["body"], {"plan": "x"})
        self.assertRegex(sandbox.output(), r'(?m)^[\d:.]{12} PUT /api/v1/customers/u 200 [\d.]+ms {"plan": "x"}$')

    def test_it_records_every_call_before_it_answers(self):
        record = self.folder / "record"
        sandbox = self.start_sandbox("--record", str(record))
        items = [{"type": "object"}, {"type": "person", "action": "identify", "identifiers": {"id": "u"}}]
        self.assertEqual(sandbox.call("POST", "/api/v2/batch", {"batch": items}, KEY).status, 207)
        (line,) = record.read_text().splitlines()
        call = json.loads(line)
        self.assertEqual((call["path"], call["taken"], call["body"]), ("/api/v2/batch", True, {"batch": items}))
        self.assertEqual([error["batch_index"] for error in call["answer"]["errors"]], [0])

    def test_a_record_that_cannot_be_written_is_an_error_for_people(self):
        done = subprocess.run([PINTLE, "sandbox", "--plain", "--listen", "127.0.0.1:0", "--record", "/nowhere/at/all"],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn("/nowhere/at/all", done.stderr)

    def test_it_refuses_wrong_credentials_and_wrong_bodies(self):
        sandbox = self.start_sandbox()
        wrong = {"Authorization": basic(SITE_ID, "wrong")}
        self.assertEqual(sandbox.call("PUT", "/api/v1/customers/u", {}, wrong).status, 401)
        answer = self.identify(sandbox, {"created_at": "now"})
        self.assertEqual((answer.status, answer.json()), (400, {"meta": {"errors": ["created_at must be an integer"]}}))
        self.assertEqual(self.identify(sandbox, {"a": "x" * 32_000}).status, 400)

    def test_it_resets_the_connection_on_demand(self):
        sandbox = self.start_sandbox()
        sandbox.faults(reset_rate=1)
        with self.assertRaises(ConnectionError):
            self.identify(sandbox)
        sandbox.faults(reset_rate=0)
        self.assertEqual([request["status"] for request in sandbox.requests()], [0])

    def test_it_fails_and_throttles_on_demand(self):
        sandbox = self.start_sandbox("--fail-rate", "1", "--fail-status", "503")
        sandbox.faults(retry_after=3)
        answer = self.identify(sandbox)
        self.assertEqual((answer.status, answer.headers["Retry-After"]), (503, "3"))
        sandbox.faults(fail_rate=0, rate=0.001)
        self.assertEqual([self.identify(sandbox).status for _ in range(2)], [200, 429])

    def test_a_port_that_is_taken_is_an_error_for_people(self):
        sandbox = self.start_sandbox()
        done = subprocess.run([PINTLE, "sandbox", "--plain", "--listen", f"127.0.0.1:{sandbox.port}"],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn(str(sandbox.port), done.stderr)

    def test_wrong_options_are_errors_for_people(self):
        for options in (["--listen", "nowhere"], ["--latency", "50"], ["--fail-rate", "2"], ["--region", "de"]):
            done = subprocess.run([PINTLE, "sandbox", *options], capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 2, done)
            self.assertIn(options[0], done.stderr)

    def test_its_routes_answer_json(self):
        sandbox = self.start_sandbox("--region", "eu")
        region = sandbox.call("GET", "/api/v1/accounts/region", None, KEY).json()
        self.assertEqual((region["region"], region["url"]), ("eu", "https://track-eu.customer.io"))
        self.assertEqual(sandbox.call("GET", "/nothing").status, 404)
        self.assertEqual(sandbox.call("PATCH", "/api/v1/events", None, KEY).headers["Allow"], "POST")
        self.assertEqual(json.loads(sandbox.call("GET", "/stats").text)["calls"], 2)


if __name__ == "__main__":
    main()
