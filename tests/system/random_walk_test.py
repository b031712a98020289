# SPDX-License-Identifier: Apache-2.0
"""Random walks beside `git reset --hard`: random commits, a user's changes, kills, both layouts.

    WALKS=500 SEED=7 STEPS=12 random_walk_test.py       # walks 7, 8, 9 … of twelve deployments each

After each deployment the files equal those of git. All data of a user is in the tree, in git, in a patch
or in a kept copy. inhaul leaves no temporary files. A walk that fails prints a script that repeats it.
"""

import os
import random
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from kill_matrix_test import build_kill_at
from support.random_commits import Commits, content
from support.random_user import RandomUser
from support.recorded import ENVIRONMENT, Recorded
from support.directory_snapshot import MARK, marks_in, marks_kept, take_snapshot
from support.world import INHAUL

WALKS = int(os.environ.get("WALKS", "5"))
SEED = int(os.environ.get("SEED", "1"))
STEPS = int(os.environ.get("STEPS", "8"))

# Changes that reveal faults which are not fixed yet.
NOT_YET = {
}


class Walk:
    def __init__(self, seed, root, library):
        self.random = random.Random(seed)
        self.seed, self.library = seed, library
        self.recorded = Recorded(root)
        self.apart = self.random.random() < 0.25
        self.app = Path(root) / "app"
        self.state = Path(root) / "state"
        self.modules = self.make_modules()
        self.commits = Commits(self.random, self.recorded, self.modules, NOT_YET)
        place = b"app/current" if self.apart else b"app"
        self.user = RandomUser(self.random, self.recorded, place, self.commits, NOT_YET)
        self.write_settings()
        self.ever = set()  # marks that were on the server
        self.last = ""

    def make_modules(self):
        """Creates two libraries; the second contains the first as a submodule."""
        recorded, made = self.recorded, {}
        for name in ("one", "two"):
            directory = name.encode()
            recorded.note("git init -q", name)
            recorded.look(b".", "init", "-q", recorded.at(directory))
            made[name] = []
            for number in range(3):
                recorded.write(directory + b"/x.txt", content(self.random))
                recorded.write(directory + b"/deep/er/y%d" % number, b"%d\n" % number, number == 1)
                if name == "two" and number > 0:
                    recorded.write(directory + b"/.gitmodules",
                                   b'[submodule "in"]\n\tpath = in/ner\n\turl = ../one\n')
                    recorded.mkdir(directory + b"/in/ner")
                recorded.git(directory, "add", "-A")
                if name == "two" and number > 0:
                    recorded.git(directory, "update-index", "--add", "--cacheinfo",
                                 b"160000," + made["one"][number] + b",in/ner")
                recorded.git(directory, "commit", "-q", "-m", str(number))
                made[name].append(recorded.look(directory, "rev-parse", "HEAD").strip())
        return made

    def write_settings(self):
        layout = 'layout = "releases"\n' if self.apart else ""
        keep = "[releases]\nkeep = 1000\n" if self.apart else ""
        text = f'repository = "ROOT/laptop"\ndirectory = "ROOT/app"\nbranch = "main"\n{layout}{keep}'
        directory = Path(self.recorded.root) / "settings"
        directory.mkdir(mode=0o700)
        (directory / "shop.toml").write_text(text.replace("ROOT", str(self.recorded.root)))
        self.recorded.note("mkdir -m 700 settings; cat >settings/shop.toml <<EOF\n" +
                           text.replace("ROOT", "$W") + "EOF")

    def deploy(self, kill_at=None):
        environment = dict(ENVIRONMENT)
        prefix = ""
        if kill_at is not None:
            environment |= {"LD_PRELOAD": str(self.library), "KILL_AT": str(kill_at)}
            prefix = f"KILL_AT={kill_at} LD_PRELOAD=$KILL_AT_SO "
        self.recorded.note(f"{prefix}timeout 30 $INHAUL --config settings --state state deploy shop" +
                           (" || true" if kill_at else ""))
        done = subprocess.run(
            [INHAUL, "--config", self.recorded.root / "settings", "--state", self.state, "deploy", "shop"],
            env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        self.last = done.stderr.decode(errors="replace")
        return done.returncode

    @property
    def place(self):
        return self.app / "current" if self.apart else self.app

    def step(self):
        for _ in range(self.random.choice([0, 1, 1, 2, 3]) if self.place.exists() else 0):
            self.user.act()
        commit = self.push()
        before = take_snapshot(self.app)
        self.see(before, before)
        for _ in range(self.random.choice([0, 0, 0, 1, 2])):
            code = self.deploy(self.random.randrange(1, 300))
            assert code in (0, -9), f"deploy ended with {code}: {self.last}"
            self.check_marks()
            if self.random.random() < 0.4 and self.place.exists():
                self.user.act()
                now = take_snapshot(self.app)
                before |= {path: entry for path, entry in now.items() if MARK.search(repr(entry).encode())}
                self.see(now, before)
            if self.random.random() < 0.2:
                commit = self.push()
        code = self.deploy()
        assert code == 0, f"deploy ended with {code}: {self.last}"
        self.check_marks()
        self.check_tree(commit, before)

    def push(self):
        for _ in range(self.random.choice([1, 2, 4, 8]) if self.commits.past else 15):
            self.commits.act()
        return self.commits.commit()

    # A user's data.

    def see(self, now, ours):
        """Updates the known data before a deployment. Data that the user overwrote or dropped is gone."""
        self.ever = marks_in(now) | self.git_marks() | marks_kept(self.state / "patches")
        self.named = {made for made in self.user.made if self.is_named(*made)}
        tracked = set()
        for place in self.git_directories():
            listed = self.recorded.look(os.fsencode(place), "ls-files", "-z", check=False)
            prefix = os.path.relpath(os.fsencode(place), os.fsencode(self.app))
            tracked |= {os.path.normpath(os.path.join(prefix, path)) for path in listed.split(b"\0") if path}
        self.untracked = {path: entry for path, entry in now.items()
                          if path not in tracked and ours.get(path) == entry}

    def git_marks(self):
        """Returns a user's data in git: commits, stashes, and staged content."""
        found = set()
        for place in self.git_directories():
            for words in (["log", "--all", "-m", "-p", "--text"], ["diff", "--cached", "--text"]):
                listed = self.recorded.look(os.fsencode(place), *words, check=False)
                for line in listed.splitlines():
                    if not line.startswith(b"-"):
                        found.update(MARK.findall(line))
        return found

    def git_directories(self):
        found = []
        for place, directories, files in os.walk(os.fsencode(self.app)):
            if b".git" in directories or b".git" in files:
                found.append(os.fsdecode(place))
            directories[:] = [name for name in directories if name not in (b".git", b"repo.git")]
        return found

    def is_named(self, common, commit):
        look = lambda *words: self.recorded.look(common, *words, check=False)
        return bool(look("for-each-ref", "--contains", commit)) or \
            commit in look("rev-list", "HEAD").decode().split()

    def check_marks(self):
        lost = self.ever - marks_in(take_snapshot(self.app)) - marks_kept(self.state / "patches")
        if lost:
            lost -= self.git_marks() | marks_kept(self.app / ".git")
        assert not lost, f"lost: {sorted(lost)}\n{self.last}"
        for made in self.named:
            assert self.is_named(*made), f"nothing names {made}\n{self.last}"

    # Files.

    def check_tree(self, commit, before):
        wanted = self.reference(commit)
        found = take_snapshot(self.place)
        problems = []
        fresh = None
        for path, entry in wanted.items():
            if found.get(path) == entry:
                continue
            fresh = fresh or self.fresh(commit)
            if found.get(path) != fresh.get(path):
                problems.append(f"{path!r} is {found.get(path)}, and git's is {entry}")
        prefix = os.fsencode(os.readlink(self.place)) if self.apart else b""
        problems += self.check_untracked(wanted, found, prefix)
        for path in found.keys() - wanted.keys():
            if before.get(os.path.join(prefix, path)) != found[path]:
                problems.append(f"{path!r} is left over: {found[path]}")
        for place, _, names in os.walk(os.fsencode(self.app)):
            problems += [f"left over: {place}/{name}" for name in names
                         if name.startswith((b".inhaul-unfinished", b"pack_git2_"))
                         or (name.endswith(b".lock") and b"/.git/" in place + b"/")]
        here = os.fsencode(self.place.relative_to(self.recorded.root))
        head = self.recorded.look(here, "rev-parse", "HEAD").decode().strip()
        if head != commit:
            problems.append(f"HEAD is {head}")
        status = self.status(here)
        # A user's own rules, which no commit has, change the output of git.
        own_rules = any(path.endswith(b".gitattributes") for path in found.keys() - wanted.keys())
        if status and not own_rules and not set(status) <= self.never_clean(commit):
            problems.append(f"git status: {status}")
        assert not problems, "\n".join(problems) + "\n" + self.last

    def check_untracked(self, wanted, found, prefix):
        """Checks that untracked files stay, unless the commit has the same path."""
        taken = set()
        for path in wanted:
            while path:
                taken.add(path)
                path = os.path.dirname(path)
        for path, entry in self.untracked.items():
            if prefix:
                if not path.startswith(prefix + b"/"):
                    continue
                path = path[len(prefix) + 1:]
            above = path
            while above and not (above in wanted):
                above = os.path.dirname(above)
            if path not in taken and not above and found.get(path) != entry:
                yield f"{path!r} was untracked, {entry}, and is {found.get(path)}"

    def status(self, place):
        listed = self.recorded.look(place, "status", "--porcelain", "-z", "--untracked-files=no",
                                    "--ignore-submodules=untracked")
        return [line for line in listed.split(b"\0") if line]

    def never_clean(self, commit):
        """Returns files that a new clone reports as changed: their blobs do not match their attributes."""
        self.fresh(commit)
        for place, _, names in os.walk(os.fsencode(self.recorded.root / "fresh")):
            for name in names:
                os.utime(os.path.join(place, name), (0, 0), follow_symlinks=False)
        return set(self.status(b"fresh"))

    def reference(self, commit):
        """Returns git's result, in a clone that has followed each commit."""
        reference = self.recorded.root / "reference"
        if reference.exists():
            try:
                self.git_to(b"reference", commit)
                return take_snapshot(reference)
            except AssertionError:  # git does not replace one submodule by another
                shutil.rmtree(reference)
        self.recorded.look(b".", "clone", "-q", "--shared", "--no-checkout", "laptop", "reference")
        self.git_to(b"reference", commit)
        return take_snapshot(reference)

    def fresh(self, commit):
        """Returns git's result in a new clone: git rewrites unchanged files with new attributes only there."""
        shutil.rmtree(self.recorded.root / "fresh", ignore_errors=True)
        self.recorded.look(b".", "clone", "-q", "--shared", "--no-checkout", "laptop", "fresh")
        self.git_to(b"fresh", commit)
        return take_snapshot(self.recorded.root / "fresh")

    def git_to(self, place, commit):
        look = self.recorded.look
        look(place, "reset", "-q", "--hard", commit)
        look(place, "clean", "-q", "-ffdx")
        if (self.recorded.root / os.fsdecode(place) / ".gitmodules").is_file():
            look(place, "submodule", "--quiet", "sync", "--recursive")
            look(place, "submodule", "--quiet", "update", "--init", "--recursive", "--force")

    def check_repository(self):
        here = b"app/repo.git" if self.apart else b"app"
        self.recorded.look(here, "fsck", "--connectivity-only", "--no-dangling")


class RandomWalk(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tools = tempfile.mkdtemp(prefix="inhaul-walk-")
        cls.addClassCleanup(shutil.rmtree, cls.tools)
        cls.library = build_kill_at(cls.tools)

    def walk(self, seed):
        root = tempfile.mkdtemp(prefix="inhaul-walk-", dir=os.environ.get("TMPDIR"))
        walk = Walk(seed, root, self.library)
        try:
            for _ in range(STEPS):
                walk.step()
            walk.check_repository()
        except (AssertionError, subprocess.TimeoutExpired) as problem:
            script = Path(tempfile.gettempdir()) / f"inhaul-walk-{seed}.sh"
            script.write_text(walk.recorded.script(), errors="surrogateescape")
            self.fail(f"{problem}\nwalk {seed}: SEED={seed} WALKS=1 STEPS={STEPS}; its acts, as a script: "
                      f"{script}" + "\n".join(["", *walk.recorded.lines[-12:]]))
        finally:
            shutil.rmtree(root, ignore_errors=True)

    def test_after_any_push_and_edit_the_files_match_git_and_nothing_is_lost(self):
        for seed in range(SEED, SEED + WALKS):
            with self.subTest(seed=seed):
                self.walk(seed)


if __name__ == "__main__":
    unittest.main()
