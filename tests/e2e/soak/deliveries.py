"""Which node of a cluster delivered when, from the record of the sandbox. No clock, no I/O."""

import collections

TICKS = 10  # a second
# Two changes of the owner take longer: a node that does not give a stream away loses it after 2.5 s at the earliest.
QUICK = 1.0
LONG = 0.5  # seconds without a request that are worth a note


class Run:
    """Requests of one node with none of another between them."""

    def __init__(self, node, time):
        self.node = node
        self.first = self.last = time
        self.requests = 0


class Deliveries:
    def __init__(self, hosts):
        self.hosts = hosts  # the name by which a node calls Customer.io: its number
        self.runs = []
        self.events = collections.Counter()  # tick: events that were accepted
        self.gaps = []  # (begin, seconds) of each time without a request that is longer than LONG

    def of(self, time, call):
        """The number of the run that the request belongs to: in place of the lives of one daemon."""
        node = self.hosts[call["host"].rpartition(":")[0]]
        if self.runs:
            self.note_gap(self.runs[-1].last, time)
        if not self.runs or self.runs[-1].node != node:
            self.runs.append(Run(node, time))
        self.runs[-1].last = time
        self.runs[-1].requests += 1
        return len(self.runs)

    def note_gap(self, last, time):
        if time - last > LONG:
            self.gaps.append((last, time - last))

    def longest_gaps(self, disturbances):
        """For each kind of the `disturbances`, (time, kind) in order, the longest gap that ended before the next one."""
        longest = {}
        for (begin, kind), (end, _) in zip(disturbances, [*disturbances[1:], (float("inf"), None)]):
            seconds = [gap for start, gap in self.gaps if begin < start + gap <= end]
            longest[kind] = max([longest.get(kind, 0.0), *seconds])
        return longest

    def count(self, time, events):
        self.events[int(time * TICKS)] += events

    def owner(self):
        """The node that sent the last request; None: there was none yet."""
        return self.runs[-1].node if self.runs else None

    def late(self):
        """The requests of a former owner among those of the next one, and the seconds by which the last one was late."""
        requests, seconds = 0, 0.0
        for before, run, after in zip(self.runs, self.runs[1:], self.runs[2:]):
            if before.node == after.node and after.first - before.last < QUICK:
                requests += min(run.requests, after.requests)
                seconds = max(seconds, run.last - before.first)
        return requests, seconds

    def takeovers(self):
        """How often another node began to deliver, without those changes that `late` explains."""
        pairs = zip(self.runs, self.runs[2:])
        late = sum(before.node == after.node and after.first - before.last < QUICK for before, after in pairs)
        return max(0, len(self.runs) - 1 - 2 * late)

    def busiest(self, seconds):
        """The most events that arrived within that time."""
        width = int(seconds * TICKS) + 1
        most = total = 0
        window = collections.deque()
        for tick in sorted(self.events):
            window.append(tick)
            total += self.events[tick]
            while window[0] <= tick - width:
                total -= self.events[window.popleft()]
            most = max(most, total)
        return most
