# SPDX-License-Identifier: Apache-2.0
"""Checks on GitHub: neither a failed check nor an unread one ever counts as green."""

import subprocess
import unittest

from support.github import StandIn
from support.waiting import wait_for
from support.world import World

TOKEN = "github_pat_Secret0123456789"


class Checks(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.remove)
        self.hub = StandIn()
        self.addCleanup(self.hub.stop)
        self.hub.control("token", token=TOKEN)
        self.hub.control("repository", name="octocat/shop", git=str(self.world.remote), private=True)
        self.token = self.world.root / "token"
        self.token.touch(mode=0o600)
        self.token.write_text(TOKEN + "\n")
        self.commit = self.world.commit("one", {"a/b/c/d/e": "deep\n"})
        self.require('checks = "all"')

    def require(self, lines):
        self.world.write_settings(
            top=f'repository = "octocat/shop"\ndirectory = "{self.world.directory}"\n',
            auth=f'[auth]\ntoken_file = "{self.token}"\n',
            github=f'[github]\napi_url = "{self.hub.api}"\n', poll='[poll]\ninterval = "5s"\n',
            require=f"[require]\n{lines}\n")

    def report(self, commit=None, pages=None, **lists):
        commit = commit or self.commit
        self.hub.control("repository", name="octocat/shop", pages=pages or {}, checks={
            kind: [{"sha": commit, **each} for each in found] for kind, found in lists.items()})

    def deploy(self, code, says=""):
        done = self.world.inhaul("deploy", "shop", check=False)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertIn(says, done.stderr + done.stdout)
        return done.stderr

    def live(self):
        self.assertEqual(self.world.tree_problems(self.commit), [])

    def workflows(self, *runs):
        self.report(workflow_runs=[{"status": "completed", **run} for run in runs])

    def test_workflow_runs_are_distinguished_by_workflow_and_event(self):
        self.hub.control("token", token=TOKEN, checks=False)
        green = {"name": "CI", "workflow_id": 1, "event": "push", "conclusion": "success"}
        for red in ({**green, "workflow_id": 2, "conclusion": "failure"},
                    {**green, "event": "pull_request", "conclusion": "failure"},
                    {**green, "workflow_id": 2, "name": None, "conclusion": "failure"}):
            with self.subTest(red):
                for runs in ((green, red), (red, green)):
                    self.workflows(*runs)
                    self.deploy(3, "not green: workflow ")
        self.assertFalse((self.world.directory / "version").exists())
        # An older run of the same workflow does not count; a later re-run does.
        old = {**green, "conclusion": "failure", "run_number": 1,
               "run_started_at": "2026-03-01T09:00:00Z"}
        new = {**green, "run_number": 2, "run_started_at": "2026-03-01T10:00:00Z"}
        again = {**old, "run_attempt": 2, "run_started_at": "2026-03-01T11:00:00Z"}
        self.workflows(new, again)
        self.deploy(3, "not green: workflow CI (failure)")
        self.workflows(old, new)
        self.deploy(0)
        self.live()

    def test_an_unreadable_page_is_not_the_last_one(self):
        runs = [{"name": f"test {number}", "conclusion": "success"} for number in range(100)]
        runs.append({"name": "the last", "conclusion": "failure"})
        url = "{next}"
        for links in ([f'<{url}>; rel="next"'], [f"<{url}>; rel=next"],
                      ['</elsewhere?page=2>; rel="next"'],
                      ['<https://other.example/x?page=2>; rel="next"'],
                      [f'<{url}>; rel="prev"', f'<{url}>; rel="next"'], []):
            with self.subTest(links):
                self.report(pages={"links": links}, check_runs=runs)
                self.deploy(3, "not green: the last (failure)")
        # The page exists, but GitHub does not return it.
        self.report(pages={"served": 1}, check_runs=runs)
        self.deploy(75, "read 100 of 101")
        # The total does not count it either.
        self.report(pages={"total": 100}, check_runs=runs)
        self.deploy(75, "another page follows")
        self.report(pages={"total": 102}, check_runs=runs)
        self.deploy(75, "read 101 of 102")
        self.assertFalse((self.world.directory / "version").exists())

    def test_github_s_combined_status_counts(self):
        self.report(statuses=[{"context": "ci", "state": "success"}],
                    pages={"combined": {"state": "failure"}})
        self.deploy(75, "the combined state is failure, but no status has it")
        self.report(statuses=[{"context": "ci", "state": "success"}])
        self.deploy(0)
        self.live()

    def test_a_name_of_a_job_or_a_workflow_is_found_and_its_kind_is_reported(self):
        self.require('checks = ["build"]')
        self.report(check_runs=[{"name": "build", "conclusion": "success"}])
        self.deploy(0)
        self.commit = self.world.commit("two")
        self.hub.control("token", token=TOKEN, checks=False)
        self.workflows({"name": "CI", "conclusion": "success"})
        self.deploy(3, "build (no workflow of this name has reported; the token cannot read jobs)")
        printed = self.world.inhaul("doctor", "shop", check=False).stdout
        self.assertIn("names are those of workflows", printed)
        self.require('checks = ["CI"]')
        self.deploy(0)
        self.live()

    def test_a_job_that_has_not_started_is_pending(self):
        lint = {"name": "lint", "conclusion": "success"}
        running = {"status": "in_progress", "conclusion": None}
        idle = {"status": "queued", "conclusion": None, "latest_check_runs_count": 0}
        self.report(check_runs=[lint], check_suites=[running, idle])
        self.deploy(3, "pending: all of GitHub Actions (in_progress)")
        self.report(check_runs=[lint], check_suites=[
            {"conclusion": "startup_failure", "latest_check_runs_count": 0}])
        self.deploy(3, "not green: all of GitHub Actions (startup_failure)")
        self.report(check_runs=[lint], check_suites=[{}, idle])
        self.deploy(0)
        self.live()

    def test_checks_of_the_live_commit_are_awaited_for_a_limited_time(self):
        self.require('checks = "all"\nchecks_settle = "2s"')
        lint = {"name": "lint", "conclusion": "success"}
        self.report(check_runs=[lint, {"name": "e2e", "conclusion": "success"}])
        self.deploy(0)
        first, self.commit = self.commit, self.world.commit("two")

        def on_both(*runs):
            self.hub.control("repository", name="octocat/shop", checks={"check_runs": [
                {"sha": first, **lint}, {"sha": first, "name": "e2e", "conclusion": "success"},
                *({"sha": self.commit, **run} for run in runs)]})
        on_both(lint)
        self.deploy(3, f"waiting up to 2s for the checks of {first[:7]}: e2e (not reported)")
        on_both(lint, {"name": "e2e", "conclusion": "failure"})
        self.deploy(3, "not green: e2e (failure)")
        # A commit without this check.
        self.commit = self.world.commit("three")
        on_both(lint)
        watcher = self.world.start("run", stderr=subprocess.DEVNULL)
        self.addCleanup(watcher.wait)
        self.addCleanup(watcher.kill)
        wait_for("it is live", lambda: self.world.restarts() == ["one", "three"])

    def test_a_rate_limit_of_the_checks_delays_the_next_attempt(self):
        for headers in ({"retry_after": 600}, {}):
            with self.subTest(headers):
                self.hub.control("secondary", requests=1, **headers)
                self.deploy(75, "secondary rate limit")
                self.hub.requests(clear=True)
                self.assertIn("not polled", self.world.ends_with(75, "once", "shop").stderr)
                self.assertEqual(self.hub.requests(), [])

    def test_the_checks_of_a_renamed_repository_are_found(self):
        self.report(check_runs=[{"name": "build", "conclusion": "failure"}])
        self.hub.control("rename", old="octocat/shop", new="octocat/store")
        self.deploy(3, "not green: build (failure)")
        self.hub.control("repository", name="octocat/store", checks={"check_runs": [
            {"sha": self.commit, "name": "build", "conclusion": "success"}]})
        self.deploy(0)
        self.live()


if __name__ == "__main__":
    unittest.main()
