# SPDX-License-Identifier: Apache-2.0
"""`inhaul run` and `inhaul once` with a real Git remote, as a user runs them."""

import os
import pty
import signal
import subprocess
import unittest

from support.waiting import wait_for
from support.world import World, git


class Watching(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.remove)
        self.world.write_settings()
        self.log_path = self.world.root / "log"

    def start(self):
        log = open(self.log_path, "a")
        self.addCleanup(log.close)
        process = self.world.start("run", stderr=log)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        wait_for("the agent runs", lambda: "watching" in self.log())
        return process

    def log(self):
        return self.log_path.read_text()

    def wait_live(self, version):
        wait_for(f"version {version} runs", lambda: self.world.restarts()[-1:] == [version])

    def test_each_push_is_deployed_automatically(self):
        first = self.world.commit("one")
        self.start()
        self.wait_live("one")
        self.assertEqual(self.world.tree_problems(first), [])
        second = self.world.commit("two")
        self.wait_live("two")
        self.assertEqual(self.world.tree_problems(second), [])
        self.assertEqual(self.world.restarts(), ["one", "two"])
        wait_for("status is up-to-date", lambda: self.world.status()["state"] == "up-to-date")
        status = self.world.status()
        self.assertEqual(status["live"]["commit"], second)
        self.assertEqual(status["branch_head"], second)
        self.assertTrue(status["watched"])
        self.assertIsNotNone(status["last_answer"])

    def test_a_force_push_to_an_older_commit_is_followed(self):
        first = self.world.commit("one")
        self.world.commit("two")
        self.start()
        self.wait_live("two")
        git(self.world.laptop, "push", "-q", "--force", "origin", f"{first}:refs/heads/main")
        self.wait_live("one")
        self.assertEqual(self.world.tree_problems(first), [])

    def test_a_commit_with_a_failed_restart_is_not_retried_until_the_branch_moves(self):
        self.world.commit("one")
        self.start()
        self.wait_live("one")
        script = self.world.restart_script()
        good = script.read_text()
        self.world.replace_restart_script(good + "grep -q bad version && exit 7\nexit 0\n".replace(
            "version", str(self.world.directory / "version")))
        bad = self.world.commit("bad")
        wait_for("the failure is known", lambda: self.world.status()["state"] == "rolled-back")
        status = self.world.status()
        self.assertEqual(status["processed_head"], bad)
        self.assertIn("exit status 7", status["sentence"])
        # After two more polls there is still only one attempt.
        answered = status["last_answer"]
        wait_for("another poll",
                 lambda: self.world.status()["last_answer"] > answered)
        self.assertEqual(self.world.restarts().count("bad"), 1)
        self.world.commit("three")
        self.wait_live("three")
        wait_for("the app is up-to-date", lambda: self.world.status()["state"] == "up-to-date")

    def test_an_unknown_head_is_not_reported_as_up_to_date(self):
        self.world.commit("one")
        self.start()
        self.wait_live("one")
        self.world.remote.rename(self.world.root / "away")
        wait_for("the poll error is seen", lambda: self.world.status()["state"] == "cannot-tell")
        status = self.world.status()
        self.assertIsNotNone(status["last_answer"])
        self.assertIn("cannot read the head of main (last answer", status["sentence"])
        (self.world.root / "away").rename(self.world.remote)
        self.world.commit("two")
        self.wait_live("two")

    def test_the_work_of_a_killed_agent_and_deployment_is_completed(self):
        self.world.commit("one")
        watcher = self.start()
        self.wait_live("one")
        self.world.replace_restart_script(
            f"cat '{self.world.directory}/version' >>'{self.world.restarts_file}'; "
            f"[ -e '{self.world.root}/go-on' ] || sleep 100\n")
        second = self.world.commit("two")
        self.wait_live("two")  # its restart hangs
        watcher.kill()
        watcher.wait()
        wait_for("its child process is gone too", lambda: not self.workers())
        self.assertEqual(self.world.status()["state"], "interrupted")
        (self.world.root / "go-on").touch()
        self.start()
        wait_for("the deployment is completed", lambda: self.world.status()["state"] == "up-to-date")
        self.assertEqual(self.world.tree_problems(second), [])
        outcomes = [record["state"] for record in self.world.history()]
        self.assertEqual(outcomes, ["succeeded", "succeeded"])
        self.assertEqual(self.world.history()[0]["resumptions"], 1)

    def workers(self):
        """Returns the processes of this world's inhaul: (pid, command line)."""
        found = []
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    with open(f"/proc/{entry}/cmdline") as file:
                        line = file.read().split("\0")
                except OSError:
                    continue
                if str(self.world.state) in line:
                    found.append((int(entry), line))
        return found

    def test_sigterm_stops_the_agent_quickly_and_leaves_no_process(self):
        self.world.commit("one")
        watcher = self.start()
        self.wait_live("one")
        watcher.terminate()
        self.assertEqual(watcher.wait(timeout=10), 0)
        self.assertEqual(self.workers(), [])
        self.assertIn("stopped", self.log())

    @staticmethod
    def is_pending(process, number):
        with open(f"/proc/{process}/status") as file:
            pending = next(line for line in file if line.startswith("ShdPnd:"))
        return bool(int(pending.split()[1], 16) & 1 << (number - 1))

    def test_sigterm_lets_a_running_deployment_finish(self):
        self.world.commit("one")
        hold = self.world.root / "hold"
        hold.touch()
        self.world.replace_restart_script(
            f"while [ -e '{hold}' ]; do sleep 0.05; done\n"
            f"cat '{self.world.directory}/version' >>'{self.world.restarts_file}'\n")
        watcher = self.start()
        wait_for("the restart runs", lambda: self.world.history()
                 and self.world.history()[0]["state"] == "restarting")
        watcher.terminate()
        # Of two pending signals, the agent reads the lower number first.
        wait_for("SIGTERM is read", lambda: not self.is_pending(watcher.pid, signal.SIGTERM))
        watcher.send_signal(signal.SIGHUP)
        with self.assertRaises(subprocess.TimeoutExpired):
            watcher.wait(timeout=0.5)
        hold.unlink()
        self.assertEqual(watcher.wait(timeout=10), 0)
        self.assertEqual(self.world.history()[0]["state"], "succeeded")
        self.assertNotIn("settings reread", self.log())  # an agent that stops connects to nothing again

    def test_sighup_reloads_the_settings(self):
        self.world.commit("one")
        watcher = self.start()
        self.wait_live("one")
        other = self.world.root / "other"
        self.world.write_settings(
            name="blog", top=f'repository = "{self.world.remote}"\ndirectory = "{other}"\n',
            service="")
        watcher.send_signal(signal.SIGHUP)
        wait_for("the new app is deployed", (other / "version").exists)
        # A broken file is reported. Its app is not watched until it is fixed; the other app is.
        good = (self.world.settings / "shop.toml").read_text()
        (self.world.settings / "shop.toml").write_text("repositry = 1\n" + good)
        watcher.send_signal(signal.SIGHUP)
        wait_for("the problem is logged", lambda: "Did you mean repository?" in self.log())
        self.world.commit("two")
        wait_for("the other app is deployed", lambda: (other / "version").read_text() == "two\n")
        self.assertEqual(self.world.restarts(), ["one"])
        (self.world.settings / "shop.toml").write_text(good)
        watcher.send_signal(signal.SIGHUP)
        self.wait_live("two")

    def test_unreadable_settings_are_kept_at_a_reload(self):
        self.world.commit("one")
        process = self.start()
        self.wait_live("one")
        away = self.world.root / "away"
        self.world.settings.rename(away)
        self.world.settings.write_text("a file\n")
        process.send_signal(signal.SIGHUP)
        wait_for("the settings are reloaded", lambda: "settings reread" in self.log())
        self.assertIn("settings reread apps=1 problems=1", self.log())
        self.world.settings.unlink()
        away.rename(self.world.settings)
        self.world.commit("two")
        self.wait_live("two")

    def test_a_second_agent_is_refused(self):
        self.world.commit("one")
        watcher = self.start()
        second = self.world.inhaul("run", check=False)
        self.assertEqual(second.returncode, 4)
        self.assertIn(str(watcher.pid), second.stderr)

    def test_an_endless_deployment_is_killed_at_its_deadline_with_its_processes(self):
        self.world.commit("one")
        self.world.write_settings(top=f'repository = "{self.world.remote}"\n'
                                      f'directory = "{self.world.directory}"\n',
                                  poll='[poll]\ninterval = "1s"\n[deploy]\ndeadline = "2s"\n')
        mark = self.world.root / "grandchild"
        self.world.replace_restart_script(f"sh -c 'echo $$ >{mark}; exec sleep 1000'\n")
        self.start()
        wait_for("the deployment was killed", lambda: "deadline" in self.log())
        grandchild = int(mark.read_text())
        wait_for("its grandchild is gone", lambda: not os.path.exists(f"/proc/{grandchild}"))
        self.assertIsNone(self.world.history()[0]["finished"])


class StatusWatch(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.remove)
        self.world.write_settings()
        self.first = self.world.commit("one")

    def test_why_is_a_paragraph(self):
        self.assertIn("nothing has been deployed yet", self.world.inhaul("why", "shop").stdout)
        self.world.inhaul("once")
        printed = self.world.inhaul("why", "shop").stdout
        self.assertEqual(printed.count("\n"), 1)
        self.assertIn(f'shop: {self.first[:7]} "version one" has been live for ', printed)
        self.assertIn("The head of main was the same commit", printed)
        self.assertIn("The branch is polled by cron, last run", printed)
        self.assertEqual(self.world.inhaul("why", "shopp", check=False).returncode, 2)

    def test_a_watched_status_is_updated_in_place(self):
        self.assertEqual(self.world.inhaul("status", "--watch", check=False).returncode, 2)
        self.assertEqual(self.world.inhaul("status", "--watch", "--json", check=False).returncode, 2)
        mine, theirs = pty.openpty()
        self.addCleanup(os.close, mine)
        shown = self.world.start("status", "--watch", stdout=theirs, env={"TERM": "xterm"})
        self.addCleanup(shown.wait)
        self.addCleanup(shown.kill)
        os.close(theirs)
        page = b""

        def seen(text):
            nonlocal page
            page += os.read(mine, 65536)
            return text in page
        wait_for("the first page", lambda: seen(b"the head of main is not known yet"))
        self.world.inhaul("once")
        wait_for("the next one", lambda: seen(b"up-to-date"))
        self.assertIn(b"\x1b[H", page)
        self.assertIn(self.first[:7].encode(), page)


class Once(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.remove)
        self.world.write_settings()

    def test_once_deploys_a_new_commit_and_then_does_nothing(self):
        first = self.world.commit("one")
        self.assertEqual(self.world.inhaul("once").returncode, 0)
        self.assertEqual(self.world.tree_problems(first), [])
        self.world.inhaul("once")
        self.assertEqual(self.world.restarts(), ["one"])
        second = self.world.commit("two")
        self.world.inhaul("once", "shop")
        self.assertEqual(self.world.tree_problems(second), [])
        self.assertEqual([record["trigger"] for record in self.world.history()], ["once", "once"])

    def test_a_failed_poll_is_not_a_success(self):
        self.world.write_settings(top='repository = "file:///nonexistent/x.git"\n'
                                      f'directory = "{self.world.directory}"\n')
        done = self.world.inhaul("once", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("cannot poll the branch", done.stderr)


if __name__ == "__main__":
    unittest.main()
