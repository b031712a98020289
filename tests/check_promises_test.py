#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests check_promises.py: each test breaks a rule."""

import pathlib
import tempfile
import unittest

from check_promises import check

PAGE = """# Security
## Promises
### Somebody
* It holds.
  Tests: `tests/a_test.cpp`: "one
  and two", "three"; `tests/b_test.py`: `Case.test_it`;
  `tests/fuzz/c_fuzz.cpp`: "it is so".
## The rest
As `system/b` and `test_it` say.
"""


class Promises(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.root = pathlib.Path(scratch.name)
        self.write("docs/security.md", PAGE)
        self.write("tests/a_test.cpp", 'TEST_CASE("one "\n          "and two") {}\nTEST_CASE(\n    "three") {}')
        self.write("tests/b_test.py", "class Case:\n    def test_it(self):\n        pass\n")
        self.write("tests/CMakeLists.txt", "inhaul_python_test(system b b_test.py)\n")
        self.write("tests/fuzz/c_fuzz.cpp", 'require(x, "it is so");')

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def finds(self, *words):
        found = "\n".join(check(self.root))
        for word in words:
            self.assertIn(word, found)

    def test_a_page_whose_tests_exist_is_right(self):
        self.assertEqual(check(self.root), [])

    def test_a_missing_test_is_found(self):
        self.write("tests/a_test.cpp", 'TEST_CASE("three") {}  // "one and two"')
        self.write("tests/b_test.py", "class Other:\n    def test_it(self):\n        pass\n")
        self.write("tests/fuzz/c_fuzz.cpp", "// it is so")
        self.finds('no test "one and two"', "no test `Case.test_it`", 'no test "it is so"')

    def test_a_missing_file_is_found(self):
        (self.root / "tests/a_test.cpp").unlink()
        self.finds("no file tests/a_test.cpp")

    def test_a_promise_without_a_test_is_found(self):
        self.write("docs/security.md", PAGE.replace("## The rest", "* This too.\n## The rest"))
        self.finds("a promise names no test: This too.")

    def test_a_reference_without_a_name_is_found(self):
        self.write("docs/security.md", PAGE.replace("`: `Case.test_it`", "`"))
        self.finds("tests/b_test.py has no test name")

    def test_a_missing_test_of_ctest_or_method_is_found(self):
        self.write("docs/security.md", PAGE.replace("system/b", "system/d"))
        self.finds("no test system/d")
        self.write("docs/security.md", PAGE.replace("`test_it`", "`test_more`"))
        self.finds("no test test_more")

    def test_a_page_without_promises_is_found(self):
        self.write("docs/security.md", "# Security\n")
        self.finds("no promises")


if __name__ == "__main__":
    unittest.main()
