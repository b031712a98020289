# SPDX-License-Identifier: Apache-2.0
"""Paths that other accounts can change are not used: by root in init, by the agent in deployments."""

import ctypes
import json
import os
import shlex
import shutil
import stat
import tempfile
import threading
import unittest
from pathlib import Path

from support.world import INHAUL, World, git, run

ROOT = os.geteuid() == 0
OWNER, OTHER = 65534, 2  # nobody, bin


def give(path, account):
    run("chown", "-hR", f"{account}:{account}", path)


def exchange(one, other):
    """Exchanges two names atomically."""
    current, flags = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    if ctypes.CDLL(None).renameat2(current, os.fsencode(one), current, os.fsencode(other), flags):
        raise OSError("renameat2")


class Agent(unittest.TestCase):
    layout = ""

    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.remove)
        self.world.directory = self.world.root / "way" / "app"
        self.world.directory.parent.mkdir()
        self.world.write_settings(
            service="", top=f'repository = "{self.world.remote}"\n'
            f'directory = "{self.world.directory}"\n{self.layout}')
        self.world.commit("one")
        self.world.inhaul("deploy", "shop")
        self.place = self.world.directory / ("current" if self.layout else ".")
        self.git_directory = self.world.directory / ("repo.git" if self.layout else ".git")
        self.world.commit("two")

    def refused(self, part, expect="not safe"):
        done = self.world.inhaul("deploy", "shop", check=False)
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.assertIn(f"{part} is {expect}", done.stderr)
        self.assertEqual((self.place / "version").read_text(), "one\n")
        return done.stderr

    def test_a_path_component_that_others_can_write_to_is_refused_at_every_deployment(self):
        for part in (self.world.directory, self.world.directory.parent, self.git_directory,
                     self.git_directory / "config"):
            with self.subTest(part=part):
                mode = stat.S_IMODE(part.stat().st_mode)
                part.chmod(mode | 0o002)
                for _ in range(2):
                    self.assertIn(f"chmod o-w {part}", self.refused(part))
                printed = self.world.inhaul("doctor", "shop", check=False).stdout
                self.assertIn(f"chmod o-w {part}", printed)
                part.chmod(mode)
        self.world.inhaul("deploy", "shop")
        self.assertEqual((self.place / "version").read_text(), "two\n")

    @unittest.skipUnless(ROOT, "only root can give a directory away")
    def test_a_path_component_of_another_account_is_refused(self):
        way = self.world.directory.parent
        os.chown(way, OTHER, OTHER)
        self.assertNotIn("chown", self.refused(way))

    @unittest.skipUnless(ROOT, "only root can give a directory away")
    def test_a_link_of_another_account_is_refused(self):
        real = self.world.root / "real"
        self.world.directory.parent.rename(real)
        self.world.directory.parent.symlink_to(real)
        self.world.inhaul("deploy", "shop")
        os.chown(self.world.directory.parent, OTHER, OTHER, follow_symlinks=False)
        self.world.commit("three")
        done = self.world.inhaul("deploy", "shop", check=False)
        self.assertIn(f"{self.world.directory.parent} is not safe", done.stderr)
        self.assertEqual((self.place / "version").read_text(), "two\n")

    def test_a_state_directory_that_others_can_write_to_is_refused(self):
        self.world.state.chmod(0o777)
        for words in (("deploy", "shop"), ("once",), ("pause", "shop"), ("run",)):
            done = self.world.inhaul(*words, check=False)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(f"chmod o-w {self.world.state}", done.stderr)
        self.assertEqual((self.place / "version").read_text(), "one\n")


    def test_settings_that_others_can_write_to_are_refused(self):
        file = self.world.settings / "shop.toml"
        for part in (file, self.world.settings):
            mode = stat.S_IMODE(part.stat().st_mode)
            part.chmod(mode | 0o002)
            for words in (("deploy", "shop"), ("check",)):
                done = self.world.inhaul(*words, check=False)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(f"chmod o-w {part}", done.stderr + done.stdout)
            part.chmod(mode)
        self.assertEqual((self.place / "version").read_text(), "one\n")

    def test_nothing_is_written_for_everyone_whatever_the_umask(self):
        shutil.rmtree(self.world.directory)
        shutil.rmtree(self.world.state)
        argv = " ".join(shlex.quote(word) for word in self.world.argv("deploy", "shop"))
        run("sh", "-c", f"umask 000; exec {argv}")
        self.assertEqual((self.place / "version").read_text(), "two\n")
        for top in (self.world.directory, self.world.state):
            for path in [top, *top.rglob("*")]:
                if not path.is_symlink():
                    self.assertEqual(path.stat().st_mode & 0o022, 0, path)
        self.assertEqual(stat.S_IMODE((self.place / "version").stat().st_mode), 0o644)
        self.assertEqual(stat.S_IMODE((self.place / "lib/program").stat().st_mode), 0o755)


class AgentOfReleases(Agent):
    layout = 'layout = "releases"\n'


class ForeignHistory(unittest.TestCase):
    def test_a_checkout_of_another_history_is_refused_every_time(self):
        world = World()
        self.addCleanup(world.remove)
        world.write_settings(service="")
        world.commit("one")
        world.inhaul("deploy", "shop")
        world.directory.rename(world.root / "kept")
        git(world.root, "init", "-q", world.directory)
        (world.directory / "theirs").write_text("theirs\n")
        git(world.directory, "add", "-A")
        git(world.directory, "commit", "-q", "-m", "another history")
        world.commit("two")
        for _ in range(2):
            done = world.inhaul("deploy", "shop", check=False)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("is a checkout of another repository", done.stderr)
            self.assertEqual((world.directory / "theirs").read_text(), "theirs\n")
        shutil.rmtree(world.directory)
        (world.root / "kept").rename(world.directory)
        world.inhaul("deploy", "shop")
        self.assertEqual((world.directory / "version").read_text(), "two\n")


class Characters(unittest.TestCase):
    """Text of others cannot control the terminal."""

    ODD = "a\x1b]0;title\x07b\u202ec\u2066d\x9be\x7ff"

    def assert_harmless(self, text, where):
        odd = [c for c in text if (ord(c) < 0x20 and c not in "\n\t") or 0x7f <= ord(c) < 0xa0
               or ord(c) in (0x61c, 0xfeff) or 0x200b <= ord(c) <= 0x200f
               or 0x2028 <= ord(c) <= 0x202e or 0x2060 <= ord(c) <= 0x2069]
        self.assertEqual(odd, [], f"{where}: {text!r}")

    def test_arguments_are_repeated_escaped(self):
        world = World()
        self.addCleanup(world.remove)
        world.write_settings(service="")
        world.commit("one")
        odd = self.ODD
        for words in ((odd,), (f"--{odd}",), ("deploy", odd), ("deploy", "shop", f"--{odd}"),
                      ("deploy", "shop", "--to", odd), ("status", odd), ("history", odd),
                      ("show", odd), ("check", odd), ("doctor", odd), ("why", odd),
                      ("pin", "shop", odd), ("pause", odd), ("rollback", "shop", "--to", odd),
                      ("deploy", "shop", "--wait", odd), ("history", "--limit", odd),
                      ("init", odd, "--user", "--yes"), ("remove", odd, "--user", "--yes"),
                      ("init", "--user", "--yes", "--name", odd), ("checkout", odd),
                      ("head", odd), ("logs", odd), ("once", odd)):
            done = world.inhaul(*words, check=False)
            self.assert_harmless(done.stdout + done.stderr, words)
        done = run(INHAUL, "--config", f"/nowhere/{odd}", "--state", f"/nowhere/{odd}", "status",
                   check=False)
        self.assert_harmless(done.stdout + done.stderr, "--config")

    def test_json_has_them_escaped(self):
        world = World()
        self.addCleanup(world.remove)
        world.write_settings(service="")
        world.commit("one")
        git(world.laptop, "commit", "-q", "--allow-empty", "-m", f"subject {self.ODD}")
        git(world.laptop, "push", "-q", "origin", "HEAD:main")
        world.inhaul("deploy", "shop")
        world.inhaul("pause", "shop", f"--why={self.ODD}", check=False)
        subjects = []
        for words in (("status",), ("history",), ("show", "1"), ("doctor",)):
            printed = world.inhaul(*words, "--json", check=False).stdout
            self.assertTrue(printed.isascii() and "\x7f" not in printed, printed)
            self.assert_harmless(printed, words)
            self.assert_harmless(world.inhaul(*words, check=False).stdout, words)
            subjects.append(json.dumps(json.loads(printed), ensure_ascii=False))
        self.assertIn("\u202ec\u2066d", subjects[1])  # JSON has the same text


@unittest.skipUnless(ROOT, "root alone acts on paths of others")
class Root(unittest.TestCase):
    """init --dry-run prints its plan from everything that it reads."""

    def setUp(self):
        self.top = Path(tempfile.mkdtemp(prefix="inhaul-test-"))
        self.addCleanup(shutil.rmtree, self.top, ignore_errors=True)
        self.top.chmod(0o755)
        self.victim = self.checkout(self.top / "victim", "https://example.org/victim/shop.git")
        give(self.top / "victim", OWNER)

    def checkout(self, home, url):
        app = home / "apps" / "shop"
        app.mkdir(parents=True)
        git(app, "init", "-q")
        git(app, "remote", "add", "origin", url)
        return app

    def init(self, directory, *words, **options):
        return run(INHAUL, "init", directory, "--no-service", "--no-key", "--dry-run", "--yes", *words,
                   check=False, **options)

    def test_a_checkout_of_one_account_is_found(self):
        done = self.init(self.victim)
        self.assertIn("https://example.org/victim/shop.git", done.stdout + done.stderr)
        self.assertNotIn("not safe", done.stderr)

    def test_a_directory_below_one_of_another_account_is_refused(self):
        for part in (self.victim.parent, self.victim.parent.parent):
            with self.subTest(part=part):
                os.chown(part, OTHER, OTHER)
                done = self.init(self.victim)
                self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
                self.assertIn(f"{part} is not safe", done.stderr)
                self.assertEqual(done.stdout, "")
                os.chown(part, OWNER, OWNER)

    def test_a_link_of_another_account_is_refused(self):
        link = self.top / "link"
        link.symlink_to(self.victim.parent)
        os.chown(link, OTHER, OTHER, follow_symlinks=False)
        done = self.init(link / "shop")
        self.assertIn(f"{link} is not safe", done.stderr)
        self.assertEqual(done.returncode, 3)

    def test_a_missing_directory_is_refused_if_others_can_create_it(self):
        shared = self.top / "shared"
        shared.mkdir()
        shared.chmod(0o777)
        done = self.init(shared / "new", "--account", "nobody", "--repository",
                         "https://example.org/x.git")
        self.assertIn(f"{shared / 'new'} does not exist", done.stderr)
        self.assertIn(f"{shared} is not safe", done.stderr)
        self.assertEqual(done.returncode, 3)

    def test_a_mistyped_directory_names_it_and_takes_no_directory_from_its_owner(self):
        typed = self.victim / "typed"
        done = self.init(typed, "--account", "bin", "--repository", "https://example.org/x.git")
        self.assertEqual(done.returncode, 3, done.stdout)
        self.assertIn(f"{typed} does not exist", done.stderr)
        self.assertNotIn("chown", done.stderr)
        self.assertIn(f"sudo inhaul init {typed} --account nobody", done.stderr)

    def test_the_named_account_is_the_one_that_can_change_the_path(self):
        done = self.init(self.victim, "--account", "bin")
        self.assertEqual(done.returncode, 3, done.stdout)
        self.assertIn("is not safe: its owner nobody can replace it", done.stderr)

    def test_a_configuration_of_the_account_is_read_with_a_limit_and_without_waiting(self):
        config = self.victim / ".git" / "config"
        kept = config.read_bytes()

        def sparse(path):
            with path.open("wb") as file:
                file.truncate(3 << 30)

        for name in ("config", "HEAD", "packed-refs", "index"):
            path = self.victim / ".git" / name
            content = path.read_bytes() if path.exists() else None
            for make in (sparse, os.mkfifo, lambda link: link.symlink_to("/dev/zero")):
                with self.subTest(name=name, make=make):
                    path.unlink(missing_ok=True)
                    make(path)
                    os.chown(path, OWNER, OWNER, follow_symlinks=False)
                    # Within the deadline of run().
                    done = self.init(self.victim, timeout=15)
                    self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
                    self.assertIn(f"read {path}: ", done.stderr)
            path.unlink()
            if content is not None:
                path.write_bytes(content)
        self.assertEqual(config.read_bytes(), kept)

    def test_while_directories_are_exchanged_the_app_is_never_set_up_for_the_victim(self):
        """The path alternates between the victim's checkout and the attacker's."""
        attacker = self.top / "attacker"
        self.checkout(attacker, "https://example.org/attacker/shop.git")
        give(attacker, OTHER)
        (attacker / "apps").rename(attacker / "own")
        (attacker / "apps").symlink_to(self.victim.parent)
        os.chown(attacker / "apps", OTHER, OTHER, follow_symlinks=False)
        done = threading.Event()

        def swap():
            while not done.is_set():
                exchange(attacker / "apps", attacker / "own")

        swapping = threading.Thread(target=swap)
        swapping.start()
        try:
            for _ in range(10):
                printed = self.init(attacker / "apps" / "shop")
                # The owner of a checkout chooses its remote, so any repository is valid.
                if printed.stdout:
                    self.assertIn("as bin;", printed.stdout)
        finally:
            done.set()
            swapping.join()


if __name__ == "__main__":
    unittest.main()
