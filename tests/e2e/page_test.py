"""The operator's page in a real browser, with the real daemon and the sandbox."""

import itertools
import json
import re
import subprocess
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import urlsplit

from browser import Browser
from harness import API_KEY, PATIENCE, WRITE_KEY, EndToEnd, basic, free_port, main, wait_until

FAILED_REQUEST = re.compile(r"Failed to load resource: ")


def track(user, name="Signed In", **more):
    return {"type": "track", "userId": user, "event": name} | more


class PageTest(EndToEnd):
    """One browser for all tests; each test has a page in a browser context of its own."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="pintle-browser-")
        cls.addClassCleanup(folder.cleanup)
        cls.page = Browser(Path(folder.name) / "browser.log")
        cls.addClassCleanup(cls.page.quit)

    def open(self, daemon, view="overview", **options):
        """The page must log no error and send requests only to the daemon; see `check_manners`."""
        self.url = f"http://127.0.0.1:{daemon.admin_port}/"
        self.page.open(f"{self.url}#{view}", **options)
        self.main = self.page.css("main")
        self.health = self.page.css(".health")
        self.addCleanup(self.check_manners)

    def check_manners(self):
        heard = self.page.heard()
        self.assertEqual({urlsplit(url).netloc for url in heard["asked"] if not url.startswith("data:")},
                         {urlsplit(self.url).netloc})
        # The browser reports a failed request if a test makes the daemon reject it or stop.
        self.assertEqual([each for each in heard["complaints"] if not FAILED_REQUEST.match(each)], [])

    def view(self, name):
        self.page.role("link", name).click()

    def button(self, name, inside=None, **options):
        return (inside or self.page).role("button", name, **options)

    def dialog(self):
        return self.page.role("dialog")

    def send(self, daemon, *events):
        answer = daemon.send("/v1/batch", {"batch": list(events)})
        self.assertEqual(answer.status, 200, answer)

    def rows(self):
        """Rows of the list of events."""
        return self.page.css(".events [role=option]")

    def active(self):
        """The id of the focused element, or its text."""
        return self.page.evaluate("document.activeElement.id || document.activeElement.innerText")


class Overview(PageTest):
    def test_it_shows_health_and_each_destinations_figures(self):
        _, daemon = self.start_both()
        self.open(daemon)
        self.send(daemon, *(track(f"u{i}") for i in range(20)))
        self.health.await_text("Ready")
        part = self.page.role("region", "Destination customerio")
        part.await_text("delivering", "127.0.0.1", "v1", "empty", "last 10 s")
        numbers = itertools.count()
        for label in ("Request duration", "Delivery latency"):
            figure = part.css(".figure").having(label)
            wait_until(lambda figure=figure: daemon.send("/v1/track", track(f"later{next(numbers)}")).status == 200
                       and re.search(r"p99 \d", figure.text()), f"a {label.lower()} on the page")
        self.assertEqual(part.css("canvas").count(), 3)
        self.assertIn("Events/s over the last minutes", part.role("img").nth(0).call("getAttribute", "aria-label"))
        self.page.role("region", "Received since start").await_text("Received\n", "Rejected\n0")
        self.page.role("region", "Journal").await_text("Free on disk")

    def test_it_follows_rates_and_names_rejections(self):
        _, daemon = self.start_both()
        self.open(daemon)
        rate = self.page.css(".figure").having("last 10 s")
        wait_until(lambda: daemon.send("/v1/track", {"event": "nobody's"}).status == 400
                   and daemon.send("/v1/track", track("u")).status == 200
                   and re.search(r"^[1-9]", rate.css(".value").text()), "a rate on the page")
        self.page.role("region", "Received since start").await_text("event person missing")

    def test_a_destination_is_paused_and_resumed_behind_a_confirmation(self):
        sandbox, daemon = self.start_both()
        self.open(daemon)
        self.button("Pause…").click()
        self.dialog().await_text("Pause customerio?")
        self.page.key("Escape")
        self.dialog().await_count(0)
        self.assertFalse(daemon.destination()["paused"])

        self.button("Pause…").click()
        self.dialog().role("textbox").fill("a look at the template")
        self.button("Pause", self.dialog(), exact=True).click()
        self.health.await_text("Paused", "customerio is paused by an operator (127.0.0.1) since")
        self.main.await_text("paused by an operator", "a look at the template")
        self.send(daemon, track("ada"))
        self.page.css(".figure").having("Backlog").await_text("1", "waits until it is resumed")
        self.assertEqual(sandbox.requests(), [])

        self.button("Resume…").click()
        self.dialog().await_text("The backlog is sent: 1")
        self.button("Resume", self.dialog(), exact=True).click()
        sandbox.await_taken(1)
        self.health.await_text("Ready")
        self.button("Pause…").await_count(1)

    def test_a_rejected_key_shows_as_a_pause_with_its_reason(self):
        sandbox, daemon = self.start_both(api_key="wrong")
        self.open(daemon)
        self.send(daemon, track("ada"))
        self.health.await_text("Paused", "401")
        self.page.role("region", "Destination customerio").await_text("Paused because Customer.io rejects the credentials, since",
                                                                           "401 Unauthorized")
        self.button("Resume…").click()
        self.dialog().await_text("It is probed at once.")

    def test_several_destinations_are_told_apart(self):
        sandbox = self.start_sandbox()
        settings = self.config(sandbox.url)
        settings["destinations"].append(settings["destinations"][0] | {"name": "eu"})
        settings["sources"].append({"name": "app", "write_key": "other-key", "destination": "eu"})
        daemon = self.start_daemon(settings)
        self.open(daemon)
        european = self.page.role("region", "Destination eu")
        self.button("Pause…", european).click()
        self.button("Pause", self.dialog(), exact=True).click()
        self.health.await_text("Paused", "eu is paused")
        answer = daemon.send("/v1/track", track("grace"), headers={"Authorization": basic("other-key")})
        self.assertEqual(answer.status, 200)
        self.send(daemon, track("ada"))
        european.css(".figure").having("Backlog").await_text("\n1\n")
        self.page.role("region", "Destination customerio").await_text("delivering", "empty")
        self.view("Events")
        self.page.role("combobox", "Destination").select("eu")
        self.rows().having("grace").await_count(1)
        self.rows().having("ada").await_count(0)

    def test_what_an_operator_has_to_act_on_is_above_the_figures_and_else_nothing(self):
        sandbox = self.start_sandbox()
        settings = self.config(sandbox.url)
        daemon = self.start_daemon(settings)
        self.open(daemon)
        self.health.await_text("Ready")
        self.page.role("region", "Process").await_text("Version")
        self.assertEqual(self.page.css(".notice").count(), 0)
        self.page.role("region", "Write keys since start").await_count(0)
        self.assertEqual(daemon.stop(), 0)

        names = {"certificate": str(self.folder / "ingest.pem"), "key": str(self.folder / "ingest.key")}
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-subj", "/CN=localhost", "-days", "3", "-out", names["certificate"], "-keyout", names["key"]],
                       check=True, capture_output=True, timeout=PATIENCE)
        settings["ingest"]["tls"] = names
        settings["sources"][0]["write_key"] = ["old-key", WRITE_KEY]
        daemon = self.start_daemon(settings)
        self.open(daemon)
        self.main.await_text("The certificate of ingest.tls expires in 2 d 23 h.")
        self.page.role("region", "Write keys since start").await_text("web, key 1\nnot used", "web, key 2\nnot used")
        settings["listen"] = "127.0.0.1:1"
        (self.folder / "pintle.yaml").write_text(json.dumps(settings))
        self.assertEqual(daemon.admin("/api/reload", "POST").status, 200)
        self.main.await_text("The configuration waits for a restart: listen")
        self.view("Settings")
        self.page.role("region", "Configuration in force").await_text("which wait for a restart:", "listen")
        self.health.await_text("Ready")

    def test_a_stream_that_was_not_taken_over_says_why(self):
        sandbox, daemon = self.start_both()
        self.assertEqual(daemon.admin("/api/destinations/customerio/pause?message=test", "POST").status, 200)
        self.send(daemon, track("ada"))
        self.assertEqual(daemon.stop(), 0)
        settings = self.config(sandbox.url, name="eu")
        settings["sources"][0]["destination"] = "eu"
        daemon = self.start_daemon(settings)
        self.open(daemon)
        self.health.await_text("No destination")
        self.main.await_text("No destination is named customerio, whose stream holds 1 pending event", "name it in formerly")
        self.assertEqual(daemon.admin("/api/destinations/eu/pause?message=test", "POST").status, 200)
        self.send(daemon, track("grace"))
        self.assertEqual(daemon.stop(), 0)
        settings["destinations"][0]["formerly"] = "customerio"
        daemon = self.start_daemon(settings)
        self.open(daemon)
        self.main.await_text("eu takes it over at the next start if it holds nothing itself then; now it has 1 pending event")

    def test_dead_letters_are_counted_and_lead_to_their_view(self):
        _, daemon = self.start_both()
        self.send(daemon, {"type": "dance", "userId": "ada"})
        self.open(daemon)
        self.page.role("link", "see them").click()
        self.page.css("summary").await_text("unknown event type")


class Events(PageTest):
    def test_events_are_shown_as_they_pass(self):
        _, daemon = self.start_both()
        self.send(daemon, track("before", "Was Before"))
        self.open(daemon, "events")
        self.rows().having("Was Before").having("delivered").await_count(1)
        self.page.css(".bar").await_text("Connected")
        self.send(daemon, track("ada"))
        self.rows().having("ada").having("accepted").await_count(1)
        self.rows().having("ada").having("delivered").await_count(1)
        daemon.send("/v1/track", {"event": "Nobody's"})
        self.rows().having("rejected").having("userId, email or anonymousId").await_count(1)

    def test_they_are_filtered_by_type_user_name_and_outcome(self):
        _, daemon = self.start_both()
        self.open(daemon, "events")
        self.send(daemon, track("ada"), track("grace", "Order Completed"), {"type": "identify", "userId": "ada"},
                  {"type": "dance", "userId": "ada"})
        self.rows().await_count(7)
        self.page.label("User").fill("grace")
        self.rows().await_count(2)
        self.send(daemon, track("ada", "Later"), track("grace", "Later"))
        self.rows().having("Later").having("grace").await_count(2)
        self.rows().having("ada").await_count(0)
        self.page.label("Event name").fill("Order Completed")
        self.rows().await_count(2)
        self.page.label("User").fill("")
        self.page.label("Event name").fill("")
        self.page.role("combobox", "Type").select("identify")
        self.rows().await_count(2)
        self.page.role("combobox", "Type").select("")
        self.page.role("combobox", "Outcome").select("dead_letter")
        self.rows().await_count(1)
        self.rows().await_text("dance", "customerio", "unknown event type")
        self.assertIn("outcome=dead_letter", self.page.evaluate("location.hash"))

    def test_they_are_paused_by_button_and_by_key(self):
        _, daemon = self.start_both()
        self.open(daemon, "events")
        self.send(daemon, track("first"))
        self.rows().having("first").await_count(2)
        self.button("Pause").click()
        self.send(daemon, track("second"))
        self.page.css(".bar").await_text("Paused, 2 new")
        self.assertEqual(self.rows().having("second").count(), 0)
        self.button("Resume").click()
        self.rows().having("second").await_count(2)
        self.page.key("p")
        self.page.css(".bar").await_text("Paused, 0 new")
        self.page.key("p")
        self.page.css(".bar").await_text("Connected")

    def test_an_event_opens_into_event_request_and_response_with_its_attempts(self):
        sandbox, daemon = self.start_both()
        self.open(daemon, "events")
        sandbox.faults(fail_rate=1, fail_status=503)
        body = b'{"userId":"ada","event":"Order Completed","properties":{"total":49.90,"id":12345678901234567890}}'
        self.assertEqual(daemon.send("/v1/track", body).status, 200)
        self.rows().having("retried").having("503").nth(0).click()
        sandbox.faults(fail_rate=0)
        detail = self.page.role("region", "Event Order Completed")
        steps = detail.css(".steps")
        steps.await_text("accepted", "retried", "503", "delivered", "200")
        detail.role("region", "Event", exact=True).await_text('"userId": "ada"', '"total": 49.90', "12345678901234567890")
        detail.role("region", "Request").await_text("POST", "/api/v1/customers/ada/events", '"name": "Order Completed"')
        detail.role("region", "Response").await_text("503")
        self.button("delivered", steps).click()
        detail.role("region", "Response").await_text("200")
        self.button("accepted", steps).click()
        detail.role("region", "Response").await_text("None in this step; a later one has it.")
        self.page.key("Escape")
        detail.await_count(0)

    def test_a_pending_event_shows_the_request_that_would_be_sent(self):
        sandbox, daemon = self.start_both()
        self.assertEqual(daemon.admin("/api/destinations/customerio/pause?message=test", "POST").status, 200)
        self.open(daemon, "events")
        self.send(daemon, track("ada"))
        self.rows().having("accepted").click()
        detail = self.page.css(".detail")
        detail.await_text("Request, as it would be sent", "/api/v1/customers/ada/events", "None yet.")
        self.assertEqual(sandbox.requests(), [])

    def test_everything_can_be_done_by_keys(self):
        _, daemon = self.start_both()
        self.open(daemon)
        self.health.await_text("Ready")
        self.page.key("2")
        self.send(daemon, track("ada"), track("grace"))
        self.rows().await_count(4)
        self.page.key("/")
        self.assertEqual(self.active(), "filter-user")
        self.page.key("Escape")
        self.page.role("listbox").press("ArrowDown")
        self.page.key("ArrowDown")
        self.page.key("ArrowUp")
        self.page.key("End")
        last = self.rows().nth(3)
        wait_until(lambda: last.call("getAttribute", "aria-selected") == "true", "the last row is selected")
        self.page.key("Enter")
        self.page.css(".detail").await_count(1)
        self.page.css(".detail").await_text("accepted")
        self.page.key("Escape")
        self.page.css(".detail").await_count(0)
        self.page.key("?")
        self.dialog().await_text("pause or resume the events")
        self.page.key("Escape")
        self.dialog().await_count(0)

    def test_every_control_is_reached_by_tab_and_shows_it(self):
        _, daemon = self.start_both()
        self.open(daemon)
        self.button("Pause…").await_count(1)
        reached = {}
        for _ in range(8):
            self.page.key("Tab")
            reached[self.active().strip()] = self.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        self.assertEqual(reached.keys(),
                         {"Overview", "Events", "Dead letters", "Try it", "Settings", "Theme: auto", "?", "Pause…"})
        self.assertEqual(set(reached.values()), {"solid"})


class Backlog(PageTest):
    def test_a_pending_event_is_found_by_user_and_opened(self):
        sandbox, daemon = self.start_both()
        self.assertEqual(daemon.admin("/api/destinations/customerio/pause?message=test", "POST").status, 200)
        self.send(daemon, *(track(f"u{i % 2}", f"Event {i}") for i in range(300)))
        self.open(daemon)
        self.page.role("link", "see it").click()
        bar, rows = self.page.css(".bar"), self.page.css(".list button")
        bar.await_text("The oldest 200 pending events")
        self.button("Load more").click()
        rows.await_count(300)
        self.page.label("User").fill("u1")
        rows.await_count(150)
        rows.nth(0).click()
        detail = self.page.css(".detail")
        detail.await_text("Event 1", '"userId": "u1"', "as it would be sent", "/api/v1/customers/u1/events", "None yet.")
        self.page.key("Escape")
        detail.await_count(0)
        self.assertEqual(daemon.admin("/api/destinations/customerio/resume", "POST").status, 200)
        sandbox.await_taken(300)
        self.button("Refresh").click()
        self.main.await_text("The backlog is empty.")


    def test_a_link_to_another_filter_of_the_backlog_is_followed(self):
        _, daemon = self.start_both()
        self.assertEqual(daemon.admin("/api/destinations/customerio/pause?message=test", "POST").status, 200)
        self.send(daemon, track("ada"), track("grace"), track("grace"))
        self.open(daemon, "backlog?user=ada")
        rows = self.page.css(".list button")
        rows.await_count(1)
        self.page.evaluate("void (location.hash = 'backlog?user=grace')")
        rows.await_count(2)
        self.assertEqual(self.page.label("User").call("inputValue"), "grace")


class Letters(PageTest):
    def refuse(self, sandbox, daemon, *events):
        before = daemon.destination()["dead_letters"]
        sandbox.faults(fail_rate=1, fail_status=400)
        self.send(daemon, *events)
        wait_until(lambda: daemon.destination()["dead_letters"] == before + len(events), "the dead letters")
        sandbox.faults(fail_rate=0)

    def start(self):
        """Two events of different people that were rejected, and one that cannot be mapped."""
        sandbox, daemon = self.start_both()
        self.refuse(sandbox, daemon, track("ada", "First"), track("grace", "Second"))
        self.send(daemon, {"type": "dance", "userId": "ada"})
        self.open(daemon, "dead-letters")
        self.page.css(".found").await_text("3 dead letters")
        return sandbox, daemon

    def group(self, reason):
        return self.page.css("details").having(reason)

    def test_they_are_grouped_by_reason(self):
        self.start()
        self.assertEqual(self.page.css("details").count(), 2)
        self.assertRegex(self.page.css("summary").nth(0).text(), r"2\s+400 ")
        self.assertRegex(self.page.css("summary").nth(1).text(), r"1\s+unknown event type")

    def test_they_are_found_by_user_reason_and_time(self):
        self.start()
        found = self.page.css(".found")
        self.page.label("User").fill("grace")
        found.await_text("1 dead letter,")
        self.page.label("User").fill("")
        self.page.label("Message id").fill("no-such-id")
        found.await_text("No dead letter matches.")
        self.page.label("Message id").fill("")
        self.page.label("Reason contains").fill("UNKNOWN event")
        found.await_text("1 dead letter,")
        self.page.css("summary").await_text("unknown event type")
        self.page.label("Reason contains").fill("")
        found.await_text("3 dead letters")
        hour = (datetime.now(timezone.utc) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
        zone = self.page.evaluate("new Date().getTimezoneOffset()")
        self.assertEqual(zone, 0, "the browser's time zone is not UTC")
        self.page.label("Dead-lettered from").fill(hour)
        found.await_text("No dead letter matches.")
        self.page.label("Dead-lettered from").fill("2020-01-01T00:00")
        self.page.label("to").fill(hour)
        found.await_text("3 dead letters")

    def test_one_is_opened_and_replayed_behind_a_confirmation(self):
        sandbox, daemon = self.start()
        self.group("400").css("summary").click()
        self.button("First", self.group("400")).click()
        detail = self.page.css(".detail")
        detail.await_text("customerio/", "after 1 attempt", '"event": "First"', "/api/v1/customers/ada/events", "400")
        self.button("Replay…", detail).click()
        self.dialog().await_text("Replay 1 dead letter?")
        self.button("Cancel", self.dialog()).click()
        self.assertEqual(len(daemon.dead_letters()), 3)
        self.button("Replay…", detail).click()
        self.button("Replay 1 dead letter", self.dialog()).click()
        self.dialog().await_text("1 dead letter replayed.")
        self.button("Close", self.dialog()).click()
        self.assertEqual([request["body"]["name"] for request in sandbox.await_taken(1)], ["First"])
        self.page.css(".found").await_text("2 dead letters")
        detail.await_count(0)

    def test_a_group_is_purged_and_nothing_else(self):
        _, daemon = self.start()
        self.group("400").css("summary").click()
        self.button("Purge these 2…").click()
        self.dialog().await_text("Purge 2 dead letters?", "They are permanently deleted.")
        self.button("Purge 2 dead letters", self.dialog()).click()
        self.dialog().await_text("2 dead letters purged.")
        self.assertEqual([letter["reason"] for letter in daemon.dead_letters()], ["unknown_event_type"])

    def test_what_cannot_be_replayed_stays_and_is_named(self):
        _, daemon = self.start()
        self.button("Replay all…").click()
        self.button("Replay 3 dead letters", self.dialog()).click()
        self.dialog().await_text("2 dead letters replayed.", "1 still cannot be mapped", "unknown event type")
        self.assertEqual(len(daemon.dead_letters()), 1)

    def test_all_that_match_are_purged_step_by_step(self):
        _, daemon = self.start_both()
        dances = [{"type": "dance", "userId": f"u{i % 2}"} for i in range(1400)]
        self.send(daemon, *dances[:700])
        self.send(daemon, *dances[700:])
        self.open(daemon, "dead-letters")
        self.page.css(".found").await_text("More than 1,000 dead letters")
        self.button("Load more").click()
        self.page.css(".found").await_text("1,400 dead letters")
        self.page.label("User").fill("u1")
        self.page.css(".found").await_text("700 dead letters")
        self.button("Purge all that match…").click()
        self.button("Purge 700 dead letters", self.dialog()).click()
        self.dialog().await_text("700 dead letters purged.")
        self.assertEqual(daemon.destination()["dead_letters"], 700)
        self.button("Close", self.dialog()).click()

    def test_a_purge_is_of_what_was_confirmed_and_not_of_a_filter_typed_since(self):
        _, daemon = self.start()
        self.page.label("User").fill("grace")
        self.page.css(".found").await_text("1 dead letter,")
        self.page.evaluate("""(() => {
            const user = document.getElementById("letters-user");
            user.value = "";
            user.dispatchEvent(new Event("input", { bubbles: true }));
            return new Promise((done) => setTimeout(() => {
                const buttons = [...document.querySelectorAll("button")];
                done(buttons.find((each) => each.textContent.startsWith("Purge all")).click());
            }));
        })()""")
        self.button("Purge 1 dead letter", self.dialog()).click()
        self.dialog().await_text("1 dead letter purged.")
        self.assertEqual({letter["event"]["userId"] for letter in daemon.dead_letters()}, {"ada"})

    def test_more_than_were_read_are_counted_before_they_are_confirmed(self):
        _, daemon = self.start_both()
        for _ in range(3):
            self.send(daemon, *({"type": "dance", "userId": "u"} for _ in range(700)))
        self.open(daemon, "dead-letters")
        self.page.css(".found").await_text("More than 1,000 dead letters")
        self.send(daemon, {"type": "dance", "userId": "late"})
        self.button("Purge all…").click()
        self.button("Count them", self.dialog()).click()
        self.button("Purge 2,100 dead letters", self.dialog()).click()
        self.dialog().await_text("2,100 dead letters purged.")
        self.assertEqual([letter["event"]["userId"] for letter in daemon.dead_letters()], ["late"])


class TryOut(PageTest):
    def test_an_events_request_or_error_shows_as_it_is_typed_and_nothing_is_sent(self):
        sandbox, daemon = self.start_both()
        self.open(daemon, "try")
        box = self.page.label("Event, as JSON")
        becomes = self.page.role("region", "What it becomes")
        becomes.await_text("/api/v1/customers/ada/events", '"Order Completed"')
        box.fill('{"type": "identify", "userId": "grace", "traits": {"big": 12345678901234567890}}')
        becomes.await_text("PUT", "/api/v1/customers/grace", "12345678901234567890")
        box.fill('{"type": "identify"')
        becomes.css(".notice").await_count(1)
        box.fill('{"type": "track", "userId": "grace"}')
        becomes.await_text("event name is missing")
        self.button("alias").click()
        becomes.await_text('"ada@example.com"')
        self.assertEqual(sandbox.requests(), [])
        self.assertEqual(daemon.status()["events"]["received"], 0)


class Settings(PageTest):
    def reload(self):
        self.button("Reload the configuration").click()
        return self.page.role("region", "Reload", exact=True)

    def test_the_configuration_in_force_is_shown_without_its_secrets(self):
        _, daemon = self.start_both()
        self.open(daemon, "settings")
        self.page.css(".yaml").await_text("sources:", "name: web", 'write_key: "***"',
                                          'api_key: "***"', "rate: 100000")
        text = self.page.css("body").text()
        for secret in [WRITE_KEY, API_KEY]:
            self.assertNotIn(secret, text)
        self.assertIn("pintle.yaml", text)

    def test_a_reload_says_what_changed_what_stays_and_what_is_wrong(self):
        sandbox = self.start_sandbox()
        settings = self.config(sandbox.url)
        daemon = self.start_daemon(settings)
        self.open(daemon, "settings")
        self.reload().await_text("Nothing has changed.")
        settings["destinations"][0]["rate"] = 777
        settings["listen"] = "127.0.0.1:1"
        (self.folder / "pintle.yaml").write_text(json.dumps(settings))
        self.reload().await_text("Changed:", "rate", "Needs a restart:", "listen")
        self.page.css(".yaml").await_text("rate: 777")
        settings["destinations"][0]["region"] = "de"
        (self.folder / "pintle.yaml").write_text(json.dumps(settings))
        self.reload().await_text("Problems:", '"de" is not one of us, eu, auto')

    def test_the_log_level_is_changed(self):
        _, daemon = self.start_both()
        self.open(daemon, "settings")
        level = self.page.role("combobox", "Log level")
        wait_until(lambda: level.call("inputValue") == "info", "the level in force")
        level.select("debug")
        wait_until(lambda: daemon.status()["log_level"] == "debug", "the new level")


class Looks(PageTest):
    def ground(self):
        return self.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")

    def test_it_is_dark_where_the_system_is_or_the_switch_says_so(self):
        _, daemon = self.start_both()
        self.open(daemon, colorScheme="dark")
        dark = self.ground()
        self.open(daemon, colorScheme="light")
        light = self.ground()
        self.assertNotEqual(dark, light)
        self.button("Theme: auto").click()
        self.assertEqual(self.ground(), light)
        self.button("Theme: light").click()
        self.assertEqual(self.ground(), dark)
        self.page.call("reload")
        self.button("Theme: dark").await_count(1)
        self.assertEqual(self.ground(), dark)

    def test_a_phone_needs_no_sideways_scrolling(self):
        sandbox, daemon = self.start_both()
        sandbox.faults(fail_rate=1, fail_status=400)
        self.send(daemon, track("u" * 120, "E" * 90, properties={"k" * 80: "v" * 400}), {"type": "dance", "userId": "u"})
        wait_until(lambda: daemon.destination()["dead_letters"] == 2, "the dead letters")
        self.open(daemon, viewport={"width": 360, "height": 740})

        def fits():
            return self.page.evaluate("document.documentElement.scrollWidth <= innerWidth")

        self.main.await_text("delivering")
        self.assertTrue(fits())
        self.view("Events")
        self.rows().nth(0).click()
        self.page.css(".detail").await_text('"userId"')
        self.assertTrue(fits())
        self.button("Close").click()
        self.view("Dead letters")
        self.page.css("summary").nth(0).click()
        self.button("Replay these 1…").await_count(1)
        self.assertTrue(fits())
        self.page.css(".list.letters button").nth(0).click()
        self.page.css(".detail").await_text("after")
        self.assertTrue(fits())
        self.page.key("Escape")
        for name, text in [("Try it", "/api/v1/customers/ada"), ("Settings", "sources:")]:
            self.view(name)
            self.main.await_text(text)
            self.assertTrue(fits(), name)

    def test_every_control_has_a_name(self):
        _, daemon = self.start_both()
        self.send(daemon, {"type": "dance", "userId": "u"})
        self.open(daemon)
        nameless = """[...document.querySelectorAll("button, a, input, select, textarea, dialog")].filter((each) =>
            !each.ariaLabel && !each.textContent.trim() && !each.labels?.[0]?.innerText.trim()).map((each) => each.outerHTML)"""
        for name in ["Overview", "Events", "Dead letters", "Try it", "Settings"]:
            self.view(name)
            self.page.css("nav a[aria-current]").await_text(name)
            self.assertEqual(self.page.evaluate(nameless), [], name)


class Reach(PageTest):
    def test_the_token_is_asked_for_and_kept_in_the_tab_alone(self):
        sandbox = self.start_sandbox()
        settings = self.config(sandbox.url)
        settings["admin"]["token"] = "open sesame"
        daemon = self.start_daemon(settings)
        self.open(daemon, "events")
        field = self.page.label("Value of admin.token")
        field.fill("wrong")
        self.button("Unlock").click()
        self.dialog().await_text("Wrong token.")
        field.fill("open sesame")
        self.button("Unlock").click()
        self.dialog().await_count(0)
        self.health.await_text("Ready")
        self.send(daemon, track("ada"))
        self.rows().having("delivered").await_count(1)  # the stream sends the token too
        self.page.call("reload")
        self.health.await_text("Ready")
        self.assertEqual(self.page.evaluate("localStorage.length"), 0)
        self.view("Settings")
        self.button("Forget the token").click()
        self.dialog().await_text("admin.token")

    def test_a_token_that_may_only_read_gets_no_buttons(self):
        sandbox = self.start_sandbox()
        settings = self.config(sandbox.url)
        settings["admin"]["tokens"] = [{"name": "eve", "token": "reads"},
                                       {"name": "ada", "token": "acts", "role": "operate"}]
        daemon = self.start_daemon(settings)
        sandbox.faults(fail_rate=1, fail_status=400)
        self.send(daemon, track("ada"))
        wait_until(lambda: daemon.admin("/metrics", headers={"Authorization": "Bearer reads"}).text.count(
            'pintle_dead_letters{destination="customerio"} 1\n'), "the dead letter")
        self.open(daemon)
        for token, count in (("reads", 0), ("acts", 1)):
            self.page.label("Value of admin.token").fill(token)
            self.button("Unlock").click()
            self.health.await_text("Ready")
            self.page.css(".health .tag").having("read only").await_count(1 - count)
            self.view("Overview")
            self.page.role("region", "Destination customerio").await_text("delivering")
            self.button("Pause…").await_count(count)
            self.view("Dead letters")
            self.page.css(".found").await_text("1 dead letter,")
            self.button("Purge all…").await_count(count)
            self.page.css("summary").click()
            self.button("Replay these 1…").await_count(count)
            self.button("Signed In").click()
            self.button("Purge…", self.page.css(".detail")).await_count(count)
            self.view("Settings")
            self.page.role("region", "Configuration in force").await_text("customerio")
            self.button("Reload the configuration").await_count(count)
            self.button("Forget the token").click()

    def test_it_says_that_the_daemon_is_not_reached_and_comes_back(self):
        sandbox = self.start_sandbox()
        settings = self.config(sandbox.url)
        settings["admin"]["listen"] = f"127.0.0.1:{free_port()}"
        daemon = self.start_daemon(settings)
        self.open(daemon, "events")
        self.health.await_text("Ready")
        self.send(daemon, track("before"))
        self.rows().having("before").having("delivered").await_count(1)
        daemon.stop()
        self.health.await_text("Unreachable", "Retrying.")
        self.page.css(".bar").await_text("Disconnected")
        again = self.start_daemon(settings)
        self.health.await_text("Ready")
        self.page.css(".bar").await_text("Connected")
        self.send(again, track("after"))
        self.rows().having("after").having("delivered").await_count(1)

    def test_it_asks_for_nothing_while_its_tab_is_hidden(self):
        _, daemon = self.start_both()
        self.open(daemon, "events", clock=True)
        self.page.css(".bar").await_text("Connected")
        hide = """hidden => {
            Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }"""
        self.page.evaluate(f"({hide})(true)")
        self.page.order("clock.runFor", [60_000])  # requests that were in flight
        asked = self.page.heard()["asked"]
        self.page.order("clock.runFor", [600_000])
        self.assertEqual(self.page.heard()["asked"], asked)
        self.page.evaluate(f"({hide})(false)")
        wait_until(lambda: {urlsplit(url).path for url in self.page.heard()["asked"][len(asked):]}
                   >= {"/api/status", "/api/events/stream"}, "the page asks again")

    def test_values_are_hidden_where_redact_is_on(self):
        sandbox = self.start_sandbox()
        settings = self.config(sandbox.url)
        settings["admin"]["redact"] = True
        daemon = self.start_daemon(settings)
        self.open(daemon, "events")
        self.send(daemon, track("ada@example.com", "Signed In"))
        self.rows().having("delivered").click()
        self.page.css(".detail").await_text("Signed In", "[redacted]")
        self.health.await_text("values hidden")
        self.assertNotIn("ada@example.com", self.page.css("body").text())

    def test_a_browser_gets_the_page_and_others_the_routes(self):
        _, daemon = self.start_both()
        page = daemon.admin("/", headers={"Accept": "text/html,*/*"})
        self.assertEqual((page.status, page.headers["Content-Type"]), (200, "text/html; charset=utf-8"))
        policy = page.headers["Content-Security-Policy"]
        self.assertIn("default-src 'none'", policy)
        self.assertIn("connect-src 'self'", policy)
        self.assertEqual(page.headers["Cache-Control"], "no-cache")
        plain = daemon.admin("/", headers={"Accept": "*/*"})
        self.assertEqual(plain.headers["Content-Type"], "text/plain; charset=utf-8")
        self.assertIn("/api/status", plain.text)
        self.assertEqual(daemon.admin("/page.js").headers["Content-Type"], "text/javascript; charset=utf-8")
        self.assertEqual(daemon.admin("/page.css", "HEAD").status, 200)


if __name__ == "__main__":
    main()
