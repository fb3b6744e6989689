"""Takes screenshots of the operator's page with a busy daemon: light, dark, and on a phone.
usage: page_screenshots.py FOLDER"""

import json
import random
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

from browser import Browser
from harness import Daemon, Sandbox, config, wait_until

LOOKS = {
    "light": {"colorScheme": "light", "viewport": {"width": 1360, "height": 860}},
    "dark": {"colorScheme": "dark", "viewport": {"width": 1360, "height": 860}},
    "phone": {"colorScheme": "light", "viewport": {"width": 360, "height": 740}, "deviceScaleFactor": 2},
}
WATCHED = 40  # seconds of figures in the charts
USERS = ["ada", "grace@example.com", "user-10293", "d3b07384-d9a0"]
NAMES = ["Order Completed", "Signed In", "Product Viewed", "Cart Updated"]


def some_event(chance):
    user = chance.choice(USERS)
    kind = chance.choices(["track", "identify", "page", "bad"], [12, 2, 2, 1])[0]
    if kind == "identify":
        return {"type": "identify", "userId": user, "traits": {"plan": "pro"}}
    if kind == "page":
        return {"type": "page", "userId": user, "name": "Pricing", "properties": {"url": "https://example.com/pricing"}}
    if kind == "bad":
        return {"type": "track", "userId": user}
    return {"type": "track", "userId": user, "event": chance.choice(NAMES), "properties": {"order": 1815, "total": 49.9}}


class Traffic:
    """Sends events of many people, some of them invalid, until it is stopped."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        chance = random.Random(1)
        while not self.over.wait(0.1):
            self.daemon.send("/v1/batch", {"batch": [some_event(chance) for _ in range(chance.randint(1, 12))]})
            if chance.random() < 0.1:
                self.daemon.send("/v1/track", {"event": "Nobody's"})

    def stop(self):
        self.over.set()
        self.thread.join()


def take(page, url, folder, look):
    def shot(name, **options):
        page.screenshot(folder / f"{look}-{name}.png", **options)

    page.open(url, reducedMotion="reduce", **LOOKS[look])
    page.css(".figures").await_count(1)
    if look == "light":
        time.sleep(WATCHED)
    wait_until(lambda: page.css(".figure").nth(0).text().count("–") == 0, "the first rates")
    shot("overview", fullPage=True)
    page.role("link", "Events").click()
    page.css(".events [role=option]").having("retried").nth(0).click()
    page.css(".steps").await_text("accepted", "retried")
    shot("event")
    page.role("button", "Close").click()
    page.evaluate("scrollTo(0, 0)")
    shot("events")
    page.role("link", "Dead letters").click()
    page.css("summary").nth(0).click()
    shot("letters")
    page.css(".list.letters button").nth(0).click()
    shot("letter")
    page.key("Escape")
    page.role("button", "Purge these").click()
    shot("confirmation")
    page.key("Escape")
    page.role("link", "Try it").click()
    page.css(".pane").await_count(1)
    shot("try")
    page.role("link", "Settings").click()
    page.css(".yaml").await_count(1)
    shot("settings")


def take_paused(page, daemon, url, folder):
    assert daemon.admin("/api/destinations/customerio/pause?message=Maintenance", "POST").status == 200
    page.open(url, reducedMotion="reduce", **LOOKS["light"])
    page.role("link", "see it").await_count(1)
    time.sleep(WATCHED / 8)
    page.screenshot(folder / "light-paused.png")
    page.role("link", "see it").click()
    page.css(".list button").nth(0).click()
    page.css(".pane").await_count(3)
    page.screenshot(folder / "light-backlog.png")


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="pintle-screenshots-"))
    sandbox = Sandbox(work)
    sandbox.faults(fail_rate=0.05, fail_status=503)
    settings = work / "pintle.yaml"
    settings.write_text(json.dumps(config(work, sandbox.url, rate=1000)))
    daemon = Daemon(settings, work / "pintle.log")
    page = Browser(work / "browser.log")
    url = f"http://127.0.0.1:{daemon.admin_port}/"
    traffic = Traffic(daemon)
    try:
        for look in LOOKS:
            take(page, url, folder, look)
        take_paused(page, daemon, url, folder)
    finally:
        traffic.stop()
        page.quit()
        daemon.clean_up()
        sandbox.clean_up()
        shutil.rmtree(work, ignore_errors=True)
    print(f"{len(list(folder.glob('*.png')))} pictures in {folder}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
