# SPDX-License-Identifier: Apache-2.0
"""The wall clock is wrong by a day or by years, and is then corrected. Neither a running agent nor
`once` waits for the wrong time."""

import os
import shutil
import signal
import subprocess
import tempfile
import unittest
from datetime import datetime, timedelta, timezone
from pathlib import Path

from support.github import StandIn
from support.waiting import wait_for
from support.world import World, run

SUPPORT = Path(__file__).resolve().parent.parent / "support"
DAY = 24 * 3600
TEN_YEARS = 3653 * DAY
TOKEN = "github_pat_Secret0123456789"


class Clock(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        tools = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, tools)
        cls.library = Path(tools) / "set_clock.so"
        run("cc", "-shared", "-fPIC", "-O1", "-o", cls.library, SUPPORT / "set_clock.c", "-ldl")

    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.remove)
        self.ahead = self.world.root / "ahead"
        self.environment = {"LD_PRELOAD": str(self.library), "CLOCK_AHEAD": str(self.ahead)}
        self.set_clock(0)
        self.hub = StandIn()
        self.addCleanup(self.hub.stop)
        self.hub.control("token", token=TOKEN)
        self.hub.control("repository", name="octocat/shop", git=str(self.world.remote), private=True)
        self.token = self.world.root / "token"
        self.token.touch(mode=0o600)
        self.token.write_text(TOKEN + "\n")
        self.settings()

    def settings(self, require="", interval="5s"):
        self.world.write_settings(
            top=f'repository = "octocat/shop"\ndirectory = "{self.world.directory}"\n',
            auth=f'[auth]\ntoken_file = "{self.token}"\n',
            github=f'[github]\napi_url = "{self.hub.api}"\n',
            poll=f'[poll]\ninterval = "{interval}"\n', require=require)

    def set_clock(self, seconds):
        new = self.ahead.with_suffix(".new")
        new.write_text(f"{seconds}\n")
        os.replace(new, self.ahead)

    def inhaul(self, *words, code=0):
        done = self.world.inhaul(*words, check=False, env=self.environment)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def start(self):
        process = self.world.start("run", env=self.environment, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def deployed(self, *versions):
        return self.world.restarts() == list(versions)

    def wrong_then_right(self, *ways):
        """Returns each wrong time, with its own world."""
        for seconds in ways:
            with self.subTest(seconds=seconds):
                self.world.commit("one", {"a/b/c": "deep\n"})
                self.set_clock(seconds)
                yield seconds
            self.doCleanups()
            self.setUp()

    def test_once_after_a_failure_waits_only_for_its_backoff(self):
        for _ in self.wrong_then_right(TEN_YEARS):
            self.hub.control("reply", status=502, requests=1)
            self.inhaul("once", code=75)
            self.set_clock(0)
            wait_for("its backoff is over", lambda: self.world.inhaul(
                "once", check=False, env=self.environment).returncode == 0, every=0.3, timeout=20)
            self.assertTrue(self.deployed("one"))

    def test_a_rate_limit_is_obeyed_for_the_time_that_the_server_set(self):
        for _ in self.wrong_then_right(DAY):
            self.hub.control("reply", status=429, requests=1, headers=[["Retry-After", "2"]])
            self.inhaul("once", code=75)
            self.set_clock(0)
            self.assertIn("not polled", self.inhaul("once", code=75))
            wait_for("the limit is over", lambda: self.world.inhaul(
                "once", check=False, env=self.environment).returncode == 0, every=0.5, timeout=30)

    def test_a_pause_lasts_for_its_set_time(self):
        for _ in self.wrong_then_right(TEN_YEARS, -DAY):
            self.inhaul("pause", "shop", "--for", "2s")
            self.set_clock(0)
            wait_for("the pause is over", lambda: self.world.inhaul(
                "deploy", "shop", check=False, env=self.environment).returncode == 0, every=0.3,
                timeout=20)
            self.inhaul("pause", "shop", "--for", "1h")
            self.set_clock(TEN_YEARS)
            self.world.commit("two")
            self.inhaul("deploy", "shop", code=3)

    def test_the_age_of_a_commit_is_real_time(self):
        for _ in self.wrong_then_right(TEN_YEARS):
            self.settings('[require]\nminimum_age = "2s"\n')
            self.inhaul("once", code=3)
            self.set_clock(0)
            wait_for("it is old enough", lambda: self.world.inhaul(
                "once", check=False, env=self.environment).returncode == 0, every=0.3, timeout=20)
        self.world.commit("one")
        self.settings('[require]\nminimum_age = "1h"\n')
        self.inhaul("once", code=3)
        self.set_clock(TEN_YEARS)
        self.inhaul("once", code=3)

    def test_a_window_opens_by_the_current_clock(self):
        """A running agent held the commit because its clock was wrong by half a week."""
        now = datetime.now(timezone.utc)
        day = now.strftime("%a")
        self.settings(f'[require]\nwindows = ["{day} 00:00-24:00"]\nzone = "Etc/UTC"\n')
        self.world.commit("one")
        self.set_clock(TEN_YEARS - TEN_YEARS % (7 * DAY) + 3 * DAY)
        self.start()
        wait_for("it waits", lambda: self.world.status()["state"] == "waiting")
        self.set_clock(0)
        wait_for("the window is open", lambda: self.deployed("one"))

    def test_a_jump_of_the_clock_does_not_refuse_a_commit_with_pending_checks(self):
        self.settings('[require]\nchecks = "all"\n')
        commit = self.world.commit("one")
        checks = {"check_runs": [{"sha": commit, "status": "queued", "completed_at": None}]}
        self.hub.control("repository", name="octocat/shop", checks=checks)
        self.inhaul("once", code=3)
        for seconds in (DAY, TEN_YEARS, 0, -TEN_YEARS):
            self.set_clock(seconds)
            self.assertIn("pending", self.inhaul("once", code=3))
            self.assertEqual(self.world.status()["state"], "waiting")
        checks["check_runs"][0].update(status="completed", conclusion="success")
        self.hub.control("repository", name="octocat/shop", checks=checks)
        self.inhaul("once")
        self.assertTrue(self.deployed("one"))

    def test_an_agent_keeps_polling_after_any_change_of_the_clock(self):
        self.world.commit("one")
        process = self.start()
        wait_for("one runs", lambda: self.deployed("one"))
        versions = ["one"]
        for seconds in (TEN_YEARS, 0):
            self.set_clock(seconds)
            versions.append(f"v{seconds}")
            self.world.commit(versions[-1])
            wait_for(f"{versions[-1]} runs", lambda: self.deployed(*versions), timeout=30)
        # An agent that starts with a clock behind the stored times.
        process.send_signal(signal.SIGTERM)
        process.wait()
        self.set_clock(-TEN_YEARS)
        self.start()
        versions.append("again")
        self.world.commit("again")
        wait_for("it runs again", lambda: self.deployed(*versions), timeout=30)

    def test_no_duration_is_negative(self):
        self.world.commit("one")
        begun = self.world.root / "begun"
        script = self.world.replace_restart_script(
            f"cat '{self.world.directory}/version' >>'{self.world.restarts_file}'\n"
            f"touch '{begun}'\nwhile [ -e '{begun}' ]; do sleep 0.05; done\n")
        self.assertTrue(script.exists())
        worker = self.world.start("deploy", "shop", env=self.environment,
                                  stderr=subprocess.DEVNULL)
        self.addCleanup(worker.wait)
        self.addCleanup(worker.kill)
        wait_for("it is being restarted", begun.exists)
        self.set_clock(-TEN_YEARS)
        begun.unlink()
        self.assertEqual(worker.wait(60), 0)
        (record,) = self.world.history()
        took = datetime.fromisoformat(record["finished"].replace("Z", "+00:00")) \
            - datetime.fromisoformat(record["started"].replace("Z", "+00:00"))
        self.assertLessEqual(timedelta(0), took)
        self.assertLess(took, timedelta(minutes=2))
        for words in (("status",), ("history",), ("show", "1"), ("why", "shop"), ("status", "--json")):
            printed = self.inhaul(*words)
            self.assertNotRegex(printed, r"(?<![0-9a-zA-Z])-[0-9]+ ?(ms|s|min|h|d)\b")

    def test_the_faked_clock_of_another_process_is_detected(self):
        """libfaketime also fakes the time since boot, where it can."""
        if not shutil.which("faketime"):
            self.skipTest("faketime is not installed")
        self.world.commit("one")
        run("faketime", "-f", "+10y", *self.world.argv("pause", "shop", "--for", "2s"))
        wait_for("the pause is over", lambda: self.world.inhaul(
            "deploy", "shop", check=False).returncode == 0, every=0.3, timeout=20)


if __name__ == "__main__":
    unittest.main()
