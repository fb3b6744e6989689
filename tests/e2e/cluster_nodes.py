"""Several nodes that share a journal in Kafka, for tests. Without brokers the tests are skipped, with the reason."""

import json
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from brokers import Brokers, kafka, missing
from harness import PATIENCE, PINTLE, Daemon, EndToEnd, Sandbox, config, environment, wait_until

PREFIXES = iter(f"test-{number}" for number in range(1000))


def track(user, name, **more):
    return {"type": "track", "userId": user, "event": name, "messageId": f"{user}-{name}"} | more


class ClusterTest(EndToEnd):
    """All tests of a file share the brokers; each has topics of its own."""

    brokers = None
    add_clean_up = staticmethod(unittest.addModuleCleanup)  # of the brokers

    BROKERS = 1
    HOST = kafka.HOST  # of the brokers
    HOSTS = "127.0.0.1", "127.0.0.2"  # by which the nodes call the sandbox, so that a request tells its node

    @classmethod
    def setUpClass(cls):
        reason = missing()
        if reason:
            raise unittest.SkipTest(reason)
        if ClusterTest.brokers:
            return
        shared = Path(tempfile.mkdtemp(prefix="pintle-cluster-"))
        cls.add_clean_up(shutil.rmtree, shared, ignore_errors=True)
        ClusterTest.brokers = Brokers(shared / "brokers", cls.BROKERS, host=cls.HOST, secure=True)
        cls.add_clean_up(ClusterTest.brokers.clean_up)

    def setUp(self):
        super().setUp()
        self.prefix = next(PREFIXES)

    def start_sandbox(self, *options):
        names = [text for host in self.HOSTS for text in ("--name", host)]
        sandbox = Sandbox(self.folder, *names, *options, host="0.0.0.0")
        self.addCleanup(sandbox.clean_up)
        return sandbox

    def journal(self, **change):
        kafka_settings = {"brokers": self.brokers.addresses(), "topic_prefix": self.prefix, "create_topics": True,
                          "replication_factor": self.BROKERS}
        return {"backend": "kafka", "kafka": kafka_settings | change}

    def node_config(self, sandbox, index, port=0, **destination):
        settings = config(self.folder, f"https://{self.HOSTS[index]}:{sandbox.port}", **destination)
        return settings | {"listen": f"127.0.0.1:{port}", "journal": self.journal()}

    def start_node(self, sandbox, index, port=0, **destination):
        path = self.folder / f"node-{index}.yaml"
        path.write_text(json.dumps(self.node_config(sandbox, index, port, **destination)))  # JSON is YAML
        log = self.folder / f"node-{index}-{len(list(self.folder.glob(f'node-{index}-*.log')))}.log"
        daemon = Daemon(path, log)
        self.addCleanup(daemon.clean_up)
        return daemon

    def start_nodes(self, sandbox, **destination):
        """The first one delivers, as it is there first."""
        first = self.start_node(sandbox, 0, **destination)
        self.deliver(sandbox, first, "first", node=0)
        return [first, *(self.start_node(sandbox, index, **destination) for index in range(1, len(self.HOSTS)))]

    def deliver(self, sandbox, daemon, name, user="u", node=None):
        """Sends an event to `daemon`, and waits until a node, or `node`, has delivered it. On a busy machine an owner can lose
        its stream for a moment; it repeats then what was not acked."""
        self.send(daemon, track(user, name))
        wait_until(lambda: (user, name) in [(who, what) for _, who, what in self.arrived(sandbox)], f"{name} of {user}")
        if node is not None:
            self.assertEqual({by for by, who, what in self.arrived(sandbox) if (who, what) == (user, name)}, {node})

    def send(self, daemon, event):
        answer = daemon.send("/v1/track", event)
        self.assertEqual(answer.status, 200, answer)

    def pintle(self, *command):
        """The exit status and what it wrote."""
        done = subprocess.run([PINTLE, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=PATIENCE, env=environment())
        return done.returncode, done.stdout

    def arrived(self, sandbox):
        """(node, user, name of the event) of each track event that Customer.io accepted, oldest first."""
        return [(self.node_of(request), request["path"].split("/")[4], request["body"]["name"])
                for request in sandbox.taken() if request["path"].endswith("/events")]

    def node_of(self, request):
        return self.HOSTS.index(request["host"].rpartition(":")[0])

    def names(self, sandbox, user="u"):
        return [name for _, who, name in self.arrived(sandbox) if who == user]
