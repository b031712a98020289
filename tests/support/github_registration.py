# SPDX-License-Identifier: Apache-2.0
"""Deploy keys and webhooks of a repository in GitHub's REST API
(https://docs.github.com/rest/deploy-keys, https://docs.github.com/rest/repos/webhooks).

A part of github_model.py: Settings keeps the state of one repository and answers for it.
"""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

PAGE = 30


def validation_failed(resource, message):
    return 422, {"message": "Validation Failed", "documentation_url": "https://docs.github.com/rest",
                 "errors": [
        {"resource": resource, "code": "custom", "message": message}]}


@dataclass
class Settings:
    keys: list = field(default_factory=list)
    hooks: list = field(default_factory=list)
    secrets: list = field(default_factory=list)  # of the webhooks; GitHub never shows them
    authorized_keys: str = None  # a file of sshd, to which new keys are added
    gate: str = None             # the command that such a key may run
    last_id: int = 0

    def answer(self, method, kind, query, body):
        """Returns status and JSON for GET and POST of `keys` and `hooks`."""
        things = getattr(self, kind)
        if method == "GET":
            size, page = int(query.get("per_page", PAGE)), int(query.get("page", 1))
            return 200, things[(page - 1) * size:page * size]
        return getattr(self, "_add_" + kind)(json.loads(body))

    def delete(self, kind, number):
        """Deletes a key or a webhook. Returns true if it existed."""
        things = getattr(self, kind)
        left = [thing for thing in things if str(thing["id"]) != number]
        gone = len(left) < len(things)
        things[:] = left
        return gone

    def _add_keys(self, given):
        # GitHub stores kind and bytes of a key, without the comment.
        key = " ".join(given["key"].split()[:2])
        if not re.fullmatch(r"(ssh|ecdsa)-[a-z0-9-]+ [A-Za-z0-9+/=]+", key):
            return validation_failed("PublicKey", "key is invalid. You must supply a key in OpenSSH "
                                     "public key format")
        if any(known["key"] == key for known in self.keys):
            return validation_failed("PublicKey", "key is already in use")
        added = {"id": self.next_id(), "key": key, "title": given.get("title") or key,
                 "verified": True, "read_only": given.get("read_only", False)}
        self.keys.append(added)
        self.authorize(key)
        return 201, added

    def authorize(self, key):
        """Adds a key, as an operator who pastes it."""
        if self.authorized_keys:
            options = f'command="{self.gate}",restrict ' if self.gate else "restrict "
            with Path(self.authorized_keys).open("a", encoding="utf-8") as file:
                file.write(f"{options}{key}\n")

    def next_id(self):
        """Returns a number that was never used."""
        self.last_id += 1
        return self.last_id

    def _add_hooks(self, given):
        config = given["config"]
        if any(known["config"]["url"] == config["url"] for known in self.hooks):
            return validation_failed("Hook", "Hook already exists on this repository")
        shown = {**config, "secret": "********"} if config.get("secret") else config
        added = {"id": self.next_id(), "type": "Repository", "name": given.get("name", "web"),
                 "active": given.get("active", True), "events": given.get("events", ["push"]),
                 "config": shown}
        self.hooks.append(added)
        self.secrets.append(config.get("secret"))
        return 201, added
