# SPDX-License-Identifier: Apache-2.0
"""Who deploys on a server, and what starts it: the ways that the package brings."""

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
        """As who sets it up."""
        return run(*words, check=check, cwd=self.home, timeout=300)

    def inhaul(self, *words, check=True):
        return as_account(self.account, "inhaul", *words, check=check)

    def systemctl(self, *words, check=True):
        return run("systemctl", *words, check=check).stdout.strip()

    def own_files(self):
        """What this test has written is the account's where a person would have written it."""

    def begin(self, apps):
        """The last step of each set-up deploys, and starts the agent."""
        for app in apps:
            app.init()


class Hurried:
    """A timer elapses each second."""

    def begin(self, apps):
        place = self.units / f"{self.timer}.d"
        place.mkdir()
        (place / "hurry.conf").write_text(  # the first line takes all of the shipped ones away
            "[Timer]\nOnBootSec=\nOnBootSec=1s\nOnUnitInactiveSec=1s\nRandomizedDelaySec=0\n")
        self.own_files()
        self.systemctl("daemon-reload")
        super().begin(apps)


class Timer(Hurried, Agent):
    """inhaul-once@ACCOUNT.timer: nothing resident."""

    name, init_words = "timer", ("--timer",)

    def __init__(self, account):
        super().__init__(account)
        self.timer = f"inhaul-once@{account}.timer"


class Own(Agent):
    """A person's inhaul.service, units and manager, without any root."""

    name, personal, init_words, target = "own", True, ("--user",), "default.target"

    def __init__(self, account):
        super().__init__(account)
        self.settings, self.cache = self.home / ".config" / "inhaul", self.home
        self.units = self.home / ".config" / "systemd" / "user"

    def make(self):
        super().make()
        self.uid = pwd.getpwnam(self.account).pw_uid
        # As a log-in makes it.
        run("systemctl", "start", f"user@{self.uid}.service")

    def run(self, *words, check=True):
        return as_account(self.account, *words, check=check, cwd=self.home, timeout=300)

    def systemctl(self, *words, check=True):
        return as_account(self.account, "systemctl", "--user", *words, check=check).stdout.strip()

    def own_files(self):
        run("chown", "-R", f"{self.account}:", self.home / ".config")


class OwnTimer(Hurried, Own):
    """A person's inhaul-once.timer."""

    name, init_words, timer = "own-timer", ("--user", "--timer"), "inhaul-once.timer"
