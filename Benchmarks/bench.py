"""Measures what this package promises of its speed, and prints one table.

    python3 Benchmarks/bench.py

The network is keras.applications' ResNet50 (25.6 million weights, a file of 100 MB), made by real
Keras; the reference pass runs on 224 × 224 pixels, batch 1. Files are read from the page cache:
each has been read before. Times are the median of 7 runs; conversions and `cp` take turns, so that
both meet the same machine.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Tests" / "interop"))

from run import Environments, full_size  # noqa: E402

WORK = ROOT / ".build-bench"
RUNS = 7


def timed(command: list[str | Path]) -> tuple[float, int]:
    """Seconds a command takes, and the most bytes it, or a child of it, had in memory."""
    start = time.perf_counter()
    child = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{' '.join(map(str, command))}: exit {child.returncode}")
    return seconds, usage.ru_maxrss * 1024


def conversions(resconv: Path, h5: Path, pb: Path) -> list[tuple[str, str, str]]:
    """Rows of the table: there, back, and what `cp` takes for the same bytes."""
    back, copy, there = WORK / "back.h5", WORK / "copy.h5", WORK / "there.pb"
    subprocess.run([resconv, "--quiet", h5, pb], check=True)
    commands: dict[str, list[str | Path]] = {
        "cp": ["cp", h5, copy],
        "cp, on disk": ["dd", f"if={h5}", f"of={copy}", "bs=1M", "conv=fsync", "status=none"],
        ".h5 to .pb": [resconv, "--quiet", h5, there],
        ".pb to .h5": [resconv, "--quiet", pb, back],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    memory = dict.fromkeys(commands, 0)
    for path in (h5, pb):
        path.read_bytes()
    for _ in range(RUNS):
        for name, command in commands.items():
            # A file that is written anew, not one that is overwritten.
            for target in (copy, back, there):
                target.unlink(missing_ok=True)
            seconds, resident = timed(command)
            times[name].append(seconds)
            memory[name] = max(memory[name], resident)
    median = {name: statistics.median(values) for name, values in times.items()}
    rows = [
        ("cp of the .h5", f"{median['cp'] * 1e3:.0f} ms", ""),
        ("the same with fsync, as resconv does", f"{median['cp, on disk'] * 1e3:.0f} ms", ""),
    ]
    for name in (".h5 to .pb", ".pb to .h5"):
        ratio = median[name] / median["cp"]
        rows.append((name, f"{median[name] * 1e3:.0f} ms ({ratio:.1f} × cp)", "3 × cp"))
    for name in (".h5 to .pb", ".pb to .h5"):
        rows.append((f"peak memory, {name}", f"{memory[name] / 1e6:.0f} MB", ""))
    return rows


def in_process(program: Path, pb: Path) -> list[tuple[str, str, str]]:
    result = subprocess.run([program, pb, str(RUNS)], check=True, capture_output=True, text=True)
    rows = []
    titles = {
        "float32": ("reference pass, float32", "1 s"),
        "float64": ("reference pass, float64", "2 s"),
        "build": ("building ResNet152 without weights", "0.050 s"),
    }
    for line in result.stdout.splitlines():
        name, best, median = line.split()
        title, limit = titles.pop(name)
        rows.append((title, f"{float(median):.3f} s (best {float(best):.3f} s)", limit))
    if titles:
        sys.exit(f"not measured: {', '.join(titles)}")
    return rows


def show(rows: list[tuple[str, str, str]]) -> None:
    rows = [("ResNet50", "measured", "goal"), *rows]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for number, row in enumerate(rows):
        print("  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip())
        if number == 0:
            print("  ".join("-" * width for width in widths))


def machine() -> str:
    text = Path("/proc/cpuinfo").read_text()
    models = [line.split(":")[1].strip() for line in text.splitlines() if "model name" in line]
    return f"{models[0] if models else 'unknown processor'}, {os.cpu_count()} cores"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the reference pass and conversions.")
    parser.add_argument("--line", choices=("keras2", "keras3"), default="keras3")
    parser.add_argument("--programs", type=Path, default=ROOT / ".build" / "release")
    options = parser.parse_args()
    programs = options.programs.resolve()
    WORK.mkdir(exist_ok=True)
    folder = WORK / f"{options.line}-ResNet50"
    h5, pb = folder / "m.h5", folder / "m.pb"
    if not h5.exists():
        full_size(Environments(), options.line, "ResNet50", folder)
    rows = conversions(programs / "resconv", h5, pb)
    rows += in_process(programs / "Benchmarks", pb)
    print(f"\n{machine()}; median of {RUNS} runs, files in the page cache\n")
    show(rows)
    for name in ("back.h5", "copy.h5", "there.pb"):
        (WORK / name).unlink(missing_ok=True)


if __name__ == "__main__":
    main()
