"""`pintle check-config --connect`: what Customer.io says about the credentials, without sending anything."""

import json
import subprocess

from harness import PATIENCE, PINTLE, EndToEnd, environment, free_port, main
from peers import Authority, Peer, answers, hangs, works


class Connect(EndToEnd):
    def check(self, config, *options):
        path = self.folder / "pintle.yaml"
        path.write_text(json.dumps(config))
        done = subprocess.run([PINTLE, "check-config", str(path), *options], capture_output=True, text=True,
                              timeout=PATIENCE, env=environment())
        return done.returncode, done.stdout.splitlines()[1:], done.stderr

    def connect(self, url, **destination):
        """The exit code, and the line about the only destination."""
        code, lines, errors = self.check(self.config(url, **destination), "--connect")
        self.assertEqual((len(lines), errors), (1, ""), lines)
        return code, lines[0].removeprefix("destinations[customerio]: ")

    def test_good_credentials_work_and_nothing_is_sent(self):
        sandbox = self.start_sandbox()
        for region in ("us", "auto"):
            code, line = self.connect(sandbox.url, region=region)
            self.assertEqual(code, 0, line)
            self.assertRegex(line, "^works: .* the account's region is us")
        self.assertEqual({(each["method"], each["path"]) for each in sandbox.requests()},
                         {("GET", "/api/v1/accounts/region")})

    def test_bad_credentials_are_refused(self):
        sandbox = self.start_sandbox()
        code, line = self.connect(sandbox.url, api_key="SECRET")
        self.assertEqual(code, 1)
        self.assertRegex(line, f"^refused: 127.0.0.1:{sandbox.port} rejects the credentials: 401")
        self.assertNotIn("SECRET", line)

    def test_a_wrong_region_is_named(self):
        sandbox = self.start_sandbox("--region", "eu")
        self.assertEqual(self.connect(sandbox.url, region="eu")[0], 0)
        code, line = self.connect(sandbox.url, region="us")
        self.assertEqual(code, 1)
        self.assertRegex(line, "^wrong region: .* is eu, and the configuration says us; set region: eu, or auto$")

    def test_without_a_server_it_is_unreachable(self):
        code, line = self.connect(f"http://127.0.0.1:{free_port()}", ca_file="")
        self.assertEqual(code, 1)
        self.assertRegex(line, "^unreachable: connect to 127.0.0.1:.*Connection refused")

    def test_it_ends_within_the_time_limits_of_serve(self):
        peer = Peer(hangs)
        self.addCleanup(peer.close)
        code, line = self.connect(f"http://127.0.0.1:{peer.port}", ca_file="", pool={"request_timeout": "50ms"})
        self.assertEqual(code, 1)
        self.assertRegex(line, "^unreachable: ")

    def test_a_certificate_of_a_stranger_is_not_accepted(self):
        sandbox = self.start_sandbox()
        code, line = self.connect(sandbox.url, ca_file="")
        self.assertEqual(code, 1)
        self.assertIn("certificate verify failed", line)
        self.assertEqual(sandbox.requests(), [])

    def test_each_destination_has_a_line(self):
        sandbox = self.start_sandbox()
        config = self.config(sandbox.url)
        config["destinations"].append(config["destinations"][0] | {"name": "second", "api_key": "wrong"})
        code, lines, _ = self.check(config, "--connect")
        self.assertEqual(code, 1)
        self.assertEqual([line.split(": ")[:2] for line in lines],
                         [["destinations[customerio]", "works"], ["destinations[second]", "refused"]])

    def collector(self, behave, **otlp):
        """The exit code, and the lines about a collector that behaves so."""
        authority = Authority(self.folder / "authority")
        self.peer = Peer(behave, authority.certificate())
        self.addCleanup(self.peer.close)
        self.otlp_url = f"https://127.0.0.1:{self.peer.port}"
        config = self.config(self.start_sandbox().url)
        config["telemetry"] = {"otlp": {"endpoint": self.otlp_url, "ca_file": authority.ca_file} | otlp}
        code, lines, errors = self.check(config, "--connect")
        self.assertEqual((len(lines), errors), (3, ""), lines)
        self.assertIn("works", lines[0])
        return code, lines[1:]

    def test_a_collector_is_sent_an_empty_export_of_each_signal(self):
        code, lines = self.collector(works, headers=["Authorization: Bearer hidden"])
        self.assertEqual(lines, [f"telemetry.otlp: {signal}: works: {self.otlp_url} answers 200 to an empty export"
                                 for signal in ("metrics", "traces")])
        self.assertEqual(code, 0)
        self.assertEqual(sorted((each.path, each.body, each.headers["authorization"]) for each in self.peer.requests),
                         [("/v1/metrics", b"{}", "Bearer hidden"), ("/v1/traces", b"{}", "Bearer hidden")])

    def test_a_collector_that_refuses_is_named_with_its_answer(self):
        refusal = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 8\r\n\r\nno token"
        code, lines = self.collector(answers(refusal))
        self.assertEqual(code, 1)
        self.assertEqual(lines, [f"telemetry.otlp: {signal}: refused: {self.otlp_url}: the collector answers 401: no token"
                                 for signal in ("metrics", "traces")])

    def test_a_collector_whose_certificate_is_not_trusted_is_unreachable(self):
        code, lines = self.collector(works, ca_file="")
        self.assertEqual(code, 1)
        for line in lines:
            self.assertRegex(line, "^telemetry.otlp: (metrics|traces): unreachable: .*certificate verify failed")
        self.assertEqual(self.peer.requests, [])

    def test_a_problem_of_the_file_comes_first(self):
        sandbox = self.start_sandbox()
        self.assertEqual(self.check(self.config(sandbox.url, rate="fast"), "--connect")[:2], (2, []))
        self.assertEqual(sandbox.requests(), [])

    def test_without_secrets_there_is_nothing_to_connect_with(self):
        code, _, errors = self.check(self.config("https://127.0.0.1:1", ca_file=""), "--connect", "--without-secrets")
        self.assertEqual(code, 2)
        self.assertIn("--without-secrets", errors)


if __name__ == "__main__":
    main()
