"""The daemon's lives: when it is killed, and how long it takes to be back."""

import random
import time

from harness import Daemon

LOOK = 0.002  # seconds between two looks at whether it is ready
EARLY = 0.15  # share of kills that hit a daemon which is just starting


class Kill:
    """`delay` seconds after the start where it is `early`, else after `progress` (0 to 1) was reached."""

    def __init__(self, chance, progress):
        self.early = chance.random() < EARLY
        self.progress = progress
        self.delay = chance.uniform(0, 0.3) if self.early else min(chance.expovariate(1 / 0.15), 1)


def kills(seed, count):
    chance = random.Random(f"{seed}/kills")
    return [Kill(chance, progress) for progress in sorted(chance.uniform(0.01, 0.97) for _ in range(count))]


class Killer:
    """Starts the daemon and starts it again. `progress` says how far the work is, `look` raises what has gone wrong."""

    def __init__(self, config, folder, lives, traffic, progress, look):
        self.config = config
        self.folder = folder
        self.lives = lives
        self.traffic = traffic
        self.progress = progress
        self.look = look
        self.daemon = None
        self.started = 0
        self.ready_after = []  # seconds, of the lives that got so far
        self.count = 0

    def start(self):
        self.started = time.monotonic()
        self.lives.start(time.time())
        log = self.folder / f"pintle-{len(self.lives.starts) - 1}.log"
        self.daemon = Daemon(self.config, log, wait=False)

    def await_ready(self):
        self.daemon.await_ready(LOOK)
        self.ready_after.append(time.monotonic() - self.started)
        self.traffic.port = self.daemon.port

    def kill(self, kill):
        """And starts it again; it is not ready when this returns."""
        if kill.early:
            time.sleep(max(0, self.started + kill.delay - time.monotonic()))
        else:
            self.await_ready()
            while self.progress() < kill.progress:
                self.look()
                time.sleep(LOOK)
            time.sleep(kill.delay)
        self.traffic.port = None
        if not self.daemon.running():
            raise AssertionError(f"died by itself, exit {self.daemon.child.returncode}:\n{self.daemon.output()[-3000:]}")
        self.daemon.kill()
        self.daemon.clean_up()
        self.count += 1
        self.start()
