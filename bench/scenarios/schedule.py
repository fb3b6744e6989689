"""The scheduler alone: schedule_bench."""

from bench import google
from bench.results import Row


def run(bench):
    for name, runs in google.measure(bench, "schedule_bench").items():
        yield Row(name.replace("_", " "), google.median(runs, "cpu_time"), runs[0]["time_unit"])
