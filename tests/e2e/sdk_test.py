"""The Node SDKs of RudderStack and Segment send directly to the daemon. `npm ci` in tests/e2e/sdk installs them."""

import subprocess
from pathlib import Path

from harness import PATIENCE, WRITE_KEY, EndToEnd, epoch, facts, main

SDK = Path(__file__).parent / "sdk"
SECONDS = epoch("2024-01-02T03:04:05")


class Sdk(EndToEnd):
    def setUp(self):
        super().setUp()
        self.assertTrue((SDK / "node_modules").exists(), f"the SDKs are missing: npm ci --ignore-scripts in {SDK}")

    def check(self, name):
        sandbox, daemon = self.start_both()
        done = subprocess.run(["node", str(SDK / "send.mjs"), name, f"http://127.0.0.1:{daemon.port}", WRITE_KEY],
                              capture_output=True, text=True, timeout=2 * PATIENCE)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        requests = sandbox.await_taken(6)
        ids = [request["body"].pop("id") for request in requests if request["path"].endswith("/events")]
        self.assertEqual(len(set(ids)), 3)
        events = "/api/v1/customers/u/events"
        self.assertEqual([facts(request) for request in requests], [
            ("PUT", "/api/v1/customers/u",
             {"email": "a@example.com", "plan": "pro", "created_at": SECONDS, "_timestamp": SECONDS,
              "anonymous_id": "a"}),
            ("POST", events, {"name": "Order Completed", "type": "event",
                              "data": {"total": 25.5, "items": ["socks"]}, "timestamp": SECONDS}),
            ("POST", events, {"name": "Home", "type": "page", "data": {"url": "https://example.com/"},
                              "timestamp": SECONDS}),
            ("POST", events, {"name": "Viewed Main Screen", "type": "event", "data": {"tab": 1},
                              "timestamp": SECONDS}),
            ("POST", "/api/v2/batch",
             {"batch": [{"type": "object", "action": "identify",
                         "identifiers": {"object_id": "g", "object_type_id": "1"}, "attributes": {"name": "Initech"},
                         "cio_relationships": [{"identifiers": {"id": "u"}}]}]}),
            ("POST", "/api/v1/merge_customers", {"primary": {"id": "u"}, "secondary": {"id": "old"}}),
        ])
        self.assertEqual(daemon.dead_letters(), [])

    def test_every_call_of_rudderstacks_node_sdk_arrives(self):
        self.check("rudderstack")

    def test_every_call_of_segments_node_sdk_arrives(self):
        self.check("segment")


if __name__ == "__main__":
    main()
