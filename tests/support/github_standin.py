#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A GitHub for tests: the model of github_model.py on a loopback socket, and every fault that a
network or a server can have.

Prints one line of JSON when it is ready: {"port": ..., "control": ..., "api": "http://..."}.
GitHub's API is at `port`. Control commands are POSTs to http://127.0.0.1:<control>/_control with JSON
objects {"do": NAME, ...}, and have JSON answers. NAME is one of the model's do_* methods, or one of

    fault     {"kind": one of FAULTS, "requests": n, ...}   for the next n requests; with "only", for those
              whose method and path match this expression
    requests  {"clear": bool}   the requests: method, path, headers (without the token's bytes),
              token ("none", "known", "unknown"), connection (counted from 1), status
    git_requests  the requests over git: path, agent
    release   ends all current hangs and stalls
    describe  from now on checks requests and replies against GitHub's description
    problems  the differences
    stop

Ends with its standard input, unless --no-stdin.
"""

import argparse
import json
import os
import re
import socket
import ssl
import sys
import threading
import time

# Its modules import `support`, and a caller such as bench/run sets no PYTHONPATH.
sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# pylint: disable=wrong-import-position
import git_over_http  # noqa: E402
import openapi  # noqa: E402
from github_model import GitHub, Reply, Request  # noqa: E402

REASONS = {200: "OK", 201: "Created", 301: "Moved Permanently", 302: "Found",
           304: "Not Modified", 307: "Temporary Redirect", 400: "Bad Request",
           401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict", 410: "Gone",
           422: "Unprocessable Entity", 429: "Too Many Requests",
           451: "Unavailable For Legal Reasons", 500: "Internal Server Error",
           502: "Bad Gateway", 503: "Service Unavailable"}


def serialised(reply):
    lines = [f"HTTP/1.1 {reply.status} {REASONS.get(reply.status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in reply.headers]
    if reply.status != 304:
        lines.append(f"Content-Length: {len(reply.body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode(), b"" if reply.status == 304 else reply.body


class Connection:
    """One accepted socket: reads requests and writes replies or faults."""

    def __init__(self, standin, sock, number):
        self.standin, self.sock, self.number = standin, sock, number
        self.reader = sock.makefile("rb")
        self.body = b""

    def serve(self):
        while True:
            request = self.read_request()
            if request is None:
                return
            if git_over_http.is_git(request.path.partition("?")[0]):
                self.standin.git_requests.append({"path": request.path, "agent":
                                                  request.headers.get("user-agent")})
                self.sock.sendall(git_over_http.answer(self.standin.github, request, self.body))
                return
            reply, fault = self.standin.handle(request, self.number)
            head, body = serialised(reply)
            if fault is None:
                self.sock.sendall(head + body)
                if request.headers.get("connection", "").lower() == "close":
                    return
                continue
            if not getattr(self, "fault_" + fault["kind"])(fault, head, body):
                return

    def read_request(self):
        line = self.reader.readline(65536).decode("latin-1").split()
        if len(line) != 3:
            return None
        headers = {}
        while True:
            raw = self.reader.readline(65536).decode("latin-1")
            if raw in ("\r\n", "\n", ""):
                break
            name, _, value = raw.partition(":")
            headers[name.strip().lower()] = value.strip()
        self.body = self.reader.read(int(headers.get("content-length", 0)))
        return Request(line[0], line[1], headers, self.body)

    def wait_until_released(self):
        """Waits until the client disconnects or the test releases it."""
        self.sock.settimeout(0.05)
        generation = self.standin.generation
        while self.standin.generation == generation:
            try:
                if self.sock.recv(1) == b"":
                    return
            except (TimeoutError, ssl.SSLWantReadError):
                pass

    # Each returns true if the connection stays open.

    def fault_hang(self, _fault, _head, _body):
        self.wait_until_released()
        return False

    def fault_close(self, _fault, _head, _body):
        return False

    def fault_reset(self, _fault, _head, _body):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        return False

    def fault_cut_headers(self, fault, head, _body):
        self.sock.sendall(head[:fault.get("bytes", len(head) // 2)])
        return False

    def fault_cut_body(self, fault, _head, body):
        head, body = serialised(Reply(200, [], body or b"x" * 40))
        self.sock.sendall(head + body[:fault.get("bytes", len(body) // 2)])
        return False

    def fault_stall_headers(self, _fault, head, _body):
        self.sock.sendall(head[:len(head) // 2])
        self.wait_until_released()
        return False

    def fault_stall_body(self, _fault, _head, body):
        head, body = serialised(Reply(200, [], body or b"x" * 40))
        self.sock.sendall(head + body[:len(body) // 2])
        self.wait_until_released()
        return False

    def fault_drip(self, fault, head, body):
        """Sends one byte per second, or every `interval` seconds."""
        for byte in head + body:
            self.sock.sendall(bytes([byte]))
            time.sleep(fault.get("interval", 1))
        return True

    def fault_garbage(self, _fault, _head, _body):
        self.sock.sendall(b"\x16\x03\x01 SSH-2.0-nonsense\r\n\x00\xff\xfe\r\n\r\n" * 20)
        return False

    def fault_huge_body(self, fault, _head, _body):
        size = fault.get("bytes", 64 * 1024 * 1024)
        self.sock.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode())
        return self.flood(b"a" * 65536, size // 65536)

    def fault_endless_headers(self, _fault, _head, _body):
        self.sock.sendall(b"HTTP/1.1 200 OK\r\n")
        return self.flood(b"X-More: and more\r\n" * 1000, 100_000)

    def fault_endless_header_line(self, _fault, _head, _body):
        self.sock.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
        return self.flood(b"a" * 65536, 100_000)

    def fault_redirect(self, fault, _head, _body):
        """Redirects to `location`: another host, another scheme, or a cycle."""
        reply = Reply(fault.get("status", 301), [("Location", fault["location"])], b"{}")
        self.sock.sendall(b"".join(serialised(reply)))
        return True

    def fault_interim_and_trailers(self, _fault, head, body):
        """Rare but valid HTTP/1.1: an interim answer before, trailers after."""
        fields = b"\r\n".join(line for line in head.split(b"\r\n")
                              if line and not line.startswith(b"Content-Length"))
        self.sock.sendall(b"HTTP/1.1 103 Early Hints\r\nX-Interim: yes\r\n\r\n" + fields +
                          b"\r\nTransfer-Encoding: chunked\r\n\r\n" +
                          b"%x\r\n%s\r\n0\r\nX-Trailer: yes\r\n\r\n" % (len(body), body))
        return True

    def flood(self, chunk, count):
        for _ in range(count):
            self.sock.sendall(chunk)
        return False


FAULTS = sorted(name[len("fault_"):] for name in dir(Connection) if name.startswith("fault_"))


class StandIn:
    def __init__(self, prefix="", cert=None, key=None):
        self.lock = threading.RLock()
        self.tls = None
        if cert:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(cert, key)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.control = socket.create_server(("127.0.0.1", 0))
        port = self.listener.getsockname()[1]
        self.api = f"{'https' if cert else 'http'}://127.0.0.1:{port}{prefix}"
        self.github = GitHub(self.api)
        self.faults = []
        self.requests = []
        self.git_requests = []
        self.connections = 0
        self.generation = 0
        self.description = None
        self.problems = []

    def ready_line(self):
        return json.dumps({"port": self.listener.getsockname()[1],
                           "control": self.control.getsockname()[1], "api": self.api})

    def start(self):
        threading.Thread(target=self.accept, args=(self.listener, self.converse),
                         daemon=True).start()
        threading.Thread(target=self.accept, args=(self.control, self.obey), daemon=True).start()

    @staticmethod
    def accept(listener, serve):
        while True:
            sock, _ = listener.accept()
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=serve, args=(sock,), daemon=True).start()

    def converse(self, sock):
        with self.lock:
            self.connections += 1
            number = self.connections
        try:
            if self.tls:
                sock = self.tls.wrap_socket(sock, server_side=True)
            Connection(self, sock, number).serve()
        except OSError:
            pass  # the client disconnected: tests check its result
        finally:
            sock.close()

    def handle(self, request, connection):
        with self.lock:
            reply = self.github.answer(request)
            if self.description and not reply.forced:
                self.problems += self.description.problems(
                    {"method": request.method, "path": request.path, "headers": request.headers,
                     "body": request.body},
                    {"status": reply.status, "body": reply.body.decode(),
                     "headers": {name.lower(): value for name, value in reply.headers}})
            fault = self.next_fault(request)
            self.record(request, connection, fault["kind"] if fault else reply.status)
            return reply, fault

    def next_fault(self, request):
        line = f"{request.method} {request.path}"
        fault = next((each for each in self.faults if re.search(each.get("only", ""), line)), None)
        if fault is None:
            return None
        fault["requests"] = fault.get("requests", 1) - 1
        if fault["requests"] <= 0:
            self.faults.remove(fault)
        return fault

    def record(self, request, connection, status):
        token = request.token()
        known = "none" if "authorization" not in request.headers else (
            "known" if token in self.github.tokens else "unknown")
        self.requests.append({
            "method": request.method, "path": request.path, "token": known,
            "headers": {k: v for k, v in request.headers.items() if k != "authorization"},
            "connection": connection, "status": status})

    # ---- control -------------------------------------------------------------------------------

    def obey(self, sock):
        with sock:
            request = sock.makefile("rb")
            first = request.readline().split()
            length = 0
            while (line := request.readline()) not in (b"\r\n", b""):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            order = json.loads(request.read(length) or b"{}")
            status, answer = 404, {"error": "POST /_control"}
            if first[:2] == [b"POST", b"/_control"]:
                status, answer = self.run_order(order)
            body = json.dumps(answer).encode()
            sock.sendall(f"HTTP/1.0 {status} -\r\nContent-Type: application/json\r\n"
                         f"Content-Length: {len(body)}\r\n\r\n".encode() + body)

    def run_order(self, order):
        name = order.pop("do", "")
        method = getattr(self, "do_" + name, None) or getattr(self.github, "do_" + name, None)
        if method is None:
            return 400, {"error": f"no order {name!r}"}
        try:
            with self.lock:
                return 200, method(**order) or {}
        except Exception as error:  # pylint: disable=broad-except
            return 400, {"error": f"{name}: {error!r}"}

    def do_fault(self, kind, **fields):
        if kind not in FAULTS:
            raise ValueError(f"{kind} is none of {FAULTS}")
        self.faults.append({"kind": kind, **fields})

    def do_no_faults(self):
        self.faults.clear()

    def do_requests(self, clear=False):
        seen = list(self.requests)
        if clear:
            self.requests.clear()
        return {"requests": seen, "connections": self.connections}

    def do_git_requests(self):
        return {"requests": self.git_requests}

    def do_describe(self):
        self.description = openapi.Description()

    def do_problems(self):
        return {"problems": self.problems}

    def do_release(self):
        self.generation += 1

    def do_base(self, base):
        """Sets the base of Location headers, for a stand-in behind a proxy."""
        self.github.base = base

    @staticmethod
    def do_stop():
        os._exit(0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prefix", default="", help="/api/v3, for an Enterprise server")
    parser.add_argument("--cert", help="speak TLS with this certificate (PEM)")
    parser.add_argument("--key")
    parser.add_argument("--no-stdin", action="store_true", help="run until it is killed")
    arguments = parser.parse_args()
    standin = StandIn(arguments.prefix, arguments.cert, arguments.key)
    standin.start()
    print(standin.ready_line(), flush=True)
    if arguments.no_stdin:
        threading.Event().wait()
    while sys.stdin.buffer.read(4096):
        pass
    os._exit(0)


if __name__ == "__main__":
    main()
