# SPDX-License-Identifier: Apache-2.0
"""`inhaul init --trigger-unit`: a path unit of root restarts the app, without permission for the account.

Runs as root in a machine over the tree of tests/support/clean-root, and nowhere else.
"""

import json
import os
import unittest
from pathlib import Path

from support import machine  # pylint: disable=unused-import
from first_push_test import show, systemctl
from removal_test import Scripts
from support.waiting import wait_for
from support.world import run

SYSTEM = Path("/etc/systemd/system")
NAME = "inhaul-restart-shop@scripts"
RULE = Path("/etc/polkit-1/rules.d/50-inhaul-shop@scripts.rules")


class TriggerUnit(Scripts):
    def setUp(self):
        super().setUp()
        self.addCleanup(self.end_triggers)

    @staticmethod
    def end_triggers():
        for path in SYSTEM.glob("inhaul-restart-*"):
            if path.suffix == ".path":
                systemctl("disable", "--now", path.name, check=False)
            path.unlink()
        systemctl("daemon-reload")

    def set_up(self, *words, expect=0):
        return self.init("--setup-token", self.token, "--no-relay", *words, expect=expect)

    def denied(self, *words):
        done = self.as_account("systemctl", "--no-ask-password", *words, check=False)
        self.assertNotEqual(done.returncode, 0, words)

    def checks(self, what):
        done = self.as_account("inhaul", "doctor", "shop", "--json", check=False)
        (app,) = json.loads(done.stdout)["apps"]
        return [(each["status"], each["message"]) for each in app["checks"] if each["check"] == what]

    def test_a_push_is_deployed_and_the_app_restarted_although_polkit_denies_it(self):
        printed = self.set_up("--trigger-unit").stdout
        self.assertIn("shop is live. inhaul deploys each push to main.", printed)
        self.assertEqual(self.world.restarts(), ["one"])
        for kind in ("path", "service"):
            info = (SYSTEM / f"{NAME}.{kind}").stat()
            self.assertEqual((info.st_uid, info.st_gid, info.st_mode & 0o777), (0, 0, 0o644))
        self.assertEqual(systemctl("is-enabled", f"{NAME}.path"), "enabled")
        self.assertNotIn("manage-units", RULE.read_text())
        self.denied("restart", "shop.service")
        self.denied("reset-failed", "shop.service")
        self.denied("restart", f"{NAME}.service")
        self.denied("stop", f"{NAME}.path")
        self.assertEqual(self.checks("service"),
                         [("good", "shop.service is running, and inhaul has permission to restart it")])
        self.assertEqual(self.checks("trigger unit"),
                         [("good", f"{NAME}.path watches {self.world.state}/restart/shop/shop.service")])
        before = show("shop.service", "InvocationID")
        self.hurry()
        second = self.world.commit("two")
        self.wait_live(second)
        self.assertEqual(self.world.restarts(), ["one", "two"])
        self.assertNotEqual(show("shop.service", "InvocationID"), before)
        self.assertEqual(self.world.tree_problems(second), [])
        self.assertEqual(self.status()["live"]["commit"], second)

    def test_a_failing_start_is_judged_and_rolled_back(self):
        self.set_up("--trigger-unit")
        unit = SYSTEM / "shop.service"
        unit.write_text(unit.read_text().replace(
            "ExecStart=", f"ExecStartPre=/bin/sh -c '! grep bad {self.directory}/version'\nExecStart="))
        systemctl("daemon-reload")
        self.hurry()
        bad = self.world.commit("bad")
        wait_for("it is rolled back",
                 lambda: [each["commit"] for each in self.status().get("restrictions", {})
                          .get("quarantine", [])] == [bad])
        wait_for("the last known good one runs",
                 lambda: self.world.restarts() == ["one", "bad", "one"]
                 and show("shop.service", "ActiveState") == "active")
        self.assertEqual(self.world.tree_problems(self.first), [])
        good = self.world.commit("good")
        self.wait_live(good)
        self.assertEqual(self.world.restarts(), ["one", "bad", "one", "good"])

    def test_a_second_run_changes_nothing_and_keeps_the_trigger(self):
        self.set_up("--trigger-unit")
        files = {path: Path(path).read_bytes() for path in self.of_root()}
        for words in (["--trigger-unit"], []):
            self.assertIn("all files already exist", self.set_up(*words).stdout)
            self.assertEqual({path: Path(path).read_bytes() for path in self.of_root()}, files)
        self.assertEqual(self.world.restarts(), ["one"])

    def test_it_replaces_the_permission_and_the_permission_replaces_it(self):
        self.set_up()
        self.assertIn("manage-units", RULE.read_text())
        self.set_up("--trigger-unit")
        self.assertNotIn("manage-units", RULE.read_text())
        self.denied("restart", "shop.service")
        settings = self.world.settings / "shop.toml"
        text = settings.read_text()
        settings.write_text("".join(line for line in text.splitlines(True)
                                    if not line.startswith("trigger = ")))
        printed = self.set_up("--force").stdout
        self.assertIn("to be removed:", printed)
        self.assertEqual(list(SYSTEM.glob("inhaul-restart-*")), [])
        self.assertNotEqual(systemctl("is-active", f"{NAME}.path", check=False), "active")
        self.as_account("systemctl", "--no-ask-password", "restart", "shop.service")

    def test_the_doctor_reports_faults_of_the_trigger(self):
        self.set_up("--trigger-unit")
        systemctl("stop", f"{NAME}.path")
        ((verdict, said),) = self.checks("service")
        self.assertEqual(verdict, "bad")
        self.assertIn("watches", said)
        systemctl("start", f"{NAME}.path")
        (SYSTEM / f"{NAME}.service").chmod(0o666)
        ((verdict, said),) = self.checks("service")
        self.assertEqual(verdict, "bad")
        self.assertIn("accounts other than root can change", said)

    def test_remove_removes_the_trigger(self):
        self.set_up("--trigger-unit")
        self.assertIn(f"{NAME}.path", self.remove("--dry-run").stdout)
        self.remove("--yes")
        self.assertEqual(self.of_root(), self.before)
        self.assertEqual(systemctl("show", "--value", "-p", "LoadState", f"{NAME}.path"), "not-found")
        self.assertEqual(show("shop.service", "ActiveState"), "active")

    def test_it_is_only_for_units_of_the_system_manager(self):
        printed = self.init("--trigger-unit", "--no-service", "--no-relay", expect=2)
        self.assertIn("--no-service", printed.stderr)
        self.assertEqual(self.of_root(), self.before)


if __name__ == "__main__":
    if os.geteuid() != 0 or not Path("/command").exists():
        raise SystemExit("run it with tests/support/in-machine")
    unittest.main()
