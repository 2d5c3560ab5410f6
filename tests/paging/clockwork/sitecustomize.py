"""Python loads this by itself where its folder is in the path: the program's clock is then the one of the test.

The file that TEST_CLOCK names has three numbers: the instant it was set to, when that was in truth, and how many
seconds go by in one (0: it stands still).
"""

import os
import time
from datetime import UTC, datetime
from pathlib import Path

if "TEST_CLOCK" in os.environ:
    from allclear.kernel import clock

    FILE = Path(os.environ["TEST_CLOCK"])

    def now() -> datetime:
        instant, since, speed = map(float, FILE.read_text().split())
        return datetime.fromtimestamp(instant + (time.time() - since) * speed, UTC)

    clock.now = now
