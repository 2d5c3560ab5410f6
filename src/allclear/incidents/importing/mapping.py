"""How a foreign log is read: a TOML file that names its columns, states, labels and dates. See docs/import.md."""

from __future__ import annotations

import codecs
import string
import tomllib
from collections.abc import Mapping as Table
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from allclear.domain.terms import Channel, HoldReason, Role, Status
from allclear.kernel.errors import Invalid
from allclear.kernel.words import say

SAME = "same"  # a state of the source that leaves ours as it was
OTHERWISE = "*"  # in a table of labels: every label that is not named
FORMATS = ("servicenow-audit",)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Columns(_Strict):
    """Which column holds which of our fields; `state` and `updated_at` are needed."""

    state: str
    updated_at: str
    updated_by: str | None = None
    revision: str | None = None
    opened_at: str | None = None
    opened_by: str | None = None
    occurred_at: str | None = None
    requester: str | None = None
    on_behalf_of: str | None = None
    organisation: str | None = None
    location: str | None = None
    service: str | None = None
    ci: str | None = None
    channel: str | None = None
    category: str | None = None
    subcategory: str | None = None
    impact: str | None = None
    urgency: str | None = None
    priority: str | None = None
    team: str | None = None
    assignee: str | None = None
    supplier: str | None = None
    reassignment_count: str | None = None
    title: str | None = None
    description: str | None = None
    cause_code: str | None = None
    resolution_code: str | None = None
    resolution: str | None = None
    resolved_at: str | None = None
    resolved_by: str | None = None
    closed_at: str | None = None

    def named(self) -> dict[str, str]:
        """{our field: column} of those that are given."""
        return {name: column for name, column in self if column}


ENDING = frozenset({"cause_code", "resolution_code", "resolution", "resolved_at", "resolved_by", "closed_at"})
INSTANTS = ("updated_at", "opened_at", "occurred_at", "resolved_at", "closed_at")


class Custom(_Strict):
    """A column that is kept as one of the company's own fields."""

    key: str = Field(pattern=r"^[a-z0-9_-]{1,60}$")
    name: str = Field(max_length=120)
    kind: Literal["text", "yes_no", "number"] = "text"


class Mapping(_Strict):
    """A mapping file as read and checked."""

    name: str = "mapping"
    delimiter: str = Field(",", min_length=1, max_length=1)
    encoding: str = "utf-8"
    missing: frozenset[str] = frozenset({""})
    time_zone: str = "UTC"
    date_formats: tuple[str, ...] = Field(min_length=1)
    number: str = Field(description="Template over columns, such as {number}.")
    title: tuple[str, ...] = Field(("Incident {number}",), min_length=1)
    columns: Columns
    optional: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()
    back_filled: frozenset[str] = frozenset()
    states: Table[str, str]
    priorities: Table[str, int] = {}
    impacts: Table[str, int] = {}
    urgencies: Table[str, int] = {}
    channels: Table[str, str] = {OTHERWISE: "import"}
    roles: Table[str, tuple[Role, ...]] = {}
    custom: Table[str, Custom] = {}

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        try:
            return codecs.lookup(value).name
        except LookupError:
            raise ValueError(f"{value!r} is no known encoding; write utf-8, cp1252, iso-8859-1 or utf-16") from None

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            return ZoneInfo(value).key
        except (ZoneInfoNotFoundError, OSError, ValueError):
            raise ValueError(f"{value!r} is no time zone; write one such as Europe/Berlin or UTC") from None

    @field_validator("states")
    @classmethod
    def _known_states(cls, table: Table[str, str]) -> Table[str, str]:
        for label, target in table.items():
            status, _, reason = target.partition("/")
            if target != SAME and status not in set(Status):
                raise ValueError(f"{label!r} leads to {target!r}; write one of {', '.join(Status)}, or {SAME}")
            if (status == Status.ON_HOLD) != bool(reason) or (reason and reason not in set(HoldReason)):
                reasons = ", ".join(f"on_hold/{r}" for r in HoldReason)
                raise ValueError(f"{label!r} leads to {target!r}; a hold names its reason: {reasons}")
        return _folded(table)

    @field_validator("channels")
    @classmethod
    def _known_channels(cls, table: Table[str, str]) -> Table[str, str]:
        if wrong := set(table.values()) - set(Channel):
            raise ValueError(f"{min(wrong)!r} is no channel; write one of {', '.join(Channel)}")
        return _folded(table)

    @field_validator("priorities", "impacts", "urgencies")
    @classmethod
    def _known_weights(cls, table: Table[str, int]) -> Table[str, int]:
        if any(not 1 <= level <= 5 for level in table.values()):
            raise ValueError("levels go from 1 (the most critical) to 5")
        return _folded(table)

    @field_validator("back_filled")
    @classmethod
    def _known_back_filled(cls, names: frozenset[str]) -> frozenset[str]:
        if wrong := names - ENDING:
            raise ValueError(f"{min(wrong)!r} cannot be back-filled; choose among {', '.join(sorted(ENDING))}")
        return names

    @cached_property
    def used(self) -> list[str]:
        """Every column that the mapping reads, each once."""
        templates = {name for text in (self.number, *self.title) for name in placeholders(text)}
        return list(dict.fromkeys((*self.columns.named().values(), *self.custom, *sorted(templates))))

    @cached_property
    def needed(self) -> list[str]:
        """The columns without which the file is refused. Those kept as custom fields may be absent."""
        must = {*self.columns.named().values(), *placeholders(self.number)}
        return [name for name in self.used if name in must and name not in self.optional]

    @cached_property
    def back_filled_columns(self) -> frozenset[str]:
        """Columns that carry their final value on every row."""
        named = self.columns.named()
        return frozenset(named[name] for name in self.back_filled if name in named)


def _folded(table: Table[str, Any]) -> dict[str, Any]:
    return {label.strip().casefold(): value for label, value in table.items()}


def placeholders(template: str) -> list[str]:
    """The columns that a template such as "{category}: {symptom}" names."""
    return [name for _, name, _, _ in string.Formatter().parse(template) if name]


def _check_template(template: str) -> None:
    for _, name, how, conversion in string.Formatter().parse(template):
        if name is not None and (how or conversion or not name or set(name) & set(".[")):
            raise ValueError(f"write the name of a column in braces, nothing else, instead of {{{name}...}}")


def check_format(format_: str) -> None:
    """Raise `Invalid` when no mapping of ours is for this format."""
    if format_ not in FORMATS:
        choices = ", ".join((*FORMATS, "allclear"))
        raise Invalid(
            {"format": say("“{format}” is not known; choose one of {choices}.", format=format_, choices=choices)}
        )


def default_text(format_: str = "servicenow-audit") -> str:
    """The mapping file that comes with the program."""
    check_format(format_)
    return resources.files(__package__).joinpath(f"{format_}.toml").read_text("utf-8")


def read(path: Path) -> str:
    """The text of a mapping file."""
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        text = say("{file} cannot be read ({reason}).", file=str(path), reason=str(error))
        raise Invalid({"mapping": text}) from None


def parse(text: str, **changed: Any) -> Mapping:
    """The mapping in a TOML text; `changed` replaces values of it. Raises `Invalid` naming each key that is wrong."""
    try:
        body = tomllib.loads(text)
        for template in (body.get("number"), *_as_list(body.get("title"))):
            _check_template(template or "")
        return Mapping.model_validate(body | {k: v for k, v in changed.items() if v is not None})
    except tomllib.TOMLDecodeError as error:
        raise Invalid({"mapping": say("This is no TOML: {reason}.", reason=str(error))}) from None
    except ValidationError as error:
        wrong = {".".join(map(str, e["loc"])): e["msg"].removeprefix("Value error, ") for e in error.errors()}
        raise Invalid({f"mapping.{key}": f"{words}." for key, words in wrong.items()}) from None
    except (TypeError, ValueError) as error:
        text = say("A template in number or title cannot be read: {reason}.", reason=str(error))
        raise Invalid({"mapping": text}) from None


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
