"""Loading a model in a process: to the first tensor, and to all of them, verified."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import environments
from contestants import SAFETENSORS, Bench
from measurement import Measurement
from networks import Network
from paths import PEERS
from process import Worker, entered, take_turns

PART = "loading"
FIRST, ALL = "first tensor", "all tensors"
ARCHIVE_FIRST = "first tensor of .keras"


def measure(bench: Bench, network: Network) -> Iterator[Measurement]:
    with ExitStack() as stack:
        workers = {
            FIRST: Worker(bench.program("load", "first", network.pb)),
            ALL: Worker(bench.program("load", "all", network.pb)),
            ARCHIVE_FIRST: Worker(bench.program("load", "first", network.archive())),
        }
        if bench.has_peers:
            python, script = environments.python("safetensors"), PEERS / "safetensors_load.py"
            workers[SAFETENSORS] = Worker([python, script, network.safetensors()])
        samples = take_turns(entered(stack, workers), bench.rounds)
    yield Measurement(PART, network.name, samples)
