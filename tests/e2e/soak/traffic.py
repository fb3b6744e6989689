"""Many connections, each a sender that sends its next request once the previous one is answered."""

import asyncio
import collections
import random
import threading

from soak.plan import Plan

PATIENCE = 60  # seconds to wait for an answer
PAUSE = 0.03  # about so many seconds before a request is sent again, or between two checks
HANG_UP_SHARE = 0.005  # share of requests whose sender hangs up before the answer


class Sender:
    def __init__(self, traffic, number, plan):
        self.traffic = traffic
        self.plan = plan
        self.chance = random.Random(f"{plan.name}/interruptions")
        self.reader = None
        self.writer = None

    async def run(self):
        for request in self.plan:
            await self.traffic.room()
            for event in request.events:
                self.traffic.audit.expect(event)
            while not await self.try_to_send(request):
                await asyncio.sleep(PAUSE * (0.5 + self.chance.random()))
            for event in request.events:
                enter = self.traffic.audit.accept if request.status == 200 else self.traffic.audit.reject
                enter(event.number)
        self.hang_up()

    async def try_to_send(self, request):
        """True if it got its expected answer: the events are accepted, or rejected as they should be."""
        if self.writer is None:
            await self.traffic.daemon()
        counts = self.traffic.counts
        counts["requests"] += 1
        try:
            async with asyncio.timeout(PATIENCE):
                status = await self.exchange(request)
        except (OSError, EOFError, asyncio.LimitOverrunError, ValueError) as error:
            self.hang_up()
            counts[f"resent: {name_of(error)}"] += 1
            return False
        if status == request.status:
            return True
        if status != 503:
            raise AssertionError(f"answered {status}, not {request.status}: {request.bytes[:1000]}")
        counts["resent: 503"] += 1
        return False

    async def exchange(self, request):
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.traffic.port)
        if self.chance.random() < HANG_UP_SHARE:
            # Closes the connection within the request, or before its answer.
            size = self.chance.choice((len(request.bytes), self.chance.randrange(len(request.bytes))))
            self.writer.write(request.bytes[:size])
            await self.writer.drain()
            raise HungUp
        self.writer.write(request.bytes)
        await self.writer.drain()
        head = await self.reader.readuntil(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
        await self.reader.readexactly(int(headers["content-length"]))
        if headers.get("connection") == "close":
            self.hang_up()
        return int(lines[0].split()[1])

    def hang_up(self):
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None


class HungUp(OSError):
    pass


def name_of(error):
    if isinstance(error, HungUp):
        return "hung up"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return "refused" if isinstance(error, ConnectionRefusedError) else "cut off"


class Traffic:
    """All senders, on a thread of their own. `port` is the port of the daemon, or None while it is down."""

    def __init__(self, audit, seed, senders, events, most_ahead):
        self.audit = audit
        self.port = None
        self.most_ahead = most_ahead  # events that may have still to arrive
        self.counts = collections.Counter()
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
        async with asyncio.TaskGroup() as group:
            for sender in self.senders:
                group.create_task(sender.run())

    async def daemon(self):
        while self.port is None:
            await asyncio.sleep(PAUSE)

    async def room(self):
        while self.audit.backlog() > self.most_ahead:
            await asyncio.sleep(PAUSE)

    def over(self):
        """True once every request got its expected answer."""
        if self.error is not None:
            raise self.error
        return not self.thread.is_alive()

    def resent(self):
        return sum(count for name, count in self.counts.items() if name.startswith("resent"))
