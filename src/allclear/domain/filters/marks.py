"""Marks (`is:stalled`) and parts (`has:workaround`): what they stand for, as far as the reader's fields allow."""

from __future__ import annotations

from allclear.domain.filters.ast import Op
from allclear.domain.filters.context import Context
from allclear.domain.filters.fields import FLAGS, INTERNAL_FLAGS, PARTS, PUBLIC_PARTS, FieldKind, Schema
from allclear.domain.filters.leaves import NEVER, AllOf, Compare, Empty, Except, HasKey, OneOf, Tree
from allclear.domain.terms import OPEN, Status

_YES_OR_NO = (FieldKind.FLAG, FieldKind.REACHED)
_STATUSES = {str(status).replace("_", "-"): f"status:{status}" for status in Status}
_IS_OPEN = OneOf("status", frozenset(map(str, OPEN)))


def is_internal(schema: Schema) -> bool:
    """Whether these are the fields of staff."""
    return any(field.internal for field in schema.values())


def mark_names(schema: Schema) -> list[str]:
    """The marks that this reader may ask for."""
    names = [name for name, text in {**FLAGS, **_STATUSES}.items() if text and _has_fields(text, schema)]
    return [*names, *(sorted(INTERNAL_FLAGS) if is_internal(schema) else ())]


def _has_fields(text: str, schema: Schema) -> bool:
    return all(part.partition(":")[0] in schema for part in text.split())


def text_of(mark: str) -> str:
    """The filter that a mark stands for."""
    return FLAGS.get(mark) or _STATUSES[mark]


def by_policy(mark: str, context: Context) -> Tree | None:
    """The tests of a mark that depends on the policies in force; None for any other."""
    if mark == "major":
        return OneOf("severity", context.major_bands) if context.major_bands else NEVER
    if mark == "ageing":
        return AllOf((_IS_OPEN, Compare("logged_at", Op.LESS, context.now - context.aged_after)))
    if mark != "stalled":
        return None
    on_hold = OneOf("status", frozenset({str(Status.ON_HOLD)}))
    waits = AllOf((on_hold, Compare("hold_until", Op.MORE, context.now)))
    still = Compare("last_progress_at", Op.LESS, context.now - context.stalled_after)
    return AllOf((_IS_OPEN, still, Except(waits)))


def part_names(schema: Schema) -> list[str]:
    """What this reader may ask the presence of: texts first, then every field that can be empty."""
    texts = PARTS if is_internal(schema) else PUBLIC_PARTS
    fields = {f.name: None for f in schema.values() if f.column and f.kind not in _YES_OR_NO}
    return list(dict.fromkeys([*(text.replace("_", "-") for text in texts), *fields]))


def part_named(word: str, schema: Schema) -> Tree | None:
    """The test for something that is there."""
    name = word.replace("_", "-")
    if name.replace("-", "_") in (PARTS if is_internal(schema) else PUBLIC_PARTS):
        return HasKey("texts", name.replace("-", "_"))
    found = schema.get(word)
    if found is None or not found.column or found.kind in _YES_OR_NO:
        return None
    return Except(Empty(found.column))
