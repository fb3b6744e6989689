"""The audit of a cluster's soak: in a made-up record of the sandbox each planted fault is found, and nothing else."""

import collections
import json
import tempfile
import time
import unittest
import urllib.parse
from pathlib import Path

from soak.arrivals import Reader
from soak.chaos import KINDS, NODE_KINDS, disturbances
from soak.cluster import ClusterSoak
from soak.deliveries import Deliveries
from soak.delivery_audit import PROBLEMS, DeliveryAudit, Expected
from soak.plan import Plan
from soak.run import problems

START = 1_760_000_000.0
HOSTS = {"127.0.0.1": 0, "127.0.0.2": 1, "127.0.0.3": 2}
SENDERS = 3


def request(event):
    """The request that the event becomes: method, path and body."""
    person = f"/api/v1/customers/{urllib.parse.quote(event.who, safe='')}"
    if event.kind == "alias":
        primary, secondary = event.who.split("<-")
        return "POST", "/api/v1/merge_customers", {"primary": {"id": primary}, "secondary": {"id": secondary}}
    if event.kind == "identify":
        return "PUT", person, {"n": event.number}
    if event.kind == "device":
        return "PUT", f"{person}/devices", {"device": {"id": "t", "n": event.number}}
    if event.kind == "group":
        return "POST", "/api/v2/batch", {"batch": [{
            "type": "object", "action": "identify", "identifiers": {"object_id": "g", "object_type_id": "1"},
            "attributes": {"n": event.number}, "cio_relationships": [{"identifiers": {"id": event.who}}]}]}
    body = {"name": "e", "type": event.kind, "data": {"n": event.number}}
    if event.dedupe_id is not None:
        body["id"] = event.dedupe_id()
    return "POST", f"{person}/events", body


class RecordTest(unittest.TestCase):
    """A plan whose events are all accepted, and the record of a cluster that delivers them."""

    def setUp(self):
        self.audit = DeliveryAudit()
        self.deliveries = Deliveries(HOSTS)
        self.takeovers = {0: "127.0.0.1"}  # place in the record from which on a host delivers
        self.record = []
        plans = [iter(Plan(1, number, SENDERS, 400)) for number in range(SENDERS)]
        while plans:
            for plan in list(plans):
                sent = next(plan, None)
                if sent is None:
                    plans.remove(plan)
                else:
                    self.accept(sent)

    def accept(self, sent):
        for event in sent.events:
            self.audit.expect(event)
            (self.audit.accept if sent.status == 200 else self.audit.reject)(event.number)
            if event.expected is Expected.DELIVERED:
                self.record.append(event)
            elif event.expected is Expected.DEAD_LETTER:
                self.audit.dead_letter(event.number)

    def line(self, number, entry):
        """`entry` is an event, or a request of its own."""
        method, path, body = entry if isinstance(entry, tuple) else request(entry)
        at = START + number / 1000
        iso = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{number % 1000:03}Z"
        host = self.takeovers[max(place for place in self.takeovers if place <= number)]
        return json.dumps({"time": iso, "method": method, "path": path, "host": f"{host}:1", "status": 200, "taken": True,
                           "body": body}).encode() + b"\n"

    def read(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "record"
            path.write_bytes(b"".join(self.line(number, entry) for number, entry in enumerate(self.record)))
            reader = Reader(path, self.audit, self.deliveries, self.deliveries.count)
            while reader.read():
                pass
            reader.close()

    def problems(self):
        self.read()
        figures = self.audit.close()
        return {name: figures[name] for name in PROBLEMS + ("unaccounted",) if figures[name]}

    def ledger(self, **change):
        letters = self.audit.counts["dead letters"]
        return dict.fromkeys(("replayed", "lost", "backlog", "duplicate"), 0) | {
            "accepted": len(self.record) + letters, "delivered": len(self.record), "dead_lettered": letters} | change

    def place(self, fits):
        """Of the first event that fits."""
        return next(place for place, event in enumerate(self.record) if fits(event))

    def pair(self, fits):
        """The places of the first two events that share a key, of which `fits(first, second, key)` is true."""
        earlier = collections.defaultdict(list)
        for place, event in enumerate(self.record):
            for key in event.keys:
                for before in earlier[key]:
                    if fits(self.record[before], event, key):
                        return before, place
                earlier[key].append(place)
        raise AssertionError("the plan has no such pair")

    def swap(self, fits):
        before, after = self.pair(fits)
        self.record[before], self.record[after] = self.record[after], self.record[before]

    def test_a_faithful_record_has_no_problem(self):
        self.assertEqual(self.problems(), {})
        self.assertGreater(len(self.record), 1000)

    def test_a_lost_event_is_found(self):
        del self.record[500]
        self.assertEqual(self.problems(), {"lost": 1, "unaccounted": 1})

    def test_two_swapped_events_of_a_person_are_found(self):
        self.swap(lambda first, second, key: first.keys == second.keys == (key,) and not key.startswith("a-"))
        self.assertEqual(set(self.problems()), {"out of order"})

    def test_an_anonymous_event_behind_the_identify_that_names_it_is_found(self):
        before, after = self.pair(lambda first, second, key: first.who == key and second.kind == "identify" and
                                  second.keys == (second.who, key))
        self.record.insert(after, self.record.pop(before))
        self.assertEqual(set(self.problems()), {"out of order"})

    def test_two_swapped_events_that_share_only_the_anonymous_id_are_found(self):
        self.swap(lambda first, second, key: first.who == second.who == key and key.startswith("a-"))
        self.assertEqual(set(self.problems()), {"out of order"})

    def test_an_event_of_the_previous_id_behind_the_alias_is_found(self):
        before, after = self.pair(lambda first, second, key: second.kind == "alias" and first.who == key and
                                  key.startswith("former"))
        self.record.insert(after, self.record.pop(before))
        self.assertEqual(set(self.problems()), {"out of order"})

    def test_a_stranger_is_found(self):
        self.record.insert(7, ("PUT", "/api/v1/customers/somebody", {"n": 10**9}))
        self.assertEqual(self.problems(), {"unexpected": 1})

    def test_a_known_event_with_another_persons_id_is_found(self):
        place = self.place(lambda event: event.kind == "identify")
        self.record[place] = "PUT", "/api/v1/customers/somebody", {"n": self.record[place].number}
        self.assertEqual(self.problems(), {"unexpected": 1, "lost": 1, "unaccounted": 1})

    def test_an_event_that_must_not_be_delivered_is_found(self):
        dropped = next(entry.event for entry in self.audit.entries.values()
                       if entry.event.expected is Expected.NOT_KEPT and entry.accepted)
        self.record.append(dropped)
        self.assertEqual(self.problems(), {"unexpected": 1})

    def test_repeats_after_a_takeover_are_counted_and_no_problem(self):
        self.record[600:600] = self.record[560:600]
        self.takeovers[600] = "127.0.0.2"
        self.assertEqual(self.problems(), {})
        figures = self.audit.close()
        self.assertEqual((figures["repeats"], figures["most repeats after one crash"]), (40, 40))
        self.assertEqual(figures["ended on an older event"], 0)

    def test_balanced_books_are_no_problem(self):
        self.read()
        self.audit.check_ledger(self.ledger())
        self.audit.check_ledger(self.ledger(duplicate=17, accepted=self.ledger()["accepted"] + 17))
        self.assertEqual(self.audit.close()["wrong ledgers"], 0)

    def test_unbalanced_books_are_found(self):
        self.read()
        for change in ({"duplicate": 1}, {"lost": 1}, {"backlog": 1}, {"replayed": 1}, {"delivered": 1}):
            with self.subTest(change):
                self.audit.counts["wrong ledgers"] = 0
                self.audit.check_ledger(self.ledger(**change))
                self.assertGreater(self.audit.counts["wrong ledgers"], 0)

    def test_a_duplicate_that_is_counted_as_delivered_is_found(self):
        self.read()
        books = self.ledger()
        self.audit.check_ledger(books | {"accepted": books["accepted"] + 1, "delivered": books["delivered"] + 1})
        self.assertEqual(self.audit.counts["wrong ledgers"], 2)

    def test_nodes_that_say_different_things_are_found(self):
        self.audit.check_nodes("the ledgers", [{"lost": 0}, {"lost": 0}, {"lost": 0}])
        self.assertEqual(self.audit.counts["nodes differ"], 0)
        self.audit.check_nodes("the ledgers", [{"lost": 0}, {"lost": 1}, {"lost": 0}])
        self.assertEqual(self.audit.counts["nodes differ"], 1)


class DeliveriesTest(unittest.TestCase):
    def setUp(self):
        self.deliveries = Deliveries(HOSTS)

    def deliver(self, node, *times, events=1):
        for at in times:
            self.deliveries.of(START + at, {"host": f"127.0.0.{node + 1}:8443"})
            self.deliveries.count(START + at, events)

    def test_the_owner_is_the_node_that_sent_last(self):
        self.assertIsNone(self.deliveries.owner())
        self.deliver(2, 0, 1)
        self.assertEqual(self.deliveries.owner(), 2)

    def test_a_takeover_and_a_return_are_no_late_requests(self):
        self.deliver(0, 0, 0.1)
        self.deliver(1, 2.7, 2.8)
        self.deliver(0, 5.5)
        self.assertEqual((self.deliveries.takeovers(), self.deliveries.late()), (2, (0, 0)))

    def test_the_longest_time_without_a_request_is_that_of_the_disturbance_before_its_end(self):
        self.deliver(0, 0, 1)
        self.deliver(1, 4)
        self.deliver(0, 4.1, 6, 7.5)
        gaps = self.deliveries.longest_gaps([(START + at, kind) for at, kind in ((0.5, "a"), (5, "b"), (7, "a"), (9, "c"))])
        self.assertEqual({kind: round(seconds, 3) for kind, seconds in gaps.items()}, {"a": 3, "b": 1.9, "c": 0})

    def test_requests_of_a_former_owner_are_found(self):
        self.deliver(0, 0, 0.1)
        self.deliver(1, 2.6, 2.7)
        self.deliver(0, 2.75)
        self.deliver(1, 2.8, 2.9, 3.0)
        requests, seconds = self.deliveries.late()
        self.assertEqual((self.deliveries.takeovers(), requests), (1, 1))
        self.assertAlmostEqual(seconds, 0.15, places=3)

    def test_requests_of_a_former_owner_are_a_problem_unless_as_many_nodes_were_paused(self):
        soak = object.__new__(ClusterSoak)
        soak.disturbed = [(START, "node paused"), (START, "two nodes paused"), (START, "broker paused")]
        self.assertEqual(soak.pauses(), 3)
        self.assertEqual(problems({"requests of a former owner over the bound": 2}),
                         {"requests of a former owner over the bound": 2})

    def test_the_busiest_time_is_found(self):
        self.deliver(0, 0, 0.5, 1.0, events=10)
        self.deliver(0, 5.0, 5.1, 5.2, 6.5, events=20)
        self.assertEqual(self.deliveries.busiest(1.6), 80)
        self.assertEqual(self.deliveries.busiest(0.5), 60)


class ChaosTest(unittest.TestCase):
    def test_a_seed_gives_the_same_disturbances_again(self):
        first, again, other = (str([(each.kind, each.progress, each.acts, each.order)
                                    for each in disturbances(seed, 40, 3)]) for seed in (1, 1, 2))
        self.assertEqual(first, again)
        self.assertNotEqual(first, other)

    def test_every_kind_occurs_before_one_is_repeated(self):
        self.assertEqual({each.kind for each in disturbances(1, len(KINDS), 3)}, set(KINDS))
        self.assertEqual({each.kind for each in disturbances(1, 20, 3, NODE_KINDS)}, set(NODE_KINDS))

    def test_two_acts_on_nodes_or_brokers_hit_different_ones(self):
        for each in disturbances(1, 200, 3):
            for owner in (None, 0, 1, 2):
                hit = [(act.what, each.target(act, owner)) for act in each.acts]
                self.assertEqual(len(hit), len(set(hit)), each.kind)
                self.assertTrue(all(target in range(3) for _, target in hit))

    def test_the_owner_is_hit_most_often(self):
        hits = [each.target(each.acts[0], 1) == 1 for each in disturbances(1, 400, 3, NODE_KINDS)]
        self.assertGreater(sum(hits), 200)
        self.assertLess(sum(hits), 300)

    def test_a_rolling_update_stops_each_node_after_the_one_before_is_back(self):
        update = next(each for each in disturbances(1, len(KINDS), 3) if each.kind == "rolling update")
        self.assertEqual({update.target(act, 1) for act in update.acts}, {0, 1, 2})
        self.assertEqual([act for _, act, _ in update.timeline()], [act for act in update.acts for _ in range(2)])

    def test_no_kind_has_a_comma_as_the_option_separates_them_by_one(self):
        self.assertEqual([kind for kind in KINDS if "," in kind], [])

    def test_each_act_ends_after_it_begins(self):
        for each in disturbances(1, 100, 3):
            moments = [(act, begins) for _, act, begins in each.timeline()]
            for act in each.acts:
                self.assertLess(moments.index((act, True)), moments.index((act, False)))


if __name__ == "__main__":
    unittest.main(verbosity=2)
