# SPDX-License-Identifier: Apache-2.0
"""The idle agent against `git fetch` in a loop, over links with a round trip of 50 ms."""

import os
import signal
import subprocess
from pathlib import Path

from link import Link
from environment import OWNER, settle, wait_for
import process

ROUND_TRIP = 0.050
INTERVAL = 5  # the shortest interval for GitHub's API


class Watcher:
    """`inhaul run` with one deployed app whose head does not change."""

    def __init__(self, place, app):
        self.place, self.link = place, Link(place.port, ROUND_TRIP)
        app.write_settings(f"{OWNER}/{app.name}", f"""
[auth]
token_file = "{place.token}"
[github]
api_url = "https://localhost:{self.link.port}/api/v3"
[poll]
interval = "{INTERVAL}s"
""")
        log = open(place.root / "watcher.log", "w", encoding="utf-8")
        self.process = place.start(app.argv("run"), stderr=log)
        self.pid = self.process.pid
        # The second poll after the deployment: by then the memory of the start is released.
        self.await_polls(2)

    def polls(self):
        return sum(request["status"] == 304 for request in self.place.hub.requests())

    def await_polls(self, more):
        """Waits for the answers of `more` further polls and their last bytes."""
        due = self.polls() + more

        def answered():
            if self.process.poll() is not None:
                raise RuntimeError((self.place.root / "watcher.log").read_text())
            return self.polls() >= due

        wait_for(f"{more} polls", answered, timeout=30 + 2 * INTERVAL * more, every=0.1)
        settle(10 * ROUND_TRIP)
        return self.polls()


def each(difference, count):
    return {"bytes_up": difference.up / count, "bytes_down": difference.down / count,
            "round_trips": difference.round_trips() / count, "packets": difference.packets / count}


def one_fetch(place, app, link):
    """Measures a fetch without changes, as cron or a loop runs it each minute."""
    before = link.traffic()
    cost = process.measured(["git", "-C", app.clone, "fetch", "-q"], place.environment)
    settle(4 * ROUND_TRIP)
    return {**each(link.traffic() - before, 1), "cpu": cost["cpu"], "wall": cost["wall"],
            "peak_kib": cost["peak_kib"]}


def polls_and_fetches(place, app, watcher, git_link, count):
    """Measures alternately: a fetch while the agent waits for its next poll."""
    before, started = watcher.link.traffic(), watcher.polls()
    cpu = process.cpu_seconds(watcher.pid)
    fetches, memories = [], []
    for _ in range(count):
        fetches.append(one_fetch(place, app, git_link))
        watcher.await_polls(1)
        memories.append(process.memory(watcher.pid))
    polled = watcher.polls() - started
    poll = each(watcher.link.traffic() - before, polled)
    poll["cpu"] = (process.cpu_seconds(watcher.pid) - cpu) / polled
    return poll, fetches, memories


def traced_poll(watcher, polls):
    """Returns nothing if tracing of other processes is not allowed."""
    argv = [process.tracer(), "-f", "-qq", "-e", "trace=" + process.CALLS, "-p", str(watcher.pid)]
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          text=True) as tracer:
        wait_for("strace", lambda: tracer.poll() is not None or process.is_traced(watcher.pid))
        if tracer.poll() is not None:
            return {}
        watcher.await_polls(polls)
        still_traced = process.is_traced(watcher.pid)
        tracer.send_signal(signal.SIGINT)  # detaches from the agent
        counts = process.started_processes(tracer.communicate(timeout=20)[1])
    return {name: count / polls for name, count in counts.items()} if still_traced else {}


def traced_fetch(place, app):
    trace = place.root / "trace"
    place.run([process.tracer(), "-f", "-qq", "-e", "trace=" + process.CALLS, "-o", trace,
               "git", "-C", app.clone, "fetch", "-q"])
    return process.started_processes(trace.read_text())


def loop_memory(place):
    """Returns the memory of a shell that sleeps between two fetches, with both processes."""
    shell = place.start(["sh", "-c", "sleep 1000 & echo $!; wait"], stdout=subprocess.PIPE)
    sleep = int(shell.stdout.readline())
    wait_for("sleep", lambda: Path(f"/proc/{sleep}/comm").read_text() == "sleep\n")
    pss = process.memory(shell.pid)["pss"] + process.memory(sleep)["pss"]
    os.kill(sleep, signal.SIGTERM)
    shell.wait(20)
    place.end(shell)
    return {"pss": pss}


def median_of(runs):
    return {name: sorted(run[name] for run in runs)[len(runs) // 2] for name in runs[0]}


def measure(place, polls):
    app = place.app("idle", 14)
    git_link = Link(place.port, ROUND_TRIP)
    app.make_clone(place.url(app, git_link.port))
    watcher = Watcher(place, app)
    poll, fetches, memories = polls_and_fetches(place, app, watcher, git_link, polls)
    found = {"polls": polls, "inhaul": poll, "git": median_of(fetches),
             "memory": {"inhaul": median_of(memories),
                        "inhaul_pss": sorted(now["pss"] for now in memories),
                        "loop": loop_memory(place)},
             "mappings": process.mappings(watcher.pid)}
    if process.tracer():
        found["git"].update(traced_fetch(place, app))
        found["inhaul"].update(traced_poll(watcher, 2))
    place.end(watcher.process)
    return found
