"""The requests of one sender, computed from the seed. No clock, no I/O."""

import gzip
import json
import random
import time

from harness import WRITE_KEY, basic, dedupe_id
from soak.delivery_audit import Event, Expected

EPOCH = 1_760_000_000  # 2025-10-09, the time of the first event
TEXT = "Größe 42, 7 °C, “quoted”, 日本語, back\\slash and\ttab. " * 8
SINGLE = 0.4  # share of requests with one event
HOT = 0.12  # share of the events that belong to one person of each sender
ZIPPED = 0.15
CROWD = 12  # people whose journeys a sender interleaves
ROUTES = {"track": "/v1/track", "screen": "/v1/screen", "page": "/v1/page", "identify": "/v1/identify",
          "group": "/v1/group", "alias": "/v1/alias"}


class Request:
    """A request with `events` in order, whose answer must have `status`."""

    def __init__(self, path, headers, body, events, status=200):
        lines = [f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.bytes = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
        self.events = events
        self.status = status


class Plan:
    """The plan of sender `sender` of `senders`, with about `events` events. No other sender has its people."""

    def __init__(self, seed, sender, senders, events):
        self.random = random.Random(f"{seed}/{sender}")
        self.name = f"{seed}-{sender}"
        self.number = sender  # sender + senders, sender + 2 * senders, ...
        self.step = senders
        self.left = events
        self.persons = 0
        self.hot = self.known(Person(self, "hot"))
        self.crowd = [self.journey() for _ in range(CROWD)]

    def __iter__(self):
        while self.left > 0:
            yield self.request()

    def request(self):
        chance = self.random
        if chance.random() < SINGLE:
            return self.single()
        most = 100 if chance.random() < 0.2 else 10
        size = max(1, min(self.left, chance.randint(2, most)))
        events, texts = zip(*(self.undeliverable() if chance.random() < 0.02 else self.next() for _ in range(size)))
        if chance.random() < 0.2:
            return self.finish("/webhook", list(texts), events, {"X-Write-Key": WRITE_KEY})
        return self.finish("/v1/batch", {"batch": list(texts), "context": {"library": {"name": "soak"}}}, events)

    def single(self):
        if self.random.random() < 0.02:
            return self.refused()
        event, text = self.next()
        if self.random.random() < 0.3:
            return self.finish("/webhook", text, (event,), {"X-Write-Key": WRITE_KEY})
        return self.finish(ROUTES[text.pop("type")], text, (event,))

    def refused(self):
        """An event that is rejected with a 400, because it has no name."""
        self.left -= 1
        text = self.begin("track") | {"userId": "u"}
        return self.finish("/v1/track", text, (Event(self.number, "event", "u", (), Expected.NOT_KEPT),), status=400)

    def finish(self, path, document, events, headers=None, status=200):
        headers = {"Authorization": basic(WRITE_KEY)} if headers is None else headers
        body = json.dumps(document).encode()
        if self.random.random() < ZIPPED:
            body = gzip.compress(body, 1, mtime=0)
            headers = headers | {"Content-Encoding": "gzip"}
        return Request(path, headers | {"Content-Type": "application/json"}, body, events, status)

    def next(self):
        """The next event of a person's journey, and its JSON."""
        self.left -= 1
        if self.random.random() < HOT:
            return next(self.hot)
        place = self.random.randrange(len(self.crowd))
        step = next(self.crowd[place], None)
        while step is None:
            self.crowd[place] = self.journey()
            step = next(self.crowd[place], None)
        return step

    def undeliverable(self):
        """An event of a batch that is not delivered, although the batch is answered 200."""
        self.left -= 1
        person = Person(self, "undeliverable")
        text = self.begin("track") | {"userId": person.id, "properties": {"n": self.number}}
        kind = self.random.choice(("nameless", "unknown", "refused", "opted out"))
        if kind == "unknown":
            text |= {"type": "sing", "event": "e"}
        elif kind == "opted out":
            text |= {"event": "e", "integrations": {"All": False}}
        elif kind == "refused":  # rejected by Customer.io, in both versions of its API
            text |= {"event": "Application Opened", "context": {"device": {"token": "t", "type": "toaster"}}}
        expected = Expected.NOT_KEPT if kind == "opted out" else Expected.DEAD_LETTER
        return Event(self.number, "device" if kind == "refused" else "event", person.id, (), expected), text

    def begin(self, kind):
        self.number += self.step
        return {"type": kind, "messageId": f"{self.name}-{self.number}"}

    # Journeys: generators of events, in the order that must be kept.

    def journey(self):
        """An anonymous visitor is identified, and may then be merged with a person who was known by another id."""
        person = Person(self, "p")
        chance = self.random
        for _ in range(chance.randint(0, 4)):
            yield self.visit(person)
        yield self.make("identify", person.id, person.anonymous)
        yield from self.known(person, chance.randint(0, 8))
        if chance.random() < 0.3:
            for _ in range(chance.randint(1, 3)):
                yield self.make(chance.choice(("track", "identify")), person.former)
            yield self.alias(person)
            yield from self.known(person, chance.randint(0, 3))

    def known(self, person, count=1 << 60):
        kinds = ("track", "track", "track", "page", "screen", "identify", "group", "device")
        for _ in range(count):
            anonymous = person.anonymous if self.random.random() < 0.5 else None
            yield self.make(self.random.choice(kinds), person.id, anonymous)

    def visit(self, person):
        kind = self.random.choice(("track", "page", "screen", "track", "page", "identify"))
        event, text = self.make(kind, person.anonymous)
        text["anonymousId"] = text.pop("userId")
        return event, text

    def make(self, kind, who, anonymous=None):
        text = self.begin(kind) | {"userId": who}
        if anonymous:
            text["anonymousId"] = anonymous
        facts = {"n": self.number, "text": TEXT[:self.random.randrange(300)]}
        if kind in ("identify", "group"):
            text["traits"] = facts
        else:
            text["properties"] = facts
        if kind == "group":
            text["groupId"] = f"g{self.number % 50}"
        elif kind == "device":
            text |= {"type": "track", "event": "Application Opened"}
            text["context"] = {"device": {"token": f"token-{who}", "type": "iOS"}}
        elif kind == "page":
            text["name"] = "Pricing"
        elif kind != "identify":
            text["event"] = "Order Completed"
        arrives_as = "event" if kind in ("track", "screen") else kind
        return self.event(arrives_as, who, (who, anonymous) if anonymous else (who,), text)

    def alias(self, person):
        text = self.begin("alias") | {"userId": person.id, "previousId": person.former}
        return self.event("alias", f"{person.id}<-{person.former}", (person.id, person.former), text)

    def event(self, kind, who, keys, text):
        number, own = self.number, None
        if number // self.step % 4:  # the others get the time of their first acceptance
            seconds = EPOCH + number
            text["timestamp"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
            if kind in ("event", "page"):
                own = OwnId(text["messageId"], seconds)
        return Event(number, kind, who, keys, dedupe_id=own), text


class OwnId:
    """The dedupe id that an event must have, computed when it is needed."""

    __slots__ = ("message_id", "seconds")

    def __init__(self, message_id, seconds):
        self.message_id = message_id
        self.seconds = seconds

    def __call__(self):
        return dedupe_id(self.message_id, self.seconds)


class Person:
    """The ids of one person, which no other person has."""

    def __init__(self, plan, role):
        plan.persons += 1
        name = f"{role}-{plan.name}-{plan.persons}"
        self.id = f"{name}@example.com" if plan.persons % 8 == 0 else f"{name}/é"
        self.anonymous = f"a-{name}"
        self.former = f"former {name}"


def number_of(message_id):
    """The number of the event with this id; None if it is not from a plan."""
    tail = str(message_id).rpartition("-")[2]
    return int(tail) if tail.isdecimal() else None
