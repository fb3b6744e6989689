"""The results of the benchmarks: whether a target is reached, and the tables."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from bench import results
from bench.processes import Metrics, median_of
from bench.results import BEGIN, END, Row
from bench.sink import message_end

MACHINE = {"cpu": "A CPU", "cores": 2, "kernel": "6.1", "compiler": "g++ 12", "sync_ms": 0.3, "load_before": 0.0,
           "commit": "abc", "date": "2026-03-05T10:20+00:00"}


def measured(*rows):
    return {"machine": MACHINE, "scenarios": {"ingest": list(rows)}}


class Results(unittest.TestCase):
    def test_a_target_is_a_ratio_or_a_bound_on_the_value(self):
        self.assertTrue(Row("r", 40, "x/s", 100, least_ratio=0.4).reached)
        self.assertFalse(Row("r", 39, "x/s", 100, least_ratio=0.4).reached)
        self.assertTrue(Row("r", 3, "ms", at_most=3).reached)
        self.assertFalse(Row("r", 3.1, "ms", 1, at_most=3).reached)
        self.assertTrue(Row("r", 10, "x/s", at_least=10).reached)
        self.assertFalse(Row("r", 9, "x/s", at_least=10).reached)

    def test_a_histograms_median_lies_in_the_bucket_that_holds_the_middle_one(self):
        text = "".join(f'h_bucket{{le="{bound}"}} {count}\n' for bound, count in
                       (("0.001", 10), ("0.002", 40), ("0.004", 60), ("+Inf", 80)))
        self.assertEqual(median_of(Metrics(text), "h"), 0.002)
        self.assertEqual(median_of(Metrics(text.replace("40", "30")), "h"), 0.002 + 0.002 * 10 / 30)

    def test_a_figure_without_target_is_neither_reached_nor_missed(self):
        self.assertIsNone(Row("r", 1, "MiB", 2, "other").reached)

    def test_the_table_says_what_is_missed_and_what_it_stands_beside(self):
        table = results.text(measured(Row("accepted", 3000, "requests/s", 10000, "nginx", least_ratio=0.4, note="n")))
        line = next(line for line in table.splitlines() if "accepted" in line)
        for part in ("3,000", "requests/s", "10,000 nginx", "0.30", "ratio >= 0.40", "NO", "(1)"):
            self.assertIn(part, line)
        self.assertIn("A CPU, 2 cores", table)
        self.assertIn("(1) n", table)

    def test_a_machine_that_was_busy_is_told(self):
        self.assertNotIn("BUSY", results.text(measured()))
        busy = measured() | {"machine": MACHINE | {"load_before": 2.5}}
        self.assertIn("BUSY", results.text(busy))

    def test_results_are_read_as_they_were_written(self):
        before = measured(Row("r", 1.5, "ms", 3, "nginx", at_most=2, note="n", headline=True))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "results.json"
            path.write_text(results.dump(before))
            self.assertEqual(results.load(path), before)

    def test_only_the_readmes_table_is_made_anew_and_only_of_headlines(self):
        readme = f"before\n{BEGIN}\nold\n{END}\nafter\n"
        new = results.into_readme(readme, measured(Row("shown", 1234, "x/s", headline=True), Row("hidden", 1, "x/s")))
        self.assertTrue(new.startswith(f"before\n{BEGIN}\n"))
        self.assertTrue(new.endswith(f"\n{END}\nafter\n"))
        self.assertIn("| shown | 1,234 x/s |", new)
        self.assertNotIn("hidden", new)
        self.assertNotIn("old", new)

    def test_a_readme_without_the_two_lines_is_refused(self):
        with self.assertRaises(SystemExit):
            results.into_readme("no table", measured())


class Messages(unittest.TestCase):
    def test_a_message_ends_with_its_body(self):
        message = b"POST / HTTP/1.1\r\nContent-Length: 3\r\nHost: h\r\n\r\nabc"
        self.assertEqual(message_end(message + b"PUT"), len(message))
        self.assertIsNone(message_end(message[:-1]))
        self.assertIsNone(message_end(b"POST / HTTP/1.1\r\nContent-Length: 3\r\n"))

    def test_a_message_without_length_has_no_body(self):
        self.assertEqual(message_end(b"GET / HTTP/1.1\r\n\r\nGET"), 18)


if __name__ == "__main__":
    unittest.main(verbosity=2)
