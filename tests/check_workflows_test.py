#!/usr/bin/env python3
"""check_workflows.py finds what it must find: each test plants a violation in a copy of the workflows."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import check_workflows

SKIPPED = 77


class Workflows(unittest.TestCase):
    def check(self, old="", new=""):
        with tempfile.TemporaryDirectory() as directory:
            root = pathlib.Path(directory)
            for name in (".github", "script", "tests/support"):
                shutil.copytree(check_workflows.ROOT / name, root / name,
                                ignore=shutil.ignore_patterns("__pycache__"))
            workflow = root / ".github/workflows/ci.yml"
            text = workflow.read_text()
            self.assertIn(old, text)
            workflow.write_text(text.replace(old, new, 1))
            done = subprocess.run([sys.executable, check_workflows.__file__, root], check=False,
                                  stdout=subprocess.PIPE, text=True)
            return done.returncode, done.stdout

    def finds(self, what, old, new):
        status, said = self.check(old, new)
        self.assertEqual(status, 1, said)
        self.assertIn(what, said)

    def test_the_workflows_have_no_problem(self):
        self.assertIn(self.check()[0], (0, SKIPPED))

    def test_an_action_that_is_pinned_to_no_commit(self):
        self.finds("actions/checkout@v4 is not pinned",
                   "actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683", "actions/checkout@v4")

    def test_a_script_that_is_not_there(self):
        self.finds("there is no script/lint", "script/format", "script/lint")

    def test_permissions_of_the_whole_workflow(self):
        self.finds("permissions", "contents: read\n", "contents: write\n")
        self.finds("permissions", "contents: read\n", "contents: read\n  packages: write\n")

    @unittest.skipIf(check_workflows.actionlint()[0] is None, "no actionlint here")
    def test_what_actionlint_finds(self):
        self.finds("picture", "${{ matrix.image }}", "${{ matrix.picture }}")
        self.finds("timeout", "timeout-minutes: 90", "timeout-hours: 90")


if __name__ == "__main__":
    unittest.main()
