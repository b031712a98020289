# SPDX-License-Identifier: Apache-2.0
"""Webhooks in GitHub's format."""

import hashlib
import hmac
import json
import uuid

ZEROS = "0" * 40


def signed(body, secret, scheme="sha256"):
    digest = hmac.new(secret.encode(), body, getattr(hashlib, scheme)).hexdigest()
    return f"{scheme}={digest}"


def push(before, after, ref="refs/heads/main", name="octocat/shop", number=1296269, **more):
    """Returns the body of a push, with other members as from GitHub."""
    owner, _, short = name.partition("/")
    return json.dumps(
        {"ref": ref, "before": before, "after": after,
         "repository": {"id": number, "node_id": "MDEwOlJlcG9zaXRvcnkxMjk2MjY5", "name": short,
                        "full_name": name, "private": True,
                        "owner": {"name": owner, "login": owner, "id": 1}},
         "pusher": {"name": "octocat", "email": "octocat@example.org"},
         "created": before == ZEROS, "deleted": after == ZEROS, "forced": False, "base_ref": None,
         "compare": "https://github.com/octocat/shop/compare/a...b",
         "commits": [{"id": after, "message": "Größe, 🚀 and \"quotes\"\n\n\\o/",
                      "added": ["a/b"], "modified": [], "removed": []}],
         "head_commit": {"id": after, "message": "one"}, **more},
        separators=(",", ":"), ensure_ascii=False).encode()


def headers(body, secret=None, event="push", delivery=None, **more):
    found = {"content-type": "application/json", "user-agent": "GitHub-Hookshot/044aadd",
             "accept": "*/*", "x-github-event": event,
             "x-github-delivery": delivery or str(uuid.uuid4()),
             "content-length": str(len(body))}
    if secret:
        found["x-hub-signature"] = signed(body, secret, "sha1")
        found["x-hub-signature-256"] = signed(body, secret)
    return {**found, **more}
