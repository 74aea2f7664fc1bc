"""Building a network in Swift, without weights."""

from __future__ import annotations

from collections.abc import Iterator

from contestants import Bench
from measurement import Measurement
from process import Worker, take_turns

PART, SUBJECT, OURS = "building", "ResNet152 without weights", "this package"


def measure(bench: Bench) -> Iterator[Measurement]:
    with Worker(bench.program("build", 152)) as worker:
        samples = take_turns({OURS: worker}, bench.rounds)
    yield Measurement(PART, SUBJECT, samples)
