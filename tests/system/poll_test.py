# SPDX-License-Identifier: Apache-2.0
"""Idle polls of `inhaul run` over the git protocol: their cost for a real server and this host."""

import os
import re
import signal
import subprocess
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from support.served import serve
from support.waiting import wait_for
from support.world import World


class Polling(unittest.TestCase):
    """One app whose remote is a real server."""

    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.remove)
        self.first = self.world.commit("one")
        self.log_path = self.world.root / "log"

    def write_settings(self, url, auth="", name="shop", poll='[poll]\ninterval = "1s"\n'):
        self.world.write_settings(
            name, top=f'repository = "{url}"\ndirectory = "{self.world.directory}"\n', auth=auth,
            poll=poll)

    def start(self, live="one"):
        log = open(self.log_path, "a", encoding="utf-8")
        self.addCleanup(log.close)
        agent = self.world.start("run", stderr=log)
        self.addCleanup(agent.wait)
        self.addCleanup(agent.kill)
        wait_for(f"{live} is live", lambda: self.world.restarts()[-1:] == [live])
        return agent

    def log(self):
        return self.log_path.read_text(encoding="utf-8")

    def assert_way(self, way, remark):
        status = self.world.status()
        self.assertEqual(status["poll_method"], way)
        self.assertTrue(any(text.startswith(remark) for text in status["remarks"]), status)

    def await_answers(self, more):
        """Waits for as many further answered polls."""
        for _ in range(more):
            before = self.world.status()["last_answer"]
            wait_for("an answer", lambda: self.world.status()["last_answer"] != before)


class OverHttps(Polling):
    def setUp(self):
        super().setUp()
        self.printed = serve(self, "https", self.world.root, "--token", "sesame")
        token = self.world.root / "token"
        token.write_text("sesame\n")
        token.chmod(0o600)
        self.auth = (f'[auth]\ntoken_file = "{token}"\n[tls]\nca_file = "{self.printed["ca"]}"\n')

    def requests(self):
        """Method, path and connection of each request."""
        return re.findall(r'"(\w+) (\S+) .*connection=(\d+)',
                          Path(self.printed["log"]).read_text(encoding="utf-8"))

    def test_an_idle_poll_is_one_request_on_the_connection_of_the_first(self):
        self.write_settings(self.printed["url"] + "remote.git", self.auth)
        self.start()
        wait_for("the deployment has ended", lambda: self.world.status()["state"] == "up-to-date")
        before = len(self.requests())
        self.await_answers(4)
        polls = self.requests()[before:]
        self.assertGreaterEqual(len(polls), 4)
        self.assertEqual(set(polls), {("POST", "/remote.git/git-upload-pack", self.requests()[0][2])})
        self.assert_way("https", "polls over https, with one request of git's protocol")
        second = self.world.commit("two")
        wait_for("two is live", lambda: self.world.restarts()[-1:] == ["two"])
        self.assertEqual(self.world.tree_problems(second), [])

    def test_apps_with_the_same_branch_share_one_poll(self):
        url = self.printed["url"] + "remote.git"
        others = ("blog", "wiki")
        self.write_settings(url, self.auth)
        for name in others:
            self.world.write_settings(
                name, service="", auth=self.auth,
                top=f'repository = "{url}"\ndirectory = "{self.world.root / name}"\n')
        self.start()
        for name in ("shop", *others):
            wait_for(f"{name} has deployed",
                     lambda name=name: self.world.status(name)["state"] == "up-to-date")
        self.await_answers(2)
        before = len(self.requests())
        answers = {name: self.world.status(name)["last_answer"] for name in others}
        self.await_answers(6)
        polls = len(self.requests()) - before
        # Each app has an interval of its own, a tenth more or less. The shortest counts.
        self.assertGreaterEqual(polls, 6)
        self.assertLessEqual(polls, 9)
        for name in others:
            self.assertNotEqual(self.world.status(name)["last_answer"], answers[name])
        self.world.commit("two")
        wait_for("two is live", lambda: self.world.restarts()[-1:] == ["two"])
        for name in others:
            wait_for(f"{name} has two",
                     lambda name=name: (self.world.root / name / "version").read_text() == "two\n")

    def test_a_server_without_version_two_is_polled_by_a_child(self):
        self.write_settings(self.printed["old_url"] + "remote.git", self.auth)
        self.start()
        wait_for("the deployment has ended", lambda: self.world.status()["state"] == "up-to-date")
        self.await_answers(1)
        self.assert_way("child", "polls over git's protocol, with a child process for each poll")
        self.world.commit("two")
        wait_for("two is live", lambda: self.world.restarts()[-1:] == ["two"])
        self.assertNotIn("cannot poll", self.log())

    def test_a_renamed_repository_is_reported_once_and_polled_at_its_new_url(self):
        self.write_settings(self.printed["moved_url"] + "remote.git", self.auth)
        agent = self.start()
        self.await_answers(3)
        agent.send_signal(signal.SIGHUP)
        wait_for("the settings are reread", lambda: "settings reread" in self.log())
        self.await_answers(2)
        self.assertEqual(self.log().count("the repository was renamed"), 1)
        self.assertIn(self.printed["url"] + "remote.git", self.log())


class Refusing(BaseHTTPRequestHandler):
    """Answers each request with the server's status."""

    def do_POST(self):  # pylint: disable=invalid-name
        self.server.requests += 1
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(self.server.status)
        for header in self.server.headers:
            self.send_header(*header)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(self.server.reason)))
        self.end_headers()
        self.wfile.write(self.server.reason)

    do_GET = do_POST

    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass


class Refused(Polling):
    def setUp(self):
        super().setUp()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
        self.server.daemon_threads = True
        self.server.requests, self.server.status, self.server.headers = 0, 429, []
        self.server.reason = b""
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.write_settings(f"http://127.0.0.1:{self.server.server_address[1]}/shop.git")

    def test_a_poll_obeys_retry_after(self):
        self.server.headers = [("Retry-After", "120")]
        self.world.ends_with(75, "once", "shop")
        error = self.world.status()["poll_error"]
        self.assertEqual(error["reason"], "rate_limited")
        self.assertIsNotNone(error["not_before"])
        asked = self.server.requests
        self.assertIn("not polled", self.world.ends_with(75, "once", "shop").stderr)
        self.assertEqual(self.server.requests, asked)

    def test_a_fetch_obeys_retry_after(self):
        self.server.headers = [("Retry-After", "120")]
        failed = self.world.ends_with(75, "deploy", "shop").stderr
        # The root cause is on a line of its own.
        self.assertRegex(failed, r"deploy shop: fetch http://\S+\n +too many requests \(429\)\n")
        asked = self.server.requests
        self.assertIn("not polled", self.world.ends_with(75, "once", "shop").stderr)
        self.assertEqual(self.server.requests, asked)

    def test_each_new_cause_is_logged(self):
        for status, text, code, reason in (
                (401, b"", 1, "login_required"), (403, b"", 1, "forbidden"),
                (403, b"your address is blocked", 1, "forbidden"), (404, b"", 1, "no_access"),
                (500, b"", 75, "server_error"), (429, b"", 75, "rate_limited")):
            with self.subTest(status, text=text):
                self.server.status, self.server.reason = status, text
                # New settings end the backoff.
                self.write_settings(f"http://127.0.0.1:{self.server.server_address[1]}/shop.git",
                                    poll=f'[poll]\ninterval = "{self.server.requests + 2}s"\n')
                logged = self.world.ends_with(code, "once", "shop").stderr
                self.assertIn(f"reason={reason}", logged)
                self.assertIn(text.decode(), logged)
                self.assertEqual(logged.count("/shop.git"), 1, logged)
                self.assertEqual(self.world.status()["poll_error"]["reason"], reason)


class OverSsh(Polling):
    def setUp(self):
        super().setUp()
        self.printed = serve(self, "ssh", self.world.root)
        self.url = self.printed["url"] + "remote.git"
        self.key = self.world.root / "key"
        self.replace(self.key, self.printed["keys"]["ed25519"])
        self.known_hosts = self.world.root / "known_hosts"
        self.replace(self.known_hosts, self.printed["known_hosts"])
        self.auth = f'[auth]\nssh_key = "{self.key}"\nknown_hosts = "{self.known_hosts}"\n'

    @staticmethod
    def replace(path, source):
        new = path.with_suffix(".new")
        new.write_bytes(Path(source).read_bytes())
        new.chmod(0o600)
        os.replace(new, path)

    def start_up_to_date(self, poll='[poll]\ninterval = "1s"\n'):
        self.write_settings(self.url, self.auth, poll=poll)
        agent = self.start()
        wait_for("the deployment has ended", lambda: self.world.status()["state"] == "up-to-date")
        return agent

    def sessions(self):
        """Returns the number of sessions so far, with those of deployments."""
        return len(Path(self.printed["commands"]).read_text(encoding="utf-8").splitlines())

    @staticmethod
    def children_of(pid):
        """Command lines by process number."""
        found = {}
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split():
            try:
                found[int(child)] = Path(f"/proc/{child}/cmdline").read_text(
                    encoding="utf-8").split("\0")
            except OSError:
                continue
        return found

    def kept_ssh(self, agent):
        """The process number of the session."""
        def look():
            found = self.children_of(agent.pid)
            return len(found) == 1 and next(iter(found.values()))[0] == "ssh" and next(iter(found))
        return wait_for("the agent has one ssh", look)

    def test_idle_polls_are_requests_in_one_session(self):
        agent = self.start_up_to_date()
        session, before = self.kept_ssh(agent), self.sessions()
        self.await_answers(5)
        self.assertEqual(self.kept_ssh(agent), session)
        self.assertEqual(self.sessions(), before)
        self.assert_way("kept_ssh", "polls over ssh, in one session since")
        since = self.world.status()["session_since"]
        self.assertLess(since, self.world.status()["last_answer"])
        doctor = self.world.inhaul("doctor", "shop", check=False).stdout
        self.assertRegex(doctor, r"last answer +.* ago, over ssh, in one session since")
        for version in ("two", "three"):
            commit = self.world.commit(version)
            wait_for(f"{version} is live", lambda: self.world.restarts()[-1:] == [version])
            self.assertEqual(self.world.tree_problems(commit), [])
        self.assertEqual(self.kept_ssh(agent), session)
        self.assertNotIn("level=error", self.log())

    def test_a_killed_agent_leaves_nothing(self):
        agent = self.start_up_to_date()
        session = self.kept_ssh(agent)
        agent.kill()
        agent.wait()
        wait_for("its ssh is gone", lambda: not Path(f"/proc/{session}").exists())
        self.assertEqual([name for name in os.listdir(self.world.root / "state") if "ssh" in name],
                         [])

    def test_its_ssh_ends_also_when_only_its_input_does(self):
        agent = self.start_up_to_date()
        session = self.kept_ssh(agent)
        argv = Path(f"/proc/{session}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")
        keys = self.world.root / "no_keys"
        keys.touch()
        argv = [b"GlobalKnownHostsFile=" + str(keys).encode()
                if word.startswith(b"GlobalKnownHostsFile=") else word for word in argv]
        again = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 env={"GIT_PROTOCOL": "version=2", "PATH": os.environ["PATH"]})
        self.addCleanup(again.stdout.close)
        self.addCleanup(again.wait)
        self.addCleanup(again.kill)
        self.assertEqual(again.stdout.readline(), b"000eversion 2\n")
        again.stdin.close()
        self.assertEqual(again.wait(30), 0)

    def test_a_stopped_agent_leaves_no_ssh(self):
        agent = self.start_up_to_date()
        session = self.kept_ssh(agent)
        agent.terminate()
        self.assertEqual(agent.wait(20), 0)
        self.assertFalse(Path(f"/proc/{session}").exists())

    def test_only_a_reload_of_changed_settings_starts_the_session_again(self):
        agent = self.start_up_to_date()
        session = self.kept_ssh(agent)
        agent.send_signal(signal.SIGHUP)
        wait_for("the settings are reread", lambda: "settings reread" in self.log())
        self.await_answers(2)
        self.assertEqual(self.kept_ssh(agent), session)
        self.write_settings(self.url, self.auth, poll='[poll]\ninterval = "2s"\n')
        agent.send_signal(signal.SIGHUP)
        wait_for("another session", lambda: self.kept_ssh(agent) != session)
        self.await_answers(1)

    def test_a_rotated_key_starts_the_session_again(self):
        agent = self.start_up_to_date()
        session = self.kept_ssh(agent)
        self.replace(self.key, self.printed["keys"]["rsa"])
        wait_for("another session", lambda: self.kept_ssh(agent) != session)
        self.replace(self.key, self.printed["keys"]["unknown"])
        wait_for("the key is refused", lambda: self.world.status()["state"] == "cannot-tell")
        self.assertIn("Permission denied", self.log())
        self.replace(self.key, self.printed["keys"]["ed25519"])
        wait_for("polls work again", lambda: self.world.status()["state"] == "up-to-date")

    def test_a_changed_host_key_is_refused_at_the_next_connection(self):
        agent = self.start_up_to_date()
        session = self.kept_ssh(agent)
        self.replace(self.known_hosts, self.printed["changed_known_hosts"])
        wait_for("the key is refused", lambda: self.world.status()["state"] == "cannot-tell")
        self.assertIn("reason=untrusted", self.log())
        self.assertFalse(Path(f"/proc/{session}").exists())

    def test_a_session_that_ends_is_no_fault(self):
        agent = self.start_up_to_date()
        for _ in range(3):
            session = self.kept_ssh(agent)
            os.kill(session, signal.SIGKILL)
            self.await_answers(2)
            self.assertNotEqual(self.kept_ssh(agent), session)
        self.assertNotIn("cannot poll", self.log())
        self.world.commit("two")
        wait_for("two is live", lambda: self.world.restarts()[-1:] == ["two"])

    def test_without_the_kept_connection_each_poll_is_a_child(self):
        agent = self.start_up_to_date('[poll]\ninterval = "1s"\nkeep_connection = false\n')
        before = self.sessions()
        self.await_answers(3)
        self.assertGreaterEqual(self.sessions() - before, 3)
        self.assertIsNone(self.world.status()["session_since"])
        self.assertIn(self.world.status()["poll_method"], ("each_ssh", "child"))
        wait_for("nothing stays open", lambda: not self.children_of(agent.pid))

    def test_a_server_without_version_two_is_polled_by_children(self):
        Path(self.printed["fault"]).write_text("old\n", encoding="utf-8")
        agent = self.start_up_to_date()
        before = self.sessions()
        self.await_answers(3)
        self.assertLessEqual(self.sessions() - before, 6)
        wait_for("nothing stays open", lambda: not self.children_of(agent.pid))
        self.world.commit("two")
        wait_for("two is live", lambda: self.world.restarts()[-1:] == ["two"])
        self.assertNotIn("cannot poll", self.log())


if __name__ == "__main__":
    unittest.main()
