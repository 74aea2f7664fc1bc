"""What is said of two files, and of what resverify reports."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from processes import run

# What resverify may say of a tensor of a sound model. The golden itself is the reason where a
# tensor is unchecked: one that is zero everywhere would look the same after many faults.
EXPLAINED = ("ok", "rounding", "unchecked (zero)", "unchecked (constant)", "unchecked (empty)")
# What else it may say of fixtures whose numbers rest on steps, or are beyond a type, on purpose; and
# of models for each step of a sequence, in which Keras makes no calls that can be recorded.
EXPLAINED_OF = {
    "time_distributed_models": ("unchecked (missing)",),
    "ops_steps": ("unchecked (step)",),
    "ops_overflow": ("unchecked (step)", "unchecked (unbounded)"),
}


def h5diff(original: Path, back: Path) -> str | None:
    """h5diff says nothing, and says on request that it looked at every object."""
    with TemporaryDirectory() as folder:
        files = [hdf5(path, Path(folder) / name) for path, name in ((original, "a"), (back, "b"))]
        return difference(*files)


def hdf5(path: Path, target: Path) -> Path:
    """A file in HDF5: this one, or the weights of an archive, as a file of their own."""
    if path.suffix != ".keras":
        return path
    with zipfile.ZipFile(path) as archive:
        target.write_bytes(archive.read("model.weights.h5"))
    return target


def difference(original: Path, back: Path) -> str | None:
    quiet = run("h5diff", "-c", original, back)
    if quiet.returncode or quiet.stdout.strip() or quiet.stderr.strip():
        return f"exit {quiet.returncode}: {quiet.stdout.strip()} {quiet.stderr.strip()}"
    verbose = run("h5diff", "-v", original, back)
    counts = re.findall(r"^(\d+) differences found", verbose.stdout, re.MULTILINE)
    bad = [line for line in verbose.stdout.splitlines() if "not comparable" in line.lower()]
    if not counts or any(count != "0" for count in counts) or bad:
        return f"{sum(map(int, counts))} differences in {len(counts)} places; {bad[:3]}"
    return None


def judged(
    reports: list[dict[str, Any]], fixture: str = ""
) -> tuple[Counter[str], str | None]:
    """How many tensors have which verdict, and what speaks against it that all of them agree."""
    counts: Counter[str] = Counter()
    for case in (case for report in reports for case in report["cases"]):
        calls, outputs = case["calls"], case["outputs"]
        if not calls or not outputs or case["unknownTensors"]:
            return counts, f"case '{case['name']}' has {len(calls)} calls, {outputs}"
        for tensor in calls + outputs:
            reason = tensor.get("reason")
            counts[tensor["verdict"] + (f" ({reason})" if reason else "")] += 1
    explained = EXPLAINED + EXPLAINED_OF.get(fixture, ())
    unexplained = sorted(name for name in counts if name not in explained)
    return counts, ", ".join(unexplained) or (None if counts else "no tensors")


def in_words(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
