# SPDX-License-Identifier: Apache-2.0
"""The disk is full at each point of a deployment: a small tmpfs with less and less space."""

import os
import subprocess
import sys
import unittest
from pathlib import Path

from support.world import World, git, run

SKIP = 77


class DiskFull(unittest.TestCase):
    """The directory, the ledger and the objects share one small filesystem."""

    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.remove)
        disk = self.world.root / "disk"
        disk.mkdir()
        run("mount", "-t", "tmpfs", "-o", "size=8m,mode=700", "test", disk)
        self.addCleanup(run, "umount", disk)
        self.disk = disk
        self.world.directory = disk / "app"
        self.world.state = disk / "state"
        self.world.write_settings()
        self.world.commit("one", {"data": "x" * 50_000, "same": "s\n"})

    def fill(self, leave):
        """Leaves this many bytes free, in whole pages."""
        stats = os.statvfs(self.disk)
        size = max(stats.f_bavail * stats.f_frsize - leave, 0)
        with open(self.disk / "ballast", "wb") as ballast:
            os.posix_fallocate(ballast.fileno(), 0, size) if size else None

    def free(self):
        (self.disk / "ballast").unlink()

    def deploy(self):
        return self.world.inhaul("deploy", "shop", check=False)

    def test_inodes_are_counted_before_a_file_is_touched(self):
        self.assertEqual(self.deploy().returncode, 0)
        live = git(self.world.directory, "rev-parse", "HEAD")
        commit = self.world.commit("two", {f"file{i}": "x\n" for i in range(200)})
        stats = os.statvfs(self.disk)
        used = stats.f_files - stats.f_ffree
        run("mount", "-o", f"remount,nr_inodes={used + 100}", self.disk)
        starved = self.deploy()
        self.assertEqual(starved.returncode, 75, starved.stderr)
        self.assertIn("more inodes", starved.stderr)
        self.assertEqual(self.world.tree_problems(live), [])
        run("mount", "-o", f"remount,nr_inodes={used + 1000}", self.disk)
        self.assertEqual(self.deploy().returncode, 0)
        self.assertEqual(self.world.tree_problems(commit), [])

    def test_the_state_can_be_read_on_a_full_disk(self):
        self.assertEqual(self.deploy().returncode, 0)
        self.assertFalse(list(self.world.state.glob("ledger.db-*")))
        self.fill(0)
        for words in (["status"], ["why", "shop"], ["history"], ["show", "1"], ["page"]):
            with self.subTest(words=words):
                done = self.world.inhaul(*words, check=False)
                self.assertIn("version one", done.stdout + done.stderr)
        doctor = self.world.inhaul("doctor", "shop", check=False)
        self.assertIn("last deployment", doctor.stdout)
        self.free()
        self.assertEqual(self.deploy().returncode, 0)

    def test_a_deployment_on_a_full_disk_is_retried_until_it_succeeds(self):
        self.assertEqual(self.deploy().returncode, 0)
        version = "one"
        reached = set()
        full = foreseen = 0
        for attempt, leave in enumerate(range(0, 400_000, 8192)):
            with self.subTest(leave=leave):
                live = git(self.world.directory, "rev-parse", "HEAD")
                was, version = version, f"v{attempt}"
                # New incompressible text in each round, in an old and in a new file.
                noise = os.urandom(30_000).hex()
                commit = self.world.commit(version, {"data": noise, f"new{attempt % 3}": noise})
                self.fill(leave)
                starved = self.deploy()
                if starved.returncode == 0:
                    self.assertEqual(self.world.tree_problems(commit), [])
                    self.free()
                    continue
                full += 1
                self.assertEqual(starved.returncode, 75, starved.stderr)
                self.assertIn("o space left", starved.stderr)
                if "the files need" in starved.stderr:
                    foreseen += 1
                    self.assertEqual(self.world.tree_problems(live), [])
                self.free()
                if self.world.ledger("SELECT torn FROM live") == [(0,)]:
                    self.assertEqual(self.world.tree_problems(live), [])
                rows = self.world.ledger(
                    "SELECT state FROM deployment ORDER BY number DESC LIMIT 1")
                reached.add(rows[0][0])
                again = self.deploy()
                self.assertEqual(again.returncode, 0, again.stderr)
                self.assertEqual(self.world.tree_problems(commit), [])
                self.assertEqual(self.world.debris(), [])
                self.assertEqual(self.world.restarts()[-1], version)
                self.assertEqual(self.world.ledger(
                    "SELECT count(*) FROM deployment WHERE finished IS NULL"), [(0,)])
                self.assertFalse((self.world.state / "patches" / "shop").exists(),
                                 "its own debris was taken for local edits")
        self.assertGreater(full, 5)
        self.assertGreater(foreseen, 2)
        self.assertLess(full, attempt, "some room was enough")


class FullDuringRollback(DiskFull):
    """A commit whose hook fills the disk and fails: the rollback has no space left."""

    test_inodes_are_counted_before_a_file_is_touched = None
    test_a_deployment_on_a_full_disk_is_retried_until_it_succeeds = None

    def setUp(self):
        super().setUp()
        self.leave = self.world.root / "leave"
        hook = self.world.root / "hook.py"
        hook.write_text(
            "import os, sys\n"
            "if 'broken' not in open('version').read(): sys.exit(0)\n"
            f"if not os.path.exists('{self.leave}'): sys.exit(5)\n"
            f"stats = os.statvfs('{self.disk}')\n"
            f"size = stats.f_bavail * stats.f_frsize - int(open('{self.leave}').read())\n"
            f"os.unlink('{self.leave}')\n"
            f"with open('{self.disk}/ballast', 'wb') as ballast:\n"
            "    if size > 0: os.posix_fallocate(ballast.fileno(), 0, size)\n"
            "sys.exit(5)\n")
        self.world.write_settings(hooks=f'[hooks]\nactivate = [["{sys.executable}", "{hook}"]]\n')

    def test_the_last_known_good_commit_returns_once_there_is_space(self):
        put_off = 0
        for attempt, leave in enumerate(range(0, 600_000, 24_576)):
            with self.subTest(leave=leave):
                good = self.world.commit(f"v{attempt}", {"data": os.urandom(30_000).hex()})
                self.assertEqual(self.deploy().returncode, 0)
                git(self.world.laptop, "rm", "-q", "data")
                bad = self.world.commit(f"broken{attempt}")
                self.leave.write_text(str(leave))
                starved = self.deploy()
                self.assertIn(starved.returncode, (1, 75), starved.stderr)
                put_off += starved.returncode == 75
                self.free()
                if starved.returncode == 75:
                    again = self.deploy()
                    self.assertIn(again.returncode, (1, 3), again.stderr)
                self.assertEqual(self.world.tree_problems(good), [])
                self.assertEqual(self.world.debris(), [])
                self.assertEqual(self.world.restarts()[-1], f"v{attempt}")
                self.assertEqual(self.world.ledger(
                    "SELECT tree, restarted, good, torn FROM live"), [(good, good, good, 0)])
                self.assertIn((bad,), self.world.ledger("SELECT bad FROM quarantine"))
        self.assertGreater(put_off, 3)
        self.assertLess(put_off, attempt, "some room was enough")


if __name__ == "__main__":
    if os.geteuid() != 0:
        print("SKIPPED: a small tmpfs needs root")
        sys.exit(SKIP)
    unittest.main()
