"""What this package must reach, each against what was measured in the same turns."""

from __future__ import annotations

from dataclasses import dataclass

import building
import conversion
import first_answer
import forward
import loading
import memory
import verification
from contestants import CP, KERAS, ONNXRUNTIME, SAFETENSORS, TENSORFLOW, engine_title
from measurement import Store
from networks import NETWORKS


@dataclass(frozen=True)
class Goal:
    what: str
    part: str
    subject: str
    who: str
    # At most so much of what it is compared to; or, compared to nothing, so many of the unit.
    limit: float
    against: str | None = None
    aim: float | None = None
    unit: str = "ms"

    def row(self, store: Store) -> list[str]:
        """What, measured, compared to, ratio, limit, reached."""
        measurement = store.get(self.part, self.subject)
        names = [self.who, *([self.against] if self.against else [])]
        if not measurement or not all(name in measurement.samples for name in names):
            return [self.what, "", self.against or "", "", self.limit_text(), "not measured"]
        value = measurement.median(self.who)
        measured, limit = quantity(value, self.unit), self.limit_text()
        if not self.against:
            return [self.what, measured, "", "", limit, "yes" if value <= self.limit else "no"]
        ratio = measurement.ratio(self.who, self.against)
        other = f"{self.against}: {quantity(measurement.median(self.against), self.unit)}"
        reached = "yes" if ratio <= self.limit else "no"
        return [self.what, measured, other, ratio_text(ratio), limit, reached]

    def limit_text(self) -> str:
        if not self.against:
            return f"{self.limit:g} {self.unit}"
        aim = f" (aim {ratio_text(self.aim)} ×)" if self.aim else ""
        return f"{ratio_text(self.limit)} ×{aim}"


def quantity(value: float, unit: str) -> str:
    """Three digits: '0.412 ms', '31.9 ms', '127,000 ms'."""
    digits = max(0, 3 - len(f"{value:.0f}"))
    return f"{value:,.{digits}f} {unit}".strip()


def ratio_text(ratio: float) -> str:
    return f"1/{1 / ratio:.0f}" if ratio < 0.05 else f"{ratio:.3g}"


ONEDNN = engine_title("onednn")
REFERENCE_SUBJECT = forward.subject("ResNet50", 1, 2)


def goals() -> list[Goal]:
    convert = "convert ResNet152.h5 to .pb, whole process"
    load = "load ResNet50.pb, in process"
    memory_limits = ((memory.ANONYMOUS, 64), (memory.RESIDENT, 256))
    to_pb, first, every = conversion.TO_PB, loading.FIRST, loading.ALL
    return [
        Goal(convert, conversion.PART, "ResNet152", to_pb, 1.5, CP, aim=1.1),
        Goal(convert, conversion.PART, "ResNet152", to_pb, 1 / 50, KERAS),
        Goal(
            "convert ResNet50.keras to .pb, whole process", conversion.PART, "ResNet50",
            conversion.ARCHIVE_TO_PB, 1.5, CP,
        ),
        *(
            Goal(f"{kind} memory, {title}", memory.PART, title, kind, limit, unit="MB")
            for title in memory.SUBJECTS
            for kind, limit in memory_limits
        ),
        Goal(f"{load}, to the first tensor", loading.PART, "ResNet50", first, 0.1, SAFETENSORS),
        Goal(f"{load}, to all, verified", loading.PART, "ResNet50", every, 0.5, SAFETENSORS),
        Goal(
            "load ResNet50.keras, in process, to the first tensor", loading.PART, "ResNet50",
            loading.ARCHIVE_FIRST, 2, first,
        ),
        *(
            Goal(f"forward, {title}", forward.PART, title, ONEDNN, 1.0, ONNXRUNTIME, aim=0.9)
            for name in NETWORKS
            for title in forward.subjects(name)
        ),
        Goal("first answer, ResNet50", first_answer.PART, "ResNet50", ONEDNN, 0.5, ONNXRUNTIME),
        *(
            Goal(
                f"forward, reference {scalar}, {REFERENCE_SUBJECT}", forward.REFERENCE,
                REFERENCE_SUBJECT, engine_title(scalar), limit, TENSORFLOW,
            )
            for scalar, limit in (("float32", 12), ("float64", 25))
        ),
        *(
            Goal(
                f"verify every call of ResNet50: {engine}", verification.PART, "ResNet50",
                engine, limit,
            )
            for engine, limit in ((verification.REFERENCE, 4000), (verification.ONEDNN, 2000))
        ),
        Goal(f"build {building.SUBJECT}", building.PART, building.SUBJECT, building.OURS, 50),
    ]  # fmt: skip
