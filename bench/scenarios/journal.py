"""The journal alone, by how many appends are in flight, beside RocksDB alone: journal_bench."""

from bench import google
from bench.results import Row


def run(bench):
    for name, runs in google.measure(bench, "journal_bench", "journal_append").items():
        in_flight = name.split("/")[1]
        yield Row(f"appends, {in_flight} in flight", google.median(runs, "records/s"), "records/s",
                  google.median(runs, "bare/s"), "RocksDB in such groups")
        yield Row(f"durable, {in_flight} in flight, p50", google.median(runs, "p50_us") / 1000, "ms")
        yield Row(f"CPU of an append, {in_flight} in flight", google.median(runs, "cpu_us"), "us",
                  google.median(runs, "bare_cpu_us"), "RocksDB")
