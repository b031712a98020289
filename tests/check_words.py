#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Finds words that docs/style.md replaces by the field's terms.

    check_words.py [DIR]    checks the tree in DIR (default: the one that this file is in)

Checks pages, comments, literals, names of tests and identifiers. Prints one line per violation
(file:line: explanation) and exits with 1 if there are any. check_docs_test.py tests it.
"""

import re
import sys
from pathlib import Path

# Each word, with its term in docs/style.md.
TERMS = {
    r"anew": "again, recreate",
    r"afresh": "again, recreate",
    r"mend(?:s|ed|ing)?": "fix, repair",
    r"leave to": "permission to",
    r"hears? of|heard of": "learn of, receive",
    r"draws?": "fetch",
    r"comes? to|came to": "name the result",
    r"once more": "again",
    r"such a one": "name the thing",
    r"taken up": "resumed",
    r"ways? back": "rollback",
    r"doorbells?": "event",
    r"errands?": "deployment",
    r"surroundings": "environment, context",
    r"decrees?": "operator action",
    r"whoever": "name the subject",
    r"well within": "healthy within",
    r"lets? it (?:be|count)": "name the effect",
    r"(?:is|are) gone back to": "rollback target",
}
BANNED = re.compile(r"\b(?:%s)\b" % "|".join(f"(?:{word})" for word in TERMS), re.I)

PLACES = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "CMakeLists.txt", "cmake",
          "docs", "include", "src", "systemd", "man", "packaging", "script", "bench", "tests")
# These files name the words on purpose, or are recordings of others' texts.
EXEMPT = ("docs/style.md", "tests/check_words.py", "tests/check_docs_test.py", "tests/fixtures/",
          "tests/fuzz/corpus/")


def term_for(word):
    return next(term for pattern, term in TERMS.items() if re.fullmatch(pattern, word, re.I))


def banned(text):
    """Every banned word in a text: (offset, explanation)."""
    for found in BANNED.finditer(text):
        yield found.start(), f"'{found[0]}': docs/style.md has: {term_for(found[0])}"


def files(root):
    for place in PLACES:
        top = root / place
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            name = path.relative_to(root).as_posix()
            if path.is_file() and not path.is_symlink() and not name.startswith(EXEMPT):
                yield name, path


def problems(root):
    for name, path in files(root):
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        # Checks the words of an identifier too.
        for at, why in banned(text.replace("_", " ")):
            yield f"{name}:{text.count(chr(10), 0, at) + 1}: {why}"


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent).resolve()
    found = list(problems(root))
    for line in found:
        print(line)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
