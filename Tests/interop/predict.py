"""Asks real Keras whether two model files compute the same, bit for bit.

    python predict.py jobs.json        # with the Python of fixtures/environment.sh

`jobs.json` is a list of {"name", "original", "converted", "golden"}; the inputs are the golden's.
Prints one JSON object a line: {"name", "problem"}, where the problem is null if there is none.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import warnings
from pathlib import Path
from typing import Any

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


def problem(job: dict[str, str]) -> str | None:
    """What real Keras finds wrong with the converted file."""
    cases = read_cases(job["golden"])
    before = predict(job["original"], cases)
    try:
        after = predict(job["converted"], cases)
    except Exception as error:  # Whatever Keras raises is the answer.
        return f"Keras does not load the converted file: {first_line(error)}"
    if before.keys() != after.keys():
        return f"outputs are {list(before)} and {list(after)}"
    for name in before:
        if before[name].tobytes() != after[name].tobytes() or not before[name].size:
            return f"output {name} differs by {np.abs(before[name] - after[name]).max():g}"
    return None if before else "nothing was predicted"


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


def predict(path: str, cases: list[golden.Case]) -> dict[str, np.ndarray]:
    """Every output of every case of a model that is read from a file."""
    keras.backend.clear_session()
    model = keras.models.load_model(path, compile=False)
    recorder = golden.Recorder(model, record_calls=False)
    outputs = {}
    for case in cases:
        recorded = recorder.record(golden.Case(case.name, "", case.inputs))
        outputs.update({f"{case.name}/{key}": value for key, value in recorded.outputs.items()})
    return outputs


def first_line(error: Any) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def main() -> None:
    for job in json.loads(Path(sys.argv[1]).read_text()):
        try:
            found = problem(job)
        except Exception as error:
            found = f"Keras does not read its own file: {first_line(error)}"
        print(json.dumps({"name": job["name"], "problem": found}), flush=True)


if __name__ == "__main__":
    main()
