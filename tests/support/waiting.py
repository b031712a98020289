# SPDX-License-Identifier: Apache-2.0
"""Waiting for what must happen: by looking again, never by sleeping for luck."""

import time


def wait_for(what, look, timeout=90.0, every=0.02):
    """Looks until `look()` is true and returns that; fails naming `what` after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"did not happen within {timeout} s: {what}")
        time.sleep(every)
