"""Batches: the outcome of each event, whatever the outcome of the batch."""

from harness import EndToEnd, main, wait_until


def track(user, name="e", **more):
    return {"type": "track", "userId": user, "event": name, "messageId": f"{user}-{name}"} | more


def items(taken):
    """All accepted items in the order of arrival, including those that arrived alone."""
    for request in taken:
        if request["path"] != "/api/v2/batch":
            yield request["body"]
            continue
        refused = request.get("refused_items", ())
        yield from (item for index, item in enumerate(request["body"]["batch"]) if index not in refused)


class Batches(EndToEnd):
    def start(self, *options, **v2):
        return self.start_both(*options, api_version="v2", v2=v2)

    def send(self, daemon, events):
        for first in range(0, len(events), 500):
            self.assertEqual(daemon.send("/v1/batch", {"batch": events[first:first + 500]}).status, 200)

    def settle(self, daemon):
        wait_until(lambda: daemon.destination()["backlog_events"] == 0, "all to be settled")

    def letters(self, daemon, count):
        """Dead letters are written shortly after their events are acked."""
        def found():
            letters = daemon.admin("/api/dead-letters?limit=1000").json()["dead_letters"]
            return letters if len(letters) >= count else None
        return wait_until(found, f"{count} dead letters")

    def test_many_events_go_in_few_requests(self):
        sandbox, daemon = self.start("--latency", "20ms")
        self.send(daemon, [track(f"u{i}") for i in range(5000)])
        self.settle(daemon)
        taken = sandbox.taken()
        self.assertEqual(sorted(item["identifiers"]["id"] for item in items(taken)),
                         sorted(f"u{i}" for i in range(5000)))
        self.assertLess(len(taken), 500)
        self.assertTrue(all(len(request["body"]["batch"]) <= 500 for request in taken))

    def test_a_batch_is_no_larger_than_it_may_be(self):
        sandbox, daemon = self.start("--latency", "20ms", max_items=7)
        self.send(daemon, [track(f"u{i}") for i in range(500)])
        self.settle(daemon)
        self.assertEqual(max(len(request["body"]["batch"]) for request in sandbox.taken()), 7)

        large = [track(f"large{i}", properties={"filler": "x" * 25_000}) for i in range(60)]
        for first in range(0, len(large), 20):
            self.send(daemon, large[first:first + 20])
        self.settle(daemon)
        self.assertEqual(daemon.dead_letters(), [])

    def test_large_items_fill_a_batch_by_their_bytes(self):
        sandbox, daemon = self.start("--latency", "50ms")
        sandbox.faults(fail_rate=1, fail_status=503)
        self.send(daemon, [track(f"u{i}", properties={"filler": "x" * 25_000}) for i in range(60)])
        sandbox.faults(fail_rate=0)
        self.settle(daemon)
        self.assertEqual(len(list(items(sandbox.taken()))), 60)
        self.assertLessEqual(max(len(request["body"]["batch"]) for request in sandbox.taken()), 19)
        self.assertEqual(daemon.dead_letters(), [])

    def test_a_persons_events_stay_in_their_order_one_of_them_in_a_batch(self):
        sandbox, daemon = self.start("--fail-rate", "0.2", "--reset-after-rate", "0.1")
        people, names = [f"u{i}" for i in range(50)], [f"e{i}" for i in range(10)]
        self.send(daemon, [track(person, name) for name in names for person in people])
        self.settle(daemon)
        taken = sandbox.taken()
        for request in taken:
            persons = [item["identifiers"]["id"] for item in request["body"]["batch"]]
            self.assertEqual(len(persons), len(set(persons)))
        self.assert_in_order(taken, people, names)

    def test_a_persons_events_follow_each_other_in_a_batch_where_they_may(self):
        sandbox, daemon = self.start("--fail-rate", "0.2", "--reset-after-rate", "0.1", allow_same_person=True)
        people, names = [f"u{i}" for i in range(5)], [f"e{i}" for i in range(100)]
        self.send(daemon, [track(person, name) for name in names for person in people])
        self.settle(daemon)
        taken = sandbox.taken()
        self.assertGreater(max(len(request["body"]["batch"]) for request in taken), 5)
        self.assert_in_order(taken, people, names)

    def assert_in_order(self, taken, people, names):
        came = {person: [] for person in people}
        for item in items(taken):
            came[item["identifiers"]["id"]].append(item["name"])
        for person, all_names in came.items():
            self.assertEqual(list(dict.fromkeys(all_names)), names, person)

    def test_an_item_that_is_refused_becomes_a_dead_letter_and_the_others_arrive(self):
        sandbox, daemon = self.start("--item-fail-rate", "0.2", "--latency", "20ms")
        people = [f"u{i}" for i in range(300)]
        self.send(daemon, [track(person) for person in people])
        self.settle(daemon)
        arrived = {item["identifiers"]["id"] for item in items(sandbox.taken())}
        letters = self.letters(daemon, 300 - len(arrived))
        self.assertEqual(arrived | {letter["event"]["userId"] for letter in letters}, set(people))
        self.assertFalse(arrived & {letter["event"]["userId"] for letter in letters})
        letter = letters[0]
        self.assertEqual(letter["response"]["status"], 207)
        self.assertIn("failed on demand", letter["message"])
        self.assertEqual(len(letter["request"]["body"]["batch"]), 1, "the request that it would be by itself")

    def test_of_a_batch_that_is_refused_whole_only_the_guilty_items_die(self):
        sandbox, daemon = self.start("--latency", "20ms")
        sandbox.faults(refuse_text="guilty")
        self.send(daemon, [track(f"u{i}", "guilty" if i in (17, 230) else "fine") for i in range(300)])
        self.settle(daemon)
        self.assertEqual(len({item["identifiers"]["id"] for item in items(sandbox.taken())}), 298)
        letters = self.letters(daemon, 2)
        self.assertEqual(sorted(letter["event"]["userId"] for letter in letters), ["u17", "u230"])
        self.assertEqual({letter["response"]["status"] for letter in letters}, {400})
        self.assertLess(sandbox.call("GET", "/stats").json()["calls"], 80)

    def test_an_anonymous_event_goes_alone_and_before_the_person_it_becomes(self):
        sandbox, daemon = self.start("--latency", "20ms")
        events = []
        for i in range(50):
            events.append({"type": "track", "anonymousId": f"a{i}", "event": "before", "messageId": f"b{i}"})
            events.append({"type": "identify", "userId": f"u{i}", "anonymousId": f"a{i}", "messageId": f"i{i}"})
        self.send(daemon, events)
        self.settle(daemon)
        taken = sandbox.taken()
        seen = set()
        for request in taken:
            if request["path"] == "/api/v1/events":
                seen.add(request["body"]["anonymous_id"])
                continue
            for item in request["body"]["batch"]:
                self.assertIn(item["attributes"]["anonymous_id"], seen)
        self.assertEqual(len(seen), 50)
        self.assertEqual(daemon.dead_letters(), [])

    def test_a_hold_is_probed_by_one_event_and_then_batches_go_on(self):
        sandbox, daemon = self.start()
        sandbox.faults(api_key="another")
        self.send(daemon, [track(f"u{i}") for i in range(1000)])
        wait_until(lambda: daemon.destination()["paused"], "the pause")
        sandbox.faults(api_key="api-key")
        self.settle(daemon)
        self.assertEqual(len(set(item["identifiers"]["id"] for item in items(sandbox.taken()))), 1000)
        self.assertEqual(daemon.dead_letters(), [])

    def test_everything_arrives_after_a_kill_in_the_middle(self):
        sandbox, daemon = self.start("--latency", "30ms")
        self.send(daemon, [track(f"u{i}") for i in range(5000)])
        sandbox.await_taken(1)
        daemon.kill()
        daemon = self.start_daemon(self.config(sandbox.url, api_version="v2"))
        self.settle(daemon)
        self.assertEqual(len(set(item["identifiers"]["id"] for item in items(sandbox.taken()))), 5000)


if __name__ == "__main__":
    main()
