"""The rows that generated incidents refer to, read once."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from allclear.accounts import queries as people
from allclear.accounts.models import Membership, User
from allclear.catalog import queries as catalog
from allclear.catalog.models import Code, ConfigurationItem, Service
from allclear.catalog.policies import Policies, in_force
from allclear.catalog.queries import CategoryNode
from allclear.domain.routing import Candidate
from allclear.domain.terms import Role
from allclear.incidents.load import candidates
from allclear.kernel.errors import Refused

SOURCE = "generated"
MOST_REQUESTERS = 2000


@dataclass(frozen=True, slots=True)
class Requester:
    id: int
    organisation_id: int | None
    location: str
    is_vip: bool


@dataclass
class Roster:
    """The members of each team and what each holds at the instant that generation has reached."""

    members: Mapping[int, Sequence[Candidate]]
    _busy: dict[int, list[datetime]] = field(default_factory=dict)

    def at(self, now: datetime) -> dict[int, list[Candidate]]:
        """Candidates of every team with the load they have now: instants come in ascending order."""
        return {team: [self._with_load(person, now) for person in crew] for team, crew in self.members.items()}

    def _with_load(self, person: Candidate, now: datetime) -> Candidate:
        ends = self._busy.get(person.user_id, [])
        while ends and ends[0] <= now:
            heapq.heappop(ends)
        return Candidate(person.user_id, person.name, person.skills, len(ends))

    def take(self, user_id: int | None, until: datetime) -> None:
        if user_id:
            heapq.heappush(self._busy.setdefault(user_id, []), until)


@dataclass(frozen=True)
class Masters:
    requesters: Sequence[Requester]
    desk: Sequence[int]  # users who take calls
    roster: Roster
    team_names: Mapping[int, str]
    categories: Sequence[CategoryNode]
    services: Sequence[int]
    items: Sequence[int]
    resolution_codes: Sequence[str]
    cause_codes: Sequence[str]
    policies: Policies


def load(count: int, now: datetime) -> Masters:
    """Read them; raises `Refused` when teams or staff are missing. Adds requesters in proportion to `count`."""
    crews = {team: candidates(team) for team in Membership.objects.values_list("team_id", flat=True).distinct()}
    crews = {team: crew for team, crew in crews.items() if crew}
    if not crews:
        raise Refused(
            "There is no team with people in it: add one, or start with an empty database to get the demo company.",
            code="demo_no_team",
        )
    tree = catalog.category_tree.get()
    parents = {node.path[-2] for node in tree.values() if len(node.path) > 1}
    tier1 = Membership.objects.filter(team__tier=1, user__is_active=True).values_list("user_id", flat=True)
    codes = Code.objects.filter(is_active=True).exclude(key="duplicate")
    return Masters(
        requesters=_requesters(count, now),
        desk=sorted(set(tier1)) or [person.user_id for person in next(iter(crews.values()))],
        roster=Roster(crews),
        team_names=people.team_names.get(),
        categories=[node for pk, node in tree.items() if node.is_active and pk not in parents],
        services=list(Service.objects.filter(is_active=True).order_by("pk").values_list("pk", flat=True)),
        items=list(ConfigurationItem.objects.order_by("pk").values_list("pk", flat=True)),
        resolution_codes=list(codes.filter(list="resolution").values_list("key", flat=True)) or ["fixed"],
        cause_codes=list(codes.filter(list="cause").values_list("key", flat=True)) or [""],
        policies=in_force(),
    )


def _requesters(count: int, now: datetime) -> list[Requester]:
    """Everybody who reports, with enough of them: one for fifty incidents, people without a log-in.

    They come again with the same keys when more is generated later.
    """
    known = User.objects.filter(roles__contains=[Role.REQUESTER], is_active=True)
    organisations: list[int | None] = [*sorted({pk for pk in known.values_list("organisation_id", flat=True) if pk})]
    organisations = organisations or [None]
    missing = max(min(count // 50, MOST_REQUESTERS), 0 if known.exists() else 1)
    User.objects.bulk_create(
        [
            User(
                name=f"{FIRST[n % len(FIRST)]} {LAST[n // len(FIRST) % len(LAST)]}",
                organisation_id=organisations[n % len(organisations)],
                location=f"Store {100 + n % 240}",
                roles=[Role.REQUESTER],
                external_key=f"{SOURCE}-{n}",
                password="!",  # noqa: S106 - no password: cannot log in
                created_at=now - timedelta(days=400),
            )
            for n in range(missing)
        ],
        ignore_conflicts=True,
        batch_size=1000,
    )
    rows = known.order_by("pk").values_list("pk", "organisation_id", "location", "is_vip")
    return [Requester(*row) for row in rows]


FIRST = (
    "Ada", "Bruno", "Carla", "Dmitri", "Elif", "Farid", "Gesa", "Hugo", "Irma", "Jorge", "Kaja", "Lars", "Mina",
    "Nuno", "Olga", "Piet", "Quentin", "Rosa", "Sven", "Tove", "Ugo", "Vera", "Wim", "Xenia", "Yara", "Zoe",
)  # fmt: skip
LAST = (
    "Almeida", "Bauer", "Costa", "Dahl", "Eriksen", "Ferro", "Graf", "Holm", "Ivanov", "Jansen", "Klein", "Lopes",
    "Maurer", "Nyberg", "Otto", "Peeters", "Quist", "Ramos", "Sand", "Tran", "Ulrich", "Voss", "Winter", "Yildiz",
)  # fmt: skip
