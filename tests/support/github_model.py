# SPDX-License-Identifier: Apache-2.0
"""The state and answers of GitHub's REST API, as far as inhaul uses it.

Pure state: github_standin.py connects it to a socket and adds faults of the connection. It maps a
Request to a Reply.
"""

import email.utils
import json
import re
import subprocess
import time
import urllib.parse
from dataclasses import dataclass, field

import github_shapes as shapes
from github_deployments import Reports
from github_registration import Settings

SUPPORTED_VERSIONS = {"2022-11-28", "2026-03-10"}
SUNSET_VERSIONS = {"2021-01-01"}
SHA_MEDIA_TYPES = {"application/vnd.github.sha", "application/vnd.github.v3.sha",
                   "application/vnd.github.3.sha"}
DOCS = "https://docs.github.com/rest"
# For each list of checks: the required permission, and its member in the answer.
KINDS = {"status": ("statuses", "statuses"), "check-runs": ("checks", "check_runs"),
         "check-suites": ("checks", "check_suites"), "runs": ("actions", "workflow_runs")}


@dataclass
class Request:
    method: str
    path: str
    headers: dict  # names in lower case
    body: bytes = b""

    def token(self):
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token if scheme.lower() in ("bearer", "token") and token else None


@dataclass
class Reply:
    status: int
    headers: list = field(default_factory=list)
    body: bytes = b""
    forced: bool = False  # set by a test, not an answer of GitHub


@dataclass
class Repository:
    name: str
    id: int
    private: bool = False
    empty: bool = False
    branches: dict = field(default_factory=dict)
    git: str = None      # a bare repository whose branches are used instead
    # statuses, check_runs, check_suites, workflow_runs: lists of a test's values, with a sha
    checks: dict = field(default_factory=dict)
    pages: dict = field(default_factory=dict)  # the form of the lists of checks: see _listed
    settings: Settings = field(default_factory=Settings)
    reports: Reports = field(default_factory=Reports)
    block: dict = None   # {"reason": "dmca", "html_url": ...}; "tos" answers 403, others 451

    def head(self, branch):
        if self.git is None:
            return self.branches.get(branch)
        done = subprocess.run(
            ["git", f"--git-dir={self.git}", "rev-parse", "--verify", "--quiet",
             f"refs/heads/{branch}^{{commit}}"], capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else None

    def knows(self, commit):
        if self.git is None:
            return commit in self.branches.values()
        return subprocess.run(["git", f"--git-dir={self.git}", "cat-file", "-e", f"{commit}^{{commit}}"],
                              capture_output=True, check=False).returncode == 0

    def is_empty(self):
        if self.git is None:
            return self.empty or not self.branches
        done = subprocess.run(["git", f"--git-dir={self.git}", "for-each-ref", "--count=1"],
                              capture_output=True, text=True, check=False)
        return not done.stdout.strip()


@dataclass
class Window:
    """A primary rate limit. `limit` None: a server without limits and their headers."""
    limit: int = 5000
    used: int = 0
    reset: int = field(default_factory=lambda: int(time.time()) + 3600)

    def refresh(self):
        if time.time() >= self.reset:
            self.used = 0
            self.reset = int(time.time()) + 3600

    def remaining(self):
        return max(self.limit - self.used, 0)

    def headers(self):
        if self.limit is None:
            return []
        return [("X-RateLimit-Limit", self.limit), ("X-RateLimit-Remaining", self.remaining()),
                ("X-RateLimit-Reset", self.reset), ("X-RateLimit-Used", self.used),
                ("X-RateLimit-Resource", "core")]


@dataclass
class Token:
    token: str
    repositories: list = None   # readable repositories besides public ones; None: all
    contents: bool = True       # has Contents: read
    statuses: bool = True       # has Commit statuses: read
    checks: bool = True         # has Checks: read, which no fine-grained token can have
    actions: bool = True        # has Actions: read
    administration: bool = False  # has Administration: write, for deploy keys
    webhooks: bool = False      # has Webhooks: write
    deployments: bool = False   # has Deployments: write
    statuses_write: bool = False  # has Commit statuses: write
    hidden: bool = True         # without Contents the answer is 404, else 403
    sso: str = None             # the URL at which it must be authorized
    expires: str = None         # shown in each reply: "2027-01-01 00:00:00 UTC"
    revoked: bool = False
    window: Window = field(default_factory=Window)


def _json(status, value, headers=()):
    return Reply(status, [("Content-Type", "application/json; charset=utf-8"), *headers],
                 json.dumps(value).encode())


def _problem(status, message, headers=(), **more):
    return _json(status, {"message": message, "documentation_url": DOCS, **more}, headers)


class GitHub:
    def __init__(self, base):
        self.base = base            # as in Location: http://127.0.0.1:1234/api/v3
        self.prefix = urllib.parse.urlsplit(base).path
        self.repositories = {}      # by lower-case name
        self.renamed = {}           # old lower-case name -> id
        self.tokens = {}
        self.anonymous = Window(limit=60)
        self.secondary = None       # {"requests": n, "status": 403, "retry_after": ...}
        self.poll_interval = None
        self.ahead = 0              # seconds that its clock is ahead of this host's
        self.forced = []            # replies to send instead: {"status":, "body":, "headers":}
        self.request_count = 0

    # ---- answering -----------------------------------------------------------------------------

    def answer(self, request):
        self.request_count += 1
        reply, window = self._answer(request)
        headers = [("Server", "github.com"),
                   ("Date", email.utils.formatdate(time.time() + self.ahead, usegmt=True)),
                   ("X-GitHub-Request-Id", f"5747:2B3C:{self.request_count:06X}"),
                   ("X-GitHub-Media-Type", "github.v3")]
        if window is not None:
            headers += window.headers()
        token = self.tokens.get(request.token())
        if token and token.expires and reply.status != 401:
            headers.append(("GitHub-Authentication-Token-Expiration", token.expires))
        if self.poll_interval is not None:
            headers.append(("X-Poll-Interval", self.poll_interval))
        reply.headers = headers + reply.headers
        return reply

    def _answer(self, request):
        if not request.headers.get("user-agent"):
            return Reply(403, [("Content-Type", "text/html")],
                         b"Request forbidden by administrative rules. Please make sure your "
                         b"request has a User-Agent header"), None
        early = self._forced() or self._version(request)
        if early:
            return early, None
        window, refused = self._authenticate(request)
        if refused:
            return refused, window
        refused = self._secondary() or self._primary(window)
        if refused:
            return refused, window
        reply = self._route(request)
        # A 304 is free only with a known token.
        if window.limit is not None and (reply.status != 304 or window is self.anonymous):
            window.used += 1
        return reply, window

    def _forced(self):
        if not self.forced:
            return None
        forced = self.forced[0]
        forced["requests"] = forced.get("requests", 1) - 1
        if forced["requests"] <= 0:
            self.forced.pop(0)
        return Reply(forced["status"], [tuple(h) for h in forced.get("headers", [])],
                     forced.get("body", "").encode(), True)

    @staticmethod
    def _version(request):
        version = request.headers.get("x-github-api-version")
        if version is None or version in SUPPORTED_VERSIONS:
            return None
        if version in SUNSET_VERSIONS:
            return _problem(410, f"API version {version} is no longer supported.")
        return _problem(400, f"API version {version} is not supported.")

    def _authenticate(self, request):
        if "authorization" not in request.headers:
            self.anonymous.refresh()
            return self.anonymous, None
        token = self.tokens.get(request.token())
        if token is None or token.revoked:
            return None, _problem(401, "Bad credentials")
        token.window.refresh()
        return token.window, None

    def _secondary(self):
        limit = self.secondary
        if not limit or limit.get("requests", 1) <= 0:
            return None
        limit["requests"] = limit.get("requests", 1) - 1
        headers = []
        after = limit.get("retry_after")
        if limit.get("form") == "date":
            headers.append(("Retry-After", email.utils.formatdate(time.time() + after, usegmt=True)))
        elif after is not None:
            headers.append(("Retry-After", after))
        return _problem(limit.get("status", 403),
                        "You have exceeded a secondary rate limit. Please wait a few minutes "
                        "before you try again.", headers)

    @staticmethod
    def _primary(window):
        if window.limit is None or window.remaining() > 0:
            return None
        return _problem(403, "API rate limit exceeded.")

    # ---- routes --------------------------------------------------------------------------------

    def _route(self, request):
        path = request.path.partition("?")[0]
        parts = path[len(self.prefix) + 1:].split("/")
        methods = ("GET", "POST") if parts[-1] in ("keys", "hooks") else ("GET", "HEAD")
        if parts[-2:-1] in (["keys"], ["hooks"]):
            methods = ("DELETE",)
        if parts[-1] == "deployments" or (parts[-1] == "statuses" and "deployments" in parts):
            methods = ("GET", "POST")
        if parts[-2:-1] == ["statuses"]:
            methods = ("POST",)
        if request.method not in methods or not path.startswith(self.prefix + "/"):
            return _problem(404, "Not Found")
        if parts[0] == "repos" and len(parts) >= 3:
            name = "/".join(urllib.parse.unquote(part) for part in parts[1:3])
            return self._by_name(request, name, parts[3:])
        if parts[0] == "repositories" and len(parts) >= 2 and parts[1].isdigit():
            found = [r for r in self.repositories.values() if r.id == int(parts[1])]
            return self._repository(request, found[0] if found else None, parts[2:])
        return _problem(404, "Not Found")

    def _by_name(self, request, name, rest):
        repository = self.repositories.get(name.lower())
        if repository is None and name.lower() in self.renamed:
            number = self.renamed[name.lower()]
            target = next((r for r in self.repositories.values() if r.id == number), None)
            if target and self._visible(request, target):
                url = "/".join([f"{self.base}/repositories/{number}", *rest])
                query = request.path.partition("?")[2]
                url += "?" + query if query else ""
                if request.method == "POST":
                    return _problem(307, "Temporary Redirect", [("Location", url)], url=url)
                return _problem(301, "Moved Permanently", [("Location", url)], url=url)
        return self._repository(request, repository, rest)

    def _visible(self, request, repository):
        if not repository.private:
            return True
        token = self.tokens.get(request.token())
        return token is not None and (token.repositories is None or
                                      repository.name in token.repositories)

    def _repository(self, request, repository, rest):
        if repository is None or not self._visible(request, repository):
            return _problem(404, "Not Found")
        refused = self._permission(request, repository) or self._blocked(repository)
        if refused:
            return refused
        if not rest:
            return _json(200, shapes.full_repository(self.base, repository.name, repository.id,
                                                     repository.private))
        # A ref is one segment: its slashes are %2F.
        if len(rest) == 2 and rest[0] == "commits":
            return self._commit(request, repository, urllib.parse.unquote(rest[1]))
        if len(rest) == 3 and rest[0] == "commits" and rest[2] in KINDS:
            return self._checks(request, repository, rest[1], rest[2])
        if rest in (["keys"], ["hooks"]):
            return self._registration(request, repository, rest[0])
        if len(rest) == 2 and rest[0] in ("keys", "hooks"):
            return self._registration(request, repository, *rest)
        if rest[0] == "deployments" or (rest[0], len(rest)) == ("statuses", 2) or \
                (rest[0], rest[2:]) == ("commits", ["statuses"]):
            return self._reports(request, repository, rest)
        if rest == ["actions", "runs"]:
            return self._checks(request, repository, self._query(request).get("head_sha"), "runs")
        return _problem(404, "Not Found")

    def _permission(self, request, repository):
        token = self.tokens.get(request.token())
        if token and token.sso:
            return _problem(403, "Resource protected by organization SAML enforcement. You must "
                                 "grant your Personal Access token access to this organization.",
                            [("X-GitHub-SSO", f"required; url={token.sso}")])
        if not repository.private or token is None or token.contents:
            return None
        if token.hidden:
            return _problem(404, "Not Found")
        return _problem(403, "Resource not accessible by personal access token",
                        [("X-Accepted-GitHub-Permissions", "contents=read")])

    @staticmethod
    def _blocked(repository):
        if repository.block is None:
            return None
        status = 403 if repository.block.get("reason") == "tos" else 451
        return _problem(status, "Repository access blocked", block=repository.block)

    def _commit(self, request, repository, ref):
        if repository.is_empty():
            return _problem(409, "Git Repository is empty.")
        commit = repository.head(ref[len("heads/"):]) if ref.startswith("heads/") else None
        if commit is None and re.fullmatch(r"[0-9a-f]{40}", ref):
            commit = ref if ref in repository.branches.values() else None
        if commit is None:
            return _problem(422, f"No commit found for SHA: {ref}")
        etag = f'"{commit}"'
        headers = [("ETag", etag), ("Cache-Control", "private, max-age=60, s-maxage=60"),
                   ("Vary", "Accept, Authorization, Cookie, X-GitHub-OTP")]
        if etag in request.headers.get("if-none-match", ""):
            return Reply(304, headers)
        if request.headers.get("accept") in SHA_MEDIA_TYPES:
            return Reply(200, [("Content-Type", "application/vnd.github.sha; charset=utf-8"),
                               *headers], commit.encode())
        return _json(200, shapes.full_commit(self.base, repository.name, commit), headers)

    def _registration(self, request, repository, kind, number=None):
        token = self.tokens.get(request.token())
        needed = {"keys": "administration", "hooks": "webhooks"}[kind]
        if token is None:
            return _problem(404, "Not Found")
        if not getattr(token, needed):
            return _problem(403, "Resource not accessible by personal access token",
                            [("X-Accepted-GitHub-Permissions", f"{needed}=write")])
        if number is not None:
            gone = repository.settings.delete(kind, number)
            return Reply(204, [], b"") if gone else _problem(404, "Not Found")
        query = self._query(request)
        status, value = repository.settings.answer(request.method, kind, query, request.body)
        complete = {"keys": shapes.deploy_key, "hooks": shapes.hook}[kind]
        base = f"{self.base}/repos/{repository.name}"
        if status == 201:
            value = complete(base, value)
        elif status == 200:
            value = [complete(base, each) for each in value]
        headers = []
        if request.method == "GET" and len(value) == int(query.get("per_page", 30)):
            query["page"] = int(query.get("page", 1)) + 1
            url = f"{self.base}{request.path.partition('?')[0][len(self.prefix):]}"
            headers.append(("Link", f'<{url}?{urllib.parse.urlencode(query)}>; rel="next"'))
        return _json(status, value, headers)

    def _reports(self, request, repository, rest):
        token = self.tokens.get(request.token())
        needed, name = ("deployments", "deployments") if rest[0] == "deployments" else (
            "statuses_write", "statuses")
        if token is None:
            return _problem(401, "Requires authentication")
        if not getattr(token, needed):
            return _problem(403, "Resource not accessible by personal access token",
                            [("X-Accepted-GitHub-Permissions", f"{name}=write")])
        status, value = repository.reports.answer(request, repository, rest, self._query(request))
        base = f"{self.base}/repos/{repository.name}"
        value = repository.reports.complete(base, rest, value)
        location = [("Location", value["url"])] if status == 201 else []
        return _json(status, value, location)

    @staticmethod
    def _query(request):
        return dict(urllib.parse.parse_qsl(request.path.partition("?")[2]))

    def _checks(self, request, repository, commit, kind):
        token = self.tokens.get(request.token())
        needed, name = KINDS[kind]
        if repository.private and (token is None or not getattr(token, needed)):
            return _problem(403, "Resource not accessible by personal access token",
                            [("X-Accepted-GitHub-Permissions", f"{needed}=read")])
        every = [self._whole(repository, name, number, each)
                 for number, each in enumerate(repository.checks.get(name, []), 1)
                 if each.get("sha") == commit]
        value, headers = self._listed(request, repository, name, every)
        if kind == "status":
            value.update(self._combined(repository, commit, every))
            value.update(repository.pages.get("combined", {}))
        return _json(200, value, headers)

    def _whole(self, repository, name, number, said):
        base = f"{self.base}/repos/{repository.name}"
        minimal = shapes.minimal_repository(self.base, repository.name, repository.id,
                                            repository.private)
        return {"statuses": lambda: shapes.status(base, number, said),
                "check_runs": lambda: shapes.check_run(base, number, said),
                "check_suites": lambda: shapes.check_suite(base, number, said, minimal),
                "workflow_runs": lambda: shapes.workflow_run(base, number, said, minimal)}[name]()

    def _listed(self, request, repository, name, every):
        """Returns a page. `repository.pages` may replace the real values: `links` (header lines with {next}),
        `total`, and `served` (the number of pages for requests by page number)."""
        query = self._query(request)
        size, page = int(query.get("per_page", 30)), int(query.get("page", 1))
        shown = every[(page - 1) * size:page * size]
        if page > repository.pages.get("served", page):
            shown = []
        headers = []
        if page * size < len(every):
            query["page"] = page + 1
            url = f"{self.base}{request.path.partition('?')[0][len(self.prefix):]}"
            following = f"{url}?{urllib.parse.urlencode(query)}"
            usual = ['<{next}>; rel="next", <{next}>; rel="last"']
            headers = [("Link", line.replace("{next}", following))
                       for line in repository.pages.get("links", usual)]
        total = repository.pages.get("total", len(every)) if every else 0
        return {"total_count": total, name: shown}, headers

    def _combined(self, repository, commit, every):
        url = f"{self.base}/repos/{repository.name}/commits/{commit}"
        states = {each["state"] for each in every}
        # Without statuses it is pending: measured.
        state = "failure" if states & {"error", "failure"} else (
            "success" if states == {"success"} else "pending")
        return {"state": state, "sha": commit, "commit_url": url, "url": f"{url}/status",
                "repository": shapes.minimal_repository(self.base, repository.name, repository.id,
                                                        repository.private)}

    # ---- control -------------------------------------------------------------------------------

    def do_repository(self, name, **fields):
        known = self.repositories.get(name.lower())
        if known:
            for key, value in fields.items():
                setattr(known, key, value)
        else:
            fields.setdefault("id", 1000 + len(self.repositories))
            self.repositories[name.lower()] = Repository(name=name, **fields)

    def do_settings(self, repository, **fields):
        """Sets members of github_registration.Settings. Returns keys, webhooks and secrets."""
        settings = self.repositories[repository.lower()].settings
        for key, value in fields.items():
            setattr(settings, key, value)
        return {"keys": settings.keys, "hooks": settings.hooks, "secrets": settings.secrets}

    def do_reports(self, repository, **fields):
        """Sets members of github_deployments.Reports. Returns deployments and commit statuses."""
        reports = self.repositories[repository.lower()].reports
        for key, value in fields.items():
            setattr(reports, key, value)
        return {"deployments": reports.deployments, "statuses": reports.statuses}

    def do_authorize(self, repository, key):
        self.repositories[repository.lower()].settings.authorize(key)

    def do_branch(self, repository, branch, commit=None):
        branches = self.repositories[repository.lower()].branches
        if commit is None:
            branches.pop(branch, None)
        else:
            branches[branch] = commit

    def do_rename(self, old, new):
        repository = self.repositories.pop(old.lower())
        repository.name = new
        self.repositories[new.lower()] = repository
        self.renamed[old.lower()] = repository.id

    def do_delete(self, name):
        self.repositories.pop(name.lower())

    def do_token(self, token, limit=None, **fields):
        known = self.tokens.setdefault(token, Token(token=token))
        for key, value in fields.items():
            setattr(known, key, value)
        if limit is not None:
            known.window.limit = limit

    def do_window(self, token=None, **fields):
        """Sets limit, used or reset of a token's window, or of the anonymous window."""
        window = self.tokens[token].window if token else self.anonymous
        for key, value in fields.items():
            setattr(window, key, value)
        return {"limit": window.limit, "used": window.used, "reset": window.reset}

    def do_no_limits(self):
        """Acts like a new Enterprise server, which has no rate limits."""
        self.anonymous.limit = None
        for token in self.tokens.values():
            token.window.limit = None

    def do_secondary(self, **fields):
        self.secondary = fields

    def do_poll_interval(self, seconds=None):
        self.poll_interval = seconds

    def do_clock(self, ahead):
        self.ahead = ahead

    def do_reply(self, **fields):
        """Sets the next replies for any request: status, headers, body, requests."""
        self.forced.append(fields)
