# SPDX-License-Identifier: Apache-2.0
"""The commands in README.md and in the pages of docs/.

    readme.py [PAGE] SECTION NUMBER    prints the commands of a section's block, from 1

PAGE defaults to README.md. A block after `<!-- not run: REASON -->` does not count.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

# How many blocks of each section readme_test.py runs, and recipes_test.py on docs/recipes.md. tests/check_docs.py
# checks the pages against it.
RUN = {
    ("README.md", "Quick start"): 2,  # script/test runs the first one, the build
    ("docs/commands.md", "Everyday commands"): 1,
    ("docs/gates-and-hooks.md", "Override a gate"): 1,
    ("docs/installing.md", "Without an agent: a timer or cron"): 1,
    ("docs/operating.md", "Log"): 1,
    ("docs/operating.md", "Operate the agent"): 1,
    ("docs/recipes.md", "Set up a recipe"): 1,
    ("docs/recipes.md", "Flask and gunicorn"): 1,
    ("docs/recipes.md", "Django with migrations and static files"): 1,
    ("docs/recipes.md", "Node"): 1,
    ("docs/recipes.md", "A Go binary built on the host"): 1,
    ("docs/recipes.md", "Several units"): 1,
    ("docs/recipes.md", "Docker Compose"): 2,
    ("docs/recipes.md", "Podman Quadlet"): 1,
    ("docs/recipes.md", "A static site without a service"): 1,
    ("docs/relay.md", "Set up a relay"): 1,
    ("docs/relay.md", "Set up a relay manually"): 2,
}
read = set()  # sections whose commands were read
HEADING = re.compile(r"^#{1,6} +(.*?) *$", re.M)
FENCE = re.compile(r"^```(\S*)[^\n]*\n(.*?)^```[ \t]*$", re.M | re.S)
# An indented block, or a fenced block of shell commands, with its mark if it has one.
BLOCK = re.compile(
    r"(?P<mark><!-- not run:(?P<reason>[^>]*)-->\n\n?)?"
    r"(?:(?<=\n\n)(?P<indented>(?:    \S[^\n]*\n(?:\n(?=    \S))?)+)|"
    r"^```(?:sh|bash|console|shell)\n(?P<fenced>.*?)^```[ \t]*$)", re.M | re.S)
OTHER_FENCE = re.compile(r"^```(?!(?:sh|bash|console|shell)\n).*?^```[ \t]*$", re.M | re.S)


def sections(text):
    """Returns pairs of a heading and the text up to the next heading. The first heading is empty."""
    plain = OTHER_FENCE.sub(lambda fence: re.sub(r"[^\n]", " ", fence[0]), text)
    shell = [match.span() for match in FENCE.finditer(text)]
    heads = [head for head in HEADING.finditer(plain)
             if not any(start <= head.start() < end for start, end in shell)]
    starts = [0, *(head.end() for head in heads)]
    ends = [*(head.start() for head in heads), len(text)]
    return list(zip(["", *(head[1] for head in heads)],
                    (text[start:end] for start, end in zip(starts, ends))))


def section(page, title):
    (found,) = (text for name, text in sections((ROOT / page).read_text()) if name == title)
    return found


def fences(page, title, kind):
    """Returns the texts of a section's fenced blocks of one kind."""
    return [text for name, text in FENCE.findall(section(page, title)) if name == kind]


def blocks(text):
    """Returns pairs of a command block and the reason why it is not run, or None."""
    plain = "\n\n" + OTHER_FENCE.sub("", text)
    return [(match["indented"] or match["fenced"], match["reason"] and match["reason"].strip())
            for match in BLOCK.finditer(plain)]


def commands(page, title):
    """Returns the blocks of a section that are run: lists of command lines without remarks."""
    found = [[re.sub(r"\s+#\s.*", "", line).strip() for line in block.splitlines() if line.strip()]
             for block, reason in blocks(section(page, title)) if reason is None]
    read.add((page, title))
    if len(found) != RUN[page, title]:
        raise AssertionError(f"{page}, {title}: {len(found)} blocks, not {RUN[page, title]}")
    return found


if __name__ == "__main__":
    *given, name, number = sys.argv[1:]
    print("\n".join(commands(*(given or ["README.md"]), name)[int(number) - 1]))
