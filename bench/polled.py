# SPDX-License-Identifier: Apache-2.0
"""Idle polls over git's protocol, by https and by ssh, against `git fetch` in a loop and git-sync.

Round trips are counted over a link with a round trip of 50 ms. All other figures are from a link without
this delay: with it, the kernel sends more acknowledgements in separate packets.
"""

import json
import os
import shlex
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import process
from idle import ROUND_TRIP, each, loop_memory, median_of, one_fetch, traced_fetch, traced_poll
from link import Link
from environment import OWNER, TREE, settle, wait_for

INTERVAL = 2


class Https:
    """nginx with git-http-backend, without a password."""

    def __init__(self, place):
        self.place, self.port = place, place.port

    def url(self, app, port):
        return self.place.url(app, port)

    def settings(self, _):
        return ""

    def environment(self, _):
        return {}

    def git_sync(self, _):
        return []


class Ssh:
    """sshd with git's own upload-pack, and a key of ed25519."""

    def __init__(self, place):
        self.place = place
        (place.root / "sshd").mkdir()
        server = place.start(
            [sys.executable, TREE / "tests/support/git_servers.py", "ssh", "--root",
             place.root / "remotes", "--scratch", place.root / "sshd"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.server = json.loads(server.stdout.readline())
        self.port = self.server["port"]

    def url(self, app, port):
        return self.server["url"].replace(f":{self.port}/", f":{port}/") + f"{OWNER}/{app.name}.git"

    def known_hosts(self, port):
        """The server's key, as that of the link's port."""
        path = self.place.root / f"known_hosts-{port}"
        path.write_text(Path(self.server["known_hosts"]).read_text().replace(
            f":{self.port} ", f":{port} "))
        return path

    def settings(self, port):
        return (f'[auth]\nssh_key = "{self.server["keys"]["ed25519"]}"\n'
                f'known_hosts = "{self.known_hosts(port)}"\n')

    def environment(self, port):
        words = ["ssh", "-F", "none", "-i", self.server["keys"]["ed25519"], "-o", "BatchMode=yes",
                 "-o", f"UserKnownHostsFile={self.known_hosts(port)}"]
        return {"GIT_SSH_COMMAND": shlex.join(words)}

    def git_sync(self, port):
        return [f"--ssh-key-file={self.server['keys']['ed25519']}",
                f"--ssh-known-hosts-file={self.known_hosts(port)}"]


class Polled:
    """`inhaul run` with one deployed app whose head does not change."""

    def __init__(self, place, way, app):
        self.place, self.app, self.link = place, app, Link(way.port, 0)
        app.write_settings(way.url(app, self.link.port), f"""
{way.settings(self.link.port)}
[poll]
interval = "{INTERVAL}s"
""")
        self.log = place.root / f"{app.name}.log"
        self.process = place.start(app.argv("run"), stderr=open(self.log, "w", encoding="utf-8"))
        self.pid = self.process.pid
        wait_for("the first deployment", lambda: self.polls() > 0)
        # By then the memory of the start is released.
        self.await_polls(3)

    def polls(self):
        """The answers without a new head, from the ledger."""
        ledger = self.app.state / "ledger.db"
        if not ledger.exists():
            return 0
        with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as database:
            try:
                return sum(row[0] for row in database.execute("SELECT polls_unchanged FROM watch"))
            except sqlite3.OperationalError:
                return 0

    def await_polls(self, more):
        due = self.polls() + more

        def answered():
            if self.process.poll() is not None:
                raise RuntimeError(self.log.read_text())
            return self.polls() >= due

        wait_for(f"{more} polls", answered, timeout=30 + 2 * INTERVAL * more, every=0.05)
        settle(0.3)  # the last packets of an exchange
        return self.polls()

    def all_processes(self):
        """The agent, and the kept ssh."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return [self.pid, *map(int, children.split())]

    def cpu(self):
        return {pid: process.cpu_seconds(pid) for pid in self.all_processes()}


def distant_round_trips(link, action):
    """Returns the round trips of an action that returns its number of polls."""
    link.delay = ROUND_TRIP / 2
    before = link.traffic()
    count = action()
    settle(4 * ROUND_TRIP)
    trips = each(link.traffic() - before, count)["round_trips"]
    link.delay = 0
    return trips


def inhaul(polled, polls):
    before, cpu, started = polled.link.traffic(), polled.cpu(), polled.polls()
    polled.await_polls(polls)
    after = polled.cpu()
    count = polled.polls() - started
    found = {**each(polled.link.traffic() - before, count),
             "cpu": sum(after[pid] - cpu.get(pid, 0) for pid in after) / count,
             "kept": len(after) - 1}
    found["round_trips"] = distant_round_trips(
        polled.link, lambda: -polled.polls() + polled.await_polls(3))
    memories = {("inhaul" if pid == polled.pid else "ssh"): process.memory(pid) for pid in after}
    mappings = {("inhaul" if pid == polled.pid else "ssh"): process.mappings(pid) for pid in after}
    return found, memories, mappings


def git_sync(place, way, app, polls):
    """Measures git-sync, whose path is in the environment. Nothing without it."""
    program = os.environ.get("GIT_SYNC")
    if not program:
        return None
    link = Link(way.port, 0)
    run = place.start(
        [program, f"--repo={way.url(app, link.port)}", "--ref=main", f"--period={INTERVAL}s",
         f"--root={place.root / app.name}-git-sync", *way.git_sync(link.port)],
        stdout=subprocess.DEVNULL,
        stderr=open(place.root / f"{app.name}-git-sync.log", "w", encoding="utf-8"))

    def await_connections(more):
        due = link.traffic().connections + more
        wait_for(f"{more} polls of git-sync", lambda: link.traffic().connections >= due,
                 timeout=60 + 4 * INTERVAL * more)
        settle(INTERVAL / 2)  # until its processes have ended
        return more

    await_connections(2)
    before, cpu = link.traffic(), process.cpu_seconds(run.pid)
    await_connections(polls)
    seen = link.traffic() - before
    # One connection is one run of git that polls the server.
    found = {**each(seen, seen.connections),
             "cpu": (process.cpu_seconds(run.pid) - cpu) / seen.connections,
             "pss": process.memory(run.pid)["pss"]}
    found["round_trips"] = distant_round_trips(link, lambda: await_connections(3))
    if process.tracer():
        found.update(traced_git_sync(run.pid, link, await_connections))
    place.end(run)
    return found


def traced_git_sync(pid, link, await_connections):
    argv = [process.tracer(), "-f", "-qq", "-e", "trace=" + process.CALLS, "-p", str(pid)]
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          text=True) as tracer:
        wait_for("strace", lambda: tracer.poll() is not None or process.is_traced(pid))
        before = link.traffic().connections
        await_connections(3)
        polls = link.traffic().connections - before
        tracer.send_signal(signal.SIGINT)
        counts = process.started_processes(tracer.communicate(timeout=20)[1])
    return {name: count / polls for name, count in counts.items()}


def measure_way(place, way, name, polls):
    app = place.app(name, 14)
    git_link = Link(way.port, 0)
    place.environment.update(way.environment(git_link.port))
    app.make_clone(way.url(app, git_link.port))
    polled = Polled(place, way, app)
    fetches = [one_fetch(place, app, git_link) for _ in range(polls // 2)]
    ours, memories, mappings = inhaul(polled, polls)
    fetches += [one_fetch(place, app, git_link) for _ in range(polls - polls // 2)]
    theirs = median_of(fetches)
    theirs["round_trips"] = distant_round_trips(
        git_link, lambda: place.run(["git", "-C", app.clone, "fetch", "-q"]) + 1)
    theirs["cpu"] = sum(fetch["cpu"] for fetch in fetches) / len(fetches)
    if process.tracer():
        theirs.update(traced_fetch(place, app))
        ours.update(traced_poll(polled, 3))
    place.end(polled.process)
    for variable in way.environment(git_link.port):
        del place.environment[variable]
    return {"polls": polls, "inhaul": ours, "git": theirs, "memory": memories,
            "mappings": mappings, "loop_pss": loop_memory(place)["pss"],
            "git_sync": git_sync(place, way, app, polls)}


def measure(place, polls):
    return {"https": measure_way(place, Https(place), "plain", polls),
            "ssh": measure_way(place, Ssh(place), "keyed", polls)}
