# SPDX-License-Identifier: Apache-2.0
"""Applications of the kinds that people deploy, each made by a script: no download, no toy.

An application writes its files into a person's checkout (`write`), breaks and fixes them (`break_it`,
`fix`), and says what a deployment needs of it: hooks, what its unit starts, and what it
answers. Every one has files five directories deep, and what it answers is in one of these.
"""

import base64
import hashlib
import io
import json
import shutil
import tarfile
import zipfile
from pathlib import Path

WHEELS = Path("/srv/wheels")  # the local index directory of pip
# While the file hold-APP is there, a deployment waits here. A unit of the system's has a cache.
HOLD = ('cd "${XDG_CACHE_HOME:-$HOME}"; test ! -e "hold-$INHAUL_APP" || '
        '{ touch "held-$INHAUL_APP"; while test -e "hold-$INHAUL_APP"; do sleep 0.1; done; }')


def toml(value):
    return json.dumps(value)


class Application:
    """`directory` is where its files are live: below `current` with releases."""

    name = ""
    port = 0
    hooks = {}
    shared = ()
    submodules = {}
    deep = "five/directories/deep/are/usual/version"

    def __init__(self, port):
        self.port = port
        self.version = 0

    def start(self, _directory):
        """The command line of its unit; none: it has no unit."""
        return ""

    def write(self, tree, version):
        """All that a push of this version changes: files in the deep, directories come and go."""
        self.version = version
        put(tree, self.deep, f"{version}\n")
        for old in (tree / "assets").glob("build-*"):
            shutil.rmtree(old)
        for number in range(3):
            put(tree, f"assets/build-{version}/icons/{number}/small/png/icon.svg", f"<svg>{version}")
        put(tree, ".gitignore", ".venv/\n__pycache__/\nnode_modules/\n/build/\n/var\n/static/\n")

    def break_it(self, tree):
        put(tree, self.deep, "")
        put(tree, "broken/in/a/way/of/its/own", "")

    def fix(self, tree):
        shutil.rmtree(tree / "broken", ignore_errors=True)

    def settings(self):
        """What a person writes behind what `inhaul init` wrote."""
        hooks = {**self.hooks, "activate": [["sh", "-c", HOLD], *self.hooks.get("activate", ())]}
        lines = ["[hooks]", *(f"{hook} = {toml(words)}" for hook, words in hooks.items())]
        if self.start(Path("/")):
            lines += ["[probe]", f'url = "http://127.0.0.1:{self.port}/version"',
                      'body = "{commit}"', 'interval = "200ms"', 'deadline = "20s"']
        return "\n".join(lines) + "\n"

    def expected(self):
        """What it answers, beside the commit."""
        return f"version {self.version}"


def put(tree, name, content, executable=False):
    path = tree / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content)
    if executable:
        path.chmod(0o755)


def make_wheels():
    """shopkit 1, 2, ... as `pip wheel` would make them."""
    WHEELS.mkdir(exist_ok=True)
    for version in range(1, 9):
        info = f"shopkit-{version}.dist-info"
        with zipfile.ZipFile(WHEELS / f"shopkit-{version}-py3-none-any.whl", "w") as wheel:
            for name, text in {
                    "shopkit/__init__.py": "",
                    "shopkit/core/units/metric/data/number.py": f"number = {version}\n",
                    f"{info}/METADATA": f"Metadata-Version: 2.1\nName: shopkit\nVersion: {version}\n",
                    f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\n"
                                     "Tag: py3-none-any\n",
                    f"{info}/RECORD": ""}.items():
                wheel.writestr(name, text)


class Flask(Application):
    """Under gunicorn, in a venv that is filled from a local index directory. (Flask and gunicorn are
    the distribution's, seen through --system-site-packages.)"""

    name = "flask"
    deep = "shop/web/api/v1/routes/number.txt"
    hooks = {"build": [["python3", "-m", "venv", "--system-site-packages", ".venv"],
                       [".venv/bin/pip", "install", "--no-index", "--find-links", str(WHEELS), "-r",
                        "requirements.txt"]]}

    def start(self, directory):
        return f"{directory}/.venv/bin/python -m gunicorn -b 127.0.0.1:{self.port} shop:app"

    def write(self, tree, version):
        super().write(tree, version)
        put(tree, "requirements.txt", f"shopkit=={version}\n")
        put(tree, "shop/__init__.py", """from pathlib import Path
from flask import Flask
from shopkit.core.units.metric.data.number import number
app = Flask(__name__)
here = Path(__file__).parent
deep = int((here / "web/api/v1/routes/number.txt").read_text())
assert deep == number, (deep, number)
commit = (here.parent / "updated.txt").read_text()
@app.route("/version")
def version():
    return f"version {deep} {commit}"
""")


class Django(Application):
    """With migrations and collected static files; the database is no file of git's."""

    name = "django"
    deep = "catalog/static/catalog/css/themes/version.txt"
    shared = ("var/",)
    hooks = {"build": [["python3", "manage.py", "collectstatic", "--noinput"]],
             "activate": [["python3", "manage.py", "migrate", "--noinput"]]}

    def start(self, directory):
        return f"/usr/bin/python3 -m gunicorn -b 127.0.0.1:{self.port} project.wsgi"

    def write(self, tree, version):
        super().write(tree, version)
        put(tree, "manage.py", """#!/usr/bin/python3
import os, sys
from django.core.management import execute_from_command_line
os.environ["DJANGO_SETTINGS_MODULE"] = "project.settings"
execute_from_command_line(sys.argv)
""", executable=True)
        put(tree, "project/__init__.py", "")
        put(tree, "project/settings.py", """from pathlib import Path
BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = "test"
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.staticfiles", "catalog"]
ROOT_URLCONF = "project.urls"
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "static"
(BASE_DIR / "var").mkdir(exist_ok=True)
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3",
                         "NAME": BASE_DIR / "var" / "db.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
""")
        put(tree, "project/urls.py", """from django.conf import settings
from django.http import HttpResponse
from django.urls import path
from catalog.models import Item
deep = (settings.STATIC_ROOT / "catalog/css/themes/version.txt").read_text().strip()
commit = (settings.BASE_DIR / "updated.txt").read_text()
def version(request):
    return HttpResponse(f"version {deep} with {Item.objects.count()} items {commit}")
urlpatterns = [path("version", version)]
""")
        put(tree, "project/wsgi.py", """import os
from django.core.wsgi import get_wsgi_application
os.environ["DJANGO_SETTINGS_MODULE"] = "project.settings"
application = get_wsgi_application()
""")
        put(tree, "catalog/__init__.py", "")
        put(tree, "catalog/models.py", "from django.db import models\nclass Item(models.Model):\n"
                                       "    name = models.CharField(max_length=9)\n")
        put(tree, "catalog/migrations/__init__.py", "")
        put(tree, "catalog/migrations/0001_first.py", """from django.db import migrations, models
class Migration(migrations.Migration):
    initial = True
    operations = [migrations.CreateModel(name="Item", fields=[
        ("id", models.AutoField(primary_key=True, serialize=False)),
        ("name", models.CharField(max_length=9))])]
""")
        put(tree, f"catalog/migrations/{version + 1:04}_item.py", f"""from django.db import migrations
def add(apps, _):
    apps.get_model("catalog", "Item").objects.create(name="{version}")
class Migration(migrations.Migration):
    dependencies = [("catalog", "{self.before(tree, version)}")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
""")

    def before(self, tree, version):
        return max(path.stem for path in (tree / "catalog/migrations").glob("0*.py")
                   if int(path.stem[:4]) < version + 1)

    def break_it(self, tree):
        put(tree, "catalog/migrations/9999_broken.py", "raise SystemExit('a broken migration')\n")

    def fix(self, tree):
        (tree / "catalog/migrations/9999_broken.py").unlink()


class Node(Application):
    """`npm ci` by a lock file, from tarballs in the repository: no registry that is asked."""

    name = "node"
    deep = "lib/http/routes/v1/handlers/version.json"
    hooks = {"build": [["npm", "ci", "--offline", "--no-audit", "--no-fund"]]}

    def start(self, directory):
        return f"/usr/bin/node server.js {self.port}"

    def write(self, tree, version):
        super().write(tree, version)
        tarball = packed({"package.json": json.dumps({"name": "greeter", "version": f"{version}.0.0"}),
                          "index.js": f"module.exports = {version}\n",
                          "lib/a/b/c/d/deep.js": "module.exports = 1\n"})
        shutil.rmtree(tree / "vendor", ignore_errors=True)
        place = f"vendor/registry/greeter/-/greeter-{version}.0.0.tgz"
        put(tree, place, tarball)
        integrity = "sha512-" + base64.b64encode(hashlib.sha512(tarball).digest()).decode()
        package = {"name": "shop", "version": "1.0.0", "dependencies": {"greeter": f"file:{place}"}}
        put(tree, "package.json", json.dumps(package))
        put(tree, "package-lock.json", json.dumps({
            "name": "shop", "version": "1.0.0", "lockfileVersion": 3, "requires": True,
            "packages": {"": package, "node_modules/greeter": {
                "version": f"{version}.0.0", "resolved": f"file:{place}", "integrity": integrity}}}))
        put(tree, "server.js", """const http = require('http'), fs = require('fs')
const deep = require('./lib/http/routes/v1/handlers/version.json')
if (deep !== require('greeter')) throw new Error('another greeter')
const commit = fs.readFileSync('updated.txt', 'utf8')
http.createServer((request, answer) => answer.end(`version ${deep} ${commit}`))
    .listen(Number(process.argv[2]), '127.0.0.1')
""")

    def break_it(self, tree):
        package = json.loads((tree / "package.json").read_text())
        package["dependencies"]["missing"] = "1.0.0"
        put(tree, "package.json", json.dumps(package))

    def fix(self, tree):
        """The next version writes it."""


def packed(files):
    """A package as `npm pack` makes it."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return made.getvalue()


class Compiled(Application):
    """A server that a hook compiles, as `go build` does. (It is C, and tcc: Go is large.)"""

    name = "compiled"
    deep = "src/net/http/handlers/version/number.h"
    hooks = {"build": [["sh", "script/build"]]}

    def start(self, directory):
        return f"{directory}/build/server {self.port}"

    def write(self, tree, version):
        super().write(tree, version)
        put(tree, self.deep, f"#define NUMBER {version}\n")
        put(tree, "script/build", "set -e\nmkdir -p build\n"
                                  "tcc -o build/server.new src/main.c\nmv build/server.new build/server\n",
            executable=True)
        put(tree, "src/main.c", r"""#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "net/http/handlers/version/number.h"
int main(int argc, char **argv) {
    char commit[200] = "", answer[500], request[2000];
    FILE *stamp = fopen("updated.txt", "r");
    if (!stamp) return 1;
    fread(commit, 1, sizeof commit - 1, stamp);
    snprintf(answer, sizeof answer, "HTTP/1.0 200 OK\r\n\r\nversion %d %s", NUMBER, commit);
    int one = 1, listening = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {AF_INET, htons(atoi(argv[1]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listening, (struct sockaddr *)&address, sizeof address) || listen(listening, 9)) return 2;
    for (;;) {
        int peer = accept(listening, 0, 0);
        if (read(peer, request, sizeof request) > 0) write(peer, answer, strlen(answer));
        close(peer);
    }
}
""")

    def break_it(self, tree):
        put(tree, self.deep, "#error broken\n")


class Site(Application):
    """3,000 pages in 300 directories, served as they are."""

    name = "site"
    deep = "pages/section-0/topic-0/chapter-0/part-0/page-0.html"
    hooks = {"activate": [["sh", "check"]]}

    def start(self, directory):
        return f"/usr/bin/python3 serve.py {self.port}"

    def write(self, tree, version):
        super().write(tree, version)
        put(tree, "check", "test -s pages/section-0/topic-0/chapter-0/part-0/page-0.html\n")
        put(tree, "serve.py", f"""import http.server, sys
commit = open("updated.txt").read()
class Pages(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        deep = open("{self.deep}").read().strip()
        self.wfile.write(f"version {{deep}} {{commit}}".encode())
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Pages).serve_forever()
""")
        # Every third version moves a tenth of the directories elsewhere.
        for number in range(300):
            place = f"pages/section-{number // 60}/topic-{number // 20 % 3}/chapter-{number // 5 % 4}"
            moved = number % 10 == 1
            part = tree / place / (f"part-{number % 5}" + (f"-of-{version}" if moved else ""))
            if moved:
                for old in part.parent.glob(f"part-{number % 5}-of-*"):
                    shutil.rmtree(old)
            for page in range(10):
                if moved or not part.is_dir() or (number + version) % 50 == 0 or page == 9:
                    put(part, f"page-{page}.html", f"{version}\n" if page == 0 and number == 0 else
                        f"<p>page {page} of part {number}, written for version {version}</p>\n")
        put(tree, self.deep, f"{version}\n")


class Odd(Application):
    """Submodules, links, programs, names that few programs expect. Nothing is restarted."""

    name = "odd"
    deep = "a b/c'd/\"e\"/-f/ünï/version"
    submodules = {"vendored/lib/core": "library"}
    hooks = {"activate": [["sh", "-c", "'bin/run me' >>\"${XDG_CACHE_HOME:-$HOME}/odd-$INHAUL_APP\""]]}

    def write(self, tree, version):
        super().write(tree, version)
        put(tree, "bin/run me", "#!/bin/sh\nset -e\ntest -e vendored/lib/core/src/a/b/c/d/lib.txt\n"
                                "cat links/here/to/the/version\n", executable=True)
        put(tree, "new\nline/and\ttab/*?[]/\\/$(x)/%n", f"{version}")
        put(tree, "n" * 200 + "/" + "é" * 100 + "/file", f"{version}")
        put(tree, "text/crlf/by/attribute/only/file.txt", f"{version}\nline\n")
        put(tree, ".gitattributes", "*.txt text eol=lf\n")
        for name, target in {"links/here/to/the/version": "../../../../" + self.deep,
                             "links/dangling": "../nowhere", "links/up": "..",
                             "assets/latest": f"build-{version}"}.items():
            link = tree / name
            link.parent.mkdir(parents=True, exist_ok=True)
            link.unlink(missing_ok=True)
            link.symlink_to(target)
        # A file becomes a directory, a directory a link, and back.
        for number, name in enumerate(("turns/one", "turns/two", "turns/three")):
            path = tree / name
            if path.is_symlink() or path.is_file():
                path.unlink()
            elif path.is_dir():
                shutil.rmtree(path)
            sort = (number + version) % 3
            if sort == 0:
                put(tree, name, f"{version}\n", executable=True)
            elif sort == 1:
                put(tree, f"{name}/into/a/directory/deep", f"{version}\n")
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.symlink_to("../" + self.deep)

    def break_it(self, tree):
        put(tree, "bin/run me", "#!/bin/sh\nexit 3\n", executable=True)


ALL = (Flask, Django, Node, Compiled, Site, Odd)
