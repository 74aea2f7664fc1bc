"""Records goldens of models as other programs compute them: ONNX Runtime, and NumPy in float64.

    python other_backends.py onnxruntime jobs.json    # Keras 2, with requirements-onnx.txt
    python other_backends.py numpy jobs.json          # Keras 3's Python

`jobs.json` is a list of {"name", "model", "golden", "target"}; the inputs are the golden's. ONNX
Runtime, which fuses calls, records the outputs; NumPy, by Keras 3's own definitions on weights and
inputs in float64, every call. What is recorded is rounded to float32.

Prints one JSON object a line: {"name", "problem"}; the problem says why there is no target, or is
null.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

BACKEND = sys.argv[1]
if BACKEND == "numpy":
    os.environ["KERAS_BACKEND"] = "numpy"
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "fixtures"))

import h5py  # noqa: E402
import keras  # noqa: E402
import numpy as np  # noqa: E402
import record_golden as golden  # noqa: E402
from predict import read_cases  # noqa: E402

Job = dict[str, str]


class NotComparable(Exception):
    """Why a model says nothing of the noise of float32."""


def check_types(path: str) -> str:
    """The configuration of a model that computes in float32 throughout."""
    with h5py.File(path, "r") as file:
        config = file.attrs["model_config"]
    text = config.decode() if isinstance(config, bytes) else config
    for other in ("bfloat16", "float16", "float64"):
        if f'{other}"' in text:
            raise NotComparable(f"it computes in {other}")
    return text


def write(job: Job, cases: list[golden.Case], producer: str, version: str) -> None:
    target = Path(job["target"])
    golden.write_golden(target, cases, 0)
    with h5py.File(target, "r+") as file:
        file.attrs["producer"] = producer
        file.attrs["producer_version"] = version
        file.attrs["backend"] = ""


def by_numpy(job: Job) -> None:
    """Every call in float64, by the definitions of Keras 3."""
    text = check_types(job["model"])
    if '"normalize": true' in text:
        raise NotComparable("NumPy divides vectors of nearly no length by another number")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "double.h5"
        shutil.copyfile(job["model"], copy)
        with h5py.File(copy, "r+") as file:
            file.attrs["model_config"] = text.replace('"float32"', '"float64"')
        model = keras.models.load_model(copy, compile=False)
    recorder = golden.Recorder(model)
    cases = []
    for case in read_cases(job["golden"]):
        case.inputs = {name: value.astype("float64") for name, value in case.inputs.items()}
        made = recorder.record(case)
        made.inputs = {name: value.astype("float32") for name, value in case.inputs.items()}
        cases.append(made)
    write(job, cases, "numpy", np.__version__)


def by_onnxruntime(job: Job) -> None:
    """The outputs of the model as tf2onnx converts it."""
    import onnxruntime
    import tf2onnx

    check_types(job["model"])
    model = keras.models.load_model(job["model"], compile=False)
    names = golden.input_names(model)
    outputs = golden.Recorder(model, record_calls=False).output_names
    converted, _ = tf2onnx.convert.from_keras(model, opset=17)
    session = onnxruntime.InferenceSession(
        converted.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    cases = read_cases(job["golden"])
    for case in cases:
        fed = {
            node.name: case.inputs[name]
            for node, name in zip(session.get_inputs(), names, strict=True)
        }
        case.outputs = dict(zip(outputs, session.run(None, fed), strict=True))
    write(job, cases, "onnxruntime", onnxruntime.__version__)


RECORDERS: dict[str, Callable[[Job], None]] = {"numpy": by_numpy, "onnxruntime": by_onnxruntime}


def main() -> None:
    # Keras collects garbage for every model; what was imported is none.
    gc.freeze()
    for job in json.loads(Path(sys.argv[2]).read_text()):
        problem = None
        try:
            keras.backend.clear_session()
            RECORDERS[BACKEND](job)
        except Exception as error:  # Whatever the other program raises is the answer.
            problem = f"{type(error).__name__}: {(str(error).strip() or '-').splitlines()[0][:160]}"
        print(json.dumps({"name": job["name"], "problem": problem}), flush=True)


if __name__ == "__main__":
    main()
