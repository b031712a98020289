# SPDX-License-Identifier: Apache-2.0
"""A network link in the path between a client and a server on loopback: it delays, and counts.

Bytes are those of TCP's payload, so TLS is in them and the headers of IP and TCP are not. A round
trip is a change of direction from the client's bytes to the server's; a new connection is one more.
"""

import asyncio
import threading
import time
from dataclasses import dataclass, fields


@dataclass
class Traffic:
    up: int = 0           # bytes from the client
    down: int = 0
    turns: int = 0
    connections: int = 0

    def round_trips(self):
        return self.turns + self.connections

    def __sub__(self, other):
        return Traffic(*(getattr(self, f.name) - getattr(other, f.name) for f in fields(self)))


class End(asyncio.Protocol):
    """One side of a connection; what it receives is sent by `other`, `delay` later."""

    def __init__(self, link, is_client):
        self.link, self.is_client = link, is_client
        self.other = self.transport = None
        self.waiting = []       # what came before the other side was there
        self.not_before = 0.0   # keeps the order

    def connection_made(self, transport):
        self.transport = transport
        if self.is_client:
            self.link.seen.connections += 1
            # The kernel has answered the client at once: what it says first pays for that.
            self.not_before = time.monotonic() + 3 * self.link.delay
            asyncio.ensure_future(self.link.connect(self))

    def pass_on(self, action):
        if self.other is None:
            self.waiting.append(action)
            return
        self.not_before = max(time.monotonic() + self.link.delay, self.not_before + 1e-6)
        loop = asyncio.get_running_loop()
        loop.call_later(self.not_before - time.monotonic(), action, self.other.transport)

    def join(self, other):
        self.other = other
        for action in self.waiting:
            self.pass_on(action)

    def data_received(self, data):
        self.link.count(len(data), self.is_client)
        self.pass_on(lambda transport: transport.write(data))

    def connection_lost(self, _):
        self.pass_on(lambda transport: transport.close())


class Link:
    """Listens on a port of its own from the beginning, in a thread that ends with the process."""

    def __init__(self, server_port, round_trip_seconds):
        self.server_port, self.delay = server_port, round_trip_seconds / 2
        self.seen = Traffic()
        self.from_client = False
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        listening = asyncio.run_coroutine_threadsafe(self.listen(), self.loop)
        self.port = listening.result(10).sockets[0].getsockname()[1]

    async def listen(self):
        return await self.loop.create_server(lambda: End(self, True), "127.0.0.1", 0)

    async def connect(self, client):
        _, server = await self.loop.create_connection(
            lambda: End(self, False), "127.0.0.1", self.server_port)
        server.join(client)
        client.join(server)

    def count(self, size, from_client):
        if from_client:
            self.seen.up += size
        else:
            self.seen.down += size
            self.seen.turns += self.from_client
        self.from_client = from_client

    def traffic(self):
        return self.seen - Traffic()
