#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests check_docs.py and check_words.py: each test plants a violation in a small tree."""

import pathlib
import tempfile
import unittest

import check_docs
import check_words

EXAMPLE = 'repository = "a/b"\n#branch = "main"\n[relay]\n# A comment.\n#url = "https://x"  # no default\n'
README = """# app

See [the page](docs/page.md#what-it-does), [itself](#run-it) and [outside](https://example.com/).

## Run it

    app start   # a remark

```text
# not a heading: [no link](nowhere)
```

<!-- not run: needs a network -->

    app fetch
"""
PAGE = """# A page

## What it does

```toml
branch = "main"
[relay]
url = "https://x"
```

[Back](../README.md), `[no link](nowhere)`.
"""
STYLE = """# Style

The way back is a word outside of the table.

## Banned words

| words | use instead |
|---|---|
| whoever | name the subject |
| way back, ways back | rollback |
| torn | incomplete |

## Glossary
"""
RUN = {("README.md", "Run it"): 1}


class Docs(unittest.TestCase):
    def found(self, readme=README, page=PAGE, run=None):
        with tempfile.TemporaryDirectory() as directory:
            root = pathlib.Path(directory).resolve()
            for name, text in {**dict.fromkeys(check_docs.EXAMPLES, ""),
                               check_docs.EXAMPLES[0]: EXAMPLE, "README.md": readme,
                               "docs/page.md": page}.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)
            return list(check_docs.problems(root, RUN if run is None else run))

    def only(self, line, what, **changed):
        (problem,) = self.found(**changed)
        self.assertTrue(problem.startswith(line + ": "), problem)
        self.assertIn(what, problem)

    def test_a_clean_tree_has_no_problem(self):
        self.assertEqual(self.found(), [])

    def test_a_readme_of_151_lines_is_too_long(self):
        more = 150 - README.count("\n")
        self.assertEqual(self.found(readme=README + "\n" * more), [])
        self.only("README.md:152", "has 151 lines", readme=README + "\n" * (more + 1))

    def test_a_link_to_a_missing_file(self):
        self.only("docs/page.md:12", "gone.md leads to nothing", page=PAGE + "[x](gone.md)\n")

    def test_a_link_out_of_the_tree(self):
        self.only("docs/page.md:12", "leads to nothing", page=PAGE + "[x](../../)\n")

    def test_a_link_to_a_missing_heading(self):
        self.only("README.md:3", "leads to no heading", page=PAGE.replace("What it", "Whatever it"))

    def test_the_second_heading_of_a_name_has_a_number(self):
        twice = PAGE + "## What it does\n[x](#what-it-does-1)\n"
        self.assertEqual(self.found(page=twice), [])

    def test_a_block_that_nobody_runs(self):
        self.only("docs/page.md:13", "no test runs this block", page=PAGE + "\n    app stop\n")

    def test_a_fenced_block_that_nobody_runs(self):
        self.only("docs/page.md:14", "no test runs this block", page=PAGE + "\n```sh\napp stop\n```\n")

    def test_a_mark_without_a_reason(self):
        self.only("docs/page.md:15", "has no reason", page=PAGE + "\n<!-- not run: -->\n\n    app stop\n")

    def test_a_section_that_has_fewer_blocks_than_are_run(self):
        self.only("README.md:1", "has 1 blocks to run", run={("README.md", "Run it"): 2})

    def test_a_block_that_is_no_toml(self):
        self.only("docs/page.md:5", "this is no TOML", page=PAGE.replace('"main"', "main"))

    def test_a_key_that_is_missing_from_the_example(self):
        self.only("docs/page.md:5", "relay.link is no key", page=PAGE.replace("url =", "link ="))


class Words(unittest.TestCase):
    def found(self, name, text):
        with tempfile.TemporaryDirectory() as directory:
            root = pathlib.Path(directory).resolve()
            for path, content in (("docs/style.md", STYLE), (name, text)):
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(content)
            return list(check_words.problems(root))

    def test_a_banned_word_in_a_comment(self):
        self.assertEqual(self.found("src/util/x.cpp", "int x;\n/// Whoever comes.\n"),
                         ["src/util/x.cpp:2: 'whoever': docs/style.md has: name the subject"])

    def test_a_banned_word_in_an_identifier(self):
        (problem,) = self.found("tests/x_test.py", "def test_the_way_back(self):\n")
        self.assertIn("'way back': docs/style.md has: rollback", problem)

    def test_a_banned_word_in_a_page(self):
        (problem,) = self.found("docs/page.md", "# A page\n\nA way back.\n")
        self.assertTrue(problem.startswith("docs/page.md:3: 'way back'"), problem)

    def test_a_comment_breaks_a_banned_word_over_two_lines(self):
        (problem,) = self.found("src/x.hpp", "/// Returns the way\n/// back.\n")
        self.assertTrue(problem.startswith("src/x.hpp:1: 'way back'"), problem)

    def test_a_part_of_another_word_is_no_violation(self):
        self.assertEqual(self.found("src/x.cpp", "// halfway back\n"), [])

    def test_a_message_joins_a_path_and_a_word(self):
        for code in ('return fail(path.string() + "is missing");', 'return fail("open" + a.path().string());'):
            (problem,) = self.found("src/x.cpp", code + "\n")
            self.assertTrue(problem.startswith("src/x.cpp:1: a space is missing"), problem)
        self.assertEqual(self.found("src/x.cpp", 'fail("open " + a.path().string() + " for me");\n'), [])

    def test_a_former_name_stays_where_it_is_stored(self):
        self.assertEqual(self.found("src/ledger/sqlite/x.cpp", '"SELECT torn FROM live"\n'), [])
        (problem,) = self.found("src/ledger/x.cpp", "bool torn;\n")
        self.assertIn("'torn': docs/style.md has: incomplete", problem)

    def test_files_that_name_the_words_are_exempt(self):
        self.assertEqual(self.found("tests/check_words.py", "# Not: whoever\n"), [])


if __name__ == "__main__":
    unittest.main()
