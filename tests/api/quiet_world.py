"""What keeps alerts quiet, in the world of the API's tests: the rows, and a call for every operation on them."""

from __future__ import annotations

from typing import Any

from allclear import testing
from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.alerts.actions.inhibitions import add_inhibition
from allclear.alerts.actions.maintenance import add_window
from allclear.alerts.actions.silences import add_silence
from allclear.alerts.models import Alert, Integration, Storm
from allclear.catalog.models import Service
from allclear.incidents.models import Incident

SPAN = {"starts_at": "2026-03-02T09:30:00Z", "ends_at": "2026-03-02T18:00:00Z"}
FILTERS = {"cause": "label.alertname:Down", "effect": "severity:warning"}
MATCHERS = ["alertname=DiskFull", {"name": "env", "value": "prod|stage", "isRegex": True}]


def rows(service: Service, of_a_storm: Incident) -> dict[str, Any]:
    """One of each, with an alert that the silence holds."""
    begin, end = testing.T0, testing.instant(600)
    weekly = {"repeats": "FREQ=WEEKLY", "until": testing.instant(60 * 24 * 60)}
    values = {"comment": "Known", "matchers": MATCHERS, "ends_at": end}
    silence = add_silence(SYSTEM_VIEWER, values, now=begin)
    window = {"name": "Switch change", "services": [service.pk], "starts_at": begin, "ends_at": end, **weekly}
    inhibition = {"name": "Cluster is down", **FILTERS, "expires_at": end}
    source = Integration.objects.create(name="Prometheus of the quiet", kind="prometheus")
    alert = Alert.objects.create(
        integration=source, dedup_key="given.1:disk", title="Disk is full", labels={"alertname": "DiskFull"},
        first_seen_at=begin, last_seen_at=begin, outcome="suppressed",
        held_by={"kind": "silence", "id": silence.pk, "name": "Known", "until": end.isoformat()},
    )  # fmt: skip
    return {
        "silence": silence, "held_alert": alert,
        "window": add_window(SYSTEM_VIEWER, window, now=begin),
        "inhibition": add_inhibition(SYSTEM_VIEWER, inhibition, now=begin),
        "storm": Storm.objects.create(started_at=begin, last_opened_at=begin, incident_ids=[of_a_storm.pk]),
    }  # fmt: skip


def calls(make: Any, office: tuple[str, ...], staff: tuple[str, ...], managers: tuple[str, ...]) -> dict[str, Any]:
    """`make` is the world's `Call`."""
    silence, window, inhibition = (
        "/silences/{silence.pk}",
        "/maintenance-windows/{window.pk}",
        "/inhibitions/{inhibition.pk}",
    )
    new_silence = {"comment": "Known", "matchers": MATCHERS, "ends_at": SPAN["ends_at"]}
    new_window = {"name": "Upgrade", "services": ["{service.pk}"], **SPAN}
    new_inhibition = {"name": "Power", **FILTERS, "equal": ["site"], "expires_at": SPAN["ends_at"]}
    span = "begin=2026-03-01T00:00:00Z&end=2026-04-01T00:00:00Z"
    return {
        "list_silences": make(office, "/silences?ends_after=2026-03-02T09:00:00Z&mode=live"),
        "read_silence": make(office, silence),
        "add_silence": make(staff, "/silences", new_silence, 201),
        "change_silence": make(staff, silence, {"comment": "Still known"}),
        "end_silence": make(staff, f"{silence}/end"),
        "list_alerts_of_silence": make(office, f"{silence}/alerts"),
        "list_maintenance_windows": make(office, "/maintenance-windows?q=switch"),
        "read_maintenance_window": make(office, window),
        "add_maintenance_window": make(managers, "/maintenance-windows", new_window, 201),
        "change_maintenance_window": make(managers, window, {"reason": "New firmware"}),
        "end_maintenance_window": make(managers, f"{window}/end"),
        "cancel_maintenance_time": make(managers, f"{window}/cancel-time", {"start": "2026-03-09T09:00:00Z"}),
        "list_maintenance_times": make(office, f"{window}/times?{span}"),
        "list_alerts_of_maintenance_window": make(office, f"{window}/alerts"),
        "list_inhibitions": make(office, "/inhibitions?mode=shadow"),
        "read_inhibition": make(office, inhibition),
        "add_inhibition": make(managers, "/inhibitions", new_inhibition, 201),
        "change_inhibition": make(managers, inhibition, {"mode": "live"}),
        "end_inhibition": make(managers, f"{inhibition}/end"),
        "list_alerts_of_inhibition": make(office, f"{inhibition}/alerts"),
        "list_what_is_quiet": make(office, "/quiet?state=in_force"),
        "read_quiet_calendar": make(office, f"/quiet/calendar?{span}"),
        "read_noise_ledger": make(office, "/noise?by=service"),
        "read_noise_advice": make(office, "/noise/advice"),
        "judge": make(staff, "/noise/verdicts", {"alert_ids": ["{held_alert.pk}"], "verdict": "duplicate"}),
        "list_suggested_verdicts": make(office, "/noise/suggestions"),
        "try_silence": make(staff, "/silences/preview", {"matchers": MATCHERS}),
        "try_maintenance_window": make(
            managers, "/maintenance-windows/preview", {"services": ["{service.pk}"], **SPAN}
        ),
        "try_inhibition": make(managers, "/inhibitions/preview", {**FILTERS, "equal": ["site"]}),
        "try_suppressing_rule": make(managers, "/noise/try-rule", {"when": "severity:info"}),
        "read_what_silence_held": make(office, f"{silence}/would-have-held"),
        "read_what_maintenance_window_held": make(office, f"{window}/would-have-held"),
        "read_what_inhibition_held": make(office, f"{inhibition}/would-have-held"),
        "list_storms": make(office, "/storms"),
        "accept_storm": make(staff, "/storms/{storm.pk}/accept", {"title": "Power failure"}),
        "dismiss_storm": make(staff, "/storms/{storm.pk}/dismiss"),
    }
