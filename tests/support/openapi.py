# SPDX-License-Identifier: Apache-2.0
"""GitHub's description of its REST API (npm @octokit/openapi), and violations of it.

npm fetches the package once. Only the part that inhaul uses is kept, in the cache of the account that
runs the tests. unavailable() returns the reason if it is missing: the test is skipped then.
"""

import functools
import json
import os
import re
import urllib.parse
import zlib

from support import npm

VERSION = "23.0.2"
SPOKEN = {
    "/repos/{owner}/{repo}": ("get",),
    "/repos/{owner}/{repo}/commits/{ref}": ("get",),
    "/repos/{owner}/{repo}/commits/{ref}/status": ("get",),
    "/repos/{owner}/{repo}/commits/{ref}/check-runs": ("get",),
    "/repos/{owner}/{repo}/commits/{ref}/check-suites": ("get",),
    "/repos/{owner}/{repo}/actions/runs": ("get",),
    "/repos/{owner}/{repo}/keys": ("get", "post"),
    "/repos/{owner}/{repo}/hooks": ("get", "post"),
    "/repos/{owner}/{repo}/keys/{key_id}": ("delete",),
    "/repos/{owner}/{repo}/hooks/{hook_id}": ("delete",),
    "/repos/{owner}/{repo}/deployments": ("get", "post"),
    "/repos/{owner}/{repo}/deployments/{deployment_id}/statuses": ("get", "post"),
    "/repos/{owner}/{repo}/statuses/{sha}": ("post",),
    "/repos/{owner}/{repo}/commits/{ref}/statuses": ("get",),
}
# Answers of GitHub that its description omits: any request may get them.
EVERYWHERE = {301, 304, 307, 401, 403, 404, 429, 451, 502}


def cached():
    part = zlib.crc32(repr(SPOKEN).encode())
    return npm.cache() / f"octokit-openapi-{VERSION}-{part:08x}.json"


@functools.cache
def unavailable():
    """Returns why the description or the validator is missing, or nothing if both exist."""
    try:
        import jsonschema  # pylint: disable=import-outside-toplevel,unused-import
    except ImportError:
        return "python3-jsonschema is not installed (script/bootstrap --test)"
    if cached().exists():
        return None
    text, why = npm.file_of(f"@octokit/openapi@{VERSION}", "generated/api.github.com.json")
    if not why:
        keep(json.loads(text))
    return why


def keep(whole):
    part = {"paths": {path: {method: whole["paths"][path][method] for method in methods}
                      for path, methods in SPOKEN.items()}, "components": {}}
    wanted = list(references(part["paths"]))
    while wanted:
        kind, name = wanted.pop().split("/")[2:]
        known = part["components"].setdefault(kind, {})
        if name not in known:
            known[name] = whole["components"][kind][name]
            wanted += references(known[name])
    new = cached().with_suffix(f".{os.getpid()}")
    new.write_text(json.dumps(part))
    os.replace(new, cached())


def references(value):
    if isinstance(value, list):
        for each in value:
            yield from references(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            if key == "$ref":
                yield each
            elif key not in ("examples", "example"):
                yield from references(each)


def as_json_schema(value):
    """Converts `nullable` of OpenAPI 3.0 to a type of JSON Schema."""
    if isinstance(value, list):
        return [as_json_schema(each) for each in value]
    if not isinstance(value, dict):
        return value
    schema = {key: as_json_schema(each) for key, each in value.items()
              if key not in ("examples", "example")}
    if schema.pop("nullable", False) is True:
        return {"anyOf": [{"type": "null"}, schema]}
    return schema


class Description:
    def __init__(self):
        import jsonschema  # pylint: disable=import-outside-toplevel
        text = json.loads(cached().read_text())
        self.components = as_json_schema(text["components"])
        self.paths = text["paths"]
        self.validator = jsonschema.Draft7Validator

    def problems(self, request, reply):
        """Returns sentences about differences of a request and its reply from the description."""
        operation, parameters = self.operation(request)
        if operation is None:
            return [f"{request['method']} {request['path']}: GitHub has no such thing"]
        found = self.request_problems(request, operation, parameters)
        found += self.reply_problems(reply, operation)
        return [f"{request['method']} {request['path']}: {each}" for each in found]

    def operation(self, request):
        path, _, query = request["path"].partition("?")
        # A request by number has the same form as by name.
        path = re.sub(r"^.*?/repositories/[0-9]+", "/repos/o/r", path)
        path = re.sub(r"^.*?/repos/", "/repos/", path)
        for template, methods in self.paths.items():
            pattern = re.sub(r"\\{[a-z_]+\\}|\{[a-z_]+\}", "[^/]+", template)
            if re.fullmatch(pattern, path):
                return methods.get(request["method"].lower()), urllib.parse.parse_qs(query)
        return None, {}

    def resolve(self, value):
        while "$ref" in value:
            kind, name = value["$ref"].split("/")[2:]
            value = self.components[kind][name]
        return value

    def errors(self, schema, value):
        whole = {**as_json_schema(schema), "components": self.components}
        return [f"{'/'.join(str(step) for step in error.absolute_path) or 'it'}: {error.message[:200]}"
                for error in self.validator(whole).iter_errors(value)]

    def request_problems(self, request, operation, query):
        headers = request["headers"]
        found = [f"no {name} is sent" for name in ("user-agent", "accept", "x-github-api-version")
                 if not headers.get(name)]
        allowed = {}
        for each in operation.get("parameters", []):
            parameter = self.resolve(each)
            if parameter["in"] == "query":
                allowed[parameter["name"]] = parameter
        for name, (value, *_) in query.items():
            if name not in allowed:
                found.append(f"there is no parameter {name}")
                continue
            schema = allowed[name]["schema"]
            if self.resolve(schema).get("type") == "integer":
                value = int(value)
            found += [f"parameter {name}: {each}" for each in self.errors(schema, value)]
        if "requestBody" in operation:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            found += [f"body: {each}" for each in self.errors(schema, json.loads(request["body"]))]
        return found

    def reply_problems(self, reply, operation):
        described = operation["responses"].get(str(reply["status"]))
        if described is None:
            allowed = reply["status"] in EVERYWHERE
            return [] if allowed else [f"it is never answered with {reply['status']}"]
        content = self.resolve(described).get("content", {})
        if not content or reply["status"] == 304:
            return []
        kind = reply["headers"].get("content-type", "").partition(";")[0]
        if kind not in content:
            return [f"status {reply['status']} has no content of type {kind!r}"]
        value = json.loads(reply["body"]) if kind == "application/json" else reply["body"]
        return [f"status {reply['status']}: {each}"
                for each in self.errors(content[kind]["schema"], value)]
