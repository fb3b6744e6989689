"""./dev soak: runs the long soak and prints its figures as a table and as JSON. Exits with 1 if there is a problem."""

import argparse
import json
import sys

import harness
from soak.run import Options, Soak, problems


def options():
    parser = argparse.ArgumentParser(
        prog="./dev soak", description="Kills the daemon again and again under traffic and faults, and checks that no event is "
        "lost, out of order or invented.")
    parser.add_argument("--events", type=int, default=500_000, metavar="COUNT", help="default: %(default)s")
    parser.add_argument("--kills", type=int, default=50, metavar="COUNT", help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=1, metavar="NUMBER", help="seed of all random choices; default: %(default)s")
    parser.add_argument("--api-version", choices=("v1", "v2"), default="v1", help="default: %(default)s")
    parser.add_argument("--senders", type=int, default=48, metavar="COUNT", help="connections; default: %(default)s")
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


def main():
    given = options()
    if given.binary:
        harness.PINTLE = given.binary
    soak = Soak(Options(given.events, given.kills, given.seed, given.api_version, given.senders),
                lambda line: print(line, flush=True))
    print(f"seed {given.seed}, folder {soak.folder}", flush=True)
    figures = soak.run()
    print()
    for name, value in figures.items():
        print(f"{name:36} {show(value)}")
    print(json.dumps(figures))
    wrong = problems(figures)
    if not wrong:
        soak.clean_up()
        return 0
    for kind, examples in soak.audit.examples.items():
        for example in examples:
            print(f"{kind}: {example}", file=sys.stderr)
    print(f"soak: {wrong}; logs and records are in {soak.folder}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
