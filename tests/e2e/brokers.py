"""A Kafka cluster for tests, made by tests/kafka/cluster. Each test is skipped where it cannot be had, with the reason."""

import importlib.machinery
import importlib.util
import os
import shutil
import signal
import sys
from pathlib import Path

from harness import PATIENCE, ROOT

SCRIPT = ROOT / "tests/kafka/cluster"


def load():
    """The script as a module."""
    loader = importlib.machinery.SourceFileLoader("kafka_cluster", str(SCRIPT))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = before
    return module


kafka = load()
JARS = Path(os.environ.get("KAFKA_JARS", kafka.DEFAULT_JARS))


def missing():
    """Why no broker can be started here; None: it can. Downloads the brokers' jars if they are not there."""
    if shutil.which("java") is None:
        return "needs java (openjdk-17-jre-headless)"
    if (JARS / "version").exists():
        return None
    if shutil.which("mvn") is None:
        return "needs mvn (maven) for the download of a Kafka broker"
    try:
        kafka.install(JARS, kafka.VERSION)
    except kafka.Failure as failure:
        return str(failure)
    return None


class Brokers:
    """`count` brokers, numbered from 1 on, with their data in `folder`."""

    def __init__(self, folder, count, *settings, memory=256, host=kafka.HOST, secure=False):
        self.cluster = kafka.Cluster(Path(folder).absolute())
        self.processes = []
        self.cluster.make(count, JARS, memory, list(settings), None, secure, host)
        try:
            for node in self.cluster.ids:
                self.start(node)
            self.wait()
        except BaseException:
            self.clean_up()
            raise

    def addresses(self, listener=kafka.CLIENTS):
        return self.cluster.bootstrap(listener).split(",")

    def certificate(self, name):
        """The path of a file that the option --secure of the script makes."""
        return str(self.cluster.folder / "tls" / name)

    def wait(self, in_sync=False):
        """Waits until all see each other, and each partition has a leader or, if asked for, all its replicas in sync."""
        self.cluster.wait(3 * PATIENCE, list(self.cluster.ids), in_sync)

    def kill(self, node):
        self.cluster.signal(node, signal.SIGKILL)

    def stop(self, node):
        self.cluster.signal(node, signal.SIGTERM)

    def pause(self, node):
        self.cluster.signal(node, signal.SIGSTOP)

    def resume(self, node):
        self.cluster.signal(node, signal.SIGCONT)

    def start(self, node):
        """Starts a broker that does not run, and does not wait for it."""
        self.processes.append(self.cluster.launch(node))

    def move_leaders(self):
        """Moves leaders to the brokers that had them at first. Returns how many."""
        return kafka.elect_leaders(self.cluster.address(1))

    def logs(self):
        return [self.cluster.log(node) for node in self.cluster.ids]

    def clean_up(self):
        for node in self.cluster.running():
            self.kill(node)
        for process in self.processes:
            process.wait()
        shutil.rmtree(self.cluster.folder, ignore_errors=True)
