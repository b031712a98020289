# SPDX-License-Identifier: Apache-2.0
"""Objects of GitHub's REST API with all members that its description requires.

This fills in the members that a test does not set. openapi_test.py checks the result against the
description.
"""

TIME = "2026-03-01T09:30:00Z"
USER_URLS = ("events", "followers", "following", "gists", "organizations", "received_events",
             "repos", "starred", "subscriptions")
REPOSITORY_URLS = (
    "archive", "assignees", "blobs", "branches", "collaborators", "comments", "commits", "compare",
    "contents", "contributors", "deployments", "downloads", "events", "forks", "git_commits",
    "git_refs", "git_tags", "hooks", "issue_comment", "issue_events", "issues", "keys", "labels",
    "languages", "merges", "milestones", "notifications", "pulls", "releases", "stargazers",
    "statuses", "subscribers", "subscription", "tags", "teams", "trees")
RUN_URLS = ("jobs", "logs", "check_suite", "cancel", "rerun", "artifacts", "workflow")


def user(base, login="octocat"):
    url = f"{base}/users/{login}"
    return {"login": login, "id": 1, "node_id": "U_1", "avatar_url": f"{url}/avatar",
            "gravatar_id": "", "url": url, "html_url": f"https://github.com/{login}",
            "type": "User", "site_admin": False, **{f"{what}_url": f"{url}/{what}" for what in USER_URLS}}


def minimal_repository(base, name, number, private):
    owner, _, short = name.partition("/")
    url = f"{base}/repos/{name}"
    return {"id": number, "node_id": f"R_{number}", "name": short, "full_name": name,
            "private": private, "owner": user(base, owner), "description": None, "fork": False,
            "url": url, "html_url": f"https://github.com/{name}",
            **{f"{what}_url": f"{url}/{what}" for what in REPOSITORY_URLS}}


def full_repository(base, name, number, private):
    counts = ("forks", "forks_count", "open_issues", "open_issues_count", "size",
              "stargazers_count", "watchers", "watchers_count", "network_count",
              "subscribers_count")
    has = ("issues", "projects", "wiki", "pages", "discussions")
    return {**minimal_repository(base, name, number, private), "default_branch": "main",
            "clone_url": f"https://github.com/{name}.git", "git_url": f"git://github.com/{name}.git",
            "ssh_url": f"git@github.com:{name}.git", "svn_url": f"https://github.com/{name}",
            "homepage": None, "language": None, "mirror_url": None, "license": None,
            "archived": False, "disabled": False, "pushed_at": TIME, "created_at": TIME,
            "updated_at": TIME, **dict.fromkeys(counts, 0), **{f"has_{what}": True for what in has}}


def app(base):
    return {"id": 15368, "slug": "github-actions", "node_id": "A_1", "owner": user(base, "github"),
            "name": "GitHub Actions", "description": None, "external_url": "https://example.org",
            "html_url": "https://github.com/apps/github-actions", "created_at": TIME,
            "updated_at": TIME, "permissions": {}, "events": []}


def simple_commit(sha):
    person = {"name": "Ada", "email": "ada@example.org"}
    return {"id": sha, "tree_id": sha, "message": "a change", "timestamp": TIME, "author": person,
            "committer": person}


def full_commit(base, name, sha):
    """Returns the answer to a request without the media type for a bare commit ID."""
    person = {"name": "Ada", "email": "ada@example.org", "date": TIME}
    url = f"{base}/repos/{name}/commits/{sha}"
    return {"sha": sha, "node_id": "C_1", "url": url, "html_url": url, "comments_url": url,
            "author": user(base), "committer": user(base), "parents": [],
            "commit": {"url": url, "author": person, "committer": person, "message": "a change",
                       "comment_count": 0, "tree": {"sha": sha, "url": url}}}


def status(base, number, said):
    return {"id": number, "node_id": f"S_{number}", "description": None, "target_url": None,
            "avatar_url": None, "url": f"{base}/statuses/{number}", "context": "default",
            "created_at": TIME, "updated_at": TIME, **said}


def check_run(base, number, said):
    url = f"{base}/check-runs/{number}"
    return {"id": number, "node_id": f"CR_{number}", "head_sha": said["sha"], "name": "build",
            "url": url, "html_url": None, "details_url": None, "status": "completed",
            "conclusion": None, "started_at": TIME, "completed_at": TIME, "external_id": "",
            "check_suite": {"id": 1}, "app": app(base), "pull_requests": [],
            "output": {"title": None, "summary": None, "text": None, "annotations_count": 0,
                       "annotations_url": f"{url}/annotations"}, **said}


def check_suite(base, number, said, repository):
    url = f"{base}/check-suites/{number}"
    return {"id": number, "node_id": f"CS_{number}", "head_branch": "main", "head_sha": said["sha"],
            "status": "completed", "conclusion": "success", "url": url, "before": None,
            "after": None, "created_at": TIME, "updated_at": TIME, "app": app(base),
            "head_commit": simple_commit(said["sha"]), "repository": repository,
            "latest_check_runs_count": 1, "check_runs_url": f"{url}/check-runs",
            "pull_requests": [], **said}


def workflow_run(base, number, said, repository):
    url = f"{base}/actions/runs/{number}"
    name = said.get("name")
    return {"id": number, "node_id": f"WR_{number}", "head_branch": "main", "run_number": 1,
            "run_attempt": 1, "display_title": "a change", "event": "push", "status": "completed",
            "conclusion": None, "head_sha": said["sha"], "path": f".github/workflows/{name}.yml",
            # One workflow for each name, unless the test sets it.
            "workflow_id": 1 + sum(str(name).encode()), "url": url, "html_url": url,
            "created_at": TIME, "updated_at": TIME, "run_started_at": TIME, "pull_requests": [],
            "head_commit": simple_commit(said["sha"]), "head_repository": repository,
            "repository": repository, **{f"{what}_url": f"{url}/{what}" for what in RUN_URLS},
            **said}


def deploy_key(base, said):
    return {"url": f"{base}/keys/{said['id']}", "verified": True, "created_at": TIME,
            "read_only": False, **said}


def hook(base, said):
    url = f"{base}/hooks/{said['id']}"
    return {"type": "Repository", "url": url, "test_url": f"{url}/test", "ping_url": f"{url}/pings",
            "created_at": TIME, "updated_at": TIME,
            "last_response": {"code": None, "status": "unused", "message": None}, **said}


def deployment(base, said):
    url = f"{base}/deployments/{said['id']}"
    return {"url": url, "node_id": f"DE_{said['id']}", "creator": user(base), "created_at": TIME,
            "updated_at": TIME, "statuses_url": f"{url}/statuses", "repository_url": base, **said}


def deployment_status(base, said):
    url = f"{base}/deployments/{said['deployment']}"
    return {"url": f"{url}/statuses/{said['id']}", "node_id": f"DS_{said['id']}",
            "creator": user(base), "target_url": said.get("log_url", ""), "created_at": TIME,
            "updated_at": TIME, "deployment_url": url, "repository_url": base,
            **{key: value for key, value in said.items() if key != "deployment"}}
