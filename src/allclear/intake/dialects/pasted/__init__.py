"""What is too long to stand in a dialect's own file: configuration of other tools, to paste or to import there."""

from __future__ import annotations

from pathlib import Path


def pasted(name: str) -> str:
    """The text of a file in this folder."""
    return (Path(__file__).parent / name).read_text(encoding="utf-8")
