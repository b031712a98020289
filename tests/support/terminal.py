# SPDX-License-Identifier: Apache-2.0
"""A person at a terminal: a program that asks, and what is answered."""

import os
import pty
import select
import termios
import time


class Secret(str):
    """An answer for which the terminal must show nothing, from the moment it is asked for."""


def converse(argv, answers, cwd, env, patience=60):
    """Gives each answer when its question has been shown; (exit status, all that was shown).

    `answers` are pairs of a part of the question and an answer; one that can be called is called with
    what has been shown so far. Fails when a question does not come in time.
    """
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(cwd)
        os.execvpe(argv[0], [str(word) for word in argv], env)
    shown, deadline = "", time.monotonic() + patience

    def read_on():
        """False at the end."""
        nonlocal shown
        while not select.select([terminal], [], [], 1)[0]:
            if time.monotonic() > deadline:
                raise AssertionError(f"nothing more comes behind: {shown}")
        try:
            part = os.read(terminal, 4096)
        except OSError:  # what a terminal says when nobody is left on it
            return False
        shown += part.decode(errors="replace")
        return bool(part)

    try:
        for question, answer in answers:
            begun = len(shown)
            while question not in shown[begun:]:
                if not read_on():
                    raise AssertionError(f"{question!r} was not asked: {shown}")
            if isinstance(answer, Secret):
                local_modes = termios.tcgetattr(terminal)[3]
                assert not local_modes & termios.ECHO, f"{question!r} shows what is typed"
            text = answer(shown) if callable(answer) else answer
            # A control character takes effect by itself.
            os.write(terminal, text.encode() if text and text < " " else (text + "\n").encode())
        while read_on():
            pass
    finally:
        os.close(terminal)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return status, shown.replace("\r\n", "\n")
