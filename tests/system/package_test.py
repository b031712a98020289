# SPDX-License-Identifier: Apache-2.0
"""The Debian package: its content, and its installation on a host with a real systemd.

Runs as root in the machine of tests/support/in-machine (see CMakeLists.txt), and nowhere else: it
installs and removes packages. PACKAGES is a directory with two of them, of versions 0.0.1 and 0.0.2.
"""

import gzip
import json
import os
import tempfile
import unittest
from pathlib import Path

import check_docs
from support import machine  # pylint: disable=unused-import
from support.waiting import wait_for
from support.world import World, run

PACKAGES = Path(os.environ["PACKAGES"])
ACCOUNT = "scripts"
UNIT = f"inhaul@{ACCOUNT}.service"


def package(version):
    (found,) = PACKAGES.glob(f"inhaul_{version}_*.deb")
    return found


def systemctl(*words, check=True):
    return run("systemctl", *words, check=check).stdout.strip()


def dpkg(*words):
    return run("dpkg", *words, env={"DEBIAN_FRONTEND": "noninteractive"}, timeout=180).stdout


class Content(unittest.TestCase):
    def test_lintian_reports_nothing(self):
        done = run("lintian", "--fail-on", "error,warning", package("0.0.2"), check=False,
                   timeout=180)
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_everything_is_in_its_place_and_owned_by_root(self):
        listed = {}
        for line in run("dpkg-deb", "-c", package("0.0.2")).stdout.splitlines():
            mode, owner, *_, path = line.split()
            self.assertEqual(owner, "root/root", path)
            if not path.endswith("/") and not mode.startswith("l"):
                listed[path] = mode
        self.assertEqual(listed.pop("./usr/bin/inhaul"), "-rwxr-xr-x")
        self.assertEqual(set(listed.values()), {"-rw-r--r--"})
        for path in ("lib/systemd/system/inhaul@.service", "lib/systemd/user/inhaul.service",
                     "lib/systemd/system/inhaul-once@.timer", "lib/systemd/user/inhaul-once.timer",
                     "lib/systemd/user/inhaul-once.service",
                     "lib/sysusers.d/inhaul.conf", "lib/tmpfiles.d/inhaul.conf",
                     "share/man/man1/inhaul.1.gz", "share/man/man5/inhaul.toml.5.gz",
                     "share/bash-completion/completions/inhaul",
                     "share/zsh/vendor-completions/_inhaul",
                     "share/fish/vendor_completions.d/inhaul.fish",
                     "share/doc/inhaul/examples/myapp.toml", "share/doc/inhaul/copyright"):
            self.assertIn(f"./usr/{path}", listed)

    def test_the_links_and_paths_of_its_documentation_lead_to_its_files(self):
        with tempfile.TemporaryDirectory() as directory:
            run("dpkg-deb", "-x", package("0.0.2"), directory)
            documents = Path(directory, "usr/share/doc/inhaul").resolve()
            pages = check_docs.pages(documents)
            self.assertGreater(len(pages), 20)
            for page in pages:
                with self.subTest(page.relative_to(documents)):
                    self.assertEqual(list(check_docs.links(documents, page, page.read_text())), [])
            (hook,) = json.loads((documents / "examples/hooks.json").read_text())
            self.assertTrue(Path(directory + hook["execute-command"]).exists(), hook)

    def test_it_depends_on_its_programs_and_libraries(self):
        depends = run("dpkg-deb", "-f", package("0.0.2"), "Depends").stdout
        for name in ("openssh-client", "ca-certificates", "libgit2-", "libcurl4", "libsqlite3-0"):
            self.assertIn(name, depends)


class Life(unittest.TestCase):
    """In the order of the names: a package is installed, used, upgraded, removed, purged."""

    @classmethod
    def setUpClass(cls):
        run("useradd", "--create-home", ACCOUNT)
        cls.world = World(base=f"/home/{ACCOUNT}")
        cls.world.root.chmod(0o755)
        run("chown", f"{ACCOUNT}:", cls.world.root)
        cls.world.settings = Path("/etc/inhaul") / ACCOUNT
        cls.world.state = Path("/var/lib/inhaul") / ACCOUNT

    @classmethod
    def tearDownClass(cls):
        cls.world.remove()

    def status(self):
        done = run("runuser", "-u", ACCOUNT, "--", "inhaul", "status", "shop", "--json",
                   "--exit-zero", check=False)
        return json.loads(done.stdout)["apps"][0] if done.returncode == 0 else {}

    def commit(self, version, **files):
        return self.world.commit(version, files)

    def wait_live(self, commit):
        wait_for(f"{commit} is live", lambda: self.status().get("state") == "up-to-date"
                 and self.status()["live"]["commit"] == commit)

    def test_1_after_the_installation_no_agent_runs(self):
        dpkg("-i", package("0.0.1"))
        self.assertIn("0.0.1", run("dpkg-query", "-W", "inhaul").stdout)
        run("inhaul", "version")
        self.assertIn("inhaul", Path("/etc/passwd").read_text())
        self.assertTrue(Path("/etc/inhaul").is_dir())
        self.assertEqual(Path("~inhaul").expanduser().owner(), "inhaul")
        self.assertIn("ExecStart=/usr/bin/inhaul run", systemctl("cat", UNIT))
        self.assertEqual(systemctl("list-units", "--plain", "--no-legend", "inhaul*"), "")
        with gzip.open("/usr/share/man/man1/inhaul.1.gz", "rt") as page:
            self.assertIn("INHAUL 1", page.read())

    def test_2_an_agent_deploys(self):
        self.world.settings.mkdir()
        hook = self.world.root / "slow.sh"
        hook.write_text(f'test ! -e slow || {{ touch {self.world.root}/begun; sleep 5; }}\n')
        self.world.write_settings(hooks=f'[hooks]\nactivate = ["/bin/sh", "{hook}"]\n',
                                  service="")
        first = self.commit("one")
        # By hand, before systemd has created the directory of the state.
        by_hand = ("runuser", "-u", ACCOUNT, "--", "inhaul", "deploy", "shop")
        done = run(*by_hand, check=False)
        self.assertEqual(done.returncode, 1)
        advice = f"install -d -o {ACCOUNT} -m 700 {self.world.state}"
        self.assertIn(advice, done.stderr)
        run(*advice.split())
        run(*by_hand)
        # `init` writes the first file for an app; the second is for this test's hook.
        drop_in = Path(f"/etc/systemd/system/{UNIT}.d/shop.conf")
        drop_in.parent.mkdir()
        drop_in.write_text(f"[Service]\nReadWritePaths={self.world.directory} {self.world.root}\n")
        systemctl("daemon-reload")
        systemctl("enable", "--now", UNIT)
        self.wait_live(first)

    def test_3_an_upgrade_restarts_the_agent_and_loses_no_deployment(self):
        before = systemctl("show", "--value", "-p", "MainPID", UNIT)
        second = self.commit("two", slow="1\n")
        wait_for("the deployment is at its hook", (self.world.root / "begun").exists)
        dpkg("-i", package("0.0.2"))
        self.assertIn("0.0.2", run("dpkg-query", "-W", "inhaul").stdout)
        self.assertEqual(systemctl("is-active", UNIT), "active")
        self.assertNotEqual(systemctl("show", "--value", "-p", "MainPID", UNIT), before)
        self.wait_live(second)
        states = [state for state, in self.world.ledger("SELECT state FROM deployment")]
        self.assertEqual(states, ["succeeded", "succeeded"])

    def test_3b_an_agent_that_does_not_restart_does_not_prevent_an_upgrade(self):
        settings = self.world.settings / "shop.toml"
        good = settings.read_text()
        settings.write_text("nonsense\n")
        done = run("dpkg", "-i", package("0.0.2"), check=False, timeout=180)
        printed = done.stdout + done.stderr
        self.assertIn("an agent did not start again", printed)
        self.assertEqual(done.returncode, 0, printed)
        self.assertEqual(run("dpkg-query", "-W", "-f", "${Status}", "inhaul").stdout,
                         "install ok installed", printed)
        settings.write_text(good)
        systemctl("restart", UNIT)

    def test_3c_an_agent_without_apps_is_also_upgraded(self):
        settings = self.world.settings / "shop.toml"
        text = settings.read_text()
        settings.unlink()
        done = run("dpkg", "-i", package("0.0.2"), timeout=180)
        self.assertNotIn("an agent did not start again", done.stdout + done.stderr)
        self.assertEqual(systemctl("is-active", UNIT), "active")
        settings.write_text(text)
        systemctl("reload", UNIT)
        wait_for("it has found the app", lambda: "1 up to date" in
                 systemctl("show", "--value", "-p", "StatusText", UNIT))

    def test_4_a_removal_stops_the_agent_and_keeps_the_ledger(self):
        dpkg("-r", "inhaul")
        self.assertEqual(systemctl("is-active", UNIT, check=False), "inactive")
        self.assertFalse(Path("/usr/bin/inhaul").exists())
        self.assertTrue((self.world.state / "ledger.db").exists())
        self.assertTrue((self.world.settings / "shop.toml").exists())

    def test_5_after_a_new_installation_it_continues(self):
        dpkg("-i", package("0.0.2"))
        systemctl("start", UNIT)
        third = self.commit("three")
        self.wait_live(third)
        self.assertEqual(len(self.world.ledger("SELECT number FROM deployment")), 3)

    def test_6_a_purge_removes_the_ledger_and_keeps_the_app_and_its_settings(self):
        rule = Path("/etc/polkit-1/rules.d/50-inhaul-shop@scripts.rules")
        by_hand = rule.with_name("50-inhaul-mine.rules")
        for file in (rule, by_hand):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("// a rule\n")
        self.addCleanup(by_hand.unlink)
        units = Path("/etc/systemd/system")
        trigger = units / "inhaul-restart-shop@scripts.path"
        trigger.write_text("[Path]\nPathChanged=/home/scripts/restart\n[Install]\nWantedBy=paths.target\n")
        trigger.with_suffix(".service").write_text("[Service]\nType=oneshot\nExecStart=/bin/true\n")
        systemctl("daemon-reload")
        systemctl("enable", "--now", trigger.name)
        dpkg("-P", "inhaul")
        self.assertFalse(rule.exists())
        self.assertEqual(list(units.glob("**/inhaul-restart-*")), [])
        self.assertEqual(systemctl("is-active", trigger.name, check=False), "inactive")
        self.assertTrue(by_hand.exists())
        self.assertFalse(Path("/var/lib/inhaul").exists())
        self.assertFalse(Path(f"/etc/systemd/system/multi-user.target.wants/{UNIT}").is_symlink())
        self.assertTrue((self.world.settings / "shop.toml").exists())
        self.assertEqual((self.world.directory / "version").read_text(), "three\n")


if __name__ == "__main__":
    unittest.main()
