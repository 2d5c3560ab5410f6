"""A small company with two customers, and one call for every operation of the API."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from allclear import testing
from allclear.accounts.models import User
from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.accounts.queries import viewer_for
from allclear.accounts.tokens import issue_token
from allclear.alerts.actions.integrations import add_integration
from allclear.alerts.actions.replaying import try_integration
from allclear.catalog.models import CustomField, Dependency, IncidentTemplate, PolicyVersion, Question
from allclear.incidents import actions, paging
from allclear.incidents.actions import bulk
from allclear.incidents.models import Attachment, ImportRun, Incident, SavedView, Task
from allclear.notifications.models import ContactMethod, Notification, Webhook
from allclear.oncall.actions import schedules, swaps
from allclear.oncall.models import CalendarSource, Feed, Schedule
from allclear.oncall.subjects import SUBJECTS, Subject
from tests.api import quiet_world

OFFICE = ("agent", "team_lead", "incident_manager", "admin", "auditor")
STAFF = ("agent", "team_lead", "incident_manager", "admin")
ALL = (*OFFICE, "requester")
LEADS = ("team_lead", "incident_manager", "admin")
MANAGERS = ("incident_manager", "admin")
ADMIN = ("admin",)
LATER = {"starts_at": "2026-03-02T16:00:00Z", "ends_at": "2026-03-02T18:00:00Z"}
WEEKS = {"starts_at": "2026-03-02T16:00:00Z", "ends_at": "2026-03-20T18:00:00Z"}
READERS = ("admin", "auditor", "incident_manager")


@dataclass
class World:
    """`own` belongs to the requester, `foreign` to another customer, `secret` is of a class that nobody here is in."""

    people: dict[str, User] = field(default_factory=dict)
    rows: dict[str, Any] = field(default_factory=dict)


def build() -> World:
    world = World()
    acme, other = testing.organisation("Acme"), testing.organisation("Other Ltd")
    for role in OFFICE:
        world.people[role] = testing.person(role)
    world.people["requester"] = testing.person("requester", organisation=acme, name="Rita Moss")
    world.people["outsider"] = testing.person("requester", organisation=other, name="Olaf Kern")
    agent = world.people["agent"]
    hidden = testing.security_class(testing.person("agent"), name="Investigations")
    network = testing.team(agent, name="Network")
    service, server = testing.service("Mail"), testing.ci("srv-1")
    kind = testing.category("Software")
    testing.codes()
    own = testing.logged(agent, title="Mail is slow", requester_id=world.people["requester"].pk)
    foreign = testing.logged(agent, title="FOREIGN-TITLE", requester_id=world.people["outsider"].pk)
    secret = testing.logged(agent, title="SECRET-TITLE", requester_id=world.people["requester"].pk)
    Incident.objects.filter(pk=secret.pk).update(security_class=hidden)
    child = testing.logged(agent, title="A child")
    resolved = testing.in_status("resolved", agent, requester_id=world.people["requester"].pk)
    held = testing.in_status("on_hold", agent)
    by_agent = testing.request_as(agent, 5)
    actions.add_note(by_agent, own.pk, "NOTE-SECRET")
    actions.reply_publicly(by_agent, own.pk, "We are on it")
    actions.add_task(by_agent, own.pk, title="TASK-SECRET")
    actions.attach_file(by_agent, own.pk, name="inside.txt", chunks=[b"inside"], is_public=False)
    actions.attach_file(by_agent, own.pk, name="for-you.txt", chunks=[b"for you"], is_public=True)
    actions.relate_incident(by_agent, own.pk, child.pk)
    actions.edit_incident(by_agent, own.pk, fields={"cost": None}, texts={"diagnosis": "DIAGNOSIS-SECRET"})
    offered = _offered(world)
    actions.edit_incident(testing.request_as(agent, 58), child.pk, fields={"location": "Lyon"})  # can be taken back
    asked = testing.request_as(agent, 58)
    run = bulk.carry_on(asked, bulk.start(asked, "watch", {}, [held.pk]))
    testing.contact(agent)
    chain = testing.policy(agent, exhausted=agent, name="Chain")
    SUBJECTS[paging.KIND] = Subject(paging.tell, paging.stand)
    escalation = paging.page_by_hand(by_agent, own, policy=chain)
    token, _ = issue_token(viewer_for(agent.pk), agent, "spare", ["read"], None, testing.T0)
    rota = testing.schedule(world.people["agent"], world.people["team_lead"], name="Network")
    tills, _key = add_integration(SYSTEM_VIEWER, {"kind": "pagerduty", "name": "Tills"}, now=testing.T0)
    world.rows = {
        "integration": tills, "integration_key": tills.keys.get(),
        "delivery": try_integration(SYSTEM_VIEWER, tills.pk, now=testing.T0),
        "own": own, "foreign": foreign, "secret": secret, "child": child, "offered": offered, "resolved": resolved,
        "held": held, "bulk": run,
        "task": Task.objects.get(incident=own), "public_file": Attachment.objects.get(name="for-you.txt"),
        "inner_file": Attachment.objects.get(name="inside.txt"), "team": network, "service": service, "ci": server,
        "category": kind, "chain": chain, "escalation": escalation,
        "spare_chain": testing.policy(agent, exhausted=agent, name="Spare"), "organisation": acme, "class": hidden,
        "token": token, "what_if": testing.what_if(world.people["admin"]),
        "waiting_what_if": testing.what_if(world.people["admin"], state="queued"),
        "leaf": testing.category("Leaf", kind),
        "skill": agent.skills.create(name="DNS"),
        "question": Question.objects.create(category=kind, text="Since when?"),
        "template": IncidentTemplate.objects.create(name="Printer"),
        "code": testing_code(), "custom": CustomField.objects.create(key="floor", name="Floor"),
        "dependency": Dependency.objects.create(upper_service=service, lower_ci=server),
        "policy": PolicyVersion.objects.create(kind="lifecycle", version=1, body={}, created_at=testing.T0),
        "contact": testing.contact(world.people["admin"]), "unconfirmed": _unconfirmed(world.people["admin"]),
        "notification": _notification(world.people["admin"], secret),
        "view": SavedView.objects.create(owner=agent, name="Open", filter="status:open", shared="everyone"),
        "import": ImportRun.objects.create(source="s", file_name="f.csv", format="x", started_at=testing.T0),
        "heartbeat": testing.heartbeat("Backup"),
        "webhook": Webhook.objects.create(name="Bot", address={"url": "https://bot.example.org/k", "secret": "SECRET"}),
        "calendar": CalendarSource.objects.create(
            schedule=rota, url="http://127.0.0.1:9/SECRET.ics", created_at=testing.T0, created_by=agent
        ),
        "feed": Feed.objects.create(user=world.people["admin"], key="mine", created_at=testing.T0),
        "hours": testing.business_calendar(),
        "schedule": rota, "member": agent, **_changes(rota, world),
        "shop": (shop := testing.calendar("Shop")),
        "promised": testing.agreement(testing.promise("resolution", 60, shop), name="Gold"),
        **quiet_world.rows(service, foreign),
    }  # fmt: skip
    return world


def _unconfirmed(user: User) -> ContactMethod:
    """A contact method whose code is known."""
    row = testing.contact(user, is_verified=False)
    row.code_sha256 = hashlib.sha256(f"{row.pk}:123456".encode()).hexdigest()
    row.code_until = testing.instant(90)
    row.save()
    return row


def _notification(user: User, about: Incident) -> Notification:
    return Notification.objects.create(
        key="page", user=user, channel="email", kind="page", message={"subject": "A page", "text": "SECRET"},
        subject_kind="incident", subject_id=about.pk, queued_at=testing.T0, due_at=testing.T0, state="accepted",
    )  # fmt: skip


def _offered(world: World) -> Incident:
    """Offered from one team to another that everybody of the office is in."""
    agent = world.people["agent"]
    first = testing.team(agent, name="Desk")
    second = testing.team(*(world.people[role] for role in STAFF), name="Disks")
    row = testing.logged(agent, title="Disk is full", team_id=first.pk)
    asked = testing.request_as(agent, 4)
    return actions.hand_over_incident(asked, row.pk, team_id=second.pk, reason="Disks").incident


def _changes(rota: Schedule, world: World) -> dict[str, Any]:
    """What changes a schedule for a while; the swap is asked of the team lead."""
    later = {"starts_at": testing.instant(120), "ends_at": testing.instant(240)}
    agent, lead = viewer_for(world.people["agent"].pk), world.people["team_lead"]
    override = {**later, "schedule_id": rota.pk, "kind": "add", "people": [lead.pk]}
    return {
        "override": schedules.add_override(agent, override, now=testing.T0),
        "leave": schedules.add_leave(agent, {**later, "starts_at": testing.instant(200)}, now=testing.T0),
        "swap": swaps.ask_swap(agent, {**later, "schedule_id": rota.pk, "asked_id": lead.pk}, now=testing.T0),
    }


def testing_code() -> Any:
    from allclear.catalog.models import Code

    return Code.objects.filter(list="cause").first()


@dataclass(frozen=True)
class Call:
    """How to call an operation. `roles` may do it; `path` and `body` are filled in from the world."""

    roles: tuple[str, ...]
    path: str
    body: Any = None
    status: int = 200


ALWAYS = {"zone": "UTC", "is_always": True}
PROMISE = {"key": "any", "metric": "response", "minutes": 15, "calendar_id": "{shop.pk}"}
I = "/incidents/{own.number}"  # noqa: E741 - the incident
CALLS: dict[str, Call] = {
    "read_me": Call(ALL, "/me"),
    "log_one": Call((*STAFF, "requester"), "/incidents", {"title": "New"}, 201),
    "list_incidents": Call(ALL, "/incidents"),
    "search_incidents": Call(ALL, "/search?q=slow+OR+title"),
    "read_incident": Call(ALL, I),
    "edit_one": Call(STAFF, I, {"title": "Mail is very slow"}),
    "acknowledge": Call(STAFF, f"{I}/acknowledge"),
    "categorise": Call(STAFF, f"{I}/categorise", {"category_id": "{category.pk}"}),
    "prioritise": Call(STAFF, f"{I}/prioritise", {"impact": 1, "urgency": 1, "reason": "All of it"}),
    "assign": Call(STAFF, f"{I}/assign", {"team_id": "{team.pk}"}),
    "accept": Call(STAFF, f"{I}/accept"),
    "hand_over": Call(STAFF, f"{I}/hand-over", {"team_id": "{team.pk}", "reason": "Theirs"}),
    "accept_handover": Call(STAFF, "/incidents/{offered.number}/accept-handover"),
    "refuse_handover": Call(STAFF, "/incidents/{offered.number}/refuse-handover", {"reason": "Not ours"}),
    "withdraw_handover": Call(STAFF, "/incidents/{offered.number}/withdraw-handover"),
    "list_handovers": Call(OFFICE, "/incidents/{offered.number}/handovers"),
    "hold": Call(STAFF, f"{I}/hold", {"reason": "evidence"}),
    "resume": Call(STAFF, "/incidents/{held.number}/resume"),
    "convert": Call(STAFF, f"{I}/convert", {"kind": "service_request"}),
    "workaround": Call(STAFF, f"{I}/workaround", {"workaround": "Use the web client"}),
    "resolve": Call(STAFF, "/incidents/{child.number}/resolve", {"resolution_code": "fixed", "resolution": "Done"}),
    "verify": Call((*STAFF, "requester"), "/incidents/{resolved.number}/verify", {"is_effective": True}),
    "close": Call(STAFF, "/incidents/{resolved.number}/close"),
    "follow_up": Call(STAFF, "/incidents/{resolved.number}/follow-up", {"effectiveness": "yes"}),
    "reopen": Call((*STAFF, "requester"), "/incidents/{resolved.number}/reopen", {"reason": "Again"}),
    "cancel": Call(STAFF, f"{I}/cancel", {"reason": "Twice"}),
    "undo": Call(("agent",), "/incidents/{child.number}/undo"),
    "do_in_bulk": Call(STAFF, "/incidents/bulk", {"verb": "watch", "filter": "status:open"}),
    "read_bulk": Call(OFFICE, "/incidents/bulk/{bulk.pk}"),
    "undo_bulk": Call(("agent",), "/incidents/bulk/{bulk.pk}/undo"),
    "rebase": Call(MANAGERS, f"{I}/rebase", {"reason": "The contract has changed"}),
    "place_retention_hold": Call(MANAGERS, f"{I}/place-retention-hold", {"reason": "Court case"}),
    "lift_retention_hold": Call(MANAGERS, f"{I}/lift-retention-hold", {"reason": "It is decided"}),
    "link_parent": Call(STAFF, "/incidents/{child.number}/link-parent", {"parent": "{own.number}"}),
    "merge": Call(STAFF, "/incidents/{child.number}/merge", {"into": "{own.number}"}),
    "split": Call(STAFF, f"{I}/split", {"title": "The other fault"}, 201),
    "list_replies": Call(ALL, f"{I}/replies"),
    "reply": Call((*STAFF, "requester"), f"{I}/replies", {"body": "Hello"}, 201),
    "list_notes": Call(OFFICE, f"{I}/notes"),
    "note": Call(STAFF, f"{I}/notes", {"body": "Inside"}, 201),
    "list_promises": Call(OFFICE, f"{I}/promises"),
    "list_tasks": Call(OFFICE, f"{I}/tasks"),
    "add_task": Call(STAFF, f"{I}/tasks", {"title": "Call them"}, 201),
    "change_task": Call(STAFF, f"{I}/tasks/{{task.pk}}", {"status": "cancelled"}),
    "finish_task": Call(STAFF, f"{I}/tasks/{{task.pk}}/finish"),
    "list_attachments": Call(ALL, f"{I}/attachments"),
    "attach": Call((*STAFF, "requester"), f"{I}/attachments", "multipart", 201),
    "attach_raw": Call((*STAFF, "requester"), f"{I}/attachments/raw?name=a.txt", "raw", 201),
    "download": Call(ALL, f"{I}/attachments/{{public_file.pk}}"),
    "timeline": Call(ALL, f"{I}/timeline"),
    "report": Call(ALL, f"{I}/report"),
    "report_as_pdf": Call(ALL, f"{I}/report.pdf"),
    "state_at": Call(ALL, f"{I}/at?t=2027-01-01T00:00:00Z"),
    "add_responder": Call(STAFF, f"{I}/responders", {"user_id": "{agent.pk}"}),
    "remove_responder": Call(STAFF, f"{I}/responders/{{agent.pk}}"),
    "watch": Call(ALL, f"{I}/watchers"),
    "add_contact": Call(STAFF, f"{I}/contacts", {"note": "Somebody of Lyon has it too"}),
    "unwatch": Call(STAFF, f"{I}/watchers/{{agent.pk}}"),
    "relate": Call(STAFF, f"{I}/links", {"other": "{held.number}"}),
    "unrelate": Call(STAFF, f"{I}/links/related/{{child.number}}"),
    "list_children": Call(OFFICE, f"{I}/children"),
    "list_users": Call(ALL, "/users"),
    "read_user": Call(OFFICE, "/users/{agent.pk}"),
    "add_user": Call(ADMIN, "/users", {"name": "New Person"}, 201),
    "change_user": Call(ADMIN, "/users/{agent.pk}", {"phone": "1"}),
    "list_organisations": Call(ALL, "/organisations"),
    "read_organisation": Call(ALL, "/organisations/{organisation.pk}"),
    "add_organisation": Call(ADMIN, "/organisations", {"name": "New Ltd"}, 201),
    "change_organisation": Call(ADMIN, "/organisations/{organisation.pk}", {"note": "x"}),
    "list_teams": Call(OFFICE, "/teams"),
    "read_team": Call(OFFICE, "/teams/{team.pk}"),
    "add_team": Call(ADMIN, "/teams", {"name": "Storage", "tier": 2}, 201),
    "change_team": Call(ADMIN, "/teams/{team.pk}", {"tier": 3}),
    "list_members": Call(OFFICE, "/teams/{team.pk}/members"),
    "add_member": Call(ADMIN, "/teams/{team.pk}/members", {"user_id": "{admin.pk}"}),
    "remove_member": Call(ADMIN, "/teams/{team.pk}/members/{agent.pk}"),
    "list_escalation_policies": Call(OFFICE, "/escalation-policies"),
    "read_escalation_policy": Call(OFFICE, "/escalation-policies/{chain.pk}"),
    "add_escalation_policy": Call(LEADS, "/escalation-policies", {
        "name": "Night", "priorities": [1], "definition": {
            "steps": [{"targets": [{"kind": "team", "key": "{team.pk}"}], "delay_minutes": 5}],
            "exhausted": {"kind": "person", "key": "{agent.pk}"},
        },
    }, 201),
    "change_escalation_policy": Call(LEADS, "/escalation-policies/{chain.pk}", {"note": "By day"}),
    "remove_escalation_policy": Call(LEADS, "/escalation-policies/{spare_chain.pk}", None, 204),
    "list_escalations": Call(OFFICE, f"{I}/escalations"),
    "page_somebody": Call(STAFF, f"{I}/page", {"kind": "team", "key": "{team.pk}", "text": "Help"}, 201),
    "acknowledge_escalation": Call(STAFF, f"{I}/escalations/{{escalation.pk}}/acknowledge"),
    "snooze_escalation": Call(STAFF, f"{I}/escalations/{{escalation.pk}}/snooze", {"until": "2026-03-02T12:00:00Z"}),
    "resume_escalation": Call(STAFF, f"{I}/escalations/{{escalation.pk}}/resume"),
    "take_next_step": Call(STAFF, f"{I}/escalations/{{escalation.pk}}/next-step"),
    "begin_escalation_again": Call(STAFF, f"{I}/escalations/{{escalation.pk}}/begin-again"),
    "preview_escalation_policy": Call(OFFICE, "/escalation-policies/{chain.pk}/preview"),
    "list_business_calendars": Call(OFFICE, "/calendars"),
    "read_business_calendar": Call(OFFICE, "/calendars/{hours.pk}"),
    "add_business_calendar": Call(MANAGERS, "/calendars", {"name": "Always", "body": ALWAYS}, 201),
    "change_business_calendar": Call(MANAGERS, "/calendars/{hours.pk}", {"body": ALWAYS, "note": "Now always"}),
    "remove_business_calendar": Call(MANAGERS, "/calendars/{hours.pk}", None, 204),
    "list_calendar_versions": Call(OFFICE, "/calendars/{hours.pk}/versions"),
    "read_calendar_hours": Call(OFFICE, "/calendars/{hours.pk}/hours?until=2026-03-12T09:00:00Z"),
    "list_agreements": Call(OFFICE, "/agreements?kind=sla"),
    "explain_agreements": Call(OFFICE, "/agreements/explain?priority=1&is_vip=true"),
    "read_agreement": Call(OFFICE, "/agreements/{promised.pk}"),
    "list_agreement_versions": Call(OFFICE, "/agreements/{promised.pk}/versions"),
    "add_agreement": Call(MANAGERS, "/agreements", {"name": "Silver", "targets": [PROMISE]}, 201),
    "change_agreement": Call(MANAGERS, "/agreements/{promised.pk}", {"name": "Tin", "on_reopen": "restart"}),
    "end_agreement": Call(MANAGERS, "/agreements/{promised.pk}/end", {"note": "Over"}),
    "remove_agreement": Call(MANAGERS, "/agreements/{promised.pk}", None, 204),
    "list_heartbeats": Call(OFFICE, "/heartbeats"),
    "read_heartbeat": Call(OFFICE, "/heartbeats/{heartbeat.pk}"),
    "list_heartbeat_pings": Call(OFFICE, "/heartbeats/{heartbeat.pk}/pings"),
    "add_heartbeat": Call(MANAGERS, "/heartbeats", {"name": "Sync", "period_seconds": 3600}, 201),
    "change_heartbeat": Call(MANAGERS, "/heartbeats/{heartbeat.pk}", {"cron": "0 3 * * *"}),
    "pause_heartbeat": Call(MANAGERS, "/heartbeats/{heartbeat.pk}/pause"),
    "resume_heartbeat": Call(MANAGERS, "/heartbeats/{heartbeat.pk}/resume"),
    "remove_heartbeat": Call(MANAGERS, "/heartbeats/{heartbeat.pk}", None, 204),
    "list_alerts": Call(OFFICE, "/alerts?filter=status:open+disk"),
    "read_alert": Call(OFFICE, "/alerts/{held_alert.pk}"),
    "list_alert_events": Call(OFFICE, "/alerts/{held_alert.pk}/events"),
    "acknowledge_alert": Call(STAFF, "/alerts/{held_alert.pk}/acknowledge"),
    "resolve_alert": Call(STAFF, "/alerts/{held_alert.pk}/resolve", {"reason": "Seen with own eyes"}),
    "list_integration_kinds": Call(OFFICE, "/integrations/kinds"),
    "list_integrations": Call(OFFICE, "/integrations?q=till"),
    "read_integration": Call(OFFICE, "/integrations/{integration.pk}"),
    "add_integration": Call(MANAGERS, "/integrations", {"name": "Shop", "kind": "pagerduty"}, 201),
    "change_integration": Call(MANAGERS, "/integrations/{integration.pk}", {"is_active": False}),
    "remove_integration": Call(MANAGERS, "/integrations/{integration.pk}", None, 204),
    "list_integration_keys": Call(OFFICE, "/integrations/{integration.pk}/keys"),
    "make_integration_key": Call(MANAGERS, "/integrations/{integration.pk}/keys", {"grace_hours": 1}, 201),
    "revoke_integration_key": Call(MANAGERS, "/integrations/{integration.pk}/keys/{integration_key.pk}/revoke"),
    "test_integration": Call(MANAGERS, "/integrations/{integration.pk}/test", None, 201),
    "list_deliveries": Call(OFFICE, "/integrations/{integration.pk}/deliveries"),
    "list_refusals": Call(OFFICE, "/integrations/{integration.pk}/refusals"),
    "list_unknown_keys": Call(OFFICE, "/integrations/unknown-keys"),
    "read_delivery": Call(OFFICE, "/deliveries/{delivery.pk}"),
    "replay_delivery": Call(MANAGERS, "/deliveries/{delivery.pk}/replay", None, 201),
    "list_webhooks": Call(OFFICE, "/webhooks"),
    "read_webhook": Call(OFFICE, "/webhooks/{webhook.pk}"),
    "add_webhook": Call(LEADS, "/webhooks", {"name": "Lamp", "url": "https://example.org/lamp"}, 201),
    "change_webhook": Call(LEADS, "/webhooks/{webhook.pk}", {"is_active": False}),
    "renew_webhook_secret": Call(LEADS, "/webhooks/{webhook.pk}/renew-secret"),
    "test_webhook": Call(LEADS, "/webhooks/{webhook.pk}/test"),
    "remove_webhook": Call(LEADS, "/webhooks/{webhook.pk}", None, 204),
    "list_skills": Call(OFFICE, "/skills"),
    "read_skill": Call(OFFICE, "/skills/{skill.pk}"),
    "add_skill": Call(ADMIN, "/skills", {"name": "Routing"}, 201),
    "change_skill": Call(ADMIN, "/skills/{skill.pk}", {"name": "Names"}),
    "remove_skill": Call(ADMIN, "/skills/{skill.pk}", None, 204),
    "list_security_classes": Call(OFFICE, "/security-classes"),
    "read_security_class": Call(ADMIN, "/security-classes/{class.pk}"),
    "add_security_class": Call(ADMIN, "/security-classes", {"name": "Legal", "members": ["{agent.pk}"]}, 201),
    "change_security_class": Call(ADMIN, "/security-classes/{class.pk}", {"note": "x"}),
    "remove_security_class": Call(ADMIN, "/security-classes/{unused.pk}", None, 204),
    "list_schedules": Call(OFFICE, "/schedules"),
    "read_schedule": Call(OFFICE, "/schedules/{schedule.pk}"),
    "add_schedule": Call(LEADS, "/schedules", {"name": "Night"}, 201),
    "change_schedule": Call(LEADS, "/schedules/{schedule.pk}", {"note": "By turns"}),
    "list_shifts": Call(OFFICE, "/schedules/{schedule.pk}/shifts?until=2026-03-12T09:00:00Z"),
    "read_on_call": Call(OFFICE, "/oncall?at=2026-03-02T12:00:00Z"),
    "read_coverage": Call(OFFICE, "/coverage"),
    "read_schedule_feed": Call(OFFICE, "/schedules/{schedule.pk}/feed"),
    "renew_schedule_feed": Call(LEADS, "/schedules/{schedule.pk}/feed"),
    "import_calendar": Call(LEADS, "/schedules/{schedule.pk}/import", {"calendar": "BEGIN:VCALENDAR\r\nEND:VCALENDAR"}),
    "list_followed_calendars": Call(OFFICE, "/schedules/{schedule.pk}/calendars"),
    "follow_calendar": Call(LEADS, "/schedules/{schedule.pk}/calendars", {"url": "http://127.0.0.1:9/x.ics"}, 422),
    "read_followed_calendar": Call(LEADS, "/schedules/{schedule.pk}/calendars/{calendar.pk}/read"),
    "unfollow_calendar": Call(LEADS, "/schedules/{schedule.pk}/calendars/{calendar.pk}", None, 204),
    "read_own_feed": Call(ADMIN, "/oncall/feed"),
    "renew_own_feed": Call(STAFF, "/oncall/feed"),
    "end_own_feed": Call(STAFF, "/oncall/feed", None, 204),
    "list_overrides": Call(OFFICE, "/overrides?schedule={schedule.pk}"),
    "read_override": Call(OFFICE, "/overrides/{override.pk}"),
    "add_override": Call(
        ("agent", *LEADS), "/overrides", {"schedule_id": "{schedule.pk}", "kind": "only", "people": [], **LATER}, 201
    ),
    "remove_override": Call(("agent", *LEADS), "/overrides/{override.pk}", status=204),
    "list_leaves": Call(OFFICE, "/leaves"),
    "read_leave": Call(OFFICE, "/leaves/{leave.pk}"),
    "add_leave": Call(STAFF, "/leaves", LATER, 201),
    "remove_leave": Call(("agent", *LEADS), "/leaves/{leave.pk}", status=204),
    "list_swaps": Call(OFFICE, "/swaps"),
    "ask_swap": Call(
        ("agent", *LEADS),
        "/swaps",
        {"schedule_id": "{schedule.pk}", "beneficiary_id": "{member.pk}", **WEEKS},
        201,
    ),
    "take_swap": Call(("team_lead",), "/swaps/{swap.pk}/take"),
    "refuse_swap": Call(("team_lead",), "/swaps/{swap.pk}/refuse"),
    "withdraw_swap": Call(("agent", *LEADS), "/swaps/{swap.pk}", status=204),
    "list_services": Call(OFFICE, "/services"),
    "read_service": Call(OFFICE, "/services/{service.pk}"),
    "add_service": Call(MANAGERS, "/services", {"name": "Files"}, 201),
    "change_service": Call(MANAGERS, "/services/{service.pk}", {"criticality": 1}),
    "service_impact": Call(OFFICE, "/services/{service.pk}/impact"),
    "list_configuration_items": Call(OFFICE, "/cis"),
    "read_configuration_item": Call(OFFICE, "/cis/{ci.pk}"),
    "add_configuration_item": Call(MANAGERS, "/cis", {"name": "srv-2"}, 201),
    "change_configuration_item": Call(MANAGERS, "/cis/{ci.pk}", {"status": "stock"}),
    "ci_impact": Call(OFFICE, "/cis/{ci.pk}/impact"),
    "list_dependencies": Call(OFFICE, "/dependencies"),
    "add_dependency": Call(
        MANAGERS, "/dependencies",
        {"upper": {"kind": "ci", "id": "{ci.pk}"}, "lower": {"kind": "service", "id": "{service.pk}"}}, 201,
    ),
    "remove_dependency": Call(MANAGERS, "/dependencies/{dependency.pk}", None, 204),
    "list_categories": Call(ALL, "/categories"),
    "read_category": Call(ALL, "/categories/{category.pk}"),
    "add_category": Call(MANAGERS, "/categories", {"name": "Hardware", "base_class": "hardware"}, 201),
    "change_category": Call(MANAGERS, "/categories/{category.pk}", {"default_impact": 2}),
    "remove_category": Call(MANAGERS, "/categories/{leaf.pk}", None, 204),
    "list_questions": Call(ALL, "/questions"),
    "read_question": Call(ALL, "/questions/{question.pk}"),
    "add_question": Call(MANAGERS, "/questions", {"category_id": "{category.pk}", "text": "Who else?"}, 201),
    "change_question": Call(MANAGERS, "/questions/{question.pk}", {"is_required": True}),
    "remove_question": Call(MANAGERS, "/questions/{question.pk}", None, 204),
    "list_templates": Call(OFFICE, "/templates"),
    "read_template": Call(OFFICE, "/templates/{template.pk}"),
    "add_template": Call(MANAGERS, "/templates", {"name": "New starter", "tasks": ["Order a badge"]}, 201),
    "change_template": Call(MANAGERS, "/templates/{template.pk}", {"title": "Printer"}),
    "list_codes": Call(OFFICE, "/codes"),
    "read_code": Call(OFFICE, "/codes/{code.pk}"),
    "add_code": Call(MANAGERS, "/codes", {"list": "cause", "key": "age", "name": "Age"}, 201),
    "change_code": Call(MANAGERS, "/codes/{code.pk}", {"name": "A change"}),
    "list_custom_fields": Call(OFFICE, "/custom-fields"),
    "read_custom_field": Call(OFFICE, "/custom-fields/{custom.pk}"),
    "add_custom_field": Call(MANAGERS, "/custom-fields", {"key": "room", "name": "Room"}, 201),
    "change_custom_field": Call(MANAGERS, "/custom-fields/{custom.pk}", {"help": "Which one"}),
    "list_policies": Call(OFFICE, "/policies"),
    "read_policy": Call(OFFICE, "/policies/lifecycle"),
    "write_policy": Call(MANAGERS, "/policies/lifecycle", {"body": {"close_after_days": 3}, "note": "Faster"}, 201),
    "preview_retention": Call(OFFICE, "/retention/preview"),
    "try_retention": Call(MANAGERS, "/retention/preview", {"body": {"keep_days": {"notes": 30}}}),
    "list_versions": Call(OFFICE, "/policies/lifecycle/versions"),
    "read_version": Call(OFFICE, "/policies/lifecycle/versions/1"),
    "list_tokens": Call(ALL, "/tokens"),
    "add_token": Call(ALL, "/tokens", {"name": "CI", "scopes": ["read"]}, 201),
    "list_contact_methods": Call(ALL, "/me/contact-methods"),
    "add_contact_method": Call(
        ALL, "/me/contact-methods", {"kind": "email", "address": {"email": "new@example.org"}}, 201
    ),
    "change_contact_method": Call(ADMIN, "/me/contact-methods/{contact.pk}", {"is_enabled": False}),
    "confirm_contact_method": Call(ADMIN, "/me/contact-methods/{unconfirmed.pk}/confirm", {"code": "123456"}),
    "send_contact_code": Call(ADMIN, "/me/contact-methods/{unconfirmed.pk}/send-code", status=204),
    "test_contact_method": Call(ADMIN, "/me/contact-methods/{contact.pk}/test"),
    "remove_contact_method": Call(ADMIN, "/me/contact-methods/{contact.pk}", status=204),
    "read_notification_rules": Call(ALL, "/me/notification-rules"),
    "read_shift_notices": Call(ALL, "/me/shift-notices"),
    "choose_shift_notices": Call(ALL, "/me/shift-notices", {"remind_minutes": 60, "tells_own_changes": True}),
    "set_notification_rules": Call(ALL, "/me/notification-rules", {"digest_at": "08:30"}),
    "list_notifications": Call(ALL, "/notifications"),
    "read_notification": Call(READERS, "/notifications/{notification.pk}"),
    "end_token": Call(("agent", "admin"), "/tokens/{token.pk}"),
    "channels_report": Call(OFFICE, "/reports/channels?from=2026-03-01&to=2026-03-09"),
    "list_what_ifs": Call(OFFICE, "/what-ifs"),
    "create_what_if": Call(LEADS, "/what-ifs", {"name": "X", "first": "2026-03-01", "end": "2026-03-09"}, 201),
    "read_what_if": Call(ADMIN, "/what-ifs/{what_if.pk}"),
    "change_what_if": Call(ADMIN, "/what-ifs/{what_if.pk}", {"name": "Much faster"}),
    "remove_what_if": Call(ADMIN, "/what-ifs/{what_if.pk}", None, 204),
    "run_what_if": Call(ADMIN, "/what-ifs/{what_if.pk}/run"),
    "cancel_what_if": Call(ADMIN, "/what-ifs/{waiting_what_if.pk}/cancel"),
    "switch_what_if_on": Call(ADMIN, "/what-ifs/{what_if.pk}/switch-on", {"note": "Agreed"}),
    "list_what_if_incidents": Call(ADMIN, "/what-ifs/{what_if.pk}/incidents"),
    "attainment_report": Call(OFFICE, "/attainment?from=2026-03-01&to=2026-03-09&by=priority"),
    "list_views": Call(ALL, "/views"),
    "add_view": Call(ALL, "/views", {"name": "Mine", "filter": "status:open"}, 201),
    "count_views": Call(ALL, "/views/counts"),
    "order_views": Call(ALL, "/views/order", {"views": []}, 204),
    "read_view": Call(OFFICE, "/views/{view.pk}"),
    "change_view": Call(("agent", *MANAGERS), "/views/{view.pk}", {"name": "All open"}),
    "remove_view": Call(("agent", *MANAGERS), "/views/{view.pk}", None, 204),
    "pin_view": Call(OFFICE, "/views/{view.pk}/pin", {"pinned": True}),
    "list_view_incidents": Call(OFFICE, "/views/{view.pk}/incidents"),
    "list_view_groups": Call(OFFICE, "/views/{view.pk}/groups"),
    "complete_filter": Call(ALL, "/filters/complete?text=status:o&cursor=8"),
    "list_imports": Call(READERS, "/imports"),
    "read_import": Call(READERS, "/imports/{import.pk}"),
    **quiet_world.calls(Call, OFFICE, STAFF, MANAGERS),
}  # fmt: skip


class _Names(dict[str, Any]):
    def __missing__(self, name: str) -> Any:
        raise KeyError(name)


def filled(value: Any, world: World) -> Any:
    """`{own.number}` and the like replaced; a text that is nothing but a key becomes a number."""
    names = _Names({**world.people, **world.rows})
    if isinstance(value, str):
        text = value.format_map(names)
        return int(text) if value.endswith(".pk}") and value.startswith("{") and text.isdigit() else text
    if isinstance(value, dict):
        return {key: filled(part, world) for key, part in value.items()}
    if isinstance(value, list):
        return [filled(part, world) for part in value]
    return value
