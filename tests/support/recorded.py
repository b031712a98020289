# SPDX-License-Identifier: Apache-2.0
"""Changes to files and repositories, recorded as a shell script."""

import os
import re
import shlex
import shutil
import socket
import stat
import subprocess
from pathlib import Path

from support.world import CLEAN_ENVIRONMENT

# The same changes give the same commits, so that the script repeats the test.
ENVIRONMENT = {
    **CLEAN_ENVIRONMENT,
    **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in
       (("NAME", "Tester"), ("EMAIL", "tester@example.org"), ("DATE", "1700000000 +0000"))},
    "GIT_CONFIG_COUNT": "5",
    "GIT_CONFIG_KEY_1": "init.defaultBranch", "GIT_CONFIG_VALUE_1": "main",
    "GIT_CONFIG_KEY_2": "protocol.file.allow", "GIT_CONFIG_VALUE_2": "always",
    "GIT_CONFIG_KEY_3": "gc.auto", "GIT_CONFIG_VALUE_3": "0",
    "GIT_CONFIG_KEY_4": "advice.detachedHead", "GIT_CONFIG_VALUE_4": "false",
    "GIT_EDITOR": "true",
}


def quoted(data):
    """Quotes any bytes for bash."""
    data = os.fsencode(data)
    if re.fullmatch(rb"[ -~]*", data):
        return shlex.quote(data.decode())
    return "$'" + "".join(chr(byte) if 32 <= byte < 127 and chr(byte) not in "\\'" else f"\\x{byte:02x}"
                          for byte in data) + "'"


class Recorded:
    """Paths are bytes, relative to the root; the script runs in a directory of its own."""

    def __init__(self, root):
        self.root = Path(root)
        self.lines = []

    def at(self, path):
        return os.path.join(os.fsencode(self.root), path)

    def say(self, text):
        self.lines.append(f"# {text}")

    def note(self, *words):
        self.lines.append(" ".join(words))

    def write(self, path, content, executable=None):
        """Writes in place, as some editors do."""
        self.note("mkdir -p --", quoted(os.path.dirname(path)))
        self.note("printf %b", "'" + "".join(
            chr(byte) if byte == 32 or bytes([byte]).isalnum() else f"\\{byte:04o}" for byte in content) + "'",
                  ">" + quoted(b"./" + path))
        os.makedirs(os.path.dirname(self.at(path)), exist_ok=True)
        with open(self.at(path), "wb") as file:
            file.write(content)
        if executable is not None:
            self.chmod(path, 0o755 if executable else 0o644)

    def chmod(self, path, mode):
        self.note(f"chmod {mode:o} --", quoted(path))
        os.chmod(self.at(path), mode)

    def link(self, path, target):
        self.note("mkdir -p --", quoted(os.path.dirname(path)))
        self.note("ln -s --", quoted(target), quoted(path))
        os.makedirs(os.path.dirname(self.at(path)), exist_ok=True)
        os.symlink(target, self.at(path))

    def mkdir(self, path):
        self.note("mkdir -p --", quoted(path))
        os.makedirs(self.at(path), exist_ok=True)

    def fifo(self, path):
        self.note("mkdir -p --", quoted(os.path.dirname(path)))
        self.note("mkfifo --", quoted(path))
        os.makedirs(os.path.dirname(self.at(path)), exist_ok=True)
        os.mkfifo(self.at(path))

    def socket(self, path):
        """Creates a socket by its file name: a whole path may be too long."""
        directory, name = os.path.split(self.at(path))
        if len(name) > 100:
            return self.fifo(path)
        self.note("mkdir -p --", quoted(os.path.dirname(path)))
        self.note(f"(cd -- {quoted(os.path.dirname(path))} && python3 -c 'import os, socket, sys; "
                  "socket.socket(socket.AF_UNIX).bind(os.fsencode(sys.argv[1]))' ./"
                  f"{quoted(name)})")
        os.makedirs(directory, exist_ok=True)
        before = os.getcwd()
        os.chdir(directory)
        try:
            with socket.socket(socket.AF_UNIX) as bound:
                bound.bind(b"./" + name)
        finally:
            os.chdir(before)

    def remove(self, path):
        self.note("rm -rf --", quoted(path))
        place = self.at(path)
        try:
            mode = os.lstat(place).st_mode
        except OSError:
            return
        if stat.S_ISDIR(mode):
            shutil.rmtree(place)
        else:
            os.unlink(place)

    def git(self, directory, *words, check=True):
        words = [os.fsencode(word) for word in words]
        root = os.fsencode(self.root) + b"/"
        self.note("git -C", quoted(directory), *(
            '"$W"/' + quoted(word[len(root):]) if word.startswith(root) else quoted(word)
            for word in words), *([] if check else ["|| true"]))
        return self.look(directory, *words, check=check)

    def look(self, directory, *words, check=True):
        """Runs a command that changes nothing. It is not in the script."""
        done = subprocess.run(["git", "-C", self.at(directory), *words], env=ENVIRONMENT,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        if check and done.returncode != 0:
            raise AssertionError(f"git {words} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def script(self):
        exports = "".join(f"export {name}={shlex.quote(value)}\n"
                          for name, value in ENVIRONMENT.items() if name.startswith("GIT_"))
        return ("#!/bin/bash\n# INHAUL=… KILL_AT_SO=… bash this.sh\nset -e; umask 022\n"
                f"{exports}cd \"$(mktemp -d)\"; export W=$PWD\n" + "\n".join(self.lines) + "\n")
