"""The programs of Google Benchmark, run on the subject's core."""

import json
import os
import statistics
import subprocess

from bench.machine import ROOT, SUBJECT, on_core


def measure(bench, program, pattern=".", options=()):
    """What the program says of each benchmark that `pattern` matches: {name: [a dict a repetition]}."""
    with bench.folder() as folder, on_core(SUBJECT):
        out = folder / "out.json"
        subprocess.run([ROOT / f"build/release/bench/{program}", f"--benchmark_filter={pattern}",
                        "--benchmark_counters_tabular=true", f"--benchmark_out={out}", "--benchmark_out_format=json",
                        *options],
                       check=True, env=os.environ | {"TMPDIR": str(folder)})
        found = {}
        for each in json.loads(out.read_text())["benchmarks"]:
            if each["run_type"] == "iteration":
                found.setdefault(each["run_name"], []).append(each)
        return found


def median(runs, counter):
    return statistics.median(each[counter] for each in runs)
