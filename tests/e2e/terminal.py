"""A pseudo-terminal that runs pintle."""

import fcntl
import os
import pty
import select
import signal
import struct
import termios

from harness import PINTLE, wait_until


class Terminal:
    """A pintle process on its own terminal."""

    def __init__(self, *arguments, columns=100, lines=30):
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "xterm"
            os.environ.pop("NO_COLOR", None)
            os.execv(PINTLE, [PINTLE, *map(str, arguments)])
        self.resize(columns, lines)
        self.output = ""

    def resize(self, columns, lines):
        fcntl.ioctl(self.file, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def read(self):
        while select.select([self.file], [], [], 0)[0]:
            try:
                piece = os.read(self.file, 1 << 16)
            except OSError:  # the process has ended
                return self.output
            if not piece:
                return self.output
            self.output += piece.decode(errors="replace")
        return self.output

    def screen(self):
        """The last complete screen."""
        return (self.read().split("\x1b[H")[-1]).replace("\x1b[K", "")

    def write(self, text):
        os.write(self.file, text.encode())

    def wait(self):
        """The exit code; negative: the signal that ended it."""
        def ended():
            self.read()
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            return (os.waitstatus_to_exitcode(status),) if pid else None
        code, = wait_until(ended, "the end")
        self.pid = None
        return code

    def clean_up(self):
        if self.pid is not None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.file)
