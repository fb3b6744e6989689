#!/usr/bin/env python3
"""Puts the files of a release into one folder: package, chart, image, SBOM and checksums.

usage: release.py BUILD PACKAGE FOLDER [--image NAME | --no-image]

BUILD is the build folder of pintle, PACKAGE its Debian package. FOLDER is emptied and gets, for the version VERSION:

  pintle_VERSION_ARCH.deb         the Debian package
  pintle-chart-VERSION.tgz        the Helm chart
  pintle-image-VERSION.tar.gz     the image NAME, for `docker load`
  pintle-VERSION.spdx.json        what these contain, in SPDX 2.3
  SHA256SUMS                      for `sha256sum --check`

The exit status is 3 if there is no image and that is not asked for with --no-image; the other files are there then.
"""

import argparse
import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import sbom

ROOT = Path(__file__).resolve().parents[2]
INCOMPLETE = 3


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT).stdout.strip()


def version():
    return re.search(r"^project\(pintle VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text(), re.MULTILINE)[1]


def time_of_the_sources():
    """Seconds since 1970. Files that carry a time have this one, so that two runs make the same files."""
    return int(os.environ.get("SOURCE_DATE_EPOCH") or run("git", "log", "-1", "--format=%ct"))


def sha256(path):
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def pack_chart(path, time):
    def ordinary(entry):
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        entry.mode = 0o755 if entry.isdir() else 0o644
        entry.mtime = time
        return entry

    with path.open("wb") as file, gzip.GzipFile("", "wb", fileobj=file, mtime=time) as packed, \
            tarfile.open(fileobj=packed, mode="w") as archive:
        archive.add(ROOT / "kubernetes/chart", "pintle", filter=ordinary)


def save_image(name, path):
    with path.open("wb") as file, gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed:
        process = subprocess.Popen(["docker", "save", name], stdout=subprocess.PIPE)
        with process.stdout:
            shutil.copyfileobj(process.stdout, packed, 1 << 20)
        if process.wait() != 0:
            raise SystemExit(f"release: `docker save {name}` failed")


def main():
    parser = argparse.ArgumentParser(usage=__doc__.partition("usage: ")[2].splitlines()[0])
    parser.add_argument("build", type=Path)
    parser.add_argument("package", type=Path)
    parser.add_argument("folder", type=Path)
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--image")
    choice.add_argument("--no-image", action="store_true")
    options = parser.parse_args()

    release, time = version(), time_of_the_sources()
    if not options.package.is_file():
        raise SystemExit(f"release: there is no package {options.package}; `./dev package` makes it")
    shutil.rmtree(options.folder, ignore_errors=True)  # what an earlier run left would not be of this release
    options.folder.mkdir(parents=True)

    package = Path(shutil.copy(options.package, options.folder))
    chart = options.folder / f"pintle-chart-{release}.tgz"
    pack_chart(chart, time)
    artifacts = [sbom.Artifact(package, "INSTALL", sha256(package)), sbom.Artifact(chart, "INSTALL", sha256(chart))]
    image = None
    if options.image:
        image = options.folder / f"pintle-image-{release}.tar.gz"
        save_image(options.image, image)
        artifacts.append(sbom.Artifact(image, "CONTAINER", sha256(image), options.image))
    bill = options.folder / f"pintle-{release}.spdx.json"
    bill.write_text(sbom.document(ROOT, options.build, release, time, artifacts))

    made = sorted([*(artifact.path for artifact in artifacts), bill])
    (options.folder / "SHA256SUMS").write_text("".join(f"{sha256(path)}  {path.name}\n" for path in made))
    for path in [*made, options.folder / "SHA256SUMS"]:
        print(f"{path.stat().st_size:>12,}  {path}")
    if image is None and not options.no_image:
        print("release: incomplete, there is no image: it needs a Docker engine; --no-image leaves it out on purpose",
              file=sys.stderr)
        sys.exit(INCOMPLETE)


if __name__ == "__main__":
    main()
