# SPDX-License-Identifier: Apache-2.0
"""Packages of npm, which it fetches once, into the cache of the account that runs the tests.

    python3 npm.py NPM    prints the path of an archive of this npm, such as npm@10.9.2, for the root of a tree
"""

import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path


def cache():
    """Returns the directory of the fetched packages."""
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


def archive_of(package):
    """Returns the bytes of the archive of a package, or nothing and the reason."""
    with tempfile.TemporaryDirectory() as place:
        why = run("pack", package, cwd=place)
        if why:
            return None, why
        (archive,) = Path(place).glob("*.tgz")
        return archive.read_bytes(), None


def file_of(package, name):
    """Returns the bytes of a file of a package, or nothing and the reason."""
    archive, why = archive_of(package)
    if why:
        return None, why
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        return opened.extractfile(f"package/{name}").read(), None


def installed_npm(package):
    """Returns the path of an archive with npm in /usr/local, or nothing and the reason."""
    kept = cache() / f"{package.replace('@', '-')}-installed.tar"
    if kept.exists():
        return kept, None
    archive, why = archive_of(package)
    if why:
        return None, why
    new = kept.with_suffix(f".{os.getpid()}")
    with tarfile.open(fileobj=io.BytesIO(archive)) as packed, tarfile.open(new, "w") as tree:
        for member in packed:
            content = packed.extractfile(member) if member.isfile() else None
            member.name = "usr/local/lib/node_modules/npm" + member.name.removeprefix("package")
            member.uid = member.gid = 0
            if member.name.endswith("/bin/npm-cli.js"):
                member.mode = 0o755
            tree.addfile(member, content)
        program = tarfile.TarInfo("usr/local/bin/npm")
        program.type, program.linkname = tarfile.SYMTYPE, "../lib/node_modules/npm/bin/npm-cli.js"
        tree.addfile(program)
    new.rename(kept)
    return kept, None


if __name__ == "__main__":
    found, reason = installed_npm(sys.argv[1])
    if reason:
        sys.exit(f"npm.py: {reason}")
    print(found)
