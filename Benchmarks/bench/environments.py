"""The peers, each in a throw-away Python, installed from PyPI when first asked for."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from paths import PEERS, ROOT, WORK

REQUIREMENTS = {
    "onnxruntime": [PEERS / "requirements-onnxruntime.txt"],
    "safetensors": [PEERS / "requirements-safetensors.txt"],
    "tensorflow": [PEERS / "requirements-tensorflow.txt"],
    "tf2onnx": [
        ROOT / "fixtures" / "requirements-keras2.txt", PEERS / "requirements-tf2onnx.txt"
    ],
}  # fmt: skip
# Who needs a Keras has that of the fixtures: the line of fixtures/environment.sh.
SHARED = {"tf2onnx": "keras2"}
# Whose versions are worth a line in the results.
NAMED = (
    ("onnxruntime", "onnxruntime"),
    ("safetensors", "safetensors"),
    ("tensorflow", "tensorflow-cpu"),
    ("tf2onnx", "tf2onnx"),
    ("tf2onnx", "tensorflow-cpu"),
)


def python(name: str) -> Path:
    """The Python of an environment."""
    files = REQUIREMENTS[name]
    if name in SHARED:
        return shared(SHARED[name], files[1:])
    folder = WORK / "environments" / name
    interpreter, stamp = folder / "bin" / "python", folder / "installed.txt"
    wanted = "".join(file.read_text() for file in files)
    # The stamp is written last: an interrupted installation is started again.
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"installing {name}", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [str(interpreter), "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
        requirements = [f"--requirement={file}" for file in files]
        subprocess.run(pip + requirements, check=True)
        stamp.write_text(wanted)
    return interpreter


def shared(line: str, besides: list[Path]) -> Path:
    """The Python of a line of Keras, with what is required besides."""
    script = ROOT / "fixtures" / "environment.sh"
    result = subprocess.run(
        [script, line, *besides],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return Path(result.stdout.strip().splitlines()[-1])


def versions() -> list[str]:
    """What the requirements pin: 'onnxruntime 1.32.0'."""
    found = []
    for name, package in NAMED:
        text = "".join(file.read_text() for file in REQUIREMENTS[name])
        pinned = re.search(rf"^{package}==(\S+)", text, re.MULTILINE)
        found.append(f"{package} {pinned[1] if pinned else '?'}")
    return found
