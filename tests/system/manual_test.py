# SPDX-License-Identifier: Apache-2.0
"""The manual pages and the completions have exactly the commands and options of the program."""

import os
import re
import shutil
import tempfile
import unittest
from pathlib import Path

from support import readme
from support.world import INHAUL, run

ROOT = Path(__file__).resolve().parent.parent.parent
EVERYWHERE = {"--config", "--state", "-v", "--verbose", "-h", "--help"}
OPTION = re.compile(r"(?<![\w-])--?[a-z][a-z-]*")


def listed(text, heading):
    """Returns the names in the block below a heading of `--help`."""
    block = text.split(f"\n{heading}:\n", 1)
    if len(block) == 1:
        return []
    return re.findall(r"^  (\S+)", block[1].split("\n\n", 1)[0], re.M)


def commands():
    return listed(run(INHAUL, "--help").stdout, "Subcommands")


def options(command):
    names = listed(run(INHAUL, command, "--help").stdout, "Options")
    return {name for names in names for name in names.split(",")} - EVERYWHERE


def of_the_program():
    return {command: options(command) for command in commands()}


def in_manual(page):
    """Returns the commands of inhaul.1 and their options."""
    text = re.sub(r"\\f[BIR]", "", page).replace("\\-", "-").replace("-\\-", "--")
    # Indented text belongs to the entry before it.
    text = re.sub(r"\n\.RS\n.*?\n\.RE\n", lambda inner: inner[0].replace("\n.TP\n", "\n"), text,
                  flags=re.S)
    found = {}
    for section in text.split(".SH COMMANDS\n", 1)[1].split("\n.SH ", 1)[0].split("\n.SS "):
        about_all, *entries = section.split("\n.TP\n")
        for entry in entries:
            head = entry.split("\n", 1)[0].removeprefix(".B ")
            found[head.split()[0]] = set(OPTION.findall(entry + about_all)) - EVERYWHERE
    return found


def in_zsh(text):
    variables = {name: set(OPTION.findall(value))
                 for name, value in re.findall(r"(\w+)='(--[a-z]+)\[", text)}
    found = {name: set() for name in re.findall(r"^        '(\w+):", text, re.M)}
    for names, body in re.findall(r"^                ([\w |]+)\)(.*?);;", text, re.M | re.S):
        used = set(re.findall(r"(--?[a-z][a-z-]*)(?=\[|[,}])", body))
        used |= set().union(*(variables.get(name, set()) for name in re.findall(r"\$(\w+)", body)))
        for name in names.split(" | "):
            found.setdefault(name, set()).update(used)
    return found


def in_fish(text):
    found = {name: set() for name in re.findall(r"use_subcommand -a (\w+)", text)}
    for names, rest in re.findall(r"'__fish_seen_subcommand_from ([\w ]+)'(.*)", text):
        used = {f"--{name}" for name in re.findall(r" -l ([\w-]+)", rest)}
        used |= {f"-{name}" for name in re.findall(r" -s (\w)", rest)}
        for name in names.split():
            found[name] |= used
    return found


class Documents(unittest.TestCase):
    maxDiff = None

    def check_all(self, reader, file):
        """Checks the page, and that an added fault would be found."""
        text = (ROOT / file).read_text()
        program = of_the_program()
        self.assertEqual(reader(text), program)
        for planted in ("dry-run", "dry\\-run"):
            if planted in text:
                self.assertNotEqual(reader(text.replace(planted, planted[:-1])), program)

    def test_the_manual_has_every_command_and_option(self):
        self.check_all(in_manual, "man/inhaul.1")

    def test_zsh_completes_every_command_and_option(self):
        self.check_all(in_zsh, "completions/_inhaul")

    def test_fish_completes_every_command_and_option(self):
        self.check_all(in_fish, "completions/inhaul.fish")

    def test_every_command_of_the_documentation_exists(self):
        program = of_the_program()
        used = set()
        for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
            text = page.read_text()
            for command, rest in re.findall(r"^    (?:sudo )?inhaul (\S+)([^#\n]*)", text, re.M):
                used.add(command)
                self.assertIn(command, program)
                self.assertLessEqual(set(OPTION.findall(rest)), program[command] | EVERYWHERE)
        self.assertLessEqual({"check", "deploy", "pause", "rollback"}, used)
        table = readme.section("docs/commands.md", "All commands")
        self.assertLessEqual(set(program) - {"resume", "unpin"},
                             set(re.findall(r"`inhaul (\w+)", table)))

    def test_the_program_accepts_every_recipe(self):
        with tempfile.TemporaryDirectory() as directory:
            key, settings = Path(directory, "key"), Path(directory, "settings")
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
            settings.mkdir()
            text = (ROOT / "docs/recipes.md").read_text()
            recipes = [body for kind, body in readme.FENCE.findall(text)
                       if kind == "toml" and body.startswith("repository")]
            self.assertGreater(len(recipes), 7)
            for recipe in recipes:
                (name,) = re.findall(r'^repository = "octocat/(\w+)"$', recipe, re.M)
                recipe = recipe.replace(f"/etc/inhaul/deploy/{name}.key", str(key))
                (settings / f"{name}.toml").write_text(recipe)
            self.assertEqual(len(list(settings.iterdir())), len(recipes))
            run(INHAUL, "--config", settings, "--state", directory, "check")

    def test_the_manual_of_the_settings_matches_the_example(self):
        run(ROOT / "script/manual", "--check")

    def test_the_manuals_are_valid_roff(self):
        if not shutil.which("man"):
            self.skipTest("no man here")
        for page in ("inhaul.1", "inhaul.toml.5"):
            done = run("man", "--warnings", "-E", "UTF-8", "-l", ROOT / "man" / page,
                       env={"MANWIDTH": "80"})
            self.assertEqual(done.stderr, "")

    def test_the_completions_are_valid_shell(self):
        for shell, file in {"bash": "inhaul.bash", "zsh": "_inhaul", "fish": "inhaul.fish"}.items():
            if shutil.which(shell):
                run(shell, "-n", ROOT / "completions" / file)


class Bash(unittest.TestCase):
    def setUp(self):
        settings = tempfile.TemporaryDirectory()
        self.addCleanup(settings.cleanup)
        self.settings = settings.name
        for name in ("shop", "blog", "shop.old"):
            Path(self.settings, f"{name}.toml").touch()

    def complete(self, *words):
        script = ('. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
                  '_inhaul inhaul "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"; '
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        done = run("bash", "-euc", script, "bash", ROOT / "completions/inhaul.bash",
                   "inhaul", *words)
        return set(done.stdout.split())

    def test_bash_offers_commands_and_their_options(self):
        program = of_the_program()
        self.assertEqual(self.complete(""), set(program))
        self.assertEqual(self.complete("--config", "/etc", "de"), {"deploy", "demo"})
        for command, known in program.items():
            with self.subTest(command):
                self.assertEqual(self.complete(command, "-") - EVERYWHERE, known)

    def test_bash_offers_apps_where_a_command_takes_one(self):
        at = ("--config", self.settings)
        apps = {"shop", "blog", "shop.old"}
        for command in ("deploy", "why", "logs", "once", "rollback"):
            self.assertEqual(self.complete(*at, command, ""), apps)
        self.assertEqual(self.complete(*at, "deploy", "--force", "sh"), {"shop", "shop.old"})
        self.assertEqual(self.complete(*at, "show", ""), set())
        self.assertEqual(self.complete(*at, "deploy", "--to", ""), set())
        self.assertEqual(self.complete("--config", os.path.dirname(self.settings)) &
                         {os.path.dirname(self.settings)}, {os.path.dirname(self.settings)})


if __name__ == "__main__":
    unittest.main()
