"""API v1: its resources, its document, its errors."""

from __future__ import annotations

from ninja import NinjaAPI

from allclear.api import (
    agreements,
    alerts,
    attainment,
    bulk,
    business_calendars,
    calendars,
    catalogue,
    errors,
    escalation,
    files,
    heartbeats,
    history,
    integrations,
    noise,
    oncall,
    own,
    people,
    policies,
    promises,
    quiet,
    relations,
    relay,
    reports,
    retention,
    searching,
    shift_notices,
    storms,
    talk,
    tasks,
    telling,
    verbs,
    views,
    webhooks,
    what_ifs,
)
from allclear.api.auth import AUTH
from allclear.api.http import Renderer, StrictParser
from allclear.api.incidents import routes as incidents

api = NinjaAPI(
    title="Allclear API",
    version="1",
    description="Incidents from logging to closure, and everything they refer to.",
    auth=AUTH,
    renderer=Renderer(),
    parser=StrictParser(),
    urls_namespace="api-v1",
    openapi_url=None,  # docs.py serves the document and the page
    docs_url=None,
)
errors.connect(api)
for _path, _routes in {
    "/me": own.me,
    "/incidents/bulk": bulk.routes,  # before the numbers
    "/incidents": incidents,
    "/search": searching.routes,
    "/users": people.users,
    "/organisations": people.organisations,
    "/teams": people.teams,
    "/skills": people.skills,
    "/security-classes": people.classes,
    "/services": catalogue.services,
    "/cis": catalogue.cis,
    "/dependencies": catalogue.dependencies,
    "/categories": catalogue.categories,
    "/questions": catalogue.questions,
    "/templates": catalogue.templates,
    "/codes": catalogue.codes,
    "/custom-fields": catalogue.custom_fields,
    "/schedules": oncall.schedules,
    "/overrides": oncall.overrides,
    "/leaves": oncall.leaves,
    "/swaps": oncall.swaps,
    "/oncall": oncall.oncall,
    "/coverage": oncall.coverage,
    "/webhooks": webhooks.webhooks,
    "/alerts": alerts.routes,
    "/integrations": integrations.routes,
    "/deliveries": integrations.deliveries,
    "/escalation-policies": escalation.policies,
    "/policies": policies.routes,
    "/calendars": business_calendars.routes,
    "/agreements": agreements.routes,
    "/retention": retention.routes,
    "/tokens": own.tokens,
    "/notifications": telling.notifications,
    "/imports": own.imports,
    "/reports": reports.routes,
    "/what-ifs": what_ifs.routes,
    "/attainment": attainment.routes,
    "/silences": quiet.silences,
    "/maintenance-windows": quiet.windows,
    "/inhibitions": quiet.inhibitions,
    "/quiet": quiet.routes,
    "/storms": storms.routes,
    "/noise": noise.routes,
    "/views": views.routes,
    "/heartbeats": heartbeats.routes,
    "/filters": views.filter_routes,
}.items():
    api.add_router(_path, _routes.router)
_ON_OTHERS = (calendars, files, history, promises, relations, relay, shift_notices, talk, tasks, verbs)
assert all(_ON_OTHERS)  # they register on the routes of others
