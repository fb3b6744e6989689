"""The audit of the soak finds every kind of problem, and the plan has the properties on which the audit relies."""

import itertools
import unittest

from soak.arrivals import Unreadable, arrivals
from soak.delivery_audit import PROBLEMS, Arrival, DeliveryAudit, Event, Expected
from soak.plan import Plan, number_of
from soak.fault_schedule import KINDS, schedule


LEDGER = dict.fromkeys(("accepted", "replayed", "delivered", "dead_lettered", "lost", "backlog", "duplicate"), 0)


def event(number, who="u", keys=None, **more):
    return Event(number, "event", who, keys or (who,), **more)


def arrival(number, who="u", dedupe_id="ID"):
    return Arrival(number, "event", who, dedupe_id)


class AuditTest(unittest.TestCase):
    def setUp(self):
        self.audit = DeliveryAudit()

    def accept(self, *events):
        for one in events:
            self.audit.expect(one)
            self.audit.accept(one.number)

    def arrive(self, *numbers, life=0):
        for number in numbers:
            self.audit.arrive(arrival(number), life)

    def problems(self):
        figures = self.audit.close()
        return {name: figures[name] for name in PROBLEMS + ("unaccounted",) if figures[name]}

    def test_there_is_no_problem_if_everything_arrives_in_order(self):
        self.accept(event(1), event(2), event(3))
        self.arrive(1, 2, 3)
        self.assertEqual(self.problems(), {})
        self.assertEqual(self.audit.backlog(), 0)

    def test_a_lost_event_is_found(self):
        self.accept(event(1), event(2))
        self.arrive(1)
        self.assertEqual(self.problems(), {"lost": 1, "unaccounted": 1})

    def test_a_matching_ledger_is_no_problem(self):
        self.accept(event(1), event(2, expected=Expected.DEAD_LETTER))
        self.arrive(1)
        self.audit.dead_letter(2)
        self.audit.check_ledger(LEDGER | {"accepted": 2, "delivered": 1, "dead_lettered": 1})
        self.assertEqual(self.problems(), {})

    def test_a_ledger_that_misses_a_delivery_is_found(self):
        self.accept(event(1), event(2))
        self.arrive(1, 2)
        self.audit.check_ledger(LEDGER | {"accepted": 2, "delivered": 1, "backlog": 1})
        self.assertEqual(self.problems(), {"wrong ledgers": 2})

    def test_a_ledger_that_does_not_balance_is_found(self):
        self.audit.check_ledger(LEDGER | {"replayed": 1})
        self.assertEqual(self.problems(), {"wrong ledgers": 1})

    def test_an_event_that_was_never_answered_200_need_not_arrive(self):
        self.audit.expect(event(1))
        self.assertEqual(self.problems(), {})

    def test_a_failed_delivery_is_no_arrival(self):
        self.accept(event(1))
        self.audit.arrive(arrival(1), 0, taken=False)
        self.assertEqual(self.problems(), {"lost": 1, "unaccounted": 1})

    def test_swapped_order_is_found(self):
        self.accept(event(1), event(2))
        self.arrive(2, 1)
        self.assertEqual(self.problems(), {"out of order": 1})

    def test_swapped_order_is_found_in_every_key(self):
        self.accept(event(1, "a"), event(2, "u", ("u", "a")), event(3))
        for number, who in ((2, "u"), (1, "a"), (3, "u")):
            self.audit.arrive(arrival(number, who), 0)
        self.assertEqual(self.problems(), {"out of order": 1})

    def test_other_keys_have_no_order(self):
        self.accept(event(1, "u"), event(2, "v"))
        self.audit.arrive(arrival(2, "v"), 0)
        self.audit.arrive(arrival(1, "u"), 0)
        self.assertEqual(self.problems(), {})

    def test_a_repeat_of_an_earlier_event_is_not_out_of_order(self):
        self.accept(event(1), event(2))
        self.arrive(1, 2)
        self.arrive(1, 2, life=1)
        figures = self.audit.close()
        self.assertEqual((figures["out of order"], figures["ended on an older event"]), (0, 0))

    def test_a_repeat_that_makes_an_older_event_the_last_one_is_counted(self):
        self.accept(event(1), event(2))
        self.arrive(1, 2, 1)
        self.assertEqual(self.audit.close()["ended on an older event"], 1)

    def test_repeats_after_a_crash_are_distinguished_from_those_of_lost_responses(self):
        self.accept(event(1), event(2))
        self.arrive(1, 1)
        self.arrive(1, 2, life=1)
        self.arrive(1, 2, life=2)
        figures = self.audit.close()
        self.assertEqual((figures["repeats"], figures["repeats after crashes"]), (4, 3))
        self.assertEqual(figures["most repeats after one crash"], 2)

    def test_an_event_that_nobody_sent_is_unexpected(self):
        self.audit.arrive(arrival(1), 0)
        self.assertEqual(self.problems(), {"unexpected": 1})

    def test_an_event_that_nobody_sent_is_unexpected_even_if_its_delivery_failed(self):
        self.audit.arrive(arrival(1), 0, taken=False)
        self.assertEqual(self.problems(), {"unexpected": 1})

    def test_an_event_with_another_persons_id_is_unexpected(self):
        self.accept(event(1))
        self.arrive(1)
        self.audit.arrive(arrival(1, who="v"), 0)
        self.assertEqual(self.problems(), {"unexpected": 1})

    def test_an_event_that_was_rejected_or_dropped_is_unexpected_if_it_arrives(self):
        self.accept(event(1, expected=Expected.NOT_KEPT), event(2, expected=Expected.DEAD_LETTER))
        self.audit.dead_letter(2)
        self.arrive(1, 2)
        self.assertEqual(self.problems(), {"unexpected": 2})

    def test_a_repeat_with_another_dedupe_id_is_found(self):
        self.accept(event(1))
        self.arrive(1)
        self.audit.arrive(arrival(1, dedupe_id="OTHER"), 1)
        self.assertEqual(self.problems(), {"wrong dedupe ids": 1})

    def test_a_wrong_dedupe_id_is_found(self):
        self.accept(event(1, dedupe_id=lambda: "OWN"))
        self.arrive(1)
        self.assertEqual(self.problems(), {"wrong dedupe ids": 1})

    def test_a_dead_letter_is_not_lost(self):
        self.accept(event(1, expected=Expected.DEAD_LETTER))
        self.audit.dead_letter(1)
        self.assertEqual(self.problems(), {})

    def test_an_event_that_should_be_a_dead_letter_and_is_not_is_lost(self):
        self.accept(event(1, expected=Expected.DEAD_LETTER))
        self.assertEqual(self.problems(), {"lost": 1, "unaccounted": 1})

    def test_a_dead_letter_of_a_valid_event_is_found(self):
        self.accept(event(1))
        self.audit.dead_letter(1)
        self.assertEqual(self.problems(), {"wrongly dead-lettered": 1})

    def test_a_duplicate_dead_letter_is_found(self):
        self.accept(event(1, expected=Expected.DEAD_LETTER))
        self.audit.dead_letter(1)
        self.audit.dead_letter(1)
        self.assertEqual(self.problems(), {"double dead letters": 1})

    def test_a_dead_letter_of_an_unknown_event_is_unexpected(self):
        self.audit.dead_letter(1)
        self.assertEqual(self.problems(), {"unexpected": 1})

    def test_a_valid_event_that_is_rejected_is_found(self):
        self.audit.expect(event(1))
        self.audit.reject(1)
        self.assertEqual(self.problems(), {"wrongly rejected": 1})

    def test_an_alias_is_identified_by_the_people_that_it_merges(self):
        self.accept(Event(7, "alias", "u<-old", ("u", "old")))
        self.audit.arrive(Arrival(None, "alias", "u<-old", None), 0)
        self.audit.arrive(Arrival(None, "alias", "u<-other", None), 0)
        self.assertEqual(self.problems(), {"unexpected": 1})


def call(method, path, body, status=200, taken=True, **more):
    return {"method": method, "path": path, "body": body, "status": status, "taken": taken} | more


class ArrivalsTest(unittest.TestCase):
    def test_a_persons_event(self):
        body = {"name": "e", "type": "event", "data": {"n": 5}, "id": "ID"}
        found = arrivals(call("POST", "/api/v1/customers/u%20%C3%A9%2F/events", body))
        self.assertEqual(found, [(Arrival(5, "event", "u é/", "ID"), True)])

    def test_an_anonymous_page(self):
        body = {"name": "e", "type": "page", "data": {"n": 5}, "anonymous_id": "a"}
        self.assertEqual(arrivals(call("POST", "/api/v1/events", body)), [(Arrival(5, "page", "a", None), True)])

    def test_a_person_a_device_a_group_and_a_merge(self):
        group = {"type": "object", "action": "identify", "identifiers": {"object_id": "g", "object_type_id": "1"},
                 "attributes": {"n": 3}, "cio_relationships": [{"identifiers": {"id": "u"}}]}
        merge = {"primary": {"id": "u"}, "secondary": {"email": "old@example.com"}}
        for request, expected in (
                (call("PUT", "/api/v1/customers/u", {"n": 1}), Arrival(1, "identify", "u", None)),
                (call("PUT", "/api/v1/customers/u/devices", {"device": {"id": "t", "n": 2}}),
                 Arrival(2, "device", "u", None)),
                (call("POST", "/api/v2/batch", {"batch": [group]}), Arrival(3, "group", "u", None)),
                (call("POST", "/api/v1/merge_customers", merge),
                 Arrival(None, "alias", "u<-old@example.com", None))):
            self.assertEqual(arrivals(request), [(expected, True)])

    def test_the_items_of_a_batch_are_separate_events(self):
        items = [
            {"type": "person", "action": "identify", "identifiers": {"id": "u"}, "attributes": {"n": 1}},
            {"type": "person", "action": "page", "identifiers": {"email": "e@example.com"}, "name": "p",
             "attributes": {"n": 2}, "id": "ID"},
            {"type": "person", "action": "add_device", "identifiers": {"id": "u"},
             "device": {"token": "t", "attributes": {"n": 3}}},
            {"type": "person", "action": "merge", "primary": {"id": "u"}, "secondary": {"id": "old"}},
            {"type": "person", "action": "event", "identifiers": {"anonymous_id": "a"}, "name": "e",
             "attributes": {"n": 5}},
        ]
        self.assertEqual([found for found, _ in arrivals(call("POST", "/api/v2/batch", {"batch": items}))], [
            Arrival(1, "identify", "u", None), Arrival(2, "page", "e@example.com", "ID"), Arrival(3, "device", "u", None),
            Arrival(None, "alias", "u<-old", None), Arrival(5, "event", "a", None)])

    def test_the_items_that_a_207_rejects_are_not_accepted(self):
        items = [{"type": "person", "action": "identify", "identifiers": {"id": "u"}, "attributes": {"n": n}}
                 for n in range(3)]
        # The sandbox's decision counts, even if its response never reached the daemon (status 0).
        for status in (207, 0):
            request = call("POST", "/api/v2/batch", {"batch": items}, status, refused_items=[1])
            self.assertEqual([taken for _, taken in arrivals(request)], [True, False, True])

    def test_no_item_of_a_failed_batch_is_accepted(self):
        items = [{"type": "person", "action": "identify", "identifiers": {"id": "u"}, "attributes": {"n": 1}}]
        request = call("POST", "/api/v2/batch", {"batch": items}, 500, False)
        self.assertEqual([taken for _, taken in arrivals(request)], [False])

    def test_an_unreadable_request_is_an_error(self):
        for request in (call("GET", "/api/v1/accounts/region", None), call("PUT", "/api/v1/customers/u", {"plan": "x"}),
                        call("POST", "/api/v2/batch", {"batch": [{"type": "delivery"}]}),
                        call("POST", "/api/v1/events", "{oops"), call("POST", "/api/v2/batch", {"batch": []})):
            with self.assertRaises(Unreadable):
                arrivals(request)


class PlanTest(unittest.TestCase):
    def plans(self, seed=1):
        return [list(Plan(seed, sender, 3, 2000)) for sender in range(3)]

    def test_a_seed_gives_the_same_requests_again(self):
        first, again, other = ([request.bytes for requests in self.plans(seed) for request in requests]
                               for seed in (1, 1, 2))
        self.assertTrue(first == again)
        self.assertFalse(first == other)

    def test_every_number_occurs_once_and_rises_for_each_sender(self):
        numbers = [[event.number for request in requests for event in request.events] for requests in self.plans()]
        for of_sender in numbers:
            self.assertEqual(of_sender, sorted(of_sender))
        every = list(itertools.chain(*numbers))
        self.assertEqual(len(every), len(set(every)))

    def test_a_key_has_one_sender(self):
        keys = [{key for request in requests for event in request.events for key in event.keys}
                for requests in self.plans()]
        self.assertEqual(len(set.union(*keys)), sum(map(len, keys)))

    def test_as_many_events_are_sent_as_asked(self):
        for requests in self.plans():
            self.assertEqual(sum(len(request.events) for request in requests), 2000)

    def test_every_kind_and_every_expected_outcome_occurs(self):
        events = [event for requests in self.plans() for request in requests for event in request.events]
        self.assertEqual({event.kind for event in events}, {"event", "page", "identify", "group", "alias", "device"})
        self.assertEqual({event.expected for event in events}, set(Expected))

    def test_a_message_id_contains_the_number(self):
        self.assertEqual(number_of("1-2-345"), 345)
        self.assertIsNone(number_of("of-another"))
        self.assertIsNone(number_of(None))

    def test_every_fault_occurs_before_one_is_repeated(self):
        kinds = [kind for kind, _ in itertools.islice(schedule(1), len(KINDS) + 2)]
        self.assertEqual(set(kinds), set(KINDS))


if __name__ == "__main__":
    unittest.main(verbosity=2)
