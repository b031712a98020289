# SPDX-License-Identifier: Apache-2.0
"""Copies of tokens in the memory of processes, and access to that memory."""

import os
import re
import resource
import subprocess
import sys
import unittest
from pathlib import Path

from support.relayed import SECRET, TOKEN, Relayed
from support.relay import Relay
from support.waiting import wait_for
from support.world import run


def copies(process, text):
    """Returns the number of copies of the text in the writable memory of the process."""
    found = 0
    with open(f"/proc/{process}/maps", encoding="ascii") as maps, \
            open(f"/proc/{process}/mem", "rb", buffering=0) as memory:
        for line in maps:
            begin, end, mode = re.match(r"(\w+)-(\w+) (\S+)", line).groups()
            if not mode.startswith("rw") or "[v" in line:
                continue
            memory.seek(int(begin, 16))
            try:
                found += memory.read(int(end, 16) - int(begin, 16)).count(text.encode())
            except OSError:
                continue  # no longer mapped
    return found


def limit_of(process, name):
    lines = Path(f"/proc/{process}/limits").read_text().splitlines()
    (line,) = [line for line in lines if line.startswith(name)]
    return line[len(name):].split()[0]


class Memory(Relayed):
    def setUp(self):
        super().setUp()
        self.addCleanup(resource.setrlimit, resource.RLIMIT_CORE,
                        resource.getrlimit(resource.RLIMIT_CORE))
        _, hard = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))

    def assert_one_copy_of_each(self):
        """Checks for one copy of each secret. A running request has one more."""
        for secret in (TOKEN, SECRET):
            with self.subTest(secret):
                wait_for("the watcher has one copy of the secret",
                         lambda secret=secret: copies(self.process.pid, secret) == 1)

    def test_a_watcher_has_each_secret_once(self):
        if os.geteuid() != 0:
            self.skipTest("needs root, who may read the memory of a process")
        self.begin()
        self.push("two")
        self.wait_live("one", "two")
        self.hub.requests(clear=True)
        self.push("three")
        self.wait_live("one", "two", "three")
        self.assert_one_copy_of_each()

    def test_several_apps_have_one_copy_of_shared_data(self):
        if os.geteuid() != 0:
            self.skipTest("needs root, who may read the memory of a process")
        self.relay = Relay("smee")
        self.addCleanup(self.relay.stop)
        for name in ("blog", "wiki"):
            self.settings(name=name, service="", top=f'repository = "octocat/shop"\n'
                          f'directory = "{self.world.root / name}"\n')
        self.settings()
        self.start()
        def all_live():
            return all(self.world.status(name)["live"]["commit"] == self.commit
                       for name in ("shop", "blog", "wiki"))
        wait_for("all are live", lambda: self.world.state.exists() and all_live())
        self.wait_connected()
        self.push("two")
        wait_for("all are live", all_live)
        self.assert_one_copy_of_each()

    def test_a_worker_has_the_token_once(self):
        if os.geteuid() != 0:
            self.skipTest("needs root, who may read the memory of a process")
        script = self.world.root / "hold.sh"
        held, go = self.world.root / "held", self.world.root / "go"
        script.write_text(f"echo $PPID >{held}; while test ! -e {go}; do sleep 0.05; done\n")
        self.relay = Relay("smee")
        self.addCleanup(self.relay.stop)
        self.settings(hooks=f'[hooks]\nactivate = [["/bin/sh", "{script}"]]\n',
                      require='[require]\nchecks = "all"\n')
        self.hub.control("repository", name="octocat/shop", checks={"statuses": [
            {"sha": self.commit, "context": "ci", "state": "success"}]})
        self.start()
        wait_for("the hook runs", lambda: held.exists() and held.read_text().strip())
        self.assertEqual(copies(int(held.read_text()), TOKEN), 1)
        go.touch()

    def test_no_core_dump_and_no_access_from_another_process_of_the_account(self):
        self.begin()
        # The files below /proc of a process that cannot be dumped belong to root.
        self.assertEqual(Path(f"/proc/{self.process.pid}/environ").stat().st_uid, 0)
        self.assertEqual(limit_of(self.process.pid, "Max core file size"), "0")
        if os.geteuid() == 0:
            self.assertEqual(self.looked_at_as_nobody(), "Permission denied")

    def looked_at_as_nobody(self):
        """Returns the error of a process of the same account that tries to read inhaul's memory."""
        home = self.world.root
        subprocess.run(["chown", "-R", "65534:65534", home], check=True)
        home.chmod(0o755)
        look = ("import os, subprocess, sys\n"
                "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
                "child = subprocess.Popen(sys.argv[1:], stderr=subprocess.PIPE, text=True)\n"
                "line = ''\n"
                "while 'watching' not in line: line = child.stderr.readline()\n"
                "try:\n"
                "    open(f'/proc/{child.pid}/mem', 'rb'); print('opened')\n"
                "except OSError as error: print(error.strerror)\n"
                "child.kill()\n")
        self.process.kill()
        self.process.wait()
        done = subprocess.run([sys.executable, "-c", look, *self.world.argv("run")],
                              env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"},
                              capture_output=True, text=True, timeout=60, check=True)
        return done.stdout.strip()


class HostKeys(Relayed):
    def test_ssh_reads_the_built_in_keys_of_a_process_without_access_to_its_memory(self):
        if os.geteuid() != 0:
            self.skipTest("needs root, to run as another account")
        programs, read = self.world.root / "programs", self.world.root / "read"
        programs.mkdir()
        (programs / "ssh").write_text(
            f'#!/bin/sh\nfor word; do case $word in GlobalKnownHostsFile=*) '
            f'cat "${{word#*=}}" >{read} 2>&1 ;; esac; done\nexit 1\n')
        (programs / "ssh").chmod(0o755)
        key = self.world.root / "key"
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
        self.world.write_settings(
            top=f'repository = "ssh://git@github.com/octocat/shop.git"\n'
                f'directory = "{self.world.directory}"\n', auth=f'[auth]\nssh_key = "{key}"\n')
        subprocess.run(["chown", "-R", "65534:65534", self.world.root], check=True)
        self.world.root.chmod(0o755)
        done = subprocess.run(
            self.world.argv("deploy", "shop"), check=False, user=65534, group=65534,
            extra_groups=[], env={"PATH": f"{programs}:/usr/bin:/bin", "HOME": "/"},
            capture_output=True, timeout=60, cwd="/")
        self.assertTrue(read.exists(), done.stderr)
        self.assertIn("github.com", read.read_text())
        self.assertIn("@revoked", read.read_text())


class Worker(Relayed):
    def test_the_memory_of_a_worker_is_bounded_and_that_of_its_hooks_is_not(self):
        note = self.world.root / "limits"
        self.relay = None
        look = self.world.root / "look.sh"
        look.write_text(f"cat /proc/$PPID/limits >{note}.worker; cat /proc/self/limits >{note}.hook\n")
        self.world.write_settings(hooks=f'[hooks]\nbuild = [["/bin/sh", "{look}"]]\n')
        self.world.inhaul("deploy", "shop")
        printed = {who: Path(f"{note}.{who}").read_text() for who in ("worker", "hook")}

        def limit(who, name):
            return re.search(rf"^{name}\s+(\S+)", printed[who], re.MULTILINE).group(1)
        self.assertNotEqual(limit("worker", "Max data size"), "unlimited")
        self.assertEqual(limit("hook", "Max data size"), "unlimited")
        self.assertLessEqual(int(limit("worker", "Max open files")), 1024)
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.assertEqual(limit("hook", "Max open files"), str(soft))


if __name__ == "__main__":
    unittest.main()
