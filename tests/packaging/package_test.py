"""The Debian package: it can be built, has the expected files, and its pintle runs with the packaged configuration.

usage: package_test.py BUILD        (BUILD is a build folder that contains pintle)
"""

import gzip
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(sys.argv.pop(1)) if len(sys.argv) > 1 else Path("build/release")


def run(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="pintle-package-")
        cls.addClassCleanup(folder.cleanup)
        cls.root = Path(folder.name) / "root"
        run("cpack", "-G", "DEB", "-B", folder.name, "--config", str(BUILD / "CPackConfig.cmake"))
        cls.package, = Path(folder.name).glob("pintle_*.deb")
        run("dpkg-deb", "--extract", str(cls.package), str(cls.root))

    def field(self, name):
        return run("dpkg-deb", "--field", str(self.package), name).strip()

    def test_holds_what_a_service_needs(self):
        files = {"/" + str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file()}
        documentation = {path for path in files if path.startswith("/usr/share/doc/")}
        self.assertEqual(files - documentation,
                         {"/usr/bin/pintle", "/etc/pintle/pintle.yaml", "/usr/lib/systemd/system/pintle.service",
                          "/usr/share/man/man1/pintle.1.gz", "/usr/share/bash-completion/completions/pintle",
                          "/usr/share/zsh/vendor-completions/_pintle",
                          "/usr/share/fish/vendor_completions.d/pintle.fish", "/usr/share/lintian/overrides/pintle"})
        pages = {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md") if not page.name.endswith(".in.md")}
        names = {"README.md", "CHANGELOG.md", "changelog.gz", "copyright", "docs/admin-api.json",
                 "examples/prometheus/alerts.yml", "examples/grafana/pintle.json"} | pages
        self.assertEqual(documentation, {f"/usr/share/doc/pintle/{name}" for name in names})

    def test_the_changelog_is_of_the_version(self):
        text = gzip.decompress((self.root / "usr/share/doc/pintle/changelog.gz").read_bytes()).decode()
        self.assertTrue(text.startswith(f"pintle ({self.field('Version')}) "), text)

    def test_the_service_starts_again_except_where_the_configuration_is_wrong(self):
        unit = (self.root / "usr/lib/systemd/system/pintle.service").read_text().splitlines()
        for line in ("Restart=always", "StartLimitIntervalSec=0", "RestartPreventExitStatus=2"):
            self.assertIn(line, unit)

    @unittest.skipUnless(shutil.which("lintian"), "lintian is not installed")
    def test_lintian_finds_nothing(self):
        done = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning", str(self.package)],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_its_manual_page_and_completions_are_those_of_the_build(self):
        share, built = self.root / "usr/share", BUILD / "manual"
        page = gzip.decompress((share / "man/man1/pintle.1.gz").read_bytes())
        self.assertEqual(page, (built / "pintle.1").read_bytes())
        for made, file in (("pintle.bash", "bash-completion/completions/pintle"),
                           ("_pintle", "zsh/vendor-completions/_pintle"),
                           ("pintle.fish", "fish/vendor_completions.d/pintle.fish")):
            self.assertEqual((share / file).read_bytes(), (built / made).read_bytes())

    def test_names_the_libraries_it_needs(self):
        for library in ("ca-certificates", r"librocksdb[0-9.]+", r"libssl3(t64)?", r"libsimdjson[0-9]+"):
            self.assertRegex(self.field("Depends"), rf"(^|, ){library}( |,|$)")

    def test_an_upgrade_asks_before_it_replaces_the_configuration(self):
        self.assertEqual(run("dpkg-deb", "--info", str(self.package), "conffiles").split(), ["/etc/pintle/pintle.yaml"])

    def test_its_pintle_runs_with_its_configuration(self):
        pintle = str(self.root / "usr/bin/pintle")
        self.assertIn(self.field("Version"), run(pintle, "version"))
        names = {"PATH": os.environ["PATH"], "PINTLE_WRITE_KEY": "k", "CUSTOMERIO_SITE_ID": "s", "CUSTOMERIO_API_KEY": "a"}
        run(pintle, "check-config", "--config", str(self.root / "etc/pintle/pintle.yaml"), env=names)


if __name__ == "__main__":
    unittest.main(verbosity=2)
