# SPDX-License-Identifier: Apache-2.0
"""The content of directories, and a user's marks in it."""

import base64
import os
import re
import stat
import zlib

MARK = re.compile(rb"MARK\d{4}x")


def take_snapshot(top):
    """Returns each path below, without git's files: its kind, executable, content."""
    found = {}

    def walk(directory, prefix):
        for entry in sorted(os.scandir(directory), key=lambda entry: entry.name):
            path = os.path.join(prefix, entry.name)
            if entry.name == b".git" or (entry.name == b"repo.git" and not prefix):
                continue
            mode = entry.stat(follow_symlinks=False).st_mode
            if stat.S_ISLNK(mode):
                found[path] = ("link", os.readlink(entry.path))
            elif stat.S_ISDIR(mode):
                walk(entry.path, path)
            elif stat.S_ISREG(mode):
                with open(entry.path, "rb") as file:
                    found[path] = ("file", bool(mode & stat.S_IXUSR), file.read())
            else:
                found[path] = ("special",)

    if os.path.isdir(top):
        walk(os.fsencode(top), b"")
    return found


def marks_in(snapshot):
    return {mark for entry in snapshot.values() if entry[0] != "special"
            for mark in MARK.findall(entry[-1])}


def unpacked(patch):
    """Returns a patch with the content of its binary parts."""
    yield patch
    for block in re.split(rb"\n\n", patch):
        data = b""
        for line in block.split(b"\n"):
            if re.fullmatch(rb"(literal|delta) \d+", line):
                data = b""
            elif len(line) % 5 == 1 and line[:1].isalpha():
                length = line[0] - 64 if line[0] < 97 else line[0] - 96 + 26
                try:
                    data += base64.b85decode(line[1:])[:length]
                except ValueError:
                    continue
        try:
            yield zlib.decompress(data)
        except zlib.error:
            pass


def marks_kept(directory):
    """Returns the marks in all patches and copies below."""
    found = set()
    for place, _, names in os.walk(os.fsencode(directory)):
        for name in names:
            path = os.path.join(place, name)
            if os.path.islink(path):
                found.update(MARK.findall(os.readlink(path)))
            elif os.path.isfile(path):
                with open(path, "rb") as file:
                    content = file.read()
                for part in unpacked(content) if name.endswith(b".patch") else [content]:
                    found.update(MARK.findall(part))
    return found
