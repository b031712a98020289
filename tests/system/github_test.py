# SPDX-License-Identifier: Apache-2.0
"""`inhaul run` and `once` against a stand-in for GitHub that follows GitHub's documentation."""

import os
import signal
import unittest
from datetime import datetime, timedelta, timezone

from support.github import StandIn
from support.waiting import wait_for
from support.world import World, git

TOKEN = "github_pat_Secret0123456789"


class GitHub(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.remove)
        self.hub = StandIn()
        self.addCleanup(self.hub.stop)
        self.hub.control("token", token=TOKEN)
        self.hub.control("repository", name="octocat/shop", git=str(self.world.remote), private=True)
        self.token = self.world.root / "token"
        self.token.write_text(TOKEN + "\n")
        self.token.chmod(0o600)
        self.settings()
        self.log_path = self.world.root / "log"

    def settings(self, auth=True, **changes):
        parts = {
            "top": f'repository = "octocat/shop"\ndirectory = "{self.world.directory}"\n',
            "auth": f'[auth]\ntoken_file = "{self.token}"\n' if auth else "",
            "github": f'[github]\napi_url = "{self.hub.api}"\n',
            "poll": '[poll]\ninterval = "5s"\n',
        }
        parts.update(changes)
        self.world.write_settings(**parts)

    def start(self):
        log = open(self.log_path, "a")
        self.addCleanup(log.close)
        process = self.world.start("run", stderr=log)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def log(self):
        return self.log_path.read_text()

    def poll_now(self, process):
        """Changes a file, which causes an immediate poll."""
        path = self.world.settings / "shop.toml"
        text = path.read_text()
        other = text.replace('"5s"', '"6s"') if '"5s"' in text else text.replace('"6s"', '"5s"')
        path.write_text(other)
        process.send_signal(signal.SIGHUP)

    def once(self, code=0):
        done = self.world.inhaul("once", check=False)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stderr

    def test_a_private_repository_is_polled_and_deployed_with_a_token(self):
        first = self.world.commit("one")
        process = self.start()
        wait_for("one runs", lambda: self.world.restarts() == ["one"])
        self.assertEqual(self.world.tree_problems(first), [])
        second = self.world.commit("two")
        self.poll_now(process)
        wait_for("two runs", lambda: self.world.restarts() == ["one", "two"])
        self.assertEqual(self.world.status()["live"]["commit"], second)

    def test_only_a_commit_with_green_checks_is_deployed(self):
        first = self.world.commit("one")
        self.settings(require='[require]\nchecks = "all"\n')
        self.assertIn("no check has reported", self.once(3))
        self.assertEqual(self.world.status()["state"], "waiting")

        def report(commit, status=None, runs=(), **more):
            self.hub.control("repository", name="octocat/shop", checks={
                "statuses": [{"sha": commit, "context": "ci", "state": status}] if status else [],
                "check_runs": [{"sha": commit, "name": name, "conclusion": end,
                                "status": "completed" if end else "queued"} for name, end in runs],
                **more})
        report(first, "success", [("build", None)])
        self.assertIn("pending: build (queued)", self.once(3))
        # More than fit on a page.
        report(first, "success", [(f"test {i}", "success") for i in range(250)])
        self.once()
        self.assertEqual(self.world.tree_problems(first), [])
        pages = [r["path"] for r in self.hub.requests() if "check-runs" in r["path"]]
        self.assertIn("page=3", pages[-1])

        second = self.world.commit("two")
        report(second, "success", [("build", "failure")])
        self.assertIn("not green: build (failure)", self.once(3))
        self.assertEqual(self.world.tree_problems(first), [])
        self.assertEqual(self.world.status()["state"], "refused")

    def test_a_token_without_checks_reads_workflow_runs_or_names_the_permission(self):
        commit = self.world.commit("one")
        self.settings(require='[require]\nchecks = ["CI"]\n')
        self.hub.control("token", token=TOKEN, checks=False, actions=False)
        printed = self.once(1)
        self.assertIn("Actions: read", printed)
        self.assertFalse((self.world.directory / "version").exists())
        (self.world.settings / "shop.toml").touch()
        self.hub.control("token", token=TOKEN, actions=True)
        self.hub.control("repository", name="octocat/shop", checks={"workflow_runs": [
            {"sha": commit, "name": "CI", "status": "completed", "conclusion": "success"},
            {"sha": commit, "name": "CI", "status": "completed", "conclusion": "failure"}]})
        self.world.inhaul("deploy", "shop")
        self.assertEqual(self.world.tree_problems(commit), [])

    def test_an_idle_poll_is_one_conditional_request_on_a_kept_connection(self):
        commit = self.world.commit("one")
        process = self.start()
        wait_for("one runs", lambda: self.world.restarts() == ["one"])
        wait_for("two polls are idle",
                 lambda: [r["status"] for r in self.hub.requests()].count(304) >= 2)
        idle = [r for r in self.hub.requests() if r["status"] == 304][-2:]
        for request in idle:
            self.assertEqual(request["path"], "/repos/octocat/shop/commits/heads%2Fmain")
            self.assertEqual(request["headers"]["if-none-match"], f'"{commit}"')
            self.assertEqual(request["token"], "known")
        self.assertEqual(idle[0]["connection"], idle[1]["connection"])
        process.terminate()

    def test_the_first_poll_after_a_restart_sends_the_processed_commit(self):
        self.world.commit("one")
        self.once()
        self.hub.requests(clear=True)
        self.once()
        self.assertEqual([r["status"] for r in self.hub.requests()], [304])

    def test_the_token_is_only_in_its_file(self):
        self.world.commit("one")
        process = self.start()
        wait_for("one runs", lambda: self.world.restarts() == ["one"])
        with open(f"/proc/{process.pid}/environ", "rb") as environment:
            self.assertNotIn(TOKEN.encode(), environment.read())
        process.terminate()
        process.wait()
        for path in self.world.root.rglob("*"):
            if path.is_file() and path != self.token:
                self.assertNotIn(TOKEN.encode(), path.read_bytes(), path)

    def test_every_refusal_has_its_own_state_and_message(self):
        self.world.commit("one")
        cases = [
            ("no_access", lambda: self.hub.control("delete", name="octocat/shop"), 1),
            ("bad_token", lambda: self.token.write_text("wrong"), 1),
            ("no_branch", lambda: git(self.world.remote, "branch", "-m", "main", "other"), 1),
            ("server_error", lambda: self.hub.control("reply", status=502, requests=1), 75),
            ("sso_required", lambda: self.hub.control("token", token=TOKEN, sso="https://sso"), 1),
            ("legal_block", lambda: self.hub.control(
                "repository", name="octocat/shop", block={"reason": "dmca", "html_url": "https://x"}), 1),
            ("unreachable", lambda: self.hub.control("fault", kind="close", requests=10), 75),
            ("nonsense", lambda: self.hub.control(
                "reply", status=200, body="<html>login</html>", requests=1), 1),
        ]
        sentences = set()
        for reason, break_it, code in cases:
            with self.subTest(reason=reason):
                hub = self.hub
                self.world.remove()
                self.hub.stop()
                self.setUp()
                self.world.commit("one")
                self.once()
                answered = self.world.status()["last_answer"]
                break_it()
                said = self.once(code)
                self.assertNotIn(TOKEN, said)
                status = self.world.status()
                self.assertEqual(status["poll_error"]["reason"], reason, status)
                self.assertEqual(status["state"], "cannot-tell")
                self.assertEqual(status["last_answer"], answered)
                sentences.add(status["poll_error"]["message"])
        self.assertEqual(len(sentences), len(cases))

    def test_a_rate_limit_delays_all_apps_and_survives_restarts(self):
        self.world.commit("one")
        self.hub.control("repository", name="octocat/blog", git=str(self.world.remote), private=True)
        self.world.write_settings(
            name="blog", top='repository = "octocat/blog"\n'
            f'directory = "{self.world.root}/blog"\n', auth=f'[auth]\ntoken_file = "{self.token}"\n',
            github=f'[github]\napi_url = "{self.hub.api}"\n', poll="", service="")
        self.once()
        self.hub.control("secondary", requests=1, retry_after=3600)
        said = self.once(75)
        self.assertIn("rate", said)
        limited = [r for r in self.hub.requests() if r["status"] == 403]
        self.assertEqual(len(limited), 1)
        self.hub.requests(clear=True)
        self.once(75)
        self.assertEqual(self.hub.requests(), [])
        errors = [self.world.status(app)["poll_error"] for app in ("blog", "shop")]
        (error,) = [found for found in errors if found]
        self.assertEqual(error["reason"], "rate_limited")
        self.assertIsNotNone(error["not_before"])

    def test_a_crash_loop_does_not_poll_more_often(self):
        self.world.commit("one")
        self.once()
        self.hub.control("fault", kind="close", requests=1000)
        self.hub.requests(clear=True)
        for _ in range(5):
            process = self.start()
            wait_for("it runs", lambda: "watching" in self.log())
            self.log_path.write_text("")
            process.kill()
            process.wait()
        # Only the first start polls. Its error is stored, and the next starts wait.
        self.assertLessEqual(len(self.hub.requests()), 2)

    def test_a_renamed_repository_is_followed_stored_and_reported(self):
        self.world.commit("one")
        self.once()
        self.hub.control("rename", old="octocat/shop", new="octocat/store")
        self.once()
        status = self.world.status()
        self.assertEqual(status["moved_to"], "octocat/store")
        self.assertTrue(any("octocat/store" in remark for remark in status["remarks"]))
        self.hub.requests(clear=True)
        self.once()
        (request,) = self.hub.requests()
        self.assertTrue(request["path"].startswith("/repositories/"))
        self.assertEqual(request["status"], 304)
        # git also fetches from the new name, with the token.
        second = self.world.commit("two", {"a/b/c/d/e": "deep\n"})
        self.once()
        self.assertEqual(self.world.tree_problems(second), [])
        asked = [r["path"].partition(".git")[0] for r in
                 self.hub.control("git_requests")["requests"]]
        self.assertEqual(asked[-2:], ["/octocat/shop", "/octocat/store"])

    def test_a_token_that_expires_soon_causes_a_warning(self):
        self.world.commit("one")
        for days, logged, shown in ((3, "the token expires soon", "the token expires on "),
                                    (-3, "the token has expired", "the token expired on ")):
            expires = datetime.now(timezone.utc) + timedelta(days=days)
            self.hub.control("token", token=TOKEN, expires=f"{expires:%Y-%m-%d %H:%M:%S} UTC")
            self.assertIn(logged, self.once())
            self.assertTrue(any(shown in remark for remark in self.world.status()["remarks"]))

    def test_a_new_token_is_used_without_a_restart(self):
        self.world.commit("one")
        process = self.start()
        wait_for("one runs", lambda: self.world.restarts() == ["one"])
        self.hub.control("token", token="github_pat_Second")
        self.hub.control("token", token=TOKEN, revoked=True)
        self.token.write_text("github_pat_Second")
        second = self.world.commit("two")
        wait_for("two runs", lambda: self.world.restarts() == ["one", "two"])
        self.assertEqual(self.world.status()["live"]["commit"], second)
        process.terminate()

    def test_a_public_repository_needs_no_token_and_keeps_the_anonymous_limit(self):
        self.hub.control("repository", name="octocat/shop", private=False)
        self.settings(auth=False)
        self.world.commit("one")
        self.start()
        wait_for("one runs", lambda: self.world.restarts() == ["one"])
        wait_for("it was polled again", lambda: len(self.hub.requests()) >= 2)
        status = self.world.status()
        self.assertEqual(self.hub.requests()[0]["token"], "none")
        from datetime import datetime
        gap = (datetime.fromisoformat(status["next_poll"].replace("Z", "+00:00"))
               - datetime.fromisoformat(status["last_polled"].replace("Z", "+00:00")))
        self.assertGreaterEqual(gap.total_seconds(), 60)

    def test_a_silent_server_times_out_and_the_agent_continues(self):
        self.world.commit("one")
        self.once()
        self.hub.control("fault", kind="hang", requests=1)
        process = self.start()
        wait_for("the silence is reported", lambda: "cannot poll the branch" in self.log(), timeout=60)
        self.assertIsNone(process.poll())
        process.terminate()
        self.assertEqual(process.wait(timeout=10), 0)


if __name__ == "__main__":
    unittest.main()
