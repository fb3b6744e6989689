"""The completions for shells and the manual page."""

import pathlib
import re
import shutil
import subprocess

from harness import PINTLE, EndToEnd, main


def pintle(*arguments):
    return subprocess.run([PINTLE, *arguments], capture_output=True, text=True, timeout=60)


# What the build made beside the program.
MANUAL = pathlib.Path(PINTLE).resolve().parent / "manual"


class Completion(EndToEnd):
    def script(self, shell):
        return MANUAL / {"bash": "pintle.bash", "zsh": "_pintle", "fish": "pintle.fish"}[shell]


class Bash(Completion):
    def complete(self, *words):
        """The completions of the last word."""
        program = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _pintle; '
                   '[[ ${#COMPREPLY[@]} -eq 0 ]] || printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "-uc", program, "bash", self.script("bash"), "pintle", *words],
                              cwd=self.folder, capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return set(done.stdout.splitlines())

    def test_is_registered(self):
        done = subprocess.run(["bash", "-c", f"source {self.script('bash')}; complete -p pintle"],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.stdout, "complete -F _pintle pintle\n")

    def test_offers_every_command_that_help_shows(self):
        shown = re.findall(r"^  ([a-z-]+) ", pintle("--help").stdout.split("Subcommands:")[1], re.MULTILINE)
        self.assertGreater(len(shown), 8)
        self.assertEqual(self.complete(""), set(shown))
        self.assertEqual(self.complete("check"), {"check-config"})
        self.assertEqual(self.complete("dead-letters", ""), {"list", "show", "replay", "purge", "export", "import"})

    def test_offers_a_commands_options(self):
        self.assertEqual(self.complete("dead-letters", "list", "--dest"), {"--destination"})
        self.assertEqual(self.complete("sandbox", "--site"), {"--site-id"})
        self.assertEqual(self.complete("serve", "--"), {"--help", "--config"})

    def test_offers_the_values_that_there_are(self):
        self.assertEqual(self.complete("sandbox", "--region", ""), {"us", "eu"})
        self.assertEqual(self.complete("sandbox", "--region", "=", "e"), {"eu"})

    def test_offers_files_where_files_are_meant(self):
        (self.folder / "events.ndjson").touch()
        (self.folder / "events.d").mkdir()
        self.assertEqual(self.complete("import", "ev"), {"events.ndjson", "events.d"})
        self.assertEqual(self.complete("serve", "--config", "ev"), {"events.ndjson", "events.d"})
        self.assertEqual(self.complete("sandbox", "--directory", "ev"), {"events.d"})
        self.assertEqual(self.complete("sandbox", "--site-id", "ev"), set())


class OtherShells(Completion):
    def check(self, shell):
        if shutil.which(shell) is None:
            self.skipTest(f"there is no {shell}")
        done = subprocess.run([shell, "-n", self.script(shell)], capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_zsh_reads_it(self):
        self.check("zsh")

    def test_zsh_completes(self):
        if shutil.which("zsh") is None:
            self.skipTest("there is no zsh")
        program = f"autoload -Uz compinit; compinit -D -u; source {self.script('zsh')}; print -r -- $_comps[pintle]"
        done = subprocess.run(["zsh", "-fc", program], capture_output=True, text=True, timeout=60)
        self.assertEqual((done.stdout, done.stderr), ("_pintle\n", ""))

    def test_fish_reads_it(self):
        self.check("fish")

    def test_fish_completes(self):
        if shutil.which("fish") is None:
            self.skipTest("there is no fish")
        for line, offered in (("pintle check", {"check-config"}), ("pintle sandbox --region e", {"eu"}),
                              ("pintle dead-letters pu", {"purge"}), ("pintle dead-letters list --dest", {"--destination"})):
            done = subprocess.run(["fish", "-c", f"source {self.script('fish')}; complete -C '{line}'"],
                                  capture_output=True, text=True, timeout=60)
            self.assertEqual({word.split("\t")[0] for word in done.stdout.splitlines()}, offered, done.stderr)


class ManualPage(EndToEnd):
    def page(self):
        return MANUAL / "pintle.1"

    def test_has_all_sections_commands_and_variables(self):
        text = self.page().read_text()
        for section in ("NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "ENVIRONMENT", "FILES", "SIGNALS", "EXIT STATUS",
                        "EXAMPLES"):
            self.assertIn(f"\n.SH {section}\n", text)
        for word in ("pintle dead\\-letters replay", "pintle import", "PINTLE_WRITE_KEY", "CUSTOMERIO_SITE_ID",
                     "\\-\\-give\\-up\\-after"):
            self.assertIn(word, text)

    def test_groff_has_nothing_to_say_against_it(self):
        if shutil.which("groff") is None:
            self.skipTest("there is no groff")
        done = subprocess.run(["groff", "-man", "-ww", "-Tutf8", "-z", self.page()], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_man_shows_it(self):
        if shutil.which("man") is None:
            self.skipTest("there is no man")
        done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", self.page()], capture_output=True, text=True,
                              env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "MANWIDTH": "100"})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("RudderStack events in, Customer.io out", done.stdout)


if __name__ == "__main__":
    main()
