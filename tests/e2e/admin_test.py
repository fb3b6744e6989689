"""The admin API: an operator's queries, previews and changes. Every response matches docs/admin-api.json."""

import json
import re
import time
import urllib.parse

from admin_api import DESCRIPTION, Stream, ask, check, example
from harness import EndToEnd, call, dedupe_id, epoch, main, wait_until


def track(user, name="Order Completed", **more):
    return {"type": "track", "userId": user, "event": name, "messageId": f"{user}-{name}",
            "timestamp": "2026-11-24T10:00:00Z", "properties": {"total": 12.50}} | more


def outcomes(events):
    return [(event["outcome"], event["user"]) for event in events]


class Description(EndToEnd):
    def test_it_names_the_routes_that_there_are(self):
        _, daemon = self.start_both()
        listed = set(re.findall(r"/(?:health|ready|metrics|api/[a-z/.{}-]+)", daemon.admin("/").text))
        self.assertEqual({path for path in DESCRIPTION["paths"]}, listed)
        self.assertEqual(daemon.admin("/api/openapi.json").json(), DESCRIPTION)

    def test_each_route_has_the_methods_and_parameters_that_it_names(self):
        _, daemon = self.start_both()
        for path, operations in DESCRIPTION["paths"].items():
            refused = call(daemon.admin_port, "PATCH", example(path))
            allowed = set(refused.headers["Allow"].split(", ")) - {"HEAD"}
            self.assertEqual((path, allowed), (path, {method.upper() for method in operations}))
            for method, operation in operations.items():
                if "parameters" not in operation:
                    continue
                error = ask(daemon, method.upper(), example(path) + "?nonsense=1", status=400)["error"]
                there_are = set(error.partition("allowed: ")[2].split(", "))
                in_query = {each["name"] for each in operation["parameters"] if each["in"] == "query"}
                self.assertEqual((path, there_are), (path, in_query or {"none"}))

    # For each parameter some values that its schema allows.
    FINE = {"limit": ["1", "1000"], "all": ["true"], "dry_run": ["true"], "level": ["warn", "info"],
            "outcome": ["retried", "dropped,rejected"],
            "since": ["0", "99999h", "1h", "2026-11-24T02:45:00Z", "2026-11-24T02:45:00.123+01:00"],
            "until": ["0", "15m", "2026-11-24T02:45:00Z"], "letter": ["customerio/1", "a/b/999999999999999999"],
            "after": {"/api/backlog": ["0", "9999999999999999999"]}}
    # And some that it does not allow.
    WRONG = {"limit": ["0", "1001", "-1", "1.5", "1e2", "x", "0x1", "99999999999999999999", "+1"], "all": ["false", "1"],
             "dry_run": ["false", "1"], "reason": ["rejected_40o", "too_old_"],
             "level": ["loud", "warning", "off", "critical", "INFO"], "outcome": ["lost", "retried,", ",", "Retried"],
             "since": ["yesterday", "-1h", "1y", "2026-13-01T00:00:00Z"], "until": ["1 h", "x"],
             "letter": ["x", "/1", "a/", "a/0", "a/-1", "a/x", "a/99999999999999999999"],
             "after": ["x", "-1", "1.0"], "message": ["x" * 501, "\u00e9" * 501]}

    def each_parameter(self, samples):
        """The operations, each with the given values of its parameters."""
        for path, operations in DESCRIPTION["paths"].items():
            for method, operation in operations.items():
                for parameter in operation.get("parameters", ()):
                    if parameter["in"] == "path":
                        continue
                    values = samples.get(parameter["name"], ())
                    values = values.get(path, ()) if isinstance(values, dict) else values
                    yield method.upper(), example(path), parameter, values

    def test_each_parameter_takes_what_its_schema_allows_and_nothing_else(self):
        _, daemon = self.start_both()
        event = json.dumps(track("u")).encode()
        for method, path, parameter, values in self.each_parameter(self.WRONG):
            name = parameter["name"]
            for value in ["", "%ff", "%", "%zz", "a%00%c3", *map(urllib.parse.quote, values)]:
                with self.subTest(method=method, path=path, parameter=name, value=value):
                    changes_letters = path.startswith("/api/dead-letters") and method != "GET" and name != "all"
                    ask(daemon, method, f"{path}?{name}={value}" + ("&all=true" if changes_letters else ""),
                        event if path == "/api/transform" else None, status=400)
        for method, path, parameter, values in self.each_parameter(self.FINE):
            schema = parameter["schema"]
            for value in values:
                check([value] if schema["type"] == "array" else int(value) if schema["type"] == "integer" else value,
                      schema) if "type" in schema else check(value, schema)
                if path == "/api/events/stream":
                    continue
                with self.subTest(method=method, path=path, parameter=parameter["name"], value=value):
                    query = f"{parameter['name']}={urllib.parse.quote(value)}"
                    if path.startswith("/api/dead-letters") and method != "GET" and parameter["name"] in (
                            "limit", "dry_run"):
                        ask(daemon, method, f"{path}?{query}", status=403)  # neither a filter nor all=true
                        query += "&all=true"
                    if path == "/api/erase":
                        ask(daemon, method, f"{path}?{query}", status=400)  # whose events?
                        query += "&user_id=u"
                    ask(daemon, method, f"{path}?{query}")

    def test_texts_may_hold_any_characters(self):
        _, daemon = self.start_both()
        for text in ("\0", "\x1b[2J", "\u202e", "a&b=c#d", "\U0001f600", "'; DROP TABLE events; --", "{{7*7}}", "../../etc"):
            value = urllib.parse.quote(text)
            for method, path, parameter, _ in self.each_parameter({}):
                if parameter["schema"] == {"type": "string", "minLength": 1} and path != "/api/events/stream":
                    with self.subTest(method=method, path=path, parameter=parameter["name"], text=text):
                        named = parameter["name"] == "destination"
                        whose = "user_id=u&" if path == "/api/erase" and named else ""
                        ask(daemon, method, f"{path}?{whose}{parameter['name']}={value}",
                            json.dumps(track("u")).encode() if path == "/api/transform" else None,
                            status=404 if named else 200)


class Events(EndToEnd):
    def test_an_event_is_seen_from_its_acceptance_to_its_answer(self):
        sandbox, daemon = self.start_both()
        stream = Stream(daemon)
        self.addCleanup(stream.close)
        self.assertEqual(daemon.send("/v1/track", track("ada")).status, 200)
        accepted, delivered = stream.until(lambda event: event["outcome"] == "delivered")
        self.assertEqual((accepted["outcome"], accepted["user"], accepted["type"], accepted["name"]),
                         ("accepted", "ada", "track", "Order Completed"))
        self.assertEqual(accepted["id"], delivered["id"])
        self.assertNotIn("request", accepted)
        self.assertEqual(delivered["event"]["properties"], {"total": 12.5})
        self.assertEqual(delivered["request"]["path"], "/api/v1/customers/ada/events")
        self.assertEqual(delivered["request"]["body"]["id"],
                         dedupe_id("ada-Order Completed", epoch("2026-11-24T10:00:00Z")))
        self.assertEqual(delivered["response"]["status"], 200)
        self.assertEqual(delivered["attempts"], 1)
        self.assertEqual(ask(daemon, "GET", "/api/events")["events"], [delivered, accepted])

    def test_each_way_to_end_is_seen_with_its_reason(self):
        sandbox, daemon = self.start_both()
        opted_out = track("out", integrations={"All": False})
        self.assertEqual(daemon.send("/v1/batch", {"batch": [opted_out, track("nameless", "")]}).status, 200)
        self.assertEqual(daemon.send("/v1/track", {"userId": "rejected"}).status, 400)
        self.assertEqual(daemon.send("/v1/track", track("stranger"), {"X-Write-Key": "wrong"}).status, 401)
        self.assertEqual(daemon.send("/v1/track", track("twice")).status, 200)
        self.assertEqual(daemon.send("/v1/track", track("twice")).status, 200)
        sandbox.faults(fail_rate=1, fail_status=503)
        self.assertEqual(daemon.send("/v1/track", track("unlucky")).status, 200)

        def seen():
            events = ask(daemon, "GET", "/api/events")["events"]
            return events if ("retried", "unlucky") in outcomes(events) else None
        events = wait_until(seen, "a retry that is seen")
        reasons = {(event["outcome"], event["user"]): (event["reason"], event["message"]) for event in events}
        for key, reason, part in ((("dropped", "out"), "integration_disabled", "integrations"),
                                  (("dead_letter", "nameless"), "event_name_missing", "event name"),
                                  (("rejected", "rejected"), "event_name_missing", "event name"),
                                  (("rejected", ""), "invalid_write_key", "invalid write key"),
                                  (("dropped", "twice"), "duplicate", "messageId"),
                                  (("retried", "unlucky"), "server_error_503", "503")):
            self.assertEqual(reasons[key][0], reason)
            self.assertIn(part, reasons[key][1])
        nobody = next(event for event in events if event["reason"] == "invalid_write_key")
        self.assertIsNone(nobody["event"], "what anyone may send is not shown")

        sandbox.faults(fail_rate=1, fail_status=400)
        wait_until(lambda: ("dead_letter", "unlucky") in outcomes(ask(daemon, "GET", "/api/events")["events"]), "a death")
        dead = ask(daemon, "GET", "/api/events?outcome=dead_letter&user=unlucky")["events"][0]
        self.assertEqual(dead["response"]["status"], 400)
        self.assertEqual(dead["request"]["path"], "/api/v1/customers/unlucky/events")
        self.assertGreater(dead["attempts"], 1)

    def test_an_item_of_a_batch_is_shown_as_the_request_that_it_would_be_by_itself(self):
        sandbox, daemon = self.start_both(api_version="v2")
        self.assertEqual(daemon.send("/v1/batch", {"batch": [track("a"), track("b"), track("c")]}).status, 200)
        sandbox.await_taken(1)

        def all_seen():
            events = ask(daemon, "GET", "/api/events?outcome=delivered")["events"]
            return events if len(events) == 3 else None
        for event in wait_until(all_seen, "three deliveries"):
            self.assertEqual(len(event["request"]["body"]["batch"]), 1)
            self.assertEqual(event["request"]["body"]["batch"][0]["identifiers"], {"id": event["user"]})

    def test_filters(self):
        sandbox, daemon = self.start_both()
        stream = Stream(daemon, "?user=bob&outcome=delivered")
        self.addCleanup(stream.close)
        batch = [track(f"u{i}", f"Event {i % 3}") for i in range(6)] + [track("bob"), track("carl", "Signed Up")]
        self.assertEqual(daemon.send("/v1/batch", {"batch": batch}).status, 200)
        sandbox.await_taken(len(batch))
        self.assertEqual(outcomes(stream.until(lambda event: True)), [("delivered", "bob")])

        self.assertEqual(daemon.send("/v1/track", track("ann", "Signed Up", anonymousId="anon-1")).status, 200)
        self.assertEqual(daemon.send("/v1/identify", {"userId": "ann", "traits": {"email": "Ann@Example.com"}}).status,
                         200)
        wait_until(lambda: daemon.destination()["backlog_events"] == 0, "all is delivered")

        def ask_for(query):
            return outcomes(ask(daemon, "GET", "/api/events?" + query)["events"])
        self.assertEqual(ask_for("user=anon-1&outcome=accepted"), [("accepted", "ann")])
        self.assertEqual(ask_for("type=IDENTIFY&outcome=delivered"), [("delivered", "ann")])
        self.assertIn(("accepted", "ann"), ask_for("event=signed&outcome=accepted"))
        self.assertEqual(len(ask_for("outcome=accepted,delivered&limit=3")), 3)
        ask(daemon, "GET", "/api/events?destination=nowhere", status=404)
        for query in ("outcome=lost", "limit=0", "limit=1001", "user=", "user=%zz"):
            ask(daemon, "GET", "/api/events?" + query, status=400)

    def test_a_stream_that_nobody_writes_to_shows_signs_of_life_and_ends_with_the_daemon(self):
        _, daemon = self.start_both()
        stream = Stream(daemon)
        self.addCleanup(stream.close)
        self.assertTrue(stream.comment.startswith(":"))
        self.assertEqual(stream.line(), "")
        self.assertTrue(stream.line().startswith(":"))
        self.assertEqual(daemon.stop(), 0)
        with self.assertRaises((EOFError, ConnectionError)):
            while True:
                stream.line()


class Backlog(EndToEnd):
    def test_waiting_events_are_listed_by_user_and_in_parts(self):
        sandbox, daemon = self.start_both()
        ask(daemon, "POST", "/api/destinations/customerio/pause?message=maintenance")
        batch = [track(f"u{i % 10}", f"Event {i}") for i in range(100)]
        self.assertEqual(daemon.send("/v1/batch", {"batch": batch}).status, 200)
        answer, names = ask(daemon, "GET", "/api/backlog?limit=30"), []
        while True:
            names += [event["name"] for event in answer["events"]]
            if "next" not in answer:
                break
            answer = ask(daemon, "GET", f"/api/backlog?limit=30&after={answer['next']}")
        self.assertEqual(names, [event["event"] for event in batch])
        ours = ask(daemon, "GET", "/api/backlog?user=u3")["events"]
        self.assertEqual([event["name"] for event in ours], [f"Event {i}" for i in range(3, 100, 10)])
        self.assertEqual(ours[0]["event"]["properties"], {"total": 12.5})
        for query, status in (("after=x", 400), ("destination=nowhere", 404)):
            ask(daemon, "GET", "/api/backlog?" + query, status=status)


PAUSE = "/api/destinations/customerio/pause"
RESUME = "/api/destinations/customerio/resume"


class Pause(EndToEnd):
    def test_what_an_operator_paused_stays_so_across_a_restart_and_nothing_grows_old(self):
        retry = {"initial_backoff": "20ms", "max_backoff": "100ms", "max_age": "1s", "probe_interval": "20ms"}
        sandbox = self.start_sandbox()
        config = self.config(sandbox.url, retry=retry)
        daemon = self.start_daemon(config)
        paused = ask(daemon, "POST", PAUSE + "?message=their%20maintenance")["paused"]
        self.assertEqual((paused["reason"], paused["message"]), ("operator", "their maintenance"))
        self.assertIn("destination_paused destination=customerio reason=operator message=\"their maintenance\"",
                      daemon.output())
        self.assertEqual(daemon.send("/v1/track", track("ada")).status, 200)
        wait_until(lambda: daemon.destination()["backlog_oldest_age_seconds"] > 1.5, "a wait longer than max_age")
        daemon.kill()
        daemon = self.start_daemon(config)
        self.assertEqual(wait_until(lambda: daemon.destination()["paused"], "the pause"), paused)
        daemon.signal(1)  # a reload does not resume it; it only probes a destination whose credentials are rejected
        wait_until(lambda: "configuration_reloaded" in daemon.output(), "the reload")
        self.assertEqual(daemon.destination()["paused"], paused)
        self.assertEqual(sandbox.taken(), [], "nothing is sent, not even to probe")

        self.assertIsNone(ask(daemon, "POST", RESUME)["paused"])
        sandbox.await_taken(1)
        wait_until(lambda: daemon.destination()["backlog_events"] == 0, "the delivery")
        self.assertIn('destination_resumed destination=customerio by="127.0.0.1"', daemon.output())
        self.assertEqual(daemon.dead_letters(), [])
        self.assertEqual(daemon.stop(), 0)
        self.assertIsNone(self.start_daemon(config).destination()["paused"], "the end is remembered too")

    def test_resume_probes_a_destination_at_once_that_rejects_our_credentials(self):
        sandbox, daemon = self.start_both(retry={"probe_interval": "1h"})
        sandbox.faults(api_key="another")
        self.assertEqual(daemon.send("/v1/track", track("ada")).status, 200)
        self.assertEqual(wait_until(lambda: daemon.destination()["paused"], "the pause")["reason"], "credentials")
        sandbox.faults(api_key="api-key")
        ask(daemon, "POST", RESUME)
        sandbox.await_taken(1)

    def test_a_pause_takes_a_new_message_and_keeps_its_beginning(self):
        _, daemon = self.start_both()
        first = ask(daemon, "POST", PAUSE)["paused"]
        self.assertEqual(first["message"], "paused by an operator")
        self.assertEqual(ask(daemon, "POST", PAUSE + "?message=longer")["paused"], first | {"message": "longer"})


class Destinations(EndToEnd):
    def test_each_has_its_own_path_whatever_its_name(self):
        sandbox = self.start_sandbox()
        config = self.config(sandbox.url)
        name = "a/b %c?é"
        config["destinations"].append(config["destinations"][0] | {"name": name})
        daemon = self.start_daemon(config)
        path = "/api/destinations/" + urllib.parse.quote(name, safe="")
        self.assertEqual(ask(daemon, "GET", path)["name"], name)
        self.assertEqual(ask(daemon, "POST", path + "/pause")["name"], name)
        states = {each["name"]: each["paused"] for each in ask(daemon, "GET", "/api/destinations")["destinations"]}
        self.assertIsNone(states["customerio"])
        self.assertEqual(states[name]["reason"], "operator")

    def test_one_that_there_is_not_is_404_in_json(self):
        _, daemon = self.start_both()
        for name in ("others", "%2F", "%00", "%ff", "..", "customerio%2Fpause"):
            ask(daemon, "GET", "/api/destinations/" + name, status=404)
            error = ask(daemon, "POST", f"/api/destinations/{name}/pause", status=404)["error"]
            self.assertIn("allowed: customerio", error)
        for path in ("/api/destinations//pause", "/api/destinations/%zz", "/api/destinations/customerio/stop"):
            answer = call(daemon.admin_port, "POST", path)
            self.assertEqual((path, answer.status, answer.json()), (path, 404, {"error": "no such route"}))
        self.assertIsNone(daemon.destination()["paused"])

    def test_the_time_to_drain_is_of_the_whole_backlog(self):
        sandbox = self.start_sandbox()
        config = self.config(sandbox.url, rate=20)
        daemon = self.start_daemon(config)
        wait_until(lambda: daemon.destination()["time_to_drain_seconds"] == 0, "the first sample")
        ask(daemon, "POST", PAUSE)
        self.assertEqual(daemon.send("/v1/batch", {"batch": [track(f"u{i}") for i in range(200)]}).status, 200)
        self.assertEqual(daemon.stop(), 0)
        daemon = self.start_daemon(config)  # the backlog must not grow in the seconds before
        self.assertIsNone(daemon.destination()["time_to_drain_seconds"], "it does not shrink")
        ask(daemon, "POST", RESUME)

        def shrinking():
            destination = daemon.destination()
            return destination if destination["time_to_drain_seconds"] else None
        destination = wait_until(shrinking, "that it shrinks")
        self.assertLess(destination["backlog_events"] / destination["time_to_drain_seconds"], 100)


class Trying(EndToEnd):
    def test_an_event_is_transformed_and_not_sent(self):
        sandbox, daemon = self.start_both()
        made = ask(daemon, "POST", "/api/transform", track("ada", messageId=None))
        self.assertEqual((made["method"], made["path"], made["body"]["data"]),
                         ("POST", "/api/v1/customers/ada/events", {"total": 12.5}))
        self.assertIn("event name", ask(daemon, "POST", "/api/transform", {"type": "track", "userId": "u"})["error"])
        for text in (b"{", b"[]", b"1", b"\"a\"", b"x", b"{\xff}"):
            self.assertIn("JSON object", ask(daemon, "POST", "/api/transform", text, status=400)["error"])
        ask(daemon, "POST", "/api/transform", status=400)
        ask(daemon, "POST", "/api/transform?destination=nowhere", track("ada"), status=404)
        self.assertEqual(ask(daemon, "GET", "/api/status")["events"]["received"], 0)
        self.assertEqual(sandbox.requests(), [])

    def test_the_configuration_is_shown_without_its_secrets(self):
        _, daemon = self.start_both(rate=777)
        shown = ask(daemon, "GET", "/api/config")
        self.assertTrue(shown["file"].endswith("pintle.yaml"))
        to = shown["config"]["destinations"][0]
        self.assertEqual((to["rate"], to["site_id"], to["api_key"]), (777, "site-id", "***"))
        self.assertEqual(shown["config"]["sources"][0]["write_key"], "***")
        self.assertEqual(to["retry"]["max_backoff"], "200ms")

    def test_the_log_level_changes_until_a_reload(self):
        _, daemon = self.start_both()
        self.assertEqual(ask(daemon, "PUT", "/api/log-level?level=debug"), {"level": "debug"})
        self.assertEqual(ask(daemon, "GET", "/api/log-level"), {"level": "debug"})
        ask(daemon, "PUT", "/api/log-level?level=loud", status=400)
        ask(daemon, "PUT", "/api/log-level", status=400)
        ask(daemon, "POST", "/api/reload")
        self.assertEqual(ask(daemon, "GET", "/api/status")["log_level"], "info")


class Privacy(EndToEnd):
    def test_redact_hides_what_events_say_of_people(self):
        sandbox = self.start_sandbox()
        config = self.config(sandbox.url)
        config["admin"]["redact"] = True
        daemon = self.start_daemon(config)
        stream = Stream(daemon)
        self.addCleanup(stream.close)
        sandbox.faults(fail_rate=1, fail_status=400)
        secret = "Lovelace"
        event = track(secret, anonymousId=secret, messageId="m-1", properties={"to": [{"name": secret}], "n": 4711},
                      context={"device": {"token": secret, "type": "ios"}})
        self.assertEqual(daemon.send("/v1/track", event).status, 200)
        seen = stream.until(lambda event: event["outcome"] == "dead_letter")
        wait_until(daemon.dead_letters, "the dead letter")
        letters = ask(daemon, "GET", "/api/dead-letters")
        ask(daemon, "POST", PAUSE)
        self.assertEqual(daemon.send("/v1/track", event | {"messageId": "another"}).status, 200)
        waiting = ask(daemon, "GET", "/api/backlog")
        for shown in (seen, letters, waiting, ask(daemon, "GET", "/api/events")):
            text = json.dumps(shown)
            self.assertNotIn(secret, text)
            self.assertNotIn("4711", text)
            self.assertIn("Order Completed", text, "what kind of event it was stays")
        self.assertEqual(letters["dead_letters"][0]["event"]["properties"],
                         {"to": [{"name": "[redacted]"}], "n": "[redacted]"})
        self.assertEqual(len(ask(daemon, "GET", f"/api/backlog?user={secret}")["events"]), 1, "who knows may ask")
        self.assertTrue(ask(daemon, "GET", "/api/status")["redact"])
        self.assertEqual(len(sandbox.requests()), 1, "what is sent is whole")
        self.assertIn(secret, json.dumps(sandbox.requests()))


class KeepingOut(EndToEnd):
    def test_a_name_that_somebody_else_may_point_here_is_refused(self):
        _, daemon = self.start_both()
        for host in ("evil.example", f"evil.example:{daemon.admin_port}", "localhost.evil.example", "127.0.0.1.nip.io"):
            ask(daemon, "GET", "/api/status", headers={"Host": host}, status=403)
            self.assertEqual(daemon.admin("/metrics", headers={"Host": host}).status, 403)
            self.assertEqual(daemon.admin("/health", headers={"Host": host}).status, 200)
        for host in ("localhost", "localhost:9090", "127.0.0.1:1", "[::1]:9090", "10.2.3.4"):
            ask(daemon, "GET", "/api/status", headers={"Host": host})

    def test_a_page_of_another_site_is_refused(self):
        _, daemon = self.start_both()
        for origin in ("http://evil.example", "http://localhost:1", "null"):
            ask(daemon, "GET", "/api/status", headers={"Origin": origin}, status=403)
            ask(daemon, "POST", PAUSE, headers={"Origin": origin}, status=403)
        own = {"Origin": f"http://127.0.0.1:{daemon.admin_port}"}
        ask(daemon, "GET", "/api/status", headers=own)
        self.assertFalse(daemon.destination()["paused"])

    def test_a_token_is_asked_for_by_all_that_tells_something(self):
        sandbox = self.start_sandbox()
        config = self.config(sandbox.url)
        config["admin"]["token"] = "s3cret"
        daemon = self.start_daemon(config)
        for path, operations in DESCRIPTION["paths"].items():
            for method in operations:
                open_to_all = path in ("/health", "/ready")
                answer = call(daemon.admin_port, method.upper(), path)
                self.assertEqual((path, answer.status), (path, 200 if open_to_all else 401))
        token = {"Authorization": "Bearer s3cret", "Host": "pintle.internal:9090"}
        ask(daemon, "GET", "/api/status", headers=token)
        stream = Stream(daemon, headers=token)
        stream.close()


if __name__ == "__main__":
    main()
