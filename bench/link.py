# SPDX-License-Identifier: Apache-2.0
"""A network link between a client and a server on loopback, which delays and counts.

It counts bytes of TCP's payload: with TLS, without the headers of IP and TCP. A round trip is a change
of direction from the client's bytes to the server's. A new connection is one more round trip. Packets are
TCP's segments between client and link, as the kernel counts them, until the link closes the connection.
"""

import asyncio
import socket
import struct
import threading
import time
from dataclasses import dataclass, fields


@dataclass
class Traffic:
    up: int = 0           # bytes from the client
    down: int = 0
    turns: int = 0
    connections: int = 0
    packets: int = 0

    def round_trips(self):
        return self.turns + self.connections

    def __sub__(self, other):
        return Traffic(*(getattr(self, f.name) - getattr(other, f.name) for f in fields(self)))


def segments(transport):
    """Returns the sent and received segments of a connection: tcpi_segs_out and tcpi_segs_in of tcp(7)."""
    information = transport.get_extra_info("socket").getsockopt(
        socket.IPPROTO_TCP, socket.TCP_INFO, 144)
    return sum(struct.unpack_from("=II", information, 136))


class End(asyncio.Protocol):
    """One side of a connection. `other` sends its received bytes after `delay`."""

    def __init__(self, link, is_client):
        self.link, self.is_client = link, is_client
        self.other = self.transport = None
        self.waiting = []       # bytes received before the other side connected
        self.not_before = 0.0   # keeps the order

    def connection_made(self, transport):
        self.transport = transport
        if self.is_client:
            self.link.seen.connections += 1
            self.link.open.add(transport)
            # The kernel accepts the client immediately, so its first bytes get the delay of the handshake.
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
        if self.is_client:
            self.link.open.discard(self.transport)
            self.link.seen.packets += segments(self.transport)
        self.pass_on(lambda transport: transport.close())


class Link:
    """Listens on its own port from the start, in a thread that ends with the process."""

    def __init__(self, server_port, round_trip_seconds):
        self.server_port, self.delay = server_port, round_trip_seconds / 2
        self.seen = Traffic()
        self.open = set()  # the clients' connections
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
        return asyncio.run_coroutine_threadsafe(self.count_all(), self.loop).result(10)

    async def count_all(self):
        now = self.seen - Traffic()
        now.packets += sum(map(segments, self.open))
        return now
