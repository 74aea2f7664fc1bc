"""The tables, in Markdown."""

from __future__ import annotations

from dataclasses import dataclass

import building
import conversion
import first_answer
import forward
import loading
import machine
import memory
import verification
from contestants import CP, KERAS, ONNXRUNTIME, SAFETENSORS, TENSORFLOW, engine_title
from goals import goals, quantity, ratio_text
from measurement import Measurement, Store

INTRODUCTION = """\
# Results

`make bench` wrote this file. All who are compared ran on this machine in the same run, one at a
time and in turns. A figure is the median of the rounds. A ratio is the median of the rounds'
ratios, for in a round both met the same machine; the quartiles of those stand in parentheses. A
file that is read is in the page cache. MB are 10^6 bytes.
"""
OURS = [engine_title(name) for name in ("onednn", "float32", "float64")]


@dataclass(frozen=True)
class Section:
    part: str
    title: str
    text: str
    # Who is compared to whom.
    ratios: list[tuple[str, str]]

    def lines(self, store: Store) -> list[str]:
        measurements = store.of(self.part)
        if not measurements:
            return []
        names = list(dict.fromkeys(name for one in measurements for name in one.samples))
        ratios = [pair for pair in self.ratios if pair[0] in names and pair[1] in names]
        head = ["", *(f"{name}, {measurements[0].unit}" for name in names)]
        rows = [head + [f"{who} / {against}" for who, against in ratios]]
        for one in measurements:
            medians = (median(one, name) for name in names)
            rows.append([one.subject, *medians, *(ratio(one, *pair) for pair in ratios)])
        runs = dict.fromkeys(one.run for one in measurements)
        source = [f"Measured {'; and '.join(runs)}."]
        # Of a network in all settings it is said once.
        absent = dict.fromkeys(
            f"Without {name}: {one.subject.split(',')[0]}, for {why}."
            for one in measurements
            for name, why in one.absent.items()
        )
        notes = [line for note in absent for line in (note, "")]
        return ["", f"## {self.title}", "", self.text, "", *table(rows), "", *notes, *source]


SECTIONS = [
    Section(
        conversion.PART, "Conversion",
        "Whole processes. `cp and sync` copies the `.h5` and waits until it is on the disk.",
        [
            (conversion.TO_PB, CP), (conversion.TO_H5, CP), (conversion.ARCHIVE_TO_PB, CP),
            (conversion.TO_PB, KERAS),
        ],
    ),
    Section(
        memory.PART, "Memory of conversions",
        "The most that a conversion held, all its processes together.", [],
    ),
    Section(
        loading.PART, "Loading",
        "In a process that runs: to the first tensor, and to all with their checksums verified; "
        "`load_file` of safetensors reads the same tensors.",
        [
            (loading.FIRST, SAFETENSORS), (loading.ALL, SAFETENSORS),
            (loading.ARCHIVE_FIRST, loading.FIRST),
        ],
    ),
    Section(
        first_answer.PART, "First answer",
        f"Whole processes, batch 1, {first_answer.THREADS} threads: load, compile, run once, "
        "print. The peers are Python scripts.",
        [(ours, peer) for ours in OURS for peer in (ONNXRUNTIME, TENSORFLOW)],
    ),
    Section(
        forward.PART, "Forward pass",
        "In a process that is loaded, compiled and warm; the same random numbers for all.",
        [(ours, peer) for ours in OURS for peer in (ONNXRUNTIME, TENSORFLOW)],
    ),
    Section(
        forward.MEMORY, "Memory of a forward pass",
        "The resident peak of those processes; the peers' include Python.", [],
    ),
    Section(
        forward.REFERENCE, "Forward pass by the definitions",
        "The reference engine, against which the fast one is held.",
        [(ours, TENSORFLOW) for ours in OURS],
    ),
    Section(
        verification.PART, "Verification",
        "Whole processes of `resverify --golden`: every layer call of the network is recorded.", [],
    ),
    Section(building.PART, "Building in Swift", "A graph without weights.", []),
]  # fmt: skip


def median(one: Measurement, who: str) -> str:
    return quantity(one.median(who), "") if who in one.samples else ""


def ratio(one: Measurement, who: str, against: str) -> str:
    if who not in one.samples or against not in one.samples:
        return ""
    text = ratio_text(one.ratio(who, against))
    spread = one.spread(who, against)
    return f"{text} ({'–'.join(map(ratio_text, spread))})" if spread else text


def table(rows: list[list[str]]) -> list[str]:
    """Figures stand at the right."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    ruler = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    lines = []
    for first, *others in [rows[0], ruler, *rows[1:]]:
        cells = [text.rjust(width) for text, width in zip(others, widths[1:])]
        lines.append(f"| {' | '.join([first.ljust(widths[0]), *cells])} |")
    return lines


def table_of_goals(store: Store) -> list[str]:
    head = ["what", "measured", "compared to", "ratio", "limit", "reached"]
    return table([head, *(goal.row(store) for goal in goals())])


def document(store: Store, engine: str) -> str:
    lines = [INTRODUCTION, *(f"- {line}" for line in machine.description(engine))]
    lines += ["", "## Goals", "", *table_of_goals(store)]
    for section in SECTIONS:
        lines += section.lines(store)
    return "\n".join(lines) + "\n"
