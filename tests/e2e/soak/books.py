"""What was sent, what came of it, and whether the two agree. No clock, no I/O."""

import collections
import enum

EXAMPLES = 5  # of each problem that are told in full


class Fate(enum.Enum):
    """What has to become of an event that was answered 200."""

    ARRIVES = "arrives"
    DIES = "dies"  # becomes a dead letter: it cannot be mapped, or Customer.io refuses it
    VANISHES = "vanishes"  # its sender opted out, or it was refused to its sender's face


class Event:
    """What the books know of an event: its numbers rise in the order of acceptance of each of its keys."""

    __slots__ = ("number", "kind", "who", "keys", "fate", "dedupe_id")

    def __init__(self, number, kind, who, keys, fate=Fate.ARRIVES, dedupe_id=None):
        self.number = number
        self.kind = kind
        self.who = who  # the person at Customer.io
        self.keys = keys
        self.fate = fate
        self.dedupe_id = dedupe_id  # called for the one it must have; None: whatever it first arrived with

    def __repr__(self):
        return f"{self.kind} {self.number} of {self.who}"


# An event as Customer.io got it. `number` is None for an alias, which has no room for one.
Arrival = collections.namedtuple("Arrival", "number kind who dedupe_id")


class Entry:
    __slots__ = ("event", "accepted", "arrivals", "letters", "life", "dedupe_id")

    def __init__(self, event):
        self.event = event
        self.accepted = False
        self.arrivals = 0
        self.letters = 0
        self.life = None  # of the daemon, in which it arrived last
        self.dedupe_id = None


class Books:
    """Each method is one entry. `lost` and the other problems are known once all has been entered."""

    def __init__(self):
        self.entries = {}
        self.aliases = {}  # who: number
        self.newest = {}  # key: the highest number that has arrived
        self.latest = {}  # key: the number that arrived last
        self.counts = collections.Counter()
        self.repeats = collections.Counter()  # life: arrivals of what had arrived in an earlier life
        self.examples = collections.defaultdict(list)
        self.awaited = 0  # accepted or not, they will arrive

    def problem(self, kind, text):
        self.counts[kind] += 1
        if len(self.examples[kind]) < EXAMPLES:
            self.examples[kind].append(text)

    def expect(self, event):
        """It is about to be sent for the first time."""
        if event.number in self.entries:
            raise ValueError(f"{event} is in the books")
        self.entries[event.number] = Entry(event)
        self.counts["events"] += 1
        if event.kind == "alias":
            self.aliases[event.who] = event.number
        if event.fate is Fate.ARRIVES:
            self.awaited += 1

    def accept(self, number):
        """Its request was answered 200."""
        entry = self.entries[number]
        if not entry.accepted:
            entry.accepted = True
            self.counts["accepted"] += 1

    def refuse(self, number):
        """Its request was answered 400."""
        self.counts["refused"] += 1
        if self.entries[number].event.fate is not Fate.VANISHES:
            self.problem("wrongly refused", repr(self.entries[number].event))

    def arrive(self, arrival, life, taken=True):
        """It reached Customer.io, which acted on it (`taken`) or failed."""
        number = self.aliases.get(arrival.who) if arrival.number is None else arrival.number
        entry = self.entries.get(number)
        if entry is None or (arrival.kind, arrival.who) != (entry.event.kind, entry.event.who):
            return self.stranger(arrival)
        event = entry.event
        if event.fate is Fate.VANISHES or (taken and event.fate is Fate.DIES):
            return self.stranger(arrival)
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
        if entry.life != life:
            self.counts["repeats after crashes"] += 1
            self.repeats[life] += 1
        if entry.dedupe_id != arrival.dedupe_id:
            self.problem("wrong dedupe ids", f"{entry.event}: {arrival.dedupe_id} after {entry.dedupe_id}")

    def stranger(self, what):
        """Customer.io got what nobody sent, or what should not have been delivered."""
        self.problem("strangers", str(what))

    def bury(self, number):
        """It is among the dead letters."""
        entry = self.entries.get(number)
        if entry is None:
            return self.stranger(f"dead letter of an unknown event {number}")
        entry.letters += 1
        self.counts["dead letters"] += 1
        if entry.letters > 1:
            self.problem("double dead letters", repr(entry.event))
        elif entry.event.fate is not Fate.DIES:
            self.problem("wrongly dead", repr(entry.event))
        return None

    def audit(self, ledger):
        """Whether the daemon's own account of all its lives agrees, once nothing waits any more."""
        came, went = ledger["accepted"] + ledger["replayed"], ledger["delivered"] + ledger["dead_lettered"] + ledger["lost"]
        if came != went + ledger["backlog"]:
            self.problem("wrong ledgers", f"does not balance: {ledger}")
        expected = {"delivered": self.counts["arrived"], "dead_lettered": self.counts["dead letters"], "backlog": 0, "lost": 0,
                    "accepted": self.counts["arrived"] + self.counts["dead letters"]}
        for account, count in expected.items():
            if ledger[account] != count:
                self.problem("wrong ledgers", f"{account} {ledger[account]}, not {count}")

    def backlog(self):
        """How many events have still to arrive; some of them may not have been accepted yet."""
        return self.awaited

    def close(self):
        """The figures at the end; those of PROBLEMS are 0 where all is well."""
        fates = collections.Counter()
        for entry in self.entries.values():
            if not entry.accepted:
                continue
            if entry.arrivals or entry.letters or entry.event.fate is Fate.VANISHES:
                fates["arrived" if entry.arrivals else "dead" if entry.letters else "vanished"] += 1
            else:
                self.problem("lost", repr(entry.event))
        figures = {name: self.counts[name] for name in FIGURES + PROBLEMS}
        figures["opted out"] = fates["vanished"]
        figures["unaccounted"] = self.counts["accepted"] - fates.total()
        figures["most repeats after one crash"] = max(self.repeats.values(), default=0)
        figures["ended on an older event"] = sum(self.latest[key] != newest for key, newest in self.newest.items())
        return figures


FIGURES = ("events", "accepted", "refused", "arrived", "dead letters", "repeats", "repeats after crashes")
PROBLEMS = ("lost", "out of order", "strangers", "wrong dedupe ids", "wrongly refused", "wrongly dead",
            "double dead letters", "wrong ledgers")
