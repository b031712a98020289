# SPDX-License-Identifier: Apache-2.0
"""The completions offer the apps of the account that inhaul will run as, also after sudo.

Each shell uses its own completion of sudo, if installed. Missing shells are skipped.
"""

import os
import re
import shutil
import tempfile
import unittest
from pathlib import Path

from support.world import run

ROOT = Path(__file__).resolve().parent.parent.parent
BASH_COMPLETION = Path("/usr/share/bash-completion/bash_completion")

BASH = r"""
. {library}
. {completion}
id() {{ case $1 in -un) echo {me} ;; esac; }}
getent() {{ [ $# = 2 ] && echo "$2:x:1:1::{homes}/$2:" || echo "eve:x:1:1::{homes}/eve:"; }}
COMP_LINE="$*" COMP_POINT=${{#COMP_LINE}} COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
{load}
"$function" "$1" "${{COMP_WORDS[COMP_CWORD]}}" "${{COMP_WORDS[COMP_CWORD - 1]}}"
printf '%s\n' "${{COMPREPLY[@]}}"
"""
ZSH = r"""
_describe() {{ print -l -- "${{(@P)4}}" }}
compdef() {{ }}
getent() {{ [[ $# == 2 ]] && echo "$2:x:1:1::{homes}/$2:" || echo "eve:x:1:1::{homes}/eve:" }}
_arguments() {{ return 1 }}
. {completion}
_comp_priv_prefix=({prefix}) PREFIX={word} settings=
_inhaul_apps
"""
FISH = r"""
function getent
    echo eve:x:1:1::{homes}/eve:
end
source {completion}
complete -C "{line}"
"""


class Apps(unittest.TestCase):
    """scripts has shop and blog, ada has blog; eve keeps one at home."""

    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.place = Path(place.name)
        for name in ("etc/scripts/shop", "etc/scripts/blog", "etc/ada/blog",
                     "homes/eve/.config/inhaul/notes"):
            file = self.place / f"{name}.toml"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
        for program in ("inhaul", "sudo"):
            (self.place / program).write_text("#!/bin/sh\n")
            (self.place / program).chmod(0o755)

    def completion(self, name):
        """Returns the completion file with this test's directory instead of /etc/inhaul."""
        text = (ROOT / "completions" / name).read_text()
        self.assertIn("/etc/inhaul", text)
        file = self.place / name
        file.write_text(text.replace("/etc/inhaul", f"{self.place}/etc"))
        return file

    def environment(self):
        return {"PATH": f"{os.environ['PATH']}:{self.place}", "HOME": str(self.place / "homes/me")}

    def bash(self, *words, me="root"):
        behind_sudo = words[0] == "sudo"
        script = BASH.format(
            library=BASH_COMPLETION if behind_sudo else "/dev/null",
            completion=self.completion("inhaul.bash"), me=me, homes=self.place / "homes",
            load="_completion_loader sudo; function=_sudo" if behind_sudo else "function=_inhaul")
        done = run("bash", "-c", script, "bash", *words, env=self.environment())
        return set(done.stdout.split())

    def zsh(self, prefix, word=""):
        if not shutil.which("zsh"):
            self.skipTest("no zsh here")
        script = ZSH.format(completion=self.completion("_inhaul"), prefix=prefix, word=word,
                            homes=self.place / "homes")
        return set(run("zsh", "-f", "-c", script, env=self.environment()).stdout.split())

    def fish(self, line):
        if not shutil.which("fish"):
            self.skipTest("no fish here")
        script = FISH.format(completion=self.completion("inhaul.fish"), line=line,
                             homes=self.place / "homes")
        return set(run("fish", "-c", script, env=self.environment()).stdout.split())

    def test_an_account_gets_its_own_apps(self):
        self.assertEqual(self.bash("inhaul", "deploy", "", me="scripts"), {"shop", "blog"})
        self.assertEqual(self.bash("inhaul", "remove", "s", me="scripts"), {"shop"})
        self.assertEqual(self.bash("inhaul", "deploy", "", me="bob"), set())

    def test_root_gets_the_apps_of_all_accounts(self):
        every = {"shop", "scripts/blog", "ada/blog", "notes"}
        self.assertEqual(self.bash("inhaul", "deploy", ""), every)
        self.assertEqual(self.bash("inhaul", "why", "scripts/"), {"scripts/shop", "scripts/blog"})
        self.assertEqual(self.zsh("sudo -n"), every)
        self.assertEqual(self.zsh("sudo -n", "ada/"),
                         {"scripts/shop", "scripts/blog", "ada/blog", "eve/notes"})

    @unittest.skipUnless(BASH_COMPLETION.exists(), "no bash-completion here")
    def test_bash_with_sudo_gets_the_apps_of_the_account(self):
        for words in (["sudo", "-u", "scripts"], ["sudo", "-uscripts"], ["sudo", "-n", "-u", "scripts"],
                      ["sudo", "--user=scripts"]):
            with self.subTest(words):
                self.assertEqual(self.bash(*words, "inhaul", "deploy", "", me="ada"),
                                 {"shop", "blog"})
        self.assertEqual(self.bash("sudo", "-u", "eve", "inhaul", "once", "", me="ada"), {"notes"})
        self.assertEqual(self.bash("sudo", "inhaul", "deploy", "", me="ada"),
                         {"shop", "scripts/blog", "ada/blog", "notes"})

    def test_zsh_with_sudo_gets_the_apps_of_the_account(self):
        self.assertEqual(self.zsh("sudo -n -u scripts"), {"shop", "blog"})
        self.assertEqual(self.zsh("sudo -n --user scripts"), {"shop", "blog"})
        self.assertEqual(self.zsh("sudo -n -u eve"), {"notes"})

    def test_fish_with_sudo_gets_all_apps(self):
        """fish does not know the account of sudo."""
        every = {"shop", "blog", "scripts/blog", "ada/blog", "notes"}
        self.assertEqual(self.fish("sudo -u scripts inhaul deploy "), every)
        self.assertEqual(self.fish("sudo inhaul deploy "), every)
        self.assertRegex("\n".join(self.fish("sudo -u scripts inhaul deploy sh")), re.compile("^shop"))


if __name__ == "__main__":
    unittest.main()
