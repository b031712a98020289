# SPDX-License-Identifier: Apache-2.0
"""Whole deployments by a program of another architecture, under qemu-user.

script/package --test runs this in the tree of the build. INHAUL is a script there that starts the
program. Commands of the program (a shell) have this host's architecture.
"""

import unittest

from support.world import World


class Emulated(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.remove)
        self.world.write_settings()

    def deploy(self, expect=0):
        return self.world.ends_with(expect, "deploy", "shop", timeout=120)

    def test_each_push_is_deployed_and_recorded(self):
        for version in ("one", "two"):
            commit = self.world.commit(version)
            self.deploy()
            self.assertEqual(self.world.tree_problems(commit), [])
            self.assertEqual(self.world.status()["live"]["commit"], commit)
        self.assertEqual(self.world.restarts(), ["one", "two"])
        self.assertEqual(self.world.debris(), [])

    def test_a_commit_that_does_not_start_is_rolled_back(self):
        good = self.world.commit("good")
        self.deploy()
        self.world.replace_restart_script(
            f"cd '{self.world.directory}' && cat version >>'{self.world.restarts_file}' && "
            "! grep -q bad version\n")
        bad = self.world.commit("bad")
        self.assertIn("rolled back", self.deploy(1).stderr)
        self.assertEqual(self.world.restarts(), ["good", "bad", "good"])
        self.assertEqual(self.world.tree_problems(good), [])
        self.assertEqual(self.world.status()["restrictions"]["quarantine"][0]["commit"], bad)


if __name__ == "__main__":
    unittest.main()
