"""How a person is told: their contact methods, one's own or, for administrators, another's."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from allclear.accounts.models import User
from allclear.accounts.queries import people_visible_to
from allclear.domain.notifying import PersonalRules
from allclear.domain.weekly import WeeklySpan
from allclear.kernel.errors import NotFound
from allclear.kernel.words import say
from allclear.notifications.actions import methods
from allclear.notifications.channels.push import public_key
from allclear.notifications.models import ContactMethod, Gateway, Notification
from allclear.notifications.queries import Outlook, address_words, outlook, state_of
from allclear.web.account.shift_forms import form_for as shifts_form
from allclear.web.account.told_forms import DAYS, KIND_WORDS, CodeForm, form_for
from allclear.web.http import Page, signed_in
from allclear.web.records import RecordForm, attempt, found

_GOOD = RecordForm  # what was not sent is not wrong
_ICONS = {
    "email": "mail",
    "push": "bell-ring",
    "ntfy": "bell",
    "chat": "message-square",
    "sms": "message-square",
    "voice": "phone",
    "webhook": "link",
}


def whose(request: Page, pk: int | None) -> User:
    """The person that the page is about: oneself, or for an administrator anybody they may know of."""
    if pk is None:
        request.viewer.require("profile.own")
        return User.objects.get(pk=request.viewer.user_id or 0)
    request.viewer.require("accounts.change")
    return found(people_visible_to(request.viewer), pk, "person")


def told_url(request: Page, user_id: int, part: str = "told") -> str:
    """The page about this person: `told`, `told_add` or `told_rules`."""
    if user_id == request.viewer.user_id:
        return reverse(f"account_area:{part}")
    return reverse(f"admin_area:person_{part}", args=[user_id])


def frame(request: Page, user: User) -> dict[str, Any]:
    """What every page here shows: about whom, and where its parts are."""
    is_own = user.pk == request.viewer.user_id
    return {
        "person_row": user,
        "is_own": is_own,
        "told_url": told_url(request, user.pk),
        "add_url": told_url(request, user.pk, "told_add"),
        "rules_url": told_url(request, user.pk, "told_rules"),
    }


@never_cache
@signed_in
def show(request: Page, pk: int | None = None) -> HttpResponse:
    """Contact methods with how they are, the rules, and what would happen at a page now."""
    user = whose(request, pk)
    return page(request, user)


def page(request: Page, user: User, form: CodeForm | None = None, shifts: RecordForm | None = None) -> HttpResponse:
    """The page with a form on it that was not filled in well."""
    rows = list(ContactMethod.objects.filter(user=user).order_by("pk"))
    names = {row.pk: name_of(row) for row in rows}
    seen = outlook(user, request.now)
    is_own = user.pk == request.viewer.user_id
    context = frame(request, user) | {
        "lines": [_line(row, names[row.pk], form) for row in rows],
        "outlook": seen,
        "steps": steps(seen, names),
        "rules": described(seen.rules, names),
        "back": reverse("account_area:profile") if is_own else reverse("admin_area:person", args=[user.pk]),
        "back_label": _("Your profile") if is_own else user.name,
        "may_see_sent": is_own or request.viewer.may("audit.read"),
        "push_key": public_key() if is_own else "",
        "shifts": shifts or shifts_form(user.pk, is_own=is_own) if user.is_staff else None,
        "shifts_url": told_url(request, user.pk, "told_shifts"),
        "sent_url": reverse("notifications:list") + ("" if is_own else f"?person={user.pk}"),
    }
    return render(request, "account_area/told.html", context, status=(form or shifts or _GOOD).http_status)


def _line(row: ContactMethod, name: str, form: CodeForm | None) -> dict[str, Any]:
    given = form if form is not None and form.pk == row.pk else CodeForm(auto_id=f"code-{row.pk}-%s")
    last = Notification.objects.filter(method=row).exclude(state="queued").order_by("-queued_at").first()
    return {
        "row": row,
        "name": name,
        "icon": _ICONS[row.kind],
        "state": state_of(row),
        "form": given,
        "last": last,
    }


def name_of(row: ContactMethod) -> str:
    """What screens call it: its kind, and its own name or address."""
    return f"{row.get_kind_display()} · {row.name or address_words(row.kind, row.address)}"


def steps(seen: Outlook, names: dict[int, str]) -> list[dict[str, Any]]:
    """What goes out when they are paged now, by what and when."""
    return [{"at": one.at, "name": names.get(one.method, "–"), "why": one.why} for one in seen.plan.planned]


def described(rules: PersonalRules, names: dict[int, str]) -> dict[str, Any]:
    """The rules as sentences."""

    def lines(part: Any) -> list[str]:
        return [_rule_words(int(rule.after.total_seconds()) // 60, names.get(rule.method, "–")) for rule in part]

    quiet = rules.quiet
    return {
        "high": lines(rules.high),
        "low": lines(rules.low),
        "quiet": [span_words(span) for span in quiet.spans] if quiet else [],
        "is_agreed": bool(quiet and quiet.is_agreed),
        "digest": f"{rules.digest_at:%H:%M}" if rules.digest_at else "",
    }


def _rule_words(minutes: int, name: str) -> str:
    if not minutes:
        return _("At once: {name}").format(name=name)
    text = ngettext("After {count} minute: {name}", "After {count} minutes: {name}", minutes)
    return text.format(count=minutes, name=name)


def span_words(span: WeeklySpan) -> str:
    """Mon, Tue 22:00 to 07:00."""
    days = ", ".join(str(DAYS[day]) for day in sorted(span.days))
    return _("{days} {begin} to {end}").format(days=days, begin=f"{span.begins_at:%H:%M}", end=f"{span.ends_at:%H:%M}")


@never_cache
@signed_in
def add(request: Page, pk: int | None = None) -> HttpResponse:
    """A new contact method; `?kind=` chooses what fields it has."""
    user = whose(request, pk)
    may_all = request.viewer.may("oncall.own")
    kinds = [kind for kind in KIND_WORDS if kind != "push" and (may_all or kind in methods.FOR_ALL)]
    kind = request.GET.get("kind", "")
    kind = kind if kind in kinds else kinds[0]
    has_gateway = Gateway.objects.filter(kind=kind, is_active=True).exists()
    number = user.phone if has_gateway else None
    form = form_for(kind, request.POST if request.method == "POST" else None, number=number)
    if request.method == "POST":

        def verb(values: dict[str, Any], _seen: int | None) -> ContactMethod:
            name = values.pop("name")
            told = {"user_id": user.pk, "kind": kind, "name": name, "address": values}
            return methods.add_method(request.viewer, told, now=request.now)

        row = attempt(form, verb)
        if row is not None:
            return _added(request, row)
    context = frame(request, user) | {
        "form": form,
        "kind": kind,
        "words": KIND_WORDS[kind],
        "kinds": [{"value": k, "label": KIND_WORDS[k].label, "url": f"?kind={k}"} for k in kinds],
        "back": told_url(request, user.pk),
        "back_label": _("How you are told") if user.pk == request.viewer.user_id else user.name,
    }
    return render(request, "account_area/told_add.html", context, status=form.http_status)


def _added(request: Page, row: ContactMethod) -> HttpResponse:
    url = told_url(request, row.user_id)
    if row.kind == "webhook":
        context = {"row": row, "secret": row.address["secret"], "back": url}
        return render(request, "account_area/told_secret.html", context)
    messages.success(request, _("A code is on its way. Type it here when it has come."))
    return redirect(f"{url}#contact-{row.pk}")


@signed_in
def do(request: Page, pk: int, verb: str) -> HttpResponseBase:
    """One verb on one contact method, then back to the page of its owner."""
    return _do(request, pk, verb)


@require_POST
def _do(request: Page, pk: int, verb: str) -> HttpResponse:
    viewer, now = request.viewer, request.now
    if verb == "confirm":
        return _confirm(request, pk)
    if verb == "test":
        key = methods.test_method(viewer, pk, now=now)
        row = Notification.objects.get(key=key)
        if row.user_id == viewer.user_id or viewer.may("audit.read"):
            return redirect("notifications:one", row.pk)
        return redirect(told_url(request, row.user_id or 0))
    owner = methods.owner_of(viewer, pk)
    if verb == "code":
        methods.send_code(viewer, pk, now=now)
        messages.success(request, _("A new code is on its way; the one before is worthless now."))
    elif verb == "remove":
        methods.remove_method(viewer, pk, now=now)
        messages.success(request, _("It is removed. Nothing goes there any more."))
    elif verb == "mend":
        methods.mend_method(viewer, pk, now=now)
        messages.success(request, _("It counts as working again. Send a test to be sure."))
    elif verb not in ("on", "off"):
        raise NotFound(say("There is no such page."))
    else:
        is_on = verb == "on"
        methods.change_method(viewer, pk, {"is_enabled": is_on}, now=now)
        messages.success(request, _("It is switched on.") if is_on else _("It is switched off. Nothing goes there."))
    return redirect(told_url(request, owner))


def _confirm(request: Page, pk: int) -> HttpResponse:
    form = CodeForm(request.POST, auto_id=f"code-{pk}-%s")
    form.pk = pk
    owner = methods.owner_of(request.viewer, pk)
    verb = lambda values, __: methods.confirm_method(request.viewer, pk, values["code"], now=request.now)  # noqa: E731 - one call
    if attempt(form, verb) is None:
        return page(request, User.objects.get(pk=owner), form)
    messages.success(request, _("It works. Pages reach you there from now on."))
    return redirect(told_url(request, owner))
