# SPDX-License-Identifier: Apache-2.0
"""From the installation to the first deployed push: `inhaul init` after the package's installation.

Runs as root in a machine over the tree of tests/support/clean-root, and nowhere else. apt has installed
the package there. The forge is on this machine too: a stand-in for its REST API, and a real
sshd; the checkout's origin leads there.
"""

import json
import os
import pwd
import re
import time
import unittest
from pathlib import Path

from support import machine  # pylint: disable=unused-import
from support.github import StandIn
from support.relay import Relay
from support.served import serve
from support.terminal import converse
from support.waiting import wait_for
from support.world import CLEAN_ENVIRONMENT, World, git, run
from support import webhook

TOKEN = "github_pat_Setup0123456789"
UNIT = """[Unit]
StartLimitIntervalSec=0
[Service]
{user}
WorkingDirectory={directory}
# The version at each start.
ExecStartPre=/bin/sh -c 'cat {directory}/version >>{restarts}'
ExecStart=/bin/sleep infinity
"""


def systemctl(*words, check=True):
    return run("systemctl", *words, check=check).stdout.strip()


def show(unit, name):
    return systemctl("show", "--value", "-p", name, unit)


class Server(unittest.TestCase):
    """A server with an app: its unit, its account, a checkout of its private repository."""

    ACCOUNT, APP = "scripts", "shop"

    def setUp(self):
        account = self.ACCOUNT
        run("useradd", "--create-home", account)
        self.addCleanup(run, "userdel", account, check=False)
        self.home = Path(f"/home/{account}")
        self.addCleanup(run, "rm", "-rf", self.home)
        self.world = World(base="/srv")
        self.addCleanup(self.world.remove)
        self.world.root.chmod(0o755)
        self.world.settings = Path("/etc/inhaul") / account
        self.world.state = Path("/var/lib/inhaul") / account
        self.world.directory = self.directory = self.home / self.APP
        self.hub = StandIn()
        self.addCleanup(self.hub.stop)
        self.hub.control("token", token=TOKEN, administration=True, webhooks=True)
        self.token = self.world.root / "token"
        self.token.touch(mode=0o600)
        self.token.write_text(TOKEN + "\n")
        self.ssh = serve(self, "ssh", self.world.root, "--below", self.world.root)
        self.publish(self.APP, self.world.remote)
        self.known_hosts = self.world.root / "known_hosts"
        self.known_hosts.write_text(Path(self.ssh["known_hosts"]).read_text())
        self.world.commit("zero")
        self.restarts = self.world.restarts_file
        self.restarts.touch(mode=0o666)
        self.restarts.chmod(0o666)
        self.make_app(self.directory, self.APP)
        self.first = self.world.commit("one")
        self.addCleanup(self.forget)

    def publish(self, name, remote):
        place = self.world.root / "octocat"
        place.mkdir(exist_ok=True)
        (place / f"{name}.git").symlink_to(remote)
        self.hub.control("repository", name=f"octocat/{name}", git=str(remote), private=True)
        self.hub.control("settings", repository=f"octocat/{name}", gate=self.ssh["gate"],
                         authorized_keys=self.ssh["authorized_keys"])

    def make_app(self, directory, name):
        git(directory.parent, "clone", "-q", self.world.remote, directory)
        git(directory, "remote", "set-url", "origin", f'{self.ssh["address"]}/octocat/{name}.git')
        run("chown", "-R", f"{self.ACCOUNT}:", directory)
        self.write_unit(directory, name)

    def write_unit(self, directory, name):
        Path(f"/etc/systemd/system/{name}.service").write_text(
            UNIT.format(directory=directory, restarts=self.restarts, user=f"User={self.ACCOUNT}"))
        systemctl("daemon-reload")
        systemctl("start", f"{name}.service")
        self.addCleanup(systemctl, "stop", f"{name}.service", check=False)
        self.restarts.write_text("")

    def forget(self):
        systemctl("disable", "--now", f"inhaul@{self.ACCOUNT}.service", check=False)
        run("rm", "-rf", self.world.settings, self.world.state,
            f"/etc/systemd/system/inhaul@{self.ACCOUNT}.service.d",
            *Path("/etc/polkit-1/rules.d").glob("50-inhaul-*"))

    def words(self):
        """Returns the options for a private forge; github.com needs none of them."""
        return ["--api-url", self.hub.api, "--known-hosts", self.known_hosts]

    def init(self, *words, expect=0, cwd=None):
        done = run("inhaul", "init", "--yes", *self.words(), *words, cwd=cwd or self.directory, check=False,
                   timeout=200)
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done

    def status(self, app="shop"):
        done = run("runuser", "-u", self.ACCOUNT, "--", "inhaul", "status", app, "--json", "--exit-zero",
                   check=False)
        return json.loads(done.stdout)["apps"][0] if done.returncode == 0 else {}

    def agent(self, name):
        return show(f"inhaul@{self.ACCOUNT}.service", name)

    def hurry(self, *apps):
        """Polls each second, as an operator may configure it."""
        for app in apps or ("shop",):
            with (self.world.settings / f"{app}.toml").open("a", encoding="utf-8") as file:
                file.write('\n[poll]\ninterval = "1s"\n')
        self.reload()

    def reload(self):
        systemctl("reload", f"inhaul@{self.ACCOUNT}.service")

    def wait_live(self, commit, app="shop"):
        wait_for(f"{commit} is live", lambda: self.status(app).get("live", {}).get("commit") == commit
                 and self.status(app)["state"] == "up-to-date")


class Begin(Server):
    def test_three_commands(self):
        """apt install (while this tree was created), inhaul init, git push."""
        times = {"1. apt install": self.seconds_of_apt()}
        started = time.monotonic()
        printed = self.init("--setup-token", self.token, "--no-relay").stdout
        times["2. inhaul init"] = time.monotonic() - started
        self.assertNotIn("  no  ", printed)
        self.assertIn("  ok  git ", printed)
        self.assertIn("  ok  agent ", printed)
        self.assertIn("  ok  service          shop.service is running, and inhaul has permission to restart it",
                      printed)
        self.assertIn("shop is live. inhaul deploys each push to main.", printed)
        self.assertEqual(self.world.restarts(), ["one"])
        self.assertEqual(self.agent("ActiveState"), "active")
        self.assertEqual(systemctl("is-enabled", "inhaul@scripts.service"), "enabled")

        started = time.monotonic()
        second = self.world.commit("two")  # git push
        wait_for("version two runs", lambda: self.world.restarts() == ["one", "two"])
        times["3. git push, until it runs"] = time.monotonic() - started
        self.wait_live(second)
        self.assertEqual(self.world.tree_problems(second), [])
        print("".join(f"\n    {name}: {seconds:.1f} s" for name, seconds in times.items()))
        # The README's promise: without a relay, inhaul polls each minute.
        self.assertEqual(len(times), 3)
        self.assertLess(times["3. git push, until it runs"], 60 + times["2. inhaul init"] + 15)
        # An administrator sees it.
        self.assertIn("scripts/shop: up to date", run("inhaul", "status").stdout)

    def seconds_of_apt(self):
        """Returns the start of apt's first action in the tree, from its log."""
        log = Path("/var/log/apt/history.log").read_text()
        (of_inhaul,) = [entry for entry in log.split("\n\n") if re.search(r"^Install:.* inhaul:|"
                                                                        r"^Install: inhaul:",
                                                                        entry, re.M)]
        times = [time.mktime(time.strptime(text, "%Y-%m-%d  %H:%M:%S"))
                 for text in re.findall(r"^(?:Start|End)-Date: (.*)$", of_inhaul, re.M)]
        return times[1] - times[0]

    def test_the_account_can_read_its_files_and_only_root_can_change_them(self):
        self.init("--setup-token", self.token, "--relay", "https://relay.example/Xk2vLq8wZr4TnB6c",
                  "--no-start")
        scripts = pwd.getpwnam("scripts")

        def owner_and_mode(path):
            info = Path(path).stat()
            return info.st_uid, info.st_gid, oct(info.st_mode & 0o7777)
        for path, expected in {
                "/etc/inhaul/scripts": (0, 0, "0o755"),
                "/etc/inhaul/scripts/shop.toml": (0, scripts.pw_gid, "0o640"),
                "/etc/inhaul/scripts/shop.key": (scripts.pw_uid, scripts.pw_gid, "0o600"),
                "/etc/inhaul/scripts/shop.webhook-secret": (scripts.pw_uid, scripts.pw_gid, "0o600"),
                "/var/lib/inhaul/scripts": (scripts.pw_uid, scripts.pw_gid, "0o700"),
                "/var/cache/inhaul/scripts": (scripts.pw_uid, scripts.pw_gid, "0o700"),
                "/etc/polkit-1/rules.d/50-inhaul-shop@scripts.rules": (0, 0, "0o644"),
                "/etc/systemd/system/inhaul@scripts.service.d/shop.conf": (0, 0, "0o644")}.items():
            with self.subTest(path=path):
                self.assertEqual(owner_and_mode(path), expected)
        # Nothing is running yet.
        self.assertEqual(self.agent("ActiveState"), "inactive")
        self.assertEqual(self.world.restarts(), [])

    def test_a_second_run_changes_nothing_and_keeps_the_agent_running(self):
        self.init("--setup-token", self.token)
        before, pid = self.files(), self.agent("MainPID")
        printed = self.init("--setup-token", self.token).stdout
        self.assertIn("all files already exist", printed)
        self.assertEqual((self.files(), self.agent("MainPID")), (before, pid))
        self.assertEqual(self.world.restarts(), ["one"])

    def files(self):
        return {str(path): path.read_bytes() for top in ("/etc/inhaul", "/etc/polkit-1/rules.d",
                                                         "/etc/systemd/system")
                for path in Path(top).rglob("*") if path.is_file()}

    def test_a_differing_rule_is_kept_without_force(self):
        self.init("--setup-token", self.token, "--no-start")
        rule = Path("/etc/polkit-1/rules.d/50-inhaul-shop@scripts.rules")
        rule.write_text("// mine\n")
        done = self.init("--no-start", expect=3)
        self.assertIn(str(rule), done.stderr)
        self.assertEqual(rule.read_text(), "// mine\n")
        self.init("--setup-token", self.token, "--no-start", "--force")
        self.assertIn("shop.service", rule.read_text())
        self.assertEqual(Path(f"{rule}~").read_text(), "// mine\n")
        Path(f"{rule}~").unlink()

    def test_an_app_that_was_set_up_with_no_start_is_watched_later(self):
        self.init("--setup-token", self.token)
        self.publish("blog", self.world.remote)
        directory = self.home / "blog"
        self.make_app(directory, "blog")
        self.init("--setup-token", self.token, "--no-start", cwd=directory)
        self.init(cwd=directory)
        self.hurry("shop", "blog")
        self.wait_live(self.world.commit("three"), "blog")

    def test_a_hostile_account_gains_nothing(self):
        """Links on the way to a directory, files elsewhere, somebody else's unit, root's terminal."""
        remote = f'{self.ssh["address"]}/octocat/shop.git'
        (self.home / "apps").symlink_to("/etc")
        self.init(self.home / "apps" / "store", "--account", "scripts", "--repository", remote,
                  "--no-service", expect=1)
        self.assertFalse(Path("/etc/store").exists())

        victim = Path("/srv/victim")
        victim.mkdir()
        self.addCleanup(run, "rm", "-rf", victim)
        git(self.directory, "config", "core.worktree", victim)
        done = self.init("--no-service", expect=3)
        self.assertIn("elsewhere", done.stderr)
        git(self.directory, "config", "--unset", "core.worktree")

        (self.home / "key").touch(mode=0o600)
        (self.home / "key.pub").symlink_to("/etc/shadow")
        run("chown", "-h", "scripts:", self.home / "key", self.home / "key.pub")
        (self.home / "key").write_text("-----BEGIN OPENSSH PRIVATE KEY-----\n"
                                       "b3BlbnNzaC1rZXktdjEAAAAABG5vbmU\n"
                                       "-----END OPENSSH PRIVATE KEY-----\n")
        done = self.init("--key", self.home / "key", "--no-service", "--no-start", "--setup-token",
                         self.token, expect=75)
        self.assertNotIn("root:", done.stdout + done.stderr)
        self.assertEqual(self.hub.control("settings", repository="octocat/shop")["keys"], [])
        run("rm", "-rf", self.world.settings)

        os.rename(self.directory, self.home / "dbus")
        run("systemctl", "stop", "shop.service")
        done = self.init("--dry-run", expect=2, cwd=self.home / "dbus")
        self.assertIn("--unit or --no-service", done.stderr)
        (self.home / "dbus" / ".git" / "config").unlink()
        os.mkfifo(self.home / "dbus" / ".git" / "config")
        self.init("--no-service", "--dry-run", "--repository", remote, cwd=self.home / "dbus",
                  expect=1)

    def test_a_hook_cannot_type_into_root_s_terminal(self):
        hook = self.home / "hook"
        # The kernel may forbid TIOCSTI: the test is that the hook has no terminal.
        hook.write_text("#!/usr/bin/python3\nimport fcntl, termios\n"
                        "try:\n"
                        "    terminal = open('/dev/tty')\n"
                        "    for byte in b'touch /owned\\n':\n"
                        "        fcntl.ioctl(terminal, termios.TIOCSTI, bytes([byte]))\n"
                        "    print('a terminal was there')\n"
                        "except OSError as error:\n"
                        "    print('none:', error.strerror)\n")
        hook.chmod(0o755)
        self.init("--setup-token", self.token, "--no-start")
        with (self.world.settings / "shop.toml").open("a", encoding="utf-8") as file:
            file.write(f'[hooks]\nafter = ["{hook}"]\n')
        status, shown = converse(["inhaul", "init", "-y", *self.words()], [], self.directory,
                                 {**CLEAN_ENVIRONMENT, "HOME": "/root", "TERM": "dumb"}, 120)
        self.assertEqual(status, 0, shown)
        self.assertNotIn("touch /owned", shown)
        # With a token, init does not ask for the key.
        self.assertNotIn("cannot read the repository", shown)
        done = run("runuser", "-u", "scripts", "--", "inhaul", "show", "1")
        self.assertIn("none: No such device or address", done.stdout)

    def test_a_second_app_in_the_same_directory_is_refused(self):
        self.init("--setup-token", self.token, "--no-start")
        for words in (["--name", "other"], ["--account", "root"]):
            done = self.init(*words, "--no-start", expect=3)
            self.assertIn("is already the directory of shop", done.stderr)
        self.assertEqual([path.name for path in self.world.settings.glob("*.toml")], ["shop.toml"])

    def test_the_rule_is_for_this_account_and_this_unit_alone(self):
        self.init("--setup-token", self.token)
        run("useradd", "--create-home", "other")
        self.addCleanup(run, "userdel", "-r", "other", check=False)

        def allowed(account, verb, unit="shop.service"):
            return run("runuser", "-u", account, "--", "systemctl", "--no-ask-password", verb, unit,
                       check=False).returncode == 0
        self.assertTrue(allowed("scripts", "restart"))
        for account, verb, unit in (("other", "restart", "shop.service"),
                                    ("scripts", "stop", "shop.service"),
                                    ("scripts", "restart", "dbus.service"),
                                    ("scripts", "restart", "inhaul@scripts.service")):
            self.assertFalse(allowed(account, verb, unit), (account, verb, unit))

    def test_an_app_is_deployed_as_soon_as_its_key_is_added(self):
        done = self.init(expect=75)
        self.assertIn("/octocat/shop/settings/keys/new", done.stdout)
        self.assertIn("inhaul deploys it when scripts can read the repository", done.stdout)
        self.assertEqual(self.agent("ActiveState"), "active")
        key = Path("/etc/inhaul/scripts/shop.key.pub").read_text()
        self.hub.control("authorize", repository="octocat/shop", key=key.strip())
        printed = self.init().stdout
        self.assertIn("shop is live", printed)
        self.assertNotIn("/settings/keys/new", printed)
        self.wait_live(self.first)

    def test_a_second_app_of_the_account_joins_the_first(self):
        self.init("--setup-token", self.token)
        self.publish("blog", self.world.remote)
        directory = self.home / "blog"
        self.make_app(directory, "blog")
        self.init("--setup-token", self.token, cwd=directory)
        self.hurry("shop", "blog")
        commit = self.world.commit("three")
        self.wait_live(commit)
        self.wait_live(commit, "blog")
        self.assertNotEqual(Path("/etc/inhaul/scripts/blog.key").read_text(),
                            Path("/etc/inhaul/scripts/shop.key").read_text())

    def test_an_app_outside_of_home_and_srv_can_be_written_by_the_agent(self):
        directory = Path("/data/100% shop")
        directory.parent.mkdir()
        self.addCleanup(run, "rm", "-rf", directory.parent)
        # Found by its name: the unit names no directory.
        Path("/etc/systemd/system/shop.service").write_text(
            "[Service]\nUser=scripts\nExecStart=/bin/sleep infinity\n")
        systemctl("daemon-reload")
        self.init(directory, "--repository", f'{self.ssh["address"]}/octocat/shop.git', "--account",
                  "scripts", "--name", "shop", "--setup-token", self.token, cwd="/")
        self.assertEqual((directory / "version").read_text(), "one\n")
        self.world.directory = directory
        self.hurry()
        second = self.world.commit("two")
        self.wait_live(second)
        self.assertEqual(self.world.tree_problems(second), [])
        # A second app there: the running agent needs a restart for its drop-in.
        self.publish("blog", self.world.remote)
        blog = Path("/data/blog")
        words = [blog, "--repository", f'{self.ssh["address"]}/octocat/blog.git', "--account",
                 "scripts", "--no-service", "--setup-token", self.token]
        self.init(*words, "--no-start", cwd="/")
        self.init(*words, cwd="/")
        self.hurry("blog")
        third = self.world.commit("three")
        self.wait_live(third, "blog")
        self.wait_live(third)
        # A missing directory, as of an unmounted disk: the other app is still deployed.
        run("rm", "-rf", blog)
        systemctl("restart", f"inhaul@{self.ACCOUNT}.service")
        fourth = self.world.commit("four")
        self.wait_live(fourth)

    def test_an_error_names_both_units_of_the_directory(self):
        self.addCleanup(systemctl, "daemon-reload")
        self.addCleanup(Path("/etc/systemd/system/worker.service").unlink)
        self.write_unit(self.directory, "worker")
        done = self.init("--name", "store", "--no-start", expect=2)
        self.assertIn("several units have their working directory there: ", done.stderr)
        for unit in ("shop.service", "worker.service"):
            self.assertIn(unit, done.stderr)
        # The unit with the app's name is used and reported.
        printed = self.init("--no-start", "--setup-token", self.token).stdout
        self.assertIn("several units have their working directory in", printed)
        self.assertIn("worker.service", printed)
        self.assertIn('unit = "shop.service"', (self.world.settings / "shop.toml").read_text())

    def test_a_channel_is_created_and_the_push_arrives_through_it(self):
        relay = Relay()
        self.addCleanup(relay.stop)
        relay.answers.append((307, {"Location": relay.url}, b""))
        self.init("--setup-token", self.token, "--relay", relay.url.rsplit("/", 1)[0])
        wait_for("the relay is connected", lambda: self.status()["relay"]["connected"])
        (secret,) = self.hub.control("settings", repository="octocat/shop")["secrets"]
        second = self.world.commit("two")
        body = webhook.push(self.first, second)
        relay.post(body, webhook.headers(body, secret))
        self.wait_live(second)
        self.assertEqual(self.world.history()[0]["trigger"], "relay")
        # Without the token, which is not kept, nothing is left to do.
        self.assertNotIn("settings/hooks", self.init().stdout)

    def test_without_polkit_nothing_is_written(self):
        rules = Path("/etc/polkit-1/rules.d")
        rules.rename("/etc/polkit-1/away")
        self.addCleanup(Path("/etc/polkit-1/away").rename, rules)
        done = self.init(expect=1)
        self.assertIn("apt install polkitd", done.stderr)
        self.assertFalse(self.world.settings.exists())

    def test_a_missing_unit_is_an_error_before_anything_is_written(self):
        done = self.init("--unit", "shpo", expect=1)
        self.assertIn("shpo.service", done.stderr)
        self.assertFalse(self.world.settings.exists())


class AccountServer(Server):
    """An account without root: its own checkout, unit and user manager."""

    ACCOUNT = "ada"

    def setUp(self):
        super().setUp()
        systemctl("stop", "shop.service")
        Path("/etc/systemd/system/shop.service").unlink()
        systemctl("daemon-reload")
        self.uid = pwd.getpwnam("ada").pw_uid
        self.world.settings = self.home / ".config" / "inhaul"
        self.world.state = self.home / ".local" / "state" / "inhaul"
        # As a login creates it; the next steps keep it.
        run("systemctl", "start", f"user@{self.uid}.service")
        self.addCleanup(run, "systemctl", "stop", f"user@{self.uid}.service")
        self.addCleanup(run, "loginctl", "disable-linger", "ada", check=False)
        self.restarts.write_text("")

    def reload(self):
        self.as_ada("systemctl", "--user", "reload", "inhaul.service")

    def as_ada(self, *words, check=True, cwd=None):
        return run("runuser", "-u", "ada", "--", "env", f"XDG_RUNTIME_DIR=/run/user/{self.uid}",
                   f"HOME={self.home}", *words, check=check, cwd=cwd or self.directory, timeout=200)

    def test_three_commands_without_root(self):
        units = self.home / ".config" / "systemd" / "user"
        self.as_ada("mkdir", "-p", units)
        (units / "shop.service").write_text(
            UNIT.format(directory=self.directory, restarts=self.restarts, user=""))
        self.as_ada("systemctl", "--user", "daemon-reload")
        self.as_ada("systemctl", "--user", "start", "shop.service")
        self.restarts.write_text("")
        token, known_hosts = self.home / "token", self.home / "known_hosts"
        for path, source in ((token, self.token), (known_hosts, self.known_hosts)):
            path.write_text(Path(source).read_text())
            path.chmod(0o600)
            run("chown", "ada:", path)
        done = self.as_ada("inhaul", "init", "--user", "--yes", "--api-url", self.hub.api, "--known-hosts",
                           known_hosts, "--setup-token", token, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("  ok  service          shop.service is running, and inhaul has permission to restart it",
                      done.stdout)
        self.assertNotIn("  no  ", done.stdout)
        self.assertEqual(self.world.restarts(), ["one"])
        self.hurry()
        second = self.world.commit("two")
        wait_for("version two runs", lambda: self.world.restarts() == ["one", "two"])
        self.assertEqual(self.world.tree_problems(second), [])
        # It continues after a logout and a reboot.
        self.assertTrue(Path("/var/lib/systemd/linger/ada").exists())
        # No file of root has changed.
        self.assertEqual([path for top in ("/etc/inhaul", "/etc/polkit-1/rules.d")
                          for path in Path(top).glob("*ada*")], [])
        self.as_ada("systemctl", "--user", "disable", "--now", "inhaul.service")


if __name__ == "__main__":
    unittest.main()
