"""Feeds damaged files to resconv and resverify, and holds them to what they promise.

    python3 Tests/fuzz/fuzz.py --count 300                      # 300 files of each format
    python3 Tests/fuzz/fuzz.py --format pb --seed 7 --count 50
    python3 Tests/fuzz/fuzz.py --format pb --replay 23          # one file again, kept
    python3 Tests/fuzz/fuzz.py --sanitized                      # AddressSanitizer watches the heap

File number i of a format is made from seed N + i alone, so that its number makes it again. A
damaged file may be read (the damage is in a weight, or in nothing that counts) or refused; it
must never crash, hang or bloat a program, nor leave anything behind. Files that break this are
kept under .build-fuzz/, and so are the sound files, which are made once. Needs the fixtures, the
built programs, h5repack and h5dump, libxxhash, and nothing but Python.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import resource
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from mutate import mutant
from npz import npz_of_golden

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".build-fuzz"
FORMATS = ("keras", "archive", "pb", "golden", "npz")
EXTENSIONS = {
    "keras": ".h5", "archive": ".keras", "pb": ".pb", "golden": ".golden.h5", "npz": ".npz"
}  # fmt: skip

TIME_LIMIT = 20.0  # seconds
# The programs end a call of libhdf5 that loops after 30 seconds; sooner here, to be done sooner.
LIBRARY_SECONDS = 2
# Bytes, resident: what a program may take to read a file (Documentation/limits.md), and what it is
# itself: sound files as small as these take 27 MiB, the program and its libraries included. Tensors
# that would need more are larger than these files.
MEMORY_LIMIT = (512 << 20) + (32 << 20)
# Bytes of a file that a program may write: no small file is expanded to more.
OUTPUT_LIMIT = 64 << 20
SANITIZER_STATUS = 86  # with which a program ends in which a sanitizer finds something
LONGEST_LINE = 2_000  # characters
LARGEST_BASE = 400_000  # bytes of a sound file: small ones are mutated more densely
OLD_OUTPUT = b"what stood here before\n"
# A file system in memory, where there is one: files come and go by the thousand.
SCRATCH = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
REPORT_EVERY = 10_000  # files


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


def sound_files(programs: Path, folder: Path, jobs: int) -> dict[str, list[Base]]:
    """The fixtures, and what the programs make of them, by format."""
    bases: dict[str, list[Base]] = {kind: [] for kind in FORMATS}
    making = folder / f"making-{os.getpid()}"
    making.mkdir(parents=True, exist_ok=True)
    models = [
        model
        for model in sorted((ROOT / "fixtures").glob("*/keras[23].h5"))
        if model.with_name(model.stem + ".golden.h5").exists()
        and model.stat().st_size <= LARGEST_BASE
    ]
    with ThreadPoolExecutor(jobs) as pool:
        forms = pool.map(lambda model: sound_forms(model, programs, folder, making), models)
        for form in forms:
            for kind, files in form.items():
                bases[kind] += files
    shutil.rmtree(making)
    if not bases["keras"]:
        sys.exit("no fixture is small enough, or resconv converts none")
    return bases


def sound_forms(
    model: Path, programs: Path, folder: Path, making: Path
) -> dict[str, list[Base]]:
    """What a fixture and its golden are in each format."""
    golden = model.with_name(model.stem + ".golden.h5")
    name = f"{model.parent.name}-{model.stem}"
    resconv = programs / "resconv"

    def made(ending: str, sources: list[Path], make: Callable[[Path], None]) -> Path:
        """A file that was made before, unless something that it is made of is newer."""
        path = folder / (name + ending)
        newest = max(source.stat().st_mtime for source in sources)
        if not path.exists() or path.stat().st_mtime < newest:
            make(making / path.name)
            (making / path.name).replace(path)
        return path

    def converted(path: Path) -> None:
        subprocess.run([resconv, model, path], check=True, capture_output=True)

    def newest_form(file: Path) -> Callable[[Path], None]:
        """As a newer libhdf5 may write it: other headers, and checksums over them."""
        command = ["h5repack", "--latest", file]
        return lambda path: subprocess.run([*command, path], check=True, capture_output=True)

    try:
        pb = made(".pb", [model, resconv], converted)
    except subprocess.CalledProcessError:
        print(f"left out: resconv does not convert {model.relative_to(ROOT)}")
        return {}
    newest = made(".h5", [model], newest_form(model))
    sealed = pb.read_bytes()
    # Three of four files state no size and no checksum of the header, so that damage gets past
    # it, to the parser.
    unsealed = sealed[:15] + sealed[33:]
    contents = {"keras": [model.read_bytes(), newest.read_bytes()], "pb": [sealed] + 3 * [unsealed]}
    archive = model.with_suffix(".keras")
    if archive.exists() and archive.stat().st_size <= LARGEST_BASE:
        contents["archive"] = [archive.read_bytes()]
    if golden.stat().st_size <= LARGEST_BASE:
        newest = made(".golden.h5", [golden], newest_form(golden))
        npz = made(".npz", [golden], lambda path: path.write_bytes(npz_of_golden(golden)))
        contents["golden"] = [golden.read_bytes(), newest.read_bytes()]
        contents["npz"] = [npz.read_bytes()]
    return {
        kind: [Base(name, data, model if kind in ("keras", "archive") else pb, golden) for data in files]
        for kind, files in contents.items()
    }


def without_network(folder: Path) -> dict[str, str]:
    """The environment in which programs start faster.

    libhdf5 links libcurl, for files on servers, and that some twenty libraries; loading them takes a
    quarter of the time of a run. No file leads there: an empty library of the name has to do.
    """
    clang = shutil.which("clang")
    if not clang:
        return {}
    (folder / "versions").write_text("CURL_OPENSSL_4 { global: *; };\n")
    command = [clang, "-shared", "-x", "c", os.devnull, "-Wl,-soname,libcurl.so.4"]
    command += [f"-Wl,--version-script={folder}/versions", "-o", str(folder / "libcurl.so.4")]
    subprocess.run(command, check=True)
    return {"LD_LIBRARY_PATH": str(folder)}


def sanitized() -> dict[str, str]:
    """The environment of programs whose heap AddressSanitizer watches.

    Its runtime is loaded before the C library: what is allocated, freed and copied is checked, in C
    libraries too, but not what code reads and writes by itself, which is built without it. A program
    that is watched by another may have fewer addresses than it takes, so that none is. What cannot
    be allocated is refused, as it is without the sanitizer.
    """
    name = f"libclang_rt.asan-{platform.machine()}.so"
    command = ["clang", f"-print-file-name={name}"]
    runtime = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    if not Path(runtime).is_absolute():
        sys.exit(f"--sanitized needs {name}, which clang does not have")
    options = {
        "detect_leaks": 0,
        "allocator_may_return_null": 1,
        "handle_abort": 1,
        "exitcode": SANITIZER_STATUS,
        "stack_trace_format": "'    at %f in %m'",
    }
    listed = ":".join(f"{name}={value}" for name, value in options.items())
    return {"LD_PRELOAD": runtime, "RESIDUAL_SUPERVISION": "off", "ASAN_OPTIONS": listed}


# --- One damaged file ------------------------------------------------------------------------


def commands(kind: str, base: Base, mutated: str, random: Random) -> list[str]:
    """What to run on the file, relative to the folder it lies in."""
    verify_model = ["resverify", mutated, "--golden", str(base.golden)]
    if kind in ("golden", "npz"):
        return ["resverify", str(base.model), "--golden", mutated]
    convert = ["resconv", mutated, "result" + (".pb" if kind in ("keras", "archive") else ".h5")]
    inspect, draw = ["resconv", "inspect", mutated], ["resconv", "diagram", mutated, "result.svg"]
    return random.choice((convert, convert, inspect, draw, verify_model))


class Bench:
    """A folder to run programs in one after another, and what takes what they print."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="fuzz-", dir=SCRATCH))
        (self.folder / "tmp").mkdir()
        self.streams = {name: os.memfd_create(name) for name in ("output", "errors")}
        # Under the sanitizer, a program that is aborted says where it is.
        is_sanitized = "ASAN_OPTIONS" in environment
        self.endings = [signal.SIGABRT, signal.SIGKILL] if is_sanitized else [signal.SIGKILL]
        self.environment = {
            "PATH": "/usr/bin:/bin",
            "TMPDIR": str(self.folder / "tmp"),
            "HOME": str(self.folder),
            "RESIDUAL_HDF5_SECONDS": str(LIBRARY_SECONDS),
            **environment,
        }

    def read(self, stream: str) -> str:
        """What was printed, of which no more is kept than anybody reads; forgets it."""
        descriptor = self.streams[stream]
        text = os.pread(descriptor, 1 << 20, 0).decode("utf-8", "backslashreplace")
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        return text

    def clear(self) -> None:
        with os.scandir(self.folder) as entries:
            for entry in list(entries):
                if entry.is_dir(follow_symlinks=False):
                    shutil.rmtree(entry)
                else:
                    os.unlink(entry)
        (self.folder / "tmp").mkdir()

    def close(self) -> None:
        shutil.rmtree(self.folder)
        for descriptor in self.streams.values():
            os.close(descriptor)


def try_one(
    kind: str, seed: int, bases: list[Base], options: argparse.Namespace, bench: Bench
) -> Run:
    random = Random(f"{kind} {seed}")
    base = random.choice(bases)
    mutated = "damaged" + EXTENSIONS[kind]
    content = mutant(base.data, kind, random)
    command = commands(kind, base, mutated, random)
    old = random.random() < 0.5
    folder = bench.folder
    (folder / mutated).write_bytes(content)
    target = folder / command[-1] if command[-1].startswith("result") else None
    if target and old:
        target.write_bytes(OLD_OUTPUT)
    run = execute([str(options.programs / command[0]), *command[1:]], bench)
    judge(run, folder, mutated, target, old)
    if run.complaints or options.replay is not None:
        keep(run, kind, seed, base, folder / mutated)
    bench.clear()
    return run


def execute(command: list[str], bench: Bench) -> Run:
    """Runs a command in a folder, with a limit of time; measures its memory."""
    run = Run(command)
    start = time.monotonic()
    child = subprocess.Popen(
        command, cwd=bench.folder, env=bench.environment, stdin=subprocess.DEVNULL,
        stdout=bench.streams["output"], stderr=bench.streams["errors"], start_new_session=True,
    )  # fmt: skip
    descriptor = os.pidfd_open(child.pid)
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    for ending in bench.endings:
        if poll.poll(TIME_LIMIT * 1000):
            break
        os.killpg(child.pid, ending)
        run.complaints.append(f"not done after {TIME_LIMIT:g} s")
    _, status, usage = os.wait4(child.pid, 0)
    os.close(descriptor)
    child.returncode = run.status = os.waitstatus_to_exitcode(status)
    run.seconds = time.monotonic() - start
    # The largest of the command and its children, and not less than this process has.
    run.resident = usage.ru_maxrss * 1024
    run.output, run.errors = bench.read("output"), bench.read("errors")
    # What is refused to libhdf5 is refused without the sanitizer, which says so besides.
    run.errors = re.sub(r"==\d+==WARNING: AddressSanitizer failed to allocate.*\n", "", run.errors)
    return run


def judge(
    run: Run, folder: Path, mutated: str, target: Path | None, old: bool
) -> None:
    """Collects what the run did that it must not do."""
    complain = run.complaints.append
    program = Path(run.command[0]).name
    allowed = (0, 2) if program == "resconv" else (0, 1, 2)
    if run.status == SANITIZER_STATUS and libhdf5_is_at_fault(run.errors):
        run.complaints.clear()  # A process above would say so, and remove what was left.
        return
    if run.status not in allowed:
        complain(f"ended with {run.status}, which is not one of {allowed}")
    if run.resident > MEMORY_LIMIT and "AddressSanitizer" not in run.errors:
        complain(f"used {run.resident >> 20} MiB of memory")
    if "File too large" in run.errors:
        complain(f"wrote more than {OUTPUT_LIMIT >> 20} MiB")
    if run.status == 2:
        judge_sentence(run, mutated)
    elif run.status == 0 and program == "resconv":
        # A note says who alone loads what was written.
        if not all(line.startswith("note: ") for line in run.errors.splitlines()):
            complain("succeeded, yet wrote to standard error")
    judge_folder(run, folder, mutated, target, old)


def libhdf5_is_at_fault(report: str) -> bool:
    """Whether libhdf5 did what a sanitizer reports, with memory of its own.

    Each stack of a report, of the access and of where its memory comes from, begins in functions of the
    sanitizer and of C libraries; what counts is whether libhdf5 or code of ours called them.
    """
    owners = []
    for stack in report.split("\n\n"):
        frames = re.findall(r"^    at (.+) in (.+)$", stack, re.MULTILINE)
        if frames and "created by" not in stack:
            parts = ("libhdf5" if "libhdf5" in file else name[:2] for name, file in frames)
            owners.append(next((part for part in parts if part in ("libhdf5", "$s")), None))
    return "libhdf5" in owners and "$s" not in owners


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


@dataclass
class Tally:
    """What the runs of many files came to; of a million of them, nothing more is kept."""

    statuses: Counter[int] = field(default_factory=Counter)
    caught: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    largest: int = 0
    broken: int = 0
    start: float = field(default_factory=time.monotonic)

    def add(self, run: Run) -> None:
        self.statuses[run.status] += 1
        # These are caught, and cannot be kept from happening; their number is good to know.
        for what, words in (("crashed", "libhdf5 crashed"), ("hung", "libhdf5 did not finish")):
            self.caught[what] += words in run.errors
        self.slowest = max(self.slowest, run.seconds)
        self.largest = max(self.largest, run.resident)
        self.broken += bool(run.complaints)

    def __str__(self) -> str:
        shown = ", ".join(f"{count} exited {code}" for code, count in sorted(self.statuses.items()))
        shown += "".join(f" (libhdf5 {what}: {n})" for what, n in self.caught.items() if n)
        seconds = time.monotonic() - self.start
        return (
            f"{shown}; slowest {self.slowest:.1f} s, largest {self.largest >> 20} MiB; "
            f"{self.broken} broke a promise ({seconds:.0f} s)"
        )


def fuzz(kind: str, bases: list[Base], options: argparse.Namespace) -> int:
    """Tries the files of one format; returns how many broke a promise."""
    if options.replay is None:
        seeds = range(options.seed, options.seed + options.count)
    else:
        seeds = range(options.replay, options.replay + 1)
    tally, lock, left = Tally(), threading.Lock(), iter(seeds)

    def work() -> None:
        bench = Bench(options.environment)
        try:
            while (seed := next(left, None)) is not None:
                run = try_one(kind, seed, bases, options, bench)
                with lock:
                    tally.add(run)
                    done = tally.statuses.total()
                    if done % REPORT_EVERY == 0 and done < len(seeds):
                        print(f"{kind}: {done} of {len(seeds)}: {tally}", flush=True)
        finally:
            bench.close()

    with ThreadPoolExecutor(options.jobs) as pool:
        for worker in [pool.submit(work) for _ in range(options.jobs)]:
            worker.result()
    print(
        f"{kind}: seeds {seeds.start}..{seeds.stop - 1} on {len(bases)} files: {tally}", flush=True
    )
    return tally.broken


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
    parser.add_argument(
        "--sanitized", action="store_true", help="have AddressSanitizer watch their heap"
    )
    options = parser.parse_args()
    if options.replay is not None and not options.format:
        parser.error("--replay needs --format")
    options.programs = options.programs.resolve()
    return options


def main() -> None:
    options = arguments()
    formats = [options.format] if options.format else list(FORMATS)
    bases = sound_files(options.programs, KEPT / "sound", options.jobs)
    options.environment = without_network(KEPT)
    if options.sanitized:
        options.environment |= sanitized()
    # What a program writes beyond fails, and is told of by it.
    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT_LIMIT, OUTPUT_LIMIT))
    broken = sum(fuzz(kind, bases[kind], options) for kind in formats)
    if broken:
        sys.exit(f"{broken} broke a promise; kept in {KEPT.relative_to(ROOT)}/")


if __name__ == "__main__":
    main()
