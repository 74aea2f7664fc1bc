"""Measures this package against its peers, and writes Benchmarks/RESULTS.md.

    python3 Benchmarks/bench
    python3 Benchmarks/bench --only forward --models ResNet50 --rounds 3
    python3 Benchmarks/bench --smoke

Everything runs in turns, one at a time: this package, its peer, this package, its peer. The peers
come from PyPI, at the versions in peers/requirements-*.txt, into environments below .build-bench/;
so do the networks, made by real Keras with random weights. What a run does not measure stays in
RESULTS.md as an earlier run has measured it.

A part is a module here: conversion, memory, loading, first-answer, forward, reference, building,
verification.
Exits with 1 where something could not be measured, whatever the figures.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import building
import conversion
import first_answer
import forward
import loading
import machine
import memory
import report
import verification
from contestants import Bench
from measurement import Measurement, Store
from networks import NETWORKS, SMOKE
from paths import BENCHMARKS, ROOT, WORK
from process import Failed, run

Job = Callable[[], Iterator[Measurement]]

# What is measured of every network, and what is measured once.
EACH = {
    "conversion": conversion.measure,
    "loading": loading.measure,
    "first-answer": first_answer.measure,
    "forward": forward.measure,
}
ONCE = {
    "reference": forward.reference,
    "memory": memory.measure,
    "building": building.measure,
    "verification": verification.measure,
}


def jobs(bench: Bench, parts: list[str]) -> list[tuple[str, Job]]:
    chosen: list[tuple[str, Job]] = []
    for part in parts:
        if part in EACH:
            for network in bench.networks:
                chosen.append((f"{part} of {network.name}", partial(EACH[part], bench, network)))
        else:
            chosen.append((part, partial(ONCE[part], bench)))
    return chosen


def convert(bench: Bench, parts: list[str]) -> None:
    """Converts the networks that are needed anew: resconv may have changed."""
    needed = bench.networks if EACH.keys() & parts else []
    if "reference" in parts:
        needed = [*needed, bench.main]
    for network in dict.fromkeys(needed):
        network.pb.unlink(missing_ok=True)
        run([*bench.resconv, network.h5(), network.pb])


def measure(bench: Bench, parts: list[str], store: Store) -> int:
    """How much could not be measured."""
    failures = 0
    for title, job in jobs(bench, parts):
        try:
            for measurement in job():
                store.add(measurement)
                print(measurement, flush=True)
        # What a process did not do, did not answer in JSON, or did not write.
        except (Failed, ValueError, OSError) as failure:
            failures += 1
            print(f"not measured: {title}: {failure}", flush=True)
    return failures


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure this package against its peers.")
    parts = [*EACH, *ONCE]
    parser.add_argument("--only", nargs="+", choices=parts, default=parts, help="some of the parts")
    parser.add_argument("--models", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    parser.add_argument("--rounds", type=int, default=7, help="turns that each takes (7)")
    parser.add_argument("--engine", help="in place of the fastest")
    parser.add_argument(
        "--smoke", action="store_true", help="a fixture, no peers and no figures: does it work?"
    )
    parser.add_argument(
        "--programs", type=Path, default=ROOT / ".build" / "release", help="where they were built"
    )
    return parser.parse_args()


def known_engines(programs: Path) -> dict[str, str]:
    """What each engine calls itself, the fastest first."""
    lines = run([programs / "Benchmarks", "engines"]).splitlines()
    return dict(line.split("\t") for line in lines)


def main() -> None:
    options = arguments()
    programs = options.programs.resolve()
    engines = known_engines(programs)
    engine = options.engine or next(iter(engines))
    if engine not in engines:
        sys.exit(f"no engine '{engine}'; there are {', '.join(engines)}")
    bench = Bench(
        engine, [NETWORKS[name] for name in options.models], NETWORKS["ResNet50"],
        options.rounds, programs,
    )  # fmt: skip
    results, target = WORK / "results.json", BENCHMARKS / "RESULTS.md"
    if options.smoke:
        bench = Bench(engine, [SMOKE], SMOKE, 2, programs, has_peers=False)
        results, target = WORK / "smoke.json", WORK / "smoke.md"
        results.unlink(missing_ok=True)
    store = Store(results, machine.run_title())
    convert(bench, options.only)
    failures = measure(bench, options.only, store)
    target.write_text(report.document(store, engines[engine]))
    print("", *report.table_of_goals(store), "", target, sep="\n")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
