"""Forward passes of networks that are loaded, compiled and warm, and the memory they need."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

from contestants import Bench, require_agreement
from measurement import Measurement
from networks import LARGEST_BATCH, Network
from process import Command, Worker, take_turns

PART, MEMORY, REFERENCE = "forward", "memory of a forward pass", "reference"
# Batch and threads.
SETTINGS = ((1, 1), (1, 2), (LARGEST_BATCH, 1), (LARGEST_BATCH, 2))


def subject(network: str, batch: int, threads: int) -> str:
    return f"{network}, batch {batch}, {threads} thread{'s' if threads > 1 else ''}"


def subjects(network: str) -> list[str]:
    return [subject(network, batch, threads) for batch, threads in SETTINGS]


def measure(bench: Bench, network: Network) -> Iterator[Measurement]:
    for batch, threads in SETTINGS:
        title = subject(network.name, batch, threads)
        commands = bench.passes("forward", network, batch, threads)
        yield from race(bench, PART, title, commands, bench.absent.get(network.name))


def reference(bench: Bench) -> Iterator[Measurement]:
    """ResNet50 by the definitions of its layers."""
    network = bench.main
    commands: dict[str, Command] = {}
    for engine in ("float32", "float64"):
        commands |= replace(bench, engine=engine).passes("forward", network, 1, 2)
    yield from race(bench, REFERENCE, subject(network.name, 1, 2), commands)


def race(
    bench: Bench, part: str, subject: str, commands: dict[str, Command],
    absent: dict[str, str] | None = None,
) -> Iterator[Measurement]:  # fmt: skip
    with ExitStack() as stack:
        # One after the other: an answer means that a worker is warm, and waits.
        workers, outputs = {}, {}
        for name, command in commands.items():
            workers[name] = stack.enter_context(Worker(command))
            outputs[name] = workers[name].answer("output")
        require_agreement(outputs)
        samples = take_turns(workers, bench.rounds)
        memory = {name: [one.peak_resident()] for name, one in workers.items()}
    yield Measurement(part, subject, samples, absent=absent or {})
    if part == PART:
        yield Measurement(MEMORY, subject, memory, "MB", absent=absent or {})
