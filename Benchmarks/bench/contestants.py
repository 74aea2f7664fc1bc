"""Who is measured: the commands of this package and of its peers."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import environments
from networks import Network
from paths import PEERS
from process import Command, Failed

# As the tables call them.
CP = "cp and sync"
KERAS = "Keras and tf2onnx"
ONNXRUNTIME = "ONNX Runtime"
SAFETENSORS = "safetensors"
TENSORFLOW = "TensorFlow"


def engine_title(engine: str) -> str:
    return f"{engine} engine"


@dataclass
class Bench:
    """What is to be measured, and with what."""

    engine: str
    networks: list[Network]
    # Of which that is measured which needs no more than one network.
    main: Network
    rounds: int
    programs: Path
    # Whether it is measured against anyone; if not, nothing is fetched.
    has_peers: bool = True
    # Of each network, who cannot run it, and why.
    absent: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def resconv(self) -> Command:
        return [self.programs / "resconv", "--quiet"]

    def program(self, *arguments: str | Path | int) -> Command:
        return [self.programs / "Benchmarks", *arguments]

    def passes(
        self, command: str, network: Network, batch: int, threads: int
    ) -> dict[str, Command]:
        """How each runs a network: 'forward' or 'first-answer'."""
        how: Command = [network.input(), batch, threads]
        ours = self.program(command, self.engine, network.pb, *how)
        commands: dict[str, Command] = {engine_title(self.engine): ours}
        if self.has_peers:
            if onnx := self.onnx(network):
                python, script = environments.python("onnxruntime"), PEERS / "onnxruntime_pass.py"
                commands[ONNXRUNTIME] = [python, script, command, onnx, *how]
            python, script = environments.python("tensorflow"), PEERS / "tensorflow_pass.py"
            commands[TENSORFLOW] = [python, script, command, network.name, network.h5(), *how]
        return commands

    def onnx(self, network: Network) -> Path | None:
        """The file of ONNX Runtime; nothing where tf2onnx, which is asked once, does not make it."""
        absent = self.absent.setdefault(network.name, {})
        if ONNXRUNTIME not in absent:
            try:
                return network.onnx()
            except Failed as failure:
                absent[ONNXRUNTIME] = failure.reason
        return None


def require_agreement(outputs: dict[str, list[float]]) -> None:
    """Refuses to compare the time of networks that compute something else."""
    (first, expected), *others = outputs.items()
    largest = max(map(abs, expected))
    for name, output in others:
        if len(output) != len(expected):
            raise Failed(f"{first} gives {len(expected)} numbers, {name} {len(output)}")
        # Not a check of accuracy, which resverify makes, but of what is run.
        for mine, theirs in zip(expected, output):
            # NaN is no agreement.
            if not abs(mine - theirs) <= 0.01 * largest:
                raise Failed(f"{first} gives {mine:g}, and {name} {theirs:g}")
