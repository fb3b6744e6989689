"""Runs scenarios one after another and makes one table of what they measured: build/bench/results.txt, results.json."""

import argparse
import os
import signal
import sys
import tempfile
import traceback
from pathlib import Path

from bench import results
from bench.machine import PEER, ROOT, SUBJECT, describe
from bench.scenarios import (batches, cluster, cpu, delivery, end_to_end, ingest, instructions, journal, mapping, memory,
                             outage, schedule)

SCENARIOS = {"ingest": ingest, "batches": batches, "delivery": delivery, "outage": outage, "end_to_end": end_to_end,
             "cpu": cpu, "memory": memory, "mapping": mapping, "instructions": instructions, "journal": journal,
             "schedule": schedule, "cluster": cluster}
OUT = ROOT / "build/bench"


class Bench:
    def __init__(self, seconds, full):
        self.seconds, self.full = seconds, full

    def folder(self):
        """A folder that is gone after the `with`."""
        return Folder(dir=OUT)


class Folder(tempfile.TemporaryDirectory):
    def __enter__(self):
        return Path(super().__enter__())


def arguments():
    first_lines = "\n".join(f"  {name:13} {module.__doc__.splitlines()[0]}" for name, module in SCENARIOS.items())
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__, epilog=f"scenarios:\n{first_lines}",
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these scenarios")
    parser.add_argument("--full", action="store_true", help="backlogs of 5 and 10 million events too (15 GB of disk)")
    parser.add_argument("--seconds", type=int, default=5, help="how long each load is kept up (5)")
    parser.add_argument("--json", metavar="FILE", help="where the results go besides build/bench/results.json")
    parser.add_argument("--readme", action="store_true",
                        help="run nothing; make the README's table from build/bench/results.json")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(SCENARIOS):
        parser.error(f"there is no scenario {', '.join(unknown)}; there are: {', '.join(SCENARIOS)}")
    return asked


def write_readme():
    measured = results.load(OUT / "results.json")
    if missing := set(SCENARIOS) - set(measured["scenarios"]):
        raise SystemExit(f"bench: the last run was without {', '.join(sorted(missing))}; the README shows whole runs")
    readme = ROOT / "README.md"
    readme.write_text(results.into_readme(readme.read_text(), measured))


def main():
    asked = arguments()
    if asked.readme:
        write_readme()
        return
    if SUBJECT == PEER:
        raise SystemExit("bench: needs two cores, one for pintle and one for what sends and answers")
    os.sched_setaffinity(0, {PEER})  # so are its children unless they are put elsewhere
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # not before all is cleaned up
    OUT.mkdir(parents=True, exist_ok=True)
    measured = {"machine": describe(OUT), "scenarios": {}}
    failed = [name for name, scenario in SCENARIOS.items() if name in (asked.names or SCENARIOS)
              and not measure(Bench(asked.seconds, asked.full), name, scenario, measured)]
    table = results.text(measured)
    (OUT / "results.txt").write_text(table)
    for path in filter(None, [OUT / "results.json", asked.json]):
        Path(path).write_text(results.dump(measured))
    print("\n" + table, end="")
    if failed:
        raise SystemExit(f"bench: failed: {', '.join(failed)}")


def measure(bench, name, scenario, measured):
    """Whether it worked. What fails is not in the table, and takes nothing from the others."""
    print(f"== {name}: {scenario.__doc__.splitlines()[0]}", flush=True)
    rows = []
    try:
        for row in scenario.run(bench):
            print(f"   {row.name}: {results.number(row.value)} {row.unit}", flush=True)
            rows.append(row)
    except Exception:  # whatever it is
        traceback.print_exc()
        return False
    measured["scenarios"][name] = rows
    return True


main()
