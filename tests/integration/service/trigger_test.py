# SPDX-License-Identifier: Apache-2.0
"""Restarts by a path unit of root instead of a polkit rule, with a real systemd and polkit.

Runs as root in the machine of tests/support/in-machine (see tests.cmake), and nowhere else.
"""

import json
import os
import pathlib
import shutil
import subprocess
import unittest

from machine import (DRIVER, Case, as_account, driver, eventually, prepare, run, service, set_polkit,
                     show, systemctl)

ETC = pathlib.Path("/etc/systemd/system")
EXAMPLES = pathlib.Path(__file__).parents[3] / "systemd/examples"
STATE = pathlib.Path("/var/lib/inhaul/deploy")
REQUESTS = STATE / "restart/myapp"
STARTS = pathlib.Path("/var/tmp/starts")
COUNTED = f"/bin/sh -c 'echo %n >>{STARTS}'"
HANGS = "/bin/sh -c 'trap \"\" TERM; while :; do sleep 1; done'"

UNITS = {
    "good.service": service(ExecStartPre=COUNTED, ExecStart="/bin/sleep infinity"),
    "web.service": "[Unit]\nStartLimitIntervalSec=0\n"
    + service(ExecStartPre=COUNTED, ExecStart="/bin/sleep infinity"),
    "worker@.service": "[Unit]\nStartLimitIntervalSec=0\n"
    + service(ExecStartPre=COUNTED, ExecStart="/bin/sleep infinity"),
    "missing.service": service(Type="exec", ExecStart="/usr/local/bin/there-is-no-such-program"),
    "once-bad.service": service(Type="oneshot", ExecStart="/bin/sh -c 'exit 4'"),
    "slow-start.service": service(Type="notify", ExecStart="/bin/sleep infinity"),
    "hung.service": service(ExecStart=HANGS, TimeoutStopSec="infinity", TimeoutStartSec="infinity"),
}


def setUpModule():
    prepare(UNITS)
    set_polkit(None)


class Triggered(Case):
    def setUp(self):
        STATE.mkdir(parents=True, exist_ok=True)
        shutil.chown(STATE, "deploy", "deploy")
        self.addCleanup(shutil.rmtree, STATE)
        STARTS.write_text("")
        STARTS.chmod(0o666)

    def install(self, unit, name="myapp-restart"):
        """Installs the example for this unit."""
        for kind in ("path", "service"):
            text = (EXAMPLES / f"myapp-restart.{kind}").read_text().replace("myapp.service", unit)
            text = text.replace("/var/lib/inhaul/scripts", str(STATE))
            (ETC / f"{name}.{kind}").write_text(text)
            self.addCleanup((ETC / f"{name}.{kind}").unlink, True)
        systemctl("daemon-reload")
        systemctl("start", f"{name}.path")
        self.addCleanup(systemctl, "stop", f"{name}.path", check=False)
        self.addCleanup(systemctl, "stop", *unit.split(","), check=False)

    @staticmethod
    def words(unit, *more):
        return ["restart", "system", unit, "--trigger", REQUESTS, *more]

    def restart(self, unit, *more, account="deploy"):
        return driver(*self.words(unit, *more), account=account)

    def starts(self):
        return STARTS.read_text().split()

    def test_each_request_restarts_the_unit_once_although_polkit_denies_it(self):
        self.install("good.service")
        denied = run("systemctl", "--no-ask-password", "restart", "good.service", check=False,
                     **as_account("deploy"))
        self.assertNotEqual(denied.returncode, 0)
        self.fails("permission", driver("restart", "system", "good.service", account="deploy"))
        self.assertEqual(self.starts(), [])
        runs = set()
        # More often than the unit's start limit allows: five times in ten seconds.
        for number in range(1, 9):
            runs.add(self.ok(self.restart("good.service")))
            now = show("good.service", "InvocationID")
            self.assertIn(now, runs)
            self.ok(driver("settle", "system", "good.service", "--invocation", now,
                           account="deploy"))
            self.assertEqual(self.starts(), ["good.service"] * number)
        self.assertEqual(len(runs), 8)

    def test_the_content_of_the_file_is_ignored(self):
        self.install("web.service")
        self.ok(self.restart("web.service"))
        file = REQUESTS / "web.service"
        before = show("web.service", "InvocationID")
        run("sh", "-c", f"echo '$(touch /var/tmp/no) -- good.service' >{file}", **as_account("deploy"))
        eventually(lambda: show("web.service", "InvocationID") not in ("", before), "a restart")
        self.assertFalse(pathlib.Path("/var/tmp/no").exists())
        self.assertNotIn("good.service", self.starts())

    def test_several_units_are_restarted_in_their_order_and_one_can_be_excluded(self):
        self.install("web.service")
        self.install("worker@1.service", "myapp-restart-worker")
        both = "web.service,worker@1.service"
        self.ok(self.restart(both))
        self.assertEqual(self.starts(), ["web.service", "worker@1.service"])
        self.ok(self.restart(both, "--leave", "web.service"))
        self.assertEqual(self.starts(), ["web.service", "worker@1.service", "worker@1.service"])

    def test_a_failing_start_is_reported_as_over_the_bus(self):
        for unit, printed in {
            "missing.service": "exit status 203 (its program cannot be executed)",
            "once-bad.service": "exit status 4",
        }.items():
            with self.subTest(unit):
                self.install(unit)
                by_trigger = self.fails("failed", self.restart(unit))
                self.assertIn("systemd's job ended as failed", by_trigger["message"])
                self.assertIn(printed, by_trigger["message"])
                over_the_bus = driver("restart", "system", unit)
                self.assertEqual(by_trigger["message"], over_the_bus["message"])
                self.assertEqual(by_trigger["hint"], over_the_bus["hint"])

    def test_a_restart_that_hangs_ends_at_the_deadline_and_can_be_replaced(self):
        self.install("hung.service")
        self.addCleanup(systemctl, "kill", "--signal=KILL", "hung.service", check=False)
        self.addCleanup(systemctl, "stop", "--no-block", "hung.service")
        self.ok(self.restart("hung.service"))
        for _ in range(2):
            answer = self.fails("timeout", self.restart("hung.service", "--deadline", "1000"))
            self.assertIn("not finished within 2s: the unit is deactivating", answer["message"])
        before = show("hung.service", "InvocationID")
        systemctl("kill", "--signal=KILL", "hung.service")
        eventually(lambda: show("hung.service", "InvocationID") != before, "the last one goes on")

    def test_a_restart_that_is_stopped_is_reported_as_canceled(self):
        self.install("slow-start.service")
        restart = subprocess.Popen([DRIVER, *self.words("slow-start.service")],
                                   stdout=subprocess.PIPE, text=True, **as_account("deploy"))
        eventually(lambda: show("slow-start.service", "ActiveState") == "activating", "it starts")
        systemctl("stop", "slow-start.service")
        answer = self.fails("host", json.loads(restart.communicate(timeout=30)[0]))
        self.assertIn("systemd's job ended as canceled", answer["message"])

    def test_the_absence_of_a_part_of_the_trigger_is_an_error_of_the_host(self):
        nothing = self.fails("permission", self.restart("web.service"))
        self.assertIn(f"no path unit watches {REQUESTS}/web.service", nothing["message"])
        self.assertRegex(nothing["hint"], "^Run: sudo inhaul init /[a-z/]+ --trigger-unit$")
        personal = self.fails("permission", self.restart("web.service", "--settings", "personal"))
        self.assertIn("As root, create a path unit", personal["hint"])
        self.install("web.service")
        (ETC / "myapp-restart.service").chmod(0o666)
        changeable = self.fails("host", self.restart("web.service"))
        self.assertIn("accounts other than root can change", changeable["message"])
        (ETC / "myapp-restart.service").chmod(0o644)
        shutil.chown(ETC / "myapp-restart.path", "deploy")
        self.assertIn("myapp-restart.path", self.fails("host", self.restart("web.service"))["message"])
        shutil.chown(ETC / "myapp-restart.path", "root")
        stranger = self.fails("permission", self.restart("web.service", account="stranger"))
        self.assertIn("stranger may not write to", stranger["message"])
        self.ok(self.restart("web.service"))
        systemctl("enable", "myapp-restart.path")
        systemctl("stop", "myapp-restart.path")
        stopped = self.fails("permission", self.restart("web.service"))
        self.assertIn("watches", stopped["message"])

    def test_a_service_that_does_not_restart_the_unit_is_an_error_of_the_host(self):
        self.install("web.service")
        for command, printed in {"/bin/false": "myapp-restart.service did not restart it: failed",
                              "/bin/true": "myapp-restart.service did not restart it"}.items():
            with self.subTest(command):
                (ETC / "myapp-restart.service").write_text(
                    f"[Unit]\nStartLimitIntervalSec=0\n[Service]\nType=oneshot\nExecStart={command}\n")
                systemctl("daemon-reload")
                answer = self.fails("host", self.restart("web.service"))
                self.assertIn(printed, answer["message"])
        self.assertEqual(self.starts(), [])

    def test_examine_checks_the_trigger_and_does_not_query_polkit(self):
        self.install("web.service")
        words = ["examine", "system", "web.service", "--trigger", str(REQUESTS)]
        (web,) = json.loads(self.ok(driver(*words, account="deploy")))
        self.assertFalse(web["fault"], web)
        systemctl("stop", "myapp-restart.path")
        (web,) = json.loads(self.ok(driver(*words, account="deploy")))
        self.assertIn("watches", web["fault"])
        self.assertEqual(self.starts(), [])


if __name__ == "__main__":
    if os.geteuid() != 0:
        raise SystemExit("run it with tests/support/in-machine")
    unittest.main()
