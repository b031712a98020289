# SPDX-License-Identifier: Apache-2.0
"""A mail server: aiosmtpd from Debian, which keeps each message in a directory.

Run by Debian's Python: mail_server.py DIRECTORY CERTIFICATE KEY. Prints its port. The file `refusal` of the
directory, if it exists, is the reply to each recipient. The file `login` has `USER PASSWORD`; without it, the
server offers no login.
"""

import asyncio
import json
import ssl
import sys
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult


class Handler:
    def __init__(self, directory):
        self.directory = directory

    async def handle_EHLO(self, _server, session, _envelope, name, lines):
        session.host_name = name
        offers_login = (self.directory / "login").exists()
        return [line for line in lines if offers_login or "AUTH" not in line]

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        refusal = self.directory / "refusal"
        if refusal.exists():
            return refusal.read_text().strip()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, session, envelope):
        kept = {"from": envelope.mail_from, "to": envelope.rcpt_tos,
                "tls": session.ssl is not None, "user": session.auth_data,
                "text": envelope.content.decode()}
        number = len(list(self.directory.glob("*.json")))
        (self.directory / f"{number}.json").write_text(json.dumps(kept))
        return "250 kept"


def server(directory, certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    login = directory / "login"

    def authenticate(_server, _session, _envelope, _mechanism, data):
        user, password = login.read_text().split()
        good = (data.login.decode(), data.password.decode()) == (user, password)
        return AuthResult(success=good, auth_data=user if good else None)

    return SMTP(Handler(directory), tls_context=context, require_starttls=True,
                authenticator=authenticate, enable_SMTPUTF8=False)


async def serve(directory, certificate, key):
    directory = Path(directory)
    listening = await asyncio.get_running_loop().create_server(
        lambda: server(directory, certificate, key), "127.0.0.1", 0)
    print(listening.sockets[0].getsockname()[1], flush=True)
    # The test that started it holds the other end of standard input.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:]))
