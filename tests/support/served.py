# SPDX-License-Identifier: Apache-2.0
"""A git server of git_servers.py, as a test uses it."""

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).resolve().parent / "git_servers.py"


def serve(test, kind, root, *words, before=(sys.executable,)):
    """Starts a server that ends with the test; what it tells of itself. `before` runs the script."""
    server = subprocess.Popen([*before, SCRIPT, kind, "--root", root, *words],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    test.addCleanup(server.stdout.close)
    test.addCleanup(server.wait, 20)
    test.addCleanup(server.stdin.close)
    return json.loads(server.stdout.readline())
