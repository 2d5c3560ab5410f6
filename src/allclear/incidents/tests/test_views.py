"""Saved views: whose they are, who may share and change them, and how many incidents they have."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from allclear.accounts.models import Membership, Team, User
from allclear.accounts.queries import viewer_for
from allclear.domain.terms import Role
from allclear.incidents.actions.views import add_view, change_view, order_views, pin_view, remove_view
from allclear.incidents.completion import complete
from allclear.incidents.models import Incident, SavedView
from allclear.incidents.tests.test_filters import NOW, Office
from allclear.incidents.views import counts, incidents_of, pinned, shown
from allclear.kernel.errors import Conflict, Invalid, NotFound, NotPermitted, Refused
from allclear.kernel.generation import bump
from allclear.kernel.models import Event
from allclear.testing import T0, in_status, logged, organisation, person, security_class, team

pytestmark = pytest.mark.django_db


def keep(by: User, name: str = "Mine", **values: Any) -> SavedView:
    return add_view(viewer_for(by.pk), {"name": name, **values}, now=T0)


def names_of(user: User) -> list[str]:
    return [one.view.name for one in shown(viewer_for(user.pk), T0)]


def test_a_view_is_personal_and_pinned_last_until_it_is_shared() -> None:
    ana, bo = person(), person()
    first, second = keep(ana, "B", filter="priority:1"), keep(ana, "A")
    assert [view.pk for view in pinned(viewer_for(ana.pk))] == [first.pk, second.pk]
    assert names_of(ana) == ["B", "A"] and names_of(bo) == []
    order_views(viewer_for(ana.pk), [second.pk])
    pin_view(viewer_for(ana.pk), first.pk, pinned=False)
    assert names_of(ana) == ["A", "B"] and pinned(viewer_for(ana.pk)) == [second]
    with pytest.raises(Invalid, match="not in your side bar"):
        order_views(viewer_for(ana.pk), [first.pk])
    with pytest.raises(NotFound):
        pin_view(viewer_for(bo.pk), first.pk)


def test_only_who_leads_a_team_shares_with_it() -> None:
    lead, mate, stranger = person(), person(), person()
    ours, theirs = team(lead, mate, name="Ours"), team(stranger, name="Theirs")
    Membership.objects.filter(user=lead).update(is_lead=True)
    view = keep(lead, "Ours", shared="teams", teams=[ours.pk])
    assert names_of(mate) == ["Ours"] and names_of(stranger) == []
    with pytest.raises(NotPermitted, match="teams that you lead"):
        change_view(viewer_for(lead.pk), view.pk, {"teams": [ours.pk, theirs.pk]}, now=T0)
    with pytest.raises(NotPermitted, match="share with everyone"):
        change_view(viewer_for(lead.pk), view.pk, {"shared": "everyone"}, now=T0)
    with pytest.raises(NotPermitted, match="somebody else"):
        change_view(viewer_for(mate.pk), view.pk, {"name": "Stolen"}, now=T0)
    with pytest.raises(NotPermitted):
        keep(mate, "No", shared="teams", teams=[ours.pk])
    with pytest.raises(Invalid, match="Name the teams"):
        keep(lead, "Nobody", shared="teams")
    change_view(viewer_for(lead.pk), view.pk, {"shared": "personal"}, now=T0)
    assert names_of(mate) == [] and not SavedView.objects.get(pk=view.pk).teams.exists()


def test_a_coordinator_shares_with_everyone_but_requesters() -> None:
    manager, agent, requester = person(Role.INCIDENT_MANAGER), person(), person(Role.REQUESTER)
    view = keep(manager, "All", shared="everyone")
    assert names_of(agent) == ["All"] and names_of(requester) == []
    other = person(Role.ADMIN)
    change_view(viewer_for(other.pk), view.pk, {"icon": "flame"}, now=T0)
    remove_view(viewer_for(other.pk), view.pk, now=T0)
    assert names_of(agent) == []


def test_a_stale_change_and_a_name_taken_twice_are_refused() -> None:
    ana = person()
    view = keep(ana)
    change_view(viewer_for(ana.pk), view.pk, {"sort": "-opened"}, now=T0, expected_version=1)
    with pytest.raises(Conflict):
        change_view(viewer_for(ana.pk), view.pk, {"sort": "title"}, now=T0, expected_version=1)
    with pytest.raises(Invalid, match="of this name"):
        keep(ana, "MINE")
    keep(person(), "Mine")


@pytest.mark.parametrize(
    ("field", "value"),
    [("filter", "statsu:open"), ("sort", "nonsense"), ("group_by", "title"), ("columns", ["x"]), ("icon", "<b>")],
)
def test_what_makes_no_sense_is_not_kept(field: str, value: Any) -> None:
    with pytest.raises(Invalid) as caught:
        keep(person(), **{field: value})
    assert list(caught.value.fields) == [field]


def test_events_name_no_words_of_a_view() -> None:
    ana = person()
    view = keep(ana, "About Rita", filter='"Rita Moss"')
    change_view(viewer_for(ana.pk), view.pk, {"filter": "Moss", "sort": "newest"}, now=T0)
    events = Event.objects.filter(stream_type="view", stream_id=view.pk)
    assert events.count() == 2 and "Moss" not in str([event.data for event in events])


def test_a_view_says_so_when_a_team_has_gone() -> None:
    ana = person()
    gone = team(name="Gone")
    view = keep(ana, filter="team:gone status:open")
    Team.objects.filter(pk=gone.pk).update(name="Renamed")
    bump("teams")
    viewer = viewer_for(ana.pk)
    assert "no longer works" in shown(viewer, T0)[0].problem
    assert "no longer works" in counts(viewer, {view.pk: view.filter}, T0)[view.pk].problem
    with pytest.raises(Invalid):
        incidents_of(view, viewer, T0)


def test_counts_are_those_of_the_list_in_one_query_and_never_of_what_is_hidden() -> None:
    office = Office()
    viewer = viewer_for(office.me.pk)
    texts = [
        "",
        "status:open",
        "status:open assignee:me",
        "is:stalled OR status:new",
        "team:mine",
        "priority:1 -is:open",
    ]
    texts += ["is:mine OR is:resolved", "status:open opened:>7d", "is:major", "supplier:beta"]
    asked = dict(enumerate(texts))
    counts(viewer, asked, NOW)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = counts(viewer, asked, NOW)
    about = [query["sql"] for query in queries if "incidents_incident" in query["sql"]]
    assert len(about) == 1, about
    for key, text in asked.items():
        rows, _ = incidents_of(SavedView(filter=text, sort="newest"), viewer, NOW)
        assert (found[key].number, found[key].is_more, found[key].problem) == (rows.count(), False, ""), text
    outsider = viewer_for(person(serves=[organisation("Else")]).pk)
    assert counts(outsider, {1: ""}, NOW)[1].number == Incident.objects.visible_to(outsider).count() < 200


def test_counts_stop_at_999() -> None:
    agent = person()
    row = logged(agent)
    Incident.objects.bulk_create(
        Incident(number=f"X{n}", title="x", status="closed", logged_at=T0 + timedelta(minutes=n)) for n in range(1100)
    )
    found = counts(viewer_for(agent.pk), {1: "status:closed", 2: f"number:{row.number}"}, T0)
    assert (found[1].text, found[2].text) == ("999+", "1")


def test_a_view_of_a_security_class_counts_for_its_members_only() -> None:
    member, other = person(), person()
    row = in_status("new", member)
    Incident.objects.filter(pk=row.pk).update(security_class=security_class(member))
    texts = {1: "status:open", 2: ""}
    assert [one.number for one in counts(viewer_for(member.pk), texts, T0).values()] == [1, 1]
    assert [one.number for one in counts(viewer_for(other.pk), texts, T0).values()] == [0, 0]


def test_the_operator_keeps_no_view() -> None:
    from allclear.accounts.permissions import SYSTEM_VIEWER

    with pytest.raises(Refused, match="belongs to a person"):
        add_view(SYSTEM_VIEWER, {"name": "x"}, now=T0)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("stat", "status:"),
        ("p", "priority:"),
        ("vpn -assi", "assignee:"),
        ("status:", "new"),
        ("status:new,ass", "assigned"),
        ("is:sta", "stalled"),
        ("has:work", "workaround"),
        ("priority:", "1"),
        ("opened:", "today"),
        ("opened:>", ">7d"),
        ("assignee:m", "me"),
        ("team:netw", "network"),
        ('team:"Network Op', "network-operations"),
        ("category:vp", "network-vpn"),
        ("requester:ana-lo", "ana.lopez@example.org"),
        ("ci:vpn-gw-2", "vpn-gw-2"),
        ("custom.v", "custom.vendor:"),
    ],
)
def test_completion_goes_on_from_what_is_typed(text: str, first: str) -> None:
    office = Office()
    User.objects.filter(name="Ana Lopez").update(email="ana.lopez@example.org")
    viewer = viewer_for(office.me.pk)
    found = complete(text, len(text), viewer, NOW)
    assert found and found[0].text == first and len(found) <= 12
    assert text[: found[0].start] + text[found[0].end :] == text[: found[0].start]


def test_completion_says_nothing_within_quotes_or_of_what_is_hidden() -> None:
    office = Office()
    viewer, requester = viewer_for(office.me.pk), viewer_for(person(Role.REQUESTER, name="Rita").pk)
    assert complete('"two wo', 7, viewer, NOW) == []
    assert complete("nonsense:x", 10, viewer, NOW) == []
    assert complete("supp", 4, requester, NOW) == []
    assert {one.text for one in complete("assignee:", 9, requester, NOW)} <= {"me", "none", "any"} | {
        one.text for one in complete("assignee:rita", 13, requester, NOW)
    }
    assert complete("team:netw", 9, requester, NOW) == []


def test_completion_replaces_the_whole_value_around_the_cursor() -> None:
    office = Office()
    [found, *_] = complete("status:ne,closed vpn", 9, viewer_for(office.me.pk), NOW)
    assert (found.text, found.start, found.end) == ("new", 7, 9)
