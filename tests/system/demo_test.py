# SPDX-License-Identifier: Apache-2.0
"""The demonstration works without leftovers."""

import os
import unittest
from pathlib import Path

from support.world import INHAUL, run


class Demo(unittest.TestCase):
    def test_two_pushes_go_live_without_leftovers(self):
        before = set(Path("/tmp").glob("inhaul-demo-*"))
        shown = run(INHAUL, "demo", timeout=120).stdout
        self.assertIn('answers "hello from version one"', shown)
        self.assertIn('answers "hello from version two"', shown)
        self.assertEqual(shown.count("succeeded"), 2)
        self.assertEqual(set(Path("/tmp").glob("inhaul-demo-*")), before)


if __name__ == "__main__":
    unittest.main()
