#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests check_layers.py: each test plants a violation in a small tree."""

import pathlib
import re
import tempfile
import unittest

import check_layers

CLEAN = {
    "include/inhaul/model.hpp": "#include <string>\n#include <tl/expected.hpp>\n",
    "include/inhaul/util/clock.hpp": "#include <sys/types.h>\n#include <fmt/format.h>\n",
    "include/inhaul/forge/forge.hpp": "#include <inhaul/model.hpp>\n",
    "include/inhaul/forge/github.hpp":
        "#include <inhaul/forge/forge.hpp>\nstd::unique_ptr<Forge> github(int client);\n",
    "include/inhaul/ledger/ledger.hpp":
        "#include <inhaul/model.hpp>\nResult<std::unique_ptr<Ledger>> open(int path);\n",
    "include/inhaul/watch/watcher.hpp": "#include <inhaul/forge/forge.hpp>\n",
    "include/inhaul/git/repository.hpp": "#include <inhaul/util/clock.hpp>\n",
    "src/main.cpp": '#include "cli/cli.hpp"\nint main() { _exit(cli::main()); }\n',
    "src/wiring.hpp": "#include <inhaul/watch/watcher.hpp>\n",
    "src/wiring.cpp":
        '#include "wiring.hpp"\n#include <inhaul/version.hpp>\nauto made = forge::github(1);\n',
    "src/model.cpp": "#include <inhaul/model.hpp>\n",
    "src/cli/cli.hpp": '#include "../wiring.hpp"\n#include <CLI/CLI.hpp>\nCLI::App app;\n',
    "src/cli/status.cpp": '#include "cli.hpp"\nauto opened = ledger::open(1);\n',
    "src/forge/github.cpp":
        "#include <nlohmann/json.hpp>\nauto again = forge::github(1);\nnlohmann::json body;\n",
    "src/git/handle.hpp": "#include <git2.h>\ngit_repository* raw;\n",
    "src/git/repository.cpp": '#include "handle.hpp"\n#include <git2/sys/repository.h>\n',
    "src/ledger/rules.cpp": "int rule;\n",
    "src/ledger/sqlite/database.hpp": "#include <sqlite3.h>\n",
    "src/ledger/sqlite/ledger.cpp": "#include <sqlite3.h>\nsqlite3* raw;\n",
    "src/service/systemd.cpp": "#include <systemd/sd-bus.h>\nsd_bus* raw;\n",
    "src/config/config.cpp": "#include <toml++/toml.h>\ntoml::table table;\n",
    "src/util/clock.cpp": "#include <curl/curl.h>\n#include <openssl/evp.h>\n#include <unistd.h>\n"
                          'CURL* raw = curl_easy_init();\nauto now = system_clock::now();\n'
                          'auto home = std::getenv("HOME");\nvoid f() { sleep(1); }\n',
    "src/watch/watcher.cpp": "bool operator_friend;\nfriend bool operator==(const A&, const A&);\n"
                             "const auto then = clock.now();\nint big = 60'000;\n"
                             "void g() { transfer.exit(1); loop->abort(); poll(fds, 1, 5); }\n",
}


class Tree:
    """The clean tree, changed."""

    def __init__(self, **extra):
        self.directory = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.directory.name)
        for path, text in CLEAN.items():
            self.write(path, text)

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.directory.cleanup()


def found_in(path, text):
    with Tree() as tree:
        tree.write(path, text)
        return check_layers.check(tree.root)


# rule, file, planted text
PLANTED = [
    # Up, sideways, and into another folder's own headers.
    ("layer", "src/util/file.cpp", "#include <inhaul/model.hpp>"),
    ("layer", "include/inhaul/util/file.hpp", "#include <inhaul/forge/forge.hpp>"),
    ("layer", "src/model.cpp", "#include <inhaul/ledger/ledger.hpp>"),
    ("layer", "include/inhaul/settings.hpp", "#include <inhaul/git/repository.hpp>"),
    ("layer", "src/forge/github.cpp", "#include <inhaul/git/repository.hpp>"),
    ("layer", "src/git/repository.cpp", "#include <inhaul/ledger/ledger.hpp>"),
    ("layer", "src/ledger/sqlite/ledger.cpp", "#include <inhaul/watch/watcher.hpp>"),
    ("layer", "src/deploy/deployer.cpp", "#include <inhaul/watch/watcher.hpp>"),
    ("layer", "src/watch/watcher.cpp", '#include "../wiring.hpp"'),
    ("layer", "src/watch/watcher.cpp", '#include "cli/cli.hpp"'),
    ("layer", "src/novelty/new.cpp", "int folder_that_the_table_does_not_know;"),
    ("private", "src/watch/watcher.cpp", '#include "../git/handle.hpp"'),
    ("private", "src/cli/status.cpp", '#include "git/handle.hpp"'),
    ("private", "src/ledger/rules.cpp", '#include "sqlite/database.hpp"'),
    ("missing", "src/watch/watcher.cpp", "#include <inhaul/watch/none.hpp>"),
    ("port", "include/inhaul/git/repository.hpp",
     "class Wide {\npublic:\n" + "    virtual void operation() = 0;\n" * 9 + "};"),
    # Third parties.
    ("public", "include/inhaul/git/repository.hpp", "#include <git2.h>"),
    ("public", "include/inhaul/util/clock.hpp", "#include <curl/curl.h>"),
    ("public", "include/inhaul/model.hpp", "#include <nlohmann/json.hpp>"),
    ("library", "src/git/transport.cpp", "#include <curl/curl.h>"),
    ("library", "src/git/transport.cpp", "  #  include <openssl/ssl.h>"),
    ("library", "src/watch/watcher.cpp", "#include <sqlite3.h>"),
    ("library", "src/ledger/rules.cpp", "#include <sqlite3.h>"),
    ("library", "src/deploy/deployer.cpp", "#include <git2/oid.h>"),
    ("library", "src/cli/run.cpp", "#include <systemd/sd-daemon.h>"),
    ("library", "src/cli/check.cpp", "#include <toml++/toml.hpp>"),
    ("library", "src/ledger/sqlite/ledger.cpp", "#include <nlohmann/json.hpp>"),
    ("library", "src/wiring.cpp", "#include <CLI/CLI.hpp>"),
    ("library", "src/util/file.cpp", "#include <boost/asio.hpp>"),
    ("library", "src/util/file.cpp", "#include <zlib.h>"),
    # The same libraries by their declarations, through an include of another file.
    ("library", "src/git/transport.cpp", "CURL* easy = nullptr;"),
    ("library", "src/git/transport.cpp", "curl_easy_cleanup(easy);"),
    ("library", "src/forge/github.cpp", "EVP_MD_CTX* context;"),
    ("library", "src/watch/watcher.cpp", "struct sqlite3;"),
    ("library", "include/inhaul/deploy/deployer.hpp", "struct git_oid;"),
    ("library", "src/forge/github.cpp", "git_remote* raw = nullptr;"),
    ("library", "src/cli/run.cpp", 'sd_notify(0, "READY=1");'),
    ("library", "src/cli/check.cpp", "toml::parse(text);"),
    ("library", "src/ledger/sqlite/ledger.cpp", "nlohmann::json body;"),
    ("library", "src/wiring.cpp", "CLI::App app;"),
    # The host, which tests replace.
    ("clock", "src/watch/watcher.cpp", "auto now = std::chrono::system_clock::now();"),
    ("clock", "src/model.cpp", "auto now = steady_clock::now();"),
    ("clock", "src/ledger/sqlite/ledger.cpp", "using Clock = std::chrono::utc_clock; auto t = Clock::now ();"),
    ("clock", "src/git/repository.cpp", "clock_gettime(CLOCK_REALTIME, &t);"),
    ("clock", "src/git/repository.cpp", "const auto t = std::time(nullptr);"),
    ("clock", "src/git/repository.cpp", "const auto t = time(0);"),
    ("clock", "src/git/repository.cpp", "::gettimeofday(&t, nullptr);"),
    ("clock", "src/wiring.cpp", "auto now = std::chrono::system_clock::now();"),
    ("sleep", "src/deploy/deployer.cpp", "std::this_thread::sleep_for(1s);"),
    ("sleep", "src/deploy/deployer.cpp", "std::this_thread::sleep_until(then);"),
    ("sleep", "src/service/systemd.cpp", "::usleep(100);"),
    ("sleep", "src/service/systemd.cpp", "nanosleep(&t, nullptr);"),
    ("sleep", "src/service/systemd.cpp", "poll(nullptr, 0, 100);"),
    ("environment", "src/config/config.cpp", 'std::getenv("HOME");'),
    ("environment", "src/git/access.cpp", '::setenv("A", "b", 1);'),
    ("environment", "src/git/access.cpp", "extern char** environ;"),
    ("exit", "src/deploy/deployer.cpp", "std::exit(1);"),
    ("exit", "src/ledger/sqlite/ledger.cpp", "_exit(1);"),
    ("exit", "src/wiring.cpp", "std::abort();"),
    ("exit", "src/git/access.cpp", "std::terminate();"),
    # The language.
    ("namespace", "include/inhaul/model.hpp", "using namespace std::chrono_literals;"),
    ("namespace", "src/git/handle.hpp", "using  namespace\nstd;"),
    ("friend", "src/watch/watcher.cpp", "class Watcher { friend class WatcherTest; };"),
    ("friend", "include/inhaul/model.hpp", "struct A { friend struct B; bool operator==(A) const; };"),
    ("condition", "src/watch/watcher.cpp", "#ifdef INHAUL_TESTS\n#endif"),
    ("condition", "src/watch/watcher.cpp", "# if defined(UNIT_TEST)\n#endif"),
    ("condition", "src/watch/watcher.cpp", "#if 0\n#elif CATCH_VERSION > 2\n#endif"),
    ("throw", "src/model.cpp", "void f() { throw 1; }"),
    ("throw", "include/inhaul/util/clock.hpp", "inline void f() { throw std::bad_alloc{}; }"),
    # Factories.
    ("factory", "src/watch/watcher.cpp", "auto made = forge::github(1);"),
    ("factory", "src/cli/status.cpp", "auto made = inhaul::forge::github (1);"),
    ("factory", "src/deploy/deployer.cpp", "auto opened = TRY(ledger::open(1));"),
    # Sizes.
    ("size", "src/git/repository.cpp", "int a;\n" * 351),
    ("size", "include/inhaul/model.hpp", "int a;\n" * 201),
    ("size", "src/git/handle.hpp", "int a;\n" * 201),
    ("size", "src/main.cpp", "int a;\n" * 21),
]

INNOCENT = [
    ("src/watch/watcher.cpp", "// throw, getenv(), std::exit(1), system_clock::now()"),
    ("src/watch/watcher.cpp", "/* #include <curl/curl.h>\n   throw */"),
    ("src/watch/watcher.cpp", "// goes on: \\\n throw"),
    ("src/watch/watcher.cpp", 'auto s = "throw \\" getenv // exit(1)"; auto t = \'"\'; auto u = "abort()";'),
    ("src/watch/watcher.cpp", 'auto s = R"x(throw " )" std::exit(1))x";'),
    ("src/watch/watcher.cpp", "void to_exit(int); ExitCode code = exit_code(1); std::exit_t x;"),
    ("src/watch/watcher.cpp", "auto last_time(int); auto at = uptime(0); auto when = record.time(0);"),
    ("src/watch/watcher.cpp", "std::unique_ptr<Forge> git_remote; auto x = git_remote(loop);"),
    ("src/watch/watcher.cpp", "using namespace std::chrono_literals;"),
    ("src/watch/watcher.cpp", "#if defined(__GLIBC__)\n#endif"),
    ("src/watch/watcher.cpp", "int a;\n" * 350),
    ("include/inhaul/model.hpp", "int a;\n" * 200),
    ("src/cli/check.cpp", "std::exit(1);\nauto now = std::chrono::system_clock::now();"),
    ("src/git/access.cpp", "#include <sys/stat.h>\n#include <fcntl.h>\n#include <fmt/ranges.h>"),
]


class CheckLayers(unittest.TestCase):
    def test_a_clean_tree_has_no_violation(self):
        with Tree() as tree:
            self.assertEqual(check_layers.check(tree.root), [])

    def test_each_planted_violation_is_found_in_its_place(self):
        for rule, path, text in PLANTED:
            with self.subTest(rule=rule, path=path, text=text[:60]):
                found = found_in(path, text if rule == "size" else "int before;\n" + text)
                self.assertTrue(found)
                self.assertEqual({name for name, *_ in found}, {path})
                self.assertIn(rule, {rule for _, _, rule, _ in found})

    def test_a_violation_has_its_line_number(self):
        text = '/* a\n b */\nauto s = R"(\n\n)";\n#include <git2.h>\n\nvoid f() { throw 1; }\n'
        found = found_in("src/watch/watcher.cpp", text)
        self.assertEqual([(line, rule) for _, line, rule, _ in found], [(6, "library"), (8, "throw")])

    def test_text_that_only_looks_like_a_violation_is_allowed(self):
        for path, text in INNOCENT:
            with self.subTest(path=path, text=text[:60]):
                self.assertEqual(found_in(path, text), [])

    def test_every_rule_has_a_planted_violation(self):
        source = pathlib.Path(check_layers.__file__).read_text()
        known = set(re.findall(r'(?:yield \(?|add\(1, )"(\w+)"', source))
        known |= {rule for rule, *_ in check_layers.USES}
        self.assertGreater(len(known), 10)
        self.assertEqual({rule for rule, *_ in PLANTED}, known)
        for _, identifier, folders in check_layers.LIBRARIES:
            if folders is not check_layers.ANY:
                self.assertTrue(identifier)
                self.assertTrue(any(rule == "library" and re.search(identifier, text)
                                    for rule, _, text in PLANTED), identifier)

    def test_a_public_header_that_only_its_own_folder_includes_is_found(self):
        with Tree() as tree:
            tree.write("include/inhaul/git/packs.hpp", "int a;\n")
            self.assertEqual(check_layers.check(tree.root), [])
            tree.write("src/git/packs.cpp", "#include <inhaul/git/packs.hpp>\n")
            self.assertEqual([(path, rule) for path, _, rule, _ in check_layers.check(tree.root)],
                             [("include/inhaul/git/packs.hpp", "public")])
            tree.write("src/setup/checks.cpp", "#include <inhaul/git/packs.hpp>\n")
            self.assertEqual(check_layers.check(tree.root), [])

    def test_a_factory_is_recognised_by_its_return_type(self):
        with Tree() as tree:
            made = check_layers.factories(list(check_layers.sources(tree.root)))
        self.assertEqual(made, {"forge::github", "ledger::open"})


if __name__ == "__main__":
    unittest.main()
