# SPDX-License-Identifier: Apache-2.0
"""A collector of OpenTelemetry gets a trace of each deployment, and the metrics."""

import json
import signal
import subprocess
import unittest

from support import collector
from support.receiver import Receiver
from support.waiting import wait_for
from support.world import World


class Otlp(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.remove)
        self.receiver = Receiver()
        self.receiver.always = (200, {"Content-Type": "application/json"}, "{}")
        self.addCleanup(self.receiver.stop)
        self.world.write_settings()
        self.world.restart_script().write_text(
            f"! grep -q broken '{self.world.directory}/version'\n")
        self.first = self.world.commit("one")
        token = self.world.root / "token"
        token.touch(mode=0o600)
        token.write_text("SECRETTOKEN\n")
        (self.world.settings / "inhaul.toml").write_text(
            f'[otlp]\nurl = "{self.receiver.url}/otlp"\ntoken_file = "{token}"\n')

    def requests(self, signal_name):
        return [request for request in self.receiver.requests
                if request["path"] == f"/otlp/v1/{signal_name}"]

    def spans(self):
        return [span for request in self.requests("traces")
                for resource in json.loads(request["body"])["resourceSpans"]
                for scope in resource["scopeSpans"] for span in scope["spans"]]

    def roots(self):
        return [span for span in self.spans() if "parentSpanId" not in span]

    def metrics(self):
        (resource,) = json.loads(self.requests("metrics")[-1]["body"])["resourceMetrics"]
        return {metric["name"]: metric for metric in resource["scopeMetrics"][0]["metrics"]}

    def test_each_deployment_is_a_trace_also_one_that_fails_again(self):
        self.world.inhaul("deploy", "shop")
        self.world.commit("broken")
        for _ in range(2):
            self.world.inhaul("deploy", "shop", "--force", check=False)
        good, bad, again = self.roots()
        self.assertEqual([root["status"]["code"] for root in (good, bad, again)], [1, 2, 2])
        self.assertEqual(len({root["traceId"] for root in (good, bad, again)}), 3)
        self.assertIn("exit status 1", bad["status"]["message"])
        names = [span["name"] for span in self.spans() if span.get("parentSpanId") == bad["spanId"]]
        self.assertIn("switching-back", names)
        steps = self.world.ledger("SELECT state, entered FROM step WHERE deployment = 1 ORDER BY position")
        shown = [(span["name"], int(span["startTimeUnixNano"]) // 1_000_000) for span in self.spans()
                 if span.get("parentSpanId") == good["spanId"]]
        self.assertEqual(shown, steps[:-1])
        for request in self.receiver.requests:
            self.assertEqual(request["headers"]["authorization"], "Bearer SECRETTOKEN")
            self.assertNotIn(b"SECRETTOKEN", request["body"])
        points = self.metrics()["inhaul_deployments_total"]["sum"]["dataPoints"]
        counted = {point["attributes"][-1]["value"]["stringValue"]: point["asInt"] for point in points}
        self.assertEqual((counted["succeeded"], counted["rolled_back"]), ("1", "2"))

    def test_the_agent_sends_metrics_and_repeats_a_trace_with_the_same_identifiers(self):
        self.receiver.answers = []
        answers = iter([(503, {"Retry-After": "1"}, ""), (429, {"Retry-After": "1"}, "")])

        def answer(request):
            refused = request["path"].endswith("/traces")
            return next(answers, (200, {}, "{}")) if refused else (200, {}, "{}")
        self.receiver.always = answer
        agent = self.world.start("run", stderr=subprocess.PIPE)
        self.addCleanup(agent.stderr.close)
        self.addCleanup(agent.wait)
        self.addCleanup(agent.send_signal, signal.SIGTERM)
        wait_for("the trace is accepted", lambda: len(self.requests("traces")) == 3)
        self.assertEqual(len({request["body"] for request in self.requests("traces")}), 1)
        # At most one request a minute, however much changes.
        self.assertEqual(len(self.requests("metrics")), 1)
        self.assertIn("inhaul_app_state", self.metrics())

    def test_a_collector_that_hangs_or_refuses_fails_no_deployment(self):
        for always, said in (("hang", "is live"), ((400, {}, "bad"), "is live"), ("garbage", "is live")):
            self.receiver.always = always
            self.world.commit(f"{always}")
            done = self.world.inhaul("deploy", "shop")
            self.assertIn(said, done.stdout)
            self.assertNotIn("SECRETTOKEN", done.stdout + done.stderr)
            self.receiver.released.set()
        self.assertEqual(self.world.status()["failing_targets"][0]["target"], "otlp")

    def test_a_test_message_is_an_empty_request(self):
        shown = self.world.inhaul("notify", "--test").stdout
        self.assertIn("otlp (otlp): sent", shown)
        (request,) = self.requests("traces")
        self.assertEqual(self.spans(), [])

    @unittest.skipIf(collector.unavailable(), collector.unavailable())
    def test_a_collector_reads_every_field(self):
        self.world.inhaul("deploy", "shop")
        self.world.commit("broken")
        self.world.inhaul("deploy", "shop", check=False)
        for name in ("traces", "metrics"):
            for request in self.requests(name):
                unprefixed = {**request, "path": request["path"].removeprefix("/otlp")}
                self.assertEqual(collector.read(unprefixed), json.loads(request["body"]))


if __name__ == "__main__":
    unittest.main()
