"""Search: words in three languages, operators, typing errors, rights, and an index that follows every verb."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allclear import testing
from allclear.accounts.models import User
from allclear.accounts.queries import viewer_for
from allclear.incidents import actions, search
from allclear.incidents.models import Content, Incident, SearchDocument
from allclear.incidents.search import vocabulary
from allclear.incidents.search.asked import compiled, understand
from allclear.incidents.search.parts import EVERYTHING, PUBLIC
from allclear.testing import instant, logged, person, request_as

pytestmark = pytest.mark.django_db
Committed = Callable[..., Any]
NOW = instant(600)


@pytest.fixture(autouse=True)
def committed(django_capture_on_commit_callbacks: Committed) -> Any:
    """Words are learnt after the commit; in a test each block of `with committed():` is one."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def agent() -> User:
    return person()


def found(text: str, user: User, **more: Any) -> list[str]:
    """The titles that this person finds."""
    return [hit.incident.title for hit in search.find(text, viewer_for(user.pk), NOW, **more)]


@pytest.mark.parametrize(
    ("title", "asked"),
    [
        ("Printers keep printing stripes", "print stripe"),
        ("Die Drucker in den Büros drucken nicht", "drucker büro"),
        ("Rechnungen können nicht geöffnet werden", "rechnung"),
        ("Las impresoras no imprimen facturas", "impresora factura"),
        ("Conexiones lentas en la oficina", "conexion lenta oficinas"),
        ("Straße im Navigationssystem fehlt", "strasse"),
        ("Print spooler hängt", "PRINT Spoolers hangt"),
        ("Server shop-web-01 answers slowly", "shop-web-01"),
        ("Host 10.0.7.21 is unreachable", "10.0.7.21"),
        ("Mail to anna@example.org bounces", "anna@example.org"),
        ("printer/scanner in room 4 is dead", "scanner"),
        ("The one and only", "the"),
    ],
)
def test_it_finds_other_forms_of_a_word_in_three_languages(title: str, asked: str, agent: User) -> None:
    logged(agent, title=title)
    logged(agent, title="Something else entirely")
    assert found(asked, agent) == [title]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("vpn printer", {"vpn and printer"}),
        ("vpn OR printer", {"vpn and printer", "vpn alone", "printer alone"}),
        ("vpn | printer alone", {"vpn alone", "printer alone"}),
        ("vpn -printer", {"vpn alone"}),
        ("alone -vpn -printer", set()),
        ('"and printer"', {"vpn and printer"}),
        ('"printer and"', set()),
        ('vpn -"and printer"', {"vpn alone"}),
        ("prin*", {"vpn and printer", "printer alone"}),
        ("-vpn", {"printer alone", "mail"}),
        ('"unfinished', set()),
        ("OR vpn OR", {"vpn and printer", "vpn alone"}),
        ("the vpn", {"vpn and printer", "vpn alone"}),
    ],
)
def test_it_understands_operators(asked: str, expected: set[str], agent: User) -> None:
    for title in ("vpn and printer", "vpn alone", "printer alone", "mail"):
        logged(agent, title=title)
    viewer = viewer_for(agent.pk)
    assert set(found(asked, agent)) == expected
    rows = Incident.objects.visible_to(viewer).filter(search.words_q(asked, viewer))
    assert set(rows.values_list("title", flat=True)) == expected


@pytest.mark.parametrize(
    "asked", ["", "  ", "???", '""', "-", "'", "\\", "\0", "* OR -", "' & !", "%s ::tsquery", "a" * 9000]
)
def test_it_answers_whatever_is_typed(asked: str, agent: User) -> None:
    logged(agent, title="VPN drops")
    assert found(asked, agent, is_typing=True) == []
    viewer = viewer_for(agent.pk)
    list(Incident.objects.filter(search.words_q(asked, viewer)))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.text(max_size=60), weights=st.sampled_from([EVERYTHING, PUBLIC]), typing=st.booleans())
def test_it_makes_a_valid_query_of_any_text(asked: str, weights: str, typing: bool, db: None) -> None:
    question = understand(asked, is_typing=typing)
    if question:
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::tsquery", [compiled(question, weights)])


def test_it_finds_the_beginning_of_the_last_word_only_while_typing(agent: User) -> None:
    logged(agent, title="Printer prints stripes")
    assert found("strip", agent, is_typing=True) == ["Printer prints stripes"]
    assert found("printer str", agent, is_typing=True) == ["Printer prints stripes"]
    assert found("str printer", agent, is_typing=True) == []


def test_it_finds_an_incident_by_its_number_and_its_digits(agent: User) -> None:
    row, _ = logged(agent), logged(agent)
    for text in (row.number, row.number.lower(), row.number[3:].lstrip("0")):
        assert [hit.incident.pk for hit in search.find(text, viewer_for(agent.pk), NOW)][:1] == [row.pk]


def test_it_says_what_was_meant_when_a_word_is_mistyped(agent: User, committed: Committed) -> None:
    with committed():
        logged(agent, title="Printer prints stripes")
        logged(agent, title="Drucker druckt nicht")
    viewer = viewer_for(agent.pk)
    answer = search.answer("pritner", viewer, NOW)
    assert ([hit.incident.title for hit in answer.hits], answer.instead) == (["Printer prints stripes"], "printer")
    assert search.answer("-mail Drukcer", viewer, NOW).instead == "-mail drucker"
    assert search.answer("zzzzzz", viewer, NOW).instead == ""


def test_it_finds_a_part_of_a_long_word(agent: User, committed: Committed) -> None:
    with committed():
        logged(agent, title="Netzwerkdrucker offline")
    assert found("drucker", agent) == ["Netzwerkdrucker offline"]
    viewer = viewer_for(agent.pk)
    assert Incident.objects.filter(search.words_q("drucker", viewer)).count() == 1


def test_it_suggests_no_word_that_stands_only_where_the_reader_may_not_look(committed: Committed) -> None:
    secret = testing.security_class()
    lead = person("team_lead")
    secret.members.add(lead)
    with committed():
        row = logged(lead, title="Embezzlement in accounting", security_class_id=secret.pk)
    assert search.answer("embezzlemant", viewer_for(lead.pk), NOW).instead == "embezzlement"
    for other in (person(), person("admin"), person("requester")):
        answer = search.answer("embezzlemant", viewer_for(other.pk), NOW)
        assert (list(answer.hits), answer.instead, answer.perhaps) == ([], "", "")
        assert search.alike(row.title, viewer_for(other.pk), NOW) == []


WORDS_OF_STAFF = {
    "note": lambda agent, row: actions.add_note(request_as(agent, 5), row.pk, "Suspect zebrafish"),
    "task": lambda agent, row: actions.add_task(request_as(agent, 5), row.pk, title="Call zebrafish"),
    "diagnosis": lambda agent, row: actions.edit_incident(
        request_as(agent, 5), row.pk, texts={"diagnosis": "zebrafish"}
    ),
    "harm": lambda agent, row: actions.edit_incident(request_as(agent, 5), row.pk, texts={"harm": "zebrafish"}),
    "workaround": lambda agent, row: actions.edit_incident(
        request_as(agent, 5), row.pk, texts={"workaround": "Use zebrafish"}
    ),
    "ci": lambda agent, row: actions.edit_incident(
        request_as(agent, 5), row.pk, ci_ids=[testing.ci("zebrafish-01").pk]
    ),
    "reason": lambda agent, row: actions.hold_incident(
        request_as(agent, 5), row.pk, reason="evidence", note="zebrafish must answer"
    ),
}


@pytest.mark.parametrize("where", sorted(WORDS_OF_STAFF))
@pytest.mark.parametrize("asked", ["zebrafish", "zebra*", "vpn -zebrafish", "vpn OR zebrafish", '"zebrafish"'])
def test_it_never_lets_a_requester_find_by_what_staff_wrote(
    where: str, asked: str, agent: User, committed: Committed
) -> None:
    """Neither by asking for the word nor by forbidding it."""
    rita = person("requester")
    with committed():
        row = logged(agent, title="VPN drops", requester_id=rita.pk)
        actions.accept_incident(request_as(agent, 1), row.pk)
        before = (found(asked, rita), _listed(asked, rita))
        WORDS_OF_STAFF[where](agent, row)
    assert (found(asked, rita), _listed(asked, rita)) == before
    hits = search.find("vpn", viewer_for(rita.pk), NOW)
    assert all("zebrafish" not in (hit.snippet.text if hit.snippet else "").lower() for hit in hits)
    assert found("zebrafish", agent) == ["VPN drops"]


def _listed(asked: str, user: User) -> list[int]:
    viewer = viewer_for(user.pk)
    return list(Incident.objects.visible_to(viewer).filter(search.words_q(asked, viewer)).values_list("pk", flat=True))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    public=st.lists(st.sampled_from(["alpha", "beta", "gamma", "alphas"]), min_size=1, max_size=6),
    internal=st.lists(st.sampled_from(["alpha", "beta", "gamma", "delta", "betas"]), max_size=6),
    asked=st.lists(
        st.tuples(
            st.sampled_from(["", "-", "OR "]), st.sampled_from(["alpha", "beta", "gam*", '"alpha beta"', "delta"])
        ),
        min_size=1,
        max_size=4,
    ),
)
def test_it_answers_a_requester_as_if_nothing_internal_were_there(
    public: list[str], internal: list[str], asked: list[tuple[str, str]], db: None
) -> None:
    """The law of the search: for whoever may not see them, texts for staff change no answer."""
    from allclear.incidents.search.index import vector
    from allclear.incidents.search.words import stems

    question = understand(" ".join(f"{sign}{word}" for sign, word in asked))
    known = stems([*public, *internal])
    texts = [vector(1, [("A", public)], known), vector(1, [("A", public), ("D", internal)], known)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT %s::tsvector @@ %s::tsquery, %s::tsvector @@ %s::tsquery",
            [texts[0], compiled(question, PUBLIC), texts[1], compiled(question, PUBLIC)],
        )
        alone, together = cursor.fetchone()
    assert alone == together


def test_it_shows_a_restricted_incident_to_members_of_its_class_only() -> None:
    secret = testing.security_class()
    lead = person("team_lead")
    secret.members.add(lead)
    logged(lead, title="Leak of payroll", security_class_id=secret.pk)
    assert found("payroll", lead) == ["Leak of payroll"]
    for role in ("agent", "admin", "auditor", "incident_manager", "requester"):
        assert found("payroll", person(role)) == []
    assert found("payroll", person(serves=[testing.organisation()])) == []


def test_it_lets_an_agent_find_only_what_belongs_to_their_customers() -> None:
    ours, theirs = testing.organisation(), testing.organisation()
    logged(title="Till broken here", organisation_id=ours.pk)
    logged(title="Till broken there", organisation_id=theirs.pk)
    assert found("till", person(serves=[ours])) == ["Till broken here"]


def test_it_says_where_and_marks_the_words(agent: User) -> None:
    rita = person("requester", name="Rita Pohl")
    row = logged(agent, title="Mail is slow", description="Since noon.\nOnly in Outlook.", requester_id=rita.pk)
    actions.reply_publicly(request_as(agent, 5), row.pk, "Please restart Outlook and the printers.")
    (hit,) = search.find("outlook printer mail", viewer_for(agent.pk), NOW)
    assert [(w.kind, w.at) for w in hit.where] == [("title", None), ("description", instant(0)), ("reply", instant(5))]
    assert (hit.snippet_of and hit.snippet_of.kind) == "reply"
    assert hit.snippet and list(hit.snippet.pieces) == [
        ("Please restart ", False), ("Outlook", True), (" and the ", False), ("printers", True), (".", False),
    ]  # fmt: skip
    assert list(hit.title.pieces) == [("Mail", True), (" is slow", False)]
    assert [w.kind for w in search.find("pohl", viewer_for(agent.pk), NOW)[0].where] == ["requester"]


def test_it_shows_a_piece_around_the_words_of_a_long_text(agent: User) -> None:
    logged(agent, title="Slow", description="before " * 300 + "the needle\nhere " + "after " * 300)
    (hit,) = search.find("needle", viewer_for(agent.pk), NOW)
    assert hit.snippet and "the needle here after" in hit.snippet.text and len(hit.snippet.text) < 240
    assert [hit.snippet.text[start:end] for start, end in hit.snippet.spans] == ["needle"]
    assert hit.snippet.text.startswith("… before") and hit.snippet.text.endswith(" …")


def test_it_ranks_titles_before_texts_open_before_ended_and_fresh_before_old(agent: User) -> None:
    testing.in_status("closed", agent, title="Toner empty, old")
    testing.in_status("closed", agent, title="Toner empty", at=500)
    logged(agent, title="Something", description="toner", at=1)
    logged(agent, title="Toner gone", at=1)
    assert found("toner", agent)[:2] == ["Toner gone", "Something"]
    assert set(found("toner", agent)[2:]) == {"Toner empty", "Toner empty, old"}


def test_it_follows_every_verb_that_changes_words(agent: User) -> None:
    rita, host = person("requester", name="Rita Pohl"), testing.ci("mail-gw-07")
    row = logged(agent, title="Mail is slow", description="firstword")
    actions.edit_incident(
        request_as(agent, 1),
        row.pk,
        fields={"requester_id": rita.pk},
        texts={"description": "secondword"},
        ci_ids=[host.pk],
    )
    assert found("firstword", agent) == []
    assert found("secondword pohl mail-gw-07", agent) == ["Mail is slow"]
    actions.edit_incident(request_as(agent, 2), row.pk, texts={"title": "Letters are slow"}, ci_ids=[])
    assert found("mail", agent) == [] and found("mail-gw-07", agent) == []
    actions.accept_incident(request_as(agent, 3), row.pk)
    assert SearchDocument.objects.get(pk=row.pk).is_open
    actions.resolve_incident(request_as(agent, 4), row.pk, testing.resolution("Replaced the gasket"))
    assert not SearchDocument.objects.get(pk=row.pk).is_open
    assert found("gaskets", agent) == ["Letters are slow"]
    actions.reopen_incident(request_as(agent, 5), row.pk, reason="Again")
    assert SearchDocument.objects.get(pk=row.pk).is_open


def test_it_finds_a_merged_duplicate_and_the_one_that_goes_on(agent: User) -> None:
    one, two = logged(agent, title="Beamer dark"), logged(agent, title="Beamer shows nothing")
    testing.codes()
    actions.merge_incident(request_as(agent, 1), one.pk, two.pk)
    assert found("beamer", agent) == ["Beamer shows nothing", "Beamer dark"]
    assert not SearchDocument.objects.get(pk=one.pk).is_open


def test_it_forgets_what_was_erased(agent: User, committed: Committed) -> None:
    with committed():
        row = logged(agent, title="Mail is slow", description="pseudohypoparathyroidism of the sender")
    assert found("pseudohypoparathyroidism", agent) == ["Mail is slow"]
    with committed():
        Content.objects.filter(incident=row, slot="description").update(body="", erased_at=NOW)
        search.reindex([row.pk])
    assert found("pseudohypoparathyroidism", agent) == []
    assert vocabulary.near(["pseudohypoparathyroidim"]) == {}
    assert vocabulary.containing(["pseudohypo"]) == {}


def test_it_makes_the_index_anew_as_it_was(agent: User) -> None:
    for n in range(3):
        logged(agent, title=f"VPN drops {n}", description="Since noon")
    before = list(SearchDocument.objects.order_by("pk").values_list("pk", "words", "is_open"))
    SearchDocument.objects.all().delete()
    told: list[tuple[int, int]] = []
    for _ in range(2):
        assert search.reindex_all(lambda done, total: told.append((done, total))) == 3
    assert list(SearchDocument.objects.order_by("pk").values_list("pk", "words", "is_open")) == before
    assert told == [(3, 3), (3, 3)]


def test_it_survives_texts_longer_than_postgresql_can_index(agent: User) -> None:
    many = " ".join(f"word{n}x" for n in range(12_000))
    row = logged(agent, title="Long", description=many[:100_000])
    actions.reply_publicly(request_as(agent, 1), row.pk, ("again " * 16_000)[:99_000])
    assert found("word77x again", agent) == ["Long"]


def test_it_knows_incidents_that_are_alike(agent: User, committed: Committed) -> None:
    mail, rita = testing.service("Mail"), person("requester")
    with committed():
        done = testing.in_status("resolved", agent, title="Outlook shows old mails")
        same = logged(agent, title="Outlook keeps asking for a password", service_id=mail.pk, requester_id=rita.pk)
        other = logged(agent, title="Outlook password wanted again and again")
        logged(agent, title="Printer prints stripes")
    viewer = viewer_for(agent.pk)
    hints = search.alike("Outlook asks for password", viewer, NOW, service_id=mail.pk, requester_id=rita.pk)
    assert [hint.incident.pk for hint in hints] == [same.pk, other.pk]
    assert hints[0].shares == ("service", "requester")
    assert hints[0].percent > hints[1].percent >= 30
    assert search.alike("Old mails in Outlook", viewer, NOW)[0].incident.pk == done.pk
    assert search.alike("Old mails in Outlook", viewer, NOW, open_only=True) == []
    assert [h.incident.pk for h in search.alike("Outlok pasword", viewer, NOW)][:1] == [other.pk]
    assert search.alike("the of", viewer, NOW) == [] == search.alike("", viewer, NOW)
    assert search.alike(same.title, viewer_for(person("requester").pk), NOW) == []


def test_it_indexes_a_new_incident_as_it_would_be_read_back(agent: User) -> None:
    """Logging takes the words from memory; reading them from the tables gives the same."""
    rita, tom = person("requester", name="Rita Pohl"), person("requester", name="Tom Berg")
    row = logged(
        agent, title="Mail is slow", description="Since noon", requester_id=rita.pk, on_behalf_of_id=tom.pk,
        service_id=testing.service("Mail").pk, organisation_id=testing.organisation("Harbour").pk, location="Pier 3",
        ci_ids=[testing.ci("mail-gw-07").pk], answers=[("Since when?", "Noon")], tasks=["Call them", "Look"],
    )  # fmt: skip
    before = SearchDocument.objects.values_list("words", "is_open").get(pk=row.pk)
    search.reindex([row.pk])
    after = SearchDocument.objects.values_list("words", "is_open").get(pk=row.pk)
    assert sorted(before[0].split()) == sorted(after[0].split()) and before[1] == after[1]
    for word in ("pohl", "berg", "harbour", "pier", "gw", "noon", "call", "41"):
        assert bool(found(word, agent)) == (word != "41")
