"""What README.md tells people to run.

    readme.py SECTION NUMBER    prints the commands of a section's block, from 1
"""

import re
import sys
from pathlib import Path

README = Path(__file__).resolve().parent.parent.parent / "README.md"


def section(title):
    (found,) = re.findall(rf"^## {re.escape(title)}(\n.*?)(?=^## |\Z)", README.read_text(),
                          re.M | re.S)
    return found


def fences(title, kind):
    """The texts of a section's fenced blocks of one kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", section(title), re.M | re.S)


def commands(title):
    """The blocks of a section, each a list of command lines without their remarks."""
    plain = re.sub(r"^```.*?^```$", "", section(title), flags=re.M | re.S)
    blocks = re.findall(r"(?<=\n\n)((?:    \S.*\n)+)", plain)
    return [[re.sub(r"\s+#\s.*", "", line).strip() for line in block.splitlines()]
            for block in blocks]


if __name__ == "__main__":
    print("\n".join(commands(sys.argv[1])[int(sys.argv[2]) - 1]))
