"""Every address of the screens, as every role and as a stranger: a new page cannot forget its rights."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django import Settings

from allclear.accounts.models import User
from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.alerts.actions.integrations import add_integration
from allclear.alerts.actions.replaying import try_integration
from allclear.alerts.models import Alert, AlertDecision, AlertEvent, Storm
from allclear.alerts.tests import quieting
from allclear.catalog.models import Question
from allclear.domain.terms import Role
from allclear.incidents import actions
from allclear.incidents.actions.clocks import reckon
from allclear.incidents.models import Attachment, Incident, Task
from allclear.incidents.projection import state_of
from allclear.kernel.clock import now
from allclear.notifications.models import Gateway, Notification, Webhook
from allclear.testing import (
    T0,
    agreement,
    business_calendar,
    calendar,
    category,
    ci,
    codes,
    contact,
    heartbeat,
    in_status,
    logged,
    person,
    policy,
    promise,
    request_as,
    schedule,
    security_class,
    service,
    team,
    what_if,
)

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

SECRET = "zebra-quartz-9134"  # stands in every text of the classified incident, and nowhere else
NOTE = "walnut-ember-5527"  # stands in an internal note of the requester's own incident
OPEN_TO_ALL = {
    "page/<str:token>/",  # the signed link is the proof; this one is refused in words
    "", "healthz", "welcome/", "live",  # under this server an empty answer for everybody
    "-/healthy", "-/ready", "webhooks/<str:key>/-/healthy", "webhooks/<str:key>/-/ready",  # as Alertmanager has them
    "words/<slug:language>.<slug:digest>.js",  # what the browser says, in a language
    "sw.js", "manifest.webmanifest",  # what makes it an app
    "oncall/feeds/<str:key>.ics",  # calendar programs cannot log in; the address is the secret
    "account/login/", "account/logout/", "account/inactive/", "account/help/", "account/join/",
}  # fmt: skip
CLOSED_DOORS = {302, 401, 403, 404, 405, 409}  # 409: a sentence in the dialog that asked
STAFF_ONLY = ("admin/", "alerts/", "catalog/", "oncall/", "reports/", "styleguide/")


def patterns(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address but the API's, which has a walk of its own, with its route."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            if not route.startswith("api/"):
                yield from patterns(entry, route)
        else:
            yield route, entry


ROUTES = sorted(dict(patterns()))


class World:
    """A classified incident with everything on it, an ordinary one with a note, and a person of each role."""

    def __init__(self) -> None:
        codes()
        self.keeper = person("team_lead", name="Keeper of secrets")
        self.people = {role: person(role) for role in Role}
        self.class_ = security_class(self.keeper)
        self.requester = self.people[Role.REQUESTER]
        self.secret = self._secret()
        self.own = logged(self.people[Role.AGENT], title="Printer jams", requester_id=self.requester.pk)
        actions.add_note(request_as(self.people[Role.AGENT], 5), self.own.pk, NOTE)
        self.catalog = {"service": service(), "ci": ci(), "category": category(), "team": team(self.people[Role.AGENT])}
        self._promise()
        contact(self.requester)
        self.notification = self._notification()
        self.rota = schedule(self.people[Role.AGENT])
        self.policy = policy(self.keeper, exhausted=self.keeper)
        self.gateway = Gateway.objects.create(kind="sms", name="Twilio", address={"url": "json://127.0.0.1/{number}"})
        self.calendar = business_calendar()
        self.hook = Webhook.objects.create(name="Bot", address={"url": "https://example.org", "secret": "whsec_x"})
        self.agreement = agreement(promise("resolution", 60, calendar()))
        self.what_if = what_if(self.keeper)
        self.heartbeat = heartbeat("Backup")
        self.integration, _key = add_integration(SYSTEM_VIEWER, {"kind": "json", "name": "Monitor"}, now=T0)
        self.delivery = try_integration(SYSTEM_VIEWER, self.integration.pk, now=T0)
        self.alert = self._alert()
        self.quiet = self._quiet()
        self.question = Question.objects.create(category=self.catalog["category"], text="Since when?")

    def _quiet(self) -> dict[str, int]:
        """One of each that keeps alerts quiet, with an alert that one of them holds, and a storm."""
        silenced = quieting.silence("alertname=DiskFull", ends_at=now() + timedelta(hours=1), at=now())
        window = quieting.window(at=now(), services=[self.catalog["service"].pk])
        storm = Storm.objects.create(started_at=T0, last_opened_at=now(), incident_ids=[self.secret.pk, self.own.pk])
        quieting.suppressed("silence", silenced.pk)
        return {
            "quiet/silences": silenced.pk, "quiet/maintenance": window.pk, "storms": storm.pk,
            "quiet/inhibitions": quieting.inhibition(at=now()).pk,
        }  # fmt: skip

    def _promise(self) -> None:
        """That both are answered and solved in time; one of it is over, one still runs."""
        hours = calendar(zone="Europe/Berlin", week=[{"days": [1, 2, 3, 4, 5], "from": "08:00", "to": "17:00"}])
        agreement(promise("response", 30, hours), promise("resolution", 240, hours, thresholds=[{"percent": 75}]))
        for row in (self.secret, self.own):
            reckon(row, state_of(row), T0 + timedelta(minutes=10))

    def _notification(self) -> Notification:
        """Of the classified incident, to one who may know of it."""
        message = {"subject": f"Yarrow {SECRET}", "text": SECRET}
        return Notification.objects.create(
            key="secret", user=self.keeper, method=contact(self.keeper), channel="email", kind="page", message=message,
            subject_kind="incident", subject_id=self.secret.pk, queued_at=T0, due_at=T0, state="accepted",
        )  # fmt: skip

    def _alert(self) -> Alert:
        """Of the classified incident, which what was decided names; the alert itself is for everybody at the desk."""
        trace = [{"rule": "alerts", "summary": SECRET, "version": 1, "steps": []}]
        row = Alert.objects.create(
            integration=self.integration, dedup_key="given.1:disk", title="Disk is full", labels={"host": "web1"},
            first_seen_at=T0, last_seen_at=T0, outcome="opened", incident=self.secret, trace=trace,
        )  # fmt: skip
        AlertEvent.objects.create(
            alert=row, delivery_id=self.delivery.pk, position=1, integration=self.integration, action="trigger",
            severity="error", received_at=T0, outcome="opened",
        )  # fmt: skip
        decided = {"decided_at": T0, "kind": "decided", "outcome": "opened", "trace": trace}
        AlertDecision.objects.create(alert=row, incident_id=self.secret.pk, **decided)
        return row

    def _secret(self) -> Incident:
        row = in_status("resolved", self.keeper, title=f"Yarrow {SECRET}", description=SECRET)
        request = request_as(self.keeper, 10, occurred_at=None)
        actions.add_note(request, row.pk, SECRET)
        actions.reply_publicly(request, row.pk, SECRET)
        actions.add_task(request, row.pk, title=SECRET)
        actions.attach_file(request, row.pk, name=f"{SECRET}.txt", chunks=[SECRET.encode()])
        actions.edit_incident(request, row.pk, fields={"security_class_id": self.class_.pk})
        row.refresh_from_db()
        return row

    def address(self, route: str, incident: Incident) -> str:
        """The route with keys of records that are there."""
        task = Task.objects.filter(incident=incident).first()
        file = Attachment.objects.filter(incident=incident).first()
        values = {
            "<str:number>": incident.number,
            "<uuid:file_id>": str(file.pk) if file else "01890000-0000-7000-8000-000000000000",
            "<str:task_id>": str(task.pk) if task else "01890000-0000-7000-8000-000000000000",
            "<slug:verb>": "note" if "bulk/" in route else "edit",
            "<str:token>": "none",  # the link in a page is signed
            "<str:name>": "none",
            "<path:name>": "none",
            "<uuid:key>": "01890000-0000-7000-8000-000000000000",
            "<slug:what>": "watcher",
            "<int:key>": str(self.keeper.pk),
            "<slug:noun>": "service",
            "<str:key>": self.rota.feed_key,
            "<slug:kind>": "routing",
            "<slug:language>": "de",
            "<slug:digest>": "0",
            "<slug:dialect>": "json",
        }
        for place, value in values.items():
            route = route.replace(place, value)
        nouns = ("notifications", "oncall/policies", "webhooks", "gateways", "services", "cis", "categories")
        nouns += (
            "questions",
            "teams",
            "people",
            "schedules",
            "admin/calendars",
            "what-ifs",
            "agreements",
            "heartbeats",
            "integrations",
            "deliveries",
            "alerts/<int:pk>",
        )
        nouns = (*self.quiet, *nouns)
        noun = next((word for word in nouns if word in route), "")
        keys = self.quiet | {
            "services": self.catalog["service"].pk,
            "cis": self.catalog["ci"].pk,
            "categories": self.catalog["category"].pk,
            "questions": self.question.pk,
            "teams": self.catalog["team"].pk,
            "people": self.requester.pk,
            "notifications": self.notification.pk,
            "schedules": self.rota.pk,
            "what-ifs": self.what_if.pk,
            "oncall/policies": self.policy.pk,
            "webhooks": self.hook.pk,
            "gateways": self.gateway.pk,
            "agreements": self.agreement.pk,
            "heartbeats": self.heartbeat.pk,
            "integrations": self.integration.pk,
            "deliveries": self.delivery.pk,
            "alerts/<int:pk>": self.alert.pk,
            "admin/calendars": self.calendar.pk,
        }
        route = route.replace("<int:pk>", str(keys.get(noun, 1)))
        while "<int:" in route:
            start = route.index("<int:")
            route = route[:start] + "1" + route[route.index(">", start) + 1 :]
        assert "<" not in route, f"{route}: give this place a value in the test"
        return "/" + route


@pytest.fixture
def world(settings: Settings, tmp_path: object) -> World:
    settings.BLOBS = tmp_path
    return World()


def body(client: Client, address: str, *, htmx: bool = False) -> tuple[int, str]:
    headers = {"HX-Request": "true"} if htmx else {}
    response = client.get(address, headers=headers)
    content = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
    return response.status_code, content.decode("utf-8", "replace")


def logged_in(user: User) -> Client:
    client = Client(raise_request_exception=True)
    client.force_login(user)
    return client


def test_a_stranger_gets_no_page_but_the_entrance(world: World) -> None:
    for route in ROUTES:
        for incident in (world.secret, world.own):
            status, text = body(Client(), world.address(route, incident))
            assert SECRET not in text
            assert NOTE not in text
            if route not in OPEN_TO_ALL:
                assert status in CLOSED_DOORS, f"{route} answers {status} to a stranger"


@pytest.mark.parametrize("role", list(Role))
def test_nobody_outside_the_class_reads_a_word_of_a_classified_incident(role: Role, world: World) -> None:
    client = logged_in(world.people[role])
    for route in ROUTES:
        address = world.address(route, world.secret)
        for query in ("", f"?q={SECRET}&title={SECRET}"):
            for htmx in (False, True):
                status, text = body(client, address + query, htmx=htmx)
                assert "Yarrow" not in text, f"{role} reads {address}{query}"
                assert status < 500, f"{role} gets {status} from {address}{query}"
                if not query:
                    assert SECRET not in text, f"{role} reads {address}"
                if "<str:number>" in route:
                    assert status in CLOSED_DOORS, f"{role} gets {status} from {address}"


@pytest.mark.parametrize("role", list(Role))
def test_pages_fail_for_no_role(role: Role, world: World) -> None:
    """Of an incident that they may see; the walk before has asked for all other pages."""
    client = logged_in(world.people[role])
    for route in ROUTES:
        if (address := world.address(route, world.own)) == world.address(route, world.secret):
            continue
        for htmx in (False, True):
            status, _ = body(client, address, htmx=htmx)
            assert status < 500, f"{role} gets {status} from {route}"


def test_a_requester_reads_no_internal_note_and_no_staff_page(world: World) -> None:
    client = logged_in(world.requester)
    for route in ROUTES:
        status, text = body(client, world.address(route, world.own))
        assert NOTE not in text, f"the requester reads a note on {route}"
        if route.startswith(STAFF_ONLY) and route not in OPEN_TO_ALL:
            assert status in CLOSED_DOORS, f"the requester gets {status} from {route}"


def test_an_outsider_among_requesters_sees_nothing_of_another_ones_incident(world: World) -> None:
    client = logged_in(person("requester"))
    for route in (r for r in ROUTES if "<str:number>" in r):
        status, text = body(client, world.address(route, world.own))
        assert status in CLOSED_DOORS - {302}, f"an outsider gets {status} from {route}"
        assert "Printer jams" not in text


def test_the_keeper_of_the_class_does_read_it(world: World) -> None:
    status, text = body(logged_in(world.keeper), f"/incidents/{world.secret.number}/")
    assert status == 200
    assert SECRET in text
