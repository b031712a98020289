# SPDX-License-Identifier: Apache-2.0
"""An app whose agent is connected to a relay, for the tests of the binary."""

import json
import time
import unittest

from support import webhook
from support.github import StandIn
from support.relay import Relay
from support.waiting import wait_for
from support.world import World

TOKEN = "github_pat_Secret0123456789"
SECRET = "It's a Secret to Everybody"


class Relayed(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.remove)
        self.hub = StandIn()
        self.addCleanup(self.hub.stop)
        self.hub.control("token", token=TOKEN)
        self.hub.control("repository", name="octocat/shop", git=str(self.world.remote), private=True)
        self.token = self.private("token", TOKEN)
        self.secret = self.private("secret", SECRET)
        self.log_path = self.world.root / "log"
        self.commit = self.world.commit("one")

    def private(self, name, content):
        path = self.world.root / name
        path.touch(mode=0o600)
        path.write_text(content + "\n")
        return path

    def begin(self, kind="smee", secret=True, **changes):
        """Starts an agent that is connected to the relay and has deployed the first commit."""
        self.relay = Relay(kind)
        self.addCleanup(self.relay.stop)
        self.settings(secret, **changes)
        self.start()
        wait_for("one runs", lambda: self.world.restarts() == ["one"])
        self.wait_connected()
        self.settle()

    def settings(self, secret=True, name="shop", **changes):
        parts = {
            "top": f'repository = "octocat/shop"\ndirectory = "{self.world.directory}"\n',
            "auth": f'[auth]\ntoken_file = "{self.token}"\n',
            "github": f'[github]\napi_url = "{self.hub.api}"\n',
            "poll": '[poll]\ninterval = "1h"\n',
            "relay": f'[relay]\nurl = "{self.relay.url}"\n'
                     + (f'secret_file = "{self.secret}"\n' if secret else ""),
        }
        parts.update(changes)
        self.world.write_settings(name, **parts)

    def start(self, **environment):
        log = open(self.log_path, "a", encoding="utf-8")
        self.addCleanup(log.close)
        self.process = self.world.start("run", stderr=log, env=environment)
        self.addCleanup(self.process.wait)
        self.addCleanup(self.process.kill)

    def relay_status(self):
        return self.world.status()["relay"]

    def wait_connected(self):
        wait_for("the relay is connected", lambda: self.relay_status()["connected"])

    def settle(self):
        """Waits for the poll that the connection causes, and clears the record of it."""
        wait_for("a poll follows the connection", lambda: any(
            request["status"] == 304 for request in self.hub.requests()))
        self.hub.requests(clear=True)

    def push(self, version, secret=SECRET):
        """Pushes a commit and posts its webhook."""
        before, self.commit = self.commit, self.world.commit(version)
        body = webhook.push(before, self.commit)
        self.relay.post(body, webhook.headers(body, secret))
        return body

    def wait_live(self, *versions):
        wait_for(f"{versions[-1]} runs", lambda: self.world.restarts() == list(versions))
        wait_for("it is recorded", lambda: self.world.status()["live"]["commit"] == self.commit)

    def barrier(self):
        """Posts a genuine ping: when it arrives, all earlier events have arrived."""
        body = json.dumps({"zen": str(time.time_ns())}, separators=(",", ":")).encode()
        self.relay.post(body, webhook.headers(body, SECRET, event="ping"))
        wait_for("the ping came through", lambda: self.relay_status()["last_result"] == "ping")
