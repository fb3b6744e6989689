"""Admin tokens have names and roles, and the log says who did what."""

import http.client
import re

from admin_api import ask
from harness import EndToEnd, call, free_port, main, wait_until

TOKENS = [{"name": "grafana", "role": "read", "token": "read-token"},
          {"name": "deploy", "role": "operate", "token": "operate-token"}]
LETTERS = "/api/dead-letters"
PAUSE = "/api/destinations/customerio/pause"
RESUME = "/api/destinations/customerio/resume"


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


class AdminRoles(EndToEnd):
    def start_with_tokens(self, **admin):
        self.sandbox = self.start_sandbox()
        config = self.config(self.sandbox.url)
        config["admin"] = {"listen": f"127.0.0.1:{free_port()}", "token": "unnamed", "tokens": TOKENS} | admin
        return self.start_daemon(config)

    def start_with_token_file(self):
        """The daemon, and the file of the token `ci`."""
        file = self.folder / "token"
        file.write_text("first\n")
        return self.start_with_tokens(tokens=[{"name": "ci", "role": "operate", "token": {"file": str(file)}}]), file

    def dead_letter(self, daemon, *users):
        """Makes Customer.io reject an event of each user, so that it becomes a dead letter."""
        self.sandbox.faults(fail_rate=1, fail_status=400)
        for user in users:
            self.assertEqual(daemon.send("/v1/identify", {"userId": user, "messageId": user}).status, 200)
        wait_until(lambda: daemon.output().count(" dead_letter ") == len(users), "the dead letters")
        self.sandbox.faults(fail_rate=0)

    def actions(self, daemon):
        return re.findall(r'operator_action action=(\S+) target="(.*)" query="(.*)" status=(\d+) address=127.0.0.1 '
                          r'token="(.*)"', daemon.output())

    def test_a_read_token_reads_and_changes_nothing(self):
        daemon = self.start_with_tokens()
        self.dead_letter(daemon, "ada")
        for path in ("/metrics", "/api/status", "/api/destinations", "/api/events",
                     "/api/backlog?destination=customerio", "/api/config", "/api/log-level", LETTERS,
                     LETTERS + "/customerio/1", "/api/openapi.json"):
            self.assertEqual((path, daemon.admin(path, headers=bearer("read-token")).status), (path, 200))
        for method, path in (("POST", PAUSE), ("POST", RESUME), ("POST", "/api/reload"),
                             ("PUT", "/api/log-level?level=debug"), ("DELETE", LETTERS + "?all=true"),
                             ("POST", LETTERS + "/replay?all=true"), ("DELETE", LETTERS + "/customerio/1"),
                             ("GET", LETTERS + "/export"), ("POST", LETTERS + "/import")):
            answer = daemon.admin(path, method, bearer("read-token"))
            self.assertEqual((path, answer.status), (path, 403))
            self.assertEqual(answer.json()["error"],
                             "the token of grafana may only read; this takes the role operate")
        for method, path in (("DELETE", LETTERS + "?all=true"), ("POST", LETTERS + "/replay?all=true"),
                             ("POST", "/api/erase?user_id=ada")):
            answer = daemon.admin(path + "&dry_run=true", method, bearer("read-token"))
            self.assertEqual((path, answer.status), (path, 200), answer)
        answer = daemon.admin("/api/status", headers=bearer("read-toke"))
        self.assertEqual((answer.status, answer.json()["error"]), (401, "the token is wrong"))
        letters = daemon.admin(LETTERS, headers=bearer("operate-token")).json()["dead_letters"]
        self.assertEqual([letter["event"]["userId"] for letter in letters], ["ada"])
        denied = self.actions(daemon)
        self.assertEqual(len(denied), 9)
        self.assertEqual({each[3:] for each in denied}, {("403", "grafana")})

    def test_the_log_says_who_did_what(self):
        daemon = self.start_with_tokens()
        self.dead_letter(daemon, "ada", "bob", "eve")
        requests = [
            ("POST", PAUSE, "message=x", "deploy", "pause", "customerio", 200),
            ("POST", RESUME, "", "", "resume", "customerio", 200),
            ("POST", "/api/destinations/other/pause", "", "deploy", "pause", "other", 404),
            ("POST", LETTERS + "/customerio/1/replay", "", "deploy", "replay", "customerio/1", 200),
            ("DELETE", LETTERS, "destination=customerio&user=bob", "deploy", "purge", "", 200),
            ("GET", LETTERS + "/export", "", "deploy", "export", "", 200),
            ("DELETE", LETTERS, "all=true", "", "purge", "", 200),
            ("DELETE", LETTERS, "", "deploy", "purge", "", 403),
            ("POST", "/api/reload", "", "deploy", "reload", "", 200),
        ]
        for method, path, query, name, *_, status in requests:
            answer = daemon.admin(f"{path}?{query}", method, bearer("operate-token" if name else "unnamed"))
            self.assertEqual((path, answer.status), (path, status))
        self.assertEqual(self.actions(daemon), [(action, target, query, str(status), name)
                                                for _, _, query, name, action, target, status in requests])
        self.assertNotIn("operate-token", daemon.output())
        counts = re.findall(r"operator_action action=(\S+) .* count=(\d+)", daemon.output())
        self.assertEqual(counts, [("replay", "1"), ("purge", "1"), ("purge", "1")])

    def test_the_status_says_what_the_token_may_do(self):
        daemon = self.start_with_tokens()
        for token, role in (("read-token", "read"), ("operate-token", "operate"), ("unnamed", "operate")):
            self.assertEqual(ask(daemon, "GET", "/api/status", headers=bearer(token))["role"], role)

    def test_too_many_wrong_tokens_are_told_how_long_to_wait(self):
        daemon = self.start_with_tokens()

        def denied():
            answer = daemon.admin("/api/status", headers=bearer("wrong"))
            return answer.status == 429 and answer
        answer = wait_until(denied, "the limit")
        self.assertEqual(answer.json()["error"], "too many wrong tokens from this address; the next one is checked in "
                                                 f"{answer.headers['Retry-After']} s")

    def test_a_log_level_that_hides_other_lines_does_not_hide_who_set_it(self):
        daemon = self.start_with_tokens()
        for level in ("error", "debug"):
            answer = daemon.admin(f"/api/log-level?level={level}", "PUT", bearer("operate-token"))
            self.assertEqual(answer.json(), {"level": level})
        self.assertEqual(self.actions(daemon), [("set_log_level", "", f"level={level}", "200", "deploy")
                                                for level in ("error", "debug")])

    def test_without_any_token_there_is_no_name(self):
        _, daemon = self.start_both()
        ask(daemon, "POST", PAUSE)
        self.assertEqual(self.actions(daemon), [("pause", "customerio", "", "200", "")])

    def test_a_reload_that_replaces_its_own_token_is_that_of_the_old_one(self):
        daemon, file = self.start_with_token_file()
        file.write_text("second\n")
        self.assertEqual(daemon.admin("/api/reload", "POST", bearer("first")).json()["changed"], ["admin.tokens"])
        self.assertEqual(self.actions(daemon), [("reload", "", "", "200", "ci")])
        self.assertEqual(daemon.admin("/api/status", headers=bearer("first")).status, 401)
        self.assertEqual(daemon.admin("/api/status", headers=bearer("second")).status, 200)

    def test_a_token_that_is_replaced_while_the_body_arrives_does_nothing(self):
        daemon, file = self.start_with_token_file()
        connection = http.client.HTTPConnection("127.0.0.1", daemon.admin_port, timeout=60)
        self.addCleanup(connection.close)
        connection.putrequest("POST", PAUSE)
        connection.putheader("Authorization", "Bearer first")
        connection.putheader("Content-Length", "2")
        connection.putheader("Expect", "100-continue")
        connection.endheaders()
        self.assertEqual(connection.sock.recv(100).split(b"\r\n")[0], b"HTTP/1.1 100 Continue")
        file.write_text("second\n")
        self.assertEqual(daemon.admin("/api/reload", "POST", bearer("unnamed")).status, 200)
        connection.send(b"{}")
        self.assertEqual(connection.getresponse().status, 401)
        self.assertIsNone(daemon.admin("/api/destinations/customerio", headers=bearer("second")).json()["paused"])

    def test_no_configuration_shows_a_token(self):
        daemon = self.start_with_tokens()
        shown = daemon.admin("/api/config", headers=bearer("read-token")).json()["config"]["admin"]["tokens"]
        self.assertEqual(shown, [each | {"token": "***"} for each in TOKENS])
        self.assertEqual(call(daemon.admin_port, "GET", "/api/status").status, 401)


if __name__ == "__main__":
    main()
