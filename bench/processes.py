"""What runs in a scenario: pintle on one core, and on the other what sends to it and answers it."""

import concurrent.futures
import contextlib
import http.client
import json
import resource
import subprocess
import sys
import time

from bench import events
from bench.machine import PEER, ROOT, SUBJECT, cpu_seconds, on_core
from bench.results import Failure

sys.path.insert(0, str(ROOT / "tests/e2e"))
from harness import PINTLE, Daemon, Metrics, Process, Sandbox, call, free_port, wait_until  # noqa: E402
from nginx import Nginx  # noqa: E402

NOWHERE = "https://127.0.0.1:9"  # refuses connections, so that what comes in stays
UNLIMITED = 1_000_000
SATURATED = 0.97  # of its core


def certificates(folder):
    """A folder with ca.pem, certificate.pem and key.pem for 127.0.0.1: those of a sandbox."""
    if not (folder / "sandbox").exists():
        sandbox = Sandbox(folder)
        sandbox.stop()
        sandbox.clean_up()
    return folder / "sandbox"


def config(folder, url, journal=None, **destination):
    """Writes a configuration in which nothing but the machine is a limit; returns its path. `journal` replaces the one in
    `folder`."""
    to = {"name": "customerio", "site_id": "site-id", "api_key": "api-key", "base_url": url,
          "ca_file": str(certificates(folder) / "ca.pem"), "rate": UNLIMITED, "retry": {"initial_backoff": "5m"}}
    to |= destination
    path = folder / "pintle.yaml"
    path.write_text(json.dumps({
        "listen": "127.0.0.1:0",
        "admin": {"listen": "127.0.0.1:0"},
        "ingest": {"threads": 1},
        "journal": journal or {"directory": str(folder / "journal"), "max_size": "100GiB"},
        "sources": [{"name": "bench", "write_key": events.WRITE_KEY, "destination": "customerio"}],
        "destinations": [{key: value for key, value in to.items() if value is not None}],
    }))
    return path


@contextlib.contextmanager
def pintle(folder, url=NOWHERE, journal=None, **destination):
    """The daemon on a core of its own, over the journal in `folder` or another; further keyword arguments are keys of the
    destination."""
    path = config(folder, url, journal, **destination)
    log = folder / f"pintle-{len(list(folder.glob('pintle-*.log')))}.log"  # each start's ports are read from its own
    with on_core(SUBJECT):
        daemon = Daemon(path, log)
    daemon.pid, daemon.url = daemon.child.pid, f"http://127.0.0.1:{daemon.port}"
    try:
        yield daemon
    finally:
        daemon.clean_up()


def kept(daemon, count):
    """Fails where fewer than `count` events were kept, as where their ids were no new ones."""
    counts = daemon.status()["events"]
    if counts["accepted"] < count:
        raise Failure(f"{count} events were answered 200, and these counts say otherwise: {counts}")


def drained(daemon, patience=600, pause=0.25):
    """Waits until all is delivered. The looks are rare, as each costs the daemon something."""
    deadline = time.monotonic() + patience
    while (waiting := daemon.destination()["backlog_events"]) > 0:
        if time.monotonic() > deadline:
            raise Failure(f"{waiting} events are still waiting after {patience} s:\n{daemon.output()}")
        time.sleep(pause)


class StaticNginx(Nginx):
    """Answers everything at once with `status` and `body`."""

    def __init__(self, folder, status, body="", core=PEER, tls=False, port=None):
        self.port, self.count_port = port or free_port(), free_port()
        keys = certificates(folder) if tls else None
        secure = f"ssl_certificate {keys}/certificate.pem; ssl_certificate_key {keys}/key.pem;" if tls else ""
        with on_core(core):
            super().__init__(folder, f"""
                client_max_body_size 0; keepalive_requests 1000000000; keepalive_timeout 1h; keepalive_time 24h;
                ssl_protocols TLSv1.2 TLSv1.3; ssl_session_cache shared:all:1m;
                server {{
                    listen 127.0.0.1:{self.port} {"ssl" if tls else ""}; {secure}
                    default_type application/json;
                    location / {{ return {status} '{body}'; }}
                }}
                server {{ listen 127.0.0.1:{self.count_port}; location / {{ stub_status; }} }}""")
        self.pid, self.url = self.child.pid, f"http{'s' if tls else ''}://127.0.0.1:{self.port}"
        wait_until(self.listens, "nginx")

    def listens(self):
        if self.child.poll() is not None:
            raise Failure(f"nginx ended with {self.child.returncode}")
        with contextlib.suppress(OSError):
            return call(self.count_port, "GET", "/").status == 200


@contextlib.contextmanager
def nginx(folder, status, body="", **options):
    server = StaticNginx(folder, status, body, **options)
    try:
        yield server
    finally:
        server.clean_up()


def wrk(script, url, *arguments, connections, seconds, core=PEER):
    """What bench/load/report.lua prints, and `share`: how much of its core wrk used."""
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", f"{script}.lua", url, "--",
               *map(str, arguments)]
    with on_core(core):
        done = subprocess.run(command, cwd=ROOT / "bench/load", capture_output=True, text=True, timeout=seconds + 60)
    elapsed, after = time.monotonic() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != 0 or not lines:
        raise Failure(f"wrk failed:\n{done.stdout}{done.stderr}")
    report = json.loads(lines[0])
    if report["failed"] or report["exhausted"] or not report["requests"]:
        raise Failure(f"wrk's run is worth nothing: {report}")
    report["share"] = (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / elapsed
    report["rate"] = report["requests"] / report["seconds"]
    return report


def shares(subject, **used):
    """A note that says how much of its core each used, and whether another than `subject` was the limit."""
    text = ", ".join(f"{name} {share:.0%}" for name, share in used.items()) + " of its core"
    full = [name for name, share in used.items() if name != subject and share >= SATURATED]
    return f"{text}; {full[0]} is the limit, {subject} could do more" if full else text


def median_of(metrics, histogram):
    """As Prometheus' histogram_quantile has it: between its bucket's bounds as if all lay evenly."""
    buckets = sorted((float(dict(labels)["le"]), count) for (name, labels), count in metrics.samples.items()
                     if name == f"{histogram}_bucket")
    half, lower, below = buckets[-1][1] / 2, 0.0, 0.0
    for bound, count in buckets:
        if count >= half:
            return lower + (bound - lower) * (half - below) / (count - below)
        lower, below = bound, count
    raise Failure(f"{histogram} counts nothing")


class Share:
    """How much of its core a process used since this was made."""

    def __init__(self, pid):
        self.pid, self.cpu, self.begin = pid, cpu_seconds(pid), time.monotonic()

    def cpu_so_far(self):
        return cpu_seconds(self.pid) - self.cpu

    def so_far(self):
        return self.cpu_so_far() / (time.monotonic() - self.begin)


def send(daemon, count, size=100, first=0, senders=4):
    """`count` events to the daemon, in batches of `size` or, where that is 1, by themselves; `first` numbers them."""
    template = events.track() if size == 1 else events.batch(size)
    path = "/v1/track" if size == 1 else "/v1/batch"
    headers = {"X-Write-Key": events.WRITE_KEY, "Content-Type": "application/json"}
    users, requests = events.persons(size), count // size

    def work(numbers):
        connection = http.client.HTTPConnection("127.0.0.1", daemon.port, timeout=60)
        for number in numbers:
            connection.request("POST", path, events.fill(template, first // size + number, users), headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise Failure(f"pintle answered {answer.status} to events that it should take")
        connection.close()

    with concurrent.futures.ThreadPoolExecutor(senders) as pool:
        list(pool.map(work, [range(i, requests, senders) for i in range(senders)]))
