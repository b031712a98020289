#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An HTTP proxy on loopback for tunnels (CONNECT) and plain requests.

    proxy.py [--login USER:PASSWORD] [--certificate FILE --key FILE]

Prints one line of JSON, {"port": …, "log": …}, when it is ready, and ends with its standard input.
Each request is a line in the log: the method and the target. With a certificate, connections to the
proxy use TLS.
"""

import argparse
import asyncio
import base64
import json
import ssl
import sys
import tempfile
from urllib.parse import urlsplit


async def copy(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


class Proxy:
    def __init__(self, login, log):
        self.login = "Basic " + base64.b64encode(login.encode()).decode() if login else None
        self.log = log

    async def serve(self, reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ")
        print(method, target, file=self.log, flush=True)
        headers = {name.lower(): value.strip() for name, _, value in
                   (line.partition(":") for line in lines[1:] if line)}
        if self.login and headers.get("proxy-authorization") != self.login:
            writer.write(b"HTTP/1.1 407 Who asks?\r\nProxy-Authenticate: Basic realm=\"proxy\"\r\n"
                         b"Content-Length: 0\r\nConnection: close\r\n\r\n")
            return writer.close()
        if method == "CONNECT":
            host, _, port = target.rpartition(":")
        else:
            host, port = urlsplit(target).hostname, urlsplit(target).port or 80
        there_reader, there_writer = await asyncio.open_connection(host, int(port))
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Go on\r\n\r\n")
        else:
            there_writer.write(head.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
        await asyncio.gather(copy(reader, there_writer), copy(there_reader, writer))

    async def run(self, context):
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        print(json.dumps({"port": port, "log": self.log.name}), flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.buffer.read)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--login")
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    options = parser.parse_args()
    context = None
    if options.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.certificate, options.key)
    with tempfile.NamedTemporaryFile("w", prefix="inhaul-proxy-") as log:
        asyncio.run(Proxy(options.login, log).run(context))


if __name__ == "__main__":
    main()
