# SPDX-License-Identifier: Apache-2.0
"""Notifications by mail, with a real mail server (aiosmtpd) and a real sendmail (msmtp).

Skipped without Debian's packages python3-aiosmtpd and msmtp.
"""

import email
import email.policy
import json
import shutil
import subprocess
import unittest
from pathlib import Path

from support.certificate import self_signed
from support.waiting import wait_for
from support.world import World

SERVER = Path(__file__).resolve().parent.parent / "support" / "mail_server.py"
PYTHON = "/usr/bin/python3"


def has_server():
    return subprocess.run([PYTHON, "-c", "import aiosmtpd"], capture_output=True).returncode == 0


@unittest.skipUnless(has_server(), "needs python3-aiosmtpd")
class Mail(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.remove)
        self.world.write_settings()
        self.world.restart_script().write_text(
            f"! grep -q broken '{self.world.directory}/version'\n")
        self.kept = self.world.root / "kept"
        self.kept.mkdir()
        self.certificate = self_signed(self.world.root / "localhost.pem")
        self.world.commit("one")
        self.world.inhaul("deploy", "shop")

    def start(self):
        process = subprocess.Popen([PYTHON, SERVER, self.kept, self.certificate, self.certificate],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(process.wait)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stdin.close)
        return int(process.stdout.readline())

    def target(self, *lines):
        (self.world.settings / "inhaul.toml").write_text(
            '[notify.ops]\ntype = "email"\nto = ["ops@example.com", "b@example.com"]\n'
            'from = "inhaul@example.com"\n' + "\n".join(lines) + "\n")

    def by_server(self, port, *lines, host="localhost"):
        self.target(f'url = "smtp://{host}:{port}"', f'ca_file = "{self.certificate}"', *lines)

    def password(self, text):
        path = self.world.root / "password"
        path.touch(mode=0o600)
        path.write_text(text + "\n")
        return f'password_file = "{path}"'

    def messages(self):
        return [json.loads(path.read_text()) for path in sorted(self.kept.glob("*.json"))]

    def send_test(self):
        done = self.world.inhaul("notify", "--test", "ops", check=False)
        return done.returncode, done.stdout

    def test_a_rollback_is_mailed_over_tls_with_a_login(self):
        (self.kept / "login").write_text("me secret-word")
        self.by_server(self.start(), 'user = "me"', self.password("secret-word"))
        self.assertEqual(self.send_test()[0], 0)
        bad = self.world.commit("broken-zwei ü\n.\n.dots\n")
        done = self.world.inhaul("deploy", "shop", check=False)
        self.assertEqual(done.returncode, 1, done.stderr)
        first, second = self.messages()
        self.assertEqual(first["to"], ["ops@example.com", "b@example.com"])
        self.assertEqual(first["user"], "me")
        self.assertTrue(second["tls"])
        self.assertNotIn("secret-word", json.dumps([first, second]))
        message = email.message_from_string(second["text"], policy=email.policy.default)
        self.assertEqual(message["From"], "inhaul@example.com")
        self.assertEqual(message["Auto-Submitted"], "auto-generated")
        self.assertTrue(message["Date"] and message["Message-ID"])
        self.assertIn("shop", message["Subject"])
        body = message.get_content()
        self.assertIn(bad[:7], body)
        self.assertIn("ü", body)

    def test_a_refusal_is_shown_and_a_temporary_one_is_retried(self):
        self.by_server(self.start())
        (self.kept / "refusal").write_text("550 5.1.1 no such user")
        code, text = self.send_test()
        self.assertEqual(code, 1)
        self.assertIn("550 5.1.1 no such user", text)
        (self.kept / "refusal").write_text("451 4.7.1 try later")
        self.world.commit("broken-two")
        self.world.inhaul("deploy", "shop", check=False)
        self.assertEqual(self.messages(), [])
        (failing,) = self.world.status()["failing_targets"]
        self.assertIn("451 4.7.1 try later", failing["error"])
        (self.kept / "refusal").unlink()
        wait_for("the next attempt", lambda: self.world.inhaul("once", check=False) and
                 self.messages())
        (message,) = self.messages()
        self.assertIn("broken", message["text"])

    def test_a_server_without_login_gets_no_message_if_a_login_is_set(self):
        self.by_server(self.start(), 'user = "me"', self.password("secret-word"))
        code, text = self.send_test()
        self.assertEqual(code, 1)
        self.assertIn("the server offers no login", text)
        self.assertEqual(self.messages(), [])

    def test_a_server_with_an_unknown_certificate_gets_nothing(self):
        port = self.start()
        self.target(f'url = "smtp://localhost:{port}"', 'user = "me"', self.password("x"))
        code, text = self.send_test()
        self.assertEqual(code, 1)
        self.assertIn("certificate", text)
        self.assertEqual(self.messages(), [])

    @unittest.skipUnless(shutil.which("msmtp"), "needs msmtp")
    def test_a_sendmail_sends_too_and_its_exit_status_is_shown(self):
        settings = self.world.root / "msmtprc"
        port = self.start()
        settings.write_text(f"account default\nhost localhost\nport {port}\ntls on\n"
                            f"tls_trust_file {self.certificate}\nfrom inhaul@example.com\n")
        self.target(f'command = ["/usr/bin/msmtp", "-C", "{settings}", "-t", "-i"]')
        code, text = self.send_test()
        self.assertEqual(code, 0, text)
        (message,) = self.messages()
        self.assertEqual(message["to"], ["ops@example.com", "b@example.com"])
        (self.kept / "refusal").write_text("550 5.1.1 no such user")
        code, text = self.send_test()
        self.assertEqual(code, 1)
        self.assertIn("exit status 6", text)


if __name__ == "__main__":
    unittest.main()
