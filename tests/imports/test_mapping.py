"""Other logs, other columns: read by a mapping file, without code."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from allclear.incidents import importing
from allclear.incidents.models import Incident
from allclear.kernel.errors import Invalid
from allclear.kernel.models import Event
from tests.imports.logs import bring_in, write

GERMAN = """
name = "vorgaenge"
delimiter = ";"
encoding = "cp1252"
missing = ["", "-"]
time_zone = "Europe/Berlin"
date_formats = ["%d.%m.%Y %H:%M"]
number = "V-{Vorgang}"
title = ["{Betreff}", "Vorgang {Vorgang}"]
ignore = ["Ort"]

[columns]
state = "Status"
updated_at = "Geändert am"
updated_by = "Bearbeiter"
opened_at = "Eröffnet am"
requester = "Melder"
category = "Kategorie"
priority = "Prio"
team = "Gruppe"
assignee = "Bearbeiter"
title = "Betreff"
resolution = "Lösung"

[states]
"Neu" = "new"
"In Arbeit" = "in_progress"
"Wartet auf Melder" = "on_hold/requester"
"Erledigt" = "resolved"
"Storniert" = "cancelled"

[priorities]
hoch = 2
normal = 3

[custom]
Raum = { key = "raum", name = "Raum" }
"""
LOG = """Vorgang;Status;Geändert am;Bearbeiter;Eröffnet am;Melder;Kategorie;Prio;Gruppe;Betreff;Lösung;Raum;Ort;Notiz
4711;Neu;27.03.2016 01:30;-;27.03.2016 01:10;Jürgen Groß;Netz;normal;Leitstelle;VPN bricht ab;-;E 12;Köln;x
4711;In Arbeit;27.03.2016 03:30;Änne Käß;27.03.2016 01:10;Jürgen Groß;Netz;HOCH;Netzbetrieb;VPN bricht ab;-;E 12;Köln;x
4711;Erledigt;30.10.2016 02:30;Änne Käß;27.03.2016 01:10;Jürgen Groß;Netz;hoch;Netzbetrieb;VPN brach ab;"Kabel
getauscht";-;Köln;x
4712;Storniert;01.04.2016 08:00;Änne Käß;01.04.2016 07:59;-;-;normal;-;-;-;-;-;x
"""


@pytest.mark.django_db
def test_a_german_log_is_read_by_another_mapping(tmp_path: Path) -> None:
    path = tmp_path / "vorgaenge.csv"
    path.write_text(LOG, "cp1252")
    report = bring_in(path, GERMAN)

    assert (report["agrees"], report["rows"]["imported"], report["source"]) == (True, 4, "vorgaenge")
    row = Incident.objects.get(number="V-4711")
    assert (row.status, row.priority, row.title, row.custom) == ("resolved", 2, "VPN brach ab", {})
    assert row.team and row.assignee and row.requester and row.category
    assert [row.team.name, row.assignee.name, row.requester.name, row.category.name] == [
        "Netzbetrieb",
        "Änne Käß",
        "Jürgen Groß",
        "Netz",
    ]
    assert row.logged_at == datetime(2016, 3, 27, 0, 10, tzinfo=UTC)
    assert row.resolved_at == datetime(2016, 10, 30, 0, 30, tzinfo=UTC)  # the first of the two half past two
    assert (row.resolved_by, row.reassignment_count, row.contents.get(slot="resolution").body) == (
        row.assignee,
        1,
        "Kabel\ngetauscht",
    )
    first = Event.objects.get(stream_id=row.pk, position=1)
    assert first.data["changes"]["priority"] == [None, 3]
    assert row.contents.filter(slot="title").count() == 2
    cancelled = Incident.objects.get(number="V-4712")
    assert (cancelled.status, cancelled.title) == ("cancelled", "Vorgang 4712")
    assert cancelled.cancelled_at == datetime(2016, 4, 1, 6, tzinfo=UTC)
    assert report["notices"] == ["Columns that the mapping does not name were left out: Notiz."]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('"Neu" = "new"', '"Neu" = "fresh"'), "mapping.states: 'Neu' leads to 'fresh'; write one of new"),
        (('"on_hold/requester"', '"on_hold"'), "a hold names its reason: on_hold/requester"),
        (('"Europe/Berlin"', '"Europe/Colonia"'), "is no time zone"),
        (('"cp1252"', '"ansi-latin"'), "is no known encoding"),
        (("hoch = 2", "hoch = 7"), "levels go from 1"),
        (('state = "Status"\n', ""), "mapping.columns.state: Field required"),
        (('priority = "Prio"', 'prio = "Prio"'), "mapping.columns.prio: Extra inputs are not permitted"),
        (('number = "V-{Vorgang}"', 'number = "V-{Vorgang"'), "A template in number or title"),
        (('{Vorgang}"\n', '{Vorgang:>99999999}"\n'), "write the name of a column in braces"),
        (("[states]", "[states"), "This is no TOML"),
        (('key = "raum"', 'key = "Der Raum"'), "mapping.custom.Raum.key"),
    ],
)
def test_a_mapping_that_cannot_work_is_refused_by_its_key(change: tuple[str, str], words: str) -> None:
    assert change[0] in GERMAN
    with pytest.raises(Invalid) as caught:
        importing.parse(GERMAN.replace(*change))
    found = " ".join(f"{key}: {text}" for key, text in caught.value.fields.items())
    assert words in found


def test_zone_and_encoding_can_be_given_beside_the_mapping() -> None:
    read = importing.parse(GERMAN, time_zone="America/Lima", encoding=None)
    assert (read.time_zone, read.encoding) == ("America/Lima", "cp1252")


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(Invalid, match="choose one of servicenow-audit, allclear"):
        importing.default_text("jira")


@pytest.mark.django_db
def test_a_state_that_says_nothing_leaves_the_incident_as_it_was(tmp_path: Path) -> None:
    from tests.imports.logs import life

    rows = life()[:3]
    rows.append({**rows[2], "incident_state": "-100", "sys_updated_at": "29/2/2016 05:00", "priority": "2 - High"})
    report = bring_in(write(tmp_path / "log.csv", rows))

    row = Incident.objects.get()
    assert (row.status, row.hold_reason, row.priority, report["agrees"]) == ("on_hold", "requester", 2, True)
