"""Holds resconv and resverify against real Keras, h5py, h5diff and Python's protobuf.

    python3 Tests/interop/run.py                               # everything
    python3 Tests/interop/run.py --only fixtures --line keras3
    python3 Tests/interop/run.py --only built
    python3 Tests/interop/run.py --only full --models ResNet50 --processes 1

Each fixture, and each network of keras.applications below, goes from .h5 to .pb and back:

    convert    resconv does both ways
    h5diff     finds nothing between the two .h5 files, attributes included
    strict     nor does compare_h5.py, which looks closer
    protobuf   Python's protobuf reads from the .pb what h5py reads from the .h5
    keras      real Keras loads the second .h5 and predicts the same bits
    verify     resverify holds every layer call of the .pb against the golden
    compose    resconv makes a .h5 of the .pb without the record of the first (fixtures only)
    composed   both lines of Keras load it in silence, and predict what is in the golden; the line
               that the first came from, the same bits
    compose for   of as many fixtures as show each class of layers, resconv makes an archive for the
               line that a file is of, and a .h5 for the other, or says what that one does not have
    composed for   the line that it is for loads it as above

What other programs compute of the fixtures is noise of float32, and must be no more to resverify:

    noise      of ONNX Runtime, which has the files of Keras 2 by tf2onnx, and of NumPy in float64,
               by Keras 3; both engines are held against it

The residual blocks of Examples/ResidualBlocks, built in Swift, go the other way:

    record     real Keras loads the .h5 and records every layer call
    verify     resverify holds the .pb against that
    composed   Keras loads the .h5 in silence
    summary    Keras 3 prints what Model.summary prints

And a ResNet50 that is built in Swift is given the weights of the network of keras.applications:

    bind       by name, none missing and none left over, of a whole model or of weights alone
    bound      resverify holds it against the golden of the network (of Keras 3)

In a ResNet50 and a MobileNetV2 of Keras 3, and in a fixture with sequences, attention and
transposed convolutions of both lines, the mistakes are planted that people make:

    mistakes   resverify names the planted call each time, and --diagnose nearly always the mistake

The pages of resverify --report are opened in headless Chromium, and used:

    pages      nothing is fetched or complains; keys, links, contrast and names are as they must be

And the classes of layers that each line of Keras has are those of fixtures/keras_layers.json:

    layers     none more, none less

And record_golden.py takes every kind of file of Keras, feeds what the first layers suggest, and
reads inputs as resverify record does:

    recorder   what is recorded, and each sentence of what is not

Prints a line for each check, and how many passed and failed. The networks are made once, under
.build-networks/, where the benchmarks find them too; what they are converted to is removed again
unless --keep is given. Needs the programs, hdf5-tools and protoc; installs the rest from PyPI into
the environments of fixtures/environment.sh.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from checks import LINES, PLANTED, REPORTS, WORK, Interop
from environments import ROOT, share_compiled
from judging import in_words

MODELS = ("ResNet50", "ResNet50V2", "MobileNetV2", "DenseNet121", "InceptionV3", "Xception")


def parts(interop: Interop) -> list[Callable[[], None]]:
    """What can be done side by side, the longest first."""
    options = interop.options
    lines = [options.line] if options.line else LINES
    chosen: list[Callable[[], None]] = []
    if options.only in (None, "fixtures"):
        chosen += [partial(interop.fixtures, line) for line in lines]
    if options.only in (None, "full"):
        networks = [(line, model) for line in lines for model in options.models or MODELS]
        networks.sort(key=lambda network: network[0] == "keras2" or network[1] not in PLANTED)
        chosen += [partial(interop.full, *network) for network in networks]
    if options.only in (None, "built"):
        chosen.append(interop.built)
    if options.only in (None, "fixtures"):
        chosen.append(interop.pages)
        chosen += [partial(interop.layers, line) for line in lines]
        chosen += [partial(interop.recorder, line) for line in lines]
        chosen += [partial(interop.families, line) for line in lines]
    return chosen


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Hold the programs against real Keras.")
    parser.add_argument("--only", choices=("fixtures", "built", "full"), help="a part of the work")
    parser.add_argument("--line", choices=LINES, help="one line of Keras instead of both")
    parser.add_argument("--models", nargs="+", choices=MODELS, help="some of the networks")
    parser.add_argument("--keep", action="store_true", help="keep the converted files")
    parser.add_argument("--processes", type=int, default=2, help="how many at a time (2)")
    parser.add_argument(
        "--programs", type=Path, default=ROOT / ".build" / "release", help="where they were built"
    )
    options = parser.parse_args()
    options.programs = options.programs.resolve()
    return options


def main() -> None:
    options = arguments()
    WORK.mkdir(exist_ok=True)
    share_compiled(WORK)
    shutil.rmtree(REPORTS, ignore_errors=True)
    start = time.monotonic()
    interop = Interop(options)
    with ThreadPoolExecutor(options.processes) as pool:
        started = [pool.submit(part) for part in parts(interop)]
    for part in started:
        # What no check has caught.
        part.result()
    interop.schemas()
    tally = interop.tally
    for title in tally.failures:
        print(f"failed: {title}")
    print(f"tensors held against goldens: {in_words(tally.verdicts) or 'none'}")
    skipped = f", {tally.skipped} skipped" if tally.skipped else ""
    minutes = (time.monotonic() - start) / 60
    print(f"{tally.passed} passed, {len(tally.failures)} failed{skipped} ({minutes:.1f} min)")
    sys.exit(1 if tally.failures or not tally.passed else 0)


if __name__ == "__main__":
    main()
