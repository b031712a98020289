# SPDX-License-Identifier: Apache-2.0
"""The agent and `once` resume an operator's deployment whose process died, also without a new push."""

import os
import signal
import subprocess
import unittest

from support.waiting import wait_for
from support.world import World, git


class DeadRollback(unittest.TestCase):
    """An operator rolls back from `two` to `one`. The process dies in the restart."""

    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.remove)
        self.world.write_settings()
        self.first = self.world.commit("one")
        self.world.inhaul("once", "shop")
        self.second = self.world.commit("two")
        self.world.inhaul("once", "shop")
        begun = self.world.root / "begun"
        self.world.replace_restart_script(f"touch '{begun}'; exec sleep 60\n")
        process = self.world.start("rollback", "shop", stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        wait_for("the restart hangs", begun.exists)
        process.send_signal(signal.SIGHUP)  # as after a lost connection
        process.wait()
        self.world.restart_script()
        self.assertEqual(self.world.status()["state"], "interrupted")

    def check_resumed(self):
        self.assertEqual(self.world.tree_problems(self.first), [])
        self.assertEqual(self.world.restarts(), ["one", "two", "one"])
        self.assertEqual(self.world.history()[0]["state"], "succeeded")
        self.assertEqual(len(self.world.history()), 3)

    def run_agent(self):
        agent = self.world.start("run", stderr=subprocess.DEVNULL)
        try:
            wait_for("it is resumed", lambda: self.world.history()[0]["state"] == "succeeded")
        finally:
            agent.terminate()
            agent.wait()

    def test_once(self):
        self.world.inhaul("once", "shop")
        self.check_resumed()

    def test_the_agent(self):
        self.run_agent()
        self.check_resumed()

    def test_the_agent_while_the_app_is_paused_and_the_forge_unreachable(self):
        self.world.inhaul("pause", "shop")
        os.rename(self.world.remote, self.world.root / "away")
        self.run_agent()
        self.check_resumed()

    def test_a_repeated_rollback_completes_the_first_one(self):
        self.world.inhaul("rollback", "shop")
        self.check_resumed()

    def test_a_rollback_that_had_changed_nothing_is_replaced_by_the_next_deployment(self):
        self.world.inhaul("once", "shop")
        third = self.world.commit("three")
        self.world.write_settings(hooks='[hooks]\nbuild = ["/bin/sh", "-c", "exec sleep 60"]\n',
                                  top=f'repository = "{self.world.remote}"\nlayout = "releases"\n'
                                      f'directory = "{self.world.root}/releases"\n')
        process = self.world.start("deploy", "shop", "--to", third, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        wait_for("it builds", lambda: self.world.history()[0]["state"] == "building")
        process.kill()
        process.wait()
        said = self.world.inhaul("status", "shop").stdout
        self.assertIn("It had changed nothing, and the next deployment replaces it.", said)
        self.world.write_settings(top=f'repository = "{self.world.remote}"\nlayout = "releases"\n'
                                      f'directory = "{self.world.root}/releases"\n')
        self.world.inhaul("once", "shop")
        self.assertEqual(self.world.status()["state"], "up-to-date")
        self.assertEqual(git(self.world.root / "releases" / "repo.git", "rev-parse", "refs/inhaul-live"),
                         third)


if __name__ == "__main__":
    unittest.main()
