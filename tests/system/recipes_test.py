# SPDX-License-Identifier: Apache-2.0
"""Sets up apps by the steps, commands and settings of docs/recipes.md.

Runs as root in a machine over the tree of package/apps_root. /etc/hosts maps github.com to this machine, whose sshd
answers as git@github.com. Scripts replace hugo and docker. The account, the units and the apps are those of the page.
"""

import json
import re
import unittest
from pathlib import Path

from support import machine  # pylint: disable=unused-import
from support import readme
from support.github_over_ssh import KNOWN_HOSTS, make_administrator, serve_as_github
from support.waiting import wait_for
from support.world import World, git, run

PAGE = "docs/recipes.md"
SETTINGS = Path("/etc/inhaul/deploy")
UNITS = Path("/etc/systemd/system")
SERVER = """import http.server, os, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(open("version", "rb").read())
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
"""


def write_unit(name, command, more=""):
    (UNITS / name).write_text(f"[Service]\n{more}ExecStart={command}\n[Install]\nWantedBy=multi-user.target\n")
    run("systemctl", "daemon-reload")


def write_program(name, text):
    path = Path(name)
    path.write_text(f"#!/bin/sh\nset -eu\n{text}\n")
    path.chmod(0o755)


class Recipes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        make_administrator()
        cls.world = World(base="/srv")
        cls.addClassCleanup(cls.world.remove)
        cls.world.root.chmod(0o755)
        cls.ssh = serve_as_github(cls, cls.world.root)
        cls.run_block("Set up a recipe")

    # serve() stops its server after a test; here after all tests.
    @classmethod
    def addCleanup(cls, *words):  # pylint: disable=arguments-differ
        cls.addClassCleanup(*words)

    @staticmethod
    def as_admin(line, expect=0):
        done = run("runuser", "-u", "admin", "--", "env", "HOME=/home/admin", "bash", "-euc", line,
                   cwd="/", check=False, timeout=200)
        if done.returncode != expect:
            raise AssertionError(f"{line}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    @classmethod
    def run_block(cls, title, number=0):
        """Runs a block of a section. Returns the output of the last command."""
        shown = ""
        for line in readme.commands(PAGE, title)[number]:
            if "inhaul init" in line:  # 75: the deploy key is not on GitHub yet
                shown = cls.as_admin(f"{line} --yes --known-hosts {KNOWN_HOSTS}", expect=75)
            else:
                shown = cls.as_admin(line)
        return shown

    def publish(self, name, files):
        """Pushes these files as octocat/NAME. Returns the commit."""
        remote, laptop = self.world.root / "octocat" / f"{name}.git", self.world.root / f"laptop-{name}"
        if not remote.exists():
            git(self.world.root, "init", "-q", "--bare", remote)
            git(self.world.root, "init", "-q", laptop)
        for path, text in files.items():
            (laptop / path).parent.mkdir(parents=True, exist_ok=True)
            (laptop / path).write_text(text)
        git(laptop, "add", "-A")
        git(laptop, "commit", "-q", "-m", f"{name} {len(files)}")
        git(laptop, "push", "-q", remote, "HEAD:main")
        return git(laptop, "rev-parse", "HEAD")

    def set_up(self, title, name, edit=lambda recipe: recipe):
        """Does steps 2 to 5 of the page."""
        shown = self.run_block(title)
        (key,) = re.findall(r"^  Key: +(ssh-ed25519 \S+)", shown, re.M)
        with open(self.ssh["authorized_keys"], "a", encoding="utf-8") as file:
            file.write(f'command="{self.ssh["gate"]}",restrict {key}\n')
        recipe, *_ = readme.fences(PAGE, title, "toml")
        recipe = recipe.replace("[auth]\n", f'[auth]\nknown_hosts = "{KNOWN_HOSTS}"\n')
        (SETTINGS / f"{name}.toml").write_text(edit(recipe))
        (last,) = re.findall(r"^5\. Run `(.*)`\.", readme.section(PAGE, "Set up a recipe"), re.M)
        shown = self.as_admin(last.replace("DIRECTORY", f"/srv/{name}") + " --yes")
        self.assertIn(f"{name} is live. inhaul deploys each push to main.", shown)
        self.assertEqual(len(self.history(name)), 1)

    def history(self, name):
        return json.loads(self.as_admin(f"sudo inhaul history {name} --json"))["deployments"]

    def wait_live(self, name, commit):
        # The agent polls each minute. An operator need not wait.
        self.as_admin(f"sudo inhaul deploy {name} --wait 1m")
        wait_for(f"{commit} is live", lambda: self.history(name)[0]["to"] == commit and
                 self.history(name)[0]["state"] == "succeeded")

    def test_a_static_site(self):
        title = "A static site without a service"
        write_program("/usr/local/bin/hugo", "mkdir -p public\ncp index.md public/index.html")
        write_unit("web.service", "/usr/bin/python3 -m http.server 80 --directory /srv/www/current/public")
        run("systemctl", "start", "web")
        self.publish("www", {"index.md": "one\n", ".gitignore": "/public/\n"})
        self.set_up(title, "www")
        self.assertEqual(Path("/srv/www/current/public/index.html").read_text(), "one\n")
        self.wait_live("www", self.publish("www", {"index.md": "two\n"}))
        self.assertEqual(Path("/srv/www/current/public/index.html").read_text(), "two\n")

    def test_several_units(self):
        place = "User=deploy\nWorkingDirectory=/srv/jobs\n"
        write_unit("jobs-web.service", "/srv/jobs/venv/bin/python serve.py 8002", place)
        write_unit("jobs-worker@.service", "/srv/jobs/venv/bin/python -c 'import time; time.sleep(9999)'", place)
        self.publish("jobs", {"serve.py": SERVER, "version": "one\n", "requirements.txt": "",
                              ".gitignore": "venv/\n"})
        # Ten seconds are long for a test.
        self.set_up("Several units", "jobs", lambda recipe: recipe.replace('settle = "10s"', 'settle = "1s"'))
        run("systemctl", "is-active", "jobs-web", "jobs-worker@1", "jobs-worker@2")

    def test_docker_by_a_unit_of_root_and_by_a_restart_command(self):
        run("groupadd", "docker")
        calls = Path("/run/docker-calls")
        calls.touch()
        run("chown", "root:docker", calls)
        calls.chmod(0o660)  # only members of the group can use it, as Docker's socket
        write_program("/usr/bin/docker", f'mkdir -p "${{DOCKER_CONFIG:-/run}}"\necho "$(id -un): $*" >>{calls}')
        write_unit("wiki-answer.service", "/usr/bin/python3 -m http.server 8003 --directory /usr/share")
        run("systemctl", "start", "wiki-answer")
        title, arguments = "Docker Compose", "compose --project-directory /srv/wiki up --detach --build --wait\n"
        (unit,) = readme.fences(PAGE, title, "ini")
        (UNITS / "wiki.service").write_text(unit)
        run("systemctl", "daemon-reload")
        self.publish("wiki", {"compose.yaml": "services: {}\n"})
        self.set_up(title, "wiki")
        self.assertEqual(calls.read_text(), f"root: {arguments}")

        settings = SETTINGS / "wiki.toml"
        _, table = readme.fences(PAGE, title, "toml")
        settings.write_text(settings.read_text().split("[service]")[0] + table)
        self.run_block(title, 1)
        calls.write_text("")
        self.wait_live("wiki", self.publish("wiki", {"compose.yaml": "services: {one: {}}\n"}))
        self.assertEqual(calls.read_text(), f"deploy: {arguments}")

    def test_z_the_other_commands_are_accepted(self):
        """Runs the commands of the other recipes as a dry run, with the units that they name."""
        for page, title in readme.RUN:
            if page != PAGE or (page, title) in readme.read:
                continue
            (block,) = readme.commands(page, title)
            (line,) = block
            with self.subTest(line):
                for unit in re.findall(r"--unit (\S+)", line):
                    write_unit(f"{unit}.service", "/bin/sleep infinity")
                shown = self.as_admin(f"{line} --yes --dry-run")
                self.assertIn(f"as deploy; restarts {line.split('--unit ')[1].split()[0]}.service", shown)
        self.assertEqual({section for section in readme.read if section[0] == PAGE},
                         {section for section in readme.RUN if section[0] == PAGE})


if __name__ == "__main__":
    unittest.main()
