# SPDX-License-Identifier: Apache-2.0
"""Deployment of one push: `inhaul deploy` against a script with fetch, reset and restart."""

import shutil
import sqlite3
from contextlib import closing
from statistics import median

from process import measured


class Contest:
    """Both tools deploy the same pushes from the same server alternately. A restart touches a file."""

    def __init__(self, place, app, urls=None):
        self.place, self.app = place, app
        urls = urls or {who: place.url(app) for who in ("inhaul", "git")}
        self.restarted = {who: place.root / f"{app.name}-{who}-restarted"
                          for who in ("inhaul", "git")}
        app.write_settings(urls["inhaul"], f"""
[service]
restart = ["touch", "{self.restarted['inhaul']}"]
""")
        app.make_clone(urls["git"])
        place.run(app.argv("deploy", app.name))
        self.script = place.root / f"{app.name}-update.sh"
        self.script.write_text("#!/bin/sh\ngit fetch -q && git reset -q --hard origin/main && "
                               f"touch '{self.restarted['git']}'\n")

    def measure(self, who, argv, directory, cwd=None):
        cost = measured(argv, self.place.environment, cwd)
        tree, restart = directory / ".git/refs/heads/main", self.restarted[who]
        if (directory / "version").read_text() != f"{self.app.version}\n":
            raise RuntimeError(f"{who} did not deploy the push")
        # Both tools move the branch last, when the tree is exact.
        return {"tree": tree.stat().st_mtime - cost["begun"],
                "restart": restart.stat().st_mtime - cost["begun"],
                "wall": cost["wall"], "cpu": cost["cpu"], "peak_kib": cost["peak_kib"]}

    def inhaul(self, *more):
        return self.measure("inhaul", self.app.argv("deploy", self.app.name, *more),
                            self.app.directory)

    def git(self):
        return self.measure("git", ["sh", self.script], self.app.clone, cwd=self.app.clone)

    def states(self):
        """Returns the median time in each state of the deployments so far, in ms."""
        with closing(sqlite3.connect(self.app.state / "ledger.db")) as ledger:
            rows = ledger.execute("SELECT deployment, state, entered FROM step "
                                  "ORDER BY deployment, position").fetchall()
        spent = {}
        for (number, state, entered), (next_number, _, left) in zip(rows, rows[1:]):
            if number == next_number and number > 1:  # the first one was a clone
                spent.setdefault(state, []).append(left - entered)
        return {state: median(times) for state, times in spent.items()}


def pushes(contest, changed, runs):
    """Measures pushes. Without a change, both tools poll and compare only."""
    found = {"inhaul": [], "git": []}
    for number in range(runs):
        if changed:
            contest.app.push(changed)
        for who in ("inhaul", "git") if number % 2 else ("git", "inhaul"):
            found[who].append(getattr(contest, who)())
    return {"files": contest.app.files, "changed": changed, "runs": runs, **found}


def first_clones(contest, runs):
    """Measures a deployment into a missing directory. The script uses `git clone`."""
    app, place = contest.app, contest.place
    found = {"inhaul": [], "git": []}
    for number in range(runs):
        for who in ("inhaul", "git") if number % 2 else ("git", "inhaul"):
            directory = app.directory if who == "inhaul" else app.clone
            shutil.rmtree(directory)
            argv = (app.argv("deploy", app.name) if who == "inhaul" else
                    ["git", "clone", "-q", place.url(app), app.clone])
            found[who].append(contest.measure(who, argv, directory))
    return {"files": app.files, "changed": "all", "runs": runs, **found}


def measure(place, files, changes, runs):
    contest = Contest(place, place.app(f"files{files}", files))
    found = [pushes(contest, changed, runs) for changed in changes]
    states = contest.states()
    return [*found, first_clones(contest, max(runs // 4, 2))], states
