# SPDX-License-Identifier: Apache-2.0
"""Handmade packs, gitformat-pack(5), and answers of git's protocol with them."""

import hashlib
import struct
import zlib

COMMIT, TREE, BLOB, REF_DELTA = 1, 2, 3, 7
NAMES = {COMMIT: b"commit", TREE: b"tree", BLOB: b"blob"}


def name_of(kind, content):
    return hashlib.sha1(NAMES[kind] + b" %d\0" % len(content) + content).hexdigest()


def entry(kind, size, data, base=""):
    """Returns an object in a pack's format. `size` is its stated size."""
    first, rest = kind << 4 | size & 15, size >> 4
    header = bytearray()
    while rest:
        header.append(first | 0x80)
        first, rest = rest & 0x7f, rest >> 7
    header.append(first)
    return bytes(header) + bytes.fromhex(base) + zlib.compress(data)


def whole(kind, content):
    return entry(kind, len(content), content)


def pack(*entries, count=None):
    body = b"PACK" + struct.pack(">II", 2, len(entries) if count is None else count)
    body += b"".join(entries)
    return body + hashlib.sha1(body).digest()


def varint(number):
    encoded = bytearray()
    while number >= 0x80:
        encoded.append(number & 0x7f | 0x80)
        number >>= 7
    return bytes(encoded) + bytes([number])


def copying_delta(base_size, times):
    """Returns a delta that copies the first 16 MiB - 1 of its base this many times."""
    most = 0xffffff
    return varint(base_size) + varint(most * times) + b"\xf0\xff\xff\xff" * times


def commit_of(tree):
    person = b"Mallory <mallory@example.org> 1700000000 +0000"
    return b"tree %s\nauthor %s\ncommitter %s\n\nhello\n" % (tree.encode(), person, person)


def tree_of(*entries):
    return b"".join(b"%s %s\0%s" % (mode, name, bytes.fromhex(oid)) for mode, name, oid in entries)


def line(content):
    return b"%04x" % (len(content) + 4) + content


def band(number, content):
    """Returns a side-band packet: band 1 is the pack, 2 progress, 3 a fatal error."""
    parts = [content[at:at + 65000] for at in range(0, len(content), 65000)]
    return b"".join(line(bytes([number]) + part) for part in parts)


def answer(pack_bytes):
    return line(b"NAK\n") + band(1, pack_bytes) + b"0000"
