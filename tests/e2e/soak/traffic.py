"""Many connections, each a sender that sends its next request once the previous one is answered."""

import asyncio
import collections
import random
import threading
import time

from soak.plan import Plan

PAUSE = 0.03  # about so many seconds before a request is sent again, or between two checks
HANG_UP_SHARE = 0.005  # share of requests whose sender hangs up before the answer
BLIND_SHARE = 0.03  # share of requests to several nodes that go to any of them, also to one that is not ready
LATEST_COPY = 4.0  # seconds after which a copy of a request is sent at the latest


class Connections:
    """One connection to each port, opened when it is needed."""

    def __init__(self):
        self.open = {}  # port: (reader, writer)

    async def exchange(self, port, text, cut=None):
        """Sends a request and returns the status of its answer; sends only `cut` bytes and hangs up if that is given."""
        if port not in self.open:
            self.open[port] = await asyncio.open_connection("127.0.0.1", port)
        reader, writer = self.open[port]
        writer.write(text[:cut])
        await writer.drain()
        if cut is not None:
            raise HungUp
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
        await reader.readexactly(int(headers["content-length"]))
        if headers.get("connection") == "close":
            self.hang_up(port)
        return int(lines[0].split()[1])

    def hang_up(self, port):
        if port in self.open:
            self.open.pop(port)[1].close()

    def keep_only(self, ports):
        for port in self.open.keys() - ports:
            self.hang_up(port)


class Sender:
    def __init__(self, traffic, number, plan):
        self.traffic = traffic
        self.plan = plan
        self.chance = random.Random(f"{plan.name}/interruptions")
        self.connections = Connections()

    async def run(self):
        for request in self.plan:
            await self.traffic.room()
            for event in request.events:
                self.traffic.audit.expect(event)
            if self.chance.random() < self.traffic.options.copy_share:
                delay = self.chance.choice((0, self.chance.uniform(0, LATEST_COPY)))
                self.traffic.group.create_task(self.send_copy(request, delay))
            while not await self.try_to_send(request):
                await asyncio.sleep(self.traffic.options.pause * (0.5 + self.chance.random()))
            for event in request.events:
                enter = self.traffic.audit.accept if request.status == 200 else self.traffic.audit.reject
                enter(event.number)
        self.connections.keep_only(set())

    async def try_to_send(self, request):
        """True if it got its expected answer: the events are accepted, or rejected as they should be."""
        ports = await self.traffic.known_ports()
        self.connections.keep_only(self.traffic.all_ports())
        # Some close the connection within the request, or before its answer.
        cut = None
        if self.chance.random() < HANG_UP_SHARE:
            cut = self.chance.choice((len(request.bytes), self.chance.randrange(len(request.bytes))))
        status = await self.attempt(self.connections, self.pick(ports), request, "resent", cut)
        return status == request.status

    async def send_copy(self, request, delay):
        """Sends the request once more after `delay` seconds, on a connection of its own, whatever becomes of it."""
        await asyncio.sleep(delay)
        ports = await self.traffic.known_ports()
        connections = Connections()
        self.traffic.counts["copies"] += 1
        if await self.attempt(connections, self.pick(ports), request, "copy") == request.status:
            self.traffic.counts["copies answered"] += 1
        connections.keep_only(set())

    def pick(self, ports):
        every = self.traffic.all_ports()
        if len(every) > 1 and self.chance.random() < BLIND_SHARE:
            ports = every
        return self.chance.choice(sorted(ports))

    async def attempt(self, connections, port, request, what, cut=None):
        """The status; None if there was no answer. An answer that tells to try again is counted."""
        counts, options = self.traffic.counts, self.traffic.options
        counts["requests"] += 1
        try:
            async with asyncio.timeout(options.patience):
                status = await connections.exchange(port, request.bytes, cut)
        except (OSError, EOFError, asyncio.LimitOverrunError, ValueError) as error:
            connections.hang_up(port)
            counts[f"{what}: {name_of(error)}"] += 1
            return None
        if status in options.retried:
            counts[f"{what}: {status}"] += 1
        elif status != request.status:
            raise AssertionError(f"answered {status}, not {request.status}: {request.bytes[:1000]}")
        return status


class HungUp(OSError):
    pass


def name_of(error):
    if isinstance(error, HungUp):
        return "hung up"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return "refused" if isinstance(error, ConnectionRefusedError) else "cut off"


class TrafficOptions:
    def __init__(self, patience=60, pause=PAUSE, retried=(503,), copy_share=0.0):
        self.patience = patience  # seconds to wait for an answer
        self.pause = pause  # about so many seconds before a request is sent again
        self.retried = retried  # the statuses that mean so
        self.copy_share = copy_share  # of the requests of which a copy is sent, at once or later, to any node


class Pace:
    """How many events may be sent until now: without limit, or evenly up to a number within some time."""

    def __init__(self):
        self.first, self.last, self.begin, self.seconds = 0, float("inf"), 0.0, 0.0

    def spread(self, first, last, seconds):
        self.first, self.last, self.begin, self.seconds = first, last, time.monotonic(), seconds

    def allowed(self):
        passed = time.monotonic() - self.begin
        if passed >= self.seconds:
            return self.last
        return self.first + (self.last - self.first) * passed / self.seconds


class Traffic:
    """All senders, on a thread of their own. Each request goes to a random one of `ports`: those of the nodes that are
    ready. `others` are ports of nodes that are not."""

    def __init__(self, audit, seed, senders, events, most_ahead, options=None):
        self.audit = audit
        self.ports = frozenset()
        self.others = frozenset()
        self.most_ahead = most_ahead  # events that may have still to arrive
        self.options = options or TrafficOptions()
        self.counts = collections.Counter()
        self.pace = Pace()
        shares = [events // senders + (number < events % senders) for number in range(senders)]
        self.senders = [Sender(self, number, Plan(seed, number, senders, share))
                        for number, share in enumerate(shares)]
        self.error = None
        self.thread = threading.Thread(target=self.run, name="traffic", daemon=True)

    def start(self):
        self.thread.start()

    def run(self):
        try:
            asyncio.run(self.all())
        except BaseException as error:
            self.error = error

    async def all(self):
        async with asyncio.TaskGroup() as self.group:
            for sender in self.senders:
                self.group.create_task(sender.run())

    def all_ports(self):
        return self.ports | self.others

    async def known_ports(self):
        while not (ports := self.ports):
            await asyncio.sleep(PAUSE)
        return ports

    async def room(self):
        while self.audit.backlog() > self.most_ahead or self.audit.counts["events"] >= self.pace.allowed():
            await asyncio.sleep(PAUSE)

    def over(self):
        """True once every request got its expected answer."""
        if self.error is not None:
            raise self.error
        return not self.thread.is_alive()

    def resent(self):
        return sum(count for name, count in self.counts.items() if name.startswith("resent"))
