# SPDX-License-Identifier: Apache-2.0
"""A deployment is verified before it counts, rolled back if it fails, and prevented by gates."""

import json
import os
import shutil
import subprocess
import unittest
from pathlib import Path

from support.waiting import wait_for
from support.world import INHAUL, World, git, run


class Safe(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.remove)
        self.tables = {}
        self.write()
        self.first = self.world.commit("one")

    def write(self, **tables):
        """Writes settings with additional tables. A restart of a version with `broken` in it fails."""
        self.tables.update(tables)
        self.world.write_settings(**self.tables)
        self.world.restart_script().write_text(
            f"cat '{self.world.directory}/version' >>'{self.world.restarts_file}'\n"
            f"! grep -q broken '{self.world.directory}/version'\n")

    def deploy(self, *words, expect=0, **more):
        return self.world.ends_with(expect, "deploy", "shop", *words, **more)

    def tell(self, *words, expect=0, **more):
        return self.world.ends_with(expect, *words, **more)

    def live(self):
        return git(self.world.directory, "rev-parse", "HEAD")


class Rollback(Safe):
    def test_a_bad_commit_is_rolled_back_quarantined_and_retried_only_on_request(self):
        self.deploy()
        bad = self.world.commit("broken-two")
        done = self.deploy(expect=1)
        self.assertIn(f"rolled back, {self.first[:7]} is live again", done.stderr)
        self.assertEqual(self.world.tree_problems(self.first), [])
        self.assertEqual(self.world.restarts(), ["one", "broken-two", "one"])
        status = self.world.status()
        self.assertEqual(status["state"], "rolled-back")
        self.assertEqual(status["restrictions"]["quarantine"][0]["commit"], bad)

        again = self.deploy(expect=3)
        self.assertIn("quarantine", again.stderr)
        self.assertIn("inhaul retry shop", again.stderr)
        # `retry` would deploy the head.
        named = self.deploy("--to", bad[:8], expect=3)
        self.assertIn(f"inhaul deploy shop --to {bad[:8]} --force", named.stderr)
        self.assertNotIn("retry", named.stderr)
        self.tell("once", expect=0)
        self.assertEqual(self.world.restarts(), ["one", "broken-two", "one"])

        self.tell("retry", "shop", "--why", "the disk was full", expect=1)
        self.assertEqual(self.world.restarts()[3:], ["broken-two", "one"])
        third = self.world.commit("three")
        self.deploy()
        self.assertEqual(self.world.tree_problems(third), [])
        history = json.loads(self.world.inhaul("history", "--json").stdout)
        self.assertEqual(history["operator_actions"][0]["why"], "the disk was full")
        record = next(each for each in history["deployments"] if each["state"] == "rolled-back")
        self.assertEqual(record["rolled_back_to"], self.first)
        self.assertEqual([step["state"] for step in record["steps"]][-4:],
                         ["switching-back", "restarting-back", "probing-back", "rolled-back"])

    def test_a_first_deployment_that_fails_has_no_rollback(self):
        self.world.commit("broken-one")
        done = self.deploy(expect=1)
        self.assertNotIn("rolled back", done.stderr)
        self.assertEqual(self.world.status()["state"], "failed")

    def test_a_failed_rollback_prints_both_errors_and_a_hint(self):
        self.deploy()
        self.world.restart_script().write_text("echo no database >&2; exit 7\n")
        bad = self.world.commit("two")
        done = self.deploy(expect=1)
        for words in (f"roll back to {self.first[:7]}", bad[:7], "no database", "inhaul rollback"):
            self.assertIn(words, done.stderr)
        self.assertEqual(self.world.status()["state"], "failed")
        # The cause is fixed: a plain deploy completes the rollback.
        self.write()
        self.deploy(expect=1)
        self.assertEqual(self.world.restarts(), ["one", "one"])
        self.assertEqual(self.world.tree_problems(self.first), [])

    def test_an_operator_rolls_back_and_forward(self):
        self.deploy()
        second = self.world.commit("two")
        self.deploy()
        self.tell("rollback", "shop", "--why", "it is slow")
        self.assertEqual(self.live(), self.first)
        self.tell("once")
        self.assertEqual(self.world.status()["state"], "held")
        self.assertIn("\toperator-chosen\t", self.world.inhaul("status").stdout)
        self.assertEqual(self.live(), self.first)
        nothing = self.tell("rollback", "shop", expect=1)
        self.assertIn("inhaul history shop", nothing.stderr)
        self.tell("rollback", "shop", second[:10])
        self.assertEqual(self.live(), second)
        self.assertIn("it is slow", self.world.inhaul("history").stdout)
        self.assertRegex(self.world.inhaul("history").stdout, r"\tcommand: ")
        self.assertEqual(self.world.history()[0]["trigger"], "hand")


class Status(Safe):
    """The output of `inhaul status` for programs."""

    def code(self, *words):
        return self.world.inhaul("status", *words, check=False).returncode

    def check_failed(self, state):
        self.assertEqual(self.world.status()["state"], state)
        for words in ((), ("--json",), ("shop",)):
            self.assertEqual(self.code(*words), 1, words)
            self.assertEqual(self.code(*words, "--exit-zero"), 0, words)

    def test_the_exit_status_is_1_if_the_head_is_failed_rolled_back_or_refused(self):
        self.assertEqual(self.code(), 0)
        self.deploy()
        self.assertEqual(self.code(), 0)
        self.world.commit("broken-two")
        self.deploy(expect=1)
        self.check_failed("rolled-back")
        self.world.commit("three [skip deploy]")
        self.deploy(expect=3)
        self.check_failed("refused")
        # Other states do not hide it.
        self.world.inhaul("pause", "shop")
        self.assertEqual(self.world.status()["state"], "paused")
        self.assertEqual(self.code(), 1)
        self.world.inhaul("resume", "shop")
        self.world.commit("four")
        self.deploy()
        self.assertEqual(self.code(), 0)

    def test_after_a_failed_rollback_no_commit_is_shown_as_live(self):
        self.deploy()
        script = self.world.restart_script()
        script.write_text("exit 5\n")
        self.world.commit("two")
        self.deploy(expect=1)
        self.check_failed("failed")
        shown = self.world.inhaul("status", "--exit-zero").stdout
        self.assertIn(f"{self.first[:7]} (not verified)", shown)
        why = self.world.inhaul("why", "shop").stdout
        self.assertNotIn("has been live", why)
        self.assertIn("The running version is unknown", why)
        self.assertFalse(self.world.status()["live"]["verified"])


class Hooks(Safe):
    def script(self, text):
        path = self.world.root / "hook.sh"
        path.write_text(text)
        return f'["/bin/sh", "{path}"]'

    def test_hooks_run_in_order_in_the_directory_with_a_small_environment(self):
        log = self.world.root / "log"
        hook = self.script(f'echo "$INHAUL_HOOK $INHAUL_COMMIT $(pwd)" >>{log}; env >{log}.env; '
                           'echo built; echo and warned >&2\n')
        self.write(hooks=f"[hooks]\nbuild = {hook}\nactivate = [{hook}, {hook}]\nafter = [{hook}]\n")
        self.deploy(env={"TOKEN": "secret", "CREDENTIALS_DIRECTORY": "/run/credentials/x"})
        place = f"{self.first} {self.world.directory}"
        self.assertEqual(log.read_text().splitlines(), [
            f"build {place}", f"activate {place}", f"activate {place}", f"after {place}"])
        environment = Path(f"{log}.env").read_text()
        self.assertNotIn("secret", environment)
        self.assertNotIn("CREDENTIALS", environment)
        for name in ("INHAUL_APP=shop", "INHAUL_PREVIOUS=\n", "INHAUL_TRIGGER=hand", "PATH="):
            self.assertIn(name, environment)
        shown = self.world.inhaul("show", "1").stdout
        self.assertIn("built", shown)
        self.assertIn("and warned", shown)
        self.assertIn("hook build: /bin/sh", shown)

    def test_the_cause_of_a_failed_hook_has_its_last_lines_and_the_command_for_all_lines(self):
        self.deploy()
        hook = self.script("seq 5; echo 'Error: no layout'; echo; echo Total in 16 ms; exit 1\n")
        self.write(hooks=f"[hooks]\nbuild = [{hook}]\n")
        self.world.commit("two")
        cause = "exit status 1: 5; Error: no layout; Total in 16 ms"
        printed = self.deploy(expect=1).stderr
        self.assertIn(cause, printed)
        number = self.world.history()[0]["number"]
        self.assertIn(f"inhaul show {number}", printed)
        for command in ("status", "why"):
            printed = self.world.inhaul(command, "shop", check=False).stdout
            self.assertIn(cause, printed)
            self.assertIn(f"`inhaul show {number}`", printed)

    def private_variables(self, text):
        path = self.world.root / "shop.env"
        path.write_text(text)
        path.chmod(0o600)
        return path

    def test_hooks_get_the_variables_of_the_unit_the_settings_and_the_private_file(self):
        log = self.world.root / "log"
        private = self.private_variables("# for npm\nNPM_TOKEN=npm_0123456789abcdef\nWHO=file\n")
        hook = self.script(f'echo "$WHO $MORE $FROM_UNIT $INHAUL_COMMIT $NPM_TOKEN" >>{log}; '
                           'echo "token $NPM_TOKEN"; exit 3\n')
        self.write(hooks=f'[hooks]\nbuild = [{hook}]\nenvironment_file = "{private}"\n'
                         'environment = { WHO = "settings", MORE = "more" }\n')
        done = self.deploy(expect=1, env={"INHAUL_HOOK_WHO": "unit", "INHAUL_HOOK_FROM_UNIT": "yes",
                                          "INHAUL_HOOK_INHAUL_COMMIT": "forged"})
        self.assertEqual(log.read_text().split("\n")[0],
                         f"file more yes {self.first} npm_0123456789abcdef")
        printed = done.stdout + done.stderr + self.world.inhaul("show", "1", "--json").stdout
        self.assertIn("token ***", printed)
        self.assertNotIn("npm_0123456789abcdef", printed)
        for path in self.world.state.rglob("*"):
            if path.is_file():
                self.assertNotIn(b"npm_0123456789abcdef", path.read_bytes(), path)

    def test_a_file_of_variables_that_others_may_read_or_change_is_refused(self):
        hook = self.script("true\n")
        for mode, text, said in ((0o644, "A=b\n", "lets others read it"),
                                 (0o600, "secret\n", "line 1 is not NAME=VALUE")):
            private = self.private_variables(text)
            private.chmod(mode)
            self.write(hooks=f'[hooks]\nbuild = [{hook}]\nenvironment_file = "{private}"\n')
            done = self.world.inhaul("check", check=False)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(f"hooks.environment_file: ", done.stdout + done.stderr)
            self.assertIn(said, done.stdout + done.stderr)

    def test_the_after_hook_runs_after_a_failed_fetch_and_a_refusal_in_the_live_directory(self):
        self.deploy()
        log = self.world.root / "log"
        hook = self.script(f'echo "$INHAUL_OUTCOME|$INHAUL_CAUSE|$(pwd)|$INHAUL_COMMIT" >>{log}\n')
        self.write(hooks=f"[hooks]\nafter = [{hook}]\n")
        second = self.world.commit("two [skip deploy]")
        self.deploy(expect=3)
        self.world.remote.rename(self.world.root / "away")
        self.world.inhaul("deploy", "shop", check=False)
        refused, failed = [line.split("|") for line in log.read_text().splitlines()]
        place = str(self.world.directory)
        self.assertEqual([refused[0], *refused[2:]], ["refused", place, second])
        self.assertTrue(refused[1].startswith("skip_marker: "), refused)
        self.assertEqual([failed[0], *failed[2:]], ["failed", place, ""])
        self.assertIn("remote", failed[1])
        self.assertEqual([each["state"] for each in self.world.history()][:2], ["failed", "refused"])

    def test_a_build_that_fails_rolls_back_and_its_output_is_kept(self):
        self.write(hooks="[hooks]\nbuild = [" + self.script(
            "grep -q faulty version && { echo no such module; exit 3; }; true\n") + "]\n")
        self.deploy()
        self.world.commit("faulty-two")
        done = self.deploy(expect=1)
        self.assertIn("exit status 3: no such module", done.stderr)
        self.assertEqual(self.live(), self.first)
        self.assertNotIn("faulty-two", self.world.restarts())
        self.assertIn("no such module", self.world.inhaul("show", "2").stdout)

    def test_a_hook_that_edits_tracked_files_causes_no_deployment(self):
        for layout in ("", 'layout = "releases"\n'):
            with self.subTest(layout=layout):
                world = World()
                self.addCleanup(world.remove)
                live = world.directory / ("current" if layout else "")
                world.write_settings(
                    top=f'repository = "{world.remote}"\ndirectory = "{world.directory}"\n{layout}',
                    service=f'[service]\nrestart = ["/bin/sh", "-c", "echo $$ >>{world.restarts_file}"]\n',
                    hooks='[hooks]\nbuild = [["/bin/sh", "-c", "cat web/ui/src/name >>new; '
                          'mv new web/ui/lock.json"]]\n'
                          'after = [["/bin/sh", "-c", "rm -f web/ui/once"]]\n')
                for version in ("one", "two"):
                    files = {"web/ui/lock.json": "{}\n", "web/ui/src/name": version,
                             "web/ui/once": "x"}
                    world.commit(version, files)
                    before = len(world.restarts())
                    for _ in range(3):
                        world.inhaul("deploy", "shop")
                    self.assertEqual(len(world.restarts()) - before, 1)
                    self.assertEqual((live / "web/ui/lock.json").read_text(), version)
                    number = max(entry["number"] for entry in world.history()
                                 if entry["state"] == "succeeded")
                    shown = world.inhaul("show", str(number)).stdout
                    self.assertEqual(shown.count("the app's hooks changed web/ui/lock.json"), 1)
                    self.assertEqual(shown.count("the app's hooks changed web/ui/once"), 1)
                # A user's edit is reverted as always.
                (live / "version").write_text("mine\n")
                world.inhaul("deploy", "shop")
                self.assertEqual((live / "version").read_text(), "two\n")

    def test_a_hook_that_hangs_is_killed_with_its_children(self):
        pids = self.world.root / "pids"
        self.deploy()
        self.write(hooks="[hooks]\nactivate = [" + self.script(
            f"grep -q hanging version || exit 0\nsleep 600 & echo $! >{pids}; echo $$ >>{pids}; wait\n"
        ) + ']\ndeadline = "1s"\n')
        self.world.commit("hanging-two")
        done = self.deploy(expect=1)
        self.assertIn("not finished within 1s", done.stderr)
        self.assertEqual(self.live(), self.first)
        for pid in pids.read_text().split():
            wait_for("it has ended", lambda pid=pid: not Path(f"/proc/{pid}").exists()
                     or "Z" in Path(f"/proc/{pid}/stat").read_text().split(")")[1][:3])

    def test_failed_after_hooks_cause_only_a_warning(self):
        self.write(hooks='[hooks]\nafter = [["/bin/sh", "-c", "exit 9"]]\n')
        self.deploy()
        self.assertEqual(self.world.history()[0]["state"], "succeeded")
        self.assertTrue(any("exit status 9" in note
                            for note in self.world.history()[0]["notes"]))

    def test_a_missing_program_is_named(self):
        self.write(hooks='[hooks]\nbuild = [["bin/build"]]\n')
        done = self.deploy(expect=1)
        self.assertIn("bin/build", done.stderr)

    def test_a_long_output_is_limited(self):
        self.write(hooks='[hooks]\nbuild = [["/bin/sh", "-c", "seq 1 200000"]]\n')
        self.deploy()
        (output,) = json.loads(self.world.inhaul("show", "1", "--json").stdout)["outputs"]
        self.assertTrue(output["output"].endswith("200000\n"))
        self.assertLessEqual(len(output["output"]), 16 * 1024)


# Answers with the commit of its start, after a delay.
APP = """
import http.server, pathlib, sys, time
directory, port, delay = pathlib.Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
version = (directory / "version").read_text().strip()
stamp = (directory / "updated.txt").read_text().split()[1]
time.sleep(delay)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(500 if "broken" in version else 200)
        self.send_header("X-Commit", stamp)
        self.end_headers()
        self.wfile.write(("running " + stamp).encode())
    def log_message(self, *words): pass
http.server.ThreadingHTTPServer.allow_reuse_address = True
http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


class Probe(Safe):
    """An app that the restart command restarts, or not: then the old process answers."""

    def setUp(self):
        super().setUp()
        from support.git_servers import free_port  # noqa: PLC0415
        self.port = free_port()
        self.app = self.world.root / "app.py"
        self.app.write_text(APP)
        self.pid = self.world.root / "pid"
        self.delay = 0.3
        self.addCleanup(self.end)
        self.write()

    def end(self):
        if self.pid.exists():
            subprocess.run(["/bin/sh", "-c", f"kill -9 $(cat {self.pid}) 2>/dev/null"], check=False)

    def write(self, **tables):
        super().write(**tables)
        if not hasattr(self, "port"):
            return
        self.world.restart_script().write_text(
            f"cat '{self.world.directory}/version' >>'{self.world.restarts_file}'\n"
            f"test -e '{self.world.root}/stuck' && exit 0\n"
            f"test -e {self.pid} && kill -9 $(cat {self.pid})\n"
            f"python3 {self.app} '{self.world.directory}' {self.port} {self.delay} "
            f"</dev/null >/dev/null 2>&1 &\necho $! >{self.pid}\n")

    def probe(self, **changes):
        lines = {"url": f'"http://127.0.0.1:{self.port}/health"', "interval": '"50ms"',
                 "deadline": '"15s"', **changes}
        self.write(probe="[probe]\n" + "".join(f"{key} = {value}\n"
                                               for key, value in lines.items()))

    def test_an_app_that_answers_late_is_awaited(self):
        self.probe(body='"running {commit}"', header='"X-Commit: {commit}"', successes=3)
        self.deploy()
        second = self.world.commit("two")
        self.deploy()
        self.assertEqual(self.world.status()["live"]["last_known_good"], second)

    def test_an_answer_of_the_old_process_does_not_count(self):
        self.probe(body='"{commit}"')
        self.deploy()
        self.probe(body='"{commit}"', deadline='"1s"')
        (self.world.root / "stuck").touch()
        self.world.commit("two")
        done = self.deploy(expect=1)
        self.assertIn("the answer does not contain", done.stderr)
        self.assertEqual(self.live(), self.first)
        self.assertEqual(self.world.status()["state"], "rolled-back")

    def test_an_app_with_an_unhealthy_answer_is_rolled_back(self):
        self.probe()
        self.deploy()
        self.probe(deadline='"5s"')
        self.world.commit("broken-two")
        done = self.deploy(expect=1)
        self.assertIn("status 500 instead of 200", done.stderr)
        self.assertEqual(self.live(), self.first)

    def test_an_app_that_never_answers_is_rolled_back(self):
        self.probe()
        self.deploy()
        self.probe(deadline='"1s"')
        self.app.write_text(APP.replace("time.sleep(delay)",
                                        'sys.exit(1) if version == "two" else 0'))
        self.world.commit("two")
        self.assertIn("127.0.0.1", self.deploy(expect=1).stderr)
        self.assertEqual(self.live(), self.first)

    def test_a_command_can_be_the_probe(self):
        command = ('[probe]\ncommand = ["/bin/sh", "-c", "test {short} = $(git rev-parse --short=7 HEAD) '
                   '&& ! grep broken version"]\ninterval = "50ms"\n')
        self.write(probe=command + 'deadline = "15s"\n')
        self.deploy()
        self.write(probe=command + 'deadline = "2s"\n')
        self.world.commit("broken-two")
        self.assertIn("exit status 1: broken-two", self.deploy(expect=1).stderr)
        self.assertEqual(self.live(), self.first)
        self.write(probe='[probe]\ncommand = ["/bin/false"]\ndeadline = "1s"\n')
        self.world.commit("three")
        self.assertIn("exit status 1; ", self.deploy(expect=1).stderr)

    def test_a_probe_does_not_use_the_proxy_of_the_environment(self):
        self.probe()
        self.deploy(env={"http_proxy": "http://127.0.0.1:9"})


class OperatorActions(Safe):
    def test_a_pause_applies_to_every_deployment_until_it_ends(self):
        self.deploy()
        self.tell("pause", "shop", "--why", "a talk\x1b[31m")
        second = self.world.commit("two")
        done = self.deploy(expect=3)
        self.assertIn("a talk\\x1b[31m", done.stderr)
        self.tell("once", expect=3)
        status = self.world.status()
        self.assertEqual(status["state"], "paused")
        self.assertIn("a talk", status["sentence"])
        self.assertEqual(self.live(), self.first)
        self.tell("resume", "shop")
        self.tell("once")
        self.assertEqual(self.live(), second)
        what = [action["what"] for action in
                json.loads(self.world.inhaul("history", "--json").stdout)["operator_actions"]]
        self.assertEqual(what, ["resumed", "paused"])
        self.assertIn("paused", self.world.inhaul("history").stdout)

    def test_a_paused_app_is_polled_and_not_deployed_until_it_is_resumed(self):
        self.deploy()
        self.tell("pause", "shop", "--for", "1h")
        watcher = self.world.start("run")
        self.addCleanup(watcher.wait, 20)
        self.addCleanup(watcher.terminate)
        second = self.world.commit("two")
        wait_for("the push is seen", lambda: self.world.status()["branch_head"] == second)
        self.assertEqual(self.live(), self.first)
        self.assertEqual(self.world.status()["state"], "paused")
        self.tell("resume", "shop")
        wait_for("it is deployed", lambda: self.live() == second)

    def test_a_pinned_app_stays_until_it_is_unpinned(self):
        self.deploy()
        second = self.world.commit("two")
        self.deploy()
        done = self.tell("pin", "shop", self.first[:8], "--why", "a demo")
        self.assertIn("pinned to", done.stdout)
        self.assertEqual(self.live(), self.first)
        third = self.world.commit("three")
        self.tell("once")
        self.deploy()
        self.assertEqual(self.live(), self.first)
        self.assertEqual(self.world.status()["state"], "pinned")
        self.tell("unpin", "shop")
        self.tell("once")
        self.assertEqual(self.live(), third)
        self.assertNotEqual(second, third)

    def test_a_pin_to_the_live_commit_needs_no_argument(self):
        self.tell("pin", "shop", expect=2)
        self.deploy()
        self.tell("pin", "shop")
        self.world.commit("two")
        self.tell("once")
        self.assertEqual(self.live(), self.first)

    def test_invalid_arguments_are_reported(self):
        self.tell("pause", "shop", "--for", "soon", expect=2)
        self.tell("pause", "shpo", expect=2)
        self.tell("show", "99", expect=2)

    def test_an_unknown_command_is_named(self):
        for words, expected in ((["statsu"], ["unknown command statsu", "Did you mean: inhaul status"]),
                                (["frobnicate", "shop"], ["unknown command frobnicate", "--help"]),
                                (["mial"], ["unknown command mial", "--help"]),
                                ([], ["a command is missing", "--help"])):
            with self.subTest(words):
                done = run(INHAUL, *words, check=False)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                for text in expected:
                    self.assertIn(text, done.stderr)

    def test_a_dry_run_shows_the_plan_and_changes_nothing(self):
        self.deploy()
        second = self.world.commit("two", {"new.txt": "x\n"})
        self.write(hooks='[hooks]\nbuild = [["/bin/true"]]\n',
                   require='[require]\npaths = ["docs"]\n')
        done = self.deploy("--dry-run", expect=3)
        for words in (f"{self.first[:7]} -> {second[:7]}", "version two", "A new.txt", "M version",
                      "paths: refuses: nothing has changed", "skip_marker: passes"):
            self.assertIn(words, done.stdout)
        self.assertEqual(self.live(), self.first)
        self.assertEqual(self.world.restarts(), ["one"])
        self.assertEqual(len(self.world.history()), 1)
        forced = self.deploy("--dry-run", "--force")
        self.assertIn("run /bin/true", forced.stdout)
        self.assertIn("restart with /bin/sh", forced.stdout)
        self.assertEqual(self.live(), self.first)
        self.deploy("--force")
        self.assertIn("nothing to do: the commit is live", self.deploy("--dry-run").stdout)

    def test_a_dry_run_of_a_chosen_commit_is_not_stopped_by_a_pin(self):
        self.deploy()
        second = self.world.commit("two")
        self.deploy()
        self.tell("pin", "shop", second)
        self.assertIn("would:", self.deploy("--to", self.first, "--dry-run").stdout)
        self.deploy("--to", self.first)
        self.assertEqual(self.live(), self.first)

    def test_a_dry_run_of_a_verified_commit_is_not_stopped_by_a_gate(self):
        self.deploy()
        self.write(require='[require]\nminimum_age = "1h"\n')
        (self.world.directory / "version").write_text("edited\n")
        shown = self.deploy("--dry-run").stdout
        self.assertIn("save 1 locally edited file as a patch", shown)
        self.assertNotIn("minimum_age", shown)
        self.assertIn("is live", self.deploy().stdout)


class Gates(Safe):
    def refused(self, *words):
        before = self.live()
        done = self.deploy(expect=3)
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertEqual(self.live(), before)
        status = self.world.status()
        self.assertEqual(status["state"], "refused")
        for word in words:
            self.assertIn(word, status["sentence"])
        self.tell("once")  # it is processed: not retried at each poll
        self.assertEqual(self.world.history()[0]["state"], "refused")

    def test_a_forced_push_is_followed_and_reported_or_refused(self):
        self.deploy()
        git(self.world.laptop, "commit", "-q", "--amend", "-m", "rewritten")
        self.world.commit("two")
        self.write(require="[require]\nfast_forward = true\n")
        self.refused("fast_forward", "rewritten")
        self.write(require="")
        self.deploy()
        self.assertIn("rewritten", self.world.history()[0]["notes"][0])

    def test_a_commit_message_and_paths_can_prevent_a_deployment(self):
        self.deploy()
        git(self.world.laptop, "commit", "-q", "--allow-empty", "-m", "words\n\n[skip deploy]")
        git(self.world.laptop, "push", "-q", "origin", "HEAD:main")
        self.refused("[skip deploy]")
        marked = git(self.world.laptop, "rev-parse", "HEAD")[:9]
        for more in (), ("--dry-run",):
            printed = self.tell("deploy", "shop", "--to", marked, *more, expect=3)
            self.assertRegex(printed.stdout + printed.stderr,
                             f"To deploy it anyway, run: .*deploy .*shop --to {marked} --force\n")
        self.write(require='[require]\npaths = ["src"]\n')
        self.world.commit("three")
        self.refused("paths", "src")
        fourth = self.world.commit("four", {"src/app.py": "x\n"})
        self.deploy()
        self.assertEqual(self.live(), fourth)

    def test_a_pointer_of_git_lfs_does_not_go_live(self):
        self.deploy()
        pointer = ("version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 +
                   "\nsize 5\n")
        self.world.commit("two", {".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n",
                                  "docs/pointer.txt": pointer})
        self.deploy()  # a text about pointers is not a pointer
        self.world.commit("three", {"data/model.bin": pointer})
        self.refused("data/model.bin", "Git LFS")
        self.write(require="[require]\nlfs_content = false\n")
        self.deploy()
        self.assertEqual((self.world.directory / "data/model.bin").read_text(), pointer)

    def test_a_young_commit_is_deployed_automatically_once_it_is_old_enough(self):
        self.deploy()
        self.write(require='[require]\nminimum_age = "3s"\n')
        watcher = self.world.start("run")
        self.addCleanup(watcher.wait, 20)
        self.addCleanup(watcher.terminate)
        second = self.world.commit("two")
        wait_for("it waits for the gate", lambda: self.world.status()["state"] == "waiting")
        self.assertEqual(self.world.status()["restrictions"]["hold"]["gate"], "minimum_age")
        self.assertEqual(self.live(), self.first)
        wait_for("it is deployed", lambda: self.live() == second)
        self.assertEqual(len(self.world.history()), 2)

    def test_a_closed_window_reports_its_next_opening(self):
        self.deploy()
        # Open for one minute a day, twelve hours from now.
        hour = int(run("date", "+%H").stdout)
        other = (hour + 12) % 24
        self.write(require=f'[require]\nwindows = ["daily {other:02}:00-{other:02}:01"]\n'
                   'zone = "Etc/UTC"\n')
        self.world.commit("two")
        done = self.deploy(expect=3)
        self.assertIn("closed until", done.stderr)
        self.assertEqual(self.world.history()[0]["state"], "succeeded")


class Signatures(Safe):
    """With real ssh-keygen and gpg."""

    def setUp(self):
        super().setUp()
        self.deploy()
        self.keys = self.world.root / "keys"
        self.keys.mkdir(mode=0o700)
        self.signers = self.world.root / "allowed_signers"

    def ssh_key(self, name):
        key = self.keys / name
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", key)
        return key

    def allow(self, key, options=""):
        kind, data = Path(f"{key}.pub").read_text().split()[:2]
        self.signers.write_text(f"ada@example.org {options} {kind} {data}\n")
        self.write(require=f'[require]\nallowed_signers = "{self.signers}"\n')

    def push_signed(self, version, key, form="ssh", env=None):
        (self.world.laptop / "version").write_text(version + "\n")
        run("git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c",
            f"gpg.format={form}", "-c", f"user.signingkey={key}", "commit", "-q", "-a", "-S", "-m",
            f"version {version}", cwd=self.world.laptop, env=env)
        git(self.world.laptop, "push", "-q", "origin", "HEAD:main")
        return git(self.world.laptop, "rev-parse", "HEAD")

    def refused(self, words):
        done = self.deploy(expect=3)
        self.assertIn(words, done.stderr)
        self.assertEqual(self.live(), self.first)

    def test_only_a_commit_signed_by_an_allowed_ssh_key_is_deployed(self):
        key = self.ssh_key("ada")
        self.allow(key)
        self.world.commit("unsigned")
        self.refused("the commit is not signed")
        self.push_signed("stranger", self.ssh_key("eve"))
        self.refused("not among the allowed signers")
        good = self.push_signed("good", key)
        self.deploy()
        self.assertEqual(self.live(), good)

    def test_a_signature_of_other_data_is_refused(self):
        key = self.ssh_key("ada")
        self.allow(key)
        self.push_signed("good", key)
        commit = run("git", "cat-file", "commit", "HEAD", cwd=self.world.laptop).stdout
        forged = self.world.root / "forged"
        forged.write_text(commit.replace("version good", "version evil"))
        name = git(self.world.laptop, "hash-object", "-t", "commit", "-w", str(forged))
        git(self.world.laptop, "push", "-q", "--force", "origin", f"{name}:main")
        self.refused("its signature is invalid")

    def test_an_expired_or_revoked_key_does_not_count(self):
        key = self.ssh_key("ada")
        self.push_signed("two", key)
        self.allow(key, 'valid-before="20200101"')
        self.refused("signature")
        self.allow(key)
        revoked = self.world.root / "revoked"
        shutil.copy(f"{key}.pub", revoked)
        self.write(require=f'[require]\nallowed_signers = "{self.signers}"\n'
                   f'revoked_signers = "{revoked}"\n')
        self.refused("signature")
        self.allow(key)
        self.deploy()

    def test_a_key_that_is_allowed_for_another_purpose_does_not_count(self):
        key = self.ssh_key("ada")
        self.allow(key, 'namespaces="file"')
        self.push_signed("two", key)
        self.refused("signature")

    def test_an_unusable_file_of_keys_is_an_error_of_the_settings_and_delays_the_commit(self):
        key = self.ssh_key("ada")
        self.allow(key)
        good = self.signers.read_bytes()
        pushed = self.push_signed("two", key)
        for content in (None, b"", b"garbage\n", good[:-10] + b"\n"):
            with self.subTest(content=content):
                self.signers.unlink(missing_ok=True)
                if content is not None:
                    self.signers.write_bytes(content)
                for command in ("check", "doctor", "deploy", "once"):
                    done = self.world.inhaul(command, "shop", check=False)
                    self.assertEqual(done.returncode, 1 if command == "doctor" else 78, command)
                    self.assertIn("require.allowed_signers", done.stdout + done.stderr)
                    self.assertIn(str(self.signers), done.stdout + done.stderr)
                self.assertEqual(self.live(), self.first)
        self.signers.write_bytes(good)
        self.world.inhaul("once", "shop")
        self.assertEqual(self.live(), pushed)

    def gpg(self, *words):
        return run("gpg", "--homedir", self.keys, "--batch", "--pinentry-mode", "loopback",
                   "--passphrase", "", *words)

    def gpg_key(self, name, expires="never"):
        self.gpg("--quick-generate-key", f"{name} <{name}@example.org>", "ed25519", "sign", expires)
        self.addCleanup(run, "gpgconf", "--homedir", self.keys, "--kill", "all", check=False)
        return f"{name}@example.org"

    def test_only_a_commit_signed_by_a_gpg_key_of_the_file_is_deployed(self):
        ada, eve = self.gpg_key("ada"), self.gpg_key("eve")
        public = self.world.root / "keys.gpg"
        self.gpg("--export", "--output", public, ada)
        self.write(require=f'[require]\ngpg_keys = "{public}"\n')
        home = {"GNUPGHOME": str(self.keys)}
        self.push_signed("stranger", eve, "openpgp", home)
        self.refused("its signature is invalid")
        self.push_signed("other kind", self.ssh_key("sam"))
        self.refused("signed with an SSH key")
        good = self.push_signed("good", ada, "openpgp", home)
        self.deploy()
        self.assertEqual(self.live(), good)

    def test_a_revoked_or_expired_gpg_key_does_not_count(self):
        home = {"GNUPGHOME": str(self.keys)}
        ada = self.gpg_key("ada")
        self.push_signed("two", ada, "openpgp", home)
        fingerprint = next(line.split(":")[9] for line in self.gpg(
            "--list-keys", "--with-colons").stdout.splitlines() if line.startswith("fpr"))
        certificate = self.keys / "openpgp-revocs.d" / f"{fingerprint}.rev"
        text = certificate.read_text().replace(":-----BEGIN", "-----BEGIN")
        certificate.write_text(text)
        self.gpg("--import", certificate)
        public = self.world.root / "keys.gpg"
        self.gpg("--export", "--output", public, ada)
        self.write(require=f'[require]\ngpg_keys = "{public}"\n')
        self.refused("REVKEYSIG")

    def test_an_invalid_file_of_keys_is_reported(self):
        ada = self.gpg_key("ada")
        self.push_signed("two", ada, "openpgp", {"GNUPGHOME": str(self.keys)})
        public = self.world.root / "keys.gpg"
        public.write_text("not a key")
        self.write(require=f'[require]\ngpg_keys = "{public}"\n')
        done = self.deploy(expect=78)
        self.assertIn("keys.gpg", done.stderr)
        self.assertIn("gpg --export SIGNER > ", done.stderr)


if __name__ == "__main__":
    unittest.main()
