"""Whole processes that hold a model against a golden of every layer call."""

from __future__ import annotations

from collections.abc import Iterator

from contestants import Bench
from measurement import Measurement
from process import Samples, milliseconds

PART = "verification"


def title(engine: str) -> str:
    return f"resverify, {engine}"


REFERENCE, ONEDNN = title("reference"), title("onednn")


def measure(bench: Bench) -> Iterator[Measurement]:
    h5, golden = bench.main.recorded()
    engines = ["reference", *(["onednn"] if bench.engine == "onednn" else [])]
    command = [bench.programs / "resverify", "--quiet", h5, "--golden", golden]
    samples: Samples = {title(engine): [] for engine in engines}
    # The first round is not counted: it brings the files into the page cache.
    for number in range(bench.rounds + 1):
        for engine in engines:
            taken = milliseconds([*command, "--engine", engine])
            if number:
                samples[title(engine)].append(taken)
    yield Measurement(PART, bench.main.name, samples)
