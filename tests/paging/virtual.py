"""A clock that a test moves, for itself and for the processes that it starts."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

CLOCKWORK = Path(__file__).resolve().parent / "clockwork"


class VirtualClock:
    """It stands still until it is set anew, or runs `speed` times as fast as a real one."""

    def __init__(self, folder: Path, at: datetime, speed: float = 0.0) -> None:
        self.file, self.speed = folder / "clock", speed
        self.set(at)

    def set(self, at: datetime) -> None:
        self.instant, self.since = at.timestamp(), time.time()
        draft = self.file.with_suffix(".new")
        draft.write_text(f"{self.instant} {self.since} {self.speed}")
        draft.replace(self.file)  # nobody reads half of it

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.instant + (time.time() - self.since) * self.speed, UTC)

    def environment(self, path: str) -> dict[str, str]:
        """For a process with this PYTHONPATH."""
        return {"PYTHONPATH": f"{CLOCKWORK}:{path}", "TEST_CLOCK": str(self.file)}
