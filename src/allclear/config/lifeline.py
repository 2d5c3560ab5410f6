"""Ends a process when the one that started it is gone, however that happened."""

from __future__ import annotations

import os
import signal
import threading
import time

VARIABLE = "ALLCLEAR_PARENT"  # set by the supervisor: the process without which a part must not go on
_GRACE = 10.0  # seconds to finish what is in hand before the process is ended hard


def follow(parent: int | None = None) -> None:
    """End this process soon after `parent` (by default the one in `ALLCLEAR_PARENT`, if any) has ended."""
    wanted = parent if parent is not None else int(os.environ.get(VARIABLE, "0"))
    if wanted:
        threading.Thread(target=_watch, args=(wanted,), daemon=True, name="lifeline").start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE)
    os._exit(1)
