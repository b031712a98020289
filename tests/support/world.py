# SPDX-License-Identifier: Apache-2.0
"""An app with its remote, settings and state in a throwaway directory, for the tests of the binary."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path

INHAUL = os.environ.get("INHAUL", "inhaul")

# Variables of the environment that a test must not depend on.
CLEAN_ENVIRONMENT = {
    "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
    "HOME": "/nonexistent",
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "GIT_CONFIG_NOSYSTEM": "1",
    # Root reads the directories of other accounts.
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "safe.directory",
    "GIT_CONFIG_VALUE_0": "*",
}


def run(*argv, cwd=None, check=True, env=None, timeout=60):
    """Runs a command to its end and returns it with text output."""
    done = subprocess.run(
        [str(word) for word in argv], cwd=cwd, env={**CLEAN_ENVIRONMENT, **(env or {})},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout)
    if check and done.returncode != 0:
        raise AssertionError(f"{argv} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done


def git(directory, *words, timeout=60, env=None):
    return run("git", "-c", "user.name=Tester", "-c", "user.email=tester@example.org",
               "-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false", "-c", "gc.auto=0",
               "-c", "maintenance.auto=false", *words,
               cwd=directory, timeout=timeout, env=env).stdout.strip()


def head_of(checkout):
    """Returns the commit of HEAD, without a process if possible."""
    head = (checkout / ".git" / "HEAD").read_text().strip()
    branch = checkout / ".git" / head.removeprefix("ref: ")
    if head.startswith("ref: ") and branch.is_file():
        return branch.read_text().strip()
    return git(checkout, "rev-parse", "HEAD")


DEBRIS = re.compile(r"(pack_git2_|tmp_).*|\.inhaul-[0-9a-f]{32}|inhaul\.(writing|linking)|.*\.lock")


def debris_below(directory):
    """Returns leftovers of a killed run."""
    return [os.path.join(place, name) for place, _, names in os.walk(directory)
            for name in names if DEBRIS.fullmatch(name)]


class World:
    """One app `shop` whose service is a command that records the version at each start."""

    def __init__(self, base=None):
        self.root = Path(tempfile.mkdtemp(prefix="inhaul-test-", dir=base))
        self.remote = self.root / "remote.git"
        self.laptop = self.root / "laptop"
        self.directory = self.root / "app"
        self.settings = self.root / "settings"
        self.state = self.root / "state"
        self.restarts_file = self.root / "restarts"
        self.settings.mkdir(mode=0o700)
        git(self.root, "init", "-q", "--bare", self.remote)
        git(self.root, "init", "-q", self.laptop)
        git(self.laptop, "remote", "add", "origin", self.remote)
        alternates = self.laptop / ".git" / "objects" / "info" / "alternates"
        alternates.write_text(f"{self.remote}/objects\n")

    def remove(self):
        shutil.rmtree(self.root, ignore_errors=True)

    def write_settings(self, name="shop", **changes):
        """Writes the settings. `changes` are lines of TOML that replace the defaults of their table."""
        parts = {
            "top": f'repository = "{self.remote}"\ndirectory = "{self.directory}"\n'
                   'stamp = "updated.txt"\n',
            "auth": "",
            "poll": '[poll]\ninterval = "1s"\n',
            "service": f'[service]\nrestart = ["/bin/sh", "{self.restart_script()}"]\n',
        }
        parts.update(changes)
        (self.settings / f"{name}.toml").write_text("".join(parts.values()))

    def restart_script(self):
        return self.replace_restart_script(
            f"read -r version <'{self.directory}/version' && echo \"$version\" >>'{self.restarts_file}'\n")

    def replace_restart_script(self, text):
        """Replaces the script atomically: a shell may still be reading it."""
        script = self.root / "restart.sh"
        new = script.with_suffix(".new")
        new.write_text(text)
        os.replace(new, script)
        return script

    def commit(self, version, files=None, branch="main"):
        """Commits and pushes; returns the commit ID."""
        (self.laptop / "version").write_text(version + "\n")
        self.furnish(version)
        for name, content in (files or {}).items():
            path = self.laptop / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        # A push takes ten processes. As long as the laptop has no object of its own, the commit's objects are
        # written to the remote instead.
        direct = not any(len(name) == 2 for name in os.listdir(self.laptop / ".git" / "objects"))
        env = {"GIT_OBJECT_DIRECTORY": str(self.remote / "objects")} if direct else {}
        git(self.laptop, "add", "-A", env=env)
        git(self.laptop, "commit", "-q", "-m", f"version {version}", env=env)
        commit = head_of(self.laptop)
        if direct:
            for repository, space in ((self.remote, "heads"), (self.laptop / ".git", "remotes/origin")):
                ref = repository / "refs" / space / branch
                ref.parent.mkdir(parents=True, exist_ok=True)
                new = repository / "new-ref"
                new.write_text(f"{commit}\n")
                os.replace(new, ref)
        else:
            git(self.laptop, "push", "-q", "--force", "origin", f"HEAD:{branch}")
        return commit

    def furnish(self, version):
        """Adds entries as in real repositories: directories five deep, a link, a program, unusual names. Each
        commit changes a deep file."""
        deep = self.laptop / "lib" / "five" / "directories" / "are deep" / "ünder"
        if not deep.is_dir():
            deep.mkdir(parents=True)
            (self.laptop / "lib" / "link").symlink_to("five/directories")
            (self.laptop / "lib" / "program").write_text("#!/bin/sh\nexit 0\n")
            (self.laptop / "lib" / "program").chmod(0o755)
        (deep / "version").write_text(version + "\n")

    def argv(self, *words):
        return [INHAUL, "--config", str(self.settings), "--state", str(self.state), *words]

    def inhaul(self, *words, check=True, env=None, timeout=60):
        return run(*self.argv(*words), check=check, env=env, timeout=timeout)

    def ends_with(self, status, *words, **options):
        """Runs inhaul. Fails unless this is its exit status."""
        done = self.inhaul(*words, check=False, **options)
        if done.returncode != status:
            raise AssertionError(f"{words} ended with {done.returncode}, not {status}:\n"
                                 f"{done.stdout}{done.stderr}")
        return done

    def start(self, *words, env=None, **options):
        """Starts inhaul in the background."""
        return subprocess.Popen(self.argv(*words), env={**CLEAN_ENVIRONMENT, **(env or {})},
                                stdin=subprocess.DEVNULL, text=True, **options)

    def status(self, app="shop"):
        (found,) = json.loads(self.inhaul("status", app, "--json", "--exit-zero").stdout)["apps"]
        return found

    def history(self):
        return json.loads(self.inhaul("history", "--json").stdout)["deployments"]

    def restarts(self):
        """Returns the version at each start of the service, in order."""
        return self.restarts_file.read_text().split() if self.restarts_file.exists() else []

    def ledger(self, query, *values):
        with closing(sqlite3.connect(f"file:{self.state}/ledger.db?mode=ro", uri=True)) as database:
            return database.execute(query, values).fetchall()

    def tree_problems(self, commit):
        """Returns differences of the directory from the commit."""
        problems = []
        git_directory = self.directory / ".git"
        if head_of(self.directory) != commit:
            problems.append("HEAD is another commit")
        if (git_directory / "HEAD").read_text() != "ref: refs/heads/main\n":
            problems.append("HEAD is another branch")
        # With an index older than all files, git reads each file: it may differ with the same stat data.
        os.utime(git_directory / "index", (1, 1))
        status = git(self.directory, "status", "--porcelain", "--untracked-files=no")
        if status:
            problems.append(f"git status: {status}")
        run("git", "fsck", "--strict", cwd=self.directory)
        return problems

    def debris(self):
        """Returns leftovers of a killed run in the directory."""
        return debris_below(self.directory)
