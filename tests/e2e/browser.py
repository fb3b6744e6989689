"""A real browser, driven by Playwright's calls (tests/e2e/sdk/drive.mjs)."""

import json
import shutil
import subprocess
import threading
from pathlib import Path

from harness import PATIENCE, wait_until

SDK = Path(__file__).parent / "sdk"


def find_chromium():
    chromium = shutil.which("chromium")
    if not chromium or not (SDK / "node_modules/playwright-core").exists():
        raise AssertionError(f"missing: Debian's package chromium, or npm ci --ignore-scripts in {SDK}")
    return chromium


class Element:
    """Like Playwright's locator: each call searches for the element again, and an action waits for it."""

    def __init__(self, browser, on):
        self.browser = browser
        self.on = on

    def _inside(self, *step):
        return Element(self.browser, [*self.on, step])

    def role(self, role, name=None, **options):
        return self._inside("getByRole", role, options | ({} if name is None else {"name": name}))

    def label(self, text, exact=True):
        return self._inside("getByLabel", text, {"exact": exact})

    def css(self, selector):
        return self._inside("locator", selector)

    def having(self, text):
        return self._inside("filter", {"hasText": text})

    def nth(self, index):
        return self._inside("nth", index)

    def call(self, name, *args):
        return self.browser.order(name, args, self.on)

    def click(self):
        self.call("click")

    def fill(self, text):
        self.call("fill", text)

    def select(self, value):
        self.call("selectOption", value)

    def press(self, key):
        self.call("press", key)

    def text(self):
        """The text of the elements that exist now; "" if there is none."""
        return "\n".join(self.call("allInnerTexts"))

    def count(self):
        return self.call("count")

    def await_text(self, *parts):
        """Waits until it shows all of these."""
        wait_until(lambda: all(part in self.text() for part in parts), _Late(lambda: f"{parts} in {self.text()!r}"))

    def await_count(self, count):
        wait_until(lambda: self.count() == count, _Late(lambda: f"{count} of {self.on}, not {self.count()}"))


class _Late:
    """A text that is computed when it is needed."""

    def __init__(self, make):
        self.make = make

    def __str__(self):
        return self.make()


class Browser(Element):
    """One page at a time. As an Element it is that page."""

    def __init__(self, log):
        super().__init__(self, [])
        self.errors = open(log, "w+")
        self.child = subprocess.Popen(["node", SDK / "drive.mjs", find_chromium(), str(PATIENCE * 1000)],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True)

    def order(self, call, args=(), on=()):
        self.child.stdin.write(json.dumps({"call": call, "args": list(args), "on": list(on)}) + "\n")
        self.child.stdin.flush()
        watchdog = threading.Timer(3 * PATIENCE, self.child.kill)
        watchdog.start()
        line = self.child.stdout.readline()
        watchdog.cancel()
        if not line:
            self.errors.seek(0)
            raise AssertionError(f"the browser failed: {self.errors.read()}")
        answer = json.loads(line)
        if "error" in answer:
            raise AssertionError(f"{call} {list(args)} on {list(on)}: {answer['error']}")
        return answer["result"]

    def open(self, url, clock=False, **options):
        """Opens the page in a new browser context. With `clock`, clock.runFor advances the page's time."""
        self.order("open", [options])
        if clock:
            self.order("clock.install")
        self.go(url)

    def go(self, url):
        self.order("goto", [url])

    def key(self, key):
        self.order("keyboard.press", [key])

    def evaluate(self, expression):
        return self.order("evaluate", [expression])

    def heard(self):
        """The errors and the requested URLs of the page: {"complaints": [text], "asked": [URL]}."""
        return self.order("heard")

    def screenshot(self, path, **options):
        self.order("screenshot", [{"path": str(path)} | options])

    def quit(self):
        self.child.stdin.close()
        try:
            self.child.wait(PATIENCE)
        finally:
            self.child.kill()
            self.child.wait()
            self.child.stdout.close()
            self.errors.close()
