# SPDX-License-Identifier: Apache-2.0
"""inhaul::service against a real systemd, D-Bus and polkit.

Runs as root in the machine of tests/support/in-machine (see tests.cmake), and nowhere else: it
creates accounts and writes to /etc.
"""

import json
import os
import pathlib
import pwd
import re
import shutil
import stat
import subprocess
import unittest

from machine import (DRIVER, NEVER, RULES, Case, as_account, driver, eventually, example_rule,
                     in_unit, prepare, run, service, set_polkit, show, systemctl)

INIT = "^Run: sudo inhaul init /[a-z/]+$"
UNITS = {
    "good.service": "[Unit]\nStartLimitIntervalSec=0\n" + service(ExecStart="/bin/sleep infinity"),
    "other.service": service(ExecStart="/bin/sleep infinity"),
    "false.service": service(ExecStart="/bin/false"),
    "crash.service": service(ExecStart="/bin/sh -c 'sleep 1; exit 3'"),
    "segv.service": service(ExecStart="/bin/sh -c 'sleep 0.2; kill -SEGV $$$$'"),
    "leaves.service": service(ExecStart="/bin/sleep 0.2"),
    "again.service": service(ExecStart="/bin/sleep 0.2", Restart="always", RestartSec="10ms"),
    "waits.service": service(ExecStart="/bin/sh -c 'exit 5'", Restart="always", RestartSec="1h"),
    "notify.service": service(Type="notify", ExecStart="/bin/sleep infinity", TimeoutStartSec="1s"),
    "missing.service": service(Type="exec", ExecStart="/usr/local/bin/there-is-no-such-program"),
    "once.service": service(Type="oneshot", ExecStart="/bin/true"),
    "once-remains.service": service(Type="oneshot", ExecStart="/bin/true", RemainAfterExit="yes"),
    "once-bad.service": service(Type="oneshot", ExecStart="/bin/sh -c 'exit 4'"),
    "slow-stop.service": service(ExecStart="/bin/sleep infinity", ExecStop="/bin/sleep 0.5"),
    "slow-start.service": service(Type="notify", ExecStart="/bin/sleep infinity"),
    "hung.service": service(
        ExecStart="/bin/sh -c 'trap \"\" TERM; while :; do sleep 1; done'",
        TimeoutStopSec="infinity",
        TimeoutStartSec="infinity",
    ),
    "condition.service": "[Unit]\nConditionPathExists=/there/is/no/such/path\n"
    + service(ExecStart="/bin/sleep infinity"),
    "ours.target": "[Unit]\nDescription=Not empty, which would mean masked\n",
    "leader.service": service(ExecStart="/bin/sleep infinity"),
}


def setUpModule():
    prepare(UNITS)
    # The reference, as to an enabled unit, keeps systemd from unloading its state.
    wants = pathlib.Path("/etc/systemd/system/multi-user.target.wants")
    wants.mkdir(exist_ok=True)
    (wants / "condition.service").symlink_to("/etc/systemd/system/condition.service")
    systemctl("daemon-reload")


class Restart(Case):
    """As root, who needs no permission."""

    def test_a_restart_begins_a_new_invocation(self):
        self.restarted("good.service")
        first = self.ok(driver("invocation", "system", "good.service"))
        self.restarted("good.service")
        second = self.ok(driver("invocation", "system", "good.service"))
        self.assertRegex(first, "^[0-9a-f]{32}$")
        self.assertNotEqual(first, second)
        self.assertEqual(second, show("good.service", "InvocationID"))

    def test_a_unit_that_does_not_run_has_no_invocation(self):
        self.assertEqual(self.ok(driver("invocation", "system", "other.service")), "")
        self.assertEqual(self.ok(driver("invocation", "system", "unknown.service")), "")

    def test_an_unknown_unit_is_not_found(self):
        answer = self.fails("not_found", driver("restart", "system", "unknown.service"))
        self.assertEqual(
            answer["message"], "restart unknown.service: systemd does not know this unit"
        )

    def test_a_masked_unit_has_its_own_error(self):
        systemctl("mask", "--runtime", "masked.service")
        answer = self.fails("host", driver("restart", "system", "masked.service"))
        self.assertIn("systemctl unmask masked.service", answer["hint"])

    def test_a_missing_program_fails_the_restart(self):
        answer = self.fails("failed", driver("restart", "system", "missing.service"))
        self.assertIn("systemd's job ended as failed", answer["message"])
        self.assertIn("exit status 203 (its program cannot be executed)", answer["message"])
        self.assertIn("journalctl -u missing.service", answer["hint"])

    def test_a_unit_that_does_not_become_ready_fails_the_restart(self):
        answer = self.fails("failed", driver("restart", "system", "notify.service"))
        self.assertIn("result timeout", answer["message"])

    def test_a_oneshot_that_fails_fails_the_restart(self):
        answer = self.fails("failed", driver("restart", "system", "once-bad.service"))
        self.assertIn("exit status 4", answer["message"])

    def test_two_restarts_at_once_both_succeed(self):
        self.restarted("slow-stop.service")
        before = show("slow-stop.service", "InvocationID")
        words = [DRIVER, "restart", "system", "slow-stop.service"]
        first = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        eventually(
            lambda: show("slow-stop.service", "ActiveState") == "deactivating",
            "the first restart stops the unit",
        )
        self.restarted("slow-stop.service")
        self.ok(json.loads(first.communicate(timeout=30)[0]))
        self.assertNotEqual(before, show("slow-stop.service", "InvocationID"))

    def test_a_restart_that_hangs_ends_at_the_deadline(self):
        self.restarted("hung.service")
        answer = driver("restart", "system", "hung.service", "--deadline", "1000")
        systemctl("kill", "--signal=KILL", "hung.service")
        self.fails("timeout", answer)
        # Both timeouts are infinite: the deadline replaces each.
        self.assertIn("not finished within 2s: the unit is deactivating", answer["message"])

    def test_a_restart_that_is_stopped_is_reported_as_canceled(self):
        words = [DRIVER, "restart", "system", "slow-start.service"]
        restart = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        eventually(
            lambda: show("slow-start.service", "ActiveState") == "activating",
            "the restart starts the unit",
        )
        systemctl("stop", "slow-start.service")
        # The cause is another process, not the commit.
        answer = self.fails("host", json.loads(restart.communicate(timeout=30)[0]))
        self.assertIn("systemd's job ended as canceled", answer["message"])

    def test_a_bus_that_does_not_exist_is_a_transient_error(self):
        environment = os.environ | {"DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/run/no-such-bus"}
        answer = self.fails(
            "network", driver("restart", "system", "good.service", env=environment)
        )
        self.assertTrue(answer["transient"])
        self.assertIn("connect to the system bus", answer["message"])

    def test_a_bus_without_systemd_is_a_transient_error(self):
        bus = subprocess.Popen(
            ["dbus-daemon", "--session", "--nofork", "--print-address"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.addCleanup(bus.stdout.close)
        self.addCleanup(bus.wait)
        self.addCleanup(bus.terminate)
        environment = os.environ | {"DBUS_SYSTEM_BUS_ADDRESS": bus.stdout.readline().strip()}
        answer = self.fails(
            "network", driver("restart", "system", "good.service", env=environment)
        )
        self.assertTrue(answer["transient"])


class Settle(Case):
    def settle(self, unit, milliseconds=NEVER):
        self.restarted(unit)
        invocation = self.ok(driver("invocation", "system", unit))
        return driver("settle", "system", unit, "--settle", milliseconds, "--invocation", invocation)

    def test_a_unit_that_runs_throughout_is_healthy(self):
        self.ok(self.settle("good.service", "300"))

    def test_without_an_invocation_the_current_one_counts(self):
        self.restarted("good.service")
        self.ok(driver("settle", "system", "good.service"))

    def test_a_unit_that_never_ran_is_found_immediately(self):
        answer = self.fails("failed", self.settle("false.service"))
        self.assertIn("result exit-code, main process: exit status 1", answer["message"])
        self.assertIn("systemctl status false.service", answer["hint"])

    def test_a_crash_ends_the_watch_when_it_happens(self):
        answer = self.fails("failed", self.settle("crash.service"))
        self.assertEqual(
            answer["message"],
            "watch crash.service after its restart: the unit is failed (failed), result exit-code, "
            "main process: exit status 3",
        )

    def test_a_signal_is_named(self):
        answer = self.fails("failed", self.settle("segv.service"))
        self.assertIn("killed by SIGSEGV", answer["message"])

    def test_a_unit_that_ends_with_success_is_not_healthy(self):
        answer = self.fails("failed", self.settle("leaves.service"))
        self.assertIn("the unit has ended", answer["message"])

    def test_a_unit_that_systemd_restarts_is_not_healthy(self):
        self.fails("failed", self.settle("again.service"))
        systemctl("stop", "again.service")

    def test_a_unit_that_waits_for_its_automatic_restart_is_not_healthy(self):
        answer = self.fails("failed", self.settle("waits.service"))
        systemctl("stop", "waits.service")
        self.assertIn("activating (auto-restart)", answer["message"])
        self.assertIn("exit status 5", answer["message"])

    def test_a_unit_that_others_restart_is_not_healthy(self):
        self.restarted("good.service")
        old = self.ok(driver("invocation", "system", "good.service"))
        self.restarted("good.service")
        answer = driver("settle", "system", "good.service", "--invocation", old)
        self.fails("failed", answer)
        self.assertIn("another program restarted the unit", answer["message"])

    def test_a_oneshot_that_ended_with_success_is_healthy(self):
        self.restarted("once.service")
        self.ok(driver("settle", "system", "once.service"))

    def test_a_oneshot_that_remains_is_healthy(self):
        self.ok(self.settle("once-remains.service", "300"))

    def test_a_unit_whose_condition_is_not_met_is_not_healthy(self):
        answer = self.fails("failed", self.settle("condition.service"))
        self.assertIn("a condition of the unit is not met", answer["message"])

    def test_a_target_can_be_restarted_and_watched(self):
        self.ok(self.settle("ours.target", "300"))


class OwnUnit(Case):
    def refused(self, answer):
        answer = self.fails("refused", answer)
        self.assertIn("Run inhaul in a separate unit", answer["hint"])
        return answer["message"]

    def test_the_unit_of_this_process_is_refused(self):
        message = self.refused(in_unit("own.service", "restart", "system", "own.service"))
        self.assertIn("inhaul runs inside this unit", message)

    def test_it_is_refused_before_any_other_call(self):
        self.refused(in_unit("own.service", "invocation", "system", "own.service"))

    def test_a_slice_above_us_is_refused(self):
        words = ("restart", "system", "own-top.slice")
        self.refused(in_unit("own.service", *words, properties=["Slice=own-top-sub.slice"]))

    def test_another_name_of_our_unit_is_refused(self):
        alias = pathlib.Path("/run/systemd/system/alias.service")
        alias.parent.mkdir(exist_ok=True)
        real = pathlib.Path("/etc/systemd/system/real.service")
        words = f"{DRIVER} restart system alias.service"
        real.write_text(
            service(Type="oneshot", ExecStart=f"/bin/sh -c '{words} >/run/alias.json'")
        )
        alias.symlink_to(real)
        systemctl("daemon-reload")
        systemctl("start", "real.service")
        self.refused(json.loads(pathlib.Path("/run/alias.json").read_text()))

    def test_a_unit_whose_stop_stops_ours_is_refused(self):
        for dependency in ("PartOf", "Requires", "BindsTo"):
            with self.subTest(dependency):
                systemctl("start", "leader.service")
                properties = [f"{dependency}=leader.service", "After=leader.service"]
                words = ("restart", "system", "leader.service")
                message = self.refused(in_unit("own.service", *words, properties=properties))
                self.assertIn("own.service, in which inhaul runs", message)

    def test_another_unit_is_not_refused(self):
        self.ok(in_unit("own.service", "restart", "system", "good.service"))


class Permission(Case):
    """As an account that depends on polkit."""

    @classmethod
    def tearDownClass(cls):
        set_polkit(None)

    def restart(self, unit="good.service", account="deploy"):
        return driver("restart", "system", unit, account=account)

    def systemctl(self, verb, unit):
        words = ("systemctl", "--no-ask-password", verb, unit)
        return run(*words, check=False, **as_account("deploy")).returncode

    def test_without_a_rule_the_hint_is_init_which_writes_the_rule(self):
        set_polkit(None)
        answer = self.fails("permission", self.restart())
        self.assertIn("polkit does not permit deploy to restart ", answer["message"])
        self.assertFalse(answer["transient"])
        self.assertRegex(answer["hint"], INIT)
        set_polkit(example_rule())
        self.ok(self.restart())

    def test_the_rule_allows_nothing_else(self):
        set_polkit(example_rule())
        self.ok(self.restart())
        self.fails("permission", self.restart(unit="other.service"))
        self.fails("permission", self.restart(account="stranger"))
        self.assertEqual(self.systemctl("reset-failed", "good.service"), 0)
        self.assertNotEqual(self.systemctl("reset-failed", "other.service"), 0)
        for verb in ("stop", "start", "reload-or-restart", "try-restart", "kill"):
            with self.subTest(verb):
                self.assertNotEqual(self.systemctl(verb, "good.service"), 0)

    def test_the_rule_forbids_the_account_to_enable_lingering(self):
        def linger(account, whose):
            return run("loginctl", "--no-ask-password", "enable-linger", whose, check=False,
                       **as_account(account))
        lingers = pathlib.Path("/var/lib/systemd/linger/deploy")
        set_polkit(None)
        self.assertEqual(linger("deploy", "deploy").returncode, 0)
        self.assertTrue(lingers.exists())
        run("loginctl", "disable-linger", "deploy")
        set_polkit(example_rule())
        self.assertNotEqual(linger("deploy", "deploy").returncode, 0)
        self.assertFalse(lingers.exists())
        # It may not for other accounts either, but others may for themselves.
        self.assertNotEqual(linger("deploy", "stranger").returncode, 0)
        self.assertEqual(linger("stranger", "stranger").returncode, 0)
        run("loginctl", "disable-linger", "stranger")
        self.assertEqual(show("good.service", "ActiveState"), "active")

    def test_the_hint_for_settings_of_the_account_is_the_rule(self):
        set_polkit(None)
        answer = self.fails("permission", driver("restart", "system", "good.service", "--settings", "personal",
                                                 account="deploy"))
        head, rule = answer["hint"].split(":\n", 1)
        self.assertEqual(head, f"As root, add this rule to {RULES}")
        self.assertEqual(rule, example_rule())
        set_polkit(rule)
        self.ok(self.restart())

    def test_a_rule_that_denies_it_has_the_same_message(self):
        set_polkit("polkit.addRule(function() { return polkit.Result.NO; });\n")
        answer = self.fails("permission", self.restart())
        self.assertRegex(answer["hint"], INIT)

    def test_a_masked_polkit_has_a_hint_of_its_own(self):
        systemctl("mask", "--runtime", "--now", "polkit.service")
        self.addCleanup(systemctl, "unmask", "--runtime", "polkit.service")
        answer = self.fails("permission", self.restart())
        self.assertIn("polkit does not permit deploy to restart ", answer["message"])
        self.assertEqual(answer["hint"], "polkit is masked.\nRun: sudo systemctl unmask polkit.service")
        self.restarted("good.service")

    def test_an_unknown_unit_is_not_an_error_of_permission(self):
        set_polkit(None)
        self.fails("not_found", self.restart(unit="unknown.service"))

    def test_queries_need_no_permission(self):
        set_polkit(None)
        self.restarted("good.service")
        looked = driver("invocation", "system", "good.service", account="deploy")
        self.assertEqual(self.ok(looked), show("good.service", "InvocationID"))
        self.ok(driver("settle", "system", "good.service", account="deploy"))


class UserManager(Case):
    @classmethod
    def setUpClass(cls):
        uid = pwd.getpwnam("deploy").pw_uid
        cls.manager = f"user@{uid}.service"
        cls.account = as_account("deploy")
        cls.account["env"]["XDG_RUNTIME_DIR"] = f"/run/user/{uid}"
        units = pathlib.Path("/home/deploy/.config/systemd/user")
        run("mkdir", "-p", str(units), **cls.account)
        (units / "app.service").write_text(service(ExecStart="/bin/sleep infinity"))
        (units / "bad.service").write_text(service(Type="oneshot", ExecStart="/bin/false"))
        run("loginctl", "enable-linger", "deploy")
        systemctl("start", cls.manager)  # waits until it runs

    def in_unit(self, *words):
        prefix = ["systemd-run", "--user", "--quiet", "--wait", "--pipe", "--unit=own.service"]
        return driver(*words, prefix=prefix, **self.account)

    def test_a_unit_of_the_account_is_restarted_without_any_rule(self):
        self.restarted("app.service", "user", **self.account)
        first = self.ok(driver("invocation", "user", "app.service", **self.account))
        self.restarted("app.service", "user", **self.account)
        self.assertNotEqual(
            first, self.ok(driver("invocation", "user", "app.service", **self.account))
        )
        self.ok(driver("settle", "user", "app.service", **self.account))

    def test_the_bus_is_found_without_a_login(self):
        self.assertNotIn("XDG_RUNTIME_DIR", as_account("deploy")["env"])
        self.restarted("app.service", "user", account="deploy")

    def test_a_failure_names_the_commands_for_a_user_unit(self):
        answer = self.fails("failed", driver("restart", "user", "bad.service", account="deploy"))
        self.assertIn("journalctl --user -u bad.service", answer["hint"])

    def test_our_own_unit_and_its_manager_are_refused(self):
        self.fails("refused", self.in_unit("restart", "user", "own.service"))
        self.fails("refused", self.in_unit("restart", "system", self.manager))
        self.ok(self.in_unit("restart", "user", "app.service"))

    def test_an_account_without_a_manager_gets_a_hint(self):
        answer = self.fails(
            "network", driver("restart", "user", "app.service", account="stranger")
        )
        self.assertTrue(answer["transient"])
        self.assertIn("loginctl enable-linger stranger", answer["hint"])


class Journal(Case):
    def test_a_line_has_its_fields(self):
        run("systemd-run", "--quiet", "--wait", "--unit=logs.service", DRIVER, "log")
        run("journalctl", "--sync")
        # Not by the unit, which journald does not know after the process has ended.
        found = run("journalctl", "-o", "json", "INHAUL_APP=shop").stdout
        line = json.loads(found)
        self.assertEqual(line["PRIORITY"], "4")
        self.assertEqual(line["SYSLOG_IDENTIFIER"], "inhaul")
        self.assertEqual(line["INHAUL_SUBJECT"], "two\nlines")
        self.assertRegex(line["MESSAGE"], "^the branch has moved app=shop subject=")
        self.assertNotIn("\n", line["MESSAGE"])

    def test_redirected_output_gets_the_line_itself(self):
        command = f"{DRIVER} log 2>/run/redirected"
        run("systemd-run", "--quiet", "--wait", "--unit=redirected.service", "sh", "-c", command)
        text = pathlib.Path("/run/redirected").read_text()
        self.assertIn("the branch has moved app=shop", text)


# Runs in the sandbox of inhaul@.service, and prints its permissions.
PROBE = """
import json, os, resource, subprocess, sys
def may(action):
    try:
        action()
        return "yes"
    except OSError as error:
        return error.strerror
def write(path):
    return may(lambda: open(path, "w").close())
def nice():
    os.nice(1)
def chown():
    os.chown("/srv/app/a", -1, os.getgid())
def setuid():
    open("/srv/app/tool", "w").close()
    os.chmod("/srv/app/tool", 0o4755)
def ssh():
    words = "ssh -o BatchMode=yes -o ConnectTimeout=5 -p 1 127.0.0.1".split()
    return subprocess.run(words, capture_output=True, text=True).stderr.strip()
seen = {
    "srv": write("/srv/app/a"), "home": write("/home/deploy/app/a"), "tmp": write("/tmp/probe-a"),
    "etc": write("/etc/of-deploy/a"), "usr": write("/usr/local/of-deploy/a"),
    "home_itself": write("/home/deploy/a"), "srv_itself": write("/srv/other/a"),
    "cache": write(os.environ["XDG_CACHE_HOME"] + "/a"),
    "manager": may(lambda: os.listdir("/run/user")),
    "core": resource.getrlimit(resource.RLIMIT_CORE),
    "state": write(os.environ["STATE_DIRECTORY"] + "/a"),
    "state_directory": os.environ["STATE_DIRECTORY"],
    "data": write("/data/app/a"), "devices": sorted(os.listdir("/dev")),
    "nice": may(nice), "chown": may(chown),
    "setuid": may(setuid), "ssh": ssh(),
    "restart": json.loads(subprocess.run(
        ["/usr/local/bin/service_driver", "restart", "system", "good.service"],
        stdout=subprocess.PIPE, text=True).stdout),
    "no_new_privileges": "NoNewPrivs:\\t1" in open("/proc/self/status").read(),
}
open("/srv/app/seen.json", "w").write(json.dumps(seen))
"""


class Units(Case):
    """The installed units, with the driver instead of inhaul."""

    @classmethod
    def setUpClass(cls):
        cls.root = pathlib.Path("/run/installed")
        run(
            os.environ["CMAKE"], "--install", os.environ["BUILD"], "--component", "units",
            env=os.environ | {"DESTDIR": str(cls.root)},
        )  # fmt: skip
        cls.files = [file for kind in ("service", "timer")
                     for file in sorted(cls.root.rglob(f"lib/systemd/*/*.{kind}"))]
        for file in cls.files:
            shutil.copy(file, pathlib.Path("/etc/systemd", file.parent.name))
        inhaul = pathlib.Path(os.environ["INSTALLED_INHAUL"])
        inhaul.parent.mkdir(parents=True, exist_ok=True)
        inhaul.unlink(missing_ok=True)
        shutil.copy(DRIVER, inhaul)
        for path in ("/srv/app", "/home/deploy/app", "/data/app", "/etc/of-deploy", "/srv/other",
                     "/usr/local/of-deploy"):
            os.makedirs(path)
            shutil.chown(path, "deploy", "deploy")
        pathlib.Path("/dev/of-the-host").touch()
        # A driver with a sanitizer cannot search for leaks where ptrace is filtered. All other tests
        # search for them.
        leaks = pathlib.Path("/etc/systemd/system/inhaul@.service.d/leaks.conf")
        leaks.parent.mkdir()
        leaks.write_text("[Service]\nEnvironment=ASAN_OPTIONS=detect_leaks=0\n")
        systemctl("daemon-reload")
        set_polkit(example_rule())

    @classmethod
    def tearDownClass(cls):
        set_polkit(None)

    def drop_in(self, unit, text):
        path = pathlib.Path(f"/etc/systemd/system/{unit}.d/test.conf")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        systemctl("daemon-reload")
        self.addCleanup(systemctl, "daemon-reload")
        self.addCleanup(path.unlink)

    def start(self, unit="inhaul@deploy.service"):
        systemctl("start", unit)
        self.addCleanup(systemctl, "reset-failed", unit, check=False)
        self.addCleanup(systemctl, "stop", unit)
        return unit

    def test_all_units_are_installed_where_systemd_looks(self):
        names = [f"{file.parent.name}/{file.name}" for file in self.files]
        self.assertEqual(
            sorted(names),
            [
                "system/inhaul-once@.service",
                "system/inhaul-once@.timer",
                "system/inhaul@.service",
                "user/inhaul-once.service",
                "user/inhaul-once.timer",
                "user/inhaul.service",
            ],
        )
        for file in self.files:
            self.assertEqual(file.parent.parent.name, "systemd")
            self.assertEqual(file.parent.parent.parent.name, "lib")
            self.assertNotRegex(file.read_text(), r"@[A-Z_]{3,}@")

    def test_systemd_finds_no_error_in_them(self):
        for scope, names in {
            "--system": ["inhaul@deploy.service", "inhaul-once@deploy.service",
                         "inhaul-once@deploy.timer"],
            "--user": ["inhaul.service", "inhaul-once.service", "inhaul-once.timer"],
        }.items():  # fmt: skip
            for name in names:
                with self.subTest(name):
                    environment = os.environ | {"XDG_RUNTIME_DIR": "/run"}
                    done = run("systemd-analyze", scope, "--man=no", "verify", name,
                               env=environment)  # fmt: skip
                    self.assertEqual(done.stdout + done.stderr, "")

    def test_the_watcher_notifies_systemd_and_reloads_and_stops(self):
        unit = self.start()
        self.assertEqual(show(unit, "ActiveState"), "active")
        eventually(lambda: show(unit, "StatusText") == "reloads 0, fed 0", "the first status")
        systemctl("reload", unit)
        eventually(lambda: show(unit, "StatusText").startswith("reloads 1"), "the reload")
        eventually(lambda: show(unit, "ActiveState") == "active", "active after the reload")
        systemctl("stop", unit)
        self.assertEqual(show(unit, "Result"), "success")

    def test_the_watchdog_kills_an_agent_that_hangs_and_no_other(self):
        self.drop_in("inhaul@.service", "[Service]\nWatchdogSec=500ms\nRestart=no\n")
        unit = self.start()
        fed = re.compile(r"fed ([0-9]+)")
        eventually(
            lambda: int((fed.search(show(unit, "StatusText")) or [0, 0])[1]) >= 5,
            "fed for longer than the watchdog waits",
        )
        self.assertEqual(show(unit, "ActiveState"), "active")
        systemctl("kill", "--signal=USR1", unit)
        eventually(lambda: show(unit, "ActiveState") == "failed", "the hanging one is ended")
        self.assertEqual(show(unit, "Result"), "watchdog")

    def probe(self, more=""):
        pathlib.Path("/usr/local/lib/probe.py").write_text(PROBE)
        text = "[Service]\nType=oneshot\nRestart=no\nExecStart=\n"
        text += "ExecStart=/usr/bin/python3 /usr/local/lib/probe.py\n"
        # As written by `inhaul init` for two apps.
        text += 'ReadWritePaths="-/srv/app"\nReadWritePaths="-/home/deploy/app"\n'
        self.drop_in("inhaul@.service", text + more)
        self.start()
        return json.loads(pathlib.Path("/srv/app/seen.json").read_text())

    def test_the_sandbox_allows_the_actions_of_a_deployment(self):
        seen = self.probe()
        for allowed in ("srv", "home", "tmp", "state", "cache", "nice", "chown"):
            self.assertEqual(seen[allowed], "yes", allowed)
        self.assertIn("Connection refused", seen["ssh"])
        self.ok(seen["restart"])

    def test_the_sandbox_forbids_the_rest(self):
        seen = self.probe()
        for place in ("etc", "usr", "data", "home_itself", "srv_itself"):
            self.assertEqual(seen[place], "Read-only file system", place)
        self.assertFalse(os.path.exists("/tmp/probe-a"))
        self.assertNotIn("of-the-host", seen["devices"])
        self.assertTrue(seen["no_new_privileges"])
        self.assertEqual(seen["manager"], "Permission denied")
        self.assertEqual(seen["core"], [0, 0])

    def test_unit_limits_of_the_kernel_apply(self):
        for unit in ("inhaul@deploy.service", "inhaul-once@deploy.service"):
            with self.subTest(unit):
                memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
                self.assertLess(int(show(unit, "MemoryMax")), memory)
                self.assertGreater(int(show(unit, "MemoryMax")), memory / 2)
                self.assertEqual(show(unit, "TasksMax"), "512")
                self.assertEqual(show(unit, "LimitCORE"), "0")
                self.assertEqual(show(unit, "PrivateIPC"), "yes")
                self.assertEqual(show(unit, "SocketBindDeny"), "any")
                denied = show(unit, "IPAddressDeny")
                for network in ("169.254.0.0/16", "fe80::/10"):
                    self.assertIn(network, denied)

    def test_their_exposure_is_low(self):
        for name in ("inhaul@deploy.service", "inhaul-once@deploy.service"):
            with self.subTest(name):
                done = run("systemd-analyze", "security", "--no-pager", "--threshold=18", name)
                self.assertIn("Overall exposure level", done.stdout)

    def test_the_loosening_example_allows_the_actions_that_it_names(self):
        example = next(self.root.rglob("examples/loosen.conf")).read_text()
        seen = self.probe(example.replace("/data/myapp", "/data/app").replace("/home/scripts", "/home/deploy"))
        for allowed in ("data", "srv", "state", "tmp", "home_itself"):
            self.assertEqual(seen[allowed], "yes", allowed)
        self.assertTrue(os.path.exists("/tmp/probe-a"))
        self.addCleanup(os.unlink, "/tmp/probe-a")
        self.assertIn("of-the-host", seen["devices"])
        self.assertEqual(seen["manager"], "yes")
        unit = "inhaul@deploy.service"
        self.assertEqual(show(unit, "MemoryMax"), "infinity")
        self.assertEqual(show(unit, "TasksMax"), "4096")
        for gone in ("SocketBindDeny", "IPAddressDeny"):
            self.assertEqual(show(unit, gone), "", gone)

    def test_the_strict_example_forbids_more(self):
        example = next(self.root.rglob("examples/strict.conf")).read_text()
        seen = self.probe(example.replace("/home/scripts", "/home/deploy"))
        for allowed in ("srv", "home", "state"):
            self.assertEqual(seen[allowed], "yes", allowed)
        for forbidden in ("nice", "chown", "setuid"):
            self.assertEqual(seen[forbidden], "Operation not permitted", forbidden)
        self.ok(seen["restart"])

    def test_the_state_belongs_only_to_the_account(self):
        unit = self.start()
        state = pathlib.Path("/var/lib/inhaul/deploy")
        self.assertEqual(state.owner(), "deploy")
        self.assertEqual(stat.S_IMODE(state.stat().st_mode), 0o700)
        self.assertEqual(show(unit, "User"), "deploy")

    def test_try_later_and_locked_do_not_fail_a_single_run(self):
        for status, result in {"4": "success", "75": "success", "1": "exit-code"}.items():
            with self.subTest(status):
                text = f"[Service]\nExecStart=\nExecStart=/bin/sh -c 'exit {status}'\n"
                self.drop_in("inhaul-once@.service", text)
                systemctl("start", "inhaul-once@deploy.service", check=False)
                self.assertEqual(show("inhaul-once@deploy.service", "Result"), result)
                self.doCleanups()

    def test_the_timer_starts_the_single_run(self):
        self.drop_in("inhaul-once@.timer", "[Timer]\nOnActiveSec=0\nRandomizedDelaySec=0\n")
        self.drop_in("inhaul-once@.service", "[Service]\nExecStart=\nExecStart=/bin/true\n")
        self.start("inhaul-once@deploy.timer")
        eventually(
            lambda: show("inhaul-once@deploy.service", "ExecMainExitTimestamp") != "",
            "the timer has elapsed",
        )

    def test_the_unit_of_an_account_runs_in_its_own_manager(self):
        UserManager.setUpClass()
        account = UserManager.account
        run("systemctl", "--user", "daemon-reload", **account)
        run("systemctl", "--user", "start", "inhaul.service", **account)
        status = run("systemctl", "--user", "is-active", "inhaul.service", **account).stdout
        self.assertEqual(status.strip(), "active")
        run("systemctl", "--user", "reload", "inhaul.service", **account)
        run("systemctl", "--user", "stop", "inhaul.service", **account)


if __name__ == "__main__":
    unittest.main()
