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
    """h5diff looks at every object, and finds nothing."""
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
    result = run("h5diff", "-v", original, back)
    counts = re.findall(r"^(\d+) differences found", result.stdout, re.MULTILINE)
    # It warns of other types, and of what it does not compare, and exits as if all were well.
    telling = re.compile("not comparable|warning", re.IGNORECASE)
    bad = [line for line in result.stdout.splitlines() if telling.search(line)]
    if result.returncode or result.stderr.strip() or not counts or any(map(int, counts)) or bad:
        found = f"{sum(map(int, counts))} differences in {len(counts)} places; {bad[:3]}"
        return f"exit {result.returncode}: {found} {result.stderr.strip()}"
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
