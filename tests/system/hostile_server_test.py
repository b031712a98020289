# SPDX-License-Identifier: Apache-2.0
"""A hostile git server: the live tree does not change, the error is reported, and memory, time and
disk space are limited."""

import itertools
import os
import random
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from support import packs
from support.world import World, git, run

MEMORY_BOUND = 400 * 1024  # KiB


class Answering(BaseHTTPRequestHandler):
    """Reports `server.head` as the head of main, and answers a fetch with `server.parts`."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):  # pylint: disable=invalid-name
        asked = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kind = "application/x-git-upload-pack-result"
        if b"command=ls-refs" in asked:
            ref = packs.line(f"{self.server.head} refs/heads/main\n".encode())
            parts = itertools.chain(self.server.before_refs, [ref + b"0000"])
        else:
            parts = iter(self.server.parts())
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for part in parts:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            self.close_connection = True

    def log_message(self, *_):
        pass


def belongings(directory):
    """Returns a user's data in a repository: refs, stash and reflogs. Without the refs that follow the
    server: refs/inhaul/main and refs/remotes/origin/main."""
    return [git(directory, "for-each-ref", "refs/heads", "refs/tags", "refs/stash"),
            git(directory, "stash", "list"), git(directory, "show", "stash@{1}:dir/a"),
            *(git(directory, "reflog", name) for name in ("HEAD", "main", "stash"))]


class HostileServer(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.remove)
        self.world.write_settings()
        self.good = self.world.commit("good", {"dir/a": "a\n"})
        self.world.inhaul("deploy", "shop")
        for text in ("one", "two"):
            (self.world.directory / "dir/a").write_text(f"stashed {text}\n")
            git(self.world.directory, "stash", "-q")
        git(self.world.directory, "branch", "mine")
        self.belongings = belongings(self.world.directory)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        self.server.daemon_threads = True
        self.server.before_refs = ()
        self.server.head = "d" * 40
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.write_settings()

    def write_settings(self, **more):
        url = f"http://127.0.0.1:{self.server.server_address[1]}/shop.git"
        self.world.write_settings(
            top=f'repository = "{url}"\ndirectory = "{self.world.directory}"\n', **more)

    def deploy(self):
        """Deploys. Returns the exit status, the output, and the peak of the memory in KiB."""
        worker = self.world.start("deploy", "shop", stdout=-1, stderr=-1)
        said = worker.stderr.read()
        worker.stdout.close()
        worker.stderr.close()
        _, status, used = os.wait4(worker.pid, 0)
        worker.returncode = os.waitstatus_to_exitcode(status)
        return worker.returncode, said, used.ru_maxrss

    def refused(self, *words, parts=None, answer=None):
        self.server.parts = parts or (lambda: [answer])
        status, said, memory = self.deploy()
        # Failed, refused, or transient: an invalid answer may be a transient error.
        self.assertIn(status, (1, 3, 75), said)
        self.assertIn("shop", said)
        for word in words:
            self.assertIn(word, said)
        self.assertEqual(self.world.tree_problems(self.good), [])
        self.assertEqual(self.world.debris(), [])
        self.assertFalse((self.world.directory / ".git/inhaul-damaged").exists())
        self.assertEqual(belongings(self.world.directory), self.belongings)
        self.assertEqual(self.world.restarts(), ["good"])
        self.assertLess(memory, MEMORY_BOUND)
        return said

    def head_is(self, commit):
        self.server.head = packs.name_of(packs.COMMIT, commit)
        return packs.whole(packs.COMMIT, commit)

    def test_noise(self):
        self.refused(answer=random.Random(1).randbytes(200_000))
        self.refused(answer=b"")
        self.refused(answer=packs.line(b"NAK\n"))
        self.refused(answer=packs.answer(random.Random(2).randbytes(200_000)))

    def test_the_server_s_error_message_is_shown(self):
        self.refused("the server reports: the disk is on fire",
                     answer=packs.line(b"ERR the disk is on fire\n"))
        self.refused("the disk is on fire",
                     answer=packs.line(b"NAK\n") + packs.band(3, b"the disk is on fire\n"))

    def test_the_deployment_after_a_failed_fetch_succeeds(self):
        """The server sends an empty pack, then an invalid one, then valid answers."""
        blob = b"new\n"
        tree = packs.tree_of((b"100644", b"version", packs.name_of(packs.BLOB, blob)))
        commit = self.head_is(packs.commit_of(packs.name_of(packs.TREE, tree)))
        good = packs.answer(packs.pack(commit, packs.whole(packs.TREE, tree),
                                       packs.whole(packs.BLOB, blob)))
        bad = [packs.answer(packs.pack()), packs.answer(packs.pack(packs.whole(packs.BLOB, b"x")))]
        for answer in bad:
            answers = [answer]
            # Later requests of the same deployment get valid answers.
            self.server.parts = lambda answers=answers: [answers.pop() if answers else good]
            status, said, _ = self.deploy()
            self.assertIn(status, (0, 75), said)
            self.assertFalse((self.world.directory / ".git/inhaul-damaged").exists())
            self.assertIn("stashed one", git(self.world.directory, "show", "stash@{1}:dir/a"))
        self.server.parts = lambda: [good]
        status, said, _ = self.deploy()
        self.assertEqual(status, 0, said)
        self.assertEqual((self.world.directory / "version").read_text(), "new\n")
        self.assertIn("stashed two", git(self.world.directory, "show", "stash@{0}:dir/a"))

    def test_other_objects_than_the_requested_ones(self):
        other = packs.whole(packs.BLOB, b"something else")
        self.refused("d" * 7, "does not send it", answer=packs.answer(packs.pack(other)))

    def test_a_commit_without_its_files(self):
        tree = packs.tree_of((b"100644", b"a", packs.name_of(packs.BLOB, b"never sent")))
        name = packs.name_of(packs.TREE, tree)
        commit = self.head_is(packs.commit_of(name))
        self.refused(name[:7], answer=packs.answer(packs.pack(commit)))
        self.refused(answer=packs.answer(packs.pack(commit, packs.whole(packs.TREE, tree))))

    def test_an_object_that_is_not_a_commit(self):
        blob = b"not a commit"
        self.server.head = packs.name_of(packs.BLOB, blob)
        self.refused(answer=packs.answer(packs.pack(packs.whole(packs.BLOB, blob))))

    def test_a_pack_with_wrong_sizes(self):
        commit = self.head_is(packs.commit_of("e" * 40))
        self.refused(answer=packs.answer(packs.pack(commit, count=0xffffffff)))
        self.refused(answer=packs.answer(packs.pack(commit)[:-30]))
        self.refused(answer=packs.answer(packs.pack(commit)[:-1] + b"x"))

    def test_a_delta_that_expands_beyond_the_memory(self):
        base = bytes(0xffffff)
        tree = "e" * 40
        times = 1 << 16  # to 1 TiB
        delta = packs.copying_delta(len(base), times)
        bomb = packs.entry(packs.REF_DELTA, len(delta), delta, packs.name_of(packs.BLOB, base))
        commit = self.head_is(packs.commit_of(tree))
        self.refused("overly large", answer=packs.answer(
            packs.pack(commit, packs.whole(packs.BLOB, base), bomb)))

    def test_a_delta_that_refers_to_itself(self):
        loop = packs.entry(packs.REF_DELTA, 4, packs.varint(1) + packs.varint(1) + b"\x01a", "a" * 40)
        self.refused(answer=packs.answer(packs.pack(loop)))

    def send_trees(self, build):
        """Returns a pack with a commit and the trees that build() creates."""
        trees = {}

        def tree(*entries):
            content = packs.tree_of(*entries)
            name = packs.name_of(packs.TREE, content)
            trees[name] = packs.whole(packs.TREE, content)
            return name
        blob = b"x\n"
        top = build(tree, packs.name_of(packs.BLOB, blob))
        commit = self.head_is(packs.commit_of(top))
        return packs.answer(packs.pack(commit, packs.whole(packs.BLOB, blob), *trees.values()))

    def test_trees_that_contain_each_other_a_hundred_million_times(self):
        def build(tree, blob):
            name = tree(*((b"100644", b"%d" % i, blob) for i in range(10)))
            for _ in range(7):
                name = tree(*((b"40000", b"%d" % i, name) for i in range(10)))
            return name
        self.refused("more than", "paths", answer=self.send_trees(build))

    def test_four_thousand_directories_deep(self):
        def build(tree, blob):
            name = tree((b"100644", b"file", blob))
            for _ in range(4000):
                name = tree((b"40000", b"d", name))
            return name
        self.refused("nested too deep for a path", answer=self.send_trees(build))

    def test_directories_at_the_limit_of_a_path(self):
        self.addCleanup(run, "rm", "-rf", self.world.directory)  # too deep for shutil.rmtree
        def build(tree, blob):
            name = tree((b"100644", b"version", blob))
            for _ in range(2000):
                name = tree((b"40000", b"d", name))
            return tree((b"40000", b"d", name), (b"100644", b"version", blob))
        answer = self.send_trees(build)
        self.server.parts = lambda: [answer]
        status, said, _ = self.deploy()
        self.assertEqual(status, 0, said)
        self.assertEqual(self.world.tree_problems(self.server.head), [])
        self.assertEqual((self.world.directory / ("d/" * 2001) / "version").read_text(), "x\n")

    def test_an_endless_ref_listing(self):
        ref = packs.line(b"e" * 40 + b" refs/heads/main-%030d\n" % 1) * 1000

        def forever():
            while True:
                yield ref
        self.server.before_refs = forever()
        self.refused("larger than", answer=b"")

    def test_endless_messages(self):
        """The server is neither silent nor slow: only the deadline of the deployment stops it."""
        self.write_settings(poll='[poll]\ninterval = "1s"\n[deploy]\ndeadline = "3s"\n')
        words = packs.band(2, b"Counting objects\r" * 3000)

        def forever():
            yield packs.line(b"NAK\n")
            while True:
                yield words
        self.server.parts = forever
        status, _, memory = self.deploy()
        self.assertEqual(status, 75)
        self.assertLess(memory, MEMORY_BOUND)
        # The next start removes partial files.
        self.refused(answer=b"")


if __name__ == "__main__":
    unittest.main()
