"""Imports on the screen: start one, watch it, see where every row went."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from allclear.domain.terms import Role
from allclear.incidents import importing
from allclear.incidents.models import ImportRun, Incident
from allclear.testing import T0, person
from tests.imports import logs
from tests.web.screens import HTMX, as_, upload

pytestmark = pytest.mark.django_db
URL = "/incidents/import/"


def _log(tmp_path: Path, rows: list[dict[str, str]]) -> SimpleUploadedFile:
    return upload("incidents.csv", logs.write(tmp_path / "log.csv", rows).read_bytes())


def test_it_takes_a_file_and_accounts_for_every_row(tmp_path: Path) -> None:
    admin = person(Role.ADMIN)
    broken = {**logs.life("INC0000077")[0], "sys_updated_at": "31/2/2016 01:00"}
    file = _log(tmp_path, [*logs.life(), *logs.life("INC0000046"), broken])
    response = as_(admin).post(URL, {"file": file, "format": "servicenow-audit"})
    run = ImportRun.objects.get()
    assert response["Location"] == reverse("incidents:import_run", args=[run.pk])
    waiting = as_(admin).get(response["Location"]).content.decode()
    assert "Waiting for the worker" in waiting
    assert 'hx-trigger="every 2s"' in waiting
    importing.run_waiting(run.pk)
    html = as_(admin).get(response["Location"]).content.decode()
    assert "every row accounted for" in html
    assert "10 + 0 + 1 = 11" in html
    assert "all figures agree" in html
    assert "INC0000077" in html
    assert "sys_updated_at" in html
    assert "hx-trigger" not in html.split('id="import-run"')[1].split(">")[0]
    assert Incident.objects.count() == 2
    data = as_(admin).get(reverse("incidents:import_json", args=[run.pk])).json()
    assert data["rows"] == {"read": 11, "imported": 10, "merged": 0, "rejected": 1}
    assert data["report"]["rejected"][0]["line"] == 12
    assert "incidents.csv" in as_(admin).get(URL).content.decode()


def test_it_refuses_at_once_what_is_no_log(tmp_path: Path) -> None:
    admin = person(Role.ADMIN)
    response = as_(admin).post(URL, {"file": upload("log.csv", b"a,b\n1,2\n"), "format": "servicenow-audit"})
    assert response.status_code == 422
    assert 'role="alert"' in response.content.decode()
    assert not ImportRun.objects.exists()
    wrong = upload("mapping.toml", b"not = [toml")
    response = as_(admin).post(
        URL, {"file": _log(tmp_path, logs.life()), "mapping": wrong, "format": "servicenow-audit"}
    )
    assert response.status_code == 422
    assert as_(admin).post(URL, {"format": "servicenow-audit"}).status_code == 422


def test_it_is_for_administrators() -> None:
    run = ImportRun.objects.create(source="s", file_name="f", format="servicenow-audit", started_at=T0)
    for role in (Role.AGENT, Role.REQUESTER, Role.AUDITOR):
        for url in (URL, f"{URL}{run.pk}/", f"{URL}{run.pk}.json"):
            assert as_(person(role)).get(url).status_code == 403


def test_it_polls_with_a_fragment() -> None:
    run = ImportRun.objects.create(source="s", file_name="f", format="servicenow-audit", started_at=T0)
    part = as_(person(Role.ADMIN)).get(f"{URL}{run.pk}/", headers=HTMX).content.decode()
    assert "<!doctype" not in part
    assert 'id="import-run"' in part
