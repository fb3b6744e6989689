"""A reload of the configuration applies completely or not at all, and loses nothing."""

import json
import re
import signal
import subprocess
import threading

from harness import API_KEY, PINTLE, WRITE_KEY, EndToEnd, basic, environment, free_port, main, wait_until

UNCHANGED = "nothing was reloaded: the daemon keeps the configuration that it has"
HINT = "the address of the daemon's admin listener is not known; --admin http://HOST:PORT names it"
RETRY = {"initial_backoff": "20ms", "max_backoff": "200ms", "probe_interval": "100ms"}


def track(user, number=0):
    return {"userId": user, "event": str(number), "messageId": f"{user}-{number}"}


class Senders:
    """Threads that each send the events of their own users, one after another, until they are stopped."""

    def __init__(self, daemon, threads, key):
        self.daemon = daemon
        self.key = key
        self.sent = [0] * threads   # answered 200
        self.keys = [None] * threads  # key of the latest answer
        self.refused = []
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(i,)) for i in range(threads)]
        for thread in self.threads:
            thread.start()

    def run(self, i):
        while not self.stopping.is_set():
            key = self.key
            try:
                answer = self.daemon.send("/v1/track", track(f"u{i}", self.sent[i]), {"Authorization": basic(key)})
            except OSError as error:
                self.refused.append(error)
                return
            if answer.status != 200:
                self.refused.append(answer)
                return
            self.sent[i] += 1
            self.keys[i] = key

    def await_more(self, count):
        goal = [sent + count for sent in self.sent]
        wait_until(lambda: self.refused or all(a >= b for a, b in zip(self.sent, goal)), f"{count} more of each")

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()


def arrivals(requests):
    """The numbers of each user's events in the order of arrival, for v1 and for v2."""
    users = {}
    for request in requests:
        if request["path"] == "/api/v2/batch":
            for item in request["body"]["batch"]:
                users.setdefault(item["identifiers"]["id"], []).append(int(item["name"]))
        elif request["method"] == "POST":  # not the request for the region
            users.setdefault(request["path"].split("/")[4], []).append(int(request["body"]["name"]))
    return users


class Reload(EndToEnd):
    def setUp(self):
        super().setUp()
        self.sandbox = self.start_sandbox()

    def start(self, **destination):
        self.settings = self.config(self.sandbox.url, **destination)
        self.settings["admin"]["listen"] = "127.0.0.1:0"
        self.daemon = self.start_daemon(self.settings)
        return self.daemon

    def write(self):
        (self.folder / "pintle.yaml").write_text(json.dumps(self.settings))

    def reload(self, status=200, **headers):
        """Reloads the current `settings` through the admin listener."""
        self.write()
        answer = self.daemon.admin("/api/reload", "POST", headers)
        self.assertEqual(answer.status, status, answer)
        loaded = answer.json()
        if status == 200:
            self.assertEqual(loaded.pop("file"), str(self.folder / "pintle.yaml"))
        return loaded

    def command(self, *arguments):
        return subprocess.run([PINTLE, "reload", "--admin", f"http://127.0.0.1:{self.daemon.admin_port}", *arguments],
                              capture_output=True, text=True, timeout=60)

    def send(self, key, user="u", number=0):
        return self.daemon.send("/v1/track", track(user, number), {"Authorization": basic(key)}).status

    @property
    def source(self):
        return self.settings["sources"][0]

    @property
    def destination(self):
        return self.settings["destinations"][0]

    def await_hold(self):
        wait_until(lambda: self.daemon.destination()["paused"], "the pause")

    def test_a_write_key_changes_without_a_refused_event(self):
        self.start()
        senders = Senders(self.daemon, 4, WRITE_KEY)
        self.addCleanup(senders.stop)
        senders.await_more(20)
        self.source["write_key"] = [WRITE_KEY, "new-key"]
        self.assertEqual(self.reload(), {"changed": ["sources[web].write_key"], "kept": []})
        senders.await_more(20)
        senders.key = "new-key"
        wait_until(lambda: senders.refused or set(senders.keys) == {"new-key"}, "senders that have changed")
        old, new = self.daemon.status()["write_keys"]
        self.assertEqual((old["source"], old["key"], new["key"]), ("web", 1, 2))
        self.assertGreaterEqual(old["requests"], 40)
        senders.await_more(20)
        self.assertEqual(self.daemon.status()["write_keys"][0], old, "nobody uses it any more")
        self.assertGreater(self.daemon.metrics().value("pintle_source_key_requests_total", source="web", key="2"), 0)
        self.source["write_key"] = "new-key"
        self.reload()
        senders.await_more(20)
        senders.stop()
        self.assertEqual(senders.refused, [])
        self.assertEqual(self.send(WRITE_KEY), 401)

    def test_sources_come_and_go(self):
        self.start()
        self.assertEqual(self.send("app-key"), 401)
        self.settings["sources"].append({"name": "app", "write_key": "app-key", "destination": "customerio"})
        self.assertEqual(self.reload()["changed"], ["sources[app] (added)"])
        self.assertEqual(self.send("app-key"), 200)
        self.settings["sources"].pop(0)
        self.assertEqual(self.reload()["changed"], ["sources[web] (removed)"])
        self.assertEqual(self.send(WRITE_KEY), 401)
        self.assertEqual(self.send("app-key", number=1), 200)
        self.assertEqual(arrivals(self.sandbox.await_taken(2)), {"u": [0, 1]})

    def test_a_paused_destination_delivers_at_once_when_its_credentials_are_mended(self):
        for region in ("us", "auto"):
            with self.subTest(region):
                self.start(api_key="wrong", region=region, retry=RETRY | {"probe_interval": "24h"})
                before = len(self.sandbox.taken())
                for number in range(3):
                    self.assertEqual(self.send(WRITE_KEY, region, number), 200)
                self.await_hold()
                self.destination["api_key"] = API_KEY
                self.assertEqual(self.reload()["changed"], ["destinations[customerio].api_key"])
                wait_until(lambda: len(arrivals(self.sandbox.taken()[before:]).get(region, [])) == 3, "the events")
                self.assertEqual(arrivals(self.sandbox.taken())[region], [0, 1, 2])
                wait_until(lambda: not self.daemon.destination()["paused"], "the end of the pause")
                self.assertEqual(self.daemon.dead_letters(), [])
                self.assertEqual(self.daemon.stop(), 0)

    def test_a_paused_destination_is_tried_at_once_by_any_reload(self):
        self.start(retry=RETRY | {"probe_interval": "24h"})
        self.sandbox.faults(api_key="another")
        self.assertEqual(self.send(WRITE_KEY), 200)
        self.await_hold()
        self.sandbox.faults(api_key=API_KEY)
        self.assertEqual(self.reload(), {"changed": [], "kept": []})
        self.sandbox.await_taken(1)

    def test_a_reload_that_is_rejected_is_shown_until_one_succeeds(self):
        self.start()
        status = self.daemon.status()["configuration"]
        self.assertIsNone(status["rejected"])
        path = self.folder / "pintle.yaml"
        path.rename(self.folder / "elsewhere.yaml")  # the daemon cannot read it
        self.daemon.signal(signal.SIGHUP)
        rejected = wait_until(lambda: self.daemon.status()["configuration"]["rejected"], "the rejection")
        self.assertEqual(rejected["by"], "SIGHUP")
        problem, = rejected["problems"]
        self.assertRegex(problem, f"^{path}: .*No such file or directory")
        self.assertIn(f'configuration_rejected by=SIGHUP problems=1 text="{problem}"'.replace('"', "'"),
                      self.daemon.output().replace("\\", "").replace('"', "'"))
        self.assertEqual(self.daemon.metrics().value("pintle_config_last_reload_successful"), 0)
        path.write_text("destinations: 1\n")
        self.assertEqual(self.daemon.admin("/api/reload", "POST").status, 422)
        again = self.daemon.status()["configuration"]["rejected"]
        self.assertEqual((again["by"], again["since"]), ("api", rejected["since"]))
        self.assertRegex(again["problems"][0], f"^{path}:1: destinations: ")
        shown = subprocess.run([PINTLE, "status", "--admin", f"http://127.0.0.1:{self.daemon.admin_port}"],
                               capture_output=True, text=True, timeout=60)
        self.assertEqual(shown.returncode, 1, shown.stdout)
        self.assertIn(f"    {again['problems'][0]}\n", shown.stdout)
        self.assertEqual(self.send(WRITE_KEY), 200)

        self.reload()
        after = self.daemon.status()["configuration"]
        self.assertIsNone(after["rejected"])
        self.assertGreater(after["loaded_at"], status["loaded_at"])
        metrics = self.daemon.metrics()
        self.assertEqual(metrics.value("pintle_config_last_reload_successful"), 1)
        self.assertGreater(metrics.value("pintle_config_last_reload_success_timestamp_seconds"),
                           metrics.value("process_start_time_seconds"))

    def test_a_broken_file_changes_nothing_and_every_problem_is_named(self):
        self.start()
        path = self.folder / "pintle.yaml"
        path.write_text("sources:\n  - write_key: [other, other]\n    destination: nowhere\n"
                        "destinations:\n  - name: customerio\n    rate: fast\n")
        answer = self.daemon.admin("/api/reload", "POST")
        self.assertEqual(answer.status, 422)
        problems = answer.json()["problems"]
        for line, key in ((2, "write_key"), (3, "destination"), (5, "site_id"), (5, "api_key"), (6, "rate")):
            self.assertTrue(any(re.match(rf"{path}:{line}: .*{key}", each) for each in problems), (key, problems))

        done = self.command()
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stderr.splitlines(), [*problems, UNCHANGED])
        (self.folder / "broken.yaml").write_text("admin: [\n")
        (self.folder / "many.yaml").write_text("admin: {listen: nowhere}\nlog: {level: loud}\ncolour: red\n")
        for name, lines in (("broken", [1]), ("many", [1, 2, 3])):
            file = self.folder / f"{name}.yaml"
            done = subprocess.run([PINTLE, "reload", "--config", file], capture_output=True, text=True, timeout=60,
                                  env=environment())
            check = subprocess.run([PINTLE, "check-config", "--without-secrets", file], capture_output=True, text=True,
                                   timeout=60, env=environment())
            found = [line for line in check.stderr.splitlines() if not line.startswith("warning: ")]
            self.assertGreaterEqual(len(found), len(lines))
            self.assertEqual((done.returncode, done.stderr.splitlines()), (2, [*found, UNCHANGED, HINT]))

        self.daemon.signal(signal.SIGHUP)
        wait_until(lambda: f"configuration_rejected by=SIGHUP problems={len(problems)}" in self.daemon.output(),
                   "the log line")
        self.assertEqual(self.send("other"), 401)
        self.assertEqual(self.send(WRITE_KEY), 200)
        self.sandbox.await_taken(1)

    def test_a_reload_of_a_broken_file_leaves_its_trace_however_it_is_typed(self):
        self.settings = self.config(self.sandbox.url)
        listen = f"127.0.0.1:{free_port()}"
        self.settings["admin"]["listen"] = listen
        self.daemon = self.start_daemon(self.settings)
        path = self.folder / "pintle.yaml"

        def reload(*arguments):
            return subprocess.run([PINTLE, "reload", *arguments], capture_output=True, text=True, timeout=60,
                                  env=environment())
        whole = "".join(f"{key}: {json.dumps(value)}\n" for key, value in self.settings.items())
        for broken in ("bogus: 1\n", "telemetry: {otlp: {headers: [x]}}\n", "log: [\n"):
            path.write_text(whole + broken)
            done = reload("--config", path)
            rejected = self.daemon.status()["configuration"]["rejected"]
            self.assertEqual((done.returncode, done.stdout), (2, ""), broken)
            self.assertEqual(done.stderr.splitlines(), [*rejected["problems"], UNCHANGED])
            self.assertEqual(self.daemon.metrics().value("pintle_config_last_reload_successful"), 0)
            path.write_text(whole)
            self.assertEqual(reload("--config", path).returncode, 0)
            self.assertIsNone(self.daemon.status()["configuration"]["rejected"])
        self.assertEqual(self.daemon.output().count("configuration_rejected by=api"), 3)
        other = self.folder / "other.yaml"
        other.write_text(whole + "bogus: 1\n")
        done = reload("--config", other)
        self.assertEqual((done.returncode, done.stdout), (3, f"loaded {path}\n"))
        self.assertRegex(done.stderr, f"^warning: {other}:\\d+: bogus: unknown key.*\nwarning: the daemon was not started")
        self.assertEqual(self.daemon.stop(), 0)
        done = reload("--config", other)
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, f"^{other}:\\d+: bogus: unknown key.*\npintle: no daemon answers at {listen}")

    def test_a_ca_file_that_holds_no_certificate_changes_nothing(self):
        self.start()
        (self.folder / "none.pem").write_text("no certificate")
        self.destination["ca_file"] = str(self.folder / "none.pem")
        self.source["write_key"] = "other"
        problems = self.reload(status=422)["problems"]
        self.assertEqual(len(problems), 1)
        self.assertIn("none.pem", problems[0])
        self.assertEqual(self.send("other"), 401)
        self.assertEqual(self.send(WRITE_KEY), 200)
        self.sandbox.await_taken(1)

    def test_the_log_level_changes(self):
        self.start()
        self.sandbox.faults(fail_rate=1, fail_status=503)
        self.assertEqual(self.send(WRITE_KEY), 200)
        wait_until(lambda: self.daemon.destination()["retries"] > 1, "attempts that fail")
        self.assertNotIn("delivery_failed", self.daemon.output())
        self.settings["log"] = {"level": "debug"}
        self.assertEqual(self.reload()["changed"], ["log.level"])
        wait_until(lambda: "debug delivery_failed" in self.daemon.output(), "a debug line")

    def test_a_destinations_rate_changes(self):
        self.start(rate=0.0001)  # the second request would be sent hours later
        for number in range(30):
            self.assertEqual(self.send(WRITE_KEY, number=number), 200)
        self.sandbox.await_taken(1)
        self.assertEqual(self.daemon.destination()["backlog_events"] > 1, True)
        self.destination["rate"] = 100000
        self.assertEqual(self.reload()["changed"], ["destinations[customerio].rate"])
        self.assertEqual(arrivals(self.sandbox.await_taken(30)), {"u": list(range(30))})

    def test_what_waits_follows_the_options_of_the_mapping(self):
        self.start()
        self.sandbox.faults(api_key="another")
        self.assertEqual(self.send(WRITE_KEY), 200)
        self.await_hold()
        self.destination["event_dedupe_id"] = False
        self.reload()
        wait_until(lambda: "id" not in self.sandbox.requests()[-1]["body"], "a probe by the new options")
        self.sandbox.faults(api_key=API_KEY)
        self.assertNotIn("id", self.sandbox.await_taken(1)[0]["body"])

    def test_what_cannot_change_is_named_and_stays(self):
        self.start()
        self.settings["listen"] = "127.0.0.1:1"
        self.settings["journal"]["directory"] = str(self.folder / "elsewhere")
        kept = ["listen", "journal.directory"]
        self.assertEqual(self.reload(), {"changed": [], "kept": kept})
        done = self.command()
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertEqual(done.stdout.splitlines(),
                         [f"loaded {self.folder}/pintle.yaml"] + [f"needs a restart: {each}" for each in kept] + ["the rest of the configuration is in force"])
        self.assertIn(f'configuration_needs_restart fields="{", ".join(kept)}"', self.daemon.output())
        self.assertEqual(self.daemon.status()["configuration"]["pending_restart"], kept)
        self.assertEqual(self.daemon.metrics().value("pintle_config_pending_restart"), len(kept))
        shown = subprocess.run([PINTLE, "status", "--admin", f"http://127.0.0.1:{self.daemon.admin_port}"],
                               capture_output=True, text=True, timeout=60)
        self.assertEqual(shown.returncode, 0, shown.stdout)
        self.assertIn("warning: the configuration waits for a restart: listen, journal.directory\n", shown.stdout)
        self.assertEqual(self.send(WRITE_KEY), 200)
        self.sandbox.await_taken(1)
        self.assertFalse((self.folder / "elsewhere").exists())

    def test_signal_and_command_load_it_too(self):
        self.start()
        self.source["write_key"] = "second"
        self.write()
        self.daemon.signal(signal.SIGHUP)
        wait_until(lambda: 'configuration_reloaded by=SIGHUP changed="sources[web].write_key"' in self.daemon.output(),
                   "the log line")
        self.assertEqual(self.send("second"), 200)

        self.source["write_key"] = "third"
        self.write()
        done = self.command()
        self.assertEqual((done.returncode, done.stdout),
                         (0, f"loaded {self.folder}/pintle.yaml\nchanged sources[web].write_key\n"
                             "the configuration is in force\n"), done.stderr)
        other = self.folder / "other.yaml"
        other.write_text(json.dumps(self.settings))
        done = self.command("--config", other)
        self.assertEqual((done.returncode, done.stdout), (3, f"loaded {self.folder}/pintle.yaml\n"))
        self.assertIn(f"warning: the daemon was not started with {other}, which is not loaded", done.stderr)
        self.assertEqual(self.send("third", number=1), 200)
        for key in (WRITE_KEY, "second", "third"):
            self.assertNotIn(key, self.daemon.output().replace("sources[web].write_key", ""))

    def test_the_command_says_when_no_daemon_answers(self):
        self.start()
        self.assertEqual(self.daemon.stop(), 0)
        done = self.command()
        self.assertEqual(done.returncode, 1)
        self.assertIn("no daemon answers", done.stderr)

    def test_the_admin_token_changes(self):
        self.start()
        self.settings["admin"]["token"] = "secret"
        self.assertEqual(self.reload()["changed"], ["admin.token"])
        self.assertEqual(self.daemon.admin("/api/reload", "POST").status, 401)
        self.assertEqual(self.reload(Authorization="Bearer secret"), {"changed": [], "kept": []})

    def test_nothing_is_lost_or_out_of_order_across_reloads_under_load(self):
        self.start()
        senders = Senders(self.daemon, 8, WRITE_KEY)
        self.addCleanup(senders.stop)
        for i in range(20):
            self.settings["destinations"][0] |= {
                "api_version": ["v2", "v1"][i % 2], "region": ["auto", "us", "us"][i % 3], "rate": 100000 - i,
                "pool": {"connections": 1 + i * 7 % 16}, "v2": {"allow_same_person": i % 4 == 0, "max_items": 1 + i}}
            self.source["write_key"] = [WRITE_KEY, f"key-{i}"]
            self.assertIn("sources[web].write_key", self.reload()["changed"])
            senders.await_more(5)
        senders.stop()
        self.assertEqual(senders.refused, [])
        wait_until(lambda: self.daemon.destination()["backlog_events"] == 0, "all that was sent is delivered")
        self.assertEqual(arrivals(self.sandbox.taken()), {f"u{i}": list(range(n)) for i, n in enumerate(senders.sent)})
        self.assertEqual(self.daemon.dead_letters(), [])


if __name__ == "__main__":
    main()
