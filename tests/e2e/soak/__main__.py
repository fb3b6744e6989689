"""./dev soak: runs the long soak and prints its figures as a table and as JSON. Exits with 1 if there is a problem."""

import argparse
import json
import sys

import brokers
import harness
from soak.chaos import KINDS
from soak.cluster import ClusterOptions, ClusterSoak
from soak.run import Options, Soak, problems


def kinds(text):
    names = tuple(text.split(","))
    if unknown := [name for name in names if name not in KINDS]:
        raise argparse.ArgumentTypeError(f"no kind of disturbance: {', '.join(unknown)}")
    return names


def options():
    parser = argparse.ArgumentParser(
        prog="./dev soak", description="Kills the daemon again and again under traffic and faults, and checks that no event is "
        "lost, out of order or invented.")
    parser.add_argument("--cluster", action="store_true",
                        help="three nodes with three Kafka brokers; both are killed, stopped and paused")
    parser.add_argument("--events", type=int, default=500_000, metavar="COUNT", help="default: %(default)s")
    parser.add_argument("--kills", type=int, default=50, metavar="COUNT",
                        help="default: %(default)s; not with --cluster")
    parser.add_argument("--disturbances", type=int, default=48, metavar="COUNT",
                        help="of nodes and brokers, with --cluster; default: %(default)s")
    parser.add_argument("--kinds", type=kinds, metavar="KIND,...",
                        help="with --cluster: only these kinds of disturbances; default: all, " + ", ".join(KINDS))
    parser.add_argument("--journal", choices=("kafka", "rocksdb"), default="kafka",
                        help="with --cluster; rocksdb: each node has a journal of its own, so that the order is lost, and the "
                        "soak must find that")
    parser.add_argument("--seed", type=int, default=1, metavar="NUMBER", help="seed of all random choices; default: %(default)s")
    parser.add_argument("--api-version", choices=("v1", "v2"), default="v1", help="default: %(default)s")
    parser.add_argument("--senders", type=int, default=48, metavar="COUNT", help="connections; default: %(default)s")
    parser.add_argument("--keep", action="store_true", help="keep logs and records also if there is no problem")
    parser.add_argument("--binary", metavar="FILE", help=f"default: {harness.PINTLE}")
    return parser.parse_args()


def show(value):
    if isinstance(value, float):
        return f"{value:.3f} s"
    if isinstance(value, dict):
        return ", ".join(f"{name} {count:,}" for name, count in value.items())
    if isinstance(value, list):
        return ", ".join(value)
    return f"{value:,}" if isinstance(value, int) else str(value)


def make(given):
    same = {"events": given.events, "seed": given.seed, "api_version": given.api_version, "senders": given.senders}

    def say(line):
        print(line, flush=True)

    if not given.cluster:
        return Soak(Options(kills=given.kills, **same), say)
    if given.journal == "kafka" and (reason := brokers.missing()):
        sys.exit(f"soak: {reason}")
    return ClusterSoak(ClusterOptions(given.journal, given.disturbances, given.kinds, **same), say)


def main():
    given = options()
    if given.binary:
        harness.PINTLE = given.binary
    soak = make(given)
    print(f"seed {given.seed}, folder {soak.folder}", flush=True)
    figures = soak.run()
    print()
    for name, value in figures.items():
        print(f"{name:36} {show(value)}")
    print(json.dumps(figures))
    wrong = problems(figures)
    if not wrong:
        if not given.keep:
            soak.clean_up()
        return 0
    for kind, examples in soak.audit.examples.items():
        for example in examples:
            print(f"{kind}: {example}", file=sys.stderr)
    print(f"soak: {wrong}; logs and records are in {soak.folder}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
