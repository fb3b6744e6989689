"""Compares the events that were sent with the deliveries and dead letters. No clock, no I/O."""

import collections
import enum

EXAMPLES = 5  # of each problem that are printed


class Expected(enum.Enum):
    """The expected outcome of an event."""

    DELIVERED = "delivered"
    DEAD_LETTER = "dead letter"  # it cannot be mapped, or Customer.io rejects it
    NOT_KEPT = "not kept"  # it is dropped for its integrations, or rejected with a 400


class Event:
    """An event that is sent. For each of its keys the numbers rise in the order of acceptance."""

    __slots__ = ("number", "kind", "who", "keys", "expected", "dedupe_id")

    def __init__(self, number, kind, who, keys, expected=Expected.DELIVERED, dedupe_id=None):
        self.number = number
        self.kind = kind
        self.who = who  # the person at Customer.io
        self.keys = keys
        self.expected = expected
        self.dedupe_id = dedupe_id  # returns the one that it must have; None: the one of its first arrival

    def __repr__(self):
        return f"{self.kind} {self.number} of {self.who}"


# An event that Customer.io received. `number` is None for an alias, which cannot carry one.
Arrival = collections.namedtuple("Arrival", "number kind who dedupe_id")


class Entry:
    __slots__ = ("event", "accepted", "arrivals", "letters", "life", "answered", "dedupe_id")

    def __init__(self, event):
        self.event = event
        self.accepted = False
        self.arrivals = 0
        self.letters = 0
        self.life = None  # the daemon's life in which it arrived last
        self.answered = False  # whether that arrival was answered
        self.dedupe_id = None


class DeliveryAudit:
    """Records what happens to each event. The problems are known once everything is recorded."""

    def __init__(self):
        self.entries = {}
        self.aliases = {}  # who: number
        self.newest = {}  # key: the highest number that has arrived
        self.latest = {}  # key: the number that arrived last
        self.counts = collections.Counter()
        # life: arrivals of events that had arrived in an earlier life and were answered
        self.repeats = collections.Counter()
        self.examples = collections.defaultdict(list)
        self.awaited = 0  # events that must arrive, accepted or not yet

    def problem(self, kind, text):
        self.counts[kind] += 1
        if len(self.examples[kind]) < EXAMPLES:
            self.examples[kind].append(text)

    def expect(self, event):
        """The event is about to be sent for the first time."""
        if event.number in self.entries:
            raise ValueError(f"{event} was sent before")
        self.entries[event.number] = Entry(event)
        self.counts["events"] += 1
        if event.kind == "alias":
            self.aliases[event.who] = event.number
        if event.expected is Expected.DELIVERED:
            self.awaited += 1

    def accept(self, number):
        """Its request was answered 200."""
        entry = self.entries[number]
        if not entry.accepted:
            entry.accepted = True
            self.counts["accepted"] += 1

    def reject(self, number):
        """Its request was answered 400."""
        self.counts["rejected"] += 1
        if self.entries[number].event.expected is not Expected.NOT_KEPT:
            self.problem("wrongly rejected", repr(self.entries[number].event))

    def arrive(self, arrival, life, taken=True, answered=True):
        """The event reached Customer.io, which accepted it (`taken`) or failed; `answered`: it did not lose the response."""
        number = self.aliases.get(arrival.who) if arrival.number is None else arrival.number
        entry = self.entries.get(number)
        if entry is None or (arrival.kind, arrival.who) != (entry.event.kind, entry.event.who):
            return self.unexpected(arrival)
        event = entry.event
        if event.expected is Expected.NOT_KEPT or (taken and event.expected is Expected.DEAD_LETTER):
            return self.unexpected(arrival)
        if not taken:
            return None
        entry.arrivals += 1
        for key in event.keys:
            self.latest[key] = number
        if entry.arrivals == 1:
            self.first(entry, arrival)
        else:
            self.repeat(entry, arrival, life)
        entry.life = life
        entry.answered = answered
        return None

    def first(self, entry, arrival):
        event = entry.event
        self.counts["arrived"] += 1
        self.awaited -= 1
        entry.dedupe_id = arrival.dedupe_id
        if event.dedupe_id is not None and event.dedupe_id() != arrival.dedupe_id:
            self.problem("wrong dedupe ids", f"{event}: {arrival.dedupe_id}, not {event.dedupe_id()}")
        for key in event.keys:
            before = self.newest.get(key, -1)
            if before > event.number:
                self.problem("out of order", f"{event} after {self.entries[before].event}, key {key}")
            else:
                self.newest[key] = event.number

    def repeat(self, entry, arrival, life):
        self.counts["repeats"] += 1
        if entry.life != life and entry.answered:
            self.counts["repeats after crashes"] += 1
            self.repeats[life] += 1
        if entry.dedupe_id != arrival.dedupe_id:
            self.problem("wrong dedupe ids", f"{entry.event}: {arrival.dedupe_id} after {entry.dedupe_id}")

    def unexpected(self, what):
        """Customer.io received something that nobody sent, or that must not be delivered."""
        self.problem("unexpected", str(what))

    def dead_letter(self, number):
        """The event is among the dead letters."""
        entry = self.entries.get(number)
        if entry is None:
            return self.unexpected(f"dead letter of an unknown event {number}")
        entry.letters += 1
        self.counts["dead letters"] += 1
        if entry.letters > 1:
            self.problem("double dead letters", repr(entry.event))
        elif entry.event.expected is not Expected.DEAD_LETTER:
            self.problem("wrongly dead-lettered", repr(entry.event))
        return None

    def check_ledger(self, ledger):
        """Compares the daemon's ledger over all its lives, once nothing is pending. A cluster counts the copies of an event
        that several of its nodes accepted as duplicates."""
        duplicates = ledger["duplicate"]
        incoming = ledger["accepted"] + ledger["replayed"]
        outgoing = ledger["delivered"] + ledger["dead_lettered"] + duplicates + ledger["lost"]
        if incoming != outgoing + ledger["backlog"]:
            self.problem("wrong ledgers", f"does not balance: {ledger}")
        expected = {"delivered": self.counts["arrived"], "dead_lettered": self.counts["dead letters"], "backlog": 0, "lost": 0,
                    "accepted": self.counts["arrived"] + self.counts["dead letters"] + duplicates}
        for account, count in expected.items():
            if ledger[account] != count:
                self.problem("wrong ledgers", f"{account} {ledger[account]}, not {count}")

    def check_nodes(self, what, by_node):
        """All nodes of a cluster must say the same about `what`."""
        if any(said != by_node[0] for said in by_node):
            self.problem("nodes differ", f"{what}: {by_node}")

    def backlog(self):
        """The number of events that have still to arrive; some of them may not be accepted yet."""
        return self.awaited

    def close(self):
        """The figures at the end; those of PROBLEMS must be 0."""
        fates = collections.Counter()
        for entry in self.entries.values():
            if not entry.accepted:
                continue
            if entry.arrivals or entry.letters or entry.event.expected is Expected.NOT_KEPT:
                fates["arrived" if entry.arrivals else "dead letters" if entry.letters else "not kept"] += 1
            else:
                self.problem("lost", repr(entry.event))
        figures = {name: self.counts[name] for name in FIGURES + PROBLEMS}
        figures["not kept"] = fates["not kept"]
        figures["unaccounted"] = self.counts["accepted"] - fates.total()
        figures["most repeats after one crash"] = max(self.repeats.values(), default=0)
        figures["ended on an older event"] = sum(self.latest[key] != newest for key, newest in self.newest.items())
        return figures


FIGURES = ("events", "accepted", "rejected", "arrived", "dead letters", "repeats", "repeats after crashes")
PROBLEMS = ("lost", "out of order", "unexpected", "wrong dedupe ids", "wrongly rejected", "wrongly dead-lettered",
            "double dead letters", "wrong ledgers", "nodes differ")
