#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that a program has the hardening of cmake/Options.cmake:

    check_hardening.py PROGRAM [COMPILE_COMMANDS]

Prints one line for each missing kind, and exits with status 1. Checks the compiler's command lines for
properties that the program does not show. Needs readelf and objdump (binutils).
"""

import json
import re
import shlex
import subprocess
import sys


def output_of(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True,
                          env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"}).stdout


def of_the_file(program):
    """Yields (kind, present) for headers, segments and symbols."""
    header = output_of("readelf", "--wide", "--file-header", program)
    segments = output_of("readelf", "--wide", "--segments", program)
    dynamic = output_of("readelf", "--wide", "--dynamic", program)
    symbols = output_of("readelf", "--wide", "--dyn-syms", program)
    stack = re.search(r"GNU_STACK.* (R\S*)\s+0x", segments)
    machine = re.search(r"Machine:\s+(.*)", header).group(1)
    yield "a position-independent executable", "DYN" in header and "INTERP" in segments
    yield "read-only relocations", "GNU_RELRO" in segments
    yield "all symbols bound at the start", bool(re.search(r"\(FLAGS_1\).*NOW|BIND_NOW", dynamic))
    yield "a stack that cannot be executed", bool(stack) and "E" not in stack.group(1)
    yield "no segment that can be written and executed", " RWE " not in segments
    yield "no relocations in the code", "TEXTREL" not in dynamic
    yield "no search path of its own", not re.search(r"\((RPATH|RUNPATH)\)", dynamic)
    yield "stack canaries", "__stack_chk_fail" in symbols
    yield "calls that know the size of a buffer", bool(re.search(r"\b__\w+_chk\b", symbols))
    yield "assertions of the C++ library", "glibcxx_assert_fail" in symbols
    code = output_of("objdump", "--disassemble", "--no-show-raw-insn", program)
    if "X86-64" in machine:
        # In the code, and not in the notes: where the C library's start files have none, the linker
        # leaves the note out (Debian).
        yield "control flow protection", code.count("endbr64") > 100  # the C library has two
        yield "probes of a large stack frame", bool(re.search(r"\borq\s+\$0x0,\(%rsp\)", code))
    if "AArch64" in machine:
        yield "signed return addresses", "paciasp" in code


def understood(compiler, flag):
    done = subprocess.run([compiler, flag, "-x", "c++", "-fsyntax-only", "-"], input="",
                          capture_output=True, text=True)
    return done.returncode == 0


def of_the_commands(path):
    """Yields (kind, present) for the compiler's flags of each source of the program."""
    with open(path, encoding="utf-8") as file:
        commands = [shlex.split(entry["command"]) for entry in json.load(file)
                    if "/src/" in entry["file"]]
    yield "sources of the program", bool(commands)
    for flag in ("-ftrivial-auto-var-init=zero", "-fstack-clash-protection", "-D_FORTIFY_SOURCE=3",
                 "-D_GLIBCXX_ASSERTIONS", "-fstack-protector-strong", "-fPIE"):
        without = [words for words in commands if flag not in words]
        compilers = {next(word for word in words if not word.endswith("ccache"))
                     for words in without}
        yield flag, not any(understood(compiler, flag) for compiler in compilers)


def main(program, commands=None):
    found = list(of_the_file(program)) + (list(of_the_commands(commands)) if commands else [])
    missing = [what for what, is_so in found if not is_so]
    for what in missing:
        print(f"{program}: missing: {what}")
    if not missing:
        print(f"{program}: {len(found)} kinds of hardening")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
