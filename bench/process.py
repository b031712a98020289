# SPDX-License-Identifier: Apache-2.0
"""The cost of processes, by the kernel's counters."""

import json
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

# A child inherits the peak memory of its parent. So this small process starts the command. Its own size
# is the least measurable value.
STARTER = """
import os, sys, time
begun = time.time()
pid = os.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
_, status, used = os.wait4(pid, 0)
wall = time.time() - begun
print(f'{{"begun": {begun!r}, "wall": {wall!r}, "cpu": {used.ru_utime + used.ru_stime!r}, '
      f'"peak_kib": {used.ru_maxrss}, "code": {os.waitstatus_to_exitcode(status)}}}')
"""


def measured(argv, environment, cwd=None):
    """Runs a command. Returns its start, wall time, and CPU and peak memory with its children."""
    done = subprocess.run([sys.executable, "-I", "-S", "-c", STARTER, *map(str, argv)],
                          env=environment, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, check=True)
    result = json.loads(done.stdout.splitlines()[-1])
    if result["code"] != 0:
        raise RuntimeError(f"{argv} ended with {result['code']}: {done.stderr}")
    return result


def cpu_seconds(pid):
    """Returns the CPU time of all its threads, also ended ones, and of reaped children."""
    whole = time.clock_gettime((~pid << 3) | 2)  # the process's CPU clock, clock_getcpuclockid(3)
    children = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[13:15]
    return whole + sum(map(int, children)) / 100


def memory(pid):
    """KiB."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    found = {name: int(size) for name, size in re.findall(r"^(\w+): +(\d+) kB", text, re.M)}
    peak = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return {"pss": found["Pss"], "rss": found["Rss"],
            "private": found["Private_Clean"] + found["Private_Dirty"],
            "anonymous": found["Anonymous"], "peak": int(peak[1])}


def mappings(pid):
    """Returns KiB of PSS by mapping, the largest first."""
    sizes, name = Counter(), ""
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        words = line.split()
        if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
            name = Path(words[5]).name if len(words) > 5 else "anonymous"
        elif words[0] == "Pss:":
            sizes[name] += int(words[1])
    return {name: size for name, size in sizes.most_common() if size}


CALLS = "execve,execveat,clone,clone3,fork,vfork"


def tracer():
    return shutil.which("strace")


def is_traced(pid):
    return "TracerPid:\t0\n" not in Path(f"/proc/{pid}/status").read_text()


def started_processes(trace):
    """Returns the numbers of programs and processes (without threads) in a trace of `strace -f`."""
    programs = len(re.findall(r"execve(?:at)?\(.*\) += 0$", trace, re.M))
    made = [line for line in trace.splitlines()
            if re.search(r"(?:clone3?|v?fork)\(", line) and "CLONE_THREAD" not in line]
    return {"programs": programs, "processes": len(made)}
