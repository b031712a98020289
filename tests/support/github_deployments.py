# SPDX-License-Identifier: Apache-2.0
"""Deployments and commit statuses of a repository in GitHub's REST API
(https://docs.github.com/rest/deployments, https://docs.github.com/rest/commits/statuses).

A part of github_model.py: Reports keeps the state of one repository and answers for it.
"""

import json
from dataclasses import dataclass, field

import github_shapes as shapes

PAGE = 30
ENVIRONMENT, DESCRIPTION, STATUSES = 255, 140, 1000  # the limits
DEPLOYMENT_STATES = {"error", "failure", "inactive", "in_progress", "queued", "pending", "success"}
COMMIT_STATES = {"error", "failure", "pending", "success"}


def problem(status, message):
    return status, {"message": message, "documentation_url": "https://docs.github.com/rest"}


def invalid(resource, name, message="is invalid"):
    return 422, {"message": "Validation Failed", "documentation_url": "https://docs.github.com/rest",
                 "errors": [{"resource": resource, "field": name, "code": "invalid",
                             "message": message}]}


@dataclass
class Reports:
    deployments: list = field(default_factory=list)  # the oldest first, with their `statuses`
    statuses: list = field(default_factory=list)     # of commits, the oldest first
    payload_as_text: bool = False                    # GitHub returns a payload in both forms
    last_id: int = 4100

    def answer(self, request, repository, rest, query):
        """Returns status and JSON. `rest`: the path below the repository."""
        body = json.loads(request.body) if request.method == "POST" else None
        if rest == ["deployments"]:
            return self._create(repository, body) if body is not None else self._list(query)
        if rest[0] == "deployments":
            return self._of_deployment(rest[1], rest[2:], body, query)
        if rest[0] == "statuses":
            return self._add_commit_status(repository, rest[1], body)
        found = [each for each in self.statuses if each["sha"] == rest[1]]
        return 200, page(found, query)

    def next_id(self):
        self.last_id += 1
        return self.last_id

    def _create(self, repository, given):
        ref = given["ref"]
        if not repository.knows(ref):
            return problem(422, f"No ref found for: {ref}")
        head = repository.head("main")
        if given.get("auto_merge", True) and head not in (None, ref):
            return problem(409, f"Conflict merging main into {ref}.")
        known = [each for each in repository.checks.get("statuses", []) if each["sha"] == ref]
        wanted = given.get("required_contexts")
        if any(each["state"] != "success" for each in known
               if wanted is None or each["context"] in wanted):
            status, value = problem(409, f"Conflict: Commit status checks failed for {ref}.")
            return status, {**value, "errors": [{"resource": "Deployment", "code": "invalid",
                                                 "field": "required_contexts"}]}
        environment = given.get("environment", "production")
        if not environment or len(environment) > ENVIRONMENT:
            return invalid("Deployment", "environment")
        if len(given.get("description") or "") > DESCRIPTION:
            return invalid("Deployment", "description", "is too long (maximum is 140 characters)")
        made = {"id": self.next_id(), "sha": ref, "ref": ref, "task": given.get("task", "deploy"),
                "environment": environment, "original_environment": environment,
                "description": given.get("description", ""), "payload": given.get("payload", ""),
                "transient_environment": given.get("transient_environment", False),
                "production_environment": given.get("production_environment",
                                                   environment == "production"), "statuses": []}
        self.deployments.append(made)
        return 201, self._shown(made)

    def _shown(self, deployment):
        value = {key: each for key, each in deployment.items() if key != "statuses"}
        if self.payload_as_text:
            value["payload"] = json.dumps(value["payload"])
        return value

    def _list(self, query):
        found = [each for each in self.deployments
                 if all(each[key].lower() == query[key].lower()
                        for key in ("sha", "ref", "task", "environment") if key in query)]
        return 200, [self._shown(each) for each in page(found, query)]

    def _of_deployment(self, number, rest, given, query):
        found = [each for each in self.deployments if str(each["id"]) == number]
        if not found or rest not in ([], ["statuses"]):
            return problem(404, "Not Found")
        (deployment,) = found
        if not rest:
            return 200, self._shown(deployment)
        if given is None:
            return 200, page(deployment["statuses"], query)
        return self._add_status(deployment, given)

    def _add_status(self, deployment, given):
        if given["state"] not in DEPLOYMENT_STATES:
            return invalid("DeploymentStatus", "state")
        if len(given.get("description", "")) > DESCRIPTION:
            return invalid("DeploymentStatus", "description",
                           "is too long (maximum is 140 characters)")
        if given["state"] == "success" and given.get("auto_inactive", True):
            for other in self.deployments:
                if other is not deployment and is_replaced(other, deployment):
                    other["statuses"].append({"id": self.next_id(), "state": "inactive",
                                              "description": "", "deployment": other["id"]})
        added = {"id": self.next_id(), "state": given["state"], "deployment": deployment["id"],
                 "description": given.get("description", ""),
                 "environment_url": given.get("environment_url", ""),
                 "log_url": given.get("log_url", given.get("target_url", ""))}
        deployment["statuses"].append(added)
        return 201, added

    def _add_commit_status(self, repository, commit, given):
        if not repository.knows(commit):
            return problem(422, f"No commit found for SHA: {commit}")
        if given["state"] not in COMMIT_STATES:
            return invalid("Status", "state")
        if len(given.get("description") or "") > DESCRIPTION:
            return invalid("Status", "description", "is too long (maximum is 140 characters)")
        context = given.get("context", "default")
        same = [each for each in self.statuses
                if each["sha"] == commit and each["context"].lower() == context.lower()]
        if len(same) >= STATUSES:
            return problem(422, "This SHA and context has reached the maximum number of statuses.")
        added = {"id": self.next_id(), "sha": commit, "state": given["state"], "context": context,
                 "description": given.get("description"), "target_url": given.get("target_url")}
        self.statuses.append(added)
        # The combined status has the newest one of each context.
        others = [each for each in repository.checks.get("statuses", [])
                  if each["sha"] != commit or each["context"].lower() != context.lower()]
        repository.checks["statuses"] = [*others, added]
        return 201, added

    def complete(self, base, rest, value):
        """Adds the members that GitHub's description requires."""
        if isinstance(value, list):
            return [self.complete(base, rest, each) for each in value]
        if "id" not in value:
            return value
        if "commits" in rest or rest[0] == "statuses":
            return {key: each for key, each in shapes.status(base, value["id"], value).items()
                    if key != "sha"} | {"creator": shapes.user(base)}
        if rest[-1] == "statuses":
            return shapes.deployment_status(base, value)
        return shapes.deployment(base, value)


def is_replaced(other, deployment):
    """Whether a `success` of `deployment` makes the other one inactive."""
    return (other["environment"].lower() == deployment["environment"].lower() and
            not other["transient_environment"] and not other["production_environment"] and
            other["statuses"] and other["statuses"][-1]["state"] == "success")


def page(found, query):
    """The newest first."""
    size, number = int(query.get("per_page", PAGE)), int(query.get("page", 1))
    return found[::-1][(number - 1) * size:number * size]
