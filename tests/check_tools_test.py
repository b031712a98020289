#!/usr/bin/env python3
"""A check whose tool is missing fails, and says what to install; it never passes without a look."""

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
        self.assertIn(f"{tool} is missing", done.stdout)
        self.assertIn("apt install", done.stdout)

    def put(self, name, version):
        program = self.programs / name
        program.write_text(f"#!/bin/bash\necho 'Debian {name} version {version}'\n")
        program.chmod(0o755)

    def test_lint(self):
        self.refuses(self.runs(sys.executable, str(ROOT / "script/tidy"), "."), "clang-tidy 14")

    def test_layout(self):
        self.refuses(self.runs(str(ROOT / "script/format"), "--check"), "clang-format 14")
        self.refuses(self.runs(str(ROOT / "script/format")), "clang-format 14")

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

    def test_another_release_is_no_pass_either(self):
        self.put("clang-tidy", "19.1.0")
        self.put("clang-format", "19.1.0")
        for done in (self.runs(sys.executable, str(ROOT / "script/tidy"), "."),
                     self.runs(str(ROOT / "script/format"), "--check")):
            self.assertEqual(done.returncode, 77, done.stdout)
            self.assertIn("SKIPPED", done.stdout)


if __name__ == "__main__":
    unittest.main()
