# SPDX-License-Identifier: Apache-2.0
"""bench/run measures and ends, without variables of the caller. No test checks the figures."""

import unittest
from pathlib import Path

from support.world import INHAUL, run

BENCH = Path(__file__).resolve().parent.parent.parent / "bench/run"


class Bench(unittest.TestCase):
    def test_it_starts_its_servers_and_prints_figures(self):
        shown = run(BENCH, "--quick", "--only", "idle", "--only", "files14", "--only", "notified", INHAUL,
                    timeout=600).stdout
        for row in ("idle poll, mean of 2", "round trips", "idle, PSS", "14 files, 1 changed, 4 runs",
                    "14 files, first clone", "deployments by the agent, 4 runs"):
            self.assertIn(f"\n{row}", shown)

    def test_it_names_its_parts(self):
        done = run(BENCH, "--only", "nothing", INHAUL, check=False)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("the parts are idle, polled,", done.stderr)


if __name__ == "__main__":
    unittest.main()
