"""Escalations as people read them: how each stands, whom it pages next, and who was told by what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from allclear.accounts.models import Team, User
from allclear.domain import escalation as rules
from allclear.notifications.models import Notification, Webhook
from allclear.oncall.models import Escalation, EscalationEntry, EscalationPolicy, Schedule

_SILENT = ("waited",)  # entries that say nothing to people
_TABLES: Mapping[str, Any] = {
    "schedule": Schedule, "team": Team, "person": User, "webhook": Webhook, "policy": EscalationPolicy,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Paged:
    """All escalations of one record, the newest first, with what came of them and the names of who is in them."""

    escalations: Sequence[Escalation]
    entries: Sequence[EscalationEntry]
    sent: Sequence[Notification]
    facts: rules.Facts  # names only

    @property
    def open(self) -> list[Escalation]:
        return [row for row in self.escalations if row.status != "stopped"]

    def channels_of(self, entry: EscalationEntry) -> dict[int, list[Notification]]:
        """By person: what was queued for them by this step."""
        found: dict[int, list[Notification]] = {}
        for one in self.sent:
            if one.escalation_id == entry.escalation_id and one.queued_at == entry.at and one.user_id is not None:
                found.setdefault(one.user_id, []).append(one)
        return found


NOTHING = Paged((), (), (), rules.Facts())


def paged_for(kind: str, pk: int) -> Paged:
    """What the page of a record shows of paging, in one query where there is none, else in few."""
    rows = list(Escalation.objects.filter(subject_kind=kind, subject_id=pk).order_by("-started_at", "-pk"))
    if not rows:
        return NOTHING
    keys = [row.pk for row in rows]
    entries = list(EscalationEntry.objects.filter(escalation__in=keys).exclude(kind__in=_SILENT).order_by("at", "pk"))
    sent = Notification.objects.filter(escalation_id__in=keys).select_related("user", "method", "webhook")
    return Paged(rows, entries, list(sent.order_by("queued_at", "pk")), _names(rows, entries))


def next_target(row: Escalation) -> rules.Step | rules.Target | None:
    """The step or the catch-all that is paged next if nobody acknowledges; None when nothing is to come."""
    state = rules.state_from(row.state)
    if not state.is_running or state.next_at is None:
        return None
    if state.step < len(state.policy.steps):
        return state.policy.steps[state.step]
    if state.round <= state.policy.repeat and state.has_paged and state.policy.steps:
        return state.policy.steps[0]
    return state.policy.exhausted


def targets_in(found: rules.Step | rules.Target | None) -> tuple[rules.Target, ...]:
    if found is None:
        return ()
    return found.targets if isinstance(found, rules.Step) else (found,)


def names_of(refs: Iterable[str], people: Iterable[int] = ()) -> dict[str, str]:
    """Names by ref, one query a kind."""
    keys: dict[str, set[int]] = {"person": set(people)}
    for ref in refs:
        kind, _, key = ref.partition(":")
        if key.isdecimal():
            keys.setdefault(kind, set()).add(int(key))
    names: dict[str, str] = {}
    for kind, wanted in keys.items():
        if wanted and kind in _TABLES:
            pairs = _TABLES[kind].objects.filter(pk__in=wanted).values_list("pk", "name")
            names |= {f"{kind}:{pk}": name for pk, name in pairs}
    return names


def _names(rows: Sequence[Escalation], entries: Sequence[EscalationEntry]) -> rules.Facts:
    people = {person for entry in entries for person in entry.people} | {
        entry.by_id for entry in entries if entry.by_id
    }
    for row in rows:
        people |= {int(key) for key in row.state.get("acknowledged_by") or {}}
        people |= {row.state["snoozed_by"]} if row.state.get("snoozed_by") else set()
    refs = [ref for row in rows for target in targets_in(next_target(row)) for ref in target.asks]
    return rules.Facts(names=names_of(refs, people))
