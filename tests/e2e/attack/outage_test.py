"""An outage of Customer.io: it is probed about once a second, and gets the backlog at once when it is back."""

import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from harness import PATIENCE, EndToEnd, free_port, main, wait_until  # noqa: E402
from peers import Peer, answers, works  # noqa: E402

BY_DEFAULT = {"retry": {}}
SOON = PATIENCE / 3  # seconds; the guarantee is 3
UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"


def track(user):
    return {"type": "track", "userId": user, "event": "e", "messageId": user}


class Outage(EndToEnd):
    def start(self, port):
        self.daemon = self.start_daemon(self.config(f"http://127.0.0.1:{port}", **({"ca_file": ""} | BY_DEFAULT)))

    def start_peer(self, behave, port=0):
        peer = Peer(behave, port=port)
        self.addCleanup(peer.close)
        return peer

    def send(self, number, count):
        batch = [track(f"u{number}-{i}") for i in range(count)]
        self.assertEqual(self.daemon.send("/v1/batch", {"batch": batch}).status, 200)

    def retries(self):
        return self.daemon.destination()["retries"]

    def outage(self, batches, size, probes):
        """Accepts events during the outage, until some probes have failed."""
        for number in range(batches):
            self.send(number, size)
        wait_until(lambda: " circuit_breaker_opened " in self.daemon.output(), "the circuit breaker to open")
        failed, since = self.retries(), time.monotonic()
        wait_until(lambda: self.retries() >= failed + probes, f"{probes} probes")
        self.assertLess(self.retries() - failed, 64 + 3 * (time.monotonic() - since), "about one a second")

    def is_back(self, peer, count):
        since = time.monotonic()
        wait_until(lambda: self.daemon.destination()["backlog_events"] == 0, f"all of the {count} events")
        self.assertLess(time.monotonic() - since, SOON)
        self.assertEqual(len({request.path for request in peer.requests}), count)
        self.assertIn(" circuit_breaker_closed ", self.daemon.output())
        self.assertEqual(self.daemon.dead_letters(), [])

    def test_a_backlog_of_refused_connections_goes_at_once_when_they_are_taken(self):
        port = free_port()
        self.start(port)
        self.outage(10, 200, probes=7)  # with exponential back-off they would take minutes
        self.is_back(self.start_peer(works, port), 2000)

    def test_a_few_peoples_events_go_at_once_too(self):
        port = free_port()
        self.start(port)
        self.outage(4, 1, probes=1)
        self.is_back(self.start_peer(works, port), 4)

    def test_a_gateway_without_its_application_is_an_outage_too(self):
        peer = self.start_peer(answers(UNAVAILABLE))
        self.start(peer.port)
        self.outage(2, 100, probes=2)
        peer.behave = works
        peer.hang_up()
        self.is_back(peer, 200)


if __name__ == "__main__":
    main()
