"""What is done to the nodes and brokers of a cluster, computed from the seed. No clock, no I/O."""

import random

# A disturbance is one or two acts: what it hits, and how. A process that is killed (SIGKILL) or stopped (SIGTERM) is
# started again, and one that is paused (SIGSTOP) goes on.
KINDS = {
    "node killed": (("node", "kill"),),
    "node stopped": (("node", "stop"),),
    "node paused": (("node", "pause"),),
    "two nodes killed": (("node", "kill"), ("node", "kill")),
    "two nodes paused": (("node", "pause"), ("node", "pause")),
    "node killed and another paused": (("node", "kill"), ("node", "pause")),
    "node stopped and another killed": (("node", "stop"), ("node", "kill")),
    "broker killed": (("broker", "kill"),),
    "broker stopped": (("broker", "stop"),),
    "broker paused": (("broker", "pause"),),
    "two brokers killed": (("broker", "kill"), ("broker", "kill")),
    "two brokers paused": (("broker", "pause"), ("broker", "pause")),
    "node and broker killed": (("node", "kill"), ("broker", "kill")),
    "node and broker paused": (("node", "pause"), ("broker", "pause")),
    "node paused and broker killed": (("node", "pause"), ("broker", "kill")),
    "leaders moved": (("leaders", "move"),),
    "rolling update": (("node", "stop"),) * 3,
}
ONE_BY_ONE = {"rolling update"}  # an act begins some seconds after the one before has ended
NODE_KINDS = tuple(kind for kind, acts in KINDS.items() if all(what == "node" for what, _ in acts))
PAUSE = 1, 10  # seconds
DOWN = 0, 3  # seconds
BETWEEN = 2.0  # seconds between two acts of a disturbance, at most
REST = 4.0  # seconds between two acts of one that does them one by one
OWNER_SHARE = 0.6  # share of the disturbances whose first node is the one that delivers


class Act:
    """Hits a node or a broker from `begin` to `end`, in seconds after the beginning of the disturbance. `rank` selects the
    target: 0 the node that delivers or, of brokers, the first of a random order."""

    def __init__(self, what, how, rank, begin, end):
        self.what = what
        self.how = how
        self.rank = rank
        self.begin = begin
        self.end = end

    def __repr__(self):
        return f"{self.how} {self.what} {self.rank} from {self.begin:.1f} to {self.end:.1f} s"


class Disturbance:
    """`progress`: 0 to 1, when it begins. `order`: a random order of the targets. `awaits_recovery`: the next one does not
    begin before everything is ready again."""

    def __init__(self, chance, kind, progress, count):
        self.kind = kind
        self.delay = chance.uniform(0, 1)  # seconds after `progress` is reached
        self.progress = progress
        self.hits_owner = chance.random() < OWNER_SHARE
        self.order = chance.sample(range(count), count)
        self.awaits_recovery = chance.random() < 0.75
        first = 0 if self.hits_owner else 1
        ranks = {"node": first, "broker": 0, "leaders": 0}
        self.acts = []
        for index, (what, how) in enumerate(KINDS[kind]):
            begin = chance.uniform(0, BETWEEN) if index else 0
            if index and kind in ONE_BY_ONE:
                begin = self.acts[-1].end + REST
            seconds = chance.uniform(*(PAUSE if how == "pause" else DOWN))
            self.acts.append(Act(what, how, ranks[what], begin, begin + seconds))
            ranks[what] += 1

    def target(self, act, owner):
        """The number of the node or broker that `act` hits; `owner` is the node that delivers, None if that is unknown."""
        if act.what != "node" or owner is None:
            return self.order[act.rank % len(self.order)]
        others = [each for each in self.order if each != owner]
        return [owner, *others][act.rank % len(self.order)]

    def seconds(self):
        return self.delay + max(act.end for act in self.acts)

    def timeline(self):
        """(seconds, act, whether it begins), in order."""
        moments = [(self.delay + act.begin, act, True) for act in self.acts]
        moments += [(self.delay + act.end, act, False) for act in self.acts]
        return sorted(moments, key=lambda moment: moment[0])


def disturbances(seed, amount, count, kinds=tuple(KINDS)):
    """`amount` disturbances of `count` nodes and as many brokers. Every kind occurs before one is repeated."""
    chance = random.Random(f"{seed}/chaos")
    names = []
    while len(names) < amount:
        names += chance.sample(kinds, len(kinds))
    return [Disturbance(chance, kind, (index + 0.5) / amount, count) for index, kind in enumerate(names[:amount])]
