"""Links within the repository have a target, including those from alerts to their runbooks."""

import re
import unittest

from markdown import PAGES, ROOT, anchors, links, name_of

ALERT = re.compile(r"- alert: (\w+)\n(.*?)(?=\n\s*- alert:|\Z)", re.DOTALL)


class Links(unittest.TestCase):
    def check(self, page, link):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        self.assertTrue(target.exists(), f"{name_of(page)} links to {link}, which is not there")
        if anchor:
            self.assertIn(anchor, anchors(target.read_text()), f"{name_of(page)} links to {link}")

    def test_every_link_within_the_repository_leads_somewhere(self):
        checked = 0
        for page in PAGES:
            for link in links(page.read_text()):
                if "://" not in link:
                    self.check(page, link)
                    checked += 1
        self.assertGreater(checked, 20)

    def test_every_page_of_docs_can_be_reached_from_the_readme(self):
        reached, ahead = set(), [ROOT / "README.md"]
        while ahead:
            page = ahead.pop()
            if page in reached:
                continue
            reached.add(page)
            for link in links(page.read_text()):
                if "://" not in link and (target := (page.parent / link.partition("#")[0]).resolve()) in PAGES:
                    ahead.append(target)
        self.assertEqual({name_of(page) for page in PAGES} - {name_of(page) for page in reached}, set())

    def test_the_reference_has_each_variable_of_the_readme(self):
        name = re.compile(r"`((?:PINTLE|CUSTOMERIO)_[A-Z_]+)`")
        rows = [line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("| `")]
        in_readme = {variable for row in rows for variable in name.findall(row.split("|")[1])}
        self.assertEqual(in_readme - set(name.findall((ROOT / "docs/configuration.md").read_text())), set())
        self.assertIn("PINTLE_WRITE_KEY", in_readme)

    def test_every_alert_has_its_runbook_and_every_runbook_its_alert(self):
        alerts = dict(ALERT.findall((ROOT / "docker/prometheus/alerts.yml").read_text()))
        self.assertGreater(len(alerts), 10)
        for name, rule in alerts.items():
            self.assertIn(f"runbook: docs/operations.md#{name.lower()}\n", rule, name)
        operations = (ROOT / "docs/operations.md").read_text()
        self.assertEqual(set(re.findall(r"^### (Pintle\w+)$", operations, re.MULTILINE)), set(alerts))


if __name__ == "__main__":
    unittest.main(verbosity=2)
