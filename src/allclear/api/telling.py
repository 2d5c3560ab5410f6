"""How the caller is told: contact methods, rules, and what was sent to them and became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from pydantic import Field

from allclear.api.http import answer, nothing, seen_version, to_json, viewer_of
from allclear.api.own import me
from allclear.api.paging import key_page
from allclear.api.routing import Routes
from allclear.api.schemas import Key, Page, Shape, Strict
from allclear.api.talk import Cursor, Limit
from allclear.domain.notifying import PersonalRules, rules_as_data
from allclear.incidents.models import Incident
from allclear.incidents.paging import KIND
from allclear.kernel import clock
from allclear.kernel.events import position_of
from allclear.notifications import queries
from allclear.notifications.actions import methods
from allclear.notifications.actions.nouns import RULES
from allclear.notifications.actions.preferences import set_rules
from allclear.notifications.models import ContactMethod, Notification
from allclear.notifications.rules import methods_for, rules_for

notifications = Routes("Notifications")


class ContactShape(Shape):
    """`state` is works, off, bad or waiting (for its code). Of `address` only what is no secret is told."""

    id: int
    kind: str
    name: str
    address: str
    state: str
    is_enabled: bool
    created_at: datetime
    verified_at: datetime | None
    bad_since: datetime | None
    bad_reason: str


class NewContactShape(ContactShape):
    """`secret` signs the messages of a web-hook; it is shown this once."""

    secret: str | None


class ContactBody(Strict):
    """`address` is `{"email": ...}`, `{"url": ...}` (a web-hook may add `secret`), or a push subscription."""

    kind: Annotated[str, Field(max_length=10)]
    address: dict[str, Any]
    name: Annotated[str, Field(max_length=80)] = ""


class ContactChange(Strict):
    name: Annotated[str, Field(max_length=80)] | None = None
    is_enabled: bool | None = None


class CodeBody(Strict):
    code: Annotated[str, Field(max_length=20)]


class TestShape(Shape):
    """`key` names the notification that was queued."""

    key: str


class RulesShape(Shape):
    """As `POST` takes them: `high` for pages, `low` for the rest, each with `after_minutes` and `method`."""

    high: list[dict[str, Any]]
    low: list[dict[str, Any]]
    quiet: dict[str, Any] | None
    digest_at: str | None


class RulesBody(Strict):
    high: list[dict[str, Any]] = []
    low: list[dict[str, Any]] = []
    quiet: dict[str, Any] | None = None
    digest_at: str | None = None


@me.get("/contact-methods", list[ContactShape], errors=(401,))
def list_contact_methods(request: HttpRequest) -> HttpResponse:
    """List how you can be reached."""
    rows = ContactMethod.objects.filter(user=viewer_of(request).user_id or 0).order_by("pk")
    return answer([_contact(row) for row in rows])


@me.post("/contact-methods", NewContactShape, status=201)
def add_contact_method(request: HttpRequest, payload: ContactBody) -> HttpResponse:
    """Add an address to be told at. A code goes there; nothing else does before it was confirmed."""
    row = methods.add_method(viewer_of(request), payload.model_dump(), now=clock.now())
    secret = row.address.get("secret") if row.kind == "webhook" else None
    response = answer(_contact(row) | {"secret": secret}, 201)
    response.kept_body = to_json(_contact(row) | {"secret": None})  # type: ignore[attr-defined]  # see idempotency.py
    return response


@me.patch("/contact-methods/{pk}", ContactShape)
def change_contact_method(request: HttpRequest, pk: Key, payload: ContactChange) -> HttpResponse:
    """Rename it, or switch it off and on."""
    values = {name: value for name, value in payload.model_dump().items() if value is not None}
    return answer(_contact(methods.change_method(viewer_of(request), pk, values, now=clock.now())))


@me.post("/contact-methods/{pk}/confirm", ContactShape)
def confirm_contact_method(request: HttpRequest, pk: Key, payload: CodeBody) -> HttpResponse:
    """Confirm it by the code that came."""
    return answer(_contact(methods.confirm_method(viewer_of(request), pk, payload.code, now=clock.now())))


@me.post("/contact-methods/{pk}/send-code", None, status=204)
def send_contact_code(request: HttpRequest, pk: Key) -> HttpResponse:
    """Send a new code; the one before is worthless then."""
    methods.send_code(viewer_of(request), pk, now=clock.now())
    return nothing()


@me.post("/contact-methods/{pk}/test", TestShape)
def test_contact_method(request: HttpRequest, pk: Key) -> HttpResponse:
    """Send a test there."""
    return answer({"key": methods.test_method(viewer_of(request), pk, now=clock.now())})


@me.delete("/contact-methods/{pk}", None, status=204)
def remove_contact_method(request: HttpRequest, pk: Key) -> HttpResponse:
    """Remove it; nothing goes there any more."""
    methods.remove_method(viewer_of(request), pk, now=clock.now())
    return nothing()


@me.get("/notification-rules", RulesShape, errors=(401,))
def read_notification_rules(request: HttpRequest) -> HttpResponse:
    """Read when and by what you are told."""
    key = viewer_of(request).user_id or 0
    return _rules(key, rules_for(key, methods_for(key)))


@me.post("/notification-rules", RulesShape, versioned=True)
def set_notification_rules(request: HttpRequest, payload: RulesBody) -> HttpResponse:
    """Replace your rules."""
    viewer = viewer_of(request)
    key = viewer.user_id or 0
    return _rules(
        key, set_rules(viewer, key, payload.model_dump(), clock.now(), expected_version=seen_version(request))
    )


class AttemptShape(Shape):
    at: datetime
    took_ms: int
    is_accepted: bool
    is_permanent: bool
    said: str


class NotificationShape(Shape):
    """`title` is empty where it is not for you. `incident` is its number, if you may see it."""

    id: int
    key: str
    user_id: int | None
    kind: str
    channel: str
    state: str
    title: str
    incident: str | None
    priority: int | None
    queued_at: datetime
    due_at: datetime
    handed_over_at: datetime | None
    delivered_at: datetime | None
    seen_at: datetime | None
    acknowledged_at: datetime | None
    ended_reason: str
    tries: int


class NotificationWithAttempts(NotificationShape):
    attempts: list[AttemptShape]
    why: list[dict[str, Any]]


@notifications.get("", Page[NotificationShape], errors=(401, 403, 422))
def list_notifications(
    request: HttpRequest, user_id: Key | None = None, limit: Limit = 50, cursor: Cursor = ""
) -> HttpResponse:
    """List what was sent, the newest first: yours, or with the right `audit.read` another person's."""
    viewer = viewer_of(request)
    rows = queries.notifications_of(viewer, user_id)
    return answer(key_page(rows, cursor, limit, lambda row: _notification(request, row), ("-id",)))


@notifications.get("/{pk}", NotificationWithAttempts)
def read_notification(request: HttpRequest, pk: Key) -> HttpResponse:
    """Read one with every try to hand it over, and the rules that sent it."""
    row = queries.notification(viewer_of(request), pk)
    names = AttemptShape.model_fields
    attempts = [{name: getattr(attempt, name) for name in names} for attempt in row.attempts.all()]
    return answer(_notification(request, row) | {"attempts": attempts, "why": row.why})


def _contact(row: ContactMethod) -> dict[str, Any]:
    names = ("kind", "name", "is_enabled", "created_at", "verified_at", "bad_since", "bad_reason")
    told = {"id": row.pk} | {name: getattr(row, name) for name in names}
    return told | {"address": queries.address_words(row.kind, row.address), "state": queries.state_of(row)}


def _rules(user_id: int, rules: PersonalRules) -> HttpResponse:
    return answer(rules_as_data(rules), version=position_of(RULES.stream, user_id))


def _notification(request: HttpRequest, row: Notification) -> dict[str, Any]:
    viewer, number = viewer_of(request), None
    if row.subject_kind == KIND and row.subject_id:
        seen = Incident.objects.visible_to(viewer).filter(pk=row.subject_id)
        number = seen.values_list("number", flat=True).first()
    is_known = row.user_id == viewer.user_id or number is not None
    names = set(NotificationShape.model_fields) - {"id", "title", "incident"}
    told = {name: getattr(row, name) for name in names}
    return {"id": row.pk, "title": queries.title_of(row) if is_known else "", "incident": number} | told
