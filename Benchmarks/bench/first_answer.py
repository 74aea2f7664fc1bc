"""Whole processes from their start to the first output: load, compile, run once, print."""

from __future__ import annotations

import json
from collections.abc import Iterator

from contestants import Bench, require_agreement
from measurement import Measurement
from networks import Network
from process import processes_in_turn

PART = "first answer"
THREADS = 2


def measure(bench: Bench, network: Network) -> Iterator[Measurement]:
    commands = bench.passes("first-answer", network, 1, THREADS)
    samples, printed = processes_in_turn(commands, bench.rounds)
    require_agreement(
        {name: json.loads(text.splitlines()[-1])["output"] for name, text in printed.items()}
    )
    yield Measurement(PART, network.name, samples, absent=bench.absent.get(network.name, {}))
