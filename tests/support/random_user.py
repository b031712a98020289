# SPDX-License-Identifier: Apache-2.0
"""Random changes of a user to the files on a server. Each has its own mark."""

import os
import stat

from support.random_commits import NAMES, content


class RandomUser:
    """A user in the checkout `place`. `paths` are present, past and possible paths of commits."""

    def __init__(self, random, recorded, place, commits, exclude=()):
        self.random, self.recorded, self.place, self.commits = random, recorded, place, commits
        self.exclude = exclude
        self.marks = 0
        self.made = []  # commits

    def mark(self):
        self.marks += 1
        return b"MARK%04dx" % self.marks

    def at(self, path):
        return os.path.join(self.place, path)

    def mode(self, path):
        try:
            return os.lstat(self.recorded.at(self.at(path))).st_mode
        except OSError:
            return 0

    def tracked(self, kind=None):
        """Returns tracked paths without .gitmodules: git fails if that is unreadable."""
        listed = self.recorded.look(self.place, "ls-files", "-z", check=False).split(b"\0")
        found = sorted({path for path in listed if path and not path.endswith(b".gitmodules") and
                        (kind is None or kind(self.mode(path)))})
        return self.random.choice(found) if found else None

    def any_path(self):
        """Returns a present, past or possible path of a commit."""
        past = [path for entries in self.commits.past[-3:] for path in entries]
        return self.random.choice(sorted(past) + [self.commits.path()] * 3 + [b"mine/" + NAMES[6]])

    def clear(self, path):
        """Removes a path, so that a new file can be created there."""
        above = path
        while b"/" in above:
            above = os.path.dirname(above)
            if self.mode(above) and not stat.S_ISDIR(self.mode(above)):
                self.recorded.remove(self.at(above))
        self.recorded.remove(self.at(path))

    def git(self, *words, check=True):
        return self.recorded.git(self.place, "-c", "core.editor=true", *words, check=check)

    def write_in(self, path, data=None):
        data = content(self.random, self.mark()) if data is None else data
        self.recorded.write(self.at(path), data)

    # The changes.

    def edit(self):
        if path := self.tracked(stat.S_ISREG):
            self.write_in(path)
        return path

    def edit_and_stage(self):
        if path := self.edit():
            self.git("add", "--", b":(literal)" + path, check=False)
        return path

    def edit_again(self):
        if path := self.edit_and_stage():
            self.write_in(path)

    def stage_and_take_back(self):
        path = self.tracked(stat.S_ISREG)
        if not path:
            return
        with open(self.recorded.at(self.at(path)), "rb") as file:
            before = file.read()
        self.write_in(path)
        self.git("add", "--", b":(literal)" + path, check=False)
        self.write_in(path, before)

    def make_empty(self):
        if path := self.tracked(stat.S_ISREG):
            self.write_in(path, b"")

    def delete(self):
        if path := self.tracked():
            self.recorded.remove(self.at(path))

    def delete_directory(self):
        path = self.tracked()
        if path and b"/" in path:
            self.recorded.remove(self.at(os.path.dirname(path)))

    def directory_for_tracked(self):
        if path := self.tracked():
            self.clear(path)
            self.write_in(path + b"/inside/deep")
            self.write_in(path + b"/other")

    def file_for_directory(self):
        path = self.tracked()
        if path and b"/" in path:
            self.clear(os.path.dirname(path))
            self.write_in(os.path.dirname(path))

    def link_for_tracked(self):
        if path := self.tracked():
            path = self.random.choice([path, os.path.dirname(path) or path])
            self.clear(path)
            self.recorded.link(self.at(path), b"to-" + self.mark())

    def special(self):
        path = self.random.choice([self.tracked() or b"f", self.any_path()])
        if os.path.basename(path).startswith(b".git"):
            return  # git blocks until a process writes to it
        self.clear(path)
        self.random.choice([self.recorded.fifo, self.recorded.socket])(self.at(path))

    def hidden_edit(self):
        if path := self.tracked(stat.S_ISREG):
            flag = self.random.choice(["--skip-worktree", "--assume-unchanged"])
            self.git("update-index", flag, "--", path, check=False)  # not in a conflict
            self.write_in(path)

    def untracked(self):
        path = self.any_path()
        if not self.mode(path):
            self.clear(path)
            self.write_in(path)

    def untracked_tree(self):
        path = self.any_path()
        if not self.mode(path):
            self.clear(path)
            for name in self.random.sample(NAMES[:10], 3):
                self.write_in(os.path.join(path, name))

    def untracked_link(self):
        path = self.any_path()
        if not self.mode(path):
            self.clear(path)
            self.recorded.link(self.at(path), b"to-" + self.mark())

    def own_repository(self):
        path = self.any_path()
        if self.mode(path) or len(path) > 900:
            return
        self.clear(path)
        self.write_in(path + b"/own")
        self.recorded.git(self.at(path), "init", "-q")
        self.recorded.git(self.at(path), "add", "-A")
        self.recorded.git(self.at(path), "commit", "-q", "-m", "own")

    def intend_to_add(self):
        path = self.any_path()
        if not self.mode(path):
            self.clear(path)
            self.write_in(path)
            self.git("add", "-N", "-f", "--", b":(literal)" + path, check=False)

    def add_new(self):
        path = self.any_path()
        if not self.mode(path):
            self.clear(path)
            self.write_in(path)
            self.git("add", "-f", "--", b":(literal)" + path, check=False)

    def untrack(self):
        if path := self.tracked(stat.S_ISREG):
            self.git("rm", "-q", "--cached", "-f", "--", b":(literal)" + path)
            if self.random.random() < 0.7:
                self.write_in(path)

    def stage_deletion(self):
        if path := self.tracked(stat.S_ISREG):
            self.git("rm", "-q", "-f", "--", b":(literal)" + path)

    def change_mode(self):
        if path := self.tracked(stat.S_ISREG):
            self.recorded.chmod(self.at(path), self.random.choice([0o755, 0o644, 0o600, 0o777, 0o444]))

    def edit_attributes(self):
        path = os.path.join(os.path.dirname(self.tracked() or b""), b".gitattributes")
        if not self.mode(path) or stat.S_ISREG(self.mode(path)):
            self.clear(path)
            rule = self.random.choice([b"* text=auto", b"* eol=crlf", b"* ident", b"* -text", b"*.txt text"])
            self.write_in(path, rule + b"\n#" + self.mark() + b"\n")

    def commit_here(self):
        if self.edit_and_stage():
            self.git("commit", "-q", "-m", "local " + self.mark().decode(), check=False)
            self.remember("HEAD")

    def remember(self, name):
        look = lambda *words: self.recorded.look(self.place, "rev-parse", *words, check=False).strip()
        if found := look("-q", "--verify", name):
            self.made.append((look("--path-format=absolute", "--git-common-dir"), found.decode()))

    def other_branch(self):
        self.git("checkout", "-q", "-B", self.random.choice(["topic", "main2"]), check=False)
        self.commit_here()

    def detach(self):
        self.git("checkout", "-q", "--detach", check=False)

    def stash(self):
        self.edit()
        self.git("stash", "-q", check=False)

    def two_sides(self):
        """Creates two branches with different versions of a file, and checks `ours` out."""
        path = self.tracked(stat.S_ISREG)
        if not path:
            return None
        self.git("stash", "-q", "-u", check=False)
        self.git("checkout", "-q", "-B", "theirs", check=False)
        for side in ("theirs", "ours"):
            self.git("checkout", "-q", "-B", side, *(["theirs~1"] if side == "ours" else []), check=False)
            self.clear(path)
            self.write_in(path)
            self.git("add", "--", b":(literal)" + path, check=False)
            self.git("commit", "-q", "--allow-empty", "-m", side, check=False)
            self.remember("HEAD")
        return path

    def conflict(self):
        """Causes a conflict in a random operation. May resolve it on disk without `git add`."""
        path = self.two_sides()
        if path is None:
            return
        how = self.random.choice([["merge", "theirs"], ["rebase", "theirs"], ["cherry-pick", "theirs"],
                                  ["revert", "--no-edit", "theirs"]])
        self.git(*how, check=False)
        if self.random.random() < 0.7 and not stat.S_ISDIR(self.mode(path)):
            self.write_in(path)

    def apply_mail(self):
        """Applies a mail. The mail itself is only in .git."""
        if self.two_sides() is None:
            return
        mail = self.recorded.look(self.place, "format-patch", "-1", "--stdout", "theirs", check=False)
        self.recorded.write(b"mail", mail)
        self.git("am", self.recorded.at(b"mail"), check=False)

    def bisect(self):
        self.git("bisect", "start", "HEAD", check=False)

    def in_submodule(self):
        """Makes any of these changes in a submodule."""
        modules = sorted(path for path, entry in self.commits.entries.items() if entry[0] == "module"
                         and self.mode(path + b"/.git"))
        if modules:
            path = self.random.choice(modules)
            inner = RandomUser(self.random, self.recorded, self.at(path), self.commits,
                           {*self.exclude, "in_submodule"})
            inner.marks, inner.made = self.marks, self.made
            inner.act()
            self.marks = inner.marks

    def act(self):
        acts = [self.edit] * 2 + [
            self.edit_and_stage, self.edit_again, self.stage_and_take_back, self.make_empty, self.delete,
            self.delete_directory, self.directory_for_tracked, self.file_for_directory,
            self.link_for_tracked, self.special, self.hidden_edit, self.untracked, self.untracked,
            self.untracked_tree, self.untracked_link, self.own_repository, self.intend_to_add,
            self.add_new, self.untrack, self.stage_deletion, self.change_mode, self.edit_attributes,
            self.commit_here, self.other_branch, self.detach, self.stash, self.conflict, self.conflict,
            self.apply_mail, self.bisect, self.in_submodule, self.in_submodule]
        act = self.random.choice([act for act in acts if act.__name__ not in self.exclude])
        self.recorded.say(f"a user: {act.__name__} in {os.fsdecode(self.place)}")
        act()
