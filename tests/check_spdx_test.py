#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_spdx.py finds a missing line in each kind of file, and adds it."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

import check_spdx

HASH = "# " + check_spdx.TEXT + "\n"
SLASHES = "// " + check_spdx.TEXT + "\n"
# Name: (text without the line, text with the line).
FILES = {
    "CMakeLists.txt": ("project(x)\n", HASH + "project(x)\n"),
    ".ci/run": ("#!/bin/bash\ntrue\n", "#!/bin/bash\n" + HASH + "true\n"),
    ".github/workflows/ci.yml": ("name: ci\n", HASH + "name: ci\n"),
    "completions/_tool": ("#compdef tool\n", "#compdef tool\n" + HASH),
    "packaging/postinst": ("#!/bin/sh\n", "#!/bin/sh\n" + HASH),
    "src/a.cpp": ("int a;\n", SLASHES + "int a;\n"),
    "src/a.hpp.in": ("int a;\n", SLASHES + "int a;\n"),
    "systemd/tool@.service.in": ("[Unit]\n", HASH + "[Unit]\n"),
}
EXEMPT = ("README.md", "LICENSE", "docs/demo.svg", "systemd/examples/app.toml", "tests/fuzz/corpus/x/1", "a.json")


class Lines(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name)
        for name in EXEMPT:
            self.write(name, "text\n")

    def write(self, name, text):
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text)

    def check(self, *options):
        done = subprocess.run([sys.executable, check_spdx.__file__, *options, self.root], check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.returncode, done.stdout

    def test_a_missing_line_is_found_and_added(self):
        for name, (without, _) in FILES.items():
            self.write(name, without)
        status, output = self.check()
        self.assertEqual(status, 1, output)
        self.assertEqual(sorted(line.split(":")[0] for line in output.splitlines()), sorted(FILES))
        self.assertEqual(self.check("--add"), (0, ""))
        for name, (_, wanted) in FILES.items():
            self.assertEqual((self.root / name).read_text(), wanted, name)
        self.assertEqual(self.check(), (0, ""))

    def test_a_file_of_an_unknown_kind_is_found(self):
        self.write("src/a.cpp", FILES["src/a.cpp"][1])
        self.write("src/table.xyz", "text\n")
        status, output = self.check()
        self.assertEqual(status, 1)
        self.assertIn("src/table.xyz:1: this kind of file is unknown", output)

    def test_a_tree_without_sources_fails(self):
        self.assertEqual(self.check()[0], 1)

    def test_a_build_directory_is_omitted_without_git(self):
        self.write("src/a.cpp", FILES["src/a.cpp"][1])
        self.write("build/a.cpp", "int a;\n")
        self.assertEqual(self.check(), (0, ""))

    def test_git_lists_the_files_and_omits_ignored_files(self):
        self.write(".gitignore", HASH + "kept/\n")
        self.write("kept/a.cpp", "int a;\n")
        self.write("src/new.cpp", "int a;\n")
        subprocess.run(["git", "init", "-q", self.root], check=True)
        status, output = self.check()
        self.assertEqual((status, output.count("\n")), (1, 1), output)
        self.assertIn("src/new.cpp:1: ", output)


if __name__ == "__main__":
    unittest.main()
