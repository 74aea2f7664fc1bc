"""Plants the mistakes that people make in a real network, one at a time, and asks resverify.

    python plant_mistakes.py resverify m.h5 m.golden.h5 FOLDER      # with h5py and numpy

Each is planted at an early, a middle and the last place that can have it, in a copy of the model in
FOLDER, or of the golden where it is the input that was fed otherwise. resverify must name the planted call
each time, and --diagnose the planted mistake in at least 95 % of them.

Prints one JSON object a line: {"mistake", "layer", "found", "named", "seconds", "says"}, and ends
with exit code 1 if that is not so.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

Layer = dict[str, Any]


class Network:
    """A model file and its golden, which are changed and put back."""

    def __init__(self, model: Path, golden: Path):
        self.file = h5py.File(model, "r+")
        self.golden = h5py.File(golden, "r+")
        self.source = self.file.attrs["model_config"]
        self.config = json.loads(self.source)
        self.layers: list[Layer] = self.config["config"]["layers"]

    def named(self, name: str) -> Layer:
        return next(layer for layer in self.layers if layer["config"]["name"] == name)

    def place(self, name: str) -> int:
        return [layer["config"]["name"] for layer in self.layers].index(name)

    def of(self, kind: str, fits: Callable[[Layer], bool] = lambda layer: True) -> list[str]:
        """The names of the layers of a kind, from the first to the last."""
        return [x["config"]["name"] for x in self.layers if x["class_name"] == kind and fits(x)]

    def weight(self, layer: str, role: str) -> h5py.Dataset:
        found = self.datasets(layer).items()
        return next(item for name, item in found if name.split("/")[-1].split(":")[0] == role)

    def datasets(self, layer: str, part: str = "") -> dict[str, h5py.Dataset]:
        """A layer's weights by their paths, those whose path has a part."""
        found: dict[str, h5py.Dataset] = {}
        group = self.file["model_weights"][layer]
        group.visititems(
            lambda name, item: (
                found.update({name: item})
                if isinstance(item, h5py.Dataset) and part in name
                else None
            )
        )
        return found

    def recorded(self, layer: str) -> list[h5py.Dataset]:
        """What is recorded of a layer's call."""
        cases = self.golden["cases"].values()
        return [case["calls"][layer] for case in cases]

    def roles(self, layer: str) -> list[str]:
        names = self.file["model_weights"][layer].attrs["weight_names"]
        texts = [name.decode() if isinstance(name, bytes) else name for name in names]
        return [name.split("/")[-1].split(":")[0] for name in texts]

    def twin(self, layer: str) -> str | None:
        """Another layer of the same kind with weights of the same shapes."""
        shapes = [self.weight(layer, role).shape for role in self.roles(layer)]
        for other in self.of(self.named(layer)["class_name"]):
            if other != layer and shapes == [
                self.weight(other, r).shape for r in self.roles(other)
            ]:
                return other
        return None

    def write_config(self) -> None:
        self.file.attrs["model_config"] = json.dumps(self.config)
        self.file.flush()

    @contextmanager
    def settings(self, layer: str, **changes: Any) -> Iterator[None]:
        """A layer with other settings."""
        config = self.named(layer)["config"]
        before = {name: config.get(name) for name in changes}
        config.update(changes)
        self.write_config()
        yield
        config.update(before)
        self.file.attrs["model_config"] = self.source
        self.file.flush()

    @contextmanager
    def weights(self, changes: dict[h5py.Dataset, np.ndarray]) -> Iterator[None]:
        """Weights with other numbers."""
        before = {dataset: dataset[...] for dataset in changes}
        for dataset, value in changes.items():
            dataset[...] = value
        for dataset in changes:
            dataset.file.flush()
        yield
        for dataset, value in before.items():
            dataset[...] = value
            dataset.file.flush()

    @contextmanager
    def early_activation(self, block: str) -> Iterator[None]:
        """A residual block of ResNet50 that applies its last activation before the addition."""
        add, out = self.named(f"{block}_add"), self.named(f"{block}_out")
        # The addition reads what is scaled last of the main path: '…_3_bn'.
        text = json.dumps(self.layers)
        main, name = f"{block}_3_bn", f"{block}_out"
        for layer in self.layers:
            if layer not in (add, out):
                renamed(layer["inbound_nodes"], name, add["config"]["name"])
        renamed(add["inbound_nodes"], main, name)
        renamed(out["inbound_nodes"], add["config"]["name"], main)
        self.write_config()
        yield
        self.layers[:] = json.loads(text)
        self.file.attrs["model_config"] = self.source
        self.file.flush()


def renamed(nodes: Any, old: str, new: str) -> None:
    """Replaces a name in the references of inbound nodes, of Keras 2 and of Keras 3."""
    entries = nodes.items() if isinstance(nodes, dict) else enumerate(nodes)
    for key, value in entries:
        if value == old:
            nodes[key] = new
        elif isinstance(value, (dict, list)):
            renamed(value, old, new)


@dataclass
class Plant:
    """A mistake at one place, and what resverify should say of it."""

    name: str
    layer: str
    planted: Any
    mistake: str
    difference: str


def places(names: list[str]) -> list[str]:
    """An early, a middle and the last one."""
    return list(dict.fromkeys([names[0], names[len(names) // 2], names[-1]])) if names else []


def plants(network: Network) -> Iterator[Plant]:
    if network.of("GRU"):
        yield from of_gates(network)
        yield from of_sequences(network)
        yield from of_heads(network)
        yield from of_images(network)
        return
    yield from of_normalization(network)
    yield from of_kernels(network)
    yield from of_padding(network)
    yield from of_activations(network)
    yield from of_inputs(network)


def of_normalization(network: Network) -> Iterator[Plant]:
    weight, weights = network.weight, network.weights
    for name in places(network.of("BatchNormalization")):
        epsilon = network.named(name)["config"]["epsilon"]
        for other in (1e-3, 1.001e-5, 1e-5):
            # 1e-5 for 1.001e-5 changes less than rounding does.
            if abs(other - epsilon) > 1e-6:
                pattern = r"epsilon 0\.001$" if epsilon > 1e-4 else r"epsilon 1(\.001)?e-05$"
                yield Plant(
                    f"epsilon {other}",
                    name,
                    network.settings(name, epsilon=other),
                    "setting",
                    pattern,
                )
        for one, two in (("gamma", "beta"), ("moving_mean", "moving_variance")):
            a, b = weight(name, one), weight(name, two)
            yield Plant(
                f"{one} and {two} exchanged", name, weights({a: b[...], b: a[...]}),
                "weightRole", f"^{one} and {two} exchanged",
            )  # fmt: skip
        variance, beta = weight(name, "moving_variance"), weight(name, "beta")
        yield Plant(
            "variance taken for the standard deviation", name,
            weights({variance: np.sqrt(variance[...])}), "weightRole", "^moving_variance squared",
        )  # fmt: skip
        yield Plant(
            "beta missing",
            name,
            weights({beta: np.zeros_like(beta[...])}),
            "missingWeight",
            "^another beta",
        )


def of_kernels(network: Network) -> Iterator[Plant]:
    weight, weights = network.weight, network.weights

    def size(layer: Layer) -> int:
        return layer["config"]["kernel_size"][0]

    groups = {
        "kernel": network.of("Conv2D"),
        "depthwise_kernel": network.of("DepthwiseConv2D"),
    }
    for role, names in groups.items():
        wide = [name for name in names if size(network.named(name)) > 1]
        for name in places(wide):
            kernel = weight(name, role if role in network.roles(name) else "kernel")
            value = kernel[...]
            yield Plant(
                "kernel mirrored", name, weights({kernel: value[::-1, ::-1]}), "weightOrder",
                "mirrored along its spatial axes",
            )  # fmt: skip
        for name in places(names):
            kernel = weight(name, role if role in network.roles(name) else "kernel")
            value = kernel[...]
            if value.shape[3] > 1:
                yield Plant(
                    "kernel written as OIHW", name,
                    weights({kernel: value.transpose(3, 2, 0, 1).reshape(value.shape)}),
                    "weightOrder", "in the order OIHW",
                )  # fmt: skip
            yield Plant(
                "input channels of the kernel reversed", name, weights({kernel: value[:, :, ::-1]}),
                "weightOrder", "input channels reversed",
            )  # fmt: skip
        paired = [name for name in names if network.twin(name)]
        for name in places(paired):
            twin = str(network.twin(name))
            changes = {}
            for role_of in network.roles(name):
                a, b = weight(name, role_of), weight(twin, role_of)
                changes |= {a: b[...], b: a[...]}
            first, second = sorted((name, twin), key=network.place)
            yield Plant(
                "weights of two layers exchanged", first, weights(changes), "otherWeights",
                f"'{second}'$",
            )  # fmt: skip
    biased = [x for x in network.of("Conv2D") + network.of("Dense") if "bias" in network.roles(x)]
    for name in places(biased):
        bias = weight(name, "bias")
        yield Plant(
            "bias missing",
            name,
            weights({bias: np.zeros_like(bias[...])}),
            "missingWeight",
            "^(another|a) bias",
        )
    for name in network.of("Dense"):
        kernel = weight(name, "kernel")
        value = kernel[...]
        yield Plant(
            "kernel written as OI", name, weights({kernel: value.T.reshape(value.shape)}),
            "weightOrder", "in the order OI",
        )  # fmt: skip


def of_padding(network: Network) -> Iterator[Plant]:
    for name in places(network.of("ZeroPadding2D")):
        config = network.named(name)["config"]
        (top, bottom), (left, right) = config["padding"]
        total = (top + bottom, left + right)
        for kind, others in (
            ("all behind", ([0, total[0]], [0, total[1]])),
            ("all in front", ([total[0], 0], [total[1], 0])),
        ):
            if list(others) != [[top, bottom], [left, right]]:
                yield Plant(
                    f"zeros {kind}", name, network.settings(name, padding=list(others)),
                    "setting|padding", re.escape(f"[{top}, {bottom}, {left}, {right}]"),
                )  # fmt: skip
        if total == (1, 1):
            yield Plant(
                "zeros on both sides", name, network.settings(name, padding=[[1, 1], [1, 1]]),
                "setting|padding", re.escape(f"[{top}, {bottom}, {left}, {right}]"),
            )  # fmt: skip


def of_activations(network: Network) -> Iterator[Plant]:
    for name in places(network.of("Activation")):
        for other in ("linear", "elu", "leaky_relu"):
            yield Plant(
                f"activation {other}", name, network.settings(name, activation=other), "activation",
                r"activation relu\b|^relu after",
            )  # fmt: skip
    for name in places(network.of("ReLU")):
        yield Plant(
            "ReLU with a lower limit", name, network.settings(name, max_value=1.0),
            "activation|setting", r"max_value 6|relu6",
        )  # fmt: skip
        yield Plant(
            "ReLU with a slope", name, network.settings(name, negative_slope=0.2),
            "activation|setting", r"negative_slope 0|relu6",
        )  # fmt: skip
    for name in places(network.of("Conv2D")):
        yield Plant(
            "activation doubled", name, network.settings(name, activation="relu"), "activation",
            "linear",
        )  # fmt: skip
    blocks = [name.removesuffix("_add") for name in network.of("Add") if name.endswith("_add")]
    if f"{blocks[0]}_3_bn" in network.of("BatchNormalization"):
        for block in places(blocks):
            yield Plant(
                "activation before the addition", f"{block}_out", network.early_activation(block),
                "activation", "after the addition",
            )  # fmt: skip


def in_blocks(value: np.ndarray, order: list[int]) -> np.ndarray:
    """The equal parts of the last axis in another order."""
    parts = np.split(value, len(order), axis=-1)
    return np.concatenate([parts[place] for place in order], axis=-1)


def of_gates(network: Network) -> Iterator[Plant]:
    weights = network.weights
    orders = {
        "both": ([0, 3, 1, 2], "i, o, f, c"),
        "back": ([0, 1, 3, 2], "i, f, o, c"),
        "masked": ([3, 0, 1, 2], "o, i, f, c"),
        "gru": ([1, 0, 2], "r, z, h"),
        "last": ([2, 0, 1], "h, z, r"),
    }
    for name, (order, letters) in orders.items():
        changes = {item: in_blocks(item[...], order) for item in network.datasets(name).values()}
        yield Plant(
            f"gates in the order {letters}", name, weights(changes), "weightOrder",
            f"in the order {letters}$",
        )  # fmt: skip
    for name in ("gru", "last"):
        (bias,) = network.datasets(name, "bias").values()
        first, second = bias[...]
        yield Plant(
            "biases exchanged", name, weights({bias: np.stack([second, first])}), "weightRole",
            "two biases exchanged",
        )  # fmt: skip
        merged = np.stack([first + second, np.zeros_like(first)])
        yield Plant(
            "one bias for two", name, weights({bias: merged}), "weightRole",
            "a bias of the state's product",
        )  # fmt: skip
    for name in ("gru", "back"):
        yield Plant(
            "hard gates", name, network.settings(name, recurrent_activation="hard_sigmoid"),
            "activation", "recurrent_activation sigmoid",
        )  # fmt: skip


def of_sequences(network: Network) -> Iterator[Plant]:
    ahead, behind = network.datasets("both", "forward"), network.datasets("both", "backward")
    pairs = list(zip(ahead.values(), behind.values(), strict=True))
    changes = {one: two[...] for one, two in pairs} | {two: one[...] for one, two in pairs}
    yield Plant(
        "directions exchanged", "both", network.weights(changes), "weightRole",
        "backward and forward",
    )  # fmt: skip
    yield Plant(
        "ahead instead of back", "back", network.settings("back", go_backwards=False), "setting",
        "go_backwards true",
    )  # fmt: skip
    yield Plant(
        "outputs put in order", "back",
        network.weights({item: item[...][:, ::-1] for item in network.recorded("back")}), "stepOrder",
        "in the opposite order",
    )  # fmt: skip
    # What Keras 3 saves of masks stays where an embedding makes none.
    if "mask" not in json.dumps(network.named("masked")["inbound_nodes"]):
        yield Plant(
            "mask ignored", "masked", network.settings("rows", mask_zero=False), "mask",
            "a mask where",
        )  # fmt: skip


def of_heads(network: Network) -> Iterator[Plant]:
    def weight(part: str, role: str) -> h5py.Dataset:
        (found,) = network.datasets("heads", f"{part}/{role}").values()
        return found

    weights = network.weights
    query, key = weight("query", "kernel"), weight("key", "kernel")
    biases = weight("query", "bias"), weight("key", "bias")
    changes = {query: key[...], key: query[...]}
    changes |= {biases[0]: biases[1][...], biases[1]: biases[0][...]}
    yield Plant(
        "query and key exchanged", "heads", weights(changes), "weightRole",
        "key and query exchanged",
    )  # fmt: skip
    root = np.sqrt(query.shape[-1]).astype(np.float32)
    yield Plant(
        "scores divided by the root", "heads",
        weights({item: item[...] * root for item in (query, biases[0])}), "formula",
        "scores divided by the size of a key",
    )  # fmt: skip
    merging = weight("attention_output", "kernel")
    heads, size, width = merging.shape
    value = merging[...]
    for name, other in (
        ("element by element", value.transpose(1, 0, 2).reshape(value.shape)),
        ("head by head", value.reshape(size, heads, width).transpose(1, 0, 2)),
    ):
        yield Plant(
            f"heads {name}", "heads", weights({merging: other}), "weightOrder", f"merged {name}$"
        )


def of_images(network: Network) -> Iterator[Plant]:
    weights = network.weights
    (kernel,) = network.datasets("up", "kernel").values()
    yield Plant(
        "transposed kernel mirrored", "up", weights({kernel: kernel[...][::-1, ::-1]}), "weightOrder",
        "mirrored along its spatial axes",
    )  # fmt: skip
    yield Plant(
        "transposed kernel's channels exchanged", "up",
        weights({kernel: kernel[...].swapaxes(2, 3)}), "weightOrder", "in the order HWOI",
    )  # fmt: skip
    yield Plant(
        "other groups", "grouped", network.settings("grouped", groups=4), "setting", "groups 2$",
    )  # fmt: skip
    (bias,) = network.datasets("down", "bias").values()
    yield Plant(
        "bias lost before a ReLU", "down", weights({bias: np.zeros_like(bias[...])}),
        "missingWeight", "another bias",
    )  # fmt: skip


def of_inputs(network: Network) -> Iterator[Plant]:
    """The golden was made of other inputs than it says: it is the golden that is changed."""
    first = network.layers[0]["config"]["name"]
    reader = next(
        layer["config"]["name"] for layer in network.layers[1:]
        if f'"{first}"' in json.dumps(layer["inbound_nodes"])
    )  # fmt: skip
    inputs: list[h5py.Dataset] = []
    network.golden["cases"].visititems(
        lambda path, item: (
            inputs.append(item) if isinstance(item, h5py.Dataset) and "/inputs/" in path else None
        )
    )
    mean = np.array([103.939, 116.779, 123.68], np.float32)
    for name, restored, pattern in (
        ("in [0, 255], not [-1, 1]", lambda x: x * 127.5 + 127.5, r"in \[-1, 1\], not \[0, 255\]"),
        ("in [0, 255], not [0, 1]", lambda x: x * 255, r"in \[0, 1\], not \[0, 255\]"),
        ("in RGB, not BGR", lambda x: x[..., ::-1], "in BGR$"),
        ("with ImageNet's mean", lambda x: (x + mean)[..., ::-1], "in BGR less ImageNet's mean"),
    ):
        changes = {data: restored(data[...]).astype(np.float32) for data in inputs}
        yield Plant(f"input {name}", reader, network.weights(changes), "inputScale", pattern)


def ask(resverify: str, model: Path, golden: Path) -> tuple[dict[str, Any] | None, float, str]:
    """The fault that resverify finds, and how long it takes."""
    start = time.monotonic()
    command = [resverify, model, "--golden", golden, "--diagnose", "--json"]
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    seconds = time.monotonic() - start
    if not result.stdout:
        return None, seconds, result.stderr.strip()
    return json.loads(result.stdout)[0]["cases"][0].get("fault"), seconds, ""


def main() -> None:
    resverify, model, golden = sys.argv[1:4]
    with tempfile.TemporaryDirectory(dir=sys.argv[4]) as folder:
        copies = Path(folder) / "model.h5", Path(folder) / "golden.h5"
        shutil.copyfile(model, copies[0])
        shutil.copyfile(golden, copies[1])
        fault, _, problem = ask(resverify, *copies)
        if fault or problem:
            sys.exit(f"the model that nothing is planted in: {fault or problem}")
        network = Network(*copies)
        count, found, named, slowest = 0, 0, 0, 0.0
        for plant in plants(network):
            with plant.planted:
                fault, seconds, problem = ask(resverify, *copies)
            diagnoses = (fault or {}).get("diagnoses") or []
            # Of an image in BGR and a kernel with its channels reversed comes the same.
            best = [d for d in diagnoses if d["errorAfter"] == diagnoses[0]["errorAfter"]]
            is_found = fault is not None and fault["path"] == plant.layer
            is_named = (
                is_found and any(
                    re.fullmatch(plant.mistake, one["mistake"])
                    and re.search(plant.difference, one["difference"]) for one in best
                )
            )  # fmt: skip
            says = best[0]["difference"] if best else problem or (fault or {}).get("path")
            answer = {
                "mistake": plant.name, "layer": plant.layer, "found": is_found, "named": is_named,
                "seconds": round(seconds, 1), "says": says,
            }  # fmt: skip
            print(json.dumps(answer), flush=True)
            count, found, named = count + 1, found + is_found, named + is_named
            slowest = max(slowest, seconds)
    print(f"{count} planted, {found} found, {named} named, slowest {slowest:.1f} s")
    sys.exit(0 if count > 0 and found == count and named >= 0.95 * count else 1)


if __name__ == "__main__":
    main()
