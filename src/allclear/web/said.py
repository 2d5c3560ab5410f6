"""What rules and verbs said in English, in the words of the reader."""

from __future__ import annotations

from allclear.kernel.localised import localised, retold

__all__ = ["localised", "retold"]
