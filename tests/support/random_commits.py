# SPDX-License-Identifier: Apache-2.0
"""Random commits of each kind: files, programs, links, submodules, attributes, unusual names."""

import os

NAMES = [b"a", b"b", b"lib", b"src", b"with space", b"-n", b"*.txt", b":(top)x", b"new\nline", b"caf\xe9",
         "na\u00efve".encode(), b"quo'te\"s", b"back\\slash", b"A", b"trailing.", b"n" * 255, b"x.txt",
         b"y.bin", b"z.sh", b"cfg.ini", b".hidden", b"file.lock", b"HEAD"]
ATTRIBUTES = [b"* text=auto", b"*.txt eol=crlf", b"* -text", b"*.bin binary", b"* ident", b"*.sh text eol=lf",
              b"src/* text", b"*.ini text eol=crlf ident", b"a -ident", b"* text"]


def content(random, mark=b""):
    line = random.choice([b"line", b"$Id$", b"caf\xe9", b"some more words"])
    lines = [line + b" %d" % random.randrange(1000) for _ in range(random.randrange(1, 9))]
    kind = random.randrange(8)
    if mark:
        lines.insert(random.randrange(len(lines) + 1), mark)
    elif kind == 0:
        return b""
    end = b"\r\n" if kind == 1 else b"\n"
    data = end.join(lines) + (end if kind != 2 else b"")
    if kind == 3 and not mark:
        data += b"\x00\x01\xff"
    if kind == 4:
        data = data.replace(b"\n", b"\r\n", 1)
    return data


def escaped(path):
    """Escapes text for a quoted value of git's configuration."""
    return path.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")


class Commits:
    """A developer's checkout, `laptop`. `entries` is the content of its next commit.

    An entry is ("file", content, executable), ("link", target) or ("module", name, commit).
    """

    def __init__(self, random, recorded, modules, exclude=()):
        self.random, self.recorded, self.modules, self.exclude = random, recorded, modules, exclude
        self.entries, self.on_disk, self.past = {}, {}, []
        recorded.note("git init -q laptop")
        recorded.look(b".", "init", "-q", recorded.at(b"laptop"))

    def path(self):
        """Returns a new path, below an existing directory or a new deep one."""
        directories = sorted({os.path.dirname(path) for path in self.entries} | {b""})
        directory = self.random.choice(directories)
        for _ in range(self.random.choice([0, 0, 0, 1, 1, 4])):
            directory = os.path.join(directory, self.random.choice(NAMES))
        path = os.path.join(directory, self.random.choice(NAMES))
        return path if path.count(b"/") < 6 and len(path) < 1200 else path.split(b"/")[0]

    def present(self, *kinds):
        found = sorted(path for path, entry in self.entries.items() if not kinds or entry[0] in kinds)
        return self.random.choice(found) if found else None

    def remove(self, path):
        for other in [other for other in self.entries if other == path or other.startswith(path + b"/")]:
            del self.entries[other]

    def put(self, path, entry):
        """Adds an entry, and removes entries that conflict with it."""
        self.remove(path)
        while b"/" in path:
            above = os.path.dirname(path)
            self.entries.pop(above, None)
            path = above
        return entry

    def set(self, path, entry):
        self.put(path, entry)
        self.entries[path] = entry

    # The changes; each may have nothing to do.

    def add(self):
        self.set(self.path(), self.file())

    def file(self):
        return ("file", content(self.random), self.random.random() < 0.2)

    def modify(self):
        if (path := self.present("file")) is not None:
            self.entries[path] = ("file", content(self.random), self.entries[path][2])

    def turn_executable(self):
        if (path := self.present("file")) is not None:
            self.entries[path] = ("file", self.entries[path][1], not self.entries[path][2])

    def delete(self):
        if (path := self.present()) is not None:
            self.remove(path)

    def delete_directory(self):
        if (path := self.present()) is not None and b"/" in path:
            self.remove(os.path.dirname(path))

    def link(self):
        target = self.random.choice([b"a", b"../b", b"nowhere", b"/etc/hostname", b".", b"caf\xe9"])
        self.set(self.random.choice([self.path(), self.present() or b"l"]), ("link", target))

    def file_for_directory(self):
        if (path := self.present()) is not None and b"/" in path:
            self.set(os.path.dirname(path), self.file())

    def directory_for_file(self):
        if (path := self.present()) is not None and len(path) < 900:
            self.set(os.path.join(path, self.random.choice(NAMES)), self.file())

    def file_for_something(self):
        if (path := self.present()) is not None:
            self.set(path, self.file())

    def rename(self):
        old, new = self.present(), self.path()
        if old is not None and not new.startswith(old + b"/") and not old.startswith(new + b"/"):
            entry = self.entries.pop(old)
            if new != b".gitattributes":
                self.set(new, entry)

    def attributes(self):
        directory = os.path.dirname(self.present() or b"")
        lines = self.random.sample(ATTRIBUTES, self.random.randrange(4))
        path = os.path.join(self.random.choice([b"", directory]), b".gitattributes")
        if lines:
            self.set(path, ("file", b"\n".join(lines) + b"\n", False))
        else:
            self.remove(path)

    def module(self):
        """Adds, updates or removes a submodule. Each name has one path, as git requires."""
        name = self.random.choice(sorted(self.modules))
        for path, entry in list(self.entries.items()):
            if entry[0] != "module" or entry[1] != name:
                continue
            if self.random.random() < 0.3:
                del self.entries[path]
            else:
                self.entries[path] = ("module", name, self.random.choice(self.modules[name]))
            return
        path = self.random.choice([self.path(), self.present("file") or b"m"])
        if "submodule in the place of another" in self.exclude and any(
                path in commit and commit[path][0] == "module" for commit in self.past):
            return
        self.set(path, ("module", name, self.random.choice(self.modules[name])))

    def back(self):
        if self.past:
            self.entries = dict(self.random.choice(self.past))

    def act(self):
        acts = [self.add] * 4 + [self.modify] * 4 + [
            self.turn_executable, self.delete, self.delete_directory, self.link, self.file_for_directory,
            self.directory_for_file, self.file_for_something, self.rename, self.rename, self.attributes,
            self.attributes, self.module, self.module, self.back]
        self.random.choice([act for act in acts if act.__name__ not in self.exclude])()
        for path, entry in list(self.entries.items()):
            if entry[0] == "module" and path.startswith(b"-"):
                del self.entries[path]  # which git would parse as an option

    def commit(self):
        """Commits and returns the commit. Sometimes rewrites the branch."""
        self.past.append(dict(self.entries))
        modules = {path: entry for path, entry in self.entries.items() if entry[0] == "module"}
        wanted = {path: entry for path, entry in self.entries.items() if path != b".gitmodules"}
        if modules:
            text = b"".join(b'[submodule "%s"]\n\tpath = "%s"\n\turl = ../%s\n' %
                            (name.encode(), escaped(path), name.encode())
                            for path, (_, name, _) in sorted(modules.items()))
            wanted[b".gitmodules"] = ("file", text, False)
        git = lambda *words: self.recorded.git(b"laptop", *words)
        for path, entry in self.on_disk.items():
            if entry[0] == "module" and wanted.get(path, " ")[0] != "module":
                git("update-index", "--force-remove", "--", path)  # else git does not visit the directory
        self.write(wanted)
        git("add", "-A")
        for path, (_, _, commit) in sorted(modules.items()):
            git("update-index", "--add", "--cacheinfo", b"160000," + commit + b"," + path)
        amend = ["--amend"] if len(self.past) > 1 and self.random.random() < 0.1 else []
        git("commit", "-q", "--allow-empty", "-m", b"commit %d" % len(self.past), *amend)
        return self.recorded.look(b"laptop", "rev-parse", "HEAD").strip().decode()

    def write(self, wanted):
        recorded = self.recorded
        for path in sorted(self.on_disk, reverse=True):
            if self.on_disk[path] == wanted.get(path):
                continue
            recorded.remove(b"laptop/" + path)
            while b"/" in path:
                path = os.path.dirname(path)
                try:
                    os.rmdir(recorded.at(b"laptop/" + path))
                except OSError:
                    break
                recorded.note("rmdir --", "$'laptop/" + "".join(f"\\x{byte:02x}" for byte in path) + "'")
        for path, entry in sorted(wanted.items()):
            if self.on_disk.get(path) == entry:
                continue
            if entry[0] == "file":
                recorded.write(b"laptop/" + path, entry[1], entry[2])
            elif entry[0] == "link":
                recorded.link(b"laptop/" + path, entry[1])
            else:
                recorded.mkdir(b"laptop/" + path)
        self.on_disk = dict(wanted)
