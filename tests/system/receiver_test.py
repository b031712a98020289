# SPDX-License-Identifier: Apache-2.0
"""inhaul as the fallback beside a webhook receiver, Debian's `webhook` with the shipped example."""

import http.client
import json
import shutil
import subprocess
import unittest
from pathlib import Path

from support import webhook
from support.git_servers import free_port
from support.github import StandIn
from support.waiting import wait_for
from support.world import CLEAN_ENVIRONMENT, World

EXAMPLE = Path(__file__).resolve().parent.parent.parent / "systemd/examples/hooks.json"
TOKEN = "github_pat_Secret0123456789"
SECRET = "It's a Secret to Everybody"


class Receiver(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.remove)
        self.hub = StandIn()
        self.addCleanup(self.hub.stop)
        self.hub.control("token", token=TOKEN)
        self.hub.control("repository", name="octocat/shop", git=str(self.world.remote), private=True)
        token = self.world.root / "token"
        token.touch(mode=0o600)
        token.write_text(TOKEN)
        self.world.write_settings(
            top=f'repository = "octocat/shop"\ndirectory = "{self.world.directory}"\n',
            auth=f'[auth]\ntoken_file = "{token}"\n',
            github=f'[github]\napi_url = "{self.hub.api}"\n',
            poll='[poll]\ninterval = "5s"\n')
        self.commit = self.world.commit("one")

    def start_receiver(self):
        """Starts the example with this test's program, paths and secret."""
        (hook,) = json.loads(EXAMPLE.read_text())
        program, *words = self.world.argv()
        self.assertEqual(hook["execute-command"], "/usr/bin/inhaul")  # package_test.py: the package installs it
        hook["execute-command"] = program
        given = [word["name"] for word in hook["pass-arguments-to-command"]]
        self.assertEqual(given, ["deploy", "--wait", "2m", "myapp"])
        hook["pass-arguments-to-command"] = [
            {"source": "string", "name": word} for word in [*words, *given[:-1], "shop"]]
        hook["trigger-rule"]["and"][0]["match"]["secret"] = SECRET
        hooks = self.world.root / "hooks.json"
        hooks.write_text(json.dumps([hook]))
        self.port = free_port()
        self.receiver = subprocess.Popen(
            [shutil.which("webhook"), "-hooks", hooks, "-ip", "127.0.0.1", "-port",
             str(self.port)], env=CLEAN_ENVIRONMENT, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(self.receiver.wait)
        self.addCleanup(self.receiver.kill)
        wait_for("the receiver listens", lambda: self.post(b"{}", {}) is not None)

    def post(self, body, headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("POST", "/hooks/myapp", body, headers)
            return connection.getresponse().status
        except ConnectionRefusedError:
            return None
        finally:
            connection.close()

    def start_watcher(self):
        watcher = self.world.start("run", stderr=subprocess.DEVNULL)
        self.addCleanup(watcher.wait)
        self.addCleanup(watcher.kill)

    def push(self, version, secret=SECRET):
        before, self.commit = self.commit, self.world.commit(version)
        body = webhook.push(before, self.commit)
        return self.post(body, webhook.headers(body, secret))

    def live(self):
        """Returns whether the deployment has ended. During the restart the commit is the live one already."""
        if not (self.world.state / "ledger.db").exists():
            return False
        status = self.world.status()
        return status["state"] == "up-to-date" and status["live"]["commit"] == self.commit

    def test_one_push_is_one_restart_with_either_receiver_first(self):
        self.start_receiver()
        self.start_watcher()
        wait_for("one is live", self.live)
        versions = ["one"]
        for version in ("two", "three", "four"):
            versions.append(version)
            self.assertEqual(self.push(version), 200)
            wait_for(f"{version} is live", self.live)
        # Two further polls cause no second deployment.
        self.hub.requests(clear=True)
        wait_for("it was polled", lambda: [
            request["status"] for request in self.hub.requests()].count(304) >= 2)
        self.assertEqual(self.world.restarts(), versions)
        self.assertEqual(self.world.tree_problems(self.commit), [])

    def test_the_receiver_alone_deploys_immediately_and_refuses_unsigned_events(self):
        self.start_receiver()
        self.assertEqual(self.push("two"), 200)
        wait_for("two is live", self.live)
        self.push("three", secret="guess")
        self.assertEqual(self.world.restarts(), ["two"])

    def test_without_the_receiver_the_poll_deploys(self):
        self.start_receiver()
        self.start_watcher()
        wait_for("one is live", self.live)
        self.receiver.kill()
        self.receiver.wait()
        self.assertIsNone(self.push("two"))
        wait_for("two is live", self.live)
        self.assertEqual(self.world.restarts(), ["one", "two"])
        self.assertEqual(self.world.history()[0]["trigger"], "poll")


if __name__ == "__main__":
    unittest.main()
