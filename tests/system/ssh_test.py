# SPDX-License-Identifier: Apache-2.0
"""Deployments over ssh with a passphrase: ssh asks the built binary for it."""

import unittest
from pathlib import Path

from support.served import serve
from support.world import World, run



class Passphrase(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.remove)
        self.printed = serve(self, "ssh", self.world.root)
        self.commit = self.world.commit("one")
        self.key = self.world.root / "key"
        self.key.write_bytes(Path(self.printed["keys"]["ed25519"]).read_bytes())
        self.key.chmod(0o600)
        run("ssh-keygen", "-q", "-p", "-P", "", "-N", "open sesame", "-f", self.key)
        self.passphrase = self.world.root / "passphrase"
        self.passphrase.touch(mode=0o600)

    def write_settings(self, more):
        self.world.write_settings(
            top=f'repository = "{self.printed["url"]}remote.git"\n'
                f'directory = "{self.world.directory}"\n',
            auth=f'[auth]\nssh_key = "{self.key}"\n'
                 f'known_hosts = "{self.printed["known_hosts"]}"\n{more}')

    def test_a_key_is_opened_with_the_passphrase_in_the_file(self):
        self.passphrase.write_text("open sesame\n")
        self.write_settings(f'passphrase_file = "{self.passphrase}"\n')
        self.world.inhaul("check")
        self.world.inhaul("deploy", "shop")
        self.assertEqual(self.world.tree_problems(self.commit), [])

    def test_a_wrong_passphrase_is_refused_with_a_hint(self):
        self.passphrase.write_text("open, please\n")
        self.write_settings(f'passphrase_file = "{self.passphrase}"\n')
        done = self.world.inhaul("deploy", "shop", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("Permission denied", done.stderr)
        self.assertIn(str(self.passphrase), done.stderr)
        self.assertNotIn("please", done.stderr + done.stdout)

    def test_without_the_file_the_error_names_it(self):
        self.write_settings("")
        done = self.world.inhaul("check", check=False)
        self.assertEqual(done.returncode, 78)
        self.assertIn("needs a passphrase", done.stderr + done.stdout)
        self.assertIn("auth.passphrase_file", done.stderr + done.stdout)

    def test_the_file_must_be_private(self):
        self.passphrase.write_text("open sesame\n")
        self.passphrase.chmod(0o644)
        self.write_settings(f'passphrase_file = "{self.passphrase}"\n')
        done = self.world.inhaul("check", check=False)
        self.assertEqual(done.returncode, 78)
        self.assertIn("auth.passphrase_file", done.stderr + done.stdout)


if __name__ == "__main__":
    unittest.main()
