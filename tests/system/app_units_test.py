# SPDX-License-Identifier: Apache-2.0
"""The installed inhaul with units as on real hosts: several units, start limits, aliases, units that an
operator has stopped, another user, the account's own manager.

Runs as root in the machine of tests/support/in-machine (see CMakeLists.txt), and nowhere else.
"""

import json
import os
import pwd
import shutil
import signal
import unittest
from pathlib import Path

from support import machine  # pylint: disable=unused-import
from support.waiting import wait_for
from support.world import World, git, run

ACCOUNT = "scripts"
AGENT = f"inhaul@{ACCOUNT}.service"
ETC = Path("/etc/systemd/system")
RULE = Path("/etc/polkit-1/rules.d/50-inhaul-test.rules")
RUNS = "exec sleep infinity\n"
DEEP = "src/shop/views/admin/edit.sh"  # a file that each version changes


def systemctl(*words, check=True):
    return run("systemctl", *words, check=check).stdout.strip()


def show(unit, name):
    return systemctl("show", "--value", "-p", name, unit)


def setUpModule():
    run("cmake", "--install", os.environ["BUILD"], timeout=120)
    run("useradd", "--create-home", ACCOUNT)
    Path("/etc/inhaul").mkdir()


def allow(*units):
    """Installs the documented rule for these units."""
    example = Path(__file__).parents[2] / "systemd/examples/50-inhaul.rules"
    text = example.read_text().replace('"scripts"', f'"{ACCOUNT}"')
    RULE.write_text(text.replace('["myapp.service"]', json.dumps(units)))


class App(unittest.TestCase):
    def setUp(self):
        self.world = World(base=f"/home/{ACCOUNT}")
        self.addCleanup(self.world.remove)
        self.world.settings = Path("/etc/inhaul") / ACCOUNT
        self.world.state = Path("/var/lib/inhaul") / ACCOUNT
        self.addCleanup(self.forget)
        self.world.settings.mkdir()
        run("install", "-d", "-o", ACCOUNT, "-m", "700", self.world.state.parent, self.world.state)
        self.starts_file = self.world.root / "starts"
        self.world.root.chmod(0o755)
        run("chown", f"{ACCOUNT}:", self.world.root)

    def forget(self):
        run("rm", "-rf", self.world.settings, "/var/lib/inhaul", RULE,
            f"/etc/systemd/system/inhaul@{ACCOUNT}.service.d",
            *Path("/etc/polkit-1/rules.d").glob("50-inhaul-*@*"))

    def write_unit(self, name, script="web.sh", unit="StartLimitIntervalSec=0", more="",
                   user=f"User={ACCOUNT}", place=ETC):
        """Installs a unit that records the version at each start."""
        path = place / name
        directory = self.world.directory
        path.write_text(
            f"[Unit]\n{unit}\n[Service]\n{user}\nWorkingDirectory={directory}\n"
            f"ExecStartPre=/bin/sh -c 'echo %n $$(cat {directory}/version) >>{self.starts_file}'\n"
            f"ExecStart=/bin/sh {directory}/{script}\n{more}\n[Install]\nWantedBy=default.target\n")
        if place == ETC:
            systemctl("daemon-reload")
            instance = name.replace("@.", "@1.")
            self.addCleanup(systemctl, "daemon-reload")
            self.addCleanup(path.unlink, True)
            self.addCleanup(systemctl, "disable", "--now", instance, check=False)

    def settings(self, service, **tables):
        self.world.write_settings(service=f'[service]\nsettle = "500ms"\n{service}\n', **tables)

    def push(self, version, web=RUNS, worker=RUNS):
        return self.world.commit(version, {"web.sh": web, "worker.sh": worker, DEEP: version})

    def as_account(self, *words):
        return run("runuser", "-u", ACCOUNT, "--", *self.world.argv(*words), check=False)

    def deploy(self, expect=0, *words):
        done = self.as_account("deploy", "shop", *words)
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done

    def starts(self):
        return self.starts_file.read_text().splitlines() if self.starts_file.exists() else []

    def checks(self, what):
        done = self.as_account("doctor", "--json")
        (app,) = json.loads(done.stdout)["apps"]
        return [each for each in app["checks"] if each["check"] == what]


class Several(App):
    def setUp(self):
        super().setUp()
        self.write_unit("web.service")
        self.write_unit("worker@.service", "worker.sh")
        allow("web.service", "worker@1.service")
        self.settings('units = ["web.service", "worker@1.service"]')

    def both(self, version):
        return [f"web.service {version}", f"worker@1.service {version}"]

    def test_all_units_are_restarted_in_their_order_and_each_has_its_line(self):
        self.push("one")
        self.assertIn("  restart web.service\n  restart worker@1.service\n",
                      self.deploy(0, "--dry-run").stdout)
        self.deploy()
        commit = self.push("two")
        self.deploy()
        self.assertEqual(self.starts(), self.both("one") + self.both("two"))
        self.assertEqual(self.world.tree_problems(commit), [])
        self.assertEqual([(each["status"], each["message"]) for each in self.checks("service")],
                         [("good", "web.service is running, and inhaul has permission to restart it"),
                          ("good", "worker@1.service is running, and inhaul has permission to restart it")])
        shown = self.as_account("check").stdout
        self.assertIn('units            = ["web.service", "worker@1.service"]', shown)

    def test_a_second_unit_that_crashes_undoes_the_push_and_restarts_both(self):
        good = self.push("good")
        self.deploy()
        bad = self.push("bad", worker="sleep 0.2; exit 3\n")
        printed = self.deploy(1).stderr
        self.assertIn("worker@1.service", printed)
        self.assertIn("exit status 3", printed)
        self.assertIn("rolled back", printed)
        self.assertEqual(self.starts(), self.both("good") + self.both("bad") + self.both("good"))
        self.assertEqual(self.world.tree_problems(good), [])
        self.assertEqual(self.world.status()["restrictions"]["quarantine"][0]["commit"], bad)

    def test_a_kill_from_outside_undoes_the_push_and_quarantines_no_commit(self):
        """As the kernel does when memory runs out."""
        good = self.push("good")
        self.deploy()
        self.push("two", worker="sleep 0.2; kill -9 $$\n")
        printed = self.as_account("deploy", "shop")
        self.assertIn(printed.returncode, (1, 75), printed.stderr)
        self.assertIn("SIGKILL", printed.stderr)
        self.assertEqual(self.starts(), self.both("good") + self.both("two") + self.both("good"))
        self.assertEqual(self.world.tree_problems(good), [])
        self.assertEqual(self.world.status()["restrictions"]["quarantine"], [])

    def test_killed_between_two_restarts_it_restarts_only_the_rest(self):
        hold = self.world.root / "hold"
        # The unit has started, but its restart does not end before it is released.
        self.write_unit("web.service", more=f"ExecStartPost=/bin/sh -c "
                        f"'while test -e {hold}; do sleep 0.05; done'")
        self.push("one")
        self.deploy()
        hold.touch()
        commit = self.push("two")
        dying = self.world.start("deploy", "shop", user=pwd.getpwnam(ACCOUNT).pw_uid,
                                 group=pwd.getpwnam(ACCOUNT).pw_gid, extra_groups=[])
        wait_for("the first unit is started again", lambda: "web.service two" in self.starts())
        dying.send_signal(signal.SIGKILL)
        dying.wait()
        self.assertNotIn("worker@1.service two", self.starts())
        hold.unlink()
        self.deploy()
        self.assertEqual(self.starts(), self.both("one") + self.both("two"))
        self.assertEqual(self.world.tree_problems(commit), [])

    def test_one_unit_that_is_stopped_on_purpose_stays_stopped_and_the_other_is_judged(self):
        self.push("one")
        self.deploy()
        systemctl("stop", "worker@1.service")
        self.push("two")
        self.deploy()
        self.assertEqual(self.starts()[2:], ["web.service two"])
        (web, worker) = self.checks("service")
        self.assertEqual((web["status"], worker["status"]), ("good", "skipped"))
        self.assertIn("worker@1.service is stopped and disabled, and a push does not start it",
                      worker["message"])
        self.push("three", web="exit 5\n")
        self.assertIn("rolled back", self.deploy(1).stderr)
        self.assertEqual(show("worker@1.service", "ActiveState"), "inactive")
        self.assertEqual(self.starts()[3:], ["web.service three", "web.service two"])


class Stopped(App):
    def setUp(self):
        super().setUp()
        self.write_unit("shop.service")
        allow("shop.service")
        self.settings('unit = "shop"')

    def test_a_push_does_not_start_a_unit_that_an_operator_stopped_and_disabled(self):
        self.push("one")
        drop_in = Path(f"/etc/systemd/system/{AGENT}.d/shop.conf")
        drop_in.parent.mkdir()
        drop_in.write_text(f"[Service]\nReadWritePaths={self.world.root}\n")
        systemctl("daemon-reload")
        systemctl("start", AGENT)
        self.addCleanup(systemctl, "stop", AGENT)
        # The first deployment starts a unit that never ran.
        wait_for("it runs", lambda: self.starts() == ["shop.service one"])
        wait_for("it is verified", lambda: self.world.status()["live"]["last_known_good"])
        systemctl("stop", "shop.service")
        second = self.push("two")
        wait_for("it is deployed", lambda: self.world.status()["live"]["commit"] == second
                 and self.world.status()["state"] == "up-to-date")
        self.assertEqual(self.starts(), ["shop.service one"])
        self.assertEqual(show("shop.service", "ActiveState"), "inactive")
        self.assertEqual(self.world.tree_problems(second), [])
        note = "shop.service is stopped and disabled: it was not started. To start it, run " \
               "`sudo systemctl enable --now shop.service`"
        self.assertIn(note, self.as_account("status").stdout)
        self.assertIn("(service stays stopped)", self.as_account("history").stdout)
        (found,) = self.checks("service")
        self.assertEqual(found["status"], "skipped")
        # The same for a deployment by an operator.
        self.assertIn("Its service stays stopped.", self.deploy().stdout)
        self.assertEqual(self.starts(), ["shop.service one"])

        systemctl("enable", "--now", "shop.service")
        self.push("three")
        wait_for("it is restarted", lambda: "shop.service three" in self.starts())

    def test_service_start_starts_the_unit(self):
        self.settings('unit = "shop"\nstart = true')
        self.push("one")
        self.deploy()
        systemctl("stop", "shop.service")
        self.push("two")
        self.deploy()
        self.assertEqual(self.starts(), ["shop.service one", "shop.service two"])

    def test_a_start_limit_blocks_neither_pushes_nor_a_rollback(self):
        self.write_unit("shop.service", unit="StartLimitIntervalSec=1h\nStartLimitBurst=1")
        for version in ("one", "two", "three"):
            good = self.push(version)
            self.deploy()
        self.push("bad", web="exit 4\n")
        self.assertIn("rolled back", self.deploy(1).stderr)
        self.assertEqual(self.world.tree_problems(good), [])
        self.assertEqual(show("shop.service", "ActiveState"), "active")
        self.assertEqual(self.checks("start limit"), [])

    def test_a_start_limit_that_may_not_be_reset_is_not_blamed_on_the_commit(self):
        self.write_unit("shop.service", unit="StartLimitIntervalSec=1h\nStartLimitBurst=1")
        RULE.write_text(RULE.read_text().replace('"restart", "reset-failed"', '"restart"'))
        self.push("one")
        wait_for("the rule is in force", lambda: self.as_account("deploy", "shop").returncode == 0)
        (found,) = self.checks("start limit")
        self.assertEqual(found["status"], "bad")
        self.assertEqual(found["hint"], f"Run: sudo inhaul init {self.world.directory}")
        commit = self.push("two")
        printed = self.deploy(1).stderr
        self.assertIn("StartLimitBurst", printed)
        self.assertEqual(self.world.status()["restrictions"]["quarantine"], [])
        allow("shop.service")
        wait_for("the rule is in force", lambda: self.as_account("deploy", "shop").returncode == 0)
        self.assertEqual(self.world.status()["live"]["last_known_good"], commit)

    def test_an_alias_in_the_settings_is_the_unit_itself(self):
        (ETC / "front.service").symlink_to("shop.service")
        self.addCleanup((ETC / "front.service").unlink)
        systemctl("daemon-reload")
        self.settings('unit = "front"')
        self.push("one")
        self.deploy()
        self.assertEqual(self.starts(), ["shop.service one"])
        (found,) = self.checks("service")
        self.assertEqual(found["message"], "shop.service is running, and inhaul has permission to restart it")


class Init(App):
    """A checkout of the account, and `inhaul init` as root."""

    def setUp(self):
        super().setUp()
        self.push("one")
        git(self.world.root, "clone", "-q", self.world.remote, self.world.directory)
        run("chown", "-R", f"{ACCOUNT}:", self.world.directory)
        shutil.rmtree(self.world.settings)
        shutil.rmtree(self.world.state)
        self.addCleanup(systemctl, "disable", "--now", AGENT, check=False)

    def init(self, *words, expect=0):
        done = run("inhaul", "init", "-y", "--name", "shop", "--no-relay", *words,
                   cwd=self.world.directory, check=False, timeout=200)
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def written(self):
        return (self.world.settings / "shop.toml").read_text()

    def rule(self):
        (rule,) = Path("/etc/polkit-1/rules.d").glob("50-inhaul-shop@*.rules")
        return rule.read_text()

    def hurry(self):
        with (self.world.settings / "shop.toml").open("a", encoding="utf-8") as file:
            file.write('\n[poll]\ninterval = "1s"\n')
        systemctl("reload", AGENT)

    def test_a_unit_of_the_account_s_own_manager_is_found_and_restarted(self):
        uid = pwd.getpwnam(ACCOUNT).pw_uid
        run("loginctl", "enable-linger", ACCOUNT)
        self.addCleanup(run, "loginctl", "disable-linger", ACCOUNT)
        systemctl("start", f"user@{uid}.service")
        units = Path(f"/home/{ACCOUNT}/.config/systemd/user")
        run("install", "-d", "-o", ACCOUNT, units.parent.parent, units.parent, units)
        self.write_unit("front.service", user="", place=units)
        self.addCleanup(run, "rm", "-rf", units)

        def of_the_account(*words):
            return run("runuser", "-u", ACCOUNT, "--", "env", f"XDG_RUNTIME_DIR=/run/user/{uid}",
                       "systemctl", "--user", *words).stdout.strip()
        of_the_account("daemon-reload")
        printed = self.init()
        self.assertIn(f"restarts front.service in the user manager of {ACCOUNT}", printed)
        self.assertIn("front.service is stopped and disabled. The first deployment starts it.", printed)
        self.assertIn('unit = "front.service"\nscope = "user"\n', self.written())
        self.assertNotIn("manage-units", self.rule())
        self.assertIn("set-self-linger", self.rule())
        self.assertEqual(self.starts(), ["front.service one"])
        # The shipped agent also restarts it, in its sandbox.
        self.hurry()
        self.push("two")
        wait_for("it is restarted", lambda: self.starts()[-1] == "front.service two")
        self.assertEqual(of_the_account("is-active", "front.service"), "active")
        wait_for("it is live", lambda: self.world.status()["state"] == "up-to-date")
        (found,) = self.checks("service")
        self.assertEqual(found["message"], "front.service is running, and inhaul has permission to restart it")

    def test_an_alias_is_replaced_by_its_id(self):
        self.write_unit("front.service")
        (ETC / "shop.service").symlink_to("front.service")
        self.addCleanup((ETC / "shop.service").unlink)
        systemctl("daemon-reload")
        printed = self.init("--unit", "shop")
        self.assertIn('unit = "front.service"', self.written())
        self.assertIn('["front.service"]', self.rule())
        self.assertIn("  ok  service          front.service is running, and inhaul has permission to restart it",
                      printed)
        self.assertEqual(self.starts(), ["front.service one"])

    def test_the_rule_of_settings_with_an_alias_names_the_id(self):
        self.write_unit("front.service")
        (ETC / "shop.service").symlink_to("front.service")
        self.addCleanup((ETC / "shop.service").unlink)
        systemctl("daemon-reload")
        self.world.settings.mkdir()
        self.settings('unit = "shop.service"')
        self.init()
        self.assertIn('["front.service"]', self.rule())
        self.assertEqual(self.starts(), ["front.service one"])

    def test_several_units_are_named_in_their_order_and_an_older_rule_is_replaced(self):
        self.write_unit("web.service")
        self.write_unit("worker@.service", "worker.sh")
        printed = self.init("--unit", "web", "--unit", "worker@1")
        self.assertIn("restarts web.service, worker@1.service", printed)
        self.assertIn('units = ["web.service", "worker@1.service"]', self.written())
        self.assertEqual(self.starts(), ["web.service one", "worker@1.service one"])
        rule = self.rule()
        # The rules of earlier versions.
        (path,) = Path("/etc/polkit-1/rules.d").glob("50-inhaul-shop@*.rules")
        units, linger = ["polkit.addRule(" + part.split("//")[0]
                         for part in rule.split("polkit.addRule(")[1:]]
        without_linger = (
            "// The account may restart these units, also when systemd's start limit is reached. It may do "
            "nothing\n// else with them, and nothing with others.\n" + units)
        with_linger = (
            without_linger + "// A lingering user manager of the account's would run what a hook starts "
            "outside of the agent's sandbox.\n" + linger)
        restart_only = (
            "// The account may restart these units. It may do nothing else with them, and nothing "
            "with others.\n" + units
            .replace('    var verbs = ["restart", "reset-failed"];\n', "")
            .replace('verbs.indexOf(action.lookup("verb")) >= 0', 'action.lookup("verb") == "restart"'))
        for older in (restart_only, without_linger, with_linger):
            path.write_text(older)
            self.init()
            self.assertEqual(self.rule(), rule)
        path.write_text(rule + "// mine\n")
        self.assertIn("--force", self.init(expect=3))

    def test_another_user_of_the_unit_is_reported_with_its_access(self):
        run("useradd", "--system", "shopper")
        self.addCleanup(run, "userdel", "shopper")
        self.starts_file.touch(mode=0o666)
        self.starts_file.chmod(0o666)
        self.write_unit("shop.service", user="User=shopper")
        Path(f"/home/{ACCOUNT}").chmod(0o755)
        printed = self.init()
        self.assertIn(f"as {ACCOUNT};", printed)
        self.assertIn(f"shop.service runs as shopper, which must be able to read "
                      f"{self.world.directory}", printed)
        self.assertEqual(self.starts(), ["shop.service one"])
        (found,) = self.checks("service user")
        self.assertEqual(found["status"], "good")
        Path(f"/home/{ACCOUNT}").chmod(0o700)
        self.addCleanup(Path(f"/home/{ACCOUNT}").chmod, 0o755)
        (found,) = self.checks("service user")
        self.assertEqual((found["status"], found["message"]),
                         ("bad", f"shop.service runs as shopper, which cannot enter /home/{ACCOUNT}"))
        self.assertIn(f"setfacl -m u:shopper:x /home/{ACCOUNT}", found["hint"])
        self.assertIn("which cannot enter", self.init("--no-start"))

    def test_a_service_of_root_is_reported(self):
        self.write_unit("shop.service", user="")
        self.assertIn("shop.service runs as root: everybody who can push can run code as root",
                      self.init("--no-start", "--dry-run"))


if __name__ == "__main__":
    unittest.main()
