"""Commands that are run, and what they had to say."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


def run(*command: str | Path, timeout: float = 900) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command], stdin=subprocess.DEVNULL, capture_output=True,
        text=True, errors="backslashreplace", timeout=timeout,
    )  # fmt: skip


def failure(result: subprocess.CompletedProcess[str]) -> str | None:
    """What a command that should have succeeded in silence had to say."""
    if result.returncode == 0:
        return None
    return f"exit {result.returncode}: {result.stdout.strip()}\n{result.stderr.strip()}"


def refusal(result: subprocess.CompletedProcess[str]) -> str | None:
    """Why resconv writes no Keras file of a model, if that is so."""
    _, _, reason = result.stderr.strip().partition("cannot be written to a Keras file: ")
    return reason if result.returncode == 2 and reason else None


@dataclass
class Answer:
    """What a script found of one of its jobs."""

    name: str
    problem: str | None
    remark: str
    seconds: float


def ask(command: Sequence[str | Path], jobs: list[dict[str, Any]], work: Path) -> Iterator[Answer]:
    """One process for all files, since it takes longer to start than to answer.

    The command is given a file of jobs, each with a "name", and answers each with a JSON object a
    line. A job without an answer has a problem.
    """
    if not jobs:
        return
    with tempfile.TemporaryDirectory(dir=work) as folder:
        path, log = Path(folder) / "jobs.json", Path(folder) / "log"
        path.write_text(json.dumps(jobs))
        start, unanswered = time.monotonic(), [job["name"] for job in jobs]
        with log.open("w") as errors:
            process = subprocess.Popen(
                [str(part) for part in (*command, path)], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=errors, text=True,
            )  # fmt: skip
            for line in process.stdout or ():
                answer = json.loads(line)
                unanswered.remove(answer["name"])
                seconds = time.monotonic() - start
                yield Answer(answer["name"], answer["problem"], answer.get("remark", ""), seconds)
                start = time.monotonic()
            process.wait()
        last = log.read_text(errors="backslashreplace").strip()[-400:]
        for name in unanswered:
            script = Path(command[1]).name
            yield Answer(
                name, f"{script} gave no answer (exit {process.returncode}): {last}", "", 0
            )
