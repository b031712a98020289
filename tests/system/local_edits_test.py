# SPDX-License-Identifier: Apache-2.0
"""A user's edits on the server survive deployments that are killed, refused or rolled back."""

import os
import shutil
import tempfile
import unittest

from kill_matrix_test import build_kill_at
from support.directory_snapshot import marks_kept
from support.world import World, git, run


class LocalEdits(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tools = tempfile.mkdtemp(prefix="inhaul-kill-")
        cls.addClassCleanup(shutil.rmtree, cls.tools)
        cls.library = build_kill_at(cls.tools)

    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.remove)
        self.world.write_settings()
        self.first = self.world.commit("one", {"dir/a/b/c/d.txt": "d\n", "dir/other": "o\n", "x": "x\n"})
        self.deploy()

    def deploy(self, *words, expect=0, **environment):
        return self.world.ends_with(expect, "deploy", "shop", *words, env=environment)

    def kept(self):
        return {mark.decode() for mark in marks_kept(self.world.state / "patches")}

    def edit(self, name, mark):
        with open(self.world.directory / name, "a") as file:
            file.write(f"{mark}\n")

    def die_while_switching(self):
        """Kills the switch after some of the files. Each attempt begins with the same state."""
        changed = [self.world.directory / name for name in ("dir/a/b/c/d.txt", "dir/other", "x")]
        live = {place: place.with_suffix(".before") for place in (self.world.directory, self.world.state)}
        for place, copy in live.items():
            shutil.copytree(place, copy, symlinks=True)
        for kill_at in range(40, 1000):
            self.deploy(expect=-9, LD_PRELOAD=str(self.library), KILL_AT=str(kill_at))
            if sum("new" in path.read_text() for path in changed) == 2:
                return
            for place, copy in live.items():
                shutil.rmtree(place)
                shutil.copytree(copy, place, symlinks=True)
        self.fail("it never switched")

    def test_an_edit_after_a_kill_during_a_switch_is_saved(self):
        self.world.commit("two", {"dir/a/b/c/d.txt": "new\n", "dir/other": "new\n", "x": "new\n"})
        self.die_while_switching()
        self.assertEqual(self.kept(), set())
        self.edit("dir/a/b/c/d.txt", "MARK0001x")
        self.edit("dir/other", "MARK0002x")
        self.edit("x", "MARK0003x")
        last = self.world.commit("three", {"y/z": "z\n"})
        self.deploy()
        self.assertEqual(self.world.tree_problems(last), [])
        self.assertEqual(self.kept(), {"MARK0001x", "MARK0002x", "MARK0003x"})

    def test_an_edit_after_a_refused_commit_is_saved(self):
        blob = run("git", "hash-object", "-w", "x", cwd=self.world.laptop).stdout.strip()
        tree = run("sh", "-c", f"printf '100644 blob {blob}\\t.git\\n' | git mktree",
                   cwd=self.world.laptop).stdout.strip()
        bad = git(self.world.laptop, "commit-tree", "-p", "HEAD", "-m", "into .git", tree)
        git(self.world.laptop, "push", "-q", "origin", f"{bad}:refs/heads/main")
        self.deploy(expect=3)
        self.edit("dir/a/b/c/d.txt", "MARK0001x")
        last = self.world.commit("two", {"dir/a/b/c/d.txt": "new\n"})
        self.deploy()
        self.assertEqual(git(self.world.directory, "rev-parse", "HEAD"), last)
        self.assertEqual(git(self.world.directory, "status", "--porcelain"), "")
        self.assertEqual(self.kept(), {"MARK0001x"})

    def test_an_edit_during_a_deployment_is_saved_by_its_rollback(self):
        """A hook makes the edit, as a user might at that moment."""
        hook = self.world.root / "hook.sh"
        hook.write_text("grep -q broken version || exit 0\necho MARK0001x >>dir/other\n")
        self.world.write_settings(hooks=f'[hooks]\nactivate = ["/bin/sh", "{hook}"]\n')
        script = self.world.restart_script()
        script.write_text(script.read_text() + f"! grep -q broken '{self.world.directory}/version'\n")
        self.world.commit("broken", {"dir/other": "broken\n"})
        self.deploy(expect=1)
        self.assertEqual(self.world.tree_problems(self.first), [])
        self.assertEqual(self.kept(), {"MARK0001x"})

    def test_an_edit_in_a_release_is_saved_before_the_release_is_removed(self):
        shutil.rmtree(self.world.directory)
        shutil.rmtree(self.world.state)
        self.world.write_settings(
            top=f'repository = "{self.world.remote}"\ndirectory = "{self.world.directory}"\n'
                'layout = "releases"\n', releases="[releases]\nkeep = 2\n", service="")
        self.deploy()
        self.edit("current/dir/a/b/c/d.txt", "MARK0001x")
        os.remove(self.world.directory / "current/x")
        (self.world.directory / "current/x").mkdir()
        self.edit("current/x/mine", "MARK0002x")
        for version in ("two", "three", "four"):
            self.world.commit(version, {"dir/other": version})
            self.deploy()
        self.assertFalse((self.world.directory / "releases" / self.first).exists())
        self.assertEqual(self.kept(), {"MARK0001x", "MARK0002x"})

    def test_edits_in_a_removed_or_replaced_submodule_are_saved(self):
        for name in ("lib", "other"):
            bare, laptop = self.world.root / f"{name}.git", self.world.root / name
            run("git", "init", "-q", "--bare", "-b", "main", bare)
            run("git", "clone", "-q", bare, laptop)
            (laptop / "deep/er").mkdir(parents=True)
            (laptop / "deep/er/x").write_text(f"{name}\n")
            (laptop / "tool").write_text(f"{name}\n")
            git(laptop, "add", "-A")
            git(laptop, "commit", "-q", "-m", "1")
            git(laptop, "push", "-q", "origin", "HEAD:main")
        allow = ("-c", "protocol.file.allow=always")
        git(self.world.laptop, *allow, "submodule", "add", "-q", str(self.world.root / "lib.git"), "libs/a")
        self.world.commit("with a library")
        self.deploy()
        self.edit("libs/a/deep/er/x", "MARK0001x")
        self.edit("libs/a/tool", "MARK0002x")
        git(self.world.directory / "libs/a", "add", "tool")
        self.edit("libs/a/mine", "MARK0003x")
        git(self.world.laptop, "rm", "-q", "-f", "libs/a")
        last = self.world.commit("a file there", {"libs/a": "a file\n"})
        self.deploy()
        self.assertEqual(self.world.tree_problems(last), [])
        self.assertEqual(self.kept(), {"MARK0001x", "MARK0002x", "MARK0003x"})


if __name__ == "__main__":
    unittest.main()
