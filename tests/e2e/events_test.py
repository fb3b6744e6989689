"""Each type of event arrives at Customer.io in its exact form."""

from harness import EndToEnd, dedupe_id, epoch, facts, main

TIME = "2024-01-02T03:04:05.678Z"
SECONDS = epoch(TIME)


def event(**fields):
    return {"messageId": "m-1", "timestamp": TIME} | fields


class Events(EndToEnd):
    def arrives(self, path, body, *expected, **destination):
        sandbox, daemon = self.start_both(**destination)
        answer = daemon.send(path, body)
        self.assertEqual((answer.status, answer.text), (200, "OK"))
        self.assertEqual([facts(request) for request in sandbox.await_taken(len(expected))], list(expected))
        self.assertEqual(daemon.dead_letters(), [])
        self.assertEqual(daemon.stop(), 0)
        return sandbox

    def test_an_identify_becomes_a_person(self):
        self.arrives(
            "/v1/identify",
            event(userId="user/1 ü", anonymousId="a", traits={"email": "a@b.co", "plan": "pro", "address": {"city": "B"}}),
            ("PUT", "/api/v1/customers/user%2F1%20%C3%BC",
             {"city": "B", "email": "a@b.co", "plan": "pro", "created_at": SECONDS, "_timestamp": SECONDS,
              "anonymous_id": "a"}))

    def test_a_track_becomes_an_event(self):
        self.arrives(
            "/v1/track", event(userId="u", event="Order Completed", properties={"total": 25, "items": [1, None]}),
            ("POST", "/api/v1/customers/u/events",
             {"name": "Order Completed", "type": "event", "data": {"total": 25, "items": [1, None]},
              "timestamp": SECONDS, "id": dedupe_id("m-1", SECONDS)}))

    def test_an_anonymous_track_becomes_an_anonymous_event(self):
        self.arrives(
            "/v1/track", event(anonymousId="a", event="Seen"),
            ("POST", "/api/v1/events",
             {"name": "Seen", "type": "event", "timestamp": SECONDS, "anonymous_id": "a",
              "id": dedupe_id("m-1", SECONDS)}))

    def test_a_page_becomes_a_page_view(self):
        self.arrives(
            "/v1/page", event(userId="u", name="Home", properties={"url": "https://example.com/"}),
            ("POST", "/api/v1/customers/u/events",
             {"name": "Home", "type": "page", "data": {"url": "https://example.com/"}, "timestamp": SECONDS,
              "id": dedupe_id("m-1", SECONDS)}))

    def test_a_screen_becomes_an_event(self):
        self.arrives(
            "/v1/screen", event(userId="u", name="Main"),
            ("POST", "/api/v1/customers/u/events",
             {"name": "Viewed Main Screen", "type": "event", "timestamp": SECONDS, "id": dedupe_id("m-1", SECONDS)}))

    def test_a_group_becomes_an_object_with_its_person(self):
        self.arrives(
            "/v1/group", event(userId="u", groupId="g", traits={"name": "Initech"}),
            ("POST", "/api/v2/batch",
             {"batch": [{"type": "object", "action": "identify",
                         "identifiers": {"object_id": "g", "object_type_id": "1"}, "attributes": {"name": "Initech"},
                         "cio_relationships": [{"identifiers": {"id": "u"}}]}]}))

    def test_an_alias_merges_two_people(self):
        self.arrives(
            "/v1/alias", event(userId="new@example.com", previousId="old"),
            ("POST", "/api/v1/merge_customers",
             {"primary": {"email": "new@example.com"}, "secondary": {"id": "old"}}))

    def test_an_opened_application_registers_its_device(self):
        self.arrives(
            "/v1/track",
            event(userId="u", event="Application Opened", context={"device": {"token": "t", "type": "iOS"}}),
            ("PUT", "/api/v1/customers/u/devices",
             {"device": {"id": "t", "last_used": SECONDS, "platform": "ios"}}))

    def test_an_uninstalled_application_deletes_its_device(self):
        self.arrives(
            "/v1/track", event(userId="u", event="Application Uninstalled", context={"device": {"token": "t/1"}}),
            ("DELETE", "/api/v1/customers/u/devices/t%2F1", None))

    def test_the_destinations_own_event_registers_a_device(self):
        self.arrives(
            "/v1/track",
            event(userId="u", event="Token Sent", context={"device": {"token": "t", "type": "android"}}),
            ("PUT", "/api/v1/customers/u/devices",
             {"device": {"id": "t", "last_used": SECONDS, "platform": "android"}}),
            device_token_event_name="Token Sent")

    def test_numbers_arrive_as_they_were_written(self):
        body = b'{"userId":"u","event":"e","properties":{"n":9007199254740993,"price":0.10,"big":1e21}}'
        sandbox, daemon = self.start_both()
        self.assertEqual(daemon.send("/v1/track", body).status, 200)
        sandbox.await_taken(1)
        self.assertIn('{"n":9007199254740993,"price":0.10,"big":1e21}', sandbox.call("GET", "/requests").text)

    def test_one_persons_events_arrive_in_their_order(self):
        sandbox, daemon = self.start_both()
        batch = [{"type": "track", "userId": "u", "event": f"e{i}"} for i in range(50)]
        self.assertEqual(daemon.send("/v1/batch", {"batch": batch}).status, 200)
        names = [request["body"]["name"] for request in sandbox.await_taken(50)]
        self.assertEqual(names, [f"e{i}" for i in range(50)])

    def test_an_anonymous_event_arrives_before_the_identify_that_names_it(self):
        sandbox, daemon = self.start_both("--latency", "50ms")
        batch = [{"type": "track", "anonymousId": "a", "event": "before"},
                 {"type": "identify", "userId": "u", "anonymousId": "a"},
                 {"type": "track", "userId": "u", "event": "after"}]
        self.assertEqual(daemon.send("/v1/batch", {"batch": batch}).status, 200)
        self.assertEqual([request["path"] for request in sandbox.await_taken(3)],
                         ["/api/v1/events", "/api/v1/customers/u", "/api/v1/customers/u/events"])


if __name__ == "__main__":
    main()
