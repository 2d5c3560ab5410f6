"""Every page of an incident and of the queue speaks Spanish, with the translations as they lie in the project.

The records have Spanish words only, so each English word on a page is a text that nobody marked or translated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from allclear.accounts.models import User
from allclear.catalog.models import Category, Code
from allclear.domain.terms import HoldReason, Role, Status
from allclear.incidents import actions
from allclear.incidents.actions import Resolution
from allclear.incidents.models import Attachment, Incident, Task
from allclear.testing import category, ci, logged, organisation, person, request_as, service, team
from allclear.web.incidents.verbs import VERBS
from tests.languages.conftest import script
from tests.rights.test_every_page import ROUTES
from tests.web.screens import HTMX, as_

pytestmark = pytest.mark.django_db

TYPICAL = (
    "the this that these those and or of to with without for from by is are was were been not you your yours it its "
    "here there what when where which who whose why how new open opened closed hold held resolve resolved assign "
    "assigned requester assignee team teams priority impact urgency status save saved edit add added remove removed "
    "search filter more less log logged reply replies note notes file files task tasks person people nobody nothing "
    "somebody ago has have before after until since yet waiting waits must may can should would if then else while "
    "close reopen verify accept refuse withdraw split merge parent child link linked next previous show choose "
    "write read working done wrong empty today yesterday draft report reports service category item items follow "
    "watch watcher watchers responders timeline history answer question changed yes high medium low raised"
)
ENGLISH = frozenset(TYPICAL.split())
FILTER = re.compile(r"[-\w]+:\S+|\bOR\b")  # what is typed into the filter line is one language for everybody
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
SPOKEN = ("title", "aria-label", "placeholder", "alt", "data-key-label", "data-confirm", "aria-description")
SILENT = ("script", "style", "code")
NO_END = ("area", "br", "hr", "img", "input", "link", "meta", "path", "wbr")
CODED = ("chip-field", "chip-value")  # parts of a filter


class Reader(HTMLParser):
    """Collects what a page says: its texts, and the attributes that people read or hear."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        is_button = given.get("type") in ("submit", "button")
        self.texts += [given[name] for name in SPOKEN if name in given]
        self.texts += [given["value"]] if tag == "input" and is_button and "value" in given else []
        is_coded = any(name in given.get("class", "").split() for name in CODED) or given.get("lang", "es") != "es"
        if tag not in NO_END and (self._silent or tag in SILENT or is_coded):
            self._silent.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._silent and self._silent[-1] == tag:
            self._silent.pop()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.texts.append(data)


def left_over(html: str) -> dict[str, str]:
    """The English words of a page, each with the text that it stands in."""
    reader = Reader()
    reader.feed(html)
    texts = [" ".join(FILTER.sub(" ", text).split()) for text in reader.texts]
    return {word: text for text in texts for word in WORD.findall(text.lower()) if word in ENGLISH}


@pytest.fixture(autouse=True)
def translations(tmp_path: Path, settings: Any) -> None:
    """The Spanish catalogue compiled from its source, whether or not somebody ran `make` lately."""
    source = Path(script("messages").LOCALE) / "es" / "LC_MESSAGES"
    target = tmp_path / "es" / "LC_MESSAGES"
    target.mkdir(parents=True)
    for domain in ("django", "djangojs"):
        with (source / f"{domain}.po").open("rb") as po, (target / f"{domain}.mo").open("wb") as mo:
            write_mo(mo, read_po(po, locale="es", domain=domain))
    settings.LOCALE_PATHS = [tmp_path]
    settings.BLOBS = tmp_path / "blobs"


class World:
    """Incidents in every status, with everything on them, and who looks at them."""

    def __init__(self, language: str = "es") -> None:
        there: dict[str, Any] = {"language": language, "time_zone": "Europe/Madrid"}
        Code.objects.get_or_create(list="resolution", key="fixed", defaults={"name": "Solucionado"})
        Code.objects.get_or_create(list="cause", key="change", defaults={"name": "Modificaciones"})
        customer = organisation("Almacenes Sol")
        self.net, self.desk = team(name="Redes"), team(name="Mesa")
        self.staff = person(
            Role.INCIDENT_MANAGER,
            name="Ana Ruiz",
            email="ana@sol.example",
            organisation=customer,
            teams=[self.net, self.desk],
            **there,
        )
        self.other = person(name="Luis Mora", email="luis@sol.example", teams=[self.desk], **there)
        self.requester = person(Role.REQUESTER, name="Eva Gil", email="eva@sol.example", organisation=customer, **there)
        self.form: dict[str, Any] = {
            "requester_id": self.requester.pk, "service_id": service("Correo").pk,
            "category_id": category("Conexiones", default_impact=1, default_urgency=2).pk, "team_id": self.net.pk,
            "description": "Se corta cada hora",
        }  # fmt: skip
        item = ci("router-7")
        self.rows: dict[str, Incident] = {status: self._in(status) for status in Status}
        self.rows["offered"] = self._offered()
        self.full = self._with_everything(item.pk)

    def _in(self, status: Status) -> Incident:
        row = logged(self.staff, title="La VPN se corta", **self.form)
        if status in (Status.NEW, Status.CANCELLED):
            if status == Status.CANCELLED:
                actions.cancel_incident(request_as(self.staff, 1), row.pk, reason="Duplicado")
            return row
        if status == Status.ASSIGNED:
            actions.assign_incident(request_as(self.staff, 1), row.pk, assignee_id=self.staff.pk)
            return row
        actions.accept_incident(request_as(self.staff, 1), row.pk)
        if status == Status.ON_HOLD:
            actions.hold_incident(request_as(self.staff, 2), row.pk, reason=HoldReason.REQUESTER)
        if status in (Status.RESOLVED, Status.CLOSED):
            actions.resolve_incident(request_as(self.staff, 2), row.pk, Resolution("fixed", "Cable cambiado"))
        if status == Status.CLOSED:
            actions.verify_incident(request_as(self.staff, 3), row.pk, is_effective=True, note="Probado")
            actions.close_incident(request_as(self.staff, 4), row.pk)
        return row

    def _offered(self) -> Incident:
        row = logged(self.staff, title="Impresora atascada", **self.form)
        actions.accept_incident(request_as(self.staff, 1), row.pk)
        actions.hand_over_incident(request_as(self.staff, 2), row.pk, team_id=self.desk.pk, reason="Es de la mesa")
        return row

    def _with_everything(self, item: int) -> Incident:
        row = logged(self.staff, title="Red lenta", ci_ids=[item], **self.form)
        at = iter(range(1, 60))

        def now() -> Any:
            return request_as(self.staff, next(at))

        actions.accept_incident(now(), row.pk)
        actions.add_note(now(), row.pk, "Medido")
        actions.reply_publicly(now(), row.pk, "Seguimos con ello")
        actions.add_task(now(), row.pk, title="Cambiar el cable")
        actions.attach_file(now(), row.pk, name="medida.txt", chunks=[b"1"], is_public=True)
        actions.add_responder(now(), row.pk, self.other.pk)
        actions.relate_incident(now(), row.pk, self.rows[Status.NEW].pk)
        actions.link_parent(now(), self.rows[Status.ASSIGNED].pk, row.pk)
        actions.add_contact(now(), row.pk, person_id=self.requester.pk)
        actions.place_retention_hold(now(), row.pk, reason="Caso 12")
        actions.hold_incident(now(), row.pk, reason=HoldReason.EVIDENCE)
        actions.resume_incident(now(), row.pk)
        return row

    def addresses(self, row: Incident) -> Iterator[str]:
        """Every address below an incident, with every verb and everything that is on it."""
        task, file = Task.objects.filter(incident=row).first(), Attachment.objects.filter(incident=row).first()
        values = {
            "<str:number>": row.number,
            "<uuid:file_id>": str(file.pk) if file else None,
            "<str:task_id>": str(task.pk) if task else None,
            "<slug:what>": "responder",
            "<int:key>": str(self.other.pk),
            "<int:position>": "1",
        }
        for route in ROUTES:
            if route.startswith("incidents/<str:number>"):
                for verb in VERBS if "<slug:verb>" in route else [""]:
                    address = route.replace("<slug:verb>", verb.replace("_", "-"))
                    for place, value in values.items():
                        address = address.replace(place, value or place)
                    if "<" not in address:
                        yield f"/{address}"

    def queue_addresses(self) -> Iterator[str]:
        """The queue in each of its views, with filters, groups and every column, and the screens around it."""
        for route in ROUTES:
            if route.startswith("incidents/") and "<" not in route:
                yield f"/{route}"
        queue = reverse("incidents:queue")
        for query in (
            "filter=nada_de_esto", "filter=(vpn", "filter=status:open+priority:3", "filter=", "group=team",
            "group=status", "sort=newest", "view=open", "view=mine", "view=teams", "view=offered", "view=nobody",
            "view=requester", "view=verify", "view=ageing", "view=answer", "view=done", "density=compact",
        ):  # fmt: skip
            yield f"{queue}?{query}"
        yield reverse("incidents:search") + "?q=vpn"
        yield reverse("incidents:search") + "?q=nada"


def texts_of(client: Client, address: str, *, htmx: bool = False) -> str:
    """What a page or fragment answers; nothing for what is no page, or is not for this person."""
    response = client.get(address, headers=HTMX if htmx else {})
    assert response.status_code < 500, address
    is_page = response.headers.get("Content-Type", "").startswith("text/html")
    content = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]  # the test client's answer is either
    return content.decode() if is_page and response.status_code != 302 else ""


def english_on(client: Client, addresses: Iterable[str]) -> tuple[list[str], int]:
    """Every English left-over with its page, and how many pages were read. A verb answers as the dialog it is."""
    found, pages = set(), 0
    for address in addresses:
        html = texts_of(client, address, htmx="/do/" in address)
        pages += bool(html)
        found |= {f"{address}: {word!r} in {text!r}" for word, text in left_over(html).items()}
    return sorted(found), pages


@pytest.fixture
def world(translations: None) -> World:
    return World()


def test_it_finds_english_in_texts_and_in_what_is_read_aloud() -> None:
    html = '<p lang="es">Hola <kbd>X</kbd></p><a title="Close it">ver</a><input type="submit" value="Save">'
    html += '<span class="chip-value">open</span><code>the status:open</code><p>Filtro: team:mine</p>'
    assert left_over(html) == {"close": "Close it", "it": "Close it", "save": "Save"}


def test_it_would_find_pages_that_stayed_english(translations: None) -> None:
    english = World("en")
    found, pages = english_on(as_(english.staff), english.addresses(english.full))
    assert pages > 20
    assert len(found) > pages


def test_it_shows_staff_every_page_of_an_incident_in_spanish(world: World) -> None:
    found, pages = english_on(as_(world.staff), world.addresses(world.full))
    assert found == [], "\n".join(found)
    assert pages > 20


@pytest.mark.parametrize("status", [*Status, "offered"])
def test_it_shows_staff_an_incident_of_each_status_and_its_dialogs_in_spanish(status: str, world: World) -> None:
    row = world.rows[status]
    client = as_(world.staff)
    html = texts_of(client, reverse("incidents:detail", args=[row.number]))
    dialogs = sorted(set(re.findall(rf"/incidents/{row.number}/do/[-a-z]+/", html)))
    assert len(dialogs) > 2
    assert left_over(html) == {}
    assert english_on(client, dialogs)[0] == []


def test_it_shows_the_requester_every_page_of_an_incident_in_spanish(world: World) -> None:
    client, rows = as_(world.requester), [*world.rows.values(), world.full]
    found, _ = english_on(client, [reverse("incidents:detail", args=[row.number]) for row in rows])
    more, pages = english_on(client, world.addresses(world.full))
    assert found + more == [], "\n".join(found + more)
    assert pages > 5


@pytest.mark.parametrize("who", ["staff", "other", "requester"])
def test_it_shows_the_queue_in_spanish(who: str, world: World) -> None:
    viewer: User = getattr(world, who)
    found, pages = english_on(as_(viewer), world.queue_addresses())
    assert found == [], "\n".join(found)
    assert pages > 20


def test_it_names_the_levels_of_the_matrix_in_spanish_in_the_catalogue(world: World) -> None:
    category_page = reverse("catalog:category", args=[Category.objects.get(name="Conexiones").pk])
    for address in (reverse("catalog:categories"), category_page, reverse("admin_area:policies")):
        html = texts_of(as_(world.staff), address)
        assert "Alto" in html
        assert "Medio" in html
        assert left_over(html) == {}, address


def test_it_writes_the_closure_report_in_spanish(world: World) -> None:
    answer = as_(world.staff).get(reverse("incidents:report_pdf", args=[world.full.number]))
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]  # the test client's answer is either
    text = "\n".join(sheet.extract_text() for sheet in PdfReader(BytesIO(content)).pages)
    assert "BORRADOR" in text
    assert left_over(text) == {}
