"""Whole processes that hold a model against a golden of every layer call."""

from __future__ import annotations

from collections.abc import Iterator

from contestants import Bench
from measurement import Measurement
from process import processes_in_turn

PART = "verification"


def title(engine: str) -> str:
    return f"resverify, {engine}"


REFERENCE, ONEDNN = title("reference"), title("onednn")


def measure(bench: Bench) -> Iterator[Measurement]:
    h5, golden = bench.main.recorded()
    engines = ["reference", *(["onednn"] if bench.engine == "onednn" else [])]
    command = [bench.programs / "resverify", "--quiet", h5, "--golden", golden]
    samples, _ = processes_in_turn(
        {title(engine): [*command, "--engine", engine] for engine in engines}, bench.rounds
    )
    yield Measurement(PART, bench.main.name, samples)
