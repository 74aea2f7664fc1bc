"""Whole processes that convert a model file, against those that copy it, and against tf2onnx."""

from __future__ import annotations

from collections.abc import Iterator

from contestants import CP, KERAS, Bench
from measurement import Measurement
from networks import Network
from paths import WORK
from process import Command, Failed, Samples, milliseconds

PART = "conversion"
TO_PB, TO_H5 = "resconv to .pb", "resconv to .h5"
ARCHIVE_TO_PB = "resconv .keras to .pb"


def measure(bench: Bench, network: Network) -> Iterator[Measurement]:
    samples = copies(bench, network)
    absent: dict[str, str] = {}
    if bench.has_peers:
        # Far slower than all else: once.
        try:
            samples[KERAS] = [milliseconds(network.onnx_command(network.folder / "m.onnx"))]
        except Failed as failure:
            absent[KERAS] = failure.reason
    yield Measurement(PART, network.name, samples, absent=absent)


def copies(bench: Bench, network: Network) -> Samples:
    h5, pb, target = network.h5(), network.pb, WORK / "target"
    archive = network.archive()
    copied: Command = ["sh", "-c", 'cp "$1" "$2" && sync "$2"', "sh", h5, target]
    # The target's name tells the format.
    new_pb, new_h5 = target.with_suffix(".pb"), target.with_suffix(".h5")
    to_pb: Command = [*bench.resconv, h5, new_pb]
    to_h5: Command = [*bench.resconv, pb, new_h5]
    archive_to_pb: Command = [*bench.resconv, archive, new_pb]
    commands = {
        TO_PB: (to_pb, new_pb), CP: (copied, target), TO_H5: (to_h5, new_h5),
        ARCHIVE_TO_PB: (archive_to_pb, new_pb),
    }  # fmt: skip
    samples: Samples = {name: [] for name in commands}
    # What is read is in the page cache, for all.
    h5.read_bytes(), pb.read_bytes(), archive.read_bytes()
    for _ in range(bench.rounds):
        for name, (command, written) in commands.items():
            samples[name].append(milliseconds(command))
            # The next writes a new file, rather than over an old one.
            written.unlink()
    return samples
