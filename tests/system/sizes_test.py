# SPDX-License-Identifier: Apache-2.0
"""Large data is fetched and written with little memory."""

import os
import subprocess
import unittest

from support.served import serve
from support.world import World, git

MIB = 1024  # KiB


class Sizes(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.remove)
        self.printed = serve(self, "https", self.world.root)

    def deploy(self, server="url"):
        """Deploys. Returns the peak of the memory in KiB."""
        self.world.write_settings(
            top=f'repository = "{self.printed[server]}remote.git"\n'
                f'directory = "{self.world.directory}"\n'
                f'[tls]\nca_file = "{self.printed["ca"]}"\n')
        worker = self.world.start("deploy", "shop", stdout=subprocess.DEVNULL, stderr=-1)
        said = worker.stderr.read()
        worker.stderr.close()
        _, status, used = os.wait4(worker.pid, 0)
        worker.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(worker.returncode, 0, said)
        return used.ru_maxrss

    def test_a_pack_is_not_held_in_memory(self):
        for option in ("core.compression", "pack.compression"):
            git(self.world.laptop, "config", option, "0")
        commit = self.world.commit("one")
        small = self.deploy()
        for number in range(8):
            (self.world.laptop / f"noise{number}").write_bytes(os.urandom(10_000_000))
        commit = self.world.commit("two")
        large = self.deploy()
        self.assertEqual(git(self.world.directory, "rev-parse", "HEAD"), commit)
        # A file of 10 MB and mapped parts of the pack; not its 80 MB.
        self.assertLess(large - small, 56 * MIB)

    def test_ten_thousand_refs(self):
        commit = self.world.commit("one")
        refs = "".join(f"{commit} refs/heads/branch-{number:05}\n" for number in range(10_000))
        (self.world.remote / "packed-refs").write_text(
            "# pack-refs with: peeled fully-peeled sorted\n" + refs)
        for server in ("url", "old_url"):
            with self.subTest(server):
                self.deploy(server)
                self.assertEqual(self.world.tree_problems(commit), [])


if __name__ == "__main__":
    unittest.main()
