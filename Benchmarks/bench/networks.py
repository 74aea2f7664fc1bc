"""The networks, and the files that are made of each when they are first asked for."""

from __future__ import annotations

import random
import sys
from array import array
from dataclasses import dataclass
from pathlib import Path

import environments
from paths import PEERS, ROOT, WORK
from process import Failed, run

sys.path.insert(0, str(ROOT / "fixtures"))

import full_size_networks  # noqa: E402

# The largest batch that is measured.
LARGEST_BATCH = 8


@dataclass(frozen=True)
class Network:
    """A network with random weights, in the files of all who run it."""

    name: str
    # The elements of one image, or of what else it is fed.
    elements: int
    # The largest of them: where a network scales pixels itself, it expects them as they are.
    largest: float = 1
    # Where it is a fixture rather than made here.
    fixture: Path | None = None

    @property
    def folder(self) -> Path:
        folder = WORK / "networks" / self.name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @property
    def pb(self) -> Path:
        """What resconv makes; `convert` of __main__.py makes it anew in every run."""
        return self.folder / "m.pb"

    def h5(self) -> Path:
        return self.fixture or self.made(with_golden=False) / "m.h5"

    def archive(self) -> Path:
        """The `.keras` that Keras itself writes of the same weights."""
        if self.fixture:
            return ARCHIVE_FIXTURE
        file = self.folder / "m.keras"
        if not file.exists():
            run([environments.python("tf2onnx"), PEERS / "keras_archive.py", self.h5(), file])
        return file

    def recorded(self) -> tuple[Path, Path]:
        """A `.h5` and a golden of it, with every layer call."""
        if self.fixture:
            return self.fixture, self.fixture.with_suffix(".golden.h5")
        folder = self.made(with_golden=True)
        return folder / "m.h5", folder / "m.golden.h5"

    def made(self, with_golden: bool) -> Path:
        """The folder of the network, which Tests/interop has made already, or makes use of."""
        python = environments.python("tf2onnx")
        try:
            return full_size_networks.network("keras2", self.name, python, with_golden)
        except ValueError as error:
            raise Failed(str(error)) from error

    def onnx(self) -> Path:
        file = self.folder / "m.onnx"
        if not file.exists():
            print(f"making {self.name}.onnx", flush=True)
            run(self.onnx_command(file))
        return file

    def onnx_command(self, target: Path) -> list[str | Path]:
        """Loads the .h5 in Keras and writes it with tf2onnx."""
        python = environments.python("tf2onnx")
        return [python, PEERS / "tf2onnx_convert.py", self.h5(), target]

    def safetensors(self) -> Path:
        file = self.folder / "m.safetensors"
        if not file.exists():
            script = PEERS / "safetensors_make.py"
            run([environments.python("safetensors"), script, self.h5(), file])
        return file

    def input(self) -> Path:
        """Random elements, the same for all."""
        file = self.folder / "input.f32"
        if not file.exists():
            generator = random.Random(1)
            count = self.elements * LARGEST_BATCH
            drawn = (generator.uniform(-self.largest, self.largest) for _ in range(count))
            values = array("f", drawn)
            file.write_bytes(values.tobytes())
        return file


NETWORKS = {
    network.name: network
    for network in (
        Network("ResNet50", 224 * 224 * 3),
        Network("ResNet152", 224 * 224 * 3),
        Network("MobileNetV2", 224 * 224 * 3),
        Network("DenseNet121", 224 * 224 * 3),
        Network("Xception", 299 * 299 * 3),
        Network("EfficientNetB0", 224 * 224 * 3, largest=128),
        Network("MobileNetV3Large", 224 * 224 * 3, largest=128),
        Network("ConvNeXtTiny", 224 * 224 * 3, largest=128),
        Network("ViT-S16", 224 * 224 * 3),
        Network("UNet", 128 * 128 * 3),
        Network("BidirectionalLSTM", 100 * 64),
        Network("BidirectionalGRU", 100 * 64),
    )
}
# For a run that needs nothing but this package.
FIXTURE = ROOT / "fixtures" / "digits_resnet" / "keras2.h5"
ARCHIVE_FIXTURE = ROOT / "fixtures" / "compiled_adam" / "keras2.keras"
SMOKE = Network("digits_resnet", 8 * 8, fixture=FIXTURE)
