"""A memory limit for a process: a cgroup, if this process may create one."""

import os
import time
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")


class MemoryLimit:
    """`inside` runs a command within the limit. Without the right to create a cgroup it is empty, and `why` says so. Then
    only the peak memory of the process can be checked."""

    def __init__(self, mib):
        self.folder = None
        self.inside = []
        self.why = "no cgroup can be made here"
        second = (ROOT / "cgroup.controllers").exists()
        name = f"pintle-test-{os.getpid()}-{time.monotonic_ns()}"
        folder = ROOT / name if second else ROOT / "memory" / name
        try:
            folder.mkdir()
        except OSError as error:
            self.why = str(error)
            return
        self.folder = folder
        try:
            if second:
                (folder / "memory.max").write_text(str(mib << 20))
                (folder / "memory.swap.max").write_text("0")
            else:
                (folder / "memory.limit_in_bytes").write_text(str(mib << 20))
        except OSError as error:
            self.why = str(error)
            self.remove()
            return
        self.why = ""
        self.inside = ["sh", "-c", f'echo $$ >{folder}/cgroup.procs && exec "$@"', "sh"]

    def remove(self):
        """Removes it after the last process in it has ended."""
        if self.folder is not None:
            self.folder.rmdir()
            self.folder = None


def peak_mib(pid):
    """The peak resident memory of the process."""
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM"))
