"""Put the command `allclear` into a virtual environment so that it runs the program from this folder.

It needs no build tool and no network, unlike an editable install.
"""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent / "src"
LAUNCHER = """#!{python}
import sys

from allclear.config.cli import main

sys.exit(main())
"""


def link() -> None:
    if sys.prefix == sys.base_prefix:
        raise SystemExit("Run this with the Python of a virtual environment.")
    (Path(sysconfig.get_path("purelib")) / "allclear.pth").write_text(f"{SOURCE}\n", encoding="utf-8")
    command = Path(sysconfig.get_path("scripts")) / "allclear"
    command.write_text(LAUNCHER.format(python=sys.executable), encoding="utf-8")
    command.chmod(0o755)


link()
