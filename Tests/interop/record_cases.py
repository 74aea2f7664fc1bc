"""Checks what record_golden.py takes and refuses, on models that are made here.

    python record_cases.py RECORDER FOLDER    # with the Python of either line of Keras

`record_golden.py` and, where it is given, `resverify record` are to read the same inputs, and to
refuse others with the same sentences. Prints a line for each failure; exits with 1 if there is any.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import traceback
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "fixtures"))

import h5py  # noqa: E402
import numpy as np  # noqa: E402
import record_golden as golden  # noqa: E402

# With the backend that was chosen there.
keras = golden.keras
L = keras.layers
PIXELS = "whole numbers from 0 to 255, as {} takes"


def net(*first: Any, name: str = "net") -> Any:
    x = y = L.Input((6, 6, 3), name="image")
    for layer in first:
        y = layer(y)
    y = L.Conv2D(4, 3, name="conv")(y)
    return keras.Model(x, L.Dense(2, name="out")(L.Flatten(name="flat")(y)), name=name)


def adapted() -> Any:
    layer = L.Normalization(name="norm")
    layer.adapt(np.random.default_rng(0).integers(0, 256, (32, 6, 6, 3)).astype("float32"))
    return net(layer)


def nested() -> Any:
    inner = net(L.Rescaling(1 / 255, name="scaled"), name="inner")
    x = L.Input((6, 6, 3), name="image")
    return keras.Model(x, L.Dense(2, name="top")(inner(x)))


def two_inputs() -> Any:
    ids, numbers = L.Input((5,), dtype="int32", name="ids"), L.Input((4,), name="numbers")
    places = L.Flatten(name="flat")(L.Embedding(300, 2, name="table")(ids))
    both = L.Concatenate(name="both")([places, numbers])
    return keras.Model([ids, numbers], L.Dense(2, name="out")(both))


# What the first layers of each suggest, by input.
SUGGESTIONS: dict[str, tuple[Callable[[], Any], dict[str, str]]] = {
    "plain": (net, {}),
    "scaled": (
        lambda: net(L.Rescaling(1 / 255, name="scaled")),
        {"image": PIXELS.format("'scaled' (Rescaling)")},
    ),
    "centred": (
        lambda: net(
            L.Resizing(6, 6, name="resized"),
            L.RandomFlip(name="flipped"),
            L.Rescaling(1 / 127.5, offset=-1, name="scaled"),
        ),
        {"image": PIXELS.format("'scaled' (Rescaling)")},
    ),
    "sixteen": (
        lambda: net(L.Rescaling(1 / 16, name="scaled")),
        {"image": "whole numbers from 0 to 16, as 'scaled' (Rescaling) takes"},
    ),
    "adapted": (
        adapted,
        {"image": PIXELS.format("'norm' (Normalization)")},
    ),
    "nested": (
        nested,
        {"image": PIXELS.format("'inner/scaled' (Rescaling)")},
    ),
    "two": (two_inputs, {"ids": "whole numbers from 0 to 299, as 'table' (Embedding) takes"}),
}


class Failures:
    def __init__(self) -> None:
        self.count = 0

    def expect(self, what: str, found: Any, expected: Any) -> None:
        if found != expected:
            self.count += 1
            print(f"{what}: expected {expected!r}, found {found!r}")


def run(*command: Any) -> tuple[int, str]:
    """The exit status of a command, and the sentence that it ends with."""
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    return result.returncode, sentence_of(result.stderr)


def record(*operands: Any) -> tuple[int, str]:
    """What `run` gives of record_golden.py, in this process: Keras takes long to import."""
    errors, code = StringIO(), 0
    command = ["record_golden.py", *map(str, operands)]
    with patch.object(sys, "argv", command), redirect_stderr(errors), redirect_stdout(StringIO()):
        try:
            golden.main()
        except SystemExit as end:
            code = int(end.code or 0)
        except Exception:
            code = 1
            traceback.print_exc()
    return code, sentence_of(errors.getvalue())


def sentence_of(errors: str) -> str:
    lines = errors.strip().splitlines()
    return errors if "Traceback" in errors else lines[-1] if lines else ""


def described(path: Path) -> list[str]:
    with h5py.File(path) as file:
        return [file["cases"][name].attrs["description"] for name in file["cases"]]


def check_suggestions(failures: Failures, folder: Path, recorder: Path) -> None:
    for name, (make, expected) in SUGGESTIONS.items():
        model = make()
        found = {key: one.text for key, one in golden.expectations(model).items()}
        failures.expect(f"{name}: expectations", found, expected)
        cases = golden.make_cases(model, 3, 1, 1.0, 8, golden.expectations(model))
        for case in cases:
            for key, text in expected.items():
                last = int(text.split(" to ")[1].split(",")[0])
                array = case.inputs[key]
                is_within = bool(((array >= 0) & (array <= last) & (array == np.rint(array))).all())
                failures.expect(f"{name}: {case.name}: within", is_within, True)
                failures.expect(f"{name}: {case.name}: spread", bool(array.max() > last / 2), True)
                failures.expect(f"{name}: {case.name}: told", text in case.description, True)
    # The command does so, says so, and keeps it; who states a scale has it.
    path, out = folder / "scaled.h5", folder / "g.h5"
    SUGGESTIONS["scaled"][0]().save(path)
    text = SUGGESTIONS["scaled"][1]["image"]
    sentence = f"{path}: input 'image' is fed {text}; --input feeds others"
    result = subprocess.run(
        [sys.executable, recorder, path, "--output", out], capture_output=True, text=True
    )
    failures.expect("scaled: told", sentence in result.stderr.splitlines(), True)
    failures.expect("scaled: kept", all(text in one for one in described(out)), True)
    record(path, "--output", out, "--scale", "2")
    failures.expect("scaled: scale", any(text in one for one in described(out)), False)


def check_kinds(failures: Failures, folder: Path) -> None:
    model, other = net(), net(L.Conv2D(3, 1, name="more"))
    model.save(folder / "m.h5")
    model.save(folder / "m.keras")
    shutil.copy(folder / "m.keras", folder / "unnamed")
    (folder / "m.json").write_text(model.to_json())
    model.save_weights(folder / "m.weights.h5")
    other.save_weights(folder / "other.weights.h5")
    weights = ["m.weights.h5"]
    if golden.KERAS_MAJOR == 2:
        model.save_weights(folder / "named.h5", save_format="h5")
        weights.append("named.h5")
    out = folder / "g.h5"

    def recorded(*operands: Any) -> tuple[int, str]:
        out.unlink(missing_ok=True)
        return record(*operands, "--output", out)

    for name in ("m.h5", "m.keras", "unnamed"):
        failures.expect(name, (recorded(folder / name)[0], out.exists()), (0, True))
    for name in weights:
        for architecture in ("m.json", "m.keras"):
            code, text = recorded(folder / name, "--architecture", folder / architecture)
            failures.expect(f"{name} beside {architecture}: {text}", code, 0)
            if code == 0:
                with h5py.File(out) as file:
                    digests = file.attrs["weights"].split("\n")
                expected = [f"{one:016x}" for one in golden.weight_digests(model)]
                failures.expect(f"{name}: weights", digests, expected)
        failures.expect(
            f"{name} alone",
            recorded(folder / name),
            (2, f"{folder / name}: has weights and no architecture; give what the model is with "
                "--architecture"),
        )  # fmt: skip
    (folder / "text").write_text("hello")
    for operands in (
        [folder / "other.weights.h5", "--architecture", folder / "m.json"],
        [folder / "m.h5", "--architecture", folder / "m.json"],
        [folder / "m.json"], [folder / "text"], [folder / "none.h5"], [folder],
    ):  # fmt: skip
        code, text = recorded(*operands)
        is_sentence = text.startswith(f"{operands[0]}: ") and "\n" not in text
        failures.expect(f"{operands}: {text}", (code, is_sentence), (2, True))
        failures.expect(f"{operands}: nothing is written", out.exists(), False)
    before = (folder / "m.h5").read_bytes()
    code, _ = record(folder / "m.h5", "--output", folder / "m.h5")
    failures.expect("onto itself", (code, (folder / "m.h5").read_bytes() == before), (2, True))


# Takes the name of a model and a file; returns an exit status and the sentence before it.
Reader = Callable[[str, Path], "tuple[int, str]"]


def check_inputs(failures: Failures, folder: Path, readers: dict[str, Reader]) -> None:
    generator = np.random.default_rng(1)
    image = generator.standard_normal((2, 6, 6, 3))
    ids, four = generator.integers(0, 300, (2, 5)), generator.standard_normal((2, 4))
    objects = np.array([{}, 1], object)
    reshape = "items along the first axis: reshape the array"
    given: list[tuple[str, str, Any, str | None]] = [
        # The model, the file, what is in it, and the sentence that it is refused with.
        ("one", "a.npy", image, None),
        ("one", "a.npz", {"image": image}, None),
        ("one", "a.npz", {"x": image.astype("float16")}, None),
        ("one", "a.npz", {"inputs/image": image, "outputs/out": four, "weights": ids}, None),
        ("two", "a.npz", {"ids": ids, "numbers": four}, None),
        ("two", "a.npz", {"ids": ids.astype("float64"), "numbers": four}, None),
        ("two", "a.npy", image, "holds one array for a model of 2 inputs; expected an .npz file "
         "with the keys 'ids', 'numbers'"),
        ("two", "a.npz", {"ids": ids}, "has no array for input 'numbers'; expected the keys 'ids', "
         "'numbers', found 'ids'"),
        ("one", "a.npz", {"image": image, "labels": four}, "key 'labels' is that of no input; "
         "expected the keys 'image' alone"),
        ("one", "a.npy", image[0], "input 'image' is given shape [6, 6, 3]; expected "
         f"[None, 6, 6, 3], {reshape}"),
        ("one", "a.npy", image[:0], "input 'image' is given shape [0, 6, 6, 3]; expected "
         f"[None, 6, 6, 3], {reshape}"),
        ("one", "a.npy", np.full((2, 6, 6, 3), "a"), "input 'image' is given texts; expected "
         "numbers: convert the array"),
        ("one", "a.npy", image + 1e300, "input 'image' is given 1e+300; expected numbers that "
         "float32 has: convert the array"),
        ("two", "a.npz", {"ids": ids + 0.5, "numbers": four}, f"input 'ids' is given "
         f"{ids[0, 0]}.5; expected numbers that its type int32 has: convert the array"),
        ("two", "a.npz", {"ids": ids * 0 + 2**24 + 1, "numbers": four}, "input 'ids' is given "
         "16777217.0; expected numbers that float32 has: convert the array"),
        ("one", "a.npy", objects, "holds Python objects, which are not read; expected numbers or "
         "texts: convert the array"),
        ("one", "a.npz", {"image": objects}, "member 'image.npy': holds Python objects, which are "
         "not read; expected numbers or texts: convert the array"),
        ("one", "a.npy", b"hello", "is neither an .npy nor an .npz file; write it with numpy.save "
         "or numpy.savez"),
        ("one", "a.npy", b"", "is empty"),
        ("one", "a.npy", None, "cannot be opened: No such file or directory"),
    ]  # fmt: skip
    for model, name, content, sentence in given:
        path = folder / name
        write(path, content)
        for reader, read in readers.items():
            code, text = read(model, path)
            expected = (0, None) if sentence is None else (2, f"{path}: {sentence}")
            what = f"{reader}: {model}, {name}"
            failures.expect(what, (code, text if sentence else None), expected)
    # What is cut is told in the words of each library.
    write(folder / "a.npz", {"image": image})
    whole = (folder / "a.npz").read_bytes()
    for count in (5, 100, len(whole) // 2, len(whole) - 1):
        (folder / "cut.npz").write_bytes(whole[:count])
        for read in readers.values():
            code, text = read("one", folder / "cut.npz")
            is_sentence = text.startswith(f"{folder / 'cut.npz'}: ") and "\n" not in text
            failures.expect(f"cut to {count}: {text}", (code, is_sentence), (2, True))


def write(path: Path, content: Any) -> None:
    path.unlink(missing_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif isinstance(content, dict):
        np.savez(path, **content)
    elif content is not None:
        np.save(path, content)


def main() -> int:
    parser = argparse.ArgumentParser(description="Check what record_golden.py takes and refuses.")
    parser.add_argument("recorder", type=Path, help="record_golden.py")
    parser.add_argument("folder", type=Path, help="where to work")
    parser.add_argument("--resverify", type=Path, help="to be asked the same")
    options = parser.parse_args()
    shutil.rmtree(options.folder, ignore_errors=True)
    options.folder.mkdir(parents=True)
    failures = Failures()
    check_suggestions(failures, options.folder, options.recorder)
    check_kinds(failures, options.folder)
    models = {"one": net(), "two": two_inputs()}

    def read(model: str, path: Path) -> tuple[int, str]:
        try:
            golden.read_input(path, models[model])
            return 0, ""
        except golden.Refused as refusal:
            return 2, str(refusal)

    def recorded(*command: Any) -> Reader:
        return lambda model, path: run(*command, options.folder / f"{model}.h5", "--input", path)

    for name, model in models.items():
        model.save(options.folder / f"{name}.h5")
    out = options.folder / "g.h5"
    readers: dict[str, Reader] = {"read_input": read}
    if options.resverify:
        readers["resverify"] = recorded(options.resverify, "record", "--out", out)
    check_inputs(failures, options.folder, readers)
    # The command ends so, too, in a process of its own.
    command = recorded(sys.executable, options.recorder, "--output", out)
    write(options.folder / "a.npy", np.zeros((6, 6, 3)))
    for name in ("a.npy", "none.npy"):
        code, text = command("one", options.folder / name)
        failures.expect(f"{name}: {text}", (code, text.count("; ") + text.count("No such")), (2, 1))
    return 1 if failures.count else 0


if __name__ == "__main__":
    sys.exit(main())
