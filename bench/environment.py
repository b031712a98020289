# SPDX-License-Identifier: Apache-2.0
"""The servers and repositories of one run of the benchmark, in a throwaway directory.

    client ── TLS 1.3, HTTP/2 ── nginx ─┬─ /api/  the stand-in for GitHub's REST API
                                        └─ /      git-http-backend
"""

import contextlib
import ctypes
import functools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TREE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TREE / "tests"))
# pylint: disable=wrong-import-position
from support.git_servers import free_port, program  # noqa: E402
from support.github import StandIn                  # noqa: E402
from support.waiting import wait_for                # noqa: E402
from support import world                           # noqa: E402

git = functools.partial(world.git, timeout=600)  # 25,000 files take a minute on a busy host
TOKEN = "github_pat_0123456789abcdef0123456789abcdef"
OWNER = "octocat"

FRONT = """
daemon off; master_process off; pid {at}/front.pid; error_log {at}/front.log;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {at}/front-body; proxy_temp_path {at}/front-proxy;
    fastcgi_temp_path {at}/front-fastcgi; uwsgi_temp_path {at}/front-uwsgi;
    scgi_temp_path {at}/front-scgi;
    client_max_body_size 0; keepalive_timeout 300s;
    server {{
        listen 127.0.0.1:{port} ssl http2;
        ssl_certificate {at}/server.pem; ssl_certificate_key {at}/server.key;
        location /api/ {{ proxy_pass http://127.0.0.1:{api_port}; }}
        location / {{ proxy_pass http://127.0.0.1:{git_port}; }}
    }}
}}
"""


PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None)


def end_with_parent():
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Place:
    """All servers of a run. Ends with close(), or with this process."""

    def __init__(self, inhaul):
        self.inhaul = Path(inhaul).resolve()
        self.root = Path(tempfile.mkdtemp(prefix="inhaul-bench-"))
        self.processes = []
        self.environment = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(self.root / "home"),
            "LANG": "C.UTF-8", "GIT_CONFIG_NOSYSTEM": "1"}
        for name in ("home", "remotes", "servers"):
            (self.root / name).mkdir()
        self.token = self.root / "token"
        self.token.touch(mode=0o600)
        self.token.write_text(TOKEN + "\n")
        self.start_servers()

    def start_servers(self):
        script = TREE / "tests/support/git_servers.py"
        backend = self.start(
            [sys.executable, script, "https", "--root", self.root / "remotes",
             "--scratch", self.root / "servers"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        git_server = json.loads(backend.stdout.readline())
        self.ca = git_server["ca"]
        self.hub = StandIn(prefix="/api/v3")
        self.hub.control("token", token=TOKEN)
        self.port = free_port()
        config = self.root / "servers" / "front.conf"
        config.write_text(FRONT.format(at=self.root / "servers", port=self.port,
                                       api_port=self.hub.port, git_port=git_server["http_port"]))
        self.start([program("nginx"), "-p", self.root / "servers", "-e",
                    self.root / "servers/front.log", "-c", config])
        (self.root / "home/.gitconfig").write_text(
            f"[http]\n\tsslCAInfo = {self.ca}\n[safe]\n\tdirectory = *\n")
        wait_for("the servers answer", self.answers)

    def answers(self):
        url = f"https://localhost:{self.port}/api/v3/repos/x/y"
        return self.run(["curl", "-s", "--cacert", self.ca, "--http2", url], check=False) == 0

    def start(self, argv, **options):
        """Starts a process in the background. It ends when this process ends in any way."""
        if "stdin" not in options:
            options.update(stdin=subprocess.DEVNULL, preexec_fn=end_with_parent)
        else:
            options.update(preexec_fn=os.setpgrp)  # a server with children
        process = subprocess.Popen([str(word) for word in argv], env=self.environment, **options)
        self.processes.append(process)
        return process

    def run(self, argv, check=True, **options):
        return subprocess.run([str(word) for word in argv], env=self.environment, check=check,
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              **options).returncode

    def end(self, process):
        if process.stdin:
            process.stdin.close()  # stops it cleanly
            process.wait(20)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)  # fcgiwrap does not stop its children
        else:
            process.terminate()
            process.wait(20)
        self.processes.remove(process)

    def close(self):
        for process in reversed(list(self.processes)):
            self.end(process)
        self.hub.stop()
        shutil.rmtree(self.root, ignore_errors=True)

    def url(self, app, port=None):
        return f"https://localhost:{port or self.port}/{OWNER}/{app.name}.git"

    def app(self, name, files):
        return App(self, name, files)


class App:
    """A repository of `files` small files, the directory that inhaul deploys it to, and a clone."""

    def __init__(self, place, name, files):
        self.place, self.name, self.files, self.version = place, name, files, 0
        self.remote = place.root / "remotes" / OWNER / f"{name}.git"
        self.laptop = place.root / f"{name}-laptop"
        self.directory, self.clone = place.root / f"{name}-inhaul", place.root / f"{name}-git"
        self.settings, self.state = place.root / f"{name}-settings", place.root / f"{name}-state"
        self.settings.mkdir(mode=0o700)
        git(place.root, "init", "-q", "--bare", self.remote)
        git(place.root, "init", "-q", self.laptop)
        self.modules = [self.laptop / f"package{number % 7}" / f"part{number // 35}" /
                        f"module{number}.py" for number in range(files - 1)]
        for number, path in enumerate(self.modules):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(f"def function_{number}_{line}(x):\n    return x + {line}\n"
                                    for line in range(50)))
        self.push()
        place.hub.control("repository", name=f"{OWNER}/{name}", git=str(self.remote), private=True)

    def push(self, changed=1):
        """Changes this many files, and moves the branch."""
        self.version += 1
        for path in self.modules[:changed - 1]:
            path.write_text(f"{path.read_text()}VERSION = {self.version}\n")
        (self.laptop / "version").write_text(f"{self.version}\n")
        git(self.laptop, "add", "-A")
        git(self.laptop, "commit", "-q", "-m", f"version {self.version}")
        git(self.laptop, "push", "-q", self.remote, "HEAD:main")

    def write_settings(self, repository, more):
        (self.settings / f"{self.name}.toml").write_text(
            f'repository = "{repository}"\ndirectory = "{self.directory}"\n'
            f'[tls]\nca_file = "{self.place.ca}"\n{more}')

    def argv(self, *words):
        return [self.place.inhaul, "--config", self.settings, "--state", self.state, *words]

    def make_clone(self, url):
        self.place.run(["git", "clone", "-q", url, self.clone])


def settle(seconds):
    """Waits for events without a visible end: the last packets of an exchange."""
    time.sleep(seconds)
