# SPDX-License-Identifier: Apache-2.0
"""Commands that inhaul starts inherit none of its descriptors and variables."""

import json
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

from support.relayed import Relayed
from support.served import serve
from support.waiting import wait_for
from support.world import CLEAN_ENVIRONMENT

STANDARD = ["0", "1", "2"]
# Each line: the command, its open descriptors, and its environment.
LOOK = """#!{python}
import json, os, sys
opened = {{}}
for name in os.listdir("/proc/self/fd"):
    try:
        opened[name] = os.readlink("/proc/self/fd/" + name)
    except OSError:
        pass  # the listing itself
with open("{seen}", "a") as seen:
    seen.write(json.dumps([sys.argv[1], opened, dict(os.environ)]) + "\\n")
if sys.argv[1] == "ssh":
    os.execv("{ssh}", ["ssh", *sys.argv[2:]])
"""


class Inherited(Relayed):
    """The watcher has open connections to a relay and to the API, and the worker has one for its fetch.
    libcurl opens all of them."""

    def setUp(self):
        super().setUp()
        self.seen = self.world.root / "seen"
        self.look = self.world.root / "look"
        self.look.write_text(LOOK.format(python=sys.executable, seen=self.seen,
                                         ssh=shutil.which("ssh")))
        self.look.chmod(0o755)

    def observations(self):
        """Returns the open descriptors and the environment by command."""
        lines = self.seen.read_text().splitlines() if self.seen.exists() else []
        return {who: (opened, names) for who, opened, names in map(json.loads, lines)}

    def as_app(self):
        look = str(self.look)
        restart = self.world.root / "look-and-restart.sh"
        restart.write_text(f"'{look}' restart; cat '{self.world.directory}/version' "
                           f">>'{self.world.restarts_file}'\n")
        self.begin(
            hooks=f'[hooks]\nbuild = [["{look}", "build"]]\nactivate = [["{look}", "activate"]]\n'
                  f'after = [["{look}", "after"]]\n',
            probe=f'[probe]\ncommand = ["{look}", "probe"]\n',
            service=f'[service]\nrestart = ["/bin/sh", "{restart}"]\n')

    def test_commands_of_the_app_inherit_only_standard_files(self):
        self.as_app()
        self.seen.unlink()
        # By now the watcher has its sockets.
        self.push("two")
        self.wait_live("one", "two")
        wait_for("each has looked", lambda: len(self.observations()) == 5)
        for who, (opened, _) in self.observations().items():
            with self.subTest(who):
                self.assertEqual(sorted(opened), STANDARD, opened)
                self.assertEqual(opened["0"], "/dev/null")

    def test_a_worker_without_standard_files_deploys_and_keeps_the_output(self):
        self.world.write_settings(hooks='[hooks]\nbuild = [["/bin/echo", "built"]]\n')
        closed = subprocess.run(["/bin/sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh",
                                 *self.world.argv("deploy", "shop")], timeout=60, check=False)
        self.assertEqual(closed.returncode, 0)
        self.assertIn("built", self.world.inhaul("show", "1").stdout)

    def test_a_restart_command_gets_the_environment_of_a_hook(self):
        agents = {"AGENTS_OWN": "secret", "NOTIFY_SOCKET": "/nowhere",
                  "CREDENTIALS_DIRECTORY": "/nowhere"}
        self.as_app()
        self.world.inhaul("deploy", "shop", "--again", env=agents)
        observations = self.observations()
        of_hook, of_restart = observations["activate"][1], observations["restart"][1]
        for name in ("INHAUL_HOOK", "PWD", "OLDPWD", "SHLVL", "_"):
            of_hook.pop(name, None)
            of_restart.pop(name, None)
        self.assertEqual(of_restart, of_hook)
        self.assertEqual(of_restart["INHAUL_COMMIT"], self.commit)
        self.assertFalse(set(of_restart) & set(agents))

    def test_ssh_inherits_only_standard_files(self):
        programs = self.world.root / "programs"
        programs.mkdir()
        (programs / "ssh").write_text(f'#!/bin/sh\nexec "{self.look}" ssh "$@"\n')
        (programs / "ssh").chmod(0o755)
        served = serve(self, "ssh", self.world.root)
        key = self.private("key", Path(served["keys"]["ed25519"]).read_text())
        self.world.write_settings(
            top=f'repository = "{served["url"]}remote.git"\ndirectory = "{self.world.directory}"\n',
            auth=f'[auth]\nssh_key = "{key}"\nknown_hosts = "{served["known_hosts"]}"\n')
        path = f"{programs}:{CLEAN_ENVIRONMENT['PATH']}"
        self.world.inhaul("deploy", "shop", env={"PATH": path})
        opened, _ = self.observations()["ssh"]
        self.assertEqual(sorted(opened), STANDARD, opened)


if __name__ == "__main__":
    unittest.main()
