# SPDX-License-Identifier: Apache-2.0
"""github.com in a machine: /etc/hosts maps it to this machine, and a real sshd answers as git@github.com."""

from pathlib import Path

from support.served import serve
from support.world import run

# inhaul has GitHub's host keys built in: this file has the key of our sshd.
KNOWN_HOSTS = Path("/etc/ssh/ssh_known_hosts_of_git")


def make_administrator():
    """An account that may use sudo for everything."""
    run("useradd", "--create-home", "--shell", "/bin/bash", "admin")
    Path("/etc/sudoers.d/admin").write_text("admin ALL=(ALL) NOPASSWD: ALL\n")


def serve_as_github(case, directory):
    """Serves the repositories below `directory` until the end of `case`. Returns the sshd, with the line of
    known_hosts in `host_key`."""
    # sshd runs git as this user. The invalid password is needed: sshd rejects locked accounts.
    run("useradd", "--non-unique", "--uid", "0", "--home-dir", "/root", "--password", "*", "git")
    with open("/etc/hosts", "a", encoding="utf-8") as hosts:
        hosts.write("127.0.0.1 github.com machine\n")
    ssh = serve(case, "ssh", directory, "--below", directory, "--port", "22")
    key = Path(ssh["known_hosts"]).read_text().split(" ", 1)[1]
    ssh["host_key"] = f"github.com {key}"
    KNOWN_HOSTS.write_text(ssh["host_key"])
    return ssh
