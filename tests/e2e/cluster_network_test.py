"""A node that is cut off from the brokers, from Customer.io or from both: packets are dropped, and nobody is told."""

import threading
import unittest

import brokers
import namespaces
from cluster_nodes import ClusterTest, track
from harness import main, wait_until
from namespaces import Link, Namespace, ip

SENDERS = 4
SOME = 100  # requests


class Load(threading.Thread):
    """Sends the events of a person to a node, each after the answer to the one before."""

    def __init__(self, daemon, user, stop):
        super().__init__()
        self.daemon_, self.user, self.stop = daemon, user, stop
        self.accepted = []

    def run(self):
        count = 0
        while not self.stop.is_set():
            event = f"e{count}"
            if self.daemon_.send("/v1/track", track(self.user, event)).status == 200:
                self.accepted.append(event)
                count += 1


class Cut(ClusterTest):
    """The first node is at the other end of two cables, one to the brokers and one to Customer.io."""

    HOST = "10.77.0.1"
    HOSTS = "10.77.0.2", "10.77.0.3"

    @classmethod
    def add_clean_up(cls, *call, **options):
        """The brokers end in their namespace."""
        cls.addClassCleanup(*call, **options)

    @classmethod
    def setUpClass(cls):
        # Brokers first: their download needs the network that is left behind below.
        reason = namespaces.missing() or brokers.missing()
        if reason:
            raise unittest.SkipTest(reason)
        home, cls.away = Namespace(), Namespace()
        for namespace in (home, cls.away):
            cls.addClassCleanup(namespace.close)
        cls.enterClassContext(home.entered())
        for address in (cls.HOST, *cls.HOSTS):
            ip("address", "add", f"{address}/32", "dev", "lo")
        cls.to_brokers = Link("brokers", home, cls.away, 1, cls.HOST)
        cls.to_customer_io = Link("customerio", home, cls.away, 2, cls.HOSTS[0])
        super().setUpClass()

    def setUp(self):
        super().setUp()
        self.addCleanup(self.to_brokers.mend)
        self.addCleanup(self.to_customer_io.mend)
        self.sandbox = self.start_sandbox("--latency", "10ms")
        pool = {"connect_timeout": "2s", "request_timeout": "2s"}
        with self.away.entered():
            self.first = self.start_node(self.sandbox, 0, pool=pool)
        self.far(self.send, self.first, track("u", "first"))
        wait_until(lambda: self.names(self.sandbox) == ["first"], "the first event")
        self.second = self.start_node(self.sandbox, 1, pool=pool)
        self.stop = threading.Event()
        self.loads = [Load(self.second, f"u{number}", self.stop) for number in range(SENDERS)]

    def far(self, what, *arguments):
        """Calls it at the place of the first node."""
        with self.away.entered():
            return what(*arguments)

    def start_load(self, node=0):
        """Returns when the node delivers."""
        for load in self.loads:
            load.start()
        self.addCleanup(self.stop_load)
        self.await_deliveries(node)

    def stop_load(self):
        self.stop.set()
        for load in self.loads:
            if load.is_alive():
                load.join()

    def delivered_by(self, node):
        return sum(by == node for by, _, _ in self.arrived(self.sandbox))

    def await_deliveries(self, node):
        before = self.delivered_by(node)
        wait_until(lambda: self.delivered_by(node) >= before + SOME, f"deliveries of node {node}", pause=0.1)

    def end(self):
        """Waits until all that was accepted is delivered, and checks the order of each person."""
        self.stop_load()
        wait_until(lambda: self.second.destination()["backlog_events"] == 0, "an empty backlog", pause=0.1)
        for load in self.loads:
            self.assertEqual(list(dict.fromkeys(self.names(self.sandbox, load.user))), load.accepted)
            self.assertGreater(len(load.accepted), 0)

    def changes(self):
        """The nodes that delivered, in their order."""
        nodes = [self.node_of(request) for request in self.sandbox.requests()]
        return [node for node, before in zip(nodes, [None, *nodes]) if node != before]

    def takes_over_once(self):
        """What was cut off returns, and delivers again only when the other node stops."""
        wait_until(lambda: self.far(self.first.admin, "/ready").status == 200, "the node is ready again")
        self.end()
        self.assertEqual(self.changes(), [0, 1])
        self.assertEqual(self.second.stop(), 0)
        self.far(self.send, self.first, track("u", "last"))
        wait_until(lambda: self.names(self.sandbox)[-1] == "last", "the last event")
        self.assertEqual(self.changes(), [0, 1, 0])

    def test_an_owner_without_brokers_stops_before_another_begins(self):
        self.start_load()
        self.to_brokers.cut()
        wait_until(lambda: self.far(self.first.send, "/v1/track", track("v", "e")).status == 503, "events are rejected")
        self.await_deliveries(1)
        self.assertEqual(self.far(self.first.admin, "/ready").status, 503)
        self.to_brokers.mend()
        self.takes_over_once()

    def test_an_owner_that_is_alone_stops_before_another_begins(self):
        self.start_load()
        self.to_brokers.cut()
        self.to_customer_io.cut()
        self.await_deliveries(1)
        self.to_brokers.mend()
        self.to_customer_io.mend()
        self.takes_over_once()

    def test_deliveries_wait_for_an_owner_without_customer_io(self):
        self.start_load()
        self.to_customer_io.cut()
        before = self.second.destination()["backlog_events"]
        wait_until(lambda: self.second.destination()["backlog_events"] >= before + SOME, "a backlog", pause=0.1)
        self.stop_load()
        self.assertEqual(self.far(self.first.send, "/v1/track", track("v", "e")).status, 200)
        self.to_customer_io.mend()
        self.end()
        self.assertEqual(self.changes(), [0])

    def test_a_node_that_delivers_nothing_and_loses_the_brokers_changes_nothing(self):
        self.assertEqual(self.first.stop(), 0)
        with self.away.entered():
            self.first = self.start_node(self.sandbox, 0)
        self.deliver(self.sandbox, self.second, "second", node=1)
        self.start_load(1)
        self.to_brokers.cut()
        wait_until(lambda: self.far(self.first.send, "/v1/track", track("v", "e")).status == 503, "events are rejected")
        self.await_deliveries(1)
        self.to_brokers.mend()
        wait_until(lambda: self.far(self.first.send, "/v1/track", track("v", "e")).status == 200, "events are accepted")
        self.end()
        self.assertEqual(self.changes(), [0, 1])


if __name__ == "__main__":
    main()
