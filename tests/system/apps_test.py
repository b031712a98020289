# SPDX-License-Identifier: Apache-2.0
"""Typical applications, deployed over ssh by the package's units.

Runs as root in a machine over the tree of tests/support/clean-root, and nowhere else. apt has installed
the package there. CAST selects the set-up. `in-place` and `releases` have all applications in one layout
under inhaul@. `others` has some of them under timers and under an account's own manager.
The tests run in the order of their names. The machine reboots between the classes: see --boots of
in-machine.
"""

import json
import os
import signal
import sys
import unittest
from pathlib import Path

from support import machine  # pylint: disable=unused-import
from support import applications
from support.applications import ALL, Compiled, Flask, Node, UnusualApplication
from support.hosted import Hosted, make_forge
from support.install_targets import Agent, PersonalAgent, PersonalTimer, Timer
from support.waiting import wait_for

CAST = os.environ["CAST"]
ONLY = os.environ.get("ONLY", "").split()  # to debug single applications
KEPT = Path("/root/apps.json")
REBOOT, POWER_CUT = 200, 201  # exit statuses for in-machine
AGAIN = REBOOT if CAST == "others" else POWER_CUT


def cast():
    if CAST == "others":
        timer, own, own_timer = Timer("timer"), PersonalAgent("ada"), PersonalTimer("bob")
        chosen = [(timer, Flask, "in-place"), (timer, UnusualApplication, "releases"),
                  (own, Compiled, "in-place"), (own, Node, "releases"),
                  (own_timer, Compiled, "releases")]
    else:
        agent = Agent("scripts")
        chosen = [(agent, kind, CAST) for kind in ALL]
    return [Hosted(target, kind(8001 + number), layout)
            for number, (target, kind, layout) in enumerate(chosen) if not ONLY or kind.name in ONLY]


APPS = cast()
TARGETS = list({app.target.account: app.target for app in APPS}.values())


class Case(unittest.TestCase):
    def each(self, step):
        for app in APPS:
            with self.subTest(app=app.name):
                step(app)

    def all_live(self, commits):
        for app, commit in commits.items():
            with self.subTest(app=app.name):
                app.wait_live(commit)
                self.assertEqual(app.problems(), [])

    def nothing_is_left(self):
        for app in APPS:
            self.assertEqual(app.debris(), [])

    def push_all(self, **options):
        return {app: app.publish(**options) for app in APPS}


class Before(Case):
    @classmethod
    def setUpClass(cls):
        make_forge(passes_version=CAST != "releases")
        applications.make_wheels()
        for target in TARGETS:
            target.make()

    def test_1_first_deployment(self):
        for app in APPS:
            app.make()
            app.publish()
            app.set_up()
        for target in TARGETS:
            target.begin([app for app in APPS if app.target is target])
        self.all_live({app: app.head() for app in APPS})
        # A timer keeps no session. Without version 2 of git's protocol, each poll is a session.
        ways = {"in-place": "kept_ssh", "releases": "each_ssh"}
        if CAST in ways:
            wait_for(f"the apps are polled by {ways[CAST]}",
                     lambda: {app.status().get("poll_method") for app in APPS} == {ways[CAST]})

    def test_2_a_push_that_changes_deep_files_and_moves_directories(self):
        self.all_live(self.push_all())

    def test_3_a_broken_push_is_rolled_back(self):
        good = {app: app.commit for app in APPS}
        answers = {app: app.answer() for app in APPS if app.has_unit()}
        for app, bad in self.push_all(broken=True).items():
            with self.subTest(app=app.name):
                app.wait_judged(bad)
                self.assertIn(app.last()["state"], ("rolled-back", "failed"))
                self.assertEqual([entry["commit"] for entry in
                                  app.status()["restrictions"]["quarantine"]], [bad])
                self.assertEqual(app.status()["live"]["commit"], good[app])
                with app.at(good[app]):
                    self.assertEqual(app.problems(answer=answers.get(app)), [])

    def test_4_the_next_push_fixes_it(self):
        for app in APPS:
            app.application.fix(app.laptop)
        self.all_live(self.push_all())

    def test_5_a_rollback_by_an_operator_and_its_end(self):
        for app in APPS:
            with self.subTest(app=app.name):
                head, answer = app.commit, app.answer() if app.has_unit() else None
                app.target.inhaul("rollback", app.name)
                before = app.status()["live"]["commit"]
                self.assertNotEqual(before, head)
                with app.at(before):
                    self.assertEqual(app.differences(), [])
                app.target.inhaul("deploy", app.name, "--wait", "1m")
                self.assertEqual(app.problems(answer=answer), [])

    def test_6_the_worker_is_killed_during_a_deployment(self):
        """Kills two at a time: an agent runs only a few deployments at once."""
        commits = {}
        for pair in (APPS[begin:begin + 2] for begin in range(0, len(APPS), 2)):
            for app in pair:
                app.hold()
            commits.update({app: app.publish() for app in pair})
            for app in pair:
                with self.subTest(app=app.name):
                    app.wait_held()
                    worker = app.worker()
                    os.kill(worker, signal.SIGKILL)
                    wait_for("it is dead",
                             lambda worker=worker: not Path(f"/proc/{worker}").exists())
                    app.let_go()
        self.all_live(commits)
        self.nothing_is_left()

    def test_7_before_the_reboot(self):
        """Pushes that may be unseen, and two deployments that the power cut ends. (An orderly reboot would
        wait a minute for these.)"""
        held = APPS[:2] if AGAIN == POWER_CUT else []
        for app in held:
            app.hold()
        commits = self.push_all()
        for app in held:
            app.wait_held()
        KEPT.write_text(json.dumps({app.name: (commits[app], app.application.version)
                                    for app in APPS}))


class After(Case):
    """After the reboot or power cut: enabled units start by themselves."""

    @classmethod
    def setUpClass(cls):
        for app in APPS:
            app.let_go()
            app.application.version = json.loads(KEPT.read_text())[app.name][1]

    def test_1_everything_starts_and_interrupted_deployments_are_completed(self):
        kept = json.loads(KEPT.read_text())
        self.all_live({app: kept[app.name][0] for app in APPS})

    def test_2_the_next_push_is_deployed(self):
        self.all_live(self.push_all())
        self.nothing_is_left()


def main():
    boot = int(os.environ.get("BOOT", "1"))
    program = unittest.main(defaultTest=["Before", "After"][boot - 1],
                            exit=False, failfast=True)
    if not program.result.wasSuccessful():
        sys.exit(1)
    if boot == 1:
        sys.exit(AGAIN)


if __name__ == "__main__":
    main()
