# SPDX-License-Identifier: Apache-2.0
"""The interface of the stand-in for GitHub for tests.

    with github.StandIn() as hub:
        hub.control("repository", name="octo/app", git="/tmp/app.git")
        hub.control("fault", kind="hang", requests=2)
        ...
        assert hub.requests()[-1]["status"] == 304
"""

import http.client
import json
import pathlib
import subprocess
import sys

from support import openapi

SCRIPT = pathlib.Path(__file__).resolve().parent / "github_standin.py"


class StandIn:
    """Starts with the object, or as a context manager; ends with stop() or with this process."""

    def __init__(self, *, prefix="", cert=None, key=None):
        command = [sys.executable, str(SCRIPT), "--prefix", prefix]
        if cert:
            command += ["--cert", str(cert), "--key", str(key)]
        # Its standard input ends when this process ends in any way.
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        ready = json.loads(self.process.stdout.readline())
        self.port, self.control_port, self.api = ready["port"], ready["control"], ready["api"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            self.process.wait(10)
        self.process.stdout.close()

    def control(self, do, **order):
        """Sends a control command of github_standin.py or github_model.py. Raises if it is refused."""
        connection = http.client.HTTPConnection("127.0.0.1", self.control_port, timeout=10)
        connection.request("POST", "/_control", json.dumps({"do": do, **order}))
        response = connection.getresponse()
        answer = json.loads(response.read())
        connection.close()
        if response.status != 200:
            raise RuntimeError(answer["error"])
        return answer

    def describe(self, test):
        """From now on checks requests and answers against GitHub's description, if it is available: see
        openapi_test.py."""
        if openapi.unavailable():
            return
        self.control("describe")
        test.addCleanup(lambda: test.assertEqual(self.control("problems")["problems"], []))

    def requests(self, clear=False):
        return self.control("requests", clear=clear)["requests"]

    def release(self):
        self.control("release")
