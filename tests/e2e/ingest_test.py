"""The requests of senders and the answers to them."""

import gzip
import json
import zlib

from harness import WRITE_KEY, EndToEnd, basic, main


def track(user="u", **fields):
    return {"type": "track", "userId": user, "event": "e"} | fields


class Ingest(EndToEnd):
    def setUp(self):
        super().setUp()
        self.sandbox, self.daemon = self.start_both()

    def users(self, count):
        """The people whose events arrived, in any order."""
        return sorted(request["path"].split("/")[4] for request in self.sandbox.await_taken(count))

    def accepted(self, answer):
        self.assertEqual((answer.status, answer.text), (200, "OK"))

    def refused(self, answer, status, message):
        self.assertEqual((answer.status, answer.json()), (status, {"msg": message}))

    def dropped(self):
        return self.daemon.status()["events"]["dropped"]

    def settle(self):
        """A last event, whose arrival shows that all earlier events of the same user are processed."""
        self.accepted(self.daemon.send("/v1/track", track("last")))

    def test_a_webhook_sends_one_whole_event(self):
        key = {"X-Write-Key": WRITE_KEY}
        for method in ("POST", "PUT", "PATCH"):
            self.accepted(self.daemon.send("/webhook", track(method), key, method))
        self.assertEqual(self.users(3), ["PATCH", "POST", "PUT"])

    def test_a_webhook_sends_an_array_of_events(self):
        self.accepted(self.daemon.send("/webhook", [track("a"), track("b")], {"X-Write-Key": WRITE_KEY}))
        self.assertEqual(self.users(2), ["a", "b"])

    def test_a_batch_arrives_with_its_bad_event_among_the_dead_letters(self):
        batch = [track("a"), {"type": "track", "userId": "bad"}, track("b")]
        self.accepted(self.daemon.send("/v1/batch", {"batch": batch}))
        self.assertEqual(self.users(2), ["a", "b"])
        letters = self.daemon.dead_letters()
        self.assertEqual([letter["event"]["userId"] for letter in letters], ["bad"])
        self.assertEqual(letters[0]["reason"], "event_name_missing")

    def test_a_bad_event_is_refused_to_its_senders_face_and_leaves_nothing_behind(self):
        self.refused(self.daemon.send("/v1/track", {"userId": "u"}), 400, "event name is missing or not a string")
        self.refused(self.daemon.send("/v1/identify", {"traits": {}}), 400,
                     "identify needs userId, email or anonymousId")
        self.settle()
        self.assertEqual(self.users(1), ["last"])
        self.assertEqual(self.daemon.dead_letters(), [])

    def test_a_write_key_is_taken_in_every_form(self):
        key = WRITE_KEY
        self.accepted(self.daemon.send("/v1/track", track("basic"), {"Authorization": basic(key)}))
        self.accepted(self.daemon.send("/v1/track", track("bearer"), {"Authorization": f"Bearer {key}"}))
        self.accepted(self.daemon.send("/v1/track", track("header"), {"X-Write-Key": key}))
        self.accepted(self.daemon.send(f"/v1/track?writeKey={key}", track("query"), {}))
        self.accepted(self.daemon.send("/v1/track", track("body", writeKey=key), {}))
        self.accepted(self.daemon.send(f"/beacon/v1/batch?writeKey={key}", {"batch": [track("beacon")]},
                                       {"Content-Type": "text/plain"}))
        self.assertEqual(self.users(6), ["basic", "beacon", "bearer", "body", "header", "query"])

    def test_a_missing_or_wrong_write_key_is_401(self):
        self.refused(self.daemon.send("/v1/track", track(), {}), 401, "failed to read writekey from header")
        for headers in ({"Authorization": basic("no")}, {"Authorization": "Bearer no"}, {"X-Write-Key": "no"}):
            self.refused(self.daemon.send("/v1/track", track(), headers), 401, "invalid write key")
        self.refused(self.daemon.send("/v1/track", track(writeKey="guessed-key"), {}), 401, "invalid write key")
        lines = [line for line in self.daemon.output().splitlines() if "write_key_rejected" in line]
        self.assertEqual(len(lines), 1, lines)  # one a minute for each address
        self.assertIn("write_key_rejected address=127.0.0.1 count=1", lines[0])
        self.assertNotIn("guessed-key", self.daemon.output())

    def test_a_sender_may_ask_what_became_of_each_event(self):
        events = [track(messageId="a"), track(messageId="a"), {"type": "track", "userId": "u"}, track(messageId="b")]
        answer = self.daemon.send("/v1/batch?outcomes=true", {"batch": events})
        self.assertEqual(answer.status, 200)
        letter, = self.daemon.dead_letters()
        self.assertEqual(answer.json(), {"accepted": 2, "dropped": {"duplicate": [1]},
                                         "dead_letters": {letter["reason"]: [2]}})
        self.assertEqual(answer.headers["Content-Type"], "application/json")
        self.assertEqual(self.daemon.send("/v1/batch", {"batch": events}).text, "OK")

    def test_compressed_bodies_are_read(self):
        key = {"Authorization": basic(WRITE_KEY)}
        text = b'{"type":"track","userId":"%s","event":"e"}'
        self.accepted(self.daemon.send("/v1/track", gzip.compress(text % b"gzip"), key | {"Content-Encoding": "gzip"}))
        self.accepted(self.daemon.send("/v1/track", zlib.compress(text % b"deflate"),
                                       key | {"Content-Encoding": "deflate"}))
        self.assertEqual(self.users(2), ["deflate", "gzip"])

    def test_bad_bodies_are_refused(self):
        key = {"Authorization": basic(WRITE_KEY)}
        zipped = key | {"Content-Encoding": "gzip"}
        self.refused(self.daemon.send("/v1/track", b"{", key), 400, "invalid json")
        self.refused(self.daemon.send("/v1/track", b'{"userId":"\xff"}', key), 400, "invalid json")
        self.refused(self.daemon.send("/v1/batch", {"batch": []}), 400, "empty batch payload")
        self.refused(self.daemon.send("/v1/batch", gzip.compress(b" " * 50_000_000), zipped), 413,
                     "request size exceeds max limit")
        self.assertEqual(self.daemon.send("/v1/track", gzip.compress(b"{}")[:-6], zipped).status, 400)

    def test_a_repeated_message_is_answered_and_dropped(self):
        for _ in range(3):
            self.accepted(self.daemon.send("/v1/track", track("once", messageId="m")))
        self.settle()
        self.assertEqual(self.users(2), ["last", "once"])
        self.assertEqual(self.dropped()["duplicate"], 2)

    def test_a_repeated_message_is_still_known_after_a_kill(self):
        self.accepted(self.daemon.send("/v1/track", track("once", messageId="m")))
        self.sandbox.await_taken(1)
        self.daemon.kill()
        self.daemon = self.start_daemon(self.config(self.sandbox.url))
        self.accepted(self.daemon.send("/v1/track", track("once", messageId="m")))
        self.assertEqual(self.dropped()["duplicate"], 1)

    def test_an_event_that_opts_out_is_answered_and_dropped(self):
        self.accepted(self.daemon.send("/v1/track", track("none", integrations={"All": False})))
        self.accepted(self.daemon.send("/v1/track", track("no", integrations={"customer io": False})))
        self.accepted(self.daemon.send("/v1/track", track("yes", integrations={"All": False, "Customer.io": True})))
        self.assertEqual(self.users(1), ["yes"])
        self.assertEqual(self.dropped()["integration_disabled"], 2)

    def test_a_source_config_enables_the_sdks(self):
        answer = self.daemon.send("/sourceConfig/", None, method="GET")
        self.assertEqual(answer.status, 200)
        self.assertTrue(answer.json()["source"]["enabled"])

    def test_wrong_routes_and_methods_are_json_errors(self):
        self.assertEqual(self.daemon.send("/v1/nothing", {}).status, 404)
        answer = self.daemon.send("/v1/track", None, method="GET")
        self.assertEqual(answer.status, 405)
        self.assertIn("POST", answer.headers["Allow"])
        self.assertIn("msg", answer.json())


class Consent(EndToEnd):
    def test_an_event_without_consent_is_answered_and_dropped(self):
        sandbox, daemon = self.start_both(consent_categories=["C0004"])
        denied = {"consentManagement": {"deniedConsentIds": ["C0004"]}}
        self.assertEqual(daemon.send("/v1/track", track("no", context=denied)).status, 200)
        self.assertEqual(daemon.send("/v1/track", track("yes")).status, 200)
        self.assertEqual(sandbox.await_taken(1)[0]["path"], "/api/v1/customers/yes/events")
        self.assertEqual(daemon.status()["events"]["dropped"]["consent_denied"], 1)

    def test_the_entry_of_the_events_provider_decides_and_a_reload_changes_it(self):
        consent = [{"provider": "oneTrust", "categories": ["C0003", "C0004"]},
                   {"provider": "custom", "categories": ["ads", "email"], "strategy": "or"}]
        sandbox = self.start_sandbox()
        config = self.config(sandbox.url, consent=consent)
        daemon = self.start_daemon(config)

        def send(user, *denied, **management):
            context = {"consentManagement": {"deniedConsentIds": denied} | management}
            self.assertEqual(daemon.send("/v1/track", track(user, context=context)).status, 200)

        send("one-of-and", "C0003", provider="oneTrust")
        send("one-of-and-by-none", "C0003")
        send("one-of-or", "C0003", provider="oneTrust", resolutionStrategy="or")  # delivered
        send("all-of-or", "C0003", "C0004", provider="oneTrust", resolutionStrategy="or")
        send("one-of-custom", "ads", provider="custom", resolutionStrategy="and")  # delivered
        send("all-of-custom", "ads", "email", provider="custom", resolutionStrategy="and")
        send("another-provider", "C0003", "ads", "email", provider="iubenda")  # delivered
        self.assertEqual({request["path"].split("/")[4] for request in sandbox.await_taken(3)},
                         {"one-of-or", "one-of-custom", "another-provider"})
        self.assertEqual(daemon.status()["events"]["dropped"]["consent_denied"], 4)

        config["destinations"][0]["consent"] = [{"provider": "iubenda", "categories": ["ads"]}]
        (self.folder / "pintle.yaml").write_text(json.dumps(config))
        self.assertEqual(daemon.admin("/api/reload", "POST").status, 200)
        send("another-provider-now", "ads", provider="iubenda")
        send("no-entry-now", "C0003", provider="oneTrust")  # delivered
        self.assertEqual(sandbox.await_taken(4)[3]["path"], "/api/v1/customers/no-entry-now/events")
        self.assertEqual(daemon.status()["events"]["dropped"]["consent_denied"], 5)

    def test_the_names_of_webhooks_enable_customerio_on_the_webhook_route(self):
        sandbox, daemon = self.start_both()

        def send(path, user, **integrations):
            event = track(user, integrations={"All": False} | integrations)
            self.assertEqual(daemon.send(path, event).status, 200)

        send("/webhook", "webhook", WEBHOOK=True)
        send("/webhook", "against-us", WEBHOOK=True, CUSTOMERIO=False)
        send("/v1/track", "sdk", WEBHOOK=True)
        send("/v1/track", "actions", **{"Customer.io (Actions)": True})
        self.assertEqual({request["path"] for request in sandbox.await_taken(2)},
                         {"/api/v1/customers/webhook/events", "/api/v1/customers/actions/events"})
        self.assertEqual(daemon.status()["events"]["dropped"]["integration_disabled"], 2)


class HttpWebhook(EndToEnd):
    """RudderStack's HTTP Webhook destination, which authenticates itself and sends arrays."""

    HEADERS = {"Content-Type": "application/json", "User-Agent": "RudderLabs"}
    # By its authentication: the headers and the query that it is configured to send.
    AUTHENTICATION = {
        "basic": ({"Authorization": basic(WRITE_KEY)}, ""),
        "bearer": ({"Authorization": f"Bearer {WRITE_KEY}"}, ""),
        "api-key": ({"x-write-key": WRITE_KEY}, ""),
        "none-header": ({"X-Write-Key": WRITE_KEY}, ""),
        "none-query": ({}, f"?writeKey={WRITE_KEY}"),
    }

    def setUp(self):
        super().setUp()
        self.sandbox, self.daemon = self.start_both()

    def send(self, body, method="POST", mode="bearer"):
        headers, query = self.AUTHENTICATION[mode]
        return self.daemon.send("/webhook" + query, body, self.HEADERS | headers, method)

    def users(self, count):
        return [request["path"].split("/")[4] for request in self.sandbox.await_taken(count)]

    def test_each_way_to_authenticate_carries_the_write_key(self):
        for mode in self.AUTHENTICATION:
            answer = self.send([track(mode, messageId=mode)], mode=mode)
            self.assertEqual((answer.status, answer.text), (200, "OK"), mode)
        self.assertCountEqual(self.users(len(self.AUTHENTICATION)), self.AUTHENTICATION)
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"x-api-key": WRITE_KEY}):
            answer = self.daemon.send("/webhook", [track("nobody")], self.HEADERS | headers)
            self.assertEqual(answer.status, 401, headers)

    def test_a_batch_is_an_array_and_a_single_event_is_not(self):
        batch = [track("batched", messageId=f"b-{i}", event=f"Step {i}", originalTimestamp="2026-11-20T10:00:00.000Z",
                       channel="web", integrations={"All": True}, context={"library": {"name": "RudderLabs"}})
                 for i in range(50)]
        for method, body in (("POST", batch), ("PUT", batch[:1]), ("PATCH", track("single", messageId="s"))):
            answer = self.send(body, method)
            self.assertEqual((answer.status, answer.text), (200, "OK"), method)
        taken = self.sandbox.await_taken(51)
        self.assertEqual([request["body"]["name"] for request in taken if "/batched/" in request["path"]],
                         [f"Step {i}" for i in range(50)])  # in order; the repeat in the PUT is dropped
        self.assertEqual(self.daemon.status()["events"]["dropped"]["duplicate"], 1)
        for method in ("GET", "DELETE"):
            self.assertEqual(self.send(None, method).status, 405, method)

    def test_a_bad_event_of_a_batch_is_a_dead_letter_and_a_single_one_is_answered_400(self):
        record = {"type": "record", "action": "insert", "fields": {"plan": "pro"}, "messageId": "r"}
        self.assertEqual(self.send([track("before"), record, track("after")]).status, 200)
        self.assertCountEqual(self.users(2), ["before", "after"])
        letters = self.daemon.dead_letters()
        self.assertEqual([(letter["reason"], letter["message"]) for letter in letters],
                         [("record_not_supported", "record events of reverse ETL are not supported")])
        answer = self.send(record)
        self.assertEqual((answer.status, answer.json()),
                         (400, {"msg": "record events of reverse ETL are not supported"}))

    def test_a_form_or_xml_is_answered_400(self):
        for body in (b"type=track&userId=u&event=e", b"<root><type>track</type></root>"):
            self.assertEqual(self.send(body).status, 400, body)


if __name__ == "__main__":
    main()
