"""How a source is set up, and the settings of an integration, in words."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _

from allclear.alerts.kinds import KINDS
from allclear.alerts.models import Integration
from allclear.domain.alerts.kinds import filled
from allclear.web.said import localised


def steps(row: Integration, key: str) -> list[dict[str, str]]:
    """The instructions, with the address and the key filled in."""
    kind, where = KINDS.get(row.kind), (settings.BASE_URL, key, settings.INBOUND_ADDRESS.rpartition("@")[2])
    return [
        {"text": localised(step.text), "code": filled(step.code, *where).strip(), "file": step.file}
        for step in (kind.setup if kind else ())
    ]


def option_words(row: Integration) -> list[tuple[str, str]]:
    """The settings that are not empty, for reading; secrets only as kept."""
    kind = KINDS.get(row.kind)
    found = []
    for option in kind.options if kind else ():
        value = row.options.get(option.name)
        if not value:
            continue
        if option.secret:
            text = _("kept, not shown")
        elif isinstance(value, dict):
            text = ", ".join(f"{word} = {meaning}" for word, meaning in value.items())
        else:
            text = ", ".join(map(str, value)) if isinstance(value, list) else _("yes") if value is True else str(value)
        found.append((localised(option.label), text))
    return found
