"""Keys: every verb has one, and no two things of one page share one."""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser

import pytest
from django.urls import reverse

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.alerts.actions import fold
from allclear.alerts.actions.integrations import add_integration
from allclear.alerts.actions.replaying import try_integration
from allclear.alerts.models import Alert
from allclear.domain.terms import Status
from allclear.incidents import actions
from allclear.incidents.models import Incident
from allclear.incidents.tests.world import World, world
from allclear.kernel import clock
from allclear.testing import in_status, logged
from allclear.web.incidents.verbs import VERBS
from tests.web.screens import as_, page

pytestmark = pytest.mark.django_db

# J K walk, G begins "go to", the others are said by scripts; no button may have them
RESERVED = set("jkg/?>")


class Keys(HTMLParser):
    """The single-letter keys of a page, and what has each."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        key = said.get("data-key") or ""
        if key and "+" not in key:
            self.found.append((key, said.get("id") or said.get("data-key-label") or tag))


def assert_unique(html: str) -> None:
    keys = Keys(html).found
    assert keys
    often = [key for key, count in Counter(key for key, _ in keys).items() if count > 1]
    assert not often, [pair for pair in keys if pair[0] in often]
    assert not RESERVED & {key for key, _ in keys}


def test_it_has_a_key_for_every_verb() -> None:
    without = [name for name, spec in VERBS.items() if not spec.key]
    assert not without, f"give these a key: {without}"
    assert all(len(spec.key) == 1 and spec.key == spec.key.lower() for spec in VERBS.values())


@pytest.mark.parametrize("status", list(Status))
def test_it_shares_no_key_on_the_page_of_an_incident(status: Status) -> None:
    company = world()
    row = in_status(status, company.agent, requester_id=company.requester.pk, team_id=company.network.pk)
    for person in (company.agent, company.lead, company.manager, company.admin, company.requester):
        assert_unique(page(person, row))


def test_it_shares_no_key_while_an_offer_waits() -> None:
    """Bo is in both teams, so that he may accept, refuse and withdraw at once."""
    company = world()
    row = _offered(company)
    actions.watch_incident(company.as_("mate", 40), row.pk)
    html = page(company.mate, row)
    names = {name for _, name in Keys(html).found}
    assert {"Accept", "Refuse", "Withdraw"} <= names or {"verb-accept", "verb-refuse", "verb-withdraw"} <= names, names
    assert_unique(html)


def _offered(company: World) -> Incident:
    actions.hand_over_incident(company.as_("agent"), company.row.pk, team_id=company.desk.pk, reason="Theirs")
    company.row.refresh_from_db()
    return company.row


def test_it_shares_no_key_on_other_pages() -> None:
    company = world()
    logged(company.agent, requester_id=company.requester.pk)
    for person in (company.admin, company.requester):
        for name in ("incidents:queue", "incidents:log", "incidents:search", "desk:drafts"):
            assert_unique(as_(person).get(reverse(name)).content.decode())


def test_it_shares_no_key_on_the_pages_of_alerts() -> None:
    company, now = world(), clock.now()
    source, _key = add_integration(SYSTEM_VIEWER, {"kind": "json", "name": "Monitor"}, now=now)
    sent = try_integration(SYSTEM_VIEWER, source.pk, now=now)
    fold.fold(now)
    pages = [reverse("alerts:index"), reverse("alerts:integrations"), reverse("alerts:delivery", args=[sent.pk])]
    pages += [reverse("alerts:integration", args=[source.pk]), reverse("alerts:integration_edit", args=[source.pk])]
    pages.append(reverse("alerts:alert", args=[Alert.objects.get().pk]))
    for page_ in pages:
        assert_unique(as_(company.admin).get(page_).content.decode())
