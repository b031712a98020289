# SPDX-License-Identifier: Apache-2.0
"""The package's ways to run deployments: accounts and units."""

import pwd
from pathlib import Path

from support.hosted import as_account
from support.world import run


class Agent:
    """inhaul@ACCOUNT.service, set up by root."""

    name, personal, init_words = "agent", False, ()
    units, target = Path("/etc/systemd/system"), "multi-user.target"

    def __init__(self, account):
        self.account, self.home = account, Path("/home") / account
        self.settings = Path("/etc/inhaul") / account
        self.cache = Path("/var/cache/inhaul") / account

    def make(self):
        run("useradd", "--create-home", self.account)

    def run(self, *words, check=True):
        """Runs a command as the account that sets the app up."""
        return run(*words, check=check, cwd=self.home, timeout=300)

    def inhaul(self, *words, check=True):
        return as_account(self.account, "inhaul", *words, check=check)

    def systemctl(self, *words, check=True):
        return run("systemctl", *words, check=check).stdout.strip()

    def own_files(self):
        """Gives files of this test to the account, as if it had written them."""

    def begin(self, apps):
        """Sets the apps up. The last step of each init deploys and starts the agent."""
        for app in apps:
            app.init()


class FrequentTimer:
    """A timer elapses each second."""

    def begin(self, apps):
        place = self.units / f"{self.timer}.d"
        place.mkdir()
        (place / "hurry.conf").write_text(  # the first line removes the shipped times
            "[Timer]\nOnBootSec=\nOnBootSec=1s\nOnUnitInactiveSec=1s\nRandomizedDelaySec=0\n")
        self.own_files()
        self.systemctl("daemon-reload")
        super().begin(apps)


class Timer(FrequentTimer, Agent):
    """inhaul-once@ACCOUNT.timer: no resident process."""

    name, init_words = "timer", ("--timer",)

    def __init__(self, account):
        super().__init__(account)
        self.timer = f"inhaul-once@{account}.timer"


class PersonalAgent(Agent):
    """An account's own inhaul.service, units and manager, without root."""

    name, personal, init_words, target = "own", True, ("--user",), "default.target"

    def __init__(self, account):
        super().__init__(account)
        self.settings, self.cache = self.home / ".config" / "inhaul", self.home
        self.units = self.home / ".config" / "systemd" / "user"

    def make(self):
        super().make()
        self.uid = pwd.getpwnam(self.account).pw_uid
        # As a login creates it.
        run("systemctl", "start", f"user@{self.uid}.service")

    def run(self, *words, check=True):
        return as_account(self.account, *words, check=check, cwd=self.home, timeout=300)

    def systemctl(self, *words, check=True):
        return as_account(self.account, "systemctl", "--user", *words, check=check).stdout.strip()

    def own_files(self):
        run("chown", "-R", f"{self.account}:", self.home / ".config")


class PersonalTimer(FrequentTimer, PersonalAgent):
    """An account's own inhaul-once.timer."""

    name, init_words, timer = "own-timer", ("--user", "--timer"), "inhaul-once.timer"
