# SPDX-License-Identifier: Apache-2.0
"""`doctor` and the agent with a relay behind nginx, and with a real gosmee."""

import json
import shutil
import socket
import subprocess
import unittest

from support.relay import Relay
from support.relayed import Relayed
from support.waiting import wait_for

NGINX = """
daemon off; master_process off; pid {at}/nginx.pid; error_log {at}/nginx.log;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {at}/body; proxy_temp_path {at}/proxy; fastcgi_temp_path {at}/fastcgi;
    uwsgi_temp_path {at}/uwsgi; scgi_temp_path {at}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location / {{ proxy_pass http://127.0.0.1:{behind}; {more} }}
    }}
}}
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


class Proxied(Relayed):
    def proxy(self, more=""):
        """Starts nginx in front of the relay, with its defaults and `more`. Returns the channel's URL."""
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        at, port = self.world.root / "nginx", free_port()
        shutil.rmtree(at, ignore_errors=True)
        at.mkdir()
        (at / "conf").write_text(NGINX.format(at=at, port=port, more=more,
                                              behind=self.relay.server.server_address[1]))
        server = subprocess.Popen([program, "-p", at, "-e", at / "nginx.log", "-c", at / "conf"])
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)

        def answers():
            with socket.socket() as trial:
                return trial.connect_ex(("127.0.0.1", port)) == 0
        wait_for("nginx answers", answers)
        return f"http://127.0.0.1:{port}/" + self.relay.url.rsplit("/", 1)[1]

    def listen_through(self, kind, more=""):
        self.relay = Relay(kind)
        self.addCleanup(self.relay.stop)
        url = self.proxy(more)
        self.settings(relay=f'[relay]\nurl = "{url}"\nsecret_file = "{self.secret}"\n')

    def relay_finding(self):
        done = self.world.inhaul("doctor", "--json", check=False)
        (app,) = json.loads(done.stdout)["apps"]
        (found,) = [each for each in app["checks"] if each["check"] == "relay"]
        return found

    def test_a_proxy_that_buffers_events_is_reported_as_that(self):
        self.listen_through("smee")
        found = self.relay_finding()
        self.assertEqual(found["status"], "bad", found)
        self.assertIn("within 20s", found["message"])
        self.assertIn("proxy_buffering off", found["hint"])

    def test_without_buffering_a_push_passes_the_proxy(self):
        for kind, more in (("smee", "proxy_buffering off;"), ("gosmee", "")):
            with self.subTest(kind):
                self.listen_through(kind, more)
                found = self.relay_finding()
                self.assertEqual(found["status"], "good", found)
                self.start()
                wait_for("one runs", lambda: self.world.restarts() == ["one"])
                self.wait_connected()
                self.settle()
                self.push("two")
                self.wait_live("one", "two")
            self.doCleanups()
            self.setUp()


if __name__ == "__main__":
    unittest.main()
