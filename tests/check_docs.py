#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the pages: README.md, docs/, CONTRIBUTING.md, SECURITY.md, CHANGELOG.md, src/README.md.

    check_docs.py [DIR]    checks the tree in DIR (default: the tree of this file)

* README.md has at most 150 lines.
* Every relative link and every anchor has an existing target.
* readme_test.py or recipes_test.py runs every command block, or a remark `<!-- not run: REASON -->` before
  it has the reason.
* Every TOML block is TOML, and has only keys of systemd/examples/myapp.toml and inhaul.toml.
* No page uses a word that docs/style.md replaces by another.

Prints one line for each violation (file:line: explanation) and exits with 1 when there are any.
check_docs_test.py tests each rule with a violation.
"""

import re
import sys
import tomllib
from pathlib import Path

from support import readme

LINES = 150
EXAMPLES = ("systemd/examples/myapp.toml", "systemd/examples/inhaul.toml")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
INLINE_CODE = re.compile(r"`[^`\n]*`")


def pages(root):
    names = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "src/README.md"]
    return [root / name for name in names if (root / name).exists()] + sorted((root / "docs").rglob("*.md"))


def blank(pattern, text):
    """The text with the same lines, and nothing where the pattern is."""
    return pattern.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


def anchors(text):
    """Returns the anchors that GitHub gives the headings of a page."""
    found = {}
    for title, _ in readme.sections(text):
        name = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).lower())
        name = name.replace(" ", "-")
        number = found[name] = found.get(name, -1) + 1
        yield f"{name}-{number}" if number else name


def links(root, page, text):
    prose = blank(INLINE_CODE, blank(readme.FENCE, text))
    for found in LINK.finditer(prose):
        target = found[1]
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if not file.is_relative_to(root) or not file.exists():
            yield found.start(), f"the link to {target} leads to nothing"
        elif anchor and file.suffix == ".md" and anchor not in anchors(file.read_text()):
            yield found.start(), f"the link to {target} leads to no heading"


def commands(page, text, run):
    counted = {}
    for title, body in readme.sections(text):
        for block, reason in readme.blocks(body):
            if reason is None:
                counted[page, title] = counted.get((page, title), 0) + 1
                if (page, title) not in run:
                    yield text.find(block), "no test runs this block: add it to readme_test.py, " \
                        "or write <!-- not run: REASON --> before it"
            elif not reason:
                yield text.find(block), "the mark of this block has no reason"
    for (name, title), number in run.items():
        if name == page and counted.get((page, title), 0) != number:
            yield 0, f"section '{title}' has {counted.get((page, title), 0)} blocks to run, and " \
                f"tests/support/readme.py has {number}"


def keys_of(table, prefix=""):
    for key, value in table.items():
        if isinstance(value, dict):
            yield from keys_of(value, f"{prefix}{key}.")
        else:
            yield prefix + key


def without_names(keys):
    """The reader chooses the name of a target: `notify.ops.type` is `notify.*.type`."""
    return {re.sub(r"^notify\.[^.]+\.", "notify.*.", key) for key in keys}


def known_keys(root):
    """Returns all keys of the examples, also commented ones."""
    known = set()
    for name in EXAMPLES:
        if (root / name).exists():
            text = re.sub(r"^#(?=[a-z_]+ = |\[)", "", (root / name).read_text(), flags=re.M)
            known |= without_names(keys_of(tomllib.loads(text)))
    return known


def settings(text, known):
    for fence in readme.FENCE.finditer(text):
        if fence[1] != "toml":
            continue
        try:
            unknown = sorted(without_names(keys_of(tomllib.loads(fence[2]))) - known)
        except tomllib.TOMLDecodeError as error:
            yield fence.start(), f"this is no TOML: {error}"
            continue
        for key in unknown:
            yield fence.start(), f"{key} is no key of {EXAMPLES[0]}"


def problems(root, run):
    known = known_keys(root)
    for page in pages(root):
        name, text = page.relative_to(root).as_posix(), page.read_text()
        found = [*links(root, page, text), *settings(text, known)]
        if name == "README.md" or name.startswith("docs/"):
            found += commands(name, text, run)
        if name == "README.md" and text.count("\n") > LINES:
            found.append((len(text), f"has {text.count(chr(10))} lines, and {LINES} are allowed"))
        for position, what in sorted(found):
            yield f"{name}:{text.count(chr(10), 0, max(position, 0)) + 1}: {what}"


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else readme.ROOT).resolve()
    found = list(problems(root, readme.RUN))
    for line in found:
        print(line)
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
