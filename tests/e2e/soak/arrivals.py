"""Reads the sandbox's record back into events."""

import bisect
import datetime
import json
import re
import urllib.parse

from soak.delivery_audit import Arrival

PERSON = re.compile(r"/api/v1/customers/([^/]*)(/events|/devices)?")


class Unreadable(ValueError):
    """A request that no event of the soak can have become."""


def arrivals(call):
    """The events in a request, each with whether Customer.io accepted it."""
    try:
        if call["path"] == "/api/v2/batch":
            return items(call)
        return [(single(call), call["taken"])]
    except (KeyError, TypeError, IndexError) as error:
        raise Unreadable(f"{call['method']} {call['path']} {str(call['body'])[:300]}: {error!r}") from error


def items(call):
    refused = call.get("refused_items", ())
    batch = call["body"]["batch"]
    if not batch:
        raise KeyError("an empty batch")
    return [(item(one), call["taken"] and index not in refused) for index, one in enumerate(batch)]


def single(call):
    path, body = call["path"], call["body"]
    if path == "/api/v1/events":
        return Arrival(body["data"]["n"], body["type"], body["anonymous_id"], body.get("id"))
    if path == "/api/v1/merge_customers":
        return merge(body)
    person = PERSON.fullmatch(path)
    if person is None:
        raise KeyError(path)
    who = urllib.parse.unquote(person[1])
    if person[2] == "/events":
        return Arrival(body["data"]["n"], body["type"], who, body.get("id"))
    if person[2] == "/devices":
        return Arrival(body["device"]["n"], "device", who, None)
    return Arrival(body["n"], "identify", who, None)


def item(one):
    if one["type"] == "object":
        return Arrival(one["attributes"]["n"], "group", value(one["cio_relationships"][0]["identifiers"]), None)
    action = one["action"]
    if action == "merge":
        return merge(one)
    who = value(one["identifiers"])
    if action == "add_device":
        return Arrival(one["device"]["attributes"]["n"], "device", who, None)
    return Arrival(one["attributes"]["n"], action, who, one.get("id"))


def merge(body):
    return Arrival(None, "alias", f"{value(body['primary'])}<-{value(body['secondary'])}", None)


def value(identifiers):
    (one,) = identifiers.values()
    return one


class Lives:
    """The start times of the daemon, by which a request is attributed to one of its lives."""

    def __init__(self, latency):
        self.latency = latency  # seconds that the sandbox may take for requests of an earlier life
        self.starts = []
        self.first_calls = {}  # life: seconds after its start

    def start(self, time):
        self.starts.append(time)

    def of(self, time, call):
        life = bisect.bisect_right(self.starts, time) - 1
        after = time - self.starts[life]
        if life not in self.first_calls and after > (self.latency if life else 0):
            self.first_calls[life] = after
        return life


class Reader:
    """Follows the sandbox's record and reports each event to the audit, with the life of the daemon that `lives` attributes
    it to. `observe(time, events)` is called for each request with the number of its events that Customer.io accepted."""

    def __init__(self, path, audit, lives, observe=lambda time, events: None):
        self.file = open(path, "rb")
        self.rest = b""
        self.audit = audit
        self.lives = lives
        self.observe = observe
        self.calls = 0

    def read(self):
        """True if there was something new."""
        chunk = self.file.read(1 << 20)
        if not chunk:
            return False
        lines = (self.rest + chunk).split(b"\n")
        self.rest = lines.pop()
        for line in lines:
            self.enter(json.loads(line))
        return True

    def enter(self, call):
        self.calls += 1
        time = datetime.datetime.fromisoformat(call["time"]).timestamp()
        life = self.lives.of(time, call)
        events = 0
        try:
            for arrival, taken in arrivals(call):
                self.audit.arrive(arrival, life, taken, call["status"] != 0)
                events += taken
        except Unreadable as error:
            self.audit.unexpected(error)
        self.observe(time, events)

    def close(self):
        self.file.close()
