"""What the forms of silences, windows and inhibitions have in common: what was typed, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from allclear.domain.oncall.wallclock import first
from allclear.kernel.errors import AllclearError, Conflict, Invalid, NotFound
from allclear.kernel.events import position_of
from allclear.web.history import since
from allclear.web.said import localised

T = TypeVar("T")
_CONFLICT = gettext_lazy(
    "It was changed while you were editing. Yours is not saved yet; saving again puts it in the place of theirs."
)


@dataclass
class Draft:
    """The fields as they were typed, by name; `errors` by name, "" for what belongs to no field."""

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    version: str = ""
    status: int = 200
    kept: Mapping[str, datetime] = field(default_factory=dict)  # as stored: what is not touched stays to the second
    meanwhile: list[dict[str, Any]] = field(default_factory=list)  # what others changed, as `web.history` says it

    def attempt(self, verb: Callable[[], T], stream: str = "", pk: int = 0) -> T | None:
        """Call the verb; what it refuses stands in `errors` afterwards.

        `stream` and `pk` name what is changed: when others were faster, their changes stand in `meanwhile`, and the
        draft goes on from there.
        """
        if self.errors:
            self.status = 422
            return None
        try:
            return verb()
        except Conflict as error:
            self.errors, self.status = {"": str(_CONFLICT)}, error.status
            self.meanwhile = since(stream, pk, self.seen or 0)
            self.version = str(position_of(stream, pk))
        except Invalid as error:
            self.errors = {place: localised(text) for place, text in error.fields.items()}
            self.status = error.status
        except AllclearError as error:
            if error.status in (403, 404):
                raise
            self.errors, self.status = {"": localised(error.message)}, error.status
        return None

    @property
    def summed(self) -> list[tuple[str, str]]:
        """(id of the field, sentence) for the top of the page."""
        return [(f"f-{place.replace('.', '_')}" if place else "", text) for place, text in self.errors.items()]

    @property
    def flat(self) -> dict[str, str]:
        """The errors by names that a template can say."""
        return {place.replace(".", "_"): text for place, text in self.errors.items()}

    @property
    def seen(self) -> int | None:
        """The version that the person had seen."""
        return int(self.version) if self.version.isascii() and self.version.isdigit() else None


def texts(data: QueryDict, *names: str) -> dict[str, Any]:
    return {name: data.get(name, "").strip() for name in names}


def keys(data: QueryDict, name: str) -> list[int]:
    """Each chosen key once, in the order they were chosen."""
    given = [key for key in data.getlist(name) if key.isascii() and key.isdigit() and len(key) < 12]
    return list(dict.fromkeys(map(int, given)))


def instant_of(draft: Draft, name: str, zone: ZoneInfo | None = None) -> datetime | None:
    """What was typed into a field of date and time, by the reader's clock or that of `zone`."""
    text = str(draft.values.get(name) or "")
    if not text:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        draft.errors[name] = _("Write a date and a time, like 2026-03-31 08:30.")
        return None
    if read.tzinfo is not None:
        return read
    if (kept := draft.kept.get(name)) and text == local_text(kept, zone):
        return kept
    return first(zone, read) if zone else timezone.make_aware(read)


def given_instant(text: str) -> datetime:
    """The instant in an address or a button. Raises `NotFound` when there is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise NotFound(_("This address is not complete. Reload the page and press the button again."))
    return found


def local_text(at: datetime | None, zone: ZoneInfo | None = None) -> str:
    """The opposite, for the field."""
    if at is None:
        return ""
    return (at.astimezone(zone) if zone else timezone.localtime(at)).strftime("%Y-%m-%dT%H:%M")


def begin(values: Mapping[str, Any], version: object = "") -> Draft:
    return Draft(dict(values), version=str(version))
