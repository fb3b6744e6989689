"""From an event's text to its request, on one core: mapping_bench."""

from bench import google
from bench.results import Row

TARGETS = {"map/track": 1_000_000, "map/identify": 500_000}
V2 = "_v2"
# In turns, so that a moment in which the machine is disturbed is one repetition's of each.
IN_TURNS = ("--benchmark_repetitions=9", "--benchmark_min_time=0.1", "--benchmark_enable_random_interleaving=true")


def run(bench):
    for name, runs in sorted(google.measure(bench, "mapping_bench", options=IN_TURNS).items()):
        work, kind = name.split("/")
        what = "parsed only" if work == "parse" else "mapped to v2" if kind.endswith(V2) else "mapped to v1"
        yield Row(f"{kind.removesuffix(V2)}, {what}", google.median(runs, "items_per_second"), "events/s",
                  at_least=TARGETS.get(name), headline=name in TARGETS)
