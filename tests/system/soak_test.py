# SPDX-License-Identifier: Apache-2.0
"""kill -9 at random moments of deployments of many files. The next deployment is always exact.

    FILES=20000 KILLS=1000 SEED=7 soak_test.py

A round pushes a commit that changes, adds and removes some or many files. Then it kills a few workers at
random moments, and deploys. Sometimes it pushes again in between. With some commits the service does not
start, so that workers also die during a rollback. The kill matrix kills before each call that writes. This
test kills anywhere, with many files.
"""

import os
import random
import signal
import subprocess
import time
import unittest

from support.world import World, git, run

FILES = int(os.environ.get("FILES", "2500"))
KILLS = int(os.environ.get("KILLS", "12"))
SEED = int(os.environ.get("SEED", time.time_ns() % 1_000_000))


class Soak(unittest.TestCase):
    def setUp(self):
        self.world = World(os.environ.get("TMPDIR"))
        self.addCleanup(self.world.remove)
        true = '["/bin/true"]'
        self.world.write_settings(hooks=f"[hooks]\nbuild = {true}\nafter = {true}\n")
        script = self.world.restart_script()
        script.write_text(script.read_text() +
                          f"! grep -q broken '{self.world.directory}/version'\n")
        self.random = random.Random(SEED)
        self.paths = [f"package{i % 11}/part{i // 97}/module{i}.py" for i in range(FILES)]
        for path in self.paths:
            self.write(path)
        self.world.commit("0", {"new/0.txt": "0\n"})
        git(self.world.laptop, "config", "gc.auto", "0")
        self.ended_early = self.killed = self.undone = 0
        self.broken = False
        self.typical = 1.0

    def write(self, path):
        file = self.world.laptop / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"VERSION = {self.random.random()}\n" * self.random.randint(1, 40))

    def change(self, number):
        few = self.random.random() < 0.5
        for path in self.random.sample(self.paths, self.random.randint(1, 20 if few else FILES // 6)):
            (self.world.laptop / path).unlink(missing_ok=True)
            if self.random.random() < 0.8:
                self.write(path)
        self.broken = self.random.random() < 0.25
        version = f"broken-{number}" if self.broken else str(number)
        return self.world.commit(version, {f"new/{number}.txt": f"{number}\n"})

    def kill_one(self):
        """Kills a worker after a random part of the usual time, or slightly later."""
        worker = self.world.start("deploy", "shop", stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, start_new_session=True)
        begun = time.monotonic()
        try:
            _, said = worker.communicate(timeout=self.random.uniform(0, 1.1 * self.typical))
            self.assertIn(worker.returncode, (1, 3) if self.broken else (0,), said)
            self.typical = 0.7 * self.typical + 0.3 * (time.monotonic() - begun)
            self.ended_early += 1
        except subprocess.TimeoutExpired:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.communicate()
            self.killed += 1

    def test_after_kills_at_random_moments_the_result_is_exact(self):
        begun = time.monotonic()
        self.world.inhaul("deploy", "shop")
        self.typical = time.monotonic() - begun
        mine = self.world.directory / "new" / "mine.txt"
        mine.parent.mkdir(exist_ok=True)
        mine.write_text("mine\n")
        number = 0
        while self.killed < KILLS:
            number += 1
            with self.subTest(round=number, seed=SEED):
                commit = self.change(number)
                for again in range(self.random.randint(1, 5)):
                    self.kill_one()
                    if self.random.random() < 0.2:
                        commit = self.change(f"{number}-{again}")
                begun = time.monotonic()
                done = self.world.inhaul("deploy", "shop", check=False)
                self.typical = 0.7 * self.typical + 0.3 * (time.monotonic() - begun)
                if self.broken:
                    self.assertIn(done.returncode, (1, 3), done.stderr)
                    commit = self.check_undone(commit)
                else:
                    self.assertEqual(done.returncode, 0, done.stderr)
                self.check(commit)
            self.assertLess(number, 4 * KILLS, "hardly any was killed")
        print(f"seed {SEED}: {number} rounds, {self.undone} of them undone, {self.killed} killed, "
              f"{self.ended_early} were done before", flush=True)

    def check_undone(self, bad):
        """Checks that the last known good commit is live again."""
        self.undone += 1
        ((tree, restarted, good, torn),) = self.world.ledger(
            "SELECT tree, restarted, good, torn FROM live")
        self.assertEqual((tree, restarted, torn), (good, good, 0))
        self.assertIn((bad,), self.world.ledger("SELECT bad FROM quarantine"))
        self.assertEqual(self.world.ledger("SELECT count(*) FROM quarantine WHERE bad = ?", good),
                         [(0,)])
        return good

    def check(self, commit):
        world = self.world
        self.assertEqual(git(world.directory, "rev-parse", "HEAD"), commit)
        # By content: with a new index without stat data.
        fresh = {"GIT_INDEX_FILE": str(world.root / "index")}
        run("git", "read-tree", "HEAD", cwd=world.directory, env=fresh)
        status = run("git", "status", "--porcelain", cwd=world.directory, env=fresh).stdout
        self.assertEqual(status, "?? new/mine.txt\n")
        self.assertEqual(git(world.directory, "status", "--porcelain"), "?? new/mine.txt")
        self.assertEqual(world.debris(), [])
        self.assertEqual(world.restarts()[-1],
                         (world.directory / "version").read_text().strip())
        self.assertEqual(world.ledger(
            "SELECT count(*) FROM deployment WHERE finished IS NULL"), [(0,)])
        self.assertEqual(list(world.state.glob("patches/shop/*")), [])


if __name__ == "__main__":
    unittest.main()
