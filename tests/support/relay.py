# SPDX-License-Identifier: Apache-2.0
"""Stand-ins for the relays smee and gosmee, with their formats for posted webhooks.

    relay = Relay("smee")        the Fastify generation: `body` parsed and serialised
    relay = Relay("rawdata")     Express of 2024: the same, and also the raw body
    relay = Relay("gosmee")      the body in base64; its events are at /events/CHANNEL

post() posts a webhook. say() sends any bytes to all connected streams. The next connections get one
of `answers` each, instead of a stream.
"""

import base64
import json
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Listening(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):  # pylint: disable=invalid-name
        relay = self.server.relay
        with relay.changed:
            relay.asked.append((self.path, dict(self.headers)))
            answer = relay.answers.pop(0) if relay.answers else relay.usual_answer(self)
        if answer is not None:
            return self.refuse(*answer)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-cache")
        if relay.kind == "gosmee":
            self.send_header("X-Accel-Buffering", "no")
        if self.request_version == "HTTP/1.1":  # nginx uses 1.0 by default
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        return self.stream(relay)

    def refuse(self, status, headers, body=b""):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def stream(self, relay):
        self.close_connection = True
        queue = relay.listen()
        try:
            self.chunk(relay.greeting())
            while True:
                part = relay.next_of(queue)
                if part is None:
                    break
                self.chunk(part)
        except OSError:
            pass
        finally:
            relay.leave(queue)

    def chunk(self, data):
        chunked = self.request_version == "HTTP/1.1"
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data) if chunked else data)
        self.wfile.flush()

    def log_message(self, *_):
        pass


class Relay:
    def __init__(self, kind="smee", certificate=None):
        """With a file of a certificate and its key, the relay uses TLS as localhost."""
        self.kind = kind
        self.base = "https://localhost" if certificate else "http://127.0.0.1"
        self.changed = threading.Condition()
        self.queues, self.asked, self.answers = [], [], []
        self.number = 0
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Listening)
        self.server.daemon_threads = True
        self.server.relay = self
        self.server.handle_error = lambda *_: None  # of a client that does not trust it
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                     do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"{self.base}:{self.server.server_address[1]}/Xk2vLq8wZr4TnB6c"

    def stop(self):
        self.drop()
        self.server.shutdown()
        self.server.server_close()

    def usual_answer(self, request):
        """Returns nothing for the path of events, and a page for others, like both relays."""
        events = request.path.startswith("/events/") == (self.kind == "gosmee")
        if events and (self.kind == "gosmee"
                       or request.headers.get("Accept") == "text/event-stream"):
            return None
        return 200, {"Content-Type": "text/html; charset=utf-8"}, b"<p>a page"

    def greeting(self):
        if self.kind == "gosmee":
            return b'data: {"message":"connected"}\n\ndata: {"message":"ready"}\n\n'
        return b"id: 0\nevent: ready\ndata: {}\n\n"

    def listen(self):
        with self.changed:
            queue = []
            self.queues.append(queue)
            self.changed.notify_all()
            return queue

    def leave(self, queue):
        with self.changed:
            self.queues = [other for other in self.queues if other is not queue]
            self.changed.notify_all()

    def next_of(self, queue):
        with self.changed:
            self.changed.wait_for(lambda: queue)
            return queue.pop(0)

    def listeners(self):
        with self.changed:
            return len(self.queues)

    def say(self, data):
        with self.changed:
            for queue in self.queues:
                queue.append(data)
            self.changed.notify_all()

    def drop(self):
        """Ends every stream."""
        self.say(None)

    def event(self, body, headers):
        """Returns the event for a posted webhook."""
        headers = {name.lower(): value for name, value in headers.items()}
        now = int(time.time() * 1000)
        if self.kind == "gosmee":
            data = {"bodyB": base64.b64encode(body).decode(), **headers, "timestamp": str(now)}
        else:
            data = {**headers, "body": json.loads(body), "query": {}, "timestamp": now}
            if self.kind == "rawdata":
                data["rawdata"] = body.decode()
        text = json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode()
        self.number += 1
        named = b"" if self.kind == "gosmee" else b"id: %d\n" % self.number
        return named + b"data: " + text + b"\n\n"

    def post(self, body, headers):
        self.say(self.event(body, headers))
