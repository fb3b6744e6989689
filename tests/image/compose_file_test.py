"""The files docker/compose*.yaml and what they mount fit together. Needs no Docker; promtool and nginx, if they are there,
read the queries and the balancer's configuration.

`./dev image --test` starts the files for real.
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
PROMTOOL = shutil.which("promtool")
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin")


def read_yaml(name):
    return yaml.safe_load((FOLDER / name).read_text())


COMPOSE = read_yaml("compose.yaml")
SERVICES = COMPOSE["services"]
CLUSTER = read_yaml("compose.cluster.yaml")


def mounts(service):
    """Source by target, of the files and folders of this repository."""
    pairs = (volume.split(":")[:2] for volume in service.get("volumes", []))
    return {target: source for source, target in pairs if source.startswith("./")}


def container_port(service):
    """The port that other services of the file reach."""
    return {mapping.rpartition(":")[2] for mapping in SERVICES[service]["ports"]}


class BothFiles(unittest.TestCase):
    def services(self):
        for compose in (COMPOSE, CLUSTER):
            yield from compose["services"].items()

    def test_all_ports_are_published_on_this_host_only(self):
        for name, service in self.services():
            for mapping in service.get("ports", []):
                self.assertTrue(mapping.startswith("127.0.0.1:"), f"{name}: {mapping}")
        self.assertTrue(any("ADMIN_PORT:-9090}" in mapping for mapping in SERVICES["pintle"]["ports"]))

    def test_no_two_services_publish_the_same_port(self):
        for compose in (COMPOSE, CLUSTER):
            mappings = [mapping for service in compose["services"].values() for mapping in service.get("ports", [])]
            for published in (re.findall(r":-(\d+)}", " ".join(mappings)), re.findall(r"{(\w+):-", " ".join(mappings))):
                self.assertEqual(len(published), len(mappings))
                self.assertEqual(len(set(published)), len(mappings))

    def test_pintle_and_the_sandbox_are_hardened(self):
        hardened = [(name, service) for name, service in self.services() if name.startswith(("pintle", "sandbox"))]
        self.assertEqual(len(hardened), 5)
        for name, service in hardened:
            self.assertEqual((service["read_only"], service["cap_drop"], service["security_opt"]),
                             (True, ["ALL"], ["no-new-privileges:true"]), name)

    def test_what_is_mounted_is_there(self):
        for compose in (COMPOSE, CLUSTER):
            services = compose["services"].values()
            sources = [source for service in services for source in mounts(service).values()]
            sources += [secret["file"] for secret in compose["secrets"].values()]
            self.assertGreater(len(sources), 1)
            for source in sources:
                self.assertTrue((FOLDER / source).exists(), source)
            named = {volume.partition(":")[0] for service in services for volume in service.get("volumes", [])}
            self.assertEqual({name for name in named if not name.startswith(".")}, set(compose["volumes"]))

    def test_a_service_depends_on_services_that_are_there_and_can_tell_that_they_are_healthy(self):
        for compose in (COMPOSE, CLUSTER):
            for service in compose["services"].values():
                needed = service.get("depends_on", {})
                self.assertLessEqual(set(needed), set(compose["services"]))
                for name in needed if isinstance(needed, dict) else ():
                    self.assertIn("healthcheck", compose["services"][name], name)


class ComposeFile(unittest.TestCase):
    def test_only_pintle_and_the_sandbox_start_without_a_profile(self):
        profiles = {name: service.get("profiles") for name, service in SERVICES.items()}
        self.assertEqual(profiles, {"pintle": None, "sandbox": None, "prometheus": ["monitoring"], "grafana": ["monitoring"]})

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
        mounted = mounts(SERVICES["grafana"])
        provider, = read_yaml("grafana/provisioning/dashboards/pintle.yml")["providers"]
        self.assertEqual(provider["type"], "file")
        home = SERVICES["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
        self.assertEqual(str(Path(home).parent), provider["options"]["path"])
        self.assertEqual((FOLDER / mounted[home]).name, "pintle.json")
        self.assertEqual(mounted["/etc/grafana/provisioning"], "./grafana/provisioning")


class Cluster(unittest.TestCase):
    nodes = {name: service for name, service in CLUSTER["services"].items() if name.startswith("pintle")}
    kafka = CLUSTER["services"]["kafka"]["environment"]

    def test_the_nodes_differ_in_their_names_and_ports_only(self):
        self.assertEqual(len(self.nodes), 2)
        plain = [{key: value for key, value in node.items() if key not in ("hostname", "ports")}
                 for node in self.nodes.values()]
        self.assertEqual(plain[0], plain[1])
        self.assertEqual([node["hostname"] for node in self.nodes.values()], list(self.nodes))

    def test_the_nodes_keep_nothing_themselves(self):
        for node in self.nodes.values():
            self.assertEqual(node["volumes"], ["sandbox:/sandbox:ro"])
            self.assertEqual(node["environment"]["PINTLE_JOURNAL_BACKEND"], "kafka")

    def test_the_nodes_reach_the_broker_by_the_address_that_it_advertises(self):
        for node in self.nodes.values():
            brokers = node["environment"]["PINTLE_JOURNAL_KAFKA_BROKERS"]
            self.assertEqual(self.kafka["KAFKA_ADVERTISED_LISTENERS"], f"PLAINTEXT://{brokers}")
            self.assertEqual(brokers.partition(":")[0], "kafka")
        port = brokers.partition(":")[2]
        self.assertIn(f"PLAINTEXT://:{port}", self.kafka["KAFKA_LISTENERS"].split(","))
        self.assertEqual(CLUSTER["services"]["kafka"]["healthcheck"]["test"][-1], f"localhost:{port}")

    def test_the_one_broker_is_a_quorum_and_can_hold_the_topics(self):
        self.assertEqual(self.kafka["KAFKA_CONTROLLER_QUORUM_VOTERS"], f"{self.kafka['KAFKA_NODE_ID']}@kafka:9093")
        self.assertIn("CONTROLLER://:9093", self.kafka["KAFKA_LISTENERS"])
        factors = {value for name, value in self.kafka.items() if name.endswith(("REPLICATION_FACTOR", "MIN_ISR"))}
        factors |= {node["environment"]["PINTLE_JOURNAL_KAFKA_REPLICATION_FACTOR"] for node in self.nodes.values()}
        self.assertEqual(factors, {"1"})
        self.assertIn(f"kafka:{self.kafka['KAFKA_LOG_DIRS']}", CLUSTER["services"]["kafka"]["volumes"])

    def test_every_variable_of_the_nodes_is_one_of_pintle(self):
        page = (FOLDER.parent / "docs/configuration.md").read_text()
        known = set(re.findall(r"`([A-Z_]+)`", page))
        for node in self.nodes.values():
            self.assertEqual([name for name in node["environment"]
                              if name not in known and name.removesuffix("_FILE") not in known], [])

    def test_the_balancer_passes_requests_to_each_node(self):
        balancer = CLUSTER["services"]["balancer"]
        text = (FOLDER / mounts(balancer)["/etc/nginx/nginx.conf"]).read_text()
        self.assertEqual(re.findall(r"server (\S+):8080 ", text), list(self.nodes))
        self.assertIn(f"listen {balancer['ports'][0].rpartition(':')[2]};", text)
        self.assertEqual(set(balancer["depends_on"]), set(self.nodes))

    @unittest.skipUnless(NGINX, "nginx is not installed")
    def test_nginx_accepts_the_balancer_s_configuration(self):
        text = (FOLDER / "cluster/nginx.conf").read_text()
        with tempfile.TemporaryDirectory(prefix="pintle-nginx-") as folder:
            path = Path(folder) / "nginx.conf"
            path.write_text(re.sub(r"pintle-\d:", "127.0.0.1:", text))  # the names are those of containers
            done = subprocess.run([NGINX, "-t", "-q", "-p", folder, "-c", path, "-e", "log", "-g", f"pid {folder}/pid;"],
                                  capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))


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
