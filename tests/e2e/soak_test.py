"""The short soak: kills under traffic and every fault. The long one is ./dev soak."""

import os
import unittest

from harness import main
from soak.run import Options, Soak, problems
from soak.weather import KINDS


class ShortSoak(unittest.TestCase):
    def soak(self, **options):
        soak = Soak(Options(seed=int.from_bytes(os.urandom(3), "big"), longest_weather=0.8, **options))
        figures = soak.run()
        self.assertEqual(problems(figures), {}, f"{soak.folder}: {figures}\n{dict(soak.books.examples)}")
        self.assertEqual(figures["kills"], options["kills"])
        self.assertGreater(figures["arrived"], 0.9 * options["events"])
        soak.clean_up()
        return figures

    def test_nothing_is_lost_out_of_order_or_made_up(self):
        print(self.soak(events=10_000, kills=7))

    def test_nor_is_it_in_batches(self):
        print(self.soak(events=10_000, kills=7, api_version="v2"))


if __name__ == "__main__":
    main()
