"""The checks that passed, failed or were skipped."""

from __future__ import annotations

import subprocess
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

# What is wrong, or None; and perhaps something that is worth saying beside it.
Outcome = str | None | tuple[str | None, str]


@dataclass
class Tally:
    """Counts the checks, of several threads, and prints each."""

    passed: int = 0
    skipped: int = 0
    failures: list[str] = field(default_factory=list)
    # Verdicts of resverify on all tensors, an unchecked one with its reason.
    verdicts: Counter[str] = field(default_factory=Counter)
    lock: Lock = field(default_factory=Lock)

    def check(self, title: str, body: Callable[[], Outcome]) -> bool:
        """Runs one check."""
        start = time.monotonic()
        try:
            outcome = body()
        except (subprocess.SubprocessError, OSError, ValueError, KeyError) as error:
            outcome = f"{type(error).__name__}: {error}"
        return self.note(title, outcome, time.monotonic() - start)

    def note(self, title: str, outcome: Outcome, seconds: float = 0) -> bool:
        problem, remark = outcome if isinstance(outcome, tuple) else (outcome, "")
        with self.lock:
            if problem is None:
                self.passed += 1
                print(
                    f"ok    {title} ({seconds:.1f} s){': ' + remark if remark else ''}", flush=True
                )
            else:
                self.failures.append(title)
                print(f"FAIL  {title} ({seconds:.1f} s): {shortened(problem)}", flush=True)
        return problem is None

    def skip(self, title: str, reason: str) -> None:
        with self.lock:
            self.skipped += 1
            print(f"skip  {title}: {reason}", flush=True)

    def held(self, verdicts: Counter[str]) -> None:
        with self.lock:
            self.verdicts += verdicts


def shortened(text: str, count: int = 8) -> str:
    """The first lines and the last: a list of differences begins with the point, Python ends so."""
    lines = text.strip().splitlines() or ["(no message)"]
    if len(lines) > count:
        half = count // 2
        lines = lines[:half] + [f"… {len(lines) - count} lines …"] + lines[-half:]
    return "\n        ".join(lines)
