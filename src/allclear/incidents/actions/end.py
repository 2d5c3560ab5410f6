"""The verbs that end an incident or bring it back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from allclear.catalog.models import Code
from allclear.domain.incident import commands as c
from allclear.domain.incident import completeness
from allclear.domain.terms import Slot
from allclear.incidents.actions.run import Outcome, Request, Work, locked, locked_child
from allclear.incidents.models import Incident
from allclear.kernel.errors import Invalid, NotPermitted


@dataclass(frozen=True, slots=True)
class Resolution:
    """How it ended: codes from the catalogue's lists, words, and what it cost."""

    resolution_code: str
    text: str
    cause_code: str = ""
    permanent_fix: str = ""
    harm: str = ""
    restored_at: datetime | None = None
    final_category_id: int | None = None
    cost: Decimal | None = None
    currency: str = ""
    downtime_minutes: int | None = None
    has_data_loss: bool = False


def find_workaround(
    request: Request,
    incident_id: int,
    *,
    text: str,
    restores_service: bool = False,
    restored_at: datetime | None = None,
) -> Outcome:
    """A stop-gap was found; if it restores the service, the time to restore ends here while the work goes on."""
    with locked(request, incident_id, "incident.work") as work:
        ref = work.texts.add(Slot.WORKAROUND, text)
        if ref is None:
            raise Invalid({"workaround": "Describe the workaround, so that others can use it."})
        work.do(c.FindWorkaround(ref, restores_service, restored_at))
        return work.outcome


def resolve_incident(request: Request, incident_id: int, resolution: Resolution) -> Outcome:
    """Service is back. Its open children are resolved with it, but for those that opted out or still have open tasks."""
    _check_codes(resolution)
    with locked(request, incident_id, "incident.work") as work:
        work.do(_command(work, resolution))
        outcome = work.outcome
        _cascade(request, work, resolution)
        return outcome


def _command(work: Work, resolution: Resolution, cascaded_from: int | None = None) -> c.Resolve:
    texts = work.texts
    return c.Resolve(
        resolution_code=resolution.resolution_code,
        text=texts.add(Slot.RESOLUTION, resolution.text),
        cause_code=resolution.cause_code,
        permanent_fix=texts.add(Slot.PERMANENT_FIX, resolution.permanent_fix),
        harm=texts.add(Slot.HARM, resolution.harm),
        restored_at=resolution.restored_at,
        final_category_id=resolution.final_category_id,
        cost=resolution.cost,
        currency=resolution.currency,
        downtime_minutes=resolution.downtime_minutes,
        has_data_loss=resolution.has_data_loss,
        cascaded_from_id=cascaded_from,
    )


def _cascade(request: Request, parent: Work, resolution: Resolution) -> None:
    """Resolve the children, in the order of their keys. A child that is being reopened waits or is left as it is."""
    own = replace(resolution, cost=None, downtime_minutes=None, harm="", has_data_loss=False, restored_at=None)
    text = f"{resolution.text}\n\n(Resolved with {parent.row.number}.)"
    children = Incident.objects.open().filter(parent_id=parent.row.pk, is_cascade_opted_out=False).order_by("pk")
    cause = {**request.cause, "cascade_from": parent.row.number}
    for child_id in children.values_list("pk", flat=True):
        # a child that the viewer may not see is resolved all the same: the system does it on the parent's behalf
        child_request = replace(request, expected_version=None, cause=cause)
        with locked_child(child_request, child_id) as work:
            if not work.state.is_open or work.state.parent_id != parent.row.pk or work.state.open_tasks:
                continue
            work.do(_command(work, replace(own, text=text, final_category_id=None), parent.row.pk))
            _ = work.outcome
            _cascade(child_request, work, resolution)


def _check_codes(resolution: Resolution) -> None:
    wrong: dict[str, str] = {}
    for list_, key, field in (
        ("resolution", resolution.resolution_code, "resolution_code"),
        ("cause", resolution.cause_code, "cause_code"),
    ):
        if key and not Code.objects.filter(list=list_, key=key, is_active=True).exists():
            names = ", ".join(Code.objects.filter(list=list_, is_active=True).values_list("key", flat=True))
            wrong[field] = f"There is no {list_} code {key!r}; choose one of {names}."
    if resolution.currency and (len(resolution.currency) != 3 or not resolution.currency.isalpha()):
        wrong["currency"] = "Write the currency with three letters, such as EUR."
    if (resolution.cost or 0) < 0 or (resolution.downtime_minutes or 0) < 0:
        wrong["cost"] = "Cost and downtime cannot be negative."
    if wrong:
        raise Invalid(wrong)


def verify_incident(request: Request, incident_id: int, *, is_effective: bool, note: str = "") -> Outcome:
    """Somebody checked. The requester may say so for their own; 'does not work' brings it back to work."""
    with locked(request, incident_id, "incident.confirm") as work:
        _own_or_staff(request, work.row)
        work.do(c.Verify(is_effective, work.texts.add(Slot.VERIFICATION, note, field_name="note")))
        return work.outcome


def _own_or_staff(request: Request, row: Incident) -> None:
    viewer = request.viewer
    if not viewer.is_staff and viewer.user_id not in (row.requester_id, row.on_behalf_of_id):
        raise NotPermitted("Only the requester or the service desk can do this.")


def close_incident(request: Request, incident_id: int, *, is_automatic: bool = False) -> Outcome:
    """Agreed done. The completeness of its report is reckoned and kept."""
    with locked(request, incident_id, "incident.close") as work:
        score = completeness.of(work.state).score
        work.do(c.Close(score, is_automatic))
        return work.outcome


def reopen_incident(request: Request, incident_id: int, *, reason: str) -> Outcome:
    """It still does not work. Who may, and for how long, stands in the lifecycle policy."""
    with locked(request, incident_id, "incident.confirm") as work:
        _own_or_staff(request, work.row)
        work.do(c.Reopen(work.texts.add(Slot.REASON, reason)))
        return work.outcome


def cancel_incident(request: Request, incident_id: int, *, reason: str) -> Outcome:
    """Logged in error or withdrawn."""
    with locked(request, incident_id, "incident.cancel") as work:
        work.do(c.Cancel(work.texts.add(Slot.REASON, reason)))
        return work.outcome
