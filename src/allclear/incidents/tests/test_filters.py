"""A filter means the same in SQL and in Python: filters made by chance, over incidents made by chance."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allclear.accounts.models import User
from allclear.accounts.permissions import Viewer
from allclear.accounts.queries import viewer_for
from allclear.catalog.models import CustomField
from allclear.domain.filters import (
    FIELDS,
    And,
    Field,
    FieldKind,
    FilterError,
    Node,
    Not,
    Op,
    Or,
    Term,
    Words,
    holds,
    mark_names,
    part_names,
    read,
    settle,
    to_text,
)
from allclear.domain.terms import Channel, HoldReason, Kind, Role, Status
from allclear.incidents.directory import Names
from allclear.incidents.filters import condition, context_for, schema_for
from allclear.incidents.models import Incident
from allclear.incidents.search import words_q
from allclear.testing import category, ci, codes, organisation, person, security_class, service, team

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)  # the night when clocks go forward in Berlin
MANY = 200
TITLES = ["VPN drops", "Straße 50% _closed_", "", "Éclair printer\\jam", "the 'quoted' \"one\"", "ΣΊΣΥΦΟΣ", "printer"]
EDGES = [timedelta(0), timedelta(microseconds=1), timedelta(hours=2), timedelta(days=7), timedelta(days=1)]
MIDNIGHTS = [datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)]


class Office:
    """A company with names that are near each other, and 200 incidents."""

    def __init__(self) -> None:
        chance = random.Random(7)
        self.teams = [team(name=name) for name in ("Network", "Network Operations", "Desk", "Ärzte & Co")]
        acme = organisation("Acme")
        self.customers = [acme, organisation("Acme North", acme), organisation("Beta", is_supplier=True)]
        names = ("Ana Lind", "Ana Lopez", "Bo Berg", "me")
        self.agents = [person(name=name, time_zone="Europe/Berlin") for name in names]
        self.me = person(name="Mia", teams=self.teams[:2], time_zone="Europe/Berlin")
        root = category("Network")
        self.categories = [root, category("VPN", root), category("Desk VPN", root), category("Printing")]
        self.services = [service(name) for name in ("E-mail", "VPN", "Internet")]
        self.cis = [ci(name) for name in ("vpn-gw-1", "vpn-gw-2", "printer.7")]
        self.classified = security_class(self.me, name="Personnel")
        codes()
        for key, kind in (("vendor", "text"), ("floor", "number"), ("vip", "yes_no"), ("due", "date"), ("7", "choice")):
            CustomField.objects.create(key=key, name=key, kind=kind, choices=["A one", "B"] if kind == "choice" else [])
        rows = Incident.objects.bulk_create([self._row(chance, n) for n in range(MANY)])
        for row in chance.sample(rows, 60):
            row.parent, row.merged_into = chance.choice([None, rows[0]]), chance.choice([None, rows[1]])
            if row.pk > rows[1].pk:
                row.save()

    def _row(self, chance: random.Random, n: int) -> Incident:
        def maybe(values: Sequence[Any]) -> Any:
            return chance.choice([None, *values])

        def instant() -> datetime:
            edge = chance.choice(EDGES) * chance.choice([1, -1])
            span = timedelta(minutes=chance.randrange(60 * 24 * 40))
            return chance.choice([NOW - edge, chance.choice(MIDNIGHTS) - edge, NOW - span, NOW + span])

        status = chance.choice(list(Status))
        values = {name: maybe([instant()]) for name in _columns(FieldKind.INSTANT) + _columns(FieldKind.REACHED)} | {
            "logged_at": instant()
        }
        for name in _columns(FieldKind.NUMBER):
            values[name] = maybe([1, 2, 3, 5]) if Incident._meta.get_field(name).null else chance.choice([0, 1, 3])
        values["offered_at"] = instant() if (offered := maybe(self.teams)) else None
        people = [one.pk for one in [*self.agents, self.me]]
        return Incident(
            **values, number=f"INC{n:07}", title=chance.choice(TITLES), status=status, kind=chance.choice(list(Kind)),
            hold_reason=chance.choice(list(HoldReason)) if status == Status.ON_HOLD else "",
            channel=chance.choice(["", *Channel]), location=chance.choice(["", "Oslo", "oslo 3", "ÅS"]),
            severity=chance.choice(["", "critical", "major", "minor"]), cause_code=chance.choice(["", "change"]),
            resolution_code=chance.choice(["", "fixed", "duplicate"]), external_source=chance.choice(["", "old"]),
            external_key=chance.choice(["", f"X{n}"]), team=maybe(self.teams), assignee=maybe([*self.agents, self.me]),
            requester=maybe(self.agents), on_behalf_of=maybe(self.agents), service=maybe(self.services),
            category=maybe(self.categories), organisation=maybe(self.customers), supplier=maybe(self.customers),
            security_class=maybe([self.classified]), logged_by=maybe(self.agents), resolved_by=maybe(self.agents),
            closed_by=maybe(self.agents), offered_team=offered,
            offered_to=maybe(self.agents), ci_ids=chance.sample([c.pk for c in self.cis], chance.randrange(3)),
            watcher_ids=chance.sample(people, chance.randrange(3)),
            responder_ids=chance.sample(people, chance.randrange(3)),
            is_impending=chance.random() < 0.3, is_workaround_in_place=chance.random() < 0.3,
            is_breached=chance.random() < 0.3,
            has_data_loss=chance.random() < 0.3, texts={s: {} for s in ("workaround", "harm") if chance.random() < 0.4},
            custom=self._custom(chance),
        )  # fmt: skip

    def _custom(self, chance: random.Random) -> dict[str, Any]:
        odd: list[Any] = [None, True, "7", 2.5, "", "A one", "2026-03-28", "2026-04"]  # an import may leave any kind
        usual: dict[str, list[Any]] = {"vendor": ["Acme", "ACME ag"], "floor": [2, 2.5, -3.5, 1e25]}
        usual |= {"vip": [True, False], "due": ["2026-03-28", "2026-03-29"], "7": ["A one", "B"]}
        return {key: chance.choice([*some, *some, *some, *odd]) for key, some in usual.items() if chance.random() < 0.7}


def _columns(kind: FieldKind) -> list[str]:
    return [field.column for field in FIELDS if field.kind is kind]


TIMES = st.one_of(
    st.sampled_from(
        ["now", "today", "yesterday", "tomorrow", "this-week", "last-month", "this-year", "2026", "2026-03"]
    ),
    st.sampled_from(
        ["2026-03-29", "2026-03-28", "2026-03-29T02:30", "2026-03-29T00:30Z", "2h", "7d", "1d", "0m", "1mo"]
    ),
    st.builds(lambda n, unit: f"{n}{unit}", st.integers(0, 60), st.sampled_from(["m", "h", "d", "w", "mo"])),
)
NUMBERS = st.sampled_from(["0", "1", "2", "3", "5", "2.5", "-3.5", "-3.4", "999999999", "0.1"])
NAMES = {
    "person": ["ana-lind", "Ana Lopez", "bo", "me", "mia"],
    "team": ["network", "network-op", "Desk", "ärzte-co", "mine"],
    "service": ["vpn", "E-mail", "internet"],
    "category": ["network", "vpn", "network-vpn", "printing"],
    "organisation": ["acme", "acme-north", "beta"],
    "ci": ["vpn-gw-1", "printer.7"],
    "class": ["personnel"],
    "incident": ["INC0000000", "inc0000001"],
}
TEXTS = st.sampled_from(
    ["PRINTER", "straße", "STRASSE", "%", "_", "\\", "'", '"', "éclair", "σίσυφος", "oslo", "a", "ås", ""]
)
SOME = st.sampled_from(["none", "any"])
ORDERED = [Op.LESS, Op.AT_MOST, Op.MORE, Op.AT_LEAST]


def _values(field: Field, schema: Any) -> st.SearchStrategy[str]:
    kind = field.kind
    if kind is FieldKind.MARK:
        return st.sampled_from(mark_names(schema))
    if kind is FieldKind.PART:
        return st.sampled_from(part_names(schema))
    if kind is FieldKind.CHOICE:
        return SOME | st.sampled_from(field.choices)
    if kind in (FieldKind.KEY, FieldKind.KEYS):
        return SOME | st.sampled_from(NAMES[field.refers])
    others = {FieldKind.NUMBER: NUMBERS, FieldKind.FLAG: st.sampled_from(["yes", "no"]), FieldKind.TEXT: TEXTS}
    others[FieldKind.REACHED] = others[FieldKind.FLAG]
    others[FieldKind.EXACT] = st.sampled_from(["INC0000003", "inc0000004", "old", "X7"])
    return SOME | others.get(kind, TIMES)


def _terms(field: Field, schema: Any) -> st.SearchStrategy[Node]:
    values = _values(field, schema)
    same = st.lists(values, min_size=1, max_size=3, unique=True).map(lambda v: Term(field.name, Op.IS, tuple(v)))
    if field.kind not in (FieldKind.NUMBER, FieldKind.INSTANT, FieldKind.DATE):
        return same
    ordered = NUMBERS if field.kind is FieldKind.NUMBER else TIMES
    beyond = st.builds(lambda op, v: Term(field.name, op, (v,)), st.sampled_from(ORDERED), ordered)
    return same | beyond | st.builds(lambda a, b: Term(field.name, Op.SPAN, (a, b)), ordered, ordered)


def _filters(schema: Any) -> st.SearchStrategy[Node]:
    fields = list({field.name: field for field in schema.values()}.values())
    leaves = st.sampled_from(fields).flatmap(lambda field: _terms(field, schema))
    words = st.sampled_from(["printer", "vpn", '"VPN drops"', "INC0000003", "nothing"]).map(Words)
    return st.recursive(
        leaves | leaves | leaves | words,
        lambda inner: st.one_of(
            inner.map(Not),
            st.lists(inner, min_size=2, max_size=3).map(lambda parts: And(tuple(parts))),
            st.lists(inner, min_size=2, max_size=3).map(lambda parts: Or(tuple(parts))),
        ),
        max_leaves=6,
    )


def _agree(viewer: Viewer) -> Callable[[Node], bool]:
    """A check of one filter in both ways over all that the viewer may see; gives whether it could be asked."""
    visible = Incident.objects.visible_to(viewer).order_by()
    records = list(visible.values())
    schema, context, directory = schema_for(viewer), context_for(viewer, NOW), Names(viewer)
    known: dict[str, set[int]] = {}

    def found(words: str, record: Any) -> bool:
        if words not in known:
            known[words] = set(visible.filter(words_q(words, viewer)).values_list("pk", flat=True))
        return record["id"] in known[words]

    def check(node: Node) -> bool:
        text = to_text(node)
        try:
            tree = settle(read(text), schema, context, directory)
        except FilterError:
            return False
        in_python = {record["id"] for record in records if holds(tree, record, found)}
        in_sql = set(visible.filter(condition(tree, viewer, words_q)).values_list("pk", flat=True))
        assert in_sql == in_python, text
        not_so = set(visible.exclude(pk__in=in_sql).values_list("pk", flat=True))
        turned = settle(read(to_text(Not(node))), schema, context, directory)
        assert set(visible.filter(condition(turned, viewer, words_q)).values_list("pk", flat=True)) == not_so, text
        return True

    return check


def test_every_filter_means_the_same_in_sql_and_in_python() -> None:
    office = Office()
    viewer = viewer_for(office.me.pk)
    check, asked = _agree(viewer), []
    assert Incident.objects.visible_to(viewer).count() == MANY

    @settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
    @given(_filters(schema_for(viewer)))
    def both_ways(node: Node) -> None:
        asked.append(check(node))

    both_ways()
    assert sum(asked) > 300


def test_every_value_of_every_field_means_the_same_alone() -> None:
    office = Office()
    viewer = viewer_for(office.me.pk)
    schema, check = schema_for(viewer), _agree(viewer)
    names = {field.name: field for field in schema.values()}
    for field in names.values():
        one = _terms(field, schema)

        @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
        @given(one)
        def alone(node: Node) -> None:
            check(node)

        alone()


def test_a_requester_finds_only_their_own_by_what_they_may_ask() -> None:
    office = Office()
    requester = person(Role.REQUESTER, name="Rita")
    Incident.objects.filter(number__lt="INC0000020").update(requester=requester, security_class=None)
    viewer = viewer_for(requester.pk)
    assert Incident.objects.visible_to(viewer).count() == 20
    check = _agree(viewer)

    @settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
    @given(_filters(schema_for(viewer)))
    def both_ways(node: Node) -> None:
        check(node)

    both_ways()
    schema = schema_for(viewer)
    assert not {"supplier", "updated", "custom.vendor", "watcher"} & schema.keys()
    with pytest.raises(FilterError, match="no assignee"):
        settle(read("assignee:ana-lind"), schema, context_for(viewer, NOW), Names(viewer))
    assert User.objects.filter(pk=office.me.pk).exists()
