"""Damage to the disk is never silent: events are delivered or counted as lost, or the daemon refuses to start."""

import os
import pathlib
import shutil
import stat
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

from harness import PINTLE, EndToEnd, main, wait_until  # noqa: E402


def track(user, size=10):
    return {"type": "track", "userId": user, "event": "e", "messageId": user, "properties": {"text": os.urandom(size).hex()}}


class Disk(EndToEnd):
    def setUp(self):
        super().setUp()
        self.journal = self.folder / "journal"
        self.users = []

    def accept(self, daemon, count, size=10):
        """Sends events, each in its own commit."""
        for _ in range(count):
            user = f"u{len(self.users)}"
            self.assertEqual(daemon.send("/v1/track", track(user, size)).status, 200)
            self.users.append(user)

    def with_backlog(self, count, size=10):
        """A daemon accepts events, delivers none of them and is killed; from then on the sandbox accepts everything."""
        self.sandbox, daemon = self.start_both("--fail-rate", "1")
        self.accept(daemon, count, size)
        daemon.kill()
        self.sandbox.faults(fail_rate=0)

    def restart(self):
        return self.start_daemon(self.config(self.sandbox.url))

    def refusal(self):
        with self.assertRaisesRegex(AssertionError, "exit 1 before") as raised:
            self.restart()
        return str(raised.exception)

    def pintle(self, *arguments):
        return subprocess.run([PINTLE, "journal", *arguments, "--directory", str(self.journal)], capture_output=True,
                              text=True)

    def file(self, pattern):
        """The largest file with that pattern."""
        return max(self.journal.glob(pattern), key=lambda path: path.stat().st_size)

    def arrived(self):
        return {request["path"].split("/")[4] for request in self.sandbox.taken()}

    def lost(self, daemon):
        ledger = daemon.metrics().ledger()
        self.assertEqual(ledger["accepted"] + ledger["replayed"],
                         ledger["delivered"] + ledger["dead_lettered"] + ledger["lost"] + ledger["backlog"])
        return ledger["lost"]

    def await_all_but(self, daemon, lost):
        """All events except `lost` arrive, and every report says that as many are lost."""
        wait_until(lambda: len(self.arrived()) == len(self.users) - lost, f"all but {lost}")
        wait_until(lambda: daemon.destination()["backlog_events"] == 0, "nothing waits")
        self.assertEqual(self.lost(daemon), lost)
        self.assertEqual(daemon.destination()["lost"], lost)
        self.assertEqual(daemon.admin("/ready").json()["destinations"][0].get("lost", 0), lost)
        if lost:
            self.assertIn("records_lost", daemon.output())

    def test_a_lost_current_file_is_refused_and_repaired(self):
        self.with_backlog(20)
        (self.journal / "CURRENT").unlink()
        for _ in range(2):
            refusal = self.refusal()
            self.assertIn("CURRENT is missing", refusal)
            self.assertIn("pintle journal repair", refusal)
        self.assertEqual(self.pintle("check").returncode, 1)
        repaired = self.pintle("repair")
        self.assertEqual(repaired.returncode, 0, repaired)
        self.assertIn("20 pending", repaired.stdout)
        self.assertTrue((self.folder / "journal.damaged").is_dir())
        self.await_all_but(self.restart(), 0)
        self.assertEqual(self.pintle("check").returncode, 1, "it is in use")

    def test_a_flipped_byte_of_the_write_ahead_log_costs_no_more_than_its_block(self):
        self.with_backlog(200, 1000)
        log = self.file("*.log")
        data = bytearray(log.read_bytes())
        self.assertGreater(len(data), 200_000)
        data[100_000] ^= 0x10
        log.write_bytes(data)
        self.assertIn("missing", self.pintle("check").stdout)
        daemon = self.restart()
        lost = self.lost(daemon)
        self.assertGreater(lost, 0)
        self.assertLess(lost, 20)
        self.await_all_but(daemon, lost)

    def test_a_write_ahead_log_that_is_gone_is_a_loss_that_is_counted(self):
        self.with_backlog(30)
        for log in self.journal.glob("*.log"):
            log.unlink()
        daemon = self.restart()
        self.await_all_but(daemon, 30)
        self.accept(daemon, 1)
        wait_until(lambda: self.arrived() == {"u30"}, "what came later")

    def test_a_write_ahead_log_that_is_cut_off_is_a_loss_that_is_counted(self):
        self.with_backlog(30)
        log = self.file("*.log")
        os.truncate(log, log.stat().st_size * 2 // 3)
        daemon = self.restart()
        lost = self.lost(daemon)
        self.assertIn(lost, range(5, 20))
        self.await_all_but(daemon, lost)

    def test_a_damaged_block_is_lost_alone_and_delivery_goes_on_behind_it(self):
        self.with_backlog(200, 1000)
        daemon = self.restart_to_make_a_table()
        table = self.file("*.sst")
        data = bytearray(table.read_bytes())
        self.assertGreater(len(data), 200_000)
        data[100_000] ^= 0x10
        table.write_bytes(data)
        checked = self.pintle("check")
        self.assertEqual(checked.returncode, 1)
        self.assertIn(table.name, checked.stdout)
        self.sandbox.faults(fail_rate=0)
        daemon = self.restart()
        wait_until(lambda: daemon.destination()["backlog_events"] == 0, "nothing waits")
        lost = self.lost(daemon)
        self.assertIn(lost, range(1, 40))
        self.await_all_but(daemon, lost)

    def restart_to_make_a_table(self):
        """Opening the journal writes the content of the write-ahead log to a table."""
        self.sandbox.faults(fail_rate=1)
        daemon = self.restart()
        daemon.kill()
        return daemon

    def test_nothing_is_answered_200_once_the_directory_is_gone(self):
        self.sandbox, daemon = self.start_both()
        self.accept(daemon, 1)
        shutil.rmtree(self.journal)
        wait_until(lambda: daemon.admin("/ready").status == 503, "it is not ready")
        self.assertIn("removed", daemon.admin("/ready").json()["message"])
        for _ in range(5):
            self.assertEqual(daemon.send("/v1/track", track("late")).status, 503)
        wait_until(lambda: "journal_failed" in daemon.output(), "the log says so")
        self.assertFalse(self.journal.exists())

    def test_what_the_journal_makes_is_for_its_owner_alone(self):
        before = os.umask(0)
        try:
            _, daemon = self.start_both()
            self.accept(daemon, 1)
        finally:
            os.umask(before)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in [self.journal, *self.journal.iterdir()]}
        self.assertEqual({name: oct(mode) for name, mode in modes.items() if mode & 0o077}, {})
        daemon.stop()
        self.journal.chmod(0o755)
        daemon = self.start_daemon(self.config("https://127.0.0.1:1"))
        self.assertIn("journal_directory_not_private", daemon.output())


if __name__ == "__main__":
    main()
