# SPDX-License-Identifier: Apache-2.0
"""Each type of target gets each cause once, without a delay for a deployment."""

import json
import os
import signal
import subprocess
import unittest

from support import standard_webhooks
from support.receiver import SECRET, Receiver, verified
from support.waiting import wait_for
from support.world import World


class Notified(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.remove)
        self.receiver = Receiver()
        self.addCleanup(self.receiver.stop)
        self.write()
        self.first = self.world.commit("one")

    def write(self, **tables):
        self.world.write_settings(**tables)
        self.world.restart_script().write_text(
            f"cat '{self.world.directory}/version' >>'{self.world.restarts_file}'\n"
            f"! grep -q broken '{self.world.directory}/version'\n")

    def private(self, name, text):
        path = self.world.root / name
        path.touch(mode=0o600)
        path.write_text(text + "\n")
        return path

    def targets(self, text, name="inhaul"):
        (self.world.settings / f"{name}.toml").write_text(text)

    def webhook(self, *more, path="/ops/SECRETPATH"):
        url = self.private("ops.url", self.receiver.url + path)
        secret = self.private("ops.secret", SECRET)
        self.targets(f'[notify.ops]\ntype = "webhook"\nurl_file = "{url}"\n'
                     f'secret_file = "{secret}"\n' + "\n".join(more) + "\n")

    def deploy(self, *words, expect=0):
        return self.world.ends_with(expect, "deploy", "shop", *words)

    def agent(self, **options):
        process = self.world.start("run", stderr=subprocess.PIPE, **options)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def target_rows(self):
        return self.world.ledger("SELECT name, done, attempts, sending, error FROM notify_target")


class Secret(Notified):
    def test_the_beginning_of_a_url_is_not_shown_where_a_long_answer_is_cut(self):
        path = "/ops/" + "SECRETPATH" * 12
        self.webhook(path=path)
        self.receiver.always = (404, {}, "x" * 120 + f"Cannot POST {path}")
        done = self.world.inhaul("notify", "--test", check=False)
        self.assertIn("HTTP status 404: xxx", done.stdout)
        self.assertNotIn("SECRETPATH", done.stdout + done.stderr)


class Verified(Notified):
    @unittest.skipIf(standard_webhooks.unavailable(), standard_webhooks.unavailable())
    def test_the_library_of_standard_webhooks_accepts_a_message_and_no_changed_one(self):
        self.webhook()
        self.deploy()
        self.world.commit("broken-two")
        self.deploy(expect=1)
        (request,) = self.receiver.requests
        event = standard_webhooks.verified(request, SECRET)
        self.assertEqual(event["type"], "deployment.rolled_back")
        with self.assertRaises(AssertionError):
            standard_webhooks.verified({**request, "body": request["body"] + b" "}, SECRET)


class Gone(Notified):
    def fail_with(self, version):
        self.world.commit(version)
        self.deploy(expect=1)

    def test_a_target_that_is_gone_gets_nothing_more_until_its_url_changes_or_a_test_succeeds(self):
        self.webhook()
        self.deploy()
        self.receiver.always = (410, {}, "go away")
        self.fail_with("broken-two")
        self.fail_with("broken-three")
        self.assertEqual(len(self.receiver.requests), 1)
        (failing,) = self.world.status()["failing_targets"]
        self.assertIn("inhaul sends nothing more until the URL changes", failing["error"])
        self.receiver.always = (200, {}, "")
        self.assertEqual(self.world.inhaul("notify", "--test").returncode, 0)
        self.fail_with("broken-four")
        self.assertEqual(self.receiver.types()[1:], ["notification.test", "deployment.rolled_back",
                                                     "deployment.rolled_back"])

        self.receiver.always = (410, {}, "")
        self.fail_with("broken-five")
        self.receiver.always = (200, {}, "")
        self.private("ops.url", self.receiver.url + "/other")
        self.fail_with("broken-six")
        self.assertEqual(self.receiver.requests[-1]["path"], "/other")
        counts = {line.split('result="')[1].split('"')[0]: int(line.rsplit(" ", 1)[1])
                  for line in self.world.inhaul("metrics").stdout.splitlines()
                  if line.startswith("inhaul_notifications_total{")}
        self.assertEqual(counts, {"sent": 3, "failed": 2, "expired": 0})


class Killed(Notified):
    """kill -9 of the agent while the answer of a target is awaited."""

    def start_and_kill(self, requests):
        agent = self.agent()
        wait_for("the message is sent", lambda: len(self.receiver.requests) == requests)
        agent.kill()
        agent.wait()

    def test_a_webhook_gets_the_message_again_with_the_same_id_until_its_answer_is_known(self):
        self.webhook()
        self.deploy()
        self.world.commit("broken-two")
        self.receiver.answers = ["hang"] * 3
        for requests in (1, 2, 3):
            self.start_and_kill(requests)
        self.agent()
        wait_for("its answer is known", lambda: self.target_rows()[0][3:] == (0, ""))
        self.assertEqual(len(self.receiver.requests), 4)
        self.assertEqual(len({request["headers"]["webhook-id"] for request in self.receiver.requests}), 1)
        for request in self.receiver.requests:
            verified(request)

    def test_a_target_that_cannot_recognise_a_message_gets_it_at_most_twice(self):
        url = self.private("ops.url", self.receiver.url + "/services/X")
        self.targets(f'[notify.ops]\ntype = "slack"\nurl_file = "{url}"\n')
        self.deploy()
        self.world.commit("broken-two")
        self.receiver.answers = ["hang"] * 2
        for requests in (1, 2):
            self.start_and_kill(requests)
        self.agent()
        wait_for("it is given up", lambda: "may be lost" in self.target_rows()[0][4])
        self.assertEqual(len(self.receiver.requests), 2)
        # The next message is sent.
        self.receiver.always = (200, {}, "ok")
        self.world.commit("broken-three")
        wait_for("the next one is sent", lambda: len(self.receiver.requests) == 3)


class Webhook(Notified):
    def test_a_commit_that_is_rolled_back_is_reported_once_with_everything_to_act_on(self):
        self.webhook()
        self.deploy()
        self.assertEqual(self.receiver.requests, [])
        bad = self.world.commit("broken-two")
        self.deploy(expect=1)
        (request,) = self.receiver.requests
        event = verified(request)
        self.assertEqual(request["path"], "/ops/SECRETPATH")
        self.assertEqual(event["type"], "deployment.rolled_back")
        data = event["data"]
        self.assertEqual(data["app"], "shop")
        self.assertEqual(data["commit"], bad)
        self.assertEqual(data["from"], self.first)
        self.assertEqual((data["subject"], data["author"]), ("version broken-two", "Tester"))
        self.assertEqual(data["command"], "inhaul show 2")
        self.assertEqual(data["deployment"], 2)
        self.assertIn("exit status 1", data["cause"])
        self.assertTrue(data["host"] and data["account"])

        self.world.inhaul("retry", "shop", check=False)
        self.assertEqual(len(self.receiver.requests), 1)
        self.world.commit("three")
        self.deploy()
        self.assertEqual(self.receiver.types(), ["deployment.rolled_back", "app.recovered"])
        self.assertIn("exit status 1", verified(self.receiver.requests[1])["data"]["cause"])

    def test_an_agent_sends_and_reveals_no_secret(self):
        self.webhook('events = ["started", "succeeded", "rolled_back", "recovered"]')
        go = self.world.root / "go"
        self.write(hooks=f'[hooks]\nactivate = ["/bin/sh", "-c", "while [ ! -e {go} ]; do sleep '
                         '0.1; done"]\n')
        process = self.agent()
        wait_for("the start is reported", lambda: self.receiver.types() == ["deployment.started"])
        go.touch()
        wait_for("the end is reported", lambda: self.receiver.types() == [
            "deployment.started", "deployment.succeeded"])
        self.receiver.always = (404, {}, "no /ops/SECRETPATH here")
        self.world.commit("broken-two")
        wait_for("it is refused", lambda: any(
            "404" in error for *_, error in self.target_rows()))
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
        self.assertIn("a notification was refused: HTTP status 404", errors)
        for secret in ("SECRETPATH", SECRET):
            self.assertNotIn(secret, errors)
            for row in self.target_rows():
                self.assertNotIn(secret, str(row))
        self.assertIn("http://127.0.0.1", errors)

    def test_the_output_of_the_failed_hook_is_in_the_message(self):
        self.webhook()
        script = self.world.root / "hook.sh"
        script.write_text("echo first; echo 'no such table: users' >&2; exit 3\n")
        self.write(hooks=f'[hooks]\nactivate = ["/bin/sh", "{script}"]\n')
        self.deploy(expect=1)
        data = verified(self.receiver.requests[0])["data"]
        self.assertIn("no such table: users", data["output"])
        self.assertIn("hook activate", data["output_of"])

    def test_status_and_doctor_name_a_target_that_failed_last(self):
        self.webhook()
        self.deploy()
        findings = self.findings()
        self.assertEqual(findings["notify ops"]["status"], "skipped", findings)
        self.receiver.always = (404, {}, "gone")
        self.world.commit("broken-two")
        self.deploy(expect=1)
        (failing,) = self.world.status()["failing_targets"]
        self.assertEqual(failing["target"], "ops")
        self.assertIn("404", failing["error"])
        self.assertIsNone(failing["last_sent"])
        shown = self.world.inhaul("status", "shop", "--exit-zero").stdout
        self.assertRegex(shown, r"notifications to ops have failed since .*404.*inhaul notify --test ops")
        finding = self.findings()["notify ops"]
        self.assertEqual(finding["status"], "bad", finding)
        self.assertEqual(finding["hint"], "Run: inhaul notify --test ops")

        self.receiver.always = (200, {}, "")
        self.world.commit("three")
        self.deploy()
        self.assertEqual(self.world.status()["failing_targets"], [])
        self.assertEqual(self.findings()["notify ops"]["status"], "good")

    def findings(self):
        done = self.world.inhaul("doctor", "shop", "--json", check=False)
        (app,) = json.loads(done.stdout)["apps"]
        return {finding["check"]: finding for finding in app["checks"]}

    def test_a_test_message_shows_the_answer(self):
        self.webhook()
        done = self.world.inhaul("notify", "--test")
        self.assertEqual(done.stdout, "ops (webhook): sent: HTTP status 200\n")
        self.assertEqual(verified(self.receiver.requests[0])["type"], "notification.test")
        self.receiver.always = (410, {}, "gone")
        done = self.world.inhaul("notify", "--test", "ops", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout, "ops (webhook): not sent: HTTP status 410: gone\n")
        done = self.world.inhaul("notify", "--test", "opps", check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("Did you mean ops?", done.stderr)


if __name__ == "__main__":
    unittest.main()
