# SPDX-License-Identifier: Apache-2.0
"""`inhaul remove`, an agent without apps, and hosts with a timer or cron instead of an agent.

Runs as root in a machine over the tree of tests/support/clean-root, and nowhere else.
"""

import fcntl
import os
import unittest
from pathlib import Path

from support import machine  # pylint: disable=unused-import
from first_push_test import UNIT, AccountServer, Server, show, systemctl
from support.terminal import converse
from support.waiting import wait_for
from support.world import CLEAN_ENVIRONMENT, git, run

RELAY = "https://relay.example/Xk2vLq8wZr4TnB6c"
AGENT, TIMER = "inhaul@scripts.service", "inhaul-once@scripts.timer"


def tree(*tops):
    return sorted(str(path) for top in tops for path in Path(top).rglob("*") if not path.is_dir())


class Scripts(Server):
    """The account scripts. Each test starts without files of inhaul."""

    def setUp(self):
        super().setUp()
        self.addCleanup(systemctl, "disable", "--now", TIMER, check=False)
        self.addCleanup(run, "rm", "-rf", "/etc/systemd/system/inhaul-once@scripts.service.d")
        Path("/etc/inhaul").mkdir(exist_ok=True)
        self.before = self.of_root()
        self.addCleanup(systemctl, "reset-failed", AGENT, check=False)

    @staticmethod
    def of_root():
        files = tree("/etc/inhaul", "/etc/polkit-1", "/etc/systemd/system")
        return [path for path in files if "inhaul" in path]

    def remove(self, *words, expect=0, app="shop"):
        done = run("inhaul", "remove", app, *words, check=False, cwd="/root", env={"HOME": "/root"})
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done

    def on_github(self):
        settings = self.hub.control("settings", repository="octocat/shop")
        return len(settings["keys"]), len(settings["hooks"])

    def as_account(self, *words, check=True):
        return run("runuser", "-u", "scripts", "--", *words, check=check, cwd="/")


class Removal(Scripts):
    def test_the_files_of_init_are_removed_and_the_app_stays(self):
        self.init("--setup-token", self.token, "--relay", RELAY, expect=1)  # the relay does not exist
        self.assertEqual(self.on_github(), (1, 1))
        made = self.of_root()
        app = tree(self.directory)
        output = self.remove("--dry-run").stdout
        self.assertEqual(self.of_root(), made)
        for path in ("/etc/inhaul/scripts/shop.toml", "/etc/inhaul/scripts/shop.key",
                     "/etc/inhaul/scripts/shop.key.pub", "/etc/inhaul/scripts/shop.webhook-secret",
                     "/etc/polkit-1/rules.d/50-inhaul-shop@scripts.rules",
                     "/etc/systemd/system/inhaul@scripts.service.d/shop.conf", str(self.directory)):
            self.assertIn(path, output)
        output = self.remove("--yes", "--setup-token", self.token).stdout
        self.assertIn("deploy key      deleted on GitHub", output)
        self.assertIn("webhook         deleted on GitHub", output)
        self.assertIn("removed shop", output)
        self.assertEqual(self.on_github(), (0, 0))
        self.assertEqual(self.of_root(), self.before)
        self.assertFalse(Path("/etc/systemd/system/inhaul@scripts.service.d").exists())
        self.assertEqual(tree(self.directory), app)
        self.assertEqual(show("shop.service", "ActiveState"), "active")
        self.assertEqual(self.agent("ActiveState"), "inactive")
        self.assertEqual(systemctl("is-enabled", AGENT, check=False), "disabled")
        # Root and the account can still see the history.
        for done in (run("inhaul", "history", "shop"), self.as_account("inhaul", "history")):
            self.assertIn(self.first[:7], done.stdout)
        # Operator actions are refused.
        self.assertNotEqual(self.as_account("systemctl", "--no-ask-password", "restart",
                                            "shop.service", check=False).returncode, 0)
        self.remove("--yes", expect=2)
        # The app can be set up again.
        self.init("--setup-token", self.token, "--no-relay")
        self.wait_live(self.first)

    def test_the_other_apps_of_the_account_are_still_deployed(self):
        self.init("--setup-token", self.token)
        self.publish("blog", self.world.remote)
        blog = self.home / "blog"
        self.make_app(blog, "blog")
        self.init("--setup-token", self.token, cwd=blog)
        self.hurry("shop", "blog")
        pid = self.agent("MainPID")
        self.remove("--yes", app="scripts/shop")
        self.assertEqual(self.agent("ActiveState"), "active")
        self.assertEqual(self.agent("MainPID"), pid)
        second = self.world.commit("two")
        self.wait_live(second, "blog")
        self.assertEqual((self.directory / "version").read_text(), "one\n")
        self.assertTrue(Path("/etc/inhaul/scripts/blog.key").exists())
        self.assertTrue(Path("/etc/systemd/system/inhaul@scripts.service.d/blog.conf").exists())

    def test_a_key_of_two_apps_stays(self):
        self.init("--setup-token", self.token, "--no-start")
        text = (self.world.settings / "shop.toml").read_text()
        (self.world.settings / "blog.toml").write_text(
            text.replace(str(self.directory), str(self.home / "blog")))
        output = self.remove("--yes", "--setup-token", self.token).stdout
        self.assertNotIn("deploy key", output)
        self.assertTrue((self.world.settings / "shop.key").exists())
        self.assertTrue((self.world.settings / "shop.key.pub").exists())
        self.assertEqual(self.on_github(), (1, 0))

    def test_without_a_token_it_prints_the_objects_to_delete(self):
        self.init("--setup-token", self.token, "--relay", RELAY, "--no-start")
        key = (self.world.settings / "shop.key.pub").read_text().split()[1]
        output = self.remove("--yes").stdout
        self.assertIn("/octocat/shop/settings/keys\n", output)
        self.assertIn(key, output)
        self.assertIn("/octocat/shop/settings/hooks\n", output)
        self.assertIn(RELAY, output)
        self.assertEqual(self.on_github(), (1, 1))
        self.assertEqual(self.of_root(), self.before)

        # A token without permission: the error is printed, and the rest is done.
        self.init("--setup-token", self.token, "--no-start")
        self.hub.control("token", token="github_pat_Weak", administration=False, webhooks=False)
        weak = self.world.root / "weak"
        weak.touch(mode=0o600)
        weak.write_text("github_pat_Weak\n")
        done = self.remove("--yes", "--setup-token", weak, expect=75)
        self.assertIn("Administration: write", done.stderr)
        self.assertIn("/settings/keys", done.stdout)
        self.assertEqual(self.of_root(), self.before)

    def test_it_asks_for_confirmation(self):
        self.init("--setup-token", self.token, "--no-start")
        made = self.of_root()
        self.assertIn("--yes", self.remove(expect=2).stderr)
        environment = {**CLEAN_ENVIRONMENT, "HOME": "/root", "TERM": "dumb"}
        status, shown = converse(["inhaul", "remove", "shop"], [("Remove shop?", "")], Path("/root"),
                                 environment, 60)
        self.assertEqual((status, self.of_root()), (0, made), shown)
        status, shown = converse(["inhaul", "remove", "shop"],
                                 [("Remove shop?", "y"), ("Token", "")], Path("/root"), environment, 60)
        self.assertEqual((status, self.of_root()), (0, self.before), shown)

    def test_an_interrupted_removal_is_completed(self):
        self.init("--setup-token", self.token)
        (self.world.settings / "shop.toml").unlink()
        self.remove("--yes", app="scripts/shop")
        self.assertEqual(self.of_root(), self.before)
        self.assertEqual(self.agent("ActiveState"), "inactive")
        # Invalid settings do not prevent the removal.
        self.init("--setup-token", self.token, "--no-start")
        with (self.world.settings / "shop.toml").open("a") as file:
            file.write("nonsense = [\n")
        self.remove("--yes")
        self.assertEqual(self.of_root(), self.before)

    def test_removal_is_refused(self):
        self.init("--setup-token", self.token, "--no-start")
        made = self.of_root()
        # Only root removes an app that root has set up.
        for words in (["shop"], ["--user", "shop"], ["scripts/shop"]):
            done = self.as_account("inhaul", "remove", "--yes", *words, check=False)
            self.assertIn("sudo inhaul remove scripts/shop", done.stderr)
        # Removal is refused during a deployment.
        lock = self.world.state / "locks" / "shop.lock"
        self.as_account("install", "-d", "-m", "700", lock.parent)
        self.as_account("touch", lock)
        with lock.open() as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            self.remove("--yes", expect=4)
        self.assertEqual(self.of_root(), made)


class Idle(Scripts):
    def test_an_agent_without_apps_waits_for_the_first_one_even_during_an_upgrade(self):
        self.world.settings.mkdir()
        systemctl("start", AGENT)
        self.assertEqual(self.agent("ActiveState"), "active")
        wait_for("it is reported", lambda: self.agent("StatusText") == "no apps")
        if "PACKAGE" in os.environ:
            done = run("dpkg", "-i", os.environ["PACKAGE"], timeout=120)
            self.assertNotIn("an agent did not start", done.stdout + done.stderr)
        self.assertEqual(self.agent("ActiveState"), "active")
        self.init("--setup-token", self.token)
        self.wait_live(self.first)
        # An operator removes it by hand.
        for path in self.world.settings.glob("*.toml"):
            path.unlink()
        self.reload()
        wait_for("it is reported", lambda: self.agent("StatusText") == "no apps")
        systemctl("restart", AGENT)
        self.assertEqual(self.agent("ActiveState"), "active")
        run("rm", "-rf", self.world.settings)
        systemctl("restart", AGENT)
        self.assertEqual(self.agent("ActiveState"), "active")

    def test_the_agent_reports_invalid_settings_at_its_start(self):
        self.world.settings.mkdir()
        (self.world.settings / "shop.toml").write_text("nonsense\n")
        self.assertNotEqual(run("systemctl", "start", AGENT, check=False).returncode, 0)
        self.assertEqual(self.agent("ExecMainStatus"), "78")


class Timer(Scripts):
    def run_once(self, commit, *directories):
        """Runs the timer's service. The timer's own run may have started before the push."""
        def deployed():
            systemctl("start", "inhaul-once@scripts.service")
            return {git(each, "rev-parse", "HEAD") for each in directories} == {commit}
        wait_for("it is deployed", deployed)

    def test_a_timer_instead_of_an_agent_is_no_fault(self):
        output = self.init("--setup-token", self.token, "--timer").stdout
        self.assertIn(f"{TIMER} polls each minute, and starts at boot", output)
        self.assertRegex(output, "  ok  agent            polled by the timer")
        self.assertNotIn("  no  ", output)
        self.assertEqual(systemctl("is-enabled", TIMER), "enabled")
        self.assertEqual(systemctl("is-active", TIMER), "active")
        self.assertEqual(systemctl("is-enabled", AGENT, check=False), "disabled")
        self.assertEqual(self.agent("ActiveState"), "inactive")
        wait_for("it has run", lambda: (self.status().get("schedule") or {}).get("last"))
        second = self.world.commit("two")
        self.run_once(second, self.directory)
        settings = self.world.settings / "shop.toml"
        text = settings.read_text()
        settings.unlink()
        systemctl("start", "inhaul-once@scripts.service")  # without an app it succeeds
        settings.write_text(text)
        self.assertEqual(self.world.tree_problems(second), [])
        self.assertEqual(self.status()["state"], "up-to-date")
        self.assertEqual(self.status()["schedule"]["by"], "timer")
        for words in (["status", "shop"], ["doctor", "shop"], ["why", "shop"]):
            done = self.as_account("inhaul", *words)
            self.assertRegex(done.stdout, r"polled by the timer, last run \d+ s ago", words)
            self.assertNotIn("no agent", done.stdout.lower())
        # Another app of the account uses the same timer.
        self.publish("blog", self.world.remote)
        blog = self.home / "blog"
        self.make_app(blog, "blog")
        output = self.init("--setup-token", self.token, cwd=blog).stdout
        self.assertIn(f"{TIMER} polls each minute", output)
        self.assertEqual(self.agent("ActiveState"), "inactive")
        run("inhaul", "remove", "blog", "--yes", cwd="/root")
        self.assertEqual(systemctl("is-enabled", TIMER), "enabled")
        run("inhaul", "remove", "shop", "--yes", cwd="/root")
        self.assertEqual(systemctl("is-enabled", TIMER, check=False), "disabled")
        self.assertEqual(self.of_root(), self.before)

    def test_a_timer_replaces_an_agent_with_the_same_permissions(self):
        directory = Path("/data/shop")
        self.addCleanup(run, "rm", "-rf", directory.parent)
        words = [directory, "--repository", f'{self.ssh["address"]}/octocat/shop.git', "--account",
                 "scripts", "--no-service", "--setup-token", self.token]
        self.init(*words, cwd="/")
        drop_in = Path("/etc/systemd/system/inhaul@scripts.service.d/proxy.conf")
        drop_in.write_text("[Service]\nEnvironment=no_proxy=*\n")
        self.publish("blog", self.world.remote)
        self.init(Path("/data/blog"), "--repository", f'{self.ssh["address"]}/octocat/blog.git',
                  *words[3:], "--timer", cwd="/")
        self.assertEqual(self.agent("ActiveState"), "inactive")
        self.assertIn("no_proxy", show("inhaul-once@scripts.service", "Environment"))
        self.run_once(self.world.commit("two"), directory, Path("/data/blog"))

    def test_cron_is_no_fault_but_missed_runs_are(self):
        self.init("--setup-token", self.token, "--no-start")
        run("inhaul", "deploy", "shop")
        done = self.as_account("inhaul", "doctor", "shop", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"Or, for a timer, run: sudo inhaul init {self.directory} --timer", done.stdout)
        self.as_account("inhaul", "once")
        done = self.as_account("inhaul", "doctor", "shop")
        self.assertRegex(done.stdout, r"  ok  agent            polled by cron, last run \d+ s ago")
        self.assertRegex(self.as_account("inhaul", "status").stdout, r"polled by cron, last run \d+ s ago")
        run("python3", "-c",
            "import sqlite3, sys; d = sqlite3.connect(sys.argv[1]); d.execute('UPDATE scheduled_run "
            "SET last = last - 3 * 86400000'); d.execute('UPDATE watch SET asked = asked - "
            "3 * 86400000, answered = answered - 3 * 86400000'); d.commit()",
            self.world.state / "ledger.db")
        run("chown", "-R", "scripts:", self.world.state)
        done = self.as_account("inhaul", "doctor", "shop", check=False)
        self.assertRegex(done.stdout, r"  no  agent            polled by cron, but the last run was 3 d ago")
        self.assertEqual(self.status()["state"], "stale")


class AccountWithoutRoot(AccountServer):
    """The account ada, without root."""

    def prepare(self):
        units = self.home / ".config" / "systemd" / "user"
        self.as_ada("mkdir", "-p", units)
        (units / "shop.service").write_text(
            UNIT.format(directory=self.directory, restarts=self.restarts, user=""))
        self.as_ada("systemctl", "--user", "daemon-reload")
        self.as_ada("systemctl", "--user", "start", "shop.service")
        self.words_of_ada = ["--api-url", self.hub.api]
        for option, source in (("--setup-token", self.token), ("--known-hosts", self.known_hosts)):
            path = self.home / option.strip("-")
            path.write_text(Path(source).read_text())
            path.chmod(0o600)
            run("chown", "ada:", path)
            self.words_of_ada += [option, path]

    def test_an_account_sets_up_and_removes_its_own_timer(self):
        self.prepare()
        before = tree(self.home / ".config")
        done = self.as_ada("inhaul", "init", "--user", "--timer", "--yes", *self.words_of_ada)
        self.assertIn("inhaul-once.timer polls each minute", done.stdout)
        self.assertRegex(done.stdout, "  ok  agent            polled by the timer")
        wait_for("it has run", lambda: "last run" in self.as_ada("inhaul", "status").stdout)
        second = self.world.commit("two")
        self.as_ada("systemctl", "--user", "start", "inhaul-once.service")
        self.assertEqual(self.world.tree_problems(second), [])
        # Root sees and controls the app, on ada's own bus.
        self.assertIn("ada/shop", run("inhaul", "status").stdout)
        third = self.world.commit("three")
        run("inhaul", "deploy", "shop")
        self.assertEqual(self.world.tree_problems(third), [])
        self.assertEqual(self.world.restarts()[-1], "three")
        # Root does not remove ada's app.
        done = run("inhaul", "remove", "shop", "--yes", check=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn("sudo -u ada inhaul remove --user shop", done.stderr)
        token = self.words_of_ada[self.words_of_ada.index("--setup-token") + 1]
        self.as_ada("inhaul", "remove", "--user", "--yes", "--setup-token", token, "shop")
        self.assertEqual(tree(self.home / ".config"), before)
        self.assertEqual(self.hub.control("settings", repository="octocat/shop")["keys"], [])
        self.assertEqual(self.as_ada("systemctl", "--user", "is-enabled", "inhaul-once.timer",
                                     check=False).stdout, "disabled\n")
        self.assertIn(third[:7], self.as_ada("inhaul", "history").stdout)


AccountWithoutRoot.test_three_commands_without_root = None

if __name__ == "__main__":
    del AccountServer, Server, Scripts
    unittest.main()
