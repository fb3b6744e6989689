"""Sends at a given rate, whether it is answered or not, and notes when each request left and was answered."""

import asyncio
import time

from bench.sink import message_end

LATE = 0.002  # seconds behind its time from which on a request counts as sent late


class Sender(asyncio.Protocol):
    """A keep-alive connection with one request in flight."""

    def __init__(self, loop_):
        self.loop, self.buffer, self.number = loop_, bytearray(), None

    def connection_made(self, transport):
        self.transport = transport

    def send(self, number, request):
        self.number = number
        self.loop.sent[number] = time.monotonic()
        self.transport.write(request)

    def data_received(self, received):
        now = time.monotonic()
        self.buffer += received
        end = message_end(self.buffer)
        if end is None:
            return
        if not self.buffer.startswith(b"HTTP/1.1 200"):
            self.loop.refused += 1
        del self.buffer[:end]
        self.loop.answered[self.number] = now
        self.loop.idle.append(self)


class OpenLoop:
    def __init__(self, port, make_request):
        self.port, self.make_request = port, make_request
        self.sent, self.answered, self.idle = {}, {}, []
        self.late = self.refused = 0

    async def connect(self):
        _, sender = await asyncio.get_running_loop().create_connection(lambda: Sender(self), "127.0.0.1", self.port)
        return sender

    async def run(self, rate, seconds):
        """A connection that is still waiting for its answer is not waited for: another is opened."""
        self.idle = [await self.connect() for _ in range(64)]
        begin = time.monotonic() + 0.1
        for number in range(int(rate * seconds)):
            due = begin + number / rate
            if (wait := due - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            sender = self.idle.pop() if self.idle else await self.connect()
            self.late += time.monotonic() - due > LATE
            sender.send(number, self.make_request(number))
