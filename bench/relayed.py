# SPDX-License-Identifier: Apache-2.0
"""From a webhook at a relay to the restart: `inhaul run` against smee-client, webhook and a script.

Each side has its own relay, which passes the same webhook on. The script is that of
deploying.py. `webhook` verifies the signature, as in the example in systemd/examples.
"""

import json
import shutil
import subprocess
import time
from statistics import median

import process
from environment import OWNER, TREE, free_port, git, program, wait_for
from deploying import Contest
from support import webhook
from support.relay import Relay

SECRET = "It's a Secret to Everybody"


def can_be_measured():
    return shutil.which("smee") is not None and shutil.which("webhook") is not None


class Sides:
    def __init__(self, place, app):
        self.place, self.app = place, app
        self.relays = {"inhaul": Relay("smee"), "theirs": Relay("smee")}
        self.contest = Contest(place, app)
        self.restarted = {"inhaul": self.contest.restarted["inhaul"],
                          "theirs": self.contest.restarted["git"]}
        self.processes = {"inhaul": [self.start_inhaul()], "theirs": self.start_theirs()}
        wait_for("both listen", lambda: all(
            relay.listeners() == 1 for relay in self.relays.values()))
        wait_for("inhaul has polled after the connection", lambda: any(
            request["status"] == 304 for request in place.hub.requests()))

    def start_inhaul(self):
        secret = self.place.root / "webhook-secret"
        secret.touch(mode=0o600)
        secret.write_text(SECRET)
        self.app.write_settings(f"{OWNER}/{self.app.name}", f"""
[auth]
token_file = "{self.place.token}"
[github]
api_url = "https://localhost:{self.place.port}/api/v3"
[relay]
url = "{self.relays['inhaul'].url}"
secret_file = "{secret}"
[service]
restart = ["touch", "{self.restarted['inhaul']}"]
""")
        log = open(self.place.root / "relayed.log", "w", encoding="utf-8")
        return self.place.start(self.app.argv("run"), stderr=log)

    def start_theirs(self):
        (hook,) = json.loads((TREE / "systemd/examples/hooks.json").read_text())
        hook["execute-command"] = str(self.contest.script)
        hook["command-working-directory"] = str(self.app.clone)
        del hook["pass-arguments-to-command"]
        hook["trigger-rule"]["and"][0]["match"]["secret"] = SECRET
        hooks = self.place.root / "hooks.json"
        hooks.write_text(json.dumps([hook]))
        self.contest.script.chmod(0o755)
        port = free_port()
        receiver = self.place.start([program("webhook"), "-hooks", hooks, "-ip", "127.0.0.1",
                                     "-port", port], stdout=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL)
        client = self.place.start(
            [shutil.which("smee"), "--url", self.relays["theirs"].url, "--target",
             f"http://127.0.0.1:{port}/hooks/myapp"], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        return [receiver, client]

    def deploy(self, who, before, after):
        """Returns the seconds from the webhook to the restart, and to the whole tree."""
        body = webhook.push(before, after, name=f"{OWNER}/{self.app.name}")
        headers = webhook.headers(body, SECRET)
        begun = time.time()
        file = self.restarted[who]
        old = file.stat().st_mtime if file.exists() else 0
        self.relays[who].post(body, headers)
        wait_for(f"{who} has restarted", lambda: file.exists() and file.stat().st_mtime > old,
                 every=0.002)
        return file.stat().st_mtime - begun

    def memory(self, who):
        return sum(process.memory(each.pid)["pss"] for each in self.processes[who])

    def end(self):
        for each in self.processes["inhaul"] + self.processes["theirs"]:
            self.place.end(each)
        for relay in self.relays.values():
            relay.stop()


def measure(place, runs):
    """Returns nothing if smee-client or webhook is not installed."""
    if not can_be_measured():
        return None
    app = place.app("relayed", 14)
    sides = Sides(place, app)
    times = {"inhaul": [], "theirs": []}
    try:
        for number in range(runs):
            before = git(app.remote, "rev-parse", "main")
            app.push()
            after = git(app.remote, "rev-parse", "main")
            for who in ("inhaul", "theirs") if number % 2 else ("theirs", "inhaul"):
                times[who].append(sides.deploy(who, before, after))
                time.sleep(1.1)  # at most one push per second counts
        return {"runs": runs, "seconds": times,
                "median": {who: median(each) for who, each in times.items()},
                "pss": {who: sides.memory(who) for who in times}}
    finally:
        sides.end()
