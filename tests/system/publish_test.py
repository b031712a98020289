# SPDX-License-Identifier: Apache-2.0
"""The published files: the metrics for Prometheus, the page, its JSON and its badges."""

import json
import os
import re
import shutil
import signal
import subprocess
import unittest
import urllib.request
from contextlib import closing
from pathlib import Path
from socket import socket
from xml.etree import ElementTree

from support.waiting import wait_for
from support.world import World, run

DASHBOARD = Path(__file__).resolve().parents[2] / "docs/monitoring"


def series(text):
    """The value of each series."""
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1])
            for line in text.splitlines() if line and not line.startswith("#")}


class Published(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.remove)
        self.world.write_settings()
        self.first = self.world.commit("one")
        self.place = self.world.root / "www"
        self.place.mkdir()

    def publish(self, text=None):
        (self.world.settings / "inhaul.toml").write_text(
            text or f'[metrics]\ntextfile = "{self.place}/inhaul.prom"\n'
                    f'[page]\nfile = "{self.place}/inhaul.html"\n')

    def metrics(self):
        return series(self.world.inhaul("metrics").stdout)

    def value(self, name, **labels):
        found = [value for key, value in self.metrics().items()
                 if key.startswith(name + "{") and all(f'{label}="{text}"' in key
                                                       for label, text in labels.items())]
        self.assertEqual(len(found), 1, (name, labels))
        return found[0]


class Metrics(Published):
    def test_an_app_without_a_deployment_has_every_series_at_zero(self):
        text = self.world.inhaul("metrics").stdout
        self.assertTrue(text.endswith("\n"))
        for result in ("succeeded", "failed", "rolled_back", "refused"):
            self.assertEqual(self.value("inhaul_deployments_total", result=result), 0)
        self.assertEqual(self.value("inhaul_in_sync"), 0)
        self.assertEqual(self.value("inhaul_app_state", state="live"), 0)
        self.assertFalse((self.place / "inhaul.prom").exists())

    def test_counters_come_from_the_ledger_and_states_follow(self):
        self.world.inhaul("deploy", "shop")
        self.world.inhaul("once")
        self.world.inhaul("once")
        self.assertEqual(self.value("inhaul_deployments_total", result="succeeded"), 1)
        self.assertEqual(self.value("inhaul_polls_total", result="changed")
                         + self.value("inhaul_polls_total", result="unchanged"), 2)
        self.assertEqual(self.value("inhaul_in_sync"), 1)
        self.assertEqual(self.value("inhaul_app_info", commit=self.first), 1)
        script = self.world.restart_script()
        script.write_text(script.read_text() + f"! grep -q bad '{self.world.directory}/version'\n")
        self.world.commit("bad")
        self.world.inhaul("deploy", "shop", check=False)
        self.assertEqual(self.value("inhaul_deployments_total", result="rolled_back"), 1)
        self.assertEqual(self.value("inhaul_deployment_duration_seconds_count"), 2)
        self.assertEqual(self.value("inhaul_app_state", state="quarantined"), 1)
        self.assertEqual(self.value("inhaul_app_state", state="failed"), 1)
        self.assertEqual(self.value("inhaul_in_sync"), 0)
        self.world.remote.rename(self.world.root / "away")
        self.world.inhaul("once", check=False)
        self.assertEqual(self.value("inhaul_polls_total", result="error"), 1)

    @unittest.skipUnless(shutil.which("promtool"), "promtool is not installed")
    def test_promtool_accepts_the_metrics_and_the_alert_rules(self):
        self.world.inhaul("deploy", "shop")
        done = subprocess.run(["promtool", "check", "metrics"], text=True, capture_output=True,
                              input=self.world.inhaul("metrics").stdout)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))
        run("promtool", "check", "rules", DASHBOARD / "alerts.yml")

    def test_the_alert_rules_and_the_dashboard_use_only_metrics_that_exist(self):
        names = {key.split("{")[0] for key in self.metrics()} | {
            "inhaul_relay_connected", "inhaul_relay_reconnects_total"}
        dashboard = json.loads((DASHBOARD / "grafana.json").read_text())
        used = {target["expr"] for panel in dashboard["panels"] for target in panel["targets"]}
        text = "\n".join(used) + (DASHBOARD / "alerts.yml").read_text()
        found = set(re.findall(r"\binhaul_\w+", text))
        self.assertGreater(len(found), 5)
        self.assertLessEqual(found, names)

    @unittest.skipUnless(shutil.which("prometheus-node-exporter"),
                         "prometheus-node-exporter is not installed")
    def test_node_exporter_serves_the_files_of_two_agents(self):
        self.publish()
        self.world.inhaul("deploy", "shop")
        other = (self.place / "inhaul.prom").read_text().replace('account="', 'account="other-')
        (self.place / "other.prom").write_text(other)
        with closing(socket()) as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        exporter = subprocess.Popen(
            ["prometheus-node-exporter", f"--web.listen-address=127.0.0.1:{port}",
             "--collector.disable-defaults", "--collector.textfile",
             f"--collector.textfile.directory={self.place}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(exporter.wait)
        self.addCleanup(exporter.kill)

        def scraped():
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
                    return series(answer.read().decode())
            except OSError:
                return None
        wait_for("the exporter answers", scraped)
        found = scraped()
        self.assertEqual(found["node_textfile_scrape_error"], 0)
        states = [key for key in found if key.startswith("inhaul_app_state{")]
        self.assertEqual(len(states), 2 * 7)
        self.assertEqual(sum(key.startswith("node_textfile_mtime_seconds{") for key in found), 2)


class Files(Published):
    def test_a_deployment_by_hand_and_a_run_of_once_write_every_file(self):
        self.publish()
        for words in (("deploy", "shop"), ("once",)):
            for path in self.place.iterdir():
                path.unlink()
            self.world.inhaul(*words)
            self.assertEqual(sorted(path.name for path in self.place.iterdir()),
                             ["inhaul-shop.svg", "inhaul.html", "inhaul.json", "inhaul.prom"])
            for path in self.place.iterdir():
                self.assertEqual(path.stat().st_mode & 0o777, 0o644)
        self.assertIn(self.first[:7], (self.place / "inhaul.html").read_text())
        self.assertEqual(json.loads((self.place / "inhaul.json").read_text())["apps"][0]["app"], "shop")
        badge = ElementTree.parse(self.place / "inhaul-shop.svg").getroot()
        self.assertEqual(badge.get("aria-label"), f"shop: {self.first[:7]}")
        self.assertEqual((self.place / "inhaul.prom").read_text()[-1], "\n")

    def test_the_agent_writes_at_each_change_and_not_the_page_for_an_age(self):
        self.publish()
        agent = self.world.start("run", stderr=subprocess.DEVNULL)
        self.addCleanup(agent.wait)
        self.addCleanup(agent.send_signal, signal.SIGTERM)
        page = self.place / "inhaul.html"
        wait_for("the page has the first", lambda: page.exists() and self.first[:7] in page.read_text()
                 and "up to date" in page.read_text())
        before = page.stat().st_ino
        asked = self.world.status()["last_polled"]
        wait_for("it has asked again", lambda: self.world.status()["last_polled"] > asked)
        self.assertEqual(page.stat().st_ino, before)
        second = self.world.commit("two")
        wait_for("the page has the second", lambda: second[:7] in page.read_text()
                 and "up to date" in page.read_text())
        wait_for("the metrics have the second",
                 lambda: f'commit="{second}"' in (self.place / "inhaul.prom").read_text())
        self.assertEqual(sorted(path.name for path in self.place.iterdir()),
                         ["inhaul-shop.svg", "inhaul.html", "inhaul.json", "inhaul.prom"])

    def test_a_file_in_the_directory_of_an_app_is_refused_also_through_a_link(self):
        self.world.inhaul("deploy", "shop")
        link = self.world.root / "link"
        link.symlink_to(self.world.directory)
        for place in (self.world.directory, link, self.world.directory / "lib"):
            self.publish(f'[page]\nfile = "{place}/inhaul.html"\n')
            done = self.world.inhaul("check", check=False)
            self.assertEqual(done.returncode, 78)
            self.assertIn("is in the directory of shop", done.stdout + done.stderr)
            self.world.inhaul("deploy", "shop", "--again", check=False)
            self.assertFalse(os.path.exists(place / "inhaul.html"))

    def test_a_directory_that_is_missing_stops_no_deployment(self):
        self.publish(f'[page]\nfile = "{self.world.root}/nowhere/inhaul.html"\n')
        done = self.world.inhaul("deploy", "shop")
        self.assertIn("is live", done.stdout)
        self.assertIn("write the page", done.stderr)

    def test_a_file_that_cannot_be_written_stops_no_other_and_is_logged_once(self):
        missing = f"{self.world.root}/nowhere/inhaul.prom"
        self.publish(f'[metrics]\ntextfile = "{missing}"\n'
                     f'[page]\nfile = "{self.place}/inhaul.html"\n')
        agent = self.world.start("run", stderr=subprocess.PIPE)
        page = self.place / "inhaul.html"
        for version in ("two", "three"):
            commit = self.world.commit(version)
            wait_for(f"the page has {version}", lambda: page.exists() and commit[:7] in page.read_text()
                     and "up to date" in page.read_text())
        agent.send_signal(signal.SIGTERM)
        _, logged = agent.communicate(timeout=60)
        lines = [line for line in logged.splitlines() if "write the metrics" in line]
        self.assertEqual(len(lines), 1, logged)
        self.assertIn(f"write {missing}: No such file or directory", lines[0])

    def doctor(self, what):
        """Returns the verdict about a file, its sentence and its hint."""
        report = json.loads(self.world.inhaul("doctor", "shop", "--json", check=False).stdout)
        (app,) = report["apps"]
        (found,) = [each for each in app["checks"] if each["check"] == what]
        return found["status"], found["message"], found["hint"]

    def test_doctor_names_a_file_that_is_not_written(self):
        self.publish()
        page = self.place / "inhaul.html"
        self.assertEqual(self.doctor("page")[:2], ("skipped", f"{page} has not been written yet"))
        agent = self.world.start("run", stderr=subprocess.DEVNULL)
        self.addCleanup(agent.wait)
        self.addCleanup(agent.send_signal, signal.SIGTERM)
        wait_for("the page is written", lambda: page.exists() and "up to date" in page.read_text())
        for what, name in (("page", page), ("metrics", self.place / "inhaul.prom")):
            verdict, said, _ = self.doctor(what)
            self.assertEqual(verdict, "good", said)
            self.assertRegex(said, f"^{name}, written .* ago$")
        os.utime(page, (0, 0))
        verdict, said, hint = self.doctor("page")
        self.assertEqual(verdict, "bad")
        self.assertRegex(said, f"^{page}: written [0-9]+ d ago$")
        self.assertIn(f"add ReadWritePaths={self.place} under [Service], and restart the unit.", hint)
        page.unlink()
        self.assertEqual(self.doctor("page")[:2], ("bad", f"{page}: the agent has not written it"))
        shutil.rmtree(self.place)
        verdict, said, hint = self.doctor("metrics")
        self.assertEqual(verdict, "bad")
        self.assertIn(f"the directory {self.place} does not exist", said)
        self.assertEqual(hint, f"Run: sudo install -d -o root {self.place}")

    def test_a_link_at_the_place_of_a_file_is_replaced_and_not_followed(self):
        self.publish()
        victim = self.world.root / "victim"
        victim.write_text("mine")
        (self.place / "inhaul.html").symlink_to(victim)
        self.world.inhaul("deploy", "shop")
        self.assertEqual(victim.read_text(), "mine")
        self.assertFalse((self.place / "inhaul.html").is_symlink())


if __name__ == "__main__":
    unittest.main()
