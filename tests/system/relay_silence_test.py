# SPDX-License-Identifier: Apache-2.0
"""A relay that becomes silent without closing its connections, with the real timeout of 90 s."""

import unittest

from support.relay import Relay
from support.relayed import Relayed
from support.waiting import wait_for


class Silence(Relayed):
    def test_a_silent_relay_is_replaced_by_polling_and_connected_again(self):
        self.relay = Relay("smee")
        self.addCleanup(self.relay.stop)
        self.settings(poll='[poll]\ninterval = "20s"\n')
        self.start()
        self.wait_live("one")
        self.wait_connected()
        wait_for("the silence is detected", lambda: "nothing for 1m30s" in self.log_path.read_text(),
                 timeout=150)
        wait_for("it is connected again", lambda: len(self.relay.asked) == 2)
        self.wait_connected()
        self.assertEqual(self.relay_status()["reconnects"], 1)


if __name__ == "__main__":
    unittest.main()
