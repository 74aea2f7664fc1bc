"""Asks real Keras whether two model files compute the same.

    python predict.py jobs.json        # with the Python of fixtures/environment.sh

`jobs.json` is a list of {"name", "original", "converted", "golden"}; the inputs are the golden's.
They compute the same if they do so bit for bit. Without an original, a file is held against the
golden's outputs, which a Keras may have computed that rounds otherwise. Jobs of one original that
stand side by side share what it predicts.

A file that is "composed" was not written by Keras: it must be loaded without a warning, unless it
is for the other Keras. Then it must be refused; and one that is "for_this" Keras may not be so.

Prints one JSON object a line: {"name", "problem", "remark"}; the problem is null if there is none.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import re
import sys
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest.mock import patch

# The same bits on every run, as when the fixtures were made.
os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "fixtures"))

import h5py  # noqa: E402
import keras  # noqa: E402
import numpy as np  # noqa: E402
import record_golden as golden  # noqa: E402

logging.disable(logging.WARNING)
warnings.filterwarnings("ignore")


# What another Keras may compute otherwise, of the largest value of an output.
ROUNDING = 1e-5
# Where digits cancel, an activation errs by units of 1, however small it is.
CANCELLED = 1e-6
# By the type that a model computes in, where that is coarser.
COARSE = {"float16": 5e-3, "bfloat16": 5e-2}


def compare(job: dict[str, str | None]) -> tuple[str | None, str]:
    """What real Keras finds wrong with the converted file, and a remark."""
    original, golden_path = job["original"], str(job["golden"])
    if needs_missing_tensorflow(str(job["converted"])):
        return None, f"not asked, {TENSORFLOW_ONLY}"
    cases = read_cases(golden_path)
    before = predict_original(original, golden_path) if original else read_outputs(golden_path)
    path, is_composed = str(job["converted"]), bool(job.get("composed"))
    refuses = for_other_keras(path) if is_composed else None
    if job.get("for_this") and refuses in OF_OTHER_LINE:
        return f"this Keras was asked for, and {refuses}", ""
    try:
        after = predict(path, cases, is_silent=is_composed)
    except Exception as error:  # Whatever Keras raises is the answer.
        text = f"{type(error).__name__}: {first_line(error)}"
        if refuses:
            return None, f"refused, {refuses}: {text}"
        return f"Keras does not load the converted file: {text}", ""
    if refuses == KERAS3_ONLY:
        return f"Keras loads a file that it should refuse, {refuses}", ""
    if before.keys() != after.keys():
        return f"outputs are {list(before)} and {list(after)}", ""
    # A composed file does not say that the steps of a sequence are written one after the other.
    is_exact = original and not (is_composed and '"unroll": true' in config_of(original))
    tolerance = 0.0 if is_exact else tolerance_of(path)
    for name in before:
        if before[name].shape != after[name].shape or not before[name].size:
            return f"output {name} has shapes {before[name].shape} and {after[name].shape}", ""
        if golden.is_text(before[name]):
            if (before[name] != after[name]).any():
                return f"output {name} has other texts", ""
            continue
        distance = float(np.abs(before[name].astype("float64") - after[name]).max())
        is_same = before[name].tobytes() == after[name].tobytes()
        allowed = tolerance * float(np.abs(before[name]).max())
        if tolerance and before[name].dtype == "float32":
            allowed = max(allowed, CANCELLED)
        if not is_same and not distance <= allowed:
            return f"output {name} differs by {distance:g}", ""
    return (None, "") if before else ("nothing was predicted", "")


KERAS3_ONLY = "it is for Keras 3 only"
SLASH = "it has names with a slash, which Keras 3 does not take"
OPERATIONS = "it has operations, of which Keras 3 does not load all"
APPLICATIONS = "it has layers of keras.applications that Keras 2 does not register"
UNREGISTERED = "it has layers that Keras 2 saves and does not register"
CONSTANT_FIRST = "it merges a constant that is first, which Keras 3 saves and does not load"
DILATED = "it has transposed convolutions with dilation, which TensorFlow computes on no CPU"
HASHED = "it has hashes as one-hot, which Keras 2 makes of one token of a sample alone"
CUDNN = "it has layers that are computed on a GPU alone"
TENSORFLOW_ONLY = "it has layers that Keras 3 has on TensorFlow alone"
OF_TENSORFLOW = ("HashedCrossing", "Hashing", "IntegerLookup", "StringLookup", "TextVectorization")
KERAS2_ONLY = "it has what Keras 3 has no more"
GONE = (
    "CuDNNGRU", "CuDNNLSTM",
    "LocallyConnected1D", "LocallyConnected2D", "RandomHeight", "RandomWidth", "ThresholdedReLU",
)  # fmt: skip
NESTED = "it has nested models, whose calls Keras 3 counts otherwise"
OF_OTHER_LINE = (KERAS3_ONLY, KERAS2_ONLY, NESTED)


def needs_missing_tensorflow(path: str) -> bool:
    """Whether a file has layers that this Keras has with TensorFlow alone, which is not there."""
    if golden.KERAS_MAJOR == 2 or find_spec("tensorflow") is not None:
        return False
    return any(f'"{name}"' in config_of(path) for name in OF_TENSORFLOW)


def for_other_keras(path: str) -> str | None:
    """Why this Keras may refuse a composed file, if so."""
    version, config = version_of(path), json.loads(config_of(path))
    is_for_keras3 = not version.startswith("2.")
    layers = config["config"]["layers"]
    if golden.KERAS_MAJOR == 2:
        if any(layer["class_name"] in ("LayerScale", "StochasticDepth") for layer in layers):
            return APPLICATIONS
        if any(map(is_dilated, layers)):
            return DILATED
        if any(layer["class_name"] == "SpectralNormalization" for layer in layers):
            return UNREGISTERED
        if any(layer["class_name"].startswith("CuDNN") for layer in layers):
            return CUDNN
        if any(
            layer["class_name"] == "Hashing" and layer["config"].get("output_mode") == "one_hot"
            for layer in layers
        ):
            return HASHED
        return KERAS3_ONLY if is_for_keras3 else None
    if any("/" in layer["config"]["name"] for layer in layers):
        return SLASH
    if any(map(is_gone, layers)):
        return KERAS2_ONLY
    # An ellipsis in an index, what TensorFlow alone takes, and what warns while it is called.
    if '"module": "keras.src.ops' in config_of(path):
        return OPERATIONS
    if any(map(starts_with_constant, layers)):
        return CONSTANT_FIRST
    is_nested = any("layers" in layer["config"] for layer in layers)
    return NESTED if is_nested and not is_for_keras3 else None


def is_dilated(layer: dict[str, Any]) -> bool:
    """Whether a layer is a transposed convolution with dilation."""
    rates = layer["config"].get("dilation_rate", [])
    return layer["class_name"].endswith("Transpose") and any(rate > 1 for rate in rates)


def is_gone(layer: dict[str, Any]) -> bool:
    """Whether Keras 3 does not have a layer any more, or one of its settings."""
    kernels = ("area", "gaussian", "mitchellcubic")
    return layer["class_name"] in GONE or layer["config"].get("interpolation") in kernels


def starts_with_constant(layer: dict[str, Any]) -> bool:
    """Whether a call of a layer that merges has a constant for its first input."""
    calls = [node["args"] for node in layer.get("inbound_nodes", []) if isinstance(node, dict)]
    firsts = [args[0][0] for args in calls if args and isinstance(args[0], list) and args[0]]
    return any(first.get("class_name") == "__tensor__" for first in firsts)


def config_of(path: str) -> str:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return archive.read("config.json").decode()
    with h5py.File(path, "r") as file:
        config = file.attrs["model_config"]
    return config.decode() if isinstance(config, bytes) else config


def version_of(path: str) -> str:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return json.loads(archive.read("metadata.json"))["keras_version"]
    with h5py.File(path, "r") as file:
        return file.attrs["keras_version"]


def tolerance_of(path: str) -> float:
    config = config_of(path)
    return max([ROUNDING] + [value for name, value in COARSE.items() if f'{name}"' in config])


def read_cases(path: str) -> list[golden.Case]:
    """The golden's inputs."""
    cases = []
    with h5py.File(path, "r") as file:
        for name, group in file["cases"].items():
            inputs: dict[str, np.ndarray] = {}
            group["inputs"].visititems(
                lambda key, item: inputs.update({key: item[...]})
                if isinstance(item, h5py.Dataset)
                else None
            )
            cases.append(golden.Case(name, "", inputs))
    return cases


def read_outputs(path: str) -> dict[str, np.ndarray]:
    """The golden's outputs, by case and name."""
    outputs: dict[str, np.ndarray] = {}
    with h5py.File(path, "r") as file:
        for name, group in file["cases"].items():
            group["outputs"].visititems(
                lambda key, item, name=name: outputs.update({f"{name}/{key}": item[...]})
                if isinstance(item, h5py.Dataset)
                else None
            )
    return outputs


class Word(Exception):
    """Something that Keras had to say."""


# What Keras says of the machine, of its own defects, and of the word that its lines do not share.
ALLOWED = (
    "Mixed precision compatibility check",
    "Explicitly requested dtype float64 ",
    "You passed `rms_scaling=True`, which is deprecated",
    "Argument `alpha` is deprecated",
)


# What it says of a model that drops masks, whoever wrote the file.
DROPPED_MASK = r"Layer '.+' \(of type \w+\) was passed an input with a mask attached to it"


class Listener(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        if not record.getMessage().startswith(ALLOWED):
            raise Word(record.getMessage())


@contextmanager
def silence() -> Iterator[None]:
    """Makes an error of every warning that is not allowed."""
    listener = Listener(logging.WARNING)
    loggers = [logging.getLogger(), logging.getLogger("absl"), logging.getLogger("tensorflow")]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for message in ALLOWED:
            warnings.filterwarnings("ignore", message=re.escape(message))
        warnings.filterwarnings("ignore", message=DROPPED_MASK)
        logging.disable(logging.NOTSET)
        for logger in loggers:
            logger.addHandler(listener)
        try:
            yield
        finally:
            for logger in loggers:
                logger.removeHandler(listener)
            logging.disable(logging.WARNING)


def draw(shape: tuple[int, ...], dtype: str | None = None, **_: Any) -> Any:
    numbers = np.random.default_rng().standard_normal(shape)
    return keras.ops.convert_to_tensor(numbers, dtype or keras.config.floatx())


def drawn_by_numpy() -> AbstractContextManager[Any]:
    """Lets NumPy draw what weights are before a file is read: JAX compiles that for each shape.

    Other numbers each time, so that a weight that is not read still shows.
    """
    if golden.KERAS_MAJOR == 2:
        return nullcontext()
    draws = dict.fromkeys(("normal", "truncated_normal", "uniform"), draw)
    return patch.multiple(keras.src.backend.random, **draws)


def predict(
    path: str, cases: list[golden.Case], is_silent: bool = False
) -> dict[str, np.ndarray]:
    """Every output of every case of a model that is read from a file."""
    keras.backend.clear_session()
    with silence() if is_silent else nullcontext(), drawn_by_numpy():
        model = keras.models.load_model(path, compile=False)
    # It takes longer to trace a function than to run it once.
    recorder = golden.Recorder(model, record_calls=False, is_traced=False)
    outputs = {}
    for case in cases:
        recorded = recorder.record(golden.Case(case.name, "", case.inputs))
        for key, value in recorded.outputs.items():
            is_text = golden.is_text(value)
            outputs[f"{case.name}/{key}"] = golden.stored(value) if is_text else value
    return outputs


@lru_cache(maxsize=1)
def predict_original(path: str, golden_path: str) -> dict[str, np.ndarray]:
    """What the file that Keras wrote predicts from the golden's inputs."""
    return predict(path, read_cases(golden_path))


def first_line(error: Any) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def main() -> None:
    # Keras collects garbage for every model; what was imported is none.
    gc.freeze()
    for job in json.loads(Path(sys.argv[1]).read_text()):
        try:
            problem, remark = compare(job)
        except Exception as error:
            problem, remark = f"Keras does not read its own file: {first_line(error)}", ""
        print(json.dumps({"name": job["name"], "problem": problem, "remark": remark}), flush=True)


if __name__ == "__main__":
    main()
