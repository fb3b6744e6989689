"""The software bill of materials in SPDX 2.3: what the release contains, from Debian's package database and package-lock.json.

- The libraries that pintle links: of ldd, by the Debian package that owns each.
- Libraries of headers alone, whose code is compiled into pintle: of the headers that its objects were made of.
- The npm packages that the operator's page contains, and those that build it.
- The Debian packages of the image, if there is one.
"""

import base64
import json
import re
import subprocess
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import quote

# Debian's short names of licences, and SPDX's where they differ.
LICENSES = {"expat": "MIT", "mit": "MIT", "apache-2.0": "Apache-2.0", "apache-2": "Apache-2.0", "boost": "BSL-1.0",
            "bsl-1.0": "BSL-1.0", "bsd-2-clause": "BSD-2-Clause", "bsd-3-clause": "BSD-3-Clause", "bsd-3": "BSD-3-Clause",
            "zlib": "Zlib", "isc": "ISC", "gpl-2": "GPL-2.0-only", "gpl-2+": "GPL-2.0-or-later", "gpl-3": "GPL-3.0-only",
            "gpl-3+": "GPL-3.0-or-later", "lgpl-2": "LGPL-2.0-only", "lgpl-2+": "LGPL-2.0-or-later",
            "lgpl-2.1": "LGPL-2.1-only", "lgpl-2.1+": "LGPL-2.1-or-later", "lgpl-3": "LGPL-3.0-only",
            "lgpl-3+": "LGPL-3.0-or-later", "mpl-2.0": "MPL-2.0"}
UNKNOWN = "NOASSERTION"


@dataclass
class Artifact:
    """A file of the release. `image` is the name of the image that it holds."""
    path: Path
    purpose: str
    sha256: str
    image: str = ""


@dataclass(frozen=True)
class DebianPackage:
    name: str
    version: str
    architecture: str
    source: str


@dataclass
class Document:
    packages: dict = field(default_factory=dict)
    relationships: list = field(default_factory=list)

    def add(self, identity, name, version, **members):
        """Adds a package once. Returns its SPDXID."""
        reference = "SPDXRef-" + re.sub(r"[^A-Za-z0-9.]+", "-", identity)
        self.packages[reference] = {"SPDXID": reference, "name": name, "versionInfo": version,
                                    "downloadLocation": UNKNOWN, "filesAnalyzed": False, "licenseConcluded": UNKNOWN,
                                    "licenseDeclared": UNKNOWN, "copyrightText": UNKNOWN} | members
        return reference

    def relate(self, element, kind, related):
        item = {"spdxElementId": element, "relationshipType": kind, "relatedSpdxElement": related}
        if item not in self.relationships:
            self.relationships.append(item)

    def add_debian(self, package, distribution):
        url = (f"pkg:deb/debian/{quote(package.name)}@{quote(package.version)}"
               f"?arch={package.architecture}&distro={distribution}")
        return self.add(f"deb-{package.name}-{package.version}-{package.architecture}", package.name, package.version,
                        supplier="Organization: Debian", sourceInfo=f"source package {package.source}",
                        licenseDeclared=debian_license(package.name), externalRefs=[package_url(url)])

    def add_npm(self, name, entry):
        url = f"pkg:npm/{quote(name, safe='/')}@{entry['version']}"
        algorithm, _, digest = entry["integrity"].partition("-")
        checksum = {"algorithm": algorithm.upper(), "checksumValue": base64.b64decode(digest).hex()}
        return self.add(f"npm-{name}-{entry['version']}", name, entry["version"], checksums=[checksum],
                        licenseDeclared=entry.get("license", UNKNOWN), externalRefs=[package_url(url)])


def package_url(url):
    return {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": url}


def output_of(*command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **options).stdout


# --- Debian -----------------------------------------------------------------------------------------------------------

QUERY = "--showformat=${db:Status-Status} ${binary:Package} ${Version} ${Architecture} ${source:Package}\\n"


def parse_packages(text):
    packages = {}
    for line in text.splitlines():
        status, name, version, architecture, source = line.split()
        if status == "installed":
            packages[name] = DebianPackage(name.partition(":")[0], version, architecture, source)
    return packages


def owners(paths):
    """The installed packages that own these files."""
    names = set()
    for path in paths:  # of a merged /usr the database knows one of the two names
        names |= {path, path.removeprefix("/usr")} if path.startswith("/usr/lib") else {path, f"/usr{path}"}
    found = subprocess.run(["dpkg-query", "--search", *sorted(names)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                           text=True).stdout
    return {name for line in found.splitlines() if not line.startswith("diversion")
            for name in line.rpartition(": ")[0].split(", ")}


def debian_license(package):
    """The licence of most files by the machine-readable copyright file, in SPDX's words."""
    path = Path(f"/usr/share/doc/{package}/copyright")
    text = path.read_text(errors="replace") if path.exists() else ""
    found = re.search(r"^Files:\s*\*\s*$(?:\n(?!\n).*)*?\nLicense:[ \t]*(\S.*)$", text, re.MULTILINE)
    if not found:
        return UNKNOWN
    parts = re.split(r"\s+(or|and)\s+", found[1].strip())
    words = [LICENSES.get(part.lower()) if i % 2 == 0 else part.upper() for i, part in enumerate(parts)]
    # AND binds stronger than OR in SPDX, and Debian's comma is neither: such an expression stays unknown.
    return " ".join(words) if all(words) and len(set(words[1::2])) < 2 else UNKNOWN


def distribution():
    values = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', Path("/etc/os-release").read_text(), re.MULTILINE))
    return f"{values['ID']}-{values.get('VERSION_ID', 'unstable')}"


def linked_files(program):
    return re.findall(r"(?:=> )?(/\S+) \(0x", output_of("ldd", str(program)))


def included_headers(build):
    """The headers outside of the build and the sources that the objects of src/ were made of."""
    headers, wanted = set(), False
    for line in output_of("ninja", "-C", str(build), "-t", "deps").splitlines():
        if line.startswith("    "):
            if wanted and line.startswith("    /usr/"):
                headers.add(line.strip())
        else:
            wanted = line.startswith("src/")
    return headers


def add_libraries(document, program, build, pintle):
    installed, distro = parse_packages(output_of("dpkg-query", "--show", QUERY)), distribution()
    # dpkg-query names a package without its architecture where that cannot be mistaken, in both outputs.
    linked = {installed[name] for name in owners(linked_files(program))}
    for package in sorted(linked, key=lambda p: p.name):
        document.relate(pintle, "DYNAMIC_LINK", document.add_debian(package, distro))
    # A development package of a linked library has the same source.
    sources = {package.source for package in linked}
    compiled = {installed[name] for name in owners(included_headers(build))}
    for package in sorted(compiled, key=lambda p: p.name):
        if package.source not in sources:
            document.relate(pintle, "STATIC_LINK", document.add_debian(package, distro))


# --- npm --------------------------------------------------------------------------------------------------------------

def add_page(document, page, pintle):
    packages = json.loads((page / "package-lock.json").read_text())["packages"]
    # The empty path is the page itself; the optional ones are of one platform each.
    named = [(path.rpartition("node_modules/")[2], entry) for path, entry in packages.items()
             if path and not entry.get("optional")]
    entries = dict(named)
    sources = "\n".join(path.read_text() for path in sorted((page / "source").rglob("*.ts*")))
    imported = {name for name in entries if re.search(rf"""from ["']{re.escape(name)}["'/]""", sources)}
    contained, ahead = set(), sorted(imported)
    while ahead:
        name = ahead.pop()
        if name in entries and name not in contained:
            contained.add(name)
            ahead += entries[name].get("dependencies", {})
    for name, entry in named:
        reference = document.add_npm(name, entry)
        if name in contained:
            document.relate(pintle, "CONTAINS", reference)
        else:
            document.relate(reference, "BUILD_TOOL_OF", pintle)


# --- the document -----------------------------------------------------------------------------------------------------

def add_image(document, artifact, reference):
    os_release = output_of("docker", "run", "--rm", "--entrypoint", "cat", artifact.image, "/etc/os-release")
    distro = "debian-" + re.search(r'^VERSION_ID="?([0-9]+)', os_release, re.MULTILINE)[1]
    listed = output_of("docker", "run", "--rm", "--entrypoint", "dpkg-query", artifact.image, "--show", QUERY)
    for package in parse_packages(listed).values():
        document.relate(reference, "CONTAINS", document.add_debian(package, distro))


def document(root, build, version, time, artifacts):
    """The text of the SPDX document of `artifacts`; `time` is in seconds since 1970."""
    made = Document()
    pintle = made.add("pintle", "pintle", version, primaryPackagePurpose="APPLICATION", licenseDeclared="Apache-2.0")
    for artifact in artifacts:
        reference = made.add(f"file-{artifact.path.name}", artifact.path.name, version,
                             licenseDeclared=UNKNOWN if artifact.image else "Apache-2.0",
                             packageFileName=artifact.path.name, primaryPackagePurpose=artifact.purpose,
                             checksums=[{"algorithm": "SHA256", "checksumValue": artifact.sha256}])
        made.relate("SPDXRef-DOCUMENT", "DESCRIBES", reference)
        if artifact.path.suffix == ".deb" or artifact.image:
            made.relate(reference, "CONTAINS", pintle)
        if artifact.image:
            add_image(made, artifact, reference)
    add_libraries(made, build / "pintle", build, pintle)
    add_page(made, root / "src/admin/web", pintle)

    content = {"packages": list(made.packages.values()), "relationships": made.relationships}
    # The same release has the same namespace, another content another one.
    unique = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(content, sort_keys=True))
    created = datetime.fromtimestamp(time, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    head = {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
            "name": f"pintle-{version}", "documentNamespace": f"https://spdx.org/spdxdocs/pintle-{version}-{unique}",
            "creationInfo": {"created": created, "creators": [f"Tool: pintle-release-{version}"]}}
    return json.dumps(head | content, indent=2) + "\n"
