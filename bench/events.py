"""The events that are sent: about 1.1 KB each, as RudderStack's SDKs make them, every one with a messageId of its own.

A template is a text in which ID and USER stand for what changes from one request to the next. They are as wide as what
replaces them, so that lengths stay true.
"""

import json
import multiprocessing
import os
import random
import zlib

from bench.machine import ALL

ID = "@ID@@@@@@@@@"
USER = "@USER@"
PERSONS = 50_000  # that the events are spread over
WRITE_KEY = "write-key"  # the one of tests/e2e/harness.py

BROWSERS = ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:121.0) Gecko/20100101 Firefox/121.0")


def track(index=0, identity=ID, user=USER):
    """The event `index` of a request; its person is one of its own for each `user` and `index`."""
    chance = random.Random(index)  # so that a batch is no easier to compress than what people send

    def token(digits):
        return f"{chance.getrandbits(4 * digits):0{digits}x}"

    def product():
        return {"sku": token(8), "price": chance.randrange(100, 20000) / 100, "quantity": chance.randrange(1, 5)}

    page = f"/{token(6)}/{chance.randrange(1000)}"
    event = {
        "type": "track", "event": "Order Completed",
        "properties": {"order_id": f"{token(8)}-{identity}", "revenue": chance.randrange(100, 20000) / 100,
                       "currency": "EUR", "coupon": None, "products": [product(), product()]},
        "channel": "web", "anonymousId": f"{user}-{index:04x}-4f3e-9a87-{token(12)}",
        "messageId": f"{token(8)}-{index:04x}-{identity}", "userId": f"user-{user}-{index:04d}",
        "originalTimestamp": f"2026-03-05T10:20:{chance.randrange(10, 60)}.{chance.randrange(100, 1000)}Z",
        "sentAt": "2026-03-05T10:21:00.002Z",
        "context": {
            "app": {"name": "Shop", "version": "4.2.1"},
            "campaign": {"name": "spring", "source": "newsletter", "medium": "email"},
            "library": {"name": "RudderLabs JavaScript SDK", "version": "3.7.6"}, "locale": "en-GB",
            "page": {"path": page, "referrer": f"https://www.example.com/{token(4)}", "search": "?utm_source=mail",
                     "title": f"Boots {token(4)}", "url": f"https://shop.example.com{page}?utm_source=mail"},
            "screen": {"density": 2, "width": chance.randrange(400, 2000), "height": chance.randrange(400, 2000)},
            "timezone": "GMT+0100", "userAgent": chance.choice(BROWSERS),
            "traits": {"email": f"{token(8)}@example.com"}},
        "integrations": {"All": True},
    }
    return json.dumps(event, separators=(",", ":"))


def batch(size):
    return '{"batch":[' + ",".join(track(i) for i in range(size)) + "]}"


def persons(size):
    """How many values of USER spread batches of `size` over PERSONS."""
    return max(1, PERSONS // size)


def fill(template, number, users):
    return template.replace(ID, f"{number:012d}").replace(USER, f"{number % users:06d}")


def request(path, body, *headers):
    """The text of a whole request. `body` may be bytes."""
    head = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"X-Write-Key: {WRITE_KEY}", "Content-Type: application/json",
            f"Content-Length: {len(body)}", *headers]
    text = "\r\n".join(head) + "\r\n\r\n"
    return text + body if isinstance(body, str) else text.encode() + body


def zipped_request(number, size=100):
    body = fill(zipped_request.template, number, persons(size)).encode()
    packer = zlib.compressobj(wbits=31)
    return request("/v1/batch", packer.compress(body) + packer.flush(), "Content-Encoding: gzip")


zipped_request.template = batch(100)


def write_zipped(path, count):
    """`count` requests of 100 events each, one after another, each behind its length in eight digits."""
    with multiprocessing.Pool(len(ALL), os.sched_setaffinity, (0, ALL)) as pool, open(path, "wb") as file:
        for text in pool.imap(zipped_request, range(count), chunksize=64):
            file.write(b"%08d" % len(text) + text)
