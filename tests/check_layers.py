#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the rules of src/README.md about includes and about the use of libraries and of the system.

    check_layers.py [DIR]    checks the tree in DIR (default: the tree of this file)

Prints one line a violation (file:line: rule: explanation) and exits with 1 when there are any.
check_layers_test.py tests each rule with a violation.
"""

import os
import pathlib
import re
import sys

# A folder may include its own headers and those of folders with a smaller number. The files beside
# the folders are `core` (values and pure rules) or `top` (main, wiring).
LAYERS = {
    "util": 0,
    "core": 1,
    "config": 2, "forge": 2, "git": 2, "ledger": 2, "publish": 2, "service": 2,
    "deploy": 3, "report": 3, "setup": 3, "watch": 3,
    "cli": 4, "top": 4,
}
TOP = {"main", "wiring"}
# Folders whose headers no other folder may include: the other sources of the parent folder are pure.
ADAPTERS = {"ledger/sqlite"}
# A generated header, which has only constants.
FREE = {"inhaul/version.hpp"}

# The folders that may include a third party's header, and use its declarations.
ANY = None
LIBRARIES = [
    # header, identifier, folders
    (r"fmt/", None, ANY),
    (r"tl/", None, ANY),
    (r"curl/", r"\b(?:curl_\w+|CURL\w*)\b", {"util"}),
    (r"openssl/", r"\b(?:BIO|CRYPTO|ERR|EVP|HMAC|OPENSSL|PEM|RAND|SHA256|SSL|X509)_\w+\b", {"util"}),
    (r"sqlite3\.h$", r"\bsqlite3(?:_\w+)?\b", {"ledger/sqlite"}),
    (r"git2(?:/|\.h$)", r"\bgit_libgit2_\w+\b|\bstruct\s+git_\w+\b|\bgit_\w+\s*\*|\bGIT_[A-Z]\w*\b",
     {"git"}),
    (r"systemd/", r"\bsd_(?:bus|booted|event|id128|journal|listen|login|notify|peer|pid|watchdog)\w*\b",
     {"service"}),
    (r"toml\+\+/", r"\btoml::", {"config"}),
    (r"nlohmann/", r"\bnlohmann::", {"forge", "cli", "publish", "report", "watch"}),
    (r"CLI/", r"\bCLI::", {"cli"}),
]
IN_PUBLIC_HEADERS = re.compile(r"tl/expected\.hpp|fmt/\w+\.h|sys/types\.h|[a-z_]+")
SYSTEM = re.compile(r"(?:sys|net|netinet|arpa|linux|asm)/\w+\.h|[a-z_]+")
SYSTEM_FILES = {name + ".h" for name in (
    "dirent dlfcn fcntl fnmatch ftw getopt glob grp ifaddrs langinfo libgen link locale malloc mntent "
    "netdb poll pthread pty pwd sched signal spawn stdio stdlib string strings syslog termios time "
    "unistd utime wait").split()}

CALL = r"(?<![\w.])(?<!->)"  # neither a member nor the end of a longer name
HOST_SIDE = {"util", "cli", "main"}
USES = [
    # rule, pattern, folders where it is allowed, explanation
    ("clock", r"::now\s*\(|" + CALL + r"(?:clock_gettime|gettimeofday|timespec_get|ftime)\s*\(|" +
     CALL + r"time\s*\(\s*(?:nullptr|NULL|0|&)", HOST_SIDE, "a clock is read"),
    ("sleep", r"\bthis_thread::sleep_(?:for|until)\b|" + CALL + r"(?:sleep|usleep|nanosleep|clock_nanosleep)\s*\(|" +
     CALL + r"poll\s*\(\s*(?:nullptr|NULL|0)\s*,", HOST_SIDE, "it sleeps"),
    ("environment", r"\b(?:secure_getenv|getenv|setenv|putenv|unsetenv|clearenv)\b|" + CALL + r"environ\b",
     HOST_SIDE, "the environment is used"),
    ("exit", CALL + r"(?:exit|_exit|_Exit|quick_exit|abort|terminate)\s*\(", HOST_SIDE,
     "it ends the process"),
    ("throw", r"\bthrow\b", set(), "errors are values (util/result.hpp)"),
    ("friend", r"\bfriend\b(?![^;{]*\boperator\b)", set(), "a class has no friends but operators"),
]
CONDITION = re.compile(r"^[ \t]*#[ \t]*(?:if|ifdef|ifndef|elif|elifdef|elifndef)\b.*$", re.MULTILINE)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(<|")([^>"\n]+)[>"]', re.MULTILINE)
TOKEN = re.compile(
    r"""(?P<comment>//(?:[^\n\\]|\\.)*|/\*.*?\*/)"""
    r"""|(?:u8|[uUL])?R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)\""""
    r"""|"(?:[^"\\\n]|\\.)*\""""
    r"""|(?<![0-9A-Fa-f])'(?:[^'\\\n]|\\.)+'""", re.DOTALL)

CLASS = re.compile(r"^(?:class|struct) (\w+)[^;{]*\{(.*?)^\};", re.MULTILINE | re.DOTALL)
MOST_OPERATIONS = 8
LONGEST = {".cpp": 350, ".hpp": 200}
LONGEST_MAIN = 20

# A function of a public header that returns the owner of a port: only wiring may call it.
FACTORY = re.compile(r"std::unique_ptr<\s*(?:\w+::)*\w+\s*>\s*>?\s+(\w+)\s*\(")
# The commands open the ledger to read it, and `run` answers to systemd itself.
MADE_BY_COMMANDS = {"ledger::open", "ledger::open_to_read", "service::notifier"}


def blanked(text):
    """Returns a blank line for each line of the text."""
    return "\n" * text.count("\n") or " "


def without_comments(text):
    return TOKEN.sub(lambda m: blanked(m[0]) if m["comment"] else m[0], text)


def without_comments_and_strings(text):
    def shorten(match):
        return blanked(match[0]) if match["comment"] else '""' + "\n" * match[0].count("\n")
    return TOKEN.sub(shorten, text)


class Source:
    """A file of include/ or src/, and its folder."""

    def __init__(self, root, path):
        self.path = path.relative_to(root).as_posix()
        self.text = path.read_text(encoding="utf-8")
        self.code = without_comments_and_strings(self.text)
        self.name = path.stem
        self.public = self.path.startswith("include/")
        self.header = ".hpp" in path.name
        self.folder = folder_of(self.path)
        self.folders = {self.folder, os.path.dirname(self.path).removeprefix("src/")}
        # The name in HOST_SIDE: wiring is no part of it.
        self.place = self.name if self.folder == "top" else self.folder

    def line(self, offset, text):
        return text.count("\n", 0, offset) + 1


def folder_of(path):
    parts = path.split("/")[2 if path.startswith("include/inhaul/") else 1:]
    if len(parts) > 1:
        return parts[0]
    return "top" if parts[0].split(".")[0] in TOP else "core"


def sources(root):
    for top in ("include/inhaul", "src"):
        for path in sorted((root / top).rglob("*")):
            if re.search(r"\.(?:[ch]|[ch]pp|cc|hh|hpp\.in)$", path.name):
                yield Source(root, path)


def check_include(source, kind, name, own_headers):
    """Yields (rule, explanation) for one #include."""
    if name in FREE:
        return
    target = None
    if name.startswith("inhaul/"):
        target = "include/" + name
    elif kind == '"':
        beside = os.path.normpath(f"{os.path.dirname(source.path)}/{name}")
        target = beside if beside in own_headers else os.path.normpath(f"src/{name}")
    elif f"src/{name}" in own_headers:
        target = f"src/{name}"
    if target is None:
        yield from check_foreign_include(source, name)
        return
    if target not in own_headers:
        yield "missing", f"{name} is no header of ours"
        return
    folder = folder_of(target)
    for adapter in ADAPTERS:
        if target.startswith(f"src/{adapter}/") and adapter not in source.folders:
            yield "private", f"{name} is for src/{adapter} only"
            return
    if folder == source.folder or {source.folder, folder} <= {"cli", "top"}:
        return
    if LAYERS.get(folder, 99) >= LAYERS.get(source.folder, -1):
        yield "layer", f"{source.folder} must not include {folder} ({name})"
    elif not target.startswith("include/"):
        yield "private", f"{name} is for src/{folder} only"


def check_foreign_include(source, name):
    if source.public and not IN_PUBLIC_HEADERS.fullmatch(name):
        yield "public", f"<{name}> in a public header: C++'s own, tl/expected.hpp and fmt only"
    for header, _, folders in LIBRARIES:
        if re.match(header, name):
            if folders is not ANY and source.folders.isdisjoint(folders):
                yield "library", f"<{name}> belongs in src/{' and src/'.join(sorted(folders))}"
            return
    if not SYSTEM.fullmatch(name) and name not in SYSTEM_FILES:
        yield "library", f"<{name}> is not known: say in tests/check_layers.py which folder it is for"


def check_uses(source):
    for _, identifier, folders in LIBRARIES:
        if identifier and source.folders.isdisjoint(folders):
            for match in re.finditer(identifier, source.code):
                yield ("library", match.start(),
                       f"{match[0]} belongs in src/{' and src/'.join(sorted(folders))}")
    for rule, pattern, places, explanation in USES:
        if source.place not in places:
            for match in re.finditer(pattern, source.code):
                yield rule, match.start(), explanation
    if source.header:
        for match in re.finditer(r"\busing\s+namespace\b", source.code):
            yield "namespace", match.start(), "no `using namespace` in a header"
    for match in CONDITION.finditer(source.code):
        if re.search(r"test|catch", match[0], re.IGNORECASE):
            yield "condition", match.start(), "no code of its own for tests"


def check_ports(source):
    for match in CLASS.finditer(source.code):
        operations = len(re.findall(r"=\s*0\s*;", match[2]))
        if operations > MOST_OPERATIONS and "virtual" in match[2]:
            yield ("port", match.start(), f"{match[1]} has {operations} operations, of at most "
                   f"{MOST_OPERATIONS}: split it by what its consumers need")


def check_size(source):
    lines = source.text.count("\n") - source.text.startswith("// SPDX-")
    limit = LONGEST[".hpp" if source.header else ".cpp"]
    if source.path == "src/main.cpp":
        limit = LONGEST_MAIN
    if lines > limit:
        yield "size", f"{lines} lines, of at most {limit}: split it by subject"


def factories(all_sources):
    """Returns the public functions that create the implementation of a port, as folder::name."""
    found = set()
    for source in all_sources:
        if source.public and LAYERS.get(source.folder, 0) in (2, 3):
            found |= {f"{source.folder}::{name}" for name in FACTORY.findall(source.code)}
    return found


def check_factories(source, made):
    if source.place == "wiring":
        return
    for match in re.finditer(CALL + r"(?:inhaul::)?(\w+::\w+)\s*\(", source.code):
        name = match[1]
        if name not in made or name.startswith(source.folder + "::"):
            continue
        if source.folder != "cli" or name not in MADE_BY_COMMANDS:
            yield "factory", match.start(), f"only wiring calls {name}()"


def kept_to_themselves(all_sources):
    """Returns the public headers that only the sources of their own folder include."""
    users = {}
    for source in all_sources:
        for match in INCLUDE.finditer(without_comments(source.text)):
            users.setdefault("include/" + match[2], set()).add(
                "a public header" if source.public else source.folder)
    return {source.path for source in all_sources
            if source.public and source.folder != "core" and users.get(source.path) == {source.folder}}


def check(root):
    """Returns every violation in the tree: [(path, line, rule, explanation)]."""
    root = pathlib.Path(root)
    all_sources = list(sources(root))
    own_headers = {source.path for source in all_sources if source.header}
    made = factories(all_sources)
    hidden = kept_to_themselves(all_sources)
    found = []
    for source in all_sources:
        def add(line, rule, explanation, path=source.path):
            found.append((path, line, rule, explanation))
        if source.folder not in LAYERS:
            add(1, "layer", f"folder {source.folder} has no layer in tests/check_layers.py")
        text = without_comments(source.text)
        for match in INCLUDE.finditer(text):
            for rule, explanation in check_include(source, match[1], match[2], own_headers):
                add(source.line(match.start(), text), rule, explanation)
        for checks in (check_uses(source), check_ports(source), check_factories(source, made)):
            for rule, offset, explanation in checks:
                add(source.line(offset, source.code), rule, explanation)
        for rule, explanation in check_size(source):
            add(1, rule, explanation)
        if source.path in hidden:
            add(1, "public", f"only src/{source.folder} includes it: it belongs there")
    return sorted(found)


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent.parent
    if not any(sources(pathlib.Path(root))):
        sys.exit(f"check_layers: no sources in {root}")
    found = check(root)
    for path, line, rule, explanation in found:
        print(f"{path}:{line}: {rule}: {explanation}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
