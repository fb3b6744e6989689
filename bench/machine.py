"""The machine that is measured on, and what its kernel knows of a process."""

import contextlib
import datetime
import os
import platform
import re
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TICKS = os.sysconf("SC_CLK_TCK")


ALL = sorted(os.sched_getaffinity(0))
SUBJECT, PEER = ALL[0], ALL[-1]  # what is measured has a core to itself; all else that it needs shares the other


@contextlib.contextmanager
def on_core(core):
    """What is started inside runs on `core` alone, all its threads."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def cpu_seconds(pid):
    """User and system time of all threads so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_mib(pid, which="VmRSS"):
    """Resident now; with `VmHWM` the most it ever was."""
    return int(re.search(rf"{which}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())[1]) / 1024


def bytes_on_disk(folder):
    return sum(path.stat().st_blocks * 512 for path in Path(folder).rglob("*") if path.is_file())


def sync_ms(folder):
    """The median of 100 times 4 KiB appended and synced."""
    times = []
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        for _ in range(100):
            file.write(b"x" * 4096)
            begin = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - begin)
    return statistics.median(times) * 1000


def output_of(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def compiler():
    cache = (ROOT / "build/release/CMakeCache.txt").read_text()
    name = re.search(r"^CMAKE_CXX_COMPILER:\w+=(.+)$", cache, re.MULTILINE)[1]
    return output_of(name, "--version").splitlines()[0]


def describe(folder):
    return {
        "cpu": re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)[1],
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "compiler": compiler(),
        "sync_ms": round(sync_ms(folder), 3),
        "load_before": round(os.getloadavg()[0], 2),
        "commit": output_of("git", "describe", "--always", "--dirty"),
        "date": datetime.datetime.now().astimezone().isoformat(timespec="minutes"),
    }
