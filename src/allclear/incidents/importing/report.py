"""What became of every row, and the counts of the source beside those of the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from allclear.domain.terms import label
from allclear.incidents.importing.cells import Problem
from allclear.incidents.importing.survey import Seen
from allclear.incidents.models import ImportedRow

KEPT = 1_000  # rejected rows that the run itself keeps for its page; the JSON file has all of them
NONE = "(none)"


@dataclass(slots=True)
class Tally:
    """The account of one run. Every row read is in exactly one of imported, merged and rejected."""

    read: int = 0
    imported: int = 0
    known: int = 0  # in already, from this or an earlier run
    unchanged: int = 0  # a row that changes nothing
    rejected: list[Problem] = field(default_factory=list)
    incidents_new: int = 0
    incidents_grown: int = 0
    incidents_known: int = 0
    incidents_rejected: set[str] = field(default_factory=set)
    events: int = 0

    @property
    def merged(self) -> int:
        return self.known + self.unchanged

    @property
    def adds_up(self) -> bool:
        return self.read == self.imported + self.merged + len(self.rejected)

    def as_dict(self) -> dict[str, Any]:
        return {
            "rows": {
                "read": self.read,
                "imported": self.imported,
                "merged": self.merged,
                "merged_known": self.known,
                "merged_unchanged": self.unchanged,
                "rejected": len(self.rejected),
                "adds_up": self.adds_up,
            },
            "incidents": {
                "new": self.incidents_new,
                "grown": self.incidents_grown,
                "known": self.incidents_known,
                "rejected": len(self.incidents_rejected),
            },
            "events": self.events,
        }


def rejected_as_dict(tally: Tally, limit: int | None = None) -> dict[str, Any]:
    """The rejected rows in the order of the file, and how often each reason stands behind one."""
    reasons = Counter((problem.column, problem.reason) for problem in tally.rejected)
    unknown: dict[str, Counter[str]] = {}
    for problem in tally.rejected:
        if "is unknown" in problem.reason:
            unknown.setdefault(problem.column, Counter())[problem.value] += 1
    rows = sorted(tally.rejected, key=lambda problem: problem.line)[:limit]
    return {
        "rejected_by_reason": [{"column": c, "reason": r, "rows": n} for (c, r), n in reasons.most_common(100)],
        "unknown_labels": {column: dict(counter.most_common(50)) for column, counter in sorted(unknown.items())},
        "rejected": [
            {"line": p.line, "number": p.number, "column": p.column, "value": p.value, "reason": p.reason} for p in rows
        ],
    }


@dataclass(frozen=True, slots=True)
class Check:
    """One figure of the source beside the same of the database."""

    what: str
    of: str
    source: int
    database: int

    def as_dict(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "of": self.of,
            "source": self.source,
            "database": self.database,
            "agrees": self.source == self.database,
        }


def reconcile(source: str, seen: Mapping[str, Seen]) -> list[Check]:
    """Compare what the file says of the incidents that were taken with what the database shows of them.

    The source's side is counted from the file's own words while it was checked, never from what was written. A row
    that stands in the file twice counts once.
    """
    keys = list(seen)
    rows = sum(len(set(incident.hashes)) for incident in seen.values())
    checks = [Check("rows", "", rows, _rows_in(source, seen))]
    checks.append(Check("incidents", "", len(seen), _scalar(_INCIDENTS, source, keys)))
    sides = {
        "status": (Counter(label(s.status) for s in seen.values()), _counts("i.status", source, keys, label)),
        "priority": (
            Counter(f"P{s.priority}" if s.priority else NONE for s in seen.values()),
            _counts("'P' || i.priority", source, keys),
        ),
    }
    for what, (theirs, ours) in sides.items():
        checks += [Check(what, name, theirs[name], ours[name]) for name in sorted(theirs | ours)]
    theirs, spelled = _folded(Counter(s.team or NONE for s in seen.values()))
    ours, also = _folded(_counts("t.name", source, keys))
    names = spelled | also
    ranked = sorted(theirs | ours, key=lambda key: (-theirs[key], key))
    return checks + [Check("team", names[key], theirs[key], ours[key]) for key in ranked]


_SCOPE = "i.external_source = %s AND i.external_key = ANY(%s)"
_INCIDENTS = f"SELECT count(*) FROM incidents_incident i WHERE {_SCOPE}"  # noqa: S608 - constants


def _rows_in(source: str, seen: Mapping[str, Seen]) -> int:
    """How many of the file's rows the database says it has."""
    stored = ImportedRow.objects.filter(source=source).values_list("external_key", "row_hashes").iterator()
    return sum(len({int(text, 16) for text in hashes} & set(seen[key].hashes)) for key, hashes in stored if key in seen)


def _scalar(statement: str, source: str, keys: list[str]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, [source, keys])
        return int(cursor.fetchone()[0])


def _counts(expression: str, source: str, keys: list[str], name: Any = str) -> Counter[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {expression}, count(*) FROM incidents_incident i"  # noqa: S608 - constants
            f" LEFT JOIN accounts_team t ON t.id = i.team_id WHERE {_SCOPE} GROUP BY 1",
            [source, keys],
        )
        return Counter({NONE if value is None else name(value): count for value, count in cursor.fetchall()})


def _folded(counter: Counter[str]) -> tuple[Counter[str], dict[str, str]]:
    """Counts with upper and lower case taken as one, and one spelling of each."""
    folded: Counter[str] = Counter()
    for name, count in counter.items():
        folded[name.casefold()] += count
    return folded, {name.casefold(): name for name in counter}
