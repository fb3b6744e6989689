#!/usr/bin/env python3
"""Runs clang-tidy over the C++ sources, and remembers which were clean.

usage: tidy.py BUILD FILE...        (BUILD holds compile_commands.json)
A file is looked at again when it, a header of ours that it includes, or .clang-tidy has changed.
"""
import concurrent.futures, functools, hashlib, os, pathlib, re, subprocess, sys

TIDY = "clang-tidy-19"
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
ROOTS = [pathlib.Path(name) for name in ("include", "src", "tests")]


@functools.cache
def text(path):
    return path.read_text(encoding="utf-8")


@functools.cache
def included(path):
    """The files of ours that `path` names itself."""
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


def arguments(path):
    # Elsewhere the analyzer spends its time on what the macros of GoogleTest and Google Benchmark expand to.
    if path.parts[0] != "src":
        return ["--checks=-clang-analyzer-*"]
    # In full depth it spends two thirds of the whole lint inside Asio.
    return [f"--extra-arg={word}" for word in ("-Xclang", "-analyzer-config", "-Xclang", "mode=shallow")]


def check(build, path, stamp):
    run = subprocess.run([TIDY, "-p", build, "--quiet", *arguments(path), str(path)], capture_output=True, text=True)
    if run.returncode == 0:
        stamp.touch()
    return run


def main():
    build, paths = sys.argv[1], [pathlib.Path(name) for name in sys.argv[2:]]
    clean = pathlib.Path(build) / "tidy"
    clean.mkdir(parents=True, exist_ok=True)
    base = pathlib.Path(".clang-tidy").read_bytes() + pathlib.Path(__file__).read_bytes()
    stamps = {path: clean / key(path, base) for path in paths}
    waiting = [path for path in paths if not stamps[path].exists()]
    print(f"clang-tidy: {len(waiting)} of {len(paths)} files to look at", flush=True)
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = {pool.submit(check, build, path, stamps[path]): path for path in waiting}
        for done, future in enumerate(concurrent.futures.as_completed(runs), 1):
            run = future.result()
            if run.returncode != 0:
                failed += 1
                print(f"[{done}/{len(waiting)}] {runs[future]}\n{run.stdout or run.stderr}", flush=True)
            elif done % 20 == 0:
                print(f"[{done}/{len(waiting)}]", flush=True)
    if failed:
        sys.exit(f"clang-tidy: {failed} of {len(paths)} files are not clean")


main()
