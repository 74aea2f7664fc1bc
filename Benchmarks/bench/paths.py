"""Where things stand."""

from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parents[1]
ROOT = BENCHMARKS.parent
PEERS = BENCHMARKS / "peers"
# Everything that is fetched, made or measured; git ignores it.
WORK = ROOT / ".build-bench"
