"""The words of the records' own log: kinds of records, what was done to them, and the names of their fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

STREAMS: Mapping[str, StrOrPromise] = {
    "user": gettext_lazy("user"),
    "token": gettext_lazy("token"),
    "team": gettext_lazy("team"),
    "organisation": gettext_lazy("organisation"),
    "skill": gettext_lazy("skill"),
    "security_class": gettext_lazy("security class"),
    "service": gettext_lazy("service"),
    "ci": gettext_lazy("ci"),
    "dependency": gettext_lazy("dependency"),
    "category": gettext_lazy("category"),
    "question": gettext_lazy("question"),
    "template": gettext_lazy("template"),
    "code": gettext_lazy("code"),
    "custom_field": gettext_lazy("custom field"),
    "policy": gettext_lazy("policy"),
    "escalation_policy": gettext_lazy("escalation policy"),
    "agreement": gettext_lazy("agreement"),
    "webhook": gettext_lazy("web-hook"),
    "gateway": gettext_lazy("gateway"),
    "retention": gettext_lazy("retention"),
    "contact_method": gettext_lazy("contact method"),
    "notification_profile": gettext_lazy("rules of notifying"),
    "business_calendar": gettext_lazy("business calendar"),
    "schedule": gettext_lazy("schedule"),
    "override": gettext_lazy("override"),
    "leave": gettext_lazy("leave"),
    "swap": gettext_lazy("swap"),
}
DEEDS: Mapping[str, StrOrPromise] = {
    "added": gettext_lazy("added"),
    "changed": gettext_lazy("changed"),
    "removed": gettext_lazy("removed"),
    "password_set": gettext_lazy("password set"),
    "issued": gettext_lazy("issued"),
    "revoked": gettext_lazy("revoked"),
    "erased": gettext_lazy("erased for good"),
    "run": gettext_lazy("erased what was due"),
    "confirmed": gettext_lazy("confirmed"),
    "mended": gettext_lazy("said to work again"),
    "withdrawn": gettext_lazy("withdrawn"),
    "expired": gettext_lazy("ended, as nobody agreed in time"),
    "feed_renewed": gettext_lazy("given a new address"),
    "taken": gettext_lazy("taken over"),
    "refused": gettext_lazy("refused"),
    "paused": gettext_lazy("paused"),
    "resumed": gettext_lazy("resumed"),
    "excused": gettext_lazy("made to wait anew, as Allclear itself had not run"),
}
PARTS: Mapping[str, StrOrPromise] = {
    "reason": gettext_lazy("reason"),
    "texts": gettext_lazy("texts"),
    "replies": gettext_lazy("replies"),
    "notes": gettext_lazy("notes"),
    "files": gettext_lazy("files"),
    "incidents": gettext_lazy("incidents"),
    "address": gettext_lazy("address"),
    "aged_after_days": gettext_lazy("aged after days"),
    "base_class": gettext_lazy("base class"),
    "category": gettext_lazy("category"),
    "channels": gettext_lazy("channels"),
    "choices": gettext_lazy("choices"),
    "close_after_days": gettext_lazy("close after days"),
    "criticality": gettext_lazy("criticality"),
    "default_impact": gettext_lazy("default impact"),
    "default_urgency": gettext_lazy("default urgency"),
    "description": gettext_lazy("description"),
    "effective_at": gettext_lazy("holds from"),
    "is_ended": gettext_lazy("ended"),
    "email": gettext_lazy("email"),
    "expires_at": gettext_lazy("expires at"),
    "definition": gettext_lazy("steps"),
    "external_key": gettext_lazy("external key"),
    "fallback_team": gettext_lazy("fallback team"),
    "help": gettext_lazy("help"),
    "impact": gettext_lazy("impact"),
    "is_active": gettext_lazy("is active"),
    "is_enabled": gettext_lazy("is switched on"),
    "is_required": gettext_lazy("is required"),
    "is_supplier": gettext_lazy("is supplier"),
    "is_vip": gettext_lazy("is vip"),
    "key": gettext_lazy("key"),
    "kind": gettext_lazy("kind"),
    "kinds": gettext_lazy("kinds"),
    "language": gettext_lazy("language"),
    "layers": gettext_lazy("layers"),
    "country": gettext_lazy("country"),
    "region": gettext_lazy("region"),
    "people": gettext_lazy("people"),
    "instead_of": gettext_lazy("instead of"),
    "starts_at": gettext_lazy("starts at"),
    "ends_at": gettext_lazy("ends at"),
    "schedule": gettext_lazy("schedule"),
    "state": gettext_lazy("state"),
    "asked": gettext_lazy("asked"),
    "beneficiary": gettext_lazy("on behalf of"),
    "benefactor": gettext_lazy("taken by"),
    "leads": gettext_lazy("leads"),
    "list": gettext_lazy("list"),
    "location": gettext_lazy("location"),
    "lower_ci": gettext_lazy("lower ci"),
    "lower_service": gettext_lazy("lower service"),
    "max_load": gettext_lazy("max load"),
    "members": gettext_lazy("members"),
    "mobile": gettext_lazy("mobile"),
    "name": gettext_lazy("name"),
    "needs_cause": gettext_lazy("needs cause"),
    "needs_verification": gettext_lazy("needs verification"),
    "note": gettext_lazy("note"),
    "organisation": gettext_lazy("organisation"),
    "organisations": gettext_lazy("organisations"),
    "owner_team": gettext_lazy("owner team"),
    "parent": gettext_lazy("parent"),
    "person": gettext_lazy("person"),
    "phone": gettext_lazy("phone"),
    "position": gettext_lazy("position"),
    "priorities": gettext_lazy("priorities"),
    "requester_reopen_for_days": gettext_lazy("requester reopen for days"),
    "revoked_at": gettext_lazy("revoked at"),
    "roles": gettext_lazy("roles"),
    "rules": gettext_lazy("rules"),
    "runbook_url": gettext_lazy("runbook url"),
    "scopes": gettext_lazy("scopes"),
    "security_class": gettext_lazy("security class"),
    "sees_organisation": gettext_lazy("sees organisation"),
    "serial_number": gettext_lazy("serial number"),
    "serves": gettext_lazy("serves"),
    "service": gettext_lazy("service"),
    "set_category": gettext_lazy("set category"),
    "set_impact": gettext_lazy("set impact"),
    "set_urgency": gettext_lazy("set urgency"),
    "skill": gettext_lazy("skill"),
    "skills": gettext_lazy("skills"),
    "staff_reopen_for_days": gettext_lazy("staff reopen for days"),
    "stalled_after_hours": gettext_lazy("stalled after hours"),
    "status": gettext_lazy("status"),
    "supplier": gettext_lazy("supplier"),
    "tasks": gettext_lazy("tasks"),
    "team": gettext_lazy("team"),
    "teams": gettext_lazy("teams"),
    "text": gettext_lazy("text"),
    "tier": gettext_lazy("tier"),
    "undo_minutes": gettext_lazy("last verb taken back within minutes"),
    "time_zone": gettext_lazy("time zone"),
    "title": gettext_lazy("title"),
    "upper_ci": gettext_lazy("upper ci"),
    "upper_service": gettext_lazy("upper service"),
    "urgency": gettext_lazy("urgency"),
    "used_by": gettext_lazy("used by"),
    "user": gettext_lazy("user"),
    "version": gettext_lazy("version"),
    "vip_only": gettext_lazy("vip only"),
    "words": gettext_lazy("words"),
}


def stream_words(stream: str) -> str:
    """The kind of a record in a sentence: "configuration item"."""
    return _words(STREAMS, stream)


def deed_words(stream: str, kind: str) -> str:
    """What an event did: "changed"."""
    return _words(DEEDS, kind.removeprefix(f"{stream}_"))


def part_words(name: str) -> str:
    """The name of a field of a record or a policy: "owner team"."""
    return _words(PARTS, name.removesuffix("_ids").removesuffix("_id"))


def _words(known: Mapping[str, StrOrPromise], name: str) -> str:
    return str(known.get(name, name.replace("_", " ")))
