"""The region of an account: it is looked up once, and redirects are followed only to permitted hosts."""

import http.server
import threading

from harness import EndToEnd, main, wait_until


def track(user):
    return {"type": "track", "userId": user, "event": "e", "messageId": user}


class Redirector(http.server.BaseHTTPRequestHandler):
    """Answers every request with a redirect to the same path on another host."""

    protocol_version = "HTTP/1.1"

    def redirect(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(307)
        self.send_header("Location", self.server.target + self.path)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_PUT = do_POST = do_DELETE = redirect

    def log_message(self, *_):
        self.server.seen.append(self.path)


class OddRegions(http.server.BaseHTTPRequestHandler):
    """Answers requests for the region with one given response after another, and accepts all other requests."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = self.server.regions.pop(0) if self.command == "GET" else b"{}"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PUT = do_POST = do_DELETE = answer

    def log_message(self, *_):
        pass


class Account(EndToEnd):
    def redirector(self, target):
        return self.start_server(Redirector, target=target, seen=[])

    def start_server(self, handler, **attributes):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        vars(server).update(attributes)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        self.addCleanup(lambda: (server.shutdown(), thread.join(), server.server_close()))
        return server

    def asked(self, sandbox):
        return [r for r in sandbox.requests() if r["path"] == "/api/v1/accounts/region"]

    def test_the_region_is_asked_for_once_in_an_accounts_life(self):
        sandbox = self.start_sandbox("--region", "eu")
        for user in ("before", "after"):
            daemon = self.start_daemon(self.config(sandbox.url, region="auto"))
            self.assertEqual(daemon.send("/v1/track", track(user)).status, 200)
            wait_until(lambda: daemon.destination()["delivered"] == 1, "the delivery")
            self.assertEqual(daemon.stop(), 0)
            self.assertIn("region_known destination=customerio region=eu", daemon.output())
        self.assertEqual(len(self.asked(sandbox)), 1)

    def test_an_unknown_region_pauses_the_destination_and_loses_nothing(self):
        sandbox = self.start_sandbox()
        sandbox.faults(api_key="another")
        daemon = self.start_daemon(self.config(sandbox.url, region="auto"))
        self.assertEqual(daemon.send("/v1/track", track("u")).status, 200)
        paused = wait_until(lambda: daemon.destination()["paused"], "the pause")
        self.assertEqual(paused["reason"], "region_unknown")
        self.assertIn("401", paused["message"])
        sandbox.faults(api_key="api-key")
        self.assertEqual([r["path"] for r in sandbox.await_taken(2)][1:], ["/api/v1/customers/u/events"])
        wait_until(lambda: daemon.destination()["paused"] is None, "the end of the pause")

    def test_an_operators_pause_outlives_an_unknown_region(self):
        sandbox = self.start_sandbox()
        sandbox.faults(api_key="another")
        daemon = self.start_daemon(self.config(sandbox.url, region="auto", retry={"probe_interval": "1h"}))
        wait_until(lambda: daemon.destination()["paused"], "the pause")

        def change(what):
            paused = daemon.admin(f"/api/destinations/customerio/{what}", "POST").json()["paused"]
            return paused and paused["reason"]
        self.assertEqual(change("pause"), "operator")
        self.assertEqual(change("resume"), "region_unknown")
        sandbox.faults(api_key="api-key")
        change("resume")  # the region is looked up again at once
        wait_until(lambda: daemon.destination()["paused"] is None, "the end of the pause")

    def test_an_answer_without_a_region_is_asked_for_again_whatever_it_is(self):
        server = self.start_server(OddRegions, regions=[b"", b"[]", b'{"region": 7}', b'{"region": null}',
                                                        b'{"region": "mars"}', b'{"region": "us"}'])
        daemon = self.start_daemon(self.config(f"http://127.0.0.1:{server.server_port}", ca_file="", region="auto"))
        self.assertEqual(daemon.send("/v1/track", track("u")).status, 200)
        wait_until(lambda: daemon.destination()["delivered"] == 1, "the delivery")
        self.assertEqual(server.regions, [])

    def test_a_redirect_to_the_accounts_own_host_is_followed_with_credentials(self):
        sandbox = self.start_sandbox("--plain")
        redirector = self.redirector(sandbox.url)
        daemon = self.start_daemon(self.config(f"http://127.0.0.1:{redirector.server_port}", ca_file=""))
        for user in ("first", "second"):
            self.assertEqual(daemon.send("/v1/track", track(user)).status, 200)
            wait_until(lambda: daemon.destination()["backlog_events"] == 0, "the delivery")
        self.assertEqual([r["path"].split("/")[4] for r in sandbox.taken()], ["first", "second"])
        self.assertEqual(len(redirector.seen), 1, "the new place is remembered")
        self.assertEqual(daemon.destination()["host"], f"127.0.0.1:{sandbox.port}", "and shown")

    def test_requests_in_flight_together_all_follow_one_redirect(self):
        sandbox = self.start_sandbox("--plain")
        redirector = self.redirector(sandbox.url)
        daemon = self.start_daemon(self.config(f"http://127.0.0.1:{redirector.server_port}", ca_file="",
                                               retry={"initial_backoff": "5m"}))
        people = {f"u{i}" for i in range(30)}
        self.assertEqual(daemon.send("/v1/batch", {"batch": [track(user) for user in people]}).status, 200)
        self.assertEqual({r["path"].split("/")[4] for r in sandbox.await_taken(30)}, people)
        self.assertEqual(daemon.output().count("destination_redirected"), 1)

    def test_a_redirect_to_a_foreign_host_is_not_followed(self):
        foreign = self.start_sandbox("--plain")
        redirector = self.redirector(f"http://localhost:{foreign.port}")  # another host name than 127.0.0.1
        daemon = self.start_daemon(self.config(f"http://127.0.0.1:{redirector.server_port}", ca_file=""))
        self.assertEqual(daemon.send("/v1/track", track("u")).status, 200)
        wait_until(lambda: len(redirector.seen) >= 2, "another try")
        self.assertEqual(foreign.requests(), [])
        self.assertEqual(daemon.destination()["backlog_events"], 1)


if __name__ == "__main__":
    main()
