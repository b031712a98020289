# SPDX-License-Identifier: Apache-2.0
"""`inhaul doctor` reports each fault of these tests in one line."""

import json
import os
import shutil
import subprocess
import time
import unittest

from support.certificate import self_signed
from support.github import StandIn
from support.relayed import TOKEN, Relayed
from support.waiting import wait_for
from support.served import serve
from support.world import INHAUL, World, git, run

ROOT = os.geteuid() == 0


def examined(world, expect, app="shop"):
    """Returns the findings of `doctor --json` for one app, in order."""
    done = world.inhaul("doctor", "--json", check=False)
    if done.returncode != expect:
        raise AssertionError(f"doctor ended with {done.returncode}, not {expect}:\n{done.stdout}"
                             f"{done.stderr}")
    printed = json.loads(done.stdout)
    if printed["healthy"] != (expect == 0):
        raise AssertionError(done.stdout)
    (checks,) = [each["checks"] for each in printed["apps"] if each["app"] == app]
    return checks


class Checklist(unittest.TestCase):
    def bad(self, world):
        return [each for each in examined(world, 1) if each["status"] == "bad"]

    def bad_by_name(self, world):
        return {each["check"]: each for each in self.bad(world)}

    def assert_only(self, world, what, *said, hint="", unread=False):
        """This check is the only one that fails, with one line and a hint.
        With unread, the agent has not read the test's new settings yet either."""
        found = self.bad(world)
        self.assertEqual([each["check"] for each in found], [what] + ["reload"] * unread, found)
        for part in said:
            self.assertIn(part, found[0]["message"])
        self.assertNotIn("\n", found[0]["message"])
        self.assertTrue(found[0]["hint"], found)
        self.assertIn(hint, found[0]["hint"])

    def assert_well(self, world):
        for each in examined(world, 0):
            self.assertIn(each["status"], ("good", "skipped"), each)


class OnGitHub(Relayed, Checklist):
    """A healthy app, with an agent that is connected to a relay; each test breaks one thing."""

    def setUp(self):
        super().setUp()
        self.begin()

    def test_every_check_of_a_healthy_app_passes(self):
        self.assert_well(self.world)
        printed = self.world.inhaul("doctor", "shop").stdout
        self.assertIn("  --  certificate ", printed)
        for line in ("settings", "name", "connection", "clock", "token", "rate limit",
                     "repository", "git", "relay", "webhook secret", "directory", "space",
                     "checkout", "agent", "ledger", "last answer", "last deployment"):
            self.assertIn(f"  ok  {line} ", printed)
        self.assertNotIn(TOKEN, printed)
        self.assertEqual(self.world.restarts(), ["one"])

    def test_invalid_settings(self):
        self.settings(poll='[poll]\nintervall = "1h"\n')
        self.assert_only(self.world, "settings", "shop.toml:", "poll.intervall", hint="interval")

    def test_an_unknown_app(self):
        done = self.world.inhaul("doctor", "shpo", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("shop", done.stderr)

    def test_a_token_that_others_can_read(self):
        self.token.chmod(0o644)
        self.assert_only(self.world, "settings", "auth.token_file", hint="chmod")

    def test_a_missing_token(self):
        self.token.unlink()
        self.assert_only(self.world, "settings", "auth.token_file", str(self.token))

    def test_a_revoked_token(self):
        self.hub.control("token", token=TOKEN, revoked=True)
        whats = self.bad_by_name(self.world)
        self.assertIn("token", whats)
        self.assertTrue(whats["token"]["hint"])
        self.assertNotIn("repository", whats)

    def test_a_token_that_needs_single_sign_on(self):
        self.hub.control("token", token=TOKEN, sso="https://github.com/orgs/octocat/sso?x=1")
        whats = self.bad_by_name(self.world)
        self.assertIn("https://github.com/orgs/octocat/sso?x=1",
                      whats["token"]["message"] + whats["token"]["hint"])

    def test_a_token_that_expires_soon(self):
        soon = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(time.time() + 3 * 86400))
        self.hub.control("token", token=TOKEN, expires=soon)
        self.assert_only(self.world, "token", "expires")

    def test_a_token_without_permission_for_the_repository(self):
        self.hub.control("token", token=TOKEN, contents=False)
        whats = self.bad_by_name(self.world)
        self.assertIn("Contents", whats["repository"]["message"] + whats["repository"]["hint"])

    def test_a_rate_limit_that_is_nearly_used_up(self):
        self.hub.control("window", token=TOKEN, limit=5000, used=4900)
        self.assert_only(self.world, "rate limit", "of 5000 requests left")

    def test_a_wrong_clock(self):
        self.hub.control("clock", ahead=3600)
        self.assert_only(self.world, "clock", "behind the server's clock", hint="timedatectl")

    def test_a_missing_repository(self):
        self.hub.control("delete", name="octocat/shop")
        self.assertIn("octocat/shop", self.bad_by_name(self.world)["repository"]["message"])

    def test_a_renamed_repository(self):
        self.hub.control("rename", old="octocat/shop", new="octocat/store")
        found = self.bad_by_name(self.world)
        self.assertIn("moved", found["repository"]["message"])

    def test_a_missing_branch(self):
        self.settings(top=f'repository = "octocat/shop"\ndirectory = "{self.world.directory}"\n'
                          'branch = "mian"\n')
        found = self.bad_by_name(self.world)
        self.assertIn("mian", found["repository"]["message"])

    def test_a_server_whose_name_cannot_be_resolved(self):
        self.settings(github='[github]\napi_url = "https://github.invalid/api/v3"\n')
        found = self.bad(self.world)
        self.assertEqual(found[0]["check"], "name", found)
        self.assertIn("github.invalid", found[0]["message"])

    def test_a_server_that_is_down(self):
        self.hub.stop()
        found = self.bad(self.world)
        self.assertEqual(found[0]["check"], "connection", found)

    def test_an_untrusted_certificate(self):
        certificate = self_signed(self.world.root / "certificate.pem")
        hub = StandIn(cert=certificate, key=certificate)
        self.addCleanup(hub.stop)
        hub.control("token", token=TOKEN)
        hub.control("repository", name="octocat/shop", git=str(self.world.remote), private=True)
        github = f'[github]\napi_url = "https://localhost:{hub.port}"\n'
        self.settings(github=github)
        found = self.bad(self.world)
        self.assertEqual(found[0]["check"], "certificate", found)
        self.settings(github=github, tls=f'[tls]\nca_file = "{certificate}"\n')
        printed = self.world.inhaul("doctor", check=False).stdout
        self.assertIn("  ok  certificate      trusted", printed)

    def test_a_token_without_permission_for_checks(self):
        self.settings(require='[require]\nchecks = "all"\n')
        printed = self.world.inhaul("doctor", "shop", check=False).stdout
        self.assertIn(f"  ok  checks           0 checks found for {self.commit[:7]}", printed)
        self.hub.control("token", token=TOKEN, checks=False, actions=False, statuses=False)
        self.assert_only(self.world, "checks", hint="Commit statuses: read", unread=True)

    def test_a_proxy_that_is_down(self):
        done = self.world.inhaul("doctor", "shop", check=False,
                                 env={"http_proxy": "http://ada:geheim@127.0.0.1:1"})
        self.assertIn("  no  proxy            http://127.0.0.1:1: ", done.stdout)
        self.assertIn("  --  connection ", done.stdout)
        self.assertNotIn("geheim", done.stdout + done.stderr)
        # libcurl's own message for this error contains the password.
        done = self.world.inhaul("doctor", "shop", check=False,
                                 env={"http_proxy": "htps://ada:geheim@127.0.0.1:1"})
        self.assertIn("  no  proxy            htps://127.0.0.1:1: ", done.stdout)
        self.assertNotIn("geheim", done.stdout + done.stderr)
        done = self.world.inhaul("doctor", "shop", env={"http_proxy": "http://127.0.0.1:1",
                                                        "no_proxy": "example.org, 127.0.0.1"})
        self.assertIn("  ok  name ", done.stdout)

    def test_a_relay_that_is_down(self):
        self.relay.stop()
        wait_for("the agent has noticed", lambda: self.world.status()["relay"]["error"])
        found = self.bad_by_name(self.world)
        self.assertEqual(set(found), {"relay"}, found)
        self.assertIn("127.0.0.1", found["relay"]["message"])

    def test_a_relay_without_a_webhook_secret(self):
        self.settings(relay=f'[relay]\nurl = "{self.relay.url}"\n')
        self.assert_only(self.world, "webhook secret", "anybody", hint="relay.secret_file",
                         unread=True)

    def test_a_relay_that_answers_with_a_page(self):
        self.relay.answers += [(200, {"Content-Type": "text/html"}, b"<html>")] * 3
        self.assert_only(self.world, "relay", "text/html", hint="relay.url")

    def test_an_agent_that_does_not_run(self):
        self.process.terminate()
        self.process.wait()
        self.assert_only(self.world, "agent", "deployed automatically", hint="systemctl")

    def test_a_pause(self):
        self.world.inhaul("pause", "shop", "--why", "moving house")
        self.assert_only(self.world, "pause", "moving house", hint="inhaul resume shop")

    def test_a_pin(self):
        self.world.inhaul("pin", "shop", self.commit)
        self.assert_only(self.world, "pin", self.commit[:7], hint="inhaul unpin shop")


class WithCommands(Checklist):
    """Faults of this host, without an agent's polls in between."""

    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.remove)
        self.world.write_settings()
        self.commit = self.world.commit("one")
        self.world.inhaul("deploy", "shop")
        process = self.world.start("run", stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.world.inhaul("pause", "shop")
        self.world.inhaul("resume", "shop")
        self.process = process
        wait_for("the branch was polled", lambda: self.world.ledger(
            "SELECT count(*) FROM watch WHERE asked IS NOT NULL") == [(1,)])

    def stop_agent(self):
        self.process.kill()
        self.process.wait()

    def test_every_check_of_a_healthy_app_with_commands_passes(self):
        self.assert_well(self.world)

    def test_edited_files(self):
        (self.world.directory / "version").write_text("mine\n")
        self.assert_only(self.world, "checkout", "1 tracked file", hint="patch")

    def test_a_directory_that_each_deployment_refuses(self):
        world = World()
        self.addCleanup(world.remove)
        world.commit("one")
        world.directory.mkdir()
        (world.directory / "stuff").write_text("x")
        releases = f'repository = "{world.remote}"\ndirectory = "{world.directory}"\n' \
            'layout = "releases"\n'
        for top, prepare in ((None, lambda: None), (releases, lambda: None),
                             (releases, lambda: git(world.directory, "init", "-q"))):
            world.write_settings(**({"top": top} if top else {}))
            prepare()
            found = [each for each in self.bad(world) if each["check"] == "checkout"]
            self.assertEqual(len(found), 1, found)
            refused = world.ends_with(3, "deploy", "shop").stderr
            self.assertIn(found[0]["message"], refused)

    def test_files_of_an_interrupted_switch_are_no_edits(self):
        self.stop_agent()
        two = self.world.commit("two", {"other": "x\n"})
        git(self.world.directory, "fetch", "-q", self.world.remote, "main")
        git(self.world.directory, "update-ref", "refs/inhaul-switching", two)
        (self.world.directory / "version").write_text("two\n")
        self.assertNotIn("checkout", self.bad_by_name(self.world))
        (self.world.directory / "version").write_text("mine\n")
        self.assertIn("1 tracked file", self.bad_by_name(self.world)["checkout"]["message"])

    def test_a_repository_that_lacks_objects(self):
        (self.world.directory / ".git" / "objects").rename(self.world.directory / ".git" / "gone")
        self.assert_only(self.world, "checkout", "an incomplete repository", hint="recreates it")

    def test_a_repository_in_which_root_has_run_git(self):
        if not ROOT:
            self.skipTest("needs root")
        self.stop_agent()
        objects = self.world.directory / ".git" / "objects" / "pack"
        run("chown", "-R", "65534:65534", self.world.root)
        run("chown", "0:0", objects)
        found = self.bad_as_nobody()
        self.assertIn(f"cannot write to {objects}", found["checkout"]["message"])
        self.assertIn(f"chown -R nobody {self.world.directory}/.git", found["checkout"]["hint"])

    def bad_as_nobody(self):
        shutil.copy(INHAUL, self.world.root / "inhaul")
        done = run("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                   self.world.root / "inhaul", *self.world.argv("doctor", "--json")[1:],
                   check=False)
        self.assertEqual(done.returncode, 1, done.stderr)
        (app,) = json.loads(done.stdout)["apps"]
        return {each["check"]: each for each in app["checks"] if each["status"] == "bad"}

    def test_a_stale_lock(self):
        (self.world.directory / ".git" / "index.lock").touch()
        self.assert_only(self.world, "locks", "index.lock")

    def test_a_directory_on_a_read_only_disk(self):
        self.mount("size=1g")
        run("mount", "-o", "remount,ro", self.world.directory.parent)
        found = self.bad(self.world)
        self.assertEqual(found[0]["check"], "settings", found)
        self.assertIn("app is read-only here", found[0]["message"])

    def test_a_directory_of_another_account(self):
        if not ROOT:
            self.skipTest("needs root")
        run("chown", "-R", "65534:65534", self.world.root)
        run("chown", "0:0", self.world.directory)
        found = self.bad_as_nobody()["settings"]
        self.assertIn(f"directory: nobody cannot write to {self.world.directory}", found["message"])
        self.assertIn("chown", found["hint"])

    def test_a_disk_that_is_nearly_full(self):
        self.mount("size=8m")
        found = self.bad_by_name(self.world)["space"]
        self.assertRegex(found["message"], r"^\d+ kB free for ")
        self.assertIn("Free some space", found["hint"])

    def test_a_disk_without_inodes(self):
        self.mount("size=1g,nr_inodes=500")
        self.assertRegex(self.bad_by_name(self.world)["inodes"]["message"], r"^4\d\d free for ")

    def mount(self, options):
        if not ROOT:
            self.skipTest("needs root")
        disk = self.world.root / "disk"
        disk.mkdir()
        run("mount", "-t", "tmpfs", "-o", options, "test", disk)
        self.addCleanup(run, "umount", disk)
        self.world.directory = disk / "app"
        self.world.write_settings()

    def test_a_probe_that_fails(self):
        self.world.write_settings(probe='[probe]\ncommand = ["/bin/false"]\ndeadline = "1s"\n')
        self.assert_only(self.world, "probe", "/bin/false", unread=True)

    def test_a_commit_in_quarantine(self):
        self.stop_agent()
        bad = self.world.commit("broken")
        self.world.replace_restart_script(f"! grep -q broken '{self.world.directory}/version'\n")
        self.world.inhaul("deploy", "shop", check=False)
        found = self.bad_by_name(self.world)
        self.assertIn(bad[:7], found["quarantine"]["message"])
        self.assertIn("inhaul retry shop", found["quarantine"]["hint"])
        self.assertIn("rolled-back", found["last deployment"]["message"])

    def test_a_past_failure_is_not_reported(self):
        """A good commit after a bad one, and a refused deployment by an operator."""
        self.stop_agent()
        self.world.commit("broken")
        self.world.replace_restart_script(f"! grep -q broken '{self.world.directory}/version'\n")
        self.world.inhaul("deploy", "shop", check=False)
        self.world.commit("better")
        self.world.inhaul("deploy", "shop")
        self.assertEqual(set(self.bad_by_name(self.world)), {"agent"})
        self.world.write_settings(require='[require]\nfast_forward = true\n')
        done = self.world.inhaul("deploy", "shop", "--to", self.commit, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("refused", self.world.ledger("SELECT state FROM deployment")[-1])
        self.assertEqual(set(self.bad_by_name(self.world)), {"agent"})
        self.assertIn("deployment 3, triggered by a command", self.world.inhaul("why", "shop").stdout)

    def test_a_deployment_that_died(self):
        self.stop_agent()
        begun = self.world.root / "begun"
        self.world.write_settings(
            hooks=f'[hooks]\nactivate = ["/bin/sh", "-c", "touch {begun}; sleep 60"]\n')
        self.world.commit("two")
        worker = self.world.start("deploy", "shop", stderr=subprocess.DEVNULL)
        wait_for("the hook runs", begun.exists)
        self.assertIn("last deployment", {each["check"] for each in examined(self.world, 1)
                                          if each["status"] == "good"})
        worker.kill()
        worker.wait()
        found = self.bad_by_name(self.world)["last deployment"]
        self.assertIn("activating, but its process died", found["message"])
        self.assertIn("The next start of the agent resumes it.", found["hint"])
        self.assertIn("inhaul deploy shop", found["hint"])

    def test_a_deployment_that_failed(self):
        self.stop_agent()
        self.world.commit("broken")
        self.world.replace_restart_script("exit 1\n")
        self.world.inhaul("deploy", "shop", check=False)
        found = self.bad_by_name(self.world)
        self.assertIn("failed", found["last deployment"]["message"])
        self.assertIn("inhaul show", found["last deployment"]["hint"])

    def test_a_gate_that_holds(self):
        self.stop_agent()
        self.world.write_settings(require='[require]\nminimum_age = "1d"\n')
        self.world.commit("young")
        self.world.inhaul("once", check=False)
        found = self.bad_by_name(self.world)
        self.assertIn("minimum_age", found["gate"]["message"])
        # The branch is back at the live commit: nothing waits any more.
        git(self.world.laptop, "push", "-q", "--force", "origin", f"{self.commit}:main")
        self.world.inhaul("once")
        self.assertNotIn("gate", {each["check"] for each in examined(self.world, 0)})

    def test_a_damaged_ledger(self):
        self.stop_agent()
        for each in self.world.state.glob("ledger.db-*"):
            each.unlink()
        (self.world.state / "ledger.db").write_bytes(b"garbage " * 1000)
        (said,) = [each for each in examined(self.world, 1) if each["check"] == "ledger"]
        self.assertEqual(said["status"], "bad")
        self.assertIn("ledger.db", said["message"])

    def test_a_missing_remote(self):
        self.stop_agent()
        self.world.remote.rename(self.world.root / "away")
        found = self.bad_by_name(self.world)["git"]
        self.assertIn(str(self.world.remote), found["message"])


class OverSsh(Checklist):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.remove)
        self.printed = serve(self, "ssh", self.world.root)
        self.world.commit("one")

    def write_settings(self, key="ed25519", known_hosts=None):
        self.world.write_settings(
            top=f'repository = "{self.printed["url"]}remote.git"\n'
                f'directory = "{self.world.directory}"\n',
            auth=f'[auth]\nssh_key = "{self.printed["keys"].get(key, key)}"\n'
                 f'known_hosts = "{known_hosts or self.printed["known_hosts"]}"\n')

    def test_a_key_that_is_accepted(self):
        self.write_settings()
        self.assertEqual(set(self.bad_by_name(self.world)), {"agent"})

    def test_an_unknown_host(self):
        other = self.world.root / "known_hosts"
        other.write_text("elsewhere.example ssh-ed25519 "
                         "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl\n")
        self.write_settings(known_hosts=other)
        found = self.bad_by_name(self.world)["host keys"]
        self.assertIn("127.0.0.1", found["message"])
        self.assertIn("known_hosts", found["hint"])

    def test_a_key_that_is_refused(self):
        key = self.world.root / "key"
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
        self.write_settings(key=str(key))
        self.assertIn("Permission denied", self.bad_by_name(self.world)["git"]["message"])

    def test_a_key_that_others_can_read(self):
        key = self.world.root / "key"
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
        key.chmod(0o640)
        self.write_settings(key=str(key))
        self.assertIn("auth.ssh_key", self.bad_by_name(self.world)["settings"]["message"])


if __name__ == "__main__":
    unittest.main()
