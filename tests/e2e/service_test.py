"""A systemd service of Type=notify: the daemon reports that it is ready, alive, and stopping."""

import socket

from harness import EndToEnd, PATIENCE, main


class Systemd:
    """systemd's end of the notification socket."""

    def __init__(self, folder):
        self.path = str(folder / "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(PATIENCE)

    def hear(self, wanted):
        """Reads until a message has the line `wanted`, and returns the messages before it."""
        before = []
        while wanted not in (lines := self.socket.recv(4096).decode().split("\n")):
            before += lines
        return before

    def close(self):
        self.socket.close()


class Service(EndToEnd):
    def start_under(self, systemd, *variables):
        return self.start_daemon(self.config("https://127.0.0.1:9", ca_file=""),
                                 inside=["env", f"NOTIFY_SOCKET={systemd.path}", *variables])

    def setUp(self):
        super().setUp()
        self.systemd = Systemd(self.folder)
        self.addCleanup(self.systemd.close)

    def test_says_that_it_is_ready_and_that_it_stops(self):
        daemon = self.start_under(self.systemd)
        self.assertNotIn("STOPPING=1", self.systemd.hear("READY=1"))
        self.assertEqual(daemon.stop(), 0)
        self.assertNotIn("WATCHDOG=1", self.systemd.hear("STOPPING=1"))

    def test_says_that_it_is_alive_until_it_ends(self):
        daemon = self.start_under(self.systemd, "WATCHDOG_USEC=100000")
        for _ in range(3):
            self.systemd.hear("WATCHDOG=1")
        self.assertEqual(daemon.stop(), 0)
        self.systemd.hear("STOPPING=1")


if __name__ == "__main__":
    main()
