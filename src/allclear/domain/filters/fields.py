"""The fields that a filter may name: what each holds, and what people call it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from allclear.domain.terms import Channel, HoldReason, Kind, Status
from allclear.kernel.words import say


class FieldKind(StrEnum):
    CHOICE = "choice"  # one of a list
    NUMBER = "number"
    TEXT = "text"  # has these words in it
    EXACT = "exact"  # the whole text, whatever the case
    PATTERN = "pattern"  # the whole text, whatever the case; * stands for anything
    INSTANT = "instant"
    DATE = "date"  # a day as text, year-month-day
    FLAG = "flag"  # yes or no
    REACHED = "reached"  # an instant, asked as yes or no: whether it has come
    KEY = "key"  # refers to a record
    KEYS = "keys"  # refers to several
    MARK = "mark"  # is:
    PART = "part"  # has:


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the language. `column` is the name in a record; `refers` says what kind of record a key means.

    `internal` fields are for staff. Spans of `ahead` fields lie before us: `hold-until:<2h` is within two hours.
    """

    name: str
    kind: FieldKind
    column: str = ""
    about: str = ""
    aliases: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    refers: str = ""
    internal: bool = False
    ahead: bool = False


Schema = Mapping[str, Field]
K = FieldKind
_ORGANISATION = ("customer", "organization", "org")

FIELDS: tuple[Field, ...] = (
    Field("status", K.CHOICE, "status", say("How far it is"), choices=(*Status, "open", "ended")),
    Field("priority", K.NUMBER, "priority", say("1 is the most critical"), ("p", "prio")),
    Field("team", K.KEY, "team_id", say("The team that has it"), ("group",), refers="team"),
    Field("assignee", K.KEY, "assignee_id", say("The person who has it"), ("owner",), refers="person"),
    Field("is", K.MARK, about=say("A mark, such as open or stalled")),
    Field("has", K.PART, about=say("Something that is there, such as a workaround")),
    Field("opened", K.INSTANT, "logged_at", say("When it was logged"), ("logged", "created")),
    Field("requester", K.KEY, "requester_id", say("Who reported it"), ("reporter", "caller"), refers="person"),
    Field("service", K.KEY, "service_id", say("What it interrupts"), refers="service"),
    Field("category", K.KEY, "category_id", say("This category and all below it"), refers="category"),
    Field("organisation", K.KEY, "organisation_id", say("This customer and below"), _ORGANISATION, (), "organisation"),
    Field("kind", K.CHOICE, "kind", say("Incident or service request"), ("type",), tuple(Kind)),
    Field("title", K.TEXT, "title", say("Words in the title")),
    Field("number", K.EXACT, "number", say("The public number"), ("id",)),
    Field("hold", K.CHOICE, "hold_reason", say("What it waits for"), ("waiting",), tuple(HoldReason)),
    Field("hold-until", K.INSTANT, "hold_until", say("When it is looked at again"), ("until",), ahead=True),
    Field("on-behalf-of", K.KEY, "on_behalf_of_id", say("The person affected"), ("for", "affected"), refers="person"),
    Field("channel", K.CHOICE, "channel", say("How it was reported"), ("via",), tuple(Channel)),
    Field("location", K.TEXT, "location", say("Words in the location"), ("site",)),
    Field("resolution", K.CHOICE, "resolution_code", say("How it was resolved")),
    Field("occurred", K.INSTANT, "occurred_at", say("When it happened")),
    Field("detected", K.INSTANT, "detected_at", say("When it was noticed")),
    Field("acknowledged", K.INSTANT, "acknowledged_at", say("When somebody first took notice")),
    Field("restored", K.INSTANT, "restored_at", say("When service was back")),
    Field("resolved", K.INSTANT, "resolved_at", say("When it was resolved")),
    Field("verified", K.INSTANT, "verified_at", say("When the requester agreed")),
    Field("closed", K.INSTANT, "closed_at", say("When it was closed")),
    Field("cancelled", K.INSTANT, "cancelled_at", say("When it was cancelled")),
    Field("reopened", K.NUMBER, "reopen_count", say("How often it was reopened")),
    Field("due", K.INSTANT, "due_at", say("When a promise falls due"), ("due-at",), internal=True, ahead=True),
    Field("at-risk", K.REACHED, "at_risk_at", say("Three quarters of the time are used"), ("at_risk",), internal=True),
    Field("breached", K.FLAG, "is_breached", say("A promise was not kept"), internal=True),
    Field("updated", K.INSTANT, "last_progress_at", say("When it last moved on"), ("progress",), internal=True),
    Field("answered", K.INSTANT, "answered_at", say("When the requester answered; nobody wrote back"), internal=True),
    Field("impact", K.NUMBER, "impact", say("1 is the highest"), internal=True),
    Field("urgency", K.NUMBER, "urgency", say("1 is the highest"), internal=True),
    Field("severity", K.CHOICE, "severity", say("The severity band"), internal=True),
    Field("ci", K.KEYS, "ci_ids", say("A configuration item"), ("asset",), refers="ci", internal=True),
    Field("supplier", K.KEY, "supplier_id", say("Who it waits for outside"), ("vendor",), (), "organisation", True),
    Field("watcher", K.KEYS, "watcher_ids", say("Who follows it"), ("follower",), refers="person", internal=True),
    Field("responder", K.KEYS, "responder_ids", say("Who helps with it"), refers="person", internal=True),
    Field("parent", K.KEY, "parent_id", say("The incident it hangs below"), refers="incident", internal=True),
    Field("merged-into", K.KEY, "merged_into_id", say("The incident it repeats"), refers="incident", internal=True),
    Field("cause", K.CHOICE, "cause_code", say("What caused it"), internal=True),
    Field("class", K.KEY, "security_class_id", say("Its security class"), ("security-class",), (), "class", True),
    Field("logged-by", K.KEY, "logged_by_id", say("Who wrote it down"), refers="person", internal=True),
    Field("resolved-by", K.KEY, "resolved_by_id", say("Who resolved it"), refers="person", internal=True),
    Field("closed-by", K.KEY, "closed_by_id", say("Who closed it"), refers="person", internal=True),
    Field("handed-over", K.NUMBER, "reassignment_count", say("How often it moved on"), ("moved",), internal=True),
    Field("bounces", K.NUMBER, "bounce_count", say("How often a team refused it"), ("refused",), internal=True),
    Field("offered", K.KEY, "offered_team_id", say("The team it is offered to"), ("offered-team",), (), "team", True),
    Field("offered-to", K.KEY, "offered_to_id", say("The person it is offered to"), refers="person", internal=True),
    Field("offered-at", K.INSTANT, "offered_at", say("When it was offered to another team"), internal=True),
    Field("followed-up", K.INSTANT, "followed_up_at", say("When it was followed up"), internal=True),
    Field("impact-at", K.INSTANT, "predicted_impact_at", say("When it will hurt"), internal=True, ahead=True),
    Field("downtime", K.NUMBER, "downtime_minutes", say("Minutes without service"), internal=True),
    Field("completeness", K.NUMBER, "completeness", say("How complete its record is, of 100"), internal=True),
    Field("impending", K.FLAG, "is_impending", say("Nothing broke yet"), internal=True),
    Field("workaround", K.FLAG, "is_workaround_in_place", say("A workaround holds"), internal=True),
    Field("data-loss", K.FLAG, "has_data_loss", say("Data was lost"), internal=True),
    Field("source", K.EXACT, "external_source", say("The import it came by"), internal=True),
    Field("external", K.EXACT, "external_key", say("Its number in another system"), internal=True),
)  # fmt: skip

# is:NAME stands for this text; those that need a policy are made in `meaning`.
FLAGS: Mapping[str, str] = {
    "open": "status:open",
    "ended": "status:ended",
    "unassigned": "assignee:none",
    "unowned": "status:open assignee:none",
    "unrouted": "team:none",
    "mine": "assignee:me",
    "on-hold": "status:on_hold",
    "overdue": "status:on_hold hold-until:<now",
    "at-risk": "status:open at-risk:yes",
    "late": "status:open due:<now",
    "breached": "breached:yes",
    "request": "kind:service_request",
    "answered": "status:open answered:any",
    "acknowledged": "acknowledged:any",
    "verified": "verified:any",
    "reopened": "reopened:>0",
    "watched": "watcher:me",
    "impending": "impending:yes",
    "worked-around": "workaround:yes",
    "child": "parent:any",
    "merged": "merged-into:any",
    "classified": "class:any",
    "offered": "offered:any",
    "bounced": "bounces:>0",
    "data-loss": "data-loss:yes",
    "stalled": "",
    "ageing": "",
    "major": "",
}
INTERNAL_FLAGS = frozenset({"stalled", "ageing", "major"})
PUBLIC_PARTS = ("description", "resolution", "verification")
PARTS = ("description", "workaround", "permanent_fix", "resolution", "diagnosis", "harm", "verification")  # texts


def schema_of(fields: Iterable[Field], *, internal: bool) -> Schema:
    """The fields by every name they go by; those for staff only if `internal`."""
    allowed = [field for field in fields if internal or not field.internal]
    aliases = {alias: field for field in allowed for alias in field.aliases}
    return aliases | {field.name.lower(): field for field in allowed}
