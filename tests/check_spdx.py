#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that every source file names its licence.

    check_spdx.py [--add] [DIR]    checks the tree in DIR (default: the tree of this file)

The line is the first of a file, or the second after a line that programs read (`#!`, `#compdef`). A file is
checked, unless EXEMPT names it. A file of an unknown kind is a violation. Prints one line for each violation
(file:line: explanation) and exits with 1 when there are any. --add adds the missing lines.
"""

import argparse
import fnmatch
import subprocess
import sys
from pathlib import Path

TEXT = "SPDX-License-Identifier: Apache-2.0"
# The comments of each kind of file, by the end of its name without `.in`.
COMMENTS = {
    ".cpp": "//", ".hpp": "//", ".c": "//",
    ".py": "#", ".sh": "#", ".cmake": "#", "CMakeLists.txt": "#",
    ".bash": "#", ".fish": "#", ".yml": "#",
    ".service": "#", ".timer": "#", ".conf": "#",
    ".clang-format": "#", ".clang-tidy": "#", ".gitattributes": "#", ".gitignore": "#",
}
FIRST_LINES = {"#!": "#", "#compdef": "#"}
# The patterns of exempt files, where * also matches /. LICENSE applies to these files too.
EXEMPT = (
    # Documents.
    "*.md", "docs/*", "man/*", "LICENSE", "packaging/copyright",
    # Files that operators copy and change.
    "systemd/examples/*",
    # Inputs of tests, some of them by others.
    "tests/fixtures/*", "tests/fuzz/corpus/*", "tests/fuzz/dictionaries/*",
    # Formats without comments, or with comments of another meaning.
    "*.json", "packaging/lintian-overrides",
)


def tree(root):
    """Returns the names of all files that git does not ignore. Without git it omits build/ and caches."""
    if (root / ".git").exists():
        listed = subprocess.run(["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                                stdout=subprocess.PIPE, check=True, text=True).stdout
        return sorted(listed.split("\0")[:-1])
    names = (path.relative_to(root).as_posix() for path in root.rglob("*"))
    return sorted(name for name in names if not name.startswith("build/") and "__pycache__/" not in name)


def comment_of(name, text):
    """Returns the start of a comment in the file, or None."""
    for start, comment in FIRST_LINES.items():
        if text.startswith(start):
            return comment
    kind = Path(name.removesuffix(".in"))
    return COMMENTS.get(kind.name, COMMENTS.get(kind.suffix))


def sources(root):
    for name in tree(root):
        path = root / name
        if path.is_file() and not path.is_symlink() and \
                not any(fnmatch.fnmatchcase(name, pattern) for pattern in EXEMPT):
            yield name, path, path.read_text(errors="replace")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--add", action="store_true")
    arguments.add_argument("root", nargs="?", type=Path, default=Path(__file__).resolve().parent.parent)
    options = arguments.parse_args()
    found = list(sources(options.root.resolve()))
    if not found:
        sys.exit(f"check_spdx: no sources in {options.root}")
    bad = False
    for name, path, text in found:
        comment = comment_of(name, text)
        if comment is None:
            print(f"{name}:1: this kind of file is unknown; add it to COMMENTS or EXEMPT of tests/check_spdx.py")
            bad = True
            continue
        wanted = f"{comment} {TEXT}"
        lines = text.split("\n")
        at = 1 if text.startswith(tuple(FIRST_LINES)) else 0
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
