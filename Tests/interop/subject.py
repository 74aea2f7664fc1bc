"""What goes there and back."""

from __future__ import annotations

from dataclasses import dataclass
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
