"""What schemas/ says of messages: their fields by number, so that files are changed by fields."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas" / "residual" / "v1"

BLOCK = re.compile(r"^(message|enum) (\w+) \{$(.*?)^\}$", re.MULTILINE | re.DOTALL)
FIELD = re.compile(r"^ +(repeated )?(\w+) (\w+) = (\d+);$", re.MULTILINE)
CONSTANT = re.compile(r"^ +\w+ = (\d+);$", re.MULTILINE)


@dataclass(frozen=True)
class Kind:
    """What a field holds."""

    name: str
    type: str
    repeated: bool


def messages() -> dict[str, dict[int, Kind]]:
    """The fields of each message, by their numbers."""
    found: dict[str, dict[int, Kind]] = {}
    for keyword, name, body in blocks():
        if keyword == "message":
            found[name] = {
                int(number): Kind(field, kind, bool(repeated))
                for repeated, kind, field, number in FIELD.findall(body)
            }
    return found


def enumerations() -> dict[str, int]:
    """The largest constant of each enumeration."""
    return {
        name: max(map(int, CONSTANT.findall(body)))
        for keyword, name, body in blocks()
        if keyword == "enum"
    }


def blocks() -> list[tuple[str, str, str]]:
    text = "\n".join(path.read_text() for path in sorted(SCHEMAS.glob("*.proto")))
    return BLOCK.findall(text)
