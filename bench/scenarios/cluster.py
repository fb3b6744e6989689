"""A node whose journal is in Kafka, beside librdkafka alone with the same settings on the same core, and a take-over.

Three brokers, and each record is on all of them before it is acknowledged. They have the other core to themselves: what
sends to pintle is on pintle's core, as what gives records to librdkafka alone is on that one's. The size of a record and
what it compresses to are about the same. The first round of each comparison is not counted, as the brokers compile their
code in it.
"""

import asyncio
import contextlib
import itertools
import json
import random
import statistics
import string
import subprocess
import threading

from bench import events
from bench.machine import ROOT, SUBJECT, on_core
from bench.open_loop import OpenLoop
from bench.processes import (Share, certificates, drained, free_port, kept, nginx, pintle, send, shares, wait_until,
                             wrk)
from bench.results import Failure, Row
from bench.scenarios.batches import SIZE, template
from bench.scenarios.end_to_end import part
from bench.sink import listen
from brokers import Brokers, missing

BROKERS = 3
RATE = 1000  # events a second
ROUNDS = 3  # that count
WARM_UP = 1  # seconds whose events are sent and not counted
CONNECTIONS = 48  # each with a batch of 100, where librdkafka alone has up to 10,000 records unacknowledged
APPENDS = 200_000  # of librdkafka alone
BATCHED = 100_000  # events that are delivered
TAKEOVER_LOAD = 200  # events a second
HOSTS = b"127.0.0.1", b"localhost"  # by which two nodes call Customer.io

topics = (f"bench-{number}" for number in itertools.count())


def run(bench):
    if reason := missing():
        raise Failure(reason)
    with bench.folder() as folder:
        brokers = Brokers(folder / "brokers", BROKERS)
        try:
            yield from latency(bench, brokers)
            yield from throughput(bench, brokers)
            yield from delivery(bench, brokers)
            yield from takeover(bench, brokers)
        finally:
            brokers.clean_up()


def journal(brokers, topic):
    return {"backend": "kafka", "max_size": "100GiB",
            "kafka": {"brokers": brokers.addresses(), "topic_prefix": topic, "create_topics": True,
                      "replication_factor": BROKERS}}


def record(index):
    """An event as long as the journal stores it, with as much that does not compress: its head is hashes and names, and
    two times are added."""
    event = events.fill(events.track(index), index, events.PERSONS)
    time = f"2026-03-05T10:21:01.{index:03d}Z"
    hashes = "".join(random.Random(index).choices(string.ascii_letters + string.digits, k=24))
    return f'{hashes} bench customerio {event[:-1]},"timestamp":"{time}","receivedAt":"{time}"}}'


def alone(folder, brokers, count, rate):
    """librdkafka alone, on the subject's core."""
    file = folder / "records"
    file.write_text("".join(record(i) + "\n" for i in range(SIZE)))
    with on_core(SUBJECT):
        done = subprocess.run([ROOT / "build/release/bench/append_to_kafka", ",".join(brokers.addresses()),
                               next(topics), str(BROKERS), file, str(count), str(rate)],
                              check=True, stdout=subprocess.PIPE, text=True, timeout=600)
    return json.loads(done.stdout)


def median_round(measure, ratio):
    """Of the rounds that count, what `measure` returned in the one whose ratio is in the middle."""
    rounds = [measure() for _ in range(1 + ROUNDS)][1:]  # in the first one the brokers compile their code
    return sorted(rounds, key=ratio)[ROUNDS // 2]


def latency(bench, brokers):
    ours, bare, note = median_round(lambda: latency_once(bench, brokers), lambda pair: pair[0][0] / pair[1]["p50_ms"])
    yield Row(f"200 to an event, at {RATE:,}/s, p50", ours[0], "ms", bare["p50_ms"], "librdkafka's acknowledgement",
              at_most=1.3 * bare["p50_ms"], note=note, headline=True)
    yield Row(f"200 to an event, at {RATE:,}/s, p99", ours[1], "ms", bare["p99_ms"], "librdkafka's acknowledgement",
              note=note, headline=True)


def latency_once(bench, brokers):
    """p50 and p99 in ms, what librdkafka alone has, and a note."""
    seconds = 2 * bench.seconds
    with bench.folder() as folder:
        bare = alone(folder, brokers, RATE * seconds, RATE)
        with pintle(folder, journal=journal(brokers, next(topics))) as daemon:
            text = events.request("/v1/track", events.track())
            sender = OpenLoop(daemon.port, lambda number: events.fill(text, number, events.PERSONS).encode())
            with on_core(SUBJECT):
                asyncio.run(answers(sender, seconds))
        if sender.refused:
            raise Failure(f"pintle refused {sender.refused} events")
        ways = sorted(sender.answered[i] - sender.sent[i] for i in range(WARM_UP * RATE, len(sender.sent)))
        note = f"{sender.late} of {len(sender.sent)} were sent late" if sender.late else ""
        return (1000 * part(ways, 0.5), 1000 * part(ways, 0.99)), bare, note


async def answers(sender, seconds):
    await sender.run(RATE, WARM_UP + seconds)
    for _ in range(100):
        if len(sender.answered) == len(sender.sent):
            return
        await asyncio.sleep(0.1)
    raise Failure(f"of {len(sender.sent)} events {len(sender.answered)} were answered")


def throughput(bench, brokers):
    ours, bare = median_round(lambda: throughput_once(bench, brokers),
                              lambda pair: pair[0]["rate"] / pair[1]["records_per_second"])
    yield Row("events in batches of 100", ours["rate"] * SIZE, "events/s", bare["records_per_second"],
              "librdkafka alone", least_ratio=0.6, note=ours["note"], headline=True)
    yield Row("CPU for an event of a batch", ours["cpu_us"], "us", bare["cpu_us"], "librdkafka alone")


def throughput_once(bench, brokers):
    with bench.folder() as folder:
        bare = alone(folder, brokers, APPENDS, 0)
        with pintle(folder, journal=journal(brokers, next(topics))) as daemon:
            used = Share(daemon.pid)
            report = wrk("template", daemon.url, *template(folder), connections=CONNECTIONS, seconds=bench.seconds,
                         core=SUBJECT)
            report["note"] = shares("pintle", pintle=used.so_far(), wrk=report["share"])
            report["cpu_us"] = used.cpu_so_far() / (report["requests"] * SIZE) * 1e6
            kept(daemon, report["requests"] * SIZE)
        return report, bare


def delivery(bench, brokers):
    """Received, appended, delivered over TLS and acked, by the journal."""
    by_kafka, by_rocksdb = (delivery_once(bench, where) for where in (journal(brokers, next(topics)), None))
    yield Row("CPU for an event, in batches of 100, delivered by v2", by_kafka, "us", by_rocksdb,
              "a journal on RocksDB", headline=True)


def delivery_once(bench, where):
    port = free_port()
    with bench.folder() as folder, nginx(folder, 200, "{}", tls=True, port=port), \
            pintle(folder, f"https://127.0.0.1:{port}", where, api_version="v2") as daemon:
        send(daemon, 1000)  # opens the connections
        drained(daemon)
        used, before = Share(daemon.pid), daemon.destination()["delivered"]
        send(daemon, BATCHED, first=1000)
        drained(daemon)
        return used.cpu_so_far() / (daemon.destination()["delivered"] - before) * 1e6


def takeover(bench, brokers):
    for how, end, most in (("SIGKILL", lambda daemon: daemon.kill(), 3.5), ("SIGTERM", lambda daemon: daemon.stop(), 0.5)):
        times = [takeover_once(bench, brokers, end) for _ in range(ROUNDS)]
        yield Row(f"from the owner's last delivery to that of another node, {how}", statistics.median(times), "s",
                  at_most=most, note=f"at most {max(times):.2f} s after {how}", headline=True)


def takeover_once(bench, brokers, end):
    """Seconds between the last request of the node that ends and the first one of the other."""
    with contextlib.ExitStack() as stack:
        folders = [stack.enter_context(bench.folder()) for _ in HOSTS]
        port, keys, where = free_port(), certificates(folders[0]), journal(brokers, next(topics))
        arrivals = Arrivals(keys, port)
        stack.callback(arrivals.close)

        def node(index):
            return stack.enter_context(pintle(folders[index], f"https://{HOSTS[index].decode()}:{port}", where,
                                              ca_file=str(keys / "ca.pem")))

        first = node(0)
        send(first, 10, size=1)
        wait_until(lambda: len(arrivals.times[0]) == 10, "deliveries of the first node")
        second, stop = node(1), threading.Event()
        load = threading.Thread(target=keep_sending, args=(second, stop))
        load.start()
        try:
            wait_until(lambda: len(arrivals.times[0]) > TAKEOVER_LOAD, "deliveries of the first node")
            end(first)
            wait_until(lambda: arrivals.times[1], "a delivery of the second node", pause=0.01)
        finally:
            stop.set()
            load.join()
        return arrivals.times[1][0] - arrivals.times[0][-1]


def keep_sending(daemon, stop):
    number = 10
    while not stop.wait(1 / TAKEOVER_LOAD):
        send(daemon, 1, size=1, first=number, senders=1)
        number += 1


class Arrivals:
    """In Customer.io's place, on a thread of its own: when requests of each node arrived."""

    def __init__(self, keys, port):
        self.times = [], []
        self.loop = asyncio.new_event_loop()
        self.loop.set_exception_handler(lambda loop, context: None)  # the node that ends resets its connections
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.server = self.run(listen(keys, port, self.note))

    def note(self, now, request):
        host = request.lower().split(b"\r\nhost: ", 1)[1].split(b":", 1)[0]
        self.times[HOSTS.index(host)].append(now)

    def run(self, work):
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    def close(self):
        self.run(self.end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    async def end(self):
        self.server.close()
        accepting = asyncio.all_tasks() - {asyncio.current_task()}
        for task in accepting:
            task.cancel()
        await asyncio.gather(*accepting, return_exceptions=True)
