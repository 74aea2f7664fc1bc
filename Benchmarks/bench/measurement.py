"""What was measured, and where it is kept: a run of one part leaves the others as they were."""

from __future__ import annotations

import json
import statistics
from dataclasses import asdict, dataclass, field
from pathlib import Path

from process import Samples


@dataclass
class Measurement:
    """Contestants that took turns at one thing."""

    # 'forward', and of what: 'ResNet50, batch 1, 2 threads'.
    part: str
    subject: str
    samples: Samples
    unit: str = "ms"
    # When and on what it was measured; the store fills it.
    run: str = ""
    # Who could not take part, and why.
    absent: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        medians = [f"{name} {self.median(name):.4g} {self.unit}" for name in self.samples]
        absent = [f"; without {name}: {why}" for name, why in self.absent.items()]
        return f"{self.part}: {self.subject}: {', '.join(medians)}{''.join(absent)}"

    def median(self, who: str) -> float:
        return statistics.median(self.samples[who])

    def ratio(self, who: str, against: str) -> float:
        """The median of the rounds' ratios: in a round, both met the same machine."""
        return statistics.median(self.ratios(who, against))

    def spread(self, who: str, against: str) -> tuple[float, float] | None:
        """The quartiles of those."""
        ratios = self.ratios(who, against)
        if len(ratios) < 2:
            return None
        low, _, high = statistics.quantiles(ratios, n=4, method="inclusive")
        return low, high

    def ratios(self, who: str, against: str) -> list[float]:
        mine, theirs = self.samples[who], self.samples[against]
        if len(mine) != len(theirs):
            return [self.median(who) / self.median(against)]
        return [one / other for one, other in zip(mine, theirs)]


class Store:
    """Measurements in a file, the newest of each subject."""

    def __init__(self, path: Path, run: str) -> None:
        self.path, self.run = path, run
        stored = json.loads(path.read_text()) if path.exists() else []
        self.all = {(one["part"], one["subject"]): Measurement(**one) for one in stored}

    def add(self, measurement: Measurement) -> None:
        measurement.run = self.run
        self.all[measurement.part, measurement.subject] = measurement
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps([asdict(one) for one in self.all.values()], indent=1))

    def get(self, part: str, subject: str) -> Measurement | None:
        return self.all.get((part, subject))

    def of(self, part: str) -> list[Measurement]:
        return [one for one in self.all.values() if one.part == part]
