# SPDX-License-Identifier: Apache-2.0
"""inhaul and the stand-in for GitHub, checked against GitHub's description of its API.

The other tests depend on realistic answers of the stand-in. init_test.py checks keys and webhooks by
StandIn.describe().
"""

import copy
import json
import unittest

from support import openapi
from support.github import StandIn
from support.world import World, run

TOKEN = "github_pat_Secret0123456789"


@unittest.skipIf(openapi.unavailable(), openapi.unavailable())
class Described(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.remove)
        self.hub = StandIn()
        self.addCleanup(self.hub.stop)
        self.hub.describe(self)
        self.hub.control("token", token=TOKEN)
        self.hub.control("repository", name="octocat/shop", git=str(self.world.remote), private=True)
        self.token = self.world.root / "token"
        self.token.touch(mode=0o600)
        self.token.write_text(TOKEN + "\n")

    def settings(self, more="", repository="octocat/shop", branch="main"):
        self.world.write_settings(
            top=f'repository = "{repository}"\nbranch = "{branch}"\n'
                f'directory = "{self.world.directory}"\n',
            auth=f'[auth]\ntoken_file = "{self.token}"\n',
            github=f'[github]\napi_url = "{self.hub.api}"\n', poll="", more=more)

    def once(self, code=0):
        done = self.world.inhaul("once", check=False)
        self.assertEqual(done.returncode, code, done.stderr)

    def tearDown(self):
        agents = {request["headers"].get("user-agent") for request in self.hub.requests()}
        agents |= {request["agent"] for request in self.hub.control("git_requests")["requests"]}
        self.assertEqual(len(agents), 1, agents)
        self.assertRegex(agents.pop(), r"^git/2\.0 \(inhaul/[0-9.]+\)$")

    def test_requests_and_answers_for_a_head_match_the_description(self):
        self.settings()
        self.once(1)
        self.world.commit("one")
        self.world.inhaul("deploy", "shop")
        self.settings(repository="octocat/none")
        self.once(1)
        self.settings(branch="none")
        self.once(1)
        self.settings()
        self.once()
        self.once()
        statuses = {request["status"] for request in self.hub.requests()}
        self.assertLessEqual({304, 404, 409, 422}, statuses)

    def test_requests_and_answers_for_checks_match_the_description(self):
        commit = self.world.commit("one")
        self.settings('[require]\nchecks = "all"\n')
        self.hub.control("repository", name="octocat/shop", checks={
            "statuses": [{"sha": commit, "context": "ci", "state": "success"}],
            "check_runs": [{"sha": commit, "name": f"{number}", "conclusion": "success"}
                           for number in range(150)],
            "check_suites": [{"sha": commit}],
            "workflow_runs": [{"sha": commit, "name": None, "conclusion": "success"}]})
        self.once()
        self.hub.control("token", token=TOKEN, checks=False)
        self.world.inhaul("doctor", "shop", check=False)
        self.hub.control("rename", old="octocat/shop", new="octocat/store")
        self.world.inhaul("doctor", "shop", check=False)
        asked = " ".join(request["path"] for request in self.hub.requests())
        for path in ("/status?", "/check-runs?", "&page=2", "/check-suites?", "/actions/runs?",
                     "/repositories/"):
            self.assertIn(path, asked)


@unittest.skipIf(openapi.unavailable(), openapi.unavailable())
class OpenApiSelfTest(unittest.TestCase):
    def test_missing_wrong_and_additional_members_are_found(self):
        hub = StandIn()
        self.addCleanup(hub.stop)
        commit = "a" * 40
        hub.control("token", token=TOKEN)
        hub.control("repository", name="o/r", branches={"main": commit}, checks={
            "workflow_runs": [{"sha": commit, "name": "CI"}]})
        path = f"/repos/o/r/actions/runs?head_sha={commit}&per_page=100"
        done = run("curl", "-s", "-H", f"Authorization: Bearer {TOKEN}", "-A", "x", hub.api + path)
        good = json.loads(done.stdout)
        request = {"method": "GET", "path": path, "body": b"", "headers": {
            "user-agent": "x", "accept": "x", "x-github-api-version": "2022-11-28"}}

        description = openapi.Description()

        def problems(value=good, **changes):
            return description.problems({**request, **changes}, {
                "status": 200, "headers": {"content-type": "application/json; charset=utf-8"},
                "body": json.dumps(value)})
        self.assertEqual(problems(), [])
        for member, wrong in (("workflow_id", "7"), ("event", None), ("created_at", 5)):
            bad = copy.deepcopy(good)
            bad["workflow_runs"][0][member] = wrong
            self.assertIn(member, problems(bad)[0])
            del bad["workflow_runs"][0][member]
            self.assertIn(member, problems(bad)[0])
        self.assertIn("no parameter", problems(path=path + "&speed=1")[0])
        self.assertIn("no user-agent", problems(headers={**request["headers"], "user-agent": ""})[0])
        self.assertIn("no such thing", problems(path="/repos/o/r/nonsense")[0])


if __name__ == "__main__":
    unittest.main()
