"""RudderStack's and Segment's browser SDKs in a real browser, on a page of another origin, send directly to the daemon.
The SDKs and the driver of the browser come from npm (tests/e2e/sdk). No request leaves this host."""

import json
import re
import shutil
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path
from urllib.parse import urlsplit

from browser import SDK, find_chromium
from harness import PATIENCE, WRITE_KEY, Daemon, Sandbox, config, free_port, main, wait_until

CASES = ["rudderstack", "rudderstack-beacon", "segment", "segment-batch"]
# Hosts that Chromium contacts by itself. A proxy ends all requests to other hosts.
VENDOR = re.compile(r"^(https?://)?([a-z0-9-]+\.)*(google|googleapis|gvt1)\.com(:443)?(/|$)")
EVENTS = ["identify", "Order Completed", "Home", "group"]


def name(request):
    """The event of EVENTS that became this request."""
    body = request["body"]
    return body.get("name", "group" if "batch" in body else "identify")


def user(request):
    """The case of a request; the users of the pages are named after the cases."""
    if "batch" in request["body"]:
        return request["body"]["batch"][0]["cio_relationships"][0]["identifiers"]["id"]
    return request["path"].split("/")[4]


class Browser(unittest.TestCase):
    """One browser visits all pages; the tests check the results."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        chromium = find_chromium()
        cls.folder = Path(tempfile.mkdtemp(prefix="pintle-e2e-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.sandbox = Sandbox(cls.folder)
        cls.addClassCleanup(cls.sandbox.clean_up)
        port = free_port()
        cls.page = f"http://127.0.0.1:{port}"
        settings = config(cls.folder, cls.sandbox.url)
        settings["ingest"]["cors_origins"] = [cls.page]
        (cls.folder / "pintle.yaml").write_text(json.dumps(settings))
        cls.daemon = Daemon(cls.folder / "pintle.yaml", cls.folder / "pintle.log")
        cls.addClassCleanup(cls.daemon.clean_up)
        cls.began = int(time.time())
        cls.browse(chromium, port)
        cls.ended = time.time()

    @classmethod
    def browse(cls, chromium, port):
        """Waits until all events have arrived; those of a page that is left arrive later."""
        with open(cls.folder / "browser.log", "w+") as errors:
            node = subprocess.Popen(["node", SDK / "browse.mjs", chromium, str(port),
                                     f"http://127.0.0.1:{cls.daemon.port}", WRITE_KEY],
                                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True)
            watchdog = threading.Timer(3 * PATIENCE, node.kill)
            watchdog.start()
            try:
                line = node.stdout.readline()
                if not line:
                    errors.seek(0)
                    raise AssertionError(f"the browser failed: {errors.read()}")
                cls.browser = json.loads(line)
                count = len(CASES) * len(EVENTS)
                try:
                    wait_until(lambda: len(cls.sandbox.taken()) >= count, f"{count} requests")
                except AssertionError as error:
                    raise AssertionError(f"{error}; {cls.browser}\n{cls.sandbox.taken()}") from None
                node.stdin.close()
                node.wait(PATIENCE)
            finally:
                watchdog.cancel()
                node.kill()
                node.wait()
                node.stdout.close()

    def arrived(self, case):
        """The requests from this page, by event."""
        self.assertEqual(self.browser["pages"][case], [], "the page complained")
        requests = [request for request in self.sandbox.taken() if user(request) == case]
        self.assertEqual(sorted(map(name, requests)), sorted(EVENTS))
        return {name(request): request for request in requests}

    def pop_time(self, body, key):
        self.assertTrue(self.began <= body.pop(key) <= self.ended, key)

    def check(self, case):
        """Each event is mapped. The properties that the SDK adds to a page's own are present too."""
        requests = self.arrived(case)
        self.assertEqual({event: (request["method"], request["path"]) for event, request in requests.items()}, {
            "identify": ("PUT", f"/api/v1/customers/{case}"),
            "Order Completed": ("POST", f"/api/v1/customers/{case}/events"),
            "Home": ("POST", f"/api/v1/customers/{case}/events"),
            "group": ("POST", "/api/v2/batch"),
        })
        identify, track, page, group = (requests[event]["body"] for event in EVENTS)
        self.pop_time(identify, "created_at")
        self.pop_time(identify, "_timestamp")
        self.assertEqual(identify, {"email": "a@example.com", "plan": "pro", "anonymous_id": f"{case}-anonymous"})
        self.assertNotEqual(track.pop("id"), page.pop("id"))
        self.pop_time(track, "timestamp")
        self.assertEqual(track, {"name": "Order Completed", "type": "event",
                                 "data": {"total": 25.5, "items": ["socks"]}})
        self.pop_time(page, "timestamp")
        properties = page.pop("data")
        self.assertEqual(page, {"name": "Home", "type": "page"})
        self.assertEqual({key: properties.get(key) for key in ["section", "path", "title", "search", "url"]},
                         {"section": "shop", "path": "/shop", "title": "A shop", "search": "?from=news",
                          "url": f"{self.page}/shop?from=news"})
        self.assertEqual(group, {"batch": [{
            "type": "object", "action": "identify", "identifiers": {"object_id": "g", "object_type_id": "1"},
            "attributes": {"name": "Initech"}, "cio_relationships": [{"identifiers": {"id": case}}]}]})

    def check_order(self, case):
        requests = [request for request in self.sandbox.taken() if user(request) == case]
        self.assertEqual([name(request) for request in requests], EVENTS)

    def test_every_call_of_rudderstacks_sdk_arrives(self):
        self.check("rudderstack")

    def test_what_rudderstacks_sdk_sends_by_beacon_as_the_page_is_left_arrives(self):
        self.check("rudderstack-beacon")
        self.check_order("rudderstack-beacon")
        self.assertEqual(urlsplit(self.browser["beacons"]["rudderstack-beacon"]).path, "/beacon/v1/batch")

    def test_every_call_of_segments_sdk_arrives(self):
        self.check("segment")

    def test_what_segments_sdk_sends_as_the_page_is_left_arrives(self):
        self.check("segment-batch")
        self.check_order("segment-batch")

    def test_a_page_of_an_origin_that_is_not_allowed_gets_no_answer(self):
        self.assertEqual(self.browser["pages"]["foreign"], ["net::ERR_FAILED"])

    def test_nothing_is_a_dead_letter(self):
        self.assertEqual(self.daemon.dead_letters(), [])

    def test_the_pages_ask_nobody_but_their_own_site_and_the_daemon(self):
        asked = {urlsplit(url).netloc for url in self.browser["asked"]}
        port = urlsplit(self.page).port
        self.assertEqual(asked, {f"127.0.0.1:{port}", f"localhost:{port}", f"127.0.0.1:{self.daemon.port}"})
        self.assertEqual([each for each in self.browser["strangers"] if not VENDOR.search(each)], [])


if __name__ == "__main__":
    main()
