"""The operator's page: what its sources make is what is committed; its types agree; its own tests pass."""

import subprocess
import tempfile
import unittest
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "src/admin/web"


def run(*command):
    result = subprocess.run(command, cwd=PAGE, capture_output=True, text=True, timeout=110)
    if result.returncode != 0:
        raise AssertionError(f"{command}: {result.stdout}{result.stderr}")


def contents(folder):
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not (PAGE / "node_modules/vite").exists():
            raise AssertionError(f"missing: npm ci --ignore-scripts in {PAGE}")

    def test_what_is_committed_is_what_the_sources_make(self):
        with tempfile.TemporaryDirectory(prefix="pintle-page-") as made:
            run("npx", "vite", "build", "--outDir", made, "--emptyOutDir")
            made, committed = contents(made), contents(PAGE / "dist")
        self.assertEqual(made.keys(), committed.keys())
        stale = [name for name in made if made[name] != committed[name]]
        self.assertEqual(stale, [], "./dev page builds it anew")

    def test_it_is_small(self):
        self.assertLess((PAGE / "dist/page.js").stat().st_size, 150_000)

    def test_its_types_agree(self):
        run("npx", "tsc", "--noEmit")

    def test_its_own_tests_pass(self):
        run("npm", "test")


if __name__ == "__main__":
    unittest.main(verbosity=2)
