"""A person's rules as a form: rows of "after so many minutes by this", quiet hours, and the time of the digest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.forms import BoundField
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from allclear.domain.notifying import PersonalRules, rules_as_data
from allclear.domain.notifying.rules import MOST_RULES
from allclear.kernel.errors import AllclearError, Invalid
from allclear.kernel.events import position_of
from allclear.notifications.actions.nouns import RULES
from allclear.notifications.actions.preferences import set_rules
from allclear.notifications.models import ContactMethod
from allclear.notifications.queries import outlook
from allclear.web.account.told import frame, name_of, told_url, whose
from allclear.web.account.told_forms import DAYS
from allclear.web.http import Page, signed_in
from allclear.web.records import Key, RecordForm, attempt

_LEAST, _MOST_SPANS = 3, 14  # rows that are there at once; spans of quiet hours that a person can overlook
_PARTS = ("high", "low")


class RulesForm(RecordForm):
    """Rows are numbered fields; one without a contact method counts as not there."""

    is_agreed = forms.BooleanField(
        label=gettext_lazy("I agree that nothing but a page of priority 1 reaches me in these hours"), required=False
    )
    digest_at = forms.TimeField(
        label=gettext_lazy("Collect until"),
        required=False,
        help_text=gettext_lazy("What is no page then comes as one message a day, at this time. Empty: each at once."),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )

    def __init__(self, data: Any, rules: PersonalRules, methods: Mapping[int, str], version: int) -> None:
        kept = rules_as_data(rules)
        spans = (kept["quiet"] or {}).get("spans", [])
        initial: dict[str, Any] = {"version": version, "digest_at": rules.digest_at}
        initial["is_agreed"] = bool(rules.quiet and rules.quiet.is_agreed)
        for part in _PARTS:
            for n, row in enumerate(kept[part]):
                initial |= {f"{part}_{n}_after": row["after_minutes"], f"{part}_{n}_method": row["method"]}
        for n, span in enumerate(spans):
            initial |= {f"quiet_{n}_{name}": span[name] for name in ("days", "from", "to")}
        super().__init__(data, initial=initial)
        self.counts = {part: self._count(part, len(kept[part]), MOST_RULES) for part in _PARTS}
        self.counts["quiet"] = self._count("quiet", len(spans), _MOST_SPANS, least=1)
        for part in _PARTS:
            for n in range(self.counts[part]):
                self._add_rule(part, n, methods)
        for n in range(self.counts["quiet"]):
            self._add_span(n)

    def _count(self, part: str, held: int, most: int, least: int = _LEAST) -> int:
        """Rows to show: those that are there and one more, or those that were sent."""
        sent = [int(name.split("_")[1]) for name in self.data if _is_row(name, part)]
        return min(most, max(least, held + 1, *(n + 1 for n in sent)))

    def _add_rule(self, part: str, n: int, methods: Mapping[int, str]) -> None:
        self.fields[f"{part}_{n}_after"] = forms.IntegerField(
            label=_("{n}. After minutes").format(n=n + 1),
            required=False,
            min_value=0,
            max_value=1440,
            widget=forms.NumberInput(attrs={"min": 0, "max": 1440, "placeholder": "0"}),
        )
        by = Key(label=_("{n}. By").format(n=n + 1), empty=_("nothing"))
        by.offer(methods.items())
        self.fields[f"{part}_{n}_method"] = by

    def _add_span(self, n: int) -> None:
        self.fields[f"quiet_{n}_days"] = forms.TypedMultipleChoiceField(
            label=_("{n}. On").format(n=n + 1),
            required=False,
            coerce=int,
            choices=list(DAYS.items()),
            widget=forms.CheckboxSelectMultiple,
        )
        for name, label in (("from", _("{n}. From")), ("to", _("{n}. To"))):
            self.fields[f"quiet_{n}_{name}"] = forms.TimeField(
                label=label.format(n=n + 1),
                required=False,
                widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            )

    def rows(self, part: str) -> list[list[BoundField]]:
        names = ("days", "from", "to") if part == "quiet" else ("after", "method")
        return [[self[f"{part}_{n}_{name}"] for name in names] for n in range(self.counts[part])]

    def high_rows(self) -> list[list[BoundField]]:
        return self.rows("high")

    def low_rows(self) -> list[list[BoundField]]:
        return self.rows("low")

    def quiet_rows(self) -> list[list[BoundField]]:
        return self.rows("quiet")

    def body(self) -> dict[str, Any]:
        """In the form of `domain.notifying.rules_from`. Remembers which row became which part."""
        given = self.cleaned_data
        self.places: dict[str, str] = {}
        body: dict[str, Any] = {part: self._rules(part) for part in _PARTS}
        spans = self._spans()
        body["quiet"] = {"spans": spans, "is_agreed": given["is_agreed"]} if spans else None
        body["digest_at"] = f"{given['digest_at']:%H:%M}" if given["digest_at"] else None
        return body

    def _rules(self, part: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for n in range(self.counts[part]):
            method = self.cleaned_data.get(f"{part}_{n}_method")
            if method is not None:
                self.places[f"{part}.{len(found)}"] = f"{part}_{n}"
                found.append({"after_minutes": self.cleaned_data[f"{part}_{n}_after"] or 0, "method": method})
        return found

    def _spans(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for n in range(self.counts["quiet"]):
            days, begin, end = (self.cleaned_data.get(f"quiet_{n}_{name}") for name in ("days", "from", "to"))
            if days or begin or end:
                self.places[f"quiet.spans.{len(found)}"] = f"quiet_{n}"
                times = {"from": begin and f"{begin:%H:%M}", "to": end and f"{end:%H:%M}"}
                found.append({"days": days, **times})
        return found

    def complain(self, error: AllclearError) -> None:
        """The place of a complaint in the body as the field that it came from."""
        if isinstance(error, Invalid):
            error = Invalid({self._field_of(place): text for place, text in error.fields.items()})
        super().complain(error)

    def _field_of(self, place: str) -> str:
        around, _dot, name = place.rpartition(".")
        row = self.places.get(around)
        return f"{row}_{'after' if name == 'after_minutes' else name}" if row else place


def _is_row(name: str, part: str) -> bool:
    pieces = name.split("_")
    return len(pieces) == 3 and pieces[0] == part and pieces[1].isdecimal() and len(pieces[1]) < 3


@never_cache
@signed_in
def edit(request: Page, pk: int | None = None) -> HttpResponse:
    """The rules of a person; "the usual ones" forgets them."""
    user = whose(request, pk)
    names = {row.pk: name_of(row) for row in ContactMethod.objects.filter(user=user).order_by("pk")}
    version = position_of(RULES.stream, user.pk)
    form = RulesForm(
        request.POST if request.method == "POST" else None, outlook(user, request.now).rules, names, version
    )
    url = told_url(request, user.pk)
    if request.method == "POST":
        is_usual = "usual" in request.POST

        def verb(_values: dict[str, Any], seen: int | None) -> PersonalRules:
            body = None if is_usual else form.body()
            return set_rules(request.viewer, user.pk, body, request.now, expected_version=seen)

        if attempt(form, verb) is not None:
            messages.success(request, _("The usual rules count again.") if is_usual else _("The rules are saved."))
            return redirect(url)
    context = frame(request, user) | {"form": form, "has_methods": bool(names), "back": url}
    context["back_label"] = _("How you are told") if context["is_own"] else user.name
    return render(request, "account_area/told_rules.html", context, status=form.http_status)
