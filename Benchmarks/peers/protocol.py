"""How a peer talks with the benchmark: one JSON object a line; see Program/Benchmarks.swift."""

from __future__ import annotations

import json
import math
import sys
import time
from array import array
from collections.abc import Callable, Iterable, Sequence


def elements(path: str, shape: Sequence[int]) -> array[float]:
    """As many float32 elements of a file as a shape has."""
    values = array("f")
    with open(path, "rb") as file:
        values.fromfile(file, math.prod(shape))
    return values


def print_output(values: Iterable[float]) -> None:
    print(json.dumps({"output": list(values)}), flush=True)


def answer_requests(body: Callable[[], object]) -> None:
    """Runs a body as often as each line asks, and answers with the milliseconds of each run."""
    for line in sys.stdin:
        times = []
        for _ in range(int(line)):
            start = time.perf_counter()
            body()
            times.append((time.perf_counter() - start) * 1e3)
        print(json.dumps({"milliseconds": times}), flush=True)
