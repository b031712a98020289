# SPDX-License-Identifier: Apache-2.0
"""Waits for conditions by polling, never by a fixed sleep."""

import time


def wait_for(what, look, timeout=90.0, every=0.02):
    """Polls until `look()` is true and returns its value. Fails with `what` after `timeout` seconds.

    The pause is longer after a long look, which may delay the awaited event. Looks take at most a quarter
    of the time."""
    deadline = time.monotonic() + timeout
    while True:
        began = time.monotonic()
        found = look()
        if found:
            return found
        now = time.monotonic()
        if now > deadline:
            raise AssertionError(f"did not happen within {timeout} s: {what}")
        time.sleep(max(every, 3 * min(now - began, 0.5)))
