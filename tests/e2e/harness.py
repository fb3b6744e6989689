"""Runs the real binary: `pintle sandbox` in place of Customer.io, and `pintle serve` that delivers to it.

PINTLE names the binary; the default is the one that `./dev build` makes.
"""

import base64
import hashlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PINTLE = os.environ.get("PINTLE", str(ROOT / "build/release/pintle"))
WRITE_KEY = "write-key"
SITE_ID = "site-id"
API_KEY = "api-key"
# Seconds until a condition that is not met fails its test.
PATIENCE = 30 * int(os.environ.get("PINTLE_TEST_PATIENCE", "1"))
SANITIZER_REPORT = re.compile(r"(ERROR: (Address|Leak)Sanitizer|WARNING: ThreadSanitizer|runtime error:).*")


def wait_until(condition, what, pause=0.02):
    """Waits until `condition()` is true, and returns its value. It is called every `pause` seconds."""
    deadline = time.monotonic() + PATIENCE
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {PATIENCE} s in vain for {what}")
        time.sleep(pause)


# Above those that the kernel gives to whoever asks for any, brokers and a soak's nodes have theirs below.
FREE_PORTS = range(61_000, 65_536)
taken_ports = []


def free_port():
    """A port on which nothing listens, and which no other test gets before this process ends."""
    first = os.getpid() * 16 % len(FREE_PORTS)
    for port in (*FREE_PORTS[first:], *FREE_PORTS[:first]):
        lock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            lock.bind(f"\0pintle-test-port-{port}")
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            lock.close()
            continue
        taken_ports.append(lock)
        return port
    raise AssertionError("no free port")


def epoch(iso):
    return int(time.mktime(time.strptime(iso[:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone)


def dedupe_id(message_id, seconds):
    """The ULID that the mapper makes from a messageId and the event's time."""
    value = (seconds * 1000 << 80) | int.from_bytes(hashlib.sha256(message_id.encode()).digest()[:10], "big")
    digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    return "".join(digits[value >> shift & 31] for shift in range(125, -1, -5))


def basic(user, password=""):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.text = response.read().decode()

    def json(self):
        return json.loads(self.text)

    def __repr__(self):
        return f"{self.status} {self.text[:200]}"


def call(port, method, path, body=None, headers=None, tls=None):
    """Sends one request on a new connection. A `body` that is not bytes is sent as JSON."""
    if tls is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    else:
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=PATIENCE, context=tls)
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
    try:
        connection.request(method, path, body, headers or {})
        return Answer(connection.getresponse())
    finally:
        connection.close()


def environment(**variables):
    """The environment for a pintle: these variables, and none of the tests' own."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("PINTLE_", "CUSTOMERIO_"))} | variables


class Process:
    """A pintle process in the background; its output goes to a file. `inside` is a command that runs another one."""

    def __init__(self, arguments, log, inside=()):
        self.log = Path(log)
        self.sent = None  # the last signal
        self.out = open(self.log, "ab")
        env = environment()
        self.child = subprocess.Popen([*inside, PINTLE, *arguments], stdout=self.out, stderr=subprocess.STDOUT,
                                      stdin=subprocess.DEVNULL, env=env)

    def output(self):
        return self.log.read_text(errors="replace")

    def running(self):
        return self.child.poll() is None

    def await_output(self, ready, what, pause=0.02):
        def check():
            result = ready()
            if not result and not self.running():
                raise AssertionError(f"exit {self.child.returncode} before {what}:\n{self.output()}")
            return result
        return wait_until(check, what, pause)

    def signal(self, number):
        self.sent = number
        self.child.send_signal(number)

    def wait(self):
        try:
            return self.child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"does not end:\n{self.output()}") from None

    def stop(self):
        """Sends SIGTERM and returns the exit code."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def kill(self):
        self.signal(signal.SIGKILL)
        self.wait()

    def clean_up(self):
        if self.running():
            self.child.kill()
            self.child.wait()
        self.out.close()
        if self.child.returncode < 0 and -self.child.returncode not in (signal.SIGKILL, self.sent):
            raise AssertionError(f"died of signal {-self.child.returncode}:\n{self.output()}")
        if report := SANITIZER_REPORT.search(self.output()):
            raise AssertionError(f"{report[0]}\n{self.output()}")


class Sandbox(Process):
    def __init__(self, folder, *options, host="127.0.0.1", port=0, keep=100_000):
        self.folder = Path(folder)
        port_file = self.folder / "sandbox.port"
        port_file.unlink(missing_ok=True)
        super().__init__(["sandbox", "--listen", f"{host}:{port}", "--directory", str(self.folder / "sandbox"),
                          "--port-file", str(port_file), "--site-id", SITE_ID, "--api-key", API_KEY, "--seed", "1",
                          "--keep", str(keep), *options], self.folder / "sandbox.log")
        self.plain = "--plain" in options
        try:
            self.await_output(port_file.exists, "the sandbox listens")
        except BaseException:
            self.clean_up()
            raise
        self.port = int(port_file.read_text())
        self.ca_file = str(self.folder / "sandbox" / "ca.pem")

    @property
    def url(self):
        return f"{'http' if self.plain else 'https'}://127.0.0.1:{self.port}"

    def call(self, method, path, body=None, headers=None):
        tls = None if self.plain else ssl.create_default_context(cafile=self.ca_file)
        return call(self.port, method, path, body, headers, tls)

    def requests(self):
        """All requests, including rejected ones, oldest first."""
        return self.call("GET", "/requests").json()

    def taken(self):
        """The requests that Customer.io would have accepted, oldest first, including repeated deliveries."""
        return [request for request in self.requests() if request["taken"]]

    def await_taken(self, count):
        wait_until(lambda: self.call("GET", "/stats").json()["taken"] >= count, f"{count} requests taken")
        return self.taken()

    def faults(self, **change):
        answer = self.call("PUT", "/faults", change)
        assert answer.status == 200, answer


class Metrics:
    """The samples of /metrics by name and labels, independent of the order of the labels."""

    SAMPLE = re.compile(r"(\w+)(?:\{(.*)\})? (\S+)")
    LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')

    def __init__(self, text):
        self.text = text
        self.samples = {}
        for line in text.splitlines():
            if line and not line.startswith("#"):
                name, labels, value = self.SAMPLE.fullmatch(line).groups()
                self.samples[name, frozenset(self.LABEL.findall(labels or ""))] = float(value)

    def value(self, name, **labels):
        return self.samples[name, frozenset(labels.items())]

    def names(self):
        return {name for name, _ in self.samples}

    def ledger(self, destination="customerio"):
        """The accounts of the ledger by their short names."""
        names = {"backlog": "pintle_backlog_events", "retained": "pintle_dead_letters"}
        prefix = "pintle_ledger_"
        names |= {name.removeprefix(prefix).rpartition("_")[0]: name for name in self.names() if name.startswith(prefix)}
        return {short: int(self.value(name, destination=destination)) for short, name in names.items()}


class Daemon(Process):
    def __init__(self, config, log, wait=True, inside=()):
        """Starts the daemon and waits until it is ready; without `wait` the caller calls `await_ready`."""
        super().__init__(["serve", "--config", str(config)], log, inside)
        if not wait:
            return
        try:
            self.await_ready()
        except BaseException:
            self.clean_up()
            raise

    def await_ready(self, pause=0.02):
        self.port = self.await_port("listening", pause)
        self.admin_port = self.await_port("admin_listening", pause)
        wait_until(lambda: self.admin("/ready").status == 200, "the daemon is ready", pause)

    def await_port(self, event, pause):
        pattern = re.compile(rf"""(?<!\w){event}(?: address=|","address":")[^\s"]+:(\d+)""")
        return int(self.await_output(lambda: pattern.search(self.output()), f"the log line {event}", pause)[1])

    def send(self, path, body, headers=None, method="POST"):
        """Sends to ingest, with the write key unless `headers` are given."""
        headers = {"Authorization": basic(WRITE_KEY)} if headers is None else headers
        return call(self.port, method, path, body, {"Content-Type": "application/json"} | headers)

    def admin(self, path, method="GET", headers=None):
        return call(self.admin_port, method, path, headers=headers)

    def status(self):
        return self.admin("/api/status").json()

    def metrics(self):
        return Metrics(self.admin("/metrics").text)

    def destination(self):
        return self.status()["destinations"][0]

    def dead_letters(self):
        return self.admin("/api/dead-letters").json()["dead_letters"]


def config(folder, url, **destination):
    """A configuration with short waiting times; keyword arguments are keys of the destination."""
    return {
        "listen": "127.0.0.1:0",
        "admin": {"listen": "127.0.0.1:0"},
        "ingest": {"drain_timeout": "10s"},
        "journal": {"directory": str(folder / "journal")},
        "sources": [{"name": "web", "write_key": WRITE_KEY, "destination": "customerio"}],
        "destinations": [{
            "name": "customerio", "site_id": SITE_ID, "api_key": API_KEY, "base_url": url,
            "ca_file": str(folder / "sandbox" / "ca.pem"), "rate": 100000,
            "retry": {"initial_backoff": "20ms", "max_backoff": "200ms", "probe_interval": "100ms"},
        } | destination],
    }


class EndToEnd(unittest.TestCase):
    """Each test has its own folder, and its processes end with it."""

    maxDiff = None

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="pintle-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def start_sandbox(self, *options, port=0):
        sandbox = Sandbox(self.folder, *options, port=port)
        self.addCleanup(sandbox.clean_up)
        return sandbox

    def config(self, url, **destination):
        return config(self.folder, url, **destination)

    def start_daemon(self, config, inside=()):
        path = self.folder / "pintle.yaml"
        path.write_text(json.dumps(config))  # JSON is YAML
        log = self.folder / f"pintle-{len(list(self.folder.glob('pintle-*.log')))}.log"
        daemon = Daemon(path, log, inside=inside)
        self.addCleanup(daemon.clean_up)
        return daemon

    def start_both(self, *options, **destination):
        sandbox = self.start_sandbox(*options)
        return sandbox, self.start_daemon(self.config(sandbox.url, **destination))


def facts(request):
    """The parts of a request to the sandbox that a test compares."""
    return request["method"], request["path"], request["body"]


def main():
    unittest.main(verbosity=2)
