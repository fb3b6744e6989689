"""Customer.io never accepts the events of many people: the events of other people are still delivered."""

import collections
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from harness import EndToEnd, main, wait_until  # noqa: E402
from peers import OK, Peer  # noqa: E402

UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
FORBIDDEN = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
BY_DEFAULT = {"retry": {"probe_interval": "10m"}}  # longer than any test


def track(user):
    return {"type": "track", "userId": user, "event": "e", "messageId": user}


def people(kind, count):
    return [f"{kind}{i}" for i in range(count)]


def person(request):
    return request.path.split("/")[4]


def picky(peer, connection):
    """Fails for some people for ever."""
    while request := peer.read(connection):
        who = person(request)
        connection.sendall(UNAVAILABLE if who.startswith("poison") else FORBIDDEN if who.startswith("banned") else OK)


class Poison(EndToEnd):
    def start(self, **destination):
        self.peer = Peer(picky)
        self.addCleanup(self.peer.close)
        url = f"http://127.0.0.1:{self.peer.port}"
        self.daemon = self.start_daemon(self.config(url, **({"ca_file": ""} | destination)))

    def send(self, users):
        self.assertEqual(self.daemon.send("/v1/batch", {"batch": [track(user) for user in users]}).status, 200)

    def tries(self):
        return collections.Counter(person(request) for request in list(self.peer.requests))

    def await_tries(self, users, least=1):
        def all_tried():
            tries = self.tries()
            return all(tries[user] >= least for user in users)
        wait_until(all_tried, f"{least} tries of each of {len(users)} people", pause=0.1)

    def await_waiting(self, count):
        wait_until(lambda: self.daemon.destination()["backlog_events"] == count, f"all but {count} to be delivered")

    def pauses(self):
        return self.daemon.output().count(" destination_paused ")

    def test_thirty_people_whose_events_always_fail_stop_nobody(self):
        self.start(**BY_DEFAULT)
        poisoned = people("poison", 30)
        self.send(poisoned)
        wait_until(lambda: self.daemon.destination()["retries"] >= 20, "some failures")
        for i in range(5):
            honest = people(f"honest{i}-", 60)
            self.send(honest)
            self.await_tries(honest)
        self.await_waiting(len(poisoned))
        self.await_tries(poisoned)
        self.assertEqual(self.daemon.dead_letters(), [])

    def test_a_thousand_poisoned_people_get_no_more_than_half_of_the_requests(self):
        self.start(rate=1000)
        poisoned, first = people("poison", 1000), people("first", 1000)
        self.send([user for pair in zip(poisoned, first) for user in pair])
        self.await_tries(poisoned)
        self.await_waiting(len(poisoned))
        honest = people("honest", 1000)
        self.send(honest)
        self.await_tries(honest)
        order = [person(request) for request in list(self.peer.requests)]
        places = [place for place, user in enumerate(order) if user.startswith("honest")]
        between = places[-1] - places[0] + 1 - len(places)
        self.assertLessEqual(between, len(honest) + 64, "retries among as many others, but for those under way")
        self.assertGreater(between, 0, "they get their share too")

    def test_people_whose_events_are_refused_hold_nobody_up(self):
        self.start(pool={"connections": 1}, retry={"initial_backoff": "20ms", "max_backoff": "200ms", "probe_interval": "10m"})
        banned = people("banned", 4)
        self.send([user for pair in zip(banned, people("first", 4)) for user in pair])
        self.await_tries(banned, 5)
        self.send(people("honest", 50))
        self.await_tries(banned, 10)
        self.await_waiting(len(banned))
        self.assertEqual(self.pauses(), 0)

    def test_a_pause_by_a_refusal_of_the_only_person_ends_with_the_next_one(self):
        self.start(**BY_DEFAULT)
        for i in range(5):
            self.send([f"banned{i}"])
            wait_until(lambda: self.tries()[f"banned{i}"], "the refusal")
            self.send([f"honest{i}"])
            wait_until(lambda: self.tries()[f"honest{i}"], "the other's event, long before the probe interval")
            wait_until(lambda: not self.daemon.destination()["paused"], "the end of the pause")

    def test_wrong_credentials_pause_the_destination_though_there_is_one_event_only(self):
        sandbox, daemon = self.start_both()
        sandbox.faults(api_key="another")
        self.assertEqual(daemon.send("/v1/track", track("u")).status, 200)
        wait_until(lambda: daemon.admin("/ready").json()["destinations"][0]["paused"], "the pause")
        sandbox.faults(api_key="api-key")
        self.assertEqual(len(sandbox.await_taken(1)), 1)

    def test_in_batches_a_poisoned_record_delays_its_companions_and_no_others(self):
        def behave(peer, connection):
            while request := peer.read(connection):
                connection.sendall(UNAVAILABLE if b"poison" in request.body else OK)

        self.start(api_version="v2", retry={"initial_backoff": "20ms", "max_backoff": "200ms"})
        self.peer.behave = behave
        self.peer.hang_up()
        poisoned = people("poison", 30)
        self.send([user for i, user in enumerate(poisoned) for user in [*people(f"honest{i}-", 30), user]])
        self.await_waiting(len(poisoned))
        self.assertEqual(self.daemon.dead_letters(), [])


if __name__ == "__main__":
    main()
