#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Finds the words that docs/style.md bans, and messages of C++ that join words without a space.

    check_words.py [DIR]    checks the tree in DIR (default: the tree of this file)

Checks pages, comments, literals, names of tests and identifiers. Prints one line per violation
(file:line: explanation) and exits with 1 if there are any. check_docs_test.py tests it.
"""

import re
import sys
from pathlib import Path

PLACES = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "CMakeLists.txt", "cmake",
          "docs", "include", "src", "systemd", "man", "packaging", "script", "bench", "tests")
# These files name the words on purpose, or are recordings of others' texts.
EXEMPT = ("docs/style.md", "tests/check_words.py", "tests/check_docs_test.py", "tests/fixtures/",
          "tests/fuzz/corpus/")


# Former names that stay in the database and in the output of --json.
STORED = {"torn", "heard", "standing"}
STORED_IN = ("src/ledger/sqlite/", "src/cli/output/json.cpp", "docs/monitoring.md", "tests/unit/ledger/",
             "tests/unit/cli/status_view_test.cpp", "tests/system/")


def terms(root):
    """Returns each banned word of docs/style.md, in lower case, with its replacement."""
    section = (root / "docs/style.md").read_text().split("## Banned words\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", section, re.M)[1:]
    return {word: term for words, term in rows for word in words.split(", ")}


def banned(text, replacements):
    """Every banned word in a text: (offset, explanation). A comment may break it over two lines."""
    words = "|".join(replacements).replace(" ", r"[\s/#*]+")
    for found in re.finditer(rf"\b(?:{words})\b", text, re.I):
        word = " ".join(re.findall("[a-z]+", found[0].lower()))
        yield found.start(), f"'{word}': docs/style.md has: {replacements[word]}"


# A path, a name or a number beside a word.
JOINED = re.compile(r'(?:string|text|hex)\(\) \+\s+"[a-z]|[a-z]" \+\s+[\w.()]+\.(?:string|text|hex)\(\)')


def joined(text):
    """Every message that joins a value and a word without a space: (offset, explanation)."""
    for found in JOINED.finditer(text):
        yield found.start(), f"a space is missing in: {found[0]}"


def files(root):
    for place in PLACES:
        top = root / place
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            name = path.relative_to(root).as_posix()
            if path.is_file() and not path.is_symlink() and not name.startswith(EXEMPT):
                yield name, path


def problems(root):
    replacements = terms(root)
    for name, path in files(root):
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        # Checks the words of an identifier too.
        here = {word: term for word, term in replacements.items()
                if not (word in STORED and name.startswith(STORED_IN))}
        for at, why in banned(text.replace("_", " "), here):
            yield f"{name}:{text.count(chr(10), 0, at) + 1}: {why}"
        for at, why in joined(text) if name.startswith("src/") else ():
            yield f"{name}:{text.count(chr(10), 0, at) + 1}: {why}"


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent).resolve()
    found = list(problems(root))
    for line in found:
        print(line)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
