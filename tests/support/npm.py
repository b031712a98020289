# SPDX-License-Identifier: Apache-2.0
"""Packages of npm, which it fetches once, into the cache of the account that runs the tests."""

import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path


def cache():
    """Returns the directory of what was fetched."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    found = base / "inhaul-tests"
    found.mkdir(parents=True, exist_ok=True)
    return found


def run(*words, cwd):
    """Runs npm. Returns why it failed, or nothing."""
    if not shutil.which("npm"):
        return f"npm is not installed: it fetches {words[-1]}"
    done = subprocess.run(
        ["npm", *words, "--silent", "--ignore-scripts", "--fetch-retries=0", "--fetch-timeout=60000"],
        cwd=cwd, capture_output=True, text=True, timeout=180, check=False)
    return f"npm cannot fetch {words[-1]}: {done.stderr.strip()[-200:]}" if done.returncode else None


def file_of(package, name):
    """Returns the bytes of a file of a package, or nothing, and why there is nothing."""
    with tempfile.TemporaryDirectory() as place:
        why = run("pack", package, cwd=place)
        if why:
            return None, why
        (archive,) = Path(place).glob("*.tgz")
        with tarfile.open(archive) as opened:
            return opened.extractfile(f"package/{name}").read(), None
