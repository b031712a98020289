# SPDX-License-Identifier: Apache-2.0
"""Shared code of the tests of inhaul::service: its driver, in a machine with a real systemd."""

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
NEVER = "3600000"  # ms: longer than any test


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
    """Polls until the condition holds. The time only limits a hang."""
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
    """Returns the answer of one call by service_driver."""
    if account:
        options |= as_account(account)
    return json.loads(run(*prefix, DRIVER, *words, **options).stdout)


def in_unit(unit, *words, properties=()):
    """Returns the same from within a unit of this name."""
    prefix = ["systemd-run", "--quiet", "--wait", "--pipe", "--collect", f"--unit={unit}"]
    return driver(*words, prefix=[*prefix, *(f"--property={p}" for p in properties)])


def set_polkit(rule):
    """Makes this the only rule. It is in force on return."""
    RULES.unlink(missing_ok=True)
    if rule:
        RULES.write_text(rule)
        RULES.chmod(0o644)
    systemctl("reset-failed", "polkit.service", check=False)
    systemctl("restart", "polkit.service")


def example_rule(unit="good.service"):
    source = pathlib.Path(__file__).parents[3] / "systemd/examples/50-inhaul.rules"
    return source.read_text().replace("myapp.service", unit).replace('"scripts"', '"deploy"')


def prepare(units):
    """Installs the driver, two accounts and these units."""
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
        """Restarts the unit and asserts success."""
        self.ok(driver("restart", scope, unit, **options))
