# SPDX-License-Identifier: Apache-2.0
"""git's smart HTTP for the GitHub stand-in: repositories with a bare repository can be fetched from
the same host, as on GitHub."""

import base64
import os
import subprocess
import urllib.parse


def is_git(path):
    return ".git/info/refs" in path or path.endswith(".git/git-upload-pack")


def basic_password(request):
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    user, _, password = base64.b64decode(encoded).decode().partition(":")
    return password if user == "x-access-token" else None


def origin(github):
    parts = urllib.parse.urlsplit(github.base)
    return f"{parts.scheme}://{parts.netloc}"


def answer(github, request, body):
    """Returns the bytes of a whole HTTP reply. The connection is closed after it."""
    path, _, query = request.path.partition("?")
    name, _, rest = path.lstrip("/").partition(".git/")
    repository = github.repositories.get(name.lower())
    if repository is None and name.lower() in github.renamed:
        number = github.renamed[name.lower()]
        now = next((each.name for each in github.repositories.values() if each.id == number), None)
        if now:
            return (f"HTTP/1.1 301 Moved Permanently\r\nLocation: {origin(github)}/{now}.git/{rest}"
                    f"{'?' if query else ''}{query}\r\nContent-Length: 0\r\n"
                    "Connection: close\r\n\r\n").encode()
    if repository is None or repository.git is None:
        return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    if repository.private and basic_password(request) not in github.tokens:
        return (b'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="GitHub"\r\n'
                b"Content-Length: 0\r\nConnection: close\r\n\r\n")
    done = subprocess.run(["git", "http-backend"], input=body, capture_output=True, check=True, env={
        "PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": repository.git, "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": "/" + rest, "QUERY_STRING": query, "REQUEST_METHOD": request.method,
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(body)), "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*",
        "GIT_PROTOCOL": request.headers.get("git-protocol", "")})
    head, _, content = done.stdout.partition(b"\r\n\r\n")
    status = b"200 OK"
    lines = []
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"status:"):
            status = line.split(b":", 1)[1].strip()
        else:
            lines.append(line)
    lines.append(b"Content-Length: %d" % len(content))
    lines.append(b"Connection: close")
    return b"HTTP/1.1 " + status + b"\r\n" + b"\r\n".join(lines) + b"\r\n\r\n" + content
