# SPDX-License-Identifier: Apache-2.0
"""`inhaul init` as root, killed at any moment, and run again.

Runs in the machine of first_push_test.py, with the same server. KILL_AT is the library from
tests/support/kill_at.c. init_test.py tests the same for an init without root.
"""

import os
import signal
import subprocess
import unittest
from pathlib import Path

from support import machine  # pylint: disable=unused-import
from first_push_test import Server, systemctl
from support.waiting import wait_for
from support.world import CLEAN_ENVIRONMENT, run

LIBRARY = os.environ["KILL_AT"]
NAMES = {"shop.toml", "shop.key", "shop.key.pub", "shop.webhook-secret",
         "50-inhaul-shop@scripts.rules", "shop.conf"}
EACH = 3  # tests every third call, from another first one for each signal


class Interrupted(Server):
    def setUp(self):
        super().setUp()
        self.places = [self.world.settings, Path("/etc/polkit-1/rules.d"),
                       Path("/etc/systemd/system/inhaul@scripts.service.d")]
        self.all_words = ["--setup-token", self.token, "--no-start", "--relay",
                          "https://relay.example/Xk2vLq8wZr4TnB6c"]

    def files(self):
        """Returns all files of init, and leftovers beside them."""
        return {path.name: path for place in self.places if place.exists()
                for path in place.iterdir() if path.name not in self.there}

    def forget(self):
        super().forget()
        self.hub.control("settings", repository="octocat/shop", keys=[], hooks=[], secrets=[])

    def stopped(self, **environment):
        preloaded = ["env", f"LD_PRELOAD={LIBRARY}", *(f"{name}={value}" for name, value
                                                       in environment.items())]
        return run(*preloaded, "inhaul", "init", "--yes", *self.words(), *self.all_words, check=False,
                   cwd=self.directory, timeout=200)

    def test_a_run_is_complete_undone_or_completed_by_the_next_run(self):
        self.there = {path.name for place in self.places if place.exists()
                      for path in place.iterdir()}
        counted = self.world.root / "count"
        done = self.stopped(KILL_COUNT=counted)
        self.assertEqual(done.returncode, 0, done.stderr)
        calls = int(counted.read_text())
        self.assertGreater(calls, 30)
        whole = self.files()
        self.assertEqual(set(whole), NAMES)
        same = {name: whole[name].read_bytes() for name in
                ("shop.toml", "50-inhaul-shop@scripts.rules", "shop.conf")}
        self.forget()
        ended = {signal.SIGKILL: 0, signal.SIGINT: 0}
        for sort in ended:
            for number in range(1 if sort == signal.SIGKILL else 2, calls + 1, EACH):
                with self.subTest(sort=sort.name, number=number):
                    ended[sort] += self.stop_and_complete(sort, number, same)
                self.forget()
        for sort, count in ended.items():
            self.assertGreater(count, 3, sort.name)

    def stop_and_complete(self, sort, number, same):
        """Returns true if it was stopped before its end."""
        done = self.stopped(KILL_AT=number, KILL_SIGNAL=int(sort))
        found = {name: path for name, path in self.files().items() if name in NAMES}
        for name in set(same) & set(found):
            self.assertEqual(found[name].read_bytes(), same[name], name)
        if sort == signal.SIGINT:
            self.assertIn(set(self.files()), (set(), NAMES))
        elif "shop.toml" in found:
            self.assertEqual(set(found), NAMES)
        self.init(*self.all_words)
        self.assertEqual(set(self.files()), NAMES)
        printed = self.hub.control("settings", repository="octocat/shop")
        self.assertEqual((len(printed["keys"]), len(printed["hooks"])), (1, 1))
        return done.returncode != 0

    def test_an_interrupt_during_the_deployment_and_before_the_agent_starts(self):
        begun, quick = self.home / "begun", self.home / "quick"
        hook = self.home / "slow.sh"
        hook.write_text(f"test -e {quick} || {{ touch {begun}; sleep 100; }}\n")
        self.init("--setup-token", self.token, "--no-start")
        with (self.world.settings / "shop.toml").open("a", encoding="utf-8") as file:
            file.write(f'[hooks]\nactivate = ["/bin/sh", "{hook}"]\n')
        for sort in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            begun.unlink(missing_ok=True)
            words = [str(word) for word in ("inhaul", "init", "--yes", *self.words())]
            with subprocess.Popen(words, cwd=self.directory, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, env=CLEAN_ENVIRONMENT) as process:
                wait_for("the hook runs", begun.exists)
                process.send_signal(sort)
                self.assertNotEqual(process.wait(30), 0)
            # The deployment has ended as well, and can be resumed.
            wait_for("nobody holds the lock", lambda: self.status().get("state") == "interrupted")
            self.assertEqual(self.agent("ActiveState"), "inactive")
        quick.touch()
        printed = self.init().stdout
        self.assertIn("shop is live", printed)
        self.assertEqual(self.agent("ActiveState"), "active")
        self.assertEqual(systemctl("is-enabled", "inhaul@scripts.service"), "enabled")
        self.wait_live(self.first)
        self.assertEqual(self.world.restarts()[-1], "one")


if __name__ == "__main__":
    unittest.main()
