"""Holds resconv and resverify against real Keras, h5py, h5diff and Python's protobuf.

    python3 Tests/interop/run.py                               # everything
    python3 Tests/interop/run.py --only fixtures --line keras3
    python3 Tests/interop/run.py --only built
    python3 Tests/interop/run.py --only full --models ResNet50 --keep

Each fixture, and each network of keras.applications below, goes from .h5 to .pb and back:

    convert    resconv does both ways
    h5diff     finds nothing between the two .h5 files, attributes included
    strict     nor does compare_h5.py, which looks closer
    protobuf   Python's protobuf reads from the .pb what h5py reads from the .h5
    keras      real Keras loads the second .h5 and predicts the same bits
    verify     resverify holds every layer call of the .pb against the golden
    compose    resconv makes a .h5 of the .pb without the record of the first (fixtures only)
    composed   both lines of Keras load it in silence, and predict what is in the golden; the line
               that the first came from, the same bits

What other programs compute of the fixtures is noise of float32, and must be no more to resverify:

    noise      of ONNX Runtime, which has the files of Keras 2 by tf2onnx, and of NumPy in float64,
               by Keras 3; both engines are held against it

The residual blocks of Examples/ResidualBlocks, built in Swift, go the other way:

    record     real Keras loads the .h5 and records every layer call
    verify     resverify holds the .pb against that
    composed   Keras loads the .h5 in silence
    summary    Keras 3 prints what Model.summary prints

And a ResNet50 that is built in Swift is given the weights of the network of keras.applications:

    bind       by name, none missing and none left over, of a whole model or of weights alone
    bound      resverify holds it against the golden of the network (of Keras 3)

In a ResNet50 and a MobileNetV2 of Keras 3 the mistakes are planted that people make:

    mistakes   resverify names the planted call each time, and --diagnose nearly always the mistake

The pages of resverify --report are opened in headless Chromium, and used:

    pages      nothing is fetched or complains; keys, links, contrast and names are as they must be

Prints a line for each check, and how many passed and failed. The networks are made here, one at a
time, under .build-interop/, and removed again unless --keep is given. Needs the programs, hdf5-tools
and protoc; installs the rest from PyPI into environments of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "Tests" / "interop"
WORK = ROOT / ".build-interop"
# What resverify reports stays until all of it is held against the schemas.
REPORTS = WORK / "reports"
LINES = ("keras2", "keras3")
PLANTED = ("ResNet50", "MobileNetV2")
MODELS = ("ResNet50", "ResNet50V2", "MobileNetV2", "DenseNet121", "InceptionV3", "Xception")

# What resverify may say of a tensor of a sound model. The golden itself is the reason where a
# tensor is unchecked: one that is zero everywhere would look the same after many faults.
EXPLAINED = ("ok", "rounding", "unchecked (zero)", "unchecked (constant)", "unchecked (empty)")


@dataclass
class Subject:
    """A model file that goes there and back, and its golden."""

    name: str
    line: str
    original: Path
    golden: Path
    folder: Path
    # Why Keras does not read its own file back, if so.
    no_reload: str | None = None
    # Which layers this version carries along, but does not run, if any.
    unsupported: str | None = None
    # Whether there is a file that was composed without the record of the original.
    is_composed: bool = False
    # What was built in Swift, rather than converted.
    built: Path | None = None

    @property
    def converted(self) -> Path:
        return self.built or self.folder / "model.pb"

    @property
    def back(self) -> Path:
        return self.folder / "back.h5"

    @property
    def composed(self) -> Path:
        return self.folder / "composed.h5"


@dataclass
class Tally:
    """Counts the checks, and prints each."""

    passed: int = 0
    skipped: int = 0
    failures: list[str] = field(default_factory=list)
    # Verdicts of resverify on all tensors, an unchecked one with its reason.
    verdicts: Counter[str] = field(default_factory=Counter)
    # What a check wants said beside its result.
    remark: str = ""

    def check(self, title: str, body: Callable[[], str | None]) -> bool:
        """Runs one check; the body returns what is wrong, or None."""
        start = time.monotonic()
        try:
            problem = body()
        except (subprocess.SubprocessError, OSError, ValueError, KeyError) as error:
            problem = f"{type(error).__name__}: {error}"
        return self.note(title, problem, time.monotonic() - start)

    def note(self, title: str, problem: str | None, seconds: float = 0) -> bool:
        remark, self.remark = self.remark, ""
        if problem is None:
            self.passed += 1
            print(f"ok    {title} ({seconds:.1f} s){': ' + remark if remark else ''}", flush=True)
        else:
            self.failures.append(title)
            print(f"FAIL  {title} ({seconds:.1f} s): {shortened(problem)}", flush=True)
        return problem is None

    def skip(self, title: str, reason: str) -> None:
        self.skipped += 1
        print(f"skip  {title}: {reason}", flush=True)


def shortened(text: str, count: int = 8) -> str:
    """The first lines and the last: a list of differences begins with the point, Python ends so."""
    lines = text.strip().splitlines() or ["(no message)"]
    if len(lines) > count:
        half = count // 2
        lines = lines[:half] + [f"… {len(lines) - count} lines …"] + lines[-half:]
    return "\n        ".join(lines)


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


# --- Environments ----------------------------------------------------------------------------


class Environments:
    """Throw-away Pythons, installed when they are first asked for."""

    def __init__(self) -> None:
        self.known: dict[str, Path] = {}

    def keras(self, line: str) -> Path:
        if line not in self.known:
            print(f"environment: {line}", flush=True)
            script = ROOT / "fixtures" / "environment.sh"
            result = subprocess.run(
                [script, line], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True
            )
            self.known[line] = Path(result.stdout.strip().splitlines()[-1])
        return self.known[line]

    def readers(self) -> Path:
        """h5py and Python's protobuf."""
        if "readers" not in self.known:
            print("environment: h5py and protobuf", flush=True)
            folder, requirements = ROOT / ".venv-interop", HERE / "requirements.txt"
            python, stamp = folder / "bin" / "python", folder / "installed.txt"
            if not stamp.exists() or stamp.read_text() != requirements.read_text():
                shutil.rmtree(folder, ignore_errors=True)
                subprocess.run([sys.executable, "-m", "venv", folder], check=True)
                install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
                subprocess.run([python, *install, "--requirement", requirements], check=True)
                stamp.write_text(requirements.read_text())
            self.known["readers"] = python
        return self.known["readers"]

    def onnx(self) -> Path:
        """The folder of what Keras 2's Python lacks to run models by ONNX Runtime."""
        folder = WORK / "onnx"
        if "onnx" not in self.known:
            print("environment: ONNX Runtime", flush=True)
            shutil.rmtree(folder, ignore_errors=True)
            install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            where = ["--no-deps", "--target", folder]
            packages = ["--requirement", HERE / "requirements-onnx.txt"]
            subprocess.run([self.keras("keras2"), *install, *where, *packages], check=True)
            self.known["onnx"] = folder
        return folder

    def schema(self) -> Path:
        """The folder of the Python generated from schemas/."""
        folder = WORK / "python"
        if "schema" not in self.known:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            schemas = ROOT / "schemas"
            files = [str(f.relative_to(schemas)) for f in sorted(schemas.glob("residual/v1/*.proto"))]
            subprocess.run(["protoc", f"--python_out={folder}", *files], cwd=schemas, check=True)
            self.known["schema"] = folder
        return folder


def full_size(environments: Environments, line: str, model: str, folder: Path) -> None:
    """Lets real Keras make m.h5, a network of keras.applications, and m.golden.h5 in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    script = ROOT / "fixtures" / "full_size.py"
    keras = ["--keras", line.removeprefix("keras"), "--model", model, "--out", folder, "--golden"]
    result = run(environments.keras(line), script, *keras)
    if result.returncode or not (folder / "m.h5").exists():
        raise ValueError(f"full_size.py: {failure(result)}")


# --- Checks ----------------------------------------------------------------------------------


class Interop:
    def __init__(self, options: argparse.Namespace):
        self.options = options
        self.environments = Environments()
        self.tally = Tally()
        # What resverify has printed, of each kind.
        self.reports: dict[str, list[Path]] = {
            "verification": [], "comparison": [], "sensitivity": []
        }  # fmt: skip
        # A model that every other one must differ from.
        self.other: Path | None = None

    def programs(self, name: str) -> Path:
        return self.options.programs / name

    def files(self, subject: Subject) -> bool:
        """Everything that needs no Keras. Whether there is a file to show to Keras."""
        title = f"{subject.line} {subject.name}"
        check = self.tally.check
        if not check(f"{title}: convert", lambda: self.convert(subject)):
            return False
        check(f"{title}: h5diff", lambda: self.h5diff(subject))
        check(f"{title}: strict", lambda: self.strict(subject))
        check(f"{title}: protobuf", lambda: self.protobuf(subject))
        if subject.unsupported:
            self.tally.skip(f"{title}: verify", subject.unsupported)
        else:
            check(f"{title}: verify", lambda: self.verify(subject))
        check(f"{title}: compare", lambda: self.compare(subject))
        return True

    def convert(self, subject: Subject) -> str | None:
        subject.folder.mkdir(parents=True, exist_ok=True)
        resconv = self.programs("resconv")
        for path in (subject.converted, subject.back):
            path.unlink(missing_ok=True)
        there = run(resconv, subject.original, subject.converted)
        carry = []
        if there.returncode == 2 and "not supported:" in there.stderr:
            subject.unsupported = there.stderr.split("not supported: ", 1)[1].strip()
            carry = ["--allow-unsupported"]
            there = run(resconv, *carry, subject.original, subject.converted)
        return failure(there) or failure(run(resconv, *carry, subject.converted, subject.back))

    def h5diff(self, subject: Subject) -> str | None:
        """h5diff says nothing, and says on request that it looked at every object."""
        quiet = run("h5diff", "-c", subject.original, subject.back)
        if quiet.returncode or quiet.stdout.strip() or quiet.stderr.strip():
            return f"exit {quiet.returncode}: {quiet.stdout.strip()} {quiet.stderr.strip()}"
        verbose = run("h5diff", "-v", subject.original, subject.back)
        counts = re.findall(r"^(\d+) differences found", verbose.stdout, re.MULTILINE)
        bad = [line for line in verbose.stdout.splitlines() if "not comparable" in line.lower()]
        if not counts or any(count != "0" for count in counts) or bad:
            return f"{sum(map(int, counts))} differences in {len(counts)} places; {bad[:3]}"
        return None

    def strict(self, subject: Subject) -> str | None:
        python = self.environments.readers()
        return failure(run(python, HERE / "compare_h5.py", subject.original, subject.back))

    def protobuf(self, subject: Subject) -> str | None:
        """The file is what schemas/README.md says, and has the bytes of the .h5."""
        python, schema = self.environments.readers(), self.environments.schema()
        sound = failure(run(python, HERE / "read_pb.py", schema, subject.converted))
        compare = [HERE / "compare_pb.py", schema, subject.original, subject.converted]
        return sound or failure(run(python, *compare))

    def verify(self, subject: Subject) -> str | None:
        """Every call agrees with the golden; none is left unchecked without a reason."""
        command = [self.programs("resverify"), subject.converted, "--golden", subject.golden]
        result = run(*command, "--json")
        if not self.reports["verification"]:
            # A report with a fault: no float32 is without rounding.
            exact = run(*command, "--atol", "0", "--rtol", "0", "--diagnose", "--json")
            self.keep("verification", subject, "exact", exact.stdout)
        if subject.name in ("block_projection", "normalization"):
            sensitivity = [self.programs("resverify"), "sensitivity", *command[1:], "--json"]
            self.keep("sensitivity", subject, "sensitivity", run(*sensitivity).stdout)
        self.keep("verification", subject, "report", result.stdout)
        if result.returncode:
            return failure(run(*command, "--quiet"))
        counts: Counter[str] = Counter()
        for case in (case for report in json.loads(result.stdout) for case in report["cases"]):
            if not case["calls"] or not case["outputs"] or case["unknownTensors"]:
                return f"case '{case['name']}' has {len(case['calls'])} calls, {case['outputs']}"
            for tensor in case["calls"] + case["outputs"]:
                reason = tensor.get("reason")
                counts[tensor["verdict"] + (f" ({reason})" if reason else "")] += 1
        self.tally.verdicts += counts
        self.tally.remark = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
        unexplained = [name for name in counts if name not in EXPLAINED]
        return self.tally.remark if unexplained or not counts else None

    def compare(self, subject: Subject) -> str | None:
        """The file agrees with what it was converted to; with another model it does not."""
        command = [self.programs("resverify"), "--json", "--size", "8", subject.original]
        same = run(*command, subject.converted)
        self.keep("comparison", subject, "same", same.stdout)
        report = json.loads(same.stdout or "{}")
        # What cannot be run could not be told.
        expected = "couldNotTell" if "failure" in report.get("run", {}) else "agrees"
        if report.get("verdict") != expected:
            return failure(run(*command[:1], "--quiet", *command[2:], subject.converted))
        if not self.other:
            self.other = subject.original
        # The same model of the other line of Keras is equal, too.
        if self.other.parent == subject.original.parent:
            return None
        other = run(*command, self.other)
        self.keep("comparison", subject, "other", other.stdout)
        return None if other.returncode == 1 else failure(other) or "equals another model"

    def keep(self, kind: str, subject: Subject, name: str, text: str) -> None:
        # Two subjects may have one name: what is built, what is bound.
        number = len(self.reports[kind])
        path = REPORTS / kind / f"{number}-{subject.line}" / f"{subject.name}-{name}.json"
        path.parent.mkdir(parents=True)
        path.write_text(text)
        self.reports[kind].append(path)

    def schemas(self) -> None:
        """What resverify printed is what its JSON Schemas say."""
        only = self.options.only
        wanted = {"verification"}
        # Models are compared that were converted; of a few fixtures sensitivity is asked for.
        wanted |= {"comparison"} if only != "built" else set()
        wanted |= {"sensitivity"} if only in (None, "fixtures") else set()
        for kind, reports in self.reports.items():
            if reports or kind in wanted:
                title = f"{len(reports)} reports: {kind} schema"
                self.tally.check(title, lambda kind=kind: self.schema(kind))

    def schema(self, kind: str) -> str | None:
        reports = self.reports[kind]
        schema = ROOT / "schemas" / f"{kind}-report.schema.json"
        script = [HERE / "validate_reports.py", schema]
        if not reports:
            return "no reports"
        return failure(run(self.environments.readers(), *script, *reports))

    def pages(self) -> None:
        """What resverify shows can be looked at, used and read aloud."""
        script = [self.environments.readers(), HERE / "browse_reports.py"]
        operands = [self.programs("resverify"), ROOT / "fixtures", WORK / "pages"]
        self.tally.check("pages: Chromium", lambda: failure(run(*script, *operands)))

    def compose(self, subject: Subject) -> str | None:
        """A Keras file of what a model means alone; some cannot be had, for a stated reason."""
        bare = subject.folder / "bare.pb"
        script = [HERE / "drop_source.py", self.environments.schema()]
        dropped = run(self.environments.readers(), *script, subject.converted, bare)
        result = run(self.programs("resconv"), "--check", bare, subject.composed)
        subject.is_composed = result.returncode == 0
        if result.returncode == 2 and "cannot be written to a Keras file: " in result.stderr:
            self.tally.remark = "refused: " + result.stderr.split("file: ", 1)[1].strip()
            return failure(dropped)
        return failure(dropped) or failure(result)

    def keras(self, line: str, subjects: list[Subject]) -> None:
        """Keras reads back what it wrote."""
        known = []
        for subject in subjects:
            if subject.no_reload:
                reason = f"Keras does not read its own file back ({subject.no_reload})"
                self.tally.skip(f"{line} {subject.name}: keras", reason)
            else:
                known.append(subject)
        jobs = [
            {"name": s.name, "original": str(s.original), "converted": str(s.back),
             "golden": str(s.golden)} for s in known
        ]  # fmt: skip
        self.ask(line, jobs, f"{line} {{}}: keras")

    def noise(self, line: str, subjects: list[Subject]) -> None:
        """What another program computes of the same weights is within the bounds of rounding."""
        backend = {"keras2": "onnxruntime", "keras3": "numpy"}[line]
        subjects = [s for s in subjects if not s.no_reload and not s.unsupported]
        jobs = [
            {"name": s.name, "model": str(s.original), "golden": str(s.golden),
             "target": str(s.folder / f"{backend}.golden.h5")} for s in subjects
        ]  # fmt: skip
        path = WORK / f"jobs-{backend}.json"
        path.write_text(json.dumps(jobs))
        command = [self.environments.keras(line), HERE / "other_backends.py", backend, path]
        settings = dict(os.environ)
        if line == "keras2":
            settings["PYTHONPATH"] = str(self.environments.onnx())
        result = subprocess.run(
            [str(part) for part in command], stdin=subprocess.DEVNULL, capture_output=True,
            text=True, env=settings, timeout=1800,
        )  # fmt: skip
        problems = {a["name"]: a["problem"] for a in map(json.loads, result.stdout.splitlines())}
        made = [s for s in subjects if s.name in problems and not problems[s.name]]
        for name, problem in problems.items():
            if problem:
                self.tally.skip(f"{line} {name}: noise of {backend}", problem)
        few = len(made) < 0.75 * len(subjects)
        problem = f"{len(made)} of {len(subjects)}: {result.stderr[-300:]}" if few else None
        self.tally.note(f"{line}: {backend} runs nearly all", problem)
        for subject in made:
            self.tally.check(
                f"{line} {subject.name}: noise of {backend}",
                lambda subject=subject: self.is_noise(subject, backend),
            )

    def is_noise(self, subject: Subject, backend: str) -> str | None:
        """Both engines are as near as rounding allows; what was not recorded is not counted."""
        golden = subject.folder / f"{backend}.golden.h5"
        counts: Counter[str] = Counter()
        for engine in ("reference", "onednn"):
            command = [self.programs("resverify"), subject.original, "--golden", golden]
            result = run(*command, "--engine", engine, "--json")
            if result.returncode:
                return failure(run(*command, "--engine", engine, "--quiet"))
            for case in json.loads(result.stdout)[0]["cases"]:
                counts.update(tensor["verdict"] for tensor in case["calls"] + case["outputs"])
        self.tally.remark = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
        return None if counts["ok"] + counts["rounding"] else self.tally.remark

    def keras_of_composed(self, line: str, subjects: list[Subject]) -> None:
        """A line of Keras reads what was composed, whichever line it came from."""
        jobs = [
            {"name": s.name, "converted": str(s.composed), "golden": str(s.golden),
             "original": str(s.original) if s.line == line and not s.no_reload else None,
             "composed": True} for s in subjects if s.is_composed
        ]  # fmt: skip
        of_line = subjects[0].line if subjects else line
        self.ask(line, jobs, f"{of_line} {{}}: composed, in {line}")

    def ask(self, line: str, jobs: list[dict[str, object]], title: str) -> None:
        """One Keras for all files: it takes longer to start than to predict."""
        if not jobs:
            return
        path = WORK / f"jobs-{line}.json"
        path.write_text(json.dumps(jobs))
        command = [self.environments.keras(line), HERE / "predict.py", path]
        start, answers = time.monotonic(), {}
        with open(WORK / f"keras-{line}.log", "w") as log:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True
            )
            for text in process.stdout or ():
                answer = json.loads(text)
                answers[answer["name"]] = answer["problem"]
                self.tally.remark = answer["remark"]
                seconds = time.monotonic() - start
                self.tally.note(title.format(answer["name"]), answer["problem"], seconds)
                start = time.monotonic()
            process.wait()
        for job in jobs:
            if job["name"] not in answers:
                problem = f"Keras gave no answer (exit {process.returncode}); see {log.name}"
                self.tally.note(title.format(job["name"]), problem)

    def predict(self, subject: Subject) -> str | None:
        """Keras predicts of the converted file what it predicted before it wrote the original."""
        python, script = self.environments.keras(subject.line), ROOT / "fixtures/predict_check.py"
        image, expected = subject.folder / "input.npy", subject.folder / "predict.npy"
        return failure(run(python, script, subject.back, "--input", image, "--expected", expected))

    # -- What goes there and back

    def fixtures(self, line: str) -> None:
        manifest = json.loads((ROOT / "fixtures" / "manifest.json").read_text())
        subjects = []
        for entry in manifest:
            original = ROOT / "fixtures" / entry["file"]
            # Files of older Keras are read by Keras 2, as by its users.
            is_old = entry["file"].startswith("old/")
            of_line = "keras2" if is_old else original.stem
            if entry["expected"] != "ok" or of_line != line:
                continue
            reload = entry["keras_reload"]
            golden = ROOT / "fixtures" / entry["golden"]
            folder = WORK / line / entry["name"]
            no_reload = None if reload == "ok" else reload
            subjects.append(Subject(entry["name"], line, original, golden, folder, no_reload))
        if not subjects:
            self.tally.note(f"{line}: fixtures", "the manifest has none")
        subjects = [subject for subject in subjects if self.files(subject)]
        self.keras(line, subjects)
        self.noise(line, subjects)
        for subject in subjects:
            title = f"{line} {subject.name}: compose"
            self.tally.check(title, lambda subject=subject: self.compose(subject))
        for reader in LINES:
            self.keras_of_composed(reader, subjects)
        if not self.options.keep:
            shutil.rmtree(WORK / line, ignore_errors=True)

    # -- What is built in Swift

    def built(self) -> None:
        folder = WORK / "built"
        shutil.rmtree(folder, ignore_errors=True)
        result = run(self.programs("ResidualBlocks"), folder)
        if not self.tally.note("built: write", failure(result)):
            return
        models = sorted(folder.glob("*.h5"))
        for line in LINES:
            subjects = [self.recorded(line, path) for path in models]
            for subject in subjects:
                title = f"built {subject.name}"
                record = lambda subject=subject: self.record(subject)  # noqa: E731
                if self.tally.check(f"{title}: record, in {line}", record):
                    self.tally.check(
                        f"{title}: verify, of {line}", lambda subject=subject: self.verify(subject)
                    )
            jobs = [
                {"name": s.name, "original": None, "converted": str(s.original),
                 "golden": str(s.golden), "composed": True} for s in subjects
            ]  # fmt: skip
            self.ask(line, jobs, f"built {{}}: composed, in {line}")
        self.tally.check("built: summary", lambda: self.summaries(models, result.stdout))
        if not self.options.keep:
            shutil.rmtree(folder, ignore_errors=True)

    def recorded(self, line: str, path: Path) -> Subject:
        golden = path.with_suffix(f".{line}.golden.h5")
        return Subject(
            path.stem, line, path, golden, path.parent, built=path.with_suffix(".pb")
        )

    def record(self, subject: Subject) -> str | None:
        """Real Keras runs what was built in Swift."""
        script = ROOT / "fixtures" / "record_golden.py"
        python = self.environments.keras(subject.line)
        return failure(run(python, script, subject.original, "--output", subject.golden))

    def summaries(self, models: list[Path], printed: str) -> str | None:
        """Each summary of Keras is among those that the program has printed."""
        python = self.environments.keras("keras3")
        result = run(python, HERE / "summarize.py", *models)
        blocks = [b.strip() for b in re.split(r"(?=^Model: )", result.stdout, flags=re.M) if b.strip()]
        missing = [block for block in blocks if block not in printed]
        if result.returncode or len(blocks) != len(models):
            return failure(result) or f"{len(blocks)} summaries of {len(models)} models"
        return f"not printed in Swift:\n{missing[0]}" if missing else None

    def bind(self, subject: Subject) -> None:
        """A network that is built takes the weights of the one that Keras built."""
        title = f"{subject.line} {subject.name}"
        version = "v2" if subject.name.endswith("V2") else "v1"
        weights = subject.folder / "weights.h5"
        bound = [subject.folder / "bound.pb", subject.folder / "bound_alone.pb"]

        def bind(source: Path, target: Path) -> str | None:
            return failure(run(self.programs("ResNetWeights"), "50", version, source, target))

        if self.tally.check(f"{title}: bind", lambda: bind(subject.original, bound[0])):
            # Keras 2 calls the input, which has no weights, otherwise.
            if subject.line == "keras3":
                network = Subject(
                    subject.name, subject.line, bound[0], subject.golden, subject.folder, built=bound[0]
                )
                self.tally.check(f"{title}: bound", lambda: self.verify(network))
        # Keras 3 writes weights alone in another format.
        if subject.line == "keras2":
            script = (
                "import keras, sys; keras.models.load_model(sys.argv[1], compile=False)"
                ".save_weights(sys.argv[2], save_format='h5')"
            )
            python = self.environments.keras(subject.line)
            saved = failure(run(python, "-c", script, subject.original, weights))
            self.tally.check(
                f"{title}: bind weights alone",
                lambda: saved
                or bind(weights, bound[1])
                or (None if bound[0].read_bytes() == bound[1].read_bytes() else "they differ"),
            )

    def full(self, line: str, model: str) -> None:
        folder = WORK / f"{line}-{model}"
        subject = Subject(model, line, folder / "m.h5", folder / "m.golden.h5", folder)
        if self.tally.check(f"{line} {model}: make", lambda: self.make(subject)):
            if self.files(subject):
                self.tally.check(f"{line} {model}: keras", lambda: self.predict(subject))
            if model.startswith("ResNet50"):
                self.bind(subject)
            if line == "keras3" and model in PLANTED:
                self.tally.check(f"{line} {model}: mistakes", lambda: self.mistakes(subject))
        if not self.options.keep:
            shutil.rmtree(folder, ignore_errors=True)

    def mistakes(self, subject: Subject) -> str | None:
        """Each mistake that is planted is found, and nearly all are named."""
        script = HERE / "plant_mistakes.py"
        files = [self.programs("resverify"), subject.original, subject.golden]
        result = run(self.environments.readers(), script, *files, timeout=3600)
        lines = result.stdout.splitlines()
        self.tally.remark = lines[-1] if lines else ""
        if result.returncode == 0:
            return None
        missed = [text for text in lines if '"named": false' in text]
        return "\n".join([result.stderr.strip(), *missed, self.tally.remark])

    def make(self, subject: Subject) -> str | None:
        """The network and its golden, unless they are there already."""
        if subject.original.exists() and subject.golden.exists():
            return None
        full_size(self.environments, subject.line, subject.name, subject.folder)
        return None


# --- Command ---------------------------------------------------------------------------------


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Hold the programs against real Keras.")
    parser.add_argument("--only", choices=("fixtures", "built", "full"), help="a part of the work")
    parser.add_argument("--line", choices=LINES, help="one line of Keras instead of both")
    parser.add_argument("--models", nargs="+", choices=MODELS, help="some of the networks")
    parser.add_argument("--keep", action="store_true", help="keep the files for a quick rerun")
    parser.add_argument(
        "--programs", type=Path, default=ROOT / ".build" / "release", help="where they were built"
    )
    options = parser.parse_args()
    options.programs = options.programs.resolve()
    return options


def main() -> None:
    options = arguments()
    WORK.mkdir(exist_ok=True)
    shutil.rmtree(REPORTS, ignore_errors=True)
    start = time.monotonic()
    interop = Interop(options)
    lines = [options.line] if options.line else LINES
    for line in lines:
        if options.only in (None, "fixtures"):
            interop.fixtures(line)
    if options.only in (None, "built"):
        interop.built()
    for line in lines:
        for model in options.models or MODELS:
            if options.only in (None, "full"):
                interop.full(line, model)
    interop.schemas()
    if options.only in (None, "fixtures"):
        interop.pages()
    tally = interop.tally
    for title in tally.failures:
        print(f"failed: {title}")
    total = ", ".join(f"{count} {name}" for name, count in sorted(tally.verdicts.items()))
    print(f"tensors held against goldens: {total or 'none'}")
    skipped = f", {tally.skipped} skipped" if tally.skipped else ""
    minutes = (time.monotonic() - start) / 60
    print(f"{tally.passed} passed, {len(tally.failures)} failed{skipped} ({minutes:.1f} min)")
    sys.exit(1 if tally.failures or not tally.passed else 0)


if __name__ == "__main__":
    main()
