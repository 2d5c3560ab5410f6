"""Dedup keys: what names one open alert within an integration."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping

from allclear.domain.alerts.event import LONGEST_KEY, KeyKind

_as_json = json.JSONEncoder(ensure_ascii=False).encode


def fingerprint(labels: Mapping[str, str], without: Collection[str] = ()) -> str:
    """16 hex digits that stand for a set of labels, whatever their order; `without` names labels that do not count.

    Pairs of a highly available Prometheus differ by a `replica` label only: naming it here makes their alerts one.
    """
    pairs = sorted((name, value) for name, value in labels.items() if name not in without)
    return hashlib.sha256(_as_json(pairs).encode()).hexdigest()[:16]


def stored_key(kind: KeyKind, version: int, key: str) -> str:
    """The key as it is kept: `given.1:disk-full@web1`. One that is too long is its SHA-256, so that two never meet."""
    if len(key) > LONGEST_KEY:
        key = "sha256=" + hashlib.sha256(key.encode()).hexdigest()
    return f"{kind}.{version}:{key}"
