"""The queue by filter text: chips, clicked values, columns, groups, views, live rows, and what is told."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from allclear.accounts.models import Membership
from allclear.accounts.queries import viewer_for
from allclear.domain.terms import Role
from allclear.incidents import actions
from allclear.incidents.actions.views import add_view
from allclear.incidents.models import FirstView, Incident, Look, PinnedView, SavedView
from allclear.incidents.tests.world import world
from allclear.kernel.clock import now as read_clock
from allclear.kernel.generation import bump
from allclear.testing import T0, logged, organisation, person, request_as, security_class, service, team
from tests.web.screens import HTMX, as_

pytestmark = pytest.mark.django_db
QUEUE = "/incidents/"


def numbers(html: str) -> list[str]:
    return re.findall(r'id="incident-(INC\d+)"', html)


def shown(user: Any, **query: Any) -> str:
    response = as_(user).get(QUEUE, query)
    assert response.status_code == 200
    return str(response.content.decode())


def offered_columns(user: Any) -> list[str]:
    html = as_(user).get(reverse("incidents:display_panel"), headers=HTMX).content.decode()
    return re.findall(r'name="columns" value="([^"]+)"', html)


def keep(user: Any, name: str = "Mine", **values: Any) -> SavedView:
    return add_view(viewer_for(user.pk), {"name": name, **values}, now=T0)


# Filter


def test_it_joins_what_was_typed_and_says_the_canonical_address() -> None:
    agent = person()
    hit = logged(agent, title="Printer jams", impact=1, urgency=1)
    logged(agent, title="Printer jams", impact=3, urgency=3)
    response = as_(agent).get(QUEUE, {"filter": "priority:1", "add": "printer"}, headers=HTMX)
    assert numbers(response.content.decode()) == [hit.number]
    assert parse_qs(urlsplit(response["HX-Push-Url"]).query) == {"filter": ["priority:1 printer"]}


def test_it_keeps_what_was_typed_and_says_where_it_is_wrong() -> None:
    agent = person()
    row = logged(agent)
    response = as_(agent).get(QUEUE, {"filter": "status:open", "add": "priority:1 stauts:new"}, headers=HTMX)
    html = response.content.decode()
    assert 'value="priority:1 stauts:new"' in html and 'data-error-at="11"' in html
    assert "status" in re.findall(r'id="filter-error".*?<span>(.*?)</span>', html)[0]
    assert numbers(html) == [row.number], "the list stays as it was"
    assert response["HX-Push-Url"] == "false"


def test_it_explains_an_address_whose_filter_cannot_be_read() -> None:
    html = shown(person(), filter="team:(")
    assert "This filter cannot be read" in html and 'value="team:("' in html


@pytest.mark.parametrize(
    ("text", "click", "wanted"),
    [
        ("status:open team:mail", {"pick": "team:network"}, "status:open team:network"),
        ("status:open", {"drop": "team:network"}, "status:open -team:network"),
        ("status:open -team:network", {"pick": "team:network"}, "status:open team:network"),
        ("vpn OR mail", {"pick": "priority:1"}, "(vpn OR mail) priority:1"),
        ("-team:network", {"drop": "team:network"}, "-team:network"),
    ],
)
def test_it_adds_or_leaves_out_a_clicked_value(text: str, click: dict[str, str], wanted: str) -> None:
    agent = person()
    team(name="Network"), team(name="Mail")
    response = as_(agent).get(QUEUE, {"filter": text, **click}, headers=HTMX)
    assert parse_qs(urlsplit(response["HX-Push-Url"]).query)["filter"] == [wanted]


def test_it_has_a_form_for_those_who_do_not_type() -> None:
    agent = person()
    team(agent, name="Network")
    panel = as_(agent).get(reverse("incidents:filter_panel"), {"filter": "priority:1", "sort": "newest"}, headers=HTMX)
    html = panel.content.decode()
    assert 'name="filter" value="priority:1"' in html and 'name="sort" value="newest"' in html
    assert "Network" in html and 'name="status"' in html
    assert as_(person(Role.REQUESTER)).get(reverse("incidents:filter_panel")).status_code == 403


def test_it_offers_ways_to_go_on_in_the_language_of_the_reader() -> None:
    agent = person(language="de")
    team(agent, name="Network")
    client = as_(agent)
    url = reverse("incidents:filter_complete")
    html = client.get(url, {"text": "status:open te", "cursor": "14"}).content.decode()
    assert 'data-text="team:"' in html and 'data-start="12"' in html and 'data-end="14"' in html
    assert 'data-text="network"' in client.get(url, {"text": "team:net"}).content.decode()
    assert client.get(url, {"text": "x" * 5000, "cursor": "9" * 50}).status_code == 200


def test_the_values_of_a_row_narrow_to_what_they_say() -> None:
    company = world()
    where = service("Remote access")
    row = logged(
        company.agent, title="Zither hums", service_id=where.pk, requester_id=company.requester.pk, channel="phone"
    )
    logged(company.agent, title="Other")
    client = as_(company.agent)
    html = client.get(QUEUE, {"filter": "title:zither"}).content.decode()
    picks = set(re.findall(r'data-pick="([^"]+)"', html))
    assert len(picks) >= 5
    for pick in picks:
        found = client.get(QUEUE, {"filter": "title:zither", "pick": pick.replace("&quot;", '"')})
        assert numbers(found.content.decode()) == [row.number], pick


# Columns, order, groups


def test_it_shows_the_columns_that_were_chosen_in_their_order() -> None:
    agent = person()
    logged(agent)
    html = shown(agent, columns="channel,number,nonsense,team")
    assert re.findall(r'role="columnheader" class="cell" data-column="([^"]+)"', html) == ["channel", "number", "team"]
    every = shown(agent, columns=",".join(offered_columns(agent)))
    assert len(re.findall(r'role="columnheader" class="cell"', every)) > 20


def test_it_draws_no_markup_of_others() -> None:
    agent = person(name='<i>Eve</i> "x')
    own = team(agent, name="<i>Team</i>")
    logged(
        agent, title="<script>alert(1)</script>", team_id=own.pk, assignee_id=agent.pk, requester_id=agent.pk,
        service_id=service("<i>S</i>").pk, organisation_id=organisation("<i>O</i>").pk, location="<i>L</i>",
    )  # fmt: skip
    columns = offered_columns(agent)
    for query in ({"columns": ",".join(columns)}, {"sort": "next"}, {"group": "team"}, {"group": "assignee"}):
        html = shown(agent, **query)
        assert "<script>alert" not in html and "<i>" not in html, query
        assert "&lt;script&gt;alert(1)" in html


def test_it_sorts_by_a_heading_there_and_back() -> None:
    agent = person()
    early, late = logged(agent, at=1, title="B"), logged(agent, at=2, title="A")
    html = shown(agent, sort="opened")
    assert numbers(html) == [early.number, late.number]
    assert 'data-column="opened" data-width="age" aria-sort="ascending"' in html
    assert "sort=-opened" in html
    assert numbers(shown(agent, sort="-opened")) == [late.number, early.number]


def test_it_groups_with_counts_over_all_pages_and_folds_a_group_away() -> None:
    agent = person()
    network, mail = team(agent, name="Network"), team(agent, name="Mail")
    for n in range(52):
        logged(agent, title=f"M{n}", team_id=mail.pk)
    row = logged(agent, title="N", team_id=network.pk)
    html = shown(agent, group="team")
    assert re.findall(r"<b>(\w+)</b><span class=\"muted\">(\d+)</span>", html) == [("Mail", "52")]
    folded = shown(agent, group="team", closed=str(mail.pk))
    assert re.findall(r"<b>(\w+)</b><span class=\"muted\">(\d+)</span>", folded) == [("Mail", "52"), ("Network", "1")]
    assert numbers(folded) == [row.number]
    assert 'aria-expanded="false"' in folded


@pytest.mark.parametrize("group", ["status", "priority", "assignee", "service", "category", "hold", "channel", "kind"])
def test_it_groups_by_anything_and_names_those_without(group: str) -> None:
    agent = person()
    logged(agent)
    html = shown(agent, group=group)
    assert len(numbers(html)) == 1
    assert numbers(shown(agent, group=group, closed=re.findall(r'data-group="([^"]+)"', html)[0])) == []


def test_it_says_why_the_next_best_is_the_next_best() -> None:
    agent = person()
    own = team(agent, name="Network")
    logged(agent, title="Theirs", impact=1, urgency=1, assignee_id=person().pk)
    mine = logged(agent, title="Mine", impact=3, urgency=3, team_id=own.pk, assignee_id=agent.pk)
    html = shown(agent, sort="next")
    assert numbers(html)[0] == mine.number
    assert re.findall(r'class="reason"[^>]*>(?:<svg.*?</svg>)?([^<]+)<', html)[0].startswith("It is yours")


def test_it_marks_what_moved_since_one_looked_and_what_came_to_ones_team() -> None:
    agent = person()
    own = team(agent, name="Network")
    read = logged(agent, title="Read", assignee_id=agent.pk, team_id=own.pk)
    moved = logged(agent, title="Moved")
    came = logged(agent, title="Came", team_id=own.pk)
    logged(agent, title="Not mine")
    for row, version in ((read, read.version), (moved, moved.version - 1)):
        Look.objects.create(user=agent, incident=row, version=version, seen_at=T0)
    html = shown(agent)
    unread = {part[:10] for part in html.split('id="incident-')[1:] if 'class="unread"' in part.split("row-link")[0]}
    assert unread == {moved.number, came.number}


# Views


def test_it_shows_a_view_with_its_count_and_what_was_changed_of_it() -> None:
    agent = person()
    row = logged(agent, impact=1, urgency=1)
    logged(agent, impact=3, urgency=3)
    view = keep(agent, "Burning", filter="priority:1", sort="newest")
    html = shown(agent, view=view.pk)
    assert numbers(html) == [row.number]
    assert f'id="count-{view.pk}">1<' in html and "<h1>Burning</h1>" in html
    assert "Back to the view" not in html
    changed = shown(agent, view=view.pk, filter="")
    assert len(numbers(changed)) == 2 and "Back to the view" in changed and "Save as" in changed


def test_it_saves_what_is_on_the_screen_and_over_it() -> None:
    agent = person()
    client = as_(agent)
    state = "filter=priority:1&sort=newest&group=team&columns=number,team"
    assert "Save view" in client.get(f"{reverse('incidents:view_add')}?{state}", headers=HTMX).content.decode()
    form = {"state": state, "name": "Burning", "filter": "priority:1", "shared": "personal"}
    response = client.post(reverse("incidents:view_add"), form, headers=HTMX)
    view = SavedView.objects.get()
    assert response["HX-Redirect"] == f"{QUEUE}?view={view.pk}"
    assert (view.filter, view.sort, view.group_by, view.columns) == ("priority:1", "newest", "team", ["number", "team"])
    again = client.post(reverse("incidents:view_add"), form, headers=HTMX)
    assert again.status_code == 422 and "choose another name" in again.content.decode()
    client.post(reverse("incidents:view_update", args=[view.pk]), {"state": f"view={view.pk}&filter=priority:2"})
    view.refresh_from_db()
    assert (view.filter, view.sort) == ("priority:2", "newest")


def test_it_removes_a_view_for_all_and_puts_it_back_as_it_was() -> None:
    boss, mate = person(Role.INCIDENT_MANAGER), person()
    view = keep(boss, "Shared", filter="status:open", shared="everyone")
    mates = as_(mate)
    mates.post(reverse("incidents:view_pin", args=[view.pk]), {"pinned": "yes"})
    mates.post(reverse("incidents:view_begin"), {"view": view.pk})
    assert "<h1>Shared</h1>" in mates.get(QUEUE).content.decode()
    assert mates.post(reverse("incidents:view_remove", args=[view.pk])).status_code == 403
    client = as_(boss)
    page = client.post(reverse("incidents:view_remove", args=[view.pk]), follow=True).content.decode()
    assert "“Shared” is removed." in page and not SavedView.objects.exists()
    assert "<h1>All open</h1>" in mates.get(QUEUE).content.decode()
    undo = re.findall(r'name="undo" value="([^"]+)"', page)[0]
    assert mates.post(reverse("incidents:view_restore"), {"undo": undo}).status_code == 404, "only who removed it"
    client.post(reverse("incidents:view_restore"), {"undo": undo})
    back = SavedView.objects.get()
    assert (back.name, back.owner_id, back.shared) == ("Shared", boss.pk, "everyone")
    assert set(PinnedView.objects.values_list("user_id", flat=True)) == {boss.pk, mate.pk}
    assert FirstView.objects.get().user_id == mate.pk
    assert "<h1>Shared</h1>" in mates.get(QUEUE).content.decode()


def test_it_orders_the_side_bar_and_begins_with_a_chosen_view() -> None:
    agent = person()
    first, second = keep(agent, "One"), keep(agent, "Two")
    client = as_(agent)
    client.post(reverse("incidents:view_order"), {"views": [second.pk, first.pk]})
    bar = client.get(QUEUE).content.decode()
    assert bar.index(f"count-{second.pk}") < bar.index(f"count-{first.pk}")
    client.post(reverse("incidents:view_begin"), {"view": "mine"})
    assert "<h1>Assigned to me</h1>" in client.get(QUEUE).content.decode()
    assert client.post(reverse("incidents:view_begin"), {"view": "nonsense"}).status_code == 404


def test_it_explains_a_view_that_no_longer_works() -> None:
    agent = person()
    gone = team(name="Old desk")
    view = keep(agent, "Old", filter="team:old-desk")
    gone.delete()
    bump("teams")
    html = as_(agent).get(reverse("incidents:views")).content.decode()
    assert "This view no longer works" in html
    assert "This filter cannot be read" in shown(agent, view=view.pk)


def test_nobody_sees_or_changes_the_personal_view_of_another() -> None:
    owner, other = person(), person(Role.ADMIN)
    view = keep(owner, "Secret plan", filter="priority:1")
    client = as_(other)
    assert "Secret plan" not in client.get(QUEUE, {"view": view.pk}).content.decode()
    assert "Secret plan" not in client.get(reverse("incidents:views")).content.decode()
    for name in ("view_edit", "view_update", "view_pin", "view_remove"):
        assert client.post(reverse(f"incidents:{name}", args=[view.pk]), {"name": "x"}).status_code == 404, name


def test_only_who_leads_a_team_is_offered_to_share_with_it() -> None:
    lead, mate = person(), person()
    ours = team(lead, mate, name="Ours")
    Membership.objects.filter(user=lead).update(is_lead=True)
    url = reverse("incidents:view_add")
    assert "Ours" in as_(lead).get(url, headers=HTMX).content.decode()
    assert "Ours" not in as_(mate).get(url, headers=HTMX).content.decode()
    form = {"name": "Team's", "filter": "", "shared": "teams", "teams": [ours.pk], "state": ""}
    assert as_(mate).post(url, form, headers=HTMX).status_code == 422
    as_(lead).post(url, form, headers=HTMX)
    assert [team.pk for team in SavedView.objects.get().teams.all()] == [ours.pk]


# Live


def live(user: Any, **query: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(as_(user).get(reverse("incidents:live_rows"), query).content)
    return found


def test_it_tells_rows_anew_and_which_no_longer_belong_here() -> None:
    company = world("new")
    other = logged(company.agent, title="Stays")
    actions.cancel_incident(company.as_("agent"), company.row.pk, reason="duplicate")
    on = f"{company.row.number},{other.number}"
    answer = live(company.agent, view="open", on=on)
    assert set(answer["rows"]) == {company.row.number, other.number}
    assert f'data-version="{other.version}"' in answer["rows"][other.number]
    assert (answer["gone"], answer["lost"], answer["new"]) == ([company.row.number], [], [])


def test_it_offers_only_what_would_stand_on_this_page() -> None:
    agent = person()
    top, middle, low = (logged(agent, at=n, impact=n, urgency=n) for n in (1, 2, 3))
    off = f"{top.number},{low.number}"
    assert live(agent, view="open", off=off)["new"] == sorted([top.number, low.number])
    assert live(agent, view="open", off=off, last=middle.number)["new"] == [top.number]
    assert live(agent, view="open", off=off, first=middle.number)["new"] == [low.number]
    assert live(agent, filter="title:nothing", off=off)["new"] == []


def test_it_tells_nobody_of_what_they_may_not_see() -> None:
    member, agent = person(Role.TEAM_LEAD), person()
    secret = security_class(member)
    hidden = logged(member, title="Zebra", security_class_id=secret.pk)
    own = logged(agent)
    answer = live(agent, view="open", on=hidden.number, off=hidden.number, last=hidden.number)
    assert answer == {"rows": {}, "gone": [], "lost": [hidden.number], "new": []}
    counts = json.loads(as_(agent).get(reverse("incidents:live_counts")).content)
    assert counts["open"] == "1" and own.number


def test_it_notifies_of_what_matters_to_this_person_and_not_of_their_own_doing() -> None:
    company = world("new")
    now = read_clock()
    actions.assign_incident(
        request_as(company.lead, now), company.row.pk, team_id=company.network.pk, assignee_id=company.agent.pk
    )
    url, query = reverse("incidents:live_news"), {"numbers": company.row.number, "kinds": "assigned,p1,reply"}
    news = json.loads(as_(company.agent).get(url, query).content)["news"]
    assert [one["title"] for one in news] == [f"{company.row.number} is assigned to you"]
    assert json.loads(as_(company.mate).get(url, query).content)["news"] == []
    assert json.loads(as_(company.agent).get(url, query | {"kinds": "reply"}).content)["news"] == []
    actions.reply_publicly(
        request_as(company.requester, now + timedelta(seconds=1)), company.row.pk, "It happened again"
    )
    keys = [one["key"] for one in json.loads(as_(company.agent).get(url, query).content)["news"]]
    assert [key.split(":")[0] for key in keys] == ["assigned", "reply"]


# Many, and pages


def test_it_keeps_the_place_when_the_row_at_the_edge_no_longer_fits() -> None:
    agent = person()
    for n in range(60):
        logged(agent, at=n)
    first = shown(agent, sort="oldest")
    edge = numbers(first)[-1]
    rest = numbers(shown(agent, sort="oldest", after=edge))
    actions.cancel_incident(request_as(agent, 100), Incident.objects.get(number=edge).pk, reason="duplicate")
    assert numbers(shown(agent, sort="oldest", after=edge)) == rest and len(rest) == 10


def test_it_offers_the_verbs_for_many_to_those_who_may() -> None:
    agent, auditor = person(), person(Role.AUDITOR)
    logged(agent)
    assert reverse("incidents:bulk", args=["assign"]) in shown(agent)
    assert reverse("incidents:bulk", args=["assign"]) not in shown(auditor)


def test_a_requester_has_a_calm_list_and_words_to_look_for() -> None:
    company = world()
    logged(company.requester, title="Beamer dark", requester_id=company.requester.pk)
    html = as_(company.requester).get(QUEUE, {"view": "open", "q": "beamer"}).content.decode()
    assert len(numbers(html)) == 1
    for word in ("data-pick", "data-row-select", "bulk/", "Columns", "filter-list", "Waits for"):
        assert word not in html
