"""The export to an OpenTelemetry collector: what it gets is OTLP, and a collector that fails costs nothing."""

import json
import re
import subprocess
import time

from harness import (PATIENCE, PINTLE, WRITE_KEY, EndToEnd, Metrics, basic, environment, free_port, main,
                     wait_until)
from peers import OK, Authority, Peer, answers, hangs, works

INTERVAL = 1  # second, the shortest that is allowed
BUSY = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n"
PARTIAL = json.dumps({"partialSuccess": {"rejectedDataPoints": "2", "errorMessage": "too many labels"}}).encode()


def pattern(regular_expression):
    return lambda value: isinstance(value, str) and re.fullmatch(regular_expression, value)


def one_of(*values):
    return lambda value: value in values and type(value) in map(type, values)


def number(value):
    return type(value) in (int, float)


TEXT = pattern(r"(?s).*")
INT64 = pattern(r"0|[1-9]\d{0,18}")
ATTRIBUTES = [{"key": pattern(r".+"), "value": {"stringValue?": TEXT, "intValue?": INT64}}]
SCOPE = {"name": TEXT, "version": TEXT}
POINT = {"attributes": ATTRIBUTES, "timeUnixNano": INT64}
METRICS = {"resourceMetrics": [{
    "resource": {"attributes": ATTRIBUTES},
    "scopeMetrics": [{"scope": SCOPE, "metrics": [{
        "name": pattern(r"[a-z_]+"), "description": TEXT, "unit?": one_of("s", "By"),
        "sum?": {"aggregationTemporality": one_of(2), "isMonotonic": one_of(True),
                 "dataPoints": [POINT | {"startTimeUnixNano": INT64, "asDouble": number}]},
        "gauge?": {"dataPoints": [POINT | {"asDouble": number}]},
        "histogram?": {"aggregationTemporality": one_of(2),
                       "dataPoints": [POINT | {"startTimeUnixNano": INT64, "count": INT64, "sum": number,
                                               "bucketCounts": [INT64], "explicitBounds": [number]}]},
    }]}],
}]}

TRACES = {"resourceSpans": [{
    "resource": {"attributes": ATTRIBUTES},
    "scopeSpans": [{"scope": SCOPE, "spans": [{
        "traceId": pattern(r"[0-9a-f]{32}"), "spanId": pattern(r"[0-9a-f]{16}"), "parentSpanId?": pattern(r"[0-9a-f]{16}"),
        "name": one_of("accept", "commit", "deliver"), "kind": one_of(1, 2, 3), "startTimeUnixNano": INT64,
        "endTimeUnixNano": INT64, "attributes": ATTRIBUTES, "status?": {"code": one_of(2), "message": TEXT},
    }]}],
}]}


def mismatch(value, shape, where="the request"):
    """Where `value` differs from `shape`; None: it does not. A key that the shape lacks is a mismatch."""
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return f"{where} is no object"
        known = {name.rstrip("?"): inner for name, inner in shape.items()}
        if more := set(value) - set(known):
            return f"{where} has {more}"
        if less := {name for name in shape if not name.endswith("?")} - set(value):
            return f"{where} lacks {less}"
        inner = (mismatch(part, known[name], f"{where}.{name}") for name, part in value.items())
    elif isinstance(shape, list):
        if not isinstance(value, list):
            return f"{where} is no list"
        inner = (mismatch(part, shape[0], f"{where}[{i}]") for i, part in enumerate(value))
    else:
        return None if shape(value) else f"{where} is {value!r}"
    return next(filter(None, inner), None)


def labels(attributes):
    return frozenset((attribute["key"], attribute["value"]["stringValue"]) for attribute in attributes)


class Telemetry(EndToEnd):
    def collector(self, behave=works, tls=None):
        peer = Peer(behave, tls)
        self.addCleanup(peer.close)
        return peer

    def start(self, url, **otlp):
        self.sandbox = self.start_sandbox()
        config = self.config(self.sandbox.url)
        config["telemetry"] = {"otlp": {"endpoint": url, "interval": f"{INTERVAL}s"} | otlp}
        self.daemon = self.start_daemon(config)
        return self.daemon

    def send(self, headers=None, **event):
        body = {"userId": "ada", "event": "Order Completed"} | event
        self.assertEqual(self.daemon.send("/v1/track", body, headers).status, 200)

    def batches(self, signal, outcome):
        return self.daemon.metrics().value("pintle_telemetry_batches_total", signal=signal, outcome=outcome)

    def status_text(self):
        return subprocess.run([PINTLE, "status", "--admin", f"http://127.0.0.1:{self.daemon.admin_port}"],
                              capture_output=True, text=True, timeout=PATIENCE, env=environment()).stdout

    def documents(self, collector, path, shape):
        found = [json.loads(request.body) for request in collector.requests if request.path == path]
        for document in found:
            self.assertIsNone(mismatch(document, shape))
        return found

    def failures(self, signal="metrics"):
        return re.findall(rf"telemetry_export_failed signal={signal} .*", self.daemon.output())


class MetricsExport(Telemetry):
    def families(self, collector):
        """The metrics of the last request, by name."""
        last = self.documents(collector, "/v1/metrics", METRICS)[-1]["resourceMetrics"][0]
        return {metric["name"]: metric for metric in last["scopeMetrics"][0]["metrics"]}

    def test_the_collector_gets_what_prometheus_gets(self):
        collector = self.collector()
        self.start(f"http://127.0.0.1:{collector.port}/otlp")
        self.assertNotIn("telemetry", self.status_text())
        self.send()
        self.sandbox.await_taken(1)
        wait_until(lambda: self.daemon.destination()["backlog_events"] == 0, "the delivery")
        count = len(collector.requests)
        wait_until(lambda: len(collector.requests) >= count + 2, "an export after that")
        for request in collector.requests:
            self.assertIn(request.path, ("/otlp/v1/metrics", "/otlp/v1/traces"))
            request.path = request.path.removeprefix("/otlp")
            self.assertEqual(request.headers["content-type"], "application/json")
            self.assertNotIn("authorization", request.headers)

        exported = self.families(collector)
        text = self.daemon.metrics().text
        types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
        kinds = {"counter": "sum", "gauge": "gauge", "histogram": "histogram"}
        sampled = {name.removesuffix("_count") for name in Metrics(text).names()}  # OTLP has no metric without a sample
        self.assertEqual({name: kinds[kind] for name, kind in types.items() if name in sampled},
                         {name: next(kind for kind in kinds.values() if kind in metric) for name, metric in exported.items()})
        now = Metrics(text)
        changing = re.compile(r"process_|pintle_(journal|telemetry|connections|backlog_oldest)")
        compared = 0
        for name, metric in exported.items():
            if changing.match(name):
                continue
            for point in (metric.get("sum") or metric.get("gauge") or metric["histogram"])["dataPoints"]:
                key = f"{name}_count" if "histogram" in metric else name
                value = int(point["count"]) if "histogram" in metric else point["asDouble"]
                self.assertEqual(now.samples[key, labels(point["attributes"])], value, name)
                compared += 1
        self.assertGreater(compared, 50)

    def test_a_histogram_counts_each_value_once(self):
        collector = self.collector()
        self.start(f"http://127.0.0.1:{collector.port}")
        for _ in range(3):
            self.send()
        count = len(collector.requests)
        wait_until(lambda: len(collector.requests) >= count + 2, "an export after that")
        point, = self.families(collector)["pintle_ingest_request_duration_seconds"]["histogram"]["dataPoints"]
        self.assertEqual(int(point["count"]), 3)
        self.assertEqual(sum(map(int, point["bucketCounts"])), 3)
        self.assertEqual(len(point["bucketCounts"]), len(point["explicitBounds"]) + 1)
        self.assertEqual(point["explicitBounds"], sorted(point["explicitBounds"]))
        self.assertAlmostEqual(int(point["timeUnixNano"]) / 1e9, time.time(), delta=60)
        self.assertLess(int(point["startTimeUnixNano"]), int(point["timeUnixNano"]))

    def test_headers_are_sent_over_tls_and_never_shown(self):
        authority = Authority(self.folder / "authority")
        collector = self.collector(tls=authority.certificate())
        secret = self.folder / "header"
        secret.write_text("Authorization: Bearer hidden\n")
        self.start(f"https://127.0.0.1:{collector.port}", ca_file=authority.ca_file,
                   headers=[{"file": str(secret)}, "X-Scope-OrgID: also-hidden"])
        wait_until(lambda: collector.requests, "an export")
        request = collector.requests[0]
        self.assertTrue(request.encrypted)
        self.assertEqual((request.headers["authorization"], request.headers["x-scope-orgid"]), ("Bearer hidden", "also-hidden"))
        shown = self.daemon.admin("/api/config").text
        self.assertIn('"telemetry"', shown)
        self.assertNotIn("hidden", shown + self.daemon.output())

    def test_a_reload_reads_the_headers_and_their_files_again(self):
        collector = self.collector()
        secret = self.folder / "header"
        secret.write_text("Authorization: Bearer before\n")
        self.start(f"http://127.0.0.1:{collector.port}", headers=[{"file": str(secret)}])
        wait_until(lambda: collector.requests, "an export")
        self.assertEqual(collector.requests[0].headers["authorization"], "Bearer before")
        secret.write_text("Authorization: Bearer after\n")
        reloaded = self.daemon.admin("/api/reload", "POST").json()
        self.assertEqual((reloaded["changed"], reloaded["kept"]), (["telemetry.otlp.headers"], []))
        count = len(collector.requests)
        # One may have been in flight.
        wait_until(lambda: len(collector.requests) >= count + 2, "an export after that")
        self.assertEqual(collector.requests[-1].headers["authorization"], "Bearer after")
        self.assertNotIn("Bearer", self.daemon.output())

    def test_a_collector_whose_certificate_is_not_valid_gets_nothing(self):
        authority = Authority(self.folder / "authority")
        collector = self.collector(tls=authority.certificate())
        self.start(f"https://127.0.0.1:{collector.port}", headers=["Authorization: Bearer hidden"])
        wait_until(self.failures, "the failure")
        self.assertIn("certificate verify failed", self.failures()[0])
        self.assertEqual(collector.requests, [])

    def test_the_last_metrics_are_exported_when_the_daemon_stops(self):
        collector = self.collector()
        self.start(f"http://127.0.0.1:{collector.port}", interval="1h", sampling=0)
        self.send()
        self.sandbox.await_taken(1)
        self.assertEqual(self.daemon.stop(), 0)
        self.assertEqual([request.path for request in collector.requests], ["/v1/metrics"])
        point, = self.families(collector)["pintle_events_delivered_total"]["sum"]["dataPoints"]
        self.assertEqual(point["asDouble"], 1)

    def test_a_collector_that_is_down_costs_one_log_line(self):
        self.start(f"http://127.0.0.1:{free_port()}")
        wait_until(lambda: self.batches("metrics", "dropped") >= 2, "two batches that are dropped")
        self.assertEqual(len(self.failures()), 1, self.daemon.output())
        self.assertIn("connection refused", self.failures()[0].lower())
        self.assertGreaterEqual(self.daemon.status()["telemetry"]["batches"]["metrics"]["dropped"], 2)
        self.assertRegex(self.status_text(), r"(?m)^warning: telemetry dropped since then: \d+ batches of metrics$")
        self.send()
        self.sandbox.await_taken(1)
        self.assertEqual(self.daemon.stop(), 0)

    def test_a_collector_that_does_not_respond_does_not_keep_the_daemon_from_stopping(self):
        collector = self.collector(hangs)
        self.start(f"http://127.0.0.1:{collector.port}")
        wait_until(lambda: collector.connections, "a connection")
        self.assertEqual(self.daemon.stop(), 0)

    def test_a_batch_that_the_collector_does_not_want_now_is_dropped_and_counted(self):
        collector = self.collector(answers(BUSY))
        self.start(f"http://127.0.0.1:{collector.port}")
        wait_until(lambda: self.batches("metrics", "dropped"), "the drop")
        self.assertIn("503", self.failures()[0])
        collector.behave = works
        collector.hang_up()
        wait_until(lambda: self.batches("metrics", "exported"), "an export")
        self.assertIn("telemetry_export_recovered signal=metrics", self.daemon.output())

    def test_what_the_collector_leaves_out_is_logged(self):
        collector = self.collector(answers(OK.replace(b"2\r\n\r\n{}", b"%d\r\n\r\n" % len(PARTIAL) + PARTIAL)))
        self.start(f"http://127.0.0.1:{collector.port}")
        wait_until(self.failures, "the warning")
        self.assertIn("the collector rejected 2 of the batch: too many labels", self.failures()[0])
        wait_until(lambda: self.batches("metrics", "exported"), "that it counts as exported")


TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SAMPLED = {"Authorization": basic(WRITE_KEY), "traceparent": f"00-{TRACE}-{PARENT}-01"}
NOT_SAMPLED = {"Authorization": basic(WRITE_KEY), "traceparent": f"00-{TRACE}-{PARENT}-00"}


def attributes_of(span):
    return {each["key"]: next(iter(each["value"].values())) for each in span["attributes"]}


class TracesExport(Telemetry):
    def trace(self, **otlp):
        self.peer = self.collector()
        self.start(f"http://127.0.0.1:{self.peer.port}", **otlp)

    def spans(self):
        return [span for document in self.documents(self.peer, "/v1/traces", TRACES)
                for span in document["resourceSpans"][0]["scopeSpans"][0]["spans"]]

    def await_spans(self, count):
        wait_until(lambda: len(self.spans()) >= count, f"{count} spans")
        return sorted(self.spans(), key=lambda span: ("accept", "commit", "deliver").index(span["name"]))

    def nothing_more(self):
        """Two exports of the metrics later all spans of before have arrived."""
        count = sum(request.path == "/v1/metrics" for request in self.peer.requests)
        wait_until(lambda: sum(request.path == "/v1/metrics" for request in self.peer.requests) >= count + 2, "exports")

    def test_an_event_continues_the_trace_of_its_sender(self):
        self.trace(sampling=0)
        self.send(SAMPLED, userId="a-person", messageId="a-message")
        accept, commit, deliver = self.await_spans(3)
        self.assertEqual({span["traceId"] for span in (accept, commit, deliver)}, {TRACE})
        self.assertEqual(accept["parentSpanId"], PARENT)
        self.assertEqual((commit["parentSpanId"], deliver["parentSpanId"]), (accept["spanId"], accept["spanId"]))
        self.assertEqual(len({accept["spanId"], commit["spanId"], deliver["spanId"]}), 3)
        self.assertEqual((accept["kind"], commit["kind"], deliver["kind"]), (2, 1, 3))
        self.assertEqual(attributes_of(accept), {"http.request.method": "POST", "url.path": "/v1/track",
                                                 "http.response.status_code": "200", "pintle.source": "web"})
        self.assertEqual(attributes_of(commit)["messaging.destination.name"], "customerio")
        self.assertEqual(attributes_of(deliver), {
            "http.request.method": "POST", "server.address": "127.0.0.1", "server.port": str(self.sandbox.port),
            "http.response.status_code": "200", "messaging.destination.name": "customerio"})
        for span in (accept, commit, deliver):
            self.assertLessEqual(int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"]))
            self.assertNotIn("status", span)
        self.assertEqual(accept["endTimeUnixNano"], commit["startTimeUnixNano"])
        for name in (b"a-person", b"a-message"):
            self.assertFalse(any(name in request.body for request in self.peer.requests))

    def test_a_rejected_request_has_a_span_with_the_reason(self):
        self.trace(sampling=0)
        self.assertEqual(self.daemon.send("/v1/track", {"userId": "a-person"}, SAMPLED).status, 400)
        accept, = self.await_spans(1)
        self.assertEqual((accept["name"], accept["traceId"], accept["parentSpanId"]), ("accept", TRACE, PARENT))
        self.assertEqual(accept["status"]["code"], 2)
        attributes = attributes_of(accept)
        self.assertEqual(attributes["http.response.status_code"], "400")
        self.assertEqual(attributes["error.type"], "event_name_missing")

    def test_each_event_of_a_batch_has_its_spans_below_the_parent(self):
        self.trace(sampling=0)
        batch = [{"type": "track", "userId": f"u{i}", "event": "e"} for i in range(5)]
        self.assertEqual(self.daemon.send("/v1/batch", {"batch": batch}, SAMPLED).status, 200)
        spans = self.await_spans(15)
        accepts = [span for span in spans if span["name"] == "accept"]
        self.assertEqual({span["parentSpanId"] for span in accepts}, {PARENT})
        self.assertEqual(len({span["spanId"] for span in accepts}), 5)
        self.assertEqual({span["parentSpanId"] for span in spans if span["name"] == "deliver"},
                         {span["spanId"] for span in accepts})

    def test_without_a_parent_the_share_that_is_configured_is_traced(self):
        self.trace(sampling=1)
        for _ in range(3):
            self.send()
        self.assertEqual(len({span["traceId"] for span in self.await_spans(9)}), 3)

    def test_what_is_not_sampled_is_not_traced(self):
        self.trace(sampling=0)
        self.send()
        self.send(NOT_SAMPLED)
        self.send({"Authorization": basic(WRITE_KEY), "traceparent": "00-nonsense"})
        self.sandbox.await_taken(3)
        self.nothing_more()
        self.assertEqual(self.spans(), [])

    def test_each_attempt_is_a_span_and_a_dead_letter_ends_the_trace(self):
        self.trace(sampling=0)
        self.sandbox.faults(fail_rate=1, fail_status=503)
        self.send(SAMPLED)
        wait_until(lambda: self.daemon.destination()["retries"] >= 2, "some retries")
        self.sandbox.faults(fail_status=400)
        wait_until(self.daemon.dead_letters, "the dead letter")
        requests = len(self.sandbox.requests())
        delivers = [span for span in self.await_spans(2 + requests) if span["name"] == "deliver"]
        self.assertEqual(len(delivers), requests)
        delivers.sort(key=lambda span: int(span["startTimeUnixNano"]))
        for number, span in enumerate(delivers):
            self.assertEqual(attributes_of(span).get("http.request.resend_count", "0"), str(number))
        self.assertEqual(attributes_of(delivers[0])["error.type"], "server_error_503")
        self.assertEqual(attributes_of(delivers[-1])["error.type"], "rejected_400")
        self.assertEqual(delivers[-1]["status"]["code"], 2)

    def test_spans_wait_for_a_collector_that_is_down_for_a_moment(self):
        self.trace(sampling=0)
        self.peer.behave = answers(BUSY.replace(b"3600", b"0"))
        self.peer.hang_up()
        self.send(SAMPLED)
        wait_until(lambda: self.failures("traces"), "a failure")
        self.peer.behave = works
        self.peer.hang_up()
        wait_until(lambda: self.batches("traces", "exported"), "the export")
        self.assertEqual(len({span["spanId"] for span in self.spans()}), 3)
        self.assertEqual(self.batches("traces", "dropped"), 0)


if __name__ == "__main__":
    main()
