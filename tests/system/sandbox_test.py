# SPDX-License-Identifier: Apache-2.0
"""Ordinary commands of hooks in the sandbox of the package's unit.

Runs as root in the machine of apps_test.py, and nowhere else. Each hook runs a real program. It must work
as in a shell of the account, or its error must have a hint.
"""

import json
import unittest
from pathlib import Path

from support import machine  # pylint: disable=unused-import
from support.hosted import as_account, systemctl
from support.waiting import wait_for
from support.world import World, run

ACCOUNT, UNIT = "scripts", "inhaul@scripts.service"

# Each is a line for sh, in the app's directory. `shared` is a setgid directory, as web servers share
# with accounts.
ORDINARY = {
    "hand a file to a group of one's own": "touch mine && chgrp www-data mine",
    "install with mode and group": "install -d -m 2775 -g www-data shared/uploads",
    "let a directory hand its group on": "mkdir -p d && chmod g+s d && test -g d",
    "copy what hands its group on": "rm -rf copy && cp -a shared copy && test -g copy",
    "rsync what hands its group on": "rsync -a --delete shared/ synced/ && test -g synced",
    "copy it with Python": "python3 -c 'import shutil; shutil.copytree(\"shared\", \"copied\")'",
    "unpack it with tar": "mkdir -p t && tar c shared | tar xp -C t",
    "make a shared repository": "git init -q --shared=group repo",
    "switch a repository below": "git clone -q . clone && git -C clone reset -q --hard",
    "lower a priority": "test -z \"$(nice -n 1 true 2>&1)\"",
    "lower the priority of its disk": "ionice -c 3 true",
    "keep to a processor": "taskset -c 0 true",
    "run in batches": "chrt --batch 0 true",
    "limit its memory": "ulimit -v 4000000 && ulimit -n 500",
    "lock in /run/lock": "flock /run/lock/shop.lock true",
    "touch what an app looks at in /run": "touch /run/shop/reload",
    "share memory": "python3 -c 'import multiprocessing as m; m.Lock(); "
                    "p = m.Process(target=print); p.start(); p.join(); exit(p.exitcode)'",
    "run a compiler's code at once": "echo 'int main() { return 0; }' | tcc -run -",
    "run node's compiler, threads, priority":
        "node -e 'const os = require(\"os\"), w = require(\"worker_threads\"); os.cpus(); "
        "os.setPriority(19); new w.Worker(\"1\", {eval: true}); let s = 0; "
        "for (let i = 0; i < 1e7; ++i) s += i'",
    "run npm with a cache": "cd package && npm install --offline --no-audit --no-fund",
    "run npm's scripts": "cd package && npm run hello",
    "run pip as the user's": "PIP_BREAK_SYSTEM_PACKAGES=1 pip --version || python3 -m ensurepip --version",
    "see its own processes": "ps -u $(id -u) -o pid= | grep -q . && pgrep -u $(id -u) sh >/dev/null",
    "say something to the journal": "logger -t shop-hook said",
    "ask systemd, and restart by the rule": "systemctl restart shop.service",
    "fetch over ssh as itself": "ssh -V && ssh-keygen -q -t ed25519 -N '' -f key && "
                                "ssh-keygen -Y sign -f key -n file mine",
    "be asked for a passphrase by ssh":
        "ssh-keygen -q -t ed25519 -N secret -f locked && printf '#!/bin/sh\\necho secret\\n' >ask && "
        "chmod +x ask && SSH_ASKPASS=./ask SSH_ASKPASS_REQUIRE=force ssh-keygen -y -f locked",
    "go through a proxy of ssh's": "ssh -o BatchMode=yes -o ProxyCommand='exit 7' nowhere.invalid 2>&1 | "
                                   "grep -q 'UNKNOWN port\\|kex_exchange'",
    "encrypt and sign": "gpgconf --version >/dev/null || true; openssl rand -hex 8",
    "keep a database": "python3 -c 'import sqlite3; sqlite3.connect(\"x.db\").execute(\"create table x(a)\")'",
    "use a pipe and a socket of its own":
        "mkfifo pipe && python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"socket\")'",
    "write to /tmp and /var/tmp": "mktemp && mktemp -p /var/tmp",
}


def setUpModule():
    run("useradd", "--create-home", "--groups", "www-data", ACCOUNT)


class Sandbox(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.world = world = World(base=f"/home/{ACCOUNT}")
        world.settings = Path("/etc/inhaul") / ACCOUNT
        world.settings.mkdir(parents=True)
        world.state = Path("/var/lib/inhaul") / ACCOUNT
        Path("/etc/systemd/system/shop.service").write_text(
            "[Unit]\nStartLimitIntervalSec=0\n"
            f"[Service]\nUser={ACCOUNT}\nRuntimeDirectory=shop\nExecStart=/bin/sleep infinity\n")
        Path("/etc/polkit-1/rules.d/50-inhaul.rules").write_text(
            Path("/usr/share/doc/inhaul/examples/50-inhaul.rules").read_text()
            .replace("myapp.service", "shop.service").replace('"scripts"', f'"{ACCOUNT}"'))
        drop_in = Path(f"/etc/systemd/system/{UNIT}.d/shop.conf")
        drop_in.parent.mkdir()
        drop_in.write_text(f"[Service]\nReadWritePaths={world.root}\n")
        systemctl("daemon-reload")
        systemctl("start", "shop.service")
        world.root.chmod(0o755)
        run("loginctl", "enable-linger", ACCOUNT)

    @classmethod
    def tearDownClass(cls):
        cls.world.remove()

    def tearDown(self):
        systemctl("stop", UNIT)

    def deployed(self, hooks, version):
        """Deploys by the unit. Returns the output of `inhaul show`."""
        world = self.world
        listed = ",\n".join(json.dumps(["sh", "-c", words]) for words in hooks)
        world.write_settings(hooks=f"[hooks]\nbuild = [{listed}]\n", service="")
        commit = world.commit(version, {
            "package/package.json": '{"name": "x", "scripts": {"hello": "echo hello"}}'})
        run("chown", f"{ACCOUNT}:", world.root)
        systemctl("start", UNIT)

        def ended():
            done = as_account(ACCOUNT, "inhaul", "history", "shop", "--json", check=False)
            found = json.loads(done.stdout)["deployments"] if done.returncode == 0 else []
            return found and found[0]["to"] == commit and found[0]["finished"] and found[0]
        return wait_for("it is over", ended, every=0.2)

    def test_ordinary_commands_work(self):
        hooks = ["install -d -m 2775 -g www-data shared && mkdir -p shared/a/b/c/d/e && "
                 "touch shared/a/b/c/d/e/file || echo 'shared: failed'"]
        hooks += [f"({words}) >out 2>&1 || {{ echo {json.dumps(name)}: failed with $?; cat out; }}"
                  for name, words in ORDINARY.items()]
        done = self.deployed(hooks, "one")
        self.assertEqual(done["state"], "succeeded")
        failed = "".join(output["output"] for output in done["outputs"])
        self.assertEqual(failed, "")

    def test_refused_commands_print_a_hint(self):
        Path("/data/elsewhere").mkdir(parents=True)
        self.addCleanup(run, "rm", "-rf", "/data")
        run("chown", "-R", f"{ACCOUNT}:", "/data")
        for number, (words, hint) in enumerate({
                "sudo -n true": "polkit rule",
                "touch /data/elsewhere/x": f"`sudo systemctl edit {UNIT}`, add "
                                           "ReadWritePaths=/data/elsewhere under [Service]",
                "touch ~/x": "ReadWritePaths=/home/",
                "systemctl --user show --property=Version": "InaccessiblePaths=",
                "cat /tmp/of-the-host": "PrivateTmp=no",
                "unshare -U true": "loosen.conf"}.items()):
            with self.subTest(words):
                done = self.deployed([words], f"refused-{number}")
                self.assertEqual(done["state"], "failed")
                shown = as_account(ACCOUNT, "inhaul", "show", str(done["number"])).stdout
                self.assertIn(hint, shown)
                self.tearDown()


if __name__ == "__main__":
    unittest.main()
