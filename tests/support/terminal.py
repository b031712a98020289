# SPDX-License-Identifier: Apache-2.0
"""An operator at a terminal, who answers the prompts of a program."""

import os
import pty
import select
import termios
import time


class Secret(str):
    """An answer that the terminal must not show, from its prompt on."""


def converse(argv, answers, cwd, env, patience=60):
    """Types each answer after its prompt. Returns the exit status and the whole output.

    `answers` are pairs of a part of the prompt and an answer. A callable answer gets the output so far.
    Fails if a prompt does not appear in time.
    """
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(cwd)
        os.execvpe(argv[0], [str(word) for word in argv], env)
    shown, deadline = "", time.monotonic() + patience

    def read_on():
        """Returns false at the end."""
        nonlocal shown
        while not select.select([terminal], [], [], 1)[0]:
            if time.monotonic() > deadline:
                raise AssertionError(f"nothing more comes behind: {shown}")
        try:
            part = os.read(terminal, 4096)
        except OSError:  # the error of a terminal without processes
            return False
        shown += part.decode(errors="replace")
        return bool(part)

    try:
        for prompt, answer in answers:
            begun = len(shown)
            while prompt not in shown[begun:]:
                if not read_on():
                    raise AssertionError(f"{prompt!r} did not appear: {shown}")
            if isinstance(answer, Secret):
                local_modes = termios.tcgetattr(terminal)[3]
                assert not local_modes & termios.ECHO, f"{prompt!r} shows the typed text"
            text = answer(shown) if callable(answer) else answer
            # A control character needs no line end.
            os.write(terminal, text.encode() if text and text < " " else (text + "\n").encode())
        while read_on():
            pass
    finally:
        os.close(terminal)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return status, shown.replace("\r\n", "\n")
