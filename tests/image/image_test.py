"""The image runs as an ordinary user on a read-only root file system, and its volume outlives its container.

usage: image_test.py IMAGE        (an image that is there, and a Docker engine that runs it)

Not a part of ./dev test, because it needs an engine: `./dev image --test` runs it. Without an engine it is skipped.
"""

import json
import os
import re
import secrets
import shutil
import ssl
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.request
from base64 import b64encode
from pathlib import Path

IMAGE = sys.argv.pop(1) if len(sys.argv) > 1 else "pintle"
FOLDER = Path(__file__).resolve().parents[2] / "docker"
PATIENCE = float(os.environ.get("PINTLE_TEST_PATIENCE", "60"))  # seconds
HARDENED = ["--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"]
TOKEN = (FOLDER / "dev-admin-token").read_text().strip()
WRITE_KEY = "dev-write-key"


def run(*command, check=True, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def docker(*arguments, **options):
    return run("docker", *arguments, **options).stdout.strip()


def compose_command():
    if run("docker", "compose", "version", check=False).returncode == 0:
        return ["docker", "compose"]
    return ["docker-compose"] if shutil.which("docker-compose") else None


def engine_is_there():
    return shutil.which("docker") is not None and run("docker", "version", check=False).returncode == 0


def wait_until(condition, what):
    end = time.monotonic() + PATIENCE
    while True:
        if value := condition():
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {PATIENCE:g} s: {what}")
        time.sleep(0.1)


def request(url, body=None, **headers):
    """The status and the text of the response; status 0 where there is none."""
    data = None if body is None else json.dumps(body).encode()
    context = ssl._create_unverified_context() if url.startswith("https") else None  # the sandbox's own certificate
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=5, context=context) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def send(port, user):
    key = b64encode(f"{WRITE_KEY}:".encode()).decode()
    return request(f"http://127.0.0.1:{port}/v1/identify", {"userId": user, "traits": {"plan": "pro"}},
                   Content_Type="application/json", Authorization=f"Basic {key}")[0]


def inspect(container, template):
    return docker("inspect", "--format", template, container)


def port_of(container, port):
    return int(docker("port", container, f"{port}/tcp").splitlines()[0].rpartition(":")[2])


def is_healthy(container):
    return inspect(container, "{{.State.Health.Status}}") == "healthy"


@unittest.skipUnless(engine_is_there(), "no Docker engine answers `docker version`")
class Container(unittest.TestCase):
    def setUp(self):
        self.name = f"pintle-test-{secrets.token_hex(4)}"
        self.volume = self.name
        docker("volume", "create", self.volume)
        self.addCleanup(docker, "volume", "rm", "--force", self.volume)
        self.started = 0

    def start(self, **environment):
        # Nothing listens there, so every event stays in the backlog.
        environment = {"PINTLE_WRITE_KEY": WRITE_KEY, "CUSTOMERIO_SITE_ID": "s", "CUSTOMERIO_API_KEY": "a",
                       "CUSTOMERIO_BASE_URL": "https://127.0.0.1:9", "PINTLE_ADMIN_LISTEN": "0.0.0.0:9090",
                       "PINTLE_ADMIN_TOKEN": TOKEN} | environment
        self.started += 1
        name = f"{self.name}-{self.started}"
        variables = [word for key, value in environment.items() for word in ("--env", f"{key}={value}")]
        self.addCleanup(docker, "rm", "--force", name)
        docker("run", "--detach", "--name", name, *HARDENED, "--health-interval=1s",
               "--publish", "127.0.0.1::8080", "--publish", "127.0.0.1::9090",
               "--volume", f"{self.volume}:/var/lib/pintle", *variables, IMAGE)
        return name

    def start_healthy(self):
        name = self.start()
        wait_until(lambda: is_healthy(name), f"the container is healthy: {docker('logs', name)}")
        return name

    def backlog(self, name):
        status, text = request(f"http://127.0.0.1:{port_of(name, 9090)}/metrics", Authorization=f"Bearer {TOKEN}")
        self.assertEqual(status, 200, text)
        return int(re.search(r"^pintle_backlog_events\{.*\} (\d+)$", text, re.MULTILINE)[1])

    def test_runs_as_an_ordinary_user_without_capabilities_and_cannot_write_to_its_root(self):
        name = self.start_healthy()
        status = dict(line.split(":\t", 1) for line in docker("exec", name, "cat", "/proc/1/status").splitlines())
        self.assertEqual(status["Uid"].split(), ["10001"] * 4)
        self.assertEqual(status["Gid"].split(), ["10001"] * 4)
        self.assertEqual({int(status[key], 16) for key in ("CapEff", "CapPrm", "CapBnd")}, {0})
        self.assertEqual(status["NoNewPrivs"], "1")
        refused = run("docker", "exec", name, "touch", "/usr/bin/x", check=False)
        self.assertIn("Read-only file system", refused.stderr)

    def test_the_page_is_there_and_the_api_requires_the_token(self):
        admin = f"http://127.0.0.1:{port_of(self.start_healthy(), 9090)}"
        status, page = request(admin, Accept="text/html")
        self.assertEqual(status, 200)
        self.assertIn("<html", page)
        self.assertEqual(request(f"{admin}/api/status")[0], 401)
        self.assertEqual(request(f"{admin}/api/status", Authorization=f"Bearer {TOKEN}")[0], 200)

    def test_commands_in_the_container_find_the_daemon(self):
        status = json.loads(docker("exec", self.start_healthy(), "pintle", "status", "--json"))
        self.assertIn("destinations", status)

    def test_the_health_check_fails_where_nothing_answers(self):
        name = self.start_healthy()
        asked = run("docker", "exec", "--env", "PINTLE_ADMIN_LISTEN=127.0.0.1:9", name, "pintle-healthcheck",
                    check=False)
        self.assertNotEqual(asked.returncode, 0)
        self.assertEqual(run("docker", "exec", name, "pintle-healthcheck").returncode, 0)

    def test_a_backlog_survives_the_replacement_of_its_container(self):
        first = self.start_healthy()
        port = port_of(first, 8080)
        self.assertEqual([send(port, f"user-{i}") for i in range(10)], [200] * 10)
        docker("stop", "-t", str(int(PATIENCE)), first)
        self.assertEqual(inspect(first, "{{.State.ExitCode}}"), "0", docker("logs", first))
        docker("rm", first)
        self.assertEqual(self.backlog(self.start_healthy()), 10)

    def test_a_container_without_credentials_ends_with_status_2_and_says_why(self):
        name = self.start(PINTLE_WRITE_KEY="")
        self.assertEqual(docker("wait", name), "2")
        self.assertIn("PINTLE_WRITE_KEY", run("docker", "logs", name).stderr)


@unittest.skipUnless(engine_is_there() and compose_command(), "there is no engine, or neither `docker compose` nor docker-compose")
class ComposeProject(unittest.TestCase):
    """Starts a file of docker/ for each test; it has none itself."""

    file = "compose.yaml"
    options = []
    services = []  # all

    def setUp(self):
        self.project = f"pintle-test-{secrets.token_hex(4)}"
        ports = ("EVENTS_PORT", "ADMIN_PORT", "ADMIN_PORT_2", "SANDBOX_PORT", "PROMETHEUS_PORT", "GRAFANA_PORT")
        self.environment = os.environ | {"IMAGE": IMAGE} | dict.fromkeys(ports, "0")
        self.environment.pop("PINTLE_WRITE_KEY", None)
        self.addCleanup(self.compose, "down", "--volumes", "--timeout", "10")
        self.compose("up", "--detach", "--no-build", *self.services)

    def compose(self, *arguments):
        return run(*compose_command(), "--project-name", self.project, "--file", str(FOLDER / self.file), *self.options,
                   *arguments, env=self.environment).stdout

    def container(self, service):
        return self.compose("ps", "--quiet", service).strip()


class Compose(ComposeProject):
    def test_an_event_arrives_at_the_sandbox(self):
        pintle, sandbox = self.container("pintle"), self.container("sandbox")
        wait_until(lambda: is_healthy(pintle), "pintle is healthy")
        self.assertEqual(send(port_of(pintle, 8080), "ada"), 200)
        url = f"https://127.0.0.1:{port_of(sandbox, 8443)}/requests"
        wait_until(lambda: "/api/v1/customers/ada" in request(url)[1], "the request arrives at the sandbox")
        status = request(f"http://127.0.0.1:{port_of(pintle, 9090)}/api/status", Authorization=f"Bearer {TOKEN}")[0]
        self.assertEqual(status, 200)

    def test_it_starts_pintle_and_the_sandbox_alone(self):
        names = docker("ps", "--filter", f"label=com.docker.compose.project={self.project}",
                       "--format", '{{.Label "com.docker.compose.service"}}')
        self.assertEqual(set(names.split()), {"pintle", "sandbox"})

    def test_a_scrape_needs_the_token(self):
        admin = f"http://127.0.0.1:{port_of(self.container('pintle'), 9090)}"
        wait_until(lambda: request(f"{admin}/health")[0] == 200, "pintle answers")
        self.assertEqual(request(f"{admin}/metrics")[0], 401)


def has_image(service, file="compose.yaml"):
    image = re.search(rf"^  {service}:\n    image: (\S+)$", (FOLDER / file).read_text(), re.MULTILINE)[1]
    return engine_is_there() and run("docker", "image", "inspect", image, check=False).returncode == 0


@unittest.skipUnless(all(has_image(service, "compose.cluster.yaml") for service in ("kafka", "balancer")),
                     "the images of Kafka and nginx are not there; `docker pull` gets them")
class Cluster(ComposeProject):
    file = "compose.cluster.yaml"

    def owns(self, node):
        port = port_of(self.container(node), 9090)
        text = request(f"http://127.0.0.1:{port}/metrics", Authorization=f"Bearer {TOKEN}")[1]
        return 'pintle_stream_owned{destination="customerio"} 1' in text

    def test_events_are_delivered_after_the_death_of_the_node_that_delivered_them(self):
        nodes = "pintle-1", "pintle-2"
        wait_until(lambda: all(is_healthy(self.container(node)) for node in nodes), "the nodes are healthy")
        balancer, sandbox = port_of(self.container("balancer"), 8080), port_of(self.container("sandbox"), 8443)

        def deliver(user):
            wait_until(lambda: send(balancer, user) == 200, "an event is accepted")
            wait_until(lambda: f"/api/v1/customers/{user}" in request(f"https://127.0.0.1:{sandbox}/requests")[1],
                       "the request arrives at the sandbox")
        deliver("ada")
        owner, = (node for node in nodes if self.owns(node))
        self.compose("kill", owner)
        deliver("grace")


@unittest.skipUnless(has_image("prometheus"), "Prometheus's image is not there; `docker pull` gets it")
class Monitoring(ComposeProject):
    options = ["--profile", "monitoring"]
    services = ["prometheus"]  # and what it depends on

    def query(self, path):
        port = port_of(self.container("prometheus"), 9090)
        status, text = request(f"http://127.0.0.1:{port}/api/v1/{path}")
        return json.loads(text)["data"] if status == 200 else {}

    def test_prometheus_reads_pintle_s_metrics_and_its_alerts(self):
        def targets():
            return [target["health"] for target in self.query("targets").get("activeTargets", [])]
        wait_until(lambda: targets() == ["up"], "Prometheus reads the metrics")
        wait_until(lambda: self.query("query?query=pintle_ready").get("result"), "a metric is there")
        names = {rule["name"] for group in self.query("rules")["groups"] for rule in group["rules"]}
        self.assertEqual(names, set(re.findall(r"- alert: (\w+)", (FOLDER / "prometheus/alerts.yml").read_text())))


if __name__ == "__main__":
    unittest.main(verbosity=2)
