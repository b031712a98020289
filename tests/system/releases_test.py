# SPDX-License-Identifier: Apache-2.0
"""The layout of releases: builds beside the live release, switches and rollbacks by one rename."""

import json
import os
import re
import shutil
import signal
import tempfile
import threading
import unittest
from pathlib import Path

from kill_matrix_test import build_kill_at
from support.world import World, git, run


class Case(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.remove)
        self.write()
        self.first = self.world.commit("one", {"same": "s\n" * 5000, "dir/tool": "#!/bin/sh\n"})

    def write(self, releases="", **tables):
        self.world.write_settings(
            top=f'repository = "{self.world.remote}"\ndirectory = "{self.world.directory}"\n'
                'stamp = "updated.txt"\nlayout = "releases"\n',
            releases=f"[releases]\n{releases}\n", **tables)
        current = self.world.directory / "current"
        self.world.replace_restart_script(
            f"cat '{current}/version' >>'{self.world.restarts_file}'\n"
            f"! grep -q broken '{current}/version'\n")

    def deploy(self, *words, expect=0, **environment):
        return self.world.ends_with(expect, "deploy", "shop", *words, env=environment)

    @property
    def current(self):
        return self.world.directory / "current"

    def check_live(self, commit):
        self.assertEqual(os.readlink(self.current), f"releases/{commit}")
        self.check_release(commit)

    def check_release(self, commit):
        release = self.world.directory / "releases" / commit
        self.assertEqual(git(release, "rev-parse", "HEAD"), commit)
        fresh = {"GIT_INDEX_FILE": str(self.world.root / "index")}
        run("git", "read-tree", "HEAD", cwd=release, env=fresh)
        self.assertEqual(run("git", "status", "--porcelain", "--untracked-files=no", cwd=release,
                             env=fresh).stdout, "")
        self.assertEqual(git(release, "status", "--porcelain", "--untracked-files=no"), "")

    def release(self, commit):
        return self.world.directory / "releases" / commit


class Releases(Case):
    def test_each_commit_has_its_own_worktree_and_current_is_the_live_one(self):
        self.deploy()
        self.check_live(self.first)
        self.assertIn(self.first, (self.current / "updated.txt").read_text())
        self.assertEqual(self.world.restarts(), ["one"])
        second = self.world.commit("two")
        self.deploy()
        self.check_live(second)
        self.check_release(self.first)
        self.assertIn("nothing to do", self.deploy().stdout)
        run("git", "fsck", "--strict", cwd=self.world.directory / "repo.git")
        self.assertEqual(self.world.status()["live"]["commit"], second)

    def test_unchanged_files_are_not_written_twice(self):
        self.deploy()
        second = self.world.commit("two")
        self.deploy()
        one, two = ((self.release(commit) / "same").stat() for commit in (self.first, second))
        if one.st_ino != two.st_ino:  # shared blocks, if the file system supports them
            self.assertEqual(run("stat", "-f", "-c", "%T", self.world.directory).stdout.strip() in
                             ("btrfs", "xfs"), True)
        self.assertNotEqual((self.release(self.first) / "version").stat().st_ino,
                            (self.release(second) / "version").stat().st_ino)

    def test_a_file_that_the_app_changed_in_place_is_restored_by_a_rollback(self):
        self.deploy()
        self.world.commit("two")
        self.deploy()
        with open(self.current / "same", "a") as file:
            file.write("damage\n")
        self.world.inhaul("rollback", "shop")
        self.check_live(self.first)

    def test_new_attributes_change_the_line_ends_of_an_unchanged_blob(self):
        self.deploy()
        second = self.world.commit("two", {".gitattributes": "same text eol=crlf\n"})
        self.deploy()
        self.assertIn(b"\r\n", (self.release(second) / "same").read_bytes())
        self.assertNotIn(b"\r\n", (self.release(self.first) / "same").read_bytes())
        self.check_live(second)

    def test_a_build_runs_beside_the_live_release_and_can_veto(self):
        log = self.world.root / "log"
        hook = self.world.root / "hook.sh"
        hook.write_text(f'echo "$INHAUL_HOOK $(pwd) $(cat {self.current}/version 2>/dev/null)" '
                        f">>{log}\n! grep -q faulty version\n")
        self.write(hooks=f'[hooks]\nbuild = [["/bin/sh", "{hook}"]]\n'
                   f'activate = [["/bin/sh", "{hook}"]]\n')
        self.deploy()
        second = self.world.commit("two")
        self.deploy()
        self.assertEqual(log.read_text().splitlines()[2:], [
            f"build {self.release(second)} one", f"activate {self.release(second)} two"])
        self.world.commit("faulty")
        done = self.deploy(expect=1)
        self.assertNotIn("rolled back", done.stderr)
        self.check_live(second)
        self.assertEqual(self.world.restarts(), ["one", "two"])
        self.assertEqual(self.deploy(expect=3).returncode, 3)

    def test_a_bad_release_is_rolled_back_without_a_build(self):
        log = self.world.root / "log"
        self.write(hooks=f'[hooks]\nbuild = [["/bin/sh", "-c", "cat version >>{log}"]]\n')
        self.deploy()
        self.world.commit("broken")
        self.deploy(expect=1)
        self.check_live(self.first)
        self.assertEqual(log.read_text().split(), ["one", "broken"])
        self.assertEqual(self.world.restarts(), ["one", "broken", "one"])
        self.assertEqual(self.world.status()["state"], "rolled-back")

    def test_current_exists_and_is_complete_at_every_moment(self):
        self.deploy()
        seen, stop = set(), threading.Event()

        def look():
            while not stop.is_set():
                seen.add((self.current / "version").read_text())  # raises if it is missing
        watcher = threading.Thread(target=look)
        watcher.start()
        try:
            for number in range(5):
                self.world.commit(f"v{number}")
                self.deploy()
        finally:
            stop.set()
            watcher.join()
        self.assertLessEqual(seen, {"one\n", *(f"v{number}\n" for number in range(5))})

    def test_old_releases_are_removed_but_never_the_live_one_or_the_rollback_target(self):
        self.write("keep = 3")
        commits = [self.first]
        self.deploy()
        for number in range(6):
            commits.append(self.world.commit(f"v{number}"))
            self.deploy()
        self.assertEqual(sorted(os.listdir(self.world.directory / "releases")),
                         sorted(commits[-3:]))
        self.assertEqual(sorted(os.listdir(self.world.directory / "repo.git" / "worktrees")),
                         sorted(commits[-3:]))
        # Failed releases are no rollback targets.
        for number in range(5):
            self.world.commit(f"broken{number}")
            self.deploy(expect=1)
        self.check_live(commits[-1])
        # A removed release is recreated.
        self.deploy("--force", "--to", self.first)
        self.check_live(self.first)

    def test_shared_paths_are_linked_into_each_release(self):
        self.write('shared = [".env", "uploads/", "var/db/"]')
        shared = self.world.directory / "shared"
        shared.mkdir(parents=True)
        (shared / ".env").write_text("KEY=1\n")
        (self.world.directory / "repo.git").mkdir()
        self.deploy()
        self.assertEqual((self.current / ".env").read_text(), "KEY=1\n")
        (self.current / "uploads" / "cat.jpg").write_text("meow")
        second = self.world.commit("two")
        self.deploy()
        self.assertEqual((self.current / "uploads" / "cat.jpg").read_text(), "meow")
        self.assertEqual(os.readlink(self.current / "var" / "db"), "../../../shared/var/db")
        self.check_live(second)
        self.assertIn("nothing to do", self.deploy().stdout)

    def test_a_shared_path_that_is_also_in_the_repository_is_refused(self):
        self.write('shared = ["dir/"]')
        done = self.deploy(expect=3)
        self.assertIn("dir is in releases.shared, but also in the repository", done.stderr)
        self.assertFalse(self.current.exists())

    def test_one_layout_is_never_converted_into_the_other(self):
        self.deploy()
        self.world.write_settings()
        done = self.deploy(expect=3)
        self.assertIn('has the layout "releases"', done.stderr)
        self.assertIn('layout = "releases"', done.stderr)
        self.check_live(self.first)
        shutil.rmtree(self.world.directory)
        shutil.rmtree(self.world.state)
        self.deploy()
        (self.world.directory / ".env").write_text("KEY=1\n")
        self.write()
        done = self.deploy(expect=3)
        self.assertIn("is a checkout", done.stderr)
        self.assertEqual((self.world.directory / ".env").read_text(), "KEY=1\n")
        self.assertEqual(git(self.world.directory, "rev-parse", "HEAD"), self.first)

    def test_a_user_s_file_in_place_of_current_is_reported_and_kept(self):
        self.deploy()
        self.current.unlink()
        self.current.mkdir()
        (self.current / "mine").write_text("1\n")
        done = self.deploy(expect=1)
        self.assertIn("To let inhaul create the link, run: mv ", done.stderr)
        self.assertEqual((self.current / "mine").read_text(), "1\n")
        self.current.rename(self.world.root / "aside")
        self.deploy()
        self.check_live(self.first)

    def test_an_edit_in_the_live_release_is_saved_and_undone(self):
        self.deploy()
        (self.current / "version").write_text("edited\n")
        done = self.deploy()
        self.check_live(self.first)
        (patch,) = (self.world.state / "patches" / "shop").iterdir()
        self.assertIn("+edited", patch.read_text())
        self.assertIn(str(patch), done.stderr)

    def test_a_dry_run_creates_no_release(self):
        self.deploy()
        second = self.world.commit("two")
        self.assertIn("M version", self.deploy("--dry-run").stdout)
        self.assertFalse(self.release(second).exists())

    def test_settings_for_releases_without_the_layout_are_reported(self):
        self.world.write_settings(releases="[releases]\nkeep = 3\n")
        done = self.world.inhaul("check", check=False)
        self.assertEqual(done.returncode, 78)
        self.assertIn('layout = "releases"', done.stderr)


class Killed(Case):
    def test_a_deployment_killed_anywhere_ends_with_the_same_release_after_the_next_start(self):
        tools = tempfile.mkdtemp(prefix="inhaul-kill-")
        self.addCleanup(shutil.rmtree, tools)
        library = str(build_kill_at(tools))
        self.write('shared = ["uploads/"]', hooks='[hooks]\nbuild = [["/bin/true"]]\n')
        self.deploy()
        counted = Path(tools) / "count"
        self.world.commit("counting", {"new/file": "x\n"})
        self.deploy(LD_PRELOAD=library, KILL_COUNT=str(counted))
        calls = int(counted.read_text())
        self.assertGreater(calls, 20)
        states = set()
        for kill_at in range(1, calls + 1):
            version = f"v{kill_at}"
            with self.subTest(kill_at=kill_at):
                commit = self.world.commit(version, {"new/file": version})
                died = self.world.inhaul("deploy", "shop", check=False, env={
                    "LD_PRELOAD": library, "KILL_AT": str(kill_at)})
                self.assertIn(died.returncode, (-signal.SIGKILL, 0), died.stderr)
                states.add(self.world.ledger(
                    "SELECT state FROM deployment ORDER BY number DESC LIMIT 1")[0][0])
                self.deploy()
                self.check_live(commit)
                self.assertIn(self.world.restarts().count(version), (1, 2))
                self.assertEqual(self.world.debris(), [])
                self.assertFalse((self.world.directory / "repo.git/inhaul.current").exists())
        self.assertLessEqual({"checking", "building", "switching", "restarting"}, states)
        self.assertEqual(json.loads(self.world.inhaul("history", "-n", "1", "--json").stdout)
                         ["deployments"][0]["state"], "succeeded")
        self.assertTrue(re.fullmatch("releases/[0-9a-f]{40}", os.readlink(self.current)))


if __name__ == "__main__":
    unittest.main()
