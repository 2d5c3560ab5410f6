"""Agreements: who may change them, what becomes a version, and what is refused where."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import ProtectedError

from allclear.accounts.permissions import Viewer
from allclear.accounts.queries import viewer_for
from allclear.domain.terms import Role
from allclear.kernel.errors import Conflict, Invalid, NotPermitted, Refused
from allclear.kernel.events import position_of
from allclear.kernel.models import Event
from allclear.slas.actions import agreements as verbs
from allclear.slas.models import Agreement
from allclear.slas.queries import agreement_in_force, book_as_of, users_of_calendar
from allclear.testing import T0, calendar, category, instant, organisation, person, policy, promise, team

pytestmark = pytest.mark.django_db


class World:
    def __init__(self) -> None:
        self.manager = person(Role.INCIDENT_MANAGER)
        self.calendar = calendar("Office")
        self.second, self.third = team(name="Second", tier=2), team(name="Third", tier=3)

    @property
    def by(self) -> Viewer:
        return viewer_for(self.manager.pk)

    def target(self, **more: Any) -> dict[str, Any]:
        return promise("resolution", 240, self.calendar, **more)

    def values(self, **more: Any) -> dict[str, Any]:
        return {"name": "Gold", "kind": "sla", "targets": [self.target()], **more}

    def between_teams(self, name: str, holder: Any, *to: Any) -> dict[str, Any]:
        steps = [
            {"percent": 50 + 10 * n, "actions": [{"do": "higher_tier", "team_id": one.pk}]} for n, one in enumerate(to)
        ]
        targets = [self.target(thresholds=steps)]
        return {"name": name, "kind": "ola", "party_ids": [holder.pk], "targets": targets}

    def add(self, **more: Any) -> Agreement:
        return verbs.add_agreement(self.by, self.values(**more), now=T0)

    def refused(self, values: dict[str, Any]) -> dict[str, str]:
        before = Agreement.objects.count()
        with pytest.raises(Invalid) as error:
            verbs.add_agreement(self.by, values, now=T0)
        assert Agreement.objects.count() == before
        return dict(error.value.fields)


@pytest.fixture
def company() -> World:
    return World()


def test_it_applies_from_the_instant_it_is_added(company: World) -> None:
    row = company.add(note="Signed today")
    assert [one.id for one in book_as_of(T0).agreements] == [row.pk]
    assert not book_as_of(T0 - timedelta(seconds=1)).agreements
    made = row.versions.get()
    assert (made.version, made.note, made.author_id) == (1, "Signed today", company.manager.pk)
    assert users_of_calendar(company.calendar.pk) == ["Gold"]


def test_a_change_becomes_the_next_version_and_leaves_the_parts_that_it_does_not_name(company: World) -> None:
    row = company.add(on_reopen="restart")
    later = T0 + timedelta(days=2)
    values = {"targets": [company.target(key="faster", thresholds=[{"percent": 50}])], "effective_at": later}
    verbs.change_agreement(company.by, row.pk, values, now=T0)
    assert [one.version for one in book_as_of(T0).agreements] == [1]
    (one,) = book_as_of(later).agreements
    assert (one.version, one.targets[0].key, one.on_reopen) == (2, "faster", "restart")


def test_a_change_that_changes_nothing_makes_no_version(company: World) -> None:
    row = company.add()
    verbs.change_agreement(company.by, row.pk, {"targets": [company.target()], "name": "Gold"}, now=T0)
    assert row.versions.count() == 1


def test_a_new_name_makes_no_version_and_is_kept_in_the_events(company: World) -> None:
    row = company.add()
    verbs.change_agreement(company.by, row.pk, {"name": "Silver", "description": "In the safe"}, now=T0)
    assert row.versions.count() == 1
    assert book_as_of(T0).agreements[0].name == "Silver"
    last = Event.objects.filter(stream_type="agreement", stream_id=row.pk).order_by("-position")[0]
    assert last.data["changes"] == {"name": ["Gold", "Silver"], "description": ["", "In the safe"]}


def test_nothing_begins_in_the_past(company: World) -> None:
    row = company.add()
    values = {"targets": [company.target(key="x")], "effective_at": T0 - timedelta(minutes=1)}
    with pytest.raises(Invalid) as error:
        verbs.change_agreement(company.by, row.pk, values, now=T0)
    assert set(error.value.fields) == {"effective_at"}
    with pytest.raises(Invalid):
        verbs.end_agreement(company.by, row.pk, at=T0 - timedelta(minutes=1), now=T0)


def test_who_saw_an_older_version_is_told_that_somebody_changed_it(company: World) -> None:
    row = company.add()
    seen = position_of("agreement", row.pk)
    verbs.change_agreement(company.by, row.pk, {"name": "Silver"}, now=T0, expected_version=seen)
    with pytest.raises(Conflict, match="Load it again"):
        verbs.change_agreement(company.by, row.pk, {"name": "Tin"}, now=T0, expected_version=seen)
    with pytest.raises(Conflict, match="Load it again"):
        verbs.end_agreement(company.by, row.pk, now=T0, expected_version=seen)


def test_it_ends_for_what_is_logged_later_and_can_begin_again(company: World) -> None:
    row = company.add()
    end = T0 + timedelta(hours=1)
    verbs.end_agreement(company.by, row.pk, at=end, note="Contract is over", now=T0)
    assert book_as_of(T0).agreements
    assert not book_as_of(end).agreements
    with pytest.raises(Refused, match="ended already"):
        verbs.end_agreement(company.by, row.pk, now=end)
    verbs.change_agreement(company.by, row.pk, {"targets": [company.target()]}, now=end)
    assert [one.version for one in book_as_of(end).agreements] == [3]
    found = agreement_in_force(row.pk, T0 + timedelta(minutes=59))
    assert found is not None
    assert found.version == 1


def test_what_is_planned_for_later_does_not_let_an_ended_agreement_begin_again(company: World) -> None:
    row = company.add()
    later = T0 + timedelta(days=2)
    verbs.change_agreement(company.by, row.pk, {"targets": [company.target(key="x")], "effective_at": later}, now=T0)
    verbs.end_agreement(company.by, row.pk, now=T0)
    assert not book_as_of(later).agreements
    with pytest.raises(Refused):
        verbs.end_agreement(company.by, row.pk, now=later)


def test_it_is_removed_while_nothing_was_measured_under_it(company: World) -> None:
    row = company.add()
    verbs.remove_agreement(company.by, row.pk, now=T0)
    assert not Agreement.objects.exists()


def test_a_calendar_that_an_agreement_uses_cannot_be_removed(company: World) -> None:
    company.add()
    with pytest.raises(ProtectedError):
        company.calendar.delete()


def test_the_first_of_two_that_are_as_specific_wins_and_the_order_can_be_changed(company: World) -> None:
    gold, silver = company.add(), company.add(name="Silver")
    verbs.reorder_agreements(company.by, "sla", [silver.pk, gold.pk], now=T0)
    assert [one.name for one in book_as_of(T0).agreements] == ["Silver", "Gold"]
    with pytest.raises(Invalid):
        verbs.reorder_agreements(company.by, "sla", [silver.pk], now=T0)


@pytest.mark.parametrize("role", [Role.AGENT, Role.TEAM_LEAD, Role.AUDITOR, Role.REQUESTER])
def test_others_may_not_change_agreements(company: World, role: str) -> None:
    row, by = company.add(), viewer_for(person(role).pk)
    deeds: list[Callable[[], object]] = [
        lambda: verbs.add_agreement(by, company.values(name="X"), now=T0),
        lambda: verbs.change_agreement(by, row.pk, {"name": "X"}, now=T0),
        lambda: verbs.end_agreement(by, row.pk, now=T0),
        lambda: verbs.remove_agreement(by, row.pk, now=T0),
        lambda: verbs.reorder_agreements(by, "sla", [row.pk], now=T0),
    ]
    for deed in deeds:
        with pytest.raises(NotPermitted):
            deed()


TELL = {"do": "tell_person", "user_id": 999}


@pytest.mark.parametrize(
    ("more", "place", "words"),
    [
        ({"targets": []}, "targets", "Add a target"),
        ({"name": ""}, "name", ""),
        ({"kind": "promise"}, "kind", "Choose one of"),
        ({"kind": "ola"}, "party_ids", "Choose the teams"),
        ({"kind": "uc"}, "party_ids", "Choose the supplier"),
        ({"party_ids": [999]}, "party_ids", "no organisation"),
        ({"kind": "ola", "party_ids": [999]}, "party_ids", "no team in use"),
        ({"on_reopen": ["x"]}, "on_reopen", "Choose one of"),
        ({"penalty": {"currency": "euro", "per_breach": 5}}, "penalty.currency", "three capital letters"),
        ({"note": "x" * 301}, "note", "at most"),
        ({"effective_at": "tomorrow"}, "effective_at", "instant with its zone"),
        ({"colour": "red"}, "colour", "no such field"),
    ],
)
def test_it_says_what_is_wrong_with_an_agreement(company: World, more: dict[str, Any], place: str, words: str) -> None:
    assert words in company.refused(company.values(**more))[place]


@pytest.mark.parametrize(
    ("more", "place", "words"),
    [
        ({"calendar_id": None}, "calendar_id", "Choose the calendar"),
        ({"calendar_id": 999}, "calendar_id", "no such calendar in use"),
        ({"minutes": 0}, "minutes", "whole number"),
        ({"metric": ["x"]}, "metric", "Choose one of"),
        ({"key": ""}, "key", "Write a text"),
        ({"when": {"service_ids": [999]}}, "when.service_ids", "no service with the key 999"),
        ({"when": {"category_ids": [999]}}, "when.category_ids", "no category"),
        ({"when": {"organisation_ids": [999]}}, "when.organisation_ids", "no organisation"),
        ({"when": {"priorities": [0]}}, "when.priorities", "Choose among"),
        ({"when": {"priorities": [[1]]}}, "when.priorities", "Choose among"),
        ({"pauses": ["lunch"]}, "pauses", "Choose among"),
        ({"thresholds": [{"percent": 0}]}, "thresholds.0.percent", "from 1 to"),
        ({"thresholds": [{"percent": 50}, {"percent": 50}]}, "thresholds.1.percent", "there already"),
        ({"thresholds": [{"percent": 50, "actions": [TELL]}]}, "thresholds.0.actions.0.user_id", "does not work here"),
        (
            {"thresholds": [{"percent": 50, "actions": [{"do": "escalate", "policy_id": 999}]}]},
            "thresholds.0.actions.0.policy_id", "no such escalation policy",
        ),
        (
            {"thresholds": [{"percent": 50, "actions": [{"do": "higher_tier"}]}]},
            "thresholds.0.actions.0.team_id", "Choose the team",
        ),
    ],
)  # fmt: skip
def test_it_says_what_is_wrong_with_a_target_at_its_place(
    company: World, more: dict[str, Any], place: str, words: str
) -> None:
    values = company.values(targets=[company.target(), company.target(key="second") | more])
    assert words in company.refused(values)[f"targets.1.{place}"]


def test_it_tells_everything_that_is_wrong_at_once(company: World) -> None:
    values = company.values(name="", targets=[company.target(calendar_id_=1) | {"calendar_id": 999, "minutes": 0}])
    assert {"name", "targets.0.minutes", "targets.0.calendar_id_"} <= set(company.refused(values))


def test_a_calendar_out_of_use_or_one_that_begins_later_is_refused(company: World) -> None:
    later = calendar("Later", at=60)
    values = company.values(targets=[promise("resolution", 60, later)])
    assert "targets.0.calendar_id" in company.refused(values)
    assert verbs.add_agreement(company.by, {**values, "effective_at": instant(60)}, now=T0).pk
    company.calendar.is_active = False
    company.calendar.save()
    assert "targets.0.calendar_id" in company.refused(company.values())


def test_parties_are_of_the_sort_that_the_kind_asks_for(company: World) -> None:
    customer, supplier = organisation(), organisation(is_supplier=True)
    gone = team(is_active=False)
    assert "party_ids" in company.refused(company.values(kind="uc", party_ids=[customer.pk]))
    assert "party_ids" in company.refused(company.values(kind="ola", party_ids=[gone.pk]))
    assert company.add(kind="uc", party_ids=[supplier.pk]).pk
    assert company.add(name="OLA", kind="ola", party_ids=[company.second.pk]).pk
    assert company.add(name="SLA", party_ids=[customer.pk]).pk


def test_between_teams_nothing_is_paid_and_a_supplier_answers_for_the_resolution_only(company: World) -> None:
    penalty = {"currency": "EUR", "per_breach": "5"}
    between = company.between_teams("OLA", company.second)
    assert "nothing is paid" in company.refused({**between, "penalty": penalty})["penalty"]
    supplier = organisation(is_supplier=True)
    response = [promise("response", 15, company.calendar)]
    values = company.values(kind="uc", party_ids=[supplier.pk], targets=response)
    assert "resolution" in company.refused(values)["targets.0.metric"]
    assert company.add(kind="uc", party_ids=[supplier.pk], penalty=penalty).pk


def test_a_hand_over_goes_up_tier_by_tier_and_never_to_who_has_it(company: World) -> None:
    second, third = company.second, company.third
    other = team(name="Other third", tier=3)
    step = "targets.0.thresholds.{}.actions.0.team_id"
    assert "has it already" in company.refused(company.between_teams("A", second, second))[step.format(0)]
    assert "higher tier" in company.refused(company.between_teams("A", second, third, other))[step.format(1)]
    assert "circle" in company.refused(company.between_teams("A", second, third, third))[step.format(1)]
    assert verbs.add_agreement(company.by, company.between_teams("A", second, third), now=T0).pk


def test_agreements_between_teams_do_not_hand_over_in_a_circle(company: World) -> None:
    first = team(name="First", tier=1)
    verbs.add_agreement(company.by, company.between_teams("A", first, company.second), now=T0)
    verbs.add_agreement(company.by, company.between_teams("B", company.second, company.third), now=T0)
    wrong = company.refused(company.between_teams("C", company.third, first))
    assert "Third → First → Second → Third" in wrong["targets.0.thresholds.0.actions.0.team_id"]
    row = Agreement.objects.get(name="A")
    verbs.end_agreement(company.by, row.pk, now=T0)
    assert verbs.add_agreement(company.by, company.between_teams("C", company.third, first), now=T0).pk


def test_a_name_is_taken_once(company: World) -> None:
    company.add()
    with pytest.raises(Invalid) as error:
        company.add(name="gold")
    assert "already" in error.value.fields["name"]


def test_everything_that_a_target_may_name_is_accepted(company: World) -> None:
    chain = policy(company.manager, exhausted=company.manager)
    node = category()
    actions = [
        {"do": "tell_person", "user_id": company.manager.pk}, {"do": "escalate", "policy_id": chain.pk},
        {"do": "tell_lead"},
    ]  # fmt: skip
    when = {"category_ids": [node.pk], "priorities": [1, 2], "vip_only": True}
    target = company.target(when=when, pauses=["requester"], thresholds=[{"percent": 75, "actions": actions}])
    row = company.add(targets=[target], penalty={"currency": "EUR", "per_hour": "10.50", "cap": "100"})
    assert row.versions.get().body["targets"][0]["when"]["category_ids"] == [node.pk]
