"""The operator's page: the committed build is up to date, the types match docs/admin-api.json, its own tests pass."""

import json
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "src/admin/web"
API = ROOT / "docs/admin-api.json"


def run(*command, folder=PAGE):
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=110)
    if result.returncode != 0:
        raise AssertionError(f"{command}: {result.stdout}{result.stderr}")


def check_types(api):
    """Type-checks a copy of the sources against the API that `api` describes."""
    with tempfile.TemporaryDirectory(prefix="pintle-page-") as folder:
        copy = Path(folder)
        shutil.copytree(PAGE / "source", copy / "source", ignore=shutil.ignore_patterns("admin_api.d.ts"))
        shutil.copy(PAGE / "tsconfig.json", copy)
        (copy / "node_modules").symlink_to(PAGE / "node_modules")
        (copy / "api.json").write_text(json.dumps(api))
        run("npx", "openapi-typescript", "api.json", "--output", "source/admin_api.d.ts", folder=copy)
        run("npx", "tsc", "--noEmit", folder=copy)


def contents(folder):
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not (PAGE / "node_modules/vite").exists():
            raise AssertionError(f"missing: npm ci --ignore-scripts in {PAGE}")

    def test_the_committed_build_is_up_to_date(self):
        with tempfile.TemporaryDirectory(prefix="pintle-page-") as made:
            run("npx", "vite", "build", "--outDir", made, "--emptyOutDir")
            made, committed = contents(made), contents(PAGE / "dist")
        self.assertEqual(made.keys(), committed.keys())
        stale = [name for name in made if made[name] != committed[name]]
        self.assertEqual(stale, [], "run ./dev page")

    def test_it_is_small(self):
        self.assertLess((PAGE / "dist/page.js").stat().st_size, 150_000)

    def test_its_types_match_the_description_of_the_api(self):
        check_types(json.loads(API.read_text()))

    def test_a_difference_to_the_description_of_the_api_is_found(self):
        def properties(api, schema):
            return api["components"]["schemas"][schema]["properties"]

        def missing(api):
            del properties(api, "Destination")["in_flight"]

        def renamed(api):
            members = properties(api, "DeadLetter")
            members["dead_at"] = members.pop("dead_lettered_at")

        def of_another_type(api):
            properties(api, "Status")["started_at"] = {"type": "integer"}

        def with_another_outcome(api):
            properties(api, "Event")["outcome"]["enum"].append("expired")

        for change in (missing, renamed, of_another_type, with_another_outcome):
            with self.subTest(change.__name__):
                api = json.loads(API.read_text())
                change(api)
                with self.assertRaisesRegex(AssertionError, r"source/\w+\.tsx?\(\d+,\d+\): error TS"):
                    check_types(api)

    def test_it_warns_of_a_certificate_when_the_command_does(self):
        page = re.search(r"certificateWarning = (\d+) \* 86_400;", (PAGE / "source/facts.ts").read_text())
        command = re.search(r"std::chrono::hours certificate_warning\{24 \* (\d+)\};",
                            (ROOT / "include/pintle/base/certificate_expiry.hpp").read_text())
        self.assertEqual(page[1], command[1])

    def test_its_own_tests_pass(self):
        run("npm", "test")


if __name__ == "__main__":
    unittest.main(verbosity=2)
