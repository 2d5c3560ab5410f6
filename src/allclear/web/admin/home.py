"""The start page of administration: what there is, and what to do first."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from allclear.accounts.models import SecurityClass, Skill, Team
from allclear.accounts.queries import organisations_visible_to, people_visible_to
from allclear.catalog.models import Code, CustomField, IncidentTemplate, PolicyVersion, Service
from allclear.incidents.models import Incident
from allclear.kernel.errors import NotPermitted
from allclear.kernel.words import say
from allclear.notifications.models import Gateway
from allclear.slas.models import Agreement, BusinessCalendar
from allclear.web.http import Page, signed_in

# label, icon, address, permission, what it is for
AREAS = [
    (
        _("People"),
        "user",
        "people",
        "accounts.read",
        _("Who reports, who works, and what each may do"),
    ),
    (
        _("Teams"),
        "users",
        "teams",
        "accounts.read",
        _("Support groups, their members, leads and load"),
    ),
    (
        _("Organisations"),
        "building-2",
        "organisations",
        "accounts.read",
        _("Customers, their parts, and suppliers"),
    ),
    (
        _("Skills"),
        "star",
        "skills",
        "accounts.read",
        _("What people can do; routing asks for it"),
    ),
    (
        _("Security classes"),
        "shield",
        "security_classes",
        "accounts.change",
        _("Incidents that few may see"),
    ),
    (
        _("Policies"),
        "git-branch",
        "policies",
        "policy.read",
        _("Priority matrix, routing rules, lifecycle, retention"),
    ),
    (
        _("Agreements"),
        "timer",
        "agreements",
        "policy.read",
        _("What was promised, by when, and what happens before it is late"),
    ),
    (
        _("Business calendars"),
        "calendar",
        "calendars",
        "policy.read",
        _("Working hours, holidays and days of your own"),
    ),
    (
        _("Templates"),
        "file-text",
        "templates",
        "catalog.change",
        _("Quick starts for frequent incidents"),
    ),
    (_("Codes"), "list-checks", "codes", "catalog.change", _("Resolution and cause codes")),
    (
        _("Custom fields"),
        "sliders-horizontal",
        "fields",
        "catalog.change",
        _("Your own fields of incidents"),
    ),
    (_("Gateways"), "phone", "gateways", "accounts.change", _("Text messages and phone calls")),
    (_("Audit log"), "history", "audit", "audit.read", _("Who changed what in administration")),
]


@signed_in
def index(request: Page) -> HttpResponse:
    """Tiles of everything that the viewer may administer, and the first steps of a new installation."""
    viewer = request.viewer
    if not viewer.may("accounts.read"):
        raise NotPermitted(say("Administration is for staff. Your incidents are one click away."))
    counts = {
        "people": people_visible_to(viewer).filter(is_active=True).count(),
        "teams": Team.objects.filter(is_active=True).count(),
        "organisations": organisations_visible_to(viewer).filter(is_active=True).count(),
        "skills": Skill.objects.count(),
        "security_classes": SecurityClass.objects.count(),
        "agreements": Agreement.objects.count(),
        "policies": PolicyVersion.objects.values("kind").distinct().count(),
        "calendars": BusinessCalendar.objects.filter(is_active=True).count(),
        "templates": IncidentTemplate.objects.filter(is_active=True).count(),
        "codes": Code.objects.filter(is_active=True).count(),
        "gateways": Gateway.objects.filter(is_active=True).count(),
        "fields": CustomField.objects.filter(is_active=True).count(),
    }
    areas = [
        {"label": text, "icon": icon, "url": reverse(f"admin_area:{name}"), "text": about, "count": counts.get(name)}
        for text, icon, name, permission, about in AREAS
        if viewer.may(permission)
    ]
    steps = _first_steps(counts) if viewer.may("accounts.change") else []
    return render(request, "admin_area/index.html", {"areas": areas, "steps": steps})


def _first_steps(counts: dict[str, int]) -> list[dict[str, object]]:
    """What a new installation still needs; empty once all is done."""
    steps = [
        (
            _("Add a team"),
            _("Somebody has to take what comes in: begin with the service desk."),
            "admin_area:team_add",
            counts["teams"],
        ),
        (
            _("Add the people who work with you"),
            _("Give agents a log-in."),
            "admin_area:person_add",
            counts["people"] > 1,
        ),
        (
            _("Add a service"),
            _("What you offer, so that incidents can name it."),
            "catalog:service_add",
            Service.objects.exists(),
        ),
        (_("Look at the categories"), _("A few are there. Make them yours."), "catalog:categories", None),
        (
            _("Send incidents to a team"),
            _("Routing rules, and a team for what no rule matches."),
            "admin_area:routing",
            _is_routed(),
        ),
        (_("Log the first incident"), _("Try it with a real one."), "incidents:log", Incident.objects.exists()),
    ]
    if all(done or done is None for *__, done in steps):
        return []
    return [
        {"title": title, "text": text, "url": reverse(name), "done": bool(done)} for title, text, name, done in steps
    ]


def _is_routed() -> bool:
    body = PolicyVersion.objects.filter(kind="routing").order_by("-version").values_list("body", flat=True).first()
    return bool(body and (body.get("rules") or body.get("fallback_team_id")))
