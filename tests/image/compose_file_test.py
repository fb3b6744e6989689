"""docker/compose.yaml and what it mounts fit together. Needs no Docker; promtool, if it is there, reads the queries.

`./dev image --test` starts the file for real.
"""

import json
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import yaml

FOLDER = Path(__file__).resolve().parents[2] / "docker"
COMPOSE = yaml.safe_load((FOLDER / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
PROMTOOL = shutil.which("promtool")


def read_yaml(name):
    return yaml.safe_load((FOLDER / name).read_text())


def mounts(service):
    """Source by target, of the files and folders of this repository."""
    pairs = (volume.split(":")[:2] for volume in SERVICES[service].get("volumes", []))
    return {target: source for source, target in pairs if source.startswith("./")}


def container_port(service):
    """The port that other services of the file reach."""
    return {mapping.rpartition(":")[2] for mapping in SERVICES[service]["ports"]}


class ComposeFile(unittest.TestCase):
    def test_only_pintle_and_the_sandbox_start_without_a_profile(self):
        profiles = {name: service.get("profiles") for name, service in SERVICES.items()}
        self.assertEqual(profiles, {"pintle": None, "sandbox": None, "prometheus": ["monitoring"], "grafana": ["monitoring"]})

    def test_all_ports_are_published_on_this_host_only(self):
        for name, service in SERVICES.items():
            for mapping in service["ports"]:
                self.assertTrue(mapping.startswith("127.0.0.1:"), f"{name}: {mapping}")
        self.assertTrue(any("ADMIN_PORT:-9090}" in mapping for mapping in SERVICES["pintle"]["ports"]))

    def test_pintle_and_the_sandbox_are_hardened(self):
        for name in ("pintle", "sandbox"):
            service = SERVICES[name]
            self.assertEqual((service["read_only"], service["cap_drop"], service["security_opt"]),
                             (True, ["ALL"], ["no-new-privileges:true"]), name)

    def test_what_is_mounted_is_there(self):
        sources = [source for name in SERVICES for source in mounts(name).values()]
        sources += [secret["file"] for secret in COMPOSE["secrets"].values()]
        self.assertGreater(len(sources), 3)
        for source in sources:
            self.assertTrue((FOLDER / source).exists(), source)
        named = {volume.partition(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
        self.assertEqual({name for name in named if not name.startswith(".")}, set(COMPOSE["volumes"]))

    def test_monitoring_reaches_the_services_that_it_reads(self):
        scrape, = read_yaml("prometheus/prometheus.yml")["scrape_configs"]
        target, = scrape["static_configs"][0]["targets"]
        self.assertEqual(target, f"pintle:{SERVICES['pintle']['environment']['PINTLE_ADMIN_LISTEN'].rpartition(':')[2]}")
        secret = scrape["authorization"]["credentials_file"].removeprefix("/run/secrets/")
        self.assertIn(secret, SERVICES["prometheus"]["secrets"])
        source, = read_yaml("grafana/provisioning/datasources/prometheus.yml")["datasources"]
        self.assertEqual(source["type"], "prometheus")
        self.assertIn(source["url"], {f"http://prometheus:{port}" for port in container_port("prometheus")})

    def test_grafana_finds_the_dashboard(self):
        mounted = mounts("grafana")
        provider, = read_yaml("grafana/provisioning/dashboards/pintle.yml")["providers"]
        self.assertEqual(provider["type"], "file")
        home = SERVICES["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
        self.assertEqual(str(Path(home).parent), provider["options"]["path"])
        self.assertEqual((FOLDER / mounted[home]).name, "pintle.json")
        self.assertEqual(mounted["/etc/grafana/provisioning"], "./grafana/provisioning")


class Dashboard(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dashboard = json.loads((FOLDER / "grafana/pintle.json").read_text())
        cls.panels = [panel for panel in cls.dashboard["panels"] if panel["type"] != "row"]
        cls.queries = [target["expr"] for panel in cls.panels for target in panel["targets"]]

    def test_every_panel_uses_the_variable_of_the_data_source(self):
        variables = {variable["name"]: variable for variable in self.dashboard["templating"]["list"]}
        self.assertEqual((variables["datasource"]["type"], variables["datasource"]["query"]), ("datasource", "prometheus"))
        for panel in self.panels:
            self.assertEqual(panel["datasource"], {"type": "prometheus", "uid": "${datasource}"}, panel["title"])
        used = {name for query in self.queries for name in re.findall(r"\$\{?(\w+)", query)}
        self.assertLessEqual(used, set(variables) | {"__rate_interval", "__range", "__interval"})

    def test_no_panel_covers_another(self):
        cells = [(x, y) for panel in self.dashboard["panels"] for place in [panel["gridPos"]]
                 for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])]
        self.assertEqual(len(cells), len(set(cells)))
        self.assertLess(max(x for x, _ in cells), 24)

    @unittest.skipUnless(PROMTOOL, "promtool is not installed")
    def test_prometheus_can_parse_every_query(self):
        def plain(query):  # as Grafana would send it
            query = re.sub(r"\$\{?__\w+\}?", "5m", query)
            return re.sub(r"\$\{?\w+\}?", ".*", query)
        rules = [{"record": f"dashboard:query_{i}", "expr": plain(query)} for i, query in enumerate(self.queries)]
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}, file)
            file.flush()
            done = subprocess.run([PROMTOOL, "check", "rules", file.name], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(f"{len(rules)} rules found", done.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
