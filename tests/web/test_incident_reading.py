"""Reading an incident: what is new, the explanations, the pictures, and facts that are changed where they stand."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from allclear.incidents import actions
from allclear.incidents.models import Attachment, Look
from allclear.incidents.tests.world import World, world
from allclear.testing import in_status, logged, resolution
from allclear.web.prose import is_long, prose
from tests.web.screens import HTMX, as_, do, page, upload, verb_url

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


def _look(company: World, name: str, version: object) -> int:
    url = reverse("incidents:look", args=[company.row.number])
    return as_(company.person(name)).post(url, {"version": version}).status_code


def test_it_remembers_a_look_only_when_the_page_says_that_it_was_seen() -> None:
    company = world()
    page(company.agent, company.row)
    assert not Look.objects.exists()
    assert _look(company, "agent", 2) == 204
    assert Look.objects.get().version == 2
    assert _look(company, "agent", 99_999) == 204
    assert Look.objects.get().version == company.row.version


@pytest.mark.parametrize("version", ["", "-1", "many", "٣"])
def test_it_takes_no_nonsense_for_a_look(version: str) -> None:
    company = world()
    assert _look(company, "agent", version) == 204
    assert not Look.objects.exists()


def test_it_does_not_let_others_look() -> None:
    company = world()
    assert _look(company, "outsider", 2) == 404
    assert not Look.objects.exists()


def test_it_marks_what_is_new_and_says_since_when() -> None:
    company = world()
    company.row.refresh_from_db()
    _look(company, "agent", company.row.version)
    assert "new-since" not in page(company.agent, company.row)
    actions.add_note(company.as_("mate"), company.row.pk, "Of a colleague")
    html = page(company.agent, company.row)
    assert "New since you last looked" in html
    assert html.index('id="new-since"') < html.index("Of a colleague")
    assert "1 new" in html


def test_it_keeps_the_mark_that_the_page_was_opened_with() -> None:
    company = world()
    actions.add_note(company.as_("mate"), company.row.pk, "Of a colleague")
    company.row.refresh_from_db()
    _look(company, "agent", company.row.version)
    url = reverse("incidents:detail", args=[company.row.number])
    headers = HTMX | {"X-Looked": f"{company.row.version - 1};2026-01-05T08:00:00+00:00"}
    assert "new-since" in as_(company.agent).get(url, headers=headers).content.decode()
    for nonsense in ("x;y", "-4", "1;nothing", ";", "9" * 40):
        assert as_(company.agent).get(url, headers=HTMX | {"X-Looked": nonsense}).status_code == 200


def test_it_tells_a_requester_of_nothing_among_staff() -> None:
    company = world()
    company.row.refresh_from_db()
    _look(company, "requester", company.row.version)
    actions.add_note(company.as_("mate"), company.row.pk, "Among us")
    html = page(company.requester, company.row)
    assert "new-since" not in html
    assert "timeline-filter" not in html
    assert "why?" not in html
    actions.reply_publicly(company.as_("mate", 50), company.row.pk, "To you")
    assert "1 new" in page(company.requester, company.row)


def test_it_remembers_filter_order_and_closed_cards_in_cookies_of_the_person() -> None:
    company = world()
    client = as_(company.agent)
    client.cookies[f"timeline-{company.agent.pk}"] = "internal.newest"
    client.cookies[f"cards-{company.agent.pk}"] = "facts.nonsense"
    html = client.get(reverse("incidents:detail", args=[company.row.number])).content.decode()
    assert 'value="internal" checked' in html
    assert html.index('id="composer"') < html.index('id="timeline"')
    assert 'data-card="facts">' in html
    assert 'data-card="people" open>' in html


def test_it_explains_a_step_to_staff_only() -> None:
    company = world()
    url = reverse("incidents:why", args=[company.row.number, 2])
    assert "trace-step" in as_(company.agent).get(url).content.decode()
    assert as_(company.requester).get(url).status_code == 403
    assert as_(company.agent).get(reverse("incidents:why", args=[company.row.number, 999])).status_code == 404


def test_it_says_why_priority_team_and_status_are_so() -> None:
    company = world()
    actions.assign_incident(company.as_("manager", 33), company.row.pk, team_id=company.desk.pk, reason="Theirs")
    actions.hold_incident(company.as_("agent", 40), company.row.pk, reason="requester")
    html = page(company.manager, company.row)
    head = html[html.index('class="page-meta"') : html.index('class="verbs"')]
    assert "because impact is" in head
    assert "Given to Desk by hand" in head
    assert "waits for the requester" in head or "on hold" in head.lower()


def test_it_shows_a_picture_for_what_it_is_and_nothing_else() -> None:
    company = world()
    do(company.agent, company.row, "attach", file=upload("screen.png", PNG), is_public="yes")
    do(company.agent, company.row, "attach", file=upload("evil.png", b"<svg onload=alert(1)>"), is_public="yes")
    do(company.agent, company.row, "attach", file=upload("drawing.svg", b"<svg/>"), is_public="yes")
    do(company.agent, company.row, "attach", file=upload("ours.png", PNG + b"1"), is_public="no")
    files = {file.name: file for file in Attachment.objects.all()}

    def shown(reader: str, name: str) -> int:
        url = reverse("incidents:picture", args=[company.row.number, files[name].pk])
        response: Any = as_(company.person(reader)).get(url)
        if response.status_code == 200:
            assert response["Content-Type"] == "image/png"
            assert response["X-Content-Type-Options"] == "nosniff"
            assert "sandbox" in response["Content-Security-Policy"]
            assert b"".join(response.streaming_content).startswith(PNG)
        return int(response.status_code)

    assert [shown("agent", name) for name in sorted(files)] == [404, 404, 200, 200]
    assert shown("requester", "screen.png") == 200
    assert shown("requester", "ours.png") == 404
    assert shown("outsider", "screen.png") == 404


def _form(company: World, name: str, verb: str, fact: str) -> tuple[int, str]:
    response = as_(company.person(name)).get(f"{verb_url(company.row, verb)}?fact={fact}", headers=HTMX)
    return response.status_code, response.content.decode()


def test_it_turns_a_fact_into_its_form() -> None:
    company = world()
    status, html = _form(company, "agent", "edit", "location")
    assert status == 200
    assert 'name="location"' in html
    assert 'name="title"' not in html
    assert 'id="fact-location"' in html


@pytest.mark.parametrize(
    ("reader", "verb", "fact"),
    [
        ("agent", "edit", "nonsense"), ("agent", "edit", "category"), ("agent", "hold", "title"),
        ("agent", "edit", "custom.gone"), ("requester", "edit", "title"), ("outsider", "edit", "title"),
        ("agent", "edit", "security_class"),
    ],
)  # fmt: skip
def test_it_gives_no_form_for_what_is_not_theirs(reader: str, verb: str, fact: str) -> None:
    company = world()
    status, html = _form(company, reader, verb, fact)
    assert status >= 400
    assert "<form" not in html


def test_it_changes_that_fact_and_no_other() -> None:
    company = world(location="Oslo")
    url = f"{verb_url(company.row, 'edit')}?fact=location"
    said = {"version": company.row.version, "location": "Lyon", "initial-location": "Oslo", "title": "Smuggled in"}
    response = as_(company.agent).post(url, said, headers=HTMX)
    assert response.status_code == 200
    title = company.row.title
    company.row.refresh_from_db()
    assert (company.row.location, company.row.title) == ("Lyon", title)


def test_it_says_an_error_where_the_fact_stands() -> None:
    company = world()
    url = f"{verb_url(company.row, 'edit')}?fact=title"
    said = {"version": company.row.version, "title": "", "initial-title": company.row.title}
    response = as_(company.agent).post(url, said, headers=HTMX)
    assert response.status_code == 422
    assert response["HX-Retarget"] == "#fact-title"
    assert "Please fill this in." in response.content.decode()


def test_it_shows_both_sides_when_two_changed_one_fact() -> None:
    company = world(location="Oslo")
    seen = company.row.version
    actions.edit_incident(company.as_("mate"), company.row.pk, fields={"location": "Bergen"})
    url = f"{verb_url(company.row, 'edit')}?fact=location"
    said = {"version": seen, "location": "Lyon", "initial-location": "Oslo"}
    response = as_(company.agent).post(url, said, headers=HTMX)
    html = response.content.decode()
    assert response.status_code == 409
    assert "Bergen" in html
    assert "Lyon" in html
    assert "fact=location" in html
    company.row.refresh_from_db()
    assert company.row.location == "Bergen"


def test_it_asks_for_a_reason_when_the_weight_is_changed_in_place() -> None:
    company = world()
    url = f"{verb_url(company.row, 'prioritise')}?fact=weight"
    response = as_(company.agent).post(url, {"version": company.row.version, "impact": 1, "urgency": 1}, headers=HTMX)
    assert response.status_code == 422
    assert response["HX-Retarget"] == "#fact-weight"


def test_it_offers_pencils_only_to_who_may_change() -> None:
    company = world()
    assert "fact-change" in page(company.agent, company.row)
    for reader in (company.auditor, company.requester):
        assert "fact-change" not in page(reader, company.row)
    assert "fact=title" not in page(company.agent, in_status("closed", company.agent))


def test_it_begins_resolving_as_a_similar_one_ended() -> None:
    company = world()
    other = logged(company.agent, title=company.row.title)
    actions.resolve_incident(company.as_("agent", 40), other.pk, resolution("Rolled the firmware back"))
    url = f"{verb_url(company.row, 'resolve')}?like={other.number}"
    assert "Rolled the firmware back" in as_(company.agent).get(url, headers=HTMX).content.decode()
    around = reverse("incidents:around", args=[company.row.number])
    assert f"like={other.number}" in as_(company.agent).get(around, headers=HTMX).content.decode()


def test_it_keeps_lines_links_quotes_and_code_and_escapes_the_rest() -> None:
    html = prose("<b>one</b>\ntwo https://x.example/?a=1&b=2\n\n> said\n> before\n\n```sh\nls <dir>\n\n  two\n```\nend")
    assert "&lt;b&gt;one&lt;/b&gt;<br>two" in html
    assert 'href="https://x.example/?a=1&amp;b=2"' in html
    assert "<blockquote><p>said<br>before</p></blockquote>" in html
    assert "<code>ls &lt;dir&gt;\n\n  two</code>" in html
    assert html.endswith("<p>end</p>")
    assert "<script" not in prose("```\n<script>alert(1)</script>\n```\n> <script>\n<script>")


def test_it_folds_only_what_is_long() -> None:
    assert not is_long("one\ntwo")
    assert is_long("line\n" * 30)
    assert is_long("word " * 600)
