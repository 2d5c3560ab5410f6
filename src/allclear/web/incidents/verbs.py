"""Every verb that a screen offers, in one table: its words, its key, its form, and the function that does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from allclear.domain.lifecycle import Verb
from allclear.domain.terms import Kind
from allclear.incidents import actions
from allclear.incidents.actions import FollowUp, LogForm, Outcome, Request, Resolution
from allclear.incidents.models import Incident
from allclear.web.incidents.forms import end, keep, promises, relate, work
from allclear.web.incidents.forms.base import VerbForm
from allclear.web.incidents.forms.edit import EditForm

Act = Callable[[Request, Incident, Any], Outcome]  # the form has been checked


@dataclass(frozen=True, slots=True)
class Spec:
    """A verb on the screen. `form` None: it is done at once, without a dialog. `done` is said when it is done."""

    label: StrOrPromise
    verb: Verb
    act: Act
    done: StrOrPromise
    key: str = ""
    icon: str = ""
    form: type[VerbForm] | None = None
    title: StrOrPromise = ""
    submit: StrOrPromise = ""
    text: StrOrPromise = ""
    permission: str = "incident.work"
    style: str = ""
    for_requester: bool = False
    is_addition: bool = False  # adds something and overwrites nothing: what others did meanwhile is no conflict


def _said(form: VerbForm, *names: str) -> dict[str, Any]:
    return {name: form.cleaned_data.get(name) for name in names}


def _assign(r: Request, i: Incident, f: VerbForm) -> Outcome:
    said = f.cleaned_data
    return actions.assign_incident(
        r, i.pk, team_id=said["team"], assignee_id=said["assignee"], reason=said.get("reason") or ""
    )


def _prioritise(r: Request, i: Incident, f: VerbForm) -> Outcome:
    return actions.prioritise_incident(r, i.pk, **_said(f, "impact", "urgency", "severity", "reason"))


def _hand_over(r: Request, i: Incident, f: VerbForm) -> Outcome:
    said = f.cleaned_data
    return actions.hand_over_incident(
        r, i.pk, team_id=said["team"], reason=said["reason"], assignee_id=said["assignee"]
    )


def _accept_handover(r: Request, i: Incident, _: VerbForm) -> Outcome:
    return actions.accept_handover(r, i.pk)


def _refuse_handover(r: Request, i: Incident, f: VerbForm) -> Outcome:
    return actions.refuse_handover(r, i.pk, reason=f.cleaned_data["reason"])


def _withdraw_handover(r: Request, i: Incident, _: VerbForm) -> Outcome:
    return actions.withdraw_handover(r, i.pk)


def _hold(r: Request, i: Incident, f: VerbForm) -> Outcome:
    return actions.hold_incident(r, i.pk, supplier_id=f.cleaned_data["supplier"], **_said(f, "reason", "until", "note"))


def _resolve(r: Request, i: Incident, f: VerbForm) -> Outcome:
    said = dict(f.cleaned_data)
    said.pop("version", None)
    text, category = said.pop("resolution"), said.pop("final_category")
    said["currency"] = said["currency"].upper()
    return actions.resolve_incident(r, i.pk, Resolution(text=text, final_category_id=category, **said))


def _add_task(r: Request, i: Incident, f: VerbForm) -> Outcome:
    said = f.cleaned_data
    return actions.add_task(
        r, i.pk, title=said["title"], owner_id=said["owner"], team_id=said["team"], due_at=said["due_at"]
    )


def _edit(r: Request, i: Incident, f: VerbForm) -> Outcome:
    assert isinstance(f, EditForm)
    return actions.edit_incident(r, i.pk, **f.changes())


def _attach(r: Request, i: Incident, f: VerbForm) -> Outcome:
    file = f.cleaned_data["file"]
    return actions.attach_file(
        r, i.pk, name=file.name, chunks=file.chunks(), is_public=bool(f.cleaned_data.get("is_public"))
    )


def _parent(r: Request, i: Incident, f: VerbForm) -> Outcome:
    said = f.cleaned_data
    return actions.link_parent(r, i.pk, said["parent"], is_cascade_opted_out=said["is_cascade_opted_out"])


def _child(r: Request, i: Incident, f: VerbForm) -> Outcome:
    """The child is the one that changes; what this page had seen of the parent does not matter."""
    return actions.link_parent(Request(r.viewer, r.now, cause=r.cause), f.cleaned_data["child"], i.pk)


def _split(r: Request, i: Incident, f: VerbForm) -> Outcome:
    return actions.split_incident(r, i.pk, LogForm(f.cleaned_data["title"], f.cleaned_data["description"]))


def _convert(r: Request, i: Incident, _: VerbForm) -> Outcome:
    other = Kind.SERVICE_REQUEST if i.kind == Kind.INCIDENT else Kind.INCIDENT
    return actions.convert_incident(r, i.pk, kind=other)


def _verify(r: Request, i: Incident, f: VerbForm) -> Outcome:
    return actions.verify_incident(r, i.pk, **_said(f, "is_effective", "note"))


def _looked_back(f: VerbForm) -> FollowUp:
    return FollowUp(**_said(f, "effectiveness", "improvement", "documents"))


def _follow_up(r: Request, i: Incident, f: VerbForm) -> Outcome:
    return actions.follow_up_incident(r, i.pk, _looked_back(f))


def _close(r: Request, i: Incident, f: VerbForm) -> Outcome:
    said = _looked_back(f)
    is_said = said.effectiveness or said.improvement or said.documents
    return actions.close_incident(r, i.pk, follow_up=said if is_said else None)


VERBS: Mapping[str, Spec] = {
    "accept": Spec(
        _("Accept"), Verb.ACCEPT, lambda r, i, f: actions.accept_incident(r, i.pk), _("It is yours now."), "c", "play"
    ),
    "resolve": Spec(
        _("Resolve"), Verb.RESOLVE, _resolve, _("Resolved."), "r", "check", end.ResolveForm,
        _("Resolve {number}"), _("Resolve"),
    ),
    "verify": Spec(
        _("Verify"), Verb.VERIFY, _verify, _("Thank you, that is noted."), "v", "circle-check", end.VerifyForm,
        _("Verify {number}"), _("Save"), permission="incident.confirm",
    ),
    "close": Spec(
        _("Close"), Verb.CLOSE, _close, _("Closed. The report is final."), "s",
        "lock", end.CloseForm, _("Close {number}"), _("Close"), permission="incident.close",
    ),
    "follow_up": Spec(
        _("Follow up"), Verb.FOLLOW_UP, _follow_up, _("The follow-up is kept."), "f", "clipboard-check",
        end.FollowUpForm, _("Look back at {number}"), _("Save"),
    ),
    "resume": Spec(
        _("Resume"), Verb.RESUME, lambda r, i, f: actions.resume_incident(r, i.pk), _("Work goes on."), "u", "play"
    ),
    "acknowledge": Spec(
        _("Acknowledge"), Verb.ACKNOWLEDGE, lambda r, i, f: actions.acknowledge_incident(r, i.pk), _("Acknowledged."),
        "y",
        "eye",
    ),
    "assign": Spec(
        _("Assign"), Verb.ASSIGN, _assign, _("Assigned."), "a", "user-plus", work.AssignForm, _("Assign {number}"),
        _("Assign")
    ),
    "hold": Spec(
        _("Hold"), Verb.HOLD, _hold, _("On hold."), "h", "pause", work.HoldForm, _("Put {number} on hold"),
        _("Put on hold")
    ),
    "reopen": Spec(
        _("Reopen"), Verb.REOPEN, lambda r, i, f: actions.reopen_incident(r, i.pk, **_said(f, "reason")),
        _("Reopened."), "o",
        "rotate-ccw", end.ReopenForm, _("Reopen {number}"), _("Reopen"), permission="incident.confirm",
        for_requester=True,
    ),
    "edit": Spec(_("Edit"), Verb.EDIT, _edit, _("Saved."), "e", "pencil", EditForm, _("Edit {number}"), _("Save")),
    "hand_over": Spec(
        _("Hand over"), Verb.HAND_OVER, _hand_over, _("Handed over."), "s", "users", work.HandOverForm,
        _("Hand {number} over to another team"), _("Hand over"),
        _("The other team accepts or refuses. Until they accept, it stays with your team."),
    ),
    "accept_handover": Spec(
        _("Accept"), Verb.ACCEPT_HANDOVER, _accept_handover, _("It is yours and your team's now."), "c", "check",
    ),
    "refuse_handover": Spec(
        _("Refuse"), Verb.REFUSE_HANDOVER, _refuse_handover, _("Refused. The sender is told why."), "x", "undo-2",
        work.RefuseForm, _("Refuse {number}"), _("Refuse"),
    ),
    "withdraw_handover": Spec(
        _("Withdraw"), Verb.WITHDRAW_HANDOVER, _withdraw_handover, _("Withdrawn. Your team keeps it."), "0", "x",
    ),
    "prioritise": Spec(
        _("Prioritise"), Verb.PRIORITISE, _prioritise, _("Weighed anew."), "w", "flag", work.PrioritiseForm,
        _("How much does {number} weigh?"), _("Save"),
    ),
    "categorise": Spec(
        _("Categorise"), Verb.CATEGORISE,
        lambda r, i, f: actions.categorise_incident(r, i.pk, f.cleaned_data["category"]), _("Categorised."), "b", "tag",
        work.CategoriseForm, _("Categorise {number}"), _("Save"),
    ),
    "workaround": Spec(
        _("Workaround found"), Verb.WORKAROUND,
        lambda r, i, f: actions.find_workaround(
            r, i.pk, text=f.cleaned_data["workaround"], **_said(f, "restores_service", "restored_at")
        ),
        _("The workaround is kept."), "m", "life-buoy", end.WorkaroundForm, _("A workaround for {number}"), _("Save"),
    ),
    "attach": Spec(
        _("Attach a file"), Verb.ATTACH, _attach, _("Attached."), "t", "paperclip", relate.AttachForm,
        _("Attach a file to {number}"), _("Attach"), permission="incident.attach", for_requester=True, is_addition=True,
    ),
    "add_task": Spec(
        _("Add a task"), Verb.ADD_TASK, _add_task, _("Task added."), "l", "list-checks", work.TaskForm,
        _("Add a task to {number}"), _("Add"), is_addition=True,
    ),
    "add_responder": Spec(
        _("Add a responder"), Verb.ADD_RESPONDER,
        lambda r, i, f: actions.add_responder(r, i.pk, f.cleaned_data["user"]), _("They help now."), "d", "user-plus",
        relate.PersonForm, _("Bring somebody in on {number}"), _("Add"), is_addition=True,
    ),
    "watch": Spec(
        _("Watch"), Verb.WATCH, lambda r, i, f: actions.watch_incident(r, i.pk), _("You follow it now."), "q", "eye",
        permission="incident.watch", for_requester=True, is_addition=True,
    ),
    "unwatch": Spec(
        _("Stop watching"), Verb.WATCH, lambda r, i, f: actions.watch_incident(r, i.pk, remove=True),
        _("You follow it no longer."), "q", "eye-off", permission="incident.watch", for_requester=True,
        is_addition=True,
    ),
    "add_watcher": Spec(
        _("Let somebody watch"), Verb.WATCH,
        lambda r, i, f: actions.watch_incident(r, i.pk, user_id=f.cleaned_data["user"]), _("They follow it now."), "7",
        "bell", relate.WatcherForm, _("Let somebody follow {number}"), _("Add"), is_addition=True,
    ),
    "relate": Spec(
        _("Relate to another"), Verb.RELATE,
        lambda r, i, f: actions.relate_incident(r, i.pk, f.cleaned_data["other"], kind=f.cleaned_data["kind"]),
        _("Linked."), "1", "link", relate.RelateForm, _("Relate {number} to another"), _("Relate"), is_addition=True,
    ),
    "parent": Spec(
        _("Set the parent"), Verb.LINK_PARENT, _parent, _("Saved."), "2", "git-branch", relate.ParentForm,
        _("The parent of {number}"), _("Save"),
    ),
    "child": Spec(
        _("Add a child"), Verb.LINK_PARENT, _child, _("Linked."), "3", "git-branch", relate.ChildForm,
        _("Add a child to {number}"), _("Add"), is_addition=True,
    ),
    "merge": Spec(
        _("Merge as duplicate"), Verb.MERGE,
        lambda r, i, f: actions.merge_incident(r, i.pk, f.cleaned_data["into"]), _("Merged."), "4", "merge",
        relate.MergeForm, _("{number} is a duplicate"), _("Merge"),
    ),
    "split": Spec(
        _("Split off a second fault"), Verb.SPLIT, _split, _("Logged as its own incident."), "5", "git-branch",
        relate.SplitForm, _("Split {number}"), _("Log the second fault"), is_addition=True,
    ),
    "convert": Spec(
        _("Convert"), Verb.CONVERT, _convert, _("Converted."), "6", "refresh-cw", work.ConvertForm,
        _("Convert {number}"),
        _("Convert"),
    ),
    "cancel": Spec(
        _("Cancel"), Verb.CANCEL, lambda r, i, f: actions.cancel_incident(r, i.pk, **_said(f, "reason")),
        _("Cancelled."),
        "9", "ban", end.CancelForm, _("Cancel {number}"), _("Cancel the incident"), permission="incident.cancel",
        style="danger",
    ),
    "rebase": Spec(
        _("Apply today's agreements"), Verb.REBASE,
        lambda r, i, f: actions.rebase_incident(r, i.pk, **_said(f, "reason")),
        _("Today's agreements apply, counted from its start."), "k", "history", promises.RebaseForm,
        _("Measure {number} by today's agreements"), _("Apply"), permission="incident.rebase",
    ),
    "place_retention_hold": Spec(
        _("Place a legal hold"), Verb.PLACE_RETENTION_HOLD,
        lambda r, i, f: actions.place_retention_hold(r, i.pk, **_said(f, "reason")),
        _("A legal hold keeps it: nothing is erased."),
        "8", "shield", keep.PlaceHoldForm, _("Keep {number} whole"), _("Place the hold"), permission="retention.hold",
        is_addition=True,
    ),
    "lift_retention_hold": Spec(
        _("Lift the legal hold"), Verb.LIFT_RETENTION_HOLD,
        lambda r, i, f: actions.lift_retention_hold(r, i.pk, **_said(f, "reason")),
        _("The hold is lifted: the retention rules apply again."),
        "8", "shield", keep.LiftHoldForm, _("Lift the legal hold on {number}"), _("Lift the hold"),
        permission="retention.hold", is_addition=True,
    ),
    # what a requester says about their own; staff have "verify"
    "works": Spec(
        _("Yes, it works"), Verb.VERIFY,
        lambda r, i, f: actions.verify_incident(r, i.pk, is_effective=True), _("Thank you. We are glad that it works."),
        "v", "check", permission="incident.confirm", for_requester=True,
    ),
    "fails": Spec(
        _("It still does not work"), Verb.VERIFY,
        lambda r, i, f: actions.verify_incident(r, i.pk, is_effective=False, **_said(f, "note")),
        _("Thank you. The service desk goes on with it."), "o", "x", end.NotWorkingForm, _("It still does not work"),
        _("Send"),
        permission="incident.confirm", for_requester=True,
    ),
}  # fmt: skip

OFFER = ("accept_handover", "refuse_handover", "withdraw_handover")  # stand with the offer, not in the bar
BAR = (
    "accept",
    "resume",
    "resolve",
    "verify",
    "close",
    "follow_up",
    "reopen",
    "assign",
    "acknowledge",
    "hold",
)  # not under "More"
