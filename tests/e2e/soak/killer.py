"""Kills and restarts the daemon, and measures how long it takes to be ready again."""

import random
import time

from harness import Daemon

CHECK_INTERVAL = 0.002  # seconds between two checks of readiness
EARLY = 0.15  # share of kills during the start


class Kill:
    """A kill `delay` seconds after the start if it is `early`, else after `progress` (0 to 1) is reached."""

    def __init__(self, chance, progress):
        self.early = chance.random() < EARLY
        self.progress = progress
        self.delay = chance.uniform(0, 0.3) if self.early else min(chance.expovariate(1 / 0.15), 1)


def kills(seed, count):
    chance = random.Random(f"{seed}/kills")
    return [Kill(chance, progress) for progress in sorted(chance.uniform(0.01, 0.97) for _ in range(count))]


class Killer:
    """Starts and restarts the daemon. `progress` returns the progress of the soak; `check` raises the errors of threads."""

    def __init__(self, config, folder, lives, traffic, progress, check):
        self.config = config
        self.folder = folder
        self.lives = lives
        self.traffic = traffic
        self.progress = progress
        self.check = check
        self.daemon = None
        self.started = 0
        self.ready_after = []  # seconds, for the lives that became ready
        self.count = 0

    def start(self):
        self.started = time.monotonic()
        self.lives.start(time.time())
        log = self.folder / f"pintle-{len(self.lives.starts) - 1}.log"
        self.daemon = Daemon(self.config, log, wait=False)

    def await_ready(self):
        self.daemon.await_ready(CHECK_INTERVAL)
        self.ready_after.append(time.monotonic() - self.started)
        self.traffic.ports = frozenset((self.daemon.port,))

    def kill(self, kill):
        """Kills and restarts the daemon, without waiting until it is ready."""
        if kill.early:
            time.sleep(max(0, self.started + kill.delay - time.monotonic()))
        else:
            self.await_ready()
            while self.progress() < kill.progress:
                self.check()
                time.sleep(CHECK_INTERVAL)
            time.sleep(kill.delay)
        self.traffic.ports = frozenset()
        if not self.daemon.running():
            raise AssertionError(f"ended by itself, exit {self.daemon.child.returncode}:\n{self.daemon.output()[-3000:]}")
        self.daemon.kill()
        self.daemon.clean_up()
        self.count += 1
        self.start()
