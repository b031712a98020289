#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A check whose tool is missing fails, and prints the command that installs the tool. A check whose tool has
another version is skipped, and script/test reports this. script/test names the cases that failed."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAMS = "awk bash basename cat dirname env find id mkdir nproc readlink rm sed sort tail tee wc xargs".split()
RULE = "-" * 79
# Output of ctest with a program of Catch2 and one of unittest.
RESULTS = f"""1/3 Test: whole/unit/deploy
Output:
{"-" * 58}
{RULE}
why: a name that is so long that Catch2 prints it in two lines, and with an
     indent
  a section
{RULE}
/src/crash_test.cpp:7
{"." * 79}

/src/crash_test.cpp:9: FAILED:
  CHECK( a )

/src/crash_test.cpp:10: FAILED:
  CHECK( b )

{RULE}
another name
{RULE}
/src/crash_test.cpp:12
{"." * 79}

/src/crash_test.cpp:14: FAILED:
  CHECK( a )

{RULE}
a case that only warns
{RULE}
/src/crash_test.cpp:20
{"." * 79}

/src/crash_test.cpp:21: warning:
  a
<end of output>
2/3 Test: whole/unit/util
Output:
{"-" * 58}
util.cpp:1: FAILED: not a failed test
<end of output>
3/3 Test: system/deploy
Output:
{"-" * 58}
FAIL: test_a_push (__main__.Pushes.test_a_push)
<end of output>
"""


class WithPrograms(unittest.TestCase):
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
        (self.programs / "python3").symlink_to(sys.executable)

    def runs(self, *command):
        return subprocess.run(command, env={**os.environ, "PATH": str(self.programs)}, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def program(self, path, *lines):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_text("\n".join(["#!/bin/bash", *lines, ""]))
        path.chmod(0o755)


class Versions(WithPrograms):
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

    def test_another_version_is_skipped(self):
        for script, tool, arguments in (("tidy", "clang-tidy", ["."]), ("format", "clang-format", ["--check"])):
            self.program(self.programs / tool, f"echo '{tool} version 99.1.0'")
            done = self.runs(*([sys.executable] if script == "tidy" else []), str(ROOT / "script" / script), *arguments)
            self.assertEqual(done.returncode, 77, done.stdout)
            self.assertRegex(done.stdout, rf"\Ascript/{script}: SKIPPED: needs {tool} 14, .* 99.*\n\Z")


class Steps(WithPrograms):
    """script/test with other programs in place of those that it calls."""

    def setUp(self):
        super().setUp()
        self.tree = self.scratch / "tree"
        for name in ("bootstrap", "format", "tidy"):
            self.program(self.tree / "script" / name)
        shutil.copy(ROOT / "script/test", self.tree / "script")
        for name in ("cmake", "ctest"):
            self.program(self.programs / name)

    def lint(self, status):
        done = self.runs(str(self.tree / "script/test"), "--only", "lint")
        self.assertEqual(done.returncode, status, done.stdout)
        return done.stdout

    def test_all_steps_pass(self):
        output = self.lint(0)
        self.assertIn("== lint: passed after ", output)
        self.assertRegex(output, r"script/test: all passed after \d+ s\n\Z")

    def test_skipped_steps_and_tests_are_named(self):
        self.program(self.tree / "script/tidy", "echo 'script/tidy: SKIPPED: needs version 1'", "exit 77")
        self.program(self.programs / "ctest", """echo ' 9/12 Test  #9: a/b c ....***Skipped   0.01 sec' >"$5" """)
        (self.tree / "build/check").mkdir(parents=True)
        output = self.lint(0)
        self.assertIn("== lint: SKIPPED (needs version 1)\n", output)
        self.assertIn("-- skipped: a/b c\n", output)
        self.assertRegex(output, r"all passed after \d+ s, except skipped: lint, 1 test\n\Z")

    def test_a_failed_step_is_named(self):
        self.program(self.tree / "script/tidy", "exit 1")
        self.assertRegex(self.lint(1), r"== lint: FAILED after \d+ s \(exit status 1\)\n"
                                       r"script/test: FAILED after \d+ s: \[lint\]\n\Z")

    def test_failed_cases_are_named(self):
        results = self.scratch / "results"
        results.write_text(RESULTS)
        self.program(self.programs / "ctest", f"""mkdir -p "$2/Testing/Temporary" && cd "$2/Testing/Temporary"
            cat {results} >LastTest.log
            printf '%s\\n' 1:whole/unit/deploy 3:system/deploy >LastTestsFailed.log
            exit 8""")
        output = self.lint(1)
        self.assertEqual([line for line in output.splitlines() if line.startswith(("-- failed: ", "   case: "))],
                         ["-- failed: whole/unit/deploy",
                          "   case: why: a name that is so long that Catch2 prints it in two lines, and with an indent",
                          "   case: another name",
                          "-- failed: system/deploy",
                          "   case: FAIL: test_a_push (__main__.Pushes.test_a_push)"])


if __name__ == "__main__":
    unittest.main()
