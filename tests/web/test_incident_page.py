"""The page of an incident: what each reader sees, and what never reaches them."""

from __future__ import annotations

import pytest
from django.urls import reverse

from allclear.catalog.models import Dependency
from allclear.incidents import actions
from allclear.incidents.models import Attachment, InternalNote, PublicReply
from allclear.incidents.tests.world import World, world
from allclear.testing import person, resolution, service
from tests.web.screens import HTMX, as_, do, kinds, page, upload

pytestmark = pytest.mark.django_db

SECRETS = {
    "note": "walnut-ember", "diagnosis": "quartz-hollow", "workaround": "birch-lantern", "reason": "copper-meadow",
    "fix": "granite-orchid", "harm": "velvet-anchor", "task": "amber-thicket", "file": "secret-trace.txt",
}  # fmt: skip


def _full_of_secrets() -> World:
    """An incident in which everything internal has a word of its own."""
    company = world()
    request, pk = company.as_("agent"), company.row.pk
    actions.add_note(request, pk, SECRETS["note"])
    actions.edit_incident(request, pk, texts={"diagnosis": SECRETS["diagnosis"]})
    actions.find_workaround(request, pk, text=SECRETS["workaround"])
    actions.prioritise_incident(request, pk, impact=1, urgency=1, reason=SECRETS["reason"])
    actions.add_task(request, pk, title=SECRETS["task"])
    actions.attach_file(request, pk, name=SECRETS["file"], chunks=[b"x"])
    actions.reply_publicly(request, pk, "We are on it")
    actions.finish_task(request, pk, str(company.row.tasks.get().pk))
    ending = resolution("Rolled back", permanent_fix=SECRETS["fix"], harm=SECRETS["harm"])
    actions.resolve_incident(request, pk, ending)
    company.row.refresh_from_db()
    return company


def test_it_shows_staff_everything() -> None:
    company = _full_of_secrets()
    html = page(company.agent, company.row)
    assert [word for word in SECRETS.values() if word not in html] == []
    assert "why?" in html
    assert "Rita Holm" in html


@pytest.mark.parametrize("name", ["detail", "report", "report_json"])
def test_it_leaks_nothing_internal_to_the_requester(name: str) -> None:
    company = _full_of_secrets()
    response = as_(company.requester).get(reverse(f"incidents:{name}", args=[company.row.number]))
    html = response.content.decode()
    assert response.status_code == 200
    assert "We are on it" in html
    assert "Rolled back" in html
    assert [word for word in SECRETS.values() if word in html] == []
    for word in ("because impact", "Routed to", "Priority matrix", "Completeness", "data-kind=&quot;internal"):
        assert word not in html


def test_it_leaks_nothing_in_the_answer_to_a_reply() -> None:
    company = _full_of_secrets()
    url = reverse("incidents:reply", args=[company.row.number])
    html = as_(company.requester).post(url, {"body": "Thank you"}, headers=HTMX).content.decode()
    assert "Thank you" in html
    assert [word for word in SECRETS.values() if word in html] == []


def test_it_keeps_reply_and_note_apart() -> None:
    company = world()
    client, number = as_(company.agent), company.row.number
    client.post(reverse("incidents:note", args=[number]), {"body": "among us"})
    client.post(reverse("incidents:reply", args=[number]), {"body": "to you", "version": 99})
    assert list(InternalNote.objects.values_list("body", flat=True)) == ["among us"]
    assert list(PublicReply.objects.values_list("body", flat=True)) == ["to you"]
    html = page(company.agent, company.row)
    assert f'action="{reverse("incidents:reply", args=[number])}"' in html
    assert f'action="{reverse("incidents:note", args=[number])}"' in html


def test_it_takes_no_note_from_a_requester() -> None:
    company = world()
    url = reverse("incidents:note", args=[company.row.number])
    assert as_(company.requester).post(url, {"body": "x"}).status_code == 403
    assert not InternalNote.objects.exists()
    assert url not in page(company.requester, company.row)


def test_it_keeps_an_empty_reply_out_in_words() -> None:
    company = world()
    url = reverse("incidents:reply", args=[company.row.number])
    response = as_(company.agent).post(url, {"body": "  "}, headers=HTMX)
    assert response.status_code == 422
    assert "Write something first." in response.content.decode()


def test_it_shows_text_as_text() -> None:
    company = world()
    nasty = '<script>alert(1)</script> see https://example.org/a?b=1&c="x"'
    actions.reply_publicly(company.as_("agent"), company.row.pk, nasty)
    for reader in (company.agent, company.requester):
        html = page(reader, company.row)
        assert "<script>alert" not in html
        assert "&lt;script&gt;" in html
        assert 'href="https://example.org/a?b=1' in html


def test_it_gives_a_file_only_as_a_download_without_rights() -> None:
    company = world()
    evil = upload("page.html", b"<script>alert(1)</script>")
    assert do(company.agent, company.row, "attach", file=evil, is_public="yes").status_code == 302
    file = Attachment.objects.get()
    url = reverse("incidents:file", args=[company.row.number, file.pk])
    for reader in (company.agent, company.requester):
        response = as_(reader).get(url)
        assert b"".join(response.streaming_content) == b"<script>alert(1)</script>"  # type: ignore[arg-type]  # sync
        assert response["Content-Disposition"].startswith("attachment")
        assert response["Content-Type"] == "application/octet-stream"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in response["Content-Security-Policy"]
    assert as_(company.outsider).get(url).status_code == 404


def test_it_hides_a_file_for_staff_from_the_requester() -> None:
    company = world()
    do(company.agent, company.row, "attach", file=upload(), is_public="no")
    url = reverse("incidents:file", args=[company.row.number, Attachment.objects.get().pk])
    assert as_(company.requester).get(url).status_code == 404


def test_it_makes_a_requesters_file_public_and_refuses_programs_in_words() -> None:
    company = world()
    assert do(company.requester, company.row, "attach", file=upload("screen.png")).status_code == 302
    assert Attachment.objects.get().is_public
    refused = do(company.requester, company.row, "attach", file=upload("run.exe"))
    assert refused.status_code == 422
    assert "can run as programs" in refused.content.decode()
    assert kinds(company.row).count("attached") == 1


def test_it_does_not_tell_an_outsider_that_it_exists() -> None:
    company = world()
    client = as_(company.outsider)
    for name in ("detail", "report", "report_pdf", "report_json", "around"):
        response = client.get(reverse(f"incidents:{name}", args=[company.row.number]))
        assert response.status_code in (404, 409), name
        assert company.row.title not in response.content.decode()


def test_it_finds_similar_ones_and_what_else_the_requester_has_open() -> None:
    company = world()
    url = reverse("incidents:around", args=[company.row.number])
    html = as_(company.agent).get(url, headers=HTMX).content.decode()
    assert company.second.number in html
    assert "Open for the same person" in html


def test_it_names_nothing_that_belongs_to_customers_one_does_not_serve() -> None:
    company = world()
    offered = service("Remote access")
    theirs = service("Payroll of Other", organisation=company.other)
    shared = service("Mail for all")
    for upper in (theirs, shared):
        Dependency.objects.create(upper_service=upper, lower_service=offered, kind="depends_on")
    actions.edit_incident(company.as_("agent"), company.row.pk, fields={"service_id": offered.pk})
    narrow = person(serves=[company.acme])
    assert "Payroll of Other" in page(company.agent, company.row)
    html = page(narrow, company.row)
    assert "Mail for all" in html
    assert "Payroll of Other" not in html
