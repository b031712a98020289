#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that every source file names its licence.

    check_spdx.py [--add] [DIR]    checks the tree in DIR (default: the tree of this file)

The line is the first of a file, or the second after `#!`. Prints one line for each violation (file:line:
explanation) and exits with 1 when there are any. --add adds the missing lines.
"""

import argparse
import sys
from pathlib import Path

TEXT = "SPDX-License-Identifier: Apache-2.0"
COMMENTS = {".cpp": "//", ".hpp": "//", ".c": "//", ".py": "#", ".sh": "#", ".cmake": "#", "": "#"}
PLACES = ("bench", "cmake", "include", "script", "src", "tests")
# Inputs of tests and texts of others.
EXEMPT = ("tests/fixtures/", "tests/fuzz/corpus/", "tests/fuzz/dictionaries/")


def sources(root):
    for place in PLACES:
        for path in sorted((root / place).rglob("*")):
            name = path.relative_to(root).as_posix()
            if not path.is_file() or path.is_symlink() or name.startswith(EXEMPT) or "__pycache__" in name:
                continue
            suffix = path.name.removesuffix(".in") if path.name.endswith(".in") else path.name
            suffix = ".cmake" if path.name == "CMakeLists.txt" else Path(suffix).suffix
            text = path.read_text(errors="replace")
            if suffix in COMMENTS and (suffix or text.startswith("#!")):
                yield name, path, text, f"{COMMENTS[suffix]} {TEXT}"


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--add", action="store_true")
    arguments.add_argument("root", nargs="?", type=Path, default=Path(__file__).resolve().parent.parent)
    options = arguments.parse_args()
    found = list(sources(options.root))
    if not found:
        sys.exit(f"check_spdx: no sources in {options.root}")
    bad = False
    for name, path, text, wanted in found:
        lines = text.split("\n")
        at = 1 if lines[0].startswith("#!") else 0
        if lines[at:at + 1] == [wanted]:
            continue
        if options.add:
            path.write_text("\n".join(lines[:at] + [wanted] + lines[at:]))
        else:
            print(f"{name}:{at + 1}: the line `{wanted}` is missing; run: tests/check_spdx.py --add")
            bad = True
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
