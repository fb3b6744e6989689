"""The files of a release: the checksums verify, and the SPDX document names what the files contain.

usage: release_test.py BUILD        (BUILD is a build folder that contains pintle)
"""

import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(sys.argv.pop(1)).resolve() if len(sys.argv) > 1 else ROOT / "build/release"
IDENTIFIER = re.compile(r"SPDXRef-[A-Za-z0-9.-]+")
# In place of an engine: an image with two packages, one of which is removed.
DOCKER = """#!/bin/sh
case "$*" in
"save pintle:test") echo "an image" ;;
*" cat pintle:test /etc/os-release") echo 'VERSION_ID="12"' ;;
*" dpkg-query pintle:test --show "*) printf '%s\\n' 'installed base-files 12.4 amd64 base-files' \\
    'config-files old 1 amd64 old' ;;
*) echo "unexpected: $*" >&2; exit 1 ;;
esac
"""


class Release(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="pintle-release-")
        cls.addClassCleanup(folder.cleanup)
        cls.temporary = Path(folder.name)
        subprocess.run(["cpack", "-G", "DEB", "-B", cls.temporary / "package", "--config", BUILD / "CPackConfig.cmake"],
                       check=True, capture_output=True)
        cls.package, = (cls.temporary / "package").glob("pintle_*.deb")
        (cls.temporary / "bin").mkdir()
        (cls.temporary / "bin/docker").write_text(DOCKER)
        (cls.temporary / "bin/docker").chmod(0o755)
        done = cls.release("dist", "--image", "pintle:test")
        assert done.returncode == 0, done.stderr
        cls.folder = cls.temporary / "dist"
        cls.version = cls.package.name.split("_")[1]
        cls.bill = json.loads((cls.folder / f"pintle-{cls.version}.spdx.json").read_text())
        cls.packages = {package["SPDXID"]: package for package in cls.bill["packages"]}

    @classmethod
    def release(cls, folder, *options):
        environment = os.environ | {"PATH": f"{cls.temporary}/bin:{os.environ['PATH']}", "SOURCE_DATE_EPOCH": "1700000000"}
        return subprocess.run([sys.executable, ROOT / "tools/release/release.py", BUILD, cls.package,
                               cls.temporary / folder, *options], env=environment, capture_output=True, text=True)

    def related(self, kind):
        """Pairs of names."""
        names = {reference: package["name"] for reference, package in self.packages.items()}
        return {(names.get(item["spdxElementId"], "document"), names[item["relatedSpdxElement"]])
                for item in self.bill["relationships"] if item["relationshipType"] == kind}

    def test_it_has_all_files_and_their_checksums_verify(self):
        names = {self.package.name, f"pintle-chart-{self.version}.tgz", f"pintle-image-{self.version}.tar.gz",
                 f"pintle-{self.version}.spdx.json"}
        self.assertEqual({path.name for path in self.folder.iterdir()}, names | {"SHA256SUMS"})
        self.assertEqual({line.split()[1] for line in (self.folder / "SHA256SUMS").read_text().splitlines()}, names)
        done = subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=self.folder, capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_the_document_has_what_spdx_requires(self):
        self.assertEqual({key: self.bill[key] for key in ("spdxVersion", "dataLicense", "SPDXID")},
                         {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT"})
        self.assertRegex(self.bill["documentNamespace"], r"^https://[^#]+$")
        self.assertEqual(self.bill["creationInfo"]["created"], "2023-11-14T22:13:20Z")
        for creator in self.bill["creationInfo"]["creators"]:
            self.assertRegex(creator, "^(Tool|Organization|Person): ")
        self.assertEqual(len(self.packages), len(self.bill["packages"]))
        for package in self.bill["packages"]:
            with self.subTest(package["SPDXID"]):
                self.assertTrue(IDENTIFIER.fullmatch(package["SPDXID"]))
                for member in ("name", "versionInfo", "downloadLocation", "licenseDeclared", "licenseConcluded"):
                    self.assertTrue(package[member], member)
                self.assertIs(package["filesAnalyzed"], False)
                for checksum in package.get("checksums", []):
                    length = {"SHA1": 40, "SHA256": 64, "SHA512": 128}[checksum["algorithm"]]
                    self.assertRegex(checksum["checksumValue"], f"^[0-9a-f]{{{length}}}$")

    def test_every_package_is_related_to_another_that_is_there(self):
        ends = {item[end] for item in self.bill["relationships"] for end in ("spdxElementId", "relatedSpdxElement")}
        self.assertEqual(ends, set(self.packages) | {"SPDXRef-DOCUMENT"})

    def test_the_document_describes_the_files_with_their_checksums(self):
        sums = dict(reversed(line.split()) for line in (self.folder / "SHA256SUMS").read_text().splitlines())
        described = {package["packageFileName"]: package["checksums"][0]["checksumValue"]
                     for package in self.bill["packages"] if "packageFileName" in package}
        del sums[f"pintle-{self.version}.spdx.json"]
        self.assertEqual(described, sums)
        self.assertEqual({name for _, name in self.related("DESCRIBES")}, set(sums))

    def test_the_libraries_are_those_that_the_program_links(self):
        linked = {name for _, name in self.related("DYNAMIC_LINK")}
        depends = subprocess.run(["dpkg-deb", "--field", self.package, "Depends"], check=True, capture_output=True,
                                 text=True).stdout
        # spdlog's is a virtual package, which names the release of fmt too.
        direct = {re.sub("-fmt[0-9]+$", "", name) for name in re.findall(r"(?:^|, )([a-z0-9.+-]+)", depends.strip())}
        direct.remove("ca-certificates")
        self.assertGreater(len(direct), 5)
        self.assertLessEqual(direct, linked)
        self.assertLessEqual({"nlohmann-json3-dev", "libcli11-dev"}, {name for _, name in self.related("STATIC_LINK")})
        rocksdb, = [package for package in self.bill["packages"] if package["name"].startswith("librocksdb")]
        self.assertRegex(rocksdb["externalRefs"][0]["referenceLocator"], rf"^pkg:deb/debian/{rocksdb['name']}@[0-9]")

    def test_the_page_contains_what_its_sources_import(self):
        contained = {name for element, name in self.related("CONTAINS") if element == "pintle"}
        self.assertEqual(contained, {"preact", "uplot"})
        self.assertIn(("vite", "pintle"), self.related("BUILD_TOOL_OF"))

    def test_the_image_contains_pintle_and_the_packages_that_are_installed_in_it(self):
        contained = {name for element, name in self.related("CONTAINS") if element.startswith("pintle-image")}
        self.assertEqual(contained, {"pintle", "base-files"})

    def test_the_chart_is_that_of_the_sources(self):
        with tarfile.open(self.folder / f"pintle-chart-{self.version}.tgz") as archive:
            packed = {entry.name: archive.extractfile(entry).read() for entry in archive if entry.isfile()}
        chart = ROOT / "kubernetes/chart"
        self.assertEqual(packed, {f"pintle/{path.relative_to(chart)}": path.read_bytes()
                                  for path in chart.rglob("*") if path.is_file()})

    def test_a_second_run_makes_the_same_files(self):
        self.assertEqual(self.release("again", "--image", "pintle:test").returncode, 0)
        self.assertEqual((self.temporary / "again/SHA256SUMS").read_text(), (self.folder / "SHA256SUMS").read_text())

    def test_without_an_image_it_makes_the_rest_and_ends_with_3_unless_that_is_asked_for(self):
        for options, status in (((), 3), (("--no-image",), 0)):
            done = self.release("without", *options)
            self.assertEqual(done.returncode, status, done.stderr)
            self.assertEqual("there is no image" in done.stderr, status == 3)
            names = {path.name for path in (self.temporary / "without").iterdir()}
            self.assertEqual(len(names), 4)
            self.assertNotIn(f"pintle-image-{self.version}.tar.gz", names)


if __name__ == "__main__":
    unittest.main(verbosity=2)
