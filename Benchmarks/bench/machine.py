"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from pathlib import Path

import environments
from paths import ROOT


def first(path: str, key: str) -> str:
    """The value of the first line that begins with a key: 'model name : …'."""
    for line in Path(path).read_text().splitlines():
        name, _, value = line.replace("=", ":", 1).partition(":")
        if name.strip() == key:
            return value.strip().strip('"')
    return "unknown"


def output(*command: str) -> str:
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return result.stdout.strip() if result.returncode == 0 else "unknown"


def description(engine: str) -> list[str]:
    flags = first("/proc/cpuinfo", "flags").split()
    vectors = [name for name in ("avx2", "avx512f", "amx_tile") if name in flags]
    memory = int(first("/proc/meminfo", "MemTotal").split()[0]) * 1024 / 1e9
    processor = f"{first('/proc/cpuinfo', 'model name')}, {os.cpu_count()} cores"
    swift = output("swift", "--version").splitlines()[0]
    peers = ", ".join(environments.versions())
    return [
        f"Machine: {processor} ({', '.join(vectors) or 'no AVX2'}), {memory:.0f} GB.",
        f"System: {first('/etc/os-release', 'PRETTY_NAME')}, Linux {platform.release()}.",
        f"This package: {swift}; engine: {engine}.",
        f"Peers: {peers}; Python {platform.python_version()}.",
    ]


def processor_times() -> tuple[int, int]:
    """What the processors were busy, and all of it, in ticks."""
    times = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    idle = times[3] + times[4]
    return sum(times) - idle, sum(times)


def other_work() -> float:
    """The share of the processors that others use, who would be measured too."""
    busy, total = processor_times()
    time.sleep(2)
    busy_after, total_after = processor_times()
    share = (busy_after - busy) / max(1, total_after - total)
    if share > 0.05:
        print(f"warning: other work uses {share:.0%} of the processors", flush=True)
    return share


def run_title() -> str:
    """When, on what commit, and beside what other work a run is made."""
    commit = output("git", "rev-parse", "--short", "HEAD")
    changed = output("git", "status", "--porcelain", "--", ":!Benchmarks/RESULTS.md")
    state = f"{commit} with changes" if changed else commit
    now = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
    return f"{now} UTC on commit {state}; other work used {other_work():.0%} of the processors"
