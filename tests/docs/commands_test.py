"""Runs the commands of each page one after another against a daemon and a sandbox, and checks their output.

Above each block of commands stands `<!-- run -->` or `<!-- not run: WHY -->`. An indented block directly below a block that
is run is its output; `...` in it matches anything. The daemon uses config/pintle.yaml and has one dead letter,
customerio/1 of the user ada, which can be replayed. The directory has the recordings of tests/data/migration.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from harness import PATIENCE, PINTLE, API_KEY, SITE_ID, Daemon, EndToEnd, basic, free_port, main, wait_until  # noqa: E402
from markdown import PAGES, ROOT, name_of, shell_blocks  # noqa: E402

WRITE_KEY = "dev-write-key"
# The commands of a host with the service. curl fails on an HTTP error unless the page shows the output. tap runs until it
# is stopped; here it is stopped once it has printed something.
PRELUDE = """set -euo pipefail
ask() { echo "$1" >&3; read -r answer <&4; [[ $answer == done ]] || { echo "$answer"; return 1; }; }
systemctl() { ask "$1"; }
curl() { command curl --silent --show-error --max-time 60 $errors "$@"; }
journalctl() { cat pintle-*.log; }
pintle() {
    if [[ $1 != tap ]]; then command pintle "$@"; return; fi
    command pintle "$@" >tap.out 2>&1 & local tap=$!
    for _ in {1..600}; do if [[ -s tap.out ]]; then break; fi; sleep 0.05; done
    kill -TERM $tap
    wait $tap
    cat tap.out
}
"""


class Service:
    """Executes the requests of the shell function `ask`."""

    def __init__(self, test):
        self.test = test
        self.asks, self.ask_end = os.pipe()
        self.done_end, self.done = os.pipe()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        with open(self.asks) as asks, open(self.done, "w", buffering=1) as done:
            for command in asks:
                try:
                    self.test.control(command.strip())
                    done.write("done\n")
                except Exception as error:  # the shell script fails and prints it
                    done.write(f"{error!r}\n")

    def close(self):
        os.close(self.ask_end)
        self.thread.join()
        os.close(self.done_end)


class Commands(EndToEnd):
    def setUp(self):
        super().setUp()
        self.sandbox = self.start_sandbox("--refuse-text", "poison")
        self.port, self.admin_port = free_port(), free_port()
        self.path = self.folder / "pintle.yaml"
        self.path.write_text(self.configuration())
        self.start()
        self.leave_a_dead_letter()
        for recording in (ROOT / "tests/data/migration").glob("*.ndjson"):
            shutil.copy(recording, self.folder)

    def configuration(self):
        text = (ROOT / "config/pintle.yaml").read_text()
        for old, new in (("listen: 0.0.0.0:8080", f"listen: 127.0.0.1:{self.port}"),
                         ("listen: 127.0.0.1:9090", f"listen: 127.0.0.1:{self.admin_port}"),
                         ("directory: ./data", f"directory: {self.folder}/journal"),
                         ('base_url: ""', f"base_url: {self.sandbox.url}"),
                         ('\n    ca_file: ""', f"\n    ca_file: {self.sandbox.ca_file}"),
                         ("${PINTLE_WRITE_KEY}", WRITE_KEY), ("${CUSTOMERIO_SITE_ID}", SITE_ID),
                         ("${CUSTOMERIO_API_KEY}", API_KEY)):
            self.assertIn(old, text)
            text = text.replace(old, new)
        return text

    def start(self):
        log = self.folder / f"pintle-{len(list(self.folder.glob('pintle-*.log')))}.log"
        self.daemon = Daemon(self.path, log)
        self.addCleanup(self.daemon.clean_up)

    def control(self, command):
        if command in ("stop", "restart"):
            self.assertEqual(self.daemon.stop(), 0)
        if command in ("start", "restart"):
            self.start()
        if command == "reload":
            self.daemon.signal(signal.SIGHUP)
        if command == "settle":
            wait_until(lambda: self.daemon.metrics().ledger()["backlog"] == 0, "everything is delivered")

    def leave_a_dead_letter(self):
        answer = self.daemon.send("/v1/identify", {"userId": "ada", "traits": {"plan": "poison"}},
                                  {"Authorization": basic(WRITE_KEY)})
        self.assertEqual(answer.status, 200)
        wait_until(self.daemon.dead_letters, "the dead letter")
        self.sandbox.faults(refuse_text="")

    def here(self, text):
        """Replaces ports, paths and keys in `text` by those of this test."""
        for old, new in (("http://localhost:8080", f"http://127.0.0.1:{self.port}"),
                         ("http://localhost:9090", f"http://127.0.0.1:{self.admin_port}"),
                         ("https://localhost:8443", self.sandbox.url),
                         ("https://HOST", f"http://127.0.0.1:{self.port}"),
                         ("build/release/pintle", PINTLE),
                         ("config/pintle.yaml", str(self.path)),
                         ("/etc/pintle/pintle.yaml", str(self.path)),
                         ("/var/lib/pintle", str(self.folder))):
            text = text.replace(old, new)
        return re.sub(r"\bKEY\b", WRITE_KEY, text)

    def run_script(self, script):
        env = {k: v for k, v in os.environ.items() if not k.startswith(("PINTLE_", "CUSTOMERIO_"))}
        env["PATH"] = f"{Path(PINTLE).resolve().parent}:{env['PATH']}"
        env["PINTLE_ADMIN_LISTEN"] = f"127.0.0.1:{self.admin_port}"
        service = Service(self)
        script = f"exec 3>&{service.ask_end} 4<&{service.done_end}\n{PRELUDE}{script}"
        try:
            return subprocess.run(["bash", "-c", script], env=env, cwd=self.folder, text=True, timeout=4 * PATIENCE,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                  pass_fds=(service.ask_end, service.done_end))
        finally:
            service.close()

    def script_of(self, block):
        errors = "" if block.output else "--fail-with-body"
        return f"printf '\\n=== {block.line}\\n'\nerrors={errors}\n{self.here(block.text)}\nask settle\n"

    def check_page(self, page):
        blocks = [block for block in shell_blocks(page.read_text()) if block.mark == "run"]
        done = self.run_script("".join(map(self.script_of, blocks)))
        self.assertEqual(done.returncode, 0, f"{name_of(page)}, after the last ===:\n{done.stdout}\n{self.daemon.output()}")
        outputs = re.split(r"^=== \d+\n", done.stdout, flags=re.MULTILINE)[1:]
        for block, output in zip(blocks, outputs, strict=True):
            for line in block.output:
                pattern = ".*".join(map(re.escape, self.here(line).split("...")))
                self.assertRegex(output, pattern, f"{name_of(page)}:{block.line}")
        self.assertEqual([request for request in self.sandbox.requests()[1:] if not request["taken"]], [])


def add_pages():
    for page in PAGES:
        if any(block.mark == "run" for block in shell_blocks(page.read_text())):
            name = re.sub(r"\W", "_", page.stem.lower())
            setattr(Commands, f"test_{name}", lambda self, page=page: self.check_page(page))


class Marks(EndToEnd):
    def test_every_block_of_commands_is_run_or_says_why_not(self):
        unmarked = [f"{name_of(page)}:{block.line}" for page in PAGES
                    for block in shell_blocks(page.read_text()) if not block.mark]
        self.assertEqual(unmarked, [])


class Examples(EndToEnd):
    def test_the_problem_that_the_readme_shows_is_what_check_config_says(self):
        (self.folder / "config").mkdir()
        example = (ROOT / "config/pintle.yaml").read_text().replace("region: us", "region: de")
        (self.folder / "config/pintle.yaml").write_text(example)
        done = subprocess.run([PINTLE, "check-config", "config/pintle.yaml"], cwd=self.folder, capture_output=True, text=True)
        problem, = (line for line in done.stderr.splitlines() if "region" in line)
        self.assertIn(f"    {problem}\n", (ROOT / "README.md").read_text())

    def test_the_comparison_explains_every_difference_that_compare_names(self):
        help_text = subprocess.run([PINTLE, "compare", "--help"], capture_output=True, text=True, check=True).stdout
        names = re.findall(r"^  ([a-z]+(?:_[a-z]+)+)  ", help_text, re.MULTILINE)
        self.assertGreater(len(names), 10)
        page = (ROOT / "docs/comparison.md").read_text()
        self.assertEqual([name for name in names if f"`{name}`" not in page], [])

    def test_the_configurations_of_a_cluster_and_for_kubernetes_need_each_secret_and_nothing_else(self):
        names = ["PINTLE_WRITE_KEY", "PINTLE_ADMIN_TOKEN", "CUSTOMERIO_SITE_ID", "CUSTOMERIO_API_KEY"]
        bare = {k: v for k, v in os.environ.items() if not k.startswith(("PINTLE_", "CUSTOMERIO_"))}
        shown = self.folder / "shown.yaml"
        shown.write_text(re.search(r"^```yaml\n(listen:.*?)^```$", (ROOT / "docs/cluster.md").read_text(),
                                   re.MULTILINE | re.DOTALL)[1])

        def check(path, set_names):
            return subprocess.run([PINTLE, "check-config", path], env=bare | dict.fromkeys(set_names, "x"),
                                  capture_output=True, text=True)

        for path in (ROOT / "kubernetes/configuration/pintle.yaml",
                     ROOT / "kubernetes/cluster/configuration/pintle.yaml", shown):
            done = check(path, names)
            self.assertEqual(done.returncode, 0, done.stderr)
            for missing in names:
                done = check(path, set(names) - {missing})
                self.assertEqual(done.returncode, 2)
                self.assertIn(missing, done.stderr)


add_pages()

if __name__ == "__main__":
    main()
