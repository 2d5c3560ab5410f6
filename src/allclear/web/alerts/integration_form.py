"""The form of an integration; what its kind asks for is built from the kind's own options."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from allclear.accounts.permissions import Viewer
from allclear.alerts.kinds import Kind
from allclear.alerts.models import Integration
from allclear.domain.alerts.kinds import Option, OptionKind
from allclear.kernel.errors import AllclearError, Invalid
from allclear.kernel.events import position_of
from allclear.web import choices
from allclear.web.records import Key, RecordForm
from allclear.web.said import localised

MINUTE = timedelta(minutes=1)
PREFIX = "option_"


class IntegrationForm(RecordForm):
    """Fields named `option_...` are the kind's own."""

    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("As you speak of it: “Prometheus Lyon”."))
    service_id = Key(
        label=_("Service"), empty=_("None"), help_text=_("What its alerts are about when they name no service.")
    )
    owner_team_id = Key(label=_("Team"), empty=_("None"), help_text=_("Looks after the source itself."))
    description = forms.CharField(
        label=_("Description"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("What it watches, and whom to ask about it."),
    )
    stale_after = forms.IntegerField(
        label=_("Close silent alerts after"),
        required=False,
        min_value=1,
        max_value=525_600,
        help_text=_("Minutes without a word about an open alert. Empty: never."),
    )
    events_per_minute = forms.IntegerField(
        label=_("Most events a minute"),
        min_value=1,
        max_value=1_000_000,
        initial=60_000,
        help_text=_("For each key. What is more is answered “429, later”, so that sources send it again."),
    )
    RARE = ("description", "stale_after", "events_per_minute")  # behind “More”

    def __init__(self, data: Any = None, *, kind: Kind, initial: Any = None, viewer: Viewer | None = None) -> None:
        self.kind = kind
        super().__init__(data, initial=initial)
        for option in kind.options:
            self.fields[PREFIX + option.name] = _field(option, is_set=bool(self.initial.get(PREFIX + option.name)))
            if option.secret:
                self.initial.pop(PREFIX + option.name, None)
        if viewer is not None:
            self.prepare(viewer)

    def prepare(self, viewer: Viewer) -> None:
        self.offer("service_id", choices.services(viewer, keep=self.initial.get("service_id")))
        self.offer("owner_team_id", choices.teams(keep=self.initial.get("owner_team_id")))

    @property
    def main(self) -> list[forms.BoundField]:
        names = ("name", "service_id", "owner_team_id")
        return [self[name] for name in names]

    @property
    def rare(self) -> list[forms.BoundField]:
        return [self[name] for name in self.RARE]

    @property
    def own(self) -> list[forms.BoundField]:
        """What the kind asks for."""
        return [self[PREFIX + option.name] for option in self.kind.options]

    def values(self) -> dict[str, Any]:
        given = super().values()
        options = {name.removeprefix(PREFIX): given.pop(name) for name in list(given) if name.startswith(PREFIX)}
        minutes = given["stale_after"]
        return given | {"options": options, "stale_after": None if minutes is None else minutes * MINUTE}

    def complain(self, error: AllclearError) -> None:
        if isinstance(error, Invalid):
            named = {name.replace("options.", PREFIX): text for name, text in error.fields.items()}
            error = Invalid(named)
        super().complain(error)


def beginning(row: Integration) -> dict[str, Any]:
    """What the form of an integration begins with."""
    names = ("name", "service_id", "owner_team_id", "description", "events_per_minute")
    found: dict[str, Any] = {name: getattr(row, name) for name in names}
    found["stale_after"] = None if row.stale_after is None else row.stale_after // MINUTE
    found |= {PREFIX + name: _typed(value) for name, value in row.options.items()}
    return found | {"version": position_of("integration", row.pk)}


def options_of(kind: Kind, data: Mapping[str, Any]) -> dict[str, Any]:
    """The options as they stand in a form that is being typed."""
    found: dict[str, Any] = {}
    for option in kind.options:
        value = data.get(PREFIX + option.name)
        found[option.name] = value == "on" if option.kind is OptionKind.SWITCH else value
    return found


def _typed(value: Any) -> Any:
    """A list or a table as lines."""
    if isinstance(value, Mapping):
        return "\n".join(f"{word} = {meaning}" for word, meaning in value.items())
    return "\n".join(map(str, value)) if isinstance(value, (list, tuple)) else value


def _field(option: Option, *, is_set: bool) -> forms.Field:
    help_text = localised(option.help)
    if option.secret and is_set:
        help_text = " ".join(filter(None, [help_text, str(_("One is kept. Empty: it stays."))]))
    common: dict[str, Any] = {
        "label": localised(option.label),
        "help_text": help_text,
        "required": option.required and not (option.secret and is_set),
        "initial": _typed(option.default),
    }
    if option.kind is OptionKind.SWITCH:
        return forms.BooleanField(**common | {"required": False})
    if option.kind in (OptionKind.LINES, OptionKind.TABLE):
        return forms.CharField(widget=forms.Textarea(attrs={"rows": 4, "class": "mono"}), **common)
    attrs: dict[str, Any] = {"autocomplete": "off", "spellcheck": "false"}
    if option.secret:
        return forms.CharField(widget=forms.PasswordInput(attrs=attrs | {"autocomplete": "new-password"}), **common)
    if option.kind is OptionKind.EXPRESSION:
        attrs["class"] = "mono"
    return forms.CharField(widget=forms.TextInput(attrs=attrs), max_length=2000, **common)
