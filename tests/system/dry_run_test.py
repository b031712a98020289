# SPDX-License-Identifier: Apache-2.0
"""A dry run predicts the deployment that follows it, and changes nothing."""

import re
import subprocess
import unittest

from support.world import World, git, run


def snapshot(top):
    """Returns the content of each file below, also of git's."""
    return {path.relative_to(top): path.read_bytes() for path in top.rglob("*") if path.is_file()}


class DryRun(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.remove)
        self.world.write_settings()
        self.first = self.world.commit("one", {"other": "o\n"})

    def deploy(self, *words, expect=0):
        return self.world.ends_with(expect, "deploy", "shop", *words)

    def both(self, *words, expect=0):
        """Returns the output of the dry run, and that of the deployment. Both have the same exit status."""
        shown = self.deploy("--dry-run", *words, expect=expect)
        done = self.deploy(*words, expect=expect)
        return shown.stdout + shown.stderr, done.stdout + done.stderr

    def patches(self):
        place = self.world.state / "patches" / "shop"
        return sorted(path.name for path in place.iterdir()) if place.exists() else []

    def edit(self, name, text="edit\n", top=None):
        with open((top or self.world.directory) / name, "a") as file:
            file.write(text)


class Edits(DryRun):
    def test_staged_content_of_the_target_is_no_edit(self):
        self.deploy()
        self.world.commit("two")
        self.deploy()
        git(self.world.directory, "reset", "-q", "--soft", "HEAD~1")
        shown, _ = self.both()
        self.assertNotIn("edit", shown)
        self.assertEqual(self.patches(), [])

    def test_untracked_files_in_the_way_are_announced(self):
        self.deploy()
        self.edit("new", "mine\n")
        self.world.commit("two", {"new": "two\n"})
        shown, done = self.both()
        self.assertIn("copy 1 untracked file that the commit overwrites", shown)
        self.assertIn("copied 1 untracked file that the commit overwrites", done)

    def test_an_unfinished_merge_is_announced(self):
        self.deploy()
        app = self.world.directory
        git(app, "checkout", "-q", "-b", "side")
        self.edit("other", "side\n")
        git(app, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-a", "-m", "side")
        git(app, "checkout", "-q", "main")
        self.world.commit("two", {"other": "two\n"})
        self.deploy()
        run("git", "-c", "user.name=a", "-c", "user.email=a@b", "merge", "side", cwd=app, check=False)
        shown, done = self.both()
        self.assertIn("copy the state of an unfinished git operation", shown)
        self.assertIn("copied the state of an unfinished git operation", done)
        self.assertEqual(re.findall(r"save (\d+) locally", shown), re.findall(r"saved (\d+) edited", done))

    def test_edits_in_releases_are_announced_and_saved_once(self):
        self.world.write_settings(layout='layout = "releases"\n', releases="[releases]\nkeep = 2\n",
                                  service="")
        text = (self.world.settings / "shop.toml").read_text()
        (self.world.settings / "shop.toml").write_text(
            text.replace('layout = "releases"\n', "").replace("stamp", 'layout = "releases"\nstamp'))
        self.deploy()
        self.edit("current/version")
        shown, _ = self.both("--again")
        self.assertIn("save 1 locally edited file", shown)
        self.assertEqual(len(self.patches()), 1)
        self.edit("current/other")
        for version in ("two", "three"):
            self.world.commit(version)
            shown, _ = self.both()
        self.assertIn("save 1 locally edited file", shown)
        self.assertEqual(len(self.patches()), 2)

    def test_files_of_an_interrupted_switch_are_not_saved_at_retries(self):
        names = [f"d/{number}" for number in range(1000)]
        self.world.commit("a", dict.fromkeys(names, "a\n"))
        self.deploy()
        app = self.world.directory
        for text in "bcdefgh":  # until a kill hits the switch
            before = (app / "d/10").read_text()
            self.world.commit(text, dict.fromkeys(names, text + "\n"))
            started = self.world.start("deploy", "shop", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while (app / "d/10").read_text() == before and started.poll() is None:
                pass
            started.kill()
            started.wait()
            if (app / ".git/refs/inhaul-switching").exists():
                break
            self.deploy()
        else:
            self.fail("no kill has hit a switch")
        written = "d/10"
        if run("chattr", "+i", app / written, check=False).returncode:
            self.skipTest("this file system has no immutable files")
        self.addCleanup(run, "chattr", "-i", app / written)
        for _ in range(3):
            self.world.inhaul("deploy", "shop", check=False)
        self.assertEqual(self.patches(), [])


class Steps(DryRun):
    def write(self, **tables):
        self.world.write_settings(
            hooks='[hooks]\nafter = [["/bin/sh", "-c", "echo AFTER $INHAUL_OUTCOME >>../after"]]\n', **tables)

    def after(self):
        path = self.world.root / "after"
        return path.read_text().split("\n")[:-1] if path.exists() else []

    def test_the_after_hook_runs_at_each_end_that_leaves_a_record(self):
        self.write()
        self.deploy()
        git(self.world.laptop, "commit", "-q", "--allow-empty", "-m", "empty")
        git(self.world.laptop, "push", "-q", "origin", "HEAD:main")
        shown, _ = self.both()
        self.assertIn("echo AFTER", shown)
        self.assertEqual(self.after(), ["AFTER succeeded"] * 2)
        self.world.remote.rename(self.world.root / "away")
        shown, done = self.both(expect=1)
        self.assertIn("echo AFTER", shown)
        self.assertIn("the deployment would fail", shown)
        self.assertEqual(self.after()[2:], ["AFTER failed"])
        self.assertTrue(done)

    def test_only_a_rewritten_branch_counts_as_rewritten(self):
        self.deploy()
        second = self.world.commit("two")
        self.deploy()
        outputs = self.both("--to", self.first)
        self.deploy()
        self.world.inhaul("pin", "shop", self.first)
        outputs += self.both()
        self.assertNotIn("rewritten", "".join(outputs))
        self.assertNotIn("rewritten", "".join(self.world.status()["remarks"]))
        self.world.inhaul("unpin", "shop")
        self.deploy("--to", second)
        git(self.world.laptop, "commit", "-q", "--amend", "-m", "rewritten")
        git(self.world.laptop, "push", "-q", "--force", "origin", "HEAD:main")
        for output in self.both():
            self.assertIn("the branch was rewritten", output)


class Submodules(DryRun):
    def add_submodule(self):
        bare, self.module = self.world.root / "sub.git", self.world.root / "sub"
        run("git", "init", "-q", "--bare", "-b", "main", bare)
        run("git", "clone", "-q", bare, self.module)
        (self.module / "x").write_text("1\n")
        git(self.module, "add", "-A")
        git(self.module, "commit", "-q", "-m", "1")
        git(self.module, "push", "-q", "origin", "HEAD:main")
        allow = ("-c", "protocol.file.allow=always")
        git(self.world.laptop, *allow, "submodule", "add", "-q", str(bare), "mod")

    def test_a_submodule_that_cannot_be_fetched_is_a_failure(self):
        self.deploy()
        self.add_submodule()
        git(self.world.laptop / "mod", "commit", "-q", "--allow-empty", "-m", "not pushed")
        self.world.commit("two")
        shown, done = self.both(expect=1)
        for output in (shown, done):
            self.assertIn("in its branches and tags", output)

    def test_a_submodule_that_a_user_moved_causes_a_restart(self):
        self.add_submodule()
        git(self.world.laptop / "mod", "commit", "-q", "--allow-empty", "-m", "2")
        git(self.world.laptop / "mod", "push", "-q", "origin", "HEAD:main")
        self.world.commit("two")
        self.deploy()
        restarts = len(self.world.restarts())
        git(self.world.directory / "mod", "checkout", "-q", "HEAD~1")
        shown, _ = self.both()
        self.assertIn("restart with", shown)
        self.assertEqual(len(self.world.restarts()), restarts + 1)


class ChangesNothing(DryRun):
    def make_foreign(self):
        app = self.world.directory
        run("git", "init", "-q", "-b", "main", app)
        (app / "x").write_text("x\n")
        git(app, "add", "-A")
        git(app, "commit", "-q", "-m", "mine")

    def test_a_checkout_of_another_repository_is_left_alone(self):
        self.make_foreign()
        before = snapshot(self.world.directory)
        shown, done = self.both(expect=3)
        for output in (shown, done):
            self.assertIn("is a checkout of another repository", output)
        self.assertEqual(snapshot(self.world.directory), before)
        self.assertEqual([path.name for path in self.world.state.iterdir() if "scratch" in path.name], [])

    def test_a_checkout_of_this_repository_with_another_url_is_used(self):
        run("git", "clone", "-q", self.world.remote, self.world.directory)
        git(self.world.directory, "remote", "set-url", "origin", "ssh://elsewhere.example/other")
        self.world.commit("two")
        self.both()

    def test_a_missing_directory_is_not_created(self):
        for layout in ("", 'layout = "releases"\n'):
            with self.subTest(layout=layout):
                self.world.write_settings(
                    top=f'repository = "{self.world.remote}"\n'
                        f'directory = "{self.world.directory}"\n{layout}', service="")
                shown = self.deploy("--dry-run").stdout
                self.assertIn("A version", shown)
                self.assertIn("checkout: passes", shown)
                self.assertFalse(self.world.directory.exists())
        self.deploy()

    def test_an_obstacle_to_a_resumed_switch_or_a_rollback_is_announced(self):
        """Neither begins with a check in the deployment."""
        self.deploy()
        (self.world.directory / "version").chmod(0o644)
        self.world.replace_restart_script(
            f"grep -q two '{self.world.directory}/version' || exit 0\n"
            f"chattr +i '{self.world.directory}/version'; exit 1\n")
        self.world.commit("two")
        self.addCleanup(run, "chattr", "-i", self.world.directory / "version", check=False)
        self.deploy(expect=1)
        shown = self.deploy("--dry-run", expect=1).stdout
        self.assertIn("the deployment would fail: ", shown)
        self.assertIn(f"sudo chattr -i {self.world.directory}/version", shown)
        self.deploy(expect=1)

    def test_edits_after_a_kill_behind_the_switch_are_announced(self):
        self.deploy()
        self.world.replace_restart_script(
            f"grep -q two '{self.world.directory}/version' || exit 0\n"
            f"[ -e '{self.world.root}/go' ] || {{ touch '{self.world.root}/go'; kill -9 $PPID; sleep 5; }}\n")
        self.world.commit("two")
        self.assertEqual(self.world.inhaul("deploy", "shop", check=False).returncode, -9)
        (self.world.directory / "version").write_text("mine\n")
        shown = self.deploy("--dry-run").stdout
        self.assertIn("save 1 locally edited file as a patch", shown.split("then:")[1])
        self.assertIn("saved 1 edited file", self.deploy().stderr)

    def test_a_damaged_repository_is_not_recreated(self):
        self.deploy()
        (self.world.directory / ".git/HEAD").write_text("garbage\n")
        shown = self.deploy("--dry-run", expect=1)
        self.assertIn("the deployment would recreate it first", shown.stdout)
        self.assertFalse((self.world.directory / ".git/inhaul-damaged").exists())
        self.assertEqual((self.world.directory / ".git/HEAD").read_text(), "garbage\n")
        self.deploy()


if __name__ == "__main__":
    unittest.main()
