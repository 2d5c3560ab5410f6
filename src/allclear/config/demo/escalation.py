"""Who is paged at Harbour & Pine: policies, how people want to be told, and what became of the pages so far.

The escalations begin, are acknowledged and end by the verbs of the stories. `catch_up` does what the engine would have
done meanwhile, but that no message leaves: what was due counts as taken by its channel. Addresses lead to a port of this
machine at which nobody listens.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.accounts.queries import viewer_for
from allclear.config.demo.people import People
from allclear.config.demo.stage import Stage
from allclear.domain.escalation import Target, TargetKind
from allclear.incidents.actions import Request
from allclear.incidents.models import Incident
from allclear.incidents.paging import page_by_hand
from allclear.notifications.actions import outbox
from allclear.notifications.actions.preferences import set_rules
from allclear.notifications.actions.webhooks import add_webhook
from allclear.notifications.models import ContactMethod, Notification
from allclear.oncall.actions import escalating
from allclear.oncall.actions.policies import add_policy
from allclear.oncall.models import Escalation, EscalationPolicy, Schedule

Definition = dict[str, Any]
SENDING = timedelta(seconds=2)
MOST_STEPS = 100  # that one instant of a story can make due
LAST_RESORT = "Incident manager on duty"  # the catch-all of all others
# person | kind | what they call it | address | has worked since (days ago), "new" or "bad"
WAYS = """
soren.agard | ntfy | My phone | ntfy://127.0.0.1:9/soren | 190
amara.okafor | ntfy | Telemóvel | ntfy://127.0.0.1:9/amara | 120
adrian.stoica | chat | Team chat | mmost://127.0.0.1:9/adrian | 190
freya.lindqvist | ntfy | Phone | ntfy://127.0.0.1:9/freya | 60
beatriz.castro | ntfy | Telemóvel de serviço da equipa das lojas em Portugal | ntfy://127.0.0.1:9/stores-pt | 80
lukasz.wisniewski | ntfy | Old phone | ntfy://127.0.0.1:9/lukasz | bad
lukasz.wisniewski | chat | Team chat | mmost://127.0.0.1:9/lukasz | new
"""


def prepare(stage: Stage) -> None:
    """Policies, web-hook, ways to reach people and personal rules, all made while the company was young."""
    staff, began = stage.people, stage.now - timedelta(days=199)
    _add_ways(staff, stage.now)
    _set_rules(staff, began)
    hook = add_webhook(SYSTEM_VIEWER, {"name": "Wall screen, Hamburg", "url": "http://127.0.0.1:9/pages"}, now=began)
    rotas = {row.name: row.pk for row in Schedule.objects.all()}
    duty = _policy(LAST_RESORT, _last_resort(staff), began, note="Behind every other policy, and to be paged by hand.")
    catch_all = {"kind": "policy", "key": duty.pk}
    for name, team, definition, more in (
        ("Network, around the clock", "network", _network(staff, rotas), {}),
        ("Store systems", "stores", _stores(staff, rotas), {"priorities": [1, 2, 3]}),
        ("Shop and checkout", "commerce", _commerce(staff, rotas, hook.pk), {}),
        ("Data, in turn", "data", _data(staff), {}),
        ("Security, two must answer", "security", _security(staff, rotas), {"note": "Two officers, always."}),
    ):
        values = {"priorities": [1, 2], "teams": [staff.teams[team].pk], **more}
        _policy(name, {**definition, "exhausted": catch_all}, began, **values)


def _policy(name: str, definition: Definition, now: datetime, **values: Any) -> EscalationPolicy:
    return add_policy(SYSTEM_VIEWER, {"name": name, "definition": definition, **values}, now=now)


def _step(minutes: int, *targets: Definition, **condition: Any) -> Definition:
    step: Definition = {"delay_minutes": minutes, "targets": list(targets)}
    return {**step, "condition": condition} if condition else step


def _to(kind: str, key: int) -> Definition:
    return {"kind": kind, "key": key}


def _last_resort(staff: People) -> Definition:
    elena, admin = staff.users["elena.marchetti"].pk, staff.users["admin"].pk
    return {"steps": [_step(15, _to("person", elena))], "exhausted": _to("person", admin), "repeat": 2}


def _network(staff: People, rotas: dict[str, int]) -> Definition:
    soren = _to("person", staff.users["soren.agard"].pk)
    everybody = _to("team", staff.teams["network"].pk)
    return {"steps": [_step(5, _to("schedule", rotas["Network on call"])), _step(15, soren), _step(30, everybody)]}


def _stores(staff: People, rotas: dict[str, int]) -> Definition:
    """In shop hours who is on call, at night one of three in turn; the lead only for what stops the tills."""
    hours = {"zone": "Europe/Berlin", "spans": [{"days": [1, 2, 3, 4, 5, 6], "from": "07:00", "to": "22:00"}]}
    members = [staff.users[key].pk for key in ("lukasz.wisniewski", "beatriz.castro", "nils.brandt")]
    in_turn = {"kind": "round_robin", "members": members}
    lead = _to("person", staff.users["nils.brandt"].pk)
    steps = [
        _step(15, _to("schedule", rotas["Store systems"]), hours={**hours, "is_outside": False}),
        _step(15, in_turn),
        _step(30, lead, priorities=[1]),
    ]
    return {"steps": steps, "repeat": 1}


def _commerce(staff: People, rotas: dict[str, int], hook: int) -> Definition:
    team = {"kind": "round_robin", "key": staff.teams["commerce"].pk}
    lead = _to("person", staff.users["freya.lindqvist"].pk)
    first = _step(10, _to("schedule", rotas["Commerce, follow the sun"]), _to("webhook", hook))
    return {"steps": [first, _step(15, team), _step(30, lead)], "re_escalate_after_minutes": 240}


def _data(staff: People) -> Definition:
    team = staff.teams["data"].pk
    return {"steps": [_step(20, {"kind": "round_robin", "key": team}), _step(30, _to("team", team))], "repeat": 2}


def _security(staff: People, rotas: dict[str, int]) -> Definition:
    duty = _to("schedule", rotas["Security duty officer"])
    return {"steps": [_step(10, duty), _step(20, _to("team", staff.teams["security"].pk))], "acks_needed": 2}


def _add_ways(staff: People, now: datetime) -> None:
    for line in WAYS.strip().splitlines():
        key, kind, name, url, since = (part.strip() for part in line.split("|"))
        began = now - timedelta(days=int(since) if since.isdigit() else 40)
        bad = {"bad_since": now - timedelta(days=2), "bad_reason": "404: this topic does not exist any more."}
        ContactMethod.objects.create(
            user=staff.users[key],
            kind=kind,
            name=name,
            address={"url": url},
            created_at=began,
            verified_at=None if since == "new" else began,
            **(bad if since == "bad" else {}),
        )
    for key in ("admin", "greta.lund"):
        user = staff.users[key]
        kept = {"created_at": now - timedelta(days=199), "verified_at": now - timedelta(days=199)}
        ContactMethod.objects.create(user=user, kind="email", address={"email": user.email}, **kept)


def _set_rules(staff: People, now: datetime) -> None:
    """Søren: his phone at once, mail when he does not answer; quiet at night, the rest collected until the morning."""
    soren = staff.users["soren.agard"]
    ways = dict(ContactMethod.objects.filter(user=soren).values_list("kind", "pk"))
    night = {"days": [1, 2, 3, 4, 5, 6, 7], "from": "22:30", "to": "06:30"}
    wanted = {
        "high": [{"after_minutes": 0, "method": ways["ntfy"]}, {"after_minutes": 3, "method": ways["email"]}],
        "low": [{"after_minutes": 0, "method": ways["email"]}],
        "quiet": {"spans": [night], "is_agreed": True},
        "digest_at": "08:30",
    }
    set_rules(viewer_for(soren.pk), soren.pk, wanted, now)


def by_hand(stage: Stage) -> None:
    """Elena pages the database people for the checkout, and Ines snoozes the paging for a report of the same fault."""
    stage.at(stage.ago(minutes=69), lambda at: _page_data(stage, at))
    stage.at(stage.ago(minutes=66), lambda at: _answer(stage, "adrian.stoica", at))
    stage.at(stage.ago(minutes=84), lambda at: _snooze(stage, "ines.carvalho", at))


def _page_data(stage: Stage, now: datetime) -> None:
    target = Target(TargetKind.TEAM, stage.people.teams["data"].pk)
    text = "Orders wait for locks on pg-shop-1. Who can look at it with Mei?"
    page_by_hand(Request(stage.viewers["elena.marchetti"], now), _incident("Checkout: one"), target=target, text=text)


def _answer(stage: Stage, who: str, now: datetime) -> None:
    """By the link in the page: they join, the incident stays with whoever has it."""
    open_ones = Escalation.objects.filter(subject_id=_incident("Checkout: one").pk, started_by_hand=True)
    for key in open_ones.exclude(status="stopped").values_list("pk", flat=True):
        escalating.acknowledge(key, stage.user(who), now=now)


def _snooze(stage: Stage, who: str, now: datetime) -> None:
    running = Escalation.objects.filter(subject_id=_incident("Customers write").pk, status="running")
    for key in running.values_list("pk", flat=True):
        escalating.snooze(stage.viewers[who], key, stage.now + timedelta(hours=2), now=now)


def _incident(title: str) -> Incident:
    return Incident.objects.get(title__startswith=title)


def catch_up(now: datetime) -> None:
    """Every step that was due by `now`, in order, and then every message."""
    for _ in range(MOST_STEPS):
        row = Escalation.objects.filter(next_at__lte=now).order_by("next_at", "pk").only("pk", "next_at").first()
        if row is None or row.next_at is None:
            break
        _deliver(row.next_at)
        escalating.move(row.pk, row.next_at)
    _deliver(now)


def _deliver(now: datetime) -> None:
    """As if sent."""
    waiting = Notification.objects.filter(state="queued", due_at__lte=now - SENDING).select_related("method")
    for row in waiting.order_by("due_at", "pk"):
        at = row.due_at + SENDING
        outbox.accepted(row, at=at, took=SENDING, reference="", said="" if row.webhook_id else "250 2.0.0 Ok: queued")


STORIES = (by_hand,)
