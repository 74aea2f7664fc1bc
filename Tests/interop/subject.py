"""What goes there and back."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Subject:
    """A model file that goes there and back, and its golden."""

    name: str
    line: str
    original: Path
    golden: Path
    folder: Path
    # Why Keras does not read its own file back, if so.
    no_reload: str | None = None
    # Which layers this version carries along, but does not run, if any.
    unsupported: str | None = None
    # Whether there is a file that was composed without the record of the original.
    is_composed: bool = False
    # The classes of its layers, by the manifest.
    classes: frozenset[str] = frozenset()
    # What was composed for a line of Keras that was asked for, by line.
    composed_for: dict[str, Path] = field(default_factory=dict)
    # What was built in Swift, rather than converted.
    built: Path | None = None

    @property
    def title(self) -> str:
        return f"{self.line} {self.name}"

    @property
    def converted(self) -> Path:
        return self.built or self.folder / "model.pb"

    @property
    def back(self) -> Path:
        return (self.folder / "back").with_suffix(self.original.suffix)

    @property
    def is_archive(self) -> bool:
        return self.original.suffix == ".keras"

    @property
    def bare(self) -> Path:
        return self.folder / "bare.pb"

    @property
    def composed(self) -> Path:
        return self.folder / "composed.h5"


def with_each_class(subjects: list[Subject]) -> list[Subject]:
    """Enough of them to show each class of layers: who has most comes first, then by name."""
    chosen, seen = [], set()
    for subject in sorted(subjects, key=lambda s: (-len(s.classes), s.name)):
        if not subject.classes <= seen:
            chosen.append(subject)
            seen |= subject.classes
    return chosen
