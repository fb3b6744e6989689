"""The short soak: the daemon is killed under traffic and every fault. ./dev soak is the long one."""

import os
import unittest

from harness import main
from soak.run import Options, Soak, problems
from soak.fault_schedule import KINDS


class ShortSoak(unittest.TestCase):
    def soak(self, **options):
        soak = Soak(Options(seed=int.from_bytes(os.urandom(3), "big"), longest_fault=0.8, **options))
        figures = soak.run()
        self.assertEqual(problems(figures), {}, f"{soak.folder}: {figures}\n{dict(soak.audit.examples)}")
        self.assertEqual(figures["kills"], options["kills"])
        self.assertGreater(figures["arrived"], 0.9 * options["events"])
        soak.clean_up()
        return figures

    def test_no_event_is_lost_out_of_order_or_invented(self):
        print(self.soak(events=10_000, kills=7))

    def test_the_same_holds_for_batches(self):
        print(self.soak(events=10_000, kills=7, api_version="v2"))


if __name__ == "__main__":
    main()
