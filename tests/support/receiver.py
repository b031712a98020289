# SPDX-License-Identifier: Apache-2.0
"""A receiver of notifications that keeps all requests. A test sets its answers."""

import base64
import hashlib
import hmac
import json
import threading
import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = "whsec_aW5oYXVsLXRlc3Qta2V5LTAxMjM0NTY3ODlhYmNkZWY="


def verified(request, secret=SECRET):
    """The event of a request, after the checks of https://www.standardwebhooks.com."""
    headers = request["headers"]
    message = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + request["body"]
    if abs(time.time() - int(headers["webhook-timestamp"])) > 300:
        raise AssertionError("the timestamp is too old or in the future")
    key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    expected = "v1," + base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()
    if expected not in headers["webhook-signature"].split(" "):
        raise AssertionError("the signature is wrong")
    return json.loads(request["body"])


class Receiver:
    """`answers`: the answers to the next requests, in order. Later requests get `always`. An answer is a
    tuple (status, headers, body), or one of "hang", "cut" and "garbage"."""

    def __init__(self):
        self.requests = []
        self.answers = []
        self.always = (200, {}, "")
        self.released = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def answer(self):
                length = int(self.headers.get("Content-Length", 0))
                request = {"method": self.command, "path": self.path, "time": time.time(),
                           "headers": {name.lower(): value for name, value in self.headers.items()},
                           "body": self.rfile.read(length)}
                # The answer is fixed before a test can see the request.
                answer = outer.answers.pop(0) if outer.answers else outer.always
                outer.requests.append(request)
                if answer == "hang":
                    outer.released.wait(60)
                    self.close_connection = True
                    return
                if answer == "cut":
                    self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf")
                    self.close_connection = True
                    return
                if answer == "garbage":
                    self.wfile.write(b"\x00\xff no HTTP at all\r\n\r\n")
                    self.close_connection = True
                    return
                status, headers, body = answer(request) if callable(answer) else answer
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                body = body.encode()
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = answer

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_):
                """A killed client resets its connection."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def stop(self):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()

    def bodies(self):
        return [json.loads(request["body"]) for request in self.requests]

    def types(self):
        return [body["type"] for body in self.bodies()]


def http_date(seconds):
    return formatdate(time.time() + seconds, usegmt=True)
