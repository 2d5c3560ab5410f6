"""Policies: what is in force, every version with what it changed, and the lifecycle's form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from allclear.accounts.models import Team, User
from allclear.accounts.permissions import STAFF, Viewer
from allclear.accounts.queries import open_teams, people_visible_to
from allclear.catalog.actions import change_policy
from allclear.catalog.models import PolicyVersion
from allclear.catalog.policies import DEFAULTS, body_of, in_force
from allclear.kernel.errors import AllclearError, Conflict, NotFound
from allclear.web.admin.spans import span_lines
from allclear.web.admin.versions import differences
from allclear.web.http import Page, signed_in
from allclear.web.records import Key, RecordForm, attempt, listing
from allclear.web.said import localised

KINDS = dict(PolicyVersion.KINDS)


@signed_in
def index(request: Page) -> HttpResponse:
    """The three policies as they are now."""
    request.viewer.require("policy.read")
    now = in_force()
    newest = {row.kind: row for row in PolicyVersion.objects.order_by("kind", "-version").distinct("kind")}
    fallback = Team.objects.filter(pk=now.routing.fallback_team_id or 0).first()
    context = {
        "matrix": now.matrix,
        "rows": [(i, [now.matrix.cells[(i.value, u.value)] for u in now.matrix.urgencies]) for i in now.matrix.impacts],
        "routing": now.routing,
        "fallback": fallback,
        "lifecycle": now.lifecycle,
        "retention": now.retention,
        "alert_rules": now.alert_rules,
        "retention_lines": span_lines(now.retention),
        "newest": newest,
        "may_change": request.viewer.may("policy.change"),
    }
    return render(request, "admin_area/policies.html", context)


@signed_in
def versions(request: Page, kind: str) -> HttpResponse:
    """All versions of a policy, each with what it changed against the one before."""
    request.viewer.require("policy.read")
    if kind not in KINDS:
        raise NotFound(_("There is no such policy."))
    rows = list(PolicyVersion.objects.filter(kind=kind).order_by("-version"))
    page = listing(request, rows, "version", size=20)
    before = {0: DEFAULTS[kind]} | {row.version: row.body for row in rows}
    authors = dict(
        User.objects.filter(pk__in={r.author_id for r in page.rows if r.author_id}).values_list("pk", "name")
    )
    teams = dict(Team.objects.values_list("pk", "name"))
    shown = [
        {
            "row": row,
            "author": authors.get(row.author_id or 0, "Allclear"),
            "moved": differences(kind, before.get(row.version - 1), row.body, teams),
        }
        for row in page.rows
    ]
    back = {"back": reverse("admin_area:policies"), "back_label": _("Policies")}
    context = {"versions": shown, "listing": page, "title": KINDS[kind], "edit_url": edit_url(kind), **back}
    context["may_change"] = request.viewer.may("policy.change")
    return render(request, "admin_area/policy_versions.html", context)


def edit_url(kind: str) -> str:
    """The editor of a policy."""
    elsewhere = {"priority_matrix": "admin_area:matrix", "alert_rules": "alerts:rules_edit"}
    return reverse(elsewhere.get(kind) or f"admin_area:{kind}")


def older(kind: str, chosen: str) -> PolicyVersion | None:
    """The version that the address names, such as `?version=3`; none when it names none."""
    if not chosen:
        return None
    number = int(chosen) if chosen.isascii() and chosen.isdigit() and len(chosen) < 9 else 0
    row = PolicyVersion.objects.filter(kind=kind, version=number).first()
    if row is None:
        raise NotFound(_("There is no such version of this policy. Choose one from the list of its versions."))
    return row


def restoring(row: PolicyVersion) -> str:
    return _("As in version {version} again").format(version=row.version)


def conflict_words(kind: str) -> str:
    """Who saved the version in force, for the one who was second."""
    row = PolicyVersion.objects.filter(kind=kind).order_by("-version").first()
    author = User.objects.filter(pk=row.author_id or 0).values_list("name", flat=True).first() if row else None
    way_on = _("Nothing of yours is saved yet. Look at the versions; saving again puts yours in the place of theirs.")
    if row and row.note:
        text = _("{name} saved version {version} while you were editing ({note}). {way_on}")
    else:
        text = _("{name} saved version {version} while you were editing. {way_on}")
    return text.format(
        name=author or _("Somebody"), version=row.version if row else 1, note=row.note if row else "", way_on=way_on
    )


def in_force_words(kind: str, version: int) -> str:
    """What is said once a new version is saved."""
    return _("{policy}: version {version} is in force.").format(policy=KINDS[kind], version=version)


class Draft:
    """A policy that is being edited: its body, why it changes, what it is based on, and what is wrong with it."""

    def __init__(self, kind: str, body: Mapping[str, Any], version: int, note: str = "") -> None:
        self.kind, self.body, self.version, self.note = kind, body, version, note
        self.errors: list[str] = []
        self.status = 200

    @classmethod
    def to_edit(cls, kind: str, chosen: str = "") -> Draft:
        """What is in force; with `chosen` (a number) the body of that older version, to become the next one."""
        version, body = body_of(kind)
        old = older(kind, chosen)
        return cls(kind, old.body, version, restoring(old)) if old else cls(kind, body, version)

    def save(self, request: Page) -> bool:
        """Put it in force; False when it is refused, with `errors` in words."""
        if not self.note.strip():
            self.errors, self.status = [_("Say why: the note is what others read in a year.")], 422
            return False
        try:
            change_policy(
                request.viewer, self.kind, self.body, note=self.note, expected_version=self.version, now=request.now
            )
        except Conflict as error:
            self.errors, self.status = [conflict_words(self.kind)], error.status
            self.version = body_of(self.kind)[0]
            return False
        except AllclearError as error:
            self.errors, self.status = [localised(error.message)], error.status
            return False
        messages.success(request, in_force_words(self.kind, self.version + 1))
        return True


class LifecycleForm(RecordForm):
    close_after_days = forms.FloatField(
        label=gettext_lazy("Close after days resolved"),
        min_value=0,
        help_text=gettext_lazy("With no word against it. 0: never by itself."),
    )
    requester_reopen_for_days = forms.FloatField(label=gettext_lazy("Requesters reopen within days"), min_value=0)
    staff_reopen_for_days = forms.FloatField(
        label=gettext_lazy("Leads reopen closed ones within days"),
        min_value=0,
        help_text=gettext_lazy("After that: a new incident, related."),
    )
    stalled_after_hours = forms.FloatField(label=gettext_lazy("Stalled after hours without progress"), min_value=0)
    aged_after_days = forms.FloatField(label=gettext_lazy("Aged after days"), min_value=0)
    handover_answer_hours = forms.FloatField(
        label=gettext_lazy("Hand-overs are answered within hours"),
        min_value=0,
        help_text=gettext_lazy("Then the lead of the receiving team is next. 0: they wait for ever."),
    )
    undo_minutes = forms.FloatField(
        label=gettext_lazy("Last verb taken back within minutes"),
        min_value=0,
        help_text=gettext_lazy("By the person who did it. 0: never."),
    )
    bounces_to_coordinator = forms.IntegerField(
        label=gettext_lazy("Bounces that call the coordinator"),
        min_value=0,
        max_value=100,
        help_text=gettext_lazy("0: never."),
    )
    coordinator_id = Key(label=gettext_lazy("Coordinator: a person"), required=False)
    coordinator_team_id = Key(
        label=gettext_lazy("Coordinator: a team"),
        required=False,
        help_text=gettext_lazy("Neither: the incident managers."),
    )
    direct_handover_priorities = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Handed over without an answer"),
        required=False,
        coerce=int,
        choices=[(n, f"P{n}") for n in range(1, 6)],
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Incidents of these priorities move to the other team at once."),
    )
    needs_cause = forms.BooleanField(label=gettext_lazy("Resolving asks for a cause code"), required=False)
    needs_verification = forms.BooleanField(
        label=gettext_lazy("Closing by hand asks for a verification first"), required=False
    )
    note = forms.CharField(label=gettext_lazy("Why this changes"), max_length=300)

    def prepare(self, viewer: Viewer) -> None:
        staff = people_visible_to(viewer).filter(is_active=True, roles__overlap=sorted(STAFF)).order_by("name")
        self.offer("coordinator_id", staff.values_list("pk", "name"))
        self.offer("coordinator_team_id", sorted(open_teams.get().items(), key=lambda team: team[1]))


def _plain(value: Any) -> Any:
    """5 days, not 5.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


@signed_in
def lifecycle(request: Page) -> HttpResponse:
    """The numbers of the lifecycle."""
    request.viewer.require("policy.change")
    version, stored = body_of("lifecycle")
    body = {**in_force().lifecycle.as_body(), **stored}
    if old := older("lifecycle", request.GET.get("version", "")):
        body = {**body, **old.body, "note": restoring(old)}
    shown = {name: _plain(value) for name, value in body.items()} | {"version": version}
    form = LifecycleForm(request.POST if request.method == "POST" else None, initial=shown, viewer=request.viewer)
    if request.method == "POST":

        def verb(values: dict[str, Any], seen: int | None) -> PolicyVersion:
            note = values.pop("note")
            known = {**stored, **values}
            base = version if seen is None else seen
            return change_policy(request.viewer, "lifecycle", known, note=note, expected_version=base, now=request.now)

        saved = attempt(form, verb)
        if saved is not None:
            messages.success(request, in_force_words("lifecycle", saved.version))
            return redirect("admin_area:policies")
        if form.conflict:
            newest = PolicyVersion.objects.filter(kind="lifecycle").order_by("-version")[0]
            author = User.objects.filter(pk=newest.author_id or 0).values_list("name", flat=True).first()
            form.conflict = {**form.conflict, "who": author or _("Somebody"), "at": newest.created_at}
    back = {"back": reverse("admin_area:policies"), "back_label": _("Policies")}
    return render(
        request, "admin_area/lifecycle.html", {"form": form, "version": version, **back}, status=form.http_status
    )
