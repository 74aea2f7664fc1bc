"""Holds resconv and resverify against every network of keras.applications.

    python3 Tests/interop/applications.py                      # all of both lines
    python3 Tests/interop/applications.py --line keras3 --only NASNetMobile VGG16
    python3 Tests/interop/applications.py --jobs 2 --table Documentation/applications.md

Keras says itself which networks it has. Each is made with random weights that keep it alive, for
images of 96 × 96, which change nothing but the size of the tensors; its .h5 goes to .pb and back,
h5diff finds nothing between the two, and both engines agree with Keras on every call of it.
Prints a line for each network and, at the end, what failed; the files of what failed stay in
.build-interop/applications. A table that is there already keeps its lines of networks that were not
asked for. Needs the programs and hdf5-tools.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from checks import LINES, WORK
from environments import ROOT, Environments, share_compiled
from judging import h5diff, in_words, judged
from processes import failure, run
from tally import Tally

SIDE = 96
ENGINES = ("reference", "onednn")
FULL_SIZE = ROOT / "fixtures" / "full_size.py"
# A build or a pass that takes so long does not end.
PATIENCE = 3600
# From 300 MB on, these come last: what is quick to make finds most mistakes.
LARGE = (
    "RegNetX320", "EfficientNetB7", "ResNetRS200", "NASNetLarge", "ConvNeXtBase", "EfficientNetV2L",
    "ResNetRS270", "RegNetY320", "ResNetRS350", "ResNetRS420", "ConvNeXtLarge", "ConvNeXtXLarge",
)  # fmt: skip


@dataclass(frozen=True)
class Network:
    """A network of a line of Keras, and what was found of it."""

    line: str
    name: str
    parameters: int = 0
    calls: int = 0
    # The largest error, as a fraction of what rounding allows, of each engine.
    errors: tuple[float, ...] = ()

    @property
    def row(self) -> str:
        size = f"{self.parameters / 1e6:,.1f} M"
        errors = " | ".join(f"{error:.2f}" for error in self.errors)
        return f"| {self.line} | {self.name} | {size} | {self.calls} | {errors} |"


class Applications:
    """The check of a network, and what those that were checked have in common."""

    def __init__(self, options: argparse.Namespace):
        self.options = options
        self.environments = Environments(WORK)
        self.tally = Tally()
        self.held: list[Network] = []
        self.lock = Lock()

    def names(self, line: str) -> list[str]:
        """What Keras has."""
        result = self.full_size(line, "--list")
        found = result.stdout.split()
        if result.returncode or not found:
            raise SystemExit(f"{line}: {failure(result) or 'no networks'}")
        return found

    def full_size(self, line: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        python, number = self.environments.keras(line), line.removeprefix("keras")
        return run(python, FULL_SIZE, "--keras", number, *arguments, timeout=PATIENCE)

    def check(self, line: str, name: str) -> None:
        folder = WORK / "applications" / f"{line}-{name}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        is_held = self.tally.check(f"{line} {name}", lambda: self.hold(line, name, folder))
        if is_held and self.options.table:
            # Not at the end: what takes hours may be interrupted.
            with self.lock:
                self.write_table(self.options.table)
        if is_held and not self.options.keep:
            shutil.rmtree(folder)

    def hold(self, line: str, name: str, folder: Path) -> tuple[str | None, str]:
        """What is wrong with a network, if anything, and what there is to say of it."""
        made = self.full_size(
            line, "--model", name, "--side", str(SIDE), "--golden", "--no-predict", "--out", folder
        )
        if made.returncode:
            return f"full_size.py: {failure(made)}", ""
        built = json.loads(made.stdout.splitlines()[-1])
        original, model, back = (folder / file for file in ("m.h5", "m.pb", "back.h5"))
        resconv = self.options.programs / "resconv"
        for pair in ((original, model), (model, back)):
            if problem := failure(run(resconv, *pair)):
                return problem, ""
        problem = h5diff(original, back)
        found = [self.verify(engine, model, folder / "m.golden.h5") for engine in ENGINES]
        problems = [f"h5diff: {problem}"] if problem else []
        problems += [each.problem for each in found if each.problem]
        if not problems:
            errors = tuple(each.error for each in found)
            network = Network(line, name, built["parameters"], found[0].calls, errors)
            self.held.append(network)
        size = f"{built['parameters'] / 1e6:,.1f} M parameters in {built['layers']} layers"
        return "\n".join(problems) or None, "; ".join([size, *(each.remark for each in found)])

    def verify(self, engine: str, model: Path, golden: Path) -> Verified:
        command = [self.options.programs / "resverify", model, "--golden", golden]
        command += ["--engine", engine]
        result = run(*command, "--json", timeout=PATIENCE)
        if result.returncode:
            quiet = failure(run(*command, "--quiet", timeout=PATIENCE))
            return Verified(f"{engine}: {quiet or 'failed, and then did not'}")
        reports = json.loads(result.stdout)
        counts, problem = judged(reports)
        case = reports[0]["cases"][0]
        # The whole network's outputs are live, or nothing was shown of it.
        dead = [output["path"] for output in case["outputs"] if output["verdict"] == "unchecked"]
        problem = problem or (f"output {dead} is unchecked" if dead else None)
        tensors = case["calls"] + case["outputs"]
        error = max(t["statistics"]["maxBoundRatio"] for t in tensors if "statistics" in t)
        remark = f"{engine}: {in_words(counts)}, error {error:.2f} of bound"
        problem = f"{engine}: {problem}" if problem else None
        return Verified(problem, remark, len(case["calls"]), error)

    def write_table(self, path: Path) -> None:
        """Brings the lines of the networks that were held up to date, the others staying."""
        text = path.read_text() if path.exists() else ""
        rows = {tuple(row.split(" | ")[:2]): row for row in re.findall(r"^\| keras.*", text, re.M)}
        rows |= {tuple(n.row.split(" | ")[:2]): n.row for n in self.held}
        ordered = [rows[key] for key in sorted(rows)]
        path.write_text(HEADING + "\n".join(ordered) + "\n")


@dataclass(frozen=True)
class Verified:
    """What an engine made of a network."""

    problem: str | None
    remark: str = ""
    calls: int = 0
    error: float = 0


HEADING = f"""# The networks of keras.applications

`make applications` wrote this table: networks of Keras 2.15 and 3.15 with live random weights, for
images of {SIDE} × {SIDE}. Of each, the `.h5` went to `.pb` and back without a difference to
`h5diff`, and both engines agree with Keras on every call and on what the whole network gives. An
error is the largest of any element of any call, as a fraction of what rounding allows it; of a
call that rounds only once the reference, in float64, sees all that is allowed. A
network that is not here has not been run.

| line | network | parameters | calls | error, reference | error, oneDNN |
| --- | --- | ---: | ---: | ---: | ---: |
"""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Hold the programs against keras.applications.")
    parser.add_argument("--line", choices=LINES, help="one line of Keras instead of both")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these, in this order")
    parser.add_argument("--jobs", type=int, default=1, help="how many at a time (1)")
    parser.add_argument("--keep", action="store_true", help="keep all files, up to 5 GB a network")
    parser.add_argument("--table", type=Path, help="Markdown file to write the results to")
    parser.add_argument(
        "--programs", type=Path, default=ROOT / ".build" / "release", help="where they were built"
    )
    options = parser.parse_args()
    options.programs = options.programs.resolve()
    return options


def chosen(
    applications: Applications, only: list[str] | None, lines: list[str]
) -> list[tuple[str, str]]:
    """The networks to check, of one line after the other; an error if a name is none."""
    names = {line: applications.names(line) for line in lines}
    unknown = set(only or ()) - {name for known in names.values() for name in known}
    if unknown:
        raise SystemExit(f"no network of keras.applications: {', '.join(sorted(unknown))}")
    if only:
        return [(line, name) for line in lines for name in only if name in names[line]]
    every = [(line, name) for line in lines for name in names[line]]
    return sorted(every, key=lambda network: LARGE.index(network[1]) if network[1] in LARGE else -1)


def main() -> None:
    options = arguments()
    WORK.mkdir(exist_ok=True)
    share_compiled(WORK)
    start = time.monotonic()
    applications = Applications(options)
    networks = chosen(applications, options.only, [options.line] if options.line else list(LINES))
    with ThreadPoolExecutor(options.jobs) as pool:
        checks = [pool.submit(applications.check, *network) for network in networks]
    for check in checks:
        # What no check has caught.
        check.result()
    tally = applications.tally
    for title in tally.failures:
        print(f"failed: {title}")
    minutes = (time.monotonic() - start) / 60
    counts = Counter(network.line for network in applications.held)
    held = ", ".join(f"{counts[line]} of {line}" for line in LINES if counts[line])
    print(f"held: {held or 'none'}; {len(tally.failures)} failed ({minutes:.1f} min)")
    sys.exit(1 if tally.failures or not tally.passed else 0)


if __name__ == "__main__":
    main()
