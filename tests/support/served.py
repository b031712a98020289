# SPDX-License-Identifier: Apache-2.0
"""The interface of git_servers.py for tests."""

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).resolve().parent / "git_servers.py"


def serve(test, kind, root, *words, before=(sys.executable,)):
    """Starts a server that ends with the test. Returns its JSON. `before` is the start of the command."""
    server = subprocess.Popen([*before, SCRIPT, kind, "--root", root, *words],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    test.addCleanup(server.stdout.close)
    test.addCleanup(server.wait, 20)
    test.addCleanup(server.stdin.close)
    return json.loads(server.stdout.readline())
