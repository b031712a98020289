# SPDX-License-Identifier: Apache-2.0
"""Faults of other agents that reported success in place of a failure. Each test shows that inhaul
reports the failure, and is named after the fault.

The faults were found by reading and running these programs. Other tests cover some more: a push without a
signature in relay_test.py, a reload in machine_test.py, a needless restart in kill_matrix_test.py.
"""

import json
import unittest

from support.world import World, git


class SaidYes(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.remove)
        self.world.write_settings()
        self.first = self.world.commit("one")
        self.world.inhaul("deploy", "shop")

    def deploy(self, *words):
        return self.world.inhaul("deploy", "shop", *words, check=False)

    def live(self):
        return git(self.world.directory, "rev-parse", "HEAD")

    def hooks(self, **hooks):
        self.world.write_settings(hooks="[hooks]\n" + "".join(
            f"{name} = [[\"/bin/sh\", \"-c\", '{script}']]\n" for name, script in hooks.items()))

    def test_success_was_reported_after_a_failed_pull(self):
        self.world.commit("two")
        self.world.remote.rename(self.world.root / "away")
        done = self.deploy()
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(done.stdout, "")
        self.assertEqual(self.world.history()[0]["state"], "failed")

    def test_a_stale_ref_was_deployed_after_a_failed_fetch(self):
        self.world.inhaul("once")
        self.world.commit("two")
        self.world.remote.rename(self.world.root / "away")
        self.assertNotEqual(self.world.inhaul("once", check=False).returncode, 0)
        status = self.world.status()
        self.assertEqual(status["state"], "cannot-tell")
        self.assertNotIn("up to date", status["sentence"])

    def test_a_hook_ran_at_the_same_time_as_the_publishing(self):
        mark = self.world.root / "built"
        self.hooks(build=f"sleep 0.3; touch {mark}")
        self.world.restart_script().write_text(f"test -e '{mark}'\n")
        self.world.commit("two")
        self.assertEqual(self.deploy().returncode, 0)

    def test_a_commit_went_live_although_its_hook_failed(self):
        for hook in ("build", "activate"):
            with self.subTest(hook=hook):
                self.hooks(**{hook: "! grep -q bad version"})
                self.world.commit(f"bad-{hook}")
                self.assertEqual(self.deploy().returncode, 1)
                self.assertEqual(self.live(), self.first)
                self.assertNotIn(f"bad-{hook}", self.world.restarts())

    def test_a_rollback_was_reported_as_a_success(self):
        script = self.world.restart_script()
        script.write_text(script.read_text() + f"! grep -q bad '{self.world.directory}/version'\n")
        self.world.commit("bad")
        done = self.deploy()
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout, "")
        self.assertEqual(self.world.history()[0]["state"], "rolled-back")

    def test_a_failed_notification_failed_the_deployment_or_the_rollback(self):
        self.hooks(after="exit 1")
        second = self.world.commit("two")
        self.assertEqual(self.deploy().returncode, 0)
        self.assertEqual(self.live(), second)
        script = self.world.restart_script()
        script.write_text(script.read_text() + f"! grep -q bad '{self.world.directory}/version'\n")
        self.world.commit("bad")
        self.assertEqual(self.deploy().returncode, 1)
        self.assertEqual(self.live(), second)
        self.assertEqual(self.world.history()[0]["state"], "rolled-back")

    def test_a_bad_version_was_deployed_again_at_every_poll(self):
        script = self.world.restart_script()
        script.write_text(script.read_text() + f"! grep -q bad '{self.world.directory}/version'\n")
        self.world.commit("bad")
        for _ in range(4):
            self.world.inhaul("once", check=False)
        self.assertEqual(self.world.restarts().count("bad"), 1)

    def test_a_switched_tree_counted_as_a_finished_deployment(self):
        """The build is killed after the switch: the tree is the commit, but it is not deployed."""
        self.hooks(build="kill -9 $PPID")
        second = self.world.commit("two")
        self.assertNotEqual(self.deploy().returncode, 0)
        self.assertEqual(self.live(), second)
        self.assertEqual(self.world.restarts(), ["one"])
        self.hooks(build="true")
        self.assertEqual(self.deploy().returncode, 0)
        self.assertEqual(self.world.restarts(), ["one", "two"])

    def test_unreadable_state_was_recreated(self):
        """With a new ledger, a quarantined commit would be retried."""
        for extra in self.world.state.glob("ledger.db-*"):
            extra.unlink()
        (self.world.state / "ledger.db").write_bytes(b"x" * 5000)
        done = self.deploy()
        self.assertEqual(done.returncode, 1)
        self.assertIn("ledger", done.stderr)

    def test_a_failed_deployment_became_the_last_known_good(self):
        # one ─ bad ─ worse-bad: roll back to one, not to bad
        script = self.world.restart_script()
        script.write_text(script.read_text() + f"! grep -q bad '{self.world.directory}/version'\n")
        for version in ("bad", "worse-bad"):
            self.world.commit(version)
            self.assertEqual(self.deploy().returncode, 1)
            self.assertEqual(self.live(), self.first)
        record = json.loads(self.world.inhaul("show", "3", "--json").stdout)
        self.assertEqual(record["rolled_back_to"], self.first)


if __name__ == "__main__":
    unittest.main()
