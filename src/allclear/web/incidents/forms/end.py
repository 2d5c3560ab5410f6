"""The forms of ending an incident."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from allclear.catalog import queries as catalog
from allclear.domain.incident import completeness
from allclear.web.incidents.forms.base import Shown, VerbForm, codes
from allclear.web.incidents.forms.fields import InstantField, SuggestField, area
from allclear.web.said import localised

EFFECTIVENESS = {
    "yes": _("Yes, it was effective"),
    "partly": _("Partly effective"),
    "no": _("No, it was not effective"),
}


class WorkaroundForm(VerbForm):
    workaround = forms.CharField(
        label=_("Workaround"), widget=area(5), help_text=_("So that others can use it too. Seen by staff only.")
    )
    restores_service = forms.BooleanField(required=False, label=_("With it, the service is back for those affected"))
    restored_at = InstantField(required=False, label=_("Back since"), help_text=_("Empty: now."))
    rare = ("restored_at",)

    def start(self, shown: Shown) -> dict[str, Any]:
        return {"workaround": shown.words.slot("workaround")}


class ResolveForm(VerbForm):
    resolution_code = forms.ChoiceField(label=_("How it was resolved"))
    resolution = forms.CharField(
        label=_("What was done"),
        widget=area(4),
        help_text=_("The requester reads this. Say what was wrong and what helped."),
    )
    cause_code = forms.ChoiceField(label=_("Cause"), required=False)
    restored_at = InstantField(required=False, label=_("Service back since"), help_text=_("Empty: now."))
    final_category = SuggestField("categories", _("Type a part of the name"), required=False, label=_("Final category"))
    permanent_fix = forms.CharField(
        label=_("Permanent fix"),
        required=False,
        widget=area(),
        help_text=_("What keeps it from coming back. Seen by staff only."),
    )
    harm = forms.CharField(required=False, widget=area(), label=_("Harm done"), help_text=_("Seen by staff only."))
    downtime_minutes = forms.IntegerField(
        required=False, min_value=0, max_value=2**31 - 1, label=_("Downtime in minutes")
    )
    cost = forms.DecimalField(label=_("Cost"), required=False, min_value=0, max_digits=14, decimal_places=2)
    currency = forms.CharField(
        label=_("Currency"), required=False, max_length=3, help_text=_("Three letters, such as EUR.")
    )
    has_data_loss = forms.BooleanField(required=False, label=_("Data were lost"))
    rare = (
        "restored_at", "final_category", "permanent_fix", "harm", "downtime_minutes", "cost", "currency",
        "has_data_loss",
    )  # fmt: skip

    def start(self, shown: Shown) -> dict[str, Any]:
        row = shown.row
        return {
            "resolution_code": row.resolution_code,
            "cause_code": row.cause_code,
            "final_category": row.category_id,
            "restored_at": row.restored_at,
            "permanent_fix": shown.words.slot("permanent_fix"),
            "harm": shown.words.slot("harm"),
            "downtime_minutes": row.downtime_minutes,
            "cost": row.cost,
            "currency": row.currency,
            "has_data_loss": row.has_data_loss,
            **shown.extra.get("begin", {}),
        }

    def names(self, shown: Shown) -> dict[str, str]:
        node = catalog.category(shown.row.category_id)
        return {"final_category": node.label if node else ""}

    def prepare(self, shown: Shown) -> None:
        self.choose("resolution_code", codes("resolution"))
        self.choose("cause_code", codes("cause"))


class VerifyForm(VerbForm):
    is_effective = forms.TypedChoiceField(
        label=_("Does it work again?"),
        coerce=lambda value: value == "yes",
        choices=[("yes", _("Yes, it works")), ("no", _("No, it goes back to work"))],
        widget=forms.RadioSelect,
        initial="yes",
    )
    note = forms.CharField(
        required=False,
        widget=area(),
        label=_("How it was checked"),
        help_text=_("If it does not work: what is still wrong."),
    )


class NotWorkingForm(VerbForm):
    """What a requester says when it still does not work."""

    note = forms.CharField(widget=area(4), label=_("What still does not work?"))


class FollowUpForm(VerbForm):
    """Was the handling effective, what to improve, which documents to update."""

    effectiveness = forms.ChoiceField(
        label=_("Was the handling effective?"), choices=list(EFFECTIVENESS.items()), widget=forms.RadioSelect
    )
    improvement = forms.CharField(
        required=False,
        widget=area(4),
        label=_("What to improve"),
        help_text=_("Asked for unless the handling was fully effective. Seen by staff only."),
    )
    documents = forms.CharField(
        required=False,
        widget=area(),
        label=_("Documents to update"),
        help_text=_("One a line: a runbook, an instruction, a plan."),
    )

    def start(self, shown: Shown) -> dict[str, Any]:
        return {
            "effectiveness": shown.row.process_effectiveness,
            "improvement": shown.words.slot("follow_up"),
            "documents": shown.words.slot("documents"),
        }


class CloseForm(FollowUpForm):
    """Closing; the follow-up may be written with it, and is shown at once where much was at stake."""

    rare: tuple[str, ...] = ("effectiveness", "improvement", "documents")

    @property
    def is_bare(self) -> bool:
        return bool(self.rare)

    def prepare(self, shown: Shown) -> None:
        self.fields["effectiveness"].required = False
        self.choose("effectiveness", [("", _("I say so later")), *EFFECTIVENESS.items()])
        if shown.row.priority in completeness.FOLLOWED_UP:
            self.rare = ()
        report = shown.completeness
        complete = gettext("The record is {score} % complete.").format(score=report.score)
        self.notice = " ".join([complete, *(localised(item.hint) for item in report.missing)])


class ReopenForm(VerbForm):
    reason = forms.CharField(widget=area(), label=_("What still does not work?"))


class CancelForm(VerbForm):
    reason = forms.CharField(label=_("Reason"), widget=area(), help_text=_("For example: logged twice by mistake."))
