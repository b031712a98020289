# SPDX-License-Identifier: Apache-2.0
"""inhaul::service with realistic units: start limits, timeouts, aliases, several units, and units that
an operator has stopped.

Runs as root in the machine of tests/support/in-machine (see tests.cmake), and nowhere else.
"""

import json
import os
import pathlib
import unittest

from machine import (RULES, Case, driver, eventually, example_rule, prepare, run, service,
                     set_polkit, show, systemctl)

ETC = pathlib.Path("/etc/systemd/system")
ORDER = pathlib.Path("/run/order")  # one line for each start of a unit
SLEEP = "/bin/sleep infinity"
INSTALL = "[Install]\nWantedBy=multi-user.target\n"


def noted(**keys):
    return "[Unit]\nStartLimitIntervalSec=0\n" + service(
        ExecStartPre=f"/bin/sh -c 'echo %n >>{ORDER}'", ExecStart=SLEEP, **keys)


UNITS = {
    "limited.service": "[Unit]\nStartLimitIntervalSec=1h\nStartLimitBurst=1\n"
    + service(ExecStart=SLEEP),
    "loop.service": "[Unit]\nStartLimitIntervalSec=1h\nStartLimitBurst=3\n"
    + service(ExecStart="/bin/false", Restart="always", RestartSec="1ms"),
    # 1.6 s in all, but each command within its timeout.
    "slow.service": service(Type="oneshot", ExecStartPre="/bin/sleep 0.4", TimeoutStartSec="2s", TimeoutStopSec="90s",
                            body="ExecStartPre=/bin/sleep 0.4\nExecStart=/bin/sleep 0.4\n"
                                 "ExecStartPost=/bin/sleep 0.4\n"),
    "stubborn.service": service(
        ExecStart="/bin/sh -c 'trap \"\" TERM; while :; do sleep 0.1; done'", TimeoutStartSec="90s",
        TimeoutStopSec="1s"),
    "real.service": noted() + INSTALL,
    "web.service": noted() + INSTALL,
    "worker@.service": noted() + INSTALL,
    # Slow to stop: inhaul reads its state during a restart by systemd.
    "part.service": "[Unit]\nStartLimitIntervalSec=0\nPartOf=web.service\n"
    + service(ExecStartPre=f"/bin/sh -c 'echo %n >>{ORDER}'", ExecStart=SLEEP, ExecStop="/bin/sleep 0.5"),
    "migrate.service": service(Type="oneshot", ExecStart=f"/bin/sh -c 'echo %n >>{ORDER}'")
    + INSTALL,
    "crashing.service": service(ExecStart="/bin/sh -c 'sleep 0.3; exit 3'"),
    "nobody.service": service(User="there-is-no-such-account", ExecStart=SLEEP),
    "broken.service": "[Service]\nType=simple\n",
    "asked.service": noted(),
    "asked.socket": "[Socket]\nListenStream=/run/asked.socket\n",
    "off.service": noted() + INSTALL,
    "static.service": noted(),
}


def setUpModule():
    prepare(UNITS)
    # The reference keeps systemd from unloading the result of its last run.
    systemctl("enable", "migrate.service")
    (ETC / "alias.service").symlink_to("real.service")
    systemctl("daemon-reload")


def starts():
    return ORDER.read_text().split() if ORDER.exists() else []


class Limits(Case):
    def test_a_start_limit_is_reset_before_each_restart(self):
        for _ in range(3):
            self.restarted("limited.service")

    def test_a_unit_that_has_reached_its_limit_is_restarted(self):
        systemctl("start", "loop.service", check=False)
        eventually(lambda: show("loop.service", "ActiveState") == "failed", "it has given up")
        self.assertNotEqual(run("systemctl", "start", "loop.service", check=False).returncode, 0)
        pathlib.Path("/run/systemd/system/loop.service.d").mkdir(parents=True)
        drop_in = pathlib.Path("/run/systemd/system/loop.service.d/good.conf")
        drop_in.write_text(f"[Service]\nExecStart=\nExecStart={SLEEP}\n")
        systemctl("daemon-reload")
        self.restarted("loop.service")
        drop_in.unlink()
        systemctl("daemon-reload")
        systemctl("stop", "loop.service")

    def test_without_permission_a_limit_is_an_error_of_the_host_with_the_rule(self):
        set_polkit(example_rule("limited.service").replace('"restart", "reset-failed"', '"restart"'))
        self.addCleanup(set_polkit, None)
        systemctl("reset-failed", "limited.service", check=False)
        self.ok(driver("restart", "system", "limited.service", account="deploy"))
        (unit,) = json.loads(self.ok(driver("examine", "system", "limited.service",
                                            account="deploy")))
        self.assertEqual(unit["fault"], "")
        self.assertIn("polkit does not permit deploy to restart ", unit["limit"])
        answer = self.fails("host", driver("restart", "system", "limited.service",
                                           account="deploy"))
        self.assertIn("result start-limit-hit", answer["message"])
        self.assertIn("1 time in 1h (StartLimitBurst=, StartLimitIntervalSec=)", answer["hint"])
        self.assertIn("Run: sudo systemctl reset-failed limited.service\n", answer["hint"])
        self.assertIn("Run: sudo inhaul init /", answer["hint"])
        set_polkit(example_rule("limited.service"))
        self.ok(driver("restart", "system", "limited.service", account="deploy"))
        (unit,) = json.loads(self.ok(driver("examine", "system", "limited.service",
                                            account="deploy")))
        self.assertEqual((unit["fault"], unit["limit"], unit["runs"]), ("", "", True))

    def test_a_limit_that_the_started_unit_itself_reaches_is_its_failure(self):
        self.ok(driver("restart", "system", "loop.service"))
        self.fails("failed", driver("settle", "system", "loop.service"))
        systemctl("stop", "loop.service")


class Time(Case):
    def test_each_command_gets_the_time_that_the_unit_allows(self):
        self.ok(driver("restart", "system", "slow.service", "--deadline", "300"))

    def test_a_stop_that_ends_with_a_kill_is_awaited(self):
        self.restarted("stubborn.service")
        before = show("stubborn.service", "InvocationID")
        self.ok(driver("restart", "system", "stubborn.service", "--deadline", "300"))
        self.assertNotEqual(show("stubborn.service", "InvocationID"), before)
        systemctl("kill", "--signal=KILL", "stubborn.service")

    def test_the_longest_restart_is_reported(self):
        bounds = {unit["unit"]: unit["bound"] for unit in json.loads(self.ok(
            driver("examine", "system", "slow.service,stubborn.service", "--deadline", "300")))}
        # Four start commands of 2 s each; two signals of 1 s each.
        self.assertEqual(bounds["slow.service"], 4 * 2000 + 2 * 90_000)
        self.assertEqual(bounds["stubborn.service"], 90_000 + 2 * 1000)


class Names(Case):
    """As the account, with the rule."""

    @classmethod
    def tearDownClass(cls):
        set_polkit(None)

    def test_an_alias_is_restarted_under_the_rule_of_its_id(self):
        set_polkit(example_rule("real.service"))
        self.ok(driver("restart", "system", "alias.service", account="deploy"))
        (unit,) = json.loads(self.ok(driver("examine", "system", "alias.service",
                                            account="deploy")))
        self.assertEqual((unit["unit"], unit["fault"], unit["limit"]), ("real.service", "", ""))

    def test_the_message_about_an_alias_names_the_unit_of_the_rule(self):
        set_polkit(None)
        answer = self.fails("permission", driver("restart", "system", "alias.service",
                                                 account="deploy"))
        self.assertIn("permit deploy to restart real.service", answer["message"])
        set_polkit(example_rule("real.service"))
        self.ok(driver("restart", "system", "alias.service", account="deploy"))

    def test_an_instance_is_restarted_without_its_neighbour(self):
        set_polkit(example_rule("worker@1.service"))
        self.ok(driver("restart", "system", "worker@1.service", account="deploy"))
        self.fails("permission", driver("restart", "system", "worker@2.service", account="deploy"))

    def test_a_unit_and_its_alias_are_restarted_once(self):
        ORDER.unlink(missing_ok=True)
        self.restarted("alias.service,real.service")
        self.assertEqual(starts(), ["real.service"])


class Several(Case):
    NAMES = "web.service,worker@1.service,migrate.service"

    def setUp(self):
        ORDER.unlink(missing_ok=True)

    def test_all_units_are_restarted_in_their_order(self):
        first = self.ok(driver("restart", "system", self.NAMES))
        second = self.ok(driver("restart", "system", self.NAMES))
        self.assertEqual(starts(), self.NAMES.split(",") * 2)
        self.assertRegex(second, "^web.service=[0-9a-f]{32} worker@1.service=[0-9a-f]{32} "
                                 "migrate.service=[0-9a-f]{32}$")
        for one, other in zip(first.split(), second.split()):
            self.assertNotEqual(one, other)
        self.assertEqual(self.ok(driver("invocation", "system", self.NAMES)), second)
        self.ok(driver("settle", "system", self.NAMES, "--invocation", second))

    def test_after_a_kill_between_them_only_the_rest_is_restarted(self):
        before = self.ok(driver("restart", "system", self.NAMES))
        for done in (["web.service"], ["web.service", "worker@1.service"], []):
            with self.subTest(done=done):
                before = self.ok(driver("invocation", "system", self.NAMES))
                for unit in done:
                    systemctl("restart", unit)
                ORDER.unlink()
                after = self.ok(driver("resume", "system", self.NAMES, "--invocation", before))
                rest = [unit for unit in self.NAMES.split(",") if unit not in done]
                self.assertEqual(starts(), rest)
                self.assertEqual(after, self.ok(driver("invocation", "system", self.NAMES)))
        after = self.ok(driver("invocation", "system", self.NAMES))
        ORDER.unlink()
        self.assertEqual(self.ok(driver("resume", "system", self.NAMES, "--invocation", before)),
                         after)
        self.assertEqual(starts(), [])

    def test_one_restart_suffices_for_a_unit_that_restarts_with_another(self):
        self.addCleanup(systemctl, "stop", "part.service")
        self.restarted("web.service,part.service")
        ORDER.unlink()
        self.restarted("web.service,part.service")
        self.assertEqual(starts(), ["web.service", "part.service"])

    def test_a_second_unit_that_crashes_is_named(self):
        runs = self.ok(driver("restart", "system", "web.service,crashing.service"))
        answer = self.fails("failed", driver("settle", "system", "web.service,crashing.service",
                                             "--settle", "3600000", "--invocation", runs))
        self.assertEqual(answer["message"], "watch crashing.service after its restart: the unit is failed "
                                            "(failed), result exit-code, main process: exit status 3")
        self.assertIn("journalctl -u crashing.service", answer["hint"])

    def test_all_units_with_a_fault_are_named(self):
        systemctl("stop", "web.service", "worker@1.service")
        answer = self.fails("failed", driver("settle", "system", "web.service,worker@1.service"))
        self.assertIn("watch web.service after its restart: the unit has ended", answer["message"])
        self.assertIn("; watch worker@1.service after its restart: the unit has ended", answer["message"])

    def test_a_missing_unit_is_found_before_the_first_is_restarted(self):
        self.restarted("web.service")
        ORDER.unlink()
        answer = self.fails("not_found", driver("restart", "system", "web.service,absent.service"))
        self.assertIn("restart absent.service: systemd does not know this unit", answer["message"])
        self.assertEqual(starts(), [])

    def test_one_unit_that_is_excluded_is_neither_restarted_nor_watched(self):
        systemctl("stop", "worker@1.service")
        words = ("system", "web.service,worker@1.service", "--leave", "worker@1.service")
        runs = self.ok(driver("restart", *words))
        self.assertEqual(starts(), ["web.service"])
        self.assertRegex(runs, "^web.service=[0-9a-f]{32}$")
        self.ok(driver("settle", *words, "--invocation", runs))
        self.assertEqual(show("worker@1.service", "ActiveState"), "inactive")


class Blame(Case):
    """Errors of the host are distinguished from those of the commit."""

    def test_an_account_that_does_not_exist(self):
        self.ok(driver("restart", "system", "nobody.service"))
        answer = self.fails("host", driver("settle", "system", "nobody.service"))
        self.assertIn("exit status 217 (its user does not exist)", answer["message"])

    def test_a_unit_file_that_systemd_cannot_load(self):
        answer = self.fails("host", driver("restart", "system", "broken.service"))
        self.assertIn("systemd cannot load the unit: bad-setting", answer["message"])
        self.assertIn("systemctl status broken.service", answer["hint"])


class Stopped(Case):
    """Healthy units that do not run."""

    def stopped(self, unit="off.service"):
        return self.ok(driver("stopped", "system", unit))

    def tearDown(self):
        systemctl("disable", "--now", "off.service", check=False)
        (ETC / "other-name.service").unlink(missing_ok=True)
        systemctl("daemon-reload")

    def test_a_running_unit_is_not_stopped(self):
        systemctl("start", "off.service")
        self.assertEqual(self.stopped(), "")

    def test_a_unit_that_is_stopped_and_disabled(self):
        systemctl("start", "off.service")
        systemctl("stop", "off.service")
        self.assertEqual(self.stopped(), "off.service: stopped and disabled: sudo systemctl enable "
                                         "--now off.service\n")

    def test_a_stopped_and_disabled_unit_with_an_alias(self):
        (ETC / "other-name.service").symlink_to("off.service")
        systemctl("daemon-reload")
        self.assertIn("other-name.service: stopped and disabled",
                      self.stopped("other-name.service"))

    def test_a_unit_that_is_stopped_and_enabled_is_started_again(self):
        systemctl("enable", "off.service")
        self.assertIn("off.service: stopped: ", self.stopped())

    def test_a_unit_that_cannot_be_enabled_is_only_stopped(self):
        self.assertIn("static.service: stopped: ", self.stopped("static.service"))

    def test_a_unit_that_a_socket_starts_is_only_stopped(self):
        systemctl("start", "asked.socket")
        self.addCleanup(systemctl, "stop", "asked.socket")
        self.assertIn("asked.service: stopped: ", self.stopped("asked.service"))

    def test_a_unit_that_is_masked(self):
        systemctl("mask", "--runtime", "hidden.service")
        self.assertEqual(self.stopped("hidden.service"),
                         "hidden.service: stopped and masked: sudo systemctl unmask hidden.service\n")

    def test_a_failed_unit_is_not_stopped(self):
        driver("restart", "system", "crashing.service")
        eventually(lambda: show("crashing.service", "ActiveState") == "failed", "it has failed")
        self.assertEqual(self.stopped("crashing.service"), "")

    def test_a_oneshot_is_never_reported_as_stopped(self):
        systemctl("disable", "migrate.service")
        self.addCleanup(systemctl, "enable", "migrate.service")
        self.assertEqual(self.stopped("migrate.service"), "")


if __name__ == "__main__":
    unittest.main()
