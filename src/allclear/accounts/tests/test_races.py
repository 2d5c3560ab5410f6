"""Two people at once, on two connections."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.db import connection

from allclear.accounts import actions
from allclear.accounts.models import Organisation, Team, User
from allclear.accounts.queries import viewer_for
from allclear.domain.terms import Role
from allclear.kernel.errors import AllclearError
from allclear.testing import T0, organisation, person

pytestmark = pytest.mark.django_db(transaction=True)


def both(*verbs: Callable[[], object]) -> list[str]:
    """Run these at once; gives the code of what each was refused with, or "" when it went through."""
    barrier, ends = Barrier(len(verbs)), [""] * len(verbs)

    def run(place: int, verb: Callable[[], object]) -> None:
        try:
            barrier.wait(60)
            verb()
        except AllclearError as error:
            ends[place] = error.code
        finally:
            connection.close()

    threads = [Thread(target=run, args=(place, verb)) for place, verb in enumerate(verbs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return sorted(ends)


def test_two_administrators_cannot_deactivate_each_other() -> None:
    ada, eve = person("admin"), person("admin")
    by_ada, by_eve = viewer_for(ada.pk), viewer_for(eve.pk)  # before: who is deactivated has none
    ends = both(
        lambda: actions.deactivate_user(by_ada, eve.pk, now=T0),
        lambda: actions.set_roles(by_eve, ada.pk, ["agent"], now=T0),
    )
    assert ends == ["", "last_administrator"]
    assert User.objects.filter(is_active=True, roles__contains=[Role.ADMIN]).count() == 1


def test_two_moves_make_no_circle() -> None:
    viewer = viewer_for(person("admin").pk)
    one, two = organisation("One"), organisation("Two")
    ends = both(
        lambda: actions.change_organisation(viewer, one.pk, {"parent_id": two.pk}, now=T0),
        lambda: actions.change_organisation(viewer, two.pk, {"parent_id": one.pk}, now=T0),
    )
    assert ends == ["", "invalid"]
    assert Organisation.objects.exclude(parent=None).count() == 1


def test_of_two_teams_of_one_name_the_second_is_told_in_words() -> None:
    viewer = viewer_for(person("admin").pk)
    add = lambda: actions.add_team(viewer, {"name": "Network"}, now=T0)  # noqa: E731 - the same verb twice
    assert both(add, add) == ["", "invalid"]
    assert Team.objects.count() == 1


def test_of_two_savers_one_is_told_of_the_other() -> None:
    viewer, user = viewer_for(person("admin").pk), person("agent")
    ends = both(
        lambda: actions.change_user(viewer, user.pk, {"location": "Lyon"}, now=T0, expected_version=0),
        lambda: actions.change_user(viewer, user.pk, {"location": "Porto"}, now=T0, expected_version=0),
    )
    assert ends == ["", "conflict"]


def test_two_who_put_members_into_a_team_both_succeed() -> None:
    viewer, one, two = viewer_for(person("admin").pk), person("agent"), person("agent")
    row = actions.add_team(viewer, {"name": "Network"}, now=T0)
    ends = both(
        lambda: actions.add_member(viewer, row.pk, one.pk, now=T0),
        lambda: actions.add_member(viewer, row.pk, two.pk, now=T0),
    )
    assert ends == ["", ""]
    assert row.members.count() == 2
