"""The SQL that one request runs, with its transactions, and the same as a script for pgbench."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection


@dataclass
class Capture:
    """Statements in order, BEGIN and COMMIT where Django's transaction begins and ends; seconds spent in them."""

    statements: list[str] = field(default_factory=list)
    seconds: float = 0.0
    _inside: bool = False

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self._mark(connection.in_atomic_block)
        ops: Any = connection.ops  # PostgreSQL's; the general type does not know compose_sql
        text = ops.compose_sql(sql, params) if params else sql.replace("%%", "%")
        self.statements.append(text)
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.seconds += time.perf_counter() - started

    def _mark(self, inside: bool) -> None:
        if inside != self._inside:
            self.statements.append("BEGIN" if inside else "COMMIT")
            self._inside = inside

    def end(self) -> None:
        self._mark(False)

    @property
    def count(self) -> int:
        return sum(statement not in ("BEGIN", "COMMIT") for statement in self.statements)


_UUID = re.compile(r"\b([0-9a-f]{8})-?([0-9a-f]{4})-?(7[0-9a-f]{3})-?([0-9a-f]{4})-?([0-9a-f]{12})\b")
_NEXT = re.compile(r"nextval\('incidents_number'\)")
_VERSION = re.compile(r'"version" = \d+')


def script(
    capture: Capture, *, incident_id: int, first: int = 0, last: int = 0, number_offset: int = 0, new_number: str = ""
) -> str:
    """The statements with fresh values in place of those that may be used once: keys, numbers, versions.

    `incident_id` stands for a random incident from `first` to `last` (0: there is none); when the request made it
    (`new_number`), for the one that its INSERT returns.
    """
    lines = [] if new_number else [f"\\set id random({first}, {last})", f"\\set num :id + {number_offset}"]
    text = _APART.join(capture.statements)
    for number, uuid in enumerate(_made_here(capture.statements)):
        lines.append(f"\\set u{number} random(100000000000, 999999999999)")
        for form in (uuid, uuid.replace("-", "")):
            text = text.replace(form, f"{form[:-12]}:u{number}")
    if new_number:
        text = text.replace(new_number, "INC:n")
    elif incident_id:
        text = text.replace(f"'INC{incident_id + number_offset:07d}'", "'INC' || lpad(:num::text, 7, '0')")
    is_version_known = False
    for statement in text.split(_APART):
        line = " ".join(statement.split("\n"))
        if incident_id:
            line = re.sub(rf"(?<![\w.:-]){incident_id}(?![\w.-])", ":id", line)
        if is_version_known:
            line = _VERSION.sub('"version" = :row_version + 1', line)
            line = re.sub(r"('incident', :id, )(\d+)", r"\1:row_version + 1", line)
        if line.startswith(_UPDATE) and '"status" =' in line and '"hold_reason" =' not in line:
            line = line.replace(_UPDATE, f"{_UPDATE}\"hold_reason\" = '', ", 1)  # the random one may be on hold
        if "FOR UPDATE" in line and '"incidents_incident"."version"' in line and not is_version_known:
            line, is_version_known = f"{line} \\gset row_", True
        lines.append(_ended(line))
    return "\n".join(lines) + "\n"


def _ended(line: str) -> str:
    """The statement with its end: what it gives is kept where later ones need it."""
    if "\\gset" in line:
        return line
    if _NEXT.search(line):
        return f"{_NEXT.sub(_FRESH, line)} \\gset"
    if line.startswith('INSERT INTO "incidents_incident"'):
        return f'{line.split(" RETURNING ")[0]} RETURNING "id" \\gset'
    return f"{line};"


_UPDATE = 'UPDATE "incidents_incident" SET '
_APART = "\n\x00\n"
_FRESH = "to_char(nextval('incidents_number'), 'FM0000000') AS n"


def _made_here(statements: list[str]) -> list[str]:
    """Keys of version 7 that an INSERT of this request wrote first."""
    seen: list[str] = []
    for statement in statements:
        if statement.startswith("INSERT"):
            seen += [uuid for uuid in map("-".join, _UUID.findall(statement)) if uuid not in seen]
    return seen
