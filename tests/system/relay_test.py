# SPDX-License-Identifier: Apache-2.0
"""`inhaul run` on a channel of a relay: a push triggers a poll, and forged events have no effect."""

import json
import re
import signal
import subprocess
import sys
import unittest
from pathlib import Path

from support import webhook
from support.certificate import self_signed
from support.relay import Relay
from support.relayed import Relayed, SECRET
from support.waiting import wait_for
from support.world import World, git, run


class Relaying(Relayed):
    def test_a_push_is_live_through_each_kind_of_relay(self):
        for kind in ("smee", "rawdata", "gosmee"):
            with self.subTest(kind):
                self.begin(kind)
                self.push("two")
                self.wait_live("one", "two")
                self.assertEqual(self.world.history()[0]["trigger"], "relay")
                self.assertEqual(self.world.tree_problems(self.commit), [])
                self.process.kill()
                self.process.wait()
                self.doCleanups()
                self.setUp()

    def test_events_without_a_valid_signature_are_refused_and_counted_without_a_poll(self):
        self.begin()
        body = webhook.push(self.commit, "b" * 40)
        good = webhook.headers(body, SECRET)
        cases = {
            "no signature": {"x-hub-signature-256": None, "x-hub-signature": None},
            "only a SHA-1 signature": {"x-hub-signature-256": None},
            "malformed signature": {"x-hub-signature-256": "sha256=abc"},
            "wrong signature": {"x-hub-signature-256": webhook.signed(body, "guess")},
        }
        for changes in cases.values():
            headers = {name: value for name, value in {**good, **changes}.items() if value}
            self.relay.post(body, headers)
        self.barrier()
        self.assertEqual(self.hub.requests(), [])
        wait_for("they are counted", lambda: set(self.relay_status()["refused"]) == set(cases))
        self.assertEqual(self.relay_status()["refused"], dict.fromkeys(cases, 1))
        shown = self.world.inhaul("status").stdout
        self.assertIn("wrong signature: 1", shown)
        everything = self.log_path.read_text() + shown
        self.assertNotIn(SECRET, everything)
        self.assertNotIn(webhook.signed(body, SECRET)[7:], everything)

    def test_a_repeated_push_is_recognised_also_after_a_restart(self):
        self.begin()
        body = self.push("two")
        self.wait_live("one", "two")
        self.hub.requests(clear=True)
        for _ in range(3):
            self.relay.post(body, webhook.headers(body, SECRET))  # with another delivery's id
        self.barrier()
        self.assertEqual(self.hub.requests(), [])
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        self.start()
        self.wait_connected()
        self.settle()
        self.relay.post(body, webhook.headers(body, SECRET))
        self.barrier()
        self.assertEqual(self.hub.requests(), [])
        self.assertEqual(self.world.restarts(), ["one", "two"])

    def test_events_of_other_apps_are_ignored(self):
        self.begin()
        for body, event in (
                (webhook.push(self.commit, "b" * 40, ref="refs/heads/main2"), "push"),
                (webhook.push(self.commit, "b" * 40, ref="refs/tags/main"), "push"),
                (webhook.push(self.commit, webhook.ZEROS), "push"),
                (webhook.push(self.commit, "b" * 40, name="octocat/shop2", number=7), "push"),
                (webhook.push(self.commit, "b" * 40), "pull_request"),
                (b'{"zen":"x"}', "push")):
            self.relay.post(body, webhook.headers(body, SECRET, event=event))
        for noise in (b"data: not JSON\n\n", b"data: [1,2]\n\n", b'data: {"body":\n\n',
                      b"\xff\xfe\n\n", b"event: strange\ndata: {}\n\n", b": comment\n"):
            self.relay.say(noise)
        self.barrier()
        self.assertEqual(self.hub.requests(), [])
        self.assertEqual(self.relay_status()["refused"], {"unreadable": 1})

    def test_an_event_never_chooses_the_commit(self):
        self.begin()
        first, self.commit = self.commit, self.world.commit("two")
        body = webhook.push(self.commit, first)  # "back to one": a genuine but outdated event
        self.relay.post(body, webhook.headers(body, SECRET))
        self.wait_live("one", "two")

    def test_github_may_return_the_old_head_for_a_while(self):
        self.begin()
        self.hub.control("reply", status=304, requests=2)
        self.push("two")
        self.wait_live("one", "two")
        self.assertGreaterEqual(len(self.hub.requests()), 3)

    def test_without_a_secret_a_push_triggers_rare_polls_and_a_warning(self):
        self.begin(secret=False)
        self.assertIn("secret", self.log_path.read_text())
        self.assertIn("relay.secret_file", self.world.inhaul("status").stdout)
        self.push("two", secret=None)
        self.wait_live("one", "two")
        self.hub.requests(clear=True)
        for number in range(300):
            body = webhook.push(self.commit, f"{number:040x}")
            self.relay.post(body, webhook.headers(body))
        wait_for("the last event is received", lambda: "too many" in str(self.relay_status()["refused"]))
        self.assertLessEqual(len(self.hub.requests()), 1)

    def test_two_secrets_are_valid_during_a_change(self):
        self.relay = Relay()
        self.addCleanup(self.relay.stop)
        old = self.private("old", "the old one")
        self.settings(relay=f'[relay]\nurl = "{self.relay.url}"\nsecret_file = "{self.secret}"\n'
                            f'old_secret_file = "{old}"\n')
        self.start()
        self.wait_connected()
        self.wait_live("one")
        self.push("two", secret="the old one")
        self.wait_live("one", "two")
        self.push("three", secret=SECRET)
        self.wait_live("one", "two", "three")

    def test_an_ended_stream_is_connected_again_and_missed_pushes_are_polled(self):
        self.begin()
        self.relay.answers = [(503, {"Retry-After": "1"})]
        self.relay.drop()
        wait_for("the relay is disconnected", lambda: not self.relay_status()["connected"])
        before, self.commit = self.commit, self.world.commit("two")  # without an event
        self.wait_live("one", "two")
        self.assertGreaterEqual(self.relay_status()["reconnects"], 1)
        self.assertIn("503", self.log_path.read_text())

    def test_without_the_relay_it_polls_as_often_as_without_one(self):
        self.relay = Relay()
        self.addCleanup(self.relay.stop)
        self.relay.answers = [(404, {})] * 1000
        self.settings(poll='[poll]\ninterval = "5s"\n')
        self.start()
        self.wait_live("one")
        self.commit = self.world.commit("two")
        self.wait_live("one", "two")
        self.assertIn("the channel does not exist", self.world.inhaul("status").stdout)
        self.assertEqual(self.world.history()[0]["trigger"], "poll")

    def test_a_server_that_is_not_a_relay_is_reported(self):
        self.relay = Relay()
        self.addCleanup(self.relay.stop)
        page = (200, {"Content-Type": "text/html"})
        for answer, word in ((page, "instead of events"),
                             ((302, {"Location": "https://login.example/x?y"}), "login.example"),
                             ((403, {}), "refuses the channel"), ((500, {}), "500")):
            with self.subTest(word):
                self.relay.answers = [answer] * 1000
                self.settings()
                self.start()
                wait_for("the error is reported",
                         lambda: word in str(self.relay_status()["error"]))
                self.process.kill()
                self.process.wait()
                for file in self.world.state.glob("ledger.db*"):
                    file.unlink()

    def start_proxy(self):
        script = Path(__file__).resolve().parent.parent / "support/proxy.py"
        proxy = subprocess.Popen([sys.executable, script], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE)
        printed = json.loads(proxy.stdout.readline())
        self.addCleanup(proxy.stdout.close)
        self.addCleanup(proxy.wait, 20)
        self.addCleanup(proxy.stdin.close)
        return printed

    def test_a_relay_over_tls_is_reached_through_the_proxy_of_the_environment(self):
        certificate = self_signed(self.world.root / "relay.pem")
        proxy = self.start_proxy()
        self.relay = Relay("smee", certificate)
        self.addCleanup(self.relay.stop)
        self.settings(tls=f'[tls]\nca_file = "{certificate}"\n')
        self.start(https_proxy=f"http://127.0.0.1:{proxy['port']}")
        self.wait_connected()
        self.wait_live("one")
        self.push("two")
        self.wait_live("one", "two")
        port = self.relay.server.server_address[1]
        self.assertEqual(Path(proxy["log"]).read_text(), f"CONNECT localhost:{port}\n")

    def test_a_relay_with_an_untrusted_certificate_is_refused(self):
        self.relay = Relay("smee", self_signed(self.world.root / "relay.pem"))
        self.addCleanup(self.relay.stop)
        self.settings(tls=f'[tls]\nca_file = "{self_signed(self.world.root / "other.pem")}"\n')
        self.start()
        wait_for("the error is reported",
                 lambda: "certificate" in str(self.relay_status()["error"]))
        self.assertEqual(self.relay.asked, [])

    def test_several_apps_share_one_stream(self):
        other = World()
        self.addCleanup(other.remove)
        other.commit("uno")
        self.hub.control("repository", name="octocat/blog", git=str(other.remote), private=True)
        self.relay = Relay()
        self.addCleanup(self.relay.stop)
        self.settings()
        self.settings(name="blog", service="",
                      top=f'repository = "octocat/blog"\ndirectory = "{other.directory}"\n')
        self.start()
        wait_for("both are live", lambda: all(
            app["live"]["commit"] and app["relay"]["connected"]
            for app in json.loads(self.world.inhaul("status", "--json").stdout)["apps"]))
        self.assertEqual(self.relay.listeners(), 1)
        commit = other.commit("dos")
        body = webhook.push(git(other.laptop, "rev-parse", "HEAD~1"), commit, name="octocat/blog",
                            number=2)
        self.relay.post(body, webhook.headers(body, SECRET))
        wait_for("the other one is live",
                 lambda: self.world.status("blog")["live"]["commit"] == commit)
        self.assertEqual(self.world.restarts(), ["one"])

    def test_gosmee_continues_from_the_last_event_and_smee_does_not(self):
        self.begin("gosmee")
        before, self.commit = self.commit, self.world.commit("two")
        body = webhook.push(before, self.commit)
        self.relay.say(b"id: 1795397000-0\n" +
                       self.relay.event(body, webhook.headers(body, SECRET)))
        self.wait_live("one", "two")
        self.relay.answers = [(400, {})]
        self.relay.drop()
        self.wait_connected()
        wait_for("the relay is connected again", lambda: self.relay.listeners() == 1)
        ids = [headers.get("Last-Event-ID") for _, headers in self.relay.asked]
        self.assertEqual([found for found in ids if found], ["1795397000-0"])
        self.assertIsNone(ids[-1])  # the id was refused and is dropped

    def test_a_flood_of_events_causes_no_additional_polls(self):
        self.begin()
        body = webhook.push(self.commit, "b" * 40)
        forged = self.relay.event(body, webhook.headers(body, "guess"))
        for _ in range(100):
            self.relay.say(forged * 100)
        self.relay.say(b"data: " + b"x" * 6_000_000 + b"\n\n")
        wait_for("all events were received", lambda: self.relay_status()["refused"].get("too large"))
        self.assertEqual(self.hub.requests(), [])
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        self.assertLess(int(re.search(r"VmHWM:\s+(\d+)", status)[1]), 60 * 1024)
        self.assertEqual(self.world.restarts(), ["one"])


if __name__ == "__main__":
    unittest.main()
