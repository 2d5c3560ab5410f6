"""The kinds of source as people choose them: a sign, and a line that says what it is for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from allclear.alerts.kinds import KINDS

# kind: (sign of one or two letters or the name of an icon, what it is for)
_ABOUT: Mapping[str, tuple[str, StrOrPromise]] = {
    "prometheus": ("Pr", _("Straight from Prometheus, as to an Alertmanager")),
    "alertmanager": ("Am", _("A webhook receiver of Alertmanager")),
    "grafana": ("Gr", _("A webhook contact point of Grafana")),
    "pagerduty": ("PD", _("Whatever speaks the PagerDuty Events API v2")),
    "opsgenie": ("Og", _("Whatever speaks the Opsgenie alert API")),
    "zabbix": ("Zx", _("A media type to import into Zabbix")),
    "nagios": ("Na", _("A notification command of Nagios or Naemon")),
    "icinga": ("Ic", _("A notification command of Icinga 2")),
    "datadog": ("Dd", _("A webhook of Datadog")),
    "cloudwatch": ("Cw", _("Alarms of CloudWatch through Amazon SNS")),
    "azure": ("Az", _("Action groups of Azure Monitor, common schema")),
    "google_cloud": ("GC", _("A webhook channel of Google Cloud Monitoring")),
    "sentry": ("Se", _("Issue and metric alerts of Sentry")),
    "cloudevents": ("Ce", _("CloudEvents 1.0, one or many")),
    "email": ("mail", _("Mails to an address of its own")),
    "json": ("file-text", _("Any JSON: say where each field stands")),
    "heartbeat": ("activity", _("Jobs that report that they ran")),
}
_ICONS = {"mail", "file-text", "activity"}


@dataclass(frozen=True, slots=True)
class Card:
    """A kind as a card. Either `icon` or `letters` is its sign."""

    kind: str
    name: str
    about: StrOrPromise = ""
    letters: str = ""
    icon: str = ""


def card(kind: str) -> Card:
    """The card of a kind, also of one that is not known any more."""
    known = KINDS.get(kind)
    sign, about = _ABOUT.get(kind, (kind[:2].capitalize(), ""))
    is_icon = sign in _ICONS
    return Card(kind, known.name if known else kind, about, "" if is_icon else sign, sign if is_icon else "")


def cards() -> list[Card]:
    """All kinds, the common ones first."""
    order = list(_ABOUT)
    return [card(kind) for kind in sorted(KINDS, key=lambda kind: (order.index(kind) if kind in order else 99, kind))]
