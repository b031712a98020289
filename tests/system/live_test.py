# SPDX-License-Identifier: Apache-2.0
"""A commit that is reported as live is live: the first deployment, a repeated deployment, and every
message after a deployment, whatever its outcome."""

import json
import os
import signal
import socket
import unittest

from support.waiting import wait_for
from support.world import World, git, run

FILES = {"src/app/core/db/model.py": "model\n", "src/app/core/util/a b.py": "space\n",
         "docs/guide/en/part/one/index.md": "text\n"}


class Live(unittest.TestCase):
    """Each hook records that it ran. The content of the version decides the outcome."""

    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.remove)
        self.ran = self.world.root / "ran"
        self.write()
        self.first = self.world.commit("one", FILES)

    def hook(self, name, script="true"):
        path = self.world.root / f"{name}.sh"
        path.write_text(f'echo "{name} $(cat version)" >>{self.ran}\n{script}\n')
        return f'{name} = [["/bin/sh", "{path}"]]\n'

    def write(self, build="true", activate="true", layout="in-place", **tables):
        directory = self.world.directory
        current = directory / "current" if layout == "releases" else directory
        self.world.write_settings(**{
            "top": f'repository = "{self.world.remote}"\ndirectory = "{directory}"\n'
                   f'layout = "{layout}"\n',
            "hooks": "[hooks]\n" + self.hook("build", build) + self.hook("activate", activate),
            **tables})
        self.world.replace_restart_script(
            f"cat '{current}/version' >>'{self.world.restarts_file}'\n"
            f"! grep -q broken '{current}/version'\n")

    def deploy(self, *words, expect=0):
        return self.world.ends_with(expect, "deploy", "shop", *words)

    def tell(self, *words, expect=0):
        return self.world.ends_with(expect, *words)

    def hooks(self):
        return self.ran.read_text().splitlines() if self.ran.exists() else []

    def quarantine(self):
        return [bad for bad, in self.world.ledger("SELECT bad FROM quarantine")]

    def numbers(self):
        return [each["number"] for each in self.world.history()]


class First(Live):
    def test_a_checkout_at_the_head_is_deployed_too(self):
        git(self.world.root, "clone", "-q", self.world.remote, self.world.directory)
        dry = self.tell("deploy", "shop", "--dry-run").stdout
        self.assertIn("restart with", dry)
        done = self.deploy()
        self.assertIn(f"shop: nothing -> {self.first[:7]}", done.stdout)
        self.assertEqual(self.hooks(), ["build one", "activate one"])
        self.assertEqual(self.world.restarts(), ["one"])
        self.assertEqual(self.numbers(), [1])
        self.assertEqual(self.world.status()["state"], "up-to-date")
        self.assertIn("nothing to do", self.deploy().stdout)
        self.assertEqual(self.world.restarts(), ["one"])

    def test_a_failed_first_deployment_is_reported_and_can_be_retried(self):
        self.world.commit("broken-one", FILES)
        git(self.world.root, "clone", "-q", self.world.remote, self.world.directory)
        self.deploy(expect=1)
        status = self.world.status()
        self.assertEqual(status["state"], "failed")
        self.assertIn("not verified", self.tell("status", "--exit-zero").stdout)
        self.assertIn("`inhaul retry shop`", self.tell("why", "shop").stdout)
        self.world.replace_restart_script(f"cat '{self.world.directory}/version' "
                                          f">>'{self.world.restarts_file}'\n")
        self.tell("retry", "shop")
        self.assertEqual(self.world.status()["state"], "up-to-date")


    def test_a_rollback_to_the_commit_of_the_checkout_is_possible(self):
        git(self.world.root, "clone", "-q", self.world.remote, self.world.directory)
        second = self.world.commit("two", FILES)
        done = self.deploy()
        self.assertIn(f"{self.first[:7]} -> {second[:7]}", done.stdout)
        self.tell("rollback", "shop")
        self.assertEqual(git(self.world.directory, "rev-parse", "HEAD"), self.first)
        self.assertEqual(self.world.restarts(), ["two", "one"])


class WithProblems(Live):
    def test_a_lost_signer_file_prevents_no_action_of_an_operator(self):
        self.deploy()
        self.world.commit("two", FILES)
        self.deploy()
        lost = self.world.root / "signers"
        self.write(require=f'[require]\nallowed_signers = "{lost}"\n')
        self.assertIn(f"{lost}", self.deploy(expect=78).stderr)
        for words in (("pause", "shop"), ("resume", "shop"), ("rollback", "shop")):
            self.assertIn("require.allowed_signers", self.tell(*words).stderr)
        self.assertEqual(git(self.world.directory, "rev-parse", "HEAD"), self.first)
        self.assertEqual(self.world.restarts(), ["one", "two", "one"])


class Again(Live):
    def test_again_runs_hooks_and_restart_for_the_live_commit(self):
        self.deploy()
        self.world.commit("two", FILES)
        self.assertIn("restart with", self.deploy("--again", "--dry-run").stdout)
        done = self.deploy("--again")
        self.assertIn(f'{self.first[:7]} "version one" is live', done.stdout)
        self.assertEqual(self.hooks(), ["build one", "activate one"] * 2)
        self.assertEqual(self.world.restarts(), ["one", "one"])
        self.assertEqual(self.numbers(), [2, 1])

    def test_a_failed_repetition_does_not_quarantine_the_live_commit(self):
        self.deploy()
        self.write(activate="echo no settings >&2; exit 4")
        self.deploy("--again", expect=1)
        self.assertEqual(self.quarantine(), [])
        self.assertEqual(self.world.status()["state"], "failed")
        self.assertIn("`inhaul deploy shop`", self.tell("why", "shop").stdout)
        self.write()
        self.deploy()
        self.assertEqual(self.world.status()["state"], "up-to-date")
        self.assertEqual(self.world.restarts(), ["one", "one"])

    def test_a_new_build_of_a_release_is_beside_the_live_one(self):
        builds = self.world.root / "builds"
        self.write(layout="releases", build=f"echo x >>{builds}; wc -l <{builds} >built")
        self.deploy()
        current = self.world.directory / "current"
        before = current.resolve()
        self.deploy("--again")
        after = current.resolve()
        self.assertNotEqual(before, after)
        self.assertTrue(after.name.startswith(self.first))
        self.assertEqual((after / "built").read_text().strip(), "2")
        self.assertEqual(git(after, "rev-parse", "HEAD"), self.first)
        self.assertEqual(self.world.restarts(), ["one", "one"])
        self.assertFalse(before.exists(), "what was superseded stays")
        # A deployment and a rollback: neither release is built again.
        self.world.commit("two", FILES)
        self.deploy()
        self.tell("rollback", "shop")
        self.assertEqual(current.resolve(), after)
        self.assertEqual(builds.read_text().count("x"), 3)
        self.assertIn("nothing to do", self.deploy("--to", self.first).stdout)

    def test_a_failed_new_build_keeps_the_live_release(self):
        self.write(layout="releases", build="echo good >built")
        self.deploy()
        current = self.world.directory / "current"
        before = current.resolve()
        for build, activate in (("echo bad >built; exit 3", "true"),
                                ("echo bad >built", "! grep -q bad built")):
            with self.subTest(build=build):
                self.write(layout="releases", build=build, activate=activate)
                self.deploy("--again", expect=1)
                self.assertEqual(current.resolve(), before)
                self.assertEqual((before / "built").read_text(), "good\n")
                self.assertEqual(self.quarantine(), [])
                self.assertEqual(self.world.status()["state"], "up-to-date")
        self.assertIn("a new build", self.tell("status").stdout)
        self.write(layout="releases", build="echo better >built")
        self.deploy("--again")
        self.assertEqual((current / "built").read_text(), "better\n")
        self.assertEqual(len(os.listdir(self.world.directory / "releases")), 1)

    def test_a_rollback_does_not_build_in_a_finished_release(self):
        self.write(layout="releases")
        self.deploy()
        self.world.commit("two", FILES)
        self.deploy()
        self.tell("rollback", "shop")
        self.assertEqual([each for each in self.hooks() if each.startswith("build")],
                         ["build one", "build two"])
        self.assertEqual(self.world.restarts(), ["one", "two", "one"])

    def test_a_killed_build_is_built_again(self):
        self.write(layout="releases", build='[ -e "$0.once" ] || { touch "$0.once"; kill -9 $PPID; '
                                            'sleep 5; }; echo whole >built')
        died = self.world.inhaul("deploy", "shop", check=False)
        self.assertEqual(died.returncode, -signal.SIGKILL)
        self.deploy()
        self.assertEqual((self.world.directory / "current/built").read_text(), "whole\n")


class FailedRollback(Live):
    """Neither the new commit nor the last known good one starts."""

    def setUp(self):
        super().setUp()
        self.deploy()
        self.second = self.world.commit("two", FILES)
        self.deploy()
        self.write()
        self.world.commit("three", FILES)

    def refuse_to_start(self):
        self.world.replace_restart_script("echo no; exit 1\n")
        return self.deploy(expect=1)

    def test_the_command_of_the_hint_completes_the_rollback(self):
        hint = self.refuse_to_start().stderr
        self.assertIn("inhaul rollback shop", hint)
        self.write()
        self.tell("rollback", "shop")
        self.assertEqual(self.world.restarts()[-1], "two")
        self.assertEqual(self.world.status()["live"]["commit"], self.second)
        # The rollback is complete: another rollback leads to the earlier commit.
        self.tell("rollback", "shop")
        self.assertEqual(self.world.restarts()[-1], "one")

    def test_the_hint_does_not_name_the_service_after_an_earlier_failure(self):
        self.refuse_to_start()
        (self.world.directory / "version").write_text("x")
        self.world.write_settings(hooks='[hooks]\nactivate = [["/bin/false"]]\n')
        error = self.deploy(expect=1).stderr
        self.assertNotIn("still runs", error)

    def test_the_live_commit_is_not_verified_while_a_rollback_is_interrupted(self):
        self.world.replace_restart_script(
            f"if grep -q three '{self.world.directory}/version'; then exit 1; fi\n"
            "kill -9 $PPID; sleep 5\n")
        self.assertEqual(self.world.inhaul("deploy", "shop", check=False).returncode,
                         -signal.SIGKILL)
        self.assertFalse(self.world.status()["live"]["verified"])
        self.assertIn("not verified", self.tell("status").stdout)
        output = self.tell("deploy", "shop", "--dry-run", expect=3).stdout
        self.assertIn("an unfinished deployment would be completed first (rolled-back, "
                      f"{self.second[:7]})", output)
        self.write()
        # The rollback is completed, without a rollback to an earlier commit.
        self.tell("rollback", "shop")
        self.assertTrue(self.world.status()["live"]["verified"])
        self.assertEqual(self.world.restarts()[-1], "two")


class Said(Live):
    def test_an_unknown_commit_is_not_a_failed_deployment(self):
        self.deploy()
        for words, code in ((("deploy", "shop", "--to", "zzzz"), 2),
                            (("deploy", "shop", "--to", "0123456"), 1),
                            (("rollback", "shop", "zzzz"), 2), (("pin", "shop", "zzzz"), 2),
                            (("deploy", "shop", "--to", "zzzz", "--again"), 2)):
            with self.subTest(words=words):
                self.tell(*words, expect=code)
                self.assertEqual(self.numbers(), [1])
                self.assertEqual(self.world.status()["state"], "up-to-date")
                self.assertNotIn("failed", self.tell("status").stdout)

    def test_a_head_held_by_a_gate_is_not_up_to_date_without_an_agent(self):
        self.deploy()
        self.write(require='[require]\nminimum_age = "1h"\n')
        self.world.commit("two", FILES)
        self.deploy(expect=3)
        self.assertEqual(self.world.status()["state"], "waiting")

    def test_numbers_have_no_gaps(self):
        self.deploy()
        for _ in range(3):
            self.deploy()
        self.tell("pause", "shop")
        self.deploy(expect=3)
        self.tell("resume", "shop")
        self.deploy("--to", "zzzz", expect=2)
        self.world.commit("broken-two", FILES)
        self.deploy(expect=1)
        self.deploy(expect=3)
        self.world.commit("three", FILES)
        self.deploy()
        self.assertEqual(self.numbers(), [4, 3, 2, 1])

    def test_a_failed_commit_of_an_operator_is_not_the_state_of_the_app(self):
        self.write(layout="releases", build="! grep -q bad version")
        bad = self.world.commit("bad", FILES)
        self.world.commit("two", FILES)
        self.deploy()
        self.deploy("--to", bad, expect=1)
        status = self.world.status()
        self.assertEqual(status["state"], "up-to-date")
        self.assertTrue(any(bad[:7] in remark for remark in status["remarks"]), status)
        doctor = self.world.inhaul("doctor", "shop", "--json", check=False)
        (found,) = [each for each in json.loads(doctor.stdout)["apps"][0]["checks"]
                    if each["check"] == "last deployment"]
        self.assertEqual(found["status"], "skipped", found)
        self.assertNotIn("failed", self.tell("why", "shop").stdout)

    def test_hooks_that_fail_in_both_directions_keep_the_service_and_one_command_continues(self):
        self.deploy()
        second = self.world.commit("two", FILES)
        self.write(activate="echo the database is away >&2; exit 5")
        done = self.deploy(expect=1)
        said = done.stderr + self.tell("status", "--exit-zero").stdout + self.tell("why", "shop").stdout
        self.assertEqual(self.world.restarts(), ["one"])
        self.assertIn("The service was not restarted", done.stderr)
        self.assertNotIn("either", said.replace("neither is to blame", ""))
        self.assertNotIn("inhaul deploy APP", said)
        self.assertNotIn("was the same commit", said)
        self.assertIn("inhaul deploy shop", done.stderr)
        self.assertEqual(self.quarantine(), [])
        self.write()
        self.deploy()
        self.assertEqual(git(self.world.directory, "rev-parse", "HEAD"), second)
        self.assertEqual(self.world.restarts(), ["one", "two"])
        self.assertEqual(self.world.status()["state"], "up-to-date")

    def test_show_prints_the_exact_output_of_hooks_and_marks_the_rollback(self):
        printed = r"  indented\n\ttab\there\n\n\033[31mred\007 \315\276 umlaut \303\274\nend\r\n"
        self.deploy()
        self.world.commit("broken-two", FILES)
        self.write(build=f"printf '{printed}'; ! grep -q broken version")
        self.deploy(expect=1)
        shown = self.tell("show", "2").stdout
        text = "      indented\n    \ttab\there\n\n    \\x1b[31mred\\x07 \u037e umlaut \u00fc\n    end\n"
        self.assertIn(text, shown)
        self.assertEqual(shown.count(text), 2)
        for line in ("hook build: /bin/sh", "hook build during rollback: /bin/sh",
                     "hook activate during rollback: /bin/sh"):
            self.assertEqual(shown.count("\n" + line), 1, shown)
        outputs = json.loads(self.tell("show", "2", "--json").stdout)["outputs"]
        self.assertEqual([each["in_rollback"] for each in outputs], [False, True, True])
        self.assertIn("\033[31m", outputs[0]["output"])


class Blame(Live):
    """A failure that the commit did not cause is rolled back if needed, and quarantines nothing."""

    def fail_then_deploy(self, script, states=("rolled-back", "failed"), before_retry=None):
        self.deploy()
        second = self.world.commit("two", FILES)
        self.write(activate=f"grep -q one version || {{ {script}; }}")
        done = self.world.inhaul("deploy", "shop", check=False)
        self.assertIn(done.returncode, (1, 75), done.stderr)
        self.assertIn(self.world.history()[0]["state"], states)
        self.assertEqual(self.quarantine(), [])
        self.assertNotEqual(self.world.ledger("SELECT decided FROM watch"), [(second,)])
        self.assertIn(self.world.status()["state"], states)
        self.write()
        if before_retry:
            before_retry()
        self.deploy()
        self.assertEqual(self.world.restarts()[-1], "two")
        return done.stderr

    def test_a_killed_hook(self):
        self.assertIn("SIGKILL", self.fail_then_deploy("kill -9 $$", ("rolled-back",)))

    def test_a_shell_with_a_killed_child(self):
        self.fail_then_deploy("sh -c 'kill -9 $$'", ("rolled-back",))

    @unittest.skipUnless(os.geteuid() == 0, "needs root to mount a small disk")
    def test_a_full_disk(self):
        self.world.directory.mkdir()
        run("mount", "-t", "tmpfs", "-o", "size=8m,mode=700", "test", self.world.directory)
        self.addCleanup(run, "umount", self.world.directory)
        fill = self.world.directory / "fill"
        self.assertIn("no space is left", self.fail_then_deploy(
            f"head -c 10000000 /dev/zero >{fill} || exit 1", ("failed",),
            before_retry=fill.unlink))

    def test_words_about_a_full_disk_do_not_keep_a_broken_commit(self):
        self.deploy()
        second = self.world.commit("two", FILES)
        self.write(activate="grep -q one version || { echo 'x: No space left on device'; exit 1; }")
        self.deploy(expect=1)
        self.assertEqual(self.world.history()[0]["state"], "rolled-back")
        self.assertEqual(self.quarantine(), [second])
        self.assertEqual(self.world.restarts()[-1], "one")

    def test_a_program_that_is_missing_on_this_host(self):
        self.deploy()
        self.world.commit("two", FILES)
        self.write()
        with open(self.world.settings / "shop.toml", "a") as settings:
            settings.write('after = [["true"]]\n')
        text = (self.world.settings / "shop.toml").read_text()
        (self.world.settings / "shop.toml").write_text(
            text.replace('activate = [["/bin/sh"', 'activate = [["no-such-program"'))
        done = self.world.inhaul("deploy", "shop", check=False)
        self.assertIn("no-such-program", done.stderr)
        self.assertEqual(self.quarantine(), [])
        self.write()
        self.deploy()
        self.assertEqual(self.world.restarts()[-1], "two")

    def test_a_deployment_process_that_dies_again_and_again(self):
        self.deploy()
        self.world.commit("two", FILES)
        self.write(activate="grep -q one version || { kill -9 $PPID; sleep 10; }")
        for _ in range(6):
            died = self.world.inhaul("deploy", "shop", check=False)
            self.assertEqual(died.returncode, -signal.SIGKILL)
        # After several crashes inhaul rolled back. Then it retries for the operator, and crashes again.
        died = self.world.inhaul("deploy", "shop", check=False)
        self.assertEqual(died.returncode, -signal.SIGKILL)
        self.assertEqual(self.world.history()[1]["state"], "rolled-back")
        self.assertEqual(self.quarantine(), [])
        self.write()
        self.deploy()
        self.assertEqual(self.world.restarts()[-1], "two")

    def test_a_probe_that_this_host_cannot_run(self):
        self.deploy()
        second = self.world.commit("two", FILES)
        for probe in ('command = ["no-such-program"]', 'command = ["/bin/sh", "-c", "kill -9 $$"]',
                      'url = "http://no-such-name.invalid/"'):
            with self.subTest(probe=probe):
                self.write(probe=f'[probe]\n{probe}\ndeadline = "1s"\ninterval = "200ms"\n')
                self.world.inhaul("deploy", "shop", check=False)
                self.assertEqual(self.quarantine(), [])
                self.assertNotEqual(self.world.ledger("SELECT decided FROM watch"), [(second,)])
        self.write()
        self.deploy()
        self.assertEqual(self.world.restarts()[-1], "two")

    def test_a_probe_with_an_answer_blames_the_commit(self):
        self.deploy()
        second = self.world.commit("two", FILES)
        self.write(probe='[probe]\ncommand = ["/bin/sh", "-c", "grep -q one version"]\n'
                         'deadline = "1s"\ninterval = "200ms"\n')
        self.deploy(expect=1)
        self.assertEqual(self.quarantine(), [second])


class Agent(Live):
    """The status line in `systemctl status`, also about settings that are not reloaded."""

    def start(self):
        where = self.world.root / "notify"
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.notify.close)
        self.notify.bind(str(where))
        self.notify.setblocking(False)
        self.line = ""
        log = open(self.world.root / "log", "a")
        self.addCleanup(log.close)
        process = self.world.start("run", stderr=log, env={"NOTIFY_SOCKET": str(where)})
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def status_line(self):
        try:
            while True:
                for word in self.notify.recv(65536).decode().splitlines():
                    if word.startswith("STATUS="):
                        self.line = word[7:]
        except BlockingIOError:
            return self.line

    def wait_for_line(self, *words):
        try:
            wait_for(f"the line has {words}",
                     lambda: all(word in self.status_line() for word in words))
        except AssertionError as error:
            raise AssertionError(f"the line is: {self.line}") from error

    def test_a_head_that_is_not_live_does_not_count_as_up_to_date(self):
        self.start()
        self.wait_for_line("1 app: 1 up to date")
        bad = self.world.commit("broken-two", FILES)
        self.wait_for_line("0 up to date", f"1 not at the head (shop: {bad[:7]} rolled-back)")
        third = self.world.commit("three", FILES)
        self.wait_for_line("1 up to date")
        self.tell("rollback", "shop", self.first)
        self.wait_for_line("0 up to date", f"{self.first[:7]} was chosen by an operator")
        self.deploy()
        self.assertEqual(git(self.world.directory, "rev-parse", "HEAD"), third)
        self.wait_for_line("1 up to date")

    def test_a_refused_or_waiting_head_does_not_count_as_up_to_date(self):
        self.start()
        self.wait_for_line("1 up to date")
        git(self.world.laptop, "commit", "-q", "--allow-empty", "-m", "x [skip deploy]")
        git(self.world.laptop, "push", "-q", "origin", "HEAD:main")
        skipped = git(self.world.laptop, "rev-parse", "HEAD")
        self.wait_for_line("0 up to date", f"{skipped[:7]} refused")
        self.tell("pause", "shop")
        self.world.commit("three", FILES)
        self.wait_for_line("0 up to date", "1 waiting")

    def test_settings_that_are_not_reloaded_are_reported_everywhere(self):
        process = self.start()
        self.wait_for_line("1 up to date")
        self.assertTrue(self.world.status()["reloaded"])
        before = (self.world.settings / "shop.toml").read_text()
        text = before.replace('interval = "1s"', 'interval = "2s"')
        (self.world.settings / "shop.toml").write_text(text)
        self.wait_for_line("not reloaded yet")
        self.assertFalse(self.world.status()["reloaded"])
        for words in (("status",), ("why", "shop"), ("doctor", "shop")):
            said = self.world.inhaul(*words, check=False).stdout
            self.assertIn("not reloaded yet", said)
            self.assertIn("systemctl", said)
        # A comment changes no setting.
        (self.world.settings / "shop.toml").write_text("# a comment\n" + before)
        wait_for("it is as it was", lambda: "reloaded" not in self.status_line())
        (self.world.settings / "shop.toml").write_text(text)
        self.wait_for_line("not reloaded yet")
        process.send_signal(signal.SIGHUP)
        wait_for("they are reloaded", lambda: "reloaded" not in self.status_line())
        for words in (("status",), ("why", "shop"), ("doctor", "shop")):
            self.assertNotIn("not reloaded", self.world.inhaul(*words, check=False).stdout)

    def test_an_app_that_the_agent_does_not_know_yet(self):
        self.start()
        self.wait_for_line("1 up to date")
        text = (self.world.settings / "shop.toml").read_text()
        (self.world.settings / "blog.toml").write_text(
            text.replace(str(self.world.directory), str(self.world.root / "blog")))
        self.wait_for_line("not reloaded yet")
        self.assertIn("not reloaded yet", self.tell("status", "blog").stdout)

    def test_a_killed_deployment_is_retried_automatically(self):
        once = self.world.root / "once"
        self.start()
        self.wait_for_line("1 up to date")
        self.write(activate=f"[ -e {once} ] || {{ touch {once}; kill -9 $$; }}")
        self.world.commit("two", FILES)
        wait_for("it is live", lambda: self.world.restarts()[-1:] == ["two"])
        self.assertTrue(once.exists())


if __name__ == "__main__":
    unittest.main()
