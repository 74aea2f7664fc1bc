"""What is checked of each file."""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
from collections import Counter
from pathlib import Path
from threading import Lock

from environments import HERE, ROOT, Environments
from judging import h5diff, in_words, judged
from processes import Answer, ask, failure, refusal, run
from subject import Subject, with_each_class
from tally import Outcome, Tally

sys.path.insert(0, str(ROOT / "fixtures"))

import full_size_networks  # noqa: E402

WORK = ROOT / ".build-interop"
# What resverify reports stays until all of it is held against the schemas.
REPORTS = WORK / "reports"
LINES = ("keras2", "keras3")
PLANTED = ("ResNet50", "MobileNetV2")
# Models that every other one must differ from, the first of them that it is not itself.
OTHERS = [ROOT / "fixtures" / name / "keras3.h5" for name in ("activation_layers", "dense")]


class Interop:
    """The checks. Parts of them may run in threads of their own."""

    def __init__(self, options: argparse.Namespace):
        self.options = options
        self.environments = Environments(WORK)
        self.tally = Tally()
        # What resverify has printed, of each kind.
        self.reports: dict[str, list[Path]] = {
            "verification": [], "comparison": [], "sensitivity": []
        }  # fmt: skip
        self.done: set[str] = set()
        self.lock = Lock()

    def programs(self, name: str) -> Path:
        return self.options.programs / name

    def files(self, subjects: list[Subject]) -> list[Subject]:
        """Everything that needs no Keras. Returns what there is a file of to show to Keras."""
        check = self.tally.check
        converted = []
        for subject in subjects:
            title = subject.title
            if not check(f"{title}: convert", lambda s=subject: self.convert(s)):
                continue
            converted.append(subject)
            check(f"{title}: h5diff", lambda s=subject: h5diff(s.original, s.back))
            if subject.unsupported:
                self.tally.skip(f"{title}: verify", subject.unsupported)
            else:
                check(f"{title}: verify", lambda s=subject: self.verify(s))
            check(f"{title}: compare", lambda s=subject: self.compare(s))
        for name, pair in (
            ("strict", lambda s: [s.original, s.back]),
            ("protobuf", lambda s: [s.original, s.converted]),
        ):
            for answer in self.read(name, {s.title: pair(s) for s in converted}):
                self.tally.note(f"{answer.name}: {name}", answer.problem, answer.seconds)
        return converted

    def read(self, check: str, files: dict[str, list[Path]]) -> list[Answer]:
        """What h5py and Python's protobuf find of the files of each title."""
        command = [self.environments.readers(), HERE / "read_files.py", self.environments.schema()]
        jobs = [
            {"name": title, "check": check, "files": [str(file) for file in of_title]}
            for title, of_title in files.items()
        ]
        return list(ask(command, jobs, WORK))

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

    def verify(self, subject: Subject) -> Outcome:
        """Every call agrees with the golden; none is left unchecked without a reason."""
        command = [self.programs("resverify"), subject.converted, "--golden", subject.golden]
        result = run(*command, "--json")
        if self.is_first("a report with a fault"):
            # No float32 is without rounding.
            exact = run(*command, "--atol", "0", "--rtol", "0", "--diagnose", "--json")
            self.keep("verification", subject, "exact", exact.stdout)
        if subject.name in ("block_projection", "normalization"):
            sensitivity = [self.programs("resverify"), "sensitivity", *command[1:], "--json"]
            self.keep("sensitivity", subject, "sensitivity", run(*sensitivity).stdout)
        self.keep("verification", subject, "report", result.stdout)
        if result.returncode:
            return failure(run(*command, "--quiet"))
        counts, problem = judged(json.loads(result.stdout), subject.name)
        self.tally.held(counts)
        return problem, in_words(counts)

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
        # The same model of the other line of Keras is equal, too.
        another = next(path for path in OTHERS if path.parent != subject.original.parent)
        other = run(*command, another)
        self.keep("comparison", subject, "other", other.stdout)
        return None if other.returncode == 1 else failure(other) or "equals another model"

    def is_first(self, task: str) -> bool:
        """Whether nobody has asked this of the task."""
        with self.lock:
            is_first = task not in self.done
            self.done.add(task)
        return is_first

    def keep(self, kind: str, subject: Subject, name: str, text: str) -> None:
        # Two subjects may have one name: what is built, what is bound.
        with self.lock:
            number = len(self.reports[kind])
            path = REPORTS / kind / f"{number}-{subject.line}" / f"{subject.name}-{name}.json"
            self.reports[kind].append(path)
        path.parent.mkdir(parents=True)
        path.write_text(text)

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

    def layers(self, line: str) -> None:
        """The list of what is supported knows every class that Keras has."""
        script = [self.environments.keras(line), ROOT / "fixtures" / "list_layers.py", "--check"]
        self.tally.check(f"{line}: layers", lambda: failure(run(*script)))

    def recorder(self, line: str) -> None:
        """What can be recorded is, and the rest is refused, in the words of resverify."""
        script = [self.environments.keras(line), HERE / "record_cases.py"]
        operands = [ROOT / "fixtures" / "record_golden.py", WORK / f"{line}-recorder"]
        program = ["--resverify", self.programs("resverify")]
        self.tally.check(f"{line}: recorder", lambda: failure(run(*script, *operands, *program)))

    def pages(self) -> None:
        """What resverify shows can be looked at, used and read aloud."""
        script = [self.environments.readers(), HERE / "browse_reports.py"]
        operands = [self.programs("resverify"), ROOT / "fixtures", WORK / "pages"]
        self.tally.check("pages: Chromium", lambda: failure(run(*script, *operands)))

    def compose(self, subjects: list[Subject]) -> None:
        """A Keras file of what a model means alone; some cannot be had, for a stated reason."""
        files = {s.title: [s.converted, s.bare] for s in subjects}
        problems = {answer.name: answer.problem for answer in self.read("bare", files)}
        for subject in subjects:
            self.tally.check(
                f"{subject.title}: compose",
                lambda s=subject: problems[s.title] or self.write_composed(s),
            )

    def write_composed(self, subject: Subject) -> Outcome:
        result = run(self.programs("resconv"), "--check", subject.bare, subject.composed)
        subject.is_composed = result.returncode == 0
        if reason := refusal(result):
            return None, f"refused: {reason}"
        return failure(result)

    def compose_for(self, subjects: list[Subject]) -> None:
        """Files for one line of Keras, of enough models that the latest ones wrote."""
        chosen = with_each_class([s for s in subjects if s.original.stem == s.line])
        for subject in chosen:
            for line in LINES:
                self.tally.check(
                    f"{subject.title}: compose for {line}",
                    lambda s=subject, line=line: self.write_composed_for(line, s),
                )
        few = sum(len(s.composed_for) for s in chosen) < 1.4 * len(chosen)
        title = f"{chosen[0].line if chosen else 'none'}: many have words in both lines"
        self.tally.note(title, "the other line refuses most" if few else None)

    def write_composed_for(self, line: str, subject: Subject) -> Outcome:
        """An archive for the line that a file is of, .h5 for the other."""
        target = subject.folder / f"for-{line}{'.keras' if line == subject.line else '.h5'}"
        options = ["--check", "--drop-optimizer", "--for", line]
        result = run(self.programs("resconv"), *options, subject.original, target)
        if result.returncode == 0:
            subject.composed_for[line] = target
        # A line has words for all that is in its own files.
        elif line != subject.line and (reason := refusal(result)):
            return None, f"refused: {reason}"
        return failure(result)

    def keras(self, line: str, subjects: list[Subject]) -> None:
        """A line of Keras reads back what it wrote, and what was composed, of either line.

        What it predicts from a file of its own is asked once for both.
        """
        jobs: list[dict[str, object]] = []
        for s in subjects:
            golden = str(s.golden)
            original = str(s.original) if s.line == line and not s.no_reload else None
            if original:
                jobs.append(
                    {"name": f"{s.title}: keras", "original": original, "converted": str(s.back),
                     "golden": golden}
                )  # fmt: skip
            elif s.line == line:
                reason = f"Keras does not read its own file back ({s.no_reload})"
                self.tally.skip(f"{s.title}: keras", reason)
            if s.is_composed:
                jobs.append(
                    {"name": f"{s.title}: composed, in {line}", "original": original,
                     "converted": str(s.composed), "golden": golden, "composed": True}
                )  # fmt: skip
            if line in s.composed_for:
                jobs.append(
                    {"name": f"{s.title}: composed for {line}", "original": original,
                     "converted": str(s.composed_for[line]), "golden": golden, "composed": True,
                     "for_this": True}
                )  # fmt: skip
        self.predicted(line, jobs)

    def predicted(self, line: str, jobs: list[dict[str, object]]) -> None:
        """What a line of Keras predicts from files."""
        for answer in ask([self.environments.keras(line), HERE / "predict.py"], jobs, WORK):
            self.tally.note(answer.name, (answer.problem, answer.remark), answer.seconds)

    def noise(self, line: str, subjects: list[Subject]) -> None:
        """What another program computes of the same weights is within the bounds of rounding."""
        backend = {"keras2": "onnxruntime", "keras3": "numpy"}[line]
        known = {s.title: s for s in subjects if not s.no_reload and not s.unsupported}
        jobs = [
            {"name": title, "model": str(s.original), "golden": str(s.golden),
             "target": str(s.folder / f"{backend}.golden.h5")} for title, s in known.items()
        ]  # fmt: skip
        made, last = [], ""
        script = HERE / "other_backends.py"
        for answer in ask([self.environments.keras(line), script, backend], jobs, WORK):
            if answer.problem:
                last = answer.problem
                self.tally.skip(f"{answer.name}: noise of {backend}", last)
            else:
                made.append(known[answer.name])
        few = len(made) < 0.75 * len(known)
        problem = f"{len(made)} of {len(known)}: {last}" if few else None
        self.tally.note(f"{line}: {backend} runs nearly all", problem)
        for subject in made:
            self.tally.check(
                f"{subject.title}: noise of {backend}",
                lambda s=subject: self.is_noise(s, backend),
            )

    def is_noise(self, subject: Subject, backend: str) -> Outcome:
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
        is_held = counts["ok"] + counts["rounding"] > 0
        return (None if is_held else "no tensor is held"), in_words(counts)

    def predict(self, subject: Subject) -> str | None:
        """Keras predicts of the converted file what it predicted before it wrote the original."""
        python, script = self.environments.keras(subject.line), ROOT / "fixtures/predict_check.py"
        made = subject.original.parent
        image, expected = made / "input.npy", made / "predict.npy"
        return failure(run(python, script, subject.back, "--input", image, "--expected", expected))

    # -- What goes there and back

    def fixtures(self, line: str) -> None:
        # The lines are installed side by side, rather than one when both want it.
        self.environments.keras(line)
        manifest = json.loads((ROOT / "fixtures" / "manifest.json").read_text())
        subjects = []
        for entry in manifest:
            original = ROOT / "fixtures" / entry["file"]
            # Files of older Keras are read by the latest of its line, as by its users.
            is_old = entry["file"].startswith("old/")
            is_of_keras3 = entry["producer"].startswith("keras 3")
            is_of_keras1 = entry["producer"].startswith("keras 1")
            of_line = (
                ("keras3" if is_of_keras3 else "keras2")
                if is_old or is_of_keras1
                else original.stem
            )
            if entry["expected"] != "ok" or of_line != line:
                continue
            reload = (
                "no later Keras reads files of Keras 1" if is_of_keras1 else entry["keras_reload"]
            )
            golden = ROOT / "fixtures" / entry["golden"]
            name = entry["name"] + (".keras" if original.suffix == ".keras" else "")
            no_reload = None if reload == "ok" else reload
            if is_old and original.suffix == ".keras":
                no_reload = "archives are for the version that wrote them"
            subject = Subject(name, line, original, golden, WORK / line / name, no_reload)
            subject.classes = frozenset(entry["layers"])
            subjects.append(subject)
        if not subjects:
            self.tally.note(f"{line}: fixtures", "the manifest has none")
        subjects = self.files(subjects)
        # The model of an archive is that of a file in HDF5.
        others = [subject for subject in subjects if not subject.is_archive]
        self.noise(line, others)
        self.compose(others)
        self.compose_for(others)
        for reader in LINES:
            self.keras(reader, subjects)
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
                {"name": f"built {s.name}: composed, in {line}", "original": None,
                 "converted": str(s.original), "golden": str(s.golden), "composed": True}
                for s in subjects
            ]  # fmt: skip
            self.predicted(line, jobs)
        self.tally.check("built: summary", lambda: self.summaries(models, result.stdout))
        if not self.options.keep:
            shutil.rmtree(folder, ignore_errors=True)

    def recorded(self, line: str, path: Path) -> Subject:
        golden = path.with_suffix(f".{line}.golden.h5")
        return Subject(path.stem, line, path, golden, path.parent, built=path.with_suffix(".pb"))

    def record(self, subject: Subject) -> str | None:
        """Real Keras runs what was built in Swift."""
        script = ROOT / "fixtures" / "record_golden.py"
        python = self.environments.keras(subject.line)
        return failure(run(python, script, subject.original, "--output", subject.golden))

    def summaries(self, models: list[Path], printed: str) -> str | None:
        """Each summary of Keras is among those that the program has printed."""
        python = self.environments.keras("keras3")
        result = run(python, HERE / "summarize.py", *models)
        blocks = [
            b.strip() for b in re.split(r"(?=^Model: )", result.stdout, flags=re.M) if b.strip()
        ]
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
                    subject.name,
                    subject.line,
                    bound[0],
                    subject.golden,
                    subject.folder,
                    built=bound[0],
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
                lambda: (
                    saved
                    or bind(weights, bound[1])
                    or (None if bound[0].read_bytes() == bound[1].read_bytes() else "they differ")
                ),
            )

    def full(self, line: str, model: str) -> None:
        made = full_size_networks.NETWORKS / f"{line}-{model}"
        folder = WORK / f"{line}-{model}"
        folder.mkdir(exist_ok=True)
        subject = Subject(model, line, made / "m.h5", made / "m.golden.h5", folder)
        if self.tally.check(f"{line} {model}: make", lambda: self.make(subject)):
            if self.files([subject]):
                self.tally.check(f"{line} {model}: keras", lambda: self.predict(subject))
            if model.startswith("ResNet50"):
                self.bind(subject)
            if line == "keras3" and model in PLANTED:
                self.tally.check(f"{line} {model}: mistakes", lambda: self.mistakes(subject))
        if not self.options.keep:
            shutil.rmtree(folder, ignore_errors=True)

    def families(self, line: str) -> None:
        """The mistakes that people make with sequences, attention and transposed convolutions."""
        made = ROOT / "fixtures" / "families"
        folder = WORK / f"{line}-families"
        folder.mkdir(exist_ok=True)
        subject = Subject(
            "families", line, made / f"{line}.h5", made / f"{line}.golden.h5", folder
        )
        self.tally.check(f"{subject.title}: mistakes", lambda: self.mistakes(subject))

    def make(self, subject: Subject) -> None:
        """The network and its golden, unless they are there already."""
        full_size_networks.network(
            subject.line, subject.name, self.environments.keras(subject.line)
        )

    def mistakes(self, subject: Subject) -> Outcome:
        """Each mistake that is planted is found, and nearly all are named."""
        script = HERE / "plant_mistakes.py"
        files = [self.programs("resverify"), subject.original, subject.golden, subject.folder]
        result = run(self.environments.readers(), script, *files, timeout=3600)
        lines = result.stdout.splitlines()
        remark = lines[-1] if lines else ""
        if result.returncode == 0:
            return None, remark
        missed = [text for text in lines if '"named": false' in text]
        return "\n".join([result.stderr.strip(), *missed, remark])
