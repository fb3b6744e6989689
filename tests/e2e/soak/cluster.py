"""The soak of a cluster: several nodes that share a journal in Kafka, which are killed and paused like its brokers."""

import collections
import contextlib
import http.client
import json
import os
import signal
import threading
import time

from brokers import Brokers, kafka
from harness import PATIENCE, Daemon, config, wait_until
from nginx import BINARY, Balancer
from soak.arrivals import Reader
from soak.chaos import KINDS, NODE_KINDS, disturbances
from soak.deliveries import Deliveries
from soak.run import COPY_SHARE, Options, Soak, dead_letters
from soak.traffic import TrafficOptions

NODES = 3
FIRST_PORT = 10_000  # below those of brokers and of outgoing connections, so that the ports of a killed node stay free
CHECK_INTERVAL = 0.3  # seconds between two checks of a node's readiness
# Seconds of deliveries that a former owner had no time to record: it may send for 1.5 s without a record of its own, and
# collects acks for 50 ms. The next owner repeats them.
UNRECORDED = 1.6
RECOVERY = 4  # seconds after a disturbance, about


class ClusterOptions(Options):
    def __init__(self, journal="kafka", disturbances=40, kinds=None, **options):
        super().__init__(kills=0, **options)
        self.journal = journal  # rocksdb: each node has one of its own; the audit must find that there is no order then
        self.disturbances = disturbances
        self.kinds = kinds or (tuple(KINDS) if journal == "kafka" else NODE_KINDS)
        self.stall = 4 * PATIENCE


class Node:
    """One pintle, on the same ports in all its lives."""

    def __init__(self, number, folder, ports, settings):
        self.number = number
        self.folder = folder
        self.port, self.admin_port = ports
        self.path = folder / f"node-{number}.yaml"
        self.path.write_text(json.dumps(settings | {  # JSON is YAML
            "listen": f"127.0.0.1:{self.port}", "admin": {"listen": f"127.0.0.1:{self.admin_port}"}}))
        self.lives = 0
        self.failed_starts = 0
        self.exit_codes = collections.Counter()
        self.is_down = True  # because of a disturbance
        self.is_ready = self.was_ready = False  # now, and in this life
        self.daemon = None

    def start(self):
        self.is_ready = self.was_ready = False
        self.daemon = Daemon(self.path, self.folder / f"node-{self.number}-{self.lives}.log", wait=False)
        self.daemon.port, self.daemon.admin_port = self.port, self.admin_port
        self.lives += 1
        self.is_down = False

    def act(self, how):
        if how == "pause":
            self.daemon.child.send_signal(signal.SIGSTOP)
            return
        self.is_down, self.is_ready = True, False
        if how == "kill":
            self.daemon.kill()
        else:
            self.exit_codes[self.daemon.stop()] += 1
        self.daemon.clean_up()

    def undo(self, how):
        if how == "pause":
            self.daemon.child.send_signal(signal.SIGCONT)
        else:
            self.start()

    def check(self):
        """A node that ends at its start, as it does without brokers, is started again. Any other end is an error."""
        if self.is_down or self.daemon.running():
            return
        if self.was_ready:
            raise AssertionError(f"node {self.number} ended by itself, exit {self.daemon.child.returncode}:\n"
                                 f"{self.daemon.output()[-3000:]}")
        self.daemon.clean_up()
        self.failed_starts += 1
        self.start()

    def ask_ready(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.admin_port, timeout=1)
        try:
            connection.request("GET", "/ready")
            self.is_ready = connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            self.is_ready = False
        finally:
            connection.close()
        self.was_ready |= self.is_ready

    def clean_up(self):
        if self.daemon is not None:
            self.daemon.child.kill()
            self.daemon.wait()
            self.daemon.clean_up()


class HealthChecks:
    """Asks each node whether it is ready, on a thread of its own, and tells the senders."""

    def __init__(self, nodes, traffic, balancer_port):
        self.nodes = nodes
        self.traffic = traffic
        self.balancer_port = balancer_port  # None: there is none
        self.end = threading.Event()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.run, args=(node,), daemon=True) for node in nodes]
        for thread in self.threads:
            thread.start()

    def run(self, node):
        while not self.end.wait(CHECK_INTERVAL):
            node.ask_ready()
            with self.lock:
                self.tell()

    def tell(self):
        ready = frozenset(node.port for node in self.nodes if node.is_ready)
        self.traffic.others = frozenset(node.port for node in self.nodes) - ready
        self.traffic.ports = ready | {self.balancer_port} if ready and self.balancer_port else ready

    def finish(self):
        self.end.set()
        for thread in self.threads:
            thread.join()


class ClusterSoak(Soak):
    """As Soak, with several nodes. In place of the lives of the daemon there are the runs of requests of one node."""

    def __init__(self, options, say=lambda line: None):
        super().__init__(options, say)
        # Each node calls the sandbox by an address of its own, so that its record tells which node sent a request.
        self.hosts = {f"127.0.0.{number + 1}": number for number in range(NODES)}
        self.deliveries = Deliveries(self.hosts)
        self.disturbed = []  # when, and by which kind of disturbance
        self.leaders_moved = 0
        self.nodes = []
        self.brokers = self.checks = None

    def start_sandbox(self):
        names = [text for host in self.hosts for text in ("--name", host)]
        return super().start_sandbox(*names, host="0.0.0.0")

    def make_traffic(self):
        return super().make_traffic(TrafficOptions(patience=5, pause=0.1, retried=(502, 503, 504), copy_share=COPY_SHARE))

    def make_reader(self, path):
        return Reader(path, self.audit, self.deliveries, self.deliveries.count)

    def with_daemon(self):
        with contextlib.ExitStack() as stack:
            if self.options.journal == "kafka":
                self.brokers = Brokers(self.folder / "brokers", NODES)
                stack.callback(self.brokers.clean_up)
            self.make_nodes(stack)
            for node in self.nodes:
                node.start()
            stack.callback(self.reading.end.set)
            self.await_recovery()
            self.reading.start()
            self.faults.start()
            self.traffic.start()
            self.disturb_all()
            self.await_recovery()
            self.finish()
            self.stop_nodes()
        return self.figures()

    def stage(self):
        return f"runs of a node {len(self.deliveries.runs)}"

    def disturb_all(self):
        """Spreads the events over the time of the disturbances, so that there is traffic during each of them."""
        schedule = disturbances(self.options.seed, self.options.disturbances, NODES, self.options.kinds)
        ends = [int(each.progress * self.options.events) for each in schedule[1:]] + [self.options.events]
        self.traffic.pace.spread(0, schedule[0].progress * self.options.events, RECOVERY)
        for disturbance, end in zip(schedule, ends):
            begin = int(disturbance.progress * self.options.events)
            while self.audit.counts["events"] < begin:
                self.check()
                time.sleep(0.02)
            self.traffic.pace.spread(self.audit.counts["events"], end, disturbance.seconds() + RECOVERY)
            self.disturb(disturbance)

    def make_nodes(self, stack):
        ports = kafka.free_ports(FIRST_PORT + os.getpid() % 150 * 32, 2 * NODES + 1)
        for host, number in self.hosts.items():
            settings = config(self.folder, f"https://{host}:{self.sandbox.port}", api_version=self.options.api_version)
            settings["journal"] = self.journal(number)
            self.nodes.append(Node(number, self.folder, ports[2 * number:2 * number + 2], settings))
        stack.callback(self.clean_up_nodes)
        balancer_port = None
        if BINARY is not None:
            balancer_port = ports[-1]
            upstreams = [node.port for node in self.nodes]
            stack.callback(Balancer(self.folder, upstreams, balancer_port, patience=3).clean_up)
        self.checks = HealthChecks(self.nodes, self.traffic, balancer_port)
        stack.callback(self.checks.finish)

    def journal(self, number):
        if self.brokers is None:
            return {"directory": str(self.folder / f"journal-{number}")}
        return {"backend": "kafka", "kafka": {"brokers": self.brokers.addresses(), "topic_prefix": "pintle",
                                              "create_topics": True, "replication_factor": NODES}}

    def clean_up_nodes(self):
        for node in self.nodes:
            node.clean_up()

    def disturb(self, disturbance):
        owner = self.deliveries.owner()
        targets = {act: disturbance.target(act, owner) for act in disturbance.acts}
        self.disturbed.append((time.time() + disturbance.delay, disturbance.kind))
        self.say(f"{time.monotonic() - self.began:5.0f} s  {disturbance.kind}: " +
                 ", ".join(f"{act.what} {target}" for act, target in targets.items()))
        begin = time.monotonic()
        for seconds, act, begins in disturbance.timeline():
            while (left := begin + seconds - time.monotonic()) > 0:
                self.check()
                time.sleep(min(left, 0.1))
            self.perform(act, targets[act], begins)
        if disturbance.awaits_recovery:
            self.await_recovery()

    def perform(self, act, target, begins):
        if act.what == "node":
            (self.nodes[target].act if begins else self.nodes[target].undo)(act.how)
        elif act.what == "broker":
            broker = target + 1
            undo = self.brokers.resume if act.how == "pause" else self.brokers.start
            (getattr(self.brokers, act.how) if begins else undo)(broker)
        elif begins:
            self.leaders_moved += self.brokers.move_leaders()

    def await_recovery(self):
        """Waits until all nodes are ready and all brokers have all records."""
        if self.brokers:
            self.brokers.wait(in_sync=True)

        def recovered():
            self.check()
            return all(node.is_ready for node in self.nodes)

        wait_until(recovered, "all nodes are ready", CHECK_INTERVAL)

    def check(self):
        super().check()
        for node in self.nodes:
            node.check()

    def finish(self):
        """Waits until everything is delivered and recorded, then checks what each node says about it."""
        self.finish_traffic()
        daemons = [node.daemon for node in self.nodes]
        for daemon in daemons:
            self.drain(daemon)
        if self.brokers is None:
            for daemon in daemons:
                for number in dead_letters(daemon):
                    self.audit.dead_letter(number)
            return
        letters = [sorted(dead_letters(daemon), key=str) for daemon in daemons]
        self.audit.check_nodes("the dead letters", letters)
        for number in letters[0]:
            self.audit.dead_letter(number)
        # The other nodes know a count a moment later than the owner.
        with contextlib.suppress(AssertionError):
            wait_until(lambda: len({str(daemon.metrics().ledger()) for daemon in daemons}) == 1, "the same ledgers")
        ledgers = [daemon.metrics().ledger() for daemon in daemons]
        self.audit.check_nodes("the ledgers", ledgers)
        self.audit.check_ledger(ledgers[0])

    def stop_nodes(self):
        self.checks.finish()
        for node in self.nodes:
            node.act("stop")

    def pauses(self):
        """Of nodes: one that is paused between its check and the write sends what it was about to write once it goes on."""
        return sum(KINDS[kind].count(("node", "pause")) for _, kind in self.disturbed)

    def figures(self):
        codes = sum((node.exit_codes for node in self.nodes), collections.Counter())
        late, seconds = self.deliveries.late()
        figures = {"seed": self.options.seed, "api_version": self.options.api_version, "journal": self.options.journal,
                   "nodes": len(self.nodes), "brokers": NODES if self.brokers else 0}
        figures |= self.audit.close()
        most = figures.pop("most repeats after one crash")
        bound = self.deliveries.busiest(UNRECORDED)
        figures["repeats after take-overs"] = figures.pop("repeats after crashes")
        return figures | {
            "most repeats after one take-over": most,
            f"their bound, the most events in {UNRECORDED} s": bound,
            "repeats over the bound": max(0, most - bound),
            "disturbances": dict(sorted(collections.Counter(kind for _, kind in self.disturbed).items())),
            "leaders moved": self.leaders_moved,
            "starts of nodes": sum(node.lives for node in self.nodes),
            "starts that failed": sum(node.failed_starts for node in self.nodes),
            "exit code": sum(count for code, count in codes.items() if code != 0),
            "take-overs": self.deliveries.takeovers(),
            "requests of a former owner": late,
            "requests of a former owner over the bound": max(0, late - self.pauses()),
            "the latest of them": seconds,
            "longest time without a delivery": max((gap for _, gap in self.deliveries.gaps), default=0.0),
            **{f"  after: {kind}": seconds for kind, seconds in
               sorted(self.deliveries.longest_gaps(self.disturbed).items())},
            "requests": self.traffic.counts["requests"],
            "copies of requests": self.traffic.counts["copies"],
            "copies answered": self.traffic.counts["copies answered"],
            "requests sent again": self.traffic.resent(),
            "sent again because": {name.partition(": ")[2]: count for name, count in
                                   sorted(self.traffic.counts.items()) if name.startswith("resent")},
            "calls at Customer.io": self.reading.reader.calls,
            "faults": sorted(self.faults.seen),
        }
