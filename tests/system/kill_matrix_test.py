# SPDX-License-Identifier: Apache-2.0
"""kill -9 before each call of a worker that changes the disk, then another start.

After each kill, the next start has the same result. The tree is exactly the pushed commit, and the
service runs it. One deployment is recorded. Nothing is lost, and no temporary file stays.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

from support.world import World, git, run

SUPPORT = Path(__file__).resolve().parent.parent / "support"


def build_kill_at(directory):
    library = Path(directory) / "kill_at.so"
    run("cc", "-shared", "-fPIC", "-O1", "-o", library, SUPPORT / "kill_at.c", "-ldl")
    return library


class KillMatrix(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tools = tempfile.mkdtemp(prefix="inhaul-kill-")
        cls.library = build_kill_at(cls.tools)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.tools)

    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.remove)
        self.world.write_settings()
        self.first = self.world.commit("one", {"dir/a": "a\n", "gone": "x\n", "same": "s\n"})

    def push_second(self):
        git(self.world.laptop, "rm", "-q", "gone")
        return self.world.commit("two", {"dir/a": "changed\n", "dir/new/b": "b\n"})

    def deploy(self, **environment):
        return self.world.inhaul("deploy", "shop", check=False, env=environment)

    def count_calls(self, expected=0):
        counted = Path(self.tools) / "count"
        self.world_copy("counting")
        self.world_back("counting")  # a copied file differs from the index in its stat data
        done = self.deploy(LD_PRELOAD=str(self.library), KILL_COUNT=str(counted))
        self.assertEqual(done.returncode, expected, done.stderr)
        self.world_back("counting")
        return int(counted.read_text())

    def parts(self):
        return ("app", "state", "restarts")

    def world_copy(self, name):
        """Copies the live side, so that each kill begins with the same state."""
        aside = self.world.root / name
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir()
        for part in self.parts():
            source = self.world.root / part
            if source.is_dir():
                shutil.copytree(source, aside / part, symlinks=True)
            elif source.exists():
                shutil.copy2(source, aside / part)

    def world_back(self, name):
        for part in self.parts():
            target = self.world.root / part
            if target.is_dir():
                shutil.rmtree(target)
            elif target.exists():
                target.unlink()
            source = self.world.root / name / part
            if source.is_dir():
                shutil.copytree(source, target, symlinks=True)
            elif source.exists():
                shutil.copy2(source, target)

    def state_found(self):
        if not (self.world.state / "ledger.db").exists():
            return "before"
        rows = self.world.ledger("SELECT state FROM deployment ORDER BY number DESC LIMIT 1")
        return rows[0][0] if rows else "before"

    def walk(self, expected_commit, expected_version, deployments, more=lambda: None):
        calls = self.count_calls()
        self.assertGreater(calls, 20)
        self.world_copy("before")
        states = set()
        for kill_at in range(1, calls + 1):
            with self.subTest(kill_at=kill_at):
                self.world_back("before")
                died = self.deploy(LD_PRELOAD=str(self.library), KILL_AT=str(kill_at))
                self.assertIn(died.returncode, (-signal.SIGKILL, 0), died.stderr)
                states.add(self.state_found())
                again = self.deploy()
                self.assertEqual(again.returncode, 0, again.stderr)
                self.check(expected_commit, expected_version, deployments)
                more()
        return states

    def with_hooks(self):
        """Adds hooks, and a service that does not start with a broken version."""
        true = '["/bin/true"]'
        self.world.write_settings(
            hooks=f"[hooks]\nbuild = {true}\nactivate = {true}\nafter = {true}\n",
            probe='[probe]\ncommand = ["/bin/true"]\n')
        script = self.world.restart_script()
        script.write_text(script.read_text() +
                          'case "$version" in broken*) exit 1 ;; esac\n')

    def check_rolled_back(self, good, bad):
        world = self.world
        self.assertEqual(world.tree_problems(good), [])
        self.assertEqual(world.debris(), [])
        self.assertEqual(world.ledger("SELECT bad FROM quarantine"), [(bad,)])
        self.assertEqual(world.ledger("SELECT tree, restarted, good, torn FROM live"),
                         [(good, good, good, 0)])
        self.assertEqual(world.ledger("SELECT decided FROM watch"), [(bad,)])
        states = [state for state, in world.ledger("SELECT state FROM deployment ORDER BY number")]
        # It is resumed and completed. Then the `deploy` that resumed it is refused.
        self.assertIn(states, (["succeeded", "rolled-back"], ["succeeded", "rolled-back", "refused"]))
        self.assertEqual(world.restarts()[-1], "one")
        self.assertIn(good, (world.directory / "updated.txt").read_text())
        self.assertEqual(list(world.state.glob("patches/shop/*")), [])

    def check(self, commit, version, deployments):
        world = self.world
        self.assertEqual(world.tree_problems(commit), [])
        self.assertEqual(world.debris(), [])
        records = world.ledger("SELECT state, target FROM deployment")
        self.assertEqual([state for state, _ in records], ["succeeded"] * deployments)
        self.assertEqual(records[-1][1], commit)
        # A command has no invocation: killed before its record, it runs twice.
        restarts = world.restarts()
        self.assertIn(restarts.count(version), (1, 2))
        self.assertEqual(restarts[-1], version)
        self.assertIn(commit, (world.directory / "updated.txt").read_text())
        self.assertEqual(list(world.state.glob("patches/shop/*")), [])

    def test_an_update_killed_anywhere_is_completed_by_the_next_start(self):
        self.with_hooks()
        self.assertEqual(self.deploy().returncode, 0)
        (self.world.directory / ".env").write_text("SECRET=1\n")
        states = self.walk(self.push_second(), "two", 2)
        self.assertEqual((self.world.directory / ".env").read_text(), "SECRET=1\n")
        self.assertFalse((self.world.directory / "gone").exists())
        self.assertLessEqual({"planned", "fetching", "checking", "switching", "activating", "restarting",
                              "probing", "finishing", "succeeded"}, states)

    def test_a_rollback_killed_anywhere_is_completed_by_the_next_start(self):
        self.with_hooks()
        self.assertEqual(self.deploy().returncode, 0)
        git(self.world.laptop, "rm", "-q", "gone")
        bad = self.world.commit("broken", {"dir/a": "changed\n", "dir/new/b": "b\n"})
        calls = self.count_calls(expected=1)
        self.world_copy("before")
        states = set()
        for kill_at in range(1, calls + 1):
            with self.subTest(kill_at=kill_at):
                self.world_back("before")
                died = self.deploy(LD_PRELOAD=str(self.library), KILL_AT=str(kill_at))
                self.assertIn(died.returncode, (-signal.SIGKILL, 1), died.stderr)
                states.add(self.state_found())
                again = self.deploy()
                self.assertIn(again.returncode, (1, 3), again.stderr)
                self.check_rolled_back(self.first, bad)
        self.assertLessEqual({"switching-back", "activating-back", "restarting-back",
                              "probing-back", "finishing-back", "rolled-back"}, states)

    def make_library(self, name):
        """Creates a repository and a checkout of its developer."""
        bare, laptop = self.world.root / f"{name}.git", self.world.root / f"{name}-laptop"
        run("git", "init", "-q", "--bare", "-b", "main", bare)
        run("git", "clone", "-q", bare, laptop)
        self.release(laptop, "1")
        git(self.world.laptop, "-c", "protocol.file.allow=always", "submodule", "add", "-q",
            str(bare), f"libs/{name}")
        return laptop

    @staticmethod
    def release(laptop, content):
        (laptop / "x").write_text(content + "\n")
        git(laptop, "add", "-A")
        git(laptop, "commit", "-q", "-m", content)
        git(laptop, "push", "-q", "origin", "HEAD:main")

    def test_an_update_of_submodules_killed_anywhere_is_completed_by_the_next_start(self):
        # one: is updated; two: is removed; three: is added.
        one = self.make_library("one")
        self.make_library("two")
        self.world.commit("with libraries")
        self.assertEqual(self.deploy().returncode, 0)
        self.release(one, "2")
        git(self.world.laptop / "libs/one", "pull", "-q", "origin", "main")
        git(self.world.laptop, "rm", "-q", "libs/two")
        self.make_library("three")
        second = self.push_second()
        states = self.walk(second, "two", 2, self.check_libraries)
        self.assertLessEqual({"checking", "switching"}, states)
        status = git(self.world.directory, "submodule", "status")
        self.assertEqual([line.split()[1] for line in status.splitlines()],
                         ["libs/one", "libs/three"])
        self.assertNotRegex(status, r"(?m)^[-+U]")

    def check_libraries(self):
        """Checks the pinned commits: `git status` does not report missing submodules."""
        pinned = git(self.world.directory, "ls-tree", "HEAD", "libs/one", "libs/three").splitlines()
        for name, line in zip(("one", "three"), pinned, strict=True):
            status = git(self.world.directory / "libs" / name, "status", "--porcelain=v2", "--branch")
            shown = [words for words in status.splitlines() if not words.startswith("# branch.head")]
            self.assertEqual(shown, [f"# branch.oid {line.split()[2]}"])
        self.assertFalse((self.world.directory / "libs/two/x").exists())

    def test_a_first_clone_killed_anywhere_is_completed_by_the_next_start(self):
        states = self.walk(self.first, "one", 1)
        self.assertLessEqual({"fetching", "checking", "switching", "restarting"}, states)


if __name__ == "__main__":
    unittest.main()
