# SPDX-License-Identifier: Apache-2.0
"""An application of applications.py on a server: its repository, its account, its unit, its directory.

For machines (in-machine), as root. The forge is a private git server of a small team: the account
`git` with git-shell, and the distribution's sshd. The developer has a key there, and the deploying
account gets one.
"""

import json
import os
import pwd
import re
import shutil
import stat
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from support.git_servers import FAST_KEY_EXCHANGE, no_penalties
from support.waiting import wait_for
from support.world import debris_below, git, run

HOST = "git.internal"
FORGE = Path("/home/git")
KNOWN_HOSTS = Path("/etc/ssh/ssh_known_hosts_of_git")
PUSHER = Path("/root/.ssh/id_ed25519")
UNIT = """[Service]
{user}
WorkingDirectory={live}
ExecStart={start}
Restart=on-failure
RestartSec=1s
[Install]
WantedBy={target}
"""


def systemctl(*words, check=True):
    return run("systemctl", *words, check=check).stdout.strip()


def make_forge(passes_version):
    """Sets up sshd with git. passes_version: the version of git's protocol reaches git, as on forges. Debian's
    own settings of sshd do not pass it."""
    with open("/etc/hosts", "a", encoding="utf-8") as hosts:
        hosts.write(f"127.0.0.1 {HOST}\n")
    run("useradd", "--create-home", "--shell", "/usr/bin/git-shell", "git")
    accepted = "AcceptEnv GIT_PROTOCOL\n" if passes_version else ""
    Path("/etc/ssh/sshd_config.d/tests.conf").write_text(f"{accepted}{FAST_KEY_EXCHANGE}\n{no_penalties()}")
    systemctl("enable", "--now", "ssh.service")
    PUSHER.parent.mkdir(mode=0o700, exist_ok=True)
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", PUSHER)
    wait_for("sshd answers", lambda: run("ssh-keyscan", HOST, check=False).stdout)
    KNOWN_HOSTS.write_text(run("ssh-keyscan", HOST).stdout)
    shutil.copy(KNOWN_HOSTS, PUSHER.parent / "known_hosts")
    run("git", "config", "--system", "safe.directory", "*")
    authorize(PUSHER.with_suffix(".pub"), "")


def authorize(public_key, options="restrict "):
    """Adds a key, as the web page of a forge does."""
    known = FORGE / ".ssh" / "authorized_keys"
    known.parent.mkdir(mode=0o700, exist_ok=True)
    with known.open("a", encoding="utf-8") as file:
        file.write(options + Path(public_key).read_text())
    run("chown", "-R", "git:", known.parent)


def as_account(account, *words, check=True, cwd="/", timeout=200):
    """Runs a command as `sudo -u ACCOUNT`, with the bus of the account's own manager if it has one."""
    entry = pwd.getpwnam(account)
    return run("runuser", "-u", account, "--", "env", f"HOME={entry.pw_dir}",
               f"XDG_RUNTIME_DIR=/run/user/{entry.pw_uid}", *words, check=check, cwd=cwd,
               timeout=timeout)


class Repository:
    """A repository at the forge, with a developer's checkout."""

    def __init__(self, name):
        self.name, self.url = name, f"ssh://git@{HOST}{FORGE}/{name}.git"
        self.laptop = Path("/root/laptop") / name

    def make(self):
        run("runuser", "-u", "git", "--", "git", "init", "-q", "--bare", "-b", "main",
            FORGE / f"{self.name}.git", cwd="/")
        self.laptop.mkdir(parents=True)
        git(self.laptop, "init", "-q")
        git(self.laptop, "remote", "add", "origin", self.url)

    def push(self, message):
        git(self.laptop, "add", "-A")
        git(self.laptop, "commit", "-q", "-m", message)
        run("git", "push", "-q", "origin", "HEAD:refs/heads/main", cwd=self.laptop,
            env={"HOME": "/root"})
        return self.head()

    def head(self):
        return git(self.laptop, "rev-parse", "HEAD")


class Library(Repository):
    """A repository that is a submodule of others."""

    def publish(self, version):
        for name in ("version", "src/a/b/c/d/lib.txt", f"src/of-{version}/e/f/g/h.txt"):
            path = self.laptop / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"library {version}\n")
        for old in (self.laptop / "src").glob("of-*"):
            if old.name != f"of-{version}":
                shutil.rmtree(old)
        return self.push(f"library {version}")


class Hosted(Repository):
    def __init__(self, target, application, layout):
        super().__init__(f"{application.name}-{target.name}")
        self.target, self.application, self.layout = target, application, layout
        self.directory = target.home / self.name
        self.live = self.directory / "current" if layout == "releases" else self.directory
        self.commit = ""

    # ---- The developer

    def make(self):
        super().make()
        for place, name in self.application.submodules.items():
            library = Library(name)
            if not library.laptop.exists():
                library.make()
                library.publish(0)
            run("git", "submodule", "add", "-q", f"../{name}.git", place, cwd=self.laptop,
                env={"HOME": "/root"})

    def publish(self, message="", broken=False):
        """Pushes the next version. Returns its commit."""
        version = self.application.version + 1
        self.application.write(self.laptop, version)
        for place, name in self.application.submodules.items():
            commit = Library(name).publish(f"{self.name}-{version}")
            run("git", "-C", self.laptop / place, "pull", "-q", "origin", "main",
                env={"HOME": "/root"})
            assert git(self.laptop / place, "rev-parse", "HEAD") == commit
        if broken:
            self.application.break_it(self.laptop)
        return self.push(message or f"version {version}")

    # ---- The deployment

    def init(self, *words, expect=0):
        target = self.target
        done = target.run("inhaul", "init", self.directory, "--known-hosts", KNOWN_HOSTS, "--no-relay", "--yes",
                        *target.init_words, *words, check=False)
        assert done.returncode == expect, (done.returncode, done.stdout + done.stderr)
        return done.stdout

    def set_up(self):
        """Sets the app up, as an administrator with a unit and the repository's URL."""
        unit = [f"--unit={self.name}.service"] if self.write_unit() else ["--no-service"]
        words = ["--repository", self.url, "--account", self.target.account, "--name", self.name, *unit]
        if self.target.personal:
            words = ["--repository", self.url, "--name", self.name, *unit]
        self.init(*words, "--no-start", expect=75)  # the forge does not know its key yet
        authorize(self.target.settings / f"{self.name}.key.pub")
        settings = self.target.settings / f"{self.name}.toml"
        text = 'stamp = "updated.txt"\n' + settings.read_text()
        if self.layout == "releases":
            text = 'layout = "releases"\n' + text
            if self.application.shared:
                text += f"[releases]\nshared = {json.dumps(list(self.application.shared))}\n"
        settings.write_text(text + '[poll]\ninterval = "1s"\n' + self.application.settings())

    def write_unit(self):
        start = self.application.start(self.live)
        if start:
            self.target.units.mkdir(parents=True, exist_ok=True)
            path = self.target.units / f"{self.name}.service"
            path.write_text(UNIT.format(
                user="" if self.target.personal else f"User={self.target.account}", live=self.live,
                start=start, target=self.target.target))
            self.target.own_files()
            self.target.systemctl("daemon-reload")
            self.target.systemctl("enable", path.name)
        return start

    def status(self):
        done = self.target.inhaul("status", self.name, "--json", "--exit-zero", check=False)
        return json.loads(done.stdout)["apps"][0] if done.returncode == 0 else {}

    def last(self):
        """Returns the newest deployment of the history."""
        done = json.loads(self.target.inhaul("history", self.name, "--json").stdout)["deployments"]
        return done[0] if done else {}

    def has_unit(self):
        return bool(self.application.start(self.live))

    def wait(self, what, look):
        try:
            wait_for(f"{self.name}: {what}", look, every=0.2)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.status()}\n{self.shown()}") from None

    def wait_live(self, commit):
        """Waits until the commit is live and recorded."""
        self.wait(f"{commit} is live", lambda: self.last().get("to") == commit
                  and self.last()["state"] == "succeeded")
        self.commit = commit

    def wait_judged(self, commit):
        self.wait(f"{commit} is judged", lambda: self.last().get("to") == commit
                  and self.last()["finished"])

    # ---- A deployment that a hook delays

    def path_of(self, what):
        return self.target.cache / f"{what}-{self.name}"

    def hold(self):
        self.path_of("hold").touch()
        self.path_of("held").unlink(missing_ok=True)

    def wait_held(self):
        self.wait("the hook is held", self.path_of("held").exists)

    def let_go(self):
        self.path_of("hold").unlink(missing_ok=True)

    def worker(self):
        """Returns the process that deploys it."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                argv = (process / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"deploy" in argv and self.name.encode() in argv and argv[0].endswith(b"inhaul"):
                found.append(int(process.name))
        (worker,) = found
        return worker

    def shown(self):
        return self.target.inhaul("show", str(self.last().get("number", 0)), check=False).stdout

    # ---- The state on the server

    def answer(self):
        """Returns the app's answer without the time of the stamp."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.application.port}/version",
                                    timeout=10) as answer:
            return re.sub(r"\d{4}-\S+Z ", "", answer.read().decode())

    @contextmanager
    def at(self, commit):
        """Checks out another commit on the laptop for the block, with submodules."""
        git(self.laptop, "checkout", "-q", "--detach", "--recurse-submodules", commit)
        try:
            yield
        finally:
            git(self.laptop, "checkout", "-q", "--recurse-submodules", "main")

    def differences(self):
        return differences(self.laptop, self.live)

    def debris(self):
        """Returns leftovers of a killed run."""
        return debris_below(self.directory)

    def problems(self, answer=None):
        """Returns differences of the live directory from the laptop, and a wrong answer of the unit."""
        found = self.differences()
        status = run("git", "status", "--porcelain", cwd=self.live, check=False)
        # A deployment adds only the stamp.
        changed = [line for line in status.stdout.splitlines() if line != "?? updated.txt"]
        if status.returncode or changed:
            found.append(f"git status: {changed} {status.stderr}")
        head = git(self.live, "rev-parse", "HEAD")
        if head != self.head():
            found.append(f"HEAD is {head}")
        run("git", "fsck", "--strict", cwd=self.live)
        if self.has_unit():
            answered, version = self.answer(), self.application.expected()
            if head not in answered or (answer or version) not in answered:
                found.append(f"it answers {answered!r}, and not {answer or version!r} of {head}")
        return found


def sort_of(path):
    """Returns the properties that git tracks: kind, executable, content."""
    info = os.lstat(path)
    if stat.S_ISLNK(info.st_mode):
        return "link", os.readlink(path)
    if not stat.S_ISREG(info.st_mode):
        return "directory" if stat.S_ISDIR(info.st_mode) else "special", ""
    return "program" if info.st_mode & 0o100 else "file", path.read_bytes()


def differences(laptop, live):
    """Compares tracked files, and directories that only have formerly tracked files."""
    found, names = [], set()
    listed = run("git", "ls-files", "-z", "--recurse-submodules", cwd=laptop).stdout
    for name in listed.split("\0")[:-1]:
        names.add(name)
        if not os.path.lexists(live / name):
            found.append(f"missing: {name!r}")
        elif sort_of(live / name) != sort_of(laptop / name):
            found.append(f"another: {name!r}: {sort_of(live / name)}")
    tops = {name.split("/", 1)[0] for name in names if "/" in name}
    for top in tops:
        for place, directories, files in os.walk(live / top):
            below = os.path.relpath(place, live)
            if not directories and not files:
                found.append(f"an empty directory: {below!r}")
            found += [f"too much: {below}/{name}" for name in files
                      if f"{below}/{name}" not in names and name != ".git"
                      and not name.endswith(".pyc")]
            directories[:] = [name for name in directories if name not in ("__pycache__", ".git")]
    return found
