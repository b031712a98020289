# SPDX-License-Identifier: Apache-2.0
"""Deployments by an agent whose notification target never answers, against one without a target."""

import sqlite3
from contextlib import closing

from environment import wait_for
from support.receiver import Receiver
import process


class Agent:
    """`inhaul run` with one app. It polls each second."""

    def __init__(self, place, name, target=None):
        self.app = place.app(name, 14)
        self.app.write_settings(place.url(self.app), """
[poll]
interval = "1s"
[service]
restart = ["true"]
""")
        if target:
            url = place.root / f"{name}.url"
            url.touch(mode=0o600)
            url.write_text(target + "\n")
            (self.app.settings / "inhaul.toml").write_text(
                f'[notify.silent]\ntype = "webhook"\nurl_file = "{url}"\ndeadline = "5m"\n'
                'events = ["started", "succeeded"]\n')
        log = open(place.root / f"{name}.log", "w", encoding="utf-8")
        self.process = place.start(self.app.argv("run"), stderr=log)
        wait_for("the first deployment", lambda: self.times())

    def times(self):
        """Returns the duration of each deployment, in ms. The first one was a clone."""
        path = self.app.state / "ledger.db"
        if not path.exists():
            return []
        with closing(sqlite3.connect(path)) as ledger:
            return [time for time, in ledger.execute(
                "SELECT finished - started FROM deployment WHERE state = 'succeeded' ORDER BY number")]

    def push(self):
        due = len(self.times()) + 1
        self.app.push(1)
        wait_for("the push is live", lambda: len(self.times()) >= due)


def measure(place, runs):
    silent = Receiver()
    silent.always = "hang"
    agents = {"silent": Agent(place, "silent", silent.url), "none": Agent(place, "unnotified")}
    try:
        for number in range(runs):
            for who in ("silent", "none") if number % 2 else ("none", "silent"):
                agents[who].push()
        attempts = len(silent.requests)
        memory = {who: process.memory(agent.process.pid)["anonymous"] for who, agent in agents.items()}
    finally:
        silent.stop()
        for agent in agents.values():
            place.end(agent.process)
    if attempts == 0:
        raise RuntimeError("nothing was sent to the target")
    return {"runs": runs, "anonymous": memory, **{who: agent.times()[1:] for who, agent in agents.items()}}
