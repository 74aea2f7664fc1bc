"""Processes: how long one takes, how much memory it has, and those that take turns."""

from __future__ import annotations

import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

Command = Sequence[str | Path | int]
# What each contestant gave, a value for each round.
Samples = dict[str, list[float]]


class Failed(Exception):
    """Something could not be measured."""

    def __init__(self, message: str, reason: str | None = None) -> None:
        super().__init__(message)
        # What the program that failed said, without its command.
        self.reason = reason or message


def start(command: Command, errors: Any, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen([str(part) for part in command], stderr=errors, text=True, **options)


def check(command: Command, process: subprocess.Popen[str], errors: Any) -> None:
    if process.wait():
        errors.seek(0)
        words = " ".join(str(part) for part in command)
        last = errors.read().strip().splitlines()[-1:] or ["nothing on its standard error"]
        raise Failed(f"{words}: exit {process.returncode}: {last[0]}", last[0])


def run(command: Command) -> str:
    """What a command prints."""
    with tempfile.TemporaryFile("w+") as errors, tempfile.TemporaryFile("w+") as output:
        check(command, start(command, errors, stdin=subprocess.DEVNULL, stdout=output), errors)
        output.seek(0)
        return output.read()


def timed(command: Command) -> tuple[float, str]:
    """What a whole process takes in milliseconds, and what it prints."""
    began = time.perf_counter()
    printed = run(command)
    return (time.perf_counter() - began) * 1e3, printed


def milliseconds(command: Command) -> float:
    """What a whole process takes."""
    return timed(command)[0]


# --- Memory ----------------------------------------------------------------------------------


def status(process: int) -> dict[str, float]:
    """The memory of a process in MB (of 10^6 bytes); nothing where it is gone."""
    try:
        text = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return {}
    rows = (line.split() for line in text.splitlines())
    return {row[0].rstrip(":"): int(row[1]) * 1024 / 1e6 for row in rows if row[-1] == "kB"}


def descendants(process: int) -> list[int]:
    """A process and all below it."""
    try:
        text = Path(f"/proc/{process}/task/{process}/children").read_text()
    except OSError:
        return [process]
    return [process] + [one for child in text.split() for one in descendants(int(child))]


def peak_memory(command: Command) -> tuple[float, float]:
    """The most anonymous and the most resident memory of a process with all below it, in MB.

    The kernel keeps each process's resident peak (VmHWM), and it is exact; what is anonymous is
    looked up again and again while the process runs.
    """
    anonymous = resident = 0.0
    with tempfile.TemporaryFile("w+") as errors:
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
        process = start(command, errors, **quiet)
        while process.poll() is None:
            states = [status(one) for one in descendants(process.pid)]
            held = [state.get("RssAnon", 0) + state.get("RssShmem", 0) for state in states]
            anonymous = max(anonymous, sum(held))
            resident = max(resident, sum(state.get("VmHWM", 0) for state in states))
            time.sleep(0.0005)
        check(command, process, errors)
    return anonymous, resident


# --- Turns -----------------------------------------------------------------------------------


class Worker:
    """A process that is loaded and waits to be asked for runs; see Program/Benchmarks.swift."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self.errors = tempfile.TemporaryFile("w+")
        pipe = subprocess.PIPE
        self.process = start(command, self.errors, stdin=pipe, stdout=pipe)

    def answer(self, key: str) -> list[float]:
        assert self.process.stdout
        for line in self.process.stdout:
            if line.startswith("{"):
                numbers: list[float] = json.loads(line)[key]
                return numbers
        check(self.command, self.process, self.errors)
        raise Failed(f"{self.command}: no answer")

    def run(self, count: int) -> float:
        """The median of so many runs in milliseconds."""
        assert self.process.stdin
        try:
            print(count, file=self.process.stdin, flush=True)
        except BrokenPipeError:
            pass  # answer() says why.
        return statistics.median(self.answer("milliseconds"))

    def peak_resident(self) -> float:
        return status(self.process.pid)["VmHWM"]

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        # It ends where its input does, unless it is in the midst of something.
        if kind is not None:
            self.process.kill()
        self.process.communicate()
        self.errors.close()


def processes_in_turn(
    commands: Mapping[str, Command], rounds: int
) -> tuple[Samples, dict[str, str]]:
    """What each whole process takes in milliseconds, and what it printed last."""
    samples: Samples = {name: [] for name in commands}
    printed = {}
    # The first round is not counted: it brings the files into the page cache.
    for number in range(rounds + 1):
        for name, command in commands.items():
            taken, printed[name] = timed(command)
            if number:
                samples[name].append(taken)
    return samples, printed


def take_turns(workers: dict[str, Worker], rounds: int, seconds: float = 0.4) -> Samples:
    """One works while the others wait; each for about as long as is said, but at least once."""
    counts = dict.fromkeys(workers, 1)
    samples: Samples = {name: [] for name in workers}
    for number in range(rounds + 1):
        for name, worker in workers.items():
            # Threads of the one before may still look out for more work: 50 ms in ONNX Runtime.
            time.sleep(0.1)
            median = worker.run(counts[name])
            if number:
                samples[name].append(median)
            else:
                # This only tells how many runs there is time for.
                counts[name] = max(1, min(50, round(seconds * 1e3 / median)))
    return samples


def entered(stack: ExitStack, workers: dict[str, Worker]) -> dict[str, Worker]:
    return {name: stack.enter_context(worker) for name, worker in workers.items()}
