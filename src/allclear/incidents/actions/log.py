"""Log an incident: the facts as told, its weight, its team."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from allclear.accounts import queries as people
from allclear.accounts.models import Organisation, SecurityClass, User
from allclear.catalog import queries as catalog
from allclear.catalog.models import ConfigurationItem, IncidentTemplate, Service
from allclear.catalog.policies import Policies, in_force
from allclear.catalog.queries import CategoryNode
from allclear.domain.incident import IncidentState, TaskState, decide, evolve
from allclear.domain.incident.commands import Log
from allclear.domain.priority import Matrix, assess
from allclear.domain.routing import Facts, Names, Route, route
from allclear.domain.terms import Channel, Kind, Slot
from allclear.domain.trace import Trace
from allclear.incidents import search
from allclear.incidents.actions.run import BESIDE, STREAM, SUBSCRIBERS, Outcome, Request, save_task
from allclear.incidents.load import candidates_for
from allclear.incidents.models import Incident
from allclear.incidents.projection import columns, task_columns
from allclear.incidents.texts import Texts
from allclear.incidents.values import by_hand, check_custom, check_customer, checked_facts, existing, known
from allclear.kernel.errors import Invalid, NotPermitted
from allclear.kernel.events import append
from allclear.kernel.ids import new_id
from allclear.kernel.words import listed, say


@dataclass(frozen=True, slots=True)
class LogForm:
    """What somebody says when logging. Only the title is needed; everything else has a sensible default.

    `impact` and `urgency` default to the category's, then to the middle of the matrix. `answers` are pairs of
    question and answer. `custom` holds the company's own fields by key.
    """

    title: str
    description: str = ""
    kind: str = Kind.INCIDENT
    channel: str = Channel.PORTAL
    requester_id: int | None = None
    on_behalf_of_id: int | None = None
    organisation_id: int | None = None
    location: str = ""
    service_id: int | None = None
    ci_ids: Sequence[int] = ()
    category_id: int | None = None
    impact: int | None = None
    urgency: int | None = None
    severity: str = ""
    team_id: int | None = None
    assignee_id: int | None = None
    security_class_id: int | None = None
    is_impending: bool = False
    predicted_impact_at: datetime | None = None
    occurred_at: datetime | None = None
    detected_at: datetime | None = None
    answers: Sequence[tuple[str, str]] = ()
    custom: Mapping[str, Any] = field(default_factory=dict)
    template_id: int | None = None
    tasks: Sequence[str] = ()
    watcher_ids: Sequence[int] = ()


def log_incident(request: Request, form: LogForm, *, why: Trace | None = None) -> Outcome:
    """Log it. `why`: what made the program do so, if nobody did.

    1. Fill in what the template, the requester and the category know.
    2. Route: the first rule that matches; it may set category and weight. A team that is given by hand wins.
    3. Weigh: impact x urgency, VIP, severity band.
    4. Decide, write row, texts, tasks and events in one transaction.
    """
    request.viewer.require("incident.log")
    _refuse_urgency(request, form)
    with transaction.atomic():
        policies = in_force()
        form, template = _with_template(form, policies.matrix)
        fields, requester = _facts(request, form)
        texts = Texts(request.now)
        refs = _texts(texts, form)
        command = _command(request, form, fields, requester, policies, refs)
        command = _with_tasks(command, texts, [*(template.tasks if template else ()), *form.tasks])
        decision = decide(None, replace(command, why=why), request.context(policies))
        state = IncidentState()
        for event in decision.events:
            state = evolve(state, event)
        beside = {name: value for look in BESIDE for name, value in look(state, request).items()}
        row = Incident.objects.create(title=texts.body(refs[Slot.TITLE]), **columns(state), **beside)
        texts.save(row.pk)
        for key, task in state.tasks.items():
            save_task(row.pk, key, task_columns(task), texts.body(task.title))
        append(STREAM, row.pk, 0, decision.events, actor=request.actor, now=request.now)
        search.add(row, [(text.slot, text.body) for text in texts.saved])
        for subscriber in SUBSCRIBERS:
            subscriber(row, state, decision.events, request)
        return Outcome(row, decision.events)


def next_number() -> str:
    """The next public number, such as INC0000042. Numbers may have gaps: a log that failed used one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('incidents_number')")
        return f"INC{cursor.fetchone()[0]:07d}"


def _with_template(form: LogForm, matrix: Matrix) -> tuple[LogForm, IncidentTemplate | None]:
    if form.template_id is None:
        return form, None
    template = IncidentTemplate.objects.filter(pk=form.template_id, is_active=True).first()
    if template is None:
        raise Invalid({"template": say("This template is not there any more; choose another.")})
    known = {"category_id": template.category_id, "service_id": template.service_id}
    known |= {"impact": matrix.nearest(template.impact), "urgency": matrix.nearest(template.urgency)}
    filled: dict[str, Any] = {name: value for name, value in known.items() if value and not getattr(form, name)}
    if not form.title.strip():
        filled["title"] = template.title
    if not form.description.strip():
        filled["description"] = template.description
    return replace(form, **filled), template


def _facts(request: Request, form: LogForm) -> tuple[dict[str, Any], User | None]:
    """The state fields as told; a requester who logs for themself is the requester, and their customer is taken."""
    viewer = request.viewer
    requester_id = form.requester_id
    if not viewer.is_staff:
        _refuse_what_the_desk_decides(form)
        requester_id = viewer.user_id
    ids = {i for i in (requester_id, form.on_behalf_of_id, *form.watcher_ids) if i}
    people_by_id = known(viewer, User, ids, "requester")
    known(viewer, ConfigurationItem, set(form.ci_ids), "cis")
    if viewer.organisation_ids is not None or form.service_id not in catalog.service_ids.get():
        known(viewer, Service, {form.service_id}, "service")
    affected = people_by_id.get(form.on_behalf_of_id or requester_id or 0)
    _check_rights(request, form, affected)
    existing(Organisation, {form.organisation_id}, "organisation")
    category = _category(form.category_id)
    facts = {
        "kind": form.kind,
        "channel": form.channel,
        "organisation_id": form.organisation_id or (affected.organisation_id if affected else None),
        "requester_id": requester_id,
        "on_behalf_of_id": form.on_behalf_of_id,
        "location": form.location or (affected.location if affected else ""),
        "service_id": form.service_id,
        "category_id": form.category_id,
        "security_class_id": form.security_class_id or (category.security_class_id if category else None),
        "is_impending": form.is_impending,
        "predicted_impact_at": form.predicted_impact_at,
        "occurred_at": form.occurred_at,
        "detected_at": form.detected_at,
        "custom": check_custom(form.custom, form.category_id, complete=viewer.is_staff),
    }
    return checked_facts(facts), affected


def _check_rights(request: Request, form: LogForm, affected: User | None) -> None:
    """Who may set a security class, and whose customer it may be."""
    viewer = request.viewer
    if form.security_class_id:
        viewer.require("incident.classify")
        existing(SecurityClass, {form.security_class_id}, "security_class")
    check_customer(viewer, form.organisation_id, affected.organisation_id if affected else None)


def _refuse_urgency(request: Request, form: LogForm) -> None:
    """Who reports says how wide it is; how soon it has to be mended is weighed by the desk, the same on every surface.

    Asked of the form as it was told: a template and the category may bring an urgency of their own.
    """
    if form.urgency is not None and not request.viewer.is_staff:
        raise Invalid(
            {"urgency": say("The service desk decides how urgent it is. Leave this empty and give the impact.")}
        )


def _refuse_what_the_desk_decides(form: LogForm) -> None:
    chosen: dict[str, Any] = {"team": form.team_id, "assignee": form.assignee_id}
    chosen |= {"severity": form.severity, "watchers": form.watcher_ids, "tasks": form.tasks}
    if any(chosen.values()):
        names = listed(say(name) for name, value in chosen.items() if value)
        raise NotPermitted(say("The service desk decides this: leave {fields} empty.", fields=names))


def _category(pk: int | None) -> CategoryNode | None:
    node = catalog.category(pk)
    if pk and (node is None or not node.is_active):
        raise Invalid({"category": say("This category is not there any more; choose another.")})
    return node


def _texts(texts: Texts, form: LogForm) -> dict[str, Any]:
    answers = [{"question": q, "answer": a} for q, a in form.answers if str(a).strip()]
    given = {
        Slot.TITLE: form.title,
        Slot.DESCRIPTION: form.description,
        Slot.ANSWERS: json.dumps(answers, ensure_ascii=False) if answers else "",
    }
    refs = {str(slot): texts.add(slot, text) for slot, text in given.items()}
    return {slot: ref for slot, ref in refs.items() if ref}


def _command(
    request: Request,
    form: LogForm,
    fields: dict[str, Any],
    requester: User | None,
    policies: Policies,
    refs: Mapping[str, Any],
) -> Log:
    found = _route(form, fields, requester, policies)
    rule = found.rule
    if rule and not fields["category_id"] and (set_ := catalog.category(rule.set_category_id)):
        fields["category_id"] = set_.id
        fields["security_class_id"] = fields["security_class_id"] or set_.security_class_id
    node = catalog.category(fields["category_id"])
    matrix = policies.matrix
    by_rule = (rule.set_impact, rule.set_urgency) if rule else (None, None)
    by_category = (node.default_impact, node.default_urgency) if node else (None, None)
    impact = form.impact or matrix.nearest(by_rule[0], by_category[0], matrix.middle)
    urgency = form.urgency or matrix.nearest(by_rule[1], by_category[1], matrix.middle)
    is_vip = bool(requester and requester.is_vip)
    criticality = catalog.criticality_of(fields["service_id"], form.ci_ids)
    fields |= {"is_vip": is_vip, "criticality": criticality, "promised_at": request.now}
    weight = assess(matrix, impact, urgency, is_vip=is_vip, severity=form.severity)
    cis, watchers = frozenset(form.ci_ids), frozenset(form.watcher_ids)
    return Log(next_number(), fields, refs, weight, found, ci_ids=cis, watcher_ids=watchers)


def _route(form: LogForm, fields: Mapping[str, Any], requester: User | None, policies: Policies) -> Route:
    """By rule, or as the agent chose by hand."""
    if form.team_id or form.assignee_id:
        return by_hand(form.team_id, form.assignee_id, people.team_names.get())
    node = catalog.category(fields["category_id"])
    facts = Facts(
        category_ids=node.path if node else (),
        service_id=fields["service_id"],
        organisation_ids=people.above(fields["organisation_id"]),
        kind=form.kind,
        channel=form.channel,
        location=fields["location"],
        text=f"{form.title}\n{form.description}",
        is_vip=bool(requester and requester.is_vip),
    )
    return route(policies.routing, facts, candidates_for(policies.routing), Names(people.open_teams.get()))


def _with_tasks(command: Log, texts: Texts, titles: Sequence[str]) -> Log:
    tasks = []
    for position, title in enumerate(titles, start=1):
        ref = texts.add("task", title, field_name="tasks")
        if ref:
            tasks.append(TaskState(id=str(new_id()), title=ref, position=position))
    return replace(command, tasks=tuple(tasks)) if tasks else command
