"""An HTTPS server in Customer.io's place that notes when each request arrived. On the caller's event loop."""

import asyncio
import ssl
import time

LENGTH = b"content-length:"


def message_end(buffer):
    """Where the first HTTP message of `buffer` ends; None while it is not whole. The body's length is known from
    Content-Length, which pintle always sends with a body."""
    head = buffer.find(b"\r\n\r\n")
    if head < 0:
        return None
    lower = bytes(buffer[:head]).lower()
    at = lower.find(LENGTH)
    size = int(lower[at + len(LENGTH):].split(b"\r\n", 1)[0]) if at >= 0 else 0
    end = head + 4 + size
    return end if len(buffer) >= end else None


class Connection(asyncio.Protocol):
    ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"

    def __init__(self, arrived, latency):
        self.arrived, self.latency, self.buffer = arrived, latency, bytearray()

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, received):
        now = time.monotonic()
        self.buffer += received
        while (end := message_end(self.buffer)) is not None:
            self.arrived(now, bytes(self.buffer[:end]))
            del self.buffer[:end]
            if self.latency:
                asyncio.get_running_loop().call_later(self.latency, self.answer)
            else:
                self.answer()

    def answer(self):
        if not self.transport.is_closing():
            self.transport.write(self.ANSWER)


async def listen(certificates, port, arrived, latency=0):
    """Calls arrived(time, request) for each; answers 200 after `latency` seconds."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificates / "certificate.pem", certificates / "key.pem")
    return await asyncio.get_running_loop().create_server(lambda: Connection(arrived, latency), "127.0.0.1", port,
                                                          ssl=tls)
