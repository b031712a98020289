# SPDX-License-Identifier: Apache-2.0
"""GitHub gets each deployment with the right states, once, also after lost requests.

The stand-in keeps deployments and statuses as GitHub does. If GitHub's description of its API is
available, the stand-in compares requests and answers with it.
"""

import json
import socket
import subprocess
import time
import unittest

from support.github import StandIn
from support.waiting import wait_for
from support.world import World

TOKEN = "github_pat_Secret0123456789"
SHOP = "octocat/shop"
ENVIRONMENT = f"production/{socket.gethostname()}"


class Reported(unittest.TestCase):
    mode = "deployments"

    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.remove)
        self.hub = StandIn()
        self.addCleanup(self.hub.stop)
        self.hub.describe(self)
        self.hub.control("token", token=TOKEN, deployments=True, statuses_write=True)
        self.hub.control("repository", name=SHOP, git=str(self.world.remote), private=True)
        self.token = self.world.root / "token"
        self.token.touch(mode=0o600)
        self.token.write_text(TOKEN + "\n")
        self.write()
        self.first = self.world.commit("one")

    def write(self, more="", name="shop", **tables):
        self.world.write_settings(name, **{
            "top": f'repository = "{SHOP}"\ndirectory = "{self.world.root / name}"\n',
            "auth": f'[auth]\ntoken_file = "{self.token}"\n',
            "github": f'[github]\napi_url = "{self.hub.api}"\n', "poll": '[poll]\nvia = "git"\n'
            'interval = "1s"\n', "report": f'[report]\ngithub = "{self.mode}"\n{more}', **tables})
        self.world.replace_restart_script(
            f"cat '{self.world.root / name}/version' >>'{self.world.restarts_file}'\n"
            f"! grep -q broken '{self.world.root / name}/version'\n")

    def deploy(self, *words, expect=0):
        return self.world.ends_with(expect, "deploy", "shop", *words)

    def agent(self, *words):
        process = self.world.start("run", *words, stderr=subprocess.PIPE)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def reports(self, **fields):
        return self.hub.control("reports", repository=SHOP, **fields)

    def deployments(self):
        """Returns the commit and the states of each deployment."""
        return [(each["sha"], [status["state"] for status in each["statuses"]])
                for each in self.reports()["deployments"]]

    def ends(self):
        """Returns deployments() without the starts: a start is reported only on a slow host."""
        return [(sha, [state for state in states if state != "in_progress"])
                for sha, states in self.deployments()]

    def posts(self):
        return [request["path"] for request in self.hub.requests() if request["method"] == "POST" and
                ("/deployments" in request["path"] or "/statuses" in request["path"])]

    def ended(self):
        return [each["state"] for each in self.world.history()].count("succeeded")

    def target(self, *columns):
        (row,) = self.world.ledger(f"SELECT {', '.join(columns)} FROM notify_target")
        return row if len(columns) > 1 else row[0]


class Deployments(Reported):
    def test_each_end_of_a_deployment_has_its_state(self):
        self.write('environment_url = "https://shop.example"\n')
        self.deploy()
        second = self.world.commit("two")
        self.deploy()
        self.assertEqual(self.ends(), [
            (self.first, ["success", "inactive"]), (second, ["success"])])
        bad = self.world.commit("broken-three")
        self.deploy(expect=1)
        self.assertEqual(self.ends()[1:], [(second, ["success"]), (bad, ["failure"])])
        self.deploy("--to", self.first, "--force")
        self.assertEqual(self.ends(), [
            (self.first, ["success", "inactive"]), (second, ["success", "inactive"]),
            (bad, ["failure"]), (self.first, ["success"])])

        one, _, failed, _ = self.reports()["deployments"]
        self.assertEqual(one["environment"], ENVIRONMENT)
        self.assertEqual((one["production_environment"], one["transient_environment"]), (False, False))
        self.assertRegex(one["payload"].pop("id"), r"^[0-9a-f]{32}-1-[0-9a-f]{7}$")
        account = one["payload"].pop("account")
        self.assertTrue(account)
        self.assertEqual(one["payload"], {"agent": "inhaul", "host": socket.gethostname(),
                                          "app": "shop", "deployment": 1})
        success, inactive = one["statuses"]
        self.assertEqual((success["description"], success["environment_url"]),
                         ("deployment 1 is live", "https://shop.example"))
        self.assertEqual(inactive["description"], "replaced by deployment 2")
        (failure,) = failed["statuses"]
        self.assertRegex(failure["description"], f"^deployment 3: .*; rolled back to {second[:7]}$")
        self.assertEqual(failure["environment_url"], "")

    def test_a_long_deployment_is_in_progress_and_a_start_that_is_over_is_not_reported(self):
        go = self.world.root / "go"
        self.write(hooks=f'[hooks]\nactivate = ["/bin/sh", "-c", "while [ ! -e {go} ]; do sleep 0.1; '
                         'done"]\n')
        self.agent()
        wait_for("the start is reported",
                 lambda: self.deployments() == [(self.first, ["in_progress"])])
        go.touch()
        wait_for("the end is reported",
                 lambda: self.deployments() == [(self.first, ["in_progress", "success"])])
        second = self.world.commit("two")
        wait_for("the next is reported", lambda: self.ends() == [
            (self.first, ["success", "inactive"]), (second, ["success"])])

    def test_a_commit_that_fails_again_leaves_no_deployment_open(self):
        self.deploy()
        bad = self.world.commit("broken-two")
        self.deploy(expect=1)
        self.deploy("--force", expect=1)
        self.assertEqual(self.ends(), [(self.first, ["success"]), (bad, ["failure"])])
        self.assertEqual(self.target("error"), "")

    def test_a_commit_that_a_gate_refuses_is_not_reported(self):
        self.world.commit("three [skip deploy]")
        self.deploy(expect=3)
        self.assertEqual(self.posts(), [])

    def test_an_answer_that_is_lost_repeats_nothing(self):
        self.agent()
        wait_for("the first is reported", lambda: self.ends() == [(self.first, ["success"])])
        commits = [self.first]
        for number, only in enumerate(("POST .*/deployments$", "POST .*/statuses$")):
            for kind in ("close", "cut_headers", "garbage"):
                with self.subTest(only=only, kind=kind):
                    self.hub.control("fault", kind=kind, only=only)
                    commits.append(self.world.commit(f"{number} {kind}"))
                    expected = [(commit, ["success", "inactive"]) for commit in commits[:-1]]
                    wait_for("it is reported once", lambda: self.ends() == [
                        *expected, (commits[-1], ["success"])])
        self.reports(payload_as_text=True)
        self.hub.control("fault", kind="close", only="POST .*/deployments$")
        commits.append(self.world.commit("last"))
        wait_for("it is reported once", lambda: self.ends() == [
            *((commit, ["success", "inactive"]) for commit in commits[:-1]),
            (commits[-1], ["success"])])

    def test_a_kill_between_a_request_and_the_ledger_repeats_nothing(self):
        commits = [self.first]
        for only in ("POST .*/deployments$", "POST .*/statuses$"):
            with self.subTest(only=only):
                self.hub.control("fault", kind="hang", only=only)
                self.hub.requests(clear=True)
                process = self.agent()
                wait_for("the request is carried out", lambda: any(
                    request["status"] == "hang" for request in self.hub.requests()))
                process.kill()
                process.wait()
                self.assertEqual(self.target("sending"), 1)
                process = self.agent()
                wait_for("it is reported once", lambda: self.ends() == [
                    *((commit, ["success", "inactive"]) for commit in commits[:-1]),
                    (commits[-1], ["success"])])
                process.kill()
                process.wait()
                commits.append(self.world.commit(f"after {len(commits)}"))

    def test_a_renamed_repository_is_found(self):
        self.hub.control("rename", old=SHOP, new="octocat/store")
        self.deploy()
        (made,) = self.hub.control("reports", repository="octocat/store")["deployments"]
        self.assertEqual([each["state"] for each in made["statuses"]], ["success"])


class Refused(Reported):
    def error(self):
        failing = self.world.status()["failing_targets"]
        return failing[0]["error"] if failing else ""

    def test_a_missing_permission_is_named_and_fails_nothing(self):
        self.hub.control("token", token=TOKEN, deployments=False)
        self.deploy()
        self.assertEqual(self.error(), "HTTP status 403: Resource not accessible by personal access "
                                       "token; the token needs the permission Deployments: write")
        shown = self.world.inhaul("status", "shop", "--exit-zero").stdout
        self.assertIn("shop/report.github", shown)
        self.assertIn("Deployments: write", self.world.inhaul("doctor", "shop", check=False).stdout)
        self.hub.control("token", token=TOKEN, deployments=True)
        second = self.world.commit("two")
        self.deploy()
        self.assertEqual(self.error(), "")
        self.assertEqual(self.ends(), [(second, ["success"])])

    def test_an_answer_that_refuses_is_shown_and_the_next_deployment_is_reported(self):
        for status, message, said in (
                (404, "Not Found", "Not Found; the token needs the permission Deployments: write"),
                (422, "No ref found for: x", "No ref found for: x"),
                (409, "Conflict merging main into x.", "Conflict merging main into x."),
                (401, "Bad credentials", "Bad credentials; the token is invalid or expired")):
            with self.subTest(status=status):
                self.hub.control("reply", status=status, body=json.dumps({"message": message}))
                commit = self.world.commit(f"{status}")
                self.deploy()
                self.assertEqual(self.error(), f"HTTP status {status}: {said}")
                self.assertNotIn(commit, [each for each, _ in self.deployments()])
                self.deploy("--again")
                self.assertEqual(self.error(), "")
                self.assertIn(commit, [each for each, _ in self.deployments()])

    def test_a_limit_is_obeyed_in_both_forms(self):
        self.agent()
        wait_for("the first is reported", lambda: len(self.deployments()) == 1)
        for status in (403, 429):
            for form in ("seconds", "date"):
                with self.subTest(status=status, form=form):
                    self.hub.control("secondary", status=status, retry_after=4, form=form)
                    before = time.monotonic()
                    commit = self.world.commit(f"{status} {form}")
                    wait_for("it is reported", lambda: (commit, ["success"]) in self.ends())
                    # A date has whole seconds.
                    self.assertGreater(time.monotonic() - before, 2.9)
                    self.assertEqual(self.error(), "")

    def test_a_limit_holds_for_all_apps_of_the_token(self):
        self.write(name="other")
        self.hub.control("secondary", status=403, retry_after=600, requests=1)
        self.agent()
        wait_for("both are deployed", lambda: self.ended() == 2)
        wait_for("the limit is met", lambda: self.posts())
        self.world.commit("two")
        wait_for("both are deployed again", lambda: self.ended() == 4)
        self.assertEqual(len(self.posts()), 1)

    def test_a_server_that_hangs_or_fails_delays_no_deployment(self):
        self.hub.control("fault", kind="hang", only="POST", requests=1)
        self.hub.control("fault", kind="garbage", only="POST", requests=1)
        self.agent()
        wait_for("the report hangs", lambda: self.posts())
        for version in ("two", "three"):
            commit = self.world.commit(version)
            wait_for("it is deployed", lambda: self.world.status()["live"]["commit"] == commit)
        self.assertEqual(self.posts(), self.posts()[:1])
        self.hub.release()
        wait_for("all is reported", lambda: [states for _, states in self.ends()] == [
            ["success", "inactive"], ["success", "inactive"], ["success"]])

    def test_doctor_and_a_test_name_the_permission_and_create_nothing(self):
        for permitted in (False, True):
            self.hub.control("token", token=TOKEN, deployments=permitted)
            done = self.world.inhaul("notify", "--test", "shop/report.github", check=False)
            self.assertEqual(done.returncode, 0 if permitted else 1, done.stdout)
            if permitted:
                self.assertEqual(done.stdout, "shop/report.github (github): works: the token has the "
                                              "permission Deployments: write\n")
            else:
                self.assertIn("does not work: HTTP status 403: Resource not accessible", done.stdout)
            shown = json.loads(self.world.inhaul("doctor", "shop", "--json", check=False).stdout)
            (finding,) = (each for each in shown["apps"][0]["checks"] if each["check"] == "report")
            self.assertEqual(finding["status"], "good" if permitted else "bad", finding)
            if not permitted:
                self.assertEqual(finding["hint"], f"Give the token in {self.token} the permission "
                                                  f"Deployments: write for {SHOP}.")
        self.assertEqual(self.deployments(), [])


class Statuses(Reported):
    mode = "statuses"
    context = f"inhaul/{socket.gethostname()}/shop"

    def statuses(self):
        """Returns the commit and the states of each context, without the starts: see ends()."""
        found = {}
        for each in self.reports()["statuses"]:
            if each["state"] == "pending":
                continue
            found.setdefault((each["sha"], each["context"]), []).append(each["state"])
        return found

    def test_each_end_of_a_deployment_has_its_status(self):
        self.deploy()
        bad = self.world.commit("broken-two")
        self.deploy(expect=1)
        self.assertEqual(self.statuses(), {(self.first, self.context): ["success"],
                                           (bad, self.context): ["failure"]})

    def test_a_status_whose_answer_is_lost_is_not_set_twice(self):
        self.hub.control("fault", kind="close", only="POST")
        self.agent()
        wait_for("it is looked for", lambda: any(
            request["method"] == "GET" and request["path"].endswith("/statuses?per_page=100")
            for request in self.hub.requests()))
        wait_for("it is done", lambda: self.target("sending", "unknown", "error") == (0, 0, ""))
        self.assertEqual(self.statuses(), {(self.first, self.context): ["success"]})

    def test_the_gate_for_all_checks_ignores_our_own_statuses(self):
        self.hub.control("repository", name=SHOP, checks={"statuses": [
            {"sha": self.first, "context": "ci", "state": "success"}]})
        self.write(require='[require]\nchecks = "all"\nchecks_settle = "0s"\n')
        self.deploy()
        second = self.world.commit("broken-two")
        self.hub.control("repository", name=SHOP, checks={"statuses": [
            {"sha": second, "context": "ci", "state": "success"}]})
        self.deploy(expect=1)
        self.assertEqual(self.statuses()[second, self.context], ["failure"])
        self.world.replace_restart_script("exit 0\n")
        self.world.inhaul("retry", "shop")
        self.assertEqual(self.statuses()[second, self.context], ["failure", "success"])

    def test_a_gate_may_wait_for_the_status_of_another_host(self):
        other = "inhaul/canary/shop"
        self.write(require=f'[require]\nchecks = ["{other}"]\n')
        self.deploy(expect=3)
        self.hub.control("repository", name=SHOP, checks={"statuses": [
            {"sha": self.first, "context": other, "state": "success"}]})
        self.deploy()

    def test_a_missing_permission_is_named(self):
        self.hub.control("token", token=TOKEN, statuses_write=False)
        self.deploy()
        self.assertIn("the token needs the permission Commit statuses: write", self.target("error"))


if __name__ == "__main__":
    unittest.main()
