# SPDX-License-Identifier: Apache-2.0
"""A self-signed certificate for localhost."""

from pathlib import Path

from support.world import run


def self_signed(file):
    """Creates the certificate with its key in the same file, and returns the file."""
    file = Path(file)
    run("openssl", "req", "-x509", "-nodes", "-days", "2", "-newkey", "ec", "-pkeyopt",
        "ec_paramgen_curve:prime256v1", "-keyout", file, "-out", f"{file}.crt", "-subj",
        "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
    file.write_text(file.read_text() + Path(f"{file}.crt").read_text())
    return file
