# SPDX-License-Identifier: Apache-2.0
"""`inhaul deploy`, `status`, `history` and `check` as a user runs them."""

import fcntl
import json
import os
import stat
import unittest

from support.waiting import wait_for
from support.world import INHAUL, World, git, run


class Deploy(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.remove)
        self.world.write_settings()
        self.first = self.world.commit("one", {"app.cfg": "debug = no\n"})

    def test_the_account_s_git_configuration_does_not_redirect_a_fetch(self):
        elsewhere = World()
        self.addCleanup(elsewhere.remove)
        elsewhere.commit("evil")
        home = self.world.root / "home"
        (home / ".config/git").mkdir(parents=True)
        config = f'[url "{elsewhere.remote}"]\n\tinsteadOf = {self.world.remote}\n'
        (home / ".gitconfig").write_text(config)
        (home / ".config/git/config").write_text(config)
        asked = run("git", "ls-remote", self.world.remote, env={"HOME": str(home)}).stdout
        self.assertNotIn(self.first, asked)  # this configuration does redirect git
        self.world.inhaul("deploy", "shop", env={"HOME": str(home)})
        self.assertEqual(self.world.tree_problems(self.first), [])

    def test_a_missing_directory_is_filled_and_reported(self):
        done = self.world.inhaul("deploy", "shop")
        self.assertEqual(self.world.tree_problems(self.first), [])
        self.assertRegex(done.stdout, rf'shop: nothing -> {self.first[:7]} "version one" is live')
        self.assertIn("nothing to do", self.world.inhaul("deploy", "shop").stdout)
        self.assertEqual(self.world.restarts(), ["one"])

    def test_the_stamp_has_time_and_commit_and_does_not_disturb_git(self):
        self.world.inhaul("deploy", "shop")
        stamp = (self.world.directory / "updated.txt").read_text()
        self.assertIn(self.first, stamp)
        self.assertRegex(stamp, r"\d{4}-\d{2}-\d{2}")
        self.assertEqual(git(self.world.directory, "status", "--porcelain"), "")

    def test_untracked_and_ignored_files_stay_and_edits_become_a_patch(self):
        self.world.commit("one", {".gitignore": "*.sqlite\n"})
        self.world.inhaul("deploy", "shop")
        directory = self.world.directory
        (directory / ".env").write_text("KEY=1\n")
        (directory / "db.sqlite").write_text("data")
        (directory / "app.cfg").write_text("debug = yes\n")
        base = git(directory, "rev-parse", "HEAD")
        second = self.world.commit("two")
        done = self.world.inhaul("deploy", "shop")
        self.assertEqual(self.world.tree_problems(second), [])
        self.assertEqual((directory / ".env").read_text(), "KEY=1\n")
        self.assertEqual((directory / "db.sqlite").read_text(), "data")
        self.assertEqual((directory / "app.cfg").read_text(), "debug = no\n")
        (patch,) = (self.world.state / "patches" / "shop").iterdir()
        self.assertIn(str(patch), done.stderr)
        self.assertEqual(stat.S_IMODE(patch.stat().st_mode), 0o600)
        git(self.world.laptop, "checkout", "-q", base)
        git(self.world.laptop, "apply", str(patch))
        self.assertEqual((self.world.laptop / "app.cfg").read_text(), "debug = yes\n")

    def test_an_invalid_argument_is_refused(self):
        refused = self.world.ends_with(2, "deploy", "shop", "--expect", "zz")
        self.assertIn("--expect: zz is not a full commit ID", refused.stderr)
        refused = self.world.ends_with(2, "deploy", "../shop")
        self.assertIn("the account .. does not exist", refused.stderr)
        self.assertNotIn("sudo", refused.stderr)

    def test_a_gate_and_a_held_lock_have_a_hint(self):
        self.world.inhaul("deploy", "shop")
        self.world.write_settings(require='[require]\nskip_marker = "[skip]"\n')
        self.world.inhaul("pause", "shop")
        held = self.world.ends_with(3, "deploy", "shop").stderr
        self.assertIn("\n        Run: inhaul resume shop\n", held)
        with open(self.world.state / "locks" / "shop.lock", "r+b") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            locked = self.world.ends_with(4, "deploy", "shop").stderr
            longer = self.world.ends_with(4, "deploy", "shop", "--wait", "1ms").stderr
        for printed in locked, longer:
            self.assertRegex(printed, r"\n        Run: (sudo )?inhaul .*deploy shop --wait 5m\n")

    def test_resume_and_unpin_name_the_restriction_that_remains(self):
        self.world.inhaul("deploy", "shop")
        self.world.inhaul("pin", "shop")
        self.world.inhaul("pause", "shop")
        self.assertIn(f"The app is still pinned to {self.first[:7]}.",
                      self.world.inhaul("resume", "shop").stdout)
        self.world.inhaul("pause", "shop")
        self.assertIn("The app is still paused.", self.world.inhaul("unpin", "shop").stdout)
        self.assertIn("The next poll deploys the head.", self.world.inhaul("resume", "shop").stdout)

    def test_a_commit_that_was_never_pushed_is_not_deployed(self):
        self.world.inhaul("deploy", "shop")
        directory = self.world.directory
        (directory / "version").write_text("local\n")
        git(directory, "commit", "-qam", "never pushed")
        local = git(directory, "rev-parse", "HEAD")
        git(directory, "branch", "local")
        git(directory, "reset", "-q", "--hard", self.first)
        for arguments in (("deploy", "shop", "--to", local), ("deploy", "shop", "--to", local, "--dry-run"),
                          ("rollback", "shop", local), ("pin", "shop", local)):
            refused = self.world.ends_with(1, *arguments)
            self.assertIn(f"contains {local[:7]}", refused.stderr + refused.stdout)
        # A commit that the next deployment replaces and saves is not one of the forge either.
        git(directory, "reset", "-q", "--hard", local)
        second = self.world.commit("two")
        self.world.inhaul("deploy", "shop")
        self.world.ends_with(1, "deploy", "shop", "--to", local)
        self.assertEqual(self.world.tree_problems(second), [])
        git(self.world.laptop, "fetch", "-q", directory, "local")
        git(self.world.laptop, "push", "-q", "-f", "origin", f"{local}:refs/heads/main")
        self.world.inhaul("deploy", "shop", "--to", local[:8])
        self.assertEqual(git(directory, "rev-parse", "HEAD"), local)

    def test_a_tag_of_the_forge_that_is_in_no_branch_is_deployed(self):
        self.world.inhaul("deploy", "shop")
        laptop = self.world.laptop
        git(laptop, "checkout", "-q", "-b", "release")
        (laptop / "version").write_text("release\n")
        git(laptop, "commit", "-qam", "release")
        git(laptop, "tag", "-a", "-m", "a release", "v1")
        tagged = git(laptop, "rev-parse", "HEAD")
        git(laptop, "push", "-q", "origin", "v1")
        git(self.world.directory, "fetch", "-q", "--tags", self.world.remote)
        self.world.inhaul("deploy", "shop", "--to", tagged)
        self.assertEqual(git(self.world.directory, "rev-parse", "HEAD"), tagged)

    def test_a_checkout_of_git_is_adopted_and_its_remote_branch_is_updated(self):
        git(self.world.root, "clone", "-q", self.world.remote, self.world.directory)
        config = (self.world.directory / ".git" / "config").read_text()
        second = self.world.commit("two")
        self.world.inhaul("deploy", "shop")
        self.assertEqual(self.world.tree_problems(second), [])
        self.assertEqual((self.world.directory / ".git" / "config").read_text(), config)
        self.assertEqual(git(self.world.directory, "rev-parse", "origin/main"), second)

    def test_a_directory_with_other_files_is_refused_and_unchanged(self):
        self.world.directory.mkdir()
        (self.world.directory / "thesis.tex").write_text("years of work")
        done = self.world.inhaul("deploy", "shop", check=False)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("thesis.tex", done.stderr)
        self.assertEqual(os.listdir(self.world.directory), ["thesis.tex"])

    def test_a_checkout_of_another_repository_is_refused_and_unchanged(self):
        git(self.world.root, "init", "-q", self.world.directory)
        (self.world.directory / "thesis.tex").write_text("years of work")
        git(self.world.directory, "add", "-A")
        git(self.world.directory, "commit", "-q", "-m", "thesis")
        before = git(self.world.directory, "rev-parse", "HEAD")
        done = self.world.inhaul("deploy", "shop", check=False)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("checkout of another repository", done.stderr)
        self.assertEqual(git(self.world.directory, "rev-parse", "HEAD"), before)
        self.assertTrue((self.world.directory / "thesis.tex").exists())

    def test_an_operator_can_choose_a_commit(self):
        self.world.inhaul("deploy", "shop")
        self.world.commit("two")
        self.world.inhaul("deploy", "shop")
        self.world.inhaul("deploy", "shop", "--to", self.first[:8])
        self.assertEqual(self.world.tree_problems(self.first), [])
        self.assertEqual(self.world.restarts(), ["one", "two", "one"])
        unknown = self.world.inhaul("deploy", "shop", "--to", "0123456", check=False)
        self.assertEqual(unknown.returncode, 1)
        self.assertIn("0123456", unknown.stderr)

    def test_a_second_deployment_names_the_first_or_waits_for_it(self):
        hold = self.world.root / "hold"
        hold.touch()
        self.world.restart_script().write_text(f"while [ -e '{hold}' ]; do sleep 0.05; done\n")
        first = self.world.start("deploy", "shop")
        self.addCleanup(first.kill)
        wait_for("the first restarts", lambda: (self.world.state / "ledger.db").exists()
                 and self.world.status()["state"] == "deploying"
                 and self.world.status()["deploying"]["state"] == "restarting")
        second = self.world.inhaul("deploy", "shop", check=False)
        self.assertEqual(second.returncode, 4)
        self.assertIn(f"process {first.pid}", second.stderr)
        third = self.world.start("deploy", "shop", "--wait", "30s")
        hold.unlink()
        self.assertEqual(first.wait(timeout=20), 0)
        self.assertEqual(third.wait(timeout=20), 0)
        self.assertEqual(len(self.world.history()), 1)

    def test_an_empty_commit_moves_the_branch_and_does_not_restart(self):
        self.world.inhaul("deploy", "shop")
        git(self.world.laptop, "commit", "-q", "--allow-empty", "-m", "nothing")
        git(self.world.laptop, "push", "-q", "origin", "HEAD:main")
        self.world.inhaul("deploy", "shop")
        self.assertEqual(self.world.restarts(), ["one"])
        self.assertEqual(len(self.world.history()), 2)

    def test_an_empty_repository_and_a_missing_branch_have_their_own_messages(self):
        git(self.world.root, "init", "-q", "--bare", self.world.root / "empty.git")
        self.world.write_settings(top=f'repository = "{self.world.root}/empty.git"\n'
                                      f'directory = "{self.world.directory}"\n')
        empty = self.world.inhaul("deploy", "shop", check=False)
        self.assertEqual(empty.returncode, 1)
        self.assertIn("empty", empty.stderr)
        self.world.write_settings(top=f'repository = "{self.world.remote}"\nbranch = "mian"\n'
                                      f'directory = "{self.world.directory}"\n')
        missing = self.world.inhaul("deploy", "shop", check=False)
        self.assertEqual(missing.returncode, 1)
        self.assertIn("mian", missing.stderr)
        self.assertNotIn("empty", missing.stderr)

    def test_a_damaged_ledger_is_an_error_and_is_not_recreated(self):
        self.world.inhaul("deploy", "shop")
        database = self.world.state / "ledger.db"
        for extra in self.world.state.glob("ledger.db-*"):
            extra.unlink()
        database.write_bytes(b"not a database" * 1000)
        for words in (["deploy", "shop"], ["status"], ["once"], ["run"], ["history"]):
            done = self.world.inhaul(*words, check=False)
            self.assertEqual(done.returncode, 1, words)
            self.assertIn("ledger", done.stderr)
        self.assertTrue(database.read_bytes().startswith(b"not a database"))

    def test_text_of_a_commit_cannot_forge_a_line(self):
        git(self.world.laptop, "commit", "-q", "--allow-empty", "-m",
            "\x1b[31mred\x07 \x9b and \xe2\x80\xae")
        git(self.world.laptop, "push", "-q", "origin", "HEAD:main")
        done = self.world.inhaul("deploy", "shop")
        self.assertNotIn("\x1b", done.stdout + self.world.inhaul("status").stdout
                         + self.world.inhaul("history").stdout)
        json.loads(self.world.inhaul("history", "--json").stdout)

    def test_no_process_and_no_world_readable_file_remains(self):
        self.world.inhaul("deploy", "shop")
        for path in [self.world.state, *self.world.state.rglob("*")]:
            self.assertEqual(path.stat().st_mode & 0o077, 0, path)


class Check(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.remove)

    def test_the_effective_settings_are_valid_settings(self):
        self.world.write_settings()
        text = self.world.inhaul("check").stdout
        (self.world.settings / "shop.toml").write_text(text)
        self.assertEqual(self.world.inhaul("check").stdout, text)

    def test_every_problem_is_printed_at_once(self):
        self.world.write_settings(poll='[poll]\nintervall = "1s"\n')
        (self.world.settings / "blog.toml").write_text('repository = 7\nbranch = "a b"\n')
        done = self.world.inhaul("check", check=False)
        self.assertEqual(done.returncode, 78)
        self.assertRegex(done.stderr, r"shop\.toml:\d+:\d+: .*intervall")
        self.assertIn("poll.interval", done.stderr)
        for word in ("blog.toml:1:", "repository", "blog.toml:2:", "branch", "directory"):
            self.assertIn(word, done.stderr)

    def test_a_checkout_that_cannot_be_deployed_is_a_problem(self):
        self.world.write_settings()
        self.world.commit("one", {"src/a/b/c/d": "1\n"})
        git(self.world.root, "clone", "-q", "--depth=1", f"file://{self.world.remote}",
            self.world.directory)
        done = self.world.inhaul("check", check=False)
        self.assertEqual(done.returncode, 78)
        self.assertIn(f"git -C {self.world.directory} fetch --unshallow", done.stderr)

    def test_an_unknown_app_gets_the_nearest_name(self):
        self.world.write_settings()
        done = self.world.inhaul("deploy", "shpo", check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("Did you mean shop?", done.stderr)


class Help(unittest.TestCase):
    def test_unwritable_output_is_an_error(self):
        script = 'exec "$@" >/dev/full'
        done = run("sh", "-c", script, "sh", INHAUL, "version", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("write to standard output: No space left on device", done.stderr)

    def test_help_has_examples_and_exit_statuses(self):
        text = run(os.environ["INHAUL"], "--help").stdout
        for word in ("Examples:", "inhaul deploy shop", "Exit status: 0"):
            self.assertIn(word, text)
        self.assertNotIn("Examples:", run(INHAUL, "deploy", "--help").stdout)

    def test_wrong_usage_has_exit_status_2(self):
        for words in ([], ["depoly"], ["deploy"], ["status", "--jsn"]):
            self.assertEqual(run(os.environ["INHAUL"], *words, check=False).returncode, 2, words)


if __name__ == "__main__":
    unittest.main()
