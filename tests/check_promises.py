#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that each test that docs/security.md names exists, and that each promise there names one.

    check_promises.py [DIR]    checks the tree in DIR (default: the tree of this file)

A promise is an item of a list below "Promises". It names tests as `tests/FILE`: followed by
"the name of a test", or of a promise of a fuzz target, or by `Class.test_name` for Python. Elsewhere on
the page `system/NAME` is a test of ctest, and `test_NAME` a method of a test in Python.
"""

import ast
import pathlib
import re
import sys

PAGE = "docs/security.md"
SECTION = re.compile(r"^## Promises\n(.*?)^## ", re.MULTILINE | re.DOTALL)
NAME = r'(?:"[^"]+"|`\w+\.\w+`)'
REFERENCE = re.compile(r"`(tests/[^`]+)`: (" + NAME + r"(?:, " + NAME + r")*)")
ADJACENT = re.compile(r'"\s*"')


def names_in_python(text):
    """Returns Class.function for each function of a class."""
    return {f"{outer.name}.{inner.name}" for outer in ast.parse(text).body
            if isinstance(outer, ast.ClassDef)
            for inner in outer.body if isinstance(inner, ast.FunctionDef)}


def has(file, name):
    text = file.read_text()
    if file.suffix == ".py":
        return name in names_in_python(text)
    # Literals that the compiler joins are one, wherever they begin.
    whole = re.sub(r'TEST_CASE\(\s+"', 'TEST_CASE("', ADJACENT.sub("", text))
    return f'TEST_CASE("{name}"' in whole or file.parent.name == "fuzz" and f'"{name}")' in whole


def in_build(root, name):
    """Returns True if a file of the build names such a test. The build adds variants and numbers to names."""
    word = re.compile(rf"\b{re.escape(re.split(r'_without_|-?[*]', name)[0])}\b")
    return any(word.search(file.read_text()) for file in (root / "tests").rglob("*")
               if file.name == "CMakeLists.txt" or file.suffix == ".cmake")


def named_elsewhere(root, page):
    """Yields an error for each unknown name of ctest, and for each unknown method."""
    for kind, name in re.findall(r"`(unit|integration|system|machine|check)/([\w*-]+)`", page):
        if not in_build(root, name):
            yield f"{PAGE}: no test {kind}/{name}"
    methods = {name.split(".")[1] for file in (root / "tests").rglob("*_test.py")
               for name in names_in_python(file.read_text())}
    for name in re.findall(r"`(test_\w+)`", page):
        if name not in methods:
            yield f"{PAGE}: no test {name}"


def promises(page):
    section = SECTION.search(page)
    if not section:
        return []
    items = re.split(r"^\* ", section[1], flags=re.MULTILINE)[1:]
    # An item ends where the next heading begins.
    return [" ".join(re.split(r"^#", item, flags=re.MULTILINE)[0].split()) for item in items]


def check(root):
    """Returns the errors, one a line."""
    page = (root / PAGE).read_text()
    found = promises(page)
    wrong = [] if found else [f"{PAGE}: no promises"]
    for item in found:
        if not REFERENCE.search(item):
            wrong.append(f"{PAGE}: a promise names no test: {item[:70]}")
    plain = " ".join(page.split())
    for path, names in REFERENCE.findall(plain):
        file = root / path
        for name in re.findall(NAME, names):
            if not file.is_file():
                wrong.append(f"{PAGE}: no file {path}")
            elif not has(file, name.strip('"`')):
                wrong.append(f"{PAGE}: no test {name} in {path}")
    # References in another form are errors, because they are not checked.
    left = REFERENCE.sub("", plain)
    for path in re.findall(r"`(tests/[^`]*\.\w+)`", left):
        if path != "tests/check_promises.py":
            wrong.append(f"{PAGE}: {path} has no test name")
    return wrong + list(named_elsewhere(root, page))


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent)
    wrong = check(root)
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
