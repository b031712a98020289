# SPDX-License-Identifier: Apache-2.0
"""The verifier of Standard Webhooks' own library (npm standardwebhooks).

npm fetches it once, into the cache of the account that runs the tests. unavailable() returns the reason if
it is missing: the test is skipped then.
"""

import functools
import json
import subprocess

from support import npm

PACKAGE = "standardwebhooks@1.0.0"
VERIFY = """
const {Webhook} = require(process.argv[1] + "/node_modules/standardwebhooks");
const {secret, body, headers} = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(new Webhook(secret).verify(body, headers)));
"""


def place():
    return npm.cache() / PACKAGE.replace("@", "-")


@functools.cache
def unavailable():
    """Returns why the library is missing, or nothing if it exists."""
    if (place() / "node_modules" / "standardwebhooks").is_dir():
        return None
    place().mkdir(exist_ok=True)
    return npm.run("install", "--no-audit", "--prefix", place(), PACKAGE, cwd=place())


def verified(request, secret):
    """Returns the event of a request. Fails if the library does not accept it."""
    message = {"secret": secret, "body": request["body"].decode(), "headers": request["headers"]}
    done = subprocess.run(["node", "-e", VERIFY, str(place())], input=json.dumps(message),
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"the library refuses the message: {done.stderr}")
    return json.loads(done.stdout)
