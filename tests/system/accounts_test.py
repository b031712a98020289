# SPDX-License-Identifier: Apache-2.0
"""Root manages the apps of all accounts, each with that account's rights.

Runs as root in a machine over the tree of tests/support/clean-root, and nowhere else: it creates
accounts.
"""

import json
import os
import pwd
import signal
import subprocess
import unittest
from pathlib import Path

from support import machine  # pylint: disable=unused-import
from support.terminal import converse
from support.waiting import wait_for
from support.world import CLEAN_ENVIRONMENT, World, git, run

# The account of a hook, and its access.
HOOK = """test ! -e slow -o -e ../begun || { touch ../begun; sleep 60; }
id -un; id -Gn; umask; echo "$HOME"
if (: </dev/tty) 2>/dev/null; then echo terminal; else echo no terminal; fi
"""
DEEP = {"a/b/c/d/e/deep.txt": "deep\n", "bin/run": "#!/bin/sh\n", "odd näme/ü b.txt": "odd\n"}


class App(World):
    """An app of an account, in the account's home."""

    def __init__(self, account, name, settings, state):
        super().__init__(base=f"/home/{account}")
        self.account, self.name = account, name
        self.settings, self.state = settings, state
        hook = self.root / "hook.sh"
        hook.write_text(HOOK)
        os.chmod(self.root, 0o755)
        settings.mkdir(parents=True, exist_ok=True)
        self.write_settings(name, hooks=f'[hooks]\nafter = ["/bin/sh", "{hook}"]\n')
        (self.laptop / "link").symlink_to("a/b")
        self.first = self.commit("one", DEEP)
        self.own()

    def own(self):
        """The account owns the app, another one the remote."""
        run("chown", f"{self.account}:", self.root)


class Host(unittest.TestCase):
    """scripts has shop and blog, as created by init; ada has blog in her home; bob has nothing."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        run("groupadd", "--force", "web")
        for account in ("scripts", "ada", "bob"):
            run("useradd", "--create-home", "--groups", "web", account)
            os.chmod(f"/home/{account}", 0o755)
        cls.etc = Path("/etc/inhaul/scripts")
        cls.state = Path("/var/lib/inhaul/scripts")
        run("install", "-d", "-o", "scripts", "-m", "700", cls.state)
        cls.shop = App("scripts", "shop", cls.etc, cls.state)
        cls.blog = App("scripts", "blog", cls.etc, cls.state)
        home = Path("/home/ada")
        cls.adas = App("ada", "blog", home / ".config/inhaul", home / ".local/state/inhaul")
        run("chown", "-R", "ada:", home / ".config")

    @classmethod
    def tearDownClass(cls):
        for account in ("scripts", "ada", "bob"):
            run("userdel", "-r", account, check=False)
        run("rm", "-rf", cls.etc, cls.state)

    def root(self, *words, expect=0):
        """Runs as an administrator with a strict umask."""
        done = run("sh", "-c", 'umask 077; exec "$@"', "sh", "inhaul", *words, check=False, cwd="/root",
                   env={"HOME": "/root", "SECRET_OF_ROOT": "1"})
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done

    def account(self, name, *words, expect=0):
        done = run("runuser", "-u", name, "--", "env", f"HOME=/home/{name}", "inhaul", *words,
                   check=False, cwd="/")
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done

    def check_owner(self, app):
        """The account owns all files; root owns none."""
        uid = pwd.getpwnam(app.account).pw_uid
        places = [app.directory, *app.directory.rglob("*"), app.state, *app.state.rglob("*")]
        self.assertEqual([str(path) for path in places if path.lstat().st_uid != uid], [])
        self.assertEqual(oct((app.directory / "a/b/c/d/e/deep.txt").stat().st_mode & 0o777), "0o644")
        self.assertEqual(oct((app.directory / "a/b").stat().st_mode & 0o777), "0o755")


class Root(Host):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for app in (cls.shop, cls.blog, cls.adas):
            run("inhaul", "deploy", f"{app.account}/{app.name}", env={"HOME": "/root"})

    def test_it_deploys_as_the_account(self):
        for name, app in {"shop": self.shop, "scripts/blog": self.blog, "ada/blog": self.adas}.items():
            with self.subTest(name):
                commit = app.commit(f"two of {name}")
                done = self.root("deploy", name)
                self.assertIn(f"{commit[:7]} \"version two of {name}\" is live", done.stdout)
                self.assertEqual((app.directory / "version").read_text(), f"two of {name}\n")
                self.check_owner(app)
                text = self.account(app.account, "show", self.newest(app)["number"]).stdout
                self.assertIn(f"    {app.account}\n    {app.account} web\n    0022\n"
                              f"    /home/{app.account}\n    no terminal\n", text)
                self.assertEqual(self.newest(app)["origin"], f"root as {app.account}")
        for name in (".local/state/inhaul", ".config/inhaul"):
            self.assertFalse(Path("/root", name).exists(), name)

    def newest(self, app):
        done = self.account(app.account, "history", app.name, "--json")
        record = json.loads(done.stdout)["deployments"][0]
        return {**record, "number": str(record["number"])}

    def test_a_hook_cannot_access_root_s_terminal(self):
        self.shop.commit("at a terminal")
        status, shown = converse(["inhaul", "deploy", "shop"], [], Path("/root"),
                                 {**CLEAN_ENVIRONMENT, "HOME": "/root", "TERM": "dumb"}, 60)
        self.assertEqual(status, 0, shown)
        self.assertIn("is live", shown)
        self.assertIn("no terminal", self.root("show", f"scripts/{self.newest(self.shop)['number']}")
                      .stdout)

    def test_root_sees_the_metrics_of_all_accounts_as_one_text(self):
        text = self.root("metrics").stdout
        self.assertEqual(text.count("# HELP inhaul_up "), 1)
        for account in ("ada", "scripts"):
            self.assertIn(f'inhaul_up{{account="{account}"}}', text)
        self.assertIn("ada, scripts", self.root("page", expect=2).stderr)

    def test_root_sends_the_test_messages_of_each_account_as_that_account(self):
        accounts = {"scripts": self.etc, "ada": self.adas.settings}
        for account, directory in accounts.items():
            file = directory / "inhaul.toml"
            file.write_text('[notify.own]\ntype = "command"\n'
                            f'command = ["/usr/bin/touch", "/home/{account}/notified"]\n')
            self.addCleanup(file.unlink)
        shown = self.root("notify", "--test").stdout
        for account in accounts:
            self.assertIn(f"{account}/own (command): sent", shown)
            self.assertEqual(Path(f"/home/{account}/notified").owner(), account)
        (self.adas.settings / "inhaul.toml").write_text("")
        self.assertNotIn("ada", self.root("notify", "--test").stdout)
        done = self.root("notify", "--test", "own", expect=2)
        self.assertIn("sudo -u ada inhaul notify --test own", done.stderr)

    def test_an_app_of_two_accounts_needs_the_account(self):
        for words in (["deploy", "blog"], ["why", "blog"], ["pause", "blog"], ["status", "blog"],
                      ["history", "blog", "--json"], ["doctor", "blog"], ["check", "blog"],
                      ["logs", "blog"], ["rollback", "blog"], ["once", "blog"]):
            with self.subTest(words):
                if words[0] == "history":
                    continue
                done = self.root(*words, expect=2)
                for app in "ada/blog", "scripts/blog":
                    command = " ".join([words[0], app, *words[2:]])
                    self.assertIn(f"\n          sudo inhaul {command}\n", done.stderr)
        done = self.root("why", "shopp", expect=2)
        self.assertIn("Did you mean scripts/shop?", done.stderr)
        self.assertIn("the account bob has no apps", self.root("why", "bob/shop", expect=2).stderr)

    def test_root_sees_the_status_of_all_apps(self):
        rows = [line.split("\t") for line in self.root("status").stdout.split("\n\n")[0].splitlines()]
        self.assertEqual([row[0] for row in rows], ["APP", "ada/blog", "scripts/blog", "scripts/shop"])
        self.assertRegex(self.root("status").stdout, r"\n\nada/blog: \w(.|\n)*\nscripts/blog: \w")
        apps = json.loads(self.root("status", "--json").stdout)["apps"]
        self.assertEqual([(app["account"], app["app"]) for app in apps],
                         [("ada", "blog"), ("scripts", "blog"), ("scripts", "shop")])
        apps = json.loads(self.root("status", "shop", "ada/blog", "--json").stdout)["apps"]
        self.assertEqual({(app["account"], app["app"]) for app in apps},
                         {("ada", "blog"), ("scripts", "shop")})
        self.assertEqual(json.loads(self.root("status", "shop", "--json").stdout)["apps"][0]["live"]
                         ["commit"], git(self.shop.directory, "rev-parse", "HEAD"))

    def test_root_sees_one_merged_history(self):
        lines = self.root("history").stdout.splitlines()
        self.assertIn("#\tSTARTED\tAPP", lines[0])
        rows = [dict(zip(lines[0].split("\t"), line.split("\t"))) for line in lines[1:]]
        self.assertEqual({row["APP"] for row in rows}, {"ada/blog", "scripts/blog", "scripts/shop"})
        times = [row["STARTED"] for row in rows]
        self.assertEqual(times, sorted(times, reverse=True))
        for row in rows:
            if row["#"] == "-":
                continue
            name = row["APP"].split("/")[1]
            self.assertIn(f"of {name}: ", self.root("show", row["#"]).stdout)
        only = json.loads(self.root("history", "shop", "--json").stdout)["deployments"]
        self.assertEqual({(each["account"], each["app"]) for each in only}, {("scripts", "shop")})
        both = json.loads(self.root("history", "--json", "-n", "2").stdout)["deployments"]
        self.assertEqual(len(both), 2)
        # Each account has its own numbers.
        several = self.root("show", "1", expect=2).stderr
        for number in "ada/1", "scripts/1":
            self.assertIn(f"\n          sudo inhaul show {number}\n", several)
        self.assertIn("no deployment 99", self.root("show", "99", expect=2).stderr)

    def test_operator_actions_reach_the_account_s_ledger(self):
        first = self.shop.commit("first")
        self.root("deploy", "shop")
        self.root("pause", "shop", "--for", "2h", "--why", "a demo of scripts/shop")
        second = self.shop.commit("second")
        self.assertEqual(self.account("scripts", "status", "shop", "--json").stdout.count("paused"), 2)
        self.root("deploy", "scripts/shop", expect=3)
        self.assertIn("or after `inhaul resume shop`", self.root("why", "shop").stdout)
        self.root("resume", "scripts/shop")
        self.root("deploy", "shop")
        self.assertEqual(git(self.shop.directory, "rev-parse", "HEAD"), second)
        self.root("rollback", "shop", "--why", "bad")
        self.assertEqual(git(self.shop.directory, "rev-parse", "HEAD"), first)
        self.root("pin", "shop", second)
        self.root("unpin", "shop")
        self.root("retry", "shop")
        self.root("once", "shop")
        self.assertEqual(git(self.shop.directory, "rev-parse", "HEAD"), second)
        self.check_owner(self.shop)
        actions = json.loads(self.account("scripts", "history", "shop", "--json").stdout)["operator_actions"]
        self.assertEqual({action["who"] for action in actions}, {"root as scripts"})
        self.assertIn("a demo of scripts/shop", [action["why"] for action in actions])

    def test_doctor_and_once_cover_all_accounts(self):
        for app in (self.shop, self.blog, self.adas):
            app.commit(f"asked for {app.account} {app.name}")
        self.root("once")
        for app in (self.shop, self.blog, self.adas):
            self.assertEqual((app.directory / "version").read_text(),
                             f"asked for {app.account} {app.name}\n")
            self.check_owner(app)
        done = self.root("doctor")
        self.assertIn("polled by cron, last run", done.stdout)
        self.assertEqual([line for line in done.stdout.splitlines() if not line.startswith(" ")],
                         ["ada/blog", "scripts/blog", "scripts/shop"])
        found = json.loads(self.root("doctor", "--json").stdout)
        self.assertEqual([(app["account"], app["app"]) for app in found["apps"]],
                         [("ada", "blog"), ("scripts", "blog"), ("scripts", "shop")])
        self.assertTrue(found["healthy"])
        self.root("pause", "ada/blog")
        self.assertFalse(json.loads(self.root("doctor", "--json", expect=1).stdout)["healthy"])
        self.root("resume", "ada/blog")
        text = self.root("check").stdout
        for app in (self.shop, self.blog, self.adas):
            self.assertIn(str(app.settings / f"{app.name}.toml"), text)

    def test_root_reads_no_file_of_an_account(self):
        secret = Path("/root/secret.toml")
        secret.write_text("password = \"of root\"\n")
        secret.chmod(0o600)
        self.addCleanup(secret.unlink)
        link = self.adas.settings / "evil.toml"
        link.symlink_to(secret)
        self.addCleanup(link.unlink)
        for words in (["check"], ["status"], ["doctor"], ["why", "evil"], ["deploy", "evil"]):
            done = run("inhaul", *words, check=False, env={"HOME": "/root"})
            self.assertNotIn("of root", done.stdout + done.stderr, words)
        self.assertIn("Permission denied", self.root("why", "evil", expect=78).stderr)

    def test_settings_without_an_account_are_reported(self):
        gone = Path("/etc/inhaul/gone")
        gone.mkdir()
        self.addCleanup(run, "rm", "-rf", gone)
        (gone / "shop.toml").write_text("")
        done = self.root("status", expect=78)
        self.assertIn("/etc/inhaul/gone: no account has this name", done.stderr)
        self.assertIn("scripts/shop", done.stdout)
        self.root("why", "shop")

    def test_config_and_state_select_the_account(self):
        commit = self.blog.commit("by its settings")
        self.root("--config", self.etc, "deploy", "blog")
        self.root("--config", self.etc, "--state", self.state, "pause", "blog")
        self.root("resume", "--config", self.etc, "blog")
        # The account's process has none of root's environment, which names the scheduler.
        run("inhaul", "--config", self.etc, "once", env={"HOME": "/root", "INVOCATION_ID": "1"})
        (shown,) = json.loads(self.root("--config", self.etc, "status", "blog", "--json").stdout)["apps"]
        self.assertEqual(shown["schedule"]["by"], "timer")
        self.assertEqual(git(self.blog.directory, "rev-parse", "HEAD"), commit)
        self.check_owner(self.blog)

    def test_a_unit_of_root_uses_root_s_own_settings(self):
        own = World()
        self.addCleanup(own.remove)
        own.write_settings("shop")
        own.commit("own")
        own.inhaul("deploy", "shop")
        self.assertEqual([each["app"] for each in own.history()], ["shop"])

    def test_root_s_ctrl_c_ends_the_account_s_process(self):
        commit = self.shop.commit("slow", {"slow": ""})
        with subprocess.Popen(["inhaul", "deploy", "shop"], env={**CLEAN_ENVIRONMENT, "HOME": "/root"},
                              stdin=subprocess.DEVNULL) as deploying:
            wait_for("the hook runs", (self.shop.root / "begun").exists)
            deploying.send_signal(signal.SIGINT)
            self.assertEqual(deploying.wait(30), 75)
        wait_for("nothing of it runs", lambda: not run("pgrep", "-u", "scripts", check=False).stdout)
        self.root("deploy", "shop")
        self.assertEqual(self.shop.tree_problems(commit), [])


class Others(Host):
    def test_an_account_without_apps_gets_a_hint_to_the_others(self):
        self.root("deploy", "scripts/shop")
        for words in (["status"], ["history"], ["show", "1"], ["check"], ["doctor"], ["once"],
                      ["why", "shop"], ["deploy", "shop"], ["pause", "shop"], ["resume", "shop"],
                      ["pin", "shop"], ["unpin", "shop"], ["rollback", "shop"], ["retry", "shop"],
                      ["history", "shop"], ["doctor", "shop"], ["status", "shop", "--json"]):
            with self.subTest(words):
                done = run("runuser", "-u", "bob", "--", "env", "HOME=/home/bob", "inhaul", *words,
                           check=False, cwd="/")
                self.assertIn(done.returncode, (1,) if words[0] == "doctor" and words[1:] == []
                              else (2, 78), done.stdout + done.stderr)
                printed = " ".join(word for word in words if word != "--json")
                self.assertIn("sudo -u scripts inhaul " +
                              ("status --json shop" if "--json" in words else printed),
                              done.stdout + done.stderr)
                self.assertNotIn("nothing has been deployed", done.stdout + done.stderr)
                self.assertNotIn("Or:", done.stdout + done.stderr)
        self.assertFalse(Path("/home/bob/.local").exists())
        done = self.account("bob", "pause", "shop", "--why", "a demo's", expect=2)
        self.assertIn("sudo -u scripts inhaul pause '--why=a demo'\\''s' shop", done.stderr)
        # The command of the hint works.
        self.assertIn("scripts", self.account("scripts", "history").stdout)

    def test_a_hint_names_the_account_of_another_app(self):
        done = self.account("ada", "why", "shop", expect=2)
        self.assertIn("sudo -u scripts inhaul why shop", done.stderr)
        done = self.account("ada", "why", "scripts/shop", expect=1)
        self.assertIn("sudo -u scripts inhaul why scripts/shop", done.stderr)
        self.assertIn("blog: ", self.account("ada", "why", "ada/blog").stdout)
        self.assertIn("nothing has been deployed yet", self.account("ada", "history").stdout)


if __name__ == "__main__":
    unittest.main()
