"""Feeds damaged files to resconv and resverify, and holds them to what they promise.

    python3 Tests/fuzz/fuzz.py --count 300                      # 300 files of each format
    python3 Tests/fuzz/fuzz.py --format pb --seed 7 --count 50
    python3 Tests/fuzz/fuzz.py --format pb --replay 23          # one file again, kept

File number i of a format is made from seed N + i alone, so that its number makes it again. A
damaged file may be read (the damage is in a weight, or in nothing that counts) or refused; it
must never crash, hang or bloat a program, nor leave anything behind. Files that break this are
kept under .build-fuzz/. Needs the fixtures, the built programs, h5repack and h5dump, libxxhash, and
nothing but Python.
"""

from __future__ import annotations

import argparse
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from mutate import mutant
from npz import npz_of_golden

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".build-fuzz"
FORMATS = ("keras", "pb", "golden", "npz")
EXTENSIONS = {"keras": ".h5", "pb": ".pb", "golden": ".golden.h5", "npz": ".npz"}

TIME_LIMIT = 20.0  # seconds
# The programs end a call of libhdf5 that loops after 30 seconds; sooner here, to be done sooner.
LIBRARY_SECONDS = 4
# Bytes, resident. Of what libhdf5 asks for on its own account, nothing but the limit that the
# programs put on the process, 8 GiB, keeps it.
MEMORY_LIMITS = {"keras": 9 << 30, "golden": 9 << 30, "pb": 1 << 30, "npz": 1 << 30}
LONGEST_LINE = 2_000  # characters
LARGEST_BASE = 400_000  # bytes of a sound file: small ones are mutated more densely
OLD_OUTPUT = b"what stood here before\n"


@dataclass
class Base:
    """A sound file of one format, and the sound files that it is used with."""

    name: str
    data: bytes
    model: Path
    golden: Path


@dataclass
class Run:
    """What one program did with one damaged file."""

    command: list[str]
    status: int = 0
    seconds: float = 0.0
    resident: int = 0
    output: str = ""
    errors: str = ""
    complaints: list[str] = field(default_factory=list)


# --- Sound files -----------------------------------------------------------------------------


def sound_files(programs: Path, folder: Path) -> dict[str, list[Base]]:
    """The fixtures, and what the programs make of them, by format."""
    bases: dict[str, list[Base]] = {kind: [] for kind in FORMATS}
    folder.mkdir(parents=True, exist_ok=True)
    for model in sorted((ROOT / "fixtures").glob("*/keras[23].h5")):
        golden = model.with_name(model.stem + ".golden.h5")
        if not golden.exists() or model.stat().st_size > LARGEST_BASE:
            continue
        name = f"{model.parent.name}-{model.stem}"
        converted = folder / f"{name}.pb"
        command = [str(programs / "resconv"), str(model), str(converted)]
        if subprocess.run(command, capture_output=True).returncode:
            print(f"left out: resconv does not convert {model.relative_to(ROOT)}")
            continue
        for data in (model.read_bytes(), newest_form(model, folder / "newest.h5")):
            bases["keras"].append(Base(name, data, model, golden))
        sealed = converted.read_bytes()
        bases["pb"].append(Base(name, sealed, converted, golden))
        # Three of four files state no size and no checksum of the header, so that damage gets
        # past it, to the parser.
        bases["pb"] += [Base(name, sealed[:15] + sealed[33:], converted, golden)] * 3
        if golden.stat().st_size <= LARGEST_BASE:
            for data in (golden.read_bytes(), newest_form(golden, folder / "newest.h5")):
                bases["golden"].append(Base(name, data, converted, golden))
            bases["npz"].append(Base(name, npz_of_golden(golden), converted, golden))
    if not bases["keras"]:
        sys.exit("no fixture is small enough, or resconv converts none")
    return bases


def newest_form(file: Path, to: Path) -> bytes:
    """The same file as a newer libhdf5 may write it: other headers, and checksums over them."""
    subprocess.run(["h5repack", "--latest", str(file), str(to)], check=True, capture_output=True)
    return to.read_bytes()


# --- One damaged file ------------------------------------------------------------------------


def commands(kind: str, base: Base, mutated: str, random: Random) -> list[str]:
    """What to run on the file, relative to the folder it lies in."""
    verify_model = ["resverify", mutated, "--golden", str(base.golden)]
    if kind in ("golden", "npz"):
        return ["resverify", str(base.model), "--golden", mutated]
    convert = ["resconv", mutated, "result" + (".pb" if kind == "keras" else ".h5")]
    inspect, draw = ["resconv", "inspect", mutated], ["resconv", "diagram", mutated, "result.svg"]
    return random.choice((convert, convert, inspect, draw, verify_model))


def try_one(kind: str, seed: int, bases: list[Base], options: argparse.Namespace) -> Run:
    random = Random(f"{kind} {seed}")
    base = random.choice(bases)
    mutated = "damaged" + EXTENSIONS[kind]
    content = mutant(base.data, kind, random)
    command = commands(kind, base, mutated, random)
    old = random.random() < 0.5
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        folder = Path(name)
        (folder / mutated).write_bytes(content)
        (folder / "tmp").mkdir()
        target = folder / command[-1] if command[-1].startswith("result") else None
        if target and old:
            target.write_bytes(OLD_OUTPUT)
        run = execute([str(options.programs / command[0]), *command[1:]], folder)
        judge(run, kind, folder, mutated, target, old)
        if run.complaints or options.replay is not None:
            keep(run, kind, seed, base, folder / mutated)
    return run


def execute(command: list[str], folder: Path) -> Run:
    """Runs a command in a folder, with a limit of time; measures its memory."""
    run = Run(command)
    environment = {"PATH": "/usr/bin:/bin", "TMPDIR": str(folder / "tmp"), "HOME": str(folder)}
    environment["RESIDUAL_HDF5_SECONDS"] = str(LIBRARY_SECONDS)
    start = time.monotonic()
    with open(folder / "tmp.out", "wb") as out, open(folder / "tmp.err", "wb") as err:
        child = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
            start_new_session=True,
        )  # fmt: skip
        descriptor = os.pidfd_open(child.pid)
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        if not poll.poll(TIME_LIMIT * 1000):
            os.killpg(child.pid, signal.SIGKILL)
            run.complaints.append(f"not done after {TIME_LIMIT:g} s")
        _, status, usage = os.wait4(child.pid, 0)
        os.close(descriptor)
        child.returncode = run.status = os.waitstatus_to_exitcode(status)
    run.seconds = time.monotonic() - start
    run.resident = usage.ru_maxrss * 1024  # The largest of the command and its children.
    for stream in ("out", "err"):
        path = folder / f"tmp.{stream}"
        text = path.read_bytes()[: 1 << 20].decode("utf-8", "backslashreplace")
        setattr(run, {"out": "output", "err": "errors"}[stream], text)
        path.unlink()
    return run


def judge(
    run: Run, kind: str, folder: Path, mutated: str, target: Path | None, old: bool
) -> None:
    """Collects what the run did that it must not do."""
    complain = run.complaints.append
    program = Path(run.command[0]).name
    allowed = (0, 2) if program == "resconv" else (0, 1, 2)
    if run.status not in allowed:
        complain(f"ended with {run.status}, which is not one of {allowed}")
    if run.resident > MEMORY_LIMITS[kind]:
        complain(f"used {run.resident >> 20} MiB of memory")
    if run.status == 2:
        judge_sentence(run, mutated)
    elif run.errors.strip() and run.status == 0 and program == "resconv":
        complain("succeeded, yet wrote to standard error")
    judge_folder(run, folder, mutated, target, old)


def judge_sentence(run: Run, mutated: str) -> None:
    """A refusal is one line on standard error that names the file."""
    lines = run.errors.splitlines()
    if not lines and "could not tell" in run.output:
        return  # The report says why.
    if len(lines) != 1:
        run.complaints.append(f"refused in {len(lines)} lines, not in one")
        return
    files = [mutated] + [Path(a).name for a in run.command[1:] if Path(a).suffix]
    if not any(name in lines[0] for name in files):
        run.complaints.append("refused without naming the file")
    if re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e]", lines[0]):
        run.complaints.append("repeats control characters of the file")
    if "fault of its own" in lines[0]:
        run.complaints.append("crashed, which the process above it caught")
    if len(lines[0]) > LONGEST_LINE:
        run.complaints.append(f"refused in a line of {len(lines[0])} characters")


def judge_folder(run: Run, folder: Path, mutated: str, target: Path | None, old: bool) -> None:
    """Nothing is left behind but what was asked for, and only when it was asked for."""
    found = {str(path.relative_to(folder)) for path in folder.rglob("*")}
    expected = {mutated, "tmp"}
    if target:
        if run.status == 0 or old:
            expected.add(target.name)
        if run.status == 0 and target.exists() and target.read_bytes() == OLD_OUTPUT:
            run.complaints.append("succeeded, yet wrote nothing")
        if run.status != 0 and old and target.exists() and target.read_bytes() != OLD_OUTPUT:
            run.complaints.append("failed, yet changed the file that stood there")
    if found - expected:
        run.complaints.append(f"left behind: {', '.join(sorted(found - expected))}")
    if expected - found:
        run.complaints.append(f"missing afterwards: {', '.join(sorted(expected - found))}")


def keep(run: Run, kind: str, seed: int, base: Base, path: Path) -> None:
    """Puts the damaged file where a developer finds it, and says what happened."""
    KEPT.mkdir(exist_ok=True)
    kept = KEPT / f"{kind}-{seed}{EXTENSIONS[kind]}"
    shutil.copyfile(path, kept)
    command = " ".join([Path(run.command[0]).name, *run.command[1:]]).replace(path.name, str(kept))
    text = [f"{kind} {seed}, from {base.name}: {command}"]
    text += [f"  {complaint}" for complaint in run.complaints]
    text += [f"  status {run.status}, {run.seconds:.2f} s, {run.resident >> 20} MiB"]
    text += [f"  stderr: {line[:300]}" for line in run.errors.splitlines()[:3]]
    print("\n".join(text), flush=True)


# --- Command ---------------------------------------------------------------------------------


def fuzz(kind: str, bases: list[Base], options: argparse.Namespace) -> int:
    """Tries the files of one format; returns how many broke a promise."""
    start = time.monotonic()
    if options.replay is None:
        seeds = range(options.seed, options.seed + options.count)
    else:
        seeds = range(options.replay, options.replay + 1)
    with ThreadPoolExecutor(options.jobs) as pool:
        runs = list(pool.map(lambda seed: try_one(kind, seed, bases, options), seeds))
    statuses = Counter(run.status for run in runs)
    shown = ", ".join(f"{count} exited {status}" for status, count in sorted(statuses.items()))
    # These are caught, and cannot be kept from happening; their number is good to know.
    for what, words in (("crashed", "libhdf5 crashed"), ("hung", "libhdf5 did not finish")):
        count = sum(words in run.errors for run in runs)
        shown += f" (libhdf5 {what}: {count})" if count else ""
    broken = sum(bool(run.complaints) for run in runs)
    print(
        f"{kind}: seeds {seeds.start}..{seeds.stop - 1} on {len(bases)} files: {shown}; slowest "
        f"{max(run.seconds for run in runs):.1f} s, largest "
        f"{max(run.resident for run in runs) >> 20} MiB; {broken} broke a promise "
        f"({time.monotonic() - start:.0f} s)",
        flush=True,
    )
    return broken


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Feed damaged files to resconv and resverify.")
    parser.add_argument("--count", type=int, default=300, help="files of each format (300)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the first file (1)")
    parser.add_argument("--format", choices=FORMATS, help="one format instead of all")
    parser.add_argument("--replay", type=int, metavar="SEED", help="make and keep one file again")
    parser.add_argument("--jobs", type=int, default=2, help="programs at a time (2)")
    parser.add_argument(
        "--programs", type=Path, default=ROOT / ".build" / "release", help="where they were built"
    )
    options = parser.parse_args()
    if options.replay is not None and not options.format:
        parser.error("--replay needs --format")
    options.programs = options.programs.resolve()
    return options


def main() -> None:
    options = arguments()
    formats = [options.format] if options.format else list(FORMATS)
    bases = sound_files(options.programs, KEPT / "sound")
    broken = sum(fuzz(kind, bases[kind], options) for kind in formats)
    if broken:
        sys.exit(f"{broken} broke a promise; kept in {KEPT.relative_to(ROOT)}/")


if __name__ == "__main__":
    main()
