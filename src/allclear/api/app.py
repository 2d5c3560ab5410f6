"""API v1: its resources, its document, its errors."""

from __future__ import annotations

from ninja import NinjaAPI

from allclear.api import errors, files, history, relations, talk, tasks, verbs
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
    docs_url=None,
)
errors.connect(api)
api.add_router("/incidents", incidents.router)
assert all((files, history, relations, talk, tasks, verbs))  # they register on the routes of incidents
