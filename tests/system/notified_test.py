# SPDX-License-Identifier: Apache-2.0
"""Notifications, metrics, the page, traces and reports to GitHub from the package's sandboxed units.

Runs as root in a machine over the tree of tests/support/clean-root, and nowhere else. The tree has
Debian's Exim for local mail. The test follows docs/notifications.md and docs/monitoring.md.
"""

import json
import os
import socket
import unittest
from pathlib import Path

from support import machine  # pylint: disable=unused-import
from first_push_test import systemctl
from removal_test import AGENT, TIMER, Scripts
from support.receiver import SECRET, Receiver, verified
from support.waiting import wait_for
from support.world import run

ONCE = "inhaul-once@scripts.service"
MAILBOX = Path("/var/mail/scripts")
NOTIFIED = Path("/var/lib/inhaul/scripts/notified")
METRICS, PAGE = Path("/var/lib/inhaul-metrics/scripts.prom"), Path("/srv/www/inhaul.html")
REMEDY = 'set url = "smtp://127.0.0.1:25", or another mail server, and from'
REPORT_TOKEN = "github_pat_Report0123456789"
EVENTS = 'events = ["succeeded", "rolled_back"]\n'
# The input of a command, and its limits.
PROGRAM = f"""#!/bin/sh
{{ cat; id -un; echo "$INHAUL_EVENT of $INHAUL_APP"; grep NoNewPrivs /proc/self/status
touch /usr/local/x ~/x; sudo -n true; }} >{NOTIFIED} 2>&1
exit 0
"""
SENDMAIL = '[notify.mail]\ntype = "email"\nto = ["scripts@localhost"]\n' + EVENTS
SERVER = 'url = "smtp://127.0.0.1:25"\nfrom = "inhaul@localhost"\n'


class Notified(Scripts):
    def setUp(self):
        super().setUp()
        self.receiver = Receiver()
        self.addCleanup(self.receiver.stop)
        self.addCleanup(run, "rm", "-rf", MAILBOX, METRICS.parent, PAGE.parent)
        program = Path("/usr/local/bin/tell-the-team")
        program.write_text(PROGRAM)
        program.chmod(0o755)
        self.addCleanup(program.unlink)

    def set_up(self, *words):
        self.init("--setup-token", self.token, "--no-relay", *words)
        unit = Path("/etc/systemd/system/shop.service")
        unit.write_text(unit.read_text().replace(
            "ExecStart=", f"ExecStartPre=/bin/sh -c '! grep bad {self.directory}/version'\nExecStart="))
        systemctl("daemon-reload")
        for name, text in {"ops.url": f"{self.receiver.url}/hook", "ops.secret": SECRET,
                           "report.token": REPORT_TOKEN}.items():
            source = self.world.root / name
            source.write_text(text + "\n")
            run("install", "-m", "600", "-o", "scripts", source, self.world.settings / name)
        self.hub.control("token", token=REPORT_TOKEN, deployments=True)
        with (self.world.settings / "shop.toml").open("a", encoding="utf-8") as file:
            file.write('[report]\ngithub = "deployments"\n'
                       f'token_file = "{self.world.settings}/report.token"\n[poll]\ninterval = "1s"\n')

    def write(self, mail):
        files = self.world.settings
        (files / "inhaul.toml").write_text(
            f'[notify.ops]\ntype = "webhook"\nurl_file = "{files}/ops.url"\n'
            f'secret_file = "{files}/ops.secret"\n{EVENTS}'
            f'[notify.own]\ntype = "command"\ncommand = ["/usr/local/bin/tell-the-team"]\n{EVENTS}'
            f'[notify.server]\ntype = "email"\nto = ["scripts@localhost"]\n{SERVER}{EVENTS}{mail}'
            f'[metrics]\ntextfile = "{METRICS}"\n[page]\nfile = "{PAGE}"\n'
            f'[otlp]\nurl = "{self.receiver.url}"\n')

    def may_publish(self, unit):
        """Follows docs/monitoring.md, without the restart."""
        run("install", "-d", "-o", "scripts", METRICS.parent, PAGE.parent)
        drop_in = Path(f"/etc/systemd/system/{unit}.d/override.conf")  # as systemctl edit writes it
        drop_in.write_text(f"[Service]\nReadWritePaths={METRICS.parent} {PAGE.parent}\n")
        systemctl("daemon-reload")

    def events(self):
        """Returns type and commit of each signed message."""
        events = [verified(each) for each in self.receiver.requests if each["path"] == "/hook"]
        return [(each["type"], each["data"]["commit"]) for each in events if "commit" in each["data"]]

    def traced(self, commit):
        return [each for each in self.receiver.requests
                if each["path"] == "/v1/traces" and commit.encode() in each["body"]]

    def mailed(self, target, subject):
        """Returns true if the mailbox has one such mail of a target."""
        text = MAILBOX.read_text() if MAILBOX.exists() else ""
        mails = [each for each in text.split("\nReturn-path: ") if f"_{target}@localhost>" in each
                 and f"Subject: {socket.gethostname()}: shop: {subject}\n" in each]
        return len(mails) == 1

    def doctor(self, what):
        done = self.as_account("inhaul", "doctor", "shop", "--json", check=False)
        (app,) = json.loads(done.stdout)["apps"]
        (found,) = [each for each in app["checks"] if each["check"] == what]
        return found["status"], f'{found["message"]} {found.get("hint", "")}'

    def assert_mail_is_explained(self, unit):
        wait_for("sendmail has failed", lambda: self.doctor("notify mail")[0] == "bad")
        shown = self.as_account("inhaul", "status", check=False).stdout
        for text in (self.doctor("notify mail")[1], shown):
            self.assertIn(f"does not work in {unit} (NoNewPrivileges=): {REMEDY}: exit status 1", text)

    def assert_notified(self, event):
        """The command got the event, in the sandbox."""
        wait_for("the command has run", lambda: NOTIFIED.exists() and "sudo" in NOTIFIED.read_text())
        first, *lines = NOTIFIED.read_text().splitlines()
        self.assertEqual(json.loads(first)["type"], event)
        self.assertEqual(lines[:3], ["scripts", f"{event} of shop", "NoNewPrivs:\t1"])
        self.assertEqual([line.rsplit(": ", 1)[-1] for line in lines[3:5]], ["Read-only file system"] * 2)
        self.assertIn('"no new privileges" flag is set', lines[5])

    def assert_published(self, commit):
        wait_for("the metrics have it", lambda: f'commit="{commit}"' in METRICS.read_text())
        wait_for("the page has it", lambda: commit[:7] in PAGE.read_text())
        self.assertEqual(sorted(path.name for path in PAGE.parent.iterdir()),
                         ["inhaul-shop.svg", "inhaul.html", "inhaul.json"])
        self.assertIn("/v1/metrics", [each["path"] for each in self.receiver.requests])

    def on_github_as(self):
        found = self.hub.control("reports", repository="octocat/shop")["deployments"]
        return [(each["sha"], *[status["state"] for status in each["statuses"]][-1:]) for each in found]

    def test_the_agent(self):
        self.set_up()
        self.write(SENDMAIL)
        self.reload()

        # By hand each target works, also sendmail.
        tested = run("inhaul", "notify", "--test").stdout
        for name in ("ops (webhook)", "own (command)", "server (email)", "otlp (otlp)"):
            self.assertIn(f"scripts/{name}: sent: ", tested)
        self.assertIn("scripts/mail (email): sent: exit status 0, but /usr/sbin/sendmail is setuid or setgid "
                      f"and does not work in the agent's unit (NoNewPrivileges=): {REMEDY}\n", tested)
        self.assertRegex(tested, r"scripts/shop/report\.github \(.*\): works: ")

        run("install", "-d", "-o", "scripts", METRICS.parent, PAGE.parent)
        verdict, said = self.doctor("metrics")
        self.assertEqual(verdict, "bad")
        self.assertIn("Run `sudo systemctl edit inhaul@scripts`, add "
                      f"ReadWritePaths={METRICS.parent} under [Service], and restart the unit.", said)
        self.reload()
        wait_for("the agent names the missing permission", lambda: f"Run `sudo systemctl edit {AGENT}`, add "
                 f"ReadWritePaths={METRICS.parent} under [Service]" in run("journalctl", "--unit", AGENT).stdout)
        self.may_publish(AGENT)
        systemctl("restart", AGENT)

        NOTIFIED.unlink()
        bad = self.world.commit("bad")
        wait_for("the webhook knows", lambda: self.events() == [("deployment.rolled_back", bad)])
        wait_for("the mail is there", lambda: self.mailed("server", "deployment 2 failed and was rolled back"))
        self.assert_notified("deployment.rolled_back")
        self.assert_mail_is_explained(AGENT)
        self.assertFalse(self.mailed("mail", "deployment 2 failed and was rolled back"))
        wait_for("it is traced", lambda: self.traced(bad))

        good = self.world.commit("good")
        self.wait_live(good)
        wait_for("the webhook knows", lambda: self.events()[1:] == [("deployment.succeeded", good)])
        wait_for("the mail is there", lambda: self.mailed("server", "deployment 3 succeeded"))
        wait_for("it is traced", lambda: self.traced(good))
        wait_for("GitHub knows", lambda: self.on_github_as() == [(bad, "failure"), (good, "success")])
        self.assert_published(good)
        for what in ("metrics", "page", "notify ops", "notify own", "notify server", "notify otlp"):
            self.assertEqual(self.doctor(what)[0], "good", what)

        # The command of the hint also sends the waiting messages.
        self.write(SENDMAIL + SERVER)
        self.reload()
        for subject in ("deployment 2 failed and was rolled back", "deployment 3 succeeded"):
            wait_for("the mail is there", lambda subject=subject: self.mailed("mail", subject))
        self.assertEqual(self.doctor("notify mail")[0], "good")

    def test_the_timer(self):
        self.set_up("--timer")
        systemctl("stop", TIMER)
        wait_for("its own run is over",
                 lambda: systemctl("is-active", ONCE, check=False) in ("inactive", "failed"))
        self.write(SENDMAIL)
        self.may_publish(ONCE)
        run("runuser", "-u", "scripts", "--", "inhaul", "notify", "--test", "ops")
        second = self.world.commit("two")
        systemctl("start", ONCE)
        self.wait_live(second)
        self.assertEqual(self.events(), [("deployment.succeeded", second)])
        wait_for("the mail is there", lambda: self.mailed("server", "deployment 2 succeeded"))
        self.assert_notified("deployment.succeeded")
        self.assert_mail_is_explained(ONCE)
        self.assertEqual(len(self.traced(second)), 1)
        self.assertEqual(self.on_github_as(), [(second, "success")])
        self.assert_published(second)


if __name__ == "__main__":
    if os.geteuid() != 0 or not Path("/command").exists():
        raise SystemExit("run it with tests/support/in-machine")
    unittest.main()
