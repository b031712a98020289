# SPDX-License-Identifier: Apache-2.0
"""What the tests of inhaul::service share: a driver of it, in a machine with a real systemd."""

import json
import os
import pathlib
import pwd
import shutil
import subprocess
import sys
import time
import unittest

DRIVER = "/usr/local/bin/service_driver"  # a copy that every account can reach
RULES = pathlib.Path("/etc/polkit-1/rules.d/50-inhaul.rules")
NEVER = "3600000"  # ms: what waits so long does not return by itself within this test's time


def service(body="", **keys):
    lines = [f"{key}={value}" for key, value in keys.items()]
    return "[Service]\n" + "\n".join(lines) + "\n" + body


def run(*command, check=True, **options):
    done = subprocess.run(
        command, check=False, text=True, capture_output=True, timeout=60, **options
    )
    if check and done.returncode != 0:
        raise AssertionError(f"{command}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def systemctl(*words, **options):
    return run("systemctl", *words, **options).stdout.strip()


def show(unit, name):
    return systemctl("show", "--value", "-p", name, unit)


def eventually(holds, what):
    """Asks until it holds; the time is a bound on a hang, not a measure."""
    end = time.monotonic() + 20
    while not holds():
        if time.monotonic() > end:
            raise AssertionError(f"not within 20 s: {what}")
        time.sleep(0.01)


def as_account(name):
    entry = pwd.getpwnam(name)
    environment = {"HOME": entry.pw_dir, "USER": name, "PATH": "/usr/bin:/bin"}
    return {
        "user": entry.pw_uid,
        "group": entry.pw_gid,
        "extra_groups": [],
        "env": environment,
        "cwd": "/",
    }


def driver(*words, account=None, prefix=(), **options):
    """The answer of one call, as service_driver prints it."""
    if account:
        options |= as_account(account)
    return json.loads(run(*prefix, DRIVER, *words, **options).stdout)


def in_unit(unit, *words, properties=()):
    """The same from within a unit of that name."""
    prefix = ["systemd-run", "--quiet", "--wait", "--pipe", "--collect", f"--unit={unit}"]
    return driver(*words, prefix=[*prefix, *(f"--property={p}" for p in properties)])


def set_polkit(rule):
    """Makes this the only rule, in force when it returns."""
    RULES.unlink(missing_ok=True)
    if rule:
        RULES.write_text(rule)
        RULES.chmod(0o644)
    systemctl("reset-failed", "polkit.service", check=False)
    systemctl("restart", "polkit.service")


def example_rule(unit="good.service"):
    source = pathlib.Path(__file__).parents[3] / "systemd/examples/50-inhaul.rules"
    return source.read_text().replace("myapp.service", unit)


def prepare(units):
    """The driver, two accounts and these units."""
    if os.geteuid() != 0 or not pathlib.Path("/command").exists():
        sys.exit("run it with tests/support/in-machine")
    shutil.copy(os.environ["SERVICE_DRIVER"], DRIVER)
    for name in ("deploy", "stranger"):
        run("useradd", "--create-home", "--shell", "/bin/bash", name)
    for name, text in units.items():
        pathlib.Path("/etc/systemd/system", name).write_text(text)


class Case(unittest.TestCase):
    maxDiff = None

    def ok(self, answer):
        self.assertTrue(answer["ok"], answer)
        return answer["value"]

    def fails(self, code, answer):
        self.assertFalse(answer["ok"], answer)
        self.assertEqual(answer["code"], code, answer)
        return answer

    def restarted(self, unit, scope="system", **options):
        """A restart that systemd has no complaint about."""
        self.ok(driver("restart", scope, unit, **options))
