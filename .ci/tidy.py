#!/usr/bin/env python3
"""Runs clang-tidy over the C++ sources, and remembers which files are clean.

usage: tidy.py [--deep] BUILD FILE...        (BUILD holds compile_commands.json)
--deep: also with Clang's static analyzer and a check that reads all headers; each takes as long as all other checks.
A file is checked again when it, a header of this repository that it includes, or .clang-tidy has changed.

Most of the time is spent on the headers of libraries. So files of a folder are checked together, as one translation
unit, if their names do not collide. A unit that does not compile, or is not clean, is checked file by file.
"""
import concurrent.futures, functools, hashlib, json, os, pathlib, re, subprocess, sys

TIDY = "clang-tidy-19"
TOGETHER = 8  # files
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
ROOTS = [pathlib.Path(name) for name in ("include", "src", "tests")]
# Declarations at the beginning of a line: functions, constants, types, aliases.
NAMED = re.compile(r"^(?:(?:struct|class|enum class|using|namespace) ((?:\w+::)*\w+)|[A-Za-z][\w:<>,&*\[\] ]*?[ &*](\w+)(?=[({]| =|;))",
                   re.MULTILINE)


@functools.cache
def text(path):
    return path.read_text(encoding="utf-8")


@functools.cache
def included(path):
    """The files of this repository that `path` includes directly."""
    places = [path.parent, *ROOTS]
    found = (next((p / name for p in places if (p / name).exists()), None) for name in INCLUDE.findall(text(path)))
    return [file for file in found if file]


def closure(path):
    seen, waiting = set(), [path]
    while waiting:
        file = waiting.pop()
        if file not in seen:
            seen.add(file)
            waiting += included(file)
    return sorted(seen)


def key(path, base):
    digest = hashlib.sha256(base)
    for file in closure(path):
        digest.update(f"{file}\0{text(file)}\0".encode())
    return digest.hexdigest()


def names(path):
    """The names in unnamed namespaces, with their owner. They must not collide with the same name of another file."""
    hidden = re.findall(r"^namespace \{\n(.*?)^\}  // namespace$", text(path), re.MULTILINE | re.DOTALL)
    full = [name for part in hidden for pair in NAMED.findall(part) for name in pair if name]
    return {name.split("::")[-1]: name if "::" in name else path for name in full}


def groups(paths, commands):
    """Groups of files of one folder with the same compiler options and without colliding names."""
    made = []
    for path in sorted(paths):
        alike, mine = (path.parent, commands.options(path)), names(path)
        for kind, members, taken in made:
            meet = any(taken.get(name, whose) != whose for name, whose in mine.items())
            if kind == alike and len(members) < TOGETHER and not meet:
                members.append(path)
                taken |= mine
                break
        else:
            made.append((alike, [path], mine))
    return [members for _, members, _ in made]


class Commands:
    """The compiler commands of the files; a unit of several files is compiled like the first of them."""

    def __init__(self, build):
        self.build = pathlib.Path(build)
        self.units = self.build / "units"
        self.units.mkdir(exist_ok=True)
        entries = json.loads((self.build / "compile_commands.json").read_text())
        self.by_file = {pathlib.Path(entry["file"]).resolve(): entry for entry in entries}
        self.added = []

    def options(self, path):
        entry = self.by_file[path.resolve()]
        return re.sub(r" -o \S+", "", entry["command"].replace(entry["file"], ""))

    def unit(self, members):
        name = "_".join([*members[0].parts[:-1], members[0].stem]) + ".cpp"
        path = (self.units / name).resolve()
        path.write_text("".join(f'#include "{member.resolve()}"\n' for member in members))
        entry = dict(self.by_file[members[0].resolve()])
        entry["command"] = entry["command"].replace(entry["file"], str(path))
        self.added.append(entry | {"file": str(path)})
        return path

    def write(self):
        (self.units / "compile_commands.json").write_text(json.dumps(self.added))


def arguments(path, deep):
    checks = "--checks=-bugprone-suspicious-include"  # units include .cpp files
    # libstdc++ calls its own deprecated functions; a unit's files shadow each other's names.
    warnings = ["--extra-arg=-Wno-deprecated-declarations", "--extra-arg=-Wno-shadow"]
    if not deep:
        return [*warnings, checks + ",-clang-analyzer-*,-performance-unnecessary-value-param"]
    # Outside src the analyzer would spend its time on the expanded macros of GoogleTest and Google Benchmark.
    if path.parts[0] != "src":
        return [*warnings, checks + ",-clang-analyzer-*"]
    # In deep mode it would spend two thirds of the whole lint inside Asio.
    shallow = [f"--extra-arg={word}" for word in ("-Xclang", "-analyzer-config", "-Xclang", "mode=shallow")]
    return [*warnings, checks, *shallow]


def run(build, path, options):
    return subprocess.run([TIDY, "-p", str(build), "--quiet", *options, str(path)], capture_output=True, text=True)


def check(commands, members, unit, stamps, deep):
    """The findings of each file that is not clean."""
    options = arguments(members[0], deep)
    if unit:
        if run(commands.units, unit, options).returncode == 0:
            for member in members:
                stamps[member].touch()
            return {}
        print(f"one by one: {' '.join(map(str, members))}", flush=True)
    faults = {}
    for member in members:
        done = run(commands.build, member, options)
        if done.returncode == 0:
            stamps[member].touch()
        else:
            faults[member] = done.stdout or done.stderr
    return faults


def main():
    deep = sys.argv[1] == "--deep"
    build, *names = sys.argv[2 if deep else 1:]
    paths = [pathlib.Path(name) for name in names]
    clean = pathlib.Path(build) / ("tidy-deep" if deep else "tidy")
    clean.mkdir(parents=True, exist_ok=True)
    base = pathlib.Path(".clang-tidy").read_bytes() + pathlib.Path(__file__).read_bytes()
    stamps = {path: clean / key(path, base) for path in paths}
    waiting = [path for path in paths if not stamps[path].exists()]
    commands = Commands(build)
    units = [(members, commands.unit(members) if len(members) > 1 else None) for members in groups(waiting, commands)]
    commands.write()
    print(f"clang-tidy: {len(waiting)} of {len(paths)} files to check, in {len(units)} units", flush=True)
    failed, done = 0, 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = {pool.submit(check, commands, members, unit, stamps, deep): members for members, unit in units}
        for future in concurrent.futures.as_completed(runs):
            done += len(runs[future])
            for path, fault in future.result().items():
                failed += 1
                print(f"{path}\n{fault}", flush=True)
            print(f"[{done}/{len(waiting)}]", flush=True)
    if failed:
        sys.exit(f"clang-tidy: {failed} of {len(paths)} files are not clean")


main()
