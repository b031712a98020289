# SPDX-License-Identifier: Apache-2.0
"""The installed service inhaul@ACCOUNT with a real systemd, D-Bus and polkit, and no root.

Runs as root in the machine of tests/support/in-machine (see CMakeLists.txt), and nowhere else: it
installs inhaul, and creates an account and units.
"""

import json
import os
import shutil
import signal
import unittest
import urllib.request
from pathlib import Path

from support import machine  # pylint: disable=unused-import
from support.served import serve
from support.waiting import wait_for
from support.world import World, git, run

SUPPORT = Path(__file__).resolve().parent.parent / "support"
ACCOUNT = "scripts"
UNIT = f"inhaul@{ACCOUNT}.service"
APP_UNIT = """[Unit]
StartLimitIntervalSec=0
[Service]
User={account}
# The version at each start.
ExecStartPre=/bin/sh -c 'cat {root}/app/version >>{root}/restarts'
ExecStart=/bin/sleep infinity
"""
RULE = """polkit.addRule(function(action, subject) {{
    if (action.id == "org.freedesktop.systemd1.manage-units" &&
        action.lookup("unit") == "shop.service" && action.lookup("verb") == "restart" &&
        subject.user == "{account}")
        return polkit.Result.YES;
}});
"""


def systemctl(*words, check=True):
    return run("systemctl", *words, check=check).stdout.strip()


def show(unit, name):
    return systemctl("show", "--value", "-p", name, unit)


def setUpModule():
    run("cmake", "--install", os.environ["BUILD"], timeout=120)
    run("useradd", "--create-home", ACCOUNT)
    Path("/etc/inhaul").mkdir()
    Path("/etc/polkit-1/rules.d/50-inhaul.rules").write_text(RULE.format(account=ACCOUNT))


class Machine(unittest.TestCase):
    def setUp(self):
        self.world = World(base=f"/home/{ACCOUNT}")
        self.addCleanup(self.world.remove)
        # As set up by an administrator: settings in /etc, state in systemd's directory.
        self.world.settings = Path("/etc/inhaul") / ACCOUNT
        self.world.settings.mkdir(exist_ok=True)
        self.world.state = Path("/var/lib/inhaul") / ACCOUNT
        self.world.write_settings(service='[service]\nunit = "shop"\nsettle = "0s"\n')
        unit = Path("/etc/systemd/system/shop.service")
        unit.write_text(APP_UNIT.format(root=self.world.root, account=ACCOUNT))
        self.let_write("world", self.world.root)
        self.own()
        self.addCleanup(shutil.rmtree, "/var/lib/inhaul", True)
        self.addCleanup(systemctl, "stop", "shop.service", UNIT, check=False)

    def let_write(self, name, place):
        """Lets the agent write to an app's directory, as `inhaul init` does."""
        drop_in = Path(f"/etc/systemd/system/{UNIT}.d/{name}.conf")
        drop_in.parent.mkdir(exist_ok=True)
        drop_in.write_text(f"[Service]\nReadWritePaths={place}\n")
        self.addCleanup(drop_in.unlink)
        systemctl("daemon-reload")

    def own(self):
        self.world.root.chmod(0o755)
        run("chown", f"{ACCOUNT}:", self.world.root)

    def deploy(self, *words, **environment):
        """Deploys as the account, by hand."""
        setting = [f"{name}={value}" for name, value in environment.items()]
        return run("runuser", "-u", ACCOUNT, "--", "env", *setting, *self.world.argv("deploy", "shop"),
                   *words, check=False)

    def make_state(self):
        run("install", "-d", "-o", ACCOUNT, "-m", "700", self.world.state.parent, self.world.state)

    def wait_live(self, version):
        wait_for(f"version {version} runs", lambda: self.world.restarts()[-1:] == [version])

    def test_a_push_is_deployed_to_a_unit_also_after_the_agent_was_killed(self):
        first = self.world.commit("one")
        systemctl("start", UNIT)  # returns when READY=1 was sent
        self.wait_live("one")
        self.assertEqual(self.world.tree_problems(first), [])
        self.assertEqual(show("shop.service", "ActiveState"), "active")
        wait_for("the status is reported", lambda: "1 up to date" in show(UNIT, "StatusText"))

        run("journalctl", "--sync")
        run("usermod", "-aG", "systemd-journal", ACCOUNT)
        log = run("runuser", "-u", ACCOUNT, "--", *self.world.argv("logs", "shop", "-n", "50")).stdout
        self.assertIn(f"deployed app=shop to={first[:7]}", log.replace("from=nothing ", ""))

        os.kill(int(show(UNIT, "MainPID")), signal.SIGKILL)
        second = self.world.commit("two")
        self.wait_live("two")
        self.assertEqual(self.world.tree_problems(second), [])
        self.assertEqual(self.world.restarts(), ["one", "two"])

    def test_a_reload_rereads_the_settings_and_a_stop_is_clean(self):
        self.world.commit("one")
        systemctl("start", UNIT)
        self.wait_live("one")
        other = self.world.root / "other"
        self.world.write_settings(name="blog", top=f'repository = "{self.world.remote}"\n'
                                  f'directory = "{other}"\n', service="")
        self.addCleanup((self.world.settings / "blog.toml").unlink)
        systemctl("reload", UNIT)
        wait_for("the new app is deployed", (other / "version").exists)
        systemctl("stop", UNIT)
        self.assertEqual(show(UNIT, "Result"), "success")
        run("journalctl", "--sync")
        journal = run("journalctl", "-u", UNIT, "-o", "cat", "INHAUL_APP=blog").stdout
        self.assertRegex(journal, r"(?s)deploying app=blog .*\ndeployed app=blog ")

    def test_without_a_polkit_rule_the_hint_is_init_and_the_rule_needs_no_push(self):
        rule = Path("/etc/polkit-1/rules.d/50-inhaul.rules")
        text = rule.read_text()
        self.addCleanup(rule.write_text, text)
        rule.write_text("// nothing\n")
        self.make_state()
        first = self.world.commit("one")

        def refused():
            done = self.deploy()
            return done if done.returncode == 1 else None
        done = wait_for("polkit has seen the change", refused)
        self.assertIn(f"Run: sudo inhaul init {self.world.directory}\n", done.stderr)
        self.assertIn("shop.service", done.stderr)
        self.assertEqual(self.world.tree_problems(first), [])
        rule.write_text(text)
        wait_for("it is allowed", lambda: self.deploy().returncode == 0)
        self.assertEqual(self.world.restarts(), ["one"])

    def test_the_doctor_reports_the_permission_to_restart_and_restarts_nothing(self):
        self.make_state()
        self.world.commit("one")
        self.assertEqual(self.deploy().returncode, 0)

        def check_service():
            done = run("runuser", "-u", ACCOUNT, "--", *self.world.argv("doctor", "--json"),
                       check=False)
            (app,) = json.loads(done.stdout)["apps"]
            (found,) = [each for each in app["checks"] if each["check"] == "service"]
            return found
        found = check_service()
        self.assertEqual((found["status"], found["message"]),
                         ("good", "shop.service is running, and inhaul has permission to restart it"))

        systemctl("stop", "shop.service")
        self.assertIn("is not running", check_service()["message"])
        systemctl("start", "shop.service")

        rule = Path("/etc/polkit-1/rules.d/50-inhaul.rules")
        text = rule.read_text()
        self.addCleanup(rule.write_text, text)
        rule.write_text("// nothing\n")
        found = wait_for("polkit has seen the change", lambda: next(
            (each for each in [check_service()] if each["status"] == "bad"), None))
        self.assertEqual(found["hint"], f"Run: sudo inhaul init {self.world.directory}")
        # Once by the deployment, and once by hand.
        self.assertEqual(self.world.restarts(), ["one", "one"])

        Path("/etc/systemd/system/shop.service").unlink()
        systemctl("stop", "shop.service")
        systemctl("daemon-reload")
        self.assertIn("shop.service", check_service()["message"])
        self.assertEqual(check_service()["status"], "bad")

    def test_a_service_that_fails_is_a_failed_deployment(self):
        self.world.commit("one")
        self.make_state()
        self.assertEqual(self.deploy().returncode, 0)
        Path("/etc/systemd/system/shop.service").write_text(
            "[Service]\nType=exec\nExecStart=/no/such/program\n")
        systemctl("daemon-reload")
        bad = self.world.commit("bad")
        done = self.deploy()
        self.assertEqual(done.returncode, 1)
        self.assertIn("shop.service", done.stderr)
        # The rollback fails too: the unit itself is broken.
        self.assertIn("roll back to", done.stderr)
        status = self.world.status()
        self.assertEqual(status["state"], "failed")
        self.assertEqual(status["processed_head"], bad)

    def test_killed_anywhere_the_service_is_restarted_exactly_once(self):
        tools = self.world.root / "tools"
        tools.mkdir()
        library = tools / "kill_at.so"
        run("cc", "-shared", "-fPIC", "-O1", "-o", library, SUPPORT / "kill_at.c", "-ldl")
        tools.chmod(0o777)
        self.make_state()
        self.world.commit("start")
        self.assertEqual(self.deploy().returncode, 0)
        count = tools / "count"
        self.world.commit("counting")
        done = self.deploy(LD_PRELOAD=library, KILL_COUNT=count)
        self.assertEqual(done.returncode, 0, done.stderr)
        calls = int(count.read_text())
        killed = 0
        for kill_at in range(1, calls + 1):
            with self.subTest(kill_at=kill_at):
                version = f"v{kill_at}"
                commit = self.world.commit(version)
                died = self.deploy(LD_PRELOAD=library, KILL_AT=kill_at)
                killed += died.returncode != 0
                again = self.deploy()
                self.assertEqual(again.returncode, 0, again.stderr)
                self.assertEqual(git(self.world.directory, "rev-parse", "HEAD"), commit)
                self.assertEqual(self.world.restarts().count(version), 1)
                self.assertEqual(self.world.restarts()[-1], version)
        self.assertGreater(killed, calls // 2)
        problems = self.world.tree_problems(git(self.world.laptop, "rev-parse", "HEAD"))
        self.assertEqual(problems, [])


class Proof(Machine):
    """Commits that break a service in each possible way, and the rollbacks from them."""

    for name in list(vars(Machine)):
        if name.startswith("test_"):
            locals()[name] = None
    del name

    GOOD = "exec sleep infinity\n"
    WAYS = {
        "crashes after a while": "sleep 1; exit 3\n",
        "never starts": "exit 4\n",
        "dies of a signal": "sleep 0.5; kill -SEGV $$\n",
        "crashes and ignores SIGTERM": "trap '' TERM; sleep 1 & wait; exit 5\n",
    }

    def setUp(self):
        super().setUp()
        self.world.write_settings(service='[service]\nunit = "shop"\nsettle = "3s"\n')
        Path("/etc/systemd/system/shop.service").write_text(
            "[Unit]\nStartLimitIntervalSec=0\n[Service]\nRestart=always\nRestartSec=100ms\n"
            f"TimeoutStopSec=1s\nUser={ACCOUNT}\n"
            f"ExecStart=/bin/sh {self.world.root}/app/run.sh\n")
        systemctl("daemon-reload")
        self.own()
        self.make_state()

    def check_back(self, good, bad):
        self.assertEqual(self.world.tree_problems(good), [])
        self.assertEqual(show("shop.service", "ActiveState"), "active")
        status = self.world.status()
        self.assertEqual(status["state"], "rolled-back")
        self.assertEqual(status["restrictions"]["quarantine"][0]["commit"], bad)

    def test_a_service_that_fails_with_a_commit_is_rolled_back_to_the_last_known_good(self):
        good = self.world.commit("good", {"run.sh": self.GOOD})
        self.assertEqual(self.deploy().returncode, 0)
        for number, (way, script) in enumerate(self.WAYS.items()):
            with self.subTest(way=way):
                bad = self.world.commit(f"bad{number}", {"run.sh": script})
                done = self.deploy()
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn("rolled back", done.stderr)
                self.check_back(good, bad)
                invocation = show("shop.service", "InvocationID")
                self.assertEqual(self.deploy().returncode, 3)
                self.assertEqual(show("shop.service", "InvocationID"), invocation)

    def test_a_service_that_ignores_sigterm_is_still_replaced(self):
        self.world.commit("deaf", {"run.sh": "trap '' TERM; while :; do sleep 1; done\n"})
        self.assertEqual(self.deploy().returncode, 0)
        second = self.world.commit("two", {"run.sh": self.GOOD})
        self.assertEqual(self.deploy().returncode, 0)
        self.assertEqual(self.world.tree_problems(second), [])

    def test_the_agent_rolls_back_a_push_automatically_and_logs_it_in_the_journal(self):
        good = self.world.commit("good", {"run.sh": self.GOOD})
        systemctl("start", UNIT)
        wait_for("it runs", lambda: show("shop.service", "ActiveState") == "active"
                 and self.world.status()["live"]["last_known_good"] == good)
        bad = self.world.commit("bad", {"run.sh": "exit 6\n"})
        wait_for("it is rolled back", lambda: self.world.status()["state"] == "rolled-back")
        self.check_back(good, bad)
        run("journalctl", "--sync")
        journal = run("journalctl", "-u", UNIT, "-o", "cat", "INHAUL_APP=shop").stdout
        self.assertIn(f"{bad[:7]} failed, rolling back", journal)
        # Tools that watch journals find it by priority and by MESSAGE_ID.
        entries = [json.loads(line) for line in run(
            "journalctl", "-u", UNIT, "-o", "json", "--priority=err",
            "MESSAGE_ID=f5e8e640f58544559601138597191d84").stdout.splitlines()]
        entry = entries[-1]
        self.assertEqual((entry["PRIORITY"], entry["INHAUL_APP"], entry["INHAUL_OUTCOME"]),
                         ("3", "shop", "rolled-back"))
        # The exit status and the line of systemctl show it as well.
        done = run("runuser", "-u", ACCOUNT, "--", *self.world.argv("status"), check=False)
        self.assertEqual(done.returncode, 1, done.stdout)
        wait_for("systemctl names it", lambda: show(UNIT, "StatusText")
                 == f"1 app: 0 up to date, 1 not at the head (shop: {bad[:7]} rolled-back)")
        systemctl("stop", UNIT)

    def shown(self, bad):
        wait_for("it is rolled back", lambda: self.world.status()["state"] == "rolled-back"
                 and self.world.status()["restrictions"]["quarantine"][0]["commit"] == bad)
        number = str(self.world.history()[0]["number"])
        return run("runuser", "-u", ACCOUNT, "--", *self.world.argv("show", number)).stdout

    def test_the_log_of_a_unit_that_did_not_start_or_the_missing_group_is_shown(self):
        unit = Path("/etc/systemd/system/shop.service")
        unit.write_text(unit.read_text().replace(f"User={ACCOUNT}\n", ""))
        systemctl("daemon-reload")
        run("gpasswd", "--delete", ACCOUNT, "systemd-journal", check=False)
        good = self.world.commit("good", {"run.sh": self.GOOD})
        systemctl("start", UNIT)
        wait_for("it runs", lambda: self.world.status()["live"]["last_known_good"] == good)
        bad = self.world.commit("bad", {"run.sh": "echo no database; exit 6\n"})
        shown = self.shown(bad)
        self.assertIn("log: shop.service: scripts has no permission to read this log: scripts is not in the group "
                      "systemd-journal.", shown)
        self.assertIn("sudo usermod --append --groups systemd-journal scripts", shown)
        run("usermod", "--append", "--groups", "systemd-journal", ACCOUNT)
        self.addCleanup(run, "gpasswd", "--delete", ACCOUNT, "systemd-journal")
        systemctl("restart", UNIT)
        again = self.world.commit("bad again", {"run.sh": "echo no table; exit 6\n"})
        shown = self.shown(again)
        self.assertIn("log: shop.service: the newest lines\n", shown)
        self.assertIn("    no table\n", shown)
        self.assertIn("Failed with result", shown)
        self.assertNotIn("no database", shown)
        systemctl("stop", UNIT)


WEB_APP = """import http.server, sys, time
commit = open("updated.txt").read()
{before}
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(commit.encode())
    def log_message(self, *words):
        pass
http.server.HTTPServer(("127.0.0.1", 8377), Answer).serve_forever()
"""


class Releases(Proof):
    """A web app that runs from `current` and reports its commit."""

    for name in list(vars(Proof)):
        if name.startswith("test_"):
            locals()[name] = None
    del name

    def setUp(self):
        super().setUp()
        self.world.write_settings(
            top=f'repository = "{self.world.remote}"\ndirectory = "{self.world.directory}"\n'
                'stamp = "updated.txt"\nlayout = "releases"\n',
            releases="[releases]\nkeep = 2\n",
            probe='[probe]\nurl = "http://127.0.0.1:8377/"\nbody = "{commit}"\n'
                  'interval = "200ms"\ndeadline = "5s"\n',
            service='[service]\nunit = "shop"\nsettle = "1s"\n')
        current = self.world.directory / "current"
        Path("/etc/systemd/system/shop.service").write_text(
            "[Unit]\nStartLimitIntervalSec=0\n[Service]\nRestart=always\nRestartSec=100ms\n"
            f"TimeoutStopSec=1s\nUser={ACCOUNT}\nWorkingDirectory={current}\n"
            f"ExecStart=/usr/bin/python3 {current}/app.py\n")
        systemctl("daemon-reload")

    def push(self, version, before=""):
        return self.world.commit(version, {"app.py": WEB_APP.format(before=before)})

    def answer(self):
        with urllib.request.urlopen("http://127.0.0.1:8377/", timeout=5) as answer:
            return answer.read().decode()

    def test_an_app_that_answers_late_is_awaited_and_an_old_answer_is_rolled_back(self):
        self.push("one")
        self.assertEqual(self.deploy().returncode, 0)
        good = self.push("late", before="time.sleep(2)")
        self.assertEqual(self.deploy().returncode, 0)
        self.assertIn(good, self.answer())
        bad = self.push("old", before=f"commit = {good!r}")
        done = self.deploy()
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(good, self.answer())
        self.assertNotIn(bad, self.answer())
        self.assertEqual(self.world.status()["state"], "rolled-back")
        self.assertEqual(os.readlink(self.world.directory / "current"), f"releases/{good}")
        crash = self.push("crash", before="time.sleep(3); sys.exit(1)")
        self.assertEqual(self.deploy().returncode, 1)
        self.assertIn(good, self.answer())
        self.assertEqual({entry["commit"] for entry in self.world.status()["restrictions"]["quarantine"]},
                         {bad, crash})


class Sandboxed(Machine):
    """Under the installed unit's sandbox: git over ssh and https, hooks, a restart over D-Bus."""

    for name in list(vars(Machine)):
        if name.startswith("test_"):
            locals()[name] = None
    del name

    def serve(self, kind, *words):
        scratch = self.world.root / kind
        scratch.mkdir()
        shutil.chown(scratch, ACCOUNT)
        return serve(self, kind, self.world.root, "--scratch", scratch, *words,
                     before=("runuser", "-u", ACCOUNT, "--", "/usr/bin/python3"))

    def status_for_the_account(self):
        done = run("runuser", "-u", ACCOUNT, "--", *self.world.argv("status", "shop", "--json"))
        return json.loads(done.stdout)["apps"][0]["state"]

    def deployed_by_the_unit(self, url, auth, more=""):
        hook = self.world.root / "build.sh"
        hook.write_text('set -e; cp version built; mkdir -p "$XDG_CACHE_HOME/shop"; '
                        'git log -1 --format=%H >>"$XDG_CACHE_HOME/shop/log"; mktemp >/dev/null\n')
        self.own()
        self.world.write_settings(
            top=f'repository = "{url}"\ndirectory = "{self.world.directory}"\n', auth=auth,
            more=more, hooks=f'[hooks]\nbuild = ["/bin/sh", "{hook}"]\n',
            service='[service]\nunit = "shop"\nsettle = "0s"\n')
        systemctl("start", UNIT)
        first = self.world.commit("one")
        self.wait_live("one")
        second = self.world.commit("two")
        self.wait_live("two")
        wait_for("it is up to date", lambda: self.status_for_the_account() == "up-to-date")
        self.assertEqual(self.world.tree_problems(second), [])
        self.assertEqual((self.world.directory / "built").read_text(), "two\n")
        log = (Path(f"/var/cache/inhaul/{ACCOUNT}") / "shop/log").read_text().split()
        self.assertEqual(log[-2:], [first, second])
        exposed = run("systemd-analyze", "security", "--no-pager", "--threshold=18", UNIT)
        self.assertIn("Overall exposure level", exposed.stdout)

    def test_a_directory_that_the_sandbox_makes_read_only_is_reported_with_a_hint(self):
        app = Path("/data/shop")
        app.mkdir(parents=True)
        self.addCleanup(shutil.rmtree, app.parent)
        shutil.chown(app, ACCOUNT)
        self.world.write_settings(
            top=f'repository = "{self.world.remote}"\ndirectory = "{app}"\n',
            service='[service]\nunit = "shop"\n')
        systemctl("start", UNIT, check=False)
        run("journalctl", "--sync")
        journal = run("journalctl", "-u", UNIT, "-o", "cat").stdout
        self.assertIn("/data/shop is read-only here", journal)
        self.assertIn("ReadWritePaths=/data/shop", journal)
        self.let_write("data", app)
        systemctl("reset-failed", UNIT, check=False)
        self.world.commit("one")
        systemctl("restart", UNIT)
        wait_for("it is deployed", lambda: (app / "version").exists())

    def test_a_push_is_deployed_over_ssh(self):
        self.own()
        server = self.serve("ssh")
        self.world.commit("zero")
        self.deployed_by_the_unit(
            server["url"] + "remote.git",
            f'[auth]\nssh_key = "{server["keys"]["ed25519"]}"\n'
            f'known_hosts = "{server["known_hosts"]}"\n')

    def test_a_push_is_deployed_over_https(self):
        self.own()
        server = self.serve("https", "--token", "ghp_open")
        token = self.world.root / "token"
        token.write_text("ghp_open\n")
        token.chmod(0o600)
        shutil.chown(token, ACCOUNT)
        self.world.commit("zero")
        self.deployed_by_the_unit(server["url"] + "remote.git",
                                  f'[auth]\ntoken_file = "{token}"\n',
                                  f'[tls]\nca_file = "{server["ca"]}"\n')


class UserManager(unittest.TestCase):
    """Without root: the account's own agent, settings and units."""

    def test_an_account_without_root_deploys_to_its_own_unit(self):
        run("useradd", "--create-home", "ada")
        run("loginctl", "enable-linger", "ada")
        uid = run("id", "-u", "ada").stdout.strip()
        wait_for("the user manager runs", Path(f"/run/user/{uid}/systemd/private").exists)
        world = World(base="/home/ada")
        self.addCleanup(world.remove)
        world.root.chmod(0o755)
        home = Path("/home/ada")
        world.settings = home / ".config" / "inhaul"
        world.settings.mkdir(parents=True)
        world.write_settings(service='[service]\nunit = "shop"\nscope = "user"\nsettle = "0s"\n')
        units = home / ".config" / "systemd" / "user"
        units.mkdir(parents=True)
        (units / "shop.service").write_text(
            f"[Service]\nExecStartPre=/bin/sh -c 'cat {world.root}/app/version >>{world.root}/restarts'\n"
            "ExecStart=/bin/sleep infinity\n")
        world.commit("one")
        run("chown", "-R", "ada:", home)
        run("chown", "-R", "root:", world.laptop, world.remote)

        def user(*words, check=True):
            return run("runuser", "-u", "ada", "--", "env", f"XDG_RUNTIME_DIR=/run/user/{uid}",
                       "HOME=/home/ada", *words, check=check)
        user("systemctl", "--user", "daemon-reload")
        user("systemctl", "--user", "start", "inhaul.service")
        wait_for("version one runs", lambda: world.restarts() == ["one"])
        world.commit("two")
        wait_for("version two runs", lambda: world.restarts() == ["one", "two"])
        shown = user("inhaul", "status").stdout
        self.assertIn("shop", shown)
        user("systemctl", "--user", "stop", "inhaul.service")

    def test_an_installation_without_root_has_its_unit(self):
        """As in the README: cmake --install build/release --prefix ~/.local, and then init."""
        run("useradd", "--create-home", "bob")
        home = Path("/home/bob")
        uid = run("id", "-u", "bob").stdout.strip()
        run("systemctl", "start", f"user@{uid}.service")
        self.addCleanup(run, "systemctl", "stop", f"user@{uid}.service")
        world = World(base=home)
        self.addCleanup(world.remove)
        world.root.chmod(0o755)
        world.commit("one")
        git(home, "clone", "-q", world.remote, home / "shop")
        run("cmake", "--install", os.environ["BUILD"], "--prefix", home / ".local", timeout=120)
        run("chown", "-R", "bob:", home)
        run("chown", "-R", "root:", world.laptop, world.remote)
        # A unit of the host would take precedence.
        others = Path("/usr/local/lib/systemd/user/inhaul.service")
        others.rename("/root/inhaul.service")
        self.addCleanup(Path("/root/inhaul.service").rename, others)

        def user(*words):
            return run("runuser", "-u", "bob", "--", "env", f"XDG_RUNTIME_DIR=/run/user/{uid}",
                       f"HOME={home}", *words, cwd=home / "shop")
        printed = user(home / ".local/bin/inhaul", "init", "--user", "--no-service", "--yes").stdout
        self.assertIn("shop is live", printed)
        self.assertIn(f"{home}/.local/bin/inhaul run",
                      user("systemctl", "--user", "show", "-p", "ExecStart", "inhaul").stdout)
        self.assertEqual(user("systemctl", "--user", "is-active", "inhaul").stdout, "active\n")
        user("systemctl", "--user", "disable", "--now", "inhaul.service")


if __name__ == "__main__":
    unittest.main()
