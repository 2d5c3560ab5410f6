"""The start page of administration: what there is, and what to do first."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from allclear.accounts.models import SecurityClass, Skill, Team
from allclear.accounts.queries import organisations_visible_to, people_visible_to
from allclear.catalog.models import Code, CustomField, IncidentTemplate, PolicyVersion, Service
from allclear.incidents.models import Incident
from allclear.kernel.errors import NotPermitted
from allclear.web.http import Page, signed_in

# label, icon, address, permission, what it is for
AREAS = [
    ("People", "user", "people", "accounts.read", "Who reports, who works, and what each may do"),
    ("Teams", "users", "teams", "accounts.read", "Support groups, their members, leads and load"),
    ("Organisations", "building-2", "organisations", "accounts.read", "Customers, their parts, and suppliers"),
    ("Skills", "star", "skills", "accounts.read", "What people can do; routing asks for it"),
    ("Security classes", "shield", "security_classes", "accounts.change", "Incidents that few may see"),
    ("Policies", "git-branch", "policies", "policy.read", "Priority matrix, routing rules, lifecycle"),
    ("Templates", "file-text", "templates", "catalog.change", "Quick starts for frequent incidents"),
    ("Codes", "list-checks", "codes", "catalog.change", "Resolution and cause codes"),
    ("Custom fields", "sliders-horizontal", "fields", "catalog.change", "Your own fields of incidents"),
    ("Audit log", "history", "audit", "audit.read", "Who changed what in administration"),
]


@signed_in
def index(request: Page) -> HttpResponse:
    """Tiles of everything that the viewer may administer, and the first steps of a new installation."""
    viewer = request.viewer
    if not viewer.may("accounts.read"):
        raise NotPermitted("Administration is for staff. Your incidents are one click away.")
    counts = {
        "people": people_visible_to(viewer).filter(is_active=True).count(),
        "teams": Team.objects.filter(is_active=True).count(),
        "organisations": organisations_visible_to(viewer).filter(is_active=True).count(),
        "skills": Skill.objects.count(),
        "security_classes": SecurityClass.objects.count(),
        "policies": PolicyVersion.objects.values("kind").distinct().count(),
        "templates": IncidentTemplate.objects.filter(is_active=True).count(),
        "codes": Code.objects.filter(is_active=True).count(),
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
            "Add a team",
            "Somebody has to take what comes in: begin with the service desk.",
            "admin_area:team_add",
            counts["teams"],
        ),
        ("Add the people who work with you", "Give agents a log-in.", "admin_area:person_add", counts["people"] > 1),
        (
            "Add a service",
            "What you offer, so that incidents can name it.",
            "catalog:service_add",
            Service.objects.exists(),
        ),
        ("Look at the categories", "A few are there. Make them yours.", "catalog:categories", None),
        (
            "Send incidents to a team",
            "Routing rules, and a team for what no rule matches.",
            "admin_area:routing",
            _is_routed(),
        ),
        ("Log the first incident", "Try it with a real one.", "incidents:log", Incident.objects.exists()),
    ]
    if all(done or done is None for *__, done in steps):
        return []
    return [
        {"title": title, "text": text, "url": reverse(name), "done": bool(done)} for title, text, name, done in steps
    ]


def _is_routed() -> bool:
    body = PolicyVersion.objects.filter(kind="routing").order_by("-version").values_list("body", flat=True).first()
    return bool(body and (body.get("rules") or body.get("fallback_team_id")))
