#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Real git servers on loopback, for a directory of bare repositories.

    git_servers.py ssh   --root DIR [--scratch DIR] [--no-stdin] [--option LINE]…
    git_servers.py https --root DIR [--scratch DIR] [--no-stdin] [--token TOKEN]

Prints one line of JSON when the server is ready. Ends with its standard input (unless --no-stdin), and
then stops its servers and removes its files. With --scratch the files are in that directory, and the
caller removes them: keys, authority and logs can be read after the end.

ssh: OpenSSH's sshd, as the account that runs this. The keys may only run git.
    url               ssh://user@127.0.0.1:port/DIR/, to be followed by the repository's name
    address           the same without DIR, to be followed by an absolute path
    known_hosts       the file with this server's key
    changed_known_hosts, other_known_hosts    files with another key of it, and without it
    revoked_known_hosts                       its key, marked as revoked
    rsa_known_hosts                           only its RSA key
    keys              private keys: ed25519, rsa, ecdsa (accepted), unknown (not), and jump, which
                      runs nothing, but may forward connections to another address
    fault             a file. A word in it makes each later fetch fail like this:
                      `cut N` ends the connection after N bytes, `stall N` is silent after N bytes
                      for 20 seconds, `late N` sends N bytes and continues after a second, `drip N`
                      sends one byte a second after N bytes, `end N` ends the command after N bytes,
                      `old` knows no version 2 of the protocol, `old-late N` waits after N bytes (it
                      creates fault.taken) until fault.open exists, and `refuse` refuses each command
    commands          a file with a line for each requested command
    authorized_keys   sshd's file; an added line may run `gate`
    pid               a file with sshd's process number
    host_key, other_host_key    sshd's ed25519 key, and the key of changed_known_hosts; SIGHUP rereads
                      the former
    log               sshd's log
With --option sshd has this line in its configuration.
With --below DIR paths are relative to it, as on a forge: ssh://user@127.0.0.1:port/octocat/app.git . With
--port it listens there.

https: nginx with git-http-backend, and certificates for `localhost` of its own authority.
    url               https://localhost:port/, to be followed by the repository's name
    ca                the authority's file
    other_ca          another authority, which signed no certificate here
    server, server_key                        the certificate of this server, and its key
    http_url          the same without TLS, at http_port
    address_url       the same by the host's address, which is also in the certificate
    tls12_url, tls13_url, http1_url           only with that version
    old_url           a server that does not know version 2 of git's protocol
    reachable_url     a server that also sends commits that are not the head of a ref
                      (allowReachableSHA1InWant)
    moved_url         redirects to the same path on the same host, elsewhere_url to another host
    forge_url         a server like GitLab: without `.git` there is no service, but the GET of the
                      refs redirects to the URL with `.git`
    signin_url        has no repository, and redirects the GET of the refs to a page
    says_url          answers with the status that is next in the path: says_url + "403/app.git"
    page_url          answers with a web page
    fault             as above, `cut` and `stall` (for 4 seconds), for the answer to a POST
    log               a line for each request: host, method and path, status, Authorization header,
                      number of the connection, version of git's protocol
With --token the server requires the user x-access-token with this password.
"""

import argparse
import ctypes
import getpass
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# OpenSSH's default key exchange resists quantum computers, and takes 100 ms of processor time for each
# connection.
FAST_KEY_EXCHANGE = "KexAlgorithms curve25519-sha256"
SBIN = "/usr/local/sbin:/usr/sbin:/sbin"


def program(name):
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":" + SBIN)
    if not found:
        sys.exit(f"git_servers: {name} is not installed (script/bootstrap --test)")
    return found


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def await_port(port, child):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if child.poll() is not None:
            sys.exit(f"git_servers: {child.args[0]} ended with {child.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    sys.exit(f"git_servers: {child.args[0]} does not listen")


def await_file(path, child):
    deadline = time.monotonic() + 20
    while not path.exists():
        if child.poll() is not None or time.monotonic() > deadline:
            sys.exit(f"git_servers: {child.args[0]} did not start")
        time.sleep(0.02)


def end_with_parent():
    """Makes the kernel kill this child when its parent process ends in any way."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def start(argv, **options):
    """Starts a child in this process's group, without a new session: the group is killed as a whole."""
    return subprocess.Popen([str(word) for word in argv], stdin=subprocess.DEVNULL,
                            preexec_fn=end_with_parent, **options)


def must_run(*argv):
    subprocess.run([str(word) for word in argv], check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


# The command for the keys: git upload-pack, with the fault in the file `fault`.
GATE = r"""#!/bin/sh
printf '%s\n' "$SSH_ORIGINAL_COMMAND" >>@commands@
# Paths of a forge begin at its own root.
SSH_ORIGINAL_COMMAND=$(printf '%s' "$SSH_ORIGINAL_COMMAND" | sed "s|'/|'"@below@"/|")
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'
read -r kind bytes <@fault@
# Byte by byte, so that received bytes are passed on immediately.
take() { dd bs=1 count="$bytes" status=none; }
case $kind in
    cut) git shell -c "$SSH_ORIGINAL_COMMAND" | { take; kill -9 "$PPID"; } ;;
    stall) git shell -c "$SSH_ORIGINAL_COMMAND" | { take; exec sleep 20; } ;;
    late) git shell -c "$SSH_ORIGINAL_COMMAND" | { take; sleep 1; exec cat; } ;;
    drip) git shell -c "$SSH_ORIGINAL_COMMAND" | { take
          while [ "$(dd bs=1 count=1 2>/dev/null | tee /dev/fd/3 | wc -c)" = 1 ]; do sleep 1; done 3>&1; } ;;
    end) git shell -c "$SSH_ORIGINAL_COMMAND" | { take; kill $$; } ;;
    old) unset GIT_PROTOCOL; exec git shell -c "$SSH_ORIGINAL_COMMAND" ;;
    old-late) unset GIT_PROTOCOL; rm -f @fault@.open
              git shell -c "$SSH_ORIGINAL_COMMAND" | { take; : >@fault@.taken
                  while [ ! -e @fault@.open ]; do sleep 0.1; done; exec cat; } ;;
    refuse) echo "fatal: unrecognized version" >&2; exit 128 ;;
    *) exec git shell -c "$SSH_ORIGINAL_COMMAND" ;;
esac
"""


def make_key(path, kind, *options):
    must_run(program("ssh-keygen"), "-q", "-t", kind, *options, "-N", "", "-C", "test", "-f", path)


def kept_rsa_key(name):
    """Returns an RSA key that all servers of this account share: to create one takes 1.4 s of processor time."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "inhaul-tests"
    kept = base / f"{name}-rsa-3072"
    if not kept.exists():
        base.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=base) as place:
            new = Path(place) / "new"
            new.mkdir(mode=0o700)
            make_key(new / "key", "rsa", "-b", "3072")
            try:
                new.rename(kept)
            except OSError:  # another server was first
                if not kept.exists():
                    raise
    return kept / "key"


def no_penalties():
    """Returns the line with which sshd accepts connections after refused logins. sshd refuses none before 9.8."""
    printed = subprocess.run([program("sshd"), "-V"], capture_output=True, text=True, check=False)
    version = re.search(r"OpenSSH_(\d+)\.(\d+)", printed.stderr + printed.stdout)
    return "PerSourcePenalties no\n" if version and tuple(map(int, version.groups())) >= (9, 8) else ""


class Ssh:
    def __init__(self, root, scratch, options):
        self.root, self.scratch, self.below = root, scratch, options.below
        self.options = options.option
        self.port = options.port or free_port()

    def make_keys(self, *kinds, prefix):
        for kind in kinds:
            key = self.scratch / f"{prefix}_{kind}"
            if kind == "rsa":
                kept = kept_rsa_key(prefix)
                shutil.copy2(kept, key)
                shutil.copy2(f"{kept}.pub", f"{key}.pub")
            else:
                make_key(key, kind)

    def write_gate(self):
        gate, fault = self.scratch / "gate", self.scratch / "fault"
        fault.write_text("\n")
        text = GATE.replace("@commands@", shlex.quote(str(self.scratch / "commands")))
        text = text.replace("@below@", shlex.quote(str(self.below)))
        gate.write_text(text.replace("@fault@", shlex.quote(str(fault))))
        gate.chmod(0o755)
        return gate

    def write_authorized_keys(self):
        gate = self.write_gate()
        lines = [f'command="{gate}",restrict {(self.scratch / f"key_{kind}.pub").read_text()}'
                 for kind in ("ed25519", "rsa", "ecdsa")]
        lines.append("restrict,port-forwarding "
                     + (self.scratch / "jump_ed25519.pub").read_text())
        (self.scratch / "authorized_keys").write_text("".join(lines))

    def public_key(self, name):
        return " ".join((self.scratch / f"{name}.pub").read_text().split()[:2])

    def write_known_hosts(self):
        host = f"[127.0.0.1]:{self.port}"
        mine, other = self.public_key("host_ed25519"), self.public_key("other_ed25519")
        for name, line in {
                "known_hosts": f"{host} {mine}",
                "changed_known_hosts": f"{host} {other}",
                "other_known_hosts": f"elsewhere.example {other}",
                "rsa_known_hosts": f"{host} {self.public_key('host_rsa')}",
                "revoked_known_hosts": f"@revoked {host} {mine}\n{host} {mine}"}.items():
            (self.scratch / name).write_text(line + "\n")

    def write_config(self):
        # StrictModes would check the whole path to a temporary directory.
        (self.scratch / "sshd_config").write_text(
            f"ListenAddress 127.0.0.1\nPort {self.port}\nHostKey {self.scratch}/host_ed25519\n"
            f"HostKey {self.scratch}/host_rsa\nPidFile {self.scratch}/pid\nStrictModes no\nUsePAM no\n"
            f"AuthorizedKeysFile {self.scratch}/authorized_keys\nPermitRootLogin yes\n"
            "PasswordAuthentication no\nKbdInteractiveAuthentication no\nLogLevel VERBOSE\n"
            # Under sshd, only a first shell reads .bashrc, which may start many programs for each session.
            "SetEnv SHLVL=1\nMaxStartups 100\nAcceptEnv GIT_PROTOCOL\n" + "".join(f"{line}\n" for line in self.options) +
            f"{FAST_KEY_EXCHANGE}\n{no_penalties()}")

    def start(self):
        self.make_keys("ed25519", "rsa", "ecdsa", prefix="key")
        self.make_keys("ed25519", prefix="unknown")
        self.make_keys("ed25519", prefix="jump")
        self.make_keys("ed25519", "rsa", prefix="host")
        self.make_keys("ed25519", prefix="other")
        self.write_authorized_keys()
        self.write_known_hosts()
        self.write_config()
        if os.geteuid() == 0:  # sshd's directory for privilege separation
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        sshd = start([program("sshd"), "-D", "-f", self.scratch / "sshd_config",
                      "-E", self.scratch / "sshd.log"])
        await_port(self.port, sshd)
        return [sshd]

    def description(self):
        at = {name: str(self.scratch / name)
              for name in ("known_hosts", "changed_known_hosts", "other_known_hosts",
                           "revoked_known_hosts", "rsa_known_hosts", "fault", "commands",
                           "authorized_keys", "gate", "pid")}
        at.update(host_key=str(self.scratch / "host_ed25519"),
                  other_host_key=str(self.scratch / "other_ed25519"))
        keys = {kind: str(self.scratch / f"key_{kind}") for kind in ("ed25519", "rsa", "ecdsa")}
        for other in ("unknown", "jump"):
            keys[other] = str(self.scratch / f"{other}_ed25519")
        address = f"ssh://{getpass.getuser()}@127.0.0.1:{self.port}"
        return {**at, "keys": keys, "port": self.port, "log": str(self.scratch / "sshd.log"),
                "address": address, "url": f"{address}{self.root}/"}


NGINX = """
daemon off; master_process off; pid {at}/nginx.pid; error_log {at}/nginx.log;
events {{ }}
http {{
    log_format seen '$host "$request" $status "$http_authorization" connection=$connection'
                    ' "$http_git_protocol"';
    access_log {at}/requests seen;
    client_body_temp_path {at}/body; proxy_temp_path {at}/proxy; fastcgi_temp_path {at}/fastcgi;
    uwsgi_temp_path {at}/uwsgi; scgi_temp_path {at}/scgi;
    client_max_body_size 0;
    fastcgi_param SCRIPT_FILENAME {at}/gate;
    fastcgi_param GIT_PROJECT_ROOT {root};
    fastcgi_param GIT_HTTP_EXPORT_ALL "";
    fastcgi_param GIT_CONFIG_COUNT 2;
    fastcgi_param GIT_CONFIG_KEY_0 safe.directory;
    fastcgi_param GIT_CONFIG_VALUE_0 *;
    fastcgi_param GIT_CONFIG_KEY_1 uploadpack.allowReachableSHA1InWant;
    fastcgi_param GIT_CONFIG_VALUE_1 $reachable;
    fastcgi_param HTTP_GIT_PROTOCOL $git_protocol;
    fastcgi_param PATH_INFO $uri;
    fastcgi_param QUERY_STRING $query_string;
    fastcgi_param REQUEST_METHOD $request_method;
    fastcgi_param CONTENT_TYPE $content_type;
    fastcgi_param CONTENT_LENGTH $content_length;
    fastcgi_param REMOTE_USER $remote_user;
    fastcgi_buffering off;
    ssl_certificate {at}/server.pem; ssl_certificate_key {at}/server.key;
    server {{
        listen 127.0.0.1:{port} ssl http2;
        listen 127.0.0.1:{http_port};
        {locations}
    }}
    server {{ listen 127.0.0.1:{http1_port} ssl; {locations} }}
    server {{ listen 127.0.0.1:{tls12_port} ssl http2; ssl_protocols TLSv1.2; {locations} }}
    server {{ listen 127.0.0.1:{tls13_port} ssl http2; ssl_protocols TLSv1.3; {locations} }}
}}
"""

LOCATIONS = """
set $git_protocol $http_git_protocol;
set $reachable false;
location /moved/ {{ rewrite ^/moved/(.*)$ /$1 redirect; }}
location /elsewhere/ {{ rewrite ^/elsewhere/(.*)$ https://elsewhere.localhost:{port}/$1 redirect; }}
location ~ ^/forge/(?<named>[^.]+)/info/refs$ {{ return 301 /forge/$named.git/info/refs?$args; }}
location ~ ^/forge/[^.]+/git-upload-pack$ {{ return 404; }}
location /forge/ {{
    {authentication}
    rewrite ^/forge(/.*)$ $1 break;
    fastcgi_pass unix:{at}/fcgi;
}}
location ~ ^/signin/(?<named>.+)/info/refs$ {{ return 302 /users/sign_in; }}
location /signin/ {{ return 404; }}
location ~ ^/says/(?<wanted>[0-9]+)/ {{ include {at}/says; }}
location /page/ {{ default_type text/html; return 200 "<p>Welcome."; }}
location /old/ {{
    {authentication}
    set $git_protocol "";
    rewrite ^/old(/.*)$ $1 break;
    fastcgi_pass unix:{at}/fcgi;
}}
location /reachable/ {{
    {authentication}
    set $reachable true;
    rewrite ^/reachable(/.*)$ $1 break;
    fastcgi_pass unix:{at}/fcgi;
}}
location / {{
    {authentication}
    fastcgi_pass unix:{at}/fcgi;
}}
"""

# git-http-backend, with the fault in the file `fault`. For a missing repository it ends without reading the
# request. fcgiwrap would then report a failure of its own. So the gate reads the request.
HTTP_GATE = r"""#!/bin/sh
read -r kind bytes <@fault@
case "$REQUEST_METHOD $PATH_INFO" in
    "POST "*/git-upload-pack) [ -d "$GIT_PROJECT_ROOT${PATH_INFO%/git-upload-pack}" ] || cat >/dev/null ;;
esac
[ "$REQUEST_METHOD" = POST ] || kind=
take() { dd bs=1 count="$bytes" status=none; }
case $kind in
    cut) @backend@ | take ;;
    stall) @backend@ | { take; exec sleep 4; } ;;
    *) exec @backend@ ;;
esac
"""


class Https:
    def __init__(self, root, scratch, token):
        self.root, self.scratch, self.token = root, scratch, token
        self.ports = {name: free_port()
                      for name in ("port", "http_port", "http1_port", "tls12_port", "tls13_port")}
        self.port = self.ports["port"]

    def make_certificate(self, stem, subject, *more):
        must_run(program("openssl"), "req", "-x509", "-nodes", "-days", "2", "-newkey", "ec",
                 "-pkeyopt", "ec_paramgen_curve:prime256v1", "-keyout", self.scratch / f"{stem}.key",
                 "-out", self.scratch / f"{stem}.pem", "-subj", subject, *more)

    def make_certificates(self):
        self.make_certificate("ca", "/CN=an authority for a test")
        self.make_certificate("other_ca", "/CN=another authority for a test")
        self.make_certificate("server", "/CN=localhost", "-addext",
                              "subjectAltName=DNS:localhost,DNS:elsewhere.localhost,IP:127.0.0.1",
                              "-addext", "basicConstraints=critical,CA:FALSE",
                              "-CA", self.scratch / "ca.pem", "-CAkey", self.scratch / "ca.key")

    def authentication(self):
        if not self.token:
            return ""
        passwords = self.scratch / "passwords"
        passwords.write_text(f"x-access-token:{{PLAIN}}{self.token}\n")
        passwords.chmod(0o600)
        return f'auth_basic "git"; auth_basic_user_file {passwords};'

    def write_gate(self):
        (self.scratch / "fault").write_text("\n")
        backend = subprocess.check_output(["git", "--exec-path"], text=True).strip()
        gate = self.scratch / "gate"
        gate.write_text(HTTP_GATE.replace("@fault@", shlex.quote(str(self.scratch / "fault")))
                        .replace("@backend@", f"{backend}/git-http-backend"))
        gate.chmod(0o755)

    def write_config(self):
        self.write_gate()
        (self.scratch / "says").write_text("".join(
            f'if ($wanted = {status}) {{ return {status} "as you say"; }}\n'
            for status in (400, 401, 403, 404, 407, 410, 418, 429, 500, 502, 503)))
        locations = LOCATIONS.format(at=self.scratch, port=self.port,
                                     authentication=self.authentication())
        (self.scratch / "nginx.conf").write_text(NGINX.format(
            at=self.scratch, root=self.root, locations=locations, **self.ports))

    def start(self):
        self.make_certificates()
        self.write_config()
        log = open(self.scratch / "fcgiwrap.log", "w", encoding="utf-8")
        # One process: forked processes would outlive it.
        wrap = start([program("fcgiwrap"), "-c", "1", "-s", f"unix:{self.scratch}/fcgi"], stderr=log)
        await_file(self.scratch / "fcgi", wrap)
        nginx = start([program("nginx"), "-p", self.scratch, "-e", self.scratch / "nginx.log",
                       "-c", self.scratch / "nginx.conf"])
        await_port(self.port, nginx)
        return [wrap, nginx]

    def description(self):
        def url(port, scheme="https", host="localhost"):
            return f"{scheme}://{host}:{self.ports[port]}/"
        base = url("port")
        return {"https_port": str(self.port), "url": base, "http_port": str(self.ports["http_port"]),
                "http_url": url("http_port", "http"), "address_url": url("port", host="127.0.0.1"),
                **{f"{name}_url": url(f"{name}_port") for name in ("http1", "tls12", "tls13")},
                **{f"{name}_url": f"{base}{name}/"
                   for name in ("moved", "elsewhere", "forge", "signin", "says", "page", "old",
                                "reachable")},
                **{name: str(self.scratch / f"{name}.pem")
                   for name in ("ca", "other_ca", "server")},
                "server_key": str(self.scratch / "server.key"),
                "fault": str(self.scratch / "fault"), "log": str(self.scratch / "requests")}


def stop(children):
    for child in children:
        child.terminate()
    for child in children:
        try:
            child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def serve(server, wait):
    children = []
    try:
        children = server.start()
        print(json.dumps(server.description()), flush=True)
        if wait:
            signal.pause()
        else:
            sys.stdin.buffer.read()
    finally:
        stop(children)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["ssh", "https"])
    parser.add_argument("--root", required=True, type=Path, help="the directory of repositories")
    parser.add_argument("--scratch", type=Path, help="an existing directory for its files")
    parser.add_argument("--token", help="the only password that is accepted (https)")
    parser.add_argument("--below", default="", help="where paths begin (ssh)")
    parser.add_argument("--port", type=int, help="its port (ssh)")
    parser.add_argument("--option", action="append", default=[], help="a line of sshd_config (ssh)")
    parser.add_argument("--no-stdin", action="store_true", help="end by a signal only")
    options = parser.parse_args()
    # So that `finally` runs and stops the servers.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    kind, special = {"ssh": (Ssh, options), "https": (Https, options.token)}[options.kind]
    scratch = options.scratch or Path(tempfile.mkdtemp(prefix="inhaul-git-server-"))
    try:
        serve(kind(options.root.resolve(), scratch.resolve(), special), options.no_stdin)
    finally:
        if options.scratch is None:
            shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
