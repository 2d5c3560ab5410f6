"""What keeps alerts quiet, in the world of the commands' tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.alerts.actions.inhibitions import add_inhibition
from allclear.alerts.actions.maintenance import add_window
from allclear.alerts.actions.silences import add_silence
from allclear.alerts.models import Alert, Integration, Storm
from allclear.catalog.models import Service
from allclear.incidents.actions import Request, Resolution, resolve_incident
from allclear.kernel.clock import now
from allclear.testing import T0, in_status, logged


def rows() -> dict[str, Any]:
    """Keys of one of each; each holds an alert."""
    begin, end = now(), now() + timedelta(hours=4)
    silence = add_silence(SYSTEM_VIEWER, {"comment": "Known", "matchers": "a=b", "ends_at": end}, now=begin)
    window: dict[str, Any] = {"name": "Change", "services": [Service.objects.get(name="VPN").pk]}
    window |= {"starts_at": begin, "ends_at": end}
    inhibition = {"name": "Down", "cause": "label.a:Down", "effect": "severity:info", "expires_at": end}
    source = Integration.objects.create(name="Monitor", kind="prometheus")
    keys = {
        "silence": silence.pk,
        "maintenance": add_window(SYSTEM_VIEWER, window, now=begin).pk,
        "inhibition": add_inhibition(SYSTEM_VIEWER, inhibition, now=begin).pk,
    }
    values: dict[str, Any] = {"title": "Disk is full", "integration": source}
    values |= {"first_seen_at": begin, "last_seen_at": begin}
    for kind, pk in keys.items():
        held_by = {"kind": kind, "id": pk, "until": end.isoformat()}
        held = Alert.objects.create(dedup_key=f"given.1:{kind}", outcome="suppressed", held_by=held_by, **values)
    before = T0 - timedelta(days=1)  # the first promise of the world: nothing of these is measured
    wrong = in_status("in_progress", at=before)
    resolve_incident(
        Request(SYSTEM_VIEWER, before + timedelta(hours=1)), wrong.pk, Resolution("false_alarm", "Nothing was wrong")
    )
    Alert.objects.create(dedup_key="given.1:wrong", outcome="opened", incident=wrong, **values)
    storm = Storm.objects.create(started_at=begin, last_opened_at=begin, incident_ids=[logged(at=before).pk])
    return {**keys, "window": keys["maintenance"], "held": held.pk, "storm": storm.pk}


def calls(make: Any) -> dict[str, Any]:
    """`make` is the `Call` of calls.py."""
    weekly = "--repeats FREQ=WEEKLY --repeats-until {in_a_year}"
    return {
        "silence add": make("Known -m alertname=DiskFull -m 'env=~\"dev|test\"' --for 2h --integration Monitor"),
        "silence change": make("{silence} --until {tomorrow} --shadow"),
        "silence end": make("{silence}"),
        "silence held": make("{silence}"),
        "silence list": make(),
        "silence show": make("{silence}"),
        "maintenance add": make(f"Upgrade --from {{tomorrow}} --for 2h --service VPN --ci gw-1 {weekly}"),
        "maintenance cancel": make("{window}"),
        "maintenance change": make("{window} --reason Firmware --ci gw-1"),
        "maintenance end": make("{window}"),
        "maintenance held": make("{window}"),
        "maintenance list": make(),
        "maintenance show": make("{window}"),
        "inhibition add": make("Power --cause label.a:Power --effect severity:warning --equal site --for 30d"),
        "inhibition change": make("{inhibition} --effect severity:info,warning"),
        "inhibition end": make("{inhibition}"),
        "inhibition held": make("{inhibition}"),
        "inhibition list": make(),
        "inhibition prolong": make("{inhibition} --until {tomorrow}"),
        "inhibition show": make("{inhibition}"),
        "inhibition switch-off": make("{inhibition}"),
        "inhibition switch-on": make("{inhibition}"),
        "noise judge": make("false_alarm {held}"),
        "noise list": make("--by integration --days 30"),
        "noise suggested": make(),
        "noise worst": make(),
        "noise try-rule": make("severity:info --integration Monitor"),
        "silence try": make("-m alertname=DiskFull"),
        "silence would-have-held": make("{silence}"),
        "maintenance try": make("--from {tomorrow} --for 2h --service VPN"),
        "maintenance would-have-held": make("{window}"),
        "inhibition try": make("--cause label.a:Power --effect severity:warning --equal site"),
        "inhibition would-have-held": make("{inhibition}"),
        "storm accept": make("{storm} --title 'Power failure'"),
        "storm dismiss": make("{storm}"),
        "storm list": make(),
    }
