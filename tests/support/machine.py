# SPDX-License-Identifier: Apache-2.0
"""Import this first in a test that creates accounts and units: it refuses to run on a host that stays."""

import os
import sys

if os.environ.get("IN_MACHINE") != "1":
    sys.exit("NOT RUN: this test changes the accounts and units of its host. Run it in tests/support/in-machine, "
             "as ctest does: ctest --test-dir BUILD -R machine/NAME")
