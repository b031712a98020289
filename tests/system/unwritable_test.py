# SPDX-License-Identifier: Apache-2.0
"""A commit that cannot be written is found before any file changes, and leaves no partial tree."""

import json
import os
import subprocess
import unittest

from support.world import World, git, run

ROOT = os.geteuid() == 0


class Unwritable(unittest.TestCase):
    layout = ""

    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.remove)
        self.live = self.world.directory / ("current" if self.layout else ".")
        self.world.write_settings(
            service="", top=f'repository = "{self.world.remote}"\n'
            f'directory = "{self.world.directory}"\n{self.layout}')
        self.one = self.world.commit("one", {"a/b/c/d/leaf": "one\n", "kept": "kept\n"})
        self.assertEqual(self.deploy(), (0, ""))

    def deploy(self, *words):
        done = self.world.inhaul("deploy", "shop", *words, check=False)
        return done.returncode, done.stderr if done.returncode else ""

    def push_entry(self, mode, content, path):
        """Pushes a commit with an additional entry that git would not check out."""
        made = subprocess.run(["git", "hash-object", "-w", "--stdin"], input=content, text=True,
                              cwd=self.world.laptop, capture_output=True, check=True)
        git(self.world.laptop, "update-index", "--add", "--cacheinfo",
            f"{mode},{made.stdout.strip()},{path}")
        git(self.world.laptop, "commit", "-q", "-m", f"with {path[:20]}")
        git(self.world.laptop, "push", "-q", "--force", "origin", "HEAD:main")
        return git(self.world.laptop, "rev-parse", "HEAD")

    def take_back(self):
        git(self.world.laptop, "reset", "-q", "--hard", self.one)

    def assert_live(self, version):
        self.assertEqual((self.live / "version").read_text(), version + "\n")
        self.assertEqual(git(self.live, "status", "--porcelain", "--untracked-files=no"), "")
        self.assertEqual(self.world.ledger("SELECT torn FROM live"), [(0,)])
        self.assertEqual(self.world.debris(), [])
        self.assertEqual(self.world.ledger("SELECT count(*) FROM deployment WHERE finished IS NULL"),
                         [(0,)])

    def test_a_commit_that_cannot_be_checked_out_is_refused_and_the_next_is_deployed(self):
        rows = [("100644", "x\n", "a/b/" + "n" * 256, "too long for a file name"),
                ("120000", "", "a/b/link", "has an empty target"),
                ("120000", "t" * 4096, "a/b/link", "a target that is too long"),
                ("100644", "*.x working-tree-encoding=UTF-16\n", ".gitattributes", "encoding")]
        for number, (mode, content, path, said) in enumerate(rows):
            with self.subTest(path=path[:20], said=said):
                bad = self.push_entry(mode, content, path)
                code, printed = self.deploy()
                self.assertEqual(code, 3, printed)
                self.assertIn(said, printed)
                self.assertIn("checkout", printed)
                self.assert_live(f"good{number - 1}" if number else "one")
                self.assertEqual(self.world.status()["state"], "refused")
                self.assertEqual(self.world.ledger("SELECT decided FROM watch"), [(bad,)])
                self.assertEqual(self.world.ledger("SELECT count(*) FROM quarantine"), [(0,)])
                # It is not checked again, and a user's edit stays.
                self.world.inhaul("once", check=False)
                self.assertEqual(len(self.world.ledger("SELECT * FROM deployment")),
                                 2 * number + 2)
                (self.live / "a/b/c/d/leaf").write_text("mine\n")
                self.take_back()
                self.world.commit(f"good{number}", {"a/b/c/d/leaf": f"{number}\n"})
                self.assertEqual(self.deploy(), (0, ""))
                self.assert_live(f"good{number}")
                if not self.layout:
                    patches = sorted((self.world.state / "patches" / "shop").glob("edits-*"))
                    self.assertEqual(len(patches), number + 1)
                    self.assertIn("+mine", patches[-1].read_text())

    def test_a_dry_run_reports_a_commit_that_will_be_refused(self):
        self.push_entry("120000", "", "a/b/link")
        done = self.world.inhaul("deploy", "shop", "--dry-run", check=False)
        self.assertIn("has an empty target", done.stdout + done.stderr)
        self.assert_live("one")


class UnwritableRelease(Unwritable):
    layout = 'layout = "releases"\n'


class Denied(Unwritable):
    test_a_commit_that_cannot_be_checked_out_is_refused_and_the_next_is_deployed = None
    test_a_dry_run_reports_a_commit_that_will_be_refused = None

    def setUp(self):
        if not ROOT:
            self.skipTest("needs root")
        super().setUp()
        self.place = self.world.directory / "a" / "b" / "c" / "d"

    def fix(self, change):
        run("chattr", change, self.place)

    def test_an_immutable_directory_is_reported_by_doctor_and_blocks_nothing_else(self):
        self.fix("+i")
        self.addCleanup(self.fix, "-i")
        checks = json.loads(self.world.inhaul("doctor", "--json", check=False).stdout)["apps"][0]
        bad = [each for each in checks["checks"]
               if each["check"] == "checkout" and each["status"] == "bad"]
        self.assertEqual([each["message"] for each in bad], [f"{self.place} is immutable (chattr +i)"])
        self.assertEqual(bad[0]["hint"], f"Run: sudo chattr -i {self.place}")
        self.world.commit("two", {"kept": "other\n"})
        self.assertEqual(self.deploy(), (0, ""))
        self.assert_live("two")
        self.world.commit("three", {"a/b/c/d/leaf": "three\n", "kept": "three\n"})
        code, printed = self.deploy()
        self.assertEqual(code, 1, printed)
        self.assertIn(f"chattr -i {self.place}", printed)
        self.assert_live("two")
        self.fix("-i")
        self.world.inhaul("once")  # no head was processed
        self.assert_live("three")

    def test_a_directory_that_becomes_immutable_midway_leaves_no_partial_tree(self):
        """A process of a hook waits for the first file of the new commit, and changes the directory."""
        files = {f"f/{n:03}/x": "two\n" for n in range(300)}
        self.world.commit("two", files)
        self.assertEqual(self.deploy(), (0, ""))
        waiting = subprocess.Popen(
            ["sh", "-c", f"until grep -q three '{self.world.directory}/f/000/x'; do :; done; "
             f"chattr +i '{self.world.directory}/f/299'"])
        self.addCleanup(waiting.wait)
        self.addCleanup(waiting.kill)
        self.addCleanup(run, "chattr", "-i", self.world.directory / "f/299", check=False)
        three = {name: "three\n" for name in files}
        self.world.commit("three", {**three, "new/a": "a\n"})
        code, printed = self.deploy()
        if code == 0:
            self.skipTest("the switch was quicker")
        self.assertEqual(code, 1, printed)
        self.assert_live("two")
        self.assertFalse((self.world.directory / "new").exists())
        self.assertEqual({(self.world.directory / name).read_text() for name in files}, {"two\n"})
        run("chattr", "-i", self.world.directory / "f/299")
        self.world.inhaul("once")
        self.assert_live("three")


if __name__ == "__main__":
    unittest.main()
