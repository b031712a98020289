#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""script/sbom of a small package."""

import hashlib
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

SBOM = pathlib.Path(__file__).resolve().parent.parent / "script/sbom"
CONTROL = """Package: inhaul
Version: 1.2
Architecture: amd64
Maintainer: a <a@example.com>
Depends: no-such-package | libc6 (>= 2.1), no-such-package-either, dpkg
Description: a test
"""


class Sbom(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.place = pathlib.Path(place.name)

    def sbom(self, package, check=True):
        return subprocess.run([SBOM, package], env={**os.environ, "SOURCE_DATE_EPOCH": "0"}, check=check,
                              capture_output=True, text=True)

    def package(self):
        tree, package = self.place / "tree", self.place / "inhaul.deb"
        (tree / "DEBIAN").mkdir(mode=0o755, parents=True)
        (tree / "DEBIAN/control").write_text(CONTROL)
        subprocess.run(["dpkg-deb", "--build", tree, package], check=True, stdout=subprocess.DEVNULL)
        return package

    def test_it_names_the_package_and_its_dependencies(self):
        package = self.package()
        document = json.loads(self.sbom(package).stdout)
        packages = {entry["name"]: entry for entry in document["packages"]}
        self.assertEqual(packages["inhaul"]["versionInfo"], "1.2")
        self.assertEqual(packages["inhaul"]["checksums"][0]["checksumValue"],
                         hashlib.sha256(package.read_bytes()).hexdigest())
        self.assertNotIn("no-such-package-either", packages)
        version = subprocess.run(["dpkg-query", "-W", "-f=${Version}", "libc6"], check=True,
                                 capture_output=True, text=True).stdout
        self.assertEqual(packages["libc6"]["versionInfo"], version)
        known = {"SPDXRef-DOCUMENT", *(entry["SPDXID"] for entry in document["packages"])}
        self.assertEqual(len(known), len(document["packages"]) + 1)
        relations = {(entry["spdxElementId"], entry["relationshipType"])
                     for entry in document["relationships"]}
        self.assertLessEqual({(name, "RUNTIME_DEPENDENCY_OF") for name in ("SPDXRef-libc6", "SPDXRef-dpkg")},
                             relations)
        self.assertLessEqual({entry["relatedSpdxElement"] for entry in document["relationships"]}, known)

    def test_it_is_the_same_each_time(self):
        package = self.package()
        self.assertEqual(self.sbom(package).stdout, self.sbom(package).stdout)

    def test_a_file_that_is_no_package(self):
        done = self.sbom(SBOM, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("is not a Debian package", done.stderr)


if __name__ == "__main__":
    unittest.main()
