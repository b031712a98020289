# SPDX-License-Identifier: Apache-2.0
"""Bytes and round trips for one push over a link with a round trip of 50 ms, beside git."""

from statistics import median

from deploying import Contest
from idle import ROUND_TRIP, each
from link import Link
from environment import git, settle


class Distant:
    """The contest of deploying.py, with a separate link for each side."""

    def __init__(self, place, app):
        self.links = {"inhaul": Link(place.port, ROUND_TRIP), "git": Link(place.port, ROUND_TRIP)}
        self.contest = Contest(place, app, {who: place.url(app, link.port)
                                            for who, link in self.links.items()})

    def measure(self, who, action):
        link = self.links[who]
        before = link.traffic()
        cost = action()
        settle(4 * ROUND_TRIP)
        return {**each(link.traffic() - before, 1), **cost}

    def with_known_head(self):
        """Deploys as the agent does: with the head that GitHub has just reported."""
        app = self.contest.app
        head = git(app.remote, "rev-parse", "main").strip()
        return self.contest.inhaul("--trigger", "poll", "--expect", head)


def measure(place, files, runs):
    distant = Distant(place, place.app(f"distant{files}", files))
    contest = distant.contest
    found = {"known_head": [], "inhaul": [], "git": []}
    for _ in range(runs):
        contest.app.push()
        found["git"].append(distant.measure("git", contest.git))
        found["inhaul"].append(distant.measure("inhaul", contest.inhaul))
        contest.app.push()
        found["known_head"].append(distant.measure("inhaul", distant.with_known_head))
        contest.git()  # so that both fetch the same next time
    return {"files": files, "runs": runs,
            **{who: {name: median(run[name] for run in every) for name in every[0]}
               for who, every in found.items()}}
