# SPDX-License-Identifier: Apache-2.0
"""`inhaul init --user` against a forge, a relay and a real sshd.

Tests that need root and systemd are in machine_test.py and first_push_test.py. If root runs these
tests, they run as another account: init refuses to set up apps of root.
"""

import json
import os
import re
import shlex
import shutil
import signal
import stat
import subprocess
import unittest
from pathlib import Path

from support.certificate import self_signed
from support.github import StandIn
from support.relay import Relay
from support.served import serve
from support.terminal import Secret, converse
from support.world import CLEAN_ENVIRONMENT, INHAUL, World, git, run

SUPPORT = Path(__file__).resolve().parent.parent / "support"
ROOT = os.geteuid() == 0
NOBODY = 65534
AS_ACCOUNT = (["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--"]
              if ROOT else [])
TOKEN = "github_pat_Setup0123456789"


class InitTest(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.remove)
        self.world.root.chmod(0o755)
        self.first = self.world.commit("one")
        # A directory that the account can enter, and in which it owns everything.
        self.home = self.world.root / "home"
        self.home.mkdir()
        shutil.copy(INHAUL, self.world.root / "inhaul")
        self.program = self.world.root / "inhaul"
        self.checkout = self.home / "shop"
        git(self.home, "clone", "-q", self.world.remote, self.checkout)
        self.settings, self.state = self.home / "settings", self.home / "state"
        self.world.settings, self.world.state = self.settings, self.state
        self.own()

    def own(self):
        if ROOT:
            run("chown", "-R", f"{NOBODY}:{NOBODY}", self.world.root)
            run("chown", "-R", "root:", self.world.laptop, self.world.remote)

    def argv(self, *words):
        return [*AS_ACCOUNT, str(self.program), "--config", str(self.settings), "--state",
                str(self.state), *map(str, words)]

    def init(self, *words, expect=0, env=None, cwd=None):
        argv = self.argv("init", "--user", "--yes", *words)
        # For inhaul only, not for the program that changes the user before it.
        preloaded = ["env", *(f"{name}={value}" for name, value in (env or {}).items())]
        at = len(AS_ACCOUNT)
        done = run(*argv[:at], *preloaded, *argv[at:], check=False, cwd=cwd or self.checkout,
                   env={"HOME": str(self.home)})
        if expect is not None:
            self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done

    def inhaul(self, *words, check=True):
        return run(*self.argv(*words), check=check, env={"HOME": str(self.home)})

    def written(self):
        return (self.settings / "shop.toml").read_text()

    def snapshot(self):
        """Returns all files that init may write, with their modes."""
        return {str(path.relative_to(self.home)): (oct(path.stat().st_mode),
                                                   path.read_bytes() if path.is_file() else None)
                for top in (self.settings, self.state) if top.exists()
                for path in [top, *sorted(top.rglob("*"))]}


class Files(InitTest):
    def test_a_dry_run_shows_everything_and_writes_nothing(self):
        printed = self.init("--no-service", "--dry-run").stdout
        self.assertIn(f'repository = "{self.world.remote}"', printed)
        self.assertIn('branch = "main"', printed)
        self.assertIn(f'directory = "{self.checkout}"', printed)
        self.assertIn(str(self.settings / "shop.toml"), printed)
        self.assertEqual(self.snapshot(), {})

    def test_the_settings_come_from_the_checkout_and_deploy(self):
        git(self.checkout, "switch", "-q", "-c", "next")
        self.world.commit("two", branch="next")
        self.own()
        self.init("--no-service")
        self.assertIn('branch = "next"', self.written())
        self.assertEqual(stat.S_IMODE(self.settings.stat().st_mode), 0o700)
        self.assertEqual(stat.S_IMODE(self.state.stat().st_mode), 0o700)
        self.assertEqual(stat.S_IMODE((self.settings / "shop.toml").stat().st_mode), 0o600)
        # The repository can be read without a key: none is generated.
        self.assertEqual([path.name for path in self.settings.iterdir()], ["shop.toml"])
        self.inhaul("check")
        self.inhaul("deploy", "shop")
        self.assertEqual((self.checkout / "version").read_text(), "two\n")

    def test_it_works_in_a_subdirectory_and_for_a_named_directory(self):
        (self.checkout / "deep" / "er").mkdir(parents=True)
        self.own()
        self.init("--no-service", cwd=self.checkout / "deep" / "er")
        self.assertIn(f'directory = "{self.checkout}"', self.written())
        self.init("--no-service", self.checkout, cwd=self.home)

    def test_a_new_directory_is_created(self):
        self.init(self.home / "apps" / "store", "--repository", self.world.remote, "--no-service",
                  cwd=self.home)
        self.assertTrue((self.home / "apps" / "store").is_dir())
        self.inhaul("deploy", "store")
        self.assertEqual((self.home / "apps" / "store" / "version").read_text(), "one\n")

    def test_a_strict_umask_creates_the_same_directories(self):
        argv = " ".join(shlex.quote(word) for word in self.argv("init", "--user", "--no-service", "--yes"))
        run("sh", "-c", f"umask 077; exec {argv}", cwd=self.checkout, env={"HOME": str(self.home)})
        self.assertEqual(stat.S_IMODE(self.state.stat().st_mode), 0o700)
        self.init(self.home / "new", "--repository", self.world.remote, "--no-service")
        self.assertEqual(stat.S_IMODE((self.home / "new").stat().st_mode), 0o755)

    def test_a_second_run_changes_nothing(self):
        self.init("--no-service")
        before = self.snapshot()
        printed = self.init("--no-service").stdout
        self.assertIn("all files already exist", printed)
        self.assertEqual(self.snapshot(), before)
        # Edits are kept too.
        with (self.settings / "shop.toml").open("a") as file:
            file.write('[poll]\ninterval = "2m"\n')
        before = self.snapshot()
        self.init()
        self.assertEqual(self.snapshot(), before)

    def test_differing_settings_are_kept_without_force(self):
        self.init("--no-service")
        before = self.snapshot()
        done = self.init("--branch", "next", "--no-service", expect=3)
        self.assertIn("branch would be next", done.stderr)
        self.assertIn("--force", done.stderr)
        self.assertEqual(self.snapshot(), before)
        self.init("--branch", "next", "--no-service", "--force")
        self.assertIn('branch = "next"', self.written())
        self.assertIn('branch = "main"', (self.settings / "shop.toml~").read_text())

    def test_another_unit_for_existing_settings_is_not_ignored(self):
        self.init("--no-service")
        before = self.snapshot()
        # systemd does not know the unit. Without systemd the name is accepted.
        done = self.init("--unit", "other", expect=None)
        if done.returncode == 0:
            self.assertIn('unit = "other.service"', self.written())
        else:
            self.assertIn("other.service", done.stderr)
            self.assertEqual(self.snapshot(), before)

    def test_force_does_not_remove_a_gate(self):
        self.init("--no-service")
        own = self.written() + '[require]\nfast_forward = true\n[hooks]\nbuild = [["make"]]\n'
        (self.settings / "shop.toml").write_text(own)
        done = self.init("--branch", "next", "--no-service", "--force", expect=3)
        self.assertIn("require.fast_forward", done.stderr)
        self.assertEqual(self.written(), own)
        (self.settings / "shop.toml").write_text(own.replace("[require]\nfast_forward = true\n", ""))
        printed = self.init("--branch", "next", "--no-service", "--force").stdout
        (changed,) = [line for line in printed.splitlines() if "keys of the settings" in line]
        self.assertIn("branch", changed)
        self.assertIn("hooks.build", changed)
        self.assertNotIn("directory", changed)

    def test_a_linked_worktree_is_refused_before_anything_is_written(self):
        git(self.checkout, "worktree", "add", "-q", self.home / "tree")
        self.own()
        done = self.init("--no-service", expect=3, cwd=self.home / "tree")
        self.assertIn("linked worktree", done.stderr)
        self.assertEqual(self.snapshot(), {})

    def test_a_sparse_checkout_is_refused_with_a_hint(self):
        git(self.checkout, "sparse-checkout", "set", "src")
        self.own()
        done = self.init("--no-service", expect=3)
        self.assertIn("is a sparse checkout", done.stderr)
        self.assertIn(f"git -C {self.checkout} sparse-checkout disable", done.stderr)
        self.assertEqual(self.snapshot(), {})

    def test_the_settings_name_the_ssh_configuration_of_a_host_alias(self):
        (self.home / ".ssh").mkdir(mode=0o700)
        (self.home / ".ssh/config").write_text("Host work\n  HostName 127.0.0.1\n  Port 1\n")
        self.own()
        printed = self.init("--no-service", "--repository", "git@work:octocat/shop", "--dry-run",
                         expect=None).stdout
        self.assertIn(f'ssh_config = "{self.home}/.ssh/config"', printed)
        printed = self.init("--no-service", "--repository", "git@127.0.0.1:octocat/shop", "--dry-run",
                         expect=None).stdout
        self.assertNotIn("ssh_config", printed)
        # Settings that an operator has written.
        self.settings.mkdir(mode=0o700)
        (self.settings / "shop.toml").write_text(
            f'repository = "git@work:octocat/shop"\ndirectory = "{self.checkout}"\n')
        self.own()
        done = self.inhaul("check", check=False)
        self.assertEqual(done.returncode, 78)
        self.assertIn(f'ssh_config = "{self.home}/.ssh/config"', done.stderr)

    def test_an_app_is_found_from_one_of_its_releases(self):
        place = self.home / "releases-app"
        place.mkdir()
        self.settings.mkdir(mode=0o700)
        (self.settings / "web.toml").write_text(
            f'repository = "{self.world.remote}"\ndirectory = "{place}"\nlayout = "releases"\n')
        self.own()
        self.init(cwd=place)
        self.inhaul("deploy", "web")
        printed = self.init(cwd=place / "current").stdout
        self.assertIn(f"to {place} as ", printed)
        self.assertEqual([path.name for path in self.settings.iterdir()], ["web.toml"])

    def test_the_output_has_no_control_characters(self):
        odd = self.home / "d\x1b[2Jx\u202e"
        git(self.home, "clone", "-q", self.world.remote, odd)
        self.own()
        done = self.init(odd, "--no-service", "--name", "odd", "--dry-run", expect=None)
        self.assertIn("x1b[2J", done.stdout + done.stderr)
        for character in ("\x1b", "\u202e"):
            self.assertNotIn(character, done.stdout + done.stderr)

    def test_a_password_is_not_repeated_with_existing_settings(self):
        self.init("--no-service")
        done = self.init("--no-service", "--repository", "https://u:geheim@example.org/a/b", expect=78)
        self.assertNotIn("geheim", done.stdout + done.stderr)

    def test_an_app_is_found_again_by_its_directory(self):
        self.init("--no-service", "--name", "store")
        self.init()
        self.assertEqual([path.name for path in self.settings.iterdir()], ["store.toml"])

    def test_an_error_names_the_missing_options(self):
        done = self.init(expect=2)
        self.assertIn("--unit or --no-service", done.stderr)
        done = self.init("--no-service", expect=2, cwd=self.home)
        self.assertIn("DIRECTORY", done.stderr)
        empty = self.home / "empty"
        empty.mkdir()
        self.own()
        done = self.init(empty, "--no-service", expect=2)
        self.assertIn("--repository", done.stderr)
        self.assertEqual(self.snapshot(), {})

    def test_invalid_options_are_refused_before_anything_is_written(self):
        token = self.home / "token"
        token.write_text("t0ken\n")
        self.own()
        token.chmod(0o644)
        for words, code, said in (
                (["--branch", "a..b"], 78, "branch"),
                (["--repository", "-x"], 78, "repository"),
                (["--repository", "https://u:geheim@example.org/a/b"], 78, "password"),
                (["--key", "/nonexistent"], 78, "auth.ssh_key"),
                (["--repository", "octocat/shop", "--token-file", token], 78, "lets others read"),
                (["--relay", "ftp://example.org/x"], 78, "relay.url"),
                (["--name", "/"], 2, "--name"),
                (["--ca-file", "/nonexistent"], 78, "tls.ca_file"),
                (["--api-url", "nonsense"], 78, "github.api_url")):
            with self.subTest(words=words):
                done = self.init("--no-service", *words, expect=code)
                self.assertIn(said, done.stderr)
                self.assertNotIn("geheim", done.stdout + done.stderr)
                self.assertEqual(self.snapshot(), {})

    def test_a_password_in_the_remote_of_a_checkout_is_not_copied(self):
        git(self.checkout, "remote", "set-url", "origin",
            "https://octocat:ghp_geheim@github.com/octocat/shop.git")
        printed = self.init("--no-service", "--no-key", "--dry-run").stdout
        self.assertIn('repository = "octocat/shop"', printed)
        self.assertNotIn("geheim", printed)

    def test_every_option_does_something(self):
        """Each option in the help changes the output for the same app."""
        options = set(re.findall(r"--[a-z][a-z-]+", run(self.program, "init", "--help").stdout))
        options -= {"--help", "--config", "--state", "--verbose"}
        key, ca = self.home / "some_key", self.home / "ca.pem"
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
        self_signed(ca)
        token = self.home / "some_token"
        token.touch(mode=0o600)
        token.write_text("t0ken\n")
        self.own()
        slug = ("--repository", "octocat/shop", "--api-url", "http://127.0.0.1:1", "--no-key")
        plain = self.shown("--no-service")
        on_github = self.shown("--no-service", *slug)
        for option, (words, before, said) in {
                "--repository": (("--no-service", "--repository", "/srv/other.git"), plain, "other.git"),
                "--branch": (("--no-service", "--branch", "next"), plain, 'branch = "next"'),
                "--name": (("--no-service", "--name", "store"), plain, "store.toml"),
                "--unit": (("--unit", "other"), plain, 'unit = "other.service"'),
                "--key": (("--no-service", *slug[:-1], "--key", key), on_github,
                          f'ssh_key = "{key}"'),
                "--known-hosts": (("--no-service", "--known-hosts", ca), plain, "known_hosts"),
                "--ca-file": (("--no-service", "--ca-file", ca), plain, f'ca_file = "{ca}"'),
                "--relay": (("--no-service", "--relay", "https://relay.example/x"), plain,
                            'url = "https://relay.example/x"'),
                "--token-file": (("--no-service", "--token-file", token, *slug), on_github,
                                 "token_file"),
                "--api-url": (("--no-service", *slug), plain, 'api_url = "http://127.0.0.1:1"'),
                "--timer": (("--no-service", "--timer"), plain, "polls by a timer"),
                "--no-key": (("--no-service", *slug[:-1]), on_github, "shop.key")}.items():
            with self.subTest(option=option):
                options.discard(option)
                printed = self.shown(*words)
                self.assertIn(said, printed)
                self.assertNotEqual(printed, before)
                self.assertNotIn(said, before)
        # Other tests cover these.
        for option in ("--trigger-unit", "--no-service", "--no-relay", "--no-start", "--setup-token", "--user",
                       "--account", "--dry-run", "--force", "--yes"):
            options.remove(option)
        self.assertEqual(options, set())

    def shown(self, *words):
        printed = self.init("--dry-run", *words, expect=None)
        self.assertIn(printed.returncode, (0, 1), printed.stderr)
        if "systemd has no unit" in printed.stderr:
            self.skipTest("a systemd runs here")
        self.assertEqual(printed.returncode, 0, printed.stderr)
        return printed.stdout

    def test_root_has_no_apps_of_its_own(self):
        if not ROOT:
            self.skipTest("needs root")
        done = run(self.program, "init", "--user", check=False, cwd=self.checkout)
        self.assertEqual(done.returncode, 2)
        run("chown", "-R", "root:", self.checkout)
        done = run(self.program, "init", "--no-service", "--dry-run", check=False, cwd=self.checkout)
        self.assertEqual(done.returncode, 3)
        self.assertIn("chown -R", done.stderr)

    def test_without_a_terminal_it_needs_yes_and_writes_nothing(self):
        done = run(*self.argv("init", "--user", "--no-service"), check=False, cwd=self.checkout,
                   env={"HOME": str(self.home)})
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertIn("--yes", done.stderr)
        self.assertEqual(self.snapshot(), {})

    def test_without_root_only_an_own_app_can_be_set_up(self):
        done = run(*self.argv("init", "--no-service"), check=False, cwd=self.checkout)
        self.assertEqual(done.returncode, 1)
        self.assertIn("--user", done.stderr)


class OnGitHub(InitTest):
    """A private repository over SSH, whose settings can be changed over REST."""

    def setUp(self):
        super().setUp()
        self.hub = StandIn()
        self.addCleanup(self.hub.stop)
        place = self.world.root / "octocat"
        place.mkdir()
        self.world.remote.rename(place / "shop.git")
        self.world.remote = place / "shop.git"
        git(self.world.laptop, "remote", "set-url", "origin", self.world.remote)
        git(self.checkout, "remote", "remove", "origin")
        self.own()
        self.ssh = serve(self, "ssh", self.world.root, "--below", self.world.root)
        self.hub.control("repository", name="octocat/shop", git=str(self.world.remote), private=True)
        self.hub.control("settings", repository="octocat/shop", gate=self.ssh["gate"],
                         authorized_keys=self.ssh["authorized_keys"])
        self.known_hosts = self.home / "known_hosts"
        self.known_hosts.write_text(Path(self.ssh["known_hosts"]).read_text())
        self.own()
        self.words = ["--repository", f'{self.ssh["address"]}/octocat/shop.git',
                      "--api-url", self.hub.api, "--known-hosts", self.known_hosts, "--no-service"]

    def private(self, name, content):
        path = self.home / name
        path.touch(mode=0o600)
        path.write_text(content + "\n")
        self.own()
        return path

    def setup_token(self, **permissions):
        self.hub.control("token", token=TOKEN, **permissions)
        return self.private("setup-token", TOKEN)

    def registered(self):
        return self.hub.control("settings", repository="octocat/shop")

    def test_a_key_is_generated_and_registered_and_the_app_deploys_with_it(self):
        token = self.setup_token(administration=True)
        self.init(*self.words, "--setup-token", token)
        (key,) = self.registered()["keys"]
        self.assertTrue(key["read_only"])
        self.assertIn("inhaul: shop on ", key["title"])
        public = (self.settings / "shop.key.pub").read_text().split()
        self.assertEqual(public[0], "ssh-ed25519")
        self.assertEqual(" ".join(public[:2]), key["key"])
        private = self.settings / "shop.key"
        self.assertEqual(stat.S_IMODE(private.stat().st_mode), 0o600)
        self.assertFalse((self.settings / ".new-key").exists())
        self.inhaul("deploy", "shop")
        # A second run uses the same key, which is registered once.
        before = self.snapshot()
        self.init(*self.words, "--setup-token", token)
        self.assertEqual([before[name] for name in before if name.startswith("settings")],
                         [part for name, part in self.snapshot().items()
                          if name.startswith("settings")])
        self.assertEqual(len(self.registered()["keys"]), 1)
        self.assertNotIn(TOKEN, self.written())

    def test_a_token_may_come_from_standard_input(self):
        self.setup_token(administration=True)
        done = subprocess.run(self.argv("init", "--user", "--yes", *self.words, "--setup-token", "-"),
                              input=TOKEN + "\n", text=True, capture_output=True, cwd=self.checkout,
                              env={**CLEAN_ENVIRONMENT, "HOME": str(self.home)}, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(self.registered()["keys"]), 1)

    def test_without_a_token_it_prints_the_values_to_enter(self):
        done = self.init(*self.words, expect=75)
        self.assertIn(f"{self.hub.api}/octocat/shop/settings/keys/new", done.stdout)
        public = (self.settings / "shop.key.pub").read_text().strip()
        self.assertIn(public, done.stdout)
        self.assertIn("Allow write access: no", done.stdout)
        self.assertNotIn("PRIVATE", done.stdout + done.stderr)
        # The operator adds the key, and nothing else is needed.
        self.assertNotEqual(self.inhaul("deploy", "shop", check=False).returncode, 0)
        self.hub.control("authorize", repository="octocat/shop", key=public)
        self.inhaul("deploy", "shop")

    def test_an_error_names_the_permission_that_a_token_lacks(self):
        token = self.setup_token()
        done = self.init(*self.words, "--setup-token", token, expect=75)
        self.assertIn("Administration: write", done.stderr)
        self.assertIn("settings/keys/new", done.stdout)
        self.assertTrue((self.settings / "shop.key").exists())

    def test_without_an_answer_from_the_forge_it_prints_the_values_to_enter(self):
        token = self.setup_token(administration=True)
        self.hub.stop()
        done = self.init(*self.words, "--setup-token", token, expect=75)
        self.assertIn("settings/keys/new", done.stdout)

    def test_the_stored_token_is_also_tried(self):
        self.hub.control("token", token="t0ken", administration=True, webhooks=True)
        token = self.private("token", "t0ken")
        self.init(*self.words, "--token-file", token, "--key", self.ready_key())
        self.assertEqual(len(self.registered()["keys"]), 1)

    def test_reports_to_github_are_offered_if_the_token_of_the_app_may_send_them(self):
        token = self.private("token", "t0ken")
        words = [*self.words, "--token-file", token, "--key", self.ready_key()]
        for permitted in (False, True):
            self.hub.control("token", token="t0ken", administration=True, deployments=permitted)
            done = self.init(*words)
            self.assertEqual("[report]" in done.stdout, permitted, done.stdout)
        self.assertEqual(self.hub.control("reports", repository="octocat/shop")["deployments"], [])

    def test_a_kept_token_without_write_permission_causes_no_error_later(self):
        self.hub.control("token", token="t0ken")
        words = [*self.words, "--token-file", self.private("token", "t0ken"), "--key",
                 self.ready_key(), "--relay", "https://relay.example/Xk2vLq8wZr4TnB6c"]
        self.hub.control("authorize", repository="octocat/shop",
                         key=(self.home / "my_key.pub").read_text().strip())
        done = self.init(*words, expect=75)
        self.assertIn("settings/hooks/new", done.stdout)
        done = self.init(*words)
        self.assertNotIn("settings/hooks", done.stdout)

    def test_a_webhook_with_an_older_secret_must_be_edited(self):
        token = self.setup_token(administration=True, webhooks=True)
        words = [*self.words, "--relay", "https://relay.example/Xk2vLq8wZr4TnB6c", "--setup-token",
                 token]
        self.init(*words)
        (self.settings / "shop.webhook-secret").unlink()
        printed = self.init(*words, expect=75).stdout
        self.assertIn("Edit it at", printed)
        self.assertNotIn("settings/hooks/new", printed)

    def ready_key(self):
        key = self.home / "my_key"
        if not key.exists():
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "mine", "-f", key)
            self.own()
        return key

    def test_an_existing_key_is_used_and_not_changed(self):
        key = self.ready_key()
        before = key.read_bytes()
        token = self.setup_token(administration=True)
        self.init(*self.words, "--key", key, "--setup-token", token)
        self.assertIn(f'ssh_key = "{key}"', self.written())
        self.assertEqual(key.read_bytes(), before)
        self.assertEqual(self.registered()["keys"][0]["title"], "mine")

    def test_a_channel_is_created_and_its_webhook_registered_with_a_new_secret(self):
        self.hub.describe(self)
        relay = Relay()
        self.addCleanup(relay.stop)
        channel = relay.url
        relay.answers.append((307, {"Location": channel}, b""))
        token = self.setup_token(administration=True, webhooks=True)
        server = channel.rsplit("/", 1)[0]
        done = self.init(*self.words, "--relay", server, "--setup-token", token)
        self.assertEqual(relay.asked[0][0], "/new")
        printed = self.registered()
        (hook,) = printed["hooks"]
        secret = (self.settings / "shop.webhook-secret")
        self.assertEqual(stat.S_IMODE(secret.stat().st_mode), 0o600)
        self.assertEqual(printed["secrets"], [secret.read_text().strip()])
        self.assertRegex(printed["secrets"][0], "^[0-9a-f]{64}$")
        self.assertEqual(hook["config"]["url"], channel)
        self.assertEqual((hook["events"], hook["config"]["content_type"],
                          hook["config"]["insecure_ssl"]), (["push"], "json", "0"))
        self.assertNotIn(printed["secrets"][0], done.stdout + done.stderr)
        self.assertIn(f'url = "{channel}"', self.written())
        # A second run uses the existing channel.
        self.init(*self.words, "--relay", server, "--setup-token", token)
        self.assertEqual(len(relay.asked), 1)
        self.assertEqual(len(self.registered()["hooks"]), 1)

    def test_a_channel_is_created_at_gosmee_which_names_it_in_the_body(self):
        relay = Relay("gosmee")
        self.addCleanup(relay.stop)
        server, name = relay.url.rsplit("/", 1)
        # Behind a proxy gosmee does not know its own name: the given server is used.
        printed = f"http://localhost:3333/{name}"
        relay.answers.append((200, {"Content-Type": "text/plain"}, printed.encode()))
        token = self.setup_token(administration=True, webhooks=True)
        self.init(*self.words, "--relay", server, "--setup-token", token)
        self.assertEqual(relay.asked[0][0], "/new")
        self.assertIn(f'url = "{relay.url}"', self.written())
        (hook,) = self.registered()["hooks"]
        self.assertEqual(hook["config"]["url"], relay.url)

    def test_a_webhook_is_sent_to_the_channel_if_its_stream_was_named(self):
        token = self.setup_token(administration=True, webhooks=True)
        self.init(*self.words, "--relay", "https://relay.example/events/Xk2vLq8wZr4TnB6c",
                  "--setup-token", token)
        (hook,) = self.registered()["hooks"]
        self.assertEqual(hook["config"]["url"], "https://relay.example/Xk2vLq8wZr4TnB6c")

    def test_a_relay_is_added_to_edited_settings(self):
        token = self.setup_token(administration=True, webhooks=True)
        self.init(*self.words, "--setup-token", token)
        own = self.written() + '[hooks]\nbuild = [["make"]]\n'
        (self.settings / "shop.toml").write_text(own)
        self.init("--relay", "https://relay.example/Xk2vLq8wZr4TnB6c", "--setup-token", token)
        self.assertTrue(self.written().startswith(own))
        self.assertIn("relay.example", self.written())
        self.assertEqual((self.settings / "shop.toml~").read_text(), own)
        self.assertEqual(len(self.registered()["hooks"]), 1)

    def test_the_instructions_for_a_webhook_do_not_show_its_secret(self):
        done = self.init(*self.words, "--relay", "https://relay.example/Xk2vLq8wZr4TnB6c", expect=75)
        self.assertIn("settings/hooks/new", done.stdout)
        self.assertIn("https://relay.example/Xk2vLq8wZr4TnB6c", done.stdout)
        secret = self.settings / "shop.webhook-secret"
        self.assertIn(f"cat {secret}", done.stdout)
        self.assertNotIn(secret.read_text().strip(), done.stdout)

    def test_a_relay_without_a_new_channel_is_an_error_before_anything_is_written(self):
        relay = Relay()
        self.addCleanup(relay.stop)
        server = relay.url.rsplit("/", 1)[0]
        for answer in ((200, {}, b"a page"), (404, {}, b""),
                       (307, {"Location": "https://elsewhere.example/x"}, b"")):
            with self.subTest(answer=answer):
                relay.answers.append(answer)
                done = self.init(*self.words, "--relay", server, expect=None)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn("create a channel", done.stderr)
                self.assertEqual(self.snapshot(), {})


class InteractiveInit(OnGitHub):
    """An operator at a terminal."""

    for name in list(vars(OnGitHub)):
        if name.startswith("test_"):
            locals()[name] = None
    del name

    def converse(self, words, answers, cwd=None):
        return converse(self.argv("init", "--user", *words), answers, cwd or self.checkout,
                        {**CLEAN_ENVIRONMENT, "HOME": str(self.home), "TERM": "dumb"})

    def test_ctrl_c_at_the_token_restores_the_echo_of_the_terminal(self):
        code, shown = self.converse(["--no-relay", *self.words],
                                    [("Continue?", "y"), ("Token (", Secret("\x03"))])
        self.assertEqual(code, -signal.SIGINT, shown)
        self.assertEqual(self.snapshot(), {})

    def test_it_asks_for_missing_values(self):
        self.hub.control("token", token=TOKEN, administration=True)
        place = self.home / "new"
        code, shown = self.converse(
            ["--api-url", self.hub.api, "--known-hosts", self.known_hosts],
            [("Directory", str(place)),
             ("Repository", f'{self.ssh["address"]}/octocat/shop.git'),
             ("Branch [main]", ""),
             ("Unit to restart", ""),
             ("URL of the relay", ""),
             ("Continue?", "y"),
             ("Token (", Secret(TOKEN))], cwd=self.home)
        self.assertEqual(code, 0, shown)
        self.assertNotIn(TOKEN, shown)
        self.assertEqual(len(self.registered()["keys"]), 1)
        self.inhaul("deploy", "new")
        self.assertEqual((place / "version").read_text(), "one\n")

    def test_the_answer_no_changes_nothing(self):
        code, shown = self.converse([*self.words, "--no-relay"], [("Continue?", "n")])
        self.assertEqual(code, 0, shown)
        self.assertEqual(self.snapshot(), {})

    def test_the_end_of_input_is_the_answer_no(self):
        code, shown = self.converse([*self.words, "--no-relay"], [("Continue?", "\x04")])
        self.assertEqual(code, 0, shown)
        self.assertEqual(self.snapshot(), {})


class Interrupted(OnGitHub):
    """init is killed before each call that changes something, and runs again."""

    for name in list(vars(OnGitHub)):
        if name.startswith("test_"):
            locals()[name] = None
    del name

    def setUp(self):
        super().setUp()
        self.library = self.world.root / "kill_at.so"
        run("cc", "-shared", "-fPIC", "-O1", "-o", self.library, SUPPORT / "kill_at.c", "-ldl")
        self.token = self.setup_token(administration=True, webhooks=True)
        self.all_words = [*self.words, "--relay", "https://relay.example/Xk2vLq8wZr4TnB6c",
                          "--setup-token", self.token]

    def count(self):
        counted = self.home / "count"
        self.init(*self.all_words, env={"LD_PRELOAD": str(self.library), "KILL_COUNT": str(counted)})
        self.forget()
        return int(counted.read_text())

    def forget(self):
        for path in (self.settings, self.state):
            shutil.rmtree(path, ignore_errors=True)
        self.hub.control("settings", repository="octocat/shop", keys=[], hooks=[], secrets=[])

    def stopped_at(self, number, sort):
        return self.init(*self.all_words, expect=None,
                         env={"LD_PRELOAD": str(self.library), "KILL_AT": str(number),
                              "KILL_SIGNAL": str(int(sort))})

    def assert_whole(self):
        """Every existing file is complete. If the settings exist, all files exist."""
        files = {path.name: path for path in self.settings.iterdir()} if self.settings.exists() else {}
        sizes = {"shop.key": 300, "shop.key.pub": 70, "shop.webhook-secret": 64, "shop.toml": 200}
        for name, least in sizes.items():
            if name in files:
                self.assertGreater(files[name].stat().st_size, least, name)
        if "shop.toml" in files:
            self.assertLessEqual(set(sizes), set(files))
            self.inhaul("check")

    def test_a_kill_at_any_moment_leaves_no_partial_file_and_the_next_run_completes_it(self):
        calls = self.count()
        self.assertGreater(calls, 20)
        killed = 0
        for number in range(1, calls + 1):
            with self.subTest(kill_at=number):
                killed += self.stopped_at(number, signal.SIGKILL).returncode == -signal.SIGKILL
                self.assert_whole()
                self.init(*self.all_words)
                self.assert_whole()
                printed = self.registered()
                self.assertEqual((len(printed["keys"]), len(printed["hooks"])), (1, 1))
                public = " ".join((self.settings / "shop.key.pub").read_text().split()[:2])
                self.assertEqual(printed["keys"][0]["key"], public)
                left = {path.name for path in self.settings.iterdir()}
                self.assertEqual(left, {"shop.key", "shop.key.pub", "shop.webhook-secret",
                                        "shop.toml"})
                self.forget()
        self.assertGreater(killed, calls // 2)

    def test_an_interrupt_at_any_moment_leaves_all_or_nothing(self):
        nothing = all_of_it = 0
        for number in range(1, self.count() + 1):
            with self.subTest(interrupt_at=number):
                self.stopped_at(number, signal.SIGINT)
                files = set(self.snapshot())
                if files:
                    self.assert_whole()
                    self.assertIn("settings/shop.toml", files)
                    all_of_it += 1
                else:
                    nothing += 1
                self.forget()
        self.assertGreater(nothing, 5)
        self.assertGreater(all_of_it, 0)

    def test_a_full_disk_leaves_no_partial_file(self):
        if not ROOT:
            self.skipTest("needs root")
        disk = self.home / "disk"
        disk.mkdir()
        self.settings = self.world.settings = disk / "settings"
        failed = 0
        for inodes in range(2, 40):
            run("mount", "-t", "tmpfs", "-o", f"nr_inodes={inodes},uid={NOBODY}", "test", disk)
            try:
                done = self.init(*self.all_words, expect=None)
                if done.returncode == 0:
                    break
                failed += 1
                self.assertEqual(list(disk.iterdir()), [], done.stderr)
            finally:
                run("umount", disk)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertGreater(failed, 3)


if __name__ == "__main__":
    unittest.main()
