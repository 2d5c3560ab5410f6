"""Files on disk under their SHA-256: written while they arrive, kept once however often they are attached."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Collection, Iterable
from pathlib import Path

from django.conf import settings

from allclear.kernel.errors import Invalid, NotFound
from allclear.kernel.words import say

LARGEST = 50 * 2**20  # bytes
_FRESH = 3600  # seconds in which an upload certainly gets its row


def write(chunks: Iterable[bytes], *, limit: int = LARGEST) -> tuple[str, int]:
    """Store a stream; gives SHA-256 and size. Too large or empty: nothing stays behind.

    The bytes are on disk (fsync) before the database row that names them is committed.
    """
    folder = Path(settings.BLOBS)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, size = hashlib.sha256(), 0
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=".part-")
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as out:
            for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    text = say("The file is larger than {limit} MB. Share a link to it instead.", limit=limit // 2**20)
                    raise Invalid({"file": text})
                digest.update(chunk)
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        if size == 0:
            raise Invalid({"file": say("The file is empty.")})
        target = path_of(digest.hexdigest())
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return digest.hexdigest(), size


def remove_unused(hashes: Iterable[str], in_use: Collection[str]) -> int:
    """Delete files that no attachment refers to any more; gives how many.

    One that somebody uploads again just now is fresh on the disk and stays. It is moved aside first: whoever writes it
    anew meanwhile gets a file of their own.
    """
    removed = 0
    for sha256 in hashes:
        path = path_of(sha256)
        aside = path.with_name(f".gone-{sha256}")
        if sha256 in in_use or not path.is_file():
            continue
        path.replace(aside)
        if aside.stat().st_mtime > time.time() - _FRESH:
            aside.replace(path)
            continue
        aside.unlink()
        removed += 1
    return removed


def path_of(sha256: str) -> Path:
    return Path(settings.BLOBS) / sha256[:2] / sha256


def existing_path(sha256: str) -> Path:
    """The file of a hash; `NotFound` when the disk lost it."""
    path = path_of(sha256)
    if not path.is_file():
        raise NotFound(say("The file is not on disk any more. An administrator can restore it from a backup."))
    return path
