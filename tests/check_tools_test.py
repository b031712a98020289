#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A check whose tool is missing fails, and prints the command that installs the tool."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAMS = "bash basename cat dirname env find mkdir nproc readlink rm sed sort wc xargs".split()


class Missing(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.scratch = pathlib.Path(scratch.name)
        self.programs = self.scratch / "bin"
        self.programs.mkdir()
        for name in PROGRAMS:
            path = shutil.which(name)
            if path:
                (self.programs / name).symlink_to(path)

    def runs(self, *command):
        return subprocess.run(command, env={**os.environ, "PATH": str(self.programs)}, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def refuses(self, done, tool):
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn(f"{tool} is not installed; run: script/bootstrap --test", done.stdout)

    def test_lint(self):
        self.refuses(self.runs(sys.executable, str(ROOT / "script/tidy"), "."), "clang-tidy")

    def test_layout(self):
        self.refuses(self.runs(str(ROOT / "script/format"), "--check"), "clang-format")
        self.refuses(self.runs(str(ROOT / "script/format")), "clang-format")

    def test_fuzzing(self):
        script = self.scratch / "script"
        script.mkdir()
        shutil.copy(ROOT / "script/fuzz", script)
        (script / "bootstrap").write_text("#!/bin/bash\n")
        (script / "bootstrap").chmod(0o755)
        tests = self.scratch / "tests/fuzz"
        tests.mkdir(parents=True)
        (tests / "text_fuzz.cpp").touch()
        self.refuses(self.runs(str(script / "fuzz"), "1"), "clang++")


if __name__ == "__main__":
    unittest.main()
