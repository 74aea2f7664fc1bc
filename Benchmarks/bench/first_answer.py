"""Whole processes from their start to the first output: load, compile, run once, print."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

from contestants import Bench, require_agreement
from measurement import Measurement
from networks import Network
from process import Samples, run

PART = "first answer"
THREADS = 2


def measure(bench: Bench, network: Network) -> Iterator[Measurement]:
    commands = bench.passes("first-answer", network, 1, THREADS)
    samples: Samples = {name: [] for name in commands}
    outputs = {}
    # The first round is not counted: it brings the files into the page cache.
    for number in range(bench.rounds + 1):
        for name, command in commands.items():
            began = time.perf_counter()
            output = run(command)
            if number:
                samples[name].append((time.perf_counter() - began) * 1e3)
            outputs[name] = json.loads(output.splitlines()[-1])["output"]
    require_agreement(outputs)
    yield Measurement(PART, network.name, samples)
