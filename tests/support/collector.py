# SPDX-License-Identifier: Apache-2.0
"""The fields that a collector of OpenTelemetry reads from a request.

The message types are those of opentelemetry-proto, from the project's own exporter for JavaScript (npm
@opentelemetry/otlp-transformer).

npm fetches them once, into the cache of the account that runs the tests. unavailable() returns the reason
if they are missing: the test is skipped then.
"""

import functools
import json
import subprocess

from support import npm

PACKAGES = ("@opentelemetry/otlp-transformer@0.57.2", "protobufjs@7.4.0")
TYPES = {"/v1/traces": "trace.v1.ExportTraceServiceRequest",
         "/v1/metrics": "metrics.v1.ExportMetricsServiceRequest"}
# Identifiers are hex in JSON; the message type knows bytes as base64. A field that the type does not have,
# or a value of another type, does not come back.
READ = """
const root = require(process.argv[1] + "/root.js");
const type = process.argv[2].split(".").reduce((at, name) => at[name],
                                                root.opentelemetry.proto.collector);
const identifiers = new Set(["traceId", "spanId", "parentSpanId"]);
const recoded = (value, from, to) => JSON.parse(JSON.stringify(value), (key, each) =>
    identifiers.has(key) ? Buffer.from(each, from).toString(to) : each);
const request = recoded(JSON.parse(require("fs").readFileSync(0, "utf8")), "hex", "base64");
const read = type.toObject(type.decode(type.encode(type.fromObject(request)).finish()),
                           {longs: String, bytes: String});
console.log(JSON.stringify(recoded(read, "base64", "hex")));
"""


def place():
    return npm.cache() / "opentelemetry-0.57.2"


@functools.cache
def unavailable():
    """Returns why the message types are missing, or nothing if they exist."""
    types, library = PACKAGES
    if (place() / "root.js").exists():
        return None
    place().mkdir(exist_ok=True)
    text, why = npm.file_of(types, "build/src/generated/root.js")
    why = why or npm.run("install", "--no-audit", "--prefix", place(), library, cwd=place())
    if not why:
        (place() / "root.js").write_bytes(text)
    return why


def read(request):
    """Returns the fields that a collector reads from this request."""
    if request["headers"]["content-type"] != "application/json":
        raise AssertionError("the content type is wrong")
    done = subprocess.run(["node", "-e", READ, str(place()), TYPES[request["path"]]],
                          input=request["body"].decode(), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"a collector cannot read the request: {done.stderr}")
    return json.loads(done.stdout)
