# SPDX-License-Identifier: Apache-2.0
"""Runs each command block of README.md and docs/ that tests/support/readme.py names.

Runs as root in a machine over the tree of tests/support/clean-root. It has the parts that the README
assumes: the account, its app with a unit and a checkout, and GitHub. /etc/hosts maps github.com to this
machine, a real sshd answers as git@github.com, and the account's known_hosts has its key. PACKAGE is the
package that the tree was created with.
"""

import json
import os
import re
import shutil
import unittest
from pathlib import Path

from support import machine  # pylint: disable=unused-import
from support import readme
from support.github_over_ssh import KNOWN_HOSTS, make_administrator, serve_as_github
from support.terminal import converse
from support.waiting import wait_for
from support.world import CLEAN_ENVIRONMENT, World, git, run

HOME = Path("/home/scripts")
APP = HOME / "myapp"
AS_GITHUB = f" --known-hosts {KNOWN_HOSTS}"


def as_somebody(line):
    """Lines with sudo run as an administrator without access to the account's home."""
    who = "admin" if "sudo " in line else "scripts"
    return ["runuser", "-u", who, "--", "env", f"HOME=/home/{who}", f"USER={who}", "bash", "-euc", line]


def systemctl(*words):
    return run("systemctl", *words).stdout.strip()


class Readme(unittest.TestCase):
    """Runs in the order of the names, as in the README."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        run("useradd", "--create-home", "--shell", "/bin/bash", "scripts")
        make_administrator()
        cls.world = World(base="/srv")
        cls.addClassCleanup(cls.world.remove)
        cls.world.root.chmod(0o755)
        place = cls.world.root / "octocat"
        place.mkdir()
        (place / "myapp.git").symlink_to(cls.world.remote)
        cls.ssh = serve_as_github(cls, cls.world.root)
        cls.make_app()

    # serve() stops its server after a test; here after all tests.
    @classmethod
    def addCleanup(cls, *words):  # pylint: disable=arguments-differ
        cls.addClassCleanup(*words)

    @classmethod
    def make_app(cls):
        cls.world.commit("zero")
        git(HOME, "clone", "-q", cls.world.remote, APP)
        git(APP, "remote", "set-url", "origin", "git@github.com:octocat/myapp.git")
        cls.world.commit("one")
        (HOME / ".ssh").mkdir(mode=0o700)
        (HOME / ".ssh" / "known_hosts").write_text(cls.ssh["host_key"])
        shutil.copy(os.environ["PACKAGE"], "/home/admin")
        run("chown", "-R", "scripts:", HOME)
        HOME.chmod(0o700)
        Path("/etc/systemd/system/myapp.service").write_text(
            f"[Service]\nUser=scripts\nWorkingDirectory={APP}\nExecStart=/bin/sleep infinity\n")
        systemctl("daemon-reload")
        systemctl("start", "myapp")

    def run_line(self, line, cwd="/"):
        if "inhaul init" in line and "--dry-run" not in line:
            line += " --yes"  # no terminal
        with self.subTest(line):
            return run(*as_somebody(line), cwd=cwd, timeout=120)

    def is_live(self, commit):
        done = run(*as_somebody("inhaul status myapp --json"), check=False)
        (app,) = json.loads(done.stdout)["apps"]
        return app["state"] == "up-to-date" and app["live"]["commit"] == commit

    def add_key(self, shown):
        """Does the operator's step on GitHub's page: pastes the shown key."""
        (key,) = re.findall(r"^  Key: +(ssh-ed25519 \S+)", shown.replace("\r", ""), re.M)
        with open(self.ssh["authorized_keys"], "a", encoding="utf-8") as file:
            file.write(f'command="{self.ssh["gate"]}",restrict {key}\n')
        return ""

    def test_0_a_working_key_of_the_account_is_kept(self):
        """Tests the steps of docs/from-a-webhook.md for an existing checkout."""
        init = "sudo inhaul init /home/scripts/myapp --yes --dry-run" + AS_GITHUB
        self.assertIn("deploy key  ", self.run_line(init).stdout)
        before = Path(self.ssh["authorized_keys"]).read_text()
        self.run_line("ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/id_ed25519")
        public = (HOME / ".ssh" / "id_ed25519.pub").read_text()
        with open(self.ssh["authorized_keys"], "a", encoding="utf-8") as file:
            file.write(f'command="{self.ssh["gate"]}",restrict {public}')
        printed = self.run_line(init).stdout
        self.assertNotIn("deploy key  ", printed)
        self.assertIn('repository = "git@github.com:octocat/myapp.git"', printed)
        self.run_line("rm ~/.ssh/id_ed25519*")
        Path(self.ssh["authorized_keys"]).write_text(before)

    def test_1_the_quick_start(self):
        _, (install, init, push) = readme.commands("README.md", "Quick start")
        # The package is installed already, with its dependencies.
        run("dpkg", "--remove", "inhaul")
        self.run_line(install, cwd="/home/admin")
        with self.subTest(init):
            status, shown = converse(
                as_somebody(init + AS_GITHUB),
                [("URL of the relay", ""), ("Continue?", ""), ("Token (", ""), ("try again", self.add_key)],
                "/", {**CLEAN_ENVIRONMENT, "TERM": "dumb"}, patience=120)
            self.assertEqual(status, 0, shown)
            (expected,) = readme.fences("README.md", "Quick start", "text")
            self.assertEqual(self.skeleton(shown), self.skeleton(expected))
        (self.world.laptop / "version").write_text("two\n")
        git(self.world.laptop, "commit", "-q", "-a", "-m", "version two")
        git(self.world.laptop, "branch", "--set-upstream-to", "origin/main")
        with self.subTest(push):
            git(self.world.laptop, *push.split()[1:])
            commit = git(self.world.laptop, "rev-parse", "HEAD")
            wait_for("the push is live", lambda: self.is_live(commit), timeout=120)
        self.assertEqual((APP / "version").read_text(), "two\n")

    def skeleton(self, text):
        """Removes the text that differs between runs."""
        for pattern, word in ((r"ssh-ed25519 \S+", "KEY"), (r"\b[0-9a-f]{7}\b", "COMMIT"),
                              (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "TIME"),
                              (r"\d+(\.\d+)? (s|GB|MB)\b", "N"), (r" on \w+$", " on HOST"),
                              (r"[ \t]+$", "")):
            text = re.sub(pattern, word, text, flags=re.M)
        return [line for line in text.splitlines() if line]

    def test_2_the_shown_settings_match_the_written_ones(self):
        (shown,) = readme.fences("docs/installing.md", "Settings", "toml")
        written = Path("/etc/inhaul/scripts/myapp.toml").read_text()

        def keys(text):
            return [re.sub(r"\s*=\s*|\s+#.*", " ", line).strip() for line in text.splitlines()
                    if line and not line.startswith(("#", "known_hosts"))]
        self.assertEqual([key for key in keys(shown) if not key.startswith("stamp")], keys(written))

    def test_3_the_commands(self):
        (block,) = readme.commands("docs/commands.md", "Everyday commands")
        for line in block:
            self.run_line(line)

    def test_3b_the_account_can_read_the_log_after_the_documented_step(self):
        logs = as_somebody("inhaul logs myapp -n 20")
        self.assertIn("insufficient permissions", run(*logs, check=False).stderr)
        (block,) = readme.commands("docs/operating.md", "Log")
        for line in block:
            self.run_line(line)
        self.assertIn("myapp", run(*logs).stdout)

    def test_4_operator_actions(self):
        (block,) = readme.commands("docs/gates-and-hooks.md", "Override a gate")
        # A deployment of the agent would hold the lock.
        systemctl("stop", "inhaul@scripts")
        self.world.commit("three")
        commit = git(self.world.laptop, "rev-parse", "--short=7", "HEAD")
        for line in block:
            self.run_line(line.replace("3f2a9c1", commit))

    def test_5_operating(self):
        systemctl("start", "inhaul@scripts")
        (block,) = readme.commands("docs/operating.md", "Operate the agent")
        for line in block:
            self.run_line(line)
        self.assertEqual(systemctl("is-active", "inhaul@scripts"), "active")

    def test_6_a_relay(self):
        """Runs the command that creates a channel, as a dry run without the public relay."""
        (block,) = readme.commands("docs/relay.md", "Set up a relay")
        (line,) = block
        shown = self.run_line(line + " --dry-run").stdout
        self.assertIn("https://smee.io/", shown)

    def test_6b_a_relay_manually(self):
        """Without the public relay: the agent and the account can read the settings and the secret."""
        (secret,), (reload,) = readme.commands("docs/relay.md", "Set up a relay manually")
        (table,) = readme.fences("docs/relay.md", "Set up a relay manually", "toml")
        settings = Path("/etc/inhaul/scripts/myapp.toml")
        before = settings.read_text()
        self.run_line(secret)
        settings.write_text(f"{before}\n{table}")
        self.assertIn(table.split('"')[1], self.run_line("inhaul check myapp").stdout)
        self.run_line(reload)
        wait_for("the agent has read it", lambda: "not reloaded" not in
                 run(*as_somebody("inhaul status"), check=False).stdout)
        settings.write_text(before)
        self.run_line(reload)

    def test_7_a_timer_instead_of_the_agent(self):
        (block,) = readme.commands("docs/installing.md", "Without an agent: a timer or cron")
        for line in block:
            self.run_line(line)
        self.assertEqual(systemctl("is-active", "inhaul-once@scripts.timer"), "active")
        self.assertRegex(self.run_line("inhaul doctor myapp").stdout, "agent +polled by the timer")
        (self.world.laptop / "version").write_text("by the timer\n")
        git(self.world.laptop, "commit", "-q", "-a", "-m", "by the timer")
        git(self.world.laptop, "push", "-q")
        commit = git(self.world.laptop, "rev-parse", "HEAD")
        wait_for("the timer has deployed the push", lambda: self.is_live(commit), timeout=150)

    def test_8_every_section_was_run(self):
        """Checks readme.RUN against these tests. tests/check_docs.py checks the pages against readme.RUN."""
        self.assertEqual(readme.read, {(page, title) for page, title in readme.RUN
                                       if page != "docs/recipes.md"})


if __name__ == "__main__":
    unittest.main()
