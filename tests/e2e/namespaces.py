"""Network namespaces, whose links can be cut without a sign to either end. Needs root and iproute2."""

import contextlib
import ctypes
import os
import shutil
import subprocess
import threading

CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


def missing():
    """Why there can be no namespaces here; None: there can."""
    if os.geteuid() != 0:
        return "needs root for network namespaces"
    if shutil.which("ip") is None:
        return "needs the command ip (iproute2) for network namespaces"
    try:
        Namespace().close()
    except OSError as error:
        return f"no network namespace can be made here: {error}"
    return None


def checked(result):
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def ip(*arguments):
    subprocess.run(["ip", *map(str, arguments)], check=True)


class Namespace:
    """A new namespace, which is there until it is closed and nothing runs in it."""

    def __init__(self):
        self.file = error = None

        def make():  # a namespace is that of a thread
            nonlocal error
            try:
                checked(LIBC.unshare(CLONE_NEWNET))
                self.file = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
            except OSError as reason:
                error = reason

        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
        if error is not None:
            raise error
        self.path = f"/proc/{os.getpid()}/fd/{self.file}"
        with self.entered():
            ip("link", "set", "lo", "up")

    @contextlib.contextmanager
    def entered(self):
        """What this thread opens or starts is in the namespace."""
        before = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            checked(LIBC.setns(self.file, CLONE_NEWNET))
            try:
                yield
            finally:
                checked(LIBC.setns(before, CLONE_NEWNET))
        finally:
            os.close(before)

    def close(self):
        os.close(self.file)


class Link:
    """A cable between two namespaces, by which `far` reaches an address of `near`."""

    def __init__(self, name, near, far, number, address):
        self.name = name
        self.near = near
        with near.entered():
            ip("link", "add", name, "type", "veth", "peer", "name", "far", "netns", far.path)
            ip("address", "add", f"10.77.{number}.1/30", "dev", name)
            ip("link", "set", name, "up")
        with far.entered():
            ip("link", "set", "far", "name", name)
            ip("address", "add", f"10.77.{number}.2/30", "dev", name)
            ip("link", "set", name, "up")
            ip("route", "add", address, "via", f"10.77.{number}.1")

    def cut(self):
        """Packets are dropped from now on; neither end is told."""
        with self.near.entered():
            ip("link", "set", self.name, "down")

    def mend(self):
        with self.near.entered():
            ip("link", "set", self.name, "up")
