"""Two daemons behind nginx are restarted one after another under load: no request fails, and every event arrives."""

import http.client
import json
import threading

from harness import PATIENCE, WRITE_KEY, Daemon, EndToEnd, basic, config, free_port, main, wait_until
from nginx import BINARY, Balancer

SENDERS = 8


class Sender(threading.Thread):
    """Sends one event after another on one connection to the load balancer, until it is stopped."""

    def __init__(self, port, name, stop):
        super().__init__()
        self.port, self.name, self.stop = port, name, stop
        self.accepted, self.faults = [], []

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        headers = {"Authorization": basic(WRITE_KEY), "Content-Type": "application/json"}
        count = 0
        while not self.stop.is_set():
            event = f"{self.name}-{count}"
            body = json.dumps({"type": "track", "userId": self.name, "event": event, "messageId": event})
            try:
                connection.request("POST", "/v1/track", body, headers)
                response = connection.getresponse()
                response.read()
                (self.accepted if response.status == 200 else self.faults).append((event, response.status))
            except (OSError, http.client.HTTPException) as error:
                self.faults.append((event, repr(error)))
                connection.close()
            count += 1
        connection.close()


class Rolling(EndToEnd):
    def setUp(self):
        super().setUp()
        if BINARY is None:
            self.skipTest("needs nginx")

    def start(self, index, url, port):
        """The daemon with that number, with its own journal."""
        home = self.folder / str(index)
        home.mkdir(exist_ok=True)
        settings = config(home, url, ca_file=str(self.folder / "sandbox" / "ca.pem")) | {"listen": f"127.0.0.1:{port}"}
        (home / "pintle.yaml").write_text(json.dumps(settings))
        daemon = Daemon(home / "pintle.yaml", home / f"{len(list(home.glob('*.log')))}.log")
        self.addCleanup(daemon.clean_up)
        return daemon

    def test_no_event_is_lost_and_no_request_fails(self):
        sandbox = self.start_sandbox()
        ports = [free_port(), free_port()]
        daemons = [self.start(i, sandbox.url, port) for i, port in enumerate(ports)]
        balancer = Balancer(self.folder, ports, free_port())
        self.addCleanup(balancer.clean_up)
        stop = threading.Event()
        senders = [Sender(balancer.port, f"sender-{i}", stop) for i in range(SENDERS)]
        try:
            for sender in senders:
                sender.start()
            for _ in range(2):
                for i, port in enumerate(ports):
                    # The load balancer must use the last daemon again, or it has none left.
                    wait_until(lambda: all(daemon.status()["events"]["accepted"] >= 50 for daemon in daemons),
                               "events at both")
                    self.assertEqual(daemons[i].stop(), 0)
                    daemons[i] = self.start(i, sandbox.url, port)
        finally:
            stop.set()
            for sender in senders:
                sender.join()
        self.assertEqual([fault for sender in senders for fault in sender.faults], [])
        accepted = {event for sender in senders for event, _ in sender.accepted}
        arrived = lambda: {request["body"]["name"] for request in sandbox.taken()}
        wait_until(lambda: accepted <= arrived(), "all that was accepted at Customer.io", pause=0.2)
        self.assertEqual(arrived(), accepted)


if __name__ == "__main__":
    main()
