"""The memory of conversions, of a model of 100 MB and of one of 5 GB."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import environments
from contestants import Bench
from measurement import Measurement
from paths import PEERS, WORK
from process import peak_memory, run

PART = "memory"
ANONYMOUS, RESIDENT = "anonymous", "resident"
SMALL, LARGE = "model of 100 MB", "model of 5 GB"
TO_PB, TO_H5, ARCHIVE_TO_PB = ".h5 to .pb", ".pb to .h5", ".keras to .pb"
SUBJECTS = [f"{size}, {way}" for size in (SMALL, LARGE) for way in (TO_PB, TO_H5)]
SUBJECTS.append(f"{SMALL}, {ARCHIVE_TO_PB}")


def measure(bench: Bench) -> Iterator[Measurement]:
    folder = WORK / "memory"
    folder.mkdir(parents=True, exist_ok=True)
    large = folder / "large.h5"
    try:
        rounds = min(3, bench.rounds)
        yield from both_ways(bench, SMALL, bench.main.h5(), rounds)
        archive, pb = bench.main.archive(), folder / "archive.pb"
        yield measured(bench, f"{SMALL}, {ARCHIVE_TO_PB}", archive, pb, rounds)
        if bench.has_peers:
            # Twenty layers of 8192 × 8192 weights in float32.
            run([environments.python("safetensors"), PEERS / "large_make.py", large, 20, 8192])
            yield from both_ways(bench, LARGE, large, 1)
    finally:
        for file in folder.glob("*"):
            file.unlink()


def both_ways(bench: Bench, name: str, h5: Path, rounds: int) -> Iterator[Measurement]:
    pb, back = WORK / "memory" / "there.pb", WORK / "memory" / "back.h5"
    for way, source, target in ((TO_PB, h5, pb), (TO_H5, pb, back)):
        yield measured(bench, f"{name}, {way}", source, target, rounds)


def measured(bench: Bench, subject: str, source: Path, target: Path, rounds: int) -> Measurement:
    peaks = [peak_memory([*bench.resconv, source, target]) for _ in range(rounds)]
    anonymous, resident = map(list, zip(*peaks))
    return Measurement(PART, subject, {ANONYMOUS: anonymous, RESIDENT: resident}, "MB")
